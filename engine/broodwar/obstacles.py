"""What a search for way-points sees around one place: forbidden boxes, and the free rectangles between them.

For a unit reduced to a point, every obstacle grows by the unit's own box. Around a place, in a window of 64 px, the
next places worth a visit are the ends of the four free rays, the far corners of the free rectangles, and the corners
of obstacles that these rectangles meet. Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import MAX_BOX_PX, WIDEST_PX, obstructs
from engine.broodwar.finder import x_edges
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.swept import (
    ALL_DIRECTIONS,
    EAST,
    EASTWARD,
    NORTH,
    NORTH_EAST,
    NORTH_WEST,
    NORTHWARD,
    SOUTH,
    SOUTH_EAST,
    SOUTH_WEST,
    SOUTHWARD,
    WEST,
    WESTWARD,
    Strips,
    has_room,
    sweep,
)
from engine.broodwar.terrain import AT_COLUMNS, AT_ROWS, free_run, is_open
from engine.core.fixed import whole
from engine.core.gamemap import WALK_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

WINDOW_PX: Final = 64
MAX_OBSTACLES: Final = 64
MAX_PLACES: Final = 32

# Columns of the list of forbidden boxes (inclusive pixels).
LEFT: Final = 0
TOP: Final = 1
RIGHT: Final = 2
BOTTOM: Final = 3

# Columns of the list of edges: the edge's x, then its unit's box, in the columns of the boxes.
EDGE_X: Final = 0
EDGE_SIZE: Final = 5

# Columns of the list of places.
PLACE_X: Final = 0
PLACE_Y: Final = 1
PLACE_FLAGS: Final = 2
PLACE_IS_GOAL: Final = 3

# Columns of the search's frame: the place, the window, the goal point and the goal unit's rim.
AT_X: Final = 0
AT_Y: Final = 1
WEST_END: Final = 2
NORTH_END: Final = 3
EAST_END: Final = 4
SOUTH_END: Final = 5
GOAL_X: Final = 6
GOAL_Y: Final = 7
RIM_LEFT: Final = 8
RIM_TOP: Final = 9
RIM_RIGHT: Final = 10
RIM_BOTTOM: Final = 11
HAS_RIM: Final = 12
NUM_PLACES: Final = 13
NUM_OBSTACLES: Final = 14
WIDTH: Final = 15
HEIGHT: Final = 16
GOAL_ENDS: Final = 17  # if the goal itself is seen from here, nothing else is wanted
FRAME_SIZE: Final = 18

Frame = NDArray[np.int64]
Boxes = NDArray[np.int64]
Edges = NDArray[np.int64]
Places = NDArray[np.int64]

# The four quadrants in the game's order: signs of x and y, their direction, the bits of the rays beside them (along x,
# along y), and the directions that the places found in them keep open.
SIGN_X: Final = 0
SIGN_Y: Final = 1
TOWARD: Final = 2
RAY_X: Final = 3
RAY_Y: Final = 4
FAR: Final = 5  # the far corner of a free rectangle
END_X: Final = 6  # the end of the ray along x
END_Y: Final = 7
FLUSH: Final = 8  # the far corner, where the obstacle behind ends in line with the rectangle
UNDER: Final = 9  # the far corner, where the obstacle reaches beyond it
CUT_X: Final = 10  # what the far corner keeps when the ray along x is cut
ROUND_X: Final = 11  # and when the corner of what cuts it is farther than the rectangle
FLAT: Final = 12  # what it gains when the rectangle has no depth
OUTER: Final = 13  # the obstacle's corner away from the ray along y
INNER: Final = 14  # its corner toward that ray
HIDDEN: Final = 15  # the foot on that ray of an obstacle across it; 0 if the game does not note it
FLUSH_2: Final = 16  # the same for the narrower rectangle behind
UNDER_2: Final = 17
CUT_Y: Final = 18
ROUND_Y: Final = 19
THIN: Final = 20
STEP: Final = 21
DEEPER: Final = 22
NEARER: Final = 23

QUADRANTS: Final = np.array(
    [
        (1, -1, NORTH_EAST, EAST, NORTH, 0x3B, 0xE7, 0xDD, 0x33, 0x22, 0xFD, 0xDE, 0x44, 0x11, 0x18, 0,
         0x39, 0x18, 0xF7, 0xDE, 0x84, 0x01, 0x21, 0x22),
        (1, 1, SOUTH_EAST, EAST, SOUTH, 0x67, 0xBB, 0xDE, 0x63, 0x21, 0xFE, 0xDD, 0x18, 0x42, 0x44, 0,
         0x66, 0x44, 0xFB, 0xBD, 0x88, 0x02, 0x22, 0x21),
        (-1, 1, SOUTH_WEST, WEST, SOUTH, 0xCE, 0xBD, 0x77, 0xCC, 0x88, 0xF7, 0x7B, 0x11, 0x44, 0x42, 0x21,
         0xC6, 0x42, 0xFD, 0xBB, 0x22, 0x04, 0x84, 0x88),
        (-1, -1, NORTH_WEST, WEST, NORTH, 0x9D, 0xEE, 0x7B, 0x9C, 0x84, 0xFB, 0x77, 0x44, 0x18, 0x11, 0x22,
         0x99, 0x11, 0xFE, 0xE7, 0x21, 0x08, 0x88, 0x84),
    ],
    np.int64,
)  # fmt: skip


def _open_looks() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return what a look finds where nothing is in the way, by the directions it goes in.

    Returns:
        (256,) how many places; (256, 8, 3) each place's columns of x and y in the frame, and its directions; (256,)
        the quadrants and rays that are looked over.
    """
    counts = np.zeros(256, np.int64)
    places = np.zeros((256, 8, 3), np.int64)
    looked_over = np.zeros(256, np.int64)
    rays = (
        (NORTH, NORTH_EAST | NORTH_WEST, (AT_X, NORTH_END), 0xBF),
        (EAST, NORTH_EAST | SOUTH_EAST, (EAST_END, AT_Y), 0x7F),
        (SOUTH, SOUTH_EAST | SOUTH_WEST, (AT_X, SOUTH_END), 0xEF),
        (WEST, SOUTH_WEST | NORTH_WEST, (WEST_END, AT_Y), 0xDF),
    )
    for directions in range(256):
        flags = directions
        found: dict[tuple[int, int], int] = {}
        for ray, beside, place, kept in rays:
            if directions & ray:
                flags |= beside
                found[place] = kept
        for quadrant in QUADRANTS.tolist():
            if flags & quadrant[TOWARD]:
                x = EAST_END if quadrant[SIGN_X] > 0 else WEST_END
                y = SOUTH_END if quadrant[SIGN_Y] > 0 else NORTH_END
                for place, kept in (
                    ((x, AT_Y), quadrant[END_X]),
                    ((x, y), quadrant[FAR]),
                    ((AT_X, y), quadrant[END_Y]),
                ):
                    found[place] = found.get(place, ALL_DIRECTIONS) & kept
        counts[directions] = len(found)
        for k, (place, kept) in enumerate(found.items()):
            places[directions, k] = *place, kept
        looked_over[directions] = flags
    return counts, places, looked_over


