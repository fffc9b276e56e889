"""What is in the way around one place: forbidden boxes, grown by the box of the unit that looks.

For a unit reduced to a point, every obstacle grows by the unit's own box. Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import WIDEST_PX, obstructs
from engine.broodwar.finder import first_at_least, x_edges
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.places import (
    AT_X,
    AT_Y,
    EAST_END,
    NORTH_END,
    NUM_OBSTACLES,
    SOUTH_END,
    WEST_END,
    WINDOW_PX,
    Frame,
)
from engine.broodwar.swept import EAST, NORTH, SOUTH, WEST
from engine.broodwar.terrain import AT_COLUMNS, AT_ROWS, free_run, is_open
from engine.core.fixed import whole
from engine.core.gamemap import WALK_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Boxes = NDArray[np.int64]
Edges = NDArray[np.int64]
Asked = tuple[int, int, bool]

MAX_OBSTACLES: Final = 64

# Columns of the list of forbidden boxes (inclusive pixels).
LEFT: Final = 0
TOP: Final = 1
RIGHT: Final = 2
BOTTOM: Final = 3

# Columns of the list of edges: the edge's x, then its unit's box, in the columns of the boxes.
EDGE_X: Final = 0
EDGE_SIZE: Final = 5

# Columns of the list's last row: how much of it is made.
FIRST_ROW: Final = 0  # rows from the first to the last, exclusive, are filled: those of the edges that were asked
LAST_ROW: Final = 1
FIRST_EDGE: Final = 2
LAST_EDGE: Final = 3

AHEAD_PX: Final = 64
"""Edges are listed so much beyond what is asked for: the next look is a window further on."""


@inline
def _add_box(boxes: Boxes, frame: Frame, left: int, top: int, right: int, bottom: int) -> None:
    k = frame[NUM_OBSTACLES]
    if k < MAX_OBSTACLES:
        boxes[k, LEFT] = left
        boxes[k, TOP] = top
        boxes[k, RIGHT] = right
        boxes[k, BOTTOM] = bottom
        frame[NUM_OBSTACLES] = k + 1


@inline
def start_edges(game: Game, edges: Edges) -> None:
    """Begin a search's list of edges: nothing is listed.

    Args:
        game: GAME_DTYPE record.
        edges: (2 * game.num_edges + 1, EDGE_SIZE) int64.
    """
    last = 2 * game.num_edges
    edges[last, FIRST_ROW] = game.num_edges
    edges[last, LAST_ROW] = game.num_edges
    edges[last, FIRST_EDGE] = -1
    edges[last, LAST_EDGE] = -1


@inline
def _note_edge(units: Units, game: Game, index: Index, i: int, at: int, asked: Asked, edges: Edges, row: int) -> bool:
    """Write edge `at` into a row if its unit is in the way of unit `i`."""
    j = index[x_edges(game.capacity) + 2 * game.capacity + at]
    v = units[j]
    target, consider, movers = asked
    if j != target and not (obstructs(units, i, j) and (is_at_goal(v) or j == consider or movers)):
        return False
    edges[row, EDGE_X] = index[x_edges(game.capacity) + at]
    edges[row, 1 + LEFT] = v.left
    edges[row, 1 + TOP] = v.top
    edges[row, 1 + RIGHT] = v.right
    edges[row, 1 + BOTTOM] = v.bottom
    return True


@inline
def note_edges(
    units: Units, game: Game, index: Index, i: int, t: Any, asked: Asked, frame: Frame, edges: Edges
) -> None:
    """List the x edges around the frame's place of all units that unit `i` has to go around, in the finder's order.

    What an earlier look of the same search has listed is kept, so that a long search asks every unit once, and a short
    one those near it.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
        t: its type.
        asked: the unit that is the goal (NO_SLOT if none), always an obstacle; a moving unit to go around (NO_SLOT if
            none); whether to go around all moving units.
        frame: (FRAME_SIZE,) int64; the place is read.
        edges: from `start_edges`; added to.
    """
    base = x_edges(game.capacity)
    count = game.num_edges
    made = edges[2 * count]
    west = max(frame[AT_X] - WINDOW_PX, 0) - t.left - 1
    east = frame[AT_X] + max(WINDOW_PX + t.right + 1, WIDEST_PX - t.left - 1)
    if made[FIRST_EDGE] < 0:
        made[FIRST_EDGE] = first_at_least(index, base, count, west - AHEAD_PX)
        made[LAST_EDGE] = made[FIRST_EDGE]
    elif made[FIRST_EDGE] > 0 and index[base + made[FIRST_EDGE] - 1] >= west:
        first = first_at_least(index, base, count, west - AHEAD_PX)
        for at in range(made[FIRST_EDGE] - 1, first - 1, -1):
            if _note_edge(units, game, index, i, at, asked, edges, made[FIRST_ROW] - 1):
                made[FIRST_ROW] -= 1
        made[FIRST_EDGE] = first
    if made[LAST_EDGE] < count and index[base + made[LAST_EDGE]] <= east:
        at = whole(made[LAST_EDGE])
        while at < count and index[base + at] <= east + AHEAD_PX:
            if _note_edge(units, game, index, i, at, asked, edges, made[LAST_ROW]):
                made[LAST_ROW] += 1
            at += 1
        made[LAST_EDGE] = at


@inline
def add_units(game: Game, t: Any, edges: Edges, boxes: Boxes, frame: Frame) -> None:
    """Add the boxes of the units that reach into the window, from the edges of `note_edges`."""
    west = frame[WEST_END] - t.left - 1
    east = frame[EAST_END] + t.right + 1
    last = max(east, west + WIDEST_PX)
    made = edges[2 * game.num_edges]
    for at in range(made[FIRST_ROW], made[LAST_ROW]):
        edge = edges[at, EDGE_X]
        if edge < west:
            continue
        if edge > last:
            break
        left = edges[at, 1 + LEFT]
        if left > east or (edge != left and left >= west):
            continue
        top = edges[at, 1 + TOP] - t.down
        bottom = edges[at, 1 + BOTTOM] + t.up
        if top <= frame[SOUTH_END] + 1 and bottom >= frame[NORTH_END] - 1:
            _add_box(boxes, frame, left - t.right, top, edges[at, 1 + RIGHT] + t.left, bottom)


@inline
def add_ground(terrain: Terrain, t: Any, boxes: Boxes, frame: Frame) -> None:
    """Add what cannot be walked on, one box per run of walk tiles."""
    first = max((frame[WEST_END] - t.left) // WALK_TILE_PX, 0)
    last = min((frame[EAST_END] + t.right) // WALK_TILE_PX, terrain[AT_COLUMNS] - 1)
    low = max((frame[NORTH_END] - t.up) // WALK_TILE_PX, 0)
    high = min((frame[SOUTH_END] + t.down) // WALK_TILE_PX, terrain[AT_ROWS] - 1)
    if first <= last and low <= high and is_open(terrain, first, low, last - first + 1, high - low + 1):
        return
    for row in range(low, high + 1):
        column = first + free_run(terrain, first, row) if first <= last else first
        while column <= last:
            begin = column
            while column <= last and free_run(terrain, column, row) == 0:
                column += 1
            top = row * WALK_TILE_PX - t.down
            bottom = row * WALK_TILE_PX + WALK_TILE_PX - 1 + t.up
            right = column * WALK_TILE_PX - 1 + t.left
            _add_box(boxes, frame, begin * WALK_TILE_PX - t.right, top, right, bottom)
            if column <= last:
                column += free_run(terrain, column, row)


@inline
def cut_rays(boxes: Boxes, frame: Frame) -> int:
    """Shorten the window's four rays to the nearest obstacles; return the bits of those that were cut."""
    x = frame[AT_X]
    y = frame[AT_Y]
    cut = 0
    for k in range(frame[NUM_OBSTACLES]):
        if boxes[k, LEFT] <= x <= boxes[k, RIGHT]:
            if boxes[k, BOTTOM] < y and boxes[k, BOTTOM] + 1 >= frame[NORTH_END]:
                frame[NORTH_END] = boxes[k, BOTTOM] + 1
                cut |= NORTH
            if boxes[k, TOP] > y and boxes[k, TOP] - 1 <= frame[SOUTH_END]:
                frame[SOUTH_END] = boxes[k, TOP] - 1
                cut |= SOUTH
        if boxes[k, TOP] <= y <= boxes[k, BOTTOM]:
            if boxes[k, RIGHT] < x and boxes[k, RIGHT] + 1 >= frame[WEST_END]:
                frame[WEST_END] = boxes[k, RIGHT] + 1
                cut |= WEST
            if boxes[k, LEFT] > x and boxes[k, LEFT] - 1 <= frame[EAST_END]:
                frame[EAST_END] = boxes[k, LEFT] - 1
                cut |= EAST
    return cut
