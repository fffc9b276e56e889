"""Where two clients of one game meet: in this process, or in the process of the client that hosts.

Both clients of a two-player game send the same `server_ports.game_port`, and nobody else has it: the port is the
name of the meeting. Who has created the game waits under that name and, where the other client runs its own
executable, listens on that port; who has not, looks here first and knocks there then.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from bridge.sc2.match import Match
from bridge.sc2.world import Worlds

log = logging.getLogger(__name__)

StopListening = Callable[[], Awaitable[None]]
"""Closes a port again."""

JOIN_S: Final = 60.0
"""How long a join of a two-player game waits for the other client: launching one takes seconds."""


class RequestError(Exception):
    """The whole request fails: its text is the response's `error`, and the state stays as it was."""


class Peer(Protocol):
    """The process where the game of a client's is, if it is another's."""

    async def exchange(self, data: bytes) -> bytes:
        """Send a request, return the bytes of its response.

        Raises:
            RequestError: the other process is gone.
        """
        ...

    async def close(self) -> None:
        """Hang up; idempotent."""
        ...


@dataclass(slots=True)
class Lobby:
    """What the connections of one server share.

    Attributes:
        worlds: where games come from.
        waiting: matches that wait for a client, by game port.
        join_s: how long a join waits.
        default_map: what a client plays that joins without having created a game; "" refuses that.
        default_opponent: race and difficulty of the game's own player there.
        is_realtime: whether that game goes on by itself.
        seed: of the first such game; every next one has the next.
        open_port: lets clients of other processes come in by one more port.
        call: connects to the process that hosts at a port.
    """

    worlds: Worlds
    waiting: dict[int, Match] = field(default_factory=dict)
    join_s: float = JOIN_S
    default_map: str = ""
    default_opponent: tuple[int, int] = (4, 2)
    is_realtime: bool = False
    seed: int = 0
    open_port: Callable[[int], Awaitable[StopListening]] | None = None
    call: Callable[[int], Awaitable[Peer | None]] | None = None

    def next_seed(self) -> int:
        """Return the seed of the next game that nobody gave one."""
        self.seed += 1
        return self.seed - 1

    async def listen(self, port: int) -> StopListening | None:
        """Let another process's client come in by a port; None where that cannot be."""
        if self.open_port is None:
            return None
        try:
            return await self.open_port(port)
        except OSError as error:
            log.warning("port %d of a two-player game is taken (%s): only clients of this server can join", port, error)
            return None

    async def knock(self, port: int) -> Peer | None:
        """Return the process that hosts a game at a port, None if nobody answers there."""
        return None if self.call is None else await self.call(port)