OPEN_COUNTS, OPEN_PLACES, OPEN_DIRECTIONS = _open_looks()


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
def _add_units(game: Game, t: Any, edges: Edges, boxes: Boxes, frame: Frame) -> None:
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
def _add_ground(terrain: Terrain, t: Any, boxes: Boxes, frame: Frame) -> None:
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
def _add_place(places: Places, frame: Frame, x: int, y: int, flags: int) -> None:
    """Enter a place, or narrow the directions of one that is there already."""
    if x < 0 or y < 0 or x >= frame[WIDTH] or y >= frame[HEIGHT] or (x == frame[AT_X] and y == frame[AT_Y]):
        return
    is_goal = x == frame[GOAL_X] and y == frame[GOAL_Y]
    if frame[HAS_RIM]:
        if x == frame[RIM_LEFT] or x == frame[RIM_RIGHT]:
            is_goal = is_goal or frame[RIM_TOP] <= y <= frame[RIM_BOTTOM]
        if y == frame[RIM_TOP] or y == frame[RIM_BOTTOM]:
            is_goal = is_goal or frame[RIM_LEFT] <= x <= frame[RIM_RIGHT]
    count = frame[NUM_PLACES]
    if count == MAX_PLACES:
        return
    if is_goal:
        flags = ALL_DIRECTIONS
    else:
        for k in range(count):
            if places[k, PLACE_X] == x and places[k, PLACE_Y] == y:
                places[k, PLACE_FLAGS] &= flags
                return
    places[count, PLACE_X] = x
    places[count, PLACE_Y] = y
    places[count, PLACE_FLAGS] = flags
    places[count, PLACE_IS_GOAL] = is_goal
    frame[NUM_PLACES] = count + 1


