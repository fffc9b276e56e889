"""May a unit use a technology, on nobody, at a place or on a unit; if not, why: BWAPI 4.2's checks in their order.

What BWAPI lets pass though the game would do nothing (a target that nobody detects, a weapon that cannot aim there) is
Unable_To_Hit here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.cloaking import is_hidden_from
from engine.broodwar.command_types import NEVER_TARGETED, USE_TECH, USE_TECH_POSITION
from engine.broodwar.errors import (
    INCOMPATIBLE_STATE,
    INCOMPATIBLE_TECH_TYPE,
    INCOMPATIBLE_UNIT_TYPE,
    INSUFFICIENT_AMMO,
    INSUFFICIENT_ENERGY,
    INSUFFICIENT_TECH,
    INVALID_PARAMETER,
    NO_ERROR,
    UNABLE_TO_HIT,
    UNIT_DOES_NOT_EXIST,
    UNIT_NOT_OWNED,
)
from engine.broodwar.infesting import is_weak_center
from engine.broodwar.making import HOLDS_ANOTHER
from engine.broodwar.merging import may_merge
from engine.broodwar.nuking import ready_missile
from engine.broodwar.rules_table import NO_WEAPON, RACES, TECH_NAMES, UNIT_TYPE_NAMES
from engine.broodwar.spell_table import CAST_ENERGY, CAST_WEAPONS, CASTERS, TAKES_POSITION, TAKES_UNIT
from engine.broodwar.state import BURROWED, HALLUCINATION, INTANGIBLE, ORDER_DIE
from engine.broodwar.tables import UNIT_TYPES, WEAPON_TYPES
from engine.broodwar.targeting import are_enemies
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

STIM_PACKS: Final = TECH_NAMES.index("Stim_Packs")
LOCKDOWN: Final = TECH_NAMES.index("Lockdown")
SPIDER_MINES: Final = TECH_NAMES.index("Spider_Mines")
YAMATO_GUN: Final = TECH_NAMES.index("Yamato_Gun")
INFESTATION: Final = TECH_NAMES.index("Infestation")
BROODLINGS: Final = TECH_NAMES.index("Spawn_Broodlings")
CONSUME: Final = TECH_NAMES.index("Consume")
ARCHON_WARP: Final = TECH_NAMES.index("Archon_Warp")
MIND_CONTROL: Final = TECH_NAMES.index("Mind_Control")
DARK_ARCHON_MELD: Final = TECH_NAMES.index("Dark_Archon_Meld")
FEEDBACK: Final = TECH_NAMES.index("Feedback")
HEALING: Final = TECH_NAMES.index("Healing")
NUCLEAR_STRIKE: Final = TECH_NAMES.index("Nuclear_Strike")

STIM_COST_256: Final = 10 << 8
LARVA: Final = UNIT_TYPE_NAMES.index("Zerg_Larva")
ZERG: Final = RACES.index("Zerg")

NEVER_MINDED: Final = (
    np.isin(
        np.arange(len(UNIT_TYPE_NAMES)),
        [UNIT_TYPE_NAMES.index(name) for name in ("Protoss_Interceptor", "Terran_Vulture_Spider_Mine", "Zerg_Larva")],
    )
    | HOLDS_ANOTHER
)
"""(234,) bool: whom nobody's mind can control."""


@inline
def _kind_error(u: Any, v: Any, tech: int) -> int:
    """Return why a unit of `v`'s type and owner is no target for a technology of `u`."""
    t = UNIT_TYPES[v.type]
    own = v.player == u.player
    if tech in (ARCHON_WARP, DARK_ARCHON_MELD):
        if v.type != u.type:
            return INCOMPATIBLE_UNIT_TYPE
        return NO_ERROR if own else UNIT_NOT_OWNED
    if tech == CONSUME:
        if not own:
            return UNIT_NOT_OWNED
        return INCOMPATIBLE_UNIT_TYPE if t.race != ZERG or v.type == LARVA else NO_ERROR
    if tech == BROODLINGS:
        return INCOMPATIBLE_UNIT_TYPE if t.robotic or t.flyer or not (t.organic or t.mechanical) else NO_ERROR
    if tech == LOCKDOWN:
        return NO_ERROR if t.mechanical else INCOMPATIBLE_UNIT_TYPE
    if tech == MIND_CONTROL:
        if own:
            return INVALID_PARAMETER
        return INCOMPATIBLE_UNIT_TYPE if NEVER_MINDED[v.type] else NO_ERROR
    if tech == FEEDBACK:
        return NO_ERROR if t.spellcaster else INCOMPATIBLE_UNIT_TYPE
    if tech == INFESTATION:
        return NO_ERROR if is_weak_center(v) else INVALID_PARAMETER
    return NO_ERROR


