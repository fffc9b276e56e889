"""What one player may see of a game, written into a row of a Frame.

`order` holds the BWAPI Order that comes nearest to what a unit does, so that encoders of both games read one language:
PlayerGuard (idle), Move, AttackUnit, AttackMove, HoldPosition, Patrol, MedicHeal, PlaceBuilding, and of workers MoveTo
and Return with Minerals or Gas. Positions become pixels of 1/32 cell.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.frame import NO_UNIT, UnitFlag
from engine.core.jit import inline, kernel
from engine.starcraft2.geometry import HEADINGS_PER_DIRECTION, Game, Units, id_of, slot_of
from engine.starcraft2.making import supply_given, supply_used
from engine.starcraft2.orders import HEAL, HOLD_POSITION, PATROL, SCAN_MOVE
from engine.starcraft2.state import (
    ATTACK,
    GATHER,
    MOVE,
    NOBODY,
    NOT_ATTACKING,
    NUM_PLAYERS,
    RETURN_CARGO,
    WINDING_UP,
)
from engine.starcraft2.tables import (
    BUILD,
    BUILD_ON_UNIT,
    GAS,
    KINDS,
    MADE,
    MORPH,
    MORPH_PLACE,
    NO_WEAPON,
    ONE,
    RESEARCH,
)
from engine.starcraft2.terrain import Ground
from engine.starcraft2.vision import is_seen, is_visible

Index = NDArray[np.int32]

PIXEL_SHIFT: Final = 7
"""A pixel is 2**7 of a cell's 4096 parts."""

POINT_SHIFT: Final = 12

ORDER_PLAYER_GUARD: Final = 3
ORDER_MOVE: Final = 6
ORDER_ATTACK_UNIT: Final = 10
ORDER_ATTACK_MOVE: Final = 14
ORDER_PLACE_BUILDING: Final = 30
ORDER_MOVE_TO_GAS: Final = 81
ORDER_RETURN_GAS: Final = 84
ORDER_MOVE_TO_MINERALS: Final = 85
ORDER_RETURN_MINERALS: Final = 90
ORDER_HOLD_POSITION: Final = 107
ORDER_PATROL: Final = 152
ORDER_MEDIC_HEAL: Final = 176

UNDER_ATTACK_LOOPS: Final = 16

FLAG_ATTACKING: Final = 1 << UnitFlag.ATTACKING
FLAG_ATTACK_FRAME: Final = 1 << UnitFlag.ATTACK_FRAME
FLAG_BEING_HEALED: Final = 1 << UnitFlag.BEING_HEALED
FLAG_CARRYING_GAS: Final = 1 << UnitFlag.CARRYING_GAS
FLAG_CARRYING_MINERALS: Final = 1 << UnitFlag.CARRYING_MINERALS
FLAG_CONSTRUCTING: Final = 1 << UnitFlag.CONSTRUCTING
FLAG_GATHERING_GAS: Final = 1 << UnitFlag.GATHERING_GAS
FLAG_GATHERING_MINERALS: Final = 1 << UnitFlag.GATHERING_MINERALS
FLAG_MORPHING: Final = 1 << UnitFlag.MORPHING
FLAG_TRAINING: Final = 1 << UnitFlag.TRAINING
FLAG_COMPLETED: Final = 1 << UnitFlag.COMPLETED
FLAG_BEING_CONSTRUCTED: Final = 1 << UnitFlag.BEING_CONSTRUCTED
FLAG_DETECTED: Final = 1 << UnitFlag.DETECTED
FLAG_FLYING: Final = 1 << UnitFlag.FLYING
FLAG_HOLDING_POSITION: Final = 1 << UnitFlag.HOLDING_POSITION
FLAG_IDLE: Final = 1 << UnitFlag.IDLE
FLAG_MOVING: Final = 1 << UnitFlag.MOVING
FLAG_STARTING_ATTACK: Final = 1 << UnitFlag.STARTING_ATTACK
FLAG_UNDER_ATTACK: Final = 1 << UnitFlag.UNDER_ATTACK


@inline
def _built_with(u: Any, ability: int) -> int:
    """Return the row of MADE by which a worker builds with an ability, NOBODY for none."""
    kind = KINDS[u.kind]
    for row in range(kind.first_made, kind.first_made + kind.num_made):
        if MADE[row].ability == ability and MADE[row].deed in (BUILD, BUILD_ON_UNIT):
            return row
    return NOBODY


