"""Construction, morphs and add-ons that a player calls off: what comes back, and what is left.

A building returns three quarters of its price, an egg all of it. A Zerg building becomes the drone again that it was,
with the drone's hit points; a better form that is called off leaves the old one as it stands. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import drop_addon
from engine.broodwar.armies import complete_building, create_unit
from engine.broodwar.creep import let_recede
from engine.broodwar.errors import INCOMPATIBLE_STATE, INCOMPATIBLE_UNIT_TYPE, NO_ERROR
from engine.broodwar.making import HOLDS_ANOTHER, refund, refund_building
from engine.broodwar.morphing import BIRTH_FRAMES, HATCHING, STAYS
from engine.broodwar.nydus import NYDUS_CANAL
from engine.broodwar.order_queue import kill, queue_last, set_order
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.retyping import change_type
from engine.broodwar.rules_table import NO_TYPE, RACES, UNIT_TYPE_NAMES
from engine.broodwar.state import (
    NO_BREAK,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_BUILD_ADDON,
    ORDER_DIE,
    ORDER_NOTHING,
    ORDER_RESET_COLLISION,
    ORDER_ZERG_BIRTH,
    ORDER_ZERG_BUILDING_MORPH,
    ORDER_ZERG_UNIT_MORPH,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

ZERG: Final = RACES.index("Zerg")
DRONE: Final = UNIT_TYPE_NAMES.index("Zerg_Drone")

FORMER_TYPES: Final = np.full(len(UNIT_TYPE_NAMES), NO_TYPE, np.int32)
"""(234,) what an egg was that a unit, not a larva, went into."""
FORMER_TYPES[UNIT_TYPE_NAMES.index("Zerg_Lurker_Egg")] = UNIT_TYPE_NAMES.index("Zerg_Hydralisk")
FORMER_TYPES[UNIT_TYPE_NAMES.index("Zerg_Cocoon")] = UNIT_TYPE_NAMES.index("Zerg_Mutalisk")


@inline
def _is_egg(u: Any) -> bool:
    return bool(HOLDS_ANOTHER[u.type] and u.order == ORDER_ZERG_UNIT_MORPH and u.order_state <= HATCHING)


@inline
def _becomes_better(u: Any) -> bool:
    """Say whether `u` is a building that turns, or has been told to turn, into a better form."""
    begun = u.order == ORDER_ZERG_BUILDING_MORPH or not u.is_complete
    return bool(u.build_type >= 0 and UNIT_TYPES[u.type].building and UNIT_TYPES[u.type].race == ZERG and begun)


@inline
def _is_exit(u: Any) -> bool:
    """Say whether `u` is the other end of a nydus canal, which nobody can call off."""
    return bool(u.type == NYDUS_CANAL and u.addon >= 0)


@inline
def cancel_construction_error(u: Any) -> int:
    """Return why the construction of `u` cannot be called off, NO_ERROR if it can."""
    if not UNIT_TYPES[u.type].building:
        return INCOMPATIBLE_UNIT_TYPE
    return INCOMPATIBLE_STATE if u.is_complete or _is_exit(u) else NO_ERROR


@inline
def cancel_morph_error(u: Any) -> int:
    """Return why the morph of `u` cannot be called off, NO_ERROR if it can."""
    grows = UNIT_TYPES[u.type].building and UNIT_TYPES[u.type].race == ZERG and not u.is_complete
    may = _is_egg(u) or _becomes_better(u) or (grows and not _is_exit(u))
    return NO_ERROR if may else INCOMPATIBLE_STATE


@inline
def cancel_addon_error(units: Units, i: int) -> int:
    """Return why building `i` cannot call its add-on off, NO_ERROR if it can."""
    u = units[i]
    return NO_ERROR if u.secondary_order == ORDER_BUILD_ADDON and u.product >= 0 else INCOMPATIBLE_UNIT_TYPE


@inline
def _crack(units: Units, game: Game, index: Index, i: int) -> None:
    """Call an egg off: a larva's is lost, another unit comes out of its own as it was."""
    u = units[i]
    refund(game, whole(u.player), whole(u.build_type))
    former = whole(FORMER_TYPES[u.type])
    if former < 0:
        kill(units, game, i)
        return
    change_type(units, game, index, i, former)
    u.order = ORDER_ZERG_BIRTH
    u.status |= NOT_INTERRUPTIBLE | NO_BREAK
    u.build_frames = BIRTH_FRAMES
    u.order_state = STAYS


@inline
def _become_drone(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Turn an unfinished Zerg building back into its drone; an extractor frees its geyser."""
    u = units[i]
    hp_256 = whole(u.former_hp_256)
    if PRODUCTION[u.type].is_refinery:
        drone = create_unit(units, game, index, terrain, DRONE, whole(u.player), whole(u.x), whole(u.y), -1)
        kill(units, game, i)
        if drone < 0:
            return
    else:
        drone = i
        kind = whole(u.type)
        change_type(units, game, index, i, DRONE)
        let_recede(units, game, index, creep, i, kind, False)
        u.is_complete = 1
        u.build_frames = 0
        u.order = ORDER_NOTHING
        set_order(units, game, i, ORDER_RESET_COLLISION, NO_SLOT, 0, 0)
        queue_last(u, whole(UNIT_TYPES[DRONE].return_to_idle_order), NO_SLOT, 0, 0)
    if hp_256 > 0:
        units[drone].hp_256 = hp_256


@inline
def cancel_building(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Call off what unit `i`, an egg or an unfinished building, is becoming.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: a unit of which `cancel_construction_error` or `cancel_morph_error` says that it can.
    """
    u = units[i]
    player = whole(u.player)
    parent = whole(u.builder)
    if _is_egg(u):
        _crack(units, game, index, i)
    elif _becomes_better(u):
        refund_building(game, player, whole(u.build_type))
        u.build_type = NO_TYPE
        complete_building(units, game, i)
    elif PRODUCTION[u.type].is_addon and parent >= 0:
        drop_addon(units, game, parent)
    elif u.order != ORDER_DIE:
        refund_building(game, player, whole(u.type))
        if UNIT_TYPES[u.type].race == ZERG:
            _become_drone(units, game, index, terrain, creep, i)
        else:
            kill(units, game, i)
