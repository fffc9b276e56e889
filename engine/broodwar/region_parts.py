"""Regions, walk tile by walk tile: what a cliff cuts in two is two regions, and who cannot pass is no neighbour.

The regions of `regions` are made of whole build tiles. A tile counts as ground when most of it is, so a thin cliff lies
within ground tiles and a region spans it. The game gives such tiles to two regions, each with its walk tiles. Here each
connected piece of a region's ground is one; what is left over belongs to the piece that it touches. On open ground
nothing changes. Runs once per map. Source: the real game's tables of split tiles (BWAPI's region ids from 0x2000 on);
which of its regions is which is not repeated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.regions import Regions, regions_of
from engine.core.gamemap import WALK_TILE_PX, WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.jit import kernel

Labels = NDArray[np.int32]

NO_PART: Final = -1
LEAST_CELLS: Final = WALK_TILES_PER_BUILD_TILE**2
"""A smaller piece, of less than a build tile, goes to a neighbour."""


@kernel
def label_pieces(
    region: NDArray[np.int32], is_open: NDArray[np.uint8], label: NDArray[np.int32], stack: NDArray[np.int32]
) -> int:
    """Number the connected pieces of open walk tiles of one region each; return how many there are.

    Args:
        region: (rows, columns) int32.
        is_open: (rows, columns) uint8.
        label: (rows, columns) int32, filled with NO_PART; overwritten.
        stack: (rows * columns,) int32, contents lost.
    """
    rows, columns = region.shape
    count = 0
    for row in range(rows):
        for column in range(columns):
            if not is_open[row, column] or label[row, column] != NO_PART:
                continue
            label[row, column] = count
            stack[0] = row * columns + column
            size = 1
            while size > 0:
                size -= 1
                at = stack[size]
                y = at // columns
                x = at % columns
                for k in range(4):
                    ny = y + (k == 0) - (k == 1)
                    nx = x + (k == 2) - (k == 3)
                    if ny < 0 or nx < 0 or ny >= rows or nx >= columns or not is_open[ny, nx]:
                        continue
                    if label[ny, nx] == NO_PART and region[ny, nx] == region[y, x]:
                        label[ny, nx] = count
                        stack[size] = ny * columns + nx
                        size += 1
            count += 1
    return count


@kernel
def spread_labels(walkable: NDArray[np.uint8], label: NDArray[np.int32], queue: NDArray[np.int32]) -> None:
    """Give each walk tile without a label that of the nearest labelled one over ground.

    Args:
        walkable: (rows, columns) uint8.
        label: (rows, columns) int32, NO_PART where there is none yet.
        queue: (rows * columns,) int32, contents lost.
    """
    rows, columns = label.shape
    end = 0
    for row in range(rows):
        for column in range(columns):
            if label[row, column] != NO_PART:
                queue[end] = row * columns + column
                end += 1
    at = 0
    while at < end:
        y = queue[at] // columns
        x = queue[at] % columns
        at += 1
        for k in range(4):
            ny = y + (k == 0) - (k == 1)
            nx = x + (k == 2) - (k == 3)
            if ny < 0 or nx < 0 or ny >= rows or nx >= columns or not walkable[ny, nx]:
                continue
            if label[ny, nx] == NO_PART:
                label[ny, nx] = label[y, x]
                queue[end] = ny * columns + nx
                end += 1


def parts_of(game_map: GameMap) -> Regions:
    """Return the regions of a map by walk tiles: `of_tile` is (rows, columns) of walk tiles, the rest as in Regions."""
    whole = regions_of(game_map)
    scale = WALK_TILES_PER_BUILD_TILE
    region = np.ascontiguousarray(whole.of_tile.repeat(scale, axis=0).repeat(scale, axis=1))
    walkable = game_map.walkable.copy()
    if walkable.all():
        return replace(whole, of_tile=region)
    walkable[-scale:] = False
    is_open = _wide_enough(walkable)
    pieces, count = _pieces(region, is_open & whole.walkable[region])
    sizes = np.bincount(pieces[pieces >= 0], minlength=count)
    owner = np.zeros(count, np.int64)
    owner[pieces[pieces >= 0]] = region[pieces >= 0]
    number, centers = _numbers(whole, pieces, sizes, owner)
    label = np.where(pieces >= 0, number[pieces], NO_PART).astype(np.int32)
    spread_labels(walkable.astype(np.uint8), label, np.empty(label.size, np.int32))
    of_walk_tile = np.where(label >= 0, label, region).astype(np.int32)
    can_walk = np.concatenate([whole.walkable, np.ones(len(centers) - len(whole.walkable), np.bool_)])
    return Regions(
        of_tile=of_walk_tile,
        centers=centers,
        neighbors=_neighbors(whole, label, is_open, len(centers)),
        walkable=can_walk,
    )


def _wide_enough(walkable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which walk tiles belong to some free block of 2 x 2: through less nobody passes."""
    block = walkable[:-1, :-1] & walkable[1:, :-1] & walkable[:-1, 1:] & walkable[1:, 1:]
    wide = np.zeros_like(walkable)
    wide[:-1, :-1] |= block
    wide[1:, :-1] |= block
    wide[:-1, 1:] |= block
    wide[1:, 1:] |= block
    return wide


