"""What a trainer can ask of a runner."""

from __future__ import annotations

from enum import IntEnum


class Request(IntEnum):
    """One turn's errand; fits in two bits."""

    RESET = 1
    STEP = 2
