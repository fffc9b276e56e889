"""Where one can live on a melee map: base sites, ways between them, naturals, and what must be kept free for miners.

Pure functions of a map; what is worked out is kept with the map's object. Tiles are build tiles of 32 px.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import unit_type_id
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, WALK_TILES_PER_BUILD_TILE, GameMap

DEPOT_COLUMNS: Final = 4
DEPOT_ROWS: Final = 3

NEAR_RESOURCE_TILES: Final = 3
"""A depot keeps so many tiles from minerals and geysers (MECHANICS.md 10)."""

REACH_TILES: Final = 9.5
"""Resources whose centre is farther from the depot's belong to another base, or to none."""

MIN_FIELDS: Final = 4
"""Fewer mineral fields are no base."""

MIN_RESOURCES: Final = 100
"""What holds less is there to block a way, not to be mined."""

NATURAL_FIELDS: Final = 5
"""A natural has at least so many fields, or it is but a pocket."""

KEPT_MAPS: Final = 8

CELL_PX: Final = 2 * WALK_TILE_PX
"""Cell of the ground distances: a unit of up to two cells goes where the cell and its neighbours are open."""

FAR: Final = np.iinfo(np.int32).max
"""Distance of ground that cannot be reached."""

KEEP_FREE_TILES: Final = 1.6
"""So near to the line from a depot to its resources workers go to and fro."""

VESPENE_GEYSER: Final = unit_type_id("Resource_Vespene_Geyser")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """A place for a depot beside resources.

    Attributes:
        column: left build tile of the depot.
        row: upper build tile of the depot.
        fields: numbers of its mineral fields in `GameMap.neutrals`.
        geysers: numbers of its geysers there.
        start: number of the start location that it is, -1 for none.
    """

    column: int
    row: int
    fields: tuple[int, ...]
    geysers: tuple[int, ...]
    start: int

    @property
    def x(self) -> int:
        """Centre of the depot, pixels."""
        return self.column * BUILD_TILE_PX + DEPOT_COLUMNS * BUILD_TILE_PX // 2

    @property
    def y(self) -> int:
        """Centre of the depot, pixels."""
        return self.row * BUILD_TILE_PX + DEPOT_ROWS * BUILD_TILE_PX // 2


