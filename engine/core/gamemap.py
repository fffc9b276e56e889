"""Terrain as arrays, in the game's three scales: pixel, walk tile (8 px), build tile (32 px)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

WALK_TILE_PX: Final = 8
BUILD_TILE_PX: Final = 32
WALK_TILES_PER_BUILD_TILE: Final = 4

NEUTRAL_UNIT_DTYPE: Final = np.dtype([("type", np.int16), ("x", np.int32), ("y", np.int32), ("resources", np.int32)])
"""A unit that nobody owns: BWAPI UnitType id, centre in pixels, minerals or gas that it holds (0 for others)."""

START_DTYPE: Final = np.dtype([("x", np.int32), ("y", np.int32)])
"""A start location: centre of the first depot, pixels."""


def _nothing(dtype: np.dtype[np.void]) -> NDArray[np.void]:
    return np.zeros(0, dtype)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GameMap:
    """A map. Arrays are indexed [y, x] and are never written after construction; two maps are equal if they are one.

    Attributes:
        name: as players know it.
        width: build tiles.
        height: build tiles.
        walkable: (height * 4, width * 4) bool, per walk tile.
        buildable: (height, width) bool, per build tile.
        ground_height: (height, width) uint8, BWAPI's scale: 0 low, 2 high, 4 very high, +1 on doodads.
        starts: (starts,) START_DTYPE; none where the map is no melee map.
        neutrals: (n,) NEUTRAL_UNIT_DTYPE: what stands on a melee map before a game begins: mineral fields, geysers,
            critters, neutral buildings. Every player knows it from the map, seen or not.
    """

    name: str
    width: int
    height: int
    walkable: NDArray[np.bool_]
    buildable: NDArray[np.bool_]
    ground_height: NDArray[np.uint8]
    starts: NDArray[np.void] = field(default_factory=lambda: _nothing(START_DTYPE))
    neutrals: NDArray[np.void] = field(default_factory=lambda: _nothing(NEUTRAL_UNIT_DTYPE))

    @staticmethod
    def flat(name: str, width: int, height: int, ground_height: int = 0) -> GameMap:
        """Return an open map: all walkable and buildable at one height.

        Args:
            name: map name.
            width: build tiles.
            height: build tiles.
            ground_height: BWAPI ground height of every tile.
        """
        scale = WALK_TILES_PER_BUILD_TILE
        return GameMap(
            name=name,
            width=width,
            height=height,
            walkable=np.ones((height * scale, width * scale), np.bool_),
            buildable=np.ones((height, width), np.bool_),
            ground_height=np.full((height, width), ground_height, np.uint8),
        )

    @property
    def width_px(self) -> int:
        """Width in pixels."""
        return self.width * BUILD_TILE_PX

    @property
    def height_px(self) -> int:
        """Height in pixels."""
        return self.height * BUILD_TILE_PX
