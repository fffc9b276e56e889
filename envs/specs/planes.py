"""Layers: pictures of what a seat sees, one number per cell, over a window of the map.

A cell of a layer about the ground shows the tile under the cell's centre. A unit covers the cells whose centre lies
in its box, at least the one under its own centre; where two units cover a cell, flyers are above ground units and a
higher id above a lower one. What is remembered but out of sight is drawn below all that is in sight, without points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, GameMap
from engine.core.jit import inline, kernel
from envs.specs.field import Field
from envs.specs.reading import is_airborne
from envs.specs.sight import Sight

BYTE: Final = 255.0

HEIGHT_STEP: Final = 51
"""What one step of BWAPI's ground height (0 to 5) is in `height_map`: the highest is 255."""

NEUTRAL_ID: Final = 16
"""`player_id` of resources and critters (PySC2's number)."""

NUM_PLAYABLE: Final = 8

SELF: Final = 1
NEUTRAL: Final = 3
ENEMY: Final = 4
"""`player_relative` (PySC2's numbers; 2 would be an ally)."""

DENSITY_AA: Final = 16
"""What a unit that covers a cell whole adds to `unit_density_aa`."""


def _layer(name: str, high: float, unit: str, doc: str) -> Field:
    return Field(name=name, dtype=np.uint8, high=high, unit=unit, doc=doc)


PLANE_FIELDS: Final = (
    _layer("height_map", BYTE, "51 a step", "Ground height, 51 times BWAPI's: 0 low, 102 high, 204 very high."),
    _layer("visibility_map", 2, "state", "0 never seen, 1 seen before, 2 in sight."),
    _layer("pathable", 1, "flag", "Ground units may walk on the terrain, whatever stands there."),
    _layer("buildable", 1, "flag", "The terrain may be built on."),
    _layer("player_id", NEUTRAL_ID, "player", "0 nobody, player number + 1, 16 neutral."),
    _layer("player_relative", 4, "side", "0 nobody, 1 own, 3 neutral, 4 enemy."),
    _layer("unit_type", 228, "type", "0 nothing, BWAPI's type id + 1 (0 is a type of Brood War's)."),
    _layer("unit_hit_points", BYTE, "points", "Hit points, at most 255; 0 where it is only remembered."),
    _layer("unit_hit_points_ratio", BYTE, "1/255", "Hit points, of the type's maximum, rounded down."),
    _layer("unit_shields", BYTE, "points", "Shield points, at most 255."),
    _layer("unit_shields_ratio", BYTE, "1/255", "Shield points, of the type's maximum, rounded down."),
    _layer("unit_energy", BYTE, "points", "Energy."),
    _layer("unit_energy_ratio", BYTE, "1/255", "Energy, of the type's maximum, rounded down."),
    _layer("unit_density", BYTE, "units", "Units in sight whose box covers the cell's centre, at most 255."),
    _layer("unit_density_aa", BYTE, "1/16 unit", "16 for each unit that covers the cell whole, shares rounded down."),
    _layer("weapon_cooldown", BYTE, "frames", "Frames until its slower weapon may fire, at most 255."),
    _layer("is_flying", 1, "flag", "It is in the air."),
    _layer("camera", 1, "flag", "The cell's centre is on the screen; 1 throughout where there is no camera."),
    _layer("selected", 1, "flag", "The unit is selected; 0 throughout where nothing can be."),
)
"""All layers, by the numbers that kernels know them by."""

PLANE_NAMES: Final[tuple[str, ...]] = tuple(field.name for field in PLANE_FIELDS)

(
    HEIGHT_MAP,
    VISIBILITY_MAP,
    PATHABLE,
    BUILDABLE,
    PLAYER_ID,
    PLAYER_RELATIVE,
    UNIT_TYPE,
    HIT_POINTS,
    HIT_POINTS_RATIO,
    SHIELDS,
    SHIELDS_RATIO,
    ENERGY,
    ENERGY_RATIO,
    DENSITY,
    DENSITY_COVER,
    COOLDOWN,
    IS_FLYING,
    CAMERA,
    SELECTED,
) = range(len(PLANE_FIELDS))

