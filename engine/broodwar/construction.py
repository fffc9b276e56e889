"""Workers that build: where a building may stand, the way there, and the work.

A Terran worker stays and moves about inside; a Protoss one is free again at once and the building warps in by itself.
Both pay on arrival, when the place is looked at again. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import begin_building, complete_building, grow
from engine.broodwar.collision import note_overlaps
from engine.broodwar.errors import INCOMPATIBLE_UNIT_TYPE, NO_ERROR, UNBUILDABLE_LOCATION, UNIT_BUSY
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.making import lacks_price, make_error, pay
from engine.broodwar.order_queue import (
    approach,
    go_to,
    order_done,
    queue_first,
    queue_last,
    set_order,
    set_queued,
    stop_moving,
)
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.retyping import begin_refinery
from engine.broodwar.rules_table import NO_TYPE, RACES, UNIT_TYPE_NAMES
from engine.broodwar.scripts import WALKING_END, draw, draw_between, play
from engine.broodwar.siting import ZERG, can_place, geyser_at, site_x, site_y
from engine.broodwar.state import (
    GATHERING,
    IMMOVABLE,
    MAY_OVERLAP,
    MOVING,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DRONE_START_BUILD,
    ORDER_INCOMPLETE_BUILDING,
    ORDER_INCOMPLETE_WARPING,
    ORDER_MOVE_TO_GAS,
    ORDER_PLACE_BUILDING,
    ORDER_PLACE_PROTOSS_BUILDING,
    ORDER_RESET_COLLISION,
    PASSES_ALL,
    STATE_INIT,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import length, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

PROTOSS: Final = RACES.index("Protoss")
ASSIMILATOR: Final = UNIT_TYPE_NAMES.index("Protoss_Assimilator")

FAR_FROM_PLACE_PX: Final = 128
WARP_REACH_PX: Final = 70
WARP_REACH_ASSIMILATOR_PX: Final = 88
WARP_IN_FRAMES: Final = 69
"""From the end of a Protoss building's time to its use: its warp-in animation (MECHANICS.md 10: build time + 71)."""

PAUSE_MIN_FRAMES: Final = 30
PAUSE_MASK: Final = 63
ARRIVED_PX: Final = 20

# order_state of PlaceBuilding and ConstructingBuilding.
BEGIN: Final = 0
ON_THE_WAY: Final = 1
STOPPING_THERE: Final = 2
GOING_INSIDE: Final = 3
CHOOSING_A_SPOT: Final = 4
WALKING_INSIDE: Final = 6
PAUSING: Final = 7


@inline
def build_error(
    units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, kind: int, column: int, row: int
) -> int:
    """Return why worker `i` cannot be told to build something now, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the worker.
        kind: unit type id of the building.
        column: left build tile.
        row: upper build tile.
    """
    u = units[i]
    if not UNIT_TYPES[u.type].worker:
        return INCOMPATIBLE_UNIT_TYPE
    if not u.is_complete or u.status & (NOT_INTERRUPTIBLE | PASSES_ALL):
        return UNIT_BUSY
    if not 0 <= kind < len(UNIT_TYPES) or PRODUCTION[kind].built_by != u.type or not UNIT_TYPES[kind].building:
        return INCOMPATIBLE_UNIT_TYPE
    lacks = make_error(units, game, index, i, kind, 0, True)
    if lacks != NO_ERROR:
        return lacks
    x = site_x(kind, column)
    y = site_y(kind, row)
    return NO_ERROR if can_place(units, game, index, terrain, creep, i, kind, x, y) else UNBUILDABLE_LOCATION


@inline
def order_building(units: Units, game: Game, i: int, kind: int, x: int, y: int) -> None:
    """Order worker `i` to build something with its centre at (x, y); `build_error` has no objection."""
    race = UNIT_TYPES[kind].race
    order = ORDER_PLACE_BUILDING
    if race == PROTOSS:
        order = ORDER_PLACE_PROTOSS_BUILDING
    elif race == ZERG:
        order = ORDER_DRONE_START_BUILD
    set_order(units, game, i, order, NO_SLOT, x, y)
    units[i].build_type = kind


@inline
def _head_for(u: Any, game: Game, x: int, y: int) -> None:
    go_to(u, game, x, y)
    u.look_x = x
    u.look_y = y


@inline
def _begin(units: Units, game: Game, index: Index, i: int, order: int) -> int:
    """Pay for the planned building and lay its foundation; return its slot."""
    u = units[i]
    kind = whole(u.build_type)
    player = whole(u.player)
    x = whole(u.order_x)
    y = whole(u.order_y)
    u.build_type = NO_TYPE
    pay(game, player, kind)
    if PRODUCTION[kind].is_refinery:
        geyser = geyser_at(units, game, index, x, y)
        begin_refinery(units, game, index, geyser, kind, player, order)
        return geyser
    return begin_building(units, game, index, kind, player, x, y, order)