def _pieces(region: NDArray[np.int32], is_open: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    pieces = np.full(region.shape, NO_PART, np.int32)
    count = int(label_pieces(region, is_open.astype(np.uint8), pieces, np.empty(region.size, np.int32)))
    return pieces, count


def _numbers(
    whole: Regions, pieces: NDArray[np.int32], sizes: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the region number of each piece, NO_PART for those too small, and all regions' centres.

    The largest piece keeps its region's number, and the centre if that lies in it.
    """
    number = np.full(len(sizes), NO_PART, np.int32)
    centers = [(int(x), int(y)) for x, y in whole.centers]
    rows, columns = np.nonzero(pieces >= 0)
    by_piece = np.argsort(pieces[rows, columns], kind="stable")
    ends = np.cumsum(sizes)
    largest = np.lexsort((-sizes, owner))
    seen: set[int] = set()
    for piece in largest.tolist():
        mine = int(owner[piece])
        is_main = mine not in seen
        seen.add(mine)
        if not is_main and sizes[piece] < LEAST_CELLS:
            continue
        cells = by_piece[ends[piece] - sizes[piece] : ends[piece]]
        number[piece] = mine if is_main else len(centers)
        if is_main:
            x, y = centers[mine]
            if pieces[y // WALK_TILE_PX, x // WALK_TILE_PX] != piece:
                centers[mine] = _middle(rows[cells], columns[cells])
        else:
            centers.append(_middle(rows[cells], columns[cells]))
    return number, np.array(centers, np.int32)


def _middle(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[int, int]:
    """Return the walk tile of a piece that is nearest to its middle, pixels."""
    off = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
    best = int(off.argmin())
    half = WALK_TILE_PX // 2
    return int(columns[best]) * WALK_TILE_PX + half, int(rows[best]) * WALK_TILE_PX + half


def _neighbors(
    whole: Regions, label: NDArray[np.int32], is_open: NDArray[np.bool_], count: int
) -> tuple[tuple[int, ...], ...]:
    """Return each region's neighbours: those of the whole regions that can be passed to, in order, then others."""
    known = np.where(is_open, label, NO_PART)
    shifts: tuple[tuple[Labels, Labels, Labels | None, Labels | None], ...] = (
        (known[:, :-1], known[:, 1:], None, None),
        (known[:-1], known[1:], None, None),
        (known[:-1, :-1], known[1:, 1:], known[1:, :-1], known[:-1, 1:]),
        (known[1:, :-1], known[:-1, 1:], known[:-1, :-1], known[1:, 1:]),
    )
    touching: dict[int, set[int]] = {}
    for one, other, side, opposite in shifts:
        meets = (one != other) & (one >= 0) & (other >= 0)
        if side is not None and opposite is not None:
            meets &= (side >= 0) | (opposite >= 0)  # not through the gap between two corners
        for pair in set((one[meets] * np.int64(count) + other[meets]).tolist()):
            a, b = divmod(pair, count)
            touching.setdefault(a, set()).add(b)
            touching.setdefault(b, set()).add(a)
    result: list[tuple[int, ...]] = []
    for number in range(count):
        before = whole.neighbors[number] if number < len(whole.neighbors) else ()
        if number < len(whole.walkable) and not whole.walkable[number]:
            result.append(before)
            continue
        mine = touching.get(number, set())
        result.append((*(other for other in before if other in mine), *sorted(mine - set(before))))
    return tuple(result)
