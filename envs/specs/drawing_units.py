"""How units become cells of layers: who is in the window, which cells each one covers, what each layer shows of it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from envs.specs.ground import first_cell
from envs.specs.planes import (
    COOLDOWN,
    DENSITY_AA,
    EFFECTS,
    ENEMY,
    ENERGY,
    ENERGY_RATIO,
    FLAG_UNDER_STORM,
    HIT_POINTS,
    HIT_POINTS_RATIO,
    IS_FLYING,
    NEUTRAL,
    NEUTRAL_ID,
    NUM_PLAYABLE,
    PLAYER_ID,
    PLAYER_RELATIVE,
    SELF,
    SHIELDS,
    SHIELDS_RATIO,
    STORM,
    UNIT_TYPE,
)
from envs.specs.reading import has_flag, is_airborne

(WHO, IN_SIGHT, LEFT, TOP, RIGHT, BOTTOM) = range(6)
"""What is noted of everything that is drawn: index in the Frame's units (in sight) or in what is remembered, and the
cells that it covers, ends left out."""

NOTES: Final = 6


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
def value_of(
    layer: int,
    unit: np.void,
    me: int,
    types: NDArray[np.void],
    first_type: int,
    effect_of: NDArray[np.int64],
    is_selected: bool,
    in_sight: bool,
) -> int:
    """Return what a layer about units shows where this unit is drawn."""
    kind = types[unit["type"]]
    if layer == PLAYER_ID:
        return whole(unit["player"]) + 1 if 0 <= unit["player"] < NUM_PLAYABLE else NEUTRAL_ID
    if layer == PLAYER_RELATIVE:
        return side_number(unit["player"], me)
    if layer == UNIT_TYPE:
        return whole(unit["type"]) + first_type
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
        return int(effect_of[unit["type"]]) if not has_flag(unit, FLAG_UNDER_STORM) else STORM
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
    first_type: int,
    effect_of: NDArray[np.int64],
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
        types: (types,) TYPE_DTYPE.
        first_type: of `PictureRules`, as the next.
        effect_of: (types,) int64.
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
            value = value_of(layer, unit, me, types, first_type, effect_of, selected[note[WHO]], True)
        else:
            unit = remembered[note[WHO]]
            value = value_of(layer, unit, me, types, first_type, effect_of, False, False)
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
