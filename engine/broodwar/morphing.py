"""Zerg production: larvae become eggs, eggs units; drones become buildings, buildings better ones.

Source: MECHANICS.md 10; the frames between the end of the time and the use of what came out are measured there.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import begin_unit, complete_building, face_own_way, finish_unit, grow
from engine.broodwar.collision import note_overlaps
from engine.broodwar.creep import cover_site, keep
from engine.broodwar.errors import INCOMPATIBLE_UNIT_TYPE, NO_ERROR, UNIT_BUSY
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.making import lacks_price, make_error, pay, refund, supply_lacks
from engine.broodwar.order_queue import (
    drop_one,
    go_to,
    kill,
    order_done,
    queue_first,
    queue_last,
    set_order,
)
from engine.broodwar.presence import move_to_place
from engine.broodwar.production_table import IS_MORPHED, PRODUCTION
from engine.broodwar.retyping import begin_refinery, change_type
from engine.broodwar.rules_table import NO_TYPE, UNIT_TYPE_NAMES
from engine.broodwar.scripts import INIT, play
from engine.broodwar.siting import can_place, geyser_at
from engine.broodwar.state import (
    IMMOVABLE,
    MAY_OVERLAP,
    NO_BREAK,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_DRONE_BUILD,
    ORDER_DRONE_LAND,
    ORDER_DRONE_START_BUILD,
    ORDER_INCOMPLETE_MORPHING,
    ORDER_NOTHING,
    ORDER_RESEARCH_TECH,
    ORDER_RESET_COLLISION,
    ORDER_UPGRADE,
    ORDER_ZERG_BIRTH,
    ORDER_ZERG_BUILDING_MORPH,
    ORDER_ZERG_UNIT_MORPH,
    PASSES_ALL,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import send_to_rally
from engine.core.fixed import length, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

HYDRALISK: Final = UNIT_TYPE_NAMES.index("Zerg_Hydralisk")
MUTALISK: Final = UNIT_TYPE_NAMES.index("Zerg_Mutalisk")

EGG_OF: Final = np.full(len(UNIT_TYPE_NAMES), UNIT_TYPE_NAMES.index("Zerg_Egg"), np.int32)
"""(234,) the egg that a unit type becomes on its way to another one."""
EGG_OF[HYDRALISK] = UNIT_TYPE_NAMES.index("Zerg_Lurker_Egg")
EGG_OF[MUTALISK] = UNIT_TYPE_NAMES.index("Zerg_Cocoon")

HATCH_FRAMES: Final = 16
BIRTH_FRAMES: Final = 14
"""From the end of an egg's time to its unit, and to the unit's use, as in recorded real games."""

MORPHED_FRAMES: Final = 6
"""From the end of a building's time to its use (MECHANICS.md 10: build time + 8)."""

TWIN_X_PX: Final = 7
TWIN_Y_PX: Final = 3
"""The second unit of an egg appears so far to the west and south of it; the first one moves as far the other way."""

TWIN_HEADINGS: Final = {"Zerg_Zergling": 80, "Zerg_Scourge": 208}
TWIN_HEADING: Final = np.zeros(len(UNIT_TYPE_NAMES), np.int64)
for _name, _heading in TWIN_HEADINGS.items():
    TWIN_HEADING[UNIT_TYPE_NAMES.index(_name)] = _heading

DRONE_RISES_PX: Final = 7
FLYER_RISES_PX: Final = 42


def _rises() -> NDArray[np.int64]:
    """Return (unit types,) how far above its egg a unit is born; those of a cocoon stay where they are."""
    rises = np.where(UNIT_TYPES["flyer"] != 0, FLYER_RISES_PX, 0).astype(np.int64)
    rises[UNIT_TYPE_NAMES.index("Zerg_Drone")] = DRONE_RISES_PX
    rises[PRODUCTION["is_two_in_one_egg"] != 0] = 0
    rises[PRODUCTION["built_by"] == MUTALISK] = 0
    return rises


RISES_PX: Final = _rises()

DRONE_HEIGHT_PX: Final = 7
FAR_FROM_PLACE_PX: Final = 128

# order_state of ZergUnitMorph and IncompleteMorphing.
BEGIN: Final = 0
GROWING: Final = 1
HATCHING: Final = 2
STAYS: Final = 1
"""State of a birth: who comes out of an egg that was called off stays where it is."""


