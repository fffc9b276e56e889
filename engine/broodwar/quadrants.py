"""What a look into one quadrant finds: two free rectangles, and the corners of the obstacles that end them.

The next places worth a visit are the ends of the free rays, the far corners of the free rectangles, and the corners of
obstacles that these rectangles meet. Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.broodwar.collision import MAX_BOX_PX
from engine.broodwar.obstacles import BOTTOM, LEFT, RIGHT, TOP, Boxes
from engine.broodwar.places import (
    AT_X,
    AT_Y,
    EAST_END,
    NORTH_END,
    NUM_OBSTACLES,
    SOUTH_END,
    WEST_END,
    Frame,
    Places,
    add_place,
    see,
)
from engine.broodwar.swept import EAST, NORTH, NORTH_EAST, NORTH_WEST, SOUTH, SOUTH_EAST, SOUTH_WEST, WEST, Strips
from engine.core.fixed import whole
from engine.core.jit import inline

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
    add_place(places, frame, x, y, flags)


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
    see(places, frame, strips, x, y, x + QUADRANTS[q, SIGN_X] * wide, y + QUADRANTS[q, SIGN_Y] * reach)
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
    see(places, frame, strips, x, y + sy * base, x + QUADRANTS[q, SIGN_X] * side, y + sy * deep)


@inline
def look_into(boxes: Boxes, local: Boxes, places: Places, frame: Frame, strips: Strips, q: int, cut: int) -> None:
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
