"""The kernels that draw layers: see `planes` for what the layers show.

Layer by layer, so that one picture at a time is in the processor's nearest memory: first who is in the window and
which cells each one covers, once, then every picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX
from engine.core.jit import kernel, scratch
from envs.specs.drawing_units import NOTES, count_units, cover_cells, draw_units, note_all
from envs.specs.ground import Ground, draw_camera, draw_ground, draw_power, find_columns
from envs.specs.pictures import PictureRules
from envs.specs.planes import (
    CAMERA,
    DENSITY,
    DENSITY_COVER,
    GROUND_OF,
    IS_GROUND,
    PATHABLE,
    POWER,
)
from envs.specs.sight import Sight


def draw(
    frame: Frame,
    sight: Sight,
    ground: Ground,
    types: NDArray[np.void],
    pictures: PictureRules,
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
        types: (types,) TYPE_DTYPE of all types.
        pictures: what layers need to know of the game.
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
        pictures.first_type,
        pictures.effect_of,
        pictures.power_px,
        sight.tiles,
        sight.remembered,
        sight.count,
        sight.is_shown,
        ground.height,
        ground.level,
        ground.walkable,
        ground.buildable,
        windows,
        cameras,
        selected,
        layers,
        caps,
        out,
    )


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
    first_type: int,
    effect_of: NDArray[np.int64],
    power_px: NDArray[np.int32],
    tiles: NDArray[np.uint8],
    remembered: NDArray[np.void],
    num_remembered: NDArray[np.int32],
    is_shown: NDArray[np.bool_],
    height: NDArray[np.uint8],
    level: NDArray[np.uint8],
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
                draw_power(units[row], num_units[row], player[row], power_px, level, window, plane)
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
                    layer, caps[at], player[row], units[row], remembered[row], types, first_type, effect_of,
                    selected[row], notes, count, plane,
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
