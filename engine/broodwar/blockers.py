"""What a unit does about another one in its way: wait, slide along it, find a way around it, or give up."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import WIDEST_PX, boxes_meet, obstructs
from engine.broodwar.finder import first_at_least, x_edges
from engine.broodwar.flingy import (
    is_at_goal,
    set_next_speed,
)
from engine.broodwar.state import (
    IMMOVABLE,
    MOVING,
    ORDER_DIE,
    STATE_AT_MOVE_TARGET,
    STATE_FOLLOW_PATH,
    STATE_REPATH,
    STATE_REPATH_MOVERS,
    STATE_SCOUT_PATH,
    STATE_SLIDE_PREPARE,
    STATE_TURN_AND_START,
    STATE_WAIT_FREE,
)
from engine.broodwar.stepping import (
    become_immovable,
    bumped,
    path_interrupted,
    slot_of,
    stand_while_blocked,
    way_direction,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import box_blocked
from engine.core.fixed import direction_to, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

BLOCKED_FOR_GOOD: Final = 30
YOUNG_PATH_FRAMES: Final = 7
NO_DIRECTION: Final = -1
GIVE_UP_MOVING: Final = 1
ARRIVE: Final = 2
REPATH: Final = 3
REPATH_MOVERS: Final = 4
TURN_AND_START: Final = 5
WAIT: Final = 6
SLIDE: Final = 7


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
def _place_taken(units: Units, game: Game, index: Index, terrain: Terrain, i: int, x: int, y: int) -> bool:
    """Say whether unit `i` could not stand at (x, y)."""
    t = UNIT_TYPES[units[i].type]
    left = x - t.left
    top = y - t.up
    right = x + t.right
    bottom = y + t.down
    if box_blocked(terrain, left, top, right, bottom):
        return True
    base = x_edges(game.capacity)
    last = max(right, left + WIDEST_PX)
    for at in range(first_at_least(index, base, game.num_edges, left), game.num_edges):
        if index[base + at] > last:
            break
        j = whole(index[base + 2 * game.capacity + at])
        v = units[j]
        if boxes_meet(v.left, v.top, v.right, v.bottom, left, top, right, bottom) and obstructs(units, i, j):
            return True
    return False


@inline
def _slide_direction(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> int:
    """Return a cardinal direction along the blocker `j` in which unit `i` gets free, NO_DIRECTION if there is none."""
    u = units[i]
    v = units[j]
    t = UNIT_TYPES[u.type]
    wanted = way_direction(u)
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
        if not _place_taken(units, game, index, terrain, i, x, y):
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
def _beside_way(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> int:
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
    u.path_slide = _slide_direction(units, game, index, terrain, i, j)
    return SLIDE if u.path_slide != NO_DIRECTION else TURN_AND_START


@inline
def _choose_reaction(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> int:
    u = units[i]
    v = units[j]
    if _touches_move_target(units, i):
        return GIVE_UP_MOVING
    if _would_meet(units, i, u.move_x, u.move_y, v.left, v.top, v.right, v.bottom):
        if v.blocked_count >= BLOCKED_FOR_GOOD or _goals_meet(units, i, u.move_x, u.move_y, j):
            return REPATH if u.move_target >= 0 else ARRIVE
    else:
        if not _would_meet(units, i, u.way_x, u.way_y, v.left, v.top, v.right, v.bottom):
            return _beside_way(units, game, index, terrain, i, j)
        if v.blocked_count >= BLOCKED_FOR_GOOD or _goals_meet(units, i, u.way_x, u.way_y, j):
            return REPATH
    cardinal = (v.course + 32) // 64 * 64 & 255
    toward = direction_to(v.x - u.x, v.y - u.y)
    return REPATH_MOVERS if abs(turn_between(toward, cardinal)) > 64 else WAIT


@inline
def fix_collision(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Choose what to do about the blocker; return whether the next state follows at once."""
    u = units[i]
    if path_interrupted(u, False):
        return True
    bumped(u)
    j = slot_of(units, u.path_blocker)
    if j < 0 or (units[j].order == ORDER_DIE and units[j].right == -1) or not obstructs(units, i, j):
        u.movement_state = STATE_FOLLOW_PATH
        return False
    reaction = _choose_reaction(units, game, index, terrain, i, j)
    if REPATH <= reaction <= TURN_AND_START and game.frame - u.path_frame < YOUNG_PATH_FRAMES:
        stand_while_blocked(u, game)
    elif reaction == GIVE_UP_MOVING:
        become_immovable(u, game)
        u.status &= ~IMMOVABLE
        u.movement_state = STATE_AT_MOVE_TARGET
    elif reaction == ARRIVE:
        become_immovable(u, game)
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
