"""What has gone wrong with the games so far, and how long a lost one rests before it is started again."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from bridge.errors import GameFailedError
from bridge.timeouts import Timeouts

REMEMBERED: Final = 10_000
"""Failures whose time is kept; more than any budget allows."""

KINDS: Final = {
    "GameCrashedError": "crashed",
    "GameTimeoutError": "timed out",
    "GameProtocolError": "broke the protocol",
}
"""What each type of error is called in a summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One lost process; holds no exception, whose traceback would keep arrays alive.

    Attributes:
        at_s: `time.monotonic()` seconds.
        kind: a value of `KINDS`.
        headline: what, where, why, in one line.
        text: the whole error, with remote traceback and log tail.
    """

    at_s: float
    kind: str
    headline: str
    text: str


class FailureLog:
    """Counts lost processes and restarts.

    Attributes:
        restarts: lost processes whose games play again.
        last: the latest failure, None if there was none.
        kinds: failures by kind (`KINDS`).
    """

    def __init__(self) -> None:
        self.restarts = 0
        self.last: Failure | None = None
        self.kinds: Counter[str] = Counter()
        self._times_s: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def total(self) -> int:
        """Failures since the start."""
        return self.kinds.total()

    def record(self, error: GameFailedError) -> None:
        """Count a lost process.

        Args:
            error: why it was lost.
        """
        kind = KINDS.get(type(error).__name__, type(error).__name__)
        self.last = Failure(at_s=time.monotonic(), kind=kind, headline=error.headline, text=str(error))
        self.kinds[kind] += 1
        self._times_s.append(self.last.at_s)

    def recent(self, window_s: float) -> int:
        """Return how many failures lie in the last so many seconds."""
        since_s = time.monotonic() - window_s
        return sum(at_s >= since_s for at_s in self._times_s)

    def summary(self) -> str:
        """Return one line: how many, of which kinds, how many restarts, and the last error.

        >>> FailureLog().summary()
        'no game process was lost'
        """
        if self.last is None:
            return "no game process was lost"
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.most_common())
        return f"{self.total} game processes lost ({kinds}), {self.restarts} restarted; the last: {self.last.headline}"


class Backoff:
    """How long one process rests before each start anew: not at all, then twice as long every time, up to a bound.

    After some time of quiet the next failure counts as the first again.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        """Begin with nothing to remember.

        Args:
            timeouts: `rest_s`, `max_rest_s`, `calm_s`.
        """
        self._timeouts = timeouts
        self._streak = 0
        self._failed_at_s = -float("inf")

    def rest_s(self, now_s: float) -> float:
        """Take note of a failure and return the seconds of rest that follow it.

        Args:
            now_s: `time.monotonic()` seconds.
        """
        timeouts = self._timeouts
        self._streak = self._streak + 1 if now_s - self._failed_at_s < timeouts.calm_s else 1
        self._failed_at_s = now_s
        if self._streak == 1:
            return 0.0
        doublings = min(self._streak - 2, 60)
        return min(timeouts.max_rest_s, timeouts.rest_s * 2.0**doublings)
