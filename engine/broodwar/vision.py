"""Fog of war: which build tiles a player's units see, when it last saw each tile, and the creep that it saw there.

A unit sees the tiles within its sight range, one under construction those within four tiles; units on the ground do
not see ground that is higher than theirs. What lies behind a cliff of the own height is seen too, which the game hides.
Source: MECHANICS.md 11.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.cloaking import is_hidden_from
from engine.broodwar.state import ORDER_DIE
from engine.broodwar.terrain import height_at
from engine.broodwar.upgraded import sight_px
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Seen = NDArray[np.int32]
"""(rows, columns): frame number + 1 at which a player last saw a build tile; 0 = never."""
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

UNFINISHED_SIGHT_TILES: Final = 4


@inline
def _reach(u: Any, game: Game) -> int:
    """Return how many build tiles far unit `u` sees."""
    reach = sight_px(u, game) // BUILD_TILE_PX
    return whole(reach) if u.is_complete else min(whole(reach), UNFINISHED_SIGHT_TILES)


@inline
def _is_eye(u: Any, player: int) -> bool:
    """Say whether a player sees what unit `u` sees: its own living ones, and those that carry its parasite."""
    return whole(u.order) != ORDER_DIE and (whole(u.player) == player or (whole(u.parasites) >> player & 1) != 0)


@inline
def _look_around(u: Any, game: Game, stamp: int, terrain: Terrain, seen: Seen) -> None:
    """Mark the tiles that unit `u` sees."""
    reach = _reach(u, game)
    column = whole(u.x) // BUILD_TILE_PX
    row = whole(u.y) // BUILD_TILE_PX
    height = height_at(terrain, whole(u.x), whole(u.y))
    for dy in range(-reach, reach + 1):
        y = row + dy
        if y < 0 or y >= seen.shape[0]:
            continue
        wide = 0
        while (wide + 1) * (wide + 1) + dy * dy <= reach * (reach + 1):
            wide += 1
        for x in range(max(column - wide, 0), min(column + wide + 1, seen.shape[1])):
            middle_x = x * BUILD_TILE_PX + BUILD_TILE_PX // 2
            middle_y = y * BUILD_TILE_PX + BUILD_TILE_PX // 2
            if seen[y, x] != stamp and (u.flies or height_at(terrain, middle_x, middle_y) <= height):
                seen[y, x] = stamp


@inline
def look(
    units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, player: int, seen: Seen, known_creep: Creep
) -> None:
    """Bring what a player knows of the ground up to date.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        creep: (rows, columns) uint8, where there is creep.
        player: whose eyes.
        seen: (rows, columns) int32, see `Seen`.
        known_creep: (rows, columns) uint8, where the player saw creep last.
    """
    stamp = whole(game.frame) + 1
    for k in range(game.num_units):
        u = units[index[k]]
        if _is_eye(u, player):
            _look_around(u, game, stamp, terrain, seen)
    for y in range(seen.shape[0]):
        for x in range(seen.shape[1]):
            if seen[y, x] == stamp:
                known_creep[y, x] = creep[y, x] != 0


@inline
def _sees(v: Any, u: Any, game: Game, terrain: Terrain) -> bool:
    """Say whether unit `v` sees a tile under unit `u`: the rule of `_look_around`, for a single pair."""
    reach = _reach(v, game)
    column = whole(v.x) // BUILD_TILE_PX
    row = whole(v.y) // BUILD_TILE_PX
    height = height_at(terrain, whole(v.x), whole(v.y))
    right = min(whole(u.right), whole(game.width_px) - 1) // BUILD_TILE_PX
    bottom = min(whole(u.bottom), whole(game.height_px) - 1) // BUILD_TILE_PX
    for y in range(max(whole(u.top), 0) // BUILD_TILE_PX, bottom + 1):
        for x in range(max(whole(u.left), 0) // BUILD_TILE_PX, right + 1):
            if (x - column) * (x - column) + (y - row) * (y - row) > reach * (reach + 1):
                continue
            middle_x = x * BUILD_TILE_PX + BUILD_TILE_PX // 2
            middle_y = y * BUILD_TILE_PX + BUILD_TILE_PX // 2
            if v.flies or height_at(terrain, middle_x, middle_y) <= height:
                return True
    return False


@inline
def is_seen(units: Units, game: Game, index: Index, terrain: Terrain, i: int, player: int) -> bool:
    """Say whether a player sees unit `i`, as its Frames show it.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        i: slot of a unit on the map.
        player: whose eyes.
    """
    u = units[i]
    if u.player == player or game.full_vision:
        return True
    if is_hidden_from(u, player):
        return False
    for k in range(game.num_units):
        v = units[index[k]]
        if _is_eye(v, player) and _sees(v, u, game, terrain):
            return True
    return False


@inline
def is_in_sight(u: Any, stamp: int, seen: Seen) -> bool:
    """Say whether any tile under unit `u` is in sight.

    Args:
        u: UNIT_DTYPE record.
        stamp: this frame's number + 1.
        seen: (rows, columns) int32, up to date.
    """
    left = max(whole(u.left), 0) // BUILD_TILE_PX
    top = max(whole(u.top), 0) // BUILD_TILE_PX
    right = min(whole(u.right) // BUILD_TILE_PX, seen.shape[1] - 1)
    bottom = min(whole(u.bottom) // BUILD_TILE_PX, seen.shape[0] - 1)
    for y in range(top, bottom + 1):
        for x in range(left, right + 1):
            if seen[y, x] == stamp:
                return True
    return False