@lru_cache(maxsize=KEPT_MAPS)
def bases_of(game_map: GameMap) -> tuple[Base, ...]:
    """Return the map's bases: the start locations in their order, then the others, the richest first.

    A base's site is the legal one with the shortest ways to its resources. Resources that a base has taken do not count
    for the next one.
    """
    neutrals = game_map.neutrals
    worth = _is_resource(neutrals) & (neutrals["resources"] >= MIN_RESOURCES)
    legal = _legal_sites(game_map)
    centre_x = (np.arange(game_map.width) + DEPOT_COLUMNS / 2) * BUILD_TILE_PX
    centre_y = (np.arange(game_map.height) + DEPOT_ROWS / 2) * BUILD_TILE_PX
    far = np.stack([
        np.hypot(centre_x[None, :] - neutral["x"], centre_y[:, None] - neutral["y"]) / BUILD_TILE_PX
        for neutral in neutrals
    ]) if len(neutrals) else np.zeros((0, game_map.height, game_map.width))  # fmt: skip
    pull = np.maximum(REACH_TILES - far, 0) ** 2
    left = worth.copy()
    bases: list[Base] = []

    def take(column: int, row: int, start: int) -> None:
        taken = left & (far[:, row, column] <= REACH_TILES)
        geysers = taken & (neutrals["type"] == VESPENE_GEYSER)
        fields = np.flatnonzero(taken & ~geysers).tolist()
        left[taken] = False
        if start >= 0 or len(fields) >= MIN_FIELDS:
            gas = tuple(np.flatnonzero(geysers).tolist())
            bases.append(Base(column=column, row=row, fields=tuple(fields), geysers=gas, start=start))

    for number, start in enumerate(game_map.starts):
        take(
            (int(start["x"]) - DEPOT_COLUMNS * BUILD_TILE_PX // 2) // BUILD_TILE_PX,
            (int(start["y"]) - DEPOT_ROWS * BUILD_TILE_PX // 2) // BUILD_TILE_PX,
            number,
        )
    while left.any() and legal.any():
        score = np.where(legal, pull[left].sum(axis=0), 0)
        row, column = (int(value) for value in np.unravel_index(int(score.argmax()), score.shape))
        if score[row, column] <= 0:
            break
        taken = int(left.sum())
        take(column, row, -1)
        if int(left.sum()) == taken:
            break
    others = sorted(bases[len(game_map.starts) :], key=lambda base: -len(base.fields))
    return (*bases[: len(game_map.starts)], *others)


def _is_resource(neutrals: NDArray[np.void]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = PRODUCTION["is_resource_container"][neutrals["type"]].astype(np.bool_)
    return found


def neutral_tiles(game_map: GameMap, margin: int = 0) -> NDArray[np.bool_]:
    """Return (height, width) bool: tiles under the map's neutral buildings and resources.

    Args:
        game_map: the map.
        margin: so many tiles around resources too.
    """
    covered = np.zeros((game_map.height, game_map.width), np.bool_)
    for neutral in game_map.neutrals:
        kind = PRODUCTION[int(neutral["type"])]
        wide, high = int(kind["placement_width_px"]), int(kind["placement_height_px"])
        column = (int(neutral["x"]) - wide // 2) // BUILD_TILE_PX
        row = (int(neutral["y"]) - high // 2) // BUILD_TILE_PX
        around = margin if kind["is_resource_container"] else 0
        rows = slice(max(row - around, 0), row + high // BUILD_TILE_PX + around)
        covered[rows, max(column - around, 0) : column + wide // BUILD_TILE_PX + around] = True
    return covered


def free_sites(blocked: NDArray[np.bool_], columns: int, rows: int) -> NDArray[np.bool_]:
    """Return which tiles are the upper left one of a free block.

    Args:
        blocked: (height, width) bool.
        columns: of the block.
        rows: of the block.

    Returns:
        (height, width) bool.
    """
    sums = np.zeros((blocked.shape[0] + 1, blocked.shape[1] + 1), np.int32)
    np.cumsum(np.cumsum(blocked, axis=0, dtype=np.int32), axis=1, out=sums[1:, 1:])
    free = np.zeros(blocked.shape, np.bool_)
    if rows > blocked.shape[0] or columns > blocked.shape[1]:
        return free
    inside = sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
    free[: inside.shape[0], : inside.shape[1]] = inside == 0
    return free


def _legal_sites(game_map: GameMap) -> NDArray[np.bool_]:
    """Return (height, width) bool: where a depot's upper left tile may be."""
    blocked = ~game_map.buildable | neutral_tiles(game_map, NEAR_RESOURCE_TILES)
    blocked[-1] = True
    return free_sites(blocked, DEPOT_COLUMNS, DEPOT_ROWS)


@lru_cache(maxsize=KEPT_MAPS)
def open_cells(game_map: GameMap) -> NDArray[np.bool_]:
    """Return (height * 2, width * 2) bool: cells of 16 px that a unit can stand in, neutral buildings apart."""
    per_cell = CELL_PX // WALK_TILE_PX
    rows, columns = game_map.walkable.shape
    blocks = game_map.walkable.reshape(rows // per_cell, per_cell, columns // per_cell, per_cell)
    cells: NDArray[np.bool_] = np.all(blocks, axis=(1, 3))
    per_tile = WALK_TILES_PER_BUILD_TILE // per_cell
    covered = neutral_tiles(game_map).repeat(per_tile, axis=0).repeat(per_tile, axis=1)
    cells = cells & ~covered
    cells[-per_tile:] = False  # the lowest row of tiles cannot be entered
    return cells


@lru_cache(maxsize=64)
def distances_from(game_map: GameMap, x: int, y: int) -> NDArray[np.int32]:
    """Return (height, width) int32: length of the way over the ground to each build tile, pixels; FAR where none is.

    Steps of 16 px, by turns to four and to eight neighbours, so that a slanting way is counted about right.

    Args:
        game_map: the map.
        x: where the ways begin, pixels.
        y: likewise.
    """
    cells = open_cells(game_map)
    steps = np.full(cells.shape, FAR, np.int32)
    reached = np.zeros((cells.shape[0] + 2, cells.shape[1] + 2), np.bool_)
    inner = reached[1:-1, 1:-1]
    row, column = y // CELL_PX, x // CELL_PX
    # A depot stands here: begin with the open cells around it.
    inner[max(row - 4, 0) : row + 5, max(column - 5, 0) : column + 6] = True
    inner &= cells
    steps[inner] = 0
    step = 0
    while True:
        step += 1
        grown = inner | reached[:-2, 1:-1] | reached[2:, 1:-1] | reached[1:-1, :-2] | reached[1:-1, 2:]
        if step % 2 == 0:
            grown |= reached[:-2, :-2] | reached[:-2, 2:] | reached[2:, :-2] | reached[2:, 2:]
        fresh = grown & cells & ~inner
        if not fresh.any():
            break
        steps[fresh] = step
        inner |= fresh
    tiles = steps.reshape(game_map.height, 2, game_map.width, 2).min(axis=(1, 3))
    return np.where(tiles == FAR, FAR, tiles * CELL_PX).astype(np.int32)


def distance_to(game_map: GameMap, start: Base, goal: Base) -> int:
    """Return the length of the way over the ground from one base to another, pixels; FAR if there is none."""
    ways = distances_from(game_map, start.x, start.y)
    around = ways[
        max(goal.row - 1, 0) : goal.row + DEPOT_ROWS + 1, max(goal.column - 1, 0) : goal.column + DEPOT_COLUMNS + 1
    ]
    return int(around.min())


@lru_cache(maxsize=64)
def bases_by_distance(game_map: GameMap, start: int) -> tuple[int, ...]:
    """Return the numbers of all bases that can be reached on foot, the nearest to a start location first: itself.

    Args:
        game_map: the map.
        start: number of the start location.
    """
    bases = bases_of(game_map)
    lengths = {number: distance_to(game_map, bases[start], base) for number, base in enumerate(bases)}
    lengths[start] = 0
    return tuple(sorted((number for number in lengths if lengths[number] < FAR), key=lambda number: lengths[number]))


@lru_cache(maxsize=64)
def natural_of(game_map: GameMap, start: int) -> int:
    """Return the number of the base that a player expands to first, -1 if there is none.

    The nearest on foot that is no start location and has enough fields; one with gas, if there is any within half as
    far again.
    """
    bases = bases_of(game_map)
    near = [
        number for number in bases_by_distance(game_map, start)
        if bases[number].start < 0 and len(bases[number].fields) >= NATURAL_FIELDS
    ]  # fmt: skip
    if not near:
        return -1
    limit = distance_to(game_map, bases[start], bases[near[0]]) * 3 // 2
    for number in near:
        if bases[number].geysers and distance_to(game_map, bases[start], bases[number]) <= limit:
            return number
    return near[0]


@lru_cache(maxsize=KEPT_MAPS)
def reserved_tiles(game_map: GameMap) -> NDArray[np.bool_]:
    """Return (height, width) bool: base sites, and where workers go between a depot and its resources."""
    reserved = neutral_tiles(game_map)
    middle_x = (np.arange(game_map.width) + 0.5)[None, :]
    middle_y = (np.arange(game_map.height) + 0.5)[:, None]
    for base in bases_of(game_map):
        reserved[base.row : base.row + DEPOT_ROWS, base.column : base.column + DEPOT_COLUMNS] = True
        ax, ay = base.x / BUILD_TILE_PX, base.y / BUILD_TILE_PX
        for number in (*base.fields, *base.geysers):
            neutral = game_map.neutrals[number]
            bx, by = int(neutral["x"]) / BUILD_TILE_PX, int(neutral["y"]) / BUILD_TILE_PX
            length2 = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-9)
            along = np.clip(((middle_x - ax) * (bx - ax) + (middle_y - ay) * (by - ay)) / length2, 0, 1)
            off = np.hypot(middle_x - ax - along * (bx - ax), middle_y - ay - along * (by - ay))
            reserved |= off <= KEEP_FREE_TILES
    return reserved
