"""A whole melee game from above: the map, everybody's units, what the players have; one picture a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPES
from engine.core.frame import Frame, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from envs.render.canvas import Canvas, Colour
from envs.render.maps import GEYSER, MINERALS, OTHER, ground_picture

WANTED_PX: Final = 720
"""The map's longer side in the picture, about."""

HEADER_PX: Final = 44
CODEC_BLOCK_PX: Final = 16
PLAYER_COLOURS: Final[tuple[Colour, ...]] = ((235, 70, 60), (250, 205, 70))
"""Neither is like the minerals' blue or the geysers' green."""

DARK: Final[Colour] = (18, 20, 24)
INK: Final[Colour] = (225, 228, 232)
FADED: Final = 0.55
"""The ground is drawn so bright, that units stand out."""

UNFINISHED: Final = 0.45
LEAST_PX: Final = 3.0
"""Units are drawn at least so large."""

FRAMES_PER_SECOND: Final = 1000 / 42
"""Game frames a second at speed "fastest" (MECHANICS.md)."""

_COMPLETED: Final = np.uint64(1 << UnitFlag.COMPLETED)


def _whole_blocks(pixels: int) -> int:
    """Return the next multiple of the mp4 codec's block: with other sides it would stretch the picture."""
    return -(-pixels // CODEC_BLOCK_PX) * CODEC_BLOCK_PX


class MatchPicture:
    """Pictures of one game between two players."""

    def __init__(self, game_map: GameMap, names: Sequence[str]) -> None:
        """Draw the ground.

        Args:
            game_map: where the game is played.
            names: of the players, by number.
        """
        self._names = tuple(names)
        longer = max(game_map.width, game_map.height)
        self._per_tile = max(2, round(WANTED_PX / longer))
        ground = ground_picture(game_map).astype(np.float32) * FADED
        width, height = game_map.width * self._per_tile, game_map.height * self._per_tile
        columns = np.arange(width) * ground.shape[1] // width
        rows = np.arange(height) * ground.shape[0] // height
        sides = (_whole_blocks(HEADER_PX + height), _whole_blocks(width), 3)
        self._background = np.zeros(sides, np.float32)
        self._background[:] = DARK
        self._background[HEADER_PX : HEADER_PX + height, :width] = ground[rows][:, columns]

    def picture(self, frames: Sequence[Frame]) -> NDArray[np.uint8]:
        """Return (height, width, 3) uint8: what both players have, and what either sees of the resources.

        Args:
            frames: each player's view, row 0, by player number.
        """
        canvas = Canvas(self._background)
        neutral = np.concatenate([self._units(frame, own=False) for frame in frames])
        for unit in neutral[neutral["player"] >= len(frames)]:
            kind = int(unit["type"])
            colour = MINERALS if PRODUCTION["is_mineral_field"][kind] else GEYSER
            self._box(canvas, unit, colour if PRODUCTION["is_resource_container"][kind] else OTHER)
        for colour, frame in zip(PLAYER_COLOURS, frames, strict=False):
            units = self._units(frame, own=True)
            is_building = UNIT_TYPES["building"][units["type"]] != 0
            for unit in (*units[is_building], *units[~is_building]):
                self._box(canvas, unit, colour, 1.0 if unit["flags"] & _COMPLETED else UNFINISHED)
        self._write_header(canvas, frames)
        return canvas.to_uint8()

    def _units(self, frame: Frame, *, own: bool) -> NDArray[np.void]:
        units = frame.units[0, : int(frame.num_units[0])]
        chosen: NDArray[np.void] = units[(units["player"] == frame.player[0]) == own]
        return chosen

    def _box(self, canvas: Canvas, unit: np.void, colour: Colour, alpha: float = 1.0) -> None:
        kind = UNIT_TYPES[int(unit["type"])]
        scale = self._per_tile / BUILD_TILE_PX
        x, y = int(unit["x"]) * scale, int(unit["y"]) * scale + HEADER_PX
        half_x = max((int(kind["left"]) + int(kind["right"]) + 1) * scale, LEAST_PX) / 2
        half_y = max((int(kind["up"]) + int(kind["down"]) + 1) * scale, LEAST_PX) / 2
        if kind["building"]:
            canvas.rectangle(x - half_x - 0.6, y - half_y - 0.6, x + half_x + 0.6, y + half_y + 0.6, DARK)
        canvas.rectangle(x - half_x, y - half_y, x + half_x, y + half_y, colour, alpha)

    def _write_header(self, canvas: Canvas, frames: Sequence[Frame]) -> None:
        seconds = int(int(frames[0].frame[0]) / FRAMES_PER_SECOND)
        canvas.text((canvas.width / 2, 6), f"{seconds // 60:02}:{seconds % 60:02}", INK, 2, 0.5)
        for player, frame in enumerate(frames):
            at, align = (8.0, 0.0) if player == 0 else (canvas.width - 8.0, 1.0)
            canvas.text((at, 6), self._names[player].upper(), PLAYER_COLOURS[player], 2, align)
            supply = f"{int(frame.supply_used[0]) // 2}/{int(frame.supply_total[0]) // 2}"
            text = f"MINERALS {int(frame.minerals[0])}  GAS {int(frame.gas[0])}  SUPPLY {supply}"
            canvas.text((at, 28), text, INK, 1, align)