@inline
def _see(places: Places, frame: Frame, strips: Strips, x0: int, y0: int, x1: int, y1: int) -> None:
    """Look over a free rectangle; the goal is a place if it lies inside."""
    left = min(x0, x1)
    right = max(x0, x1)
    top = min(y0, y1)
    bottom = max(y0, y1)
    if left <= frame[GOAL_X] <= right and top <= frame[GOAL_Y] <= bottom and frame[NUM_PLACES] < MAX_PLACES:
        k = frame[NUM_PLACES]
        places[k, PLACE_X] = frame[GOAL_X]
        places[k, PLACE_Y] = frame[GOAL_Y]
        places[k, PLACE_FLAGS] = ALL_DIRECTIONS
        places[k, PLACE_IS_GOAL] = 1
        frame[NUM_PLACES] = k + 1
    sweep(strips, left, top, right, bottom)


@inline
def _goal_in_window(frame: Frame) -> bool:
    inside_x = frame[WEST_END] <= frame[GOAL_X] <= frame[EAST_END]
    return bool(inside_x and frame[NORTH_END] <= frame[GOAL_Y] <= frame[SOUTH_END])


@inline
def _cut_rays(boxes: Boxes, frame: Frame) -> int:
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


@inline
def _localize(boxes: Boxes, frame: Frame, q: int, local: Boxes) -> None:
    """Write every forbidden box as seen from the place into a quadrant.

    Columns: near and far x, near and far y; then the extent of its near edge along x, and of its near edge along y,
    each joined with the edges in line with it that it touches.
    """
    sx = QUADRANTS[q, SIGN_X]
    sy = QUADRANTS[q, SIGN_Y]
    x = frame[AT_X]
    y = frame[AT_Y]
    for k in range(frame[NUM_OBSTACLES]):
        local[k, 0] = boxes[k, LEFT] - x if sx > 0 else x - boxes[k, RIGHT]
        local[k, 1] = boxes[k, RIGHT] - x if sx > 0 else x - boxes[k, LEFT]
        local[k, 2] = boxes[k, TOP] - y if sy > 0 else y - boxes[k, BOTTOM]
        local[k, 3] = boxes[k, BOTTOM] - y if sy > 0 else y - boxes[k, TOP]
        local[k, 4] = local[k, 0]
        local[k, 5] = local[k, 1]
        local[k, 6] = local[k, 2]
        local[k, 7] = local[k, 3]
    _join(local, frame[NUM_OBSTACLES], 0)
    _join(local, frame[NUM_OBSTACLES], 2)


@inline
def _join(local: Boxes, count: int, along: int) -> None:
    """Join near edges that lie on one line along x (0) or y (2) and touch."""
    low = 4 + along
    high = 5 + along
    changed = count > 1
    while changed:
        changed = False
        for k in range(count):
            for m in range(k):
                if local[k, 2 - along] != local[m, 2 - along]:
                    continue
                if local[k, low] == local[m, low] and local[k, high] == local[m, high]:
                    continue
                if local[k, low] <= local[m, high] + 1 and local[m, low] <= local[k, high] + 1:
                    local[k, low] = min(local[k, low], local[m, low])
                    local[k, high] = max(local[k, high], local[m, high])
                    local[m, low] = local[k, low]
                    local[m, high] = local[k, high]
                    changed = True


