"""`backend="torchcraft"`: the games of a batch behind TorchCraft servers, one client per row.

Without further parameters the session launches an embedded server (`bridge.torchcraft.serve`) in a process of its own;
with `server: "host:port"` it plays on a running one, real or not. Both are driven by the same client and the same
messages. What differs is how an episode begins:

* the own server begins a match with the episode's seed at each handshake (`?seed=...`, see `bridge.torchcraft.host`),
  and is told pixels that the protocol's walk tiles leave over: the games are those of the embedded session, bit for
  bit;
* a real server knows no seeds: the session waits for the next battle that the map's triggers make, and asks for a
  restart where an episode was cut short.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

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
from bridge.scenarios import load_scenario
from bridge.spec import GameSpec
from bridge.torchcraft import constants
from bridge.torchcraft.client import AsyncClient
from bridge.torchcraft.errors import ConnectionLostError, NoAnswerError, TorchCraftError
from bridge.torchcraft.row import RowWriter
from bridge.torchcraft.server_process import ServerProcess
from bridge.torchcraft.state import State
from bridge.torchcraft.type_facts import WALK_TILE_PX
from bridge.userfiles import nearest
from engine.broodwar.games import BroodWarGames
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario

log = logging.getLogger(__name__)

T = TypeVar("T")

KNOWN_PARAMS: Final = ("server", "start_s", "answer_s")

START_S: Final = 50.0
"""Until a server listens, and until a real one's next battle begins; below the game process's own deadline."""

ANSWER_S: Final = 20.0
"""Until a server answers; below the game process's own deadline, so that the error says which of them failed."""

_CODES: Final = constants.ENUMS["commands"]
COMMAND_UNIT: Final = _CODES["command_unit"]
COMBINE_FRAMES: Final = _CODES["set_combine_frames"]
SET_UP: Final = ([_CODES["set_speed"], 0], [COMBINE_FRAMES, 1])

MAX_RESTARTS: Final = 10
"""Messages after which a server that is asked for a restart counts as one that does not do it (more than one human)."""

Told = list[list[int]]


@dataclass(slots=True)
class _Seat:
    """One row: a client and what it is in the middle of.

    Attributes:
        row: its number.
        client: speaks to the server.
        host: of the server.
        port: of the server.
        combine: game frames per message, as the server was told last.
        has_played: it was stepped since its episode began.
        has_ended: its melee game is over.
    """

    row: int
    client: AsyncClient
    host: str = ""
    port: int = 0
    combine: int = 1
    has_played: bool = False
    has_ended: bool = False
    deaths: list[int] = field(default_factory=list)


