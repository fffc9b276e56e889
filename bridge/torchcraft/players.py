"""Who plays, and where on the map they may begin, as a handshake tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNKNOWN_RACE: Final = 8


@dataclass(slots=True)
class Position:
    """A place on the map, in walk tiles."""

    x: int = 0
    y: int = 0


@dataclass(slots=True)
class PlayerInfo:
    """Who plays.

    Attributes:
        id: the player's.
        race: `Constants.races`; 8 is unknown.
        name: as the game shows it.
        is_enemy: whether he is an enemy of the own player.
        has_left: whether the server said so (TorchCraft's Python does not show it).
    """

    id: int = 0
    race: int = UNKNOWN_RACE
    name: str = ""
    is_enemy: bool = False
    has_left: bool = False
