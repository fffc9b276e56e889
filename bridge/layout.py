"""How one step's arrays lie in one block of memory, whether that block is shared, queued or local.

Every array has a leading *row* axis (row = one seat of one game). Names are paths: `action`, `observation/own`,
`final_observation/own`, `action_mask`, `reward`, `terminated`, `truncated`, `info/battle_won`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ALIGNMENT_BYTES: Final = 64
"""Arrays start on cache lines, so that two processes never write to one line."""


def is_action(name: str) -> bool:
    """Say whether the trainer writes this array before a step: `action`, or a path below it."""
    return name == "action" or name.startswith("action/")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArraySpec:
    """One array of a step.

    Attributes:
        shape: without the row axis.
        dtype: any fixed-size numpy dtype, structured ones included.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The arrays of `rows` rows, one after another, each on a cache line.

    Attributes:
        rows: length of the leading axis.
        arrays: specs by name, in memory order.
    """

    rows: int
    arrays: Mapping[str, ArraySpec]

    def offsets(self) -> dict[str, int]:
        """Return each array's first byte."""
        offsets: dict[str, int] = {}
        at = 0
        for name, spec in self.arrays.items():
            offsets[name] = at
            size = self.rows * int(np.prod(spec.shape, dtype=np.int64)) * spec.dtype.itemsize
            at += -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        return offsets

    def num_bytes(self) -> int:
        """Return the size of the whole block."""
        offsets = self.offsets()
        if not offsets:
            return 0
        name, spec = list(self.arrays.items())[-1]
        size = self.rows * int(np.prod(spec.shape, dtype=np.int64)) * spec.dtype.itemsize
        return offsets[name] + -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES

    def views(
        self, buffer: bytearray | memoryview, first: int = 0, count: int | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return arrays over `buffer`, rows `first` to `first + count` of each (all rows if None).

        Args:
            buffer: at least `num_bytes()` bytes.
            first: first row.
            count: number of rows.
        """
        stop = self.rows if count is None else first + count
        views: dict[str, NDArray[Any]] = {}
        for name, offset in self.offsets().items():
            spec = self.arrays[name]
            whole: NDArray[Any] = np.ndarray((self.rows, *spec.shape), spec.dtype, buffer, offset)
            views[name] = whole[first:stop]
        return views

    def allocate(self) -> dict[str, NDArray[Any]]:
        """Return zeroed arrays in memory of this process."""
        return self.views(bytearray(self.num_bytes()))

    def digest(self) -> str:
        """Return 16 hex digits that two processes compare before they trust each other's bytes."""
        text = repr([(name, spec.shape, spec.dtype.descr) for name, spec in self.arrays.items()])
        return hashlib.sha256(f"{self.rows} {text}".encode()).hexdigest()[:16]
