"""What a trainer can ask of a game process."""

from __future__ import annotations

from enum import IntEnum


class Request(IntEnum):
    """One turn's errand; fits in two bits."""

    RESET = 1
    STEP = 2
    SHOW = 3
    """Show the first episodes, which the game started while it attached, in the trainer's arrays."""
