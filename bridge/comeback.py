"""How a lost process comes back while the others play on: a little further at every look, never waiting.

    RESTING --rest over: launched--> STARTING --hello: attached, first episodes named--> LOADING --ready--> plays

The games of LOADING start their episodes out of the trainer's sight; one last request shows them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from enum import Enum

from bridge.channels.base import GameChannel
from bridge.deadline import Deadline
from bridge.errors import GameFailedError, GameProtocolError
from bridge.layout import Layout


class Stage(Enum):
    """How far a lost process has come back."""

    RESTING = "RESTING"
    STARTING = "STARTING"
    LOADING = "LOADING"


class Comeback:
    """The way back of one lost process.

    Attributes:
        error: why it was lost.
        stage: how far it has come.
    """

    def __init__(self, error: GameFailedError, rest_s: float) -> None:
        """Begin to rest.

        Args:
            error: why it was lost.
            rest_s: seconds.
        """
        self.error = error
        self.stage = Stage.RESTING
        self._due_s = time.monotonic() + rest_s
        self._deadline = Deadline(self._due_s, 0.0)

    @property
    def rest_left_s(self) -> float:
        """Seconds of rest that are left, never negative."""
        return max(0.0, self._due_s - time.monotonic()) if self.stage is Stage.RESTING else 0.0

    def launch(self, part: GameChannel, timeout_s: float) -> None:
        """Start a fresh process; what goes wrong with that is raised by `advance`.

        Args:
            part: its channel, not started yet.
            timeout_s: until it must be ready.
        """
        self.stage = Stage.STARTING
        self._deadline = Deadline.after(timeout_s)
        with contextlib.suppress(GameFailedError):
            part.start()

    def advance(
        self, part: GameChannel, layout: Layout, attach: Callable[[], None], deadline: Deadline | None = None
    ) -> bool:
        """Go as far as is possible without waiting; say whether the process is ready for requests.

        Args:
            part: the launched channel.
            layout: of the pool's arrays.
            attach: attaches the channel to its rows of them.
            deadline: of somebody who waits; None: the comeback's own.

        Raises:
            GameFailedError: the fresh process is lost, too.
        """
        if part.error is not None:
            raise part.error
        until = deadline or self._deadline
        if self.stage is Stage.STARTING:
            specs = part.poll_started(until)
            if specs is None:
                return False
            theirs = Layout(rows=layout.rows, arrays=dict(specs)).digest()
            if theirs != layout.digest():
                detail = f"layout {theirs}; allowed: {layout.digest()}, that of the process before it"
                raise part.fail(GameProtocolError(part.name, part.pid, -1, detail))
            attach()
            self.stage = Stage.LOADING
        return part.poll_attached(until)
