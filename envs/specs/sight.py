"""What a seat has seen of the map: which tiles are in sight or were, and buildings as they were last seen.

A Frame shows what is in sight now. `Sight` remembers: a building of another player, or a resource, stays remembered as
it was until its place is in sight and it is gone. Which build tiles are in sight the Frame says itself (`Frame.seen`);
where it is made without layers, a tile counts while its centre lies within the sight radius of an own unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import length
from engine.core.frame import UNIT_DTYPE, Frame
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from engine.core.jit import inline, kernel

HIDDEN: Final = 0
SEEN_BEFORE: Final = 1
IN_SIGHT: Final = 2
"""What a tile is; PySC2's numbers."""

MAX_REMEMBERED: Final = 256
"""Buildings and resources of others that a row remembers; a two-player map has about 60, the rest is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The memory of a batch of rows.

    Attributes:
        tiles: (rows, height, width) uint8 per build tile: `HIDDEN`, `SEEN_BEFORE` or `IN_SIGHT`; not kept where the
            Frame says it.
        remembered: (rows, MAX_REMEMBERED) UNIT_DTYPE in ascending id, each as last seen.
        count: (rows,) int32, how many of `remembered` are valid.
        is_shown: (rows, MAX_REMEMBERED) bool: the Frame shows it now, so that nobody needs the memory.
    """

    tiles: NDArray[np.uint8]
    remembered: NDArray[np.void]
    count: NDArray[np.int32]
    is_shown: NDArray[np.bool_]

    @staticmethod
    def allocate(rows: int, game_map: GameMap) -> Sight:
        """Return a memory that has seen nothing."""
        return Sight(
            tiles=np.zeros((rows, game_map.height, game_map.width), np.uint8),
            remembered=np.zeros((rows, MAX_REMEMBERED), UNIT_DTYPE),
            count=np.zeros(rows, np.int32),
            is_shown=np.zeros((rows, MAX_REMEMBERED), np.bool_),
        )

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Forget everything that the marked rows have seen."""
        self.tiles[marked] = HIDDEN
        self.count[marked] = 0

    def follow(self, frame: Frame, types: NDArray[np.void], marked: NDArray[np.bool_], *, sees_all: bool) -> None:
        """Take in a Frame; a second call with the same one changes nothing.

        Args:
            frame: the view.
            types: (256,) TYPE_DTYPE of all types.
            marked: (rows,) bool, the rows whose view is new.
            sees_all: the whole map is in sight.
        """
        see_rows(
            marked,
            frame.player,
            frame.num_units,
            frame.units,
            types,
            frame.frame,
            frame.seen,
            sees_all,
            self.tiles,
            self.remembered,
            self.count,
            self.is_shown,
        )


@inline
def light_up(x: int, y: int, radius: int, tiles: NDArray[np.uint8]) -> None:
    """Mark the tiles whose centre lies within `radius` pixels of (x, y)."""
    height, width = tiles.shape
    first_row = max(0, (y - radius) // BUILD_TILE_PX)
    last_row = min(height - 1, (y + radius) // BUILD_TILE_PX)
    first_column = max(0, (x - radius) // BUILD_TILE_PX)
    last_column = min(width - 1, (x + radius) // BUILD_TILE_PX)
    for row in range(first_row, last_row + 1):
        dy = row * BUILD_TILE_PX + BUILD_TILE_PX // 2 - y
        for column in range(first_column, last_column + 1):
            if tiles[row, column] != IN_SIGHT:
                dx = column * BUILD_TILE_PX + BUILD_TILE_PX // 2 - x
                if length(dx, dy) <= radius:
                    tiles[row, column] = IN_SIGHT


@inline
def tile_state(
    has_layer: bool, tiles: NDArray[np.uint8], last_seen: NDArray[np.int32], now: int, row: int, column: int
) -> int:
    """Return what a tile is: as the Frame says where it does, else as kept."""
    if not has_layer:
        return int(tiles[row, column])
    when = last_seen[row, column]
    if when < 0:
        return HIDDEN
    return IN_SIGHT if when == now else SEEN_BEFORE


@inline
def renew(
    units: NDArray[np.void],
    num_units: int,
    has_layer: bool,
    tiles: NDArray[np.uint8],
    last_seen: NDArray[np.int32],
    now: int,
    remembered: NDArray[np.void],
    is_shown: NDArray[np.bool_],
    count: int,
) -> int:
    """Bring what is remembered up to the Frame and drop what is gone from a place in sight; return how many are left.

    Both lists ascend in id, so one walk over both finds every pair.
    """
    height, width = tiles.shape
    kept = 0
    at = 0
    for m in range(count):
        unit_id = remembered[m]["id"]
        while at < num_units and units[at]["id"] < unit_id:
            at += 1
        shown = at < num_units and units[at]["id"] == unit_id
        if shown:
            remembered[kept] = units[at]
        else:
            row = min(max(remembered[m]["y"] // BUILD_TILE_PX, 0), height - 1)
            column = min(max(remembered[m]["x"] // BUILD_TILE_PX, 0), width - 1)
            if tile_state(has_layer, tiles, last_seen, now, row, column) == IN_SIGHT:
                continue
            if kept != m:
                remembered[kept] = remembered[m]
        is_shown[kept] = shown
        kept += 1
    return kept


@inline
def learn(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    types: NDArray[np.void],
    remembered: NDArray[np.void],
    is_shown: NDArray[np.bool_],
    count: int,
) -> int:
    """Add the others' buildings and resources that are not remembered yet; return how many there are then."""
    for k in range(num_units):
        unit = units[k]
        kind = types[unit["type"]]
        if unit["player"] == me or not (kind["is_building"] or kind["is_resource"]):
            continue
        at = count
        while at > 0 and remembered[at - 1]["id"] > unit["id"]:
            at -= 1
        if (at > 0 and remembered[at - 1]["id"] == unit["id"]) or count == remembered.shape[0]:
            continue
        for m in range(count, at, -1):
            remembered[m] = remembered[m - 1]
            is_shown[m] = is_shown[m - 1]
        remembered[at] = unit
        is_shown[at] = True
        count += 1
    return count


