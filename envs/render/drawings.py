"""What TorchCraft clients draw on the screen: lines, circles and texts, over a battle's picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from envs.render.canvas import Canvas, Colour, Point

if TYPE_CHECKING:  # a picture needs no protocol
    from bridge.torchcraft.execution import Drawing

COLOURS: Final[Mapping[int, Colour]] = MappingProxyType(
    {
        0: (0, 0, 0),
        19: (96, 48, 20),
        74: (128, 128, 128),
        111: (244, 4, 4),
        117: (16, 252, 24),
        128: (0, 252, 252),
        135: (252, 252, 56),
        159: (44, 180, 148),
        164: (136, 64, 156),
        165: (12, 72, 204),
        179: (248, 140, 20),
        255: (255, 255, 255),
    }
)
"""The game's palette at the indices that BWAPI names (black, brown, grey, red, green, cyan, yellow, teal, purple, blue,
orange, white; BWAPI 4.2 Color.h)."""

OTHER_COLOUR: Final[Colour] = (255, 255, 255)
"""Palette entries without a name: the palette is the game's own file, which nobody may ship."""

LINE_WIDTH: Final = 1.4

MAX_CHARACTERS: Final = 120
"""More do not fit into a picture's line."""

ToPicture = Callable[[float, float], Point]


def draw_drawings(
    canvas: Canvas, to_picture: ToPicture, scale: float, drawings: Iterable[Drawing], units: NDArray[np.void]
) -> None:
    """Draw over a picture; what names a unit that is not shown is left out, as in the game.

    Args:
        canvas: drawn on.
        to_picture: from map pixels to the picture's.
        scale: picture pixels per map pixel.
        drawings: in the client's order; numbers are map pixels, but for `draw_text_screen`.
        units: (n,) UNIT_DTYPE, those that are shown.
    """
    places = {unit_id: to_picture(x, y) for unit_id, x, y in units[["id", "x", "y"]].tolist()}
    for drawing in drawings:
        _draw(canvas, to_picture, scale, drawing, places)


def _draw(canvas: Canvas, to_picture: ToPicture, scale: float, drawing: Drawing, places: Mapping[int, Point]) -> None:
    args = drawing.args
    match drawing.kind:
        case "draw_line":
            _line(canvas, to_picture(args[0], args[1]), to_picture(args[2], args[3]), args[4])
        case "draw_unit_line":
            _line(canvas, places.get(args[0]), places.get(args[1]), args[2])
        case "draw_unit_pos_line":
            _line(canvas, places.get(args[0]), to_picture(args[1], args[2]), args[3])
        case "draw_circle":
            _ring(canvas, to_picture(args[0], args[1]), args[2] * scale, args[3])
        case "draw_unit_circle":
            _ring(canvas, places.get(args[0]), args[1] * scale, args[2])
        case "draw_text":
            canvas.text(to_picture(args[0], args[1]), drawing.text[:MAX_CHARACTERS], OTHER_COLOUR)
        case "draw_text_screen":  # the game's screen has the picture's size
            canvas.text((args[0], args[1]), drawing.text[:MAX_CHARACTERS], OTHER_COLOUR)
        case _:
            raise AssertionError(f"{drawing.kind} is no drawing")


def _line(canvas: Canvas, start: Point | None, end: Point | None, colour: int) -> None:
    if start is not None and end is not None:
        canvas.segment(start, end, LINE_WIDTH, COLOURS.get(colour, OTHER_COLOUR))


def _ring(canvas: Canvas, centre: Point | None, radius: float, colour: int) -> None:
    if centre is not None and radius > 0:
        canvas.ring(centre, radius, LINE_WIDTH, COLOURS.get(colour, OTHER_COLOUR))