@inline
def morph_error(units: Units, game: Game, index: Index, i: int, kind: int) -> int:
    """Return why larva, unit or building `i` cannot become another type now, NO_ERROR if it can."""
    u = units[i]
    busy = u.order in (ORDER_ZERG_UNIT_MORPH, ORDER_ZERG_BUILDING_MORPH, ORDER_RESEARCH_TECH, ORDER_UPGRADE)
    if not u.is_complete or busy or u.build_type >= 0:
        return UNIT_BUSY
    if not 0 <= kind < len(UNIT_TYPES) or PRODUCTION[kind].built_by != u.type or not IS_MORPHED[kind]:
        return INCOMPATIBLE_UNIT_TYPE
    return make_error(units, game, index, i, kind, whole(UNIT_TYPES[u.type].supply_required_half), True)


@inline
def morph(units: Units, game: Game, i: int, kind: int) -> None:
    """Pay for another type and begin to become it; `morph_error` has no objection."""
    u = units[i]
    pay(game, whole(u.player), kind)
    is_building = UNIT_TYPES[u.type].building
    set_order(units, game, i, ORDER_ZERG_BUILDING_MORPH if is_building else ORDER_ZERG_UNIT_MORPH, NO_SLOT, 0, 0)
    u.build_type = kind


@inline
def _morph_unit(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Let a larva become an egg, and an egg what it holds."""
    u = units[i]
    kind = whole(u.build_type)
    player = whole(u.player)
    if u.order_state == BEGIN:
        if supply_lacks(units, game, index, player, kind, whole(UNIT_TYPES[u.type].supply_required_half)):
            refund(game, player, kind)
            u.build_type = NO_TYPE
            set_order(units, game, i, whole(UNIT_TYPES[u.type].return_to_idle_order), NO_SLOT, 0, 0)
            return
        change_type(units, game, index, i, EGG_OF[u.type])
        note_overlaps(units, game, index, i)  # nobody minds a larva; an egg is in the way
        u.order = ORDER_ZERG_UNIT_MORPH
        u.status |= NOT_INTERRUPTIBLE
        u.build_type = kind
        u.build_frames = UNIT_TYPES[kind].build_time_frames
        u.order_state = GROWING
        return
    if u.build_frames > 0:
        u.build_frames -= 1
    elif u.order_state == GROWING:
        u.build_frames = HATCH_FRAMES
        u.order_state = HATCHING
    elif u.order_state == HATCHING:
        change_type(units, game, index, i, kind)
        note_overlaps(units, game, index, i)
        u.order = ORDER_ZERG_BIRTH
        u.status |= NOT_INTERRUPTIBLE | NO_BREAK
        u.hp_256 = UNIT_TYPES[kind].max_hp << 8
        u.build_frames = BIRTH_FRAMES
        u.order_state = BEGIN


@inline
def _bear_twin(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> int:
    """Let the second unit of an egg appear beside the first, which makes room; return its slot, or NO_SLOT."""
    u = units[i]
    kind = whole(u.type)
    x = whole(u.x)
    y = whole(u.y)
    move_to_place(units, game, index, i, x + TWIN_X_PX, y - TWIN_Y_PX)
    twin = begin_unit(units, game, kind, whole(u.player), x - TWIN_X_PX, y + TWIN_Y_PX)
    if twin < 0:
        return NO_SLOT
    x = whole(units[twin].x)
    y = whole(units[twin].y)
    if not finish_unit(units, game, index, terrain, twin, TWIN_HEADING[kind]):
        return NO_SLOT
    move_to_place(units, game, index, twin, x, y)
    units[twin].status |= MAY_OVERLAP
    return twin


@inline
def _be_born(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    kind = whole(u.type)
    home = whole(u.home)
    rises = RISES_PX[kind] if u.order_state != STAYS else 0
    twin = NO_SLOT
    if PRODUCTION[kind].is_two_in_one_egg:
        twin = _bear_twin(units, game, index, terrain, i)
    face_own_way(u, game)
    u.is_complete = 1
    u.home = NO_SLOT
    u.status &= ~NOT_INTERRUPTIBLE
    u.order = ORDER_NOTHING
    play(u, game, INIT)
    set_order(units, game, i, whole(UNIT_TYPES[kind].idle_order), NO_SLOT, 0, 0)
    if rises > 0:
        move_to_place(units, game, index, i, whole(u.x), u.y - rises)
    note_overlaps(units, game, index, i)  # it may reach into the hatchery, and stand on others
    if home >= 0:
        send_to_rally(units, game, home, i)
        if twin >= 0:
            send_to_rally(units, game, home, twin)


@inline
def _land(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Bring a drone to the exact place where it shall become a building."""
    u = units[i]
    x = whole(u.order_x)
    y = whole(u.order_y)
    if u.order_state == 0:
        go_to(u, game, x, y - DRONE_HEIGHT_PX)
        u.look_x = x
        u.look_y = y - DRONE_HEIGHT_PX
        u.order_state = 1
    elif u.order_state == 1 and is_at_goal(u):
        far = length(x - u.x, y - u.y) > FAR_FROM_PLACE_PX
        kind = whole(u.build_type)
        fits = kind >= 0 and not far and can_place(units, game, index, terrain, creep, i, kind, x, y)
        if u.status & IMMOVABLE or not fits:
            u.build_type = NO_TYPE
            drop_one(u, ORDER_DRONE_BUILD)
            set_order(units, game, i, whole(UNIT_TYPES[u.type].return_to_idle_order), NO_SLOT, 0, 0)
            return
        if PRODUCTION[kind].is_refinery:
            u.status |= PASSES_ALL
        go_to(u, game, x, y)
        u.look_x = x
        u.look_y = y
        u.status |= NOT_INTERRUPTIBLE
        u.order_state = 2
    elif u.order_state == 2 and is_at_goal(u):
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)


