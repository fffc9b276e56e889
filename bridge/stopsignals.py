"""Ctrl-C and SIGTERM as something that a loop can wait for.

A handler that raises is no way to end a loop that sleeps in a system call: a signal that arrives just before the call,
or in another thread, does not wake it, and one that arrives in a destructor is printed and forgotten. Python's wake-up
descriptor has neither fault.
"""

from __future__ import annotations

import signal
import socket
from types import FrameType, TracebackType
from typing import Final, Self

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Within the context, SIGINT and SIGTERM make `descriptor` readable and do nothing else.

    Other signals that Python handles (an alarm of somebody's) make it readable too: `first` tells them apart.
    Only in the main thread. Not for work that never looks at the descriptor: it could not be stopped.
    """

    def __init__(self) -> None:
        """Make the descriptor; signals are as before until the context is entered."""
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._before: dict[int, object] = {}
        self._wakeup = -1
        self._first: signal.Signals | None = None

    @property
    def descriptor(self) -> int:
        """What a loop waits for: a socket that is readable until `first` has looked at every signal."""
        return self._reading.fileno()

    def first(self) -> signal.Signals | None:
        """Return the stop signal that came first, None if none came; other signals are taken note of no longer."""
        while self._first is None:
            try:
                data = self._reading.recv(4096)
            except BlockingIOError:
                break
            self._first = next((signal.Signals(number) for number in data if number in STOP_SIGNALS), None)
        return self._first

    def __enter__(self) -> Self:
        self._wakeup = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            self._before[number] = signal.signal(number, _take_note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._wakeup)
        self._reading.close()
        self._writing.close()


def _take_note(number: int, frame: FrameType | None) -> None:
    """Do nothing: the interpreter has written the number to the wake-up descriptor already."""
