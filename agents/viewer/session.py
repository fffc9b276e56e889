"""Embedded games that write themselves down: a session factory, run inside the game process; no torch here.

    backend="agents.viewer.session:recorded",
    backend_params={"folder": "...", "player": "closest" or None, "form": "recording" or "replay"}

Each game of the one row becomes a file in the folder: `000.npz`, ... (`Recording.load`: what everybody saw and ordered)
or `000.tcr`, ... (TorchCraft's replay: what the own seat is shown).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.scripted_seat import ScriptedSeatSession
from agents.viewer.recorder import PlayerView, Recorder, terrain_of
from agents.viewer.recording import Recording
from bridge.embedded import EmbeddedSession
from bridge.errors import ConfigError
from bridge.scenarios import load_scenario
from bridge.seams import Session
from bridge.spec import GameSpec
from bridge.torchcraft.seat_replay import SeatReplay
from engine.core.frame import Commands, Frame
from engine.core.rules import rules_of
from engine.core.scenario import Scenario

OWN: Final = 0
"""The one row."""

RECORDING: Final = "recording"
REPLAY: Final = "replay"
FORMS: Final = (RECORDING, REPLAY)
"""What a game is written as."""


def recorded(spec: GameSpec) -> Session:
    """Return the session of a spec, with every game written to `backend_params["folder"]`.

    `backend_params["player"]` may name a scripted player for the own seat, `backend_params["form"]` is one of `FORMS`.

    Raises:
        ConfigError: unknown scenario, player or form, no folder, or more than one row.
    """
    folder, player = spec.backend_params.get("folder"), spec.backend_params.get("player")
    if not isinstance(folder, str) or not Path(folder).is_dir():
        raise ConfigError(f"backend_params: folder: got {folder!r}; allowed: an existing folder")
    form = spec.backend_params.get("form", RECORDING)
    if form not in FORMS:
        raise ConfigError(f"backend_params: form: got {form!r}; allowed: {', '.join(FORMS)}")
    if spec.rows != 1:
        raise ConfigError(f"backend agents.viewer.session:recorded: got {spec.rows} rows; allowed: 1")
    names = tuple(str(player or "agent") if name is None else name for name in spec.players)
    scenario = load_scenario(spec.scenario)
    players = rules_of(scenario.game).players
    if player is not None and player not in players:
        raise ConfigError(f"backend_params: player: got {player!r}; allowed: {', '.join(players)}")
    replay_of = spec.players.index(None) if form == REPLAY else None
    session = RecordingSession(EmbeddedSession.from_spec(spec), scenario, names, Path(folder), replay_of=replay_of)
    return session if player is None else ScriptedSeatSession(session, players[str(player)])


class RecordingSession:
    """One embedded game of one row after the other, each written to a file; satisfies `bridge.seams.Session`."""

    def __init__(
        self,
        session: EmbeddedSession,
        scenario: Scenario,
        names: tuple[str, ...],
        folder: Path,
        *,
        replay_of: int | None = None,
    ) -> None:
        """Take over a session.

        Args:
            session: of one row.
            scenario: that it plays.
            names: by player number.
            folder: existing.
            replay_of: the player whose view is kept as a TorchCraft replay; None for recordings.
        """
        assert session.rows == 1
        self._session = session
        self._scenario = scenario
        self._names = names
        self._folder = folder
        self._recorder = Recorder()
        self._replay = None if replay_of is None else SeatReplay(session.games, scenario, replay_of)
        self._seed = 0
        self._games = 0
        self._frame: Frame | None = None
        self._unwatched = Frame.allocate(1, session.unit_capacity, scenario.map)

    @property
    def rows(self) -> int:
        """One."""
        return self._session.rows

    @property
    def unit_capacity(self) -> int:
        """Units that a row's Frame has room for."""
        capacity: int = self._session.unit_capacity
        return capacity

    @property
    def needs_loop(self) -> bool:
        """False: the games move only when they are called."""
        return self._session.needs_loop

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """Write down the game before, start the next."""
        self._write()
        self._seed = int(seeds[OWN])
        self._frame = await self._session.start(rows, seeds)
        self._look(self._frame)
        return self._frame

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Note what everybody orders, play on, note what everybody sees."""
        assert self._frame is not None, "step() before start()"
        number, player = int(self._frame.frame[OWN]), int(self._frame.player[OWN])
        self._note(number, player, commands)
        frame = await self._session.step(commands, frames)
        for seat in self._session.scripted_seats:
            self._note(number, int(seat.row_player[OWN]), seat.commands)
        self._look(frame)
        return frame

    async def close(self) -> None:
        """Write down the game that is going on."""
        self._write()
        await self._session.close()

    def _note(self, frame: int, player: int, commands: Commands) -> None:
        given = commands.items[OWN, : int(commands.count[OWN])].copy()
        if self._replay is not None:
            self._replay.note(frame, given)
        else:
            self._recorder.add_commands(frame, player, given)

    def _look(self, frame: Frame) -> None:
        if self._replay is not None:
            self._replay.look(frame)
            return
        views = [PlayerView.of(frame, OWN)]
        views += [PlayerView.of(seat.frame, OWN) for seat in self._session.scripted_seats]
        shown = {view.player for view in views}
        for player in range(len(self._names)):
            if player not in shown:  # somebody who gives no commands, so that nobody has looked for him
                rows = np.zeros(1, np.int32), np.full(1, player, np.int8)
                self._session.games.observe(self._unwatched, *rows)
                views.append(PlayerView.of(self._unwatched, OWN))
        self._recorder.add_views(int(frame.frame[OWN]), views)

    def _write(self) -> None:
        recorder, replay = self._recorder, self._replay
        if max(len(recorder), 0 if replay is None else len(replay)) > 1:  # one alone: started and not played
            name = self._folder / f"{self._games:03}"
            if replay is not None:
                replay.write(name.with_suffix(".tcr"))
            else:
                self._recording().save(name.with_suffix(".npz"))
            self._games += 1
        self._recorder = Recorder()
        if replay is not None:
            replay.clear()

    def _recording(self) -> Recording:
        scenario = self._scenario
        return self._recorder.recording(
            f"{scenario.title} · {' vs '.join(self._names)}",
            self._names,
            terrain_of(scenario.map),
            notes={"scenario": scenario.name, "game seed": str(self._seed)},
            game=scenario.game,
        )
