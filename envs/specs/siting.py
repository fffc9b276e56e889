"""Where to put a building, from what a Frame shows: the nearest place to a depot that the rules allow.

Own rules of taste on top of the game's: nothing between a depot and its resources, where workers walk, and a tile's
breadth of room around buildings, so that units get through. What ground units stand on is taken, as in the game.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.creep import REACH_X_PX, WEIGHT_X, WEIGHT_Y
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.siting import NEAR_RESOURCE_TILES, PSI_COLUMNS, PSI_HEIGHT_PX, PSI_WIDTH_PX
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline
from envs.specs.reading import FLAG_COMPLETED, has_flag, is_airborne

PYLON: Final = UNIT_TYPE_NAMES.index("Protoss_Pylon")
GEYSER: Final = UNIT_TYPE_NAMES.index("Resource_Vespene_Geyser")
HATCHERY: Final = UNIT_TYPE_NAMES.index("Zerg_Hatchery")
LAIR: Final = UNIT_TYPE_NAMES.index("Zerg_Lair")
HIVE: Final = UNIT_TYPE_NAMES.index("Zerg_Hive")

FREE: Final = 0
KEPT_CLEAR: Final = 1  # by our own taste
TAKEN: Final = 2  # by the rules
NEAR_RESOURCE: Final = 4  # depots may not stand here
OCCUPIED: Final = 8  # by a unit that may move away
REACHED: Final = 16  # builders get there from the depot

SEARCH_TILES: Final = 14
"""How far from the depot a place is looked for."""

WALK_TILES: Final = SEARCH_TILES + 4
"""How far from the depot builders walk to a place."""

NUM_WALK_TILES: Final = (2 * WALK_TILES + 1) ** 2

DEPOT_HALF_ROWS: Final = 2
DEPOT_HALF_COLUMNS: Final = 2
"""Tiles from a depot's middle to its edge, at most: the walk begins inside it."""

MINING_TILES: Final = 10
"""A resource so near to a depot belongs to it."""

GEYSER_TILES: Final = 12


@inline
def mark(ground: NDArray[np.uint8], left: int, top: int, right: int, bottom: int, what: int) -> None:
    """Set bits in the tiles of a rectangle, last ones included, as far as they are on the map."""
    for row in range(max(0, top), min(ground.shape[0] - 1, bottom) + 1):
        for column in range(max(0, left), min(ground.shape[1] - 1, right) + 1):
            ground[row, column] |= what


