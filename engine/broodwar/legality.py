"""May this unit be told that now, and if not, why? One answer for every command, in BWAPI's words.

What is refused here changes nothing; what is allowed here is carried out by `commands`. Source: BWAPI 4.2's checks and
their order. Two things differ: a command for a unit that just tidies up (leaves a refinery, say) is taken and waits,
and a unit's commands are looked at when they take effect, not when they are given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.abilities import ability_error, is_ability
from engine.broodwar.addons import is_busy
from engine.broodwar.cancelling import cancel_addon_error, cancel_construction_error, cancel_morph_error
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
    LARVA,
    LIFT,
    MEDIC,
    MORPH,
    MOVE,
    NEVER_COMMANDED,
    NEVER_TARGETED,
    PATROL,
    RESEARCH,
    RETURN_CARGO,
    RIGHT_CLICK_POSITION,
    RIGHT_CLICK_UNIT,
    SCV,
    SET_RALLY_POSITION,
    SET_RALLY_UNIT,
    SILENT_WHEN_COMPLETE,
    STOP,
    TRAIN,
    UNBURROW,
    UPGRADE,
    USE_TECH,
)
from engine.broodwar.construction import resumes
from engine.broodwar.errors import (
    INCOMPATIBLE_STATE,
    INCOMPATIBLE_UNIT_TYPE,
    INSUFFICIENT_AMMO,
    INVALID_PARAMETER,
    NO_ERROR,
    UNABLE_TO_HIT,
    UNIT_BUSY,
    UNIT_DOES_NOT_EXIST,
    UNIT_NOT_OWNED,
    UNKNOWN_ERROR,
)
from engine.broodwar.makers import point_error, production_error
from engine.broodwar.making import HOLDS_ANOTHER
from engine.broodwar.nearest import is_depot, is_field
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.refinery import is_own_refinery
from engine.broodwar.rules_table import NO_WEAPON
from engine.broodwar.state import (
    BURROWED,
    DISABLED,
    HALLUCINATION,
    NO_SLOT,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DIE,
    ORDER_RESEARCH_TECH,
    ORDER_UPGRADE,
    SLOT_ALIVE,
    SLOTS_PER_GENERATION,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import LURKER, are_enemies, weapon_against
from engine.broodwar.vision import is_seen
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]


@inline
def slot_of(units: Units, game: Game, unit_id: int) -> int:
    """Return the slot of a unit that exists, NO_SLOT for any other id."""
    if unit_id < 0:
        return NO_SLOT
    i = unit_id % SLOTS_PER_GENERATION
    if i >= game.capacity or units[i].slot_state != SLOT_ALIVE:
        return NO_SLOT
    if units[i].generation != unit_id // SLOTS_PER_GENERATION:
        return NO_SLOT
    return i


@inline
def _subject_error(units: Units, game: Game, index: Index, terrain: Terrain, player: int, i: int) -> int:
    """Return why unit `i` takes no commands of a player at all."""
    if i < 0 or units[i].order == ORDER_DIE:
        return UNIT_DOES_NOT_EXIST
    u = units[i]
    if u.player != player:
        if u.is_hidden or not is_seen(units, game, index, terrain, i, player):
            return UNIT_DOES_NOT_EXIST
        return UNIT_NOT_OWNED
    if u.is_hidden:
        return UNIT_BUSY
    if NEVER_COMMANDED[u.type]:
        return INCOMPATIBLE_UNIT_TYPE
    if u.is_complete:
        if u.is_unpowered:
            return UNIT_BUSY
        return INCOMPATIBLE_STATE if SILENT_WHEN_COMPLETE[u.type] else NO_ERROR
    if UNIT_TYPES[u.type].building or HOLDS_ANOTHER[u.type]:
        return NO_ERROR
    return INCOMPATIBLE_STATE


@inline
def _target_error(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> int:
    """Return why unit `i` cannot be sent to unit `j`, whatever it shall do there."""
    if j < 0 or units[j].is_hidden:
        return UNIT_DOES_NOT_EXIST
    if not is_seen(units, game, index, terrain, j, whole(units[i].player)):
        return UNIT_DOES_NOT_EXIST
    if j == i:
        return INVALID_PARAMETER
    return INCOMPATIBLE_UNIT_TYPE if NEVER_TARGETED[units[j].type] else NO_ERROR


@inline
def _move_error(u: Any) -> int:
    """Return why `u` cannot go anywhere."""
    t = UNIT_TYPES[u.type]
    if t.building:
        if not PRODUCTION[u.type].is_flying_building:
            return INCOMPATIBLE_UNIT_TYPE
        return NO_ERROR if u.flies else INCOMPATIBLE_STATE
    if not t.can_move or u.type == LARVA:
        return INCOMPATIBLE_UNIT_TYPE
    return UNIT_BUSY if u.order == ORDER_CONSTRUCTING_BUILDING else NO_ERROR


@inline
def _worker_error(u: Any) -> int:
    if not UNIT_TYPES[u.type].worker:
        return INCOMPATIBLE_UNIT_TYPE
    return UNIT_BUSY if u.order == ORDER_CONSTRUCTING_BUILDING else NO_ERROR


@inline
def _hit_error(units: Units, i: int, j: int) -> int:
    if UNIT_TYPES[units[j].type].invincible or weapon_against(units, i, j) == NO_WEAPON:
        return UNABLE_TO_HIT
    return NO_ERROR


@inline
def _rally_error(u: Any) -> int:
    if not FACTORIES[u.type]:
        return INCOMPATIBLE_UNIT_TYPE
    return INCOMPATIBLE_STATE if u.flies else NO_ERROR


@inline
def is_attacker(kind: int) -> bool:
    """Say whether a unit type attacks when it is told to."""
    return bool(UNIT_TYPES[kind].can_attack)


@inline
def _point_command_error(units: Units, game: Game, i: int, kind: int, x: int, y: int) -> int:
    """Return why unit `i` cannot be sent to a point."""
    u = units[i]
    if kind == ATTACK_MOVE and not is_attacker(whole(u.type)) and u.type != MEDIC:
        return UNABLE_TO_HIT
    if kind == RIGHT_CLICK_POSITION and FACTORIES[u.type] and not u.flies:
        return point_error(game, x, y)
    error = _move_error(u)
    if kind == RIGHT_CLICK_POSITION and error != NO_ERROR:
        return INCOMPATIBLE_STATE
    if kind == HOLD_POSITION or error != NO_ERROR:
        return error
    return point_error(game, x, y)


@inline
def _unit_command_error(units: Units, game: Game, index: Index, terrain: Terrain, i: int, kind: int, j: int) -> int:
    """Return why unit `i` cannot be sent to unit `j` with a command."""
    u = units[i]
    if kind == ATTACK_UNIT:
        if not is_attacker(whole(u.type)):
            return UNABLE_TO_HIT
        error = _target_error(units, game, index, terrain, i, j)
        return error if error != NO_ERROR else _hit_error(units, i, j)
    if kind == FOLLOW:
        error = _move_error(u)
        return error if error != NO_ERROR else _target_error(units, game, index, terrain, i, j)
    if kind == SET_RALLY_UNIT:
        error = _rally_error(u)
        if error != NO_ERROR or j == i:
            return error
        return _target_error(units, game, index, terrain, i, j)
    if kind == GATHER:
        error = _worker_error(u)
        if error == NO_ERROR and u.status & HALLUCINATION:
            return INCOMPATIBLE_UNIT_TYPE
        if error == NO_ERROR:
            error = _target_error(units, game, index, terrain, i, j)
        if error != NO_ERROR:
            return error
        return NO_ERROR if is_field(units, j) or is_own_refinery(units, i, j) else INCOMPATIBLE_UNIT_TYPE
    # RIGHT_CLICK_UNIT
    rallies = FACTORIES[u.type] and not u.flies
    if not rallies and not is_attacker(whole(u.type)) and _move_error(u) != NO_ERROR:
        return INCOMPATIBLE_STATE
    error = _target_error(units, game, index, terrain, i, j)
    if error != NO_ERROR or rallies:
        return error
    if are_enemies(units, i, j) and is_attacker(whole(u.type)):
        return _hit_error(units, i, j)
    return _move_error(u)


@inline
def _plain_error(units: Units, i: int, kind: int, extra: int) -> int:
    """Return why unit `i` cannot be told something that needs neither a place nor a target."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    if kind == STOP:
        idle = t.building and not u.flies and not is_attacker(whole(u.type))
        return INCOMPATIBLE_STATE if idle or not u.is_complete or u.type == LARVA else NO_ERROR
    if kind == RETURN_CARGO:
        error = _worker_error(u)
        if error != NO_ERROR:
            return error
        return NO_ERROR if u.carries else INSUFFICIENT_AMMO
    if kind == LIFT:
        if not PRODUCTION[u.type].is_flying_building:
            return INCOMPATIBLE_UNIT_TYPE
        if u.flies or not u.is_complete:
            return INCOMPATIBLE_STATE
        return UNIT_BUSY if is_busy(units, i) else NO_ERROR
    if kind == HALT_CONSTRUCTION:
        return NO_ERROR if u.order == ORDER_CONSTRUCTING_BUILDING else INCOMPATIBLE_STATE
    if kind == CANCEL_CONSTRUCTION:
        return cancel_construction_error(u)
    if kind == CANCEL_ADDON:
        return cancel_addon_error(units, i)
    if kind == CANCEL_TRAIN:
        return NO_ERROR if u.train_count > 0 else INCOMPATIBLE_STATE
    if kind == CANCEL_TRAIN_SLOT:
        return NO_ERROR if -1 <= extra < u.train_count and u.train_count > 0 else INCOMPATIBLE_STATE
    if kind == CANCEL_MORPH:
        return cancel_morph_error(u)
    if kind == CANCEL_RESEARCH:
        return NO_ERROR if u.order == ORDER_RESEARCH_TECH and u.tech >= 0 else INCOMPATIBLE_STATE
    return NO_ERROR if u.order == ORDER_UPGRADE and u.upgrade >= 0 else INCOMPATIBLE_STATE


