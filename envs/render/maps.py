"""A melee map as a picture: ground, heights, resources, start locations."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.maps import MeleeMap
from engine.core.gamemap import WALK_TILE_PX, WALK_TILES_PER_BUILD_TILE, GameMap

GROUND: Final = ((110, 130, 90), (150, 140, 100), (190, 175, 140))
"""Open ground, from low to very high."""
CLOSED: Final = (40, 40, 45)
NOT_BUILDABLE: Final = 0.82
"""Ground that cannot be built on is so much darker."""
MINERALS: Final = (80, 160, 255)
GEYSER: Final = (60, 200, 60)
OTHER: Final = (200, 90, 200)
START: Final = (255, 60, 60)

FIELD_PX: Final = (64, 32)
GEYSER_PX: Final = (128, 64)
DEPOT_PX: Final = (128, 96)
OTHER_PX: Final = (32, 32)


def ground_picture(game_map: GameMap) -> NDArray[np.float64]:
    """Return (height * 4, width * 4, 3), 0 to 255: the ground alone, one pixel per walk tile."""
    scale = WALK_TILES_PER_BUILD_TILE

    def fine(tiles: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.repeat(np.repeat(tiles, scale, 0), scale, 1)

    level = np.minimum(fine(game_map.ground_height).astype(np.int64) >> 1, len(GROUND) - 1)
    picture: NDArray[np.float64] = np.array(GROUND, np.float64)[level]
    picture[~fine(game_map.buildable).astype(np.bool_)] *= NOT_BUILDABLE
    picture[~game_map.walkable] = CLOSED
    return picture


def map_picture(melee: MeleeMap) -> NDArray[np.uint8]:
    """Return (height * 4, width * 4, 3) uint8: one pixel per walk tile."""
    picture = ground_picture(melee.map)
    for unit, is_mineral, is_geyser in zip(melee.units, melee.is_mineral, melee.is_geyser, strict=True):
        colour, size = (MINERALS, FIELD_PX) if is_mineral else (GEYSER, GEYSER_PX) if is_geyser else (OTHER, OTHER_PX)
        _fill(picture, unit, size, colour)
    for start in melee.starts:
        _fill(picture, start, DEPOT_PX, START)
    pixels: NDArray[np.uint8] = picture.astype(np.uint8)
    return pixels


def _fill(picture: NDArray[np.float64], placed: np.void, size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    left, top = (int(placed["x"]) - size[0] // 2) // WALK_TILE_PX, (int(placed["y"]) - size[1] // 2) // WALK_TILE_PX
    right, bottom = left + size[0] // WALK_TILE_PX, top + size[1] // WALK_TILE_PX
    picture[max(top, 0) : bottom, max(left, 0) : right] = colour
