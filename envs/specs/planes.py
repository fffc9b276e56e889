"""Layers: pictures of what a seat sees, one number per cell, over a window of the map.

A cell of a layer about the ground shows the tile under the cell's centre. A unit covers the cells whose centre lies
in its box, at least the one under its own centre; where two units cover a cell, flyers are above ground units and a
higher id above a lower one. What is remembered but out of sight is drawn below all that is in sight, without points.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import envs.specs.ground as terrain
from engine.broodwar.rules_table import unit_type_id
from engine.core.fixed import whole
from engine.core.frame import Frame, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX
from engine.core.jit import inline, kernel, scratch
from envs.specs.field import Field
from envs.specs.ground import Ground, draw_camera, draw_ground, draw_power, find_columns, first_cell
from envs.specs.reading import has_flag, is_airborne
from envs.specs.sight import Sight

BYTE: Final = 255.0

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
    _layer("creep", 1, "flag", "Creep lay on the tile when it was last seen; 0 throughout in battles."),
    _layer("power", 1, "flag", "In the field of an own complete pylon."),
    _layer(
        "effects",
        14,
        "kind",
        "0 none, 1 psionic storm over a unit in sight, 6 scanner sweep, 7 nuclear missile (PySC2's numbers), "
        "13 dark swarm, 14 disruption web.",
    ),
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
    CREEP,
    POWER,
    EFFECTS,
) = range(len(PLANE_FIELDS))

IS_GROUND: Final = np.zeros(len(PLANE_FIELDS), np.bool_)
IS_GROUND[[HEIGHT_MAP, VISIBILITY_MAP, PATHABLE, BUILDABLE, CAMERA, CREEP, POWER]] = True
"""Which layers show the ground; the others show units."""

GROUND_OF: Final = np.zeros(len(PLANE_FIELDS), np.int64)
"""What `draw_ground` calls those that it draws."""
for _layer_number, _what in (
    (HEIGHT_MAP, terrain.HEIGHTS),
    (VISIBILITY_MAP, terrain.STATES),
    (PATHABLE, terrain.WALKABLE),
    (BUILDABLE, terrain.BUILDABLE),
    (CREEP, terrain.CREEP),
):
    GROUND_OF[_layer_number] = _what

FLAG_UNDER_STORM: Final = int(UnitFlag.UNDER_STORM)

STORM: Final = 1
SWEEP: Final = 6
NUKE: Final = 7
SWARM: Final = 13
WEB: Final = 14
"""What `effects` shows; the first three are PySC2's numbers."""

EFFECT_OF: Final = np.zeros(256, np.int64)
"""(256,) by type id: which effect a unit is; Brood War's swarms and webs are units."""
for _name, _effect in (
    ("Spell_Scanner_Sweep", SWEEP),
    ("Terran_Nuclear_Missile", NUKE),
    ("Spell_Dark_Swarm", SWARM),
    ("Spell_Disruption_Web", WEB),
):
    EFFECT_OF[unit_type_id(_name)] = _effect


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
        frame.frame,
        frame.num_units,
        frame.units,
        frame.seen,
        frame.creep,
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
    if layer == EFFECTS:
        return int(EFFECT_OF[unit["type"]]) if not has_flag(unit, FLAG_UNDER_STORM) else STORM
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
    is_blank: NDArray[np.int64],
    out: NDArray[Any],
) -> None:
    """Draw one unit into all layers about units.

    Args:
        unit: who.
        me: the seat's player.
        types: (256,) TYPE_DTYPE.
        is_selected: it is.
        in_sight: the Frame shows it; else it is remembered.
        window: left, top, width, height of what is shown, pixels.
        layers: (L,) int32.
        caps: (L,) int32.
        is_blank: (L or more,) int64: 1 while a layer is zeros throughout, so that zeros need not be drawn.
        out: (L, rows, columns).
    """
    rows, columns = out.shape[1:]
    kind = types[unit["type"]]
    x0 = unit["x"] - kind["left"]
    x1 = unit["x"] + kind["right"] + 1
    y0 = unit["y"] - kind["up"]
    y1 = unit["y"] + kind["down"] + 1
    if x1 <= window[0] or x0 >= window[0] + window[2] or y1 <= window[1] or y0 >= window[1] + window[3]:
        return
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
    left = max(0, left)
    right = min(columns, right)
    top = max(0, top)
    bottom = min(rows, bottom)
    for at in range(layers.shape[0]):
        layer = layers[at]
        if IS_GROUND[layer]:
            continue
        plane = out[at]
        cap = caps[at]
        if layer == DENSITY:
            if in_sight:
                count_one(left, top, right, bottom, cap, plane)
            continue
        if layer == DENSITY_COVER:
            if in_sight:
                cover(x0, y0, x1, y1, window, cap, plane)
            continue
        value = min(cap, value_of(layer, unit, me, types, is_selected, in_sight))
        if value == 0 and (is_blank[at] or layer == EFFECTS):
            continue  # a swarm shows through whoever stands in it
        is_blank[at] = 0
        for r in range(top, bottom):
            for c in range(left, right):
                plane[r, c] = value


@inline
def count_one(left: int, top: int, right: int, bottom: int, cap: int, plane: NDArray[Any]) -> None:
    """Add 1 to each cell of [left, right) x [top, bottom)."""
    for r in range(top, bottom):
        for c in range(left, right):
            plane[r, c] = min(cap, whole(plane[r, c]) + 1)


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
            # Most cells are covered whole, and a division costs more than all the rest.
            is_whole = wide == window[2] and high == window[3]
            share = DENSITY_AA if is_whole else DENSITY_AA * wide * high // (window[2] * window[3])
            plane[r, c] = min(cap, whole(plane[r, c]) + share)


@kernel
def draw_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    frame: NDArray[np.int32],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    last_seen: NDArray[np.int32],
    creep: NDArray[np.uint8],
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
    work = scratch(3, max(out.shape[1], out.shape[3]))
    for row in range(out.shape[0]):
        if not marked[row]:
            continue
        window = windows[row]
        here = out[row]
        has_layer = last_seen.shape[1] > 0
        find_columns(window, BUILD_TILE_PX, height.shape[1], here.shape[2], work[0])
        is_blank = work[2]
        for at in range(layers.shape[0]):
            is_blank[at] = 1
            if layers[at] == POWER:
                draw_power(units[row], num_units[row], player[row], window, here[at])
            elif layers[at] == CAMERA:
                draw_camera(window, cameras[row], here[at])
            elif IS_GROUND[layers[at]]:
                if layers[at] == PATHABLE:
                    find_columns(window, WALK_TILE_PX, walkable.shape[1], here.shape[2], work[1])
                draw_ground(
                    GROUND_OF[layers[at]], has_layer, tiles[row], last_seen[row], frame[row], creep[row], height,
                    walkable, buildable, window, work, here[at],
                )  # fmt: skip
            else:
                here[at] = 0
        for m in range(num_remembered[row]):
            if not is_shown[row, m]:
                draw_unit(remembered[row, m], player[row], types, False, False, window, layers, caps, is_blank, here)
        num_flyers = 0
        for k in range(num_units[row]):
            unit = units[row, k]
            if is_airborne(unit, types):
                num_flyers += 1
            else:
                draw_unit(unit, player[row], types, selected[row, k], True, window, layers, caps, is_blank, here)
        for k in range(num_units[row] if num_flyers > 0 else 0):
            unit = units[row, k]
            if is_airborne(unit, types):
                draw_unit(unit, player[row], types, selected[row, k], True, window, layers, caps, is_blank, here)


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
