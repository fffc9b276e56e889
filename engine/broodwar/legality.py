"""May this unit be told that now, and if not, why? One answer for every command, in BWAPI's words.

What is refused here changes nothing; what is allowed here is carried out by `commands`. Source: BWAPI 4.2's checks and
their order. Two things differ: a command for a unit that just tidies up (leaves a refinery, say) is taken and waits,
and a unit's commands are looked at when they take effect, not when they are given.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.abilities import UNBURROW, USE_TECH, ability_error, is_ability
from engine.broodwar.addons import addon_error, is_busy
from engine.broodwar.cancelling import cancel_addon_error, cancel_construction_error, cancel_morph_error
from engine.broodwar.construction import build_error, resumes
from engine.broodwar.errors import (
    INCOMPATIBLE_STATE,
    INCOMPATIBLE_UNIT_TYPE,
    INSUFFICIENT_AMMO,
    INVALID_PARAMETER,
    INVALID_TILE_POSITION,
    NO_ERROR,
    UNABLE_TO_HIT,
    UNBUILDABLE_LOCATION,
    UNIT_BUSY,
    UNIT_DOES_NOT_EXIST,
    UNIT_NOT_OWNED,
    UNKNOWN_ERROR,
)
from engine.broodwar.making import HOLDS_ANOTHER
from engine.broodwar.morphing import morph_error
from engine.broodwar.nearest import is_depot, is_field
from engine.broodwar.observe import is_seen
from engine.broodwar.production_table import IS_TRAINED, PRODUCTION
from engine.broodwar.refinery import is_own_refinery
from engine.broodwar.research import research_error, upgrade_error
from engine.broodwar.rules_table import NO_WEAPON, UNIT_TYPE_NAMES
from engine.broodwar.siting import can_place, site_x, site_y
from engine.broodwar.state import (
    BURROWED,
    DISABLED,
    NO_SLOT,
    ORDER_BUILD_ADDON,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DIE,
    ORDER_RESEARCH_TECH,
    ORDER_UPGRADE,
    SLOT_ALIVE,
    SLOTS_PER_GENERATION,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import LURKER, are_enemies, weapon_against
from engine.broodwar.training import train_error
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]

# BWAPI UnitCommandTypes (engine.core.frame.UnitCommandType), as plain numbers for the kernels.
ATTACK_MOVE: Final = 0
ATTACK_UNIT: Final = 1
BUILD: Final = 2
BUILD_ADDON: Final = 3
TRAIN: Final = 4
MORPH: Final = 5
RESEARCH: Final = 6
UPGRADE: Final = 7
SET_RALLY_POSITION: Final = 8
SET_RALLY_UNIT: Final = 9
MOVE: Final = 10
PATROL: Final = 11
HOLD_POSITION: Final = 12
STOP: Final = 13
FOLLOW: Final = 14
GATHER: Final = 15
RETURN_CARGO: Final = 16
LIFT: Final = 24
LAND: Final = 25
RIGHT_CLICK_POSITION: Final = 30
RIGHT_CLICK_UNIT: Final = 31
HALT_CONSTRUCTION: Final = 32
CANCEL_CONSTRUCTION: Final = 33
CANCEL_ADDON: Final = 34
CANCEL_TRAIN: Final = 35
CANCEL_TRAIN_SLOT: Final = 36
CANCEL_MORPH: Final = 37
CANCEL_RESEARCH: Final = 38
CANCEL_UPGRADE: Final = 39


def _marked(*names: str) -> NDArray[np.bool_]:
    """Return (234,) bool: which unit types are among these."""
    return np.isin(np.arange(len(UNIT_TYPE_NAMES)), [UNIT_TYPE_NAMES.index(name) for name in names])


NEVER_COMMANDED: Final = _marked(
    *("Protoss_Interceptor", "Terran_Vulture_Spider_Mine", "Spell_Scanner_Sweep", "Special_Map_Revealer")
)
SILENT_WHEN_COMPLETE: Final = _marked(
    *("Protoss_Pylon", "Terran_Supply_Depot", "Protoss_Shield_Battery", "Terran_Nuclear_Missile")
) | (PRODUCTION["is_mineral_field"] == 1)
NEVER_TARGETED: Final = _marked(
    *("Spell_Scanner_Sweep", "Spell_Dark_Swarm", "Spell_Disruption_Web", "Special_Map_Revealer")
)
FACTORIES: Final = _marked(
    *("Terran_Command_Center", "Terran_Barracks", "Terran_Factory", "Terran_Starport", "Zerg_Infested_Command_Center"),
    *("Zerg_Hatchery", "Zerg_Lair", "Zerg_Hive", "Protoss_Nexus", "Protoss_Gateway", "Protoss_Stargate"),
    "Protoss_Robotics_Facility",
)
"""Buildings with a rally point."""

LARVA: Final = UNIT_TYPE_NAMES.index("Zerg_Larva")
MEDIC: Final = UNIT_TYPE_NAMES.index("Terran_Medic")
SCV: Final = UNIT_TYPE_NAMES.index("Terran_SCV")


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
def _subject_error(units: Units, game: Game, index: Index, player: int, i: int) -> int:
    """Return why unit `i` takes no commands of a player at all."""
    if i < 0 or units[i].order == ORDER_DIE:
        return UNIT_DOES_NOT_EXIST
    u = units[i]
    if u.player != player:
        if u.is_hidden or not is_seen(units, game, index, i, player):
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
def _target_error(units: Units, game: Game, index: Index, i: int, j: int) -> int:
    """Return why unit `i` cannot be sent to unit `j`, whatever it shall do there."""
    if j < 0 or units[j].is_hidden:
        return UNIT_DOES_NOT_EXIST
    if not is_seen(units, game, index, j, whole(units[i].player)):
        return UNIT_DOES_NOT_EXIST
    if j == i:
        return INVALID_PARAMETER
    return INCOMPATIBLE_UNIT_TYPE if NEVER_TARGETED[units[j].type] else NO_ERROR


@inline
def _point_error(game: Game, x: int, y: int) -> int:
    return NO_ERROR if 0 <= x < game.width_px and 0 <= y < game.height_px else INVALID_PARAMETER


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
        return _point_error(game, x, y)
    error = _move_error(u)
    if kind == RIGHT_CLICK_POSITION and error != NO_ERROR:
        return INCOMPATIBLE_STATE
    if kind == HOLD_POSITION or error != NO_ERROR:
        return error
    return _point_error(game, x, y)


@inline
def _unit_command_error(units: Units, game: Game, index: Index, i: int, kind: int, j: int) -> int:
    """Return why unit `i` cannot be sent to unit `j` with a command."""
    u = units[i]
    if kind == ATTACK_UNIT:
        if not is_attacker(whole(u.type)):
            return UNABLE_TO_HIT
        error = _target_error(units, game, index, i, j)
        return error if error != NO_ERROR else _hit_error(units, i, j)
    if kind == FOLLOW:
        error = _move_error(u)
        return error if error != NO_ERROR else _target_error(units, game, index, i, j)
    if kind == SET_RALLY_UNIT:
        error = _rally_error(u)
        if error != NO_ERROR or j == i:
            return error
        return _target_error(units, game, index, i, j)
    if kind == GATHER:
        error = _worker_error(u)
        if error == NO_ERROR:
            error = _target_error(units, game, index, i, j)
        if error != NO_ERROR:
            return error
        return NO_ERROR if is_field(units, j) or is_own_refinery(units, i, j) else INCOMPATIBLE_UNIT_TYPE
    # RIGHT_CLICK_UNIT
    rallies = FACTORIES[u.type] and not u.flies
    if not rallies and not is_attacker(whole(u.type)) and _move_error(u) != NO_ERROR:
        return INCOMPATIBLE_STATE
    error = _target_error(units, game, index, i, j)
    if error != NO_ERROR or rallies:
        return error
    if are_enemies(units, i, j) and is_attacker(whole(u.type)):
        return _hit_error(units, i, j)
    return _move_error(u)


@inline
def larva_of(units: Units, game: Game, index: Index, i: int) -> int:
    """Return a larva of hatchery `i`, NO_SLOT if it has none."""
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.type == LARVA and v.home == i and v.build_type < 0 and v.order != ORDER_DIE:
            return j
    return NO_SLOT


@inline
def maker_of(units: Units, game: Game, index: Index, i: int, kind: int) -> int:
    """Return who makes a unit type when unit `i` is told to: a larva of its own, if it is a hatchery; else itself."""
    known = 0 <= kind < len(UNIT_TYPES)
    if known and PRODUCTION[units[i].type].produces_larva and PRODUCTION[kind].built_by == LARVA:
        return larva_of(units, game, index, i)
    return i


@inline
def _production_error(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, c: Any) -> int:
    """Return why unit `i` cannot make, research or place something."""
    u = units[i]
    kind = whole(c.type)
    x = whole(c.x)
    y = whole(c.y)
    extra = whole(c.extra)
    if kind == RESEARCH:
        return research_error(units, game, index, i, extra)
    if kind == UPGRADE:
        return upgrade_error(units, game, index, i, extra)
    column = x // BUILD_TILE_PX
    row = y // BUILD_TILE_PX
    if kind in (TRAIN, MORPH):
        maker = maker_of(units, game, index, i, extra)
        if maker < 0:
            return UNIT_DOES_NOT_EXIST
        if 0 <= extra < len(UNIT_TYPES) and IS_TRAINED[extra]:
            if kind == MORPH:
                return INCOMPATIBLE_UNIT_TYPE
            researches = u.order in (ORDER_RESEARCH_TECH, ORDER_UPGRADE)
            builds = UNIT_TYPES[u.type].building and (u.build_type >= 0 or u.secondary_order == ORDER_BUILD_ADDON)
            return UNIT_BUSY if researches or builds else train_error(units, game, index, i, extra)
        return morph_error(units, game, index, maker, extra)
    if kind == BUILD_ADDON:
        return addon_error(units, game, index, terrain, creep, i, extra, whole(u.x), whole(u.y))
    if _point_error(game, x, y) != NO_ERROR:
        return INVALID_TILE_POSITION
    if kind == BUILD:
        if PRODUCTION[u.type].can_build_addon:
            ax = site_x(whole(u.type), column)
            ay = site_y(whole(u.type), row)
            return addon_error(units, game, index, terrain, creep, i, extra, ax, ay)
        return build_error(units, game, index, terrain, creep, i, extra, column, row)
    # LAND
    if not PRODUCTION[u.type].is_flying_building:
        return INCOMPATIBLE_UNIT_TYPE
    if not u.flies:
        return INCOMPATIBLE_STATE
    ax = site_x(whole(u.type), column)
    ay = site_y(whole(u.type), row)
    fits = can_place(units, game, index, terrain, creep, i, whole(u.type), ax, ay)
    return NO_ERROR if fits else UNBUILDABLE_LOCATION


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
    error = _subject_error(units, game, index, player, i)
    if error != NO_ERROR:
        return error
    kind = whole(c.type)
    if units[i].status & (DISABLED | BURROWED) and _is_held(units[i], kind):
        return UNIT_BUSY
    if is_ability(kind):
        if not units[i].is_complete:
            return INCOMPATIBLE_STATE
        return ability_error(units, game, index, i, slot_of(units, game, whole(c.target_id)), c)
    if kind in (BUILD, BUILD_ADDON, TRAIN, MORPH, RESEARCH, UPGRADE, LAND):
        return _production_error(units, game, index, terrain, creep, i, c)
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
        return error if error != NO_ERROR else _point_error(game, x, y)
    if kind in (ATTACK_UNIT, FOLLOW, SET_RALLY_UNIT, GATHER, RIGHT_CLICK_UNIT):
        return _unit_command_error(units, game, index, i, kind, slot_of(units, game, whole(c.target_id)))
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
