"""Creep: which build tiles have it, how it spreads, and how it recedes.

Every provider adds one tile in sixteen frames: of the tiles in its ellipse that could have creep, one of those with the
most neighbours that have it, by chance. When a Zerg building goes, creep that no other one keeps begins to recede: one
tile in ten frames, faster when there is much of it, one of those with the fewest neighbours first. A complete provider
keeps its ellipse, every other Zerg building the tiles it stands on. Source: MECHANICS.md 1.1 and 10; the frames
between two tiles are the game's own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import RACES, UNIT_TYPE_NAMES
from engine.broodwar.scripts import draw, draw_between
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import may_build_at
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
"""(rows, columns): 0 where a build tile has no creep, CREEP or RECEDING where it has."""
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

REACH_X_PX: Final = 320
REACH_Y_PX: Final = 200
WEIGHT_X: Final = 25
WEIGHT_Y: Final = 64
SPREAD_FRAMES: Final = 15

CREEP: Final = 1
RECEDING: Final = 2  # still creep, but nobody keeps it

ZERG: Final = RACES.index("Zerg")
KEEPS_UNFINISHED: Final = np.isin(
    np.arange(len(UNIT_TYPE_NAMES)),
    [UNIT_TYPE_NAMES.index(f"Zerg_{name}") for name in ("Lair", "Hive", "Spore_Colony", "Sunken_Colony")],
)
"""(234,) bool: providers that keep their ellipse while they become something better."""

MOST_RECEDING: Final = 1024
RECEDE_FRAMES: Final = np.array([1, 3, 5, 6, 7, 8, 9, 9, 9], np.int64)
"""Frames to wait after a tile, by how much less than MOST_RECEDING recedes, in steps of 128."""
RECEDE_STEP: Final = 128


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
def count_neighbors(creep: Creep, column: int, row: int) -> int:
    """Return how many of the eight tiles around a tile have creep."""
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
                around = count_neighbors(creep, column, row)
                if around == 0 or around < most or not _can_have(creep, terrain, column, row):
                    continue
                if _is_built_on(units, game, index, column, row):
                    continue
                if pick == 1:
                    if seen == chosen:
                        creep[row, column] = CREEP
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
            if creep[row, column] == 0 and may_build_at(terrain, column, row):
                creep[row, column] = CREEP


@inline
def _turn(creep: Creep, kind: int, is_complete: bool, x: int, y: int, old: int, new: int) -> int:
    """Turn what a Zerg building of a type at (x, y) keeps from one value into another; return how many tiles."""
    p = PRODUCTION[kind]
    spreads = p.produces_creep and (is_complete or KEEPS_UNFINISHED[kind])
    wide = REACH_X_PX if spreads else p.placement_width_px // 2
    high = REACH_Y_PX if spreads else p.placement_height_px // 2
    last = 0 if spreads else 1
    count = 0
    for row in range(max(y - high, 0) // BUILD_TILE_PX, min((y + high - last) // BUILD_TILE_PX + 1, creep.shape[0])):
        dy = row * BUILD_TILE_PX - y + BUILD_TILE_PX // 2
        for column in range(
            max(x - wide, 0) // BUILD_TILE_PX, min((x + wide - last) // BUILD_TILE_PX + 1, creep.shape[1])
        ):
            dx = column * BUILD_TILE_PX - x + BUILD_TILE_PX // 2
            if spreads and dx * dx * WEIGHT_X + dy * dy * WEIGHT_Y > REACH_X_PX * REACH_X_PX * WEIGHT_X:
                continue
            if creep[row, column] == old:
                creep[row, column] = new
                count += 1
    return count


@inline
def keep(units: Units, game: Game, creep: Creep, i: int) -> None:
    """Stop the creep receding that Zerg building `i`, begun or complete, keeps from now on."""
    u = units[i]
    if game.num_receding > 0:
        is_complete = bool(u.is_complete)
        game.num_receding -= _turn(creep, whole(u.type), is_complete, whole(u.x), whole(u.y), RECEDING, CREEP)


@inline
def let_recede(units: Units, game: Game, index: Index, creep: Creep, i: int, kind: int, is_complete: bool) -> None:
    """Let the creep recede that unit `i` kept as a building of a type, and no other building keeps.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        creep: (rows, columns) uint8.
        i: what the building was: dying, or something else by now.
        kind: unit type id of the building.
        is_complete: whether it was complete.
    """
    u = units[i]
    freed = _turn(creep, kind, is_complete, whole(u.x), whole(u.y), CREEP, RECEDING)
    if freed == 0:
        return
    game.num_receding += freed
    for k in range(game.num_units):
        j = whole(index[k])
        if j != i and is_keeper(units[j]):
            keep(units, game, creep, j)


@inline
def is_keeper(u: Any) -> bool:
    """Say whether `u` is a building that keeps creep where it stands or around it."""
    return bool(UNIT_TYPES[u.type].building and UNIT_TYPES[u.type].race == ZERG and not u.flies)


@inline
def recede(game: Game, creep: Creep) -> None:
    """Run the clock of receding creep for one frame; when it strikes, one tile loses its creep.

    Args:
        game: GAME_DTYPE record.
        creep: (rows, columns) uint8.
    """
    if game.recede_timer > 0:
        game.recede_timer -= 1
        return
    game.recede_timer = RECEDE_FRAMES[max(MOST_RECEDING - game.num_receding, 0) // RECEDE_STEP]
    if game.num_receding > 0:
        _lose_tile(game, creep)


@inline
def _lose_tile(game: Game, creep: Creep) -> None:
    """Take the creep from one of the receding tiles with the fewest neighbours that have it, by chance."""
    fewest = 9
    count = 0
    for pick in range(2):  # first how many there are, then the chosen one of them
        chosen = draw_between(game, 0, count - 1) if pick == 1 else -1
        seen = 0
        for row in range(creep.shape[0]):
            for column in range(creep.shape[1]):
                if creep[row, column] != RECEDING:
                    continue
                around = count_neighbors(creep, column, row)
                if pick == 1:
                    if around == fewest:
                        if seen == chosen:
                            creep[row, column] = 0
                            game.num_receding -= 1
                            return
                        seen += 1
                elif around < fewest:
                    fewest = around
                    count = 1
                elif around == fewest:
                    count += 1


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
    keep(units, game, creep, i)
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
