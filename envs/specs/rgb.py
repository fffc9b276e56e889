"""Observation `rgb`: layers in colours, as a small picture: ground, fog, whose units where, and what they have left.

For networks that take pictures, at any resolution and within microseconds. Pictures for people, with shots and
captions, are `render()`'s.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import kernel
from envs.specs.field import Block, Field
from envs.specs.planes import ENEMY, NEUTRAL, PLANE_FIELDS, PLANE_NAMES, SELF
from envs.specs.sight import IN_SIGHT, SEEN_BEFORE

PAINTED: Final = ("height_map", "visibility_map", "pathable", "player_relative", "unit_hit_points_ratio")
"""Layers that a picture is made of, by the numbers that the kernel knows them by."""

HEIGHT, VISIBILITY, PATHABLE, SIDE, POINTS = range(len(PAINTED))

PAINTED_FIELDS: Final = tuple(PLANE_FIELDS[PLANE_NAMES.index(name)] for name in PAINTED)

GROUND: Final = (60, 66, 56)
"""Low ground; the highest is three times as bright, what cannot be walked on a third."""

SIDES: Final = np.zeros((5, 3), np.int64)
"""(5, 3): red, green and blue by `player_relative`, at full points."""
SIDES[SELF] = (64, 156, 255)
SIDES[NEUTRAL] = (200, 190, 120)
SIDES[ENEMY] = (240, 78, 62)

RGB_FIELDS: Final = tuple(
    Field(name=name, dtype=np.uint8, high=255.0, unit="brightness", doc=doc)
    for name, doc in (
        ("red", "Enemies are red."),
        ("green", "Neutral units are sand."),
        ("blue", "Own units are blue; units darken to half as they lose their points."),
    )
)


def rgb_block(resolution: tuple[int, int]) -> Block:
    """Return the declaration.

    Args:
        resolution: rows and columns of cells.
    """
    doc = "One picture; the first index is the colour: red, green, blue."
    return Block(name="rgb", leading=(), fields=RGB_FIELDS, trailing=resolution, doc=doc)


@kernel
def paint_rows(
    marked: NDArray[np.bool_], layers: NDArray[np.uint8], sides: NDArray[np.int64], out: NDArray[Any]
) -> None:
    """Paint the marked rows.

    Args:
        marked: (rows,) bool.
        layers: (rows, 5, cell rows, cell columns) uint8, `PAINTED`.
        sides: (5, 3) int64, `SIDES`.
        out: (rows, 3, cell rows, cell columns) uint8, overwritten.
    """
    for row in range(out.shape[0]):
        if not marked[row]:
            continue
        for r in range(out.shape[2]):
            for c in range(out.shape[3]):
                state = layers[row, VISIBILITY, r, c]
                light = 100 if state == IN_SIGHT else 60 if state == SEEN_BEFORE else 30
                side = layers[row, SIDE, r, c]
                for colour in range(3):
                    if side > 0:
                        # 128 to 255 of 255 by points; resources and critters have none to lose.
                        share = 255 if side == NEUTRAL else 128 + whole(layers[row, POINTS, r, c]) // 2
                        value = sides[side, colour] * share // 255
                    else:
                        value = GROUND[colour] * (255 + 2 * whole(layers[row, HEIGHT, r, c])) // 255
                        value = value if layers[row, PATHABLE, r, c] else value // 3
                        value = value * light // 100
                    out[row, colour, r, c] = value
