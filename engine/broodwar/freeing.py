"""The states of a unit that gets free: of a blocker, step by step beside it, or of ground that it cannot enter."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import ground_in_way, unit_in_way
from engine.broodwar.flingy import (
    choose_speed,
    is_at_goal,
    plan_as_it_goes,
    plan_step,
    set_course,
    set_next_speed,
    turn_heading,
    turn_to_waypoint,
    turn_toward,
)
from engine.broodwar.scripts import draw
from engine.broodwar.state import (
    BY_SCRIPT,
    BY_THRUST,
    NO_SLOT,
    STATE_AT_MOVE_TARGET,
    STATE_FOLLOW_PATH,
    STATE_FORCE_MOVE_FREE,
    STATE_REPATH,
    STATE_REPATH_MOVERS,
    STATE_SLIDE_FREE,
    STATE_TERRAIN_SLIDE,
    STATE_TURN_AND_START,
    STOPPING,
    TURNING,
)
from engine.broodwar.stepping import (
    blocked,
    bumped,
    finish,
    path_interrupted,
    slot_of,
    stand_while_blocked,
    way_direction,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import box_blocked
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

BLOCKED_WAIT_LIMIT: Final = 25
OLD_PATH_FRAMES: Final = 150
PIXEL_256: Final = 256


@inline
def wait_free(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Wait until the blocker is gone; return whether the next state follows at once."""
    u = units[i]
    bumped(u)
    if path_interrupted(u, True):
        return True
    set_next_speed(u, u.path_speed_256)
    plan_step(u)
    if unit_in_way(units, game, index, i) >= 0:
        stand_while_blocked(u, game)
        set_next_speed(u, 0)
        if u.course != way_direction(u):
            turn_heading(u, u.new_course)
        if u.blocked_count >= BLOCKED_WAIT_LIMIT:
            half = 0x7FFF // 2
            u.movement_state = STATE_FORCE_MOVE_FREE if draw(game) < half else STATE_REPATH_MOVERS
    elif ground_in_way(terrain, u):
        u.movement_state = STATE_REPATH
    else:
        finish(units, game, index, i)
        u.movement_state = STATE_FOLLOW_PATH
    return False


@inline
def slide_prepare(u: Any) -> bool:
    """Take up the speed for a slide; the next state follows at once."""
    if path_interrupted(u, True):
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
def slide_free(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Move pixel by pixel along the blocker until the way is free."""
    u = units[i]
    bumped(u)
    if path_interrupted(u, True):
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
    blocker = slot_of(units, u.path_blocker)
    ahead = NO_SLOT
    stuck = False
    left = speed
    while left > 0:
        u.movement_flags &= ~TURNING
        set_course(u, u.path_slide)
        set_next_speed(u, min(left, PIXEL_256))
        plan_as_it_goes(u, u.movement_flags)
        if blocked(units, game, index, terrain, i):
            stuck = True
            break
        finish(units, game, index, i)
        u.course = course
        turn_to_waypoint(u)
        set_next_speed(u, speed)
        plan_as_it_goes(u, u.movement_flags)
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
def force_move_free(u: Any) -> bool:
    """Give up the path and start anew; return whether the next state follows at once."""
    bumped(u)
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
def fix_terrain(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Turn away from ground that cannot be entered; return whether the next state follows at once."""
    u = units[i]
    bumped(u)
    if path_interrupted(u, True):
        return True
    set_next_speed(u, u.path_speed_256)
    plan_step(u)
    if blocked(units, game, index, terrain, i):
        stand_while_blocked(u, game)
        if u.course == way_direction(u):
            u.path_slide = _terrain_slide_direction(terrain, u)
            u.movement_state = STATE_TERRAIN_SLIDE
        else:
            turn_heading(u, u.new_course)
    else:
        finish(units, game, index, i)
        u.movement_flags |= TURNING
        u.movement_state = STATE_FOLLOW_PATH
    return False


@inline
def _plan_slide(u: Any, direction: int) -> None:
    flags = u.movement_flags
    set_course(u, direction)
    choose_speed(u)
    plan_as_it_goes(u, flags)


@inline
def terrain_slide(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Move along the ground's edge; return whether the next state follows at once."""
    u = units[i]
    bumped(u)
    if path_interrupted(u, True):
        return True
    u.movement_flags &= ~TURNING
    course = u.course
    _plan_slide(u, u.path_slide)
    u.movement_flags |= TURNING
    u.course = course
    turn_toward(u, u.path_slide)
    if blocked(units, game, index, terrain, i):
        u.movement_state = STATE_FORCE_MOVE_FREE
        return False
    finish(units, game, index, i)
    speed = u.next_speed_256
    set_next_speed(u, u.path_speed_256)
    _plan_slide(u, way_direction(u))
    set_next_speed(u, speed)
    if not ground_in_way(terrain, u):
        u.movement_flags |= TURNING
        u.movement_state = STATE_FOLLOW_PATH
    return False