class TorchCraftSession:
    """Games behind TorchCraft servers; satisfies `bridge.seams.Session`."""

    def __init__(self, spec: GameSpec, scenario: Scenario) -> None:
        """Take note; the first `start` launches the server, if it is the own one.

        Args:
            spec: what is played.
            scenario: the spec's.

        Raises:
            ConfigError: wrong parameters.
        """
        self._name = scenario.name
        self._scenario = scenario
        self._num_seats = spec.num_seats
        self.unit_capacity = BroodWarGames(scenario, 1).unit_capacity
        self._writer = RowWriter(scenario, capacity=self.unit_capacity, rows=spec.rows)
        self._seats = [_Seat(row, AsyncClient(has_server_ended=self._has_server_ended)) for row in range(spec.rows)]
        self._start_s, self._answer_s = _limits(spec)
        self._latency_frames = scenario.latency_frames if spec.latency_frames is None else spec.latency_frames
        self._is_warned = False
        self._is_connected = False
        self._is_closed = False
        self._process: ServerProcess | None = None
        address = spec.backend_params.get("server")
        self._arguments = None if address is not None else _arguments(spec)
        if address is not None:
            self._use_servers(str(address))

    @staticmethod
    def from_spec(spec: GameSpec) -> TorchCraftSession:
        """Build the session that a spec names.

        Raises:
            ConfigError: unknown scenario or parameter.
        """
        for name in spec.backend_params:
            if name not in KNOWN_PARAMS:
                raise ConfigError(f"backend_params: unknown key {name!r}{nearest(name, KNOWN_PARAMS)}")
        return TorchCraftSession(spec, load_scenario(spec.scenario))

    @property
    def rows(self) -> int:
        """Number of rows (games * seats)."""
        return len(self._seats)

    @property
    def needs_loop(self) -> bool:
        """True: answers have to be waited for."""
        return True

    @property
    def server_pid(self) -> int:
        """Process id of the own server, 0 if there is none."""
        return self._process.pid if self._process else 0

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """Begin the next battle on the marked rows: with the seed on the own server, as it comes on a real one.

        Raises:
            GameFailedError: one of its kinds.
        """
        await self._connect()
        marked = [self._seats[row] for row in np.flatnonzero(rows)]
        begin = self._begin_seeded if self._process else self._await_battle
        await self._all(marked, lambda seat: begin(seat, int(seeds[seat.row])))
        return self._writer.frame

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Give the commands, let the servers play `frames` frames.

        Raises:
            GameFailedError: one of its kinds.
        """
        await self._all(self._seats, lambda seat: self._play(seat, commands, frames))
        return self._writer.frame

    async def close(self) -> None:
        """End the own server, leave the others; idempotent."""
        self._is_closed = True
        if self._process is not None:
            self._process.close()
        for seat in self._seats:
            seat.client.close()

    # --- one row -----------------------------------------------------------------------------------------------------

    async def _begin_seeded(self, seat: _Seat, seed: int) -> None:
        state = await seat.client.init(initial_map=f"?seed={seed}")
        self._check_latency(state)
        await self._exchange(seat, [list(command) for command in SET_UP])
        seat.combine = 1
        seat.has_played = seat.has_ended = False
        self._write(seat)

    async def _await_battle(self, seat: _Seat, seed: int) -> None:
        """Play on until both armies stand; the seed is the server's affair."""
        deadline = Deadline.after(self._start_s)
        if self._scenario.melee is not None:
            await self._await_game(seat)
            return
        if seat.has_played and not self._writer.is_over(seat.row):
            await self._restart(seat)
        if not seat.client.state().frame_from_bwapi or seat.client.state().game_ended:
            await self._join(seat)
        elif seat.combine != 1:
            await self._exchange(seat, [[COMBINE_FRAMES, 1]])
            seat.combine = 1
            self._write(seat)
        while seat.has_played or not self._writer.armies_stand(seat.row):
            if deadline.has_passed():
                raise NoAnswerError(f"{seat.host}:{seat.port}: no battle has begun within {deadline.timeout_s:.1f} s")
            was_over = self._writer.is_over(seat.row)
            await self._exchange(seat, [])
            self._write(seat)
            if was_over and not self._writer.is_over(seat.row):
                seat.has_played = False
        seat.deaths.clear()

    async def _await_game(self, seat: _Seat) -> None:
        """Begin the next melee game; one that is not over is left."""
        if seat.has_played and not seat.has_ended:
            await self._restart(seat)
        elif seat.has_played:
            seat.client.close()
            seat.client.connect(seat.host, seat.port, int(self._answer_s * 1000))
        await self._join(seat)

    async def _restart(self, seat: _Seat) -> None:
        """Leave a battle that is not over: only a new match has whole armies at once."""
        for _ in range(MAX_RESTARTS):
            await self._exchange(seat, [[_CODES["restart"]]])
            if seat.client.state().game_ended:
                break
        else:
            raise NoAnswerError(f"{seat.host}:{seat.port}: the server does not restart a battle that was cut short")
        seat.client.close()
        seat.client.connect(seat.host, seat.port, int(self._answer_s * 1000))
        seat.has_played = False

    async def _join(self, seat: _Seat) -> None:
        state = await seat.client.init()
        self._check_latency(state)
        hack = [[_CODES["map_hack"]]] if self._scenario.full_vision else []
        await self._exchange(seat, [*hack, *(list(command) for command in SET_UP)])
        seat.combine = 1
        seat.has_played = seat.has_ended = False
        self._write(seat)

    async def _play(self, seat: _Seat, commands: Commands, frames: int) -> None:
        if seat.has_ended:  # nothing happens any more until the next game begins
            return
        seat.has_played = True
        told = _told(commands, seat.row)
        if self._scenario.full_vision or frames == 1:
            await self._exchange(seat, self._paced(seat, frames) + told)
        else:
            # Combined frames keep units that have left the sight: the last frame of a step has to come alone.
            await self._exchange(seat, self._paced(seat, frames - 1) + told)
            if not seat.has_ended:
                seat.deaths.extend(seat.client.state().deaths)
                await self._exchange(seat, self._paced(seat, 1))
        self._write(seat)

    def _paced(self, seat: _Seat, frames: int) -> Told:
        if seat.combine == frames:
            return []
        seat.combine = frames
        return [[COMBINE_FRAMES, frames]]

    async def _exchange(self, seat: _Seat, told: Told) -> None:
        await seat.client.send(told)
        state = await seat.client.recv()
        seat.has_ended = self._scenario.melee is not None and state.game_ended
        if state.game_ended and not seat.has_ended and not (told and told[0][0] == _CODES["restart"]):
            raise ConnectionLostError(f"{seat.host}:{seat.port}: the match has ended")

    def _write(self, seat: _Seat) -> None:
        state = seat.client.state()
        deaths = [*seat.deaths, *state.deaths]
        seat.deaths.clear()
        has_room = self._writer.write(
            seat.row, state.wire, deaths, state.frame_from_bwapi, state.player_id, state.neutral_id
        )
        if not has_room:
            detail = f"the server shows more units than scenario {self._name!r} has room for ({self.unit_capacity})"
            raise GameProtocolError(self._name, self.server_pid, state.frame_from_bwapi, detail)
        if seat.has_ended:
            self._writer.end(seat.row, is_won=state.game_won)

    # --- all rows ----------------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        if self._is_connected:
            return
        if self._is_closed:
            raise GameClosedError(f"game {self._name}: the session was closed")
        if self._arguments is not None:
            self._process = ServerProcess(self._arguments)
            ports = await self._process.wait_ports(self._name, Deadline.after(self._start_s))
            places = [("127.0.0.1", port) for game in ports for port in game]
            for seat, (host, port) in zip(self._seats, places, strict=True):
                seat.host, seat.port = host, port
        for seat in self._seats:
            seat.client.connect(seat.host, seat.port, int(self._answer_s * 1000))
        self._is_connected = True

    async def _all(self, seats: Sequence[_Seat], act: Callable[[_Seat], Awaitable[None]]) -> None:
        """Let all rows do something side by side; the first failure is raised as one of the bridge's."""
        try:
            if len(seats) == 1:
                await act(seats[0])
            else:
                async with asyncio.TaskGroup() as group:
                    for seat in seats:
                        group.create_task(_coroutine(act(seat)))
        except (TorchCraftError, GameFailedError) as error:
            raise await self._failure(error) from error
        except ExceptionGroup as group_error:
            known, other = group_error.split((TorchCraftError, GameFailedError))
            if known is None or other is not None:
                raise
            raise await self._failure(_first(known)) from group_error

    async def _failure(self, error: Exception) -> GameFailedError:
        if isinstance(error, GameFailedError):
            return error
        frame = max((seat.client.state().frame_from_bwapi for seat in self._seats), default=-1)
        if isinstance(error, ConnectionLostError) and self._process is not None:
            await self._process.wait_end()  # its sockets close before it ends
        log_tail = self._process.log_tail() if self._process else ""
        kind: type[GameFailedError] = GameProtocolError
        detail = str(error)
        if isinstance(error, NoAnswerError):
            kind = GameTimeoutError
        if isinstance(error, ConnectionLostError):
            kind = GameCrashedError
        how = self._process.exit_text() if self._process else None
        if how is not None:
            kind, detail = GameCrashedError, f"the TorchCraft server {how}"
        return kind(self._name, self.server_pid, frame, detail, "", log_tail)

    def _has_server_ended(self) -> bool:
        return self._process is not None and self._process.exit_text() is not None

    def _check_latency(self, state: State) -> None:
        if state.lag_frames != self._latency_frames and not self._is_warned:
            self._is_warned = True
            log.warning(
                "game %s: the server's latency is %d frames, the task expects %d",
                self._name,
                state.lag_frames,
                self._latency_frames,
            )

    def _use_servers(self, address: str) -> None:
        """Take the rows' servers from `host:port`, port by port."""
        host, colon, port = address.rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
            raise ConfigError(f"server {address!r}: allowed: host:port, as in 'localhost:11111'")
        for seat in self._seats:
            seat.host, seat.port = host, int(port) + seat.row


