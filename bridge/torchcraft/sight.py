"""`Sight`: what each player of a match sees now, map hack included."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.tiles import seen_tiles
from engine.broodwar.games import BroodWarGames
from engine.core.frame import Frame
from engine.core.scenario import Scenario

VISIBLE: Final = 2
"""TorchCraft's number of a tile that is seen now."""


_PLAIN: Final = contextlib.nullcontext()

_ALL_ROWS: Final = np.ones(1, np.bool_)


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
                frame=Frame.allocate(1, games.unit_capacity, scenario.map, layers=scenario.melee is not None),
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
        with self.as_seen_by(player):
            self._games.observe(eyes.frame, eyes.row_game, eyes.row_player, _ALL_ROWS)

    def as_seen_by(self, player: int) -> AbstractContextManager[None]:
        """Let the engine show a player what map hack shows him, for as long as this is open."""
        return self._hacked() if player in self._has_map and not self._scenario.full_vision else _PLAIN

    @contextlib.contextmanager
    def _hacked(self) -> Iterator[None]:
        self._games.games["full_vision"][0] = 1
        try:
            yield
        finally:
            self._games.games["full_vision"][0] = 0

    def frame_of(self, player: int) -> Frame:
        """Return what a player sees, one row; valid until he looks again."""
        return self._eyes[player].frame

    def sees_all(self, player: int) -> bool:
        """Say whether nothing is hidden from a player by fog."""
        return self._scenario.full_vision or player in self._has_map

    def visible_tiles(self, player: int, left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
        """Return (height * width,) uint8 of build tiles: 2 where the player sees the middle, else 0, also off the map.

        Args:
            player: who looks.
            left: of the window, build tiles.
            top: of the window, build tiles.
            width: of the window, build tiles.
            height: of the window, build tiles.
        """
        out = np.zeros((height, width), np.uint8)
        frame = self.frame_of(player)
        if self.sees_all(player):
            seen = np.ones((frame.map.height, frame.map.width), np.uint8)
        else:
            seen = seen_tiles(frame, player)
        shown = seen[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
        row, column = max(-top, 0), max(-left, 0)
        out[row : row + shown.shape[0], column : column + shown.shape[1]] = VISIBLE * shown
        return out.reshape(-1)
