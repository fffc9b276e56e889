"""Commands beyond walking and shooting: siege, burrow, cloak, technologies. May it be done now, and doing it.

`commands` asks and calls; errors are BWAPI's ids (`engine.broodwar.errors`). Source: MECHANICS.md 7 and 13.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import STIM_TICKS
from engine.broodwar.cargo import OVERLORD, VENTRAL_SACS, first_passenger, get_out, may_enter
from engine.broodwar.cloaking import CLOAK_START_ENERGY_256, cloak, decloak
from engine.broodwar.command_types import (
    BURROW,
    CLOAK,
    DECLOAK,
    LOAD,
    REPAIR,
    SIEGE,
    UNBURROW,
    UNLOAD,
    UNLOAD_ALL,
    UNLOAD_ALL_POSITION,
    UNSIEGE,
    USE_TECH,
    USE_TECH_POSITION,
    USE_TECH_UNIT,
)
from engine.broodwar.errors import (
    INCOMPATIBLE_STATE,
    INCOMPATIBLE_UNIT_TYPE,
    INSUFFICIENT_ENERGY,
    INSUFFICIENT_SPACE,
    INSUFFICIENT_TECH,
    INVALID_PARAMETER,
    NO_ERROR,
    UNABLE_TO_HIT,
    UNIT_BUSY,
    UNIT_DOES_NOT_EXIST,
    UNIT_NOT_OWNED,
)
from engine.broodwar.infesting import QUEENS, may_infest
from engine.broodwar.mending import SCV, may_recharge, may_repair
from engine.broodwar.order_queue import set_order
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_TYPE, RACES, TECH_NAMES, UNIT_TYPE_NAMES
from engine.broodwar.speed import refresh_speed
from engine.broodwar.spell_rules import (
    ARCHON_WARP,
    DARK_ARCHON_MELD,
    HEALING,
    NUCLEAR_STRIKE,
    SPIDER_MINES,
    STIM_COST_256,
    STIM_PACKS,
    tech_error,
)
from engine.broodwar.spell_table import (
    TECH_ORDERS,
)
from engine.broodwar.state import (
    BURROWED,
    CLOAKS_ITSELF,
    DISABLED,
    HALLUCINATION,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_ARCHON_WARP,
    ORDER_ATTACK_MOVE,
    ORDER_BURROWING,
    ORDER_CAST_INFESTATION,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DARK_ARCHON_MELD,
    ORDER_ENTER_TRANSPORT,
    ORDER_HEAL_MOVE,
    ORDER_HOLD_POSITION,
    ORDER_MEDIC_HEAL,
    ORDER_MEDIC_HOLD_POSITION,
    ORDER_MOVE_UNLOAD,
    ORDER_NUKE_PAINT,
    ORDER_PATROL,
    ORDER_PICKUP_TRANSPORT,
    ORDER_PLACE_MINE,
    ORDER_RECHARGE_SHIELDS_UNIT,
    ORDER_REPAIR,
    ORDER_SIEGING,
    ORDER_SUICIDE_LOCATION,
    ORDER_UNBURROWING,
    ORDER_UNLOAD,
    ORDER_UNSIEGING,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import BUNKER
from engine.broodwar.transforming import LURKER, SIEGED_TANK, TANK
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

_KINDS: Final = (
    *(REPAIR, BURROW, UNBURROW, CLOAK, DECLOAK, SIEGE, UNSIEGE, LOAD, UNLOAD, UNLOAD_ALL, UNLOAD_ALL_POSITION),
    *(USE_TECH, USE_TECH_POSITION, USE_TECH_UNIT),
)
IS_ABILITY: Final = np.isin(np.arange(64), _KINDS)
"""Which BWAPI UnitCommandTypes are this file's."""

SIEGE_MODE: Final = TECH_NAMES.index("Tank_Siege_Mode")
BURROWING: Final = TECH_NAMES.index("Burrowing")
CLOAKING_FIELD: Final = TECH_NAMES.index("Cloaking_Field")
PERSONNEL_CLOAKING: Final = TECH_NAMES.index("Personnel_Cloaking")
INFESTED_TERRAN: Final = UNIT_TYPE_NAMES.index("Zerg_Infested_Terran")
MEDIC: Final = UNIT_TYPE_NAMES.index("Terran_Medic")
MOST_SPACE: Final = 8
"""A unit that needs more room than this is never carried."""