@inline
def _is_begun(units: Units, game: Game, index: Index, u: Any, kind: int) -> bool:
    """Say whether what a worker has the order to build stands there already, unfinished: it builds it or goes on."""
    for k in range(game.num_units):
        i = whole(index[k])
        v = units[i]
        if v.player != u.player or v.kind != kind or v.is_complete:
            continue
        if (v.x == u.order_x[0] and v.y == u.order_y[0]) or u.order_target[0] == id_of(units, i):
            return True
    return False


@inline
def _write_work(units: Units, game: Game, index: Index, u: Any, player: int, target: int, out: Any) -> int:
    """Write what a unit makes, of its owner's only; return the flags that workers and makers have.

    What a worker builds is told until the structure stands: from then on the structure itself is seen.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        u: the unit.
        player: who sees it.
        target: slot of whom its first order is about, NOBODY.
        out: the Frame's unit.
    """
    out.build_type = -1
    out.train_count = 0
    out.remaining_frames = 0
    out.remaining_train_frames = 0
    flags = whole(0)
    kind = KINDS[u.kind]
    if kind.is_worker and u.cargo > 0:
        flags |= FLAG_CARRYING_GAS if u.cargo_is_gas else FLAG_CARRYING_MINERALS
    if u.player != player:
        return flags
    if not u.is_complete:
        out.remaining_frames = u.build_loops
    if kind.is_worker and u.num_orders > 0:
        ability = whole(u.order_ability[0])
        if ability in (GATHER, RETURN_CARGO):
            is_gas = u.cargo_is_gas != 0 if u.cargo > 0 else False
            if target != NOBODY and u.cargo == 0:
                is_gas = KINDS[units[target].kind].resource == GAS
            flags |= FLAG_GATHERING_GAS if is_gas else FLAG_GATHERING_MINERALS
        else:
            row = _built_with(u, ability)
            if row != NOBODY:
                flags |= FLAG_CONSTRUCTING
                if not _is_begun(units, game, index, u, whole(MADE[row].product)):
                    out.build_type = KINDS[MADE[row].product].type
    if u.num_in_queue > 0:
        made = MADE[u.queue[0]]
        flags |= FLAG_MORPHING if made.deed in (MORPH, MORPH_PLACE) else FLAG_TRAINING
        out.train_count = u.num_in_queue
        out.remaining_train_frames = u.queue_loops[0]
        if made.deed != RESEARCH:
            out.build_type = KINDS[made.product].type
    return flags


@inline
def _order_of(units: Units, u: Any, target: int) -> int:
    """Return the BWAPI order that a unit's doing comes nearest to."""
    if u.num_orders == 0:
        if target == NOBODY:
            return ORDER_PLAYER_GUARD
        return ORDER_MEDIC_HEAL if KINDS[u.kind].heals else ORDER_ATTACK_UNIT
    ability = u.order_ability[0]
    if ability == MOVE:
        return ORDER_MOVE
    if ability == HOLD_POSITION:
        return ORDER_HOLD_POSITION
    if ability == HEAL:
        return ORDER_MEDIC_HEAL
    if ability == ATTACK and u.order_target[0] >= 0:
        return ORDER_ATTACK_UNIT
    if KINDS[u.kind].is_worker:
        if ability in (GATHER, RETURN_CARGO):
            if u.cargo > 0:
                return ORDER_RETURN_GAS if u.cargo_is_gas else ORDER_RETURN_MINERALS
            is_gas = target != NOBODY and KINDS[units[target].kind].resource == GAS
            return ORDER_MOVE_TO_GAS if is_gas else ORDER_MOVE_TO_MINERALS
        if _built_with(u, ability) != NOBODY:
            return ORDER_PLACE_BUILDING
    if target != NOBODY:
        return ORDER_MEDIC_HEAL if KINDS[u.kind].heals else ORDER_ATTACK_UNIT
    if ability == PATROL:
        return ORDER_PATROL
    if ability in (ATTACK, SCAN_MOVE):
        return ORDER_ATTACK_MOVE
    return ORDER_PLAYER_GUARD


