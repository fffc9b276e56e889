"""Commands beyond walking and shooting: siege, burrow, cloak, technologies. May it be done now, and doing it.

`commands` asks and calls; errors are BWAPI's ids (`engine.broodwar.errors`). Source: MECHANICS.md 7 and 13.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import STIM_TICKS
from engine.broodwar.cargo import first_passenger, get_out, may_enter
from engine.broodwar.cloaking import CLOAK_START_ENERGY_256, cloak, decloak, is_hidden_from
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
    INCOMPATIBLE_TECH_TYPE,
    INCOMPATIBLE_UNIT_TYPE,
    INSUFFICIENT_AMMO,
    INSUFFICIENT_ENERGY,
    INSUFFICIENT_SPACE,
    INSUFFICIENT_TECH,
    INVALID_PARAMETER,
    NO_ERROR,
    UNABLE_TO_HIT,
    UNIT_BUSY,
    UNIT_DOES_NOT_EXIST,
)
from engine.broodwar.mending import SCV, may_recharge, may_repair
from engine.broodwar.merging import may_merge
from engine.broodwar.nuking import ready_missile
from engine.broodwar.order_queue import set_order
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_TYPE, NO_WEAPON, RACES, TECH_NAMES, UNIT_TYPE_NAMES
from engine.broodwar.speed import refresh_speed
from engine.broodwar.spell_table import (
    CAST_ENERGY,
    CAST_WEAPONS,
    CASTERS,
    NO_ORDER,
    TAKES_POSITION,
    TAKES_UNIT,
    TECH_ORDERS,
)
from engine.broodwar.state import (
    BURROWED,
    CLOAKS_ITSELF,
    DISABLED,
    INTANGIBLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_ARCHON_WARP,
    ORDER_ATTACK_MOVE,
    ORDER_BURROWING,
    ORDER_DARK_ARCHON_MELD,
    ORDER_DIE,
    ORDER_ENTER_TRANSPORT,
    ORDER_HEAL_MOVE,
    ORDER_HOLD_POSITION,
    ORDER_MEDIC_HOLD_POSITION,
    ORDER_MOVE_UNLOAD,
    ORDER_NUKE_PAINT,
    ORDER_PATROL,
    ORDER_PICKUP_TRANSPORT,
    ORDER_PLACE_MINE,
    ORDER_RECHARGE_SHIELDS_UNIT,
    ORDER_REPAIR,
    ORDER_SIEGING,
    ORDER_UNBURROWING,
    ORDER_UNLOAD,
    ORDER_UNSIEGING,
)
from engine.broodwar.tables import UNIT_TYPES, WEAPON_TYPES
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

STIM_PACKS: Final = TECH_NAMES.index("Stim_Packs")
SIEGE_MODE: Final = TECH_NAMES.index("Tank_Siege_Mode")
BURROWING: Final = TECH_NAMES.index("Burrowing")
CLOAKING_FIELD: Final = TECH_NAMES.index("Cloaking_Field")
ARCHON_WARP: Final = TECH_NAMES.index("Archon_Warp")
DARK_ARCHON_MELD: Final = TECH_NAMES.index("Dark_Archon_Meld")
NUCLEAR_STRIKE: Final = TECH_NAMES.index("Nuclear_Strike")
SPIDER_MINES: Final = TECH_NAMES.index("Spider_Mines")
CONSUME: Final = TECH_NAMES.index("Consume")
MIND_CONTROL: Final = TECH_NAMES.index("Mind_Control")
INFESTATION: Final = TECH_NAMES.index("Infestation")
PERSONNEL_CLOAKING: Final = TECH_NAMES.index("Personnel_Cloaking")
STIM_COST_256: Final = 10 << 8
MEDIC: Final = UNIT_TYPE_NAMES.index("Terran_Medic")
ZERG: Final = RACES.index("Zerg")


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
def _cargo_error(units: Units, game: Game, index: Index, i: int, target: int, kind: int) -> int:
    """Return why unit `i` cannot load or unload."""
    if kind == LOAD:
        if target < 0:
            return UNIT_DOES_NOT_EXIST
        j = _carrier_of(units, i, target)
        passenger = target if j == i else i
        if UNIT_TYPES[units[j].type].space_provided == 0 or units[target].is_hidden:
            return INCOMPATIBLE_UNIT_TYPE
        return NO_ERROR if may_enter(units, game, index, passenger, j) else INSUFFICIENT_SPACE
    if UNIT_TYPES[units[i].type].space_provided == 0:
        return INCOMPATIBLE_UNIT_TYPE
    if kind == UNLOAD:
        if target < 0 or units[target].container != i:
            return UNIT_DOES_NOT_EXIST
        return NO_ERROR
    return NO_ERROR if first_passenger(units, game, index, i) >= 0 else UNIT_DOES_NOT_EXIST


@inline
def _target_error(units: Units, i: int, target: int, tech: int) -> int:
    """Return why a spell of unit `i` does not work on a unit."""
    if target < 0 or units[target].is_hidden or units[target].order == ORDER_DIE:
        return UNIT_DOES_NOT_EXIST
    u = units[i]
    v = units[target]
    t = UNIT_TYPES[v.type]
    if t.invincible or v.status & INTANGIBLE or is_hidden_from(v, whole(u.player)):
        return UNABLE_TO_HIT
    if tech == CONSUME:
        own = v.player == u.player and t.race == ZERG and t.organic and not t.building and target != i
        return NO_ERROR if own else UNABLE_TO_HIT
    weapon = CAST_WEAPONS[tech]
    if weapon != NO_WEAPON:
        w = WEAPON_TYPES[weapon]
        if (v.flies and not w.targets_air) or (not v.flies and not w.targets_ground):
            return UNABLE_TO_HIT
        if (w.targets_non_building and t.building) or (w.targets_mechanical and not t.mechanical):
            return UNABLE_TO_HIT
        if (w.targets_non_robotic and t.robotic) or (w.targets_organic and not t.organic):
            return UNABLE_TO_HIT
        if w.targets_organic_or_mechanical and not (t.organic or t.mechanical):
            return UNABLE_TO_HIT
    elif t.building:
        return UNABLE_TO_HIT
    if tech == MIND_CONTROL and v.player == u.player:
        return UNABLE_TO_HIT
    return NO_ERROR


@inline
def _tech_error(
    units: Units, game: Game, index: Index, i: int, target: int, kind: int, tech: int, x: int, y: int
) -> int:
    """Return why unit `i` cannot use a technology."""
    u = units[i]
    if not 0 <= tech < len(TECH_ORDERS) or not CASTERS[u.type, tech] or tech == INFESTATION:
        return INCOMPATIBLE_TECH_TYPE
    if not game.techs[u.player, tech]:
        return INSUFFICIENT_TECH
    if u.status & BURROWED:
        return INCOMPATIBLE_STATE
    if tech == STIM_PACKS:
        if kind != USE_TECH:
            return INCOMPATIBLE_TECH_TYPE
        return NO_ERROR if u.hp_256 > STIM_COST_256 else UNABLE_TO_HIT
    inside = 0 <= x < game.width_px and 0 <= y < game.height_px
    if tech == SPIDER_MINES:
        if kind != USE_TECH_POSITION or not inside:
            return INVALID_PARAMETER
        return NO_ERROR if u.spider_mines > 0 else INSUFFICIENT_AMMO
    if tech == NUCLEAR_STRIKE:
        if kind == USE_TECH_UNIT:
            inside = target >= 0 and not units[target].is_hidden
        if kind == USE_TECH or not inside:
            return INVALID_PARAMETER
        return NO_ERROR if ready_missile(units, game, index, whole(u.player)) >= 0 else INSUFFICIENT_AMMO
    if tech in (ARCHON_WARP, DARK_ARCHON_MELD):
        if kind != USE_TECH_UNIT:
            return INCOMPATIBLE_TECH_TYPE
        return NO_ERROR if may_merge(units, i, target) else UNABLE_TO_HIT
    if TECH_ORDERS[tech] == NO_ORDER or kind == USE_TECH:
        return INCOMPATIBLE_TECH_TYPE
    if u.energy_256 < CAST_ENERGY[tech] << 8:
        return INSUFFICIENT_ENERGY
    if kind == USE_TECH_POSITION:
        if not TAKES_POSITION[tech]:
            return INCOMPATIBLE_TECH_TYPE
        return NO_ERROR if inside else INVALID_PARAMETER
    if not TAKES_UNIT[tech]:
        return INCOMPATIBLE_TECH_TYPE
    return _target_error(units, i, target, tech)


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
    if kind in (SIEGE, UNSIEGE, BURROW, UNBURROW):
        return _shape_error(u, game, kind)
    if kind == CLOAK:
        return _cloak_error(u, game)
    if kind == DECLOAK:
        return NO_ERROR if u.status & CLOAKS_ITSELF else INCOMPATIBLE_STATE
    if kind == REPAIR:
        if u.type != SCV:
            return INCOMPATIBLE_UNIT_TYPE
        return NO_ERROR if may_repair(units, i, target) else UNABLE_TO_HIT
    if kind in (LOAD, UNLOAD, UNLOAD_ALL, UNLOAD_ALL_POSITION):
        return _cargo_error(units, game, index, i, target, kind)
    return _tech_error(units, game, index, i, target, kind, tech, whole(c.x), whole(c.y))


@inline
def right_click_skill(units: Units, game: Game, index: Index, i: int, target: int) -> int:
    """Return the order that a click on unit `target` means beyond going there and attacking; -1 for none."""
    if may_recharge(units, i, target):
        return ORDER_RECHARGE_SHIELDS_UNIT
    if UNIT_TYPES[units[target].type].space_provided > 0 and may_enter(units, game, index, i, target):
        return ORDER_ENTER_TRANSPORT
    return ORDER_REPAIR if may_repair(units, i, target) else -1


@inline
def skilled_order(u: Any, order: int) -> int:
    """Return what a general order is for `u`: medics heal on their way."""
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
    elif kind == USE_TECH_UNIT:
        set_order(units, game, i, TECH_ORDERS[tech], target, 0, 0)
    else:
        set_order(units, game, i, TECH_ORDERS[tech], NO_SLOT, whole(c.x), whole(c.y))