TERRAN: Final = RACES.index("Terran")


@inline
def is_ability(kind: int) -> bool:
    """Say whether a command is one of this file's."""
    return bool(0 <= kind < len(IS_ABILITY) and IS_ABILITY[kind])


@inline
def _meaning(units: Units, i: int, kind: int, tech: int) -> int:
    """Return what UseTech without a target means, as another command where there is one."""
    if kind != USE_TECH:
        return kind
    u = units[i]
    if tech == SIEGE_MODE:
        return UNSIEGE if u.type == SIEGED_TANK else SIEGE
    if tech == BURROWING:
        return UNBURROW if u.status & BURROWED else BURROW
    if tech in (CLOAKING_FIELD, PERSONNEL_CLOAKING):
        return DECLOAK if u.status & CLOAKS_ITSELF else CLOAK
    return kind


@inline
def _cloak_error(u: Any, game: Game) -> int:
    if not UNIT_TYPES[u.type].cloakable:
        return INCOMPATIBLE_UNIT_TYPE
    if u.status & CLOAKS_ITSELF:
        return INCOMPATIBLE_STATE
    tech = whole(PRODUCTION[u.type].cloaking_tech)
    if tech != NO_TYPE and not game.techs[u.player, tech]:
        return INSUFFICIENT_TECH
    return NO_ERROR if u.energy_256 >= CLOAK_START_ENERGY_256 else INSUFFICIENT_ENERGY


@inline
def _shape_error(u: Any, game: Game, kind: int) -> int:
    """Return why `u` cannot siege, unsiege, burrow or unburrow."""
    if kind == SIEGE:
        if u.type != TANK:
            return INCOMPATIBLE_UNIT_TYPE
        if not game.techs[u.player, SIEGE_MODE]:
            return INSUFFICIENT_TECH
        return UNIT_BUSY if u.order == ORDER_SIEGING else NO_ERROR
    if kind == UNSIEGE:
        if u.type != SIEGED_TANK:
            return INCOMPATIBLE_UNIT_TYPE
        return UNIT_BUSY if u.order in (ORDER_SIEGING, ORDER_UNSIEGING) else NO_ERROR
    if not UNIT_TYPES[u.type].burrowable:
        return INCOMPATIBLE_UNIT_TYPE
    if kind == UNBURROW:
        return NO_ERROR if u.status & BURROWED and u.order != ORDER_UNBURROWING else INCOMPATIBLE_STATE
    if u.type != LURKER and not game.techs[u.player, BURROWING]:
        return INSUFFICIENT_TECH
    return INCOMPATIBLE_STATE if u.status & BURROWED or u.order == ORDER_BURROWING else NO_ERROR


@inline
def _carrier_of(units: Units, i: int, j: int) -> int:
    """Return which of two units would carry the other."""
    return i if UNIT_TYPES[units[i].type].space_provided > 0 else j


@inline
def _lacks_sacs(u: Any, game: Game) -> bool:
    return bool(u.type == OVERLORD and not game.upgrades[u.player, VENTRAL_SACS])


@inline
def _load_error(units: Units, game: Game, index: Index, i: int, target: int) -> int:
    """Return why of units `i` and `target` none can take the other aboard."""
    if _lacks_sacs(units[i], game):
        return INSUFFICIENT_TECH
    if units[i].order == ORDER_CONSTRUCTING_BUILDING:
        return UNIT_BUSY
    if target < 0:
        return UNIT_DOES_NOT_EXIST
    if units[target].player != units[i].player:
        return UNIT_NOT_OWNED
    if units[target].is_hidden or not units[target].is_complete:
        return UNIT_BUSY
    if _lacks_sacs(units[target], game):
        return INSUFFICIENT_TECH
    j = _carrier_of(units, i, target)
    passenger = target if j == i else i
    t = UNIT_TYPES[units[passenger].type]
    if UNIT_TYPES[units[j].type].space_provided == 0 or not t.can_move or t.flyer or t.space_required > MOST_SPACE:
        return INCOMPATIBLE_UNIT_TYPE
    if units[passenger].status & BURROWED:
        return INCOMPATIBLE_STATE
    if units[j].status & HALLUCINATION:
        return INCOMPATIBLE_UNIT_TYPE
    if units[j].type == BUNKER and not (t.organic and t.race == TERRAN):
        return INCOMPATIBLE_UNIT_TYPE
    return NO_ERROR if may_enter(units, game, index, passenger, j) else INSUFFICIENT_SPACE


