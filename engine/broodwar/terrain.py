"""The ground as one byte per walk tile (8 px): may a unit walk there, how high is it, does it give cover."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import WALK_TILE_PX, WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.jit import inline

Terrain = NDArray[np.uint8]

WALKABLE: Final = 1
COVER: Final = 2
HEIGHT_SHIFT: Final = 2


def terrain_of(game_map: GameMap) -> Terrain:
    """Return the (height * 4, width * 4) uint8 flags of a map: bit 0 walkable, bit 1 cover, bits 2-3 height 0-2."""
    per_tile = np.repeat(np.repeat(game_map.ground_height, WALK_TILES_PER_BUILD_TILE, 0), WALK_TILES_PER_BUILD_TILE, 1)
    flags = game_map.walkable.astype(np.uint8) * np.uint8(WALKABLE)
    flags |= (per_tile & 1) * np.uint8(COVER)
    flags |= (per_tile >> 1) << np.uint8(HEIGHT_SHIFT)
    return np.ascontiguousarray(flags)


@inline
def height_at(terrain: Terrain, x: int, y: int) -> int:
    """Return the ground height (0 low, 1 middle, 2 high) at a pixel inside the map."""
    return np.int64(terrain[y // WALK_TILE_PX, x // WALK_TILE_PX] >> HEIGHT_SHIFT)


@inline
def gives_cover(terrain: Terrain, x: int, y: int) -> bool:
    """Say whether the ground at a pixel hides a unit from shots."""
    return terrain[y // WALK_TILE_PX, x // WALK_TILE_PX] & COVER != 0


@inline
def box_blocked(terrain: Terrain, left: int, top: int, right: int, bottom: int) -> bool:
    """Say whether a box (inclusive pixels) leaves the map or covers ground that cannot be walked on."""
    rows, columns = terrain.shape
    if left < 0 or top < 0 or right >= columns * WALK_TILE_PX or bottom >= rows * WALK_TILE_PX:
        return True
    for row in range(top // WALK_TILE_PX, bottom // WALK_TILE_PX + 1):
        for column in range(left // WALK_TILE_PX, right // WALK_TILE_PX + 1):
            if not terrain[row, column] & WALKABLE:
                return True
    return False
