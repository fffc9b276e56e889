"""What the scripted players of battles of both games share: whom each unit attacks, and the commands that follow.

A unit gets a command only when it wants something else than it already does, because a repeated attack command would
interrupt the attack. Players read that from the Frame (a unit's order and its target) instead of keeping a memory, so
that the same Frame always gives the same commands.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Commands, Frame, UnitCommandType, UnitFlag
from engine.core.gamemap import WALK_TILE_PX
from engine.core.jit import kernel

NO_TARGET: Final = -1

NUM_GAME_PLAYERS: Final = 8
"""Players above these are neutral or absent."""

WEAKNESS_PER_TILE2: Final = 1024
"""`weakest_closest`: so many squared walk tiles of distance weigh as one hit point (rule_module.h)."""

CLOSEST: Final = 0
WEAKEST_CLOSEST: Final = 1
FIRST: Final = 2

_ATTACK_UNIT: Final = int(UnitCommandType.ATTACK_UNIT)
_ATTACK_MOVE: Final = int(UnitCommandType.ATTACK_MOVE)
_CLOAKED: Final = np.uint64(1 << UnitFlag.CLOAKED)
_DETECTED: Final = np.uint64(1 << UnitFlag.DETECTED)
_FLYING: Final = np.uint64(1 << UnitFlag.FLYING)
_IDLE: Final = np.uint64(1 << UnitFlag.IDLE)
_NONE: Final = np.uint64(0)


@kernel
def choose_targets(
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    hits: NDArray[np.bool_],
    rule: int,
    out: NDArray[np.int32],
) -> None:
    """Write each own unit's preferred target into `out`: an index into the row's units, `NO_TARGET` if it has none.

    Only living enemies of other players (no neutral ones) that are visible, not hidden by cloak, and within what the
    unit's weapons can hit at all. Ties go to the unit that comes first, the lower id.

    Args:
        player: (rows,) int8, the row's player.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        hits: (types, 2) bool: the unit type has a weapon against ground, against air.
        rule: `CLOSEST`: least squared distance of centres in pixels; `WEAKEST_CLOSEST`: least hit points + shields +
            squared distance in walk tiles / 1024; `FIRST`: the lowest id.
        out: (rows, capacity) int32, overwritten up to `num_units`.
    """
    for row in range(num_units.shape[0]):
        for i in range(num_units[row]):
            out[row, i] = NO_TARGET
            kind = units[row, i]["type"]
            if units[row, i]["player"] != player[row] or kind < 0 or kind >= hits.shape[0]:
                continue
            best_score = np.int64(0)
            for j in range(num_units[row]):
                owner = units[row, j]["player"]
                if owner == player[row] or owner < 0 or owner >= NUM_GAME_PLAYERS:
                    continue
                flags = units[row, j]["flags"]
                if flags & _CLOAKED != _NONE and flags & _DETECTED == _NONE:
                    continue
                if not hits[kind, 1 if flags & _FLYING != _NONE else 0]:
                    continue
                score = np.int64(0)
                if rule == CLOSEST:
                    dx = np.int64(units[row, i]["x"]) - units[row, j]["x"]
                    dy = np.int64(units[row, i]["y"]) - units[row, j]["y"]
                    score = dx * dx + dy * dy
                elif rule == WEAKEST_CLOSEST:
                    dx = np.int64(units[row, i]["x"] // WALK_TILE_PX - units[row, j]["x"] // WALK_TILE_PX)
                    dy = np.int64(units[row, i]["y"] // WALK_TILE_PX - units[row, j]["y"] // WALK_TILE_PX)
                    health = np.int64(units[row, j]["hp"]) + units[row, j]["shield"]
                    score = health * WEAKNESS_PER_TILE2 + dx * dx + dy * dy
                if out[row, i] == NO_TARGET or score < best_score:
                    out[row, i] = j
                    best_score = score


@kernel
def append_attacks(
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    targets: NDArray[np.int32],
    attack_order: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
) -> None:
    """Append an attack command for every unit with a target that it does not attack already.

    Args:
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        targets: (rows, capacity) int32 from `choose_targets`.
        attack_order: order of a unit that attacks its target.
        items: (rows, n) COMMAND_DTYPE, appended to; commands beyond its capacity are dropped.
        count: (rows,) int32, raised.
    """
    for row in range(num_units.shape[0]):
        for i in range(num_units[row]):
            j = targets[row, i]
            if j == NO_TARGET or count[row] >= items.shape[1]:
                continue
            target_id = units[row, j]["id"]
            if units[row, i]["order"] == attack_order and units[row, i]["target_id"] == target_id:
                continue
            at = count[row]
            items[row, at]["unit_id"] = units[row, i]["id"]
            items[row, at]["type"] = _ATTACK_UNIT
            items[row, at]["target_id"] = target_id
            items[row, at]["x"] = units[row, j]["x"]
            items[row, at]["y"] = units[row, j]["y"]
            items[row, at]["extra"] = 0
            count[row] = at + 1


@kernel
def append_attack_moves(
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    targets: NDArray[np.int32],
    items: NDArray[np.void],
    count: NDArray[np.int32],
) -> None:
    """Append an attack-move to its target's position for every idle unit that has a target.

    Args:
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        targets: (rows, capacity) int32 from `choose_targets`.
        items: (rows, n) COMMAND_DTYPE, appended to; commands beyond its capacity are dropped.
        count: (rows,) int32, raised.
    """
    for row in range(num_units.shape[0]):
        for i in range(num_units[row]):
            j = targets[row, i]
            if j == NO_TARGET or count[row] >= items.shape[1] or units[row, i]["flags"] & _IDLE == _NONE:
                continue
            at = count[row]
            items[row, at]["unit_id"] = units[row, i]["id"]
            items[row, at]["type"] = _ATTACK_MOVE
            items[row, at]["target_id"] = NO_TARGET
            items[row, at]["x"] = units[row, j]["x"]
            items[row, at]["y"] = units[row, j]["y"]
            items[row, at]["extra"] = 0
            count[row] = at + 1


def noop(frame: Frame, commands: Commands) -> None:
    """Give no commands: units act on their own, and the map's triggers may order them."""