@inline
def _may_begin(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> bool:
    u = units[i]
    kind = whole(u.build_type)
    if kind < 0 or lacks_price(game, whole(u.player), kind) != NO_ERROR:
        return False
    return can_place(units, game, index, terrain, creep, i, kind, whole(u.order_x), whole(u.order_y))


@inline
def _place_building(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Walk to where the building shall stand and begin it: the Terran way."""
    u = units[i]
    if u.order_state == BEGIN:
        _head_for(u, game, whole(u.order_x), whole(u.order_y))
        u.order_state = ON_THE_WAY
        return
    if not is_at_goal(u):
        return
    far = length(u.order_x - u.x, u.order_y - u.y) > FAR_FROM_PLACE_PX
    if u.status & IMMOVABLE or far or not _may_begin(units, game, index, terrain, creep, i):
        u.build_type = NO_TYPE
        order_done(units, game, i)
        return
    u.status |= PASSES_ALL
    idle = whole(UNIT_TYPES[u.type].return_to_idle_order)
    if u.queue_count == 0:
        queue_last(u, ORDER_RESET_COLLISION, NO_SLOT, 0, 0)
        queue_last(u, idle, NO_SLOT, 0, 0)
    else:
        queue_first(u, ORDER_RESET_COLLISION, NO_SLOT, 0, 0)
    building = _begin(units, game, index, i, ORDER_INCOMPLETE_BUILDING)
    if building < 0:
        order_done(units, game, i)
        return
    units[building].builder = i
    u.order = ORDER_CONSTRUCTING_BUILDING
    u.order_state = GOING_INSIDE
    u.order_target = building


@inline
def _choose_spot(units: Units, game: Game, i: int, j: int) -> None:
    """Head for a random point inside building `j`."""
    u = units[i]
    p = PRODUCTION[units[j].type]
    left = units[j].x - p.placement_width_px // 2
    top = units[j].y - p.placement_height_px // 2
    x = draw_between(game, left, left + p.placement_width_px - 1)
    y = draw_between(game, top, top + p.placement_height_px - 1)
    _head_for(u, game, x, y)
    u.order_x = x
    u.order_y = y


@inline
def _work(units: Units, game: Game, j: int) -> bool:
    """Build on building `j` for one frame; return whether that completed it."""
    v = units[j]
    grow(v)
    if v.build_frames > 0:
        v.build_frames -= 1
        return False
    complete_building(units, game, j)
    return True


@inline
def _leave_work(units: Units, game: Game, i: int, j: int) -> None:
    """End the work at building `j`; a refinery's builder begins to harvest there."""
    play(units[i], game, WALKING_END)
    if j >= 0 and PRODUCTION[units[j].type].is_refinery:
        set_order(units, game, i, ORDER_MOVE_TO_GAS, j, 0, 0)
    else:
        order_done(units, game, i)


@inline
def has_builder(units: Units, j: int) -> bool:
    """Say whether somebody is at work on building `j`."""
    builder = units[j].builder
    if builder < 0:
        return False
    v = units[builder]
    return bool(v.order == ORDER_CONSTRUCTING_BUILDING and v.order_target == j and v.order_state >= GOING_INSIDE)


@inline
def resumes(units: Units, i: int, j: int) -> bool:
    """Say whether SCV `i` could go on with building `j`, which nobody is at work on."""
    v = units[j]
    unfinished = v.order == ORDER_INCOMPLETE_BUILDING and not PRODUCTION[v.type].is_addon
    return bool(unfinished and v.player == units[i].player and not has_builder(units, j))


@inline
def _go_on_with(units: Units, game: Game, i: int, j: int) -> None:
    """Bring another SCV to an unfinished building, and into it."""
    u = units[i]
    if u.order_state == BEGIN:
        approach(units, i, j)
        u.look_x = units[j].x
        u.look_y = units[j].y
        u.order_state = ON_THE_WAY
    elif is_at_goal(u):
        if u.status & IMMOVABLE or not resumes(units, i, j):
            order_done(units, game, i)
            return
        units[j].builder = i
        u.status |= PASSES_ALL
        set_queued(u, ORDER_RESET_COLLISION, NO_SLOT, 0, 0)
        queue_last(u, whole(UNIT_TYPES[u.type].return_to_idle_order), NO_SLOT, 0, 0)
        _head_for(u, game, whole(units[j].x), whole(units[j].y))
        u.order_state = GOING_INSIDE


@inline
def _construct(units: Units, game: Game, i: int) -> None:
    """Work inside a building, walking from one random point to the next; progress never waits for the feet."""
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or units[target].is_complete:
        _leave_work(units, game, i, target)
        return
    if u.order_state < GOING_INSIDE:
        _go_on_with(units, game, i, target)
        return
    builds = u.order_state >= CHOOSING_A_SPOT
    if u.order_state == GOING_INSIDE:
        if is_at_goal(u):
            u.order_state = CHOOSING_A_SPOT
    elif u.order_state == CHOOSING_A_SPOT:
        _choose_spot(units, game, i, target)
        u.order_state = WALKING_INSIDE
    elif u.order_state == WALKING_INSIDE:
        if length(u.order_x - u.x, u.order_y - u.y) <= ARRIVED_PX or is_at_goal(u):
            stop_moving(u, game)
            u.look_x = units[target].x
            u.look_y = units[target].y
            u.main_timer = PAUSE_MIN_FRAMES + (draw(game) & PAUSE_MASK)
            u.order_state = PAUSING
    elif u.order_state == PAUSING and u.main_timer == 0:
        u.order_state = CHOOSING_A_SPOT
    if builds and _work(units, game, target):
        _leave_work(units, game, i, target)


@inline
def _place_protoss_building(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Come near, stop, pay, and be free again: the Protoss way."""
    u = units[i]
    if u.order_state == BEGIN:
        _head_for(u, game, whole(u.order_x), whole(u.order_y))
        u.order_state = ON_THE_WAY
        return
    if u.order_state == STOPPING_THERE and u.movement_flags & MOVING:
        return
    if u.order_state == GOING_INSIDE:
        order_done(units, game, i)
        play(u, game, WALKING_END)
        return
    reach = WARP_REACH_ASSIMILATOR_PX if u.build_type == ASSIMILATOR else WARP_REACH_PX
    if length(u.order_x - u.x, u.order_y - u.y) > reach:
        if is_at_goal(u):
            if u.status & IMMOVABLE:
                u.build_type = NO_TYPE
                order_done(units, game, i)
            else:
                _head_for(u, game, whole(u.order_x), whole(u.order_y))
        return
    if u.order_state == ON_THE_WAY:
        stop_moving(u, game)
        u.look_x = u.move_x
        u.look_y = u.move_y
        u.order_state = STOPPING_THERE
    elif _may_begin(units, game, index, terrain, creep, i):
        _begin(units, game, index, i, ORDER_INCOMPLETE_WARPING)
        u.status |= MAY_OVERLAP  # it may stand in it
        u.order_state = GOING_INSIDE
    else:
        u.build_type = NO_TYPE
        order_done(units, game, i)


@inline
def _warp_in(units: Units, game: Game, i: int) -> None:
    """Let a Protoss building grow by one frame, and show itself at the end."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    frames = max(t.build_time_frames, 1)
    shields = t.max_shield << 8
    if u.order_state == BEGIN:
        grow(u)
        if shields:
            u.shield_256 = min(u.shield_256 + max((shields - shields // 10) // frames, 1), shields)
        if u.build_frames > 0:
            u.build_frames -= 1
        else:
            u.build_frames = WARP_IN_FRAMES
            u.order_state = ON_THE_WAY
    elif u.build_frames > 0:
        u.build_frames -= 1
    else:
        complete_building(units, game, i)


@inline
def _reset_collision(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    u.status &= ~(PASSES_ALL | GATHERING | NOT_INTERRUPTIBLE)
    note_overlaps(units, game, index, i)
    u.has_path = 0
    u.movement_state = STATE_INIT
    if u.queue_count == 0:
        queue_last(u, whole(UNIT_TYPES[u.type].return_to_idle_order), NO_SLOT, 0, 0)
    order_done(units, game, i)


@inline
def run_construction(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> bool:
    """Run one of the orders of construction, every frame; return whether unit `i` has one.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the unit.
    """
    order = units[i].order
    if order == ORDER_PLACE_BUILDING:
        _place_building(units, game, index, terrain, creep, i)
    elif order == ORDER_PLACE_PROTOSS_BUILDING:
        _place_protoss_building(units, game, index, terrain, creep, i)
    elif order == ORDER_CONSTRUCTING_BUILDING:
        _construct(units, game, i)
    elif order == ORDER_INCOMPLETE_WARPING:
        _warp_in(units, game, i)
    elif order == ORDER_RESET_COLLISION:
        _reset_collision(units, game, index, i)
        return False  # the order that follows may run in the same frame
    else:
        return bool(order == ORDER_INCOMPLETE_BUILDING)
    return True
