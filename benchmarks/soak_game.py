"""The games of `benchmarks.soak`: the embedded engine in a process that hangs on SIGUSR1."""

from __future__ import annotations

import signal
import time
from types import FrameType

from bridge.embedded import EmbeddedSession
from bridge.spec import GameSpec


def hang(number: int, frame: FrameType | None) -> None:
    """Never return: the event loop stands still, like in a game that waits for something that does not come."""
    time.sleep(1_000_000)


def make_session(spec: GameSpec) -> EmbeddedSession:
    """Return the games, in a process that can be told to hang.

    Args:
        spec: what is played.
    """
    signal.signal(signal.SIGUSR1, hang)
    return EmbeddedSession.from_spec(spec)
