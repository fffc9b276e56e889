"""Motion of one thing (unit or bullet): turning, accelerating, one step toward its way-point.

A step is computed first (`plan_step`), so that the caller can look for collisions, and made real afterwards
(`finish_step`). Three movers exist: by thrust (speed changes by an acceleration; vehicles, flyers, bullets), at
constant speed, and by script (each frame's step is what the walking animation says). Source: MECHANICS.md 3.1, 3.2.
"""

from __future__ import annotations

from typing import Any

from engine.broodwar.state import (
    AT_CONSTANT_SPEED,
    ATTACKING,
    BY_SCRIPT,
    BY_THRUST,
    HAS_WAYPOINTS,
    KEEP_SPEED,
    MOVING,
    NEAR_WAYPOINT,
    STOPPING,
    TURNING,
)
from engine.core.fixed import along_x, along_y, direction_to, length, turn_between, whole
from engine.core.jit import inline

Thing = Any  # a UNIT_DTYPE or BULLET_DTYPE record

CRAWL_256 = 192
"""A thrust mover at its goal comes to rest at once below this speed, 1/256 px per frame."""


@inline
def is_at_goal(u: Thing) -> bool:
    """Say whether `u` stands where it wants to be in the end."""
    return bool(u.x == u.move_x and u.y == u.move_y)


@inline
def set_course(u: Thing, direction: int) -> None:
    """Give the step at hand its direction; velocity follows."""
    if u.new_course != direction:
        u.new_course = direction
        u.velocity_x_256 = along_x(direction, u.speed_256)
        u.velocity_y_256 = along_y(direction, u.speed_256)


@inline
def set_speed(u: Thing, speed_256: int) -> None:
    """Give the step at hand its speed; velocity follows."""
    if u.speed_256 != speed_256:
        u.speed_256 = speed_256
        u.velocity_x_256 = along_x(u.new_course, speed_256)
        u.velocity_y_256 = along_y(u.new_course, speed_256)


@inline
def set_next_speed(u: Thing, speed_256: int) -> None:
    """Set the speed that the next step starts from."""
    u.next_speed_256 = speed_256
    set_speed(u, speed_256)


@inline
def set_goal(u: Thing, x: int, y: int) -> None:
    """Send a thing without path finding toward (x, y)."""
    if u.move_x == x and u.move_y == y:
        return
    u.move_x = x
    u.move_y = y
    u.way_x = x
    u.way_y = y
    u.movement_flags = (u.movement_flags & ~STOPPING) | TURNING


