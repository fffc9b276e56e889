"""The embedded game with a scripted player in the learner's own seat, to evaluate players by name.

Each function here is a session factory for `backend="agents.scripted_seat:closest"`, so the player runs inside the
game process like its opponent does. This module is imported there: no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.embedded import EmbeddedSession
from bridge.errors import ConfigError
from bridge.scenarios import game_of
from bridge.seams import Session
from bridge.spec import GameSpec
from engine.core.frame import Commands, Frame
from engine.core.rules import Player, rules_of

SessionFactory = Callable[[GameSpec], "ScriptedSeatSession"]


class ScriptedSeatSession:
    """A session whose rows are driven by a scripted player; the caller's commands are dropped.

    Args:
        session: plays the games.
        player: gives the commands of all its rows.
    """

    def __init__(self, session: Session, player: Player) -> None:
        self._session = session
        self._player = player
        self._frame: Frame | None = None

    @property
    def rows(self) -> int:
        """Number of rows (games * seats)."""
        return self._session.rows

    @property
    def unit_capacity(self) -> int:
        """Units that a row's Frame has room for."""
        capacity: int = self._session.unit_capacity
        return capacity

    @property
    def needs_loop(self) -> bool:
        """Whether the session behind this one does."""
        return self._session.needs_loop

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """(Re)start the games of the marked rows."""
        self._frame = await self._session.start(rows, seeds)
        return self._frame

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Let the player command all rows and advance the games."""
        assert self._frame is not None, "step() before start()"
        commands.clear()
        self._player(self._frame, commands)
        self._frame = await self._session.step(commands, frames)
        return self._frame

    async def close(self) -> None:
        """End the games."""
        await self._session.close()


def _factory(name: str) -> SessionFactory:
    def make_session(spec: GameSpec) -> ScriptedSeatSession:
        players = rules_of(game_of(spec.scenario)).players
        if name not in players:
            raise ConfigError(f"player {name!r} in scenario {spec.scenario!r}: allowed: {', '.join(players)}")
        return ScriptedSeatSession(EmbeddedSession.from_spec(spec), players[name])

    return make_session


attack_move: Final = _factory("attack_move")
closest: Final = _factory("closest")
weakest_closest: Final = _factory("weakest_closest")
noop: Final = _factory("noop")
smac: Final = _factory("smac")
