"""Where town halls belong on a map: one place per group of mineral fields and geysers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import BUILD_TILE_PX, GameMap
from engine.starcraft2.melee_players.facts import NUM_TYPES, RESOURCE
from engine.starcraft2.tables import GAS

GROUP_CELLS: Final = 9
"""Resources no farther from each other are one base's."""

MINERAL_MARGIN: Final = 6.0
GEYSER_MARGIN: Final = 7.0
"""Least distance of a town hall's centre from theirs, cells (MECHANICS.md section 8)."""

REACH: Final = 9
"""So far from the middle of its resources a place is looked for, cells."""

HALF_HALL: Final = 2


@dataclass(frozen=True, slots=True)
class Base:
    """A place for a town hall.

    Attributes:
        x: centre, pixels.
        y: likewise.
        fields: (n, 2) centres of its mineral fields, pixels.
        geysers: (m, 2) likewise.
    """

    x: int
    y: int
    fields: NDArray[np.int64]
    geysers: NDArray[np.int64]


@lru_cache(maxsize=16)
def bases_of(game_map: GameMap) -> tuple[Base, ...]:
    """Return the bases of a map; start locations are where the map says."""
    kinds = game_map.neutrals["type"]
    kept = game_map.neutrals[(kinds >= 0) & (kinds < NUM_TYPES)]
    kept = kept[RESOURCE[kept["type"]] > 0]
    places = np.stack([kept["x"], kept["y"]], axis=1).astype(np.float64) / BUILD_TILE_PX
    is_gas = RESOURCE[kept["type"]] == GAS
    found = []
    for group in _groups(places):
        if (~is_gas[group]).sum() < 3:
            continue
        centre = _hall(game_map, places[group], is_gas[group])
        if centre is not None:
            inside = (places[group] * BUILD_TILE_PX).astype(np.int64)
            found.append(Base(*centre, inside[~is_gas[group]], inside[is_gas[group]]))
    return tuple(found)


def _groups(places: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Return the indices of what lies together."""
    left = set(range(len(places)))
    groups = []
    while left:
        inside = [left.pop()]
        at = 0
        while at < len(inside):
            away = np.hypot(*(places - places[inside[at]]).T)
            near = [other for other in left if away[other] <= GROUP_CELLS]
            left.difference_update(near)
            inside += near
            at += 1
        groups.append(np.array(sorted(inside)))
    return groups


def _hall(game_map: GameMap, places: NDArray[np.float64], is_gas: NDArray[np.bool_]) -> tuple[int, int] | None:
    """Return the place for a town hall nearest to its resources, pixels."""
    starts = np.stack([game_map.starts["x"], game_map.starts["y"]], axis=1) / BUILD_TILE_PX
    middle = places.mean(axis=0)
    for x, y in starts.tolist():
        if np.hypot(*(places - (x, y)).T).max() < 2 * GROUP_CELLS and np.hypot(middle[0] - x, middle[1] - y) < REACH:
            return round(x * BUILD_TILE_PX), round(y * BUILD_TILE_PX)
    margin = np.where(is_gas, GEYSER_MARGIN, MINERAL_MARGIN)
    best, least = None, np.inf
    for dy in range(-REACH, REACH + 1):
        for dx in range(-REACH, REACH + 1):
            column, row = int(middle[0]) + dx, int(middle[1]) + dy
            away = np.hypot(places[:, 0] - column - 0.5, places[:, 1] - row - 0.5)
            if (away < margin).any() or away.sum() >= least:
                continue
            cells = game_map.buildable[
                max(row - HALF_HALL, 0) : row + HALF_HALL + 1, max(column - HALF_HALL, 0) : column + HALF_HALL + 1
            ]
            if cells.shape == (2 * HALF_HALL + 1,) * 2 and cells.all():
                half = BUILD_TILE_PX // 2
                best, least = (column * BUILD_TILE_PX + half, row * BUILD_TILE_PX + half), float(away.sum())
    return best
