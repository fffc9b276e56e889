"""A session's way to the game: the embedded server, a running one, or one that it launches; what a break is called.

One connection is the learner's. A second one, for a bot in the other place, is made when it is first needed.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final, cast

from bridge.deadline import Deadline
from bridge.errors import (
    ConfigError,
    GameCrashedError,
    GameFailedError,
    GameProtocolError,
    GameTimeoutError,
)

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from sc2.client import Client
    from sc2.portconfig import Portconfig

    from bridge.sc2.driver import Socket
    from bridge.sc2.installation import LaunchedSc2
    from bridge.sc2.lobby import Lobby
    from bridge.sc2.world import Worlds

RETRY_S: Final = 0.1
"""Between two attempts to reach a game that has just been launched."""


class Link:
    """The connections of one session, and the process that it has launched."""

    def __init__(
        self,
        name: str,
        *,
        server: tuple[str, int] | None,
        sc2_path: str | None,
        start_s: float,
        answer_s: float,
        worlds: Worlds | None,
    ) -> None:
        """Take note; `client` connects.

        Args:
            name: of the game, for errors.
            server: host and port of a server that runs, None for the embedded one.
            sc2_path: folder of an installation that is launched instead, None for none.
            start_s: how long a connection may take.
            answer_s: how long an answer may take.
            worlds: the games of the embedded server; None for the engine's.
        """
        self._name = name
        self._server = server
        self._sc2_path = sc2_path
        self._start_s = start_s
        self._answer_s = answer_s
        self._worlds = worlds
        self._client: Client | None = None
        self._socket: Socket | None = None
        self._second_socket: Socket | None = None
        self._http: ClientSession | None = None
        self._launched: LaunchedSc2 | None = None
        self._lobby: Lobby | None = None

    @property
    def server_pid(self) -> int:
        """Process id of the launched game, 0 if there is none."""
        return self._launched.pid if self._launched else 0

    @property
    def is_open(self) -> bool:
        """Whether the learner's connection stands."""
        return self._client is not None

    async def client(self) -> Client:
        """Return the learner's connection, made if there is none; what a failure has left must be gone (`hang_up`).

        Raises:
            HungUpError: nobody is there.
            NoAnswerError: not in time.
        """
        if self._client is None:
            from sc2.client import Client

            address = self._server
            if self._sc2_path is not None:
                from bridge.sc2.installation import LaunchedSc2

                self._launched = LaunchedSc2(self._sc2_path, self._name)
                address = await self._launched.wait_address(self._start_s)
            self._socket = await self._socket_to(address)
            # python-sc2 asks for aiohttp's websocket and uses these four members of it.
            self._client = Client(cast("Any", self._socket))
        return self._client

    async def second_client(self) -> Client:
        """Return the other place's connection, made when it is first needed."""
        from sc2.client import Client

        if self._second_socket is None:
            self._second_socket = await self._socket_to(self._server)
        return Client(cast("Any", self._second_socket))

    def ports(self) -> Portconfig:
        """Return what the two clients find each other by; on the embedded server it is a name and no port."""
        from sc2.portconfig import Portconfig

        if self._server is None:
            return Portconfig(server_ports=[1, 2], player_ports=[[3, 4]])
        return Portconfig()

    async def hang_up(self) -> None:
        """Close the connections and end what was launched, also what a failure has left; idempotent."""
        self._client = None
        for socket in (self._socket, self._second_socket):
            if socket is not None:
                await socket.close()
        self._socket = self._second_socket = None
        if self._http is not None:
            await self._http.close()
            self._http = None
        if self._launched is not None:
            self._launched.close()
            self._launched = None

    async def failure(self, error: Exception, loop: int) -> Exception:
        """Return a failure as one of the bridge's, or itself if it is the driver's own; the connection is closed.

        Args:
            error: as it was caught.
            loop: of the game when it was last seen.
        """
        from google.protobuf.message import DecodeError
        from sc2.protocol import ProtocolError

        from bridge.sc2.driver import GarbageError, HungUpError, NoAnswerError

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
        return kind(self._name, self.server_pid or os.getpid(), loop, detail, "", tail)

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
            await asyncio.sleep(min(RETRY_S, deadline.remaining_s()))


def _engine_worlds() -> Worlds:
    from bridge.sc2.engine_worlds import EngineWorlds  # the engine's import is half of a game's start-up time

    return EngineWorlds()