@inline
def _cargo_error(units: Units, game: Game, index: Index, i: int, target: int, kind: int) -> int:
    """Return why unit `i` cannot load or unload."""
    if kind == LOAD:
        return _load_error(units, game, index, i, target)
    if UNIT_TYPES[units[i].type].space_provided == 0 or first_passenger(units, game, index, i) < 0:
        return UNIT_DOES_NOT_EXIST
    if kind != UNLOAD:
        return NO_ERROR
    if target < 0:
        return UNIT_DOES_NOT_EXIST
    if units[target].container < 0:
        return INCOMPATIBLE_STATE
    return NO_ERROR if units[target].container == i else INVALID_PARAMETER


@inline
def _repair_error(units: Units, i: int, target: int) -> int:
    """Return why unit `i` cannot repair another one."""
    u = units[i]
    if u.type != SCV:
        return INCOMPATIBLE_UNIT_TYPE
    if u.order == ORDER_CONSTRUCTING_BUILDING:
        return UNIT_BUSY
    if target < 0 or units[target].is_hidden:
        return UNIT_DOES_NOT_EXIST
    v = units[target]
    t = UNIT_TYPES[v.type]
    if t.race != TERRAN or not (t.mechanical or t.building):
        return INCOMPATIBLE_UNIT_TYPE
    if v.hp_256 >= t.max_hp << 8 or not v.is_complete:
        return INCOMPATIBLE_STATE
    if target == i:
        return INVALID_PARAMETER
    return NO_ERROR if may_repair(units, i, target) else UNABLE_TO_HIT


@inline
def ability_error(units: Units, game: Game, index: Index, i: int, target: int, c: Any) -> int:
    """Return why unit `i` cannot do what a command says now, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit; complete, on the map, the player's who commands.
        target: slot of the command's target, NO_SLOT for none.
        c: the command: `type` is BWAPI's UnitCommandType, `extra` a TechType, `x` and `y` pixels.
    """
    u = units[i]
    tech = whole(c.extra)
    kind = _meaning(units, i, whole(c.type), tech)
    if u.status & DISABLED:
        return UNIT_BUSY
    if u.status & HALLUCINATION and kind not in (LOAD, UNBURROW, DECLOAK):
        return INCOMPATIBLE_UNIT_TYPE
    if kind in (SIEGE, UNSIEGE, BURROW, UNBURROW):
        return _shape_error(u, game, kind)
    if kind == CLOAK:
        return _cloak_error(u, game)
    if kind == DECLOAK:
        return NO_ERROR if u.status & CLOAKS_ITSELF else INCOMPATIBLE_STATE
    if kind == REPAIR:
        return _repair_error(units, i, target)
    if kind in (LOAD, UNLOAD, UNLOAD_ALL, UNLOAD_ALL_POSITION):
        return _cargo_error(units, game, index, i, target, kind)
    return tech_error(units, game, index, i, target, kind, tech, whole(c.x), whole(c.y))


@inline
def right_click_skill(units: Units, game: Game, index: Index, i: int, target: int) -> int:
    """Return the order that a click on unit `target` means beyond going there and attacking; -1 for none."""
    if may_recharge(units, i, target):
        return ORDER_RECHARGE_SHIELDS_UNIT
    if UNIT_TYPES[units[target].type].space_provided > 0 and may_enter(units, game, index, i, target):
        return ORDER_ENTER_TRANSPORT
    if units[i].type in QUEENS and may_infest(units[target]):
        return ORDER_CAST_INFESTATION
    return ORDER_REPAIR if may_repair(units, i, target) else -1


