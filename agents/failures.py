"""When a run gives up: too many lost game processes in too short a time."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.errors import BridgeError
from bridge.failures import FailureLog


class TooManyFailuresError(BridgeError):
    """More game processes were lost in a time than the run's budget allows; the message sums them up."""


class FailureBudget:
    """Allows so many failures within so much time.

    Args:
        max_failures: a further one within the window ends the run.
        window_s: seconds that are looked back.
        logs: of all games of the run.
    """

    def __init__(self, max_failures: int, window_s: float, logs: Sequence[FailureLog]) -> None:
        self._max_failures = max_failures
        self._window_s = window_s
        self._logs = list({id(log): log for log in logs}.values())
        self._seen = 0

    @property
    def failures(self) -> int:
        """Lost processes since the start."""
        return sum(log.total for log in self._logs)

    @property
    def restarts(self) -> int:
        """Lost processes that were started again."""
        return sum(log.restarts for log in self._logs)

    def check(self) -> None:
        """Compare the failures with what is allowed; cheap while there are no new ones.

        Raises:
            TooManyFailuresError: the budget is spent.
        """
        if self.failures == self._seen:
            return
        self._seen = self.failures
        recent = sum(log.recent(self._window_s) for log in self._logs)
        if recent > self._max_failures:
            summaries = "; ".join(log.summary() for log in self._logs if log.total)
            last = max((log.last for log in self._logs if log.last is not None), key=lambda failure: failure.at_s)
            raise TooManyFailuresError(
                f"{recent} game processes were lost within {self._window_s:g} s, env.max_failures allows "
                f"{self._max_failures}: {summaries}\n--- the last failure in full ---\n{last.text}"
            )