FIRST_UNIT_LAYER: Final = PLAYER_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What layers show of the terrain, never written.

    Attributes:
        height: (tile rows, tile columns) uint8, `height_map`.
        walkable: (walk rows, walk columns) uint8, 0 or 1.
        buildable: (tile rows, tile columns) uint8, 0 or 1.
    """

    height: NDArray[np.uint8]
    walkable: NDArray[np.uint8]
    buildable: NDArray[np.uint8]

    @staticmethod
    def of(game_map: GameMap) -> Ground:
        """Return the terrain of a map."""
        return Ground(
            height=np.minimum(game_map.ground_height.astype(np.int64) * HEIGHT_STEP, 255).astype(np.uint8),
            walkable=np.ascontiguousarray(game_map.walkable, np.uint8),
            buildable=np.ascontiguousarray(game_map.buildable, np.uint8),
        )


def caps_of(fields: tuple[Field, ...]) -> NDArray[np.int32]:
    """Return the largest value of each layer, by its declaration.

    Args:
        fields: the layers that are drawn.
    """
    return np.array([field.high for field in fields], np.int32)


def draw(
    frame: Frame,
    sight: Sight,
    ground: Ground,
    types: NDArray[np.void],
    marked: NDArray[np.bool_],
    windows: NDArray[np.int32],
    cameras: NDArray[np.int32],
    selected: NDArray[np.bool_],
    layers: NDArray[np.int32],
    caps: NDArray[np.int32],
    out: NDArray[Any],
) -> None:
    """Draw the layers of the marked rows.

    Args:
        frame: the view.
        sight: memory that follows it.
        ground: the terrain.
        types: (256,) TYPE_DTYPE of all types.
        marked: (rows,) bool.
        windows: (rows, 4) int32: left, top, width, height of what is shown, pixels.
        cameras: (rows, 4) int32, likewise: what `camera` shows.
        selected: (rows, capacity) bool by index in the Frame's units.
        layers: (L,) int32, numbers of layers.
        caps: (L,) int32, their largest values.
        out: (rows, L, cell rows, cell columns), overwritten.
    """
    draw_rows(
        marked,
        frame.player,
        frame.num_units,
        frame.units,
        types,
        sight.tiles,
        sight.remembered,
        sight.count,
        sight.is_shown,
        ground.height,
        ground.walkable,
        ground.buildable,
        windows,
        cameras,
        selected,
        layers,
        caps,
        out,
    )


@inline
def first_cell(edge: int, origin: int, size: int, cells: int) -> int:
    """Return the first cell whose centre, at origin + (c + 1/2) size / cells, is not left of `edge`."""
    return -((size - 2 * (edge - origin) * cells) // (2 * size))


@inline
def draw_ground(
    layer: int,
    tiles: NDArray[np.uint8],
    height: NDArray[np.uint8],
    walkable: NDArray[np.uint8],
    buildable: NDArray[np.uint8],
    window: NDArray[np.int32],
    camera: NDArray[np.int32],
    out: NDArray[Any],
) -> None:
    """Fill a layer about the ground; cells beyond the map's edge are 0."""
    rows, columns = out.shape
    map_rows, map_columns = walkable.shape
    per_tile = BUILD_TILE_PX // WALK_TILE_PX
    for r in range(rows):
        y = window[1] + (2 * r + 1) * window[3] // (2 * rows)
        row = y // WALK_TILE_PX
        for c in range(columns):
            x = window[0] + (2 * c + 1) * window[2] // (2 * columns)
            column = x // WALK_TILE_PX
            value = 0
            if 0 <= row < map_rows and 0 <= column < map_columns:
                if layer == PATHABLE:
                    value = walkable[row, column]
                elif layer == CAMERA:
                    inside_x = camera[0] <= x < camera[0] + camera[2]
                    value = 1 if inside_x and camera[1] <= y < camera[1] + camera[3] else 0
                else:
                    tile_row = row // per_tile
                    tile_column = column // per_tile
                    if layer == HEIGHT_MAP:
                        value = height[tile_row, tile_column]
                    elif layer == VISIBILITY_MAP:
                        value = tiles[tile_row, tile_column]
                    else:
                        value = buildable[tile_row, tile_column]
            out[r, c] = value