@kernel
def see_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    frame: NDArray[np.int32],
    last_seen: NDArray[np.int32],
    sees_all: bool,
    tiles: NDArray[np.uint8],
    remembered: NDArray[np.void],
    count: NDArray[np.int32],
    is_shown: NDArray[np.bool_],
) -> None:
    """Renew what the marked rows see and remember.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE, ascending id.
        types: (256,) TYPE_DTYPE.
        frame: (rows,) int32.
        last_seen: (rows, height, width) int32, `Frame.seen`, or (rows, 0, 0).
        sees_all: the whole map is in sight.
        tiles: (rows, height, width) uint8.
        remembered: (rows, MAX_REMEMBERED) UNIT_DTYPE.
        count: (rows,) int32.
        is_shown: (rows, MAX_REMEMBERED) bool.
    """
    for r in range(tiles.shape[0]):
        if not marked[r]:
            continue
        seen = tiles[r]
        has_layer = last_seen.shape[1] > 0 and not sees_all
        if sees_all:
            seen[:] = IN_SIGHT
        elif not has_layer:
            for row in range(seen.shape[0]):
                for column in range(seen.shape[1]):
                    if seen[row, column] == IN_SIGHT:
                        seen[row, column] = SEEN_BEFORE
        if not sees_all and not has_layer:
            for k in range(num_units[r]):
                unit = units[r, k]
                if unit["player"] == player[r]:
                    light_up(unit["x"], unit["y"], types[unit["type"]]["sight_px"], seen)
        left = renew(
            units[r], num_units[r], has_layer, seen, last_seen[r], frame[r], remembered[r], is_shown[r], count[r]
        )
        count[r] = learn(units[r], num_units[r], player[r], types, remembered[r], is_shown[r], left)
