"""Who is where: the update list, and box edges sorted by x and by y.

The game keeps both edges of every box in two sorted arrays. The order of a search (ascending left-or-right edge, ties
by history) decides who is "first" in targeting and in collisions, so the arrays are kept exactly as the game keeps
them: an edge that moves is shifted past its neighbours, never re-sorted.

One game's `index` row holds, for a capacity of n slots: the update list (n), x edges' values (2n) and slots (2n),
y edges' values (2n) and slots (2n), then the repulsion cells. `num_edges` entries of the edge arrays are valid.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def x_edges(n: int) -> int:
    """Return where the x edges' values start; their slots follow 2n later."""
    return n


@inline
def y_edges(n: int) -> int:
    """Return where the y edges' values start; their slots follow 2n later."""
    return 5 * n


@inline
def repulsion_cells(n: int) -> int:
    """Return where the repulsion cells start."""
    return 9 * n


@inline
def first_at_least(index: Index, base: int, count: int, value: int) -> int:
    """Return the position of the first edge that is >= value, `count` if there is none."""
    # Both searches halve a range whose length never depends on what they find: no branch to mispredict.
    low = 0
    rest = count
    while rest > 0:
        half = (rest + 1) >> 1
        low += half if index[base + low + half - 1] < value else 0
        rest -= half
    return low


@inline
def first_above(index: Index, base: int, count: int, value: int) -> int:
    """Return the position of the first edge that is > value, `count` if there is none."""
    return first_at_least(index, base, count, value + 1)


@inline
def _insert_edge(index: Index, base: int, n: int, count: int, value: int, slot: int) -> None:
    at = first_at_least(index, base, count, value)
    for k in range(count, at, -1):
        index[base + k] = index[base + k - 1]
        index[base + 2 * n + k] = index[base + 2 * n + k - 1]
    index[base + at] = value
    index[base + 2 * n + at] = slot


@inline
def _remove_edge(index: Index, base: int, n: int, count: int, value: int, slot: int) -> None:
    at = first_at_least(index, base, count, value)
    while index[base + 2 * n + at] != slot:
        at += 1
    for k in range(at, count - 1):
        index[base + k] = index[base + k + 1]
        index[base + 2 * n + k] = index[base + 2 * n + k + 1]


@inline
def _shift_edge(index: Index, base: int, n: int, count: int, at: int, old: int, new: int, slot: int) -> None:
    if new > old:
        while at + 1 < count and index[base + at + 1] < new:
            index[base + at] = index[base + at + 1]
            index[base + 2 * n + at] = index[base + 2 * n + at + 1]
            at += 1
    else:
        while at > 0 and index[base + at - 1] > new:
            index[base + at] = index[base + at - 1]
            index[base + 2 * n + at] = index[base + 2 * n + at - 1]
            at -= 1
    index[base + at] = new
    index[base + 2 * n + at] = slot


@inline
def _shift_edges(
    index: Index, base: int, n: int, count: int, low: int, new_low: int, high: int, new_high: int, slot: int
) -> None:
    """Move both edges of a box along one axis; the one in front first, so that they never pass each other."""
    if low == new_low and high == new_high:
        return
    at = first_at_least(index, base, count, low)
    while index[base + 2 * n + at] != slot:
        at += 1
    end = at + 1  # the box's other edge is its slot's next: a few edges on, sooner found than searched for
    while index[base + 2 * n + end] != slot:
        end += 1
    if new_low <= low:
        _shift_edge(index, base, n, count, at, low, new_low, slot)
        _shift_edge(index, base, n, count, end, high, new_high, slot)
    else:
        _shift_edge(index, base, n, count, end, high, new_high, slot)
        _shift_edge(index, base, n, count, at, low, new_low, slot)


@inline
def insert_box(units: Units, game: Game, index: Index, i: int, left: int, top: int, right: int, bottom: int) -> None:
    """Enter unit `i` with its box (inclusive pixels)."""
    n = game.capacity
    count = game.num_edges
    _insert_edge(index, x_edges(n), n, count, left, i)
    _insert_edge(index, x_edges(n), n, count + 1, right, i)
    _insert_edge(index, y_edges(n), n, count, top, i)
    _insert_edge(index, y_edges(n), n, count + 1, bottom, i)
    game.num_edges = count + 2
    units[i].left = left
    units[i].top = top
    units[i].right = right
    units[i].bottom = bottom


@inline
def remove_box(units: Units, game: Game, index: Index, i: int) -> None:
    """Take unit `i` out; no effect if it is not in."""
    u = units[i]
    if u.right == -1:
        return
    n = game.capacity
    count = game.num_edges
    _remove_edge(index, x_edges(n), n, count, u.left, i)
    _remove_edge(index, x_edges(n), n, count - 1, u.right, i)
    _remove_edge(index, y_edges(n), n, count, u.top, i)
    _remove_edge(index, y_edges(n), n, count - 1, u.bottom, i)
    game.num_edges = count - 2
    u.left = -1
    u.top = -1
    u.right = -1
    u.bottom = -1


@inline
def move_box(units: Units, game: Game, index: Index, i: int, left: int, top: int, right: int, bottom: int) -> None:
    """Move the box of unit `i`; no effect if it is not in."""
    u = units[i]
    if u.right == -1:
        return
    n = game.capacity
    count = game.num_edges
    _shift_edges(index, x_edges(n), n, count, whole(u.left), left, whole(u.right), right, i)
    _shift_edges(index, y_edges(n), n, count, whole(u.top), top, whole(u.bottom), bottom, i)
    u.left = left
    u.top = top
    u.right = right
    u.bottom = bottom


@inline
def in_window(units: Units, index: Index, n: int, at: int, begin: int, x0: int, y0: int, x1: int, y1: int) -> int:
    """Return the slot at edge `at` if it belongs to a search of the half-open window, else -1.

    A unit with both edges inside the search is reported at its left edge only.

    Args:
        units: (N,) UNIT_DTYPE.
        index: one game's index row.
        n: capacity.
        at: position in the x edges, `begin` <= at.
        begin: where the search began.
        x0: left.
        y0: top.
        x1: right, exclusive.
        y1: bottom, exclusive.
    """
    base = x_edges(n)
    i = index[base + 2 * n + at]
    u = units[i]
    if u.left >= x1 or u.top >= y1 or u.bottom < y0:
        return -1
    if index[base + at] != u.left and u.left >= x0:
        return -1  # its right edge; the left one was inside too
    if u.left == u.right and at > begin and index[base + 2 * n + at - 1] == i:
        return -1
    return whole(i)
