"""`MeleeMatch`: one melee game between two scripted players, look by look.

match = MeleeMatch(scenario, ("strong", "weak"), seed=7)
while match.play_on():
...  # match.frames[player], match.commands[player]
match.outcomes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from engine.broodwar.melee_players.player import MELEE_PLAYERS
from engine.core.frame import Commands, Frame, Outcome
from engine.core.rules import Player, rules_of
from engine.core.scenario import Scenario

LOOK_FRAMES: Final = 24
"""Frames between two looks of a player: one second of game time at speed "fastest"."""


class MeleeMatch:
    """One game of two scripted players.

    Attributes:
        games: the engine's batch of one.
        names: of the players, by number.
        frames: what each of them saw last.
        commands: what each of them ordered last.
    """

    def __init__(
        self,
        scenario: Scenario,
        names: tuple[str, str],
        seed: int,
        *,
        max_frames: int | None = None,
        look_frames: int = LOOK_FRAMES,
        players: Mapping[str, Player] = MELEE_PLAYERS,
    ) -> None:
        """Begin the game.

        Args:
            scenario: a melee scenario; of StarCraft II with `players` of that game.
            names: scripted players by number, names in `players`.
            seed: of the game.
            max_frames: when to stop at the latest; None takes the scenario's.
            look_frames: frames from one look of the players to the next.
            players: scripted players by name.

        Raises:
            ValueError: a name that is no scripted player.
        """
        for name in names:
            if name not in players:
                raise ValueError(f"no scripted player {name!r}; known: {', '.join(players)}")
        self.games = rules_of(scenario.game).make_games(scenario, 1)
        self.names = names
        self.max_frames = scenario.max_frames if max_frames is None else max_frames
        self._look_frames = look_frames
        self._players = tuple(players[name] for name in names)
        capacity = self.games.unit_capacity
        self._row_game = np.zeros(len(names), np.int32)
        self._row_player = np.arange(len(names), dtype=np.int8)
        self._all_commands = Commands.allocate(len(names), capacity)
        self.frames = [Frame.allocate(1, capacity, scenario.map, layers=True) for _ in names]
        self.commands = [
            Commands(items=self._all_commands.items[row : row + 1], count=self._all_commands.count[row : row + 1])
            for row in range(len(names))
        ]
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self._look()

    @property
    def frame(self) -> int:
        """Frame number of the game."""
        return int(self.frames[0].frame[0])

    @property
    def outcomes(self) -> tuple[Outcome, Outcome]:
        """How the game stands for each player."""
        first, second = (Outcome(int(frame.outcome[0])) for frame in self.frames)
        return first, second

    @property
    def is_over(self) -> bool:
        """Whether somebody has lost, or the time is up."""
        return self.outcomes[0] != Outcome.IN_PLAY or self.frame >= self.max_frames

    def play_on(self) -> bool:
        """Let both players decide and play on to their next look; return whether there is more to play."""
        if self.is_over:
            return False
        self._all_commands.clear()
        for player, frame, commands in zip(self._players, self.frames, self.commands, strict=True):
            player(frame, commands)
        frames = min(self._look_frames, self.max_frames - self.frame)
        self.games.step(self._all_commands, self._row_game, self._row_player, frames)
        self._look()
        return not self.is_over

    def _look(self) -> None:
        for row, frame in enumerate(self.frames):
            self.games.observe(frame, self._row_game[:1], self._row_player[row : row + 1])
