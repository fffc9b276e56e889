"""Units come into being: in production, on a building site, as another type, or complete at once.

Source: MECHANICS.md 1.1, 10 and 12.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import clear_afflictions
from engine.broodwar.order_queue import clamped_x, clamped_y, set_order
from engine.broodwar.placing import take_place
from engine.broodwar.power import note_power
from engine.broodwar.presence import enter_map
from engine.broodwar.production_table import START_RESOURCES
from engine.broodwar.rules_table import NO_TYPE, UNIT_TYPE_NAMES
from engine.broodwar.scripts import BUILT, INIT, draw, play, set_heading
from engine.broodwar.speed import apply_speed_upgrade
from engine.broodwar.state import (
    CLOAKED,
    HAS_TURRET,
    NO_SLOT,
    ORDER_NOTHING,
    ORDER_TURRET_GUARD,
    SLOT_ALIVE,
    SLOT_FREE,
    SLOT_TURRET,
    STATE_INIT,
)
from engine.broodwar.tables import SCRIPT_STARTS, TOP_SPEEDS_256, UNIT_TYPES
from engine.broodwar.upgraded import energy_max_256
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SHIELD_BATTERY: Final = UNIT_TYPE_NAMES.index("Protoss_Shield_Battery")
BATTERY_START_ENERGY_256: Final = 100 << 8
SPIDER_MINES: Final = 3
VULTURE: Final = UNIT_TYPE_NAMES.index("Terran_Vulture")
START_ENERGY_256: Final = 50 << 8
RANDOM_DIRECTION: Final = 32
"""`unit_direction` of types that are created facing anywhere."""


@inline
def _free_slot(units: Units, game: Game) -> int:
    for i in range(game.capacity):
        if units[i].slot_state == SLOT_FREE:
            return i
    return NO_SLOT


@inline
def clear_unit(u: Any, kind: int, player: int, x: int, y: int) -> None:
    """Make `u` a fresh unit of a type: unfinished, not on the map, with nothing to do."""
    t = UNIT_TYPES[kind]
    u.type = kind
    u.player = player
    u.x = x
    u.y = y
    u.x_256 = x << 8
    u.y_256 = y << 8
    u.velocity_x_256 = 0
    u.velocity_y_256 = 0
    u.move_x = x
    u.move_y = y
    u.way_x = x
    u.way_y = y
    u.look_x = x
    u.look_y = y
    u.heading = 0
    u.turn_goal = 0
    u.course = 0
    u.new_course = 0
    u.speed_256 = 0
    u.next_speed_256 = 0
    u.top_speed_256 = TOP_SPEEDS_256[kind]
    u.acceleration_256 = t.acceleration_256
    u.halt_256 = t.halt_distance_256
    u.base_top_256 = t.top_speed_256
    u.base_acceleration_256 = t.acceleration_256
    u.turn_rate = t.turn_rate
    u.turn_growth = 0
    u.mover = t.movement
    u.movement_flags = 0
    u.left = -1
    u.top = -1
    u.right = -1
    u.bottom = -1
    u.flies = t.flyer
    u.hp_256 = t.max_hp << 8
    u.shield_256 = t.max_shield << 8
    u.energy_256 = START_ENERGY_256
    u.status = 0
    u.user_flags = 0
    u.order = ORDER_NOTHING
    u.order_state = 0
    u.order_timer = 0
    u.main_timer = 0
    u.order_target = NO_SLOT
    u.order_x = 0
    u.order_y = 0
    u.auto_target = NO_SLOT
    u.ground_cooldown = 0
    u.air_cooldown = 0
    u.cycle = 0
    clear_afflictions(u)
    if t.has_permanent_cloak:
        u.status |= CLOAKED
    u.detected = 0
    u.detection_timer = 0
    u.field_timer = 0
    u.lifetime = 0
    u.healed_frame = -1
    u.container = NO_SLOT
    u.spider_mines = SPIDER_MINES if kind == VULTURE else 0
    u.broods_for = NO_SLOT
    u.num_flown = 0
    u.turret = NO_SLOT
    u.mount = NO_SLOT
    u.queue_count = 0
    u.animation = INIT
    u.script_at = -1
    u.script_wait = 0
    u.started_attack = -1
    u.hit_frame = -1
    u.movement_state = STATE_INIT
    u.move_target = NO_SLOT
    u.move_target_timer = 0
    u.blocked_count = 0
    u.repulsion_direction = 0
    u.repulsion_flags = 0
    u.repulsion_cell = 0
    u.has_path = 0
    u.path_blocker = -1
    u.resources = START_RESOURCES[kind]
    u.is_gathered = 0
    u.carries = 0
    u.cargo = 0
    u.gather_target = NO_SLOT
    u.gathers = 0
    u.patch = NO_SLOT
    u.patch_x = -1
    u.patch_y = -1
    u.is_complete = 0
    u.is_hidden = 1
    u.build_frames = max(t.build_time_frames, 1)
    u.build_type = NO_TYPE
    u.builder = NO_SLOT
    u.home = NO_SLOT
    u.larva_timer = 0
    u.creep_timer = 0
    for side in range(4):
        u.larva_sides[side] = 0
    u.secondary_order = ORDER_NOTHING
    u.secondary_state = 0
    u.product = NO_SLOT
    u.train_count = 0
    u.rally_unit = NO_SLOT
    u.rally_x = -1
    u.rally_y = -1
    u.addon = NO_SLOT
    u.tech = NO_TYPE
    u.upgrade = NO_TYPE
    u.research_frames = 0
    u.is_faster = 0
    u.pace = 0
    u.former_hp_256 = 0
    u.is_unpowered = 0
    u.num_fighters = 0


@inline
def begin_unit(units: Units, game: Game, kind: int, player: int, x: int, y: int) -> int:
    """Make a unit that is neither complete nor on the map yet; return its slot.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        kind: unit type id.
        player: owner.
        x: pixels.
        y: pixels.

    Returns:
        The slot; NO_SLOT if none is free.
    """
    draw(game)
    i = _free_slot(units, game)
    if i < 0:
        return NO_SLOT
    u = units[i]
    clear_unit(u, kind, player, clamped_x(kind, x, game), clamped_y(kind, y, game, 0))
    if kind == SHIELD_BATTERY:
        u.energy_256 = BATTERY_START_ENERGY_256
    else:
        u.energy_256 = energy_max_256(u, game) // 4
    apply_speed_upgrade(u, game)
    play(u, game, INIT)
    draw(game)
    return i


@inline
def attach_turret(units: Units, game: Game, i: int) -> bool:
    """Give unit `i` the turret of its type, if that has one; return False if there is no free slot for it."""
    kind = whole(UNIT_TYPES[units[i].type].turret)
    units[i].turret = NO_SLOT
    if kind == NO_TYPE:
        return True
    j = _free_slot(units, game)
    if j < 0:
        return False
    draw(game)
    u = units[i]
    v = units[j]
    clear_unit(v, kind, whole(u.player), whole(u.x), whole(u.y))
    draw(game)
    v.slot_state = SLOT_TURRET
    v.is_complete = 1
    v.mount = i
    v.heading = u.heading
    v.order = ORDER_TURRET_GUARD
    u.turret = j
    u.status |= HAS_TURRET
    return True


@inline
def begin_building(units: Units, game: Game, index: Index, kind: int, player: int, x: int, y: int, order: int) -> int:
    """Put a building on the map that must be built yet; return its slot.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        kind: unit type id.
        player: owner.
        x: centre, pixels.
        y: likewise.
        order: that it has until it is complete.

    Returns:
        The slot; NO_SLOT if none is free.
    """
    i = begin_unit(units, game, kind, player, x, y)
    if i < 0:
        return NO_SLOT
    u = units[i]
    u.slot_state = SLOT_ALIVE
    u.hp_256 = (UNIT_TYPES[kind].max_hp << 8) // 10
    u.shield_256 = (UNIT_TYPES[kind].max_shield << 8) // 10
    enter_map(units, game, index, i)
    u.order = order
    u.order_state = 0
    return i


@inline
def grow(u: Any) -> None:
    """Give an unfinished unit the hit points of one frame of work: from a tenth to all in its build time."""
    t = UNIT_TYPES[u.type]
    full = t.max_hp << 8
    frames = max(t.build_time_frames, 1)
    u.hp_256 = min(u.hp_256 + max((full - full // 10 + frames - 1) // frames, 1), full)


@inline
def _settle(u: Any, game: Game) -> None:
    """Start the animation of a complete building, if it has one: some draw random numbers."""
    if SCRIPT_STARTS[u.type, BUILT] >= 0:
        play(u, game, BUILT)


@inline
def complete_building(units: Units, game: Game, i: int) -> None:
    """End the construction of building `i`.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        i: a building on the map.
    """
    u = units[i]
    u.is_complete = 1
    u.build_frames = 0
    u.builder = NO_SLOT
    note_power(game, whole(u.type))
    _settle(u, game)
    u.order = ORDER_NOTHING
    set_order(units, game, i, whole(UNIT_TYPES[u.type].idle_order), NO_SLOT, 0, 0)


@inline
def face_own_way(u: Any, game: Game) -> None:
    """Turn `u`, which is complete from now on, to where its type looks at first: by chance, for most."""
    t = UNIT_TYPES[u.type]
    if t.can_turn and not t.building:
        direction = whole(t.unit_direction)
        if direction == RANDOM_DIRECTION:
            direction = draw(game) % RANDOM_DIRECTION
        set_heading(u, 8 * direction)


@inline
def finish_unit(units: Units, game: Game, index: Index, terrain: Terrain, i: int, heading: int) -> bool:
    """Complete unit `i` and put it on the map at the free place nearest to where it is; return whether there is one.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit, not on the map.
        heading: direction 0-255, or -1 for the type's own (often random).
    """
    u = units[i]
    kind = whole(u.type)
    t = UNIT_TYPES[kind]
    face_own_way(u, game)
    if not t.building and not take_place(units, game, index, terrain, i, whole(u.x), whole(u.y)):
        return False
    if heading >= 0:
        set_heading(u, heading)
    u.slot_state = SLOT_ALIVE
    if not attach_turret(units, game, i):
        u.slot_state = SLOT_FREE
        return False
    u.is_complete = 1
    u.build_frames = 0
    note_power(game, kind)
    if t.building:
        _settle(u, game)
    enter_map(units, game, index, i)
    set_order(units, game, i, whole(t.idle_order), NO_SLOT, 0, 0)
    return True


@inline
def create_unit(
    units: Units, game: Game, index: Index, terrain: Terrain, kind: int, player: int, x: int, y: int, heading: int
) -> int:
    """Create a complete unit at the free place nearest to (x, y); return its slot.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        kind: unit type id.
        player: owner.
        x: pixels.
        y: pixels.
        heading: direction 0-255, or -1 for the type's own (often random).

    Returns:
        The slot; NO_SLOT if there is no free slot or place.
    """
    i = begin_unit(units, game, kind, player, x, y)
    if i < 0 or not finish_unit(units, game, index, terrain, i, heading):
        return NO_SLOT
    return i
