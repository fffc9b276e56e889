"""One declaration per number that a learner meets: space, buffer, validation and docs all follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import gymnasium as gym


NAMED_UNITS: Final = frozenset({"type", "side", "state", "player", "kind"})
"""Units of fields whose numbers are names: 3 is not more than 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named quantity.

    Attributes:
        name: unique in its block.
        shape: without leading row or unit axes; () for one number.
        dtype: numpy scalar type.
        low: smallest value that is ever written.
        high: largest value that is ever written.
        unit: what the number counts, `fraction` where it is normalised.
        doc: one sentence for the generated page.
    """

    name: str
    shape: tuple[int, ...] = ()
    dtype: type[np.generic] = np.float32
    low: float = 0.0
    high: float = 1.0
    unit: str = "fraction"
    doc: str

    @property
    def width(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape, dtype=np.int64))

    def space(self) -> gym.spaces.Box:
        """Return the Gymnasium space of this field alone."""
        from gymnasium.spaces import Box

        return Box(low=self.low, high=self.high, shape=self.shape, dtype=self.dtype)  # type: ignore[arg-type]  # Box's stub names only float and int types

    def allocate(self, *leading: int) -> NDArray[Any]:
        """Return a zeroed buffer with the given leading axes."""
        return np.zeros((*leading, *self.shape), self.dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Fields side by side in one axis of an array, the last one unless each is a picture.

    Attributes:
        name: the array's name in the observation.
        leading: axes before the last one, (n_own,) for one line per own unit.
        fields: in the order in which they lie in the last axis; all of one dtype. If `scalar`, exactly one field of
            shape () and no last axis.
        scalar: whether the last axis is left out.
        trailing: axes after that of the fields: (height, width) where each field is a picture.
        doc: one sentence for the generated page.
    """

    name: str
    leading: tuple[int, ...]
    fields: tuple[Field, ...]
    doc: str
    scalar: bool = False
    trailing: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Length of the axis of the fields."""
        return sum(field.width for field in self.fields)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.leading if self.scalar else (*self.leading, self.width, *self.trailing)

    @property
    def size(self) -> int:
        """Number of values in the array."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The common dtype."""
        return np.dtype(self.fields[0].dtype)

    def offsets(self) -> dict[str, int]:
        """Return the first column of each field."""
        offsets: dict[str, int] = {}
        at = 0
        for field in self.fields:
            offsets[field.name] = at
            at += field.width
        return offsets

    def columns(self) -> Iterator[tuple[str, Field]]:
        """Yield (column name, field) for each place of the axis of the fields."""
        for field in self.fields:
            if field.shape == ():
                yield field.name, field
            else:
                for index in np.ndindex(field.shape):
                    yield f"{field.name}[{','.join(map(str, index))}]", field

    def bounds(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (low, high), each of the block's shape."""
        low = np.concatenate([np.full(field.width, field.low, self.dtype) for field in self.fields])
        high = np.concatenate([np.full(field.width, field.high, self.dtype) for field in self.fields])
        if self.scalar:
            return np.full(self.shape, low[0], self.dtype), np.full(self.shape, high[0], self.dtype)
        by_field = (self.width, *(1 for _ in self.trailing))
        return (
            np.broadcast_to(low.reshape(by_field), self.shape).copy(),
            np.broadcast_to(high.reshape(by_field), self.shape).copy(),
        )

    def space_bounds(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (low, high) of the array's space.

        Pictures of bytes have the range of bytes: SB3 takes for a picture only what goes from 0 to 255 throughout.
        """
        low, high = self.bounds()
        if self.trailing and self.dtype == np.uint8:
            high[...] = np.iinfo(np.uint8).max
        return low, high

    def space(self) -> gym.spaces.Box:
        """Return the Gymnasium space of the array."""
        from gymnasium.spaces import Box

        low, high = self.space_bounds()
        return Box(low=low, high=high, dtype=self.dtype.type)

    def validate(self, array: NDArray[Any]) -> None:
        """Check an array of this block, leading row axes allowed.

        Raises:
            ValueError: wrong shape, wrong dtype, or a value out of its field's range; names the column and the value.
        """
        if array.shape[array.ndim - len(self.shape) :] != self.shape or array.dtype != self.dtype:
            raise ValueError(
                f"{self.name}: {array.dtype} {array.shape} is not {self.dtype} (..., {', '.join(map(str, self.shape))})"
            )
        low, high = self.bounds()
        outside = ~((array >= low) & (array <= high))
        if outside.any():
            where = tuple(int(i[0]) for i in np.nonzero(outside))
            axis = len(where) - 1 - len(self.trailing)
            column = self.fields[0].name if self.scalar else list(self.columns())[where[axis]][0]
            raise ValueError(f"{self.name}[{', '.join(map(str, where))}] ({column}) = {array[where]} is out of range")