def _told(commands: Commands, row: int) -> Told:
    """Return a row's commands as the wire has them: walk tiles, and what they leave over in pixels.

    A real server reads six numbers and rounds to the nearest tile; ours reads the seventh and eighth, too.
    """
    items = commands.items[row, : commands.count[row]]
    told = []
    for unit_id, kind, target_id, x, y, extra in items.tolist():
        tile_x, tile_y = (x + WALK_TILE_PX // 2) // WALK_TILE_PX, (y + WALK_TILE_PX // 2) // WALK_TILE_PX
        rest = (x - WALK_TILE_PX * tile_x, y - WALK_TILE_PX * tile_y)
        told.append([COMMAND_UNIT, unit_id, kind, target_id, tile_x, tile_y, extra, *rest])
    return told


def _arguments(spec: GameSpec) -> list[str]:
    """Return the own server's arguments."""
    arguments = ["--scenario", spec.scenario, "--port", "0", "--games", str(spec.num_games)]
    scripted = [name for name in spec.players if name is not None]
    first = spec.players.index(None)
    arguments += ["--player", str(first), "--opponent", scripted[0] if scripted else "client"]
    if spec.frame_skip is not None:
        arguments += ["--opponent-frames", str(spec.frame_skip)]
    if spec.latency_frames is not None:
        arguments += ["--latency", str(spec.latency_frames)]
    return arguments


def _limits(spec: GameSpec) -> tuple[float, float]:
    values = []
    for name, usual in (("start_s", START_S), ("answer_s", ANSWER_S)):
        value: Any = spec.backend_params.get(name, usual)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ConfigError(f"backend_params: {name}: got {value!r}; allowed: seconds > 0")
        values.append(float(value))
    return values[0], values[1]


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error


async def _coroutine(work: Awaitable[T]) -> T:
    return await work
