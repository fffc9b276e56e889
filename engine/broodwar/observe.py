"""What one player may see of a game, written into a row of a Frame."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.cloaking import is_hidden_from
from engine.broodwar.making import SUPPLY_MAX_HALF, supply_given, supply_of
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_TYPE
from engine.broodwar.skill_flags import skill_flags
from engine.broodwar.state import (
    ATTACKING,
    CARRIES_GAS,
    CARRIES_MINERALS,
    MOVING,
    ORDER_BURROWED,
    ORDER_CARRIER,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DIE,
    ORDER_DRONE_BUILD,
    ORDER_DRONE_LAND,
    ORDER_DRONE_START_BUILD,
    ORDER_GUARD,
    ORDER_HARVEST_GAS,
    ORDER_HOLD_POSITION,
    ORDER_MEDIC,
    ORDER_MINING_MINERALS,
    ORDER_MOVE_TO_GAS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_NOTHING,
    ORDER_PICKUP_IDLE,
    ORDER_PLACE_BUILDING,
    ORDER_PLACE_PROTOSS_BUILDING,
    ORDER_PLAYER_GUARD,
    ORDER_REAVER,
    ORDER_RETURN_GAS,
    ORDER_RETURN_MINERALS,
    ORDER_TOWER_GUARD,
    ORDER_WAIT_FOR_GAS,
    ORDER_WAIT_FOR_MINERALS,
    SLOT_FREE,
    SLOTS_PER_GENERATION,
)
from engine.broodwar.tables import ORDER_TYPES, UNIT_TYPES
from engine.broodwar.vision import is_in_sight, look
from engine.core.fixed import whole
from engine.core.jit import inline, kernel

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

NO_UNIT: Final = -1

# Bits of engine.core.frame.UnitFlag, as plain numbers for the kernels.
FLAG_ATTACKING: Final = 1 << 1
FLAG_ATTACK_FRAME: Final = 1 << 2
FLAG_BEING_CONSTRUCTED: Final = 1 << 3
FLAG_BEING_GATHERED: Final = 1 << 4
FLAG_CARRYING_GAS: Final = 1 << 9
FLAG_CARRYING_MINERALS: Final = 1 << 10
FLAG_COMPLETED: Final = 1 << 12
FLAG_CONSTRUCTING: Final = 1 << 13
FLAG_FLYING: Final = 1 << 17
FLAG_GATHERING_GAS: Final = 1 << 19
FLAG_GATHERING_MINERALS: Final = 1 << 20
FLAG_HOLDING_POSITION: Final = 1 << 22
FLAG_IDLE: Final = 1 << 23
FLAG_MORPHING: Final = 1 << 31
FLAG_MOVING: Final = 1 << 32
FLAG_STARTING_ATTACK: Final = 1 << 41
FLAG_STIMMED: Final = 1 << 43
FLAG_TRAINING: Final = 1 << 46
FLAG_UNDER_ATTACK: Final = 1 << 47

IDLE: Final = np.isin(
    np.arange(len(ORDER_TYPES)),
    (
        ORDER_PLAYER_GUARD, ORDER_GUARD, ORDER_TOWER_GUARD, ORDER_BURROWED, ORDER_MEDIC, ORDER_CARRIER, ORDER_REAVER,
        ORDER_PICKUP_IDLE,
    ),
)  # fmt: skip
"""Which orders are those of units that nobody told what to do."""

UNDER_ATTACK_FRAMES: Final = 8


@inline
def _id_of(units: Units, i: int) -> int:
    return whole(i + SLOTS_PER_GENERATION * units[i].generation)


@inline
def _economy_flags(u: Any) -> int:
    """Return the flags of workers, of producers and of what is not complete yet."""
    flags = whole(FLAG_COMPLETED if u.is_complete else FLAG_BEING_CONSTRUCTED)
    if u.is_gathered:
        flags |= FLAG_BEING_GATHERED
    if u.carries & CARRIES_GAS:
        flags |= FLAG_CARRYING_GAS
    if u.carries & CARRIES_MINERALS:
        flags |= FLAG_CARRYING_MINERALS
    order = u.order
    if order in (ORDER_MOVE_TO_GAS, ORDER_WAIT_FOR_GAS, ORDER_HARVEST_GAS, ORDER_RETURN_GAS):
        flags |= FLAG_GATHERING_GAS
    if order in (ORDER_MOVE_TO_MINERALS, ORDER_WAIT_FOR_MINERALS, ORDER_MINING_MINERALS, ORDER_RETURN_MINERALS):
        flags |= FLAG_GATHERING_MINERALS
    planned = _planned(u)
    if (planned >= 0 and UNIT_TYPES[u.type].worker) or order == ORDER_CONSTRUCTING_BUILDING:
        flags |= FLAG_CONSTRUCTING
    elif planned >= 0:
        flags |= FLAG_MORPHING
    if u.train_count > 0:
        flags |= FLAG_TRAINING
    return flags


def _building_orders() -> NDArray[np.bool_]:
    """Return (orders,) bool: those of a worker that is about to build."""
    builds = np.zeros(len(ORDER_TYPES), np.bool_)
    builds[[ORDER_PLACE_BUILDING, ORDER_PLACE_PROTOSS_BUILDING]] = True
    builds[[ORDER_DRONE_START_BUILD, ORDER_DRONE_LAND, ORDER_DRONE_BUILD]] = True
    return builds


BUILDS: Final = _building_orders()


@inline
def _planned(u: Any) -> int:
    """Return what a unit is about to make, NO_TYPE for nothing; a worker that was called off remembers it to no end."""
    if UNIT_TYPES[u.type].worker and not BUILDS[u.order]:
        return NO_TYPE
    return whole(u.build_type)


@inline
def _flags(u: Any, game: Game, player: int) -> int:
    flags = whole(skill_flags(u, game, player) | _economy_flags(u))
    if u.order_target >= 0 and u.order != ORDER_PLAYER_GUARD and u.order != ORDER_GUARD:
        flags |= FLAG_ATTACKING
    if u.movement_flags & ATTACKING:
        flags |= FLAG_ATTACK_FRAME
    if u.flies:
        flags |= FLAG_FLYING
    if u.order == ORDER_HOLD_POSITION:
        flags |= FLAG_HOLDING_POSITION
    has_nothing_to_make = u.is_complete and u.train_count == 0 and u.build_type < 0
    if IDLE[u.order] or (u.order == ORDER_NOTHING and has_nothing_to_make):
        flags |= FLAG_IDLE
    if u.movement_flags & MOVING:
        flags |= FLAG_MOVING
    if u.started_attack == game.frame:
        flags |= FLAG_STARTING_ATTACK
    if u.stim_timer > 0:
        flags |= FLAG_STIMMED
    if u.hit_frame >= 0 and game.frame - u.hit_frame < UNDER_ATTACK_FRAMES:
        flags |= FLAG_UNDER_ATTACK
    return flags


@inline
def _write_production(units: Units, u: Any, is_own: bool, out: Any) -> None:
    """Write what a player knows of its own units only; what a field holds is known of fields too."""
    shows = is_own or PRODUCTION[u.type].is_resource_container
    out.resources = u.resources if shows else 0
    out.build_type = NO_TYPE
    out.train_count = 0
    out.remaining_frames = 0
    out.remaining_train_frames = 0
    if not is_own:
        return
    out.build_type = u.train_types[0] if u.train_count > 0 else _planned(u)
    out.train_count = u.train_count
    if not u.is_complete:
        out.remaining_frames = u.build_frames
    if u.product >= 0:
        out.remaining_train_frames = units[u.product].build_frames


@inline
def _write_unit(units: Units, game: Game, i: int, player: int, out: Any) -> None:
    u = units[i]
    _write_production(units, u, u.player == player, out)
    out.id = _id_of(units, i)
    out.type = u.type
    out.player = u.player
    out.flags = np.uint64(_flags(u, game, player))
    out.x = u.x
    out.y = u.y
    out.hp = (u.hp_256 + 255) >> 8
    out.shield = u.shield_256 >> 8
    out.energy = u.energy_256 >> 8 if UNIT_TYPES[u.type].max_energy > 0 else 0
    moving = u.movement_flags & MOVING
    out.velocity_x_256 = u.velocity_x_256 if moving else 0
    out.velocity_y_256 = u.velocity_y_256 if moving else 0
    out.heading = u.heading
    out.ground_cooldown = u.ground_cooldown
    out.air_cooldown = u.air_cooldown
    out.order = u.order
    if u.order_target >= 0:
        out.target_id = _id_of(units, u.order_target)
        out.target_x = units[u.order_target].x
        out.target_y = units[u.order_target].y
        return
    out.target_id = NO_UNIT
    standing = u.order == ORDER_PLAYER_GUARD or u.order == ORDER_GUARD
    out.target_x = -1 if standing else u.order_x
    out.target_y = -1 if standing else u.order_y


@inline
def _tell_deaths(
    game: Game, deaths: NDArray[np.int32], shown: NDArray[np.int32], player: int, out: NDArray[np.int32]
) -> int:
    """Write the ids of those who have died since the player's last observation; return how many.

    With fog, only of those whom the player has been shown; a slot's next unit is shown after its death is told.
    """
    count = 0
    for k in range(game.num_deaths[player]):
        unit_id = whole(deaths[k])
        if count < len(out) and (game.full_vision or shown[unit_id % SLOTS_PER_GENERATION] == unit_id + 1):
            out[count] = unit_id
            count += 1
    game.num_deaths[player] = 0
    return count


@kernel
def observe_rows(
    marked: NDArray[np.bool_],
    games: NDArray[np.void],
    all_units: NDArray[np.void],
    index: Index,
    deaths: NDArray[np.int32],
    terrain: NDArray[np.int32],
    all_creep: NDArray[np.uint8],
    all_seen: NDArray[np.int32],
    all_known_creep: NDArray[np.uint8],
    all_shown: NDArray[np.int32],
    row_game: NDArray[np.int32],
    row_player: NDArray[np.int8],
    out_player: NDArray[np.int8],
    out_minerals: NDArray[np.int32],
    out_gas: NDArray[np.int32],
    out_frame: NDArray[np.int32],
    out_num_units: NDArray[np.int32],
    out_units: NDArray[np.void],
    out_num_deaths: NDArray[np.int32],
    out_deaths: NDArray[np.int32],
    out_supply_used: NDArray[np.int32],
    out_supply_total: NDArray[np.int32],
) -> None:
    """Fill the marked rows of a Frame; see `engine.core.frame.Frame` for the arrays.

    Args:
        marked: (rows,) bool.
        games: (G,) GAME_DTYPE.
        all_units: (G, N) UNIT_DTYPE.
        index: (G, ...) int32.
        deaths: (G, players, D) int32.
        terrain: the ground.
        all_creep: (G, map rows, columns) uint8.
        all_seen: (G, players, map rows, columns) int32, brought up to date; as of `engine.broodwar.vision`.
        all_known_creep: (G, players, map rows, columns) uint8, likewise.
        all_shown: (G, players, N) int32: by slot, the id + 1 of the unit there that the player was shown last; 0: none.
        row_game: (rows,) int32.
        row_player: (rows,) int8.
        out_player: (rows,) int8.
        out_minerals: (rows,) int32.
        out_gas: (rows,) int32.
        out_frame: (rows,) int32.
        out_num_units: (rows,) int32.
        out_units: (rows, N) UNIT_DTYPE of the Frame.
        out_num_deaths: (rows,) int32.
        out_deaths: (rows, N) int32.
        out_supply_used: (rows,) int32.
        out_supply_total: (rows,) int32.
    """
    for row in range(len(row_game)):
        g = row_game[row]
        player = row_player[row]
        game = games[g]
        out_player[row] = player
        out_minerals[row] = game.minerals[player]
        out_gas[row] = game.gas[player]
        if not marked[row]:
            continue
        units = all_units[g]
        order = index[g]
        out_frame[row] = game.frame
        out_num_deaths[row] = _tell_deaths(game, deaths[g, player], all_shown[g, player], player, out_deaths[row])
        stamp = whole(game.frame) + 1
        if not game.full_vision:
            look(units, game, order, terrain, all_creep[g], player, all_seen[g, player], all_known_creep[g, player])
        used = 0
        total = 0
        count = 0
        for k in range(game.num_units):
            # From old to new, as the ids mostly rise: the first unit is the oldest, the others follow from new to old.
            i = whole(order[game.num_units - k if k > 0 else 0])
            u = units[i]
            if u.order == ORDER_DIE:
                continue
            if u.player == player:
                used += supply_of(u)
                total += supply_given(u)
            elif not game.full_vision and (is_hidden_from(u, player) or not is_in_sight(u, stamp, all_seen[g, player])):
                continue
            if count == out_units.shape[1]:
                continue
            unit_id = _id_of(units, i)
            at = count
            while at > 0 and out_units[row, at - 1].id > unit_id:
                out_units[row, at] = out_units[row, at - 1]
                at -= 1
            _write_unit(units, game, i, whole(player), out_units[row, at])
            count += 1
            if not game.full_vision:
                all_shown[g, player, i] = unit_id + 1
        for h in range(game.num_hidden):
            i = whole(order[game.capacity - 1 - h])
            if units[i].player == player and units[i].slot_state != SLOT_FREE:
                used += supply_of(units[i])
        out_num_units[row] = count
        out_supply_used[row] = used
        out_supply_total[row] = min(total, SUPPLY_MAX_HALF)
