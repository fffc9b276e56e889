"""Action `squad`: per group of own slots one order, which each unit of it carries out as `micro` would.

The choices of a squad, by number:

    0       no change
    1-8     move by `move_distance_px` to N, NE, E, SE, S, SW, W, NW
    9       each unit attacks the enemy nearest to it (centres; ties: the lower slot)
    10      each unit attacks the enemy with the fewest hit points and shield points (ties: the lower slot)
    11 + j  each unit attacks the enemy in slot j

A choice is allowed when `micro` allows it to at least one unit of the squad; the units that it is not possible for go
on with what they do.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from engine.core.jit import inline, kernel
from envs.specs.acting import FactoredSpec
from envs.specs.micro import FIRST_ATTACK, MOVE_NAMES, NO_CHANGE, MicroSpec, decode_rows, mask_rows
from envs.specs.roster import Roster
from envs.specs.slots import Battle

ATTACK_NEAREST: Final = FIRST_ATTACK
ATTACK_WEAKEST: Final = FIRST_ATTACK + 1
FIRST_FOCUS: Final = FIRST_ATTACK + 2

DEFAULT_SQUADS: Final = 2


class SquadSpec(FactoredSpec):
    """Choices of `squad`.

    Attributes:
        micro: what the units of a squad can do.
        squad_of: (own slots,) int64, the squad of each slot: parts of equal size, give or take one, in slot order.
    """

    def __init__(self, micro: MicroSpec, num_squads: int) -> None:
        """Divide the slots.

        Args:
            micro: what each unit can do.
            num_squads: parts, at most one for each own slot.
        """
        super().__init__("squad", np.full(num_squads, FIRST_FOCUS + micro.num_enemy, np.int64), "squad")
        self.micro = micro
        self.squad_of = np.arange(micro.num_own, dtype=np.int64) * num_squads // micro.num_own

    def choice_name(self, choice: int) -> str:
        """Return a choice in words."""
        if choice == NO_CHANGE:
            return "no change"
        if choice < ATTACK_NEAREST:
            return f"move {MOVE_NAMES[choice - 1]}"
        if choice == ATTACK_NEAREST:
            return "attack the nearest"
        return "attack the weakest" if choice == ATTACK_WEAKEST else f"attack enemy slot {choice - FIRST_FOCUS}"


class SquadDecoder:
    """Turns `squad` actions into commands, by way of `micro`, and writes their masks."""

    def __init__(self, spec: SquadSpec, roster: Roster, map_size_px: tuple[int, int], latency_frames: int) -> None:
        """Prepare for one scenario; arguments as `MicroDecoder`'s."""
        self._spec = spec
        self._roster = roster
        self._map_size_px = map_size_px
        self._latency_frames = latency_frames
        self._allow(0)

    def _allow(self, rows: int) -> None:
        micro = self._spec.micro
        self._mask = np.zeros((rows, micro.num_own * micro.num_choices), np.bool_)
        self._choices = np.zeros((rows, micro.num_own), np.int64)
        self._nothing = np.zeros(rows, np.int32)
        self._every_row = np.ones(rows, np.bool_)

    def _see(self, frame: Frame, battle: Battle, marked: NDArray[np.bool_]) -> None:
        micro = self._spec.micro
        mask_rows(
            marked,
            frame.units,
            self._roster.types,
            battle.slots,
            micro.num_own,
            micro.move_distance_px,
            micro.directions,
            micro.attack_px,
            self._map_size_px[0],
            self._map_size_px[1],
            self._mask,
        )

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        if len(self._mask) != len(battle.rows):
            self._allow(len(battle.rows))
        self._see(frame, battle, marked)
        squad_mask_rows(marked, self._mask, self._spec.squad_of, len(self._spec.nvec), arrays["action_mask"])

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`: squads whose choice no unit can follow."""
        if len(self._mask) != len(battle.rows):
            self._allow(len(battle.rows))
        micro = self._spec.micro
        self._see(frame, battle, self._every_row)
        expand_rows(
            arrays["action"],
            self._mask,
            frame.units,
            battle.slots,
            self._spec.squad_of,
            self._choices,
            arrays["info/invalid_actions"],
        )
        decode_rows(
            self._choices,
            frame.frame,
            frame.units,
            self._roster.types,
            battle.slots,
            micro.num_own,
            micro.move_distance_px,
            micro.directions,
            micro.attack_px,
            self._map_size_px[0],
            self._map_size_px[1],
            self._latency_frames,
            commands.items,
            commands.count,
            self._nothing,
        )


@kernel
def squad_mask_rows(
    marked: NDArray[np.bool_],
    micro: NDArray[np.bool_],
    squad_of: NDArray[np.int64],
    num_squads: int,
    out: NDArray[np.bool_],
) -> None:
    """Write which choices of each squad some unit of it can follow.

    Args:
        marked: (rows,) bool.
        micro: (rows, own * (9 + enemies)) bool, the masks of `micro`.
        squad_of: (own,) int64.
        num_squads: squads.
        out: (rows, squads * (11 + enemies)) bool, overwritten.
    """
    choices = micro.shape[1] // squad_of.shape[0]
    ours = choices + FIRST_FOCUS - FIRST_ATTACK
    for r in range(micro.shape[0]):
        if not marked[r]:
            continue
        out[r] = False
        for s in range(num_squads):
            out[r, s * ours] = True
        for i in range(squad_of.shape[0]):
            base = squad_of[i] * ours
            for c in range(1, choices):
                if not micro[r, i * choices + c]:
                    continue
                if c < FIRST_ATTACK:
                    out[r, base + c] = True
                else:
                    out[r, base + ATTACK_NEAREST] = True
                    out[r, base + ATTACK_WEAKEST] = True
                    out[r, base + FIRST_FOCUS + c - FIRST_ATTACK] = True


@inline
def best_target(
    unit: np.void,
    mask: NDArray[np.bool_],
    units: NDArray[np.void],
    here: NDArray[np.void],
    num_own: int,
    by_distance: bool,
) -> int:
    """Return the enemy slot that a unit may attack and that is nearest to it, or weakest; -1 without any."""
    best = -1
    best_score = 0
    for j in range(here.shape[0] - num_own):
        if not mask[FIRST_ATTACK + j]:
            continue
        other = units[here[num_own + j]["index"]]
        if by_distance:
            dx = other["x"] - unit["x"]
            dy = other["y"] - unit["y"]
            score = dx * dx + dy * dy
        else:
            score = other["hp"] + other["shield"]
        if best < 0 or score < best_score:
            best = j
            best_score = score
    return best


@kernel
def expand_rows(
    actions: NDArray[np.int64],
    micro: NDArray[np.bool_],
    units: NDArray[np.void],
    slots: NDArray[np.void],
    squad_of: NDArray[np.int64],
    out: NDArray[np.int64],
    invalid: NDArray[np.int32],
) -> None:
    """Write each unit's choice of `micro`.

    Args:
        actions: (rows, squads) int64.
        micro: (rows, own * (9 + enemies)) bool, the masks of `micro`.
        units: (rows, capacity) UNIT_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        squad_of: (own,) int64.
        out: (rows, own) int64, overwritten; 0 for a unit that cannot follow.
        invalid: (rows,) int32, overwritten: squads with a choice that none of their units can follow.
    """
    num_own = squad_of.shape[0]
    choices = micro.shape[1] // num_own
    for r in range(actions.shape[0]):
        invalid[r] = 0
        out[r] = NO_CHANGE
        for s in range(actions.shape[1]):
            choice = actions[r, s]
            if choice == NO_CHANGE:
                continue
            followers = 0
            for i in range(num_own):
                if squad_of[i] != s or slots[r, i]["index"] < 0:
                    continue
                mask = micro[r, i * choices : (i + 1) * choices]
                wanted = choice
                if choice in (ATTACK_NEAREST, ATTACK_WEAKEST):
                    unit = units[r, slots[r, i]["index"]]
                    target = best_target(unit, mask, units[r], slots[r], num_own, choice == ATTACK_NEAREST)
                    wanted = FIRST_ATTACK + target if target >= 0 else NO_CHANGE
                elif choice >= FIRST_FOCUS:
                    wanted = choice - FIRST_FOCUS + FIRST_ATTACK
                if wanted != NO_CHANGE and 0 < wanted < choices and mask[wanted]:
                    out[r, i] = wanted
                    followers += 1
            if followers == 0:
                invalid[r] += 1