@inline
def _healing_error(units: Units, i: int, j: int) -> int:
    v = units[j]
    t = UNIT_TYPES[v.type]
    if v.hp_256 >= t.max_hp << 8:
        return INCOMPATIBLE_STATE
    if not t.organic or t.flyer:
        return INCOMPATIBLE_UNIT_TYPE
    return INVALID_PARAMETER if are_enemies(units, i, j) else NO_ERROR


@inline
def _state_error(v: Any, tech: int) -> int:
    """Return why `v`, a unit of a fitting type, cannot be the target of a technology now."""
    t = UNIT_TYPES[v.type]
    if tech in (ARCHON_WARP, DARK_ARCHON_MELD):
        if v.status & HALLUCINATION:
            return INVALID_PARAMETER
        if v.maelstrom_timer > 0:
            return INCOMPATIBLE_STATE
    if tech == INFESTATION or (TAKES_POSITION[tech] and tech != HEALING):
        return NO_ERROR
    if v.stasis_timer > 0:
        return INCOMPATIBLE_STATE
    if t.invincible and tech not in (CONSUME, FEEDBACK):
        return INVALID_PARAMETER
    return INCOMPATIBLE_UNIT_TYPE if t.building and tech != YAMATO_GUN else NO_ERROR


@inline
def _can_hit(u: Any, v: Any, tech: int) -> bool:
    """Say whether the game itself lets `u` aim a technology at `v`."""
    if TAKES_POSITION[tech]:
        return True
    t = UNIT_TYPES[v.type]
    if v.status & INTANGIBLE or is_hidden_from(v, whole(u.player)):
        return False
    weapon = CAST_WEAPONS[tech]
    if weapon == NO_WEAPON:
        return True
    w = WEAPON_TYPES[weapon]
    if not (w.targets_air if v.flies else w.targets_ground):
        return False
    if (w.targets_non_building and t.building) or (w.targets_mechanical and not t.mechanical):
        return False
    if (w.targets_non_robotic and t.robotic) or (w.targets_organic and not t.organic):
        return False
    return not w.targets_organic_or_mechanical or bool(t.organic or t.mechanical)


@inline
def _target_error(units: Units, i: int, target: int, tech: int) -> int:
    """Return why unit `i` cannot use a technology on a unit."""
    if target < 0 or units[target].is_hidden or units[target].order == ORDER_DIE:
        return UNIT_DOES_NOT_EXIST
    v = units[target]
    if NEVER_TARGETED[v.type]:
        return INCOMPATIBLE_UNIT_TYPE
    error = _healing_error(units, i, target) if tech == HEALING else _kind_error(units[i], v, tech)
    if error == NO_ERROR:
        error = _state_error(v, tech)
    if error != NO_ERROR:
        return error
    if target == i:
        return INVALID_PARAMETER
    if tech in (ARCHON_WARP, DARK_ARCHON_MELD):
        return NO_ERROR if may_merge(units, i, target) else UNABLE_TO_HIT
    return NO_ERROR if _can_hit(units[i], v, tech) else UNABLE_TO_HIT


@inline
def tech_error(
    units: Units, game: Game, index: Index, i: int, target: int, kind: int, tech: int, x: int, y: int
) -> int:
    """Return why unit `i` cannot use a technology, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit; complete, on the map, no hallucination.
        target: slot of the target, NO_SLOT for none.
        kind: USE_TECH, USE_TECH_POSITION or USE_TECH_UNIT.
        tech: BWAPI TechType id, any number.
        x: pixels.
        y: pixels.
    """
    u = units[i]
    if not 0 <= tech < len(CAST_ENERGY):
        return INCOMPATIBLE_TECH_TYPE
    if not UNIT_TYPES[u.type].hero and not game.techs[u.player, tech]:
        return INSUFFICIENT_TECH
    if u.energy_256 < CAST_ENERGY[tech] << 8 and UNIT_TYPES[u.type].max_energy > 0:
        return INSUFFICIENT_ENERGY
    if not CASTERS[u.type, tech]:
        return INCOMPATIBLE_UNIT_TYPE
    if u.status & BURROWED:
        return INCOMPATIBLE_STATE
    if tech == SPIDER_MINES and u.spider_mines == 0:
        return INSUFFICIENT_AMMO
    if tech == NUCLEAR_STRIKE and ready_missile(units, game, index, whole(u.player)) < 0:
        return INSUFFICIENT_AMMO
    if kind == USE_TECH:
        if TAKES_UNIT[tech] or TAKES_POSITION[tech] or tech != STIM_PACKS:
            return INCOMPATIBLE_TECH_TYPE
        return NO_ERROR if u.hp_256 > STIM_COST_256 else UNABLE_TO_HIT
    if kind == USE_TECH_POSITION:
        if not TAKES_POSITION[tech]:
            return INCOMPATIBLE_TECH_TYPE
        return NO_ERROR if 0 <= x < game.width_px and 0 <= y < game.height_px else INVALID_PARAMETER
    return _target_error(units, i, target, tech) if TAKES_UNIT[tech] else INCOMPATIBLE_TECH_TYPE