@inline
def _is_held(u: Any, kind: int) -> bool:
    """Say whether a spell on `u`, or the ground above it, forbids a command."""
    if u.status & DISABLED:
        return True
    if kind in (UNBURROW, USE_TECH):
        return False
    return u.type != LURKER or kind not in (ATTACK_UNIT, STOP, HOLD_POSITION)


@inline
def command_error(
    units: Units,
    game: Game,
    index: Index,
    terrain: Terrain,
    creep: Creep,
    player: int,
    c: Any,
) -> int:
    """Return why a player may not give a command now, NO_ERROR if it may.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        player: who gives it.
        c: COMMAND_DTYPE or PENDING_DTYPE record.
    """
    i = slot_of(units, game, whole(c.unit_id))
    error = _subject_error(units, game, index, terrain, player, i)
    if error != NO_ERROR:
        return error
    kind = whole(c.type)
    if units[i].status & (DISABLED | BURROWED) and _is_held(units[i], kind):
        return UNIT_BUSY
    if is_ability(kind):
        if not units[i].is_complete:
            return INCOMPATIBLE_STATE
        target = slot_of(units, game, whole(c.target_id))
        if target >= 0 and not is_seen(units, game, index, terrain, target, player):
            target = NO_SLOT
        return ability_error(units, game, index, i, target, c)
    if kind in (BUILD, BUILD_ADDON, TRAIN, MORPH, RESEARCH, UPGRADE, LAND):
        return production_error(units, game, index, terrain, creep, i, c)
    if kind in (STOP, RETURN_CARGO, LIFT) or HALT_CONSTRUCTION <= kind <= CANCEL_UPGRADE:
        return _plain_error(units, i, kind, whole(c.extra))
    x = whole(c.x)
    y = whole(c.y)
    if not units[i].is_complete:
        return INCOMPATIBLE_STATE
    if kind in (ATTACK_MOVE, MOVE, PATROL, HOLD_POSITION, RIGHT_CLICK_POSITION):
        return _point_command_error(units, game, i, kind, x, y)
    if kind == SET_RALLY_POSITION:
        error = _rally_error(units[i])
        return error if error != NO_ERROR else point_error(game, x, y)
    if kind in (ATTACK_UNIT, FOLLOW, SET_RALLY_UNIT, GATHER, RIGHT_CLICK_UNIT):
        return _unit_command_error(units, game, index, terrain, i, kind, slot_of(units, game, whole(c.target_id)))
    return UNKNOWN_ERROR


@inline
def order_of_click(units: Units, i: int, j: int) -> int:
    """Return which command a right click of unit `i` on unit `j` means: one of the numbers above."""
    u = units[i]
    if FACTORIES[u.type] and not u.flies:
        return SET_RALLY_UNIT
    if UNIT_TYPES[u.type].worker:
        if is_field(units, j) or is_own_refinery(units, i, j):
            return GATHER
        if u.carries and units[j].player == u.player and is_depot(units, j):
            return RETURN_CARGO
        if u.type == SCV and resumes(units, i, j):
            return BUILD
    if are_enemies(units, i, j) and is_attacker(whole(u.type)):
        return ATTACK_UNIT
    return FOLLOW
