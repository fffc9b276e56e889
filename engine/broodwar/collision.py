"""What stands in the way of a ground unit's step, and placing boxes on the map.

Ground units collide by their boxes with ground units; flyers with nobody. Only what the step newly covers is looked
at, sweep by sweep (x first), and the first hit blocks. Source: MECHANICS.md 3.5.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.finder import first_above, first_at_least, move_box, x_edges, y_edges
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import (
    GATHERING,
    MAY_OVERLAP,
    NO_SLOT,
    PASSES_ALL,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import box_blocked
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


MAX_BOX_PX: Final = 256
"""No unit is wider."""

LARVA: Final = UNIT_TYPE_NAMES.index("Zerg_Larva")

WIDEST_PX: Final = int((UNIT_TYPES["left"] + UNIT_TYPES["right"]).max()) + 1
"""The widest unit's width: a box that reaches across a window to both sides ends within this of its west side."""


@inline
def obstructs(units: Units, i: int, j: int) -> bool:
    """Say whether unit `j` can stand in the way of ground unit `i`.

    A worker at work and a larva mind buildings only; nobody minds a larva.
    """
    u = units[i]
    v = units[j]
    if j == i or v.flies or (u.status | v.status) & PASSES_ALL or v.type == LARVA:
        return False
    return not u.status & GATHERING or UNIT_TYPES[v.type].building != 0


@inline
def boxes_meet(
    a_left: int, a_top: int, a_right: int, a_bottom: int, left: int, top: int, right: int, bottom: int
) -> bool:
    """Say whether two boxes (inclusive) share a pixel."""
    return left <= a_right and top <= a_bottom and a_left <= right and a_top <= bottom


@inline
def _crosses_y(units: Units, j: int, top: int, bottom: int) -> bool:
    return bool(units[j].top <= bottom and units[j].bottom >= top)


@inline
def _crosses_x(units: Units, j: int, left: int, right: int) -> bool:
    return bool(units[j].left <= right and units[j].right >= left)


@inline
def unit_in_way(units: Units, game: Game, index: Index, i: int) -> int:
    """Return the unit that the planned step of unit `i` would bump into, NO_SLOT if the way is free.

    Args:
        units: (N,) UNIT_DTYPE; the step is in `next_x`, `next_y`.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: a ground unit.
    """
    u = units[i]
    if u.flies:
        return NO_SLOT
    dx = u.next_x - u.x
    dy = u.next_y - u.y
    left = u.left + dx
    right = u.right + dx
    top = u.top + dy
    bottom = u.bottom + dy
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    if dx < 0:
        at = first_above(index, base, count, u.left)
        while at > 0:
            at -= 1
            if index[base + at] < left:
                break
            j = index[base + 2 * n + at]
            if _crosses_y(units, j, top, bottom) and obstructs(units, i, j):
                return whole(j)
    elif dx > 0:
        at = first_at_least(index, base, count, u.right)
        while at < count and index[base + at] <= right:
            j = index[base + 2 * n + at]
            if _crosses_y(units, j, top, bottom) and obstructs(units, i, j):
                return whole(j)
            at += 1
    base = y_edges(n)
    if dy < 0:
        at = first_above(index, base, count, u.top)
        while at > 0:
            at -= 1
            if index[base + at] < top:
                break
            j = index[base + 2 * n + at]
            if _crosses_x(units, j, left, right) and obstructs(units, i, j):
                return whole(j)
    elif dy > 0:
        at = first_at_least(index, base, count, u.bottom)
        while at < count and index[base + at] <= bottom:
            j = index[base + 2 * n + at]
            if _crosses_x(units, j, left, right) and obstructs(units, i, j):
                return whole(j)
            at += 1
    return NO_SLOT


@inline
def note_overlaps(units: Units, game: Game, index: Index, i: int) -> None:
    """Mark who must look whether it stands on somebody, now that unit `i` is where it is: itself among them."""
    u = units[i]
    is_wall = UNIT_TYPES[u.type].building and not u.flies
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    for at in range(first_at_least(index, base, count, u.left), count):
        if index[base + at] > u.left + WIDEST_PX:
            break
        j = index[base + 2 * n + at]
        v = units[j]
        if v.flies or not boxes_meet(v.left, v.top, v.right, v.bottom, u.left, u.top, u.right, u.bottom):
            continue
        if UNIT_TYPES[v.type].building:
            u.status |= MAY_OVERLAP
        elif is_wall or not v.status & GATHERING or v.type == LARVA:
            v.status |= MAY_OVERLAP


@inline
def ground_in_way(terrain: Terrain, u: Any) -> bool:
    """Say whether the planned step of `u` would put its box on ground that cannot be walked on."""
    if (u.next_x == u.x and u.next_y == u.y) or u.status & PASSES_ALL:
        return False
    t = UNIT_TYPES[u.type]
    return box_blocked(terrain, u.next_x - t.left, u.next_y - t.up, u.next_x + t.right, u.next_y + t.down)


@inline
def follow_box(units: Units, game: Game, index: Index, i: int) -> None:
    """Move the box of unit `i` to where the unit is."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    move_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)


@inline
def first_inside(
    units: Units, game: Game, index: Index, left: int, top: int, right: int, bottom: int, flies: int
) -> int:
    """Return the first unit of a layer, in the finder's order, whose box meets a box (inclusive); NO_SLOT if none."""
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    last = max(right, left + WIDEST_PX)
    for at in range(first_at_least(index, base, count, left), count):
        if index[base + at] > last:
            break
        j = index[base + 2 * n + at]
        u = units[j]
        if u.flies == flies and boxes_meet(u.left, u.top, u.right, u.bottom, left, top, right, bottom):
            return whole(j)
    return NO_SLOT
