"""The states of a unit that may stand where nobody can: on others, or in a building, where it was born or made room.

Who stands on somebody looks for a place beside him, else tries its luck near by, and walks there through everybody.
Source: MECHANICS.md 3.5 and 1.3; which places are tried, and with which odds, follows the original's own search. Of the
ground, only the place itself is asked, not the cliffs between.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import WIDEST_PX, boxes_meet, note_overlaps, obstructs
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.flingy import is_at_goal, plan_step
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y, go_to
from engine.broodwar.scripts import draw_between
from engine.broodwar.state import (
    ATTACKING,
    MAY_OVERLAP,
    NO_BREAK,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    PASSES_ALL,
    PATH_GIVEN_UP,
    STATE_ANOTHER_PATH,
    STATE_AT_REST,
    STATE_CHECK_ILLEGAL,
    STATE_MOVE_TO_LEGAL,
    STOPPING,
    TURNING,
)
from engine.broodwar.stepping import finish
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import box_blocked, center_x, center_y, group_at, region_at
from engine.core.fixed import along_x, along_y, direction_to, length, whole
from engine.core.jit import inline, scratch

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

FREE: Final = -1
BY_GROUND: Final = -2
"""What `_blocker_at` says of a place instead of a unit."""

ODDS: Final = 31
PATIENCE: Final = 24
"""In so many of 32 frames a unit waits for the other to move off; in the others it tries a step of its own."""

NEAR_GOAL_PX: Final = 32
TURN: Final = 16
BUILDING_STRIDES: Final = 3
"""Out of a building steps are so many times as long."""

RIM_SIDES: Final = 4
LEFT: Final = 0
TOP: Final = 1
RIGHT: Final = 2
BOTTOM: Final = 3
FAR_PX: Final = 9999


@inline
def _blocker_at(units: Units, game: Game, index: Index, terrain: Terrain, i: int, x: int, y: int) -> int:
    """Return the largest unit that would be in the way of unit `i` at (x, y), else FREE or BY_GROUND."""
    t = UNIT_TYPES[units[i].type]
    left = x - t.left
    top = y - t.up
    right = x + t.right
    bottom = y + t.down
    if left < 0 or top < 0 or right >= game.width_px or bottom >= game.height_px:
        return BY_GROUND
    base = x_edges(game.capacity)
    largest = 0
    found = FREE
    for at in range(first_at_least(index, base, game.num_edges, left), game.num_edges):
        if index[base + at] > left + WIDEST_PX:
            break
        j = whole(index[base + 2 * game.capacity + at])
        v = units[j]
        if not boxes_meet(v.left, v.top, v.right, v.bottom, left, top, right, bottom) or not obstructs(units, i, j):
            continue
        s = UNIT_TYPES[v.type]
        size = (s.left + s.right + 1) * (s.up + s.down + 1)
        if size > largest:
            largest = size
            found = j
    if found == FREE and box_blocked(terrain, left, top, right, bottom):
        return BY_GROUND
    return found


@inline
def _is_ground_free(terrain: Terrain, u: Any, x: int, y: int) -> bool:
    t = UNIT_TYPES[u.type]
    return not box_blocked(terrain, x - t.left, y - t.up, x + t.right, y + t.down)


@inline
def _may_reach(game: Game, terrain: Terrain, u: Any, x: int, y: int) -> bool:
    """Say whether (x, y) lies on the map, on ground that can be walked to from where `u` stands."""
    inside = 0 <= x < game.width_px and 0 <= y < game.height_px
    return inside and group_at(terrain, x, y) == group_at(terrain, whole(u.x), whole(u.y))


@inline
def _cut_sides(sides: NDArray[np.int64], units: Units, i: int, j: int) -> None:
    """Keep of each side what lies on or in the rim of unit `j`: where unit `i` would touch it, or stand on it."""
    t = UNIT_TYPES[units[i].type]
    v = units[j]
    for k in range(RIM_SIDES):
        sides[k, LEFT] = max(sides[k, LEFT], v.left - t.right - 1)
        sides[k, TOP] = max(sides[k, TOP], v.top - t.down - 1)
        sides[k, RIGHT] = min(sides[k, RIGHT], v.right + t.left + 1)
        sides[k, BOTTOM] = min(sides[k, BOTTOM], v.bottom + t.up + 1)


@inline
def _beside(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> tuple[bool, int, int]:
    """Return the place nearest to unit `i` at the rim of `j`, which stands, and at that of all others around it."""
    u = units[i]
    v = units[j]
    t = UNIT_TYPES[u.type]
    west = whole(v.left - t.right - 1)
    north = whole(v.top - t.down - 1)
    east = whole(v.right + t.left + 1)
    south = whole(v.bottom + t.up + 1)
    sides = scratch(RIM_SIDES, BOTTOM + 1)
    for k in range(RIM_SIDES):
        sides[k, LEFT] = east if k == 1 else west
        sides[k, TOP] = south if k == 2 else north
        sides[k, RIGHT] = west if k == 3 else east
        sides[k, BOTTOM] = north if k == 0 else south
    n = whole(game.capacity)
    base = x_edges(n)
    left = west - t.left
    right = east + t.right
    begin = first_at_least(index, base, game.num_edges, left)
    for at in range(begin, game.num_edges):
        if index[base + at] >= right:
            break
        other = in_window(units, index, n, at, begin, left, north - t.up, right, south + t.down)
        if other >= 0 and obstructs(units, i, other):
            _cut_sides(sides, units, i, other)
    best = FAR_PX
    best_x = 0
    best_y = 0
    for k in range(RIM_SIDES):
        if sides[k, LEFT] > sides[k, RIGHT] or sides[k, TOP] > sides[k, BOTTOM]:
            continue
        x = min(max(u.x, sides[k, LEFT]), sides[k, RIGHT])
        y = min(max(u.y, sides[k, TOP]), sides[k, BOTTOM])
        far = length(x - u.x, y - u.y)
        if far < best:
            best = far
            best_x = x
            best_y = y
    if best == FAR_PX or not _may_reach(game, terrain, u, best_x, best_y):
        return False, 0, 0
    return _blocker_at(units, game, index, terrain, i, best_x, best_y) == FREE, best_x, best_y


@inline
def _away(u: Any, direction: int, step_px: int) -> tuple[int, int]:
    """Return the pixel `step_px` from `u` in a direction."""
    x = u.x + (along_x(direction & 255, step_px << 8) >> 8)
    y = u.y + (along_y(direction & 255, step_px << 8) >> 8)
    return x, y


@inline
def _out_of_unit(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> tuple[int, int]:
    """Choose where unit `i` goes that stands on unit `j`; its own place if it stays for now."""
    u = units[i]
    v = units[j]
    stays = whole(u.x), whole(u.y)
    gets_out = v.movement_state == STATE_CHECK_ILLEGAL or v.movement_state == STATE_MOVE_TO_LEGAL
    moves = UNIT_TYPES[v.type].can_move and (not is_at_goal(v) or gets_out)
    if moves:
        if draw_between(game, 0, ODDS) < PATIENCE:
            return stays
    else:
        found, x, y = _beside(units, game, index, terrain, i, j)
        if found:
            return x, y
    strides = 1 if moves or not UNIT_TYPES[v.type].building else BUILDING_STRIDES
    direction = whole(u.course + TURN * draw_between(game, -3, 3))
    x, y = _away(u, direction, 4 * draw_between(game, 2, 4) * strides)
    if _may_reach(game, terrain, u, x, y) and _blocker_at(units, game, index, terrain, i, x, y) == FREE:
        return x, y
    near = length(u.move_x - u.x, u.move_y - u.y) <= NEAR_GOAL_PX
    if near or draw_between(game, 0, ODDS) >= PATIENCE:
        x = whole(u.x + TURN * draw_between(game, -2, 2))
        y = whole(u.y + TURN * draw_between(game, -2, 2))
    else:
        direction = direction_to(u.move_x - u.x, u.move_y - u.y) + TURN * draw_between(game, -1, 1)
        x, y = _away(u, direction, (8 + 4 * draw_between(game, 0, 2)) * strides)
    if not _may_reach(game, terrain, u, x, y):
        return stays
    other = _blocker_at(units, game, index, terrain, i, x, y)
    if other == BY_GROUND or (other >= 0 and moves and not UNIT_TYPES[units[other].type].can_move):
        return stays
    return x, y


@inline
def _off_the_cliff(game: Game, terrain: Terrain, u: Any) -> tuple[int, int]:
    """Choose where `u` goes that stands on ground that cannot be walked on: toward the middle of its region."""
    region = region_at(terrain, u.x, u.y)
    x = center_x(terrain, region) - u.x
    y = center_y(terrain, region) - u.y
    direction = direction_to(x, y) + TURN * draw_between(game, -2, 2)
    step = min(8 * draw_between(game, 2, 4), max(length(x, y) - 1, 0))
    x, y = _away(u, direction, step)
    if not _may_reach(game, terrain, u, x, y):
        return whole(u.x), whole(u.y)
    return x, y


@inline
def _sets_out(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Give unit `i` a step to a better place if it stands where nobody can; return False if it stays."""
    u = units[i]
    if u.flies or u.status & PASSES_ALL:
        return False
    blocker = _blocker_at(units, game, index, terrain, i, whole(u.x), whole(u.y))
    if blocker == FREE:
        return False
    if u.status & (NOT_INTERRUPTIBLE | NO_BREAK) or u.movement_flags & ATTACKING:
        u.status |= MAY_OVERLAP
        return False
    x = whole(u.x)
    y = whole(u.y)
    if not _is_ground_free(terrain, u, x, y):
        x, y = _off_the_cliff(game, terrain, u)
    elif blocker >= 0:
        x, y = _out_of_unit(units, game, index, terrain, i, blocker)
    x = clamped_x(u.type, x, game)
    y = clamped_y(u.type, y, game, BOTTOM_MARGIN_PX)
    if x == u.x and y == u.y:
        u.status |= MAY_OVERLAP
        return False
    u.has_path = 0
    if is_at_goal(u) or u.movement_flags & STOPPING:
        go_to(u, game, x, y)
    else:
        u.look_x = x
        u.look_y = y
        if u.way_x != x or u.way_y != y:
            u.way_x = x
            u.way_y = y
            u.movement_flags |= TURNING
    u.has_path = 1
    u.path_flags = 0
    u.path_delay = 0
    u.path_count = 1
    u.path_at = 0
    u.path_x[0] = x
    u.path_y[0] = y
    u.path_next_x = x
    u.path_next_y = y
    u.path_goal_x = x
    u.path_goal_y = y
    return True


