"""`Sight`: what each player of a match sees now, map hack included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import UNIT_TYPES
from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.scenario import Scenario

VISIBLE: Final = 2
"""TorchCraft's number of a tile that is seen now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Eyes:
    """Whoever looks at the match: one row of the engine's.

    Attributes:
        frame: (1,) rows, what is seen.
        row_game: (1,) int32.
        row_player: (1,) int8.
    """

    frame: Frame
    row_game: NDArray[np.int32]
    row_player: NDArray[np.int8]


class Sight:
    """The views of one game's players, each as of the last time that he looked."""

    def __init__(self, games: BroodWarGames, scenario: Scenario, num_players: int) -> None:
        """Prepare a view for each player; nobody has looked yet.

        Args:
            games: one game of the engine's.
            scenario: that it plays.
            num_players: numbers from 0.
        """
        self._games = games
        self._scenario = scenario
        self._has_map: set[int] = set()
        self._eyes = [
            _Eyes(
                frame=Frame.allocate(1, games.unit_capacity, scenario.map),
                row_game=np.zeros(1, np.int32),
                row_player=np.full(1, player, np.int8),
            )
            for player in range(num_players)
        ]

    def reset(self) -> None:
        """Lower the fog again: another game begins."""
        self._has_map.clear()

    def lift_fog(self, player: int) -> None:
        """Show a player the whole map from now on."""
        self._has_map.add(player)
        self.look(player)

    def look(self, player: int) -> None:
        """Let a player see the game as it is."""
        eyes = self._eyes[player]
        has_hack = player in self._has_map and not self._scenario.full_vision
        if has_hack:
            self._games.games["full_vision"][0] = 1
        self._games.observe(eyes.frame, eyes.row_game, eyes.row_player)
        if has_hack:
            self._games.games["full_vision"][0] = 0

    def frame_of(self, player: int) -> Frame:
        """Return what a player sees, one row; valid until he looks again."""
        return self._eyes[player].frame

    def sees_all(self, player: int) -> bool:
        """Say whether nothing is hidden from a player by fog."""
        return self._scenario.full_vision or player in self._has_map

    def sees(self, player: int, unit_id: int) -> bool:
        """Say whether a player sees a unit."""
        frame = self.frame_of(player)
        return bool((frame.units["id"][0, : frame.num_units[0]] == unit_id).any())

    def visible_tiles(self, player: int, left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
        """Return (height * width,) uint8 of build tiles: 2 where the player sees the middle, else 0, also off the map.

        Args:
            player: who looks.
            left: of the window, build tiles.
            top: of the window, build tiles.
            width: of the window, build tiles.
            height: of the window, build tiles.
        """
        game_map = self._scenario.map
        x = left + np.arange(width)[None, :]
        y = top + np.arange(height)[:, None]
        is_on_map = (x >= 0) & (x < game_map.width) & (y >= 0) & (y < game_map.height)
        seen = np.full((height, width), self.sees_all(player))
        if not self.sees_all(player):
            frame = self.frame_of(player)
            units = frame.units[0, : frame.num_units[0]]
            middle_x, middle_y = BUILD_TILE_PX * x + BUILD_TILE_PX // 2, BUILD_TILE_PX * y + BUILD_TILE_PX // 2
            for unit in units[units["player"] == player]:
                reach = int(UNIT_TYPES[int(unit["type"])]["sight_px"])
                seen |= (middle_x - unit["x"]) ** 2 + (middle_y - unit["y"]) ** 2 <= reach**2
        return np.where(seen & is_on_map, VISIBLE, 0).astype(np.uint8).reshape(-1)
