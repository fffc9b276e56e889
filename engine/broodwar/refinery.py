"""Workers and gas: to the refinery, inside for a while, and out on the depot's side. Source: MECHANICS.md 9."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import is_at_goal
from engine.broodwar.nearest import DEPOT, find_nearest, is_field
from engine.broodwar.order_queue import drop_one, order_done, queue_first, queue_last, set_order, stop_moving
from engine.broodwar.presence import leave_map, return_to_map
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.state import (
    CARRIES_GAS,
    IMMOVABLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_HARVEST_GAS,
    ORDER_MOVE_TO_GAS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_RESET_HARVEST_COLLISION,
    ORDER_RETURN_GAS,
    ORDER_WAIT_FOR_GAS,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.turns import (
    AT_FIELD,
    BEGIN,
    WORKING,
    begin_gathering,
    end_turn,
    go_and_look,
    remember_patch,
    stop,
    wait_for_turn,
)
from engine.core.fixed import along_x, along_y, direction_to, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

LOAD: Final = 8
DEPLETED_LOAD: Final = 2
GAS_FRAMES: Final = 37
NO_EXIT_FRAMES: Final = 18
QUARTER_TURN: Final = 64
EXIT_ASIDE_256: Final = 32 << 8


@inline
def is_own_refinery(units: Units, i: int, j: int) -> bool:
    """Say whether worker `i` may fetch gas at unit `j`."""
    v = units[j]
    return bool(PRODUCTION[v.type].is_refinery and v.is_complete and v.player == units[i].player)


@inline
def _move_to_gas(units: Units, game: Game, i: int) -> None:
    u = units[i]
    begin_gathering(u)
    target = u.order_target
    if u.order_state == BEGIN:
        if target < 0:
            stop(units, game, i)
        elif is_field(units, target):
            queue_first(u, ORDER_MOVE_TO_MINERALS, target, u.order_x, u.order_y)
            order_done(units, game, i)
        else:
            go_and_look(units, i, target)
            remember_patch(units, i, target)
            u.order_state = AT_FIELD
    elif is_at_goal(u):
        if target < 0 or not is_own_refinery(units, i, target):
            stop(units, game, i)
        elif u.status & IMMOVABLE:
            u.order_state = BEGIN
        elif u.carries & CARRIES_GAS:
            set_order(units, game, i, ORDER_RETURN_GAS, NO_SLOT, 0, 0)
        else:
            queue_first(u, ORDER_WAIT_FOR_GAS, target, units[target].x, units[target].y)
            order_done(units, game, i)


@inline
def _wait_for_gas(units: Units, game: Game, i: int) -> None:
    target = units[i].order_target
    if target < 0 or not is_own_refinery(units, i, target):
        stop(units, game, i)
    elif units[i].order_state == BEGIN:
        wait_for_turn(units, game, i, target)


@inline
def _enter_refinery(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    target = u.order_target
    if target < 0 or not is_own_refinery(units, i, target):
        stop_moving(u, game)
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)
        if u.gather_target >= 0:
            end_turn(units, game, index, i, whole(u.gather_target))
        return
    begin_gathering(u)
    leave_map(units, game, index, i)
    u.order_target = target
    u.order_state = WORKING
    u.main_timer = GAS_FRAMES + 1  # the frame at hand counts


@inline
def _load_gas(units: Units, i: int, j: int) -> None:
    v = units[j]
    u = units[i]
    amount = LOAD
    if v.resources < LOAD:
        amount = DEPLETED_LOAD
        v.resources = 0
    else:
        v.resources -= LOAD
    u.carries = CARRIES_GAS
    u.cargo = amount


@inline
def _exit_place(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> tuple[int, int, int]:
    """Return where worker `i` leaves refinery `j` and its heading: on the side toward the nearest depot."""
    u = units[i]
    v = units[j]
    reach = whole(max(game.width_px, game.height_px))
    depot = find_nearest(units, game, index, terrain, i, whole(u.x), whole(u.y), reach, DEPOT, False)
    if depot < 0:
        return whole(u.x), whole(u.y), whole(u.heading)
    dx = units[depot].x - v.x
    dy = units[depot].y - v.y
    heading = direction_to(dx, dy)
    aside = (heading - QUARTER_TURN) & 255
    x = v.x + (along_x(aside, EXIT_ASIDE_256) >> 8)
    y = v.y + (along_y(aside, EXIT_ASIDE_256) >> 8)
    t = UNIT_TYPES[u.type]
    left = v.left - t.right - 1
    top = v.top - t.down - 1
    right = v.right + t.left + 1
    bottom = v.bottom + t.up + 1
    # Follow the line to the depot until it leaves the refinery's rim.
    ex = x + dx
    ey = y + dy
    if ey < top and dy != 0:
        ex = x + (top - y) * dx // dy
        ey = top
    elif ey > bottom and dy != 0:
        ex = x + (bottom - y) * dx // dy
        ey = bottom
    if ex > right and dx != 0:
        ey = y + (right - x) * dy // dx
        ex = right
    elif ex < left and dx != 0:
        ey = y + (left - x) * dy // dx
        ex = left
    return ex, ey, heading


@inline
def run_in_refinery(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Let a worker that is inside a refinery wait, load and come out; return whether it came out.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        i: a worker that is not on the map.
    """
    u = units[i]
    if u.main_timer > 0:
        u.main_timer -= 1
    if u.main_timer > 0:
        return False
    target = whole(u.order_target)
    x = whole(u.x)
    y = whole(u.y)
    heading = whole(u.heading)
    if target >= 0:
        x, y, heading = _exit_place(units, game, index, terrain, i, target)
    if not return_to_map(units, game, index, terrain, i, x, y, heading):
        u.main_timer = NO_EXIT_FRAMES
        return False
    if target >= 0:
        _load_gas(units, i, target)
    if u.gather_target >= 0:
        end_turn(units, game, index, i, whole(u.gather_target))
    drop_one(u, ORDER_RESET_HARVEST_COLLISION)
    if u.queue_count == 0:
        following = ORDER_RETURN_GAS if u.carries & CARRIES_GAS else whole(UNIT_TYPES[u.type].return_to_idle_order)
        queue_last(u, following, NO_SLOT, 0, 0)
    queue_first(u, ORDER_RESET_HARVEST_COLLISION, NO_SLOT, 0, 0)
    u.status &= ~NOT_INTERRUPTIBLE
    order_done(units, game, i)
    return True


@inline
def run_gas(units: Units, game: Game, index: Index, i: int) -> None:
    """Run one of the orders of fetching gas, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the worker.
    """
    order = units[i].order
    if order == ORDER_MOVE_TO_GAS:
        _move_to_gas(units, game, i)
    elif order == ORDER_WAIT_FOR_GAS:
        _wait_for_gas(units, game, i)
    elif order == ORDER_HARVEST_GAS:
        _enter_refinery(units, game, index, i)
