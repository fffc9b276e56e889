"""What layers show of the ground: heights, what is in sight, creep, power, the camera.

A cell shows the tile under its centre. Rows of cells whose centres lie in one row of tiles are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.siting import PSI_COLUMNS, PSI_HEIGHT_PX, PSI_WIDTH_PX
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, GameMap
from engine.core.jit import inline
from envs.specs.reading import FLAG_COMPLETED, FLAG_FLYING, has_flag

HEIGHT_STEP: Final = 51
"""What one step of BWAPI's ground height (0 to 5) is in `height_map`: the highest is 255."""

FIRST_FINE_HEIGHT: Final = 64
"""Maps that go so high have StarCraft II's own scale, 0 to 255: 16 from one level of cliffs to the next."""

ZERO_HEIGHT: Final = 127.5
"""Where that scale has the height 0 (FEATURES.md section 5: z is -16 + 32 h / 255)."""

LEVEL_SHIFT: Final = 2
SLOPE: Final = 1
"""StarCraft II compares heights in quarters of a level, and ground that is one higher is not above."""

POWER_BY_TILES: Final = -1
"""In place of a radius: the field of Brood War's pylon, which has a width for each row of tiles."""


(HEIGHTS, STATES, WALKABLE, BUILDABLE, CREEP) = range(5)
"""What `draw_ground` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What layers show of the terrain, never written.

    Attributes:
        height: (tile rows, tile columns) uint8, `height_map`.
        level: (tile rows, tile columns) uint8: what fields of power compare, in StarCraft II.
        walkable: (walk rows, walk columns) uint8, 0 or 1.
        buildable: (tile rows, tile columns) uint8, 0 or 1.
    """

    height: NDArray[np.uint8]
    level: NDArray[np.uint8]
    walkable: NDArray[np.uint8]
    buildable: NDArray[np.uint8]

    @staticmethod
    def of(game_map: GameMap) -> Ground:
        """Return the terrain of a map.

        Heights of StarCraft II's own scale are shown as the recorded game does: the highest ground that can be walked
        on is 255.
        """
        steps = game_map.ground_height.astype(np.int64)
        height = np.minimum(steps * HEIGHT_STEP, 255)
        if steps.max(initial=0) >= FIRST_FINE_HEIGHT:
            tiles = game_map.walkable.reshape(
                game_map.height, -1, game_map.width, game_map.walkable.shape[1] // game_map.width
            )
            top = steps[tiles.any(axis=(1, 3))].max(initial=0) - ZERO_HEIGHT
            height = np.rint(255 * np.clip((steps - ZERO_HEIGHT) / max(1.0, top), 0, 1)).astype(np.int64)
        return Ground(
            height=height.astype(np.uint8),
            level=(steps >> LEVEL_SHIFT).astype(np.uint8),
            walkable=np.ascontiguousarray(game_map.walkable, np.uint8),
            buildable=np.ascontiguousarray(game_map.buildable, np.uint8),
        )