@inline
def check_illegal(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Look whether the unit stands on somebody; return whether the next state follows at once."""
    u = units[i]
    u.status &= ~MAY_OVERLAP
    if _sets_out(units, game, index, terrain, i):
        u.movement_state = STATE_MOVE_TO_LEGAL
        return False
    if is_at_goal(u) or u.movement_flags & STOPPING:
        u.movement_state = STATE_AT_REST
    else:
        u.movement_state = STATE_ANOTHER_PATH
    return True


@inline
def move_to_legal(units: Units, game: Game, index: Index, i: int) -> bool:
    """Take a step to the better place, through whoever is there; return whether the next state follows at once."""
    u = units[i]
    if not u.has_path:
        u.movement_state = STATE_CHECK_ILLEGAL
        return True
    if u.path_flags & PATH_GIVEN_UP:
        u.path_flags &= ~PATH_GIVEN_UP
        u.status |= MAY_OVERLAP
        u.has_path = 0
        u.movement_state = STATE_AT_REST
        return True
    u.way_x = u.path_next_x
    u.way_y = u.path_next_y
    if u.x != u.path_next_x or u.y != u.path_next_y:
        plan_step(u)
        t = UNIT_TYPES[u.type]
        inside_x = u.next_x >= t.left and u.next_x + t.right < game.width_px
        if inside_x and u.next_y >= t.up and u.next_y + t.down < game.height_px:
            finish(units, game, index, i)
            return False
    u.has_path = 0
    u.path_blocker = NO_SLOT
    note_overlaps(units, game, index, i)
    u.status |= MAY_OVERLAP
    u.movement_state = STATE_CHECK_ILLEGAL
    return False
