"""The movement state machine of one unit: rest, follow a path, cope with what is in the way.

Each state does one thing and either ends the unit's frame or passes on to the next state at once. Numbers of the
states are the game's, so that recorded games can be compared. Source: MECHANICS.md 3.2, 3.3, 3.5, 3.6.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import boxes_meet, follow_box, ground_in_way, obstructs, unit_in_way
from engine.broodwar.flingy import (
    choose_speed,
    finish_step,
    is_at_goal,
    note_start_or_stop,
    place_step,
    plan_step,
    set_course,
    set_goal,
    set_next_speed,
    turn_heading,
    turn_to_waypoint,
    turn_toward,
)
from engine.broodwar.order_queue import clamped_x, clamped_y, go_to, stop_moving
from engine.broodwar.path import find_path
from engine.broodwar.repulsion import change_cell, push_away
from engine.broodwar.scripts import WALKING_END, draw, draw_between, play, play_after_step
from engine.broodwar.state import (
    BY_SCRIPT,
    BY_THRUST,
    HAS_WAYPOINTS,
    IMMOVABLE,
    MOVING,
    NEAR_WAYPOINT,
    NO_BREAK,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_DIE,
    PATH_TARGET_CHANGED,
    SLOTS_PER_GENERATION,
    START_DELAY,
    STATE_ANOTHER_PATH,
    STATE_AT_MOVE_TARGET,
    STATE_AT_REST,
    STATE_CHECK_ILLEGAL,
    STATE_DORMANT,
    STATE_FACE_TARGET,
    STATE_FAILED_PATH,
    STATE_FIX_COLLISION,
    STATE_FIX_TERRAIN,
    STATE_FIXED,
    STATE_FIXED_TURNING,
    STATE_FLYER,
    STATE_FOLLOW_PATH,
    STATE_FORCE_MOVE_FREE,
    STATE_INIT,
    STATE_INIT_SEQUENCE,
    STATE_NEW_MOVE_TARGET,
    STATE_ORDER_DELAY,
    STATE_REPATH,
    STATE_REPATH_MOVERS,
    STATE_RETRY_PATH,
    STATE_SCOUT_PATH,
    STATE_SLIDE_FREE,
    STATE_SLIDE_PREPARE,
    STATE_START_PATH,
    STATE_TERRAIN_SLIDE,
    STATE_TURN_AND_START,
    STATE_WAIT_FREE,
    STOPPING,
    TURNING,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import box_blocked
from engine.core.fixed import direction_to, length, truncated, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

START_DELAY_MAX_FRAMES: Final = 2
SCOUT_FRAMES: Final = 30
"""How often a path is looked over."""

BLOCKED_MAX: Final = 255
BLOCKED_WAIT_LIMIT: Final = 25
BLOCKED_FOR_GOOD: Final = 30
FAILED_PATH_COUNT: Final = 10
RETRY_PATH_COUNT: Final = 20
YOUNG_PATH_FRAMES: Final = 7
OLD_PATH_FRAMES: Final = 150
NEAR_WAYPOINT_PX: Final = 16
MIN_PART_STEP_256: Final = 32
STOP_REPULSION_PX: Final = 24
PIXEL_256: Final = 256
NO_DIRECTION: Final = -1

# What a unit does about a blocker.
GIVE_UP_MOVING: Final = 1
ARRIVE: Final = 2
REPATH: Final = 3
REPATH_MOVERS: Final = 4
TURN_AND_START: Final = 5
WAIT: Final = 6
SLIDE: Final = 7


@inline
def _id_of(units: Units, j: int) -> int:
    return whole(j + SLOTS_PER_GENERATION * units[j].generation)


@inline
def _slot_of(units: Units, unit_id: int) -> int:
    """Return the slot of a living unit's id, NO_SLOT if it is gone."""
    if unit_id < 0:
        return NO_SLOT
    j = unit_id % SLOTS_PER_GENERATION
    if units[j].slot_state == 0 or _id_of(units, j) != unit_id:
        return NO_SLOT
    return j


@inline
def _bumped(u: Any) -> None:
    if u.blocked_count < BLOCKED_MAX:
        u.blocked_count += 1


@inline
def _eased(u: Any) -> None:
    if u.blocked_count > 2:
        u.blocked_count = 2
    elif u.blocked_count > 0:
        u.blocked_count -= 1


