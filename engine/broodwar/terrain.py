"""The ground of one map as a single int32 array that all kernels share.

It holds, one after another: a header (see the AT_ numbers), one number per walk tile (8 px: may a unit walk there, does
it give cover, how high is it, how far east may one go), the region of each of them, the regions' centres, and their
neighbours. One array instead of six keeps the kernels' argument lists, and so their calls, short.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.region_parts import parts_of
from engine.broodwar.regions import UNBUILDABLE_CORNER_COLUMNS, UNBUILDABLE_CORNER_ROWS
from engine.core.fixed import whole
from engine.core.gamemap import WALK_TILE_PX, WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.jit import inline

Terrain = NDArray[np.int32]

WALKABLE: Final = 1
COVER: Final = 2
HEIGHT_SHIFT: Final = 2
HEIGHT_MASK: Final = 3
SQUARE_SHIFT: Final = 4
SQUARE_MASK: Final = 31
"""Side of the largest square with this walk tile as its north-west corner that can be walked on; 31 if it is more."""

RUN_SHIFT: Final = 9
"""From this bit on: how many walk tiles in a row, from this one to the east, can be walked on."""

KEPT_TERRAINS: Final = 8

# What the header's numbers say.
AT_COLUMNS: Final = 0  # walk tiles per row
AT_ROWS: Final = 1
AT_FLAGS: Final = 2  # where the walk tiles start
AT_TILE_COLUMNS: Final = 3
AT_REGIONS: Final = 4  # where the regions of the walk tiles start
AT_CENTERS: Final = 5  # where the centres start: x, y
AT_FIRST_NEIGHBORS: Final = 6  # where each region's first neighbour is (and, one further, where they end)
AT_NUM_REGIONS: Final = 7
AT_BUILDABLE: Final = 8  # where the build tiles' numbers start: 1 where one may build
AT_GROUPS: Final = 9  # where each region's group starts: the same for all that can be walked to from one another
HEADER_SIZE: Final = 10

COVERED_CORNER_COLUMNS: Final = 20
COVERED_CORNER_ROWS: Final = 8
COVERED_ROWS: Final = 4
"""The lowest rows of walk tiles cannot be entered; at both corners it is twice as many."""


def _walk_flags(game_map: GameMap) -> NDArray[np.int32]:
    scale = WALK_TILES_PER_BUILD_TILE
    walkable = game_map.walkable.copy()
    walkable[-COVERED_ROWS:] = False
    walkable[-COVERED_CORNER_ROWS:, :COVERED_CORNER_COLUMNS] = False
    walkable[-COVERED_CORNER_ROWS:, -COVERED_CORNER_COLUMNS:] = False
    runs = np.zeros(walkable.shape, np.int32)
    free = np.zeros(len(walkable), np.int32)
    for column in range(walkable.shape[1] - 1, -1, -1):
        free = np.where(walkable[:, column], free + 1, 0).astype(np.int32)
        runs[:, column] = free
    squares = np.zeros(walkable.shape, np.int32)
    fits = walkable
    while fits.any() and squares.max() < SQUARE_MASK:  # `fits`: a square one larger than `squares` says
        squares += fits
        larger = np.zeros_like(fits)
        larger[:-1, :-1] = fits[:-1, :-1] & fits[1:, :-1] & fits[:-1, 1:] & fits[1:, 1:]
        fits = larger
    per_tile = np.repeat(np.repeat(game_map.ground_height.astype(np.int32), scale, 0), scale, 1)
    height = (per_tile >> 1 & HEIGHT_MASK) << HEIGHT_SHIFT
    return walkable * WALKABLE | (per_tile & 1) * COVER | height | squares << SQUARE_SHIFT | runs << RUN_SHIFT


def _buildable(game_map: GameMap) -> NDArray[np.int32]:
    buildable = game_map.buildable.astype(np.int32)
    buildable[-1:] = 0
    buildable[-UNBUILDABLE_CORNER_ROWS:, :UNBUILDABLE_CORNER_COLUMNS] = 0
    buildable[-UNBUILDABLE_CORNER_ROWS:, -UNBUILDABLE_CORNER_COLUMNS:] = 0
    return buildable


def _groups(neighbors: tuple[tuple[int, ...], ...]) -> NDArray[np.int32]:
    """Return (regions,) the lowest region that can be walked to from each, through regions that lead both ways."""
    group = np.arange(len(neighbors), dtype=np.int32)
    for first in range(len(neighbors)):
        if group[first] != first:
            continue
        left = [first]
        while left:
            here = left.pop()
            for other in neighbors[here]:
                if group[other] > first and here in neighbors[other]:
                    group[other] = first
                    left.append(other)
    return group


@lru_cache(maxsize=KEPT_TERRAINS)
def terrain_of(game_map: GameMap) -> Terrain:
    """Return the ground of a map as the kernels want it; shared, so nobody writes to it.

    A large map takes a third of a second, so the last few are kept.
    """
    regions = parts_of(game_map)
    count = len(regions.centers)
    flags = _walk_flags(game_map)
    header = np.zeros(HEADER_SIZE, np.int32)
    header[AT_COLUMNS] = flags.shape[1]
    header[AT_ROWS] = flags.shape[0]
    header[AT_FLAGS] = HEADER_SIZE
    header[AT_TILE_COLUMNS] = game_map.width
    header[AT_REGIONS] = HEADER_SIZE + flags.size
    header[AT_CENTERS] = header[AT_REGIONS] + regions.of_tile.size
    header[AT_FIRST_NEIGHBORS] = header[AT_CENTERS] + 2 * count
    header[AT_NUM_REGIONS] = count
    lengths = [len(others) for others in regions.neighbors]
    first = header[AT_FIRST_NEIGHBORS] + count + 1 + np.concatenate([[0], np.cumsum(lengths)])
    parts = (
        header,
        flags.ravel(),
        regions.of_tile.ravel(),
        regions.centers.ravel(),
        first,
        np.concatenate([np.array(others, np.int32) for others in regions.neighbors]),
        _buildable(game_map).ravel(),
        _groups(regions.neighbors),
    )
    header[AT_BUILDABLE] = sum(part.size for part in parts[:-2])
    header[AT_GROUPS] = header[AT_BUILDABLE] + parts[-2].size
    return np.concatenate(parts).astype(np.int32)


@inline
def flags_at(terrain: Terrain, column: int, row: int) -> int:
    """Return the flags of a walk tile."""
    return whole(terrain[terrain[AT_FLAGS] + row * terrain[AT_COLUMNS] + column])


@inline
def free_run(terrain: Terrain, column: int, row: int) -> int:
    """Return how many walk tiles in a row, from this one to the east, can be walked on; 0 if it cannot itself."""
    return flags_at(terrain, column, row) >> RUN_SHIFT


@inline
def is_open(terrain: Terrain, column: int, row: int, columns: int, rows: int) -> bool:
    """Say whether a block of walk tiles is known at one glance to be free; if not, it may still be."""
    return (flags_at(terrain, column, row) >> SQUARE_SHIFT & SQUARE_MASK) >= max(columns, rows)


@inline
def height_at(terrain: Terrain, x: int, y: int) -> int:
    """Return the ground height (0 low, 1 middle, 2 high) at a pixel inside the map."""
    return flags_at(terrain, x // WALK_TILE_PX, y // WALK_TILE_PX) >> HEIGHT_SHIFT & HEIGHT_MASK


@inline
def gives_cover(terrain: Terrain, x: int, y: int) -> bool:
    """Say whether the ground at a pixel hides a unit from shots."""
    return flags_at(terrain, x // WALK_TILE_PX, y // WALK_TILE_PX) & COVER != 0


@inline
def box_blocked(terrain: Terrain, left: int, top: int, right: int, bottom: int) -> bool:
    """Say whether a box (inclusive pixels) leaves the map or covers ground that cannot be walked on."""
    columns = terrain[AT_COLUMNS]
    if left < 0 or top < 0 or right >= columns * WALK_TILE_PX or bottom >= terrain[AT_ROWS] * WALK_TILE_PX:
        return True
    first = left // WALK_TILE_PX
    wanted = right // WALK_TILE_PX - first + 1
    row = top // WALK_TILE_PX
    last = bottom // WALK_TILE_PX
    if is_open(terrain, first, row, wanted, last - row + 1):
        return False
    while row <= last and free_run(terrain, first, row) >= wanted:
        row += 1
    return bool(row <= last)


@inline
def may_build_at(terrain: Terrain, column: int, row: int) -> bool:
    """Say whether a build tile inside the map may be built on, by its ground alone."""
    return bool(terrain[terrain[AT_BUILDABLE] + row * terrain[AT_TILE_COLUMNS] + column])


@inline
def region_at(terrain: Terrain, x: int, y: int) -> int:
    """Return the number of the region at a pixel inside the map."""
    tile = y // WALK_TILE_PX * terrain[AT_COLUMNS] + x // WALK_TILE_PX
    return whole(terrain[terrain[AT_REGIONS] + tile])


@inline
def group_at(terrain: Terrain, x: int, y: int) -> int:
    """Return the group of regions at a pixel inside the map: equal for places that can be walked to from each other."""
    return whole(terrain[terrain[AT_GROUPS] + region_at(terrain, x, y)])


@inline
def center_x(terrain: Terrain, region: int) -> int:
    """Return the x of a region's centre, pixels."""
    return whole(terrain[terrain[AT_CENTERS] + 2 * region])


@inline
def center_y(terrain: Terrain, region: int) -> int:
    """Return the y of a region's centre, pixels."""
    return whole(terrain[terrain[AT_CENTERS] + 2 * region + 1])


@inline
def neighbors_begin(terrain: Terrain, region: int) -> int:
    """Return where in `terrain` a region's neighbours begin; they end where the next region's begin."""
    return whole(terrain[terrain[AT_FIRST_NEIGHBORS] + region])
