"""Units come and go: creation with the search for a free place, the end of a unit.

A new unit becomes the second of the update list: the first stays first, the others follow from new to old. Source:
MECHANICS.md 1.1, 3.5 and 12.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.bullets import forget_unit
from engine.broodwar.collision import first_inside
from engine.broodwar.finder import insert_box, remove_box
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y, drop_queued, set_order
from engine.broodwar.production_table import START_RESOURCES
from engine.broodwar.repulsion import enter_cell, leave_cell
from engine.broodwar.rules_table import NO_TYPE
from engine.broodwar.scripts import INIT, draw, play, set_heading
from engine.broodwar.state import (
    MAY_OVERLAP,
    NO_SLOT,
    NUM_PLAYERS,
    ORDER_NOTHING,
    SLOT_ALIVE,
    SLOT_FREE,
    SLOTS_PER_GENERATION,
    STATE_INIT,
)
from engine.broodwar.tables import TOP_SPEEDS_256, UNIT_TYPES
from engine.broodwar.terrain import box_blocked
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Deaths = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

START_ENERGY_256: Final = 50 << 8
RANDOM_DIRECTION: Final = 32
"""`unit_direction` of types that are created facing anywhere."""

SEARCH_BEFORE_PX: Final = 128
SEARCH_BEHIND_PX: Final = 127
SEARCH_STEP_PX: Final = 8
RING_STEP_PX: Final = 16


@inline
def _free_slot(units: Units, game: Game) -> int:
    for i in range(game.capacity):
        if units[i].slot_state == SLOT_FREE:
            return i
    return NO_SLOT


@inline
def _clear(u: Any, kind: int, player: int, x: int, y: int) -> None:
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
    u.stim_timer = 0
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


@inline
def _stands_free(units: Units, game: Game, index: Index, terrain: Terrain, kind: int, x: int, y: int) -> bool:
    """Say whether the map allows a unit of type `kind` at (x, y); other units do not matter."""
    t = UNIT_TYPES[kind]
    if y + t.down >= game.height_px - BOTTOM_MARGIN_PX:
        return False
    return t.flyer or not box_blocked(terrain, x - t.left, y - t.up, x + t.right, y + t.down)


@inline
def _blocker_at(units: Units, game: Game, index: Index, kind: int, x: int, y: int) -> int:
    t = UNIT_TYPES[kind]
    return first_inside(units, game, index, x - t.left, y - t.up, x + t.right, y + t.down, t.flyer)


@inline
def _round_down(value: int) -> int:
    return value // SEARCH_STEP_PX * SEARCH_STEP_PX


@inline
def _search_side(
    units: Units, game: Game, index: Index, terrain: Terrain, kind: int, x: int, y: int, end: int, dx: int, dy: int
) -> tuple[bool, int, int]:
    """Walk one side of the search ring from (x, y) until coordinate `end`; return the first free place."""
    while True:
        at = x * dx * dx + y * dy * dy
        if (at - end) * (dx + dy) > 0:
            return False, 0, 0
        t = UNIT_TYPES[kind]
        inside = x - t.left >= 0 and y - t.up >= 0 and x + t.right < game.width_px
        if inside and y + t.down < game.height_px - BOTTOM_MARGIN_PX:
            j = _blocker_at(units, game, index, kind, x, y)
            if j < 0:
                if _stands_free(units, game, index, terrain, kind, x, y):
                    return True, x, y
            else:  # skip past the blocker, on to the grid of eight
                s = UNIT_TYPES[units[j].type]
                if dx > 0:
                    x += units[j].x + s.right + 1 - (x - t.left)
                    x += -x & 7
                elif dx < 0:
                    x -= x + t.right - (units[j].x - s.left - 1)
                    x -= -x & 7
                elif dy > 0:
                    y += units[j].y + s.down + 1 - (y - t.up)
                    y += -y & 7
                else:
                    y -= y + t.down - (units[j].y - s.up - 1)
                    y -= -y & 7
                continue
        x += SEARCH_STEP_PX * dx
        y += SEARCH_STEP_PX * dy


@inline
def find_place(
    units: Units, game: Game, index: Index, terrain: Terrain, kind: int, x: int, y: int
) -> tuple[bool, int, int]:
    """Return the free place nearest to (x, y) in the game's order of search: outward, ring by ring.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        kind: unit type id.
        x: pixels.
        y: pixels.

    Returns:
        (found, x, y).
    """
    t = UNIT_TYPES[kind]
    low_x = max(x - SEARCH_BEFORE_PX, 0)
    low_y = max(y - SEARCH_BEFORE_PX, 0)
    high_x = min(x + SEARCH_BEHIND_PX, game.width_px - 1)
    high_y = min(y + SEARCH_BEHIND_PX, game.height_px - BOTTOM_MARGIN_PX - 1)
    blocker = _blocker_at(units, game, index, kind, x, y)
    if blocker < 0 and _stands_free(units, game, index, terrain, kind, x, y):
        return True, x, y
    width = SEARCH_STEP_PX
    height = SEARCH_STEP_PX
    if blocker >= 0:
        s = UNIT_TYPES[units[blocker].type]
        width = max(width, t.left + s.right + 2)
        height = max(height, t.up + s.down + 2)
    while not (x - width < low_x and y - height < low_y and x + width > high_x and y + height > high_y):
        left = max(_round_down(max(x - width, 0)), low_x)
        top = max(_round_down(max(y - height, 0)), low_y)
        right = min(_round_down(x + width + 7), high_x)
        bottom = min(_round_down(y + height + 7), high_y)
        inset = 0
        if width * 2 > (t.left + t.right + 1) * 2:
            inset = _round_down(t.left + t.right + 1 + 7)
        found, fx, fy = _search_side(units, game, index, terrain, kind, left + inset, bottom, right, 1, 0)
        if not found:
            found, fx, fy = _search_side(units, game, index, terrain, kind, right, bottom, top, 0, -1)
        if not found:
            found, fx, fy = _search_side(units, game, index, terrain, kind, right, top, left, -1, 0)
        if not found:
            found, fx, fy = _search_side(units, game, index, terrain, kind, left, top, bottom, 0, 1)
        if found:
            return True, fx, fy
        width += RING_STEP_PX
        height += RING_STEP_PX
    return False, 0, 0


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
    _clear(u, kind, player, clamped_x(kind, x, game), clamped_y(kind, y, game, 0))
    play(u, game, INIT)
    draw(game)
    return i


@inline
def _clear_place(u: Any, x: int, y: int) -> None:
    u.x = x
    u.y = y
    u.x_256 = x << 8
    u.y_256 = y << 8
    u.move_x = x
    u.move_y = y
    u.way_x = x
    u.way_y = y
    u.look_x = x
    u.look_y = y


@inline
def hide(game: Game, index: Index, i: int) -> None:
    """Enter unit `i`, which is not on the map, at the far end of the update list."""
    index[game.capacity - 1 - game.num_hidden] = i
    game.num_hidden += 1


@inline
def unhide(game: Game, index: Index, i: int) -> None:
    """Take unit `i` out of the units that are not on the map."""
    last = game.capacity - game.num_hidden
    at = last
    while index[at] != i:
        at += 1
    index[at] = index[last]
    game.num_hidden -= 1


@inline
def _enter_map(units: Units, game: Game, index: Index, i: int) -> None:
    """Enter unit `i` where it stands: second in the update list."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    u.is_hidden = 0
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)
    at = min(game.num_units, 1)
    for k in range(game.num_units, at, -1):
        index[k] = index[k - 1]
    index[at] = i
    game.num_units += 1


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
    _enter_map(units, game, index, i)
    u.order = order
    u.order_state = 0
    return i