@inline
def _on_line(local: Boxes, count: int, along: int, line: int, low: int, high: int, after: int, outward: bool) -> int:
    """Return the next box whose near edge lies just behind `line` and which meets [low, high] along it; -1 if none.

    Args:
        local: boxes from `_localize`.
        count: how many.
        along: column of the near edge along the line: 0 for x, 2 for y.
        line: coordinate of the last free place before the boxes.
        low: least coordinate along the line.
        high: greatest.
        after: near edge of the box before.
        outward: from low to high.
    """
    best = -1
    for k in range(count):
        near = local[k, 4 + along]
        if local[k, 2 - along] - 1 != line or near > high or local[k, 5 + along] < low:
            continue
        if outward and near > after and (best < 0 or near < local[best, 4 + along]):
            best = k
        if not outward and near < after and (best < 0 or near > local[best, 4 + along]):
            best = k
    return best


@inline
def _nearest_line(local: Boxes, count: int, along: int, low: int, high: int, limit: int) -> int:
    """Return the last free coordinate before the nearest box across [low, high], -1 if none is up to `limit`."""
    line = -1
    for k in range(count):
        if local[k, along] > high or local[k, along + 1] < low:
            continue
        before = local[k, 2 - along] - 1
        if 0 <= before <= limit and (line < 0 or before < line):
            line = before
    return line


@inline
def _corner_of_cut(local: Boxes, count: int, along: int, end: int) -> int:
    """Return where the corner of the box that cuts a ray at `end` can be rounded."""
    for k in range(count):
        if local[k, along] <= 0 <= local[k, along + 1] and local[k, 2 - along] == end + 1:
            return whole(local[k, 5 + along] + 1)
    return 0


@inline
def _place(places: Places, frame: Frame, q: int, a: int, b: int, flags: int) -> None:
    """Enter a place given by its distances along the quadrant's axes."""
    x = frame[AT_X] + QUADRANTS[q, SIGN_X] * a
    y = frame[AT_Y] + QUADRANTS[q, SIGN_Y] * b
    _add_place(places, frame, x, y, flags)


@inline
def _wide_corners(local: Boxes, places: Places, frame: Frame, q: int, wide: int, reach: int, outward: bool) -> None:
    """Enter the corners of the obstacles behind the wide rectangle."""
    count = frame[NUM_OBSTACLES]
    k = _on_line(local, count, 0, reach, 0, wide, -MAX_BOX_PX if outward else 2 * MAX_BOX_PX, outward)
    first = True
    while k >= 0:
        inner = local[k, 4] - 1
        outer = local[k, 5] + 1
        outer_fits = outer < wide or (outer == wide and not first and not outward)
        if outer_fits and not outward:
            _place(places, frame, q, outer, reach, QUADRANTS[q, OUTER])
        if inner > 0 or (inner == 0 and not outward):
            _place(places, frame, q, inner, reach, QUADRANTS[q, INNER])
        elif QUADRANTS[q, HIDDEN]:
            _place(places, frame, q, 0, reach, QUADRANTS[q, HIDDEN])
        if outer_fits and outward:
            _place(places, frame, q, outer, reach, QUADRANTS[q, OUTER])
        if (inner < 0 and not outward) or (outward and outer >= wide):
            return
        first = False
        k = _on_line(local, count, 0, reach, 0, wide, local[k, 4], outward)


