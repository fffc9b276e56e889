"""Layers of observations as pictures for people: names in colours of their own, quantities from dark to bright."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from envs.specs.field import NAMED_UNITS, Field

BLACK: Final = (12, 14, 18)

SIDE_COLOURS: Final = {1: (70, 200, 90), 2: (70, 140, 255), 3: (200, 190, 120), 4: (235, 70, 60)}
"""`player_relative`: own green, ally blue, neutral sand, enemy red."""

STATE_COLOURS: Final = {1: (90, 96, 108), 2: (226, 230, 236)}
"""`visibility_map`: seen before, in sight."""

RAMP: Final = ((0.0, (12, 14, 18)), (0.001, (58, 40, 110)), (0.5, (200, 70, 90)), (1.0, (250, 230, 130)))
"""Quantities: what is not 0 differs at once from what is."""

GOLDEN: Final = 0.618033988749895

MOST_VALUES: Final = 8
"""A legend counts the cells of so many values, one by one."""


def layer_picture(plane: NDArray[Any], field: Field, scale: int = 1) -> NDArray[np.uint8]:
    """Return (rows * scale, columns * scale, 3) uint8.

    Args:
        plane: (rows, columns) numbers.
        field: their declaration.
        scale: pixels of a cell's side.
    """
    values = plane.astype(np.int64)
    colours = np.empty((*values.shape, 3), np.uint8)
    if field.unit in NAMED_UNITS:
        for value in np.unique(values).tolist():
            colours[values == value] = colour_of(value, field)
    else:
        top = max(1, int(values.max())) if field.high > np.iinfo(np.uint8).max else max(1.0, field.high)
        share = np.clip(values / top, 0.0, 1.0)
        places = [place for place, _ in RAMP]
        for channel in range(3):
            colours[..., channel] = np.interp(share, places, [colour[channel] for _, colour in RAMP])
    return colours.repeat(scale, axis=0).repeat(scale, axis=1)


def colour_of(value: int, field: Field) -> tuple[int, int, int]:
    """Return the colour of a name."""
    if value == 0:
        return BLACK
    if field.unit == "side":
        return SIDE_COLOURS.get(value, (255, 255, 255))
    if field.unit == "state":
        return STATE_COLOURS.get(value, (255, 255, 255))
    # Neighbouring numbers get hues far apart; the same number always the same one.
    hue = (value * GOLDEN) % 1.0 * 6.0
    rise = np.clip([abs(hue - 3.0) - 1.0, 2.0 - abs(hue - 2.0), 2.0 - abs(hue - 4.0)], 0.0, 1.0)
    red, green, blue = (55 + 200 * rise).astype(int).tolist()
    return red, green, blue


def layer_text(plane: NDArray[Any], field: Field) -> str:
    """Return the picture as text for a terminal with 24-bit colours, two cells above each other in a character.

    Args:
        plane: (rows, columns) numbers.
        field: their declaration.
    """
    picture = layer_picture(plane, field)
    if len(picture) % 2:
        picture = np.concatenate([picture, np.full_like(picture[:1], BLACK)])
    lines = []
    for upper, lower in zip(picture[::2].tolist(), picture[1::2].tolist(), strict=True):
        cells = (
            f"\x1b[38;2;{above[0]};{above[1]};{above[2]}m\x1b[48;2;{below[0]};{below[1]};{below[2]}m▀"
            for above, below in zip(upper, lower, strict=True)
        )
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines) + "\n"


def layer_legend(plane: NDArray[Any], field: Field) -> str:
    """Return what the numbers of a picture mean, in one line."""
    values, counts = np.unique(plane, return_counts=True)
    if len(values) > MOST_VALUES:
        found = f"{len(values)} values from {values[0]} to {values[-1]}"
    else:
        found = ", ".join(f"{value}: {count} cells" for value, count in zip(values, counts, strict=True))
    return f"{field.name} ({field.unit}): {field.doc} Here {found}."
