"""Observations of a battle: `units` (arrays per unit with masks) and `flat` (the same numbers as one vector).

Everything comes from the Frame, and only from what TorchCraft's wire carries too, so that a policy trained on the
embedded engine sees the same numbers in a real game. Both formats are written by one kernel, `encode_rows`; its
columns lie in the order of the declarations in `unit_fields`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Frame
from envs.specs.field import Block
from envs.specs.roster import Roster
from envs.specs.slots import Battle
from envs.specs.unit_fields import (
    unit_blocks,
)
from envs.specs.units_kernels import NOTES, encode_rows, pick_rows


class UnitsEncoder:
    """Writes `units` or `flat` of a batch of rows into a step's arrays."""

    def __init__(
        self, kept: Sequence[Block], is_flat: bool, roster: Roster, max_frames: int, map_size_px: tuple[int, int]
    ) -> None:
        """Prepare for one scenario.

        Args:
            kept: the arrays that are wanted, with the columns that are wanted, of `unit_blocks`.
            is_flat: whether they are joined to one vector.
            roster: the scenario's types and slots.
            max_frames: an episode's limit, for `time`.
            map_size_px: width and height.
        """
        self._is_flat = is_flat
        self._roster = roster
        self._max_frames = max_frames
        self._map_size_px = map_size_px
        self._width = sum(block.size for block in unit_blocks(roster))
        self._columns = _columns_of(kept, roster)
        self._is_whole = sum(map(len, self._columns.values())) == self._width
        self._scratch = np.zeros((1, self._width), np.float32)
        self._notes = np.zeros((roster.num_own + roster.num_enemy, NOTES), np.int64)
        self._none = np.zeros((0, 0), np.float32)
        self._arrays: Arrays = {}
        self._blocks = [self._none] * len(unit_blocks(roster))

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `observation` or `observation/*` of the marked rows.

        Args:
            frame: the view.
            battle: slots that follow `frame`.
            arrays: the step's arrays.
            marked: (rows,) bool.
        """
        rows = len(battle.rows)
        is_direct = self._is_whole and not self._is_flat
        if arrays is not self._arrays:
            self._arrays = arrays
            if is_direct:
                self._blocks = [arrays[f"observation/{name}"].reshape(rows, -1) for name in self._columns]
            elif not self._is_whole:
                self._scratch = np.zeros((rows, self._width), np.float32)
        out = arrays["observation"] if self._is_whole and self._is_flat else self._scratch
        encode_rows(
            marked,
            frame.units,
            self._roster.types,
            battle.slots,
            battle.rows,
            self._roster.num_own,
            len(self._roster.names),
            self._roster.max_durability,
            self._roster.max_cooldown_frames,
            self._max_frames,
            self._map_size_px[0],
            self._map_size_px[1],
            self._notes,
            out,
            *self._blocks,
        )
        if self._is_whole:
            return
        at = 0
        for name, columns in self._columns.items():
            if self._is_flat:
                pick_rows(marked, out, columns, arrays["observation"][:, at : at + len(columns)])
                at += len(columns)
            else:
                pick_rows(marked, out, columns, arrays[f"observation/{name}"].reshape(rows, -1))


def _columns_of(kept: Sequence[Block], roster: Roster) -> dict[str, NDArray[np.int32]]:
    """Return where the numbers of each wanted array lie in the vector that `encode_rows` writes."""
    found: dict[str, NDArray[np.int32]] = {}
    wanted = {block.name: block for block in kept}
    at = 0
    for block in unit_blocks(roster):
        here = np.arange(at, at + block.size, dtype=np.int32)
        at += block.size
        if block.name not in wanted:
            continue
        if not block.scalar:
            offsets = block.offsets()
            lines = here.reshape(-1, block.width)
            here = lines[:, [offsets[field.name] for field in wanted[block.name].fields]].ravel()
        found[block.name] = here
    return found
