"""One deadline per public call, handed down: no level starts a fresh time-out of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which a call must have returned.

    Attributes:
        at_s: `time.monotonic()` seconds.
        timeout_s: what the caller allowed, for messages.
    """

    at_s: float
    timeout_s: float

    @staticmethod
    def after(timeout_s: float) -> Deadline:
        """Return the deadline `timeout_s` seconds from now."""
        return Deadline(time.monotonic() + timeout_s, timeout_s)

    def remaining_s(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self.at_s - time.monotonic())

    def has_passed(self) -> bool:
        """Say whether no time is left."""
        return time.monotonic() >= self.at_s
