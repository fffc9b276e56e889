"""What is in the way around one place: forbidden boxes, grown by the box of the unit that looks.

For a unit reduced to a point, every obstacle grows by the unit's own box. Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import WIDEST_PX, obstructs
from engine.broodwar.finder import x_edges
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.places import AT_X, AT_Y, EAST_END, NORTH_END, NUM_OBSTACLES, SOUTH_END, WEST_END, Frame
from engine.broodwar.swept import EAST, NORTH, SOUTH, WEST
from engine.broodwar.terrain import AT_COLUMNS, AT_ROWS, free_run, is_open
from engine.core.gamemap import WALK_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Boxes = NDArray[np.int64]
Edges = NDArray[np.int64]

MAX_OBSTACLES: Final = 64

# Columns of the list of forbidden boxes (inclusive pixels).
LEFT: Final = 0
TOP: Final = 1
RIGHT: Final = 2
BOTTOM: Final = 3

# Columns of the list of edges: the edge's x, then its unit's box, in the columns of the boxes.
EDGE_X: Final = 0
EDGE_SIZE: Final = 5


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
def note_edges(
    units: Units, game: Game, index: Index, i: int, target: int, consider: int, movers: bool, edges: Edges
) -> None:
    """List, once per search, the x edges of all units that unit `i` has to go around, in the finder's order.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
        target: the unit that is the goal, NO_SLOT if none; always an obstacle.
        consider: a moving unit to go around, NO_SLOT if none.
        movers: go around all moving units.
        edges: (game.num_edges + 1, EDGE_SIZE) int64, overwritten; the last row's first number counts them.
    """
    n = game.capacity
    base = x_edges(n)
    count = 0
    for at in range(game.num_edges):
        j = index[base + 2 * n + at]
        v = units[j]
        if j == target or (obstructs(units, i, j) and (is_at_goal(v) or j == consider or movers)):
            edges[count, EDGE_X] = index[base + at]
            edges[count, 1 + LEFT] = v.left
            edges[count, 1 + TOP] = v.top
            edges[count, 1 + RIGHT] = v.right
            edges[count, 1 + BOTTOM] = v.bottom
            count += 1
    edges[game.num_edges, 0] = count


@inline
def add_units(game: Game, t: Any, edges: Edges, boxes: Boxes, frame: Frame) -> None:
    """Add the boxes of the units that reach into the window, from the edges of `note_edges`."""
    west = frame[WEST_END] - t.left - 1
    east = frame[EAST_END] + t.right + 1
    last = max(east, west + WIDEST_PX)
    for at in range(edges[game.num_edges, 0]):
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