@inline
def change_type(units: Units, game: Game, index: Index, i: int, kind: int) -> None:
    """Make unit `i`, which is on the map, one of another type: unfinished, with its share of hit points.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
        kind: unit type id.
    """
    u = units[i]
    home = u.home
    share = ((u.hp_256 >> 8) * UNIT_TYPES[kind].max_hp) // max(whole(UNIT_TYPES[u.type].max_hp), 1)
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    order = u.order
    state = u.order_state
    x = u.order_x
    y = u.order_y
    _clear(u, kind, whole(u.player), whole(u.x), whole(u.y))
    t = UNIT_TYPES[kind]
    u.order = order
    u.order_state = state
    u.order_x = x
    u.order_y = y
    u.home = home
    u.is_hidden = 0
    u.hp_256 = max(share, 1) << 8
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)


@inline
def move_to_place(units: Units, game: Game, index: Index, i: int, x: int, y: int) -> None:
    """Put unit `i`, which is on the map, at (x, y), clamped to the map."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    _clear_place(u, clamped_x(u.type, x, game), clamped_y(u.type, y, game, BOTTOM_MARGIN_PX))
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)


@inline
def begin_refinery(units: Units, game: Game, index: Index, j: int, kind: int, player: int, order: int) -> None:
    """Make a geyser a refinery that must be built yet; it keeps its gas.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        j: the geyser.
        kind: unit type id of the refinery.
        player: owner.
        order: that it has until it is complete.
    """
    u = units[j]
    t = UNIT_TYPES[kind]
    remove_box(units, game, index, j)
    u.type = kind
    u.player = player
    u.is_complete = 0
    u.build_frames = t.build_time_frames
    u.hp_256 = (t.max_hp << 8) // 10
    u.shield_256 = (t.max_shield << 8) // 10
    u.queue_count = 0
    u.order = order
    u.order_state = 0
    insert_box(units, game, index, j, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)


@inline
def _forget_target(u: Any, i: int) -> None:
    """Let `u` neither aim at unit `i` any more nor walk to it."""
    if u.order_target == i:
        u.order_target = NO_SLOT
    if u.move_target == i:
        u.move_target = NO_SLOT
    if u.auto_target == i:
        u.auto_target = NO_SLOT


@inline
def _forget(u: Any, i: int) -> None:
    """Clear every reference of `u` to unit `i`."""
    _forget_target(u, i)
    if u.patch == i:
        u.patch = NO_SLOT
    if u.rally_unit == i:
        u.rally_unit = NO_SLOT
    if u.builder == i:
        u.builder = NO_SLOT
    if u.home == i:
        u.home = NO_SLOT
    if u.gather_target == i:
        u.gather_target = NO_SLOT
        u.gathers = 0
    for m in range(u.queue_count - 1, -1, -1):
        if u.queue_target[m] == i:
            drop_queued(u, m)


@inline
def _leave_list(units: Units, game: Game, index: Index, i: int) -> None:
    """Take unit `i` off the map and out of the update list."""
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    at = 0
    while index[at] != i:
        at += 1
    for k in range(at, game.num_units - 1):
        index[k] = index[k + 1]
    game.num_units -= 1


@inline
def leave_map(units: Units, game: Game, index: Index, i: int) -> None:
    """Take unit `i` off the map without ending it."""
    u = units[i]
    for k in range(game.num_units):
        _forget_target(units[index[k]], i)
    _leave_list(units, game, index, i)
    u.is_hidden = 1
    u.has_path = 0
    u.movement_state = STATE_INIT
    hide(game, index, i)


@inline
def return_to_map(
    units: Units, game: Game, index: Index, terrain: Terrain, i: int, x: int, y: int, heading: int
) -> bool:
    """Put unit `i` back on the map at the free place nearest to (x, y); return whether there is one.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: a unit that left the map.
        x: pixels.
        y: pixels.
        heading: that it gets.
    """
    u = units[i]
    kind = whole(u.type)
    found, fx, fy = find_place(units, game, index, terrain, kind, x, y)
    if not found:
        return False
    set_heading(u, heading)
    _clear_place(u, clamped_x(kind, fx, game), clamped_y(kind, fy, game, BOTTOM_MARGIN_PX))
    u.move_target = NO_SLOT
    u.movement_flags = 0
    u.next_speed_256 = 0
    u.speed_256 = 0
    u.velocity_x_256 = 0
    u.velocity_y_256 = 0
    unhide(game, index, i)
    _enter_map(units, game, index, i)
    u.status |= MAY_OVERLAP
    u.has_path = 0
    u.movement_state = STATE_INIT
    return True


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
    u.order = ORDER_NOTHING
    set_order(units, game, i, whole(UNIT_TYPES[u.type].idle_order), NO_SLOT, 0, 0)


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
    if t.can_turn and not t.building:
        direction = whole(t.unit_direction)
        if direction == RANDOM_DIRECTION:
            direction = draw(game) % RANDOM_DIRECTION
        set_heading(u, 8 * direction)
    if not t.building:
        found, x, y = find_place(units, game, index, terrain, kind, whole(u.x), whole(u.y))
        if not found:
            return False
        _clear_place(u, clamped_x(kind, x, game), clamped_y(kind, y, game, BOTTOM_MARGIN_PX))
    if heading >= 0:
        set_heading(u, heading)
    u.slot_state = SLOT_ALIVE
    u.is_complete = 1
    u.build_frames = 0
    _enter_map(units, game, index, i)
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


@inline
def remove_unit(units: Units, bullets: Bullets, game: Game, index: Index, deaths: Deaths, i: int) -> None:
    """Take unit `i` off the map, clear every reference to it and report its death.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        deaths: (players, D) int32 ids of the dead that each player has not been told of.
        i: the unit.
    """
    for k in range(game.num_units):
        _forget(units[index[k]], i)
    for h in range(game.num_hidden):
        _forget(units[index[game.capacity - 1 - h]], i)
    forget_unit(bullets, game, i)
    _leave_list(units, game, index, i)
    unit_id = i + SLOTS_PER_GENERATION * units[i].generation
    for player in range(NUM_PLAYERS):
        count = game.num_deaths[player]
        if count < deaths.shape[1]:
            deaths[player, count] = unit_id
            game.num_deaths[player] = count + 1
    units[i].slot_state = SLOT_FREE
    units[i].generation += 1
