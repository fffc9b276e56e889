"""The game behind StarCraft II's API: a python-sc2 driver on the embedded server, a running one, or the real game.

`backend_params`:

* nothing: the embedded server in this process, no socket;
* `server`: `host:port` of a server that runs (`nydus sc2 serve`, or a real game with `-listen`);
* `sc2_path`: folder of an installation, or of what `nydus sc2 path` made: its game is launched and ended here;
* `map`: file name of the map, for games that are no scenario of ours; default: the scenario's name, in melee games that
  of its map;
* `race`: of the learner, `terran`, `zerg`, `protoss` or `random`; default: what a melee scenario says; no battle asks;
* `realtime`: the game goes on by itself, 22.4 loops a second;
* `start_s`, `answer_s`: deadlines.

A scripted player is the game's own (`Computer`): `zerg:hard` names its race and one of the API's ten difficulties; any
other name is told as the player's name, by which a server of ours knows its scripted players. `bot:RACE:MODULE:CLASS`
is a python-sc2 bot of somebody's, which plays as the second client, in the game process too.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameClosedError, GameProtocolError
from bridge.sc2.commands import to_action
from bridge.sc2.creation import create_request, races_of
from bridge.sc2.extra import DRIVER_NEEDS, require
from bridge.sc2.frames import FrameWriter
from bridge.sc2.link import Link
from bridge.sc2.params import RACES, address_of, choice_of, seconds_of
from bridge.scenarios import load_scenario
from bridge.spec import GameSpec
from bridge.userfiles import nearest
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario

if TYPE_CHECKING:
    from s2clientprotocol.sc2api_pb2 import Observation
    from sc2.client import Client

    from bridge.sc2.driver import ChannelBot
    from bridge.sc2.opponent import BotOpponent
    from bridge.sc2.world import Worlds

KNOWN_PARAMS: Final = ("server", "sc2_path", "map", "race", "realtime", "start_s", "answer_s")

START_S: Final = 60.0
ANSWER_S: Final = 20.0
"""The game process notices before its trainer does (`bridge.timeouts`)."""

MIN_CAPACITY: Final = 32
SPARE_UNITS: Final = 2
"""Rows have room for so many times the units of both armies."""


class Sc2Session:
    """One game behind the API; satisfies `bridge.seams.Session`."""

    def __init__(self, spec: GameSpec, scenario: Scenario, worlds: Worlds | None = None) -> None:
        """Take note; the first `start` connects.

        Args:
            spec: what is played.
            scenario: the spec's.
            worlds: the games of the embedded server; None for the engine's.

        Raises:
            ConfigError: wrong parameters, or the extra `sc2` is not installed.
        """
        require(*DRIVER_NEEDS, what="backend 'sc2'")
        params = dict(spec.backend_params)
        for name in params:
            if name not in KNOWN_PARAMS:
                raise ConfigError(f"backend_params: unknown key {name!r}{nearest(name, KNOWN_PARAMS)}")
        if "server" in params and "sc2_path" in params:
            raise ConfigError("backend_params: server and sc2_path; allowed: one of them, or none")
        if spec.num_games != 1 or spec.num_seats != 1:
            raise ConfigError(
                f"backend 'sc2': {spec.num_games} games of {spec.num_seats} seats in one process; allowed: one each "
                "(more games: more processes)"
            )
        self._name = scenario.name
        self._scenario = scenario
        self._players = spec.players
        sc2_path = str(params["sc2_path"]) if "sc2_path" in params else None
        self._map = str(params.get("map", f"{self._map_name()}.SC2Map"))
        race = races_of(scenario)[0]
        self._race = choice_of(params, "race", RACES) + 1 if "race" in params else RACES.index(race) + 1
        self._is_realtime = choice_of(params, "realtime", (False, True)) == 1
        self._answer_s = seconds_of(params, "answer_s", ANSWER_S)
        self._link = Link(
            self._name,
            server=address_of(params.get("server")),
            sc2_path=sc2_path,
            start_s=seconds_of(params, "start_s", START_S),
            answer_s=self._answer_s,
            worlds=worlds,
        )
        self.unit_capacity = _capacity_of(scenario)
        self._frame = Frame.allocate(1, self.unit_capacity, scenario.map, layers=scenario.melee is not None)
        self._writer = FrameWriter(self._frame, 0)
        self._frames = spec.frame_skip or scenario.frame_skip
        self._client: Client | None = None
        self._bot: ChannelBot | None = None
        self._game: asyncio.Task[Any] | None = None
        self._opponent: BotOpponent | None = None
        bots = [name for name in spec.players if name is not None and name.startswith("bot:")]
        if bots:
            from bridge.sc2.opponent import BotOpponent

            if sc2_path is not None:
                raise ConfigError(
                    f"player {bots[0]!r} with sc2_path: allowed with the embedded server or a running one"
                )
            self._opponent = BotOpponent(bots[0])
        self._is_closed = False
        self._had_room = True

    @staticmethod
    def from_spec(spec: GameSpec) -> Sc2Session:
        """Build the session that a spec names.

        Raises:
            ConfigError: unknown scenario or parameter.
        """
        return Sc2Session(spec, load_scenario(spec.scenario))

    @property
    def rows(self) -> int:
        """One."""
        return 1

    @property
    def needs_loop(self) -> bool:
        """True: the bot's task goes on between the calls, and a connection has to be kept alive."""
        return True

    @property
    def server_pid(self) -> int:
        """Process id of the launched game, 0 if there is none."""
        return self._link.server_pid

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """Begin the next game: the one before is left, the connection and the game's process stay.

        Raises:
            GameFailedError: one of its kinds.
        """
        if not rows[0]:
            return self._frame
        if self._is_closed:
            raise GameClosedError(f"game {self._name}: the session was closed")
        try:
            await self._connect()
            await self._leave()
            await self._begin(int(seeds[0]))
        except Exception as error:
            failure = await self._failure(error)
            if failure is error:
                raise
            raise failure from error
        return self._frame

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Give the commands, let the game go on by `frames` loops.

        Raises:
            GameFailedError: one of its kinds.
        """
        if self._bot is None or self._game is None:
            raise GameClosedError(f"game {self._name}: not started")
        if self._game.done():  # over for the API: nothing happens until the next game begins
            return self._frame
        items = commands.items[0, : commands.count[0]]
        try:
            self._bot.go_on(to_action(items, self._writer.ids, self._scenario.map.height), frames)
            await self._shown()
        except Exception as error:
            failure = await self._failure(error)
            if failure is error:
                raise
            raise failure from error
        return self._frame

    async def close(self) -> None:
        """Leave the game, hang up, end what was launched; idempotent, never raises because the game is gone."""
        self._is_closed = True
        await self._stop_bot()
        await self._hang_up()

    async def _hang_up(self) -> None:
        """Close the connections and end what was launched, also what a failure has left."""
        await self._link.hang_up()
        if self._opponent is not None:
            await self._opponent.abandon()

    # --- one game ----------------------------------------------------------------------------------------------------

    async def _begin(self, seed: int) -> None:
        from sc2.data import Race

        from bridge.sc2.driver import ChannelBot, create_game, play

        assert self._client is not None
        request = create_request(self._scenario, self._players, self._map, seed, is_realtime=self._is_realtime)
        await create_game(self._client, request)
        self._writer.begin()
        self._bot = ChannelBot(self._show, self._frames)
        ports = None
        if self._opponent is not None:
            ports = self._link.ports()
            self._opponent.begin(await self._link.second_client(), ports, realtime=self._is_realtime)
        game = play(self._client, self._bot, Race(self._race), realtime=self._is_realtime, ports=ports)
        self._game = asyncio.create_task(game, name="sc2 game")
        await self._shown()

    def _map_name(self) -> str:
        return self._scenario.name if self._scenario.melee is None else self._scenario.map.name

    def _show(self, observation: Observation, player: int) -> None:
        self._had_room = self._writer.write(observation, player)
        self._writer.finish_targets()

    async def _shown(self) -> None:
        """Wait until the bot has shown the next observation or its game has ended."""
        assert self._bot is not None
        assert self._game is not None
        waiting = asyncio.ensure_future(self._bot.shown.wait())
        try:
            # Every request has a deadline of its own; this one is for what python-sc2 does in between.
            deadline = Deadline.after(2 * self._answer_s + 1)
            rival = self._opponent.task if self._opponent is not None else None
            others = {rival} if rival is not None and not rival.done() else set()
            while True:
                await asyncio.wait(
                    {waiting, self._game, *others},
                    timeout=deadline.remaining_s(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if rival is None or not rival.done() or rival not in others:
                    break
                rival.result()  # its exception is ours: the game cannot go on
                others = set()
                if waiting.done() or self._game.done():
                    break
        finally:
            waiting.cancel()
        if self._game.done():
            self._game.result()
            self._end()
        elif not self._bot.shown.is_set():
            raise TimeoutError(f"no step in {2 * self._answer_s + 1:g} s")
        if not self._had_room:
            detail = f"the game shows more units than scenario {self._name!r} has room for ({self.unit_capacity})"
            raise GameProtocolError(self._name, self.server_pid, int(self._frame.frame[0]), detail)

    def _end(self) -> None:
        """Take note of the game's result; the last view stays."""
        from engine.core.frame import Outcome

        assert self._bot is not None
        outcomes = {1: Outcome.WON, 2: Outcome.LOST, 3: Outcome.DRAWN}
        if self._bot.result is not None:
            self._frame.outcome[0] = outcomes.get(int(self._bot.result.value), Outcome.DRAWN)

    async def _leave(self) -> None:
        """Leave the game before, if there is one."""
        from s2clientprotocol import sc2api_pb2

        if self._game is None:
            return
        await self._stop_bot()
        self._frame.outcome[0] = 0
        assert self._client is not None
        await self._client._execute(leave_game=sc2api_pb2.RequestLeaveGame())
        if self._opponent is not None:
            await self._opponent.end()

    async def _stop_bot(self) -> None:
        """End the bot's task where it waits for commands: no request is under way there."""
        task, self._game, self._bot = self._game, None, None
        if task is None:
            return
        if task.done():  # awaiting it would write its error's traceback anew
            if not task.cancelled():
                task.exception()
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task

    async def _connect(self) -> None:
        if not self._link.is_open:
            await self._hang_up()
        self._client = await self._link.client()

    async def _failure(self, error: Exception) -> Exception:
        """Return a failure as one of the bridge's, or itself if it is the driver's own; the connection is closed."""
        await self._stop_bot()
        self._client = None
        return await self._link.failure(error, int(self._frame.frame[0]))


def _capacity_of(scenario: Scenario) -> int:
    if scenario.melee is None:
        return max(MIN_CAPACITY, SPARE_UNITS * len(scenario.units))
    from engine.starcraft2.melee import capacity_of  # the engine's tables: in a game process only

    return capacity_of(scenario)
