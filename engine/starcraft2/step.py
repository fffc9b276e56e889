"""One loop of a game, phase by phase, and many loops of many games in one call.

Order of work: commands that are due; then, in an order drawn anew in every loop (MECHANICS.md section 5), each unit's
counters and orders; then units that stand on each other move apart, and the dead are taken away.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline, kernel
from engine.starcraft2.affliction import run_clocks
from engine.starcraft2.construction import grow
from engine.starcraft2.deposits import give_dropped_back
from engine.starcraft2.doing import run_orders
from engine.starcraft2.geometry import Game, Units, draw, slot_of
from engine.starcraft2.lasting import run_effects
from engine.starcraft2.leaving import bury, judge
from engine.starcraft2.moving import keep_apart
from engine.starcraft2.orders import ability_of, give_order
from engine.starcraft2.pace import set_pace
from engine.starcraft2.parasites import run_parasite
from engine.starcraft2.queues import run_queue
from engine.starcraft2.results import NOT_SUPPORTED, SUCCESS
from engine.starcraft2.state import NOBODY, NUM_PLAYERS, SLOT_ALIVE
from engine.starcraft2.tables import KINDS
from engine.starcraft2.terrain import Grids, Ground, Work
from engine.starcraft2.transports import shoot_out
from engine.starcraft2.upkeep import tend, tend_game
from engine.starcraft2.wear import burn, count_down

Index = NDArray[np.int32]


PIXEL: Final = 128
"""1/4096 cells of a Frame's pixel: 32 pixels are a cell."""


@inline
def run_commands(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: NDArray[np.void],
    pending: NDArray[np.void],
) -> None:
    """Execute the commands that are due, in the order in which they were given."""
    kept = 0
    for k in range(game.num_pending):
        command = pending[k]
        if command.frame > game.frame:
            pending[kept] = command
            kept += 1
            continue
        i = slot_of(units, whole(command.unit_id))
        player = whole(command.player)
        result = NOT_SUPPORTED
        if i >= 0 and units[i].player == player:
            result = give_order(
                units,
                game,
                index,
                ground,
                blocked,
                grids,
                effects,
                i,
                command.ability,
                command.target_id,
                command.x,
                command.y,
                command.queued != 0,
            )
        if result != SUCCESS and 0 <= player < NUM_PLAYERS:
            game.num_refused[player] += 1
            game.last_result[player] = result
    game.num_pending = kept


@kernel
def advance_games(
    frames: NDArray[np.int32],
    games: NDArray[np.void],
    all_units: NDArray[np.void],
    all_index: Index,
    all_pending: NDArray[np.void],
    all_deaths: NDArray[np.int32],
    all_blocked: NDArray[np.uint8],
    all_grids: NDArray[np.uint8],
    all_effects: NDArray[np.void],
    all_seen: NDArray[np.int32],
    all_memory: NDArray[np.void],
    ground: Ground,
    work: Work,
) -> None:
    """Advance each game by its number of loops.

    Args:
        frames: (G,) int32.
        games: (G,) GAME_DTYPE.
        all_units: (G, N) UNIT_DTYPE.
        all_index: (G, N) int32.
        all_pending: (G, P) PENDING_DTYPE.
        all_deaths: (G, players, D) int32.
        all_blocked: (G, rows, columns) uint8.
        all_grids: (G, NUM_GRIDS, rows, columns) uint8; of one cell in battles.
        all_effects: (G, MAX_EFFECTS) EFFECT_DTYPE.
        all_seen: (G, players, rows, columns) int32 of `vision`; of one cell in battles.
        all_memory: (G, players, places) MEMORY_DTYPE of `vision`; of one place in battles.
        ground: the map.
        work: scratch of the search for ways.
    """
    for g in range(len(games)):
        game = games[g]
        units = all_units[g]
        index = all_index[g]
        blocked = all_blocked[g]
        grids = all_grids[g]
        effects = all_effects[g]
        for _ in range(frames[g]):
            if game.num_pending > 0:
                run_commands(units, game, index, ground, blocked, grids, effects, all_pending[g])
            game.frame += 1
            count = whole(game.num_units)
            if count == 0:
                continue
            first = draw(game, 0, count - 1)
            stride = 1 if draw(game, 0, 1) == 0 else -1
            for k in range(count):
                i = whole(index[(first + stride * k + count) % count])
                u = units[i]
                if u.slot_state != SLOT_ALIVE:
                    continue
                u.moved_x = 0
                u.moved_y = 0
                if u.is_complete:
                    count_down(u, game)
                elif KINDS[u.kind].is_structure:
                    grow(units, game, index, ground, blocked, i)
                if u.clocks:
                    run_clocks(units, game, index, i)
                    if u.slot_state != SLOT_ALIVE:
                        continue
                if u.parasite != NOBODY:
                    run_parasite(units, game, i)
                run_orders(units, game, index, ground, blocked, grids, effects, work, i)
                if u.paid_minerals > 0:
                    give_dropped_back(units, game, index, i)
                if game.is_melee and u.num_passengers > 0:
                    shoot_out(units, game, index, ground, i)
                if u.num_in_queue > 0:
                    run_queue(units, game, index, ground, blocked, i)
                burn(u, game)
                if game.is_melee:
                    tend(units, game, index, ground, blocked, grids, i)
                elif u.clocks:
                    set_pace(u, game, grids)
            if game.num_effects > 0:
                run_effects(units, game, index, blocked, effects)
            keep_apart(units, game, index, ground, blocked)
            if game.has_died:
                bury(units, game, index, ground, blocked, grids, all_deaths[g])
                if game.is_melee:
                    judge(units, game, index)
            if game.is_melee:
                tend_game(units, game, index, ground, grids, effects, all_seen[g], all_memory[g])


@kernel
def take_commands(
    games: NDArray[np.void],
    all_pending: NDArray[np.void],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row_game: NDArray[np.int32],
    row_player: NDArray[np.int8],
    latency: int,
) -> int:
    """Put the rows' commands among those that wait; return how many had no room.

    Args:
        games: (G,) GAME_DTYPE.
        all_pending: (G, P) PENDING_DTYPE.
        items: (rows, C) COMMAND_DTYPE.
        count: (rows,) int32.
        row_game: (rows,) int32.
        row_player: (rows,) int8.
        latency: loops until they are executed.
    """
    lost = 0
    for row in range(len(row_game)):
        game = games[row_game[row]]
        pending = all_pending[row_game[row]]
        for k in range(count[row]):
            at = whole(game.num_pending)
            if at == len(pending):
                lost += 1
                continue
            item = items[row, k]
            command = pending[at]
            command.frame = game.frame + latency
            command.player = row_player[row]
            command.unit_id = item.unit_id
            command.ability = ability_of(whole(item.type), whole(item.extra))
            command.target_id = item.target_id
            command.x = whole(item.x) * PIXEL
            command.y = whole(item.y) * PIXEL
            command.queued = 0
            game.num_pending = at + 1
    return lost


@kernel
def order_unit(
    units: NDArray[np.void],
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: NDArray[np.void],
    i: int,
    ability: int,
    target_id: int,
    x: int,
    y: int,
    queued: bool,
) -> int:
    """Tell a unit of one game at once what to do; arguments and result as `orders.give_order`."""
    return give_order(units, game, index, ground, blocked, grids, effects, i, ability, target_id, x, y, queued)
