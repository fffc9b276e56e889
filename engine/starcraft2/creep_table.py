"""Which types spread creep, how fast and how far: `data/creep.csv`, read and checked once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import records
from engine.starcraft2.tables import KIND_NAMES, LOOPS_PER_SECOND, ONE, TableError, fixed, number_of, read_rows

FILE: Final = "creep.csv"

MOST_CELLS: Final = 12
"""Rows of a source's area to each side of its own."""

NO_CREEP: Final = -1

CREEP_DTYPE: Final = np.dtype(
    [
        ("period", np.int32),  # 1/4096 loop: a step of growth
        ("reach", np.int32),  # rows to each side when it is grown
        ("birth", np.int32, (MOST_CELLS + 1,)),  # cells to each side by distance of rows, -1 for none: at once
        ("grown", np.int32, (MOST_CELLS + 1,)),  # likewise when it is grown
    ],
    align=True,
)
"""The creep of one type."""


def _halves(text: str) -> list[int]:
    """Return cells to each side by distance from the middle row, checked to be symmetric."""
    rows = [int(word) for word in text.split()]
    if not rows or len(rows) % 2 == 0 or rows != rows[::-1] or any(row % 2 == 0 for row in rows):
        raise TableError(f"{FILE}: rows {text!r}, allowed: an odd number of odd numbers, the same from both ends")
    if len(rows) > 2 * MOST_CELLS + 1:
        raise TableError(f"{FILE}: {len(rows)} rows, allowed: at most {2 * MOST_CELLS + 1}")
    return [row // 2 for row in rows[len(rows) // 2 :]]


def _read() -> tuple[NDArray[np.void], NDArray[np.int8]]:
    rows = read_rows(FILE)
    table = np.zeros(len(rows), CREEP_DTYPE)
    of_kind = np.full(len(KIND_NAMES), NO_CREEP, np.int8)
    for number, row in enumerate(rows):
        creep = table[number]
        creep["period"] = fixed(number_of(FILE, row, "period_s"), LOOPS_PER_SECOND * ONE)
        for name in ("birth", "grown"):
            creep[name] = -1
            halves = _halves(row[f"{name}_rows"])
            creep[name][: len(halves)] = halves
            creep["reach"] = len(halves) - 1
        if row["unit"] not in KIND_NAMES:
            raise TableError(f"{FILE}: unit {row['unit']!r}, allowed: names of units.csv")
        of_kind[KIND_NAMES.index(row["unit"])] = number
    return table, of_kind


_CREEPS, CREEP_OF = _read()

CREEPS: Final = records(_CREEPS)
"""(n,) CREEP_DTYPE; `CREEP_OF` has its row by row of KINDS, NO_CREEP for types that spread none."""

for _table in (CREEPS, CREEP_OF):
    _table.setflags(write=False)
