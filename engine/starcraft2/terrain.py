"""The ground in cells: where units may walk, how high it is, whether a way is clear, and the way where it is not."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.gamemap import WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.jit import inline
from engine.starcraft2.geometry import distance
from engine.starcraft2.tables import GAS, MINERALS, NO_RESOURCE, ONE

Ground = NDArray[np.uint8]
"""(rows, columns): bit 0 walkable, bit 1 buildable, the rest height."""

Grids = NDArray[np.uint8]
"""(NUM_GRIDS, rows, columns) of `engine.starcraft2.state`: creep, power, sight of one game; of one cell in battles."""

Work = NDArray[np.int32]
"""(WORK_ROWS, cells + 1): scratch of the search for a way, of one process."""

WALKABLE: Final = 1
BUILDABLE: Final = 2
HEIGHT_SHIFT: Final = 2

SLOPE: Final = 1
"""Ground that is so much higher is not above: a quarter of a level on maps of the interface's scale, half of one on
those of scenario files, whose ramps lie between."""

WORK_ROWS: Final = 6
STAMP, COST, FROM, HEAP_KEY, HEAP_CELL, COUNTERS = range(WORK_ROWS)

STRAIGHT: Final = 10
DIAGONAL: Final = 14
"""Costs of a step of the search, in tenths of a cell."""

SAMPLE: Final = ONE // 4
"""How far apart a way is looked at."""

FAR_ASIDE: Final = 6
"""Cells around in which who stands on a structure's cells looks for free ground."""

FAR: Final = 2**30

WITHOUT_CORNERS: Final = 10
"""Width of a town hall's footprint, half cells."""


def ground_of(game_map: GameMap) -> Ground:
    """Return the ground of a map: a cell is walkable if all of it is.

    Args:
        game_map: heights are in its own scale.
    """
    n = WALK_TILES_PER_BUILD_TILE
    walkable = game_map.walkable.reshape(game_map.height, n, game_map.width, n).all(axis=(1, 3))
    height = game_map.ground_height
    if height.max(initial=0) >= 256 >> HEIGHT_SHIFT:  # the interface's scale, 0 to 255: 16 from level to level
        height = (height >> HEIGHT_SHIFT).astype(np.uint8)
    ground = walkable * WALKABLE + game_map.buildable * BUILDABLE + (height << HEIGHT_SHIFT)
    return np.ascontiguousarray(ground, np.uint8)


def work_for(ground: Ground) -> Work:
    """Return scratch for searches on a ground."""
    return np.zeros((WORK_ROWS, 8 * ground.size + 8), np.int32)


@inline
def is_free(ground: Ground, blocked: Ground, x: int, y: int) -> bool:
    """Say whether a ground unit may stand at a place."""
    if x < 0 or y < 0:
        return False
    column = whole(x) // ONE
    row = whole(y) // ONE
    if row >= ground.shape[0] or column >= ground.shape[1]:
        return False
    return bool(ground[row, column] & WALKABLE) and blocked[row, column] == 0


