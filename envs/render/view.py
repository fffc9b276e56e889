"""What the pictures of battles and of melee games share: sizes, colours, what part of the map is seen, the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, GameMap
from envs.render.canvas import Colour, Point

WIDTH: Final = 640
HEIGHT: Final = 480
TOP_BAND: Final = 30
BOTTOM_BAND: Final = 26
FIELD_HEIGHT: Final = HEIGHT - TOP_BAND - BOTTOM_BAND

TEAM_COLOURS: Final[tuple[Colour, Colour]] = ((64, 156, 255), (240, 78, 62))
"""Own units, enemy units."""

NEUTRAL_COLOUR: Final[Colour] = (170, 170, 160)
HP_COLOURS: Final[tuple[Colour, Colour, Colour]] = ((88, 214, 92), (240, 200, 60), (238, 80, 60))
"""More than 2/3, more than 1/3, less."""

SHIELD_COLOUR: Final[Colour] = (120, 190, 255)
SHOT_COLOUR: Final[Colour] = (255, 226, 130)
INK: Final[Colour] = (12, 14, 18)
PAPER: Final[Colour] = (226, 230, 234)
FAINT: Final[Colour] = (138, 146, 156)

VIEW_MARGIN_PX: Final = 84
"""Ground around the fight when the camera settles, map pixels."""

EDGE_PX: Final = 28
"""A unit this near the picture's edge makes the camera move, map pixels."""

SMALLEST_VIEW_PX: Final = 352
"""The camera never shows less ground than this across, map pixels."""

ZOOM_IN_RATIO: Final = 1.25
"""The camera comes nearer when it could show everything so many times larger."""

CAMERA_SPEED: Final = 0.3
"""Share of the way to its goal that the camera goes in one step."""

MELEE_RANGE_PX: Final = 32
"""Weapons of at most this range are drawn as blows, not as shots."""

MARK_FADE_STEPS: Final = 60
"""Steps until the mark of a death has faded to its faintest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The part of the map in the picture.

    Attributes:
        x: left edge, map pixels.
        y: upper edge, map pixels.
        scale: picture pixels per map pixel.
    """

    x: float
    y: float
    scale: float

    def to_picture(self, x_px: float, y_px: float) -> Point:
        """Return where a place of the map lies in the picture."""
        return ((x_px - self.x) * self.scale, TOP_BAND + (y_px - self.y) * self.scale)


def draw_terrain(game_map: GameMap, view: View) -> NDArray[np.float32]:
    """Return the ground of a view, (480, 640, 3) float32: lighter where higher, dark where nobody walks.

    Args:
        game_map: the terrain.
        view: which part.
    """
    x_px = view.x + (np.arange(WIDTH) + 0.5) / view.scale
    y_px = view.y + (np.arange(HEIGHT) - TOP_BAND + 0.5) / view.scale
    walk_x = np.floor_divide(x_px, WALK_TILE_PX).astype(np.int64)
    walk_y = np.floor_divide(y_px, WALK_TILE_PX).astype(np.int64)
    rows, columns = game_map.walkable.shape
    is_inside = ((walk_y >= 0) & (walk_y < rows))[:, None] & ((walk_x >= 0) & (walk_x < columns))[None, :]
    walk_x, walk_y = np.clip(walk_x, 0, columns - 1), np.clip(walk_y, 0, rows - 1)
    build_x, build_y = walk_x * WALK_TILE_PX // BUILD_TILE_PX, walk_y * WALK_TILE_PX // BUILD_TILE_PX
    height = game_map.ground_height[np.ix_(build_y, build_x)] // 2
    # Two sizes of patches, from a fixed generator, so that movement can be told from standing still.
    grain = np.random.Generator(np.random.PCG64(7))
    patches = grain.normal(0.0, 1.0, (64, 64))
    speckles = grain.normal(0.0, 1.0, (256, 256))
    shade = (
        44.0
        + 13.0 * height
        + 1.5 * patches[np.ix_(build_y % 64, build_x % 64)]
        + 1.6 * speckles[np.ix_(walk_y % 256, walk_x % 256)]
        + 2.0 * ((build_x[None, :] + build_y[:, None]) % 2)
    )
    shade = np.where(game_map.walkable[np.ix_(walk_y, walk_x)], shade, 20.0)
    tint = np.array([1.0, 1.08, 0.96])
    picture = shade[..., None] * tint
    picture[~is_inside] = 8.0
    ground: NDArray[np.float32] = picture.astype(np.float32)
    return ground


def kept_inside(at: float, size: float, limit: float) -> float:
    """Return the start of a stretch of `size` moved inside [0, limit]; centred if it does not fit."""
    return (limit - size) / 2 if size >= limit else min(max(at, 0.0), limit - size)


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Return `colour` with a share of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue
