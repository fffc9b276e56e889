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
import os
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from bridge.deadline import Deadline
from bridge.errors import (
    ConfigError,
    GameClosedError,
    GameCrashedError,
    GameFailedError,
    GameProtocolError,
    GameTimeoutError,
)
from bridge.sc2.commands import to_action
from bridge.sc2.extra import DRIVER_NEEDS, require
from bridge.sc2.frames import FrameWriter
from bridge.sc2.params import RACES, address_of, choice_of, computer, seconds_of
from bridge.scenarios import load_scenario
from bridge.spec import GameSpec
from bridge.userfiles import nearest
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from s2clientprotocol.sc2api_pb2 import Observation, RequestCreateGame
    from sc2.client import Client
    from sc2.portconfig import Portconfig

    from bridge.sc2.driver import ChannelBot, Socket
    from bridge.sc2.installation import LaunchedSc2
    from bridge.sc2.lobby import Lobby
    from bridge.sc2.opponent import BotOpponent
    from bridge.sc2.world import Worlds

KNOWN_PARAMS: Final = ("server", "sc2_path", "map", "race", "realtime", "start_s", "answer_s")

START_S: Final = 60.0
ANSWER_S: Final = 20.0
"""The game process notices before its trainer does (`bridge.timeouts`)."""

MIN_CAPACITY: Final = 32
SPARE_UNITS: Final = 2
"""Rows have room for so many times the units of both armies."""

USUAL_COMPUTER: Final = (1, 7)
"""Terran, VeryHard: what SMAC's battles are played against."""

DIFFICULTY_OF: Final = {"noop": 1, "weak": 2, "standard": 5, "strong": 7}
"""Difficulties that our scripted melee players stand for: VeryEasy, Easy, Hard, VeryHard."""

