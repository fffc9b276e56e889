"""The states of a unit on its way: find a path, wait for its start, follow it from way-point to way-point."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import ground_in_way, unit_in_way
from engine.broodwar.flingy import (
    is_at_goal,
    plan_step,
    turn_heading,
)
from engine.broodwar.path import find_path
from engine.broodwar.scripts import draw_between
from engine.broodwar.state import (
    BY_SCRIPT,
    BY_THRUST,
    HAS_WAYPOINTS,
    IMMOVABLE,
    NEAR_WAYPOINT,
    NO_SLOT,
    PATH_TARGET_CHANGED,
    START_DELAY,
    STATE_ANOTHER_PATH,
    STATE_AT_MOVE_TARGET,
    STATE_FACE_TARGET,
    STATE_FAILED_PATH,
    STATE_FIX_COLLISION,
    STATE_FIX_TERRAIN,
    STATE_FOLLOW_PATH,
    STATE_NEW_MOVE_TARGET,
    STATE_ORDER_DELAY,
    STATE_REPATH,
    STATE_REPATH_MOVERS,
    STATE_RETRY_PATH,
    STATE_SCOUT_PATH,
    STATE_START_PATH,
    STATE_TURN_AND_START,
    STOPPING,
    TURNING,
)
from engine.broodwar.stepping import become_immovable, eased, finish, id_of, path_interrupted, slot_of, way_direction
from engine.core.fixed import length, truncated, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

START_DELAY_MAX_FRAMES: Final = 2
SCOUT_FRAMES: Final = 30
"""How often a path is looked over."""
RETRY_PATH_COUNT: Final = 20
NEAR_WAYPOINT_PX: Final = 16
MIN_PART_STEP_256: Final = 32


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
def _set_out(u: Any, game: Game) -> None:
    """Follow the path found, some units after a short random delay."""
    u.movement_state = STATE_FOLLOW_PATH
    if u.user_flags & START_DELAY:
        u.user_flags &= ~START_DELAY
        if u.mover == BY_SCRIPT:
            u.path_delay = draw_between(game, 0, START_DELAY_MAX_FRAMES)
            u.movement_state = STATE_ORDER_DELAY


@inline
def look_for_way(units: Units, game: Game, index: Index, terrain: Terrain, i: int, state: int) -> bool:
    """Run one of the states that find a path: the first, another, one around a blocker, one after a failure.

    They share one call of the search, the engine's largest function, which every further call would compile again.
    """
    u = units[i]
    if state == STATE_RETRY_PATH:
        if path_interrupted(u, False):
            return True
        if u.blocked_count < RETRY_PATH_COUNT:
            u.blocked_count += 1
            return False
    consider = NO_SLOT
    is_around_blocker = state in (STATE_REPATH, STATE_TURN_AND_START)
    if is_around_blocker:
        if u.has_path:
            consider = slot_of(units, u.path_blocker)
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
        become_immovable(u, game)
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
def order_delay(u: Any) -> bool:
    """Wait for the random start; return whether the next state follows at once."""
    if path_interrupted(u, True):
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
def follow_path(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Take a step toward the next way-point; return whether the next state follows at once."""
    u = units[i]
    if path_interrupted(u, True):
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
            u.path_blocker = id_of(units, blocker)
            u.path_speed_256 = speed
            u.movement_state = STATE_FIX_COLLISION
            return True
    elif ground_in_way(terrain, u):
        u.path_speed_256 = speed
        u.movement_state = STATE_FIX_TERRAIN
        return True
    if u.x != u.next_x or u.y != u.next_y:
        eased(u)
    finish(units, game, index, i)
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
def new_move_target(u: Any) -> bool:
    """Take notice of a new goal; the next state follows at once."""
    u.path_flags &= ~PATH_TARGET_CHANGED
    if not path_interrupted(u, True):
        u.has_path = 0
        u.movement_state = STATE_REPATH
    return True


@inline
def face_target(u: Any) -> bool:
    """Turn toward the way-point before going; return whether the next state follows at once."""
    if path_interrupted(u, True):
        return True
    if u.course == way_direction(u):
        u.movement_state = STATE_NEW_MOVE_TARGET if u.path_flags & PATH_TARGET_CHANGED else STATE_FOLLOW_PATH
        return True
    plan_step(u)
    turn_heading(u, u.new_course)
    return False
