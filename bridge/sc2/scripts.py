"""The game's own players: scripted players of ours, who see what is so when the last step ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.core.frame import Commands, Frame
from engine.core.rules import Player
from engine.core.scenario import Scenario
from engine.starcraft2.games import StarCraft2Games

LOOK_LOOPS: Final = 16
"""Loops between two decisions of a melee player: a normal second."""

FAR: Final = 1 << 30


class Script:
    """A scripted player of one number."""

    def __init__(self, player: Player, number: int, scenario: Scenario, capacity: int, *, keeps_time: bool) -> None:
        """Let it play.

        Args:
            player: what it does.
            number: its player number in the engine.
            scenario: the game's.
            capacity: units that it can see.
            keeps_time: it decides every LOOK_LOOPS loops, else once in every step.
        """
        self.number = number
        self._player = player
        self._keeps_time = keeps_time
        self._frame = Frame.allocate(1, capacity, scenario.map, layers=scenario.melee is not None)
        self._commands = Commands.allocate(1, capacity)

    def is_due(self, loop: int, *, is_first: bool) -> bool:
        """Say whether it decides now.

        Args:
            loop: of the game.
            is_first: the step begins.
        """
        return loop % LOOK_LOOPS == 0 if self._keeps_time else is_first

    def loops_until_due(self, loop: int) -> int:
        """Return how many loops it lets pass before it decides again."""
        return LOOK_LOOPS - loop % LOOK_LOOPS if self._keeps_time else FAR

    def look(self, games: StarCraft2Games) -> None:
        """See how the game stands."""
        games.observe(self._frame, np.zeros(1, np.int32), np.array([self.number], np.int8))

    def commands_now(self, games: StarCraft2Games) -> Commands:
        """Return what it commands."""
        if self._keeps_time:
            self.look(games)
        self._commands.clear()
        self._player(self._frame, self._commands)
        return self._commands


def give_all(games: StarCraft2Games, scripts: Sequence[Script], loops: int) -> None:
    """Step with the scripted players' commands, in the order of their numbers."""
    rows = [script.commands_now(games) for script in scripts]
    together = Commands(
        items=np.concatenate([commands.items for commands in rows]),
        count=np.concatenate([commands.count for commands in rows]),
    )
    numbers = np.array([script.number for script in scripts], np.int8)
    games.step(together, np.zeros(len(rows), np.int32), numbers, loops)
