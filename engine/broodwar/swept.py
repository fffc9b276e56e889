"""The part of the ground that a search for way-points has already looked over, as vertical strips of intervals.

A place inside it needs no further look; a place on its rim only a look outward. Directions are bits, clockwise from
the north-east corner, then the four sides: see NORTH_EAST to WEST.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import inline

NORTH_EAST: Final = 1
SOUTH_EAST: Final = 2
SOUTH_WEST: Final = 4
NORTH_WEST: Final = 8
NORTH: Final = 16
EAST: Final = 32
SOUTH: Final = 64
WEST: Final = 128
ALL_DIRECTIONS: Final = 255
NORTHWARD: Final = NORTH | NORTH_EAST | NORTH_WEST
SOUTHWARD: Final = SOUTH | SOUTH_EAST | SOUTH_WEST
EASTWARD: Final = EAST | NORTH_EAST | SOUTH_EAST
WESTWARD: Final = WEST | NORTH_WEST | SOUTH_WEST

MAX_STRIPS: Final = 129
MAX_INTERVALS: Final = 10

# Columns of a strip's row: its first x, its number of intervals, then top and bottom of each.
STRIP_X: Final = 0
STRIP_COUNT: Final = 1
STRIP_FIRST: Final = 2
STRIP_SIZE: Final = STRIP_FIRST + 2 * MAX_INTERVALS
USUAL_SIZE: Final = STRIP_FIRST + 2 * 3
"""What nearly every strip uses of its row."""

Strips = NDArray[np.int64]
"""(MAX_STRIPS + 1, STRIP_SIZE) int64; the last row's first number counts the strips in use."""


@inline
def start_sweep(strips: Strips, width_px: int) -> None:
    """Forget everything: one empty strip as wide as the map, and its end."""
    strips[MAX_STRIPS, 0] = 2
    strips[0, STRIP_X] = 0
    strips[0, STRIP_COUNT] = 0
    strips[1, STRIP_X] = width_px
    strips[1, STRIP_COUNT] = 0


@inline
def _strip_of(strips: Strips, x: int) -> int:
    low = 0
    rest = strips[MAX_STRIPS, 0] - 1
    while rest > 0:
        half = (rest + 1) >> 1
        low += half if strips[low + half, STRIP_X] <= x else 0
        rest -= half
    return low


@inline
def _interval_at(strips: Strips, k: int, y: int) -> int:
    """Return the first interval of strip `k` that does not end above `y`, -1 if there is none."""
    for m in range(strips[k, STRIP_COUNT]):
        if y <= strips[k, STRIP_FIRST + 2 * m + 1]:
            return m
    return -1


@inline
def _rim_of_next_strip(strips: Strips, k: int, y: int, side: int, upper: int, lower: int) -> int:
    """Return the directions that strip `k` beside the place closes."""
    m = _interval_at(strips, k, y)
    if m < 0:
        return 0
    top = strips[k, STRIP_FIRST + 2 * m]
    bottom = strips[k, STRIP_FIRST + 2 * m + 1]
    if not top <= y <= bottom:
        return 0
    closed = side
    if y > top:
        closed |= upper
    if y < bottom:
        closed |= lower
    return closed


@inline
def open_directions(strips: Strips, x: int, y: int, directions: int) -> int:
    """Return those of `directions` that still lead to unseen ground from (x, y).

    Args:
        strips: what has been looked over.
        x: pixels.
        y: pixels.
        directions: bits.
    """
    k = _strip_of(strips, x)
    m = _interval_at(strips, k, y)
    if m < 0:
        return directions
    is_open = 0
    if y <= strips[k, STRIP_FIRST + 2 * m]:
        is_open |= NORTHWARD
    if y >= strips[k, STRIP_FIRST + 2 * m + 1]:
        is_open |= SOUTHWARD
    if x == strips[k, STRIP_X]:
        is_open |= WESTWARD
        if k > 0:
            is_open &= ~_rim_of_next_strip(strips, k - 1, y, WEST, NORTH_WEST, SOUTH_WEST)
    if k + 1 < strips[MAX_STRIPS, 0] and x == strips[k + 1, STRIP_X] - 1:
        is_open |= EASTWARD
        is_open &= ~_rim_of_next_strip(strips, k + 1, y, EAST, NORTH_EAST, SOUTH_EAST)
    return directions & is_open


