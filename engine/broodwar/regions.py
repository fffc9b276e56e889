"""The map's regions: blocks of tiles that a long way is planned over before its way-points are.

The game lays a region by growing a rectangle of at most 8 x 7 tiles from a free tile, prefers blocks as large as the
last one, lets each swallow the free tiles around it, and joins the smallest to their neighbours. A region's centre is
the middle of its first rectangle. The last row of tiles is a region of its own that nobody can enter. Runs once per
map. Source: the game's own partition as MECHANICS.md 3.3 describes its use; checked against recorded walks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import BUILD_TILE_PX, WALK_TILES_PER_BUILD_TILE, GameMap

MAX_WIDTH: Final = 8
MAX_HEIGHT: Final = 7
MAX_RATIO: Final = 3
MAX_TRIES: Final = 25
SMALL_TILES: Final = 6
WALKABLE_PARTS: Final = 12
"""A tile of whose sixteen parts more than so many can be walked on counts as ground."""

UNBUILDABLE_CORNER_ROWS: Final = 2
UNBUILDABLE_CORNER_COLUMNS: Final = 5
"""Tiles in the two lower corners that are no ground; the lowest row of all is none either, and cannot be built on."""

FREE: Final = -1

UNWALKABLE: Final = -1
OUTSIDE: Final = -2
"""Kinds of tiles that nobody can enter; the others are levels of height, from 0."""

# Order in which a tile's neighbours are looked at: the four sides, then the corners.
NEIGHBOR_OFFSETS: Final = ((0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1))

Rectangle = tuple[int, int, int, int]
"""left, top, right, bottom in tiles; the last two are exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """A map's regions.

    Attributes:
        of_tile: (height, width) int32, the region of each build tile.
        centers: (regions, 2) int32, pixels.
        neighbors: per region, the walkable regions that touch it, in the game's order.
        walkable: (regions,) bool.
    """

    of_tile: NDArray[np.int32]
    centers: NDArray[np.int32]
    neighbors: tuple[tuple[int, ...], ...]
    walkable: NDArray[np.bool_]


