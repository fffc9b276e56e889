"""A canvas that draws smooth shapes by signed distance: ink covers a pixel as far as the shape reaches into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from envs.render.font import text_mask

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

Point = tuple[float, float]
"""x to the right and y down, pixels of the picture."""

SOFT_EDGE_PX: Final = 0.5
"""Half the width of the band in which a shape fades out."""


class Canvas:
    """A picture being drawn.

    Attributes:
        pixels: (height, width, 3) float32, 0 to 255.
    """

    def __init__(self, background: NDArray[np.float32]) -> None:
        """Start from a copy of `background`.

        Args:
            background: (height, width, 3) float32.
        """
        self.pixels = background.copy()

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.pixels.shape[0])

    def to_uint8(self) -> NDArray[np.uint8]:
        """Return the finished picture, (height, width, 3) uint8."""
        picture: NDArray[np.uint8] = np.clip(np.rint(self.pixels), 0, 255).astype(np.uint8)
        return picture

    def disc(self, centre: Point, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        """Fill a disc."""
        box = self._window(centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        if box is None:
            return
        x, y, window = box
        self._ink(window, radius - np.hypot(x - centre[0], y - centre[1]), colour, alpha)

    def ring(self, centre: Point, radius: float, width: float, colour: Colour, alpha: float = 1.0) -> None:
        """Draw a circle's line of the given width."""
        reach = radius + width
        box = self._window(centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
        if box is None:
            return
        x, y, window = box
        self._ink(window, width / 2 - np.abs(np.hypot(x - centre[0], y - centre[1]) - radius), colour, alpha)

    def segment(self, start: Point, end: Point, width: float, colour: Colour, alpha: float = 1.0) -> None:
        """Draw a straight line with round ends."""
        (ax, ay), (bx, by) = start, end
        pad = width
        box = self._window(min(ax, bx) - pad, min(ay, by) - pad, max(ax, bx) + pad, max(ay, by) + pad)
        if box is None:
            return
        x, y, window = box
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / length2, 0.0, 1.0) if length2 > 0 else np.zeros_like(x + y)
        self._ink(window, width / 2 - np.hypot(x - ax - along * dx, y - ay - along * dy), colour, alpha)

    def polygon(self, points: Sequence[Point], colour: Colour, alpha: float = 1.0, grow: float = 0.0) -> None:
        """Fill a convex polygon whose points go round clockwise as seen in the picture.

        Args:
            points: three or more corners.
            colour: of the ink.
            alpha: its opacity.
            grow: pixels to push every edge outwards.
        """
        xs = [point[0] for point in points]
        ys = [point[1] for point in points]
        box = self._window(min(xs) - grow, min(ys) - grow, max(xs) + grow, max(ys) + grow)
        if box is None:
            return
        x, y, window = box
        inside = np.full((y.shape[0], x.shape[1]), np.inf)
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            length = max(1e-6, float(np.hypot(bx - ax, by - ay)))
            inside = np.minimum(inside, ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length)
        self._ink(window, inside + grow, colour, alpha)

    def rectangle(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, alpha: float = 1.0
    ) -> None:
        """Fill a rectangle whose edges lie between pixels."""
        box = self._window(left, top, right, bottom)
        if box is None:
            return
        x, y, window = box
        cover_x = np.clip(np.minimum(x + 0.5, right) - np.maximum(x - 0.5, left), 0.0, 1.0)
        cover_y = np.clip(np.minimum(y + 0.5, bottom) - np.maximum(y - 0.5, top), 0.0, 1.0)
        self._blend(window, cover_x * cover_y * alpha, colour)

    def text(self, at: Point, text: str, colour: Colour, scale: int = 1, align: float = 0.0) -> None:
        """Write one line.

        Args:
            at: left upper corner if `align` is 0; middle of the upper edge for 0.5; right upper corner for 1.
            text: what to write.
            colour: of the ink.
            scale: pixels per dot of the font.
            align: share of the width that lies to the left of `at`.
        """
        mask = text_mask(text, scale)
        left = round(at[0] - align * mask.shape[1])
        top = round(at[1])
        first_x, first_y = max(0, left), max(0, top)
        last_x, last_y = min(self.width, left + mask.shape[1]), min(self.height, top + mask.shape[0])
        if first_x >= last_x or first_y >= last_y:
            return
        ink = mask[first_y - top : last_y - top, first_x - left : last_x - left]
        self.pixels[first_y:last_y, first_x:last_x][ink] = colour

    def _window(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[slice, slice]] | None:
        """Return pixel-centre coordinates (x as a row, y as a column) of the part of the picture around a box."""
        first_x, last_x = max(0, int(left) - 1), min(self.width, int(right) + 2)
        first_y, last_y = max(0, int(top) - 1), min(self.height, int(bottom) + 2)
        if first_x >= last_x or first_y >= last_y:
            return None
        x = np.arange(first_x, last_x, dtype=np.float64)[None, :] + 0.5
        y = np.arange(first_y, last_y, dtype=np.float64)[:, None] + 0.5
        return x, y, (slice(first_y, last_y), slice(first_x, last_x))

    def _ink(self, window: tuple[slice, slice], distance: NDArray[np.float64], colour: Colour, alpha: float) -> None:
        """Blend in `colour` where `distance` to the shape's edge (positive inside) says so."""
        self._blend(window, np.clip(distance + SOFT_EDGE_PX, 0.0, 1.0) * alpha, colour)

    def _blend(self, window: tuple[slice, slice], cover: NDArray[np.float64], colour: Colour) -> None:
        part = self.pixels[window]
        part += (np.array(colour, np.float32) - part) * cover[..., None].astype(np.float32)