@inline
def _finish(units: Units, game: Game, index: Index, i: int) -> None:
    """Make the planned step real, with its animation and the unit's box."""
    u = units[i]
    moved = finish_step(u)
    play_after_step(u, game)
    if moved:
        follow_box(units, game, index, i)


@inline
def _blocked(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    return unit_in_way(units, game, index, i) >= 0 or ground_in_way(terrain, units[i])


@inline
def _way_direction(u: Any) -> int:
    return direction_to(u.way_x - u.x, u.way_y - u.y)


# --- paths ---------------------------------------------------------------------------------------------------------


@inline
def _on_path(u: Any) -> bool:
    """Say whether the present way-point of the path is still ahead."""
    if not u.has_path:
        return False
    if u.path_next_x == u.x and u.path_next_y == u.y:
        return False
    if u.path_next_x == u.move_x and u.path_next_y == u.move_y:
        return True
    if u.mover != BY_THRUST:
        return True
    remaining = length(u.path_next_x - u.x, u.path_next_y - u.y)
    if remaining > NEAR_WAYPOINT_PX:
        return True
    return abs(turn_between(u.course, u.turn_goal)) <= remaining * 2


@inline
def _path_to_goal(
    units: Units, game: Game, index: Index, terrain: Terrain, i: int, consider: int, around_movers: bool
) -> bool:
    """Have a way-point to go to, the path's next or a new path's first; return False if there is no way."""
    u = units[i]
    if _on_path(u):
        return True
    u.movement_flags = (u.movement_flags & ~NEAR_WAYPOINT) | HAS_WAYPOINTS
    keep_route = u.has_path != 0
    fresh = True
    if u.has_path:
        u.path_at += 1
        if u.path_at < u.path_count:
            fresh = False
        else:
            u.has_path = 0
    if fresh:
        x = u.move_x
        y = u.move_y
        if not find_path(units, game, index, terrain, i, x, y, consider, around_movers, keep_route):
            return False
        u.has_path = 1
        u.path_delay = 0
        u.path_frame = game.frame
        u.path_flags = 0
        u.path_blocker = -1
    u.path_next_x = whole(u.path_x[u.path_at])
    u.path_next_y = whole(u.path_y[u.path_at])
    if u.path_next_x == u.move_x and u.path_next_y == u.move_y:
        u.movement_flags &= ~HAS_WAYPOINTS
    elif length(u.path_goal_x - u.path_next_x, u.path_goal_y - u.path_next_y) < NEAR_WAYPOINT_PX:
        u.movement_flags |= NEAR_WAYPOINT
    u.look_x = u.path_next_x
    u.look_y = u.path_next_y
    if u.way_x != u.path_next_x or u.way_y != u.path_next_y:
        u.way_x = u.path_next_x
        u.way_y = u.path_next_y
        u.movement_flags |= TURNING
    return True


@inline
def _path_interrupted(u: Any, new_path_allowed: bool) -> bool:
    """Look for a reason to leave the present state (arrival, a new goal); if there is one, set the new state."""
    if is_at_goal(u) or u.movement_flags & STOPPING:
        u.movement_state = STATE_AT_MOVE_TARGET
        return True
    state = STATE_ANOTHER_PATH
    if not new_path_allowed or u.has_path:
        if not u.has_path or not u.path_flags & PATH_TARGET_CHANGED:
            return False
        state = STATE_NEW_MOVE_TARGET
    if STATE_FIX_COLLISION <= u.movement_state <= STATE_TERRAIN_SLIDE:
        state = STATE_TURN_AND_START
    u.movement_state = state
    return True


@inline
def _become_immovable(u: Any, game: Game) -> None:
    set_next_speed(u, 0)
    stop_moving(u, game)
    go_to(u, game, u.x, u.y)
    u.status |= IMMOVABLE
    u.user_flags &= ~START_DELAY


@inline
def _stand_while_blocked(u: Any, game: Game) -> None:
    """Stop the walking animation of a unit that has been blocked for some frames."""
    if not u.movement_flags & MOVING or u.blocked_count <= 2 or u.status & (NOT_INTERRUPTIBLE | NO_BREAK):
        return
    u.movement_flags &= ~MOVING
    play(u, game, WALKING_END)


# --- states: rest ----------------------------------------------------------------------------------------------------


@inline
def _init(u: Any) -> bool:
    t = UNIT_TYPES[u.type]
    if u.status & NO_BREAK:
        u.movement_state = STATE_INIT_SEQUENCE
    elif t.can_move:
        u.movement_state = STATE_FLYER if u.flies else STATE_AT_REST
    elif t.can_turn:
        u.movement_state = STATE_FIXED_TURNING
    else:
        u.movement_state = STATE_FIXED
    return True


@inline
def _wants_to_turn(u: Any) -> bool:
    if u.movement_flags & STOPPING:
        return True
    if not is_at_goal(u):
        return False
    if u.movement_flags & MOVING:
        return True
    if u.x != u.look_x or u.y != u.look_y:
        direction = direction_to(u.look_x - u.x, u.look_y - u.y)
        return bool(u.heading != direction or u.course != direction)
    return False


@inline
def _at_rest(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    u = units[i]
    if is_at_goal(u):
        u.blocked_count = 0
    else:
        _eased(u)
    turning = _wants_to_turn(u)
    if turning:
        plan_step(u)
        if _blocked(units, game, index, terrain, i):
            set_next_speed(u, 0)
            u.movement_flags = u.flags_after
            turn_heading(u, u.new_course)
            play_after_step(u, game)
            u.move_target = NO_SLOT
            set_goal(u, u.x, u.y)
            stop_moving(u, game)
        else:
            _finish(units, game, index, i)
    if not is_at_goal(u) and not u.movement_flags & STOPPING:
        u.movement_state = STATE_START_PATH
        return True
    if not turning:
        u.next_speed_256 = 0
        u.speed_256 = 0
        u.velocity_x_256 = 0
        u.velocity_y_256 = 0
        u.look_x = u.x
        u.look_y = u.y
        u.movement_state = STATE_DORMANT
    return False


@inline
def _dormant(u: Any) -> bool:
    if not is_at_goal(u) or u.x != u.look_x or u.y != u.look_y:
        u.movement_state = STATE_AT_REST
        return True
    return False


@inline
def _at_move_target(u: Any) -> bool:
    u.has_path = 0
    u.way_x = u.move_x
    u.way_y = u.move_y
    u.movement_state = STATE_AT_REST if u.movement_flags & STOPPING else STATE_CHECK_ILLEGAL
    return True


@inline
def _check_illegal(u: Any) -> bool:
    if is_at_goal(u) or u.movement_flags & STOPPING:
        u.movement_state = STATE_AT_REST
    else:
        u.movement_state = STATE_ANOTHER_PATH
    return True


@inline
def _fly(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    if u.x != u.move_x or u.y != u.move_y:
        x = clamped_x(u.type, u.move_x, game)
        y = clamped_y(u.type, u.move_y, game, 0)
        if x != u.move_x or y != u.move_y:
            u.move_target = NO_SLOT
            set_goal(u, x, y)
            u.status |= IMMOVABLE
    plan_step(u)
    pushed = push_away(units, game, index, i)
    u.next_x = clamped_x(u.type, u.next_x, game)
    u.next_y = clamped_y(u.type, u.next_y, game, 0)
    _finish(units, game, index, i)
    change_cell(units, game, index, i)
    if pushed and max(abs(u.move_x - u.x), abs(u.move_y - u.y)) < STOP_REPULSION_PX:
        u.move_x = u.x
        u.move_y = u.y
        u.way_x = u.x
        u.way_y = u.y


# --- states: paths ---------------------------------------------------------------------------------------------------


@inline
def _set_out(u: Any, game: Game) -> None:
    """Follow the path found, some units after a short random delay."""
    u.movement_state = STATE_FOLLOW_PATH
    if u.user_flags & START_DELAY:
        u.user_flags &= ~START_DELAY
        if u.mover == BY_SCRIPT:
            u.path_delay = draw_between(game, 0, START_DELAY_MAX_FRAMES)
            u.movement_state = STATE_ORDER_DELAY


@inline
def _look_for_way(units: Units, game: Game, index: Index, terrain: Terrain, i: int, state: int) -> bool:
    """Run one of the states that find a path: the first, another, one around a blocker, one after a failure.

    They share one call of the search, the engine's largest function, which every further call would compile again.
    """
    u = units[i]
    if state == STATE_RETRY_PATH:
        if _path_interrupted(u, False):
            return True
        if u.blocked_count < RETRY_PATH_COUNT:
            u.blocked_count += 1
            return False
    consider = NO_SLOT
    is_around_blocker = state in (STATE_REPATH, STATE_TURN_AND_START)
    if is_around_blocker:
        if u.has_path:
            consider = _slot_of(units, u.path_blocker)
        u.has_path = 0
    if state == STATE_TURN_AND_START and (is_at_goal(u) or u.movement_flags & STOPPING):
        u.movement_state = STATE_AT_MOVE_TARGET
        return True
    if state == STATE_REPATH_MOVERS:
        u.has_path = 0
    x = u.move_x
    y = u.move_y
    target = u.move_target
    found = _path_to_goal(units, game, index, terrain, i, consider, state == STATE_REPATH_MOVERS)
    if state == STATE_REPATH_MOVERS:
        if not found or u.status & IMMOVABLE:
            u.move_x = x
            u.move_y = y
            u.move_target = target
            u.movement_state = STATE_TURN_AND_START
            return False
        u.movement_state = STATE_FACE_TARGET
        return True
    if state == STATE_RETRY_PATH and not found:
        _become_immovable(u, game)
        u.movement_state = STATE_AT_MOVE_TARGET
        return False
    if not found:
        u.movement_state = STATE_FAILED_PATH
        return is_around_blocker
    if state == STATE_TURN_AND_START:
        u.movement_state = STATE_FACE_TARGET
        return False
    if state == STATE_START_PATH:
        _set_out(u, game)
    else:
        u.movement_state = STATE_FOLLOW_PATH
    return state != STATE_ANOTHER_PATH


@inline
def _order_delay(u: Any) -> bool:
    if _path_interrupted(u, True):
        return True
    if u.path_delay == 0:
        u.movement_state = STATE_FOLLOW_PATH
        return True
    u.path_delay -= 1
    return False


@inline
def _take_part_of_step(units: Units, game: Game, index: Index, i: int) -> bool:
    """Shorten a blocked step to a half, then to a quarter; return whether one of them is free."""
    u = units[i]
    x = u.next_x
    y = u.next_y
    x_256 = u.next_x_256
    y_256 = u.next_y_256
    for part in (2, 4):
        u.next_x_256 = u.x_256 + truncated(u.velocity_x_256, part)
        u.next_y_256 = u.y_256 + truncated(u.velocity_y_256, part)
        u.next_x = u.next_x_256 >> 8
        u.next_y = u.next_y_256 >> 8
        if unit_in_way(units, game, index, i) < 0:
            return True
    u.next_x = x
    u.next_y = y
    u.next_x_256 = x_256
    u.next_y_256 = y_256
    return False


@inline
def _follow_path(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    u = units[i]
    if _path_interrupted(u, True):
        return True
    if not _path_to_goal(units, game, index, terrain, i, NO_SLOT, False):
        u.movement_state = STATE_ANOTHER_PATH
        return True
    speed = u.next_speed_256
    plan_step(u)
    if u.mover == BY_THRUST:
        speed = u.speed_256
    blocker = unit_in_way(units, game, index, i)
    if blocker >= 0:
        # The game compares signed components: a step to the north-west is never taken in part.
        too_slow = u.velocity_x_256 < MIN_PART_STEP_256 and u.velocity_y_256 < MIN_PART_STEP_256
        if (
            ground_in_way(terrain, u)
            or too_slow
            or u.step_256 != u.speed_256
            or not _take_part_of_step(units, game, index, i)
        ):
            u.path_blocker = _id_of(units, blocker)
            u.path_speed_256 = speed
            u.movement_state = STATE_FIX_COLLISION
            return True
    elif ground_in_way(terrain, u):
        u.path_speed_256 = speed
        u.movement_state = STATE_FIX_TERRAIN
        return True
    if u.x != u.next_x or u.y != u.next_y:
        _eased(u)
    _finish(units, game, index, i)
    if is_at_goal(u):
        u.movement_state = STATE_AT_MOVE_TARGET
    elif u.has_path:
        if u.path_delay > 0:
            u.path_delay -= 1
        else:
            u.path_delay = SCOUT_FRAMES
            u.movement_state = STATE_SCOUT_PATH
    return False


@inline
def _new_move_target(u: Any) -> bool:
    u.path_flags &= ~PATH_TARGET_CHANGED
    if not _path_interrupted(u, True):
        u.has_path = 0
        u.movement_state = STATE_REPATH
    return True


@inline
def _face_target(u: Any) -> bool:
    if _path_interrupted(u, True):
        return True
    if u.course == _way_direction(u):
        u.movement_state = STATE_NEW_MOVE_TARGET if u.path_flags & PATH_TARGET_CHANGED else STATE_FOLLOW_PATH
        return True
    plan_step(u)
    turn_heading(u, u.new_course)
    return False


# --- states: in the way ----------------------------------------------------------------------------------------------


@inline
def _side_of(units: Units, i: int, j: int) -> int:
    """Return on which side of unit `i` unit `j` is: 0 north, 1 east, 2 south, 3 west."""
    a = units[j]
    b = units[i]
    if a.right < b.left:
        return 3
    if a.left > b.right:
        return 1
    if a.bottom < b.top:
        return 0
    if a.top > b.bottom:
        return 2
    side = 1
    best = abs(a.left - b.right)
    if abs(a.right - b.left) < best:
        best = abs(a.right - b.left)
        side = 3
    if abs(a.top - b.bottom) < best:
        best = abs(a.top - b.bottom)
        side = 2
    if abs(a.bottom - b.top) < best:
        side = 0
    return side


@inline
def _moves_away(side: int, course: int) -> bool:
    if side == 0:
        return course <= 64 or course >= 192
    if side == 1:
        return course <= 128
    if side == 2:
        return 64 <= course <= 192
    return course == 0 or course >= 128


@inline
def _place_taken(units: Units, game: Game, terrain: Terrain, i: int, x: int, y: int) -> bool:
    """Say whether unit `i` could not stand at (x, y)."""
    t = UNIT_TYPES[units[i].type]
    left = x - t.left
    top = y - t.up
    right = x + t.right
    bottom = y + t.down
    if box_blocked(terrain, left, top, right, bottom):
        return True
    for j in range(game.capacity):
        v = units[j]
        if v.right == -1 or not obstructs(units, i, j):
            continue
        if boxes_meet(v.left, v.top, v.right, v.bottom, left, top, right, bottom):
            return True
    return False


@inline
def _slide_direction(units: Units, game: Game, terrain: Terrain, i: int, j: int) -> int:
    """Return a cardinal direction along the blocker `j` in which unit `i` gets free, NO_DIRECTION if there is none."""
    u = units[i]
    v = units[j]
    t = UNIT_TYPES[u.type]
    wanted = _way_direction(u)
    quadrant = wanted // 64
    if abs(turn_between(u.new_course, wanted)) >= 80:
        return NO_DIRECTION
    west = v.left - t.right - 1
    east = v.right + t.left + 1
    north = v.top - t.down - 1
    south = v.bottom + t.up + 1
    side = _side_of(units, i, j)
    x = 0
    y = 0
    slide = NO_DIRECTION
    if side == 0:
        y = south
        if quadrant == 3:
            slide = 192
        elif quadrant == 0:
            slide = 64
    elif side == 1:
        x = west
        if quadrant == 0:
            slide = 0
        elif quadrant == 1:
            slide = 128
    elif side == 2:
        y = north
        if quadrant == 1:
            slide = 64
        elif quadrant == 2:
            slide = 192
    else:
        x = east
        if quadrant == 2:
            slide = 128
        elif quadrant == 3:
            slide = 0
    for _ in range(2):
        if slide == 0:
            y = north
        elif slide == 128:
            y = south
        elif slide == 64:
            x = east
        elif slide == 192:
            x = west
        else:
            return NO_DIRECTION
        if not _place_taken(units, game, terrain, i, x, y):
            return slide
        slide = (slide + 128) & 255
    return NO_DIRECTION


@inline
def _would_meet(units: Units, i: int, x: int, y: int, left: int, top: int, right: int, bottom: int) -> bool:
    """Say whether unit `i`, standing at (x, y), would meet a box."""
    t = UNIT_TYPES[units[i].type]
    return boxes_meet(left, top, right, bottom, x - t.left, y - t.up, x + t.right, y + t.down)


@inline
def _goals_meet(units: Units, i: int, x: int, y: int, j: int) -> bool:
    """Say whether unit `i` at (x, y) and unit `j` at its goal would overlap."""
    v = units[j]
    t = UNIT_TYPES[v.type]
    return _would_meet(units, i, x, y, v.move_x - t.left, v.move_y - t.up, v.move_x + t.right, v.move_y + t.down)


@inline
def _touches_move_target(units: Units, i: int) -> bool:
    u = units[i]
    j = u.move_target
    if j < 0:
        return False
    s = UNIT_TYPES[u.type]
    v = units[j]
    t = UNIT_TYPES[v.type]
    return boxes_meet(
        u.x - s.left, u.y - s.up, u.x + s.right + 1, u.y + s.down + 1,
        v.x - t.left, v.y - t.up, v.x + t.right + 1, v.y + t.down + 1,
    )  # fmt: skip


@inline
def _beside_way(units: Units, game: Game, terrain: Terrain, i: int, j: int) -> int:
    """Choose what to do about a blocker that is neither at the goal nor at the next way-point."""
    u = units[i]
    v = units[j]
    if v.movement_flags & MOVING:
        if _moves_away(_side_of(units, i, j), v.course):
            return WAIT
        if v.blocked_count <= 2 and not is_at_goal(v):
            if v.movement_state == STATE_FOLLOW_PATH or v.movement_state == STATE_SCOUT_PATH:
                return WAIT
            if v.movement_state != STATE_WAIT_FREE:
                return REPATH_MOVERS
    u.path_slide = _slide_direction(units, game, terrain, i, j)
    return SLIDE if u.path_slide != NO_DIRECTION else TURN_AND_START


@inline
def _choose_reaction(units: Units, game: Game, terrain: Terrain, i: int, j: int) -> int:
    u = units[i]
    v = units[j]
    if _touches_move_target(units, i):
        return GIVE_UP_MOVING
    if _would_meet(units, i, u.move_x, u.move_y, v.left, v.top, v.right, v.bottom):
        if v.blocked_count >= BLOCKED_FOR_GOOD or _goals_meet(units, i, u.move_x, u.move_y, j):
            return REPATH if u.move_target >= 0 else ARRIVE
    else:
        if not _would_meet(units, i, u.way_x, u.way_y, v.left, v.top, v.right, v.bottom):
            return _beside_way(units, game, terrain, i, j)
        if v.blocked_count >= BLOCKED_FOR_GOOD or _goals_meet(units, i, u.way_x, u.way_y, j):
            return REPATH
    cardinal = (v.course + 32) // 64 * 64 & 255
    toward = direction_to(v.x - u.x, v.y - u.y)
    return REPATH_MOVERS if abs(turn_between(toward, cardinal)) > 64 else WAIT


@inline
def _fix_collision(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    u = units[i]
    if _path_interrupted(u, False):
        return True
    _bumped(u)
    j = _slot_of(units, u.path_blocker)
    if j < 0 or (units[j].order == ORDER_DIE and units[j].right == -1) or not obstructs(units, i, j):
        u.movement_state = STATE_FOLLOW_PATH
        return False
    reaction = _choose_reaction(units, game, terrain, i, j)
    if REPATH <= reaction <= TURN_AND_START and game.frame - u.path_frame < YOUNG_PATH_FRAMES:
        _stand_while_blocked(u, game)
    elif reaction == GIVE_UP_MOVING:
        _become_immovable(u, game)
        u.status &= ~IMMOVABLE
        u.movement_state = STATE_AT_MOVE_TARGET
    elif reaction == ARRIVE:
        _become_immovable(u, game)
        u.movement_state = STATE_AT_MOVE_TARGET
    elif reaction == REPATH:
        u.movement_state = STATE_REPATH
    elif reaction == REPATH_MOVERS:
        u.movement_state = STATE_REPATH_MOVERS
    elif reaction == TURN_AND_START:
        u.movement_state = STATE_TURN_AND_START
        set_next_speed(u, 0)
    elif reaction == WAIT:
        u.movement_state = STATE_WAIT_FREE
    else:
        u.movement_state = STATE_SLIDE_PREPARE
    return False


@inline
def _wait_free(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    u = units[i]
    _bumped(u)
    if _path_interrupted(u, True):
        return True
    set_next_speed(u, u.path_speed_256)
    plan_step(u)
    if unit_in_way(units, game, index, i) >= 0:
        _stand_while_blocked(u, game)
        set_next_speed(u, 0)
        if u.course != _way_direction(u):
            turn_heading(u, u.new_course)
        if u.blocked_count >= BLOCKED_WAIT_LIMIT:
            half = 0x7FFF // 2
            u.movement_state = STATE_FORCE_MOVE_FREE if draw(game) < half else STATE_REPATH_MOVERS
    elif ground_in_way(terrain, u):
        u.movement_state = STATE_REPATH
    else:
        _finish(units, game, index, i)
        u.movement_state = STATE_FOLLOW_PATH
    return False


@inline
def _slide_prepare(u: Any) -> bool:
    if _path_interrupted(u, True):
        return True
    if u.mover == BY_THRUST:
        if u.path_speed_256 >= 2 * PIXEL_256:
            u.path_speed_256 //= 2
        elif u.path_speed_256 > PIXEL_256:
            u.path_speed_256 = PIXEL_256
    set_course(u, u.course)
    set_next_speed(u, u.path_speed_256)
    u.movement_state = STATE_SLIDE_FREE
    return True


@inline
def _plan_drift(u: Any) -> None:
    """Plan a step with the course and speed as they are."""
    flags = u.movement_flags
    note_start_or_stop(u)
    place_step(u)
    u.flags_after = u.movement_flags
    u.movement_flags = flags


@inline
def _slide_free(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Move pixel by pixel along the blocker until the way is free."""
    u = units[i]
    _bumped(u)
    if _path_interrupted(u, True):
        return True
    u.movement_flags |= TURNING
    turn_toward(u, u.path_slide)
    turn_heading(u, u.new_course)
    if u.mover == BY_SCRIPT:
        u.speed_256 = u.top_speed_256
    else:
        choose_speed(u)
    speed = u.speed_256
    course = u.course
    blocker = _slot_of(units, u.path_blocker)
    ahead = NO_SLOT
    stuck = False
    left = speed
    while left > 0:
        u.movement_flags &= ~TURNING
        set_course(u, u.path_slide)
        set_next_speed(u, min(left, PIXEL_256))
        _plan_drift(u)
        if _blocked(units, game, index, terrain, i):
            stuck = True
            break
        _finish(units, game, index, i)
        u.course = course
        turn_to_waypoint(u)
        set_next_speed(u, speed)
        _plan_drift(u)
        ahead = unit_in_way(units, game, index, i)
        if ahead != blocker:
            break
        left -= PIXEL_256
    u.course = course
    set_course(u, course)
    set_next_speed(u, speed)
    if stuck:
        u.movement_state = STATE_FORCE_MOVE_FREE
    elif ahead < 0:
        u.movement_flags |= TURNING
        young = game.frame - u.path_frame < OLD_PATH_FRAMES
        u.movement_state = STATE_FOLLOW_PATH if young else STATE_TURN_AND_START
    return False


@inline
def _force_move_free(u: Any) -> bool:
    _bumped(u)
    if is_at_goal(u) or u.movement_flags & STOPPING:
        u.movement_state = STATE_AT_MOVE_TARGET
        return False
    set_next_speed(u, 0)
    u.has_path = 0
    u.path_blocker = -1
    u.movement_state = STATE_TURN_AND_START
    return True


@inline
def _terrain_slide_direction(terrain: Terrain, u: Any) -> int:
    t = UNIT_TYPES[u.type]
    dx = u.next_x - u.x
    dy = u.next_y - u.y
    quadrant = u.new_course // 64
    along_wall_y = dx != 0 and (
        dy == 0 or box_blocked(terrain, u.next_x - t.left, u.y - t.up, u.next_x + t.right, u.y + t.down)
    )
    if along_wall_y:
        return 0 if quadrant == 0 or quadrant == 3 else 128
    return 64 if quadrant == 0 or quadrant == 1 else 192


@inline
def _fix_terrain(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    u = units[i]
    _bumped(u)
    if _path_interrupted(u, True):
        return True
    set_next_speed(u, u.path_speed_256)
    plan_step(u)
    if _blocked(units, game, index, terrain, i):
        _stand_while_blocked(u, game)
        if u.course == _way_direction(u):
            u.path_slide = _terrain_slide_direction(terrain, u)
            u.movement_state = STATE_TERRAIN_SLIDE
        else:
            turn_heading(u, u.new_course)
    else:
        _finish(units, game, index, i)
        u.movement_flags |= TURNING
        u.movement_state = STATE_FOLLOW_PATH
    return False


@inline
def _plan_slide(u: Any, direction: int) -> None:
    flags = u.movement_flags
    set_course(u, direction)
    choose_speed(u)
    note_start_or_stop(u)
    place_step(u)
    u.flags_after = u.movement_flags
    u.movement_flags = flags


@inline
def _terrain_slide(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    u = units[i]
    _bumped(u)
    if _path_interrupted(u, True):
        return True
    u.movement_flags &= ~TURNING
    course = u.course
    _plan_slide(u, u.path_slide)
    u.movement_flags |= TURNING
    u.course = course
    turn_toward(u, u.path_slide)
    if _blocked(units, game, index, terrain, i):
        u.movement_state = STATE_FORCE_MOVE_FREE
        return False
    _finish(units, game, index, i)
    speed = u.next_speed_256
    set_next_speed(u, u.path_speed_256)
    _plan_slide(u, _way_direction(u))
    set_next_speed(u, speed)
    if not ground_in_way(terrain, u):
        u.movement_flags |= TURNING
        u.movement_state = STATE_FOLLOW_PATH
    return False


@inline
def _cope(units: Units, game: Game, index: Index, terrain: Terrain, i: int, state: int) -> bool:
    """Run one of the states that deal with something in the way."""
    u = units[i]
    if state == STATE_FIX_COLLISION:
        return _fix_collision(units, game, index, terrain, i)
    if state == STATE_WAIT_FREE:
        return _wait_free(units, game, index, terrain, i)
    if state == STATE_SLIDE_PREPARE:
        return _slide_prepare(u)
    if state == STATE_SLIDE_FREE:
        return _slide_free(units, game, index, terrain, i)
    if state == STATE_FORCE_MOVE_FREE:
        return _force_move_free(u)
    if state == STATE_FIX_TERRAIN:
        return _fix_terrain(units, game, index, terrain, i)
    return _terrain_slide(units, game, index, terrain, i)


@inline
def move_unit(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Move unit `i` by one frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    u = units[i]
    more = True
    while more:
        state = u.movement_state
        if state == STATE_DORMANT:
            more = _dormant(u)
        elif state == STATE_FLYER:
            _fly(units, game, index, i)
            more = False
        elif state == STATE_AT_REST:
            more = _at_rest(units, game, index, terrain, i)
        elif state == STATE_FIXED:
            more = False
        elif state == STATE_FIXED_TURNING:
            turn_to_waypoint(u)
            note_start_or_stop(u)
            turn_heading(u, u.new_course)
            more = False
        elif state == STATE_INIT:
            more = _init(u)
        elif state == STATE_INIT_SEQUENCE:
            more = not u.status & NO_BREAK
            if more:
                u.movement_state = STATE_INIT
        elif state == STATE_AT_MOVE_TARGET:
            more = _at_move_target(u)
        elif state == STATE_CHECK_ILLEGAL:
            more = _check_illegal(u)
        elif state >= STATE_FIX_COLLISION:
            more = _cope(units, game, index, terrain, i, state)
        elif state == STATE_FOLLOW_PATH:
            more = _follow_path(units, game, index, terrain, i)
        elif state == STATE_SCOUT_PATH:
            if not _path_interrupted(u, True):
                u.movement_state = STATE_FOLLOW_PATH
        elif state == STATE_ORDER_DELAY:
            more = _order_delay(u)
        elif state == STATE_NEW_MOVE_TARGET:
            more = _new_move_target(u)
        elif state == STATE_FACE_TARGET:
            more = _face_target(u)
        elif state == STATE_FAILED_PATH:
            u.blocked_count = FAILED_PATH_COUNT
            _stand_while_blocked(u, game)
            u.movement_state = STATE_RETRY_PATH
            more = False
        else:
            more = _look_for_way(units, game, index, terrain, i, state)