@inline
def _wide_part(
    local: Boxes, places: Places, frame: Frame, strips: Strips, q: int, wide: int, deep: int, cut: int
) -> tuple[int, int]:
    """Look over the rectangle as wide as the ray along x; return its depth and the width left behind it."""
    count = frame[NUM_OBSTACLES]
    outward = q % 2 == 1
    reach = deep
    corner = 0
    if cut & QUADRANTS[q, RAY_X]:
        corner = _corner_of_cut(local, count, 2, wide)
        reach = min(reach, corner)
    flags = QUADRANTS[q, FAR]
    line = _nearest_line(local, count, 0, 0, wide, reach)
    left = wide
    if line >= 0:
        reach = line
        k = _on_line(local, count, 0, line, 0, wide, 2 * MAX_BOX_PX, False)
        if local[k, 5] + 1 == wide:
            flags = QUADRANTS[q, FLUSH]
        elif local[k, 5] + 1 > wide:
            flags = QUADRANTS[q, UNDER]
        k = _on_line(local, count, 0, line, 0, wide, -MAX_BOX_PX, True)
        left = max(local[k, 4] - 1, 0)
    if cut & QUADRANTS[q, RAY_X]:
        flags &= QUADRANTS[q, CUT_X]
        if corner > reach:
            flags &= QUADRANTS[q, ROUND_X]
    if line >= 0 and outward:
        _wide_corners(local, places, frame, q, wide, reach, outward)
    if reach <= 0:
        flags |= QUADRANTS[q, FLAT]
    else:
        _place(places, frame, q, wide, 0, QUADRANTS[q, END_X])
    _place(places, frame, q, wide, reach, flags)
    if reach == deep:
        _place(places, frame, q, 0, reach, QUADRANTS[q, END_Y])
    if line >= 0 and not outward:
        _wide_corners(local, places, frame, q, wide, reach, outward)
    x = frame[AT_X]
    y = frame[AT_Y]
    _see(places, frame, strips, x, y, x + QUADRANTS[q, SIGN_X] * wide, y + QUADRANTS[q, SIGN_Y] * reach)
    return reach, left


@inline
def _deep_corners(
    local: Boxes, places: Places, frame: Frame, q: int, side: int, base: int, deep: int, outward: bool
) -> None:
    """Enter the corners of the obstacles beside the narrow rectangle."""
    count = frame[NUM_OBSTACLES]
    k = _on_line(local, count, 2, side, base, deep, -MAX_BOX_PX if outward else 2 * MAX_BOX_PX, outward)
    first = True
    while k >= 0:
        nearer = local[k, 6] - 1
        deeper = local[k, 7] + 1
        if outward and (nearer > base or (nearer == base and not first)):
            _place(places, frame, q, side, nearer, QUADRANTS[q, NEARER])
        if deeper < deep or (deeper == deep and not first and not outward):
            _place(places, frame, q, side, deeper, QUADRANTS[q, DEEPER])
        elif outward:
            return
        if not outward:
            if nearer < base:
                return
            _place(places, frame, q, side, nearer, QUADRANTS[q, NEARER])
        first = False
        last = k
        k = _on_line(local, count, 2, side, base, deep, local[k, 6], outward)
        if k < 0 and not outward and local[last, 6] - 1 >= base:
            _place(places, frame, q, side, base, QUADRANTS[q, DEEPER])


