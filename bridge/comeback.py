"""How a lost process comes back while the others play on: a little further at every look, never waiting.

    RESTING --rest over: launched--> STARTING --hello: attached, first episodes named--> LOADING --ready--> plays

The games of LOADING start their episodes out of the trainer's sight; one last request shows them.
"""

from __future__ import annotations

import time
from enum import Enum

from bridge.deadline import Deadline


class Stage(Enum):
    """How far a lost process has come back."""

    RESTING = "RESTING"
    STARTING = "STARTING"
    LOADING = "LOADING"


class Comeback:
    """The way back of one lost process.

    Attributes:
        stage: how far it has come.
        due_s: `time.monotonic()` seconds at which its rest is over.
        deadline: of STARTING and LOADING together; set when it is launched.
    """

    def __init__(self, rest_s: float) -> None:
        """Begin to rest.

        Args:
            rest_s: seconds.
        """
        self.stage = Stage.RESTING
        self.due_s = time.monotonic() + rest_s
        self.deadline = Deadline(self.due_s, 0.0)

    @property
    def rest_left_s(self) -> float:
        """Seconds of rest that are left, never negative."""
        return max(0.0, self.due_s - time.monotonic()) if self.stage is Stage.RESTING else 0.0
