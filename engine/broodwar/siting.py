"""Where a building may stand: free and buildable ground, creep, a pylon's field, room around resources.

Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.creep import is_clear, is_covered
from engine.broodwar.production_table import PRODUCTION, VESPENE_GEYSER
from engine.broodwar.rules_table import RACES, UNIT_TYPE_NAMES
from engine.broodwar.state import NO_SLOT
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import may_build_at
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

ZERG: Final = RACES.index("Zerg")
PYLON: Final = UNIT_TYPE_NAMES.index("Protoss_Pylon")

NEAR_RESOURCE_TILES: Final = 3

PSI_WIDTH_PX: Final = 256
PSI_HEIGHT_PX: Final = 160
PSI_COLUMNS: Final = np.array([8, 8, 7, 6, 3], np.int64)
"""How many tiles a pylon's field reaches to either side, in each row of tiles above and below it."""


@inline
def site_x(kind: int, column: int) -> int:
    """Return the centre of a building, pixels, whose left build tile is `column`."""
    return whole(column * BUILD_TILE_PX + PRODUCTION[kind].placement_width_px // 2)


@inline
def site_y(kind: int, row: int) -> int:
    """Return the centre of a building, pixels, whose upper build tile is `row`."""
    return whole(row * BUILD_TILE_PX + PRODUCTION[kind].placement_height_px // 2)


@inline
def has_psi(units: Units, game: Game, index: Index, player: int, x: int, y: int) -> bool:
    """Say whether a point lies in the field of one of a player's pylons."""
    for k in range(game.num_units):
        v = units[index[k]]
        if v.type != PYLON or v.player != player or not v.is_complete:
            continue
        dx = x - v.x
        dy = y - v.y
        across = -dx - 1 if dx < 0 else dx
        down = -dy - 1 if dy < 0 else dy
        inside = abs(dx) < PSI_WIDTH_PX and abs(dy) < PSI_HEIGHT_PX
        if inside and across // BUILD_TILE_PX < PSI_COLUMNS[down // BUILD_TILE_PX]:
            return True
    return False


@inline
def geyser_at(units: Units, game: Game, index: Index, x: int, y: int) -> int:
    """Return the geyser whose centre is in the same tile as (x, y), NO_SLOT if there is none."""
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        same_tile = v.x // BUILD_TILE_PX == x // BUILD_TILE_PX and v.y // BUILD_TILE_PX == y // BUILD_TILE_PX
        if v.type == VESPENE_GEYSER and same_tile:
            return j
    return NO_SLOT


@inline
def _holds_tiles(v: Any, x0: int, y0: int, x1: int, y1: int) -> bool:
    """Say whether building `v` occupies a tile of a rectangle, pixels; its box may be larger than its tiles."""
    p = PRODUCTION[v.type]
    left = v.x - p.placement_width_px // 2
    top = v.y - p.placement_height_px // 2
    return bool(left < x1 and left + p.placement_width_px > x0 and top < y1 and top + p.placement_height_px > y0)


@inline
def _is_free(
    units: Units, game: Game, index: Index, i: int, kind: int, left: int, top: int, wide: int, high: int
) -> bool:
    """Say whether no building or ground unit (the builder apart) stands on tiles, nor a resource too near a depot."""
    x0 = left * BUILD_TILE_PX
    y0 = top * BUILD_TILE_PX
    x1 = x0 + wide * BUILD_TILE_PX
    y1 = y0 + high * BUILD_TILE_PX
    margin = NEAR_RESOURCE_TILES * BUILD_TILE_PX if PRODUCTION[kind].is_resource_depot else 0
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if j == i or v.flies:
            continue
        if UNIT_TYPES[v.type].building:
            if _holds_tiles(v, x0, y0, x1, y1):
                return False
        elif v.left < x1 and v.right > x0 and v.top < y1 and v.bottom > y0:
            return False
        near_x = v.left < x1 + margin and v.right >= x0 - margin
        near_y = v.top < y1 + margin and v.bottom >= y0 - margin
        if margin and near_x and near_y and PRODUCTION[v.type].is_resource_container:
            return False
    return True


@inline
def can_place(
    units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, kind: int, x: int, y: int
) -> bool:
    """Say whether unit `i` could put a building with its centre at (x, y).

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: the builder.
        kind: unit type id of the building.
        x: pixels.
        y: pixels.
    """
    p = PRODUCTION[kind]
    wide = p.placement_width_px // BUILD_TILE_PX
    high = p.placement_height_px // BUILD_TILE_PX
    left = (x - p.placement_width_px // 2) // BUILD_TILE_PX
    top = (y - p.placement_height_px // 2) // BUILD_TILE_PX
    inside = left >= 0 and top >= 0
    if not inside or left + wide > game.width_px // BUILD_TILE_PX or top + high > game.height_px // BUILD_TILE_PX:
        return False
    if p.is_refinery:
        return geyser_at(units, game, index, x, y) >= 0
    if p.requires_psi and not has_psi(units, game, index, whole(units[i].player), x, y):
        return False
    if p.requires_creep and not is_covered(creep, left, top, wide, high):
        return False
    if UNIT_TYPES[kind].race != ZERG and not is_clear(creep, left, top, wide, high):
        return False
    for row in range(top, top + high):
        for column in range(left, left + wide):
            if not may_build_at(terrain, column, row):
                return False
    return _is_free(units, game, index, i, kind, left, top, wide, high)
