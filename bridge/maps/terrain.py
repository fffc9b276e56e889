"""From a map's tile numbers to ground: walkable, buildable, height.

A map file names tiles only; what a tile is like stands in Blizzard's own tile sets, which nobody may ship. The table
`tiles.npz` holds what tournament maps show of it: 15,150 tiles of six tile sets, each with the ground that the real
game reported for it (BWAPI at frame 0 of 15 maps, matched with the maps' tile numbers). 40 tiles of Space Platform
were seen with two kinds of ground, because one map's versions differ; the more frequent kind is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.maps.chk import TILESETS, ChkMap
from engine.core.gamemap import WALK_TILES_PER_BUILD_TILE, GameMap

UnknownGround = Literal["unwalkable", "open"]
"""What a tile that the table does not know is taken for: closed ground, or open, buildable, low ground."""

MAX_TILE_ID: Final = 1 << 16

COVERED_ROWS: Final = 4
COVERED_CORNER_ROWS: Final = 8
COVERED_CORNER_COLUMNS: Final = 20
"""Walk tiles at the lower edge, and at its two corners, that the game's console hides: never walkable (MECHANICS 2)."""

UNBUILDABLE_ROWS: Final = 1
UNBUILDABLE_CORNER_ROWS: Final = 2
UNBUILDABLE_CORNER_COLUMNS: Final = 5
"""Likewise in build tiles."""

OPEN_MASK: Final = 0xFFFF

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TileTable:
    """What each tile id of one tile set is like; arrays of 65,536."""

    is_known: NDArray[np.bool_]
    is_contradictory: NDArray[np.bool_]
    ground_height: NDArray[np.uint8]
    buildable: NDArray[np.bool_]
    walk_mask: NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A map's ground, and how much of it is a guess.

    Attributes:
        map: the terrain.
        unknown_tiles: ((tile id, how many tiles of the map have it), ...), the most frequent first.
        unknown_share: share of the map's tiles that the table does not know, 0 to 1.
        contradictory_share: share of the map's tiles that were seen with two kinds of ground.
        unknown_as: what unknown tiles were taken for.
    """

    map: GameMap
    unknown_tiles: tuple[tuple[int, int], ...]
    unknown_share: float
    contradictory_share: float
    unknown_as: UnknownGround


def ground_of(chk: ChkMap, name: str, unknown_as: UnknownGround = "unwalkable") -> Ground:
    """Return the ground that a map's tiles make.

    Args:
        chk: the map.
        name: what the terrain is called.
        unknown_as: what to make of tiles that the table does not know.

    Raises:
        ConfigError: a tile set of which no tile is known, or another value of `unknown_as`.
    """
    if unknown_as not in get_args(UnknownGround):
        raise ConfigError(f"unknown tiles as {unknown_as!r}; allowed: {', '.join(get_args(UnknownGround))}")
    tables = _tables()
    table = tables.get(chk.tileset)
    if table is None:
        raise ConfigError(f"the ground of the tile set {chk.tileset} is not known; known: {', '.join(tables)}")
    tiles = chk.tiles
    is_known = table.is_known[tiles]
    open_mask = 0 if unknown_as == "unwalkable" else OPEN_MASK
    mask = np.where(is_known, table.walk_mask[tiles], open_mask).astype(np.uint16)
    buildable = np.where(is_known, table.buildable[tiles], unknown_as == "open")
    height = np.where(is_known, table.ground_height[tiles], 0).astype(np.uint8)
    unknown, counts = np.unique(tiles[~is_known], return_counts=True)
    by_count = sorted(zip(unknown.tolist(), counts.tolist(), strict=True), key=lambda entry: (-entry[1], entry[0]))
    return Ground(
        map=GameMap(
            name=name,
            width=chk.width,
            height=chk.height,
            walkable=_read_only(_walkable(mask)),
            buildable=_read_only(_without_edges(buildable)),
            ground_height=_read_only(height),
        ),
        unknown_tiles=tuple(by_count),
        unknown_share=float(1 - is_known.mean()),
        contradictory_share=float((table.is_contradictory[tiles] & is_known).mean()),
        unknown_as=unknown_as,
    )


def _walkable(mask: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return (rows * 4, columns * 4) bool from (rows, columns) masks: bit 4 * row + column of the 4 x 4 in a tile."""
    scale = WALK_TILES_PER_BUILD_TILE
    rows, columns = mask.shape
    bits = (mask[..., None] >> np.arange(scale * scale, dtype=np.uint16)) & 1
    walkable: NDArray[np.bool_] = (
        bits.astype(np.bool_)
        .reshape(rows, columns, scale, scale)
        .transpose(0, 2, 1, 3)
        .reshape(rows * scale, columns * scale)
    )
    walkable[-COVERED_ROWS:] = False
    walkable[-COVERED_CORNER_ROWS:, :COVERED_CORNER_COLUMNS] = False
    walkable[-COVERED_CORNER_ROWS:, -COVERED_CORNER_COLUMNS:] = False
    return walkable


def _without_edges(buildable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    buildable = buildable.copy()
    buildable[-UNBUILDABLE_ROWS:] = False
    buildable[-UNBUILDABLE_CORNER_ROWS:, :UNBUILDABLE_CORNER_COLUMNS] = False
    buildable[-UNBUILDABLE_CORNER_ROWS:, -UNBUILDABLE_CORNER_COLUMNS:] = False
    return buildable


def _read_only(array: NDArray[_T]) -> NDArray[_T]:
    array.setflags(write=False)
    return array


@cache
def _tables() -> dict[str, _TileTable]:
    with np.load(Path(__file__).with_name("tiles.npz"), allow_pickle=False) as file:
        rows = {name: file[name] for name in file.files}
    tables: dict[str, _TileTable] = {}
    for index in np.unique(rows["tileset"]).tolist():
        chosen = rows["tileset"] == index
        ids = rows["tile"][chosen]
        columns = {
            name: np.zeros(MAX_TILE_ID, rows[name].dtype)
            for name in ("is_contradictory", "ground_height", "buildable", "walk_mask")
        }
        for name, column in columns.items():
            column[ids] = rows[name][chosen]
        is_known = np.zeros(MAX_TILE_ID, np.bool_)
        is_known[ids] = True
        tables[TILESETS[index]] = _TileTable(is_known=is_known, **columns)
    return tables
