"""Add-ons: built by their building without a worker, left behind when it lifts off, taken over by who lands there.

An add-on without its building belongs to nobody. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import begin_building, complete_building, grow
from engine.broodwar.errors import (
    INCOMPATIBLE_STATE,
    INCOMPATIBLE_UNIT_TYPE,
    NO_ERROR,
    UNBUILDABLE_LOCATION,
    UNIT_BUSY,
)
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.making import lacks_price, make_error, pay, refund_building
from engine.broodwar.order_queue import kill, order_done, queue_last, set_order
from engine.broodwar.production_table import NEUTRAL_PLAYER, PRODUCTION
from engine.broodwar.research import ALL, drop_research
from engine.broodwar.rules_table import NO_TYPE
from engine.broodwar.siting import can_place
from engine.broodwar.state import (
    NO_SLOT,
    ORDER_BUILD_ADDON,
    ORDER_BUILDING_LAND,
    ORDER_BUILDING_LIFT_OFF,
    ORDER_DIE,
    ORDER_INCOMPLETE_BUILDING,
    ORDER_NOTHING,
    ORDER_PLACE_ADDON,
    ORDER_RESEARCH_TECH,
    ORDER_UPGRADE,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import cancel_training
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

# order_state of PlaceAddon.
BEGIN: Final = 0
ON_THE_WAY: Final = 1


@inline
def addon_x(units: Units, i: int, kind: int, x: int) -> int:
    """Return the centre of an add-on of building `i`, pixels, if the building's centre is at `x`."""
    p = PRODUCTION[units[i].type]
    q = PRODUCTION[kind]
    return whole(x - p.placement_width_px // 2 + q.addon_x_px + q.placement_width_px // 2)


@inline
def addon_y(units: Units, i: int, kind: int, y: int) -> int:
    """Return the centre of an add-on of building `i`, pixels, if the building's centre is at `y`."""
    p = PRODUCTION[units[i].type]
    q = PRODUCTION[kind]
    return whole(y - p.placement_height_px // 2 + q.addon_y_px + q.placement_height_px // 2)


@inline
def is_busy(units: Units, i: int) -> bool:
    """Say whether building `i` trains, researches, builds an add-on, morphs, or is on its way up or down."""
    u = units[i]
    working = u.order in (ORDER_RESEARCH_TECH, ORDER_UPGRADE, ORDER_PLACE_ADDON)
    moving = ORDER_BUILDING_LAND <= u.order <= ORDER_BUILDING_LIFT_OFF + 2
    return bool(
        not u.is_complete
        or working
        or moving
        or u.train_count > 0
        or u.build_type >= 0
        or u.secondary_order == ORDER_BUILD_ADDON
    )


@inline
def addon_error(
    units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, kind: int, x: int, y: int
) -> int:
    """Return why building `i` cannot build an add-on now, with its own centre at (x, y), NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the building.
        kind: unit type id of the add-on.
        x: pixels.
        y: pixels.
    """
    u = units[i]
    if is_busy(units, i) or (u.flies and x == u.x and y == u.y):
        return UNIT_BUSY
    if u.addon >= 0 and x == u.x and y == u.y:
        return INCOMPATIBLE_STATE
    known = 0 <= kind < len(UNIT_TYPES)
    if not known or not PRODUCTION[kind].is_addon or PRODUCTION[kind].built_by != u.type:
        return INCOMPATIBLE_UNIT_TYPE
    lacks = make_error(units, game, index, i, kind, 0, True)
    if lacks != NO_ERROR:
        return lacks
    ax = addon_x(units, i, kind, x)
    ay = addon_y(units, i, kind, y)
    moves = x != u.x or y != u.y
    if moves and not can_place(units, game, index, terrain, creep, i, whole(u.type), x, y):
        return UNBUILDABLE_LOCATION
    return NO_ERROR if can_place(units, game, index, terrain, creep, i, kind, ax, ay) else UNBUILDABLE_LOCATION


@inline
def place_addon(units: Units, game: Game, i: int, kind: int, x: int, y: int) -> None:
    """Order building `i` to build an add-on where it stands or, with its centre then at (x, y), elsewhere."""
    set_order(units, game, i, ORDER_PLACE_ADDON, NO_SLOT, x, y)
    units[i].build_type = kind


@inline
def run_place_addon(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Run the order PlaceAddon of building `i`: go there if it must, pay, and lay the foundation.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the building.
    """
    u = units[i]
    kind = whole(u.build_type)
    x = whole(u.order_x)
    y = whole(u.order_y)
    if kind < 0:
        order_done(units, game, i)
        return
    if u.order_state == BEGIN:
        if u.flies or u.x != x or u.y != y:
            set_order(units, game, i, ORDER_BUILDING_LAND, NO_SLOT, x, y)
            queue_last(u, ORDER_PLACE_ADDON, NO_SLOT, x, y)
            u.build_type = kind
            return
        u.order_state = ON_THE_WAY
    if not is_at_goal(u):
        return
    u.build_type = NO_TYPE
    player = whole(u.player)
    ax = addon_x(units, i, kind, x)
    ay = addon_y(units, i, kind, y)
    may = lacks_price(game, player, kind) == NO_ERROR and u.addon < 0
    if may and can_place(units, game, index, terrain, creep, i, kind, ax, ay):
        addon = begin_building(units, game, index, kind, player, ax, ay, ORDER_INCOMPLETE_BUILDING)
        if addon >= 0:
            pay(game, player, kind)
            u.secondary_order = ORDER_BUILD_ADDON
            u.product = addon
            units[addon].builder = i
    order_done(units, game, i)


@inline
def _link(units: Units, i: int, j: int) -> None:
    units[i].addon = j
    units[j].addon = i
    units[j].player = units[i].player


@inline
def run_build_addon(units: Units, game: Game, i: int) -> None:
    """Run the secondary order BuildAddon of building `i`, every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        i: the building.
    """
    u = units[i]
    addon = whole(u.product)
    if addon >= 0 and u.flies:
        drop_addon(units, game, i)
        return
    if addon >= 0 and not units[addon].is_complete:
        v = units[addon]
        grow(v)
        if v.build_frames > 0:
            v.build_frames -= 1
            return
        complete_building(units, game, addon)
        _link(units, i, addon)
    u.product = NO_SLOT
    u.secondary_order = ORDER_NOTHING


@inline
def drop_addon(units: Units, game: Game, i: int) -> None:
    """End the add-on that building `i` is building; three quarters of its price come back."""
    u = units[i]
    addon = whole(u.product)
    if u.secondary_order != ORDER_BUILD_ADDON:
        return
    u.product = NO_SLOT
    u.secondary_order = ORDER_NOTHING
    if addon >= 0 and not units[addon].is_complete and units[addon].order != ORDER_DIE:
        refund_building(game, whole(u.player), whole(units[addon].type))
        kill(units, game, addon)


@inline
def abandon_addon(units: Units, game: Game, index: Index, i: int) -> None:
    """Let building `i` leave its add-on behind, to nobody."""
    addon = whole(units[i].addon)
    units[i].addon = NO_SLOT
    if addon < 0:
        return
    units[addon].addon = NO_SLOT
    if PRODUCTION[units[addon].type].is_addon:
        drop_research(units, game, addon, ALL)
        while units[addon].train_count > 0:
            cancel_training(units, game, index, addon, -1)
        units[addon].player = NEUTRAL_PLAYER


@inline
def find_addon(units: Units, game: Game, index: Index, i: int) -> None:
    """Let building `i` take over an add-on of nobody's that stands where its own would.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
    """
    u = units[i]
    if not PRODUCTION[u.type].can_build_addon or u.flies:
        return
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        kind = whole(v.type)
        if not PRODUCTION[kind].is_addon or PRODUCTION[kind].built_by != u.type or v.player != NEUTRAL_PLAYER:
            continue
        dx = v.x - addon_x(units, i, kind, whole(u.x))
        dy = v.y - addon_y(units, i, kind, whole(u.y))
        if abs(dx) < BUILD_TILE_PX // 2 and abs(dy) < BUILD_TILE_PX // 2 and v.order != ORDER_DIE:
            _link(units, i, j)
            return
