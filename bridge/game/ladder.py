"""How processes are stopped: ask, SIGTERM, SIGKILL, reap, each rung bounded, all processes side by side."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar

from bridge.deadline import Deadline

ASK_SHARE: Final = 0.4
"""Part of a stop's time in which the game may leave by itself."""

TERM_SHARE: Final = 0.7
"""Until this part of the time it may leave on SIGTERM; then it is killed."""


class Stoppable(Protocol):
    """What the ladder needs of a process."""

    def ask_to_leave(self) -> None:
        """First rung."""
        ...

    def signal_group(self, number: signal.Signals) -> None:
        """Second rung: a signal to the process and what it started."""
        ...

    def kill(self) -> None:
        """Last rung, without waiting."""
        ...

    def reap(self) -> bool:
        """Say whether the process is gone, and take its exit status."""
        ...


P = TypeVar("P", bound=Stoppable)


def stop_all(processes: Iterable[P], deadline: Deadline) -> list[P]:
    """Stop processes side by side by the ladder: ask, TERM, KILL, reap; each rung is bounded.

    Args:
        processes: running or not.
        deadline: for all rungs together.

    Returns:
        Those that outlived even SIGKILL (a process in an uninterruptible system call); usually none.
    """
    left = list(processes)
    total_s = deadline.remaining_s()
    rungs: tuple[tuple[Callable[[P], None], float], ...] = (
        (lambda process: process.ask_to_leave(), ASK_SHARE),
        (lambda process: process.signal_group(signal.SIGTERM), TERM_SHARE),
        (lambda process: process.kill(), 1.0),
    )
    for act, share in rungs:
        for process in left:
            act(process)
        until = Deadline(deadline.at_s - (1.0 - share) * total_s, total_s)
        left = [process for process in left if not process.reap()]
        pause_s = 0.0005
        while left and not until.has_passed():
            time.sleep(pause_s)
            pause_s = min(0.02, pause_s * 1.5)
            left = [process for process in left if not process.reap()]
        if not left:
            break
    return left