@inline
def _split(strips: Strips, k: int, x: int) -> bool:
    """Split strip `k` at `x`; return False if there is no room."""
    count = strips[MAX_STRIPS, 0]
    if count == MAX_STRIPS:
        return False
    for m in range(count, k, -1):
        for column in range(USUAL_SIZE):  # a fixed number: no branch to mispredict
            strips[m, column] = strips[m - 1, column]
        for column in range(USUAL_SIZE, STRIP_FIRST + 2 * strips[m, STRIP_COUNT]):
            strips[m, column] = strips[m - 1, column]
    strips[k + 1, STRIP_X] = x
    strips[MAX_STRIPS, 0] = count + 1
    return True


@inline
def _cover(strips: Strips, k: int, top: int, bottom: int) -> bool:
    """Add an interval to strip `k`, joined with those that it touches; return False if there is no room."""
    count = strips[k, STRIP_COUNT]
    m = 0
    while m < count and top > strips[k, STRIP_FIRST + 2 * m + 1] + 1:
        m += 1
    if m < count and bottom >= strips[k, STRIP_FIRST + 2 * m] - 1:
        strips[k, STRIP_FIRST + 2 * m] = min(strips[k, STRIP_FIRST + 2 * m], top)
        last = max(strips[k, STRIP_FIRST + 2 * m + 1], bottom)
        n = m + 1
        while n < count and strips[k, STRIP_FIRST + 2 * n] - 1 <= last:
            last = max(last, strips[k, STRIP_FIRST + 2 * n + 1])
            n += 1
        strips[k, STRIP_FIRST + 2 * m + 1] = last
        gap = n - m - 1
        for p in range(n, count):
            strips[k, STRIP_FIRST + 2 * (p - gap)] = strips[k, STRIP_FIRST + 2 * p]
            strips[k, STRIP_FIRST + 2 * (p - gap) + 1] = strips[k, STRIP_FIRST + 2 * p + 1]
        strips[k, STRIP_COUNT] = count - gap
        return True
    if count == MAX_INTERVALS:
        return False
    for p in range(count, m, -1):
        strips[k, STRIP_FIRST + 2 * p] = strips[k, STRIP_FIRST + 2 * p - 2]
        strips[k, STRIP_FIRST + 2 * p + 1] = strips[k, STRIP_FIRST + 2 * p - 1]
    strips[k, STRIP_FIRST + 2 * m] = top
    strips[k, STRIP_FIRST + 2 * m + 1] = bottom
    strips[k, STRIP_COUNT] = count + 1
    return True


@inline
def has_room(strips: Strips, left: int, right: int) -> bool:
    """Say whether two rectangles more, side by side from `left` to `right`, can be marked without loss."""
    count = strips[MAX_STRIPS, 0]
    if count + 4 > MAX_STRIPS:
        return False
    k = _strip_of(strips, left)
    while k < count and strips[k, STRIP_X] <= right and strips[k, STRIP_COUNT] < MAX_INTERVALS:
        k += 1
    return bool(k == count or strips[k, STRIP_X] > right)


@inline
def sweep(strips: Strips, left: int, top: int, right: int, bottom: int) -> None:
    """Mark a rectangle (inclusive pixels) as looked over; without room it stays unmarked in part.

    Args:
        strips: what has been looked over.
        left: pixels.
        top: pixels.
        right: pixels.
        bottom: pixels.
    """
    k = _strip_of(strips, left)
    if left > strips[k, STRIP_X]:
        if not _split(strips, k, left):
            return
        k += 1
    while k + 1 < strips[MAX_STRIPS, 0] and strips[k, STRIP_X] <= right:
        if strips[k + 1, STRIP_X] > right + 1 and not _split(strips, k, right + 1):
            return
        if not _cover(strips, k, top, bottom):
            return
        k += 1
