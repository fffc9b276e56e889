"""Which request is answered in which state of a connection.

    launched ──create_game──► init_game ──join_game──► in_game ──end──► ended ──leave_game──► launched
        └────────────────join_game (second client)────────►  ◄──restart_game──┘
                                         any ──quit──► quit

A request that fails leaves the state as it was.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """The API's own numbers."""

    LAUNCHED = 1
    INIT_GAME = 2
    IN_GAME = 3
    IN_REPLAY = 4
    ENDED = 5
    QUIT = 6


_GAME: Final = frozenset({Status.IN_GAME, Status.ENDED})
_ANY: Final = frozenset(Status)

ALLOWED: Final[dict[str, frozenset[Status]]] = {
    "create_game": frozenset({Status.LAUNCHED, Status.IN_GAME, Status.ENDED}),
    "join_game": frozenset({Status.LAUNCHED, Status.INIT_GAME}),
    "restart_game": _GAME,
    "leave_game": frozenset({Status.LAUNCHED, Status.INIT_GAME, Status.IN_GAME, Status.ENDED}),
    "quit": _ANY,
    "game_info": _GAME,
    "observation": _GAME,
    "action": frozenset({Status.IN_GAME}),
    "step": _GAME,  # after the end it is answered and does nothing: PySC2 steps once more
    "data": _GAME,
    "query": _GAME,
    "save_replay": _GAME,
    "debug": frozenset({Status.IN_GAME}),
    "ping": _ANY,
    "available_maps": _ANY,
    "save_map": _ANY,
}
"""Kinds of requests that there are, and where they are allowed."""

GAME_ENDED: Final = "Game has already ended"
NOT_IN_GAME: Final = "Not in a game"
"""Texts that clients look for (PROTOCOL 2)."""


def refusal(kind: str, status: Status) -> str:
    """Return why a request is not answered now; "" if it is.

    Args:
        kind: field of Request.
        status: of the connection.
    """
    allowed = ALLOWED.get(kind)
    if allowed is None:
        return f"{kind} is not supported; supported: {', '.join(ALLOWED)}"
    if status in allowed:
        return ""
    if status is Status.ENDED:
        return GAME_ENDED
    if Status.IN_GAME in allowed and Status.LAUNCHED not in allowed:
        return NOT_IN_GAME
    names = ", ".join(sorted(state.name.lower() for state in allowed))
    return f"{kind} is not allowed in status {status.name.lower()}; allowed: {names}"