@inline
def skilled_order(u: Any, order: int) -> int:
    """Return what a general order is for `u`: medics heal on their way, infested terrans burst at its end."""
    if u.type == INFESTED_TERRAN and order == ORDER_ATTACK_MOVE:
        return ORDER_SUICIDE_LOCATION
    if u.type != MEDIC:
        return order
    if order in (ORDER_ATTACK_MOVE, ORDER_PATROL):
        return ORDER_HEAL_MOVE
    return ORDER_MEDIC_HOLD_POSITION if order == ORDER_HOLD_POSITION else order


@inline
def _load(units: Units, game: Game, i: int, target: int) -> None:
    j = _carrier_of(units, i, target)
    passenger = target if j == i else i
    set_order(units, game, passenger, ORDER_ENTER_TRANSPORT, j, 0, 0)
    if UNIT_TYPES[units[j].type].can_move and j == i:
        set_order(units, game, j, ORDER_PICKUP_TRANSPORT, passenger, 0, 0)


@inline
def use_ability(units: Units, game: Game, index: Index, terrain: Terrain, i: int, target: int, c: Any) -> None:
    """Have unit `i` do what `ability_error` has no objection to.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
        target: slot of the command's target, NO_SLOT for none.
        c: the command.
    """
    u = units[i]
    tech = whole(c.extra)
    kind = _meaning(units, i, whole(c.type), tech)
    if kind == SIEGE:
        set_order(units, game, i, ORDER_SIEGING, NO_SLOT, 0, 0)
    elif kind == UNSIEGE:
        set_order(units, game, i, ORDER_UNSIEGING, NO_SLOT, 0, 0)
    elif kind == BURROW:
        set_order(units, game, i, ORDER_BURROWING, NO_SLOT, 0, 0)
    elif kind == UNBURROW:
        u.status &= ~NOT_INTERRUPTIBLE
        set_order(units, game, i, ORDER_UNBURROWING, NO_SLOT, 0, 0)
    elif kind == CLOAK:
        u.energy_256 -= CLOAK_START_ENERGY_256
        cloak(units, game, index, i, CLOAKS_ITSELF)
    elif kind == DECLOAK:
        decloak(u)
    elif kind == REPAIR:
        set_order(units, game, i, ORDER_REPAIR, target, 0, 0)
    elif kind == LOAD:
        _load(units, game, i, target)
    elif kind == UNLOAD:
        get_out(units, game, index, terrain, target)
    elif kind == UNLOAD_ALL:
        set_order(units, game, i, ORDER_UNLOAD, NO_SLOT, 0, 0)
    elif kind == UNLOAD_ALL_POSITION:
        set_order(units, game, i, ORDER_MOVE_UNLOAD, NO_SLOT, whole(c.x), whole(c.y))
    elif tech == STIM_PACKS:
        u.hp_256 -= STIM_COST_256
        u.stim_timer = STIM_TICKS
        refresh_speed(u)
    elif tech == SPIDER_MINES:
        set_order(units, game, i, ORDER_PLACE_MINE, NO_SLOT, whole(c.x), whole(c.y))
    elif tech == NUCLEAR_STRIKE:
        x = whole(units[target].x) if kind == USE_TECH_UNIT else whole(c.x)
        y = whole(units[target].y) if kind == USE_TECH_UNIT else whole(c.y)
        set_order(units, game, i, ORDER_NUKE_PAINT, NO_SLOT, x, y)
    elif tech in (ARCHON_WARP, DARK_ARCHON_MELD):
        order = ORDER_ARCHON_WARP if tech == ARCHON_WARP else ORDER_DARK_ARCHON_MELD
        set_order(units, game, i, order, target, 0, 0)
        set_order(units, game, target, order, i, 0, 0)
    elif tech == HEALING:
        order = ORDER_MEDIC_HEAL if kind == USE_TECH_UNIT else ORDER_HEAL_MOVE
        set_order(units, game, i, order, target if kind == USE_TECH_UNIT else NO_SLOT, whole(c.x), whole(c.y))
    elif kind == USE_TECH_UNIT:
        set_order(units, game, i, TECH_ORDERS[tech], target, 0, 0)
    else:
        set_order(units, game, i, TECH_ORDERS[tech], NO_SLOT, whole(c.x), whole(c.y))
