"""Which unit sits in which slot, who has died, and what each side has left: the state that all specs share.

A slot is a fixed place of one unit in observations and actions. Slots are filled in ascending unit id when the battle
starts and never change hands: a dead unit leaves its slot empty, so that column j means the same unit all battle long.

A map's trigger may clear the field and place new armies within the very step in which a battle ends. Deaths are
therefore read in their order, and none after the first that leaves a side without units: what a trigger removes is not
a loss. Units without a slot (the next battle's) are not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Frame
from envs.specs.roster import Roster
from envs.specs.slots_kernels import BATTLE_DTYPE, SLOT_DTYPE, begin_battles, follow_battles


@dataclass(frozen=True, slots=True, kw_only=True)
class Battle:
    """The battles of a batch of rows.

    Attributes:
        slots: (rows, num_own + num_enemy) SLOT_DTYPE, own slots first.
        rows: (rows,) BATTLE_DTYPE.
        every_row: (rows,) bool, all True.
    """

    slots: NDArray[np.void]
    rows: NDArray[np.void]
    every_row: NDArray[np.bool_]

    @staticmethod
    def allocate(rows: int, roster: Roster) -> Battle:
        """Return empty battles."""
        return Battle(
            slots=np.zeros((rows, roster.num_own + roster.num_enemy), SLOT_DTYPE),
            rows=np.zeros(rows, BATTLE_DTYPE),
            every_row=np.ones(rows, np.bool_),
        )

    def begin(self, marked: NDArray[np.bool_], frame: Frame, roster: Roster, *, sees_all: bool) -> None:
        """Fill the slots of the marked rows from the units that stand in `frame`.

        Args:
            marked: (rows,) bool.
            frame: the first view of the new episodes.
            roster: types and numbers of slots.
            sees_all: the Frame shows every unit, so that units without a slot's worth do not exist.
        """
        begin_battles(
            marked,
            frame.player,
            frame.frame,
            frame.num_units,
            frame.units,
            roster.types,
            roster.num_own,
            sees_all,
            self.slots,
            self.rows,
        )

    def follow(self, frame: Frame, roster: Roster, *, sees_all: bool) -> None:
        """Bring the slots up to `frame`; a second call with the same frame changes nothing."""
        follow_battles(
            frame.player,
            frame.frame,
            frame.num_units,
            frame.units,
            frame.num_deaths,
            frame.deaths,
            roster.types,
            roster.num_own,
            sees_all,
            self.slots,
            self.rows,
        )
