"""Terran buildings that fly: up, across the map, down on a free site.

A building rises 42 pixels at one pixel per frame and flies at that speed. It comes down where it could be built; its
add-on stays behind, belongs to nobody, and to whoever of its kind of building lands beside it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import abandon_addon, find_addon
from engine.broodwar.collision import note_overlaps
from engine.broodwar.creep import is_keeper, let_recede
from engine.broodwar.finder import insert_box, remove_box
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import (
    drop_one,
    go_to,
    kill,
    order_done,
    queue_first,
    queue_last,
    set_order,
    stop_moving,
)
from engine.broodwar.siting import can_place
from engine.broodwar.state import (
    AT_CONSTANT_SPEED,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_BUILDING_LAND,
    ORDER_BUILDING_LIFT_OFF,
    ORDER_DIE,
    ORDER_FOLLOW,
    ORDER_LIFTING_OFF,
    ORDER_MOVE,
    ORDER_NOTHING,
    ORDER_PLACE_ADDON,
    STATE_INIT,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

LIFT_PX: Final = 42
LIFT_SPEED_256: Final = 256
LIFT_OFF_FRAMES: Final = 24
LANDING_FRAMES: Final = 47
"""Of the animations LiftOff and Landing until their signal (rules/animations.csv), which is all that they do."""

# order_state of LiftingOff and BuildingLand.
BEGIN: Final = 0
ON_THE_WAY: Final = 1
COMING_DOWN: Final = 2
AT_WORK: Final = 3


@inline
def _set_box(units: Units, game: Game, index: Index, i: int, flies: int) -> None:
    """Let building `i` fly or stand from now on."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    remove_box(units, game, index, i)
    u.flies = flies
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    u.has_path = 0
    u.movement_state = STATE_INIT


@inline
def _lift_off(units: Units, game: Game, index: Index, creep: Creep, i: int) -> None:
    u = units[i]
    if u.flies:
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)
        return
    if is_keeper(u):
        let_recede(units, game, index, creep, i, whole(u.type), True)
    abandon_addon(units, game, index, i)
    u.rally_unit = NO_SLOT
    u.rally_x = -1
    _set_box(units, game, index, i, 1)
    u.mover = AT_CONSTANT_SPEED
    u.top_speed_256 = LIFT_SPEED_256
    u.order = ORDER_LIFTING_OFF
    u.order_state = BEGIN


@inline
def _rise(units: Units, game: Game, i: int) -> None:
    u = units[i]
    if u.order_state == BEGIN:
        go_to(u, game, whole(u.x), u.y - LIFT_PX)
        u.build_frames = LIFT_OFF_FRAMES
        u.order_state = AT_WORK
    elif u.build_frames > 0:
        u.build_frames -= 1
    elif is_at_goal(u):
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)


@inline
def _lies_under(units: Units, i: int, j: int) -> bool:
    """Say whether unit `j` stands where building `i` does, and cannot step aside."""
    u = units[i]
    v = units[j]
    apart = v.left > u.right or v.right < u.left or v.top > u.bottom or v.bottom < u.top
    return bool(j != i and not apart and not v.flies and not UNIT_TYPES[v.type].can_move and v.order != ORDER_DIE)


@inline
def _touch_down(units: Units, game: Game, index: Index, i: int) -> None:
    """End the landing of building `i`: it stands, crushes what cannot move, and takes an add-on beside it over."""
    u = units[i]
    for k in range(game.num_units):
        j = whole(index[k])
        if _lies_under(units, i, j):
            if UNIT_TYPES[units[j].type].building:  # somebody was faster
                u.status &= ~NOT_INTERRUPTIBLE
                u.queue_count = 0
                order_done(units, game, i)
                return
            kill(units, game, j)
    stop_moving(u, game)
    u.look_x = u.x
    u.look_y = u.y
    _set_box(units, game, index, i, 0)
    note_overlaps(units, game, index, i)
    u.mover = UNIT_TYPES[u.type].movement
    u.next_speed_256 = 0
    u.speed_256 = 0
    u.velocity_x_256 = 0
    u.velocity_y_256 = 0
    u.movement_flags = 0
    if u.queue_count > 0:
        following = u.queue_order[0]
        if following in (ORDER_MOVE, ORDER_FOLLOW):
            queue_first(u, ORDER_BUILDING_LIFT_OFF, NO_SLOT, 0, 0)
        elif following != ORDER_PLACE_ADDON:
            u.queue_count = 0
    u.status &= ~NOT_INTERRUPTIBLE
    order_done(units, game, i)
    find_addon(units, game, index, i)


@inline
def _land(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    u = units[i]
    x = whole(u.order_x)
    y = whole(u.order_y)
    if not u.flies:
        set_order(units, game, i, ORDER_BUILDING_LIFT_OFF, NO_SLOT, 0, 0)
        queue_last(u, ORDER_BUILDING_LAND, NO_SLOT, x, y)
    elif u.order_state == BEGIN:
        go_to(u, game, x, y - LIFT_PX)
        u.order_state = ON_THE_WAY
    elif u.order_state == ON_THE_WAY and is_at_goal(u):
        if not can_place(units, game, index, terrain, creep, i, whole(u.type), x, y):
            drop_one(u, ORDER_PLACE_ADDON)
            order_done(units, game, i)
            return
        go_to(u, game, x, y)
        u.status |= NOT_INTERRUPTIBLE
        u.order_state = COMING_DOWN
    elif u.order_state == COMING_DOWN:
        u.build_frames = LANDING_FRAMES
        u.order_state = AT_WORK
    elif u.build_frames > 0:
        u.build_frames -= 1
    elif u.order_state == AT_WORK and is_at_goal(u):
        if u.x == x and u.y == y:
            _touch_down(units, game, index, i)
        else:  # the place cannot be reached to the pixel: the map's edge
            u.status &= ~NOT_INTERRUPTIBLE
            order_done(units, game, i)


@inline
def run_lifting(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Run one of the orders of flying buildings, every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the building.
    """
    order = units[i].order
    if order == ORDER_BUILDING_LIFT_OFF:
        _lift_off(units, game, index, creep, i)
    elif order == ORDER_LIFTING_OFF:
        _rise(units, game, i)
    else:
        _land(units, game, index, terrain, creep, i)


@inline
def lift(units: Units, game: Game, i: int) -> None:
    """Order building `i` to rise."""
    set_order(units, game, i, ORDER_BUILDING_LIFT_OFF, NO_SLOT, 0, 0)
    queue_last(units[i], ORDER_NOTHING, NO_SLOT, 0, 0)
