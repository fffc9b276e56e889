"""Creep: which build tiles have it, and how it spreads.

Every provider adds one tile in sixteen frames: of the tiles in its ellipse that could have creep, one of those with the
most neighbours that have it, by chance. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.scripts import draw
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import may_build_at
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
"""(rows, columns): 1 where a build tile has creep."""
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

REACH_X_PX: Final = 320
REACH_Y_PX: Final = 200
WEIGHT_X: Final = 25
WEIGHT_Y: Final = 64
SPREAD_FRAMES: Final = 15
NUM_NEIGHBORS: Final = 8


@inline
def has_creep(creep: Creep, x: int, y: int) -> bool:
    """Say whether the tile of a pixel inside the map has creep."""
    return bool(creep[y // BUILD_TILE_PX, x // BUILD_TILE_PX])


@inline
def _can_have(creep: Creep, terrain: Terrain, column: int, row: int) -> bool:
    if not may_build_at(terrain, column, row):
        return False
    return row == creep.shape[0] - 1 or may_build_at(terrain, column, row + 1)


@inline
def _neighbors(creep: Creep, column: int, row: int) -> int:
    count = 0
    for y in range(max(row - 1, 0), min(row + 2, creep.shape[0])):
        for x in range(max(column - 1, 0), min(column + 2, creep.shape[1])):
            if creep[y, x] and (x != column or y != row):
                count += 1
    return count


@inline
def _is_built_on(units: Units, game: Game, index: Index, column: int, row: int) -> bool:
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
def spread(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, x: int, y: int) -> bool:
    """Add one tile around a provider at (x, y); return whether there was one to add."""
    left = max(x - REACH_X_PX, 0) // BUILD_TILE_PX
    top = max(y - REACH_Y_PX, 0) // BUILD_TILE_PX
    right = min((x + REACH_X_PX) // BUILD_TILE_PX, creep.shape[1] - 1)
    bottom = min((y + REACH_Y_PX) // BUILD_TILE_PX, creep.shape[0] - 1)
    most = 0
    count = 0
    for pick in range(2):  # first how many there are of the best, then the chosen one of them
        chosen = (draw(game) >> 4) % count if pick == 1 and count > 0 else -1
        seen = 0
        for row in range(top, bottom + 1):
            dy = row * BUILD_TILE_PX - y + BUILD_TILE_PX // 2
            for column in range(left, right + 1):
                dx = column * BUILD_TILE_PX - x + BUILD_TILE_PX // 2
                if creep[row, column] or dx * dx * WEIGHT_X + dy * dy * WEIGHT_Y > REACH_X_PX * REACH_X_PX * WEIGHT_X:
                    continue
                around = _neighbors(creep, column, row)
                if around == 0 or around < most or not _can_have(creep, terrain, column, row):
                    continue
                if _is_built_on(units, game, index, column, row):
                    continue
                if pick == 1:
                    if seen == chosen:
                        creep[row, column] = 1
                        return True
                    seen += 1
                elif around > most:
                    most = around
                    count = 1
                else:
                    count += 1
        if count == 0:
            return False
    return False


@inline
def cover_site(creep: Creep, terrain: Terrain, kind: int, x: int, y: int) -> None:
    """Put creep under a building of a type with its centre at (x, y)."""
    p = PRODUCTION[kind]
    left = (x - p.placement_width_px // 2) // BUILD_TILE_PX
    top = (y - p.placement_height_px // 2) // BUILD_TILE_PX
    for row in range(max(top, 0), min(top + p.placement_height_px // BUILD_TILE_PX, creep.shape[0])):
        for column in range(max(left, 0), min(left + p.placement_width_px // BUILD_TILE_PX, creep.shape[1])):
            if may_build_at(terrain, column, row):
                creep[row, column] = 1


@kernel
def spread_all(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Grow all the creep that unit `i` ever will, at once: for what stands there when a game begins.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8.
        i: a building that provides creep or needs it.
    """
    u = units[i]
    kind = whole(u.type)
    cover_site(creep, terrain, kind, whole(u.x), whole(u.y))
    if PRODUCTION[kind].produces_creep:
        while spread(units, game, index, terrain, creep, whole(u.x), whole(u.y)):
            pass


@inline
def is_covered(creep: Creep, left: int, top: int, wide: int, high: int) -> bool:
    """Say whether all tiles of a rectangle have creep."""
    for row in range(top, top + high):
        for column in range(left, left + wide):
            if not creep[row, column]:
                return False
    return True


@inline
def is_clear(creep: Creep, left: int, top: int, wide: int, high: int) -> bool:
    """Say whether no tile of a rectangle has creep."""
    for row in range(top, top + high):
        for column in range(left, left + wide):
            if creep[row, column]:
                return False
    return True