@inline
def _narrow_part(
    local: Boxes, places: Places, frame: Frame, strips: Strips, q: int, base: int, wide: int, deep: int, cut: int
) -> None:
    """Look over the narrower rectangle behind the obstacles that ended the wide one."""
    count = frame[NUM_OBSTACLES]
    outward = q % 2 == 1
    side = wide
    corner = 0
    if cut & QUADRANTS[q, RAY_Y]:
        corner = _corner_of_cut(local, count, 0, deep)
        side = min(side, corner)
    flags = QUADRANTS[q, FAR]
    line = _nearest_line(local, count, 2, base, deep, side)
    if line >= 0:
        side = line
        k = _on_line(local, count, 2, line, base, deep, 2 * MAX_BOX_PX, False)
        if local[k, 7] + 1 == deep:
            flags = QUADRANTS[q, FLUSH_2]
        elif local[k, 7] + 1 > deep:
            flags = QUADRANTS[q, UNDER_2]
    if cut & QUADRANTS[q, RAY_Y]:
        flags &= QUADRANTS[q, CUT_Y]
        if corner > side:
            flags &= QUADRANTS[q, ROUND_Y]
    if outward and line >= 0:
        if side < wide:
            _place(places, frame, q, side, base, QUADRANTS[q, STEP])
        _deep_corners(local, places, frame, q, side, base, deep, outward)
    if side <= 0:
        flags |= QUADRANTS[q, THIN]
    else:
        _place(places, frame, q, 0, deep, QUADRANTS[q, END_Y])
    _place(places, frame, q, side, deep, flags)
    if not outward:
        if side < wide:
            _place(places, frame, q, side, base, QUADRANTS[q, STEP])
        if line >= 0:
            _deep_corners(local, places, frame, q, side, base, deep, outward)
    x = frame[AT_X]
    y = frame[AT_Y]
    sy = QUADRANTS[q, SIGN_Y]
    _see(places, frame, strips, x, y + sy * base, x + QUADRANTS[q, SIGN_X] * side, y + sy * deep)


@inline
def _look_into(boxes: Boxes, local: Boxes, places: Places, frame: Frame, strips: Strips, q: int, cut: int) -> None:
    """Look into one quadrant: the rectangle as wide as the ray allows, then the narrower one behind its obstacle."""
    wide = frame[EAST_END] - frame[AT_X] if QUADRANTS[q, SIGN_X] > 0 else frame[AT_X] - frame[WEST_END]
    deep = frame[SOUTH_END] - frame[AT_Y] if QUADRANTS[q, SIGN_Y] > 0 else frame[AT_Y] - frame[NORTH_END]
    _localize(boxes, frame, q, local)
    base = 0
    left = wide
    if wide > 0:
        base, left = _wide_part(local, places, frame, strips, q, wide, deep, cut)
    if base < deep:
        _narrow_part(local, places, frame, strips, q, base, left, deep, cut)


@inline
def sees_goal(places: Places, frame: Frame) -> bool:
    """Say whether the goal is among the places that were found."""
    p = 0
    while p < frame[NUM_PLACES] and not places[p, PLACE_IS_GOAL]:
        p += 1
    return bool(p < frame[NUM_PLACES])


@inline
def _is_goal_off(frame: Frame) -> bool:
    """Say whether neither the goal nor its unit's rim reaches into the window."""
    if _goal_in_window(frame):
        return False
    if not frame[HAS_RIM]:
        return True
    beside = frame[RIM_LEFT] > frame[EAST_END] or frame[RIM_RIGHT] < frame[WEST_END]
    return bool(beside or frame[RIM_TOP] > frame[SOUTH_END] or frame[RIM_BOTTOM] < frame[NORTH_END])


@inline
def _look_over_open(places: Places, frame: Frame, strips: Strips, directions: int) -> bool:
    """Do all that `look_around` does where nothing is in the window; return False where it is not as simple as that."""
    x = frame[AT_X]
    y = frame[AT_Y]
    west = frame[WEST_END]
    north = frame[NORTH_END]
    east = frame[EAST_END]
    south = frame[SOUTH_END]
    looked_over = OPEN_DIRECTIONS[directions]
    if (looked_over & WESTWARD and west == x) or (looked_over & EASTWARD and east == x):
        return False
    if (looked_over & NORTHWARD and north == y) or (looked_over & SOUTHWARD and south == y):
        return False
    if not _is_goal_off(frame) or not has_room(strips, west, east):
        return False
    for p in range(OPEN_COUNTS[directions]):
        places[p, PLACE_X] = frame[OPEN_PLACES[directions, p, 0]]
        places[p, PLACE_Y] = frame[OPEN_PLACES[directions, p, 1]]
        places[p, PLACE_FLAGS] = OPEN_PLACES[directions, p, 2]
        places[p, PLACE_IS_GOAL] = 0
    frame[NUM_PLACES] = OPEN_COUNTS[directions]
    if looked_over & (NORTH_EAST | SOUTH_EAST):
        top = north if looked_over & NORTH_EAST else y
        sweep(strips, x, top, east, south if looked_over & SOUTH_EAST else y)
    if looked_over & (NORTH_WEST | SOUTH_WEST):
        top = north if looked_over & NORTH_WEST else y
        sweep(strips, west, top, x, south if looked_over & SOUTH_WEST else y)
    return True