@inline
def first_cell(edge: int, origin: int, size: int, cells: int) -> int:
    """Return the first cell whose centre, at origin + (c + 1/2) size / cells, is not left of `edge`."""
    return -((size - 2 * (edge - origin) * cells) // (2 * size))


@inline
def find_columns(window: NDArray[np.int32], scale: int, count: int, cells: int, out: NDArray[np.int64]) -> None:
    """Write which column of tiles lies under the centre of each column of cells, -1 beyond the map's edge.

    Args:
        window: left, top, width, height, pixels.
        scale: pixels of a tile.
        count: columns of tiles that the map has.
        cells: columns of cells.
        out: (at least cells,) int64, overwritten.
    """
    # The column under a cell's centre, by adding up what a division would say anew for each cell.
    step = 2 * cells * scale
    numerator = window[2] + 2 * cells * (window[0] % scale)
    column = window[0] // scale
    for c in range(cells):
        while numerator >= step:
            numerator -= step
            column += 1
        out[c] = column if 0 <= column < count else -1
        numerator += 2 * window[2]


@inline
def on_map(columns: NDArray[np.int64], cells: int) -> tuple[int, int]:
    """Return the first column of cells that shows tiles of the map, and the one behind the last."""
    first = 0
    stop = cells
    while first < stop and columns[first] < 0:
        first += 1
    while stop > first and columns[stop - 1] < 0:
        stop -= 1
    return first, stop


@inline
def show_tiles(source: NDArray[Any], row: int, columns: NDArray[np.int64], line: NDArray[Any]) -> None:
    """Write one row of cells from a row of tiles."""
    first, stop = on_map(columns, line.shape[0])
    for c in range(first):
        line[c] = 0
    for c in range(first, stop):
        line[c] = source[row, columns[c]]
    for c in range(stop, line.shape[0]):
        line[c] = 0


@inline
def show_states(
    has_layer: bool,
    tiles: NDArray[np.uint8],
    last_seen: NDArray[np.int32],
    now: int,
    row: int,
    columns: NDArray[np.int64],
    line: NDArray[Any],
) -> None:
    """Write one row of cells of `visibility_map`."""
    if not has_layer:
        show_tiles(tiles, row, columns, line)
        return
    first, stop = on_map(columns, line.shape[0])
    for c in range(first):
        line[c] = 0
    for c in range(first, stop):
        when = last_seen[row, columns[c]]  # as `tile_state` says it, without a branch
        line[c] = whole(when >= 0) + whole(when == now)
    for c in range(stop, line.shape[0]):
        line[c] = 0


@inline
def draw_ground(
    what: int,
    has_layer: bool,
    tiles: NDArray[np.uint8],
    last_seen: NDArray[np.int32],
    now: int,
    creep: NDArray[np.uint8],
    height: NDArray[np.uint8],
    walkable: NDArray[np.uint8],
    buildable: NDArray[np.uint8],
    window: NDArray[np.int32],
    columns: NDArray[np.int64],
    out: NDArray[Any],
) -> None:
    """Fill a layer of tiles; cells beyond the map's edge are 0.

    Rows of cells whose centres lie in one row of tiles are alike: only the first is looked up.

    Args:
        what: `HEIGHTS` and so on.
        has_layer: the Frame says what is in sight.
        tiles: (tile rows, tile columns) uint8, as kept by `Sight`.
        last_seen: (tile rows, tile columns) int32, `Frame.seen`.
        now: frame number.
        creep: (tile rows, tile columns) uint8, or (0, 0).
        height: (tile rows, tile columns) uint8.
        walkable: (walk rows, walk columns) uint8.
        buildable: (tile rows, tile columns) uint8.
        window: left, top, width, height of what is shown, pixels.
        columns: (2, cells) int64 of `find_columns`: build tiles, walk tiles.
        out: (rows, cells), overwritten.
    """
    rows = out.shape[0]
    scale = WALK_TILE_PX if what == WALKABLE else BUILD_TILE_PX
    map_rows = walkable.shape[0] if what == WALKABLE else height.shape[0]
    before = -1
    for r in range(rows):
        row = (window[1] + (2 * r + 1) * window[3] // (2 * rows)) // scale
        line = out[r]
        if row < 0 or row >= map_rows or (what == CREEP and creep.shape[0] == 0):
            line[:] = 0
        elif row == before:
            for c in range(line.shape[0]):
                line[c] = out[r - 1, c]
        elif what == STATES:
            show_states(has_layer, tiles, last_seen, now, row, columns[0], line)
        elif what == HEIGHTS:
            show_tiles(height, row, columns[0], line)
        elif what == CREEP:
            show_tiles(creep, row, columns[0], line)
        elif what == WALKABLE:
            show_tiles(walkable, row, columns[1], line)
        else:
            show_tiles(buildable, row, columns[0], line)
        before = row


@inline
def draw_camera(window: NDArray[np.int32], camera: NDArray[np.int32], out: NDArray[Any]) -> None:
    """Mark the cells whose centre is on the screen."""
    rows, columns = out.shape
    left = first_cell(camera[0], window[0], window[2], columns)
    right = first_cell(camera[0] + camera[2], window[0], window[2], columns)
    top = first_cell(camera[1], window[1], window[3], rows)
    bottom = first_cell(camera[1] + camera[3], window[1], window[3], rows)
    out[:] = 0
    for r in range(max(0, top), min(rows, bottom)):
        for c in range(max(0, left), min(columns, right)):
            out[r, c] = 1


@inline
def draw_round_power(
    source: np.void, radius: int, level: NDArray[np.uint8], window: NDArray[np.int32], out: NDArray[Any]
) -> None:
    """Mark the cells whose centre lies in a round field; below a source on the ground, or as high as it.

    Args:
        source: of power, by StarCraft II's rules.
        radius: of its field, pixels.
        level: (tile rows, tile columns) uint8, of `Ground`.
        window: left, top, width, height of what is shown, pixels.
        out: (rows, cells); marked.
    """
    rows, columns = out.shape
    highest = 255
    if not has_flag(source, FLAG_FLYING):
        row = min(max(source["y"] // BUILD_TILE_PX, 0), level.shape[0] - 1)
        column = min(max(source["x"] // BUILD_TILE_PX, 0), level.shape[1] - 1)
        highest = whole(level[row, column]) + SLOPE
    top = max(0, first_cell(source["y"] - radius, window[1], window[3], rows))
    bottom = min(rows, first_cell(source["y"] + radius + 1, window[1], window[3], rows))
    left = max(0, first_cell(source["x"] - radius, window[0], window[2], columns))
    right = min(columns, first_cell(source["x"] + radius + 1, window[0], window[2], columns))
    for r in range(top, bottom):
        y = window[1] + (2 * r + 1) * window[3] // (2 * rows)
        for c in range(left, right):
            x = window[0] + (2 * c + 1) * window[2] // (2 * columns)
            dx = whole(x - source["x"])
            dy = whole(y - source["y"])
            row = y // BUILD_TILE_PX
            column = x // BUILD_TILE_PX
            is_on_map = 0 <= row < level.shape[0] and 0 <= column < level.shape[1]
            if dx * dx + dy * dy <= radius * radius and is_on_map and level[row, column] <= highest:
                out[r, c] = 1


@inline
def draw_power(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    power_px: NDArray[np.int32],
    level: NDArray[np.uint8],
    window: NDArray[np.int32],
    out: NDArray[Any],
) -> None:
    """Mark the cells whose centre lies in the field of an own complete pylon, in Brood War tile by tile as it counts.

    Args:
        units: (capacity,) UNIT_DTYPE.
        num_units: how many are valid.
        me: the seat's player.
        power_px: (types,) int32 of `PictureRules`.
        level: (tile rows, tile columns) uint8, of `Ground`.
        window: left, top, width, height of what is shown, pixels.
        out: (rows, cells), overwritten.
    """
    rows, columns = out.shape
    out[:] = 0
    for k in range(num_units):
        pylon = units[k]
        radius = power_px[pylon["type"]]
        if radius == 0 or pylon["player"] != me or not has_flag(pylon, FLAG_COMPLETED):
            continue
        if radius > 0:
            draw_round_power(pylon, radius, level, window, out)
            continue
        top = max(0, first_cell(pylon["y"] - PSI_HEIGHT_PX + 1, window[1], window[3], rows))
        bottom = min(rows, first_cell(pylon["y"] + PSI_HEIGHT_PX, window[1], window[3], rows))
        left = max(0, first_cell(pylon["x"] - PSI_WIDTH_PX + 1, window[0], window[2], columns))
        right = min(columns, first_cell(pylon["x"] + PSI_WIDTH_PX, window[0], window[2], columns))
        for r in range(top, bottom):
            dy = window[1] + (2 * r + 1) * window[3] // (2 * rows) - pylon["y"]
            down = (-dy - 1 if dy < 0 else dy) // BUILD_TILE_PX
            for c in range(left, right):
                dx = window[0] + (2 * c + 1) * window[2] // (2 * columns) - pylon["x"]
                across = (-dx - 1 if dx < 0 else dx) // BUILD_TILE_PX
                if across < PSI_COLUMNS[down]:
                    out[r, c] = 1