@inline
def _write_unit(units: Units, game: Game, index: Index, i: int, player: int, out: Any) -> None:
    u = units[i]
    kind = KINDS[u.kind]
    found = slot_of(units, whole(u.target))
    if u.num_orders > 0 and u.order_target[0] >= 0:
        found = slot_of(units, whole(u.order_target[0]))
    if found != NOBODY and game.is_melee and not is_seen(units[found], game, player):
        found = NOBODY  # where somebody out of sight is, is nobody's business
    order = _order_of(units, u, found)
    flags = whole(FLAG_DETECTED)
    flags |= FLAG_COMPLETED if u.is_complete else FLAG_BEING_CONSTRUCTED
    if kind.is_flyer:
        flags |= FLAG_FLYING
    if u.phase != NOT_ATTACKING:
        flags |= FLAG_ATTACKING
    if u.phase == WINDING_UP:
        flags |= FLAG_ATTACK_FRAME
    if u.fired_frame == game.frame:
        flags |= FLAG_STARTING_ATTACK
    if u.num_orders == 0 and found == NOBODY and u.num_in_queue == 0:
        flags |= FLAG_IDLE
    if order == ORDER_HOLD_POSITION:
        flags |= FLAG_HOLDING_POSITION
    if u.moved_x != 0 or u.moved_y != 0:
        flags |= FLAG_MOVING
    if u.is_healed == game.frame:
        flags |= FLAG_BEING_HEALED
    if u.hit_frame >= 0 and game.frame - u.hit_frame < UNDER_ATTACK_LOOPS:
        flags |= FLAG_UNDER_ATTACK
    flags |= _write_work(units, game, index, u, player, found, out)
    out.id = id_of(units, i)
    out.type = kind.type
    out.player = u.player
    out.flags = np.uint64(flags)
    out.x = u.x >> PIXEL_SHIFT
    out.y = u.y >> PIXEL_SHIFT
    out.hp = (whole(u.hp) + ONE - 1) >> POINT_SHIFT
    out.shield = u.shield >> POINT_SHIFT
    out.energy = u.energy >> POINT_SHIFT
    out.velocity_x_256 = whole(u.moved_x) * 2
    out.velocity_y_256 = whole(u.moved_y) * 2
    out.heading = u.heading // HEADINGS_PER_DIRECTION
    wait = (whole(u.cooldown) + ONE - 1) >> POINT_SHIFT
    out.ground_cooldown = wait if kind.ground_weapon != NO_WEAPON else 0
    out.air_cooldown = wait if kind.air_weapon != NO_WEAPON else 0
    out.order = order
    out.resources = u.resources
    out.target_id = NO_UNIT
    out.target_x = -1
    out.target_y = -1
    if found != NOBODY:
        out.target_id = id_of(units, found)
        out.target_x = units[found].x >> PIXEL_SHIFT
        out.target_y = units[found].y >> PIXEL_SHIFT
    elif u.num_orders > 0:
        out.target_x = u.order_x[0] >> PIXEL_SHIFT
        out.target_y = u.order_y[0] >> PIXEL_SHIFT


@kernel
def observe_rows(
    marked: NDArray[np.bool_],
    games: NDArray[np.void],
    all_units: NDArray[np.void],
    all_index: Index,
    deaths: NDArray[np.int32],
    ground: Ground,
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
    """Fill the marked rows of a Frame; see `engine.core.frame.Frame` for the arrays. Units in order of their ids.

    Args:
        marked: (rows,) bool.
        games: (G,) GAME_DTYPE.
        all_units: (G, N) UNIT_DTYPE.
        all_index: (G, N) int32.
        deaths: (G, players, D) int32; taken over, so that each death is told once.
        ground: the map.
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
        if not marked[row]:
            out_player[row] = row_player[row]
            continue
        g = row_game[row]
        player = whole(row_player[row])
        game = games[g]
        units = all_units[g]
        index = all_index[g]
        out_player[row] = player
        out_frame[row] = game.frame
        out_minerals[row] = game.minerals[player] if player < NUM_PLAYERS else 0
        out_gas[row] = game.gas[player] if player < NUM_PLAYERS else 0
        out_supply_used[row] = supply_used(units, game, index, player)
        out_supply_total[row] = supply_given(units, game, index, player)
        count = 0
        for k in range(game.num_units):
            i = whole(index[k])
            u = units[i]
            if u.player != player and not is_visible(units, game, index, ground, i, player):
                continue
            if count == out_units.shape[1]:
                continue
            unit_id = id_of(units, i)
            at = count
            while at > 0 and out_units[row, at - 1].id > unit_id:
                out_units[row, at] = out_units[row, at - 1]
                at -= 1
            _write_unit(units, game, index, i, player, out_units[row, at])
            count += 1
        out_num_units[row] = count
        if player < NUM_PLAYERS:
            died = min(whole(game.num_deaths[player]), out_deaths.shape[1])
            for k in range(died):
                out_deaths[row, k] = deaths[g, player, k]
            out_num_deaths[row] = died
            game.num_deaths[player] = 0
