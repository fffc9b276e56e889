"""The server without a socket: what `sc2.client.Client` takes for a websocket, with the answers made at once."""

from __future__ import annotations

import collections

from bridge.sc2.connection import Connection
from bridge.sc2.lobby import Lobby


class InProcessSocket:
    """The part of aiohttp's client websocket that python-sc2 uses, over a connection in this process."""

    def __init__(self, lobby: Lobby) -> None:
        """Connect.

        Args:
            lobby: of the server.
        """
        self._connection = Connection(lobby)
        self._requests: collections.deque[bytes] = collections.deque()
        self.closed = False

    async def send_bytes(self, data: bytes) -> None:
        """Take a request."""
        if self.closed:
            raise ConnectionResetError("the connection is closed")
        self._requests.append(data)

    async def receive_bytes(self) -> bytes:
        """Answer the oldest request."""
        return await self._connection.answer(self._requests.popleft())

    async def close(self) -> None:
        """Leave the game; idempotent."""
        self.closed = True
        await self._connection.close()
