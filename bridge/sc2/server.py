"""The websocket: `ws://HOST:PORT/sc2api`, one connection per client.

Whatever a client does, the server serves on. Frames may be binary (python-sc2) or text whose bytes are no UTF-8 (PySC2
and SMAC); answers are always binary, in the order of the requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from aiohttp import web

from bridge.sc2.connection import Connection
from bridge.sc2.lobby import Lobby, RequestError, StopListening
from bridge.sc2.states import NOT_IN_GAME, Status

log = logging.getLogger(__name__)

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
        app = web.Application()
        app.router.add_get(PATH, self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._sockets: set[web.WebSocketResponse] = set()
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
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self.port

    async def close(self) -> None:
        """Hang up on everybody and close the port; idempotent."""
        for socket in list(self._sockets):
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(SHUTDOWN_S):
                    await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
        await self._runner.cleanup()

    async def _open_port(self, port: int) -> StopListening:
        site = web.TCPSite(self._runner, LOCALHOST, port)
        await site.start()
        return site.stop

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(decode_text=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        self._sockets.add(socket)
        place = request.transport.get_extra_info("sockname") if request.transport is not None else None
        connection = Connection(self._lobby, place[1] if place else 0)
        try:
            async for data in _messages(socket):
                await socket.send_bytes(await connection.answer(data))
                if connection.status is Status.QUIT:
                    self.has_quit.set()
                    break
        except ConnectionError as error:
            log.info("a client hung up within a request: %s", error)
        finally:
            self._sockets.discard(socket)
            await connection.close()
        with contextlib.suppress(ConnectionError):
            await socket.close()
        return socket


async def _messages(socket: web.WebSocketResponse) -> AsyncIterator[bytes]:
    """Yield what the client sends, of either kind, until it hangs up."""
    async for message in socket:
        if message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT):
            yield message.data if isinstance(message.data, bytes) else str(message.data).encode()
        elif message.type is aiohttp.WSMsgType.ERROR:
            log.info("a client's frame was none: %s", socket.exception())
            return
