"""The kernels that draw layers: see `planes` for what the layers show.

Layer by layer, so that one picture at a time is in the processor's nearest memory: first who is in the window and
which cells each one covers, once, then every picture.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX
from engine.core.jit import inline, kernel, scratch
from envs.specs.ground import Ground, draw_camera, draw_ground, draw_power, find_columns, first_cell
from envs.specs.planes import (
    CAMERA,
    COOLDOWN,
    DENSITY,
    DENSITY_AA,
    DENSITY_COVER,
    EFFECT_OF,
    EFFECTS,
    ENEMY,
    ENERGY,
    ENERGY_RATIO,
    FLAG_UNDER_STORM,
    GROUND_OF,
    HIT_POINTS,
    HIT_POINTS_RATIO,
    IS_FLYING,
    IS_GROUND,
    NEUTRAL,
    NEUTRAL_ID,
    NUM_PLAYABLE,
    PATHABLE,
    PLAYER_ID,
    PLAYER_RELATIVE,
    POWER,
    SELF,
    SHIELDS,
    SHIELDS_RATIO,
    STORM,
    UNIT_TYPE,
)
from envs.specs.reading import has_flag, is_airborne
from envs.specs.sight import Sight

(WHO, IN_SIGHT, LEFT, TOP, RIGHT, BOTTOM) = range(6)
"""What is noted of everything that is drawn: index in the Frame's units (in sight) or in what is remembered, and the
cells that it covers, ends left out."""

NOTES: Final = 6


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
def note_drawn(
    unit: np.void,
    who: int,
    in_sight: int,
    types: NDArray[np.void],
    window: NDArray[np.int32],
    rows: int,
    columns: int,
    note: NDArray[np.int64],
) -> int:
    """Note which cells a unit covers; return 1, or 0 if it is outside of the window.

    Args:
        unit: who.
        who: its index.
        in_sight: 1 if the Frame shows it, 0 if it is remembered.
        types: (256,) TYPE_DTYPE.
        window: left, top, width, height of what is shown, pixels.
        rows: rows of cells.
        columns: columns of cells.
        note: (NOTES,) int64, overwritten.
    """
    kind = types[unit["type"]]
    x0 = unit["x"] - kind["left"]
    x1 = unit["x"] + kind["right"] + 1
    y0 = unit["y"] - kind["up"]
    y1 = unit["y"] + kind["down"] + 1
    if x1 <= window[0] or x0 >= window[0] + window[2] or y1 <= window[1] or y0 >= window[1] + window[3]:
        return 0
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
    note[WHO] = who
    note[IN_SIGHT] = in_sight
    note[LEFT] = max(0, left)
    note[TOP] = max(0, top)
    note[RIGHT] = min(columns, right)
    note[BOTTOM] = min(rows, bottom)
    return 1


@inline
def note_all(
    units: NDArray[np.void],
    num_units: int,
    remembered: NDArray[np.void],
    num_remembered: int,
    is_shown: NDArray[np.bool_],
    types: NDArray[np.void],
    window: NDArray[np.int32],
    rows: int,
    columns: int,
    notes: NDArray[np.int64],
) -> int:
    """Note who is drawn, in the order of drawing: what is remembered, who is on the ground, who flies; return how many.

    Args:
        units: (capacity,) UNIT_DTYPE of the Frame.
        num_units: how many are valid.
        remembered: (MAX_REMEMBERED,) UNIT_DTYPE.
        num_remembered: how many are valid.
        is_shown: (MAX_REMEMBERED,) bool: the Frame shows it.
        types: (256,) TYPE_DTYPE.
        window: left, top, width, height of what is shown, pixels.
        rows: rows of cells.
        columns: columns of cells.
        notes: (at least all, NOTES) int64, overwritten.
    """
    count = 0
    for m in range(num_remembered):
        if not is_shown[m]:
            count += note_drawn(remembered[m], m, 0, types, window, rows, columns, notes[count])
    num_flyers = 0
    for k in range(num_units):
        if is_airborne(units[k], types):
            num_flyers += 1
        else:
            count += note_drawn(units[k], k, 1, types, window, rows, columns, notes[count])
    for k in range(num_units if num_flyers > 0 else 0):
        if is_airborne(units[k], types):
            count += note_drawn(units[k], k, 1, types, window, rows, columns, notes[count])
    return count


@inline
def draw_units(
    layer: int,
    cap: int,
    me: int,
    units: NDArray[np.void],
    remembered: NDArray[np.void],
    types: NDArray[np.void],
    selected: NDArray[np.bool_],
    notes: NDArray[np.int64],
    count: int,
    plane: NDArray[Any],
) -> None:
    """Draw one layer about units.

    Args:
        layer: its number.
        cap: its largest value.
        me: the seat's player.
        units: (capacity,) UNIT_DTYPE of the Frame.
        remembered: (MAX_REMEMBERED,) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        selected: (capacity,) bool by index in the Frame's units.
        notes: (at least count, NOTES) int64 of `note_all`.
        count: how many are drawn.
        plane: (rows, columns), overwritten.
    """
    plane[:] = 0
    is_blank = True  # while it is, zeros need not be drawn
    for n in range(count):
        note = notes[n]
        if note[IN_SIGHT]:
            unit = units[note[WHO]]
            value = value_of(layer, unit, me, types, selected[note[WHO]], True)
        else:
            unit = remembered[note[WHO]]
            value = value_of(layer, unit, me, types, False, False)
        if value == 0 and (is_blank or layer == EFFECTS):
            continue  # a swarm shows through whoever stands in it
        is_blank = False
        value = min(cap, value)
        for r in range(note[TOP], note[BOTTOM]):
            for c in range(note[LEFT], note[RIGHT]):
                plane[r, c] = value


@inline
def count_units(cap: int, notes: NDArray[np.int64], count: int, plane: NDArray[Any]) -> None:
    """Draw `unit_density`: how many units in sight cover each cell's centre."""
    plane[:] = 0
    for n in range(count):
        note = notes[n]
        if note[IN_SIGHT]:
            for r in range(note[TOP], note[BOTTOM]):
                for c in range(note[LEFT], note[RIGHT]):
                    plane[r, c] = min(cap, whole(plane[r, c]) + 1)


