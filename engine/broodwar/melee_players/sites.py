"""Where a scripted player puts its buildings."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.bases import (
    FAR,
    VESPENE_GEYSER,
    Base,
    bases_of,
    distances_from,
    free_sites,
    natural_of,
    neutral_tiles,
    reserved_tiles,
)
from engine.broodwar.melee_players.view import FLYING, IS_BUILDING, IS_DEPOT, NEAR_SITE_PX, View
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.regions import UNBUILDABLE_CORNER_COLUMNS, UNBUILDABLE_CORNER_ROWS
from engine.broodwar.rules_table import RACES, UNIT_TYPES, unit_type_id
from engine.broodwar.siting import NEAR_RESOURCE_TILES, PSI_COLUMNS
from engine.core.gamemap import BUILD_TILE_PX, GameMap

ZERG: Final = RACES.index("Zerg")
PYLON: Final = unit_type_id("Protoss_Pylon")

ADDON_COLUMNS: Final = 2

NEVER: Final = 1 << 30

PYLON_GAP_TILES: Final = 5
"""New pylons keep so far from others, so that they cover new ground."""

MARGIN: Final = 1
"""Tiles between buildings, for units to pass."""

LANE_TILES: Final = 2
"""Nothing is built so near to the ways between bases; beside a cliff still so many tiles and one more stay open."""


@lru_cache(maxsize=8)
def lanes(game_map: GameMap) -> NDArray[np.bool_]:
    """Return (height, width) bool: the ways on foot from each start location to every base, LANE_TILES to each side.

    A factory at the foot of a ramp shuts an army in for the rest of the game.
    """
    ways = np.zeros((game_map.height, game_map.width), np.bool_)
    bases = bases_of(game_map)
    for start in bases[: len(game_map.starts)]:
        lengths = np.pad(distances_from(game_map, start.x, start.y), 1, constant_values=FAR)
        for base in bases:
            row, column = base.y // BUILD_TILE_PX, base.x // BUILD_TILE_PX
            while 0 < lengths[row + 1, column + 1] < FAR and not ways[row, column]:
                ways[row, column] = True
                around = lengths[row : row + 3, column : column + 3]
                down, right = divmod(int(around.argmin()), 3)
                row, column = row + down - 1, column + right - 1
    wide = ways.copy()
    for row, column in np.argwhere(ways).tolist():
        top, left = max(row - LANE_TILES, 0), max(column - LANE_TILES, 0)
        wide[top : row + LANE_TILES + 1, left : column + LANE_TILES + 1] = True
    return wide


@lru_cache(maxsize=8)
def _closed(game_map: GameMap) -> NDArray[np.bool_]:
    """Return (height, width) bool: tiles that scripted players never build on."""
    closed = ~game_map.buildable | reserved_tiles(game_map) | lanes(game_map)
    closed[-1] = True
    closed[-UNBUILDABLE_CORNER_ROWS:, :UNBUILDABLE_CORNER_COLUMNS] = True
    closed[-UNBUILDABLE_CORNER_ROWS:, -UNBUILDABLE_CORNER_COLUMNS:] = True
    return closed


@lru_cache(maxsize=8)
def _around_resources(game_map: GameMap) -> NDArray[np.bool_]:
    return neutral_tiles(game_map, NEAR_RESOURCE_TILES)


def _box_tiles(units: NDArray[np.void], margin: int) -> list[tuple[slice, slice]]:
    """Return the rows and columns of tiles under each unit's box."""
    x, y, kinds = units["x"], units["y"], UNIT_TYPES[units["type"]]
    first_row = np.maximum((y - kinds["up"]) // BUILD_TILE_PX - margin, 0).tolist()
    end_row = ((y + kinds["down"]) // BUILD_TILE_PX + margin + 1).tolist()
    first_column = np.maximum((x - kinds["left"]) // BUILD_TILE_PX - margin, 0).tolist()
    end_column = ((x + kinds["right"]) // BUILD_TILE_PX + margin + 1).tolist()
    return [
        (slice(top, bottom), slice(left, right))
        for top, bottom, left, right in zip(first_row, end_row, first_column, end_column, strict=True)
    ]


def _taken(view: View, kind: int) -> NDArray[np.bool_]:
    """Return (height, width) bool: tiles where no part of a building of a type may be."""
    taken = _closed(view.map).copy()
    if IS_DEPOT[kind]:
        taken = taken | _around_resources(view.map)
    for units in (view.own, view.enemies):
        still = IS_BUILDING[units["type"]]
        buildings = units[still]
        addons = PRODUCTION["can_build_addon"][buildings["type"]] != 0
        rights = (buildings["x"] + BUILD_TILE_PX * 2) // BUILD_TILE_PX
        tiles = _box_tiles(buildings, MARGIN)
        for (rows, columns), has_addon, right in zip(tiles, addons.tolist(), rights.tolist(), strict=True):
            taken[rows, columns] = True
            if has_addon:
                taken[rows, right : right + ADDON_COLUMNS + MARGIN] = True
        standing = ~still & ((units["flags"] & FLYING) == 0) & (units["velocity_x_256"] == 0)
        for rows, columns in _box_tiles(units[standing & (units["velocity_y_256"] == 0)], 0):
            taken[rows, columns] = True
    for index in np.flatnonzero(view.worker & (view.planned >= 0)).tolist():
        planned = PRODUCTION[int(view.planned[index])]
        wide, high = int(planned["placement_width_px"]), int(planned["placement_height_px"])
        x, y = int(view.own["target_x"][index]), int(view.own["target_y"][index])
        rows = slice(max((y - high // 2) // BUILD_TILE_PX - MARGIN, 0), (y + high // 2) // BUILD_TILE_PX + MARGIN)
        left = max((x - wide // 2) // BUILD_TILE_PX - MARGIN, 0)
        taken[rows, left : (x + wide // 2) // BUILD_TILE_PX + MARGIN] = True
    return taken


def _powered(view: View, kind: int) -> NDArray[np.bool_]:
    """Return (height, width) bool: upper left tiles at which a building's centre lies in a field of psi."""
    height, width = view.seen.shape
    x = np.arange(width) * BUILD_TILE_PX + int(PRODUCTION[kind]["placement_width_px"]) // 2
    y = np.arange(height) * BUILD_TILE_PX + int(PRODUCTION[kind]["placement_height_px"]) // 2
    powered = np.zeros((height, width), np.bool_)
    for index in np.flatnonzero((view.type == PYLON) & view.is_complete).tolist():
        dx, dy = x - int(view.x[index]), y - int(view.y[index])
        across = np.where(dx < 0, -dx - 1, dx) // BUILD_TILE_PX
        down = np.where(dy < 0, -dy - 1, dy) // BUILD_TILE_PX
        reach = np.where(down < len(PSI_COLUMNS), PSI_COLUMNS[np.minimum(down, len(PSI_COLUMNS) - 1)], 0)
        powered |= across[None, :] < reach[:, None]
    return powered


def site_for(view: View, kind: int, anchor: Base) -> tuple[int, int] | None:
    """Return the upper left tile (column, row) at which to build, None if there is no place.

    As near on foot to the anchor's depot as can be, apart from other buildings, out of the miners' way and off the
    sites of bases. Pylons keep apart from each other; the first stands beside the depot.

    Args:
        view: what the player knows.
        kind: unit type id of a building that is neither a refinery nor a depot of a new base.
        anchor: the base to build at.
    """
    p = PRODUCTION[kind]
    columns = int(p["placement_width_px"]) // BUILD_TILE_PX
    rows = int(p["placement_height_px"]) // BUILD_TILE_PX
    taken = _taken(view, kind)
    if p["requires_creep"]:
        taken |= view.creep == 0
    elif UNIT_TYPES["race"][kind] != ZERG:
        taken |= view.creep != 0
    wanted = columns + (ADDON_COLUMNS if p["can_build_addon"] else 0)
    free = free_sites(taken, wanted, rows)
    if p["requires_psi"]:
        free &= _powered(view, kind)
    ways = distances_from(view.map, anchor.x, anchor.y)
    cost = np.where(free & (ways < NEVER), ways, NEVER)
    if kind == PYLON:
        for index in np.flatnonzero(view.type == PYLON).tolist():
            column, row = int(view.x[index]) // BUILD_TILE_PX, int(view.y[index]) // BUILD_TILE_PX
            near = (
                slice(max(row - PYLON_GAP_TILES, 0), row + PYLON_GAP_TILES),
                slice(max(column - PYLON_GAP_TILES, 0), column + PYLON_GAP_TILES),
            )
            cost[near] = np.where(cost[near] < NEVER, cost[near] + 20 * BUILD_TILE_PX, NEVER)
    best = int(cost.argmin())
    row, column = divmod(best, cost.shape[1])
    return (column, row) if cost[row, column] < NEVER else None


def geyser_for(view: View) -> tuple[int, int, int, int] | None:
    """Return (column, row, x, y) of a visible free geyser at an own complete depot, None if there is none."""
    planned = {
        (int(view.own["target_x"][index]), int(view.own["target_y"][index]))
        for index in np.flatnonzero(view.worker & (view.planned >= 0)).tolist()
    }
    free = view.neutral[view.neutral["type"] == VESPENE_GEYSER]
    for depot in view.own_depots():
        for unit in free:
            x, y = int(unit["x"]), int(unit["y"])
            near = abs(x - int(view.x[depot])) < 10 * BUILD_TILE_PX and abs(y - int(view.y[depot])) < 10 * BUILD_TILE_PX
            if near and (x, y) not in planned:
                return x // BUILD_TILE_PX - 2, y // BUILD_TILE_PX - 1, x, y
    return None


def next_base(view: View) -> Base | None:
    """Return the base to expand to: the natural first, then the nearest on foot that nobody is seen to hold."""
    natural = natural_of(view.map, view.start)
    for number in (*((natural,) if natural >= 0 else ()), *view.order):
        base: Base = view.bases[number]
        buildings = view.enemies[IS_BUILDING[view.enemies["type"]]]
        near = (np.abs(buildings["x"] - base.x) < NEAR_SITE_PX) & (np.abs(buildings["y"] - base.y) < NEAR_SITE_PX)
        if not view.held[number] and not near.any():
            return base
    return None
