"""What every action format says of itself: its arrays, its space, its masks, and which actions lie in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError, InvalidActionError
from bridge.layout import ArraySpec
from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from envs.specs.field import Block

if TYPE_CHECKING:
    import gymnasium as gym

    from envs.specs.slots import Battle


class ActionSpec(Protocol):
    """How rows are acted in."""

    @property
    def name(self) -> str:
        """As `action=` takes it."""
        ...

    @property
    def specs(self) -> dict[str, ArraySpec]:
        """The arrays of one row by name: `action`, and `action_mask` where there are masks."""
        ...

    def space(self) -> gym.Space[Any]:
        """Return the space of one row's action."""
        ...

    def checked(self, actions: object, leading: tuple[int, ...] = ()) -> NDArray[Any]:
        """Return the actions in the array's dtype after checking that they lie in the space.

        Args:
            actions: anything that numpy turns into numbers of shape (*leading, *shape).
            leading: (num_envs,) for a batch.

        Raises:
            InvalidActionError: says which number, its value and what is allowed.
        """
        ...

    def flat_mask_to_tuple(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int8], ...]:
        """Return one row's mask in the form that the space's `sample(mask=...)` takes.

        Raises:
            ConfigError: the action has no masks.
        """
        ...


class Decoder(Protocol):
    """Turns actions of one format into commands and writes their masks."""

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows, if the action has masks."""
        ...

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`."""
        ...


class FactoredSpec:
    """An action of independent choices, MultiDiscrete, each with its own mask.

    Attributes:
        name: as `action=` takes it.
        nvec: (factors,) int64, choices per factor.
        factor: what a factor is one for, in messages: `own slot`.
    """

    def __init__(self, name: str, nvec: NDArray[np.int64], factor: str) -> None:
        """Name the factors.

        Args:
            name: as `action=` takes it.
            nvec: (factors,) choices per factor.
            factor: what a factor is one for.
        """
        self.name = name
        self.nvec = nvec
        self.factor = factor
        self._limits = nvec.astype(np.uint64)
        ends = nvec.cumsum().tolist()
        self._parts = [slice(end - size, end) for end, size in zip(ends, nvec.tolist(), strict=True)]

    @property
    def specs(self) -> dict[str, ArraySpec]:
        """The arrays of one row by name."""
        return {
            "action": ArraySpec(shape=self.nvec.shape, dtype=np.dtype(np.int64)),
            "action_mask": ArraySpec(shape=(int(self.nvec.sum()),), dtype=np.dtype(np.bool_)),
        }

    def space(self) -> gym.Space[Any]:
        """Return the space of one row's action."""
        from gymnasium.spaces import MultiDiscrete

        return MultiDiscrete(self.nvec)

    def checked(self, actions: object, leading: tuple[int, ...] = ()) -> NDArray[Any]:
        """Return the actions as int64 after checking that they lie in the space; see `ActionSpec.checked`."""
        given = np.asarray(actions)
        shape = (*leading, len(self.nvec))
        if given.shape != shape:
            raise InvalidActionError(f"action of shape {given.shape}; allowed: {shape}, one choice per {self.factor}")
        if given.dtype.kind not in "iu":
            raise InvalidActionError(f"action of dtype {given.dtype}; allowed: integers")
        values: NDArray[np.int64] = given.astype(np.int64, copy=False)
        if (values.view(np.uint64) >= self._limits).any():  # negative numbers are the largest without a sign
            outside = (values < 0) | (values >= self.nvec)
            where = tuple(int(index[0]) for index in np.nonzero(outside))
            env = f"env {where[0]}, " if leading else ""
            most = int(self.nvec[where[-1]]) - 1
            raise InvalidActionError(
                f"action for {env}{self.factor} {where[-1]} is {int(values[where])}; allowed: 0 to {most}"
            )
        return values

    def flat_mask_to_tuple(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int8], ...]:
        """Return one row's mask in the form that `MultiDiscrete.sample(mask=...)` takes.

        Args:
            mask: (sum(nvec),) bool.
        """
        whole = mask.astype(np.int8)
        return tuple([whole[part] for part in self._parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSpec:
    """An action of numbers in ranges, a Box; it has no masks.

    Attributes:
        block: the declaration of its numbers.
    """

    block: Block

    @property
    def name(self) -> str:
        """As `action=` takes it."""
        return self.block.name

    @property
    def specs(self) -> dict[str, ArraySpec]:
        """The arrays of one row by name."""
        return {"action": ArraySpec(shape=self.block.shape, dtype=self.block.dtype)}

    def space(self) -> gym.Space[Any]:
        """Return the space of one row's action."""
        return self.block.space()

    def checked(self, actions: object, leading: tuple[int, ...] = ()) -> NDArray[Any]:
        """Return the actions in the block's dtype after checking that they lie in it; see `ActionSpec.checked`."""
        given = np.asarray(actions)
        shape = (*leading, *self.block.shape)
        if given.shape != shape:
            raise InvalidActionError(f"action of shape {given.shape}; allowed: {shape}")
        allowed = "iu" if self.block.dtype.kind == "i" else "iuf"
        if given.dtype.kind not in allowed:
            kind = "integers" if allowed == "iu" else "numbers"
            raise InvalidActionError(f"action of dtype {given.dtype}; allowed: {kind}")
        low, high = self.block.bounds()
        outside = ~((given >= low) & (given <= high))
        if outside.any():
            where = tuple(int(index[0]) for index in np.nonzero(outside))
            field = self.block.fields[where[-1]]
            env = f"env {where[0]}, " if leading else ""
            raise InvalidActionError(
                f"action for {env}line {where[-2]}, {field.name} is {given[where]}; "
                f"allowed: {field.low:g} to {field.high:g}"
            )
        values: NDArray[Any] = given.astype(self.block.dtype, copy=False)
        return values

    def flat_mask_to_tuple(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int8], ...]:
        """Refuse.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"action {self.name!r} has no masks; allowed: a space with choices")
