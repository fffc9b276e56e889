"""Commands of players: kept until their latency is over, then turned into orders. Source: MECHANICS.md 13."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.construction import PROTOSS, build_error
from engine.broodwar.errors import NO_ERROR
from engine.broodwar.morphing import morph, morph_error
from engine.broodwar.nearest import is_depot, is_field
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y, set_order
from engine.broodwar.refinery import is_own_refinery
from engine.broodwar.siting import ZERG, site_x, site_y
from engine.broodwar.state import (
    CARRIES_GAS,
    NO_SLOT,
    ORDER_ATTACK_MOVE,
    ORDER_ATTACK_UNIT,
    ORDER_DIE,
    ORDER_DRONE_START_BUILD,
    ORDER_FOLLOW,
    ORDER_HOLD_POSITION,
    ORDER_MOVE,
    ORDER_MOVE_TO_GAS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_PATROL,
    ORDER_PLACE_BUILDING,
    ORDER_PLACE_PROTOSS_BUILDING,
    ORDER_RETURN_GAS,
    ORDER_RETURN_MINERALS,
    ORDER_STOP,
    SLOT_ALIVE,
    SLOTS_PER_GENERATION,
    START_DELAY,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import are_enemies
from engine.broodwar.training import cancel_training, train, train_error
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]

# BWAPI UnitCommandTypes (engine.core.frame.UnitCommandType), as plain numbers for the kernels.
ATTACK_MOVE: Final = 0
ATTACK_UNIT: Final = 1
MOVE: Final = 10
PATROL: Final = 11
HOLD_POSITION: Final = 12
STOP: Final = 13
FOLLOW: Final = 14
BUILD: Final = 2
TRAIN: Final = 4
MORPH: Final = 5
SET_RALLY_POSITION: Final = 8
SET_RALLY_UNIT: Final = 9
CANCEL_TRAIN: Final = 35
CANCEL_TRAIN_SLOT: Final = 36

RETURNS: Final = (ORDER_RETURN_GAS, ORDER_RETURN_MINERALS)
GATHER: Final = 15
RETURN_CARGO: Final = 16
RIGHT_CLICK_POSITION: Final = 30
RIGHT_CLICK_UNIT: Final = 31


@inline
def slot_of(units: Units, game: Game, unit_id: int) -> int:
    """Return the slot of a unit that is on the map, NO_SLOT for any other id."""
    if unit_id < 0:
        return NO_SLOT
    i = unit_id % SLOTS_PER_GENERATION
    if i >= game.capacity or units[i].slot_state != SLOT_ALIVE:
        return NO_SLOT
    if units[i].generation != unit_id // SLOTS_PER_GENERATION:
        return NO_SLOT
    return i


@inline
def _order_of(units: Units, i: int, kind: int, target: int) -> int:
    """Return the order that a command means, -1 if it means none."""
    if kind == ATTACK_MOVE:
        return ORDER_ATTACK_MOVE
    if kind == ATTACK_UNIT:
        return ORDER_ATTACK_UNIT if target >= 0 else -1
    if kind in (MOVE, RIGHT_CLICK_POSITION):
        return ORDER_MOVE
    if kind == PATROL:
        return ORDER_PATROL
    if kind == HOLD_POSITION:
        return ORDER_HOLD_POSITION
    if kind == STOP:
        return ORDER_STOP
    if kind == FOLLOW:
        return ORDER_FOLLOW if target >= 0 else -1
    is_worker = UNIT_TYPES[units[i].type].worker
    if kind in (GATHER, RIGHT_CLICK_UNIT) and target >= 0 and is_worker:
        if is_field(units, target):
            return ORDER_MOVE_TO_MINERALS
        if is_own_refinery(units, i, target):
            return ORDER_MOVE_TO_GAS
    if kind == GATHER:
        return -1
    if kind == RETURN_CARGO:
        if not units[i].carries:
            return -1
        return ORDER_RETURN_GAS if units[i].carries & CARRIES_GAS else ORDER_RETURN_MINERALS
    if kind == RIGHT_CLICK_UNIT and target >= 0:
        if units[i].carries and units[target].player == units[i].player and is_depot(units, target):
            return ORDER_RETURN_GAS if units[i].carries & CARRIES_GAS else ORDER_RETURN_MINERALS
        return ORDER_ATTACK_UNIT if are_enemies(units, i, target) else ORDER_FOLLOW
    return -1


@inline
def _execute_production(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, c: Any) -> bool:
    """Carry out a command to a producer; return False if it is another kind of command."""
    u = units[i]
    if c.type == TRAIN:
        if train_error(units, game, index, i, whole(c.extra)) == NO_ERROR:
            train(units, game, i, whole(c.extra))
    elif c.type == BUILD:
        column = whole(c.x) // BUILD_TILE_PX
        row = whole(c.y) // BUILD_TILE_PX
        kind = whole(c.extra)
        if build_error(units, game, index, terrain, creep, i, kind, column, row) == NO_ERROR:
            x = site_x(kind, column)
            y = site_y(kind, row)
            race = UNIT_TYPES[kind].race
            order = ORDER_PLACE_BUILDING
            if race == PROTOSS:
                order = ORDER_PLACE_PROTOSS_BUILDING
            elif race == ZERG:
                order = ORDER_DRONE_START_BUILD
            set_order(units, game, i, order, NO_SLOT, x, y)
            u.build_type = kind
    elif c.type == MORPH:
        if morph_error(units, game, index, i, whole(c.extra)) == NO_ERROR:
            morph(units, game, i, whole(c.extra))
    elif c.type == CANCEL_TRAIN:
        cancel_training(units, game, index, i, -1)
    elif c.type == CANCEL_TRAIN_SLOT:
        cancel_training(units, game, index, i, whole(c.extra))
    elif c.type == SET_RALLY_POSITION:
        if UNIT_TYPES[u.type].building:
            u.rally_unit = NO_SLOT
            u.rally_x = c.x
            u.rally_y = c.y
    elif c.type == SET_RALLY_UNIT:
        target = slot_of(units, game, c.target_id)
        if UNIT_TYPES[u.type].building and target >= 0:
            u.rally_unit = target
            u.rally_x = -1
    else:
        return False
    return True


@inline
def _execute(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, c: Any) -> None:
    i = slot_of(units, game, c.unit_id)
    if i < 0 or units[i].player != c.player or units[i].order == ORDER_DIE or units[i].is_hidden:
        return
    if _execute_production(units, game, index, terrain, creep, i, c):
        return
    u = units[i]
    t = UNIT_TYPES[u.type]
    target = slot_of(units, game, c.target_id)
    if target >= 0 and units[target].is_hidden:
        return
    order = _order_of(units, i, c.type, target)
    if order < 0 or target == i:
        return
    if order in (ORDER_ATTACK_MOVE, ORDER_ATTACK_UNIT, ORDER_HOLD_POSITION) and not t.can_attack:
        if order != ORDER_HOLD_POSITION:
            return
    elif not t.can_move and order not in (ORDER_STOP, ORDER_ATTACK_UNIT, ORDER_HOLD_POSITION):
        return
    if order in (ORDER_STOP, ORDER_HOLD_POSITION) or (order in RETURNS and target < 0):
        set_order(units, game, i, order, NO_SLOT, 0, 0)
        return
    if order == ORDER_ATTACK_UNIT:
        order = whole(t.attack_unit_order)
        set_order(units, game, i, order, target, 0, 0)
    elif order in (ORDER_FOLLOW, ORDER_MOVE_TO_GAS, ORDER_MOVE_TO_MINERALS) or order in RETURNS:
        set_order(units, game, i, order, target, 0, 0)
    else:
        if not (0 <= c.x < game.width_px and 0 <= c.y < game.height_px):
            return
        x = clamped_x(u.type, whole(c.x), game)
        y = clamped_y(u.type, whole(c.y), game, BOTTOM_MARGIN_PX)
        set_order(units, game, i, order, NO_SLOT, x, y)
    u.user_flags |= START_DELAY


@inline
def run_commands(
    units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, pending: NDArray[np.void]
) -> None:
    """Execute the commands that are due before the next frame, in the order in which they were given.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        pending: (P,) PENDING_DTYPE, in order.
    """
    kept = 0
    for k in range(game.num_pending):
        if pending[k].frame <= game.frame:
            _execute(units, game, index, terrain, creep, pending[k])
        else:
            if kept != k:
                pending[kept] = pending[k]
            kept += 1
    game.num_pending = kept


@kernel
def take_commands(
    games: NDArray[np.void],
    pending: NDArray[np.void],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row_game: NDArray[np.int32],
    row_player: NDArray[np.int8],
    latency: int,
) -> int:
    """Enter the commands of all rows into their games' pending lists; return how many found no place.

    Args:
        games: (G,) GAME_DTYPE.
        pending: (G, P) PENDING_DTYPE.
        items: (rows, C) COMMAND_DTYPE.
        count: (rows,) int32.
        row_game: (rows,) int32.
        row_player: (rows,) int8.
        latency: frames between giving and executing.
    """
    lost = 0
    for row in range(len(row_game)):
        g = row_game[row]
        game = games[g]
        for k in range(count[row]):
            n = game.num_pending
            if n == pending.shape[1]:
                lost += 1
                continue
            c = items[row, k]
            p = pending[g, n]
            p.frame = game.frame + latency
            p.player = row_player[row]
            p.unit_id = c.unit_id
            p.type = c.type
            p.target_id = c.target_id
            p.x = c.x
            p.y = c.y
            p.extra = c.extra
            game.num_pending = n + 1
    return lost
