"""One frame of a game, phase by phase, and many frames of many games in one call.

Order of work: commands that are due; creep that recedes; order clock; movement of all units; then for each unit
counters, order, script; bullets; triggers. Source: MECHANICS.md 1.1.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import run_build_addon
from engine.broodwar.attack import run_script
from engine.broodwar.bullets import update_bullets
from engine.broodwar.cargo import ride_inside
from engine.broodwar.cloaking import spread_field
from engine.broodwar.commands import run_commands
from engine.broodwar.counters import count_down
from engine.broodwar.creep import is_keeper, let_recede, recede
from engine.broodwar.hangars import INTERCEPTOR, mend_aboard
from engine.broodwar.infesting import come_out
from engine.broodwar.larvae import run_hatchery
from engine.broodwar.movement import move_unit, stays
from engine.broodwar.orders import only_waits, run_order
from engine.broodwar.power import refresh_power
from engine.broodwar.presence import remove_unit
from engine.broodwar.refinery import run_in_refinery
from engine.broodwar.remains import leave_remains
from engine.broodwar.ruins import leave_work_behind
from engine.broodwar.scripts import DEATH, play
from engine.broodwar.sleeping import (
    AWAKE,
    MAY_SLEEP,
    NAP_SIZE,
    SHORTEST_CALL_FRAMES,
    UNTIL,
    Naps,
    fall_asleep,
    wake,
    wake_all,
)
from engine.broodwar.state import (
    DISABLED,
    HAS_TURRET,
    ORDER_BUILD_ADDON,
    ORDER_CLOAK_NEARBY_UNITS,
    ORDER_DIE,
    ORDER_HARVEST_GAS,
    ORDER_INFESTING_COMMAND_CENTER,
    ORDER_NOTHING,
    ORDER_SPREAD_CREEP,
    ORDER_TRAIN,
    ORDER_TRAIN_FIGHTER,
)
from engine.broodwar.towers import ride_along, run_turret
from engine.broodwar.training import run_training
from engine.broodwar.triggers import run_triggers
from engine.core.fixed import whole
from engine.core.jit import inline, kernel, scratch

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

FIRST_ORDER_CLOCK_FRAME: Final = 8
ORDER_CLOCK_FRAMES: Final = 150
ORDER_CLOCK_SPREAD: Final = 8


@inline
def reset_order_clocks(units: Units, game: Game, index: Index, naps: Naps) -> None:
    """Spread the nine-frame clocks of all units anew: at frame 8 and every 150 frames after it."""
    game.order_clock -= 1
    if game.order_clock > 0:
        return
    wake_all(units, game, index, naps, game.frame - 1)
    game.order_clock = ORDER_CLOCK_FRAMES
    for k in range(game.num_units):
        units[index[k]].order_timer = k % ORDER_CLOCK_SPREAD


@inline
def _armies_stand(units: Units, game: Game, index: Index, armies: NDArray[np.int32]) -> bool:
    """Say whether each player has as many units as its army counts."""
    for player in range(len(armies)):
        count = 0
        for k in range(game.num_units):
            count += units[index[k]].player == player
        if count < armies[player]:
            return False
    return True


@kernel
def advance_games(
    frames: NDArray[np.int32],
    is_starting: NDArray[np.bool_],
    armies: NDArray[np.int32],
    games: NDArray[np.void],
    all_units: NDArray[np.void],
    all_bullets: NDArray[np.void],
    all_index: Index,
    all_pending: NDArray[np.void],
    all_deaths: NDArray[np.int32],
    all_done: NDArray[np.bool_],
    all_creep: NDArray[np.uint8],
    terrain: Terrain,
    triggers: NDArray[np.void],
    conditions: NDArray[np.void],
    actions: NDArray[np.void],
) -> None:
    """Advance each game by its number of frames. All units move before any acts, both in the order of the update list.

    Args:
        frames: (G,) int32.
        is_starting: (G,) bool: stop early, and set it to False, as soon as the armies stand.
        armies: (players,) int32, units of each player's army.
        games: (G,) GAME_DTYPE.
        all_units: (G, N) UNIT_DTYPE.
        all_bullets: (G, B) BULLET_DTYPE.
        all_index: (G, ...) int32.
        all_pending: (G, P) PENDING_DTYPE.
        all_deaths: (G, players, D) int32.
        all_done: (G, triggers) bool.
        all_creep: (G, rows, columns) uint8.
        terrain: walk tile flags.
        triggers: TRIGGER_DTYPE.
        conditions: CONDITION_DTYPE.
        actions: ACTION_DTYPE.
    """
    naps = scratch(NAP_SIZE, all_units.shape[1])
    for g in range(len(games)):
        game = games[g]
        units = all_units[g]
        bullets = all_bullets[g]
        index = all_index[g]
        creep = all_creep[g]
        may_sleep = frames[g] >= SHORTEST_CALL_FRAMES
        for i in range(game.capacity):
            naps[UNTIL, i] = AWAKE
        for _ in range(frames[g]):
            if is_starting[g] and _armies_stand(units, game, index, armies):
                is_starting[g] = False
                break
            if game.num_pending > 0:
                run_commands(units, game, index, terrain, creep, all_pending[g])
            game.frame += 1
            recede(game, creep)
            reset_order_clocks(units, game, index, naps)
            for k in range(game.num_units):
                i = whole(index[k])
                if naps[UNTIL, i] >= game.frame:
                    continue
                if not units[i].status & (DISABLED | HAS_TURRET):
                    if not stays(units[i]):
                        move_unit(units, game, index, terrain, i)
                else:
                    if not units[i].status & DISABLED:
                        move_unit(units, game, index, terrain, i)
                    if units[i].turret >= 0:
                        ride_along(units, i)
            k = 0
            while k < game.num_units:
                i = whole(index[k])
                if naps[UNTIL, i] >= game.frame and units[i].order == ORDER_NOTHING and not units[i].is_afflicted:
                    k += 1
                    continue
                wake(units, naps, i, game.frame - 1)
                count_down(units, game, index, i)
                if units[i].order == ORDER_DIE:
                    play(units[i], game, DEATH)
                    listed = whole(game.num_units)
                    if is_keeper(units[i]):
                        was_complete = bool(units[i].is_complete or units[i].build_type >= 0)
                        let_recede(units, game, index, creep, i, whole(units[i].type), was_complete)
                    leave_work_behind(units, game, index, i)
                    leave_remains(units, game, index, terrain, all_deaths[g], i)
                    if k > 0:
                        k += game.num_units - listed  # who or what comes out of it stands before this one now
                    remove_unit(units, bullets, game, index, all_deaths[g], i)
                    continue
                if units[i].status & DISABLED:
                    k += 1
                    continue
                waits = only_waits(units[i])
                is_simple = units[i].secondary_order == ORDER_NOTHING and not units[i].status & HAS_TURRET
                if waits and is_simple and (units[i].script_wait > 0 or units[i].script_at < 0):
                    if units[i].script_wait > 0:
                        units[i].script_wait -= 1
                    if MAY_SLEEP[units[i].type] and may_sleep:
                        fall_asleep(units[i], game, naps, i)
                    k += 1
                    continue
                listed = whole(game.num_units)
                if not waits:
                    run_order(units, bullets, game, index, terrain, creep, i)
                if units[i].secondary_order != ORDER_NOTHING:
                    if units[i].secondary_order in (ORDER_TRAIN, ORDER_TRAIN_FIGHTER):
                        run_training(units, game, index, terrain, i)
                    elif units[i].secondary_order == ORDER_BUILD_ADDON:
                        run_build_addon(units, game, i)
                    elif units[i].secondary_order == ORDER_SPREAD_CREEP:
                        run_hatchery(units, game, index, terrain, creep, i)
                    elif units[i].secondary_order == ORDER_CLOAK_NEARBY_UNITS:
                        spread_field(units, game, index, i)
                if units[i].status & HAS_TURRET:
                    run_turret(units, bullets, game, index, terrain, i)
                run_script(units, bullets, game, index, terrain, i)
                if k > 0:
                    k += game.num_units - listed  # new units stand before this one now
                k += 1
            h = 0
            while h < game.num_hidden:
                i = whole(index[game.capacity - 1 - h])
                out = units[i].order == ORDER_HARVEST_GAS and run_in_refinery(units, game, index, terrain, i)
                if units[i].order == ORDER_INFESTING_COMMAND_CENTER:
                    out = come_out(units, game, index, terrain, i)
                if units[i].container >= 0:
                    if units[i].type == INTERCEPTOR:
                        mend_aboard(units[i])
                    else:
                        ride_inside(units, bullets, game, index, terrain, i)
                if not out:
                    h += 1
            if game.psi_is_stale:
                refresh_power(units, game, index)
            if game.num_bullets > 0:
                update_bullets(units, bullets, game, index)
            if len(triggers) > 0 and game.trigger_timer == 0:
                wake_all(units, game, index, naps, game.frame)
            run_triggers(
                units, bullets, game, index, terrain, all_deaths[g], all_done[g], triggers, conditions, actions
            )
        if may_sleep:
            wake_all(units, game, index, naps, whole(game.frame))