@inline
def ratio(points: int, maximum: int) -> int:
    """Return points as 0 to 255 of the maximum, 0 where there is none."""
    return min(255, 255 * max(0, points) // maximum) if maximum > 0 else 0


@inline
def side_number(owner: int, me: int) -> int:
    """Return `player_relative` of an owner."""
    if owner == me:
        return SELF
    return ENEMY if 0 <= owner < NUM_PLAYABLE else NEUTRAL


@inline
def value_of(layer: int, unit: np.void, me: int, types: NDArray[np.void], is_selected: bool, in_sight: bool) -> int:
    """Return what a layer about units shows where this unit is drawn."""
    kind = types[unit["type"]]
    if layer == PLAYER_ID:
        return whole(unit["player"]) + 1 if 0 <= unit["player"] < NUM_PLAYABLE else NEUTRAL_ID
    if layer == PLAYER_RELATIVE:
        return side_number(unit["player"], me)
    if layer == UNIT_TYPE:
        return whole(unit["type"]) + 1
    if layer == IS_FLYING:
        return 1 if is_airborne(unit, types) else 0
    if not in_sight:
        return 0
    if layer == HIT_POINTS:
        return whole(unit["hp"])
    if layer == HIT_POINTS_RATIO:
        return ratio(unit["hp"], kind["max_hp"])
    if layer == SHIELDS:
        return whole(unit["shield"])
    if layer == SHIELDS_RATIO:
        return ratio(unit["shield"], kind["max_shield"])
    if layer == ENERGY:
        return whole(unit["energy"])
    if layer == ENERGY_RATIO:
        return ratio(unit["energy"], kind["max_energy"])
    if layer == COOLDOWN:
        return max(0, whole(unit["ground_cooldown"]), whole(unit["air_cooldown"]))
    return 1 if is_selected else 0


@inline
def draw_unit(
    unit: np.void,
    me: int,
    types: NDArray[np.void],
    is_selected: bool,
    in_sight: bool,
    window: NDArray[np.int32],
    layers: NDArray[np.int32],
    caps: NDArray[np.int32],
    out: NDArray[Any],
) -> None:
    """Draw one unit into all layers about units."""
    rows, columns = out.shape[1:]
    kind = types[unit["type"]]
    x0 = unit["x"] - kind["left"]
    x1 = unit["x"] + kind["right"] + 1
    y0 = unit["y"] - kind["up"]
    y1 = unit["y"] + kind["down"] + 1
    left = first_cell(x0, window[0], window[2], columns)
    right = first_cell(x1, window[0], window[2], columns)
    top = first_cell(y0, window[1], window[3], rows)
    bottom = first_cell(y1, window[1], window[3], rows)
    if right <= left:
        left = (unit["x"] - window[0]) * columns // window[2]
        right = left + 1
    if bottom <= top:
        top = (unit["y"] - window[1]) * rows // window[3]
        bottom = top + 1
    for at in range(layers.shape[0]):
        layer = layers[at]
        if layer < FIRST_UNIT_LAYER or layer == CAMERA:
            continue
        plane = out[at]
        cap = caps[at]
        if layer == DENSITY:
            if in_sight:
                for r in range(max(0, top), min(rows, bottom)):
                    for c in range(max(0, left), min(columns, right)):
                        plane[r, c] = min(cap, plane[r, c] + 1)
            continue
        if layer == DENSITY_COVER:
            if in_sight:
                cover(x0, y0, x1, y1, window, cap, plane)
            continue
        value = min(cap, value_of(layer, unit, me, types, is_selected, in_sight))
        for r in range(max(0, top), min(rows, bottom)):
            for c in range(max(0, left), min(columns, right)):
                plane[r, c] = value


@inline
def cover(x0: int, y0: int, x1: int, y1: int, window: NDArray[np.int32], cap: int, plane: NDArray[Any]) -> None:
    """Add to each cell the share of it that the box [x0, x1) x [y0, y1) covers, in sixteenths, rounded down."""
    rows, columns = plane.shape
    # In units of 1 / columns (and 1 / rows) of a pixel, a cell is `window[2]` wide and `window[3]` high: whole numbers.
    first_row = max(0, (y0 - window[1]) * rows // window[3])
    last_row = min(rows - 1, ((y1 - window[1]) * rows - 1) // window[3])
    first_column = max(0, (x0 - window[0]) * columns // window[2])
    last_column = min(columns - 1, ((x1 - window[0]) * columns - 1) // window[2])
    for r in range(first_row, last_row + 1):
        high = min((y1 - window[1]) * rows, (r + 1) * window[3]) - max((y0 - window[1]) * rows, r * window[3])
        for c in range(first_column, last_column + 1):
            right = min((x1 - window[0]) * columns, (c + 1) * window[2])
            wide = right - max((x0 - window[0]) * columns, c * window[2])
            plane[r, c] = min(cap, plane[r, c] + DENSITY_AA * wide * high // (window[2] * window[3]))


@kernel
def draw_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    tiles: NDArray[np.uint8],
    remembered: NDArray[np.void],
    num_remembered: NDArray[np.int32],
    is_shown: NDArray[np.bool_],
    height: NDArray[np.uint8],
    walkable: NDArray[np.uint8],
    buildable: NDArray[np.uint8],
    windows: NDArray[np.int32],
    cameras: NDArray[np.int32],
    selected: NDArray[np.bool_],
    layers: NDArray[np.int32],
    caps: NDArray[np.int32],
    out: NDArray[Any],
) -> None:
    """Draw the layers of the marked rows; see `draw` for the arrays."""
    for row in range(out.shape[0]):
        if not marked[row]:
            continue
        window = windows[row]
        here = out[row]
        for at in range(layers.shape[0]):
            if layers[at] < FIRST_UNIT_LAYER or layers[at] == CAMERA:
                draw_ground(layers[at], tiles[row], height, walkable, buildable, window, cameras[row], here[at])
            else:
                here[at] = 0
        for m in range(num_remembered[row]):
            if not is_shown[row, m]:
                draw_unit(remembered[row, m], player[row], types, False, False, window, layers, caps, here)
        for in_air in range(2):
            for k in range(num_units[row]):
                unit = units[row, k]
                if (1 if is_airborne(unit, types) else 0) == in_air:
                    draw_unit(unit, player[row], types, selected[row, k], True, window, layers, caps, here)


@kernel
def centre_rows(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    slots: NDArray[np.void],
    num_own: int,
    windows: NDArray[np.int32],
) -> None:
    """Move the windows of the marked rows over the mean place of their own units; without any they stay.

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        num_own: own slots.
        windows: (rows, 4) int32: left, top, width, height, pixels.
    """
    for row in range(slots.shape[0]):
        if not marked[row]:
            continue
        x = 0
        y = 0
        count = 0
        for s in range(num_own):
            k = slots[row, s]["index"]
            if k >= 0:
                x += units[row, k]["x"]
                y += units[row, k]["y"]
                count += 1
        if count > 0:
            windows[row, 0] = x // count - windows[row, 2] // 2
            windows[row, 1] = y // count - windows[row, 3] // 2
