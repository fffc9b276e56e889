"""Ctrl-C: once to finish cleanly, twice to leave at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Final

EXIT_INTERRUPTED: Final = 130
"""What shells report for a program ended by Ctrl-C."""


class Interrupt:
    """Within the context, the first SIGINT or SIGTERM sets `is_set`; the second raises KeyboardInterrupt.

    Args:
        message: printed to stderr at the first signal.
    """

    def __init__(self, message: str) -> None:
        self.is_set = False
        self._message = message
        self._before: dict[int, signal.Handlers | int | None] = {}

    def __enter__(self) -> Interrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._handle)  # type: ignore[assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> bool:
        """Say whether a signal came."""
        return self.is_set

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.is_set:
            raise KeyboardInterrupt
        self.is_set = True
        with contextlib.suppress(OSError, ValueError):  # there is no such file, or nobody reads it
            # Not through Python's buffer: the signal may have come while it was being written.
            os.write(sys.stderr.fileno(), f"\n{self._message}\n".encode())
