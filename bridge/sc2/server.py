"""The websocket: `ws://HOST:PORT/sc2api`, one connection per client.

Whatever a client does, the server serves on. Answers come in the order of the requests.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import aiohttp

from bridge.sc2.connection import Connection
from bridge.sc2.lobby import Lobby, RequestError, StopListening
from bridge.sc2.states import NOT_IN_GAME, Status
from bridge.sc2.websocket import Websocket

PATH: Final = "/sc2api"

LOCALHOST: Final = "127.0.0.1"

MAX_MESSAGE_BYTES: Final = 64 << 20
"""A CreateGame may carry a whole map: real ones have some megabytes."""

SHUTDOWN_S: Final = 1.0
"""How long open connections may take to close when the server leaves."""

CALL_S: Final = 2.0
"""How long a connection to another process of the same machine may take."""


class WebsocketPeer:
    """A game in another process of ours; satisfies `bridge.sc2.lobby.Peer`."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take an open connection."""
        self._session = session
        self._socket = socket

    @staticmethod
    async def call(port: int) -> WebsocketPeer | None:
        """Connect to whoever hosts at a port of this machine; None if nobody does."""
        session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(CALL_S):
                socket = await session.ws_connect(f"ws://{LOCALHOST}:{port}{PATH}", max_msg_size=MAX_MESSAGE_BYTES)
        except (aiohttp.ClientError, OSError):
            await session.close()
            return None
        except BaseException:
            await session.close()
            raise
        return WebsocketPeer(session, socket)

    async def exchange(self, data: bytes) -> bytes:
        """Send a request, return the bytes of its response.

        Raises:
            RequestError: the other process is gone.
        """
        try:
            await self._socket.send_bytes(data)
            message = await self._socket.receive()
        except (aiohttp.ClientError, ConnectionError) as error:
            raise RequestError(NOT_IN_GAME) from error
        if message.type is not aiohttp.WSMsgType.BINARY:
            raise RequestError(NOT_IN_GAME)
        answer: bytes = message.data
        return answer

    async def close(self) -> None:
        """Hang up; idempotent."""
        await self._socket.close()
        await self._session.close()


class Client:
    """Who answers one websocket; satisfies `bridge.sc2.websocket.Answerer`."""

    def __init__(self, connection: Connection, has_quit: asyncio.Event) -> None:
        """Take a new connection.

        Args:
            connection: of the client.
            has_quit: set when it says Quit.
        """
        self._connection = connection
        self._has_quit = has_quit
        self.answer_now = connection.answer_now
        self.answer = connection.answer
        self.close = connection.close

    @property
    def is_over(self) -> bool:
        """Whether it has said Quit."""
        if self._connection.status is not Status.QUIT:
            return False
        self._has_quit.set()
        return True


class ApiServer:
    """Listens, and answers every client's requests."""

    def __init__(self, lobby: Lobby) -> None:
        """Lay out the server; `start` opens its port.

        Args:
            lobby: shared by all connections; gets the means to meet clients of other processes.
        """
        self._lobby = lobby
        lobby.open_port = self._open_port
        lobby.call = WebsocketPeer.call
        self._listener: asyncio.Server | None = None
        self._sockets: set[Websocket] = set()
        self.port = 0
        self.has_quit = asyncio.Event()
        """Set when a client has said Quit."""

    async def start(self, host: str = LOCALHOST, port: int = 0) -> int:
        """Open the port; return its number.

        Args:
            host: interface.
            port: 0 takes any free one.

        Raises:
            OSError: the port is taken.
        """
        self._listener = await asyncio.get_running_loop().create_server(self._made, host, port)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self.port

    async def close(self) -> None:
        """Hang up on everybody and close the port; idempotent."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for end in (Websocket.hang_up, Websocket.abort):
            open_sockets = list(self._sockets)
            for socket in open_sockets:
                end(socket)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SHUTDOWN_S):
                    await asyncio.gather(*(socket.is_lost.wait() for socket in open_sockets))

    async def _open_port(self, port: int) -> StopListening:
        listener = await asyncio.get_running_loop().create_server(self._made, LOCALHOST, port)

        async def stop() -> None:
            listener.close()

        return stop

    def _made(self) -> Websocket:
        """Return the end of a connection that is being made."""
        socket = Websocket(PATH, MAX_MESSAGE_BYTES, self._meet, self._sockets.discard)
        self._sockets.add(socket)
        return socket

    def _meet(self, port: int) -> Client:
        """Return who answers a client that came in by a port."""
        return Client(Connection(self._lobby, port), self.has_quit)