@inline
def _become_building(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    u = units[i]
    kind = whole(u.build_type)
    player = whole(u.player)
    x = whole(u.order_x)
    y = whole(u.order_y)
    there = u.x == x and u.y == y and kind >= 0
    affordable = there and lacks_price(game, player, kind) == NO_ERROR
    if not affordable or not can_place(units, game, index, terrain, creep, i, kind, x, y):
        u.build_type = NO_TYPE
        queue_first(u, ORDER_RESET_COLLISION, NO_SLOT, 0, 0)
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)
        return
    pay(game, player, kind)
    if PRODUCTION[kind].is_refinery:
        geyser = geyser_at(units, game, index, x, y)
        begin_refinery(units, game, index, geyser, kind, player, ORDER_INCOMPLETE_MORPHING)
        units[geyser].former_hp_256 = u.hp_256
        kill(units, game, i)
        return
    former_hp_256 = whole(u.hp_256)
    change_type(units, game, index, i, kind)
    u.former_hp_256 = former_hp_256
    u.hp_256 = (UNIT_TYPES[kind].max_hp << 8) // 10
    u.order = ORDER_INCOMPLETE_MORPHING
    u.order_state = BEGIN
    keep(units, game, creep, i)
    cover_site(creep, terrain, kind, x, y)


@inline
def _begin_better_form(units: Units, game: Game, i: int) -> None:
    u = units[i]
    kind = whole(u.build_type)
    u.is_complete = 0
    u.build_frames = UNIT_TYPES[kind].build_time_frames
    u.order = ORDER_INCOMPLETE_MORPHING
    u.order_state = BEGIN


@inline
def _grow(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Let a Zerg building grow by one frame, and finish at the end."""
    u = units[i]
    kind = whole(u.type)
    if u.build_frames > 0:
        u.build_frames -= 1
        if u.order_state == BEGIN and u.build_type < 0:
            grow(u)
        return
    if u.order_state == BEGIN:
        u.build_frames = MORPHED_FRAMES
        u.order_state = GROWING
        return
    better = whole(u.build_type)
    if better >= 0:
        hp = u.hp_256 + ((UNIT_TYPES[better].max_hp - UNIT_TYPES[kind].max_hp) << 8)
        timer = u.larva_timer
        change_type(units, game, index, i, better)
        u.hp_256 = max(hp, 256)
        u.larva_timer = timer
        kind = better
    complete_building(units, game, i)
    keep(units, game, creep, i)
    if PRODUCTION[kind].produces_creep or PRODUCTION[kind].requires_creep:
        cover_site(creep, terrain, kind, whole(u.x), whole(u.y))


@inline
def run_morphing(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Run one of the orders of Zerg production: those that run in every frame, and those of the nine-frame clock.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the unit.
    """
    u = units[i]
    order = u.order
    if order == ORDER_ZERG_BIRTH:
        if u.build_frames > 0:
            u.build_frames -= 1
            if u.build_frames == 0:
                u.status &= ~NO_BREAK
        else:
            _be_born(units, game, index, terrain, i)
    elif order == ORDER_ZERG_UNIT_MORPH:
        _morph_unit(units, game, index, terrain, i)
    elif order == ORDER_INCOMPLETE_MORPHING:
        _grow(units, game, index, terrain, creep, i)
    elif order == ORDER_DRONE_START_BUILD:
        x = whole(u.order_x)
        y = whole(u.order_y)
        kind = whole(u.build_type)
        set_order(units, game, i, ORDER_DRONE_LAND, NO_SLOT, x, y)
        queue_last(u, ORDER_DRONE_BUILD, NO_SLOT, x, y)
        u.build_type = kind
    elif order == ORDER_DRONE_LAND:
        _land(units, game, index, terrain, creep, i)
    elif order == ORDER_DRONE_BUILD:
        _become_building(units, game, index, terrain, creep, i)
    elif order == ORDER_ZERG_BUILDING_MORPH:
        _begin_better_form(units, game, i)