SEED_MASK: Final = (1 << 32) - 1


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
        self._worlds = worlds
        self._server = address_of(params.get("server"))
        self._sc2_path = params.get("sc2_path")
        self._map = str(params.get("map", f"{self._map_name()}.SC2Map"))
        self._races = _races_of(scenario)
        self._race = choice_of(params, "race", RACES) + 1 if "race" in params else RACES.index(self._races[0]) + 1
        self._is_realtime = choice_of(params, "realtime", (False, True)) == 1
        self._start_s, self._answer_s = (
            seconds_of(params, name, usual) for name, usual in (("start_s", START_S), ("answer_s", ANSWER_S))
        )
        self.unit_capacity = _capacity_of(scenario)
        self._frame = Frame.allocate(1, self.unit_capacity, scenario.map, layers=scenario.melee is not None)
        self._writer = FrameWriter(self._frame, 0)
        self._frames = spec.frame_skip or scenario.frame_skip
        self._client: Client | None = None
        self._socket: Socket | None = None
        self._http: ClientSession | None = None
        self._launched: LaunchedSc2 | None = None
        self._bot: ChannelBot | None = None
        self._game: asyncio.Task[Any] | None = None
        self._lobby: Lobby | None = None
        self._opponent: BotOpponent | None = None
        self._opponent_socket: Socket | None = None
        bots = [name for name in spec.players if name is not None and name.startswith("bot:")]
        if bots:
            from bridge.sc2.opponent import BotOpponent

            if self._sc2_path is not None:
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
        return self._launched.pid if self._launched else 0

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
        """Close the connection and end what was launched, also what a failure has left."""
        for socket in (self._socket, self._opponent_socket):
            if socket is not None:
                await socket.close()
        self._socket = self._opponent_socket = None
        if self._opponent is not None:
            await self._opponent.abandon()
        if self._http is not None:
            await self._http.close()
            self._http = None
        if self._launched is not None:
            self._launched.close()
            self._launched = None

    # --- one game ----------------------------------------------------------------------------------------------------

    async def _begin(self, seed: int) -> None:
        from sc2.data import Race

        from bridge.sc2.driver import ChannelBot, create_game, play

        assert self._client is not None
        await create_game(self._client, self._request(seed))
        self._writer.begin()
        self._bot = ChannelBot(self._show, self._frames)
        ports = None
        if self._opponent is not None:
            ports = self._ports()
            self._opponent.begin(await self._second_client(), ports, realtime=self._is_realtime)
        game = play(self._client, self._bot, Race(self._race), realtime=self._is_realtime, ports=ports)
        self._game = asyncio.create_task(game, name="sc2 game")
        await self._shown()

    def _request(self, seed: int) -> RequestCreateGame:
        from s2clientprotocol import common_pb2, sc2api_pb2

        request = sc2api_pb2.RequestCreateGame(
            disable_fog=self._scenario.full_vision,
            random_seed=(seed ^ seed >> 32) & SEED_MASK,
            realtime=self._is_realtime,
        )
        request.local_map.map_path = self._map
        for name in self._players:
            setup = request.player_setup.add(type=sc2api_pb2.PlayerType.Value("Participant"))
            if name is not None and not name.startswith("bot:"):
                setup.type = sc2api_pb2.PlayerType.Value("Computer")
                race, difficulty = computer(name) or self._usual_computer(name)
                setup.race = common_pb2.Race.ValueType(race)
                setup.difficulty = sc2api_pb2.Difficulty.ValueType(difficulty)
                if computer(name) is None:
                    setup.player_name = name.rpartition(":")[2]
        return request

    def _usual_computer(self, name: str) -> tuple[int, int]:
        """Return race and difficulty of the game's own player that stands for a scripted one of ours.

        The embedded server goes by the player's name; the real game, which knows none, by these.
        """
        if self._scenario.melee is None:
            return USUAL_COMPUTER
        return RACES.index(self._races[1]) + 1, DIFFICULTY_OF.get(name.rpartition(":")[2], USUAL_COMPUTER[1])

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

    async def _second_client(self) -> Client:
        """Return the opponent's connection, made when it is first needed."""
        from sc2.client import Client

        if self._opponent_socket is None:
            self._opponent_socket = await self._socket_to(self._server)
        return Client(cast("Any", self._opponent_socket))

    def _ports(self) -> Portconfig:
        """Return what the two clients find each other by; on the embedded server it is a name and no port."""
        from sc2.portconfig import Portconfig

        if self._server is None:
            return Portconfig(server_ports=[1, 2], player_ports=[[3, 4]])
        return Portconfig()

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

    # --- the connection ----------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        if self._client is not None:
            return
        await self._hang_up()
        from sc2.client import Client

        address = self._server
        if self._sc2_path is not None:
            from bridge.sc2.installation import LaunchedSc2

            self._launched = LaunchedSc2(str(self._sc2_path), self._name)
            address = await self._launched.wait_address(self._start_s)
        self._socket = await self._socket_to(address)
        # python-sc2 asks for aiohttp's websocket and uses these four members of it.
        self._client = Client(cast("Any", self._socket))

    async def _socket_to(self, address: tuple[str, int] | None) -> Socket:
        """Return a connection to a server, or to the embedded one."""
        from bridge.sc2.driver import GuardedSocket

        if address is not None:
            return GuardedSocket(await self._dial(address), self._answer_s)
        from bridge.sc2.inprocess import InProcessSocket
        from bridge.sc2.lobby import Lobby

        if self._lobby is None:
            self._lobby = Lobby(worlds=self._worlds or _engine_worlds())
        return GuardedSocket(InProcessSocket(self._lobby), self._answer_s)

    async def _dial(self, address: tuple[str, int]) -> Socket:
        import aiohttp

        from bridge.sc2.driver import HungUpError, NoAnswerError

        host, port = address
        if self._http is None:
            self._http = aiohttp.ClientSession()
        deadline = Deadline.after(self._start_s)
        while True:
            try:
                async with asyncio.timeout(deadline.remaining_s()):
                    return await self._http.ws_connect(f"ws://{host}:{port}/sc2api", max_msg_size=0)
            except TimeoutError as error:
                raise NoAnswerError(f"no answer from {host}:{port} in {self._start_s:g} s") from error
            except (aiohttp.ClientError, OSError) as error:
                if self._launched is None:
                    raise HungUpError(f"no game at {host}:{port} ({error})") from error
                self._launched.check()
            await asyncio.sleep(min(0.1, deadline.remaining_s()))

    async def _failure(self, error: Exception) -> Exception:
        """Return a failure as one of the bridge's, or itself if it is the driver's own; the connection is closed."""
        from google.protobuf.message import DecodeError
        from sc2.protocol import ProtocolError

        from bridge.sc2.driver import GarbageError, HungUpError, NoAnswerError

        await self._stop_bot()
        client, self._client = self._client, None
        if client is not None and self._socket is not None:
            await self._socket.close()
        if isinstance(error, GameFailedError | ConfigError):
            return error
        kind: type[GameFailedError] = GameCrashedError
        detail = str(error)
        if isinstance(error, NoAnswerError | TimeoutError):
            kind = GameTimeoutError
        elif isinstance(error, GarbageError | DecodeError | ProtocolError):
            kind = GameProtocolError
        if isinstance(error, HungUpError) and self._launched is not None:
            await self._launched.wait_end()
        how = self._launched.exit_text() if self._launched is not None else None
        if how is not None:
            kind, detail = GameCrashedError, f"the game {how}"
        elif not isinstance(
            error, NoAnswerError | TimeoutError | GarbageError | DecodeError | ProtocolError | HungUpError
        ):
            return error  # its traceback says more
        tail = self._launched.log_tail() if self._launched is not None else ""
        return kind(self._name, self.server_pid or os.getpid(), int(self._frame.frame[0]), detail, "", tail)


def _capacity_of(scenario: Scenario) -> int:
    if scenario.melee is None:
        return max(MIN_CAPACITY, SPARE_UNITS * len(scenario.units))
    from engine.starcraft2.melee import capacity_of  # the engine's tables: in a game process only

    return capacity_of(scenario)


def _races_of(scenario: Scenario) -> tuple[str, str]:
    """Return the races of a melee game; in battles nobody asks, and the first two numbers of the API stand there."""
    return (RACES[0], RACES[0]) if scenario.melee is None else scenario.melee.races


def _engine_worlds() -> Worlds:
    from bridge.sc2.engine_worlds import EngineWorlds  # the engine's import is half of a game's start-up time

    return EngineWorlds()