@inline
def nearest_free(ground: Ground, blocked: Ground, x: int, y: int) -> tuple[int, int]:
    """Return the middle of the nearest free cell, the place itself if none is near.

    Args:
        ground: the map.
        blocked: cells that something stands on.
        x: 1/4096 cell, on a cell that is not free.
        y: likewise.
    """
    least = whole(-1)
    free_x = whole(x)
    free_y = whole(y)
    for row in range(y // ONE - FAR_ASIDE, y // ONE + FAR_ASIDE + 1):
        for column in range(x // ONE - FAR_ASIDE, x // ONE + FAR_ASIDE + 1):
            cell_x = column * ONE + ONE // 2
            cell_y = row * ONE + ONE // 2
            if not is_free(ground, blocked, cell_x, cell_y):
                continue
            far = distance(x, y, cell_x, cell_y)
            if least < 0 or far < least:
                least = far
                free_x = cell_x
                free_y = cell_y
    return free_x, free_y


@inline
def cover(blocked: Ground, kind: Any, x: int, y: int, value: int) -> None:
    """Mark the cells that a structure or resource stands on: minerals 2 by 1, geysers 3 by 3, others their footprint.

    Of footprints of five cells the corners stay free (MECHANICS.md section 8).
    """
    if not (kind.is_structure or kind.resource != NO_RESOURCE) or kind.is_low or kind.is_flyer:
        return
    wide = whole(kind.footprint_half)
    high = wide
    if kind.resource == MINERALS:
        wide = whole(4)
        high = whole(2)
    elif kind.resource == GAS and wide == 0:
        wide = whole(6)
        high = whole(6)
    left = (whole(x) - wide * (ONE // 4) + ONE // 2) // ONE
    top = (whole(y) - high * (ONE // 4) + ONE // 2) // ONE
    for row in range(top, top + high // 2):
        for column in range(left, left + wide // 2):
            is_corner = row in (top, top + high // 2 - 1) and column in (left, left + wide // 2 - 1)
            if row < 0 or column < 0 or row >= blocked.shape[0] or column >= blocked.shape[1]:
                continue
            if not (is_corner and wide == WITHOUT_CORNERS):
                blocked[row, column] = value


@inline
def is_site_free(ground: Ground, blocked: Ground, kind: Any, x: int, y: int) -> bool:
    """Say whether a structure could stand on all cells of its footprint."""
    width = whole(kind.footprint_half) // 2
    left = (whole(x) - width * ONE // 2) // ONE
    top = (whole(y) - width * ONE // 2) // ONE
    if left < 0 or top < 0 or left + width > ground.shape[1] or top + width > ground.shape[0]:
        return False
    for row in range(top, top + width):
        for column in range(left, left + width):
            if not ground[row, column] & BUILDABLE or blocked[row, column] != 0:
                return False
    return True


@inline
def height_at(ground: Ground, x: int, y: int) -> int:
    """Return the height of the ground at a place that is on the map."""
    row = min(max(whole(y) // ONE, 0), ground.shape[0] - 1)
    column = min(max(whole(x) // ONE, 0), ground.shape[1] - 1)
    return whole(ground[row, column]) >> HEIGHT_SHIFT


@inline
def is_way_clear(ground: Ground, blocked: Ground, x: int, y: int, to_x: int, to_y: int) -> bool:
    """Say whether the straight way between two places is walkable, but perhaps for its first place."""
    dx = whole(to_x) - x
    dy = whole(to_y) - y
    steps = max(abs(dx), abs(dy)) // SAMPLE + 1
    k = 1
    while k <= steps and is_free(ground, blocked, x + dx * k // steps, y + dy * k // steps):
        k += 1
    return k > steps


@inline
def _push(work: Work, key: int, cell: int) -> None:
    at = whole(work[COUNTERS, 1])
    work[COUNTERS, 1] = at + 1
    while at > 0:
        parent = (at - 1) >> 1
        if work[HEAP_KEY, parent] <= key:
            break
        work[HEAP_KEY, at] = work[HEAP_KEY, parent]
        work[HEAP_CELL, at] = work[HEAP_CELL, parent]
        at = parent
    work[HEAP_KEY, at] = key
    work[HEAP_CELL, at] = cell


@inline
def _pop(work: Work) -> int:
    first = whole(work[HEAP_CELL, 0])
    size = whole(work[COUNTERS, 1]) - 1
    work[COUNTERS, 1] = size
    key = whole(work[HEAP_KEY, size])
    cell = whole(work[HEAP_CELL, size])
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and work[HEAP_KEY, child + 1] < work[HEAP_KEY, child]:
            child += 1
        if work[HEAP_KEY, child] >= key:
            break
        work[HEAP_KEY, at] = work[HEAP_KEY, child]
        work[HEAP_CELL, at] = work[HEAP_CELL, child]
        at = child
    if size > 0:
        work[HEAP_KEY, at] = key
        work[HEAP_CELL, at] = cell
    return first


@inline
def _guess(cell: int, goal: int, columns: int) -> int:
    dx = abs(cell % columns - goal % columns)
    dy = abs(cell // columns - goal // columns)
    return STRAIGHT * max(dx, dy) + (DIAGONAL - STRAIGHT) * min(dx, dy)


@inline
def _is_open(ground: Ground, blocked: Ground, row: int, column: int) -> bool:
    if row < 0 or column < 0 or row >= ground.shape[0] or column >= ground.shape[1]:
        return False
    return bool(ground[row, column] & WALKABLE) and blocked[row, column] == 0


@inline
def _search(ground: Ground, blocked: Ground, work: Work, start: int, goal: int, near: int) -> int:
    """Search from cell to cell (A*); return a cell that near the goal, or the nearest to it that can be reached.

    Ties are broken by the heap's order alone, which is the same on every machine.
    """
    columns = ground.shape[1]
    work[COUNTERS, 0] += 1
    stamp = whole(work[COUNTERS, 0])
    work[COUNTERS, 1] = 0
    work[STAMP, start] = stamp
    work[COST, start] = 0
    work[FROM, start] = start
    _push(work, _guess(start, goal, columns), start)
    nearest = start
    least = _guess(start, goal, columns)
    while work[COUNTERS, 1] > 0:
        cell = _pop(work)
        left = _guess(cell, goal, columns)
        if left < least:
            least = left
            nearest = cell
        if left * ONE <= near * STRAIGHT:
            return cell
        row = cell // columns
        column = cell % columns
        cost = whole(work[COST, cell])
        for d in range(9):
            if d == 4:
                continue
            dy = d // 3 - 1
            dx = d % 3 - 1
            if not _is_open(ground, blocked, row + dy, column + dx):
                continue
            is_straight = dx == 0 or dy == 0
            if not is_straight and not _is_open(ground, blocked, row + dy, column):
                continue
            if not is_straight and not _is_open(ground, blocked, row, column + dx):
                continue
            other = (row + dy) * columns + column + dx
            total = cost + (STRAIGHT if is_straight else DIAGONAL)
            if work[STAMP, other] == stamp and work[COST, other] <= total:
                continue
            work[STAMP, other] = stamp
            work[COST, other] = total
            work[FROM, other] = cell
            _push(work, total + _guess(other, goal, columns), other)
    return nearest


@inline
def next_waypoint(
    ground: Ground, blocked: Ground, work: Work, x: int, y: int, goal_x: int, goal_y: int, near: int
) -> tuple[int, int]:
    """Return where to walk straight to on the way to a goal: the goal itself where nothing is in between.

    Args:
        ground: the map.
        blocked: cells that something stands on.
        work: scratch.
        x: where the way begins.
        y: likewise.
        goal_x: where it leads.
        goal_y: likewise.
        near: how near is near enough; what stands there bars no way.
    """
    left = distance(x, y, goal_x, goal_y)
    if left <= near:
        return goal_x, goal_y
    end_x = goal_x + (x - goal_x) * near // left
    end_y = goal_y + (y - goal_y) * near // left
    if is_way_clear(ground, blocked, x, y, end_x, end_y):
        return goal_x, goal_y
    columns = ground.shape[1]
    rows = ground.shape[0]
    start = min(max(y // ONE, 0), rows - 1) * columns + min(max(x // ONE, 0), columns - 1)
    goal = min(max(goal_y // ONE, 0), rows - 1) * columns + min(max(goal_x // ONE, 0), columns - 1)
    cell = _search(ground, blocked, work, start, goal, near)
    best_x = (cell % columns) * ONE + ONE // 2
    best_y = (cell // columns) * ONE + ONE // 2
    if is_way_clear(ground, blocked, x, y, best_x, best_y):
        return best_x, best_y
    while cell != start:  # from the end: the first that is seen straight is the farthest
        best_x = (cell % columns) * ONE + ONE // 2
        best_y = (cell // columns) * ONE + ONE // 2
        if work[FROM, cell] == start or is_way_clear(ground, blocked, x, y, best_x, best_y):
            return best_x, best_y
        cell = whole(work[FROM, cell])
    return x, y


@inline
def is_near(x: int, y: int, to_x: int, to_y: int, most: int) -> bool:
    """Say whether two places are at most so far apart."""
    return distance(x, y, to_x, to_y) <= most
