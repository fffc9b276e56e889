"""What a request's function knows of the client that sent it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bridge.sc2.lobby import Lobby, Peer, RequestError
from bridge.sc2.match import Match, Seat
from bridge.sc2.states import NOT_IN_GAME, Status


@dataclass(slots=True)
class Client:
    """One connection.

    Attributes:
        lobby: shared by all connections of a server.
        status: where it stands.
        match: the game that it has created or joined.
        seat: its place there.
        peer: where its requests go instead.
        local_port: the port that it came in by.
    """

    lobby: Lobby
    local_port: int = 0
    status: Status = Status.LAUNCHED
    match: Match | None = None
    seat: Seat | None = None
    peer: Peer | None = None

    def playing(self) -> tuple[Match, Seat]:
        """Return the game and the place in it.

        Raises:
            RequestError: there is none.
        """
        if self.match is None or self.seat is None:
            raise RequestError(NOT_IN_GAME)
        return self.match, self.seat

    def look(self) -> None:
        """Take note of the game's end."""
        if self.match is not None and self.status is Status.IN_GAME and self.match.results is not None:
            self.status = Status.ENDED

    def leave(self) -> None:
        """Give up the game, if there is one."""
        if self.match is not None:
            if self.seat is not None:
                self.match.leave(self.seat)
            elif not self.match.seats:
                self.match.close()
            for port, match in list(self.lobby.waiting.items()):
                if match is self.match:
                    del self.lobby.waiting[port]
        self.match = self.seat = None


Handler = Callable[[Client, Any, bytes], Awaitable[bytes]]
"""Takes the client, the kind's own message and the whole request's bytes; returns the bytes of the kind's response."""

__all__ = ["Client", "Handler", "RequestError"]