class _Partition:
    """Tiles being cut into regions; `kind` says which tiles may share one.

    Rows of tiles lie one after the other in plain lists and bytes: all that is asked is asked of a few tiles.
    """

    def __init__(self, kind: NDArray[np.int32]) -> None:
        self.height, self.width = kind.shape
        self.region = [FREE] * kind.size
        self.free = bytearray(b"\1" * kind.size)
        self.kind_if_free = bytearray((kind - OUTSIDE).astype(np.uint8).tobytes())  # 0 where it is not
        self.areas: list[Rectangle] = []
        self.first_areas: list[Rectangle] = []
        self.kinds: list[int] = []

    def of_tile(self) -> NDArray[np.int32]:
        """Return (height, width) int32, the region of each tile."""
        return np.array(self.region, np.int32).reshape(self.height, self.width)

    def next_free(self, x: int, y: int) -> tuple[int, int] | None:
        """Return the first free tile at or after (x, y), row by row and around the end; None if there is none."""
        if x >= self.width:
            x = 0
            y = (y + 1) % self.height
        at = self.free.find(1, y * self.width + x)
        if at < 0:
            at = self.free.find(1)
        return None if at < 0 else (at % self.width, at // self.width)

    def rectangle(self, x: int, y: int) -> Rectangle:
        """Return the rectangle of free tiles of one kind that grows from (x, y)."""
        width, kinds = self.width, self.kind_if_free
        kind = kinds[y * width + x]

        def fits(begin: int, end: int, step: int = 1) -> bool:
            tiles = kinds[begin:end:step]
            return tiles.count(kind) == len(tiles)

        limit_x = min(x + MAX_WIDTH, self.width)
        limit_y = min(y + MAX_HEIGHT, self.height)
        right = x + 1
        bottom = y + 1
        wider = taller = square = True
        while (wider or taller) and right != limit_x and bottom != limit_y:
            corner = bottom * width + right
            wider = wider and fits(y * width + right, corner, width)
            taller = taller and fits(bottom * width + x, corner)
            square = square and fits(corner, corner + 1)
            grow_x = wider and (square or not taller)
            bottom += taller
            right += grow_x
        wide = min(right - x, (bottom - y) * MAX_RATIO)
        high = min(bottom - y, wide * MAX_RATIO) if wide == right - x else bottom - y
        return x, y, x + wide, y + high

    def _take(self, at: int, number: int) -> None:
        self.region[at] = number
        self.free[at] = 0
        self.kind_if_free[at] = 0

    def add(self, area: Rectangle, kind: int) -> int:
        """Make an area a region; return its number."""
        number = len(self.areas)
        left, top, right, bottom = area
        for y in range(top, bottom):
            for x in range(left, right):
                self._take(y * self.width + x, number)
        self.areas.append(area)
        self.first_areas.append(area)
        self.kinds.append(kind)
        return number

    def swallow(self, number: int) -> None:
        """Let a region take the free tiles of its kind that touch it, within one tile of its area, in two sweeps."""
        left, top, right, bottom = self.areas[number]
        left = max(left - 1, 0)
        top = max(top - 1, 0)
        right = min(right + 1, self.width)
        bottom = min(bottom + 1, self.height)
        self.areas[number] = left, top, right, bottom
        kind = self.kinds[number] - OUTSIDE
        for _ in range(2):
            for y in range(top, bottom):
                begin = y * self.width
                at = self.kind_if_free.find(kind, begin + left, begin + right)
                while at >= 0:
                    if self._touches(at - begin, y, number):
                        self._take(at, number)
                    at = self.kind_if_free.find(kind, at + 1, begin + right)

    def _touches(self, x: int, y: int, number: int) -> bool:
        return any(
            0 <= x + dx < self.width
            and 0 <= y + dy < self.height
            and self.region[(y + dy) * self.width + x + dx] == number
            for dx, dy in NEIGHBOR_OFFSETS[:4]
        )

    def cut(self) -> None:
        """Cut all free tiles into regions."""
        x = y = 0
        last_size = MAX_WIDTH * MAX_HEIGHT
        swallowed_all = False
        first = len(self.areas)
        while (free := self.next_free(x, y)) is not None:
            area = self.rectangle(*free)
            size = _size(area)
            if size < last_size:
                area = self._larger(area, free[1], last_size)
                size = _size(area)
            last_size = size
            x, y = area[2], area[1]
            self.swallow(self.add(area, self.kind_if_free[y * self.width + area[0]] + OUTSIDE))
            if size <= SMALL_TILES and not swallowed_all:
                swallowed_all = True
                for number in range(first, len(self.areas)):
                    self.swallow(number)

    def _larger(self, area: Rectangle, y: int, enough: int) -> Rectangle:
        best = area
        for _ in range(MAX_TRIES):
            free = self.next_free(area[2], y)
            if free is None:
                break
            y = free[1]
            area = self.rectangle(*free)
            if _size(area) > _size(best):
                best = area
                if _size(area) >= enough:
                    break
        return best


def _size(area: Rectangle) -> int:
    return (area[2] - area[0]) * (area[3] - area[1])


def _neighbors(region: NDArray[np.int32], count: int) -> list[list[int]]:
    """Return each region's neighbours in the order in which its tiles, row by row, meet them."""
    height, width = region.shape
    padded = np.full((height + 2, width + 2), OUTSIDE, np.int64)
    padded[1:-1, 1:-1] = region
    others = np.stack(
        [padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dx, dy in NEIGHBOR_OFFSETS], axis=2
    )
    own = padded[1:-1, 1:-1, np.newaxis]
    neighbors: list[list[int]] = [[] for _ in range(count)]
    for pair in dict.fromkeys((own * count + others)[(others != own) & (others != OUTSIDE)].tolist()):
        neighbors[pair // count].append(pair % count)
    return neighbors


def _join_small(region: NDArray[np.int32], kinds: list[int]) -> None:
    """Join regions of fewer than six tiles to their smallest neighbour of the same kind, from the last to the first."""
    count = len(kinds)
    neighbors = _neighbors(region, count)
    sizes = np.bincount(region.ravel(), minlength=count)
    for number in range(count - 1, 0, -1):
        if not 0 < sizes[number] < SMALL_TILES:
            continue
        candidates = [
            other for other in neighbors[number] if other != 0 and sizes[other] > 0 and kinds[other] == kinds[number]
        ]
        if candidates:
            into = min(candidates, key=lambda other: int(sizes[other]))
            region[region == number] = into
            sizes[into] += sizes[number]
            sizes[number] = 0


def regions_of(game_map: GameMap) -> Regions:
    """Return the regions of a map."""
    scale = WALK_TILES_PER_BUILD_TILE
    walkable = game_map.walkable.reshape(game_map.height, scale, game_map.width, scale).sum((1, 3)) > WALKABLE_PARTS
    walkable[-UNBUILDABLE_CORNER_ROWS:, :UNBUILDABLE_CORNER_COLUMNS] = False
    walkable[-UNBUILDABLE_CORNER_ROWS:, -UNBUILDABLE_CORNER_COLUMNS:] = False
    kind = np.where(walkable, game_map.ground_height.astype(np.int32) >> 1, UNWALKABLE)
    partition = _Partition(kind)
    partition.add((0, game_map.height - 1, game_map.width, game_map.height), OUTSIDE)
    partition.cut()
    region = partition.of_tile()
    _join_small(region, partition.kinds)
    kept = np.flatnonzero(np.bincount(region.ravel())).tolist()
    renumbered = np.zeros(len(partition.areas), np.int32)
    renumbered[kept] = np.arange(len(kept))
    of_tile = renumbered[region]
    can_walk = np.array([partition.kinds[number] >= 0 for number in kept])
    centers = np.array(
        [
            (
                (left + right) // 2 * BUILD_TILE_PX + BUILD_TILE_PX // 2,
                (top + bottom) // 2 * BUILD_TILE_PX + BUILD_TILE_PX // 2,
            )
            for left, top, right, bottom in (partition.first_areas[number] for number in kept)
        ],
        np.int32,
    )
    neighbors = tuple(tuple(other for other in others if can_walk[other]) for others in _neighbors(of_tile, len(kept)))
    return Regions(of_tile=of_tile, centers=centers, neighbors=neighbors, walkable=can_walk)