@inline
def cover_cells(
    cap: int,
    units: NDArray[np.void],
    types: NDArray[np.void],
    window: NDArray[np.int32],
    notes: NDArray[np.int64],
    count: int,
    plane: NDArray[Any],
) -> None:
    """Draw `unit_density_aa`: what the units in sight cover of each cell, in sixteenths, each share rounded down.

    Args:
        cap: its largest value.
        units: (capacity,) UNIT_DTYPE of the Frame.
        types: (256,) TYPE_DTYPE.
        window: left, top, width, height of what is shown, pixels.
        notes: (at least count, NOTES) int64 of `note_all`.
        count: how many are drawn.
        plane: (rows, columns), overwritten.
    """
    rows, columns = plane.shape
    plane[:] = 0
    # In units of 1 / columns (and 1 / rows) of a pixel, a cell is `wide` wide and `high` high: whole numbers. The half
    # keeps a product with the inverse clear of the next whole number, so that it is cut off as a division would be.
    wide = whole(window[2])
    high = whole(window[3])
    inverse = DENSITY_AA / (wide * high)
    half = 0.5 / DENSITY_AA
    for n in range(count):
        if not notes[n, IN_SIGHT]:
            continue
        unit = units[notes[n, WHO]]
        kind = types[unit["type"]]
        x0 = (unit["x"] - kind["left"] - window[0]) * columns
        x1 = (unit["x"] + kind["right"] + 1 - window[0]) * columns
        y0 = (unit["y"] - kind["up"] - window[1]) * rows
        y1 = (unit["y"] + kind["down"] + 1 - window[1]) * rows
        first = max(0, x0 // wide)
        last = min(columns - 1, (x1 - 1) // wide)
        for r in range(max(0, y0 // high), min(rows - 1, (y1 - 1) // high) + 1):
            deep = min(y1, (r + 1) * high) - max(y0, r * high)
            for c in range(first, last + 1):
                across = min(x1, (c + 1) * wide) - max(x0, c * wide)
                share = int((across * deep + half) * inverse)
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
    work = scratch(2, max(out.shape[1], out.shape[3]))
    notes = scratch(units.shape[1] + remembered.shape[1], NOTES)
    for row in range(out.shape[0]):
        if not marked[row]:
            continue
        window = windows[row]
        here = out[row]
        has_layer = last_seen.shape[1] > 0
        find_columns(window, BUILD_TILE_PX, height.shape[1], here.shape[2], work[0])
        count = note_all(
            units[row], num_units[row], remembered[row], num_remembered[row], is_shown[row], types, window,
            here.shape[1], here.shape[2], notes,
        )  # fmt: skip
        for at in range(layers.shape[0]):
            layer = layers[at]
            plane = here[at]
            if layer == POWER:
                draw_power(units[row], num_units[row], player[row], window, plane)
            elif layer == CAMERA:
                draw_camera(window, cameras[row], plane)
            elif IS_GROUND[layer]:
                if layer == PATHABLE:
                    find_columns(window, WALK_TILE_PX, walkable.shape[1], here.shape[2], work[1])
                draw_ground(
                    GROUND_OF[layer], has_layer, tiles[row], last_seen[row], frame[row], creep[row], height,
                    walkable, buildable, window, work, plane,
                )  # fmt: skip
            elif layer == DENSITY:
                count_units(caps[at], notes, count, plane)
            elif layer == DENSITY_COVER:
                cover_cells(caps[at], units[row], types, window, notes, count, plane)
            else:
                draw_units(
                    layer, caps[at], player[row], units[row], remembered[row], types, selected[row], notes, count,
                    plane,
                )  # fmt: skip


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
