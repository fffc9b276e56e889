"""`SeatReplay`: an embedded game as the client of one seat would be told of it, kept as a TorchCraft replay.

A real replay has a record per game frame or per message. This one has a record whenever `look` is called, usually once
per step of an env; of the frames between two of them nothing is kept but what lasts (combined frames of a server would
also list the orders that came and went).
"""

from __future__ import annotations

import dataclasses
import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.fold import no_commands
from bridge.torchcraft.messages import WireFrame
from bridge.torchcraft.replay import ReplayMap, count_units, write_tcr
from bridge.torchcraft.type_facts import WALK_TILE_PX
from bridge.torchcraft.view import GameState, SeatView
from engine.broodwar.games import BroodWarGames
from engine.broodwar.state import SLOTS_PER_GENERATION
from engine.core.frame import Frame
from engine.core.gamemap import WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.jit import records
from engine.core.scenario import Scenario

ONLY_FIRST_WHOLE: Final = -1
"""Keyframe of the files: all records but the first are differences, which makes the smallest files."""


class SeatReplay:
    """Collects what one player of one game is shown, and writes it as a `.tcr` file."""

    def __init__(self, games: BroodWarGames, scenario: Scenario, player: int) -> None:
        """Begin with an empty replay.

        Args:
            games: the engine's, of which the first one is recorded.
            scenario: that they play.
            player: whose view it is.
        """
        game_map = scenario.map
        capacity = games.unit_capacity
        self._view = SeatView(player, capacity, width=game_map.width, height=game_map.height)
        self._sees_all = scenario.full_vision
        self._map = game_map
        self._told = records(no_commands(capacity))
        self._state = GameState.of(games, self._told)
        self._frames: list[WireFrame] = []

    def __len__(self) -> int:
        return len(self._frames)

    def clear(self) -> None:
        """Forget everything: another game begins."""
        self._view.reset()
        self._told["id"] = -1
        self._frames.clear()

    def look(self, frame: Frame) -> None:
        """Add a record of the game as it is now.

        Args:
            frame: one row, the engine's view of the player; left as it is.
        """
        mine = dataclasses.replace(frame, num_deaths=frame.num_deaths.copy())  # the view takes the deaths out
        self._view.fold(mine, self._state, sees_all=self._sees_all)
        self._view.deaths.clear()  # replays do not tell them
        self._frames.append(self._view.take(self._state))

    def note(self, frame: int, commands: NDArray[np.void]) -> None:
        """Take down what units are told, by whichever player: the next records show it.

        Args:
            frame: game frame of the view that the commands answer.
            commands: (c,) COMMAND_DTYPE.
        """
        for unit_id, kind, target_id, x, y, extra in commands.tolist():
            place = x // WALK_TILE_PX, y // WALK_TILE_PX
            self._told[unit_id % SLOTS_PER_GENERATION] = (unit_id, frame, kind, target_id, *place, extra)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the records to a compressed file.

        Raises:
            ConfigError: it cannot be written.
        """
        counts = count_units(self._frames)
        write_tcr(path, self._frames, replay_map(self._map), keyframe=ONLY_FIRST_WHOLE, num_units=counts)


def replay_map(game_map: GameMap) -> ReplayMap:
    """Return the part of a map that replays hold."""
    scale = WALK_TILES_PER_BUILD_TILE
    return ReplayMap(
        walkability=game_map.walkable.astype(np.uint8),
        buildability=game_map.buildable.astype(np.uint8).repeat(scale, axis=0).repeat(scale, axis=1),
        ground_height=game_map.ground_height.astype(np.uint8).repeat(scale, axis=0).repeat(scale, axis=1),
    )
