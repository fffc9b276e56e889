"""Workers at fields and refineries: there, a turn at it, the work, and back to the depot.

A field or refinery has one worker at a time; others look for a free field nearby or wait their turn in the order of
arrival. While they gather, workers pass through other units. Source: MECHANICS.md 9.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import note_overlaps
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.larvae import note_delivery
from engine.broodwar.nearest import DEPOT, FIELD, FREE_FIELD, find_nearest, is_depot, is_field
from engine.broodwar.order_queue import (
    drop_one,
    kill,
    order_done,
    queue_first,
    queue_last,
    set_order,
)
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.scripts import AT_WORK, GROUND_ATTACK_END, play
from engine.broodwar.state import (
    CARRIES_GAS,
    CARRIES_MINERALS,
    GATHERING,
    IMMOVABLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_GATHERING_INTERRUPTED,
    ORDER_MINING_MINERALS,
    ORDER_MOVE_TO_GAS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_RESET_HARVEST_COLLISION,
    ORDER_RETURN_GAS,
    ORDER_RETURN_MINERALS,
    ORDER_WAIT_FOR_MINERALS,
    ORDER_WAITING_INTERRUPTED,
    STATE_INIT,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import box_distance
from engine.broodwar.turns import (
    AT_FIELD,
    BEGIN,
    ON_THE_WAY,
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

NEAR_FIELD_PX: Final = 10
FAR_SEARCH_PX: Final = 12 * 32
NEAR_SEARCH_PX: Final = 8 * 32
MINING_FRAMES: Final = 75
LOAD: Final = 8
NO_DEPOT_FRAMES: Final = 75
WORK_REACH_256: Final = 20 << 8


@inline
def _head_for(units: Units, i: int, j: int) -> None:
    """Make field `j` the target of the order at hand."""
    u = units[i]
    go_and_look(units, i, j)
    remember_patch(units, i, j)
    u.order_target = j
    u.order_x = units[j].x
    u.order_y = units[j].y


@inline
def _move_to_minerals(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    begin_gathering(u)
    target = u.order_target
    if target < 0 or not is_field(units, target):
        x = u.x
        y = u.y
        if u.patch_x >= 0:
            x = u.patch_x
            y = u.patch_y
            u.patch_x = -1
            u.patch_y = -1
        target = find_nearest(units, game, index, terrain, i, x, y, FAR_SEARCH_PX, FIELD, False)
        if target < 0:
            stop(units, game, i)
            return
        u.order_target = target
        u.order_x = units[target].x
        u.order_y = units[target].y
        u.order_state = BEGIN
    if u.order_state == BEGIN:
        _head_for(units, i, target)
        u.order_state = ON_THE_WAY
        return
    if u.order_state == ON_THE_WAY:
        if box_distance(units, i, target) > NEAR_FIELD_PX and not is_at_goal(u):
            return
        if units[target].is_gathered:
            other = find_nearest(
                units, game, index, terrain, i, whole(u.x), whole(u.y), NEAR_SEARCH_PX, FREE_FIELD, False
            )
            if other >= 0:
                _head_for(units, i, other)
                return
        u.order_state = AT_FIELD
    if u.order_state != AT_FIELD or not is_at_goal(u):
        return
    if u.status & IMMOVABLE:
        other = find_nearest(units, game, index, terrain, i, whole(u.x), whole(u.y), FAR_SEARCH_PX, FIELD, False)
        if other >= 0:
            _head_for(units, i, other)
        else:
            order_done(units, game, i)
    elif u.carries & CARRIES_MINERALS:
        set_order(units, game, i, ORDER_RETURN_MINERALS, NO_SLOT, 0, 0)
    else:
        u.look_x = u.order_x
        u.look_y = u.order_y
        queue_first(u, ORDER_WAIT_FOR_MINERALS, target, units[target].x, units[target].y)
        order_done(units, game, i)


@inline
def _wait_for_minerals(units: Units, game: Game, i: int) -> None:
    target = units[i].order_target
    if target < 0 or not is_field(units, target):
        set_order(units, game, i, ORDER_MOVE_TO_MINERALS, NO_SLOT, 0, 0)
    elif units[i].order_state == BEGIN:
        wait_for_turn(units, game, i, target)


@inline
def _load(units: Units, game: Game, i: int, j: int) -> None:
    """Take a load from field `j`, which is gone when nothing is left."""
    u = units[i]
    amount = min(whole(units[j].resources), LOAD)
    units[j].resources -= amount
    if units[j].resources == 0:
        kill(units, game, j)
    if amount > 0:
        u.carries = CARRIES_MINERALS
        u.cargo = amount


@inline
def _mine(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    target = u.order_target
    if target < 0 or not is_field(units, target):
        if u.gathers:
            end_turn(units, game, index, i, whole(u.gather_target))
        drop_one(u, ORDER_GATHERING_INTERRUPTED)
        set_order(units, game, i, ORDER_MOVE_TO_MINERALS, NO_SLOT, 0, 0)
        return
    begin_gathering(u)
    if u.order_state == BEGIN:
        faces = u.x == u.look_x and u.y == u.look_y
        if faces or u.heading == direction_to(u.look_x - u.x, u.look_y - u.y):
            u.order_x = u.x + (along_x(u.heading, WORK_REACH_256) >> 8)
            u.order_y = u.y + (along_y(u.heading, WORK_REACH_256) >> 8)
            play(u, game, AT_WORK)
            u.main_timer = MINING_FRAMES
            u.order_state = WORKING
    elif u.main_timer == 0:
        play(u, game, GROUND_ATTACK_END)
        _load(units, game, i, target)
        end_turn(units, game, index, i, target)
        drop_one(u, ORDER_GATHERING_INTERRUPTED)
        following = ORDER_RETURN_MINERALS if u.carries & CARRIES_MINERALS else ORDER_MOVE_TO_MINERALS
        set_order(units, game, i, following, NO_SLOT, 0, 0)


@inline
def _return_cargo(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    if u.carries == 0:
        stop(units, game, i)
        return
    begin_gathering(u)
    target = u.order_target
    if target < 0 or not is_depot(units, target):
        target = NO_SLOT
        u.order_state = BEGIN
    if u.order_state == BEGIN:
        if target < 0:
            reach = whole(max(game.width_px, game.height_px))
            target = find_nearest(units, game, index, terrain, i, whole(u.x), whole(u.y), reach, DEPOT, True)
        if target < 0:
            u.order_timer = NO_DEPOT_FRAMES
            return
        u.order_target = target
        go_and_look(units, i, target)
        u.order_state = ON_THE_WAY
    elif is_at_goal(u):
        if u.status & IMMOVABLE:
            u.order_target = NO_SLOT
            u.order_state = BEGIN
            return
        x = 0
        y = 0
        if u.patch >= 0:
            x = units[u.patch].x
            y = units[u.patch].y
        following = ORDER_MOVE_TO_GAS if u.carries & CARRIES_GAS else ORDER_MOVE_TO_MINERALS
        queue_first(u, following, u.patch, x, y)
        order_done(units, game, i)
        if u.carries & CARRIES_MINERALS:
            game.minerals[u.player] += u.cargo
        elif u.carries & CARRIES_GAS:
            game.gas[u.player] += u.cargo
        u.carries = 0
        u.cargo = 0
        if PRODUCTION[units[target].type].produces_larva:
            note_delivery(units, i, target)


@inline
def _goes_on_gathering(order: int) -> bool:
    return bool(ORDER_MOVE_TO_GAS <= order <= ORDER_WAITING_INTERRUPTED and order != ORDER_RETURN_GAS)


@inline
def _reset_collision(units: Units, game: Game, index: Index, i: int) -> None:
    """End the passing through other units, unless the next order is one of gathering again."""
    u = units[i]
    u.status &= ~NOT_INTERRUPTIBLE
    if u.queue_count > 0 and _goes_on_gathering(u.queue_order[0]):
        while u.queue_count > 0 and u.queue_order[u.queue_count - 1] == ORDER_RESET_HARVEST_COLLISION:
            u.queue_count -= 1
        queue_last(u, ORDER_RESET_HARVEST_COLLISION, NO_SLOT, 0, 0)
        order_done(units, game, i)
        return
    u.status &= ~GATHERING
    note_overlaps(units, game, index, i)
    if u.queue_count == 0:
        queue_last(u, whole(UNIT_TYPES[u.type].return_to_idle_order), NO_SLOT, 0, 0)
    u.has_path = 0
    u.movement_state = STATE_INIT
    order_done(units, game, i)


@inline
def run_uninterruptible(units: Units, game: Game, index: Index, i: int) -> None:
    """Run one of the three orders that only tidy up; they run in every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the worker.
    """
    u = units[i]
    if u.order == ORDER_RESET_HARVEST_COLLISION:
        _reset_collision(units, game, index, i)
        return
    if u.order == ORDER_GATHERING_INTERRUPTED:
        if u.gathers:
            end_turn(units, game, index, i, whole(u.gather_target))
    else:
        u.gather_target = NO_SLOT
    u.status &= ~NOT_INTERRUPTIBLE
    order_done(units, game, i)


@inline
def run_gathering(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run one of the orders of gathering, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        i: the worker.
    """
    order = units[i].order
    if order == ORDER_MOVE_TO_MINERALS:
        _move_to_minerals(units, game, index, terrain, i)
    elif order == ORDER_WAIT_FOR_MINERALS:
        _wait_for_minerals(units, game, i)
    elif order == ORDER_MINING_MINERALS:
        _mine(units, game, index, i)
    elif order in (ORDER_RETURN_MINERALS, ORDER_RETURN_GAS):
        _return_cargo(units, game, index, terrain, i)
