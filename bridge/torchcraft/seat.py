"""One client of a host, as far as the protocol goes: where he stands and what he was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from bridge.torchcraft.execution import Settings
from bridge.torchcraft.messages import ServerMessage, WireFrame
from bridge.torchcraft.reports import PROTOCOLS


class Phase(Enum):
    """Where a seat stands."""

    WAITING = auto()
    SET_UP = auto()
    PLAYING = auto()
    OVER = auto()


@dataclass(slots=True, kw_only=True)
class Seat:
    """One client.

    Attributes:
        player: the number that he plays.
        phase: where he stands.
        settings: what he has chosen.
        has_request: he waits for an answer.
        must_send: the frame as it is has to go out before the game goes on.
        farewell: what his next requests are answered with, whatever they say.
        sent: the frame that he was told last; None makes the next one whole.
        combined: game frames folded since then.
        battle_frames: since the battle began.
        told_battle_frames: the same, as of the last frame shown.
        is_ended: the last frame shown was one without a battle.
        has_sent_end: he was told that the battle is over.
        statuses: of his last commands.
        uid: of his last handshake.
        protocol: 30 or 31.
        is_micro: he plays battles.
    """

    player: int
    settings: Settings
    phase: Phase = Phase.WAITING
    has_request: bool = False
    must_send: bool = False
    farewell: list[ServerMessage] = field(default_factory=list)
    sent: WireFrame | None = None
    combined: int = 0
    battle_frames: int = 0
    told_battle_frames: int = 0
    is_ended: bool = False
    has_sent_end: bool = False
    statuses: list[int] = field(default_factory=list)
    uid: str | None = None
    protocol: int = PROTOCOLS[0]
    is_micro: bool = False
