"""The default game: a batch of battles of our own engine, with scripted players for the seats that nobody learns in."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.scenarios import load_scenario
from bridge.spec import GameSpec
from engine.core.frame import Commands, Frame
from engine.core.rules import rules_of
from engine.core.scenario import Scenario

MAP_TRIGGERS: Final = "noop"
"""The scripted player that gives no commands: its units do what the map's triggers order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedSeat:
    """One player number that a scripted player drives in all games.

    Attributes:
        player: the pure function that gives the commands.
        frame: (num_games,) rows, what it may see.
        commands: its rows of the session's commands, as given in the last step.
        row_game: (num_games,) int32.
        row_player: (num_games,) int8.
    """

    player: Callable[[Frame, Commands], None]
    frame: Frame
    commands: Commands
    row_game: NDArray[np.int32]
    row_player: NDArray[np.int8]


class EmbeddedSession:
    """`num_games` games of one scenario in this process; satisfies `bridge.seams.Session`.

    Rows are ordered game by game, within a game by player number. A trigger's `order` action is dropped for every
    player whose units somebody else commands: a learner, or a scripted player other than `noop`.
    """

    def __init__(
        self,
        scenario: Scenario,
        num_games: int,
        players: Sequence[str | None] = (None, "attack_move"),
        *,
        latency_frames: int | None = None,
    ) -> None:
        """Lay out the games; `start` begins them.

        Args:
            scenario: what is played.
            num_games: number of games.
            players: by player number, None for a seat of the caller's, else a name in `PLAYERS`.
            latency_frames: frames between a command and its execution; None takes the scenario's.

        Raises:
            ConfigError: a name that is no scripted player.
        """
        scenario, find_player = for_players(scenario, players)
        seats = [number for number, name in enumerate(players) if name is None]
        scripted = [
            (number, find_player(name))
            for number, name in enumerate(players)
            if name is not None and name != MAP_TRIGGERS
        ]
        commanded = frozenset([*seats, *(number for number, _ in scripted)])
        self._games = rules_of(scenario.game).make_games(
            without_orders(scenario, commanded), num_games, latency_frames=latency_frames
        )
        self._num_games = num_games
        self._num_seats = len(seats)
        self._rows = num_games * len(seats)
        self.unit_capacity = self._games.unit_capacity
        games = np.arange(num_games, dtype=np.int32)
        self._row_game = np.repeat(games, len(seats))
        self._row_player = np.tile(np.array(seats, np.int8), num_games)
        layers = scenario.melee is not None
        self._frame = Frame.allocate(self._rows, self.unit_capacity, scenario.map, layers=layers)
        num_rows = self._rows + len(scripted) * num_games
        self._commands = Commands.allocate(num_rows, self.unit_capacity)
        self._row_items = self._commands.items[: self._rows]
        self._row_count = self._commands.count[: self._rows]
        self._seats: list[ScriptedSeat] = []
        for index, (number, player) in enumerate(scripted):
            rows = slice(self._rows + index * num_games, self._rows + (index + 1) * num_games)
            self._seats.append(
                ScriptedSeat(
                    player=player,
                    frame=Frame.allocate(num_games, self.unit_capacity, scenario.map, layers=layers),
                    commands=Commands(items=self._commands.items[rows], count=self._commands.count[rows]),
                    row_game=games,
                    row_player=np.full(num_games, number, np.int8),
                )
            )
        self._all_game = np.concatenate([self._row_game, *(seat.row_game for seat in self._seats)])
        self._all_player = np.concatenate([self._row_player, *(seat.row_player for seat in self._seats)])

    @classmethod
    def from_spec(cls, spec: GameSpec) -> Self:
        """Build the session that a spec names.

        Raises:
            ConfigError: unknown scenario or scripted player.
        """
        return cls(load_scenario(spec.scenario), spec.num_games, spec.players, latency_frames=spec.latency_frames)

    @property
    def rows(self) -> int:
        """Number of rows (games * seats)."""
        return self._rows

    @property
    def needs_loop(self) -> bool:
        """False: the games move only when they are called."""
        return False

    @property
    def games(self) -> Any:
        """The engine's games (`BroodWarGames`, `StarCraft2Games`), for snapshots and digests."""
        return self._games

    @property
    def scripted_seats(self) -> Sequence[ScriptedSeat]:
        """The seats that scripted players fill, for recordings; written by `start` and `step` alone."""
        return tuple(self._seats)

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """Restart the games of the marked rows and run them until both armies stand."""
        first_seats = slice(None, None, self._num_seats)
        games = rows[first_seats]
        self._games.start(games, seeds[first_seats])
        self._games.observe(self._frame, self._row_game, self._row_player, rows)
        for seat in self._seats:
            self._games.observe(seat.frame, seat.row_game, seat.row_player, games)
        return self._frame

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Give the commands, add those of the scripted players, advance `frames` frames."""
        if not self._seats:
            self._games.step(commands, self._row_game, self._row_player, frames)
            return self._observe()
        everything = self._commands
        count, items = commands.count, self._row_items
        most = count.max()
        items[:, :most] = commands.items[:, :most]
        everything.count.fill(0)
        self._row_count[:] = count
        for seat in self._seats:
            seat.player(seat.frame, seat.commands)
        self._games.step(everything, self._all_game, self._all_player, frames)
        return self._observe()

    async def close(self) -> None:
        """Do nothing: the games are memory of this process."""

    def _observe(self) -> Frame:
        self._games.observe(self._frame, self._row_game, self._row_player)
        for seat in self._seats:
            self._games.observe(seat.frame, seat.row_game, seat.row_player)
        return self._frame


def without_orders(scenario: Scenario, players: frozenset[int]) -> Scenario:
    """Return the scenario without the triggers' `order` actions for these players.

    Args:
        scenario: any.
        players: player numbers whose units somebody commands.
    """
    triggers = tuple(
        dataclasses.replace(
            trigger,
            actions=tuple(
                action for action in trigger.actions if not (action.kind == "order" and action.player in players)
            ),
        )
        for trigger in scenario.triggers
    )
    return dataclasses.replace(scenario, triggers=triggers)


def for_players(
    scenario: Scenario, players: Sequence[str | None]
) -> tuple[Scenario, Callable[[str], Callable[[Frame, Commands], None]]]:
    """Return the scenario with the races that the players' names say, and what finds a scripted player by its name.

    Args:
        scenario: any.
        players: by player number, None for a seat of a learner's or client's.

    Raises:
        ConfigError: an unknown race or player; the function returned raises it too.
    """
    if scenario.melee is None:
        return scenario, partial(_player, scenario.game)
    from bridge.melee import scripted_player, with_races  # only where melee games are played

    return with_races(scenario, players), partial(scripted_player, game=scenario.game)


def _player(game: str, name: str) -> Callable[[Frame, Commands], None]:
    players = rules_of(game).players
    if name not in players:
        near = difflib.get_close_matches(name, players, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"opponent: got {name!r}; allowed: {', '.join(sorted(players))}{hint}")
    return players[name]