@inline
def survey(
    units: NDArray[np.void],
    num_units: int,
    types: NDArray[np.void],
    buildable: NDArray[np.uint8],
    depot: np.void,
    ground: NDArray[np.uint8],
) -> None:
    """Write what stands in the way into `ground`.

    Args:
        units: (capacity,) UNIT_DTYPE in sight.
        num_units: how many.
        types: (256,) TYPE_DTYPE.
        buildable: (rows, columns) uint8.
        depot: the own depot around which it is built.
        ground: (rows, columns) uint8, overwritten: `FREE` or bits.
    """
    for row in range(ground.shape[0]):
        for column in range(ground.shape[1]):
            ground[row, column] = FREE if buildable[row, column] else TAKEN
    for k in range(num_units):
        unit = units[k]
        if is_airborne(unit, types):
            continue
        kind = types[unit["type"]]
        left = (unit["x"] - kind["left"]) // BUILD_TILE_PX
        top = (unit["y"] - kind["up"]) // BUILD_TILE_PX
        right = (unit["x"] + kind["right"]) // BUILD_TILE_PX
        bottom = (unit["y"] + kind["down"]) // BUILD_TILE_PX
        mark(ground, left, top, right, bottom, TAKEN if kind["is_building"] or kind["is_resource"] else OCCUPIED)
        if kind["is_building"] and not kind["is_resource"]:
            mark(ground, left - 1, top - 1, right + 1, bottom + 1, KEPT_CLEAR)
        if kind["is_resource"]:
            room = NEAR_RESOURCE_TILES
            mark(ground, left - room, top - room, right + room, bottom + room, NEAR_RESOURCE)
            near_x = abs(unit["x"] - depot["x"]) <= MINING_TILES * BUILD_TILE_PX
            if near_x and abs(unit["y"] - depot["y"]) <= MINING_TILES * BUILD_TILE_PX:
                x0 = min(left, depot["x"] // BUILD_TILE_PX)
                x1 = max(right, depot["x"] // BUILD_TILE_PX)
                y0 = min(top, depot["y"] // BUILD_TILE_PX)
                y1 = max(bottom, depot["y"] // BUILD_TILE_PX)
                mark(ground, x0, y0, x1, y1, KEPT_CLEAR)


@inline
def walk(ground: NDArray[np.uint8], depot: np.void, waiting: NDArray[np.int64]) -> None:
    """Mark the tiles that builders get to from the depot, side by side over tiles that nothing fixed stands on.

    What lies behind a line of resources and the map's edge may be free, and out of reach all the same.

    Args:
        ground: (rows, columns) uint8, surveyed.
        depot: in whose surroundings is built.
        waiting: (n, 2) int64, room for every tile of the surroundings.
    """
    rows, columns = ground.shape
    row0 = depot["y"] // BUILD_TILE_PX
    column0 = depot["x"] // BUILD_TILE_PX
    waiting[0, 0] = row0
    waiting[0, 1] = column0
    ground[row0, column0] |= REACHED
    count = 1
    while count > 0:
        count -= 1
        row = waiting[count, 0]
        column = waiting[count, 1]
        for turn in range(4):
            r = row + (turn == 0) - (turn == 1)
            c = column + (turn == 2) - (turn == 3)
            if not (0 <= r < rows and 0 <= c < columns):
                continue
            if abs(r - row0) > WALK_TILES or abs(c - column0) > WALK_TILES or ground[r, c] & REACHED:
                continue
            under_depot = abs(r - row0) <= DEPOT_HALF_ROWS and abs(c - column0) <= DEPOT_HALF_COLUMNS
            if ground[r, c] & TAKEN and not under_depot:
                continue
            ground[r, c] |= REACHED
            waiting[count, 0] = r
            waiting[count, 1] = c
            count += 1


@inline
def is_powered(units: NDArray[np.void], num_units: int, me: int, x: int, y: int) -> bool:
    """Say whether a building with its centre at (x, y) stands in the field of an own complete pylon."""
    for k in range(num_units):
        unit = units[k]
        if unit["type"] != PYLON or unit["player"] != me or not has_flag(unit, FLAG_COMPLETED):
            continue
        dx = x - unit["x"]
        dy = y - unit["y"]
        across = -dx - 1 if dx < 0 else dx
        down = -dy - 1 if dy < 0 else dy
        inside = abs(dx) < PSI_WIDTH_PX and abs(dy) < PSI_HEIGHT_PX
        if inside and across // BUILD_TILE_PX < PSI_COLUMNS[down // BUILD_TILE_PX]:
            return True
    return False


@inline
def is_creeping(depot: np.void, left: int, top: int, wide: int, high: int) -> bool:
    """Say whether all tiles lie in the ellipse that a hatchery's creep fills.

    A Frame does not show creep. Around the first hatchery it is there from the start; around a new one it grows.
    """
    for row in range(top, top + high):
        dy = row * BUILD_TILE_PX + BUILD_TILE_PX // 2 - depot["y"]
        for column in range(left, left + wide):
            dx = column * BUILD_TILE_PX + BUILD_TILE_PX // 2 - depot["x"]
            if dx * dx * WEIGHT_X + dy * dy * WEIGHT_Y > REACH_X_PX * REACH_X_PX * WEIGHT_X:
                return False
    return True


@inline
def fits(ground: NDArray[np.uint8], left: int, top: int, wide: int, high: int, forbidden: int) -> bool:
    """Say whether builders get to every tile of a site and none has a forbidden bit."""
    if left < 0 or top < 0 or left + wide > ground.shape[1] or top + high > ground.shape[0]:
        return False
    for row in range(top, top + high):
        for column in range(left, left + wide):
            if ground[row, column] & forbidden or not ground[row, column] & REACHED:
                return False
    return True


@inline
def find_geyser(units: NDArray[np.void], num_units: int, depot: np.void) -> int:
    """Return the index of the free geyser nearest to a depot, -1 without one near."""
    best = -1
    best_distance2 = (GEYSER_TILES * BUILD_TILE_PX) ** 2
    for k in range(num_units):
        if units[k]["type"] != GEYSER:
            continue
        dx = units[k]["x"] - depot["x"]
        dy = units[k]["y"] - depot["y"]
        if dx * dx + dy * dy <= best_distance2:
            best = k
            best_distance2 = dx * dx + dy * dy
    return best


@inline
def find_site(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    ground: NDArray[np.uint8],
    depot: np.void,
    make: np.void,
) -> tuple[int, int]:
    """Return (column, row) of the upper left tile of the nearest site for a building, (-1, -1) without one.

    Rings of tiles outward from the depot; within a ring from its upper left corner, row by row.
    """
    wide = make["wide"]
    high = make["high"]
    forbidden = TAKEN | OCCUPIED | KEPT_CLEAR | (NEAR_RESOURCE if make["is_depot"] else 0)
    centre_column = depot["x"] // BUILD_TILE_PX - wide // 2
    centre_row = depot["y"] // BUILD_TILE_PX - high // 2
    for ring in range(SEARCH_TILES + 1):
        for row in range(centre_row - ring, centre_row + ring + 1):
            is_edge = row in (centre_row - ring, centre_row + ring)
            step = 1 if is_edge else max(1, 2 * ring)
            for column in range(centre_column - ring, centre_column + ring + 1, step):
                if not fits(ground, column, row, wide, high, forbidden):
                    continue
                x = column * BUILD_TILE_PX + wide * BUILD_TILE_PX // 2
                y = row * BUILD_TILE_PX + high * BUILD_TILE_PX // 2
                if make["needs_psi"] and not is_powered(units, num_units, me, x, y):
                    continue
                if make["needs_creep"] and not is_creeping(depot, column, row, wide, high):
                    continue
                return column, row
    return -1, -1
