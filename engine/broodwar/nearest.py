"""The nearest unit of a kind, in the game's own order of search, which decides ties.

From where it begins, the search goes through the sorted box edges step by step: one to the west, one to the east, one
to the north, one to the south. The first of equally near ones wins. Source: MECHANICS.md 2.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.finder import first_at_least, x_edges, y_edges
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.state import NO_SLOT, ORDER_DIE
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import height_at
from engine.core.fixed import length, whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

# What is looked for.
FIELD: Final = 0  # a mineral field at the height of the place where the search begins
FREE_FIELD: Final = 1  # one that nobody works on
DEPOT: Final = 2  # an own building that takes minerals and gas


@inline
def is_field(units: Units, j: int) -> bool:
    """Say whether unit `j` is a mineral field."""
    return bool(PRODUCTION[units[j].type].is_mineral_field)


@inline
def is_depot(units: Units, j: int) -> bool:
    """Say whether unit `j` takes minerals and gas now: finished, or on its way to a better form, and on the ground."""
    v = units[j]
    return bool(PRODUCTION[v.type].is_resource_depot and not v.flies and (v.is_complete or v.build_type >= 0))


@inline
def _is_tile_taken(units: Units, game: Game, index: Index, column: int, row: int) -> bool:
    x = column * BUILD_TILE_PX
    y = row * BUILD_TILE_PX
    for k in range(game.num_units):
        v = units[index[k]]
        inside_x = v.left < x + BUILD_TILE_PX and v.right >= x
        inside_y = v.top < y + BUILD_TILE_PX and v.bottom >= y
        if inside_x and inside_y and UNIT_TYPES[v.type].building and not v.flies:
            return True
    return False


@inline
def _can_be_reached(units: Units, game: Game, index: Index, j: int) -> bool:
    """Say whether one of the tiles beside building `j` is free of buildings; corners do not count."""
    v = units[j]
    west = max(v.left // BUILD_TILE_PX - 1, 0)
    north = max(v.top // BUILD_TILE_PX - 1, 0)
    east = min(v.right // BUILD_TILE_PX + 1, game.width_px // BUILD_TILE_PX - 1)
    south = min(v.bottom // BUILD_TILE_PX + 1, game.height_px // BUILD_TILE_PX - 1)
    for column in range(west + 1, east):
        if not _is_tile_taken(units, game, index, column, north):
            return True
        if not _is_tile_taken(units, game, index, column, south):
            return True
    for row in range(north + 1, south):
        if not _is_tile_taken(units, game, index, west, row):
            return True
        if not _is_tile_taken(units, game, index, east, row):
            return True
    return False


@inline
def _is_wanted(
    units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int, x: int, y: int, wanted: int
) -> bool:
    v = units[j]
    if v.order == ORDER_DIE:
        return False
    if wanted == DEPOT:
        return j != i and v.player == units[i].player and is_depot(units, j)
    if not is_field(units, j) or (wanted == FREE_FIELD and v.is_gathered):
        return False
    return height_at(terrain, v.x, v.y) == height_at(terrain, x, y) and _can_be_reached(units, game, index, j)


@inline
def _edge_of(index: Index, base: int, n: int, count: int, value: int, slot: int) -> int:
    """Return the position of the edge of unit `slot` that has this value."""
    at = first_at_least(index, base, count, value)
    while index[base + 2 * n + at] != slot:
        at += 1
    return at


@inline
def find_nearest(
    units: Units,
    game: Game,
    index: Index,
    terrain: Terrain,
    i: int,
    x: int,
    y: int,
    reach: int,
    wanted: int,
    from_unit: bool,
) -> int:
    """Return the nearest unit of a kind by its centre, NO_SLOT if there is none.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        i: who looks for it.
        x: where the search begins, pixels.
        y: likewise.
        reach: centres may be so many pixels away on each axis.
        wanted: FIELD, FREE_FIELD or DEPOT.
        from_unit: begin at the unit's own edges, as the game does when it searches from a unit.
    """
    n = game.capacity
    count = game.num_edges
    xs = x_edges(n)
    ys = y_edges(n)
    left = max(x - reach, 0)
    top = max(y - reach, 0)
    right = min(x + reach, game.width_px - 1)
    bottom = min(y + reach, game.height_px - 1)
    west = first_at_least(index, xs, count, x)
    east = west
    north = first_at_least(index, ys, count, y)
    south = north
    if from_unit and units[i].right != -1:
        u = units[i]
        west = _edge_of(index, xs, n, count, whole(u.right), i)
        east = _edge_of(index, xs, n, count, whole(u.left), i) + 1
        north = _edge_of(index, ys, n, count, whole(u.bottom), i)
        south = _edge_of(index, ys, n, count, whole(u.top), i) + 1
    nearest = length(max(x - left, right - x), max(y - top, bottom - y))
    found = NO_SLOT
    side = 0
    idle = 0  # sides in a row that have nothing left
    while idle < 4:
        at = -1
        if side == 0 and west > 0:
            west -= 1
            at = xs + west
        elif side == 1 and east < count:
            at = xs + east
            east += 1
        elif side == 2 and north > 0:
            north -= 1
            at = ys + north
        elif side == 3 and south < count:
            at = ys + south
            south += 1
        if at < 0:
            idle += 1
        else:
            idle = 0
            j = whole(index[at + 2 * n])
            v = units[j]
            if side == 0 and v.x < left:
                west = 0
            elif side == 1 and v.x >= right:
                east = count
            elif side == 2 and v.y < top:
                north = 0
            elif side == 3 and v.y >= bottom:
                south = count
            elif left <= v.x < right and top <= v.y < bottom:
                distance = length(x - v.x, y - v.y)
                if distance < nearest and _is_wanted(units, game, index, terrain, i, j, x, y, wanted):
                    nearest = distance
                    found = j
        side += 1
        if side == 4:
            side = 0
            left = max(left, x - nearest)
            top = max(top, y - nearest)
            right = min(right, x + nearest)
            bottom = min(bottom, y + nearest)
    return found