@inline
def halt_distance_256(u: Thing) -> int:
    """Return how far `u` still glides after it starts to brake, 1/256 px."""
    speed = u.next_speed_256
    if speed == 0 or u.mover != BY_THRUST:
        return 0
    if speed == u.base_top_256 and u.acceleration_256 == u.base_acceleration_256:
        return whole(u.halt_256)
    return whole(speed * speed // u.acceleration_256 // 2)


@inline
def turn_toward(u: Thing, direction: int) -> None:
    """Turn the step's course toward `direction`, by half the turn rate unless a script moves the thing."""
    u.turn_goal = direction
    rate = u.turn_rate
    if u.mover != BY_SCRIPT:
        rate //= 2
    turn = turn_between(u.course, direction)
    if turn > rate:
        turn = rate
    elif turn < -rate:
        turn = -rate
    set_course(u, (u.course + turn) & 255)


@inline
def turn_to_waypoint(u: Thing) -> None:
    """Turn toward the way-point, else toward what it looks at, else keep the heading."""
    if u.x != u.way_x or u.y != u.way_y:
        turn_toward(u, direction_to(u.way_x - u.x, u.way_y - u.y))
    elif u.x != u.look_x or u.y != u.look_y:
        turn_toward(u, direction_to(u.look_x - u.x, u.look_y - u.y))
    else:
        turn_toward(u, u.heading)


@inline
def _choose_script_speed(u: Thing) -> None:
    if is_at_goal(u):
        u.movement_flags &= ~STOPPING
        set_speed(u, 0)
    elif not u.movement_flags & TURNING:
        set_speed(u, u.next_speed_256)
    elif abs(turn_between(u.turn_goal, u.heading)) >= 32:
        if u.movement_flags & MOVING:
            u.movement_flags &= ~(MOVING | STOPPING)
            set_speed(u, 0)
    else:
        set_speed(u, u.next_speed_256)


@inline
def _may_accelerate(u: Thing) -> bool:
    if u.new_course == u.turn_goal:
        go = True
    else:
        distance = length(u.way_x - u.x, u.way_y - u.y)
        go = distance >= 32
        if not go:
            error = abs(turn_between(u.new_course, u.turn_goal))
            turns = (error * 2 + u.turn_rate - 1) // u.turn_rate
            go = (turns * u.next_speed_256 >> 8) * 3 // 2 <= distance
    if not go or u.mover != BY_THRUST:
        return go
    flags = u.movement_flags
    if flags & KEEP_SPEED and u.way_x == u.move_x and u.way_y == u.move_y:
        return True
    if flags & HAS_WAYPOINTS and not flags & NEAR_WAYPOINT:
        return True
    remaining = length((u.way_x << 8) - u.x_256, (u.way_y << 8) - u.y_256)
    return halt_distance_256(u) < remaining


@inline
def choose_speed(u: Thing) -> None:
    """Accelerate, brake or stand, as the way ahead demands."""
    if u.mover == BY_SCRIPT:
        _choose_script_speed(u)
        return
    if is_at_goal(u):
        slow = u.next_speed_256 < CRAWL_256 and not u.movement_flags & (KEEP_SPEED | HAS_WAYPOINTS)
        if u.mover == AT_CONSTANT_SPEED or slow:
            u.movement_flags &= ~STOPPING
            set_speed(u, 0)
            return
    set_speed(u, u.next_speed_256)
    speed = u.speed_256 + u.acceleration_256 if _may_accelerate(u) else u.speed_256 - u.acceleration_256
    set_speed(u, min(max(speed, 0), u.top_speed_256))


@inline
def note_start_or_stop(u: Thing) -> None:
    """Set the moving flag and note whether the step begins or ends a motion."""
    u.starts = 0
    u.stops = 0
    if not is_at_goal(u):
        if not u.movement_flags & MOVING:
            attacking = u.movement_flags & ATTACKING
            if u.mover != BY_SCRIPT or not attacking:
                u.movement_flags |= MOVING
            if not attacking:
                u.starts = 1
    elif u.movement_flags & MOVING:
        u.movement_flags &= ~MOVING
        if not u.movement_flags & ATTACKING:
            u.stops = 1


@inline
def place_step(u: Thing) -> None:
    """Compute where the step would end: exactly on the way-point when it is near enough."""
    u.step_256 = u.speed_256
    if not u.movement_flags & MOVING or u.speed_256 == 0:
        u.next_x = u.x
        u.next_y = u.y
        u.next_x_256 = u.x_256
        u.next_y_256 = u.y_256
        return
    remaining = length((u.way_x << 8) - u.x_256, (u.way_y << 8) - u.y_256)
    if u.speed_256 >= remaining:
        u.next_x = u.way_x
        u.next_y = u.way_y
        u.next_x_256 = u.way_x << 8
        u.next_y_256 = u.way_y << 8
        u.step_256 = remaining
    else:
        u.next_x_256 = u.x_256 + u.velocity_x_256
        u.next_y_256 = u.y_256 + u.velocity_y_256
        u.next_x = u.next_x_256 >> 8
        u.next_y = u.next_y_256 >> 8
    if u.mover == BY_SCRIPT:
        set_speed(u, 0)


@inline
def plan_as_it_goes(u: Thing, flags: int) -> None:
    """Compute the step at hand with course and speed as they are; `flags` are the movement flags that stay."""
    note_start_or_stop(u)
    place_step(u)
    u.flags_after = u.movement_flags
    u.movement_flags = flags


@inline
def plan_step(u: Thing) -> None:
    """Compute the step at hand into `next_*`, `flags_after`, `starts` and `stops`; position and flags stay."""
    flags = u.movement_flags
    turn_to_waypoint(u)
    choose_speed(u)
    plan_as_it_goes(u, flags)


@inline
def turn_heading(u: Thing, course: int) -> None:
    """Make `course` the course, and turn the heading toward the wanted direction by at most the turn rate."""
    u.course = course
    if not u.movement_flags & MOVING or u.movement_flags & TURNING:
        turn = turn_between(u.heading, u.turn_goal)
        if turn > u.turn_rate:
            turn = u.turn_rate
        elif turn < -u.turn_rate:
            turn = -u.turn_rate
        u.heading = (u.heading + turn) & 255
        u.turn_rate += u.turn_growth
        if course == u.turn_goal and u.heading == u.turn_goal:
            u.movement_flags &= ~TURNING


@inline
def finish_step(u: Thing) -> bool:
    """Make the planned step real; return whether the pixel changed. The caller starts the animation."""
    moved = u.x != u.next_x or u.y != u.next_y
    u.movement_flags = u.flags_after
    u.next_speed_256 = u.speed_256
    u.x = u.next_x
    u.y = u.next_y
    u.x_256 = u.next_x_256
    u.y_256 = u.next_y_256
    turn_heading(u, u.new_course)
    return bool(moved)
