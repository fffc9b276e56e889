"""Nydus canals: a canal builds its other end on creep anywhere, for nothing; who enters one end comes out at the other.

Both ends are alike, and know each other by their field `addon`; when one dies, so does the other. Source: the game's
orders BuildNydusExit and EnterNydusCanal, both on the nine-frame clock; BWAPI 4.2's checks.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import begin_building
from engine.broodwar.creep import ZERG, keep
from engine.broodwar.errors import NO_ERROR, UNBUILDABLE_LOCATION, UNIT_BUSY, UNKNOWN_ERROR
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, kill, order_done, set_order
from engine.broodwar.placing import find_place
from engine.broodwar.presence import leave_map, return_to_map
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.siting import can_place, site_x, site_y
from engine.broodwar.state import (
    IMMOVABLE,
    NO_SLOT,
    ORDER_BUILD_NYDUS_EXIT,
    ORDER_ENTER_NYDUS_CANAL,
    ORDER_INCOMPLETE_MORPHING,
    ORDER_NOTHING,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

NYDUS_CANAL: Final = UNIT_TYPE_NAMES.index("Zerg_Nydus_Canal")

# order_state of EnterNydusCanal.
BEGIN: Final = 0
ON_THE_WAY: Final = 1
AT_THE_MOUTH: Final = 2


@inline
def exit_error(
    units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, column: int, row: int
) -> int:
    """Return why canal `i` cannot build its other end at a tile now, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the canal.
        column: left build tile.
        row: upper build tile.
    """
    u = units[i]
    if not u.is_complete or u.order != ORDER_NOTHING:
        return UNIT_BUSY
    if u.addon >= 0:
        return UNKNOWN_ERROR
    x = site_x(NYDUS_CANAL, column)
    y = site_y(NYDUS_CANAL, row)
    fits = can_place(units, game, index, terrain, creep, NO_SLOT, NYDUS_CANAL, x, y)
    return NO_ERROR if fits else UNBUILDABLE_LOCATION


@inline
def order_exit(units: Units, game: Game, i: int, column: int, row: int) -> None:
    """Order canal `i` to build its other end; `exit_error` has no objection."""
    x = site_x(NYDUS_CANAL, column)
    y = site_y(NYDUS_CANAL, row)
    set_order(units, game, i, ORDER_BUILD_NYDUS_EXIT, NO_SLOT, x, y)


@inline
def may_pass(units: Units, i: int, j: int) -> bool:
    """Say whether unit `i` may go through canal `j`: both ends complete, its own, and it Zerg and on the ground."""
    u = units[i]
    v = units[j]
    if v.type != NYDUS_CANAL or not v.is_complete or v.addon < 0 or not units[v.addon].is_complete:
        return False
    return bool(u.player == v.player and not u.flies and UNIT_TYPES[u.type].race == ZERG)


@inline
def _build_exit(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    u = units[i]
    x = whole(u.order_x)
    y = whole(u.order_y)
    if u.addon < 0 and can_place(units, game, index, terrain, creep, NO_SLOT, NYDUS_CANAL, x, y):
        j = begin_building(units, game, index, NYDUS_CANAL, whole(u.player), x, y, ORDER_INCOMPLETE_MORPHING)
        if j >= 0:
            u.addon = j
            units[j].addon = i
            keep(units, game, creep, j)
    order_done(units, game, i)


@inline
def _enter(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or not may_pass(units, i, target):
        order_done(units, game, i)
        return
    if u.order_state == BEGIN:
        approach(units, i, target)
        u.order_state = ON_THE_WAY
    elif u.order_state == ON_THE_WAY and is_at_goal(u):
        if u.status & IMMOVABLE:
            order_done(units, game, i)
        else:
            u.order_state = AT_THE_MOUTH
    if u.order_state != AT_THE_MOUTH:
        return
    exit_x = whole(units[units[target].addon].x)
    exit_y = whole(units[units[target].addon].y)
    found, _, _ = find_place(units, game, index, terrain, whole(u.type), exit_x, exit_y)
    if found:  # else it waits at this end
        leave_map(units, game, index, i)
        return_to_map(units, game, index, terrain, i, exit_x, exit_y, whole(u.heading))
        order_done(units, game, i)


@inline
def run_nydus(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Run BuildNydusExit of a canal or EnterNydusCanal of a unit, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the unit.
    """
    if units[i].order == ORDER_ENTER_NYDUS_CANAL:
        _enter(units, game, index, terrain, i)
    else:
        _build_exit(units, game, index, terrain, creep, i)


@inline
def close_canal(units: Units, game: Game, i: int) -> None:
    """Let the other end of dying canal `i` die too."""
    other = whole(units[i].addon)
    if other >= 0:
        units[i].addon = NO_SLOT
        units[other].addon = NO_SLOT
        kill(units, game, other)