@inline
def look_around(
    game: Game,
    terrain: Terrain,
    t: Any,
    flags: int,
    edges: Edges,
    boxes: Boxes,
    local: Boxes,
    places: Places,
    frame: Frame,
    strips: Strips,
) -> None:
    """List the places that a unit could go to next from the frame's place.

    Args:
        game: GAME_DTYPE record.
        terrain: the ground.
        t: the unit's type.
        flags: directions to look in.
        edges: from `note_edges`.
        boxes: (MAX_OBSTACLES, 4) int64, overwritten.
        local: (MAX_OBSTACLES, 8) int64, overwritten.
        places: (MAX_PLACES, 4) int64, overwritten; `frame[NUM_PLACES]` are valid.
        frame: (FRAME_SIZE,) int64; place and goal are read.
        strips: what has been looked over; added to.
    """
    x = frame[AT_X]
    y = frame[AT_Y]
    frame[NUM_PLACES] = 0
    frame[NUM_OBSTACLES] = 0
    frame[WEST_END] = max(x - WINDOW_PX, 0) if flags & WESTWARD else x
    frame[NORTH_END] = max(y - WINDOW_PX, 0) if flags & NORTHWARD else y
    frame[EAST_END] = min(x + WINDOW_PX, frame[WIDTH] - 1) if flags & EASTWARD else x
    frame[SOUTH_END] = min(y + WINDOW_PX, frame[HEIGHT] - 1) if flags & SOUTHWARD else y
    _add_units(game, t, edges, boxes, frame)
    _add_ground(terrain, t, boxes, frame)
    if frame[GOAL_ENDS] and flags == ALL_DIRECTIONS and frame[NUM_OBSTACLES] == 0 and _goal_in_window(frame):
        _see(places, frame, strips, x, y, frame[GOAL_X], frame[GOAL_Y])
        return
    if frame[NUM_OBSTACLES] == 0 and _look_over_open(places, frame, strips, flags):
        return
    cut = _cut_rays(boxes, frame)
    no_north = frame[NORTH_END] == y
    no_east = frame[EAST_END] == x
    no_south = frame[SOUTH_END] == y
    no_west = frame[WEST_END] == x
    if no_north:
        flags &= ~NORTH
    if no_east:
        flags &= ~EAST
    if no_south:
        flags &= ~SOUTH
    if no_west:
        flags &= ~WEST
    if no_north and no_east:
        flags &= ~NORTH_EAST
    if no_south and no_east:
        flags &= ~SOUTH_EAST
    if no_south and no_west:
        flags &= ~SOUTH_WEST
    if no_north and no_west:
        flags &= ~NORTH_WEST
    if flags & NORTH:
        flags |= NORTH_EAST | NORTH_WEST
        _add_place(places, frame, x, frame[NORTH_END], 0xA6 if cut & NORTH else 0xBF)
    if flags & EAST:
        flags |= NORTH_EAST | SOUTH_EAST
        _add_place(places, frame, frame[EAST_END], y, 0x5C if cut & EAST else 0x7F)
    if flags & SOUTH:
        flags |= SOUTH_EAST | SOUTH_WEST
        _add_place(places, frame, x, frame[SOUTH_END], 0xA9 if cut & SOUTH else 0xEF)
    if flags & WEST:
        flags |= SOUTH_WEST | NORTH_WEST
        _add_place(places, frame, frame[WEST_END], y, 0x53 if cut & WEST else 0xDF)
    for q in range(4):
        if flags & QUADRANTS[q, TOWARD]:
            _look_into(boxes, local, places, frame, strips, q, cut)
            if frame[GOAL_ENDS] and sees_goal(places, frame):
                return
