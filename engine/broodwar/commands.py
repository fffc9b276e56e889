"""Commands of players: kept until their latency is over, checked, then turned into orders. Source: MECHANICS.md 13."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.abilities import is_ability, right_click_skill, skilled_order, use_ability
from engine.broodwar.addons import drop_addon, place_addon
from engine.broodwar.cancelling import cancel_building
from engine.broodwar.command_types import (
    ATTACK_MOVE,
    ATTACK_UNIT,
    BUILD,
    BUILD_ADDON,
    CANCEL_ADDON,
    CANCEL_CONSTRUCTION,
    CANCEL_MORPH,
    CANCEL_RESEARCH,
    CANCEL_TRAIN,
    CANCEL_TRAIN_SLOT,
    CANCEL_UPGRADE,
    FACTORIES,
    FOLLOW,
    GATHER,
    HALT_CONSTRUCTION,
    HOLD_POSITION,
    LAND,
    LIFT,
    MORPH,
    PATROL,
    RESEARCH,
    RETURN_CARGO,
    RIGHT_CLICK_POSITION,
    RIGHT_CLICK_UNIT,
    SET_RALLY_POSITION,
    SET_RALLY_UNIT,
    STOP,
    TRAIN,
    UPGRADE,
)
from engine.broodwar.construction import order_building
from engine.broodwar.errors import NO_ERROR
from engine.broodwar.legality import command_error, order_of_click, slot_of
from engine.broodwar.lifting import lift
from engine.broodwar.makers import maker_of
from engine.broodwar.morphing import morph
from engine.broodwar.nearest import is_field
from engine.broodwar.nydus import NYDUS_CANAL, order_exit
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y, set_order
from engine.broodwar.production_table import IS_TRAINED, PRODUCTION
from engine.broodwar.research import ALL, begin_research, begin_upgrade, drop_research
from engine.broodwar.siting import site_x, site_y
from engine.broodwar.state import (
    CARRIES_GAS,
    NO_SLOT,
    ORDER_ATTACK_MOVE,
    ORDER_BUILDING_LAND,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_FOLLOW,
    ORDER_HOLD_POSITION,
    ORDER_MOVE,
    ORDER_MOVE_TO_GAS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_PATROL,
    ORDER_RETURN_GAS,
    ORDER_RETURN_MINERALS,
    ORDER_STOP,
    START_DELAY,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import cancel_training, train
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]


@inline
def _produce(units: Units, game: Game, index: Index, i: int, c: Any) -> None:
    """Carry out a command that makes, researches or places something."""
    u = units[i]
    extra = whole(c.extra)
    column = whole(c.x) // BUILD_TILE_PX
    row = whole(c.y) // BUILD_TILE_PX
    if c.type in (TRAIN, MORPH):
        if IS_TRAINED[extra]:
            train(units, game, i, extra)
        else:
            morph(units, game, maker_of(units, game, index, i, extra), extra)
    elif c.type == BUILD and u.type == NYDUS_CANAL:
        order_exit(units, game, i, column, row)
    elif c.type == BUILD and not PRODUCTION[u.type].can_build_addon:
        order_building(units, game, i, extra, site_x(extra, column), site_y(extra, row))
    elif c.type == BUILD:  # an add-on, with the building where that tile is then its own
        place_addon(units, game, i, extra, site_x(whole(u.type), column), site_y(whole(u.type), row))
    elif c.type == BUILD_ADDON:
        place_addon(units, game, i, extra, whole(u.x), whole(u.y))
    elif c.type == RESEARCH:
        begin_research(units, game, i, extra)
    elif c.type == UPGRADE:
        begin_upgrade(units, game, i, extra)
    else:
        x = site_x(whole(u.type), column)
        y = site_y(whole(u.type), row)
        set_order(units, game, i, ORDER_BUILDING_LAND, NO_SLOT, x, y)


@inline
def _call_off(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, c: Any) -> None:
    """Carry out a cancel."""
    if c.type == CANCEL_TRAIN:
        cancel_training(units, game, index, i, -1)
    elif c.type == CANCEL_TRAIN_SLOT:
        cancel_training(units, game, index, i, whole(c.extra))
    elif c.type in (CANCEL_RESEARCH, CANCEL_UPGRADE):
        drop_research(units, game, i, ALL)
    elif c.type == CANCEL_ADDON:
        drop_addon(units, game, i)
    elif c.type in (CANCEL_CONSTRUCTION, CANCEL_MORPH):
        cancel_building(units, game, index, terrain, creep, i)
    else:  # HALT_CONSTRUCTION
        set_order(units, game, i, ORDER_STOP, NO_SLOT, 0, 0)


@inline
def _set_rally(units: Units, i: int, target: int, x: int, y: int) -> None:
    """Send what factory `i` makes to a unit, or to a point; to itself means: nowhere."""
    u = units[i]
    u.rally_unit = target if target != i else NO_SLOT
    u.rally_x = x if target < 0 else -1
    u.rally_y = y if target < 0 else -1


@inline
def _order_to_unit(units: Units, i: int, kind: int, j: int) -> int:
    """Return the order by which unit `i` carries out a command at unit `j`."""
    if kind == ATTACK_UNIT:
        return whole(UNIT_TYPES[units[i].type].attack_unit_order)
    if kind == GATHER:
        return ORDER_MOVE_TO_MINERALS if is_field(units, j) else ORDER_MOVE_TO_GAS
    if kind == RETURN_CARGO:
        return ORDER_RETURN_GAS if units[i].carries & CARRIES_GAS else ORDER_RETURN_MINERALS
    return ORDER_CONSTRUCTING_BUILDING if kind == BUILD else ORDER_FOLLOW


@inline
def _send(units: Units, game: Game, index: Index, i: int, c: Any) -> None:
    """Carry out a command that sends unit `i` somewhere, or lets it stay."""
    u = units[i]
    kind = whole(c.type)
    if kind in (STOP, HOLD_POSITION):
        order = ORDER_STOP if kind == STOP else ORDER_HOLD_POSITION
        set_order(units, game, i, skilled_order(u, order), NO_SLOT, 0, 0)
        return
    target = NO_SLOT
    if kind in (ATTACK_UNIT, FOLLOW, GATHER, RETURN_CARGO, RIGHT_CLICK_UNIT, SET_RALLY_UNIT):
        target = slot_of(units, game, whole(c.target_id))
    if kind == RIGHT_CLICK_UNIT and target >= 0:
        skill = right_click_skill(units, game, index, i, target)
        if skill >= 0:
            set_order(units, game, i, skill, target, 0, 0)
            return
    if kind == RIGHT_CLICK_UNIT:
        kind = order_of_click(units, i, target)
    if kind == RIGHT_CLICK_POSITION and FACTORIES[u.type] and not u.flies:
        kind = SET_RALLY_POSITION
    if kind in (SET_RALLY_POSITION, SET_RALLY_UNIT):
        _set_rally(units, i, target, whole(c.x), whole(c.y))
        return
    if target >= 0 or kind == RETURN_CARGO:
        if target >= 0 and (units[target].is_hidden or target == i):
            target = NO_SLOT
        set_order(units, game, i, _order_to_unit(units, i, kind, target), target, 0, 0)
        if target < 0:
            return
    else:
        order = ORDER_MOVE
        if kind in (ATTACK_MOVE, PATROL):
            order = ORDER_ATTACK_MOVE if kind == ATTACK_MOVE else ORDER_PATROL
        x = clamped_x(u.type, whole(c.x), game)
        y = clamped_y(u.type, whole(c.y), game, BOTTOM_MARGIN_PX)
        set_order(units, game, i, skilled_order(u, order), NO_SLOT, x, y)
    u.user_flags |= START_DELAY


@inline
def _execute(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, c: Any) -> None:
    player = whole(c.player)
    error = command_error(units, game, index, terrain, creep, player, c)
    if error != NO_ERROR:
        game.num_refused[player] += 1
        game.last_refusal[player] = error
        return
    i = slot_of(units, game, whole(c.unit_id))
    if c.type in (BUILD, BUILD_ADDON, TRAIN, MORPH, RESEARCH, UPGRADE, LAND):
        _produce(units, game, index, i, c)
    elif HALT_CONSTRUCTION <= c.type <= CANCEL_UPGRADE:
        _call_off(units, game, index, terrain, creep, i, c)
    elif is_ability(whole(c.type)):
        use_ability(units, game, index, terrain, i, slot_of(units, game, whole(c.target_id)), c)
    elif c.type == LIFT:
        lift(units, game, i)
    else:
        _send(units, game, index, i, c)


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
def find_errors(
    games: NDArray[np.void],
    all_units: NDArray[np.void],
    all_index: Index,
    all_creep: NDArray[np.uint8],
    terrain: Terrain,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row_game: NDArray[np.int32],
    row_player: NDArray[np.int8],
    out: NDArray[np.int8],
) -> None:
    """Write why each command of each row may not be given now; see `engine.broodwar.errors` for the numbers.

    Args:
        games: (G,) GAME_DTYPE.
        all_units: (G, N) UNIT_DTYPE.
        all_index: (G, ...) int32.
        all_creep: (G, rows, columns) uint8.
        terrain: the ground.
        items: (rows, C) COMMAND_DTYPE.
        count: (rows,) int32.
        row_game: (rows,) int32.
        row_player: (rows,) int8.
        out: (rows, C) int8.
    """
    for row in range(len(row_game)):
        g = row_game[row]
        for k in range(count[row]):
            out[row, k] = command_error(
                all_units[g], games[g], all_index[g], terrain, all_creep[g], whole(row_player[row]), items[row, k]
            )


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
