"""What does not hold yet, by name and with the reason: each such test is expected to fail, and must.

A row or recording that starts to hold makes its test fail until it is struck from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_CROWDED = (
    "up to 12 workers every rate is the recorded one; where fields are crowded who waits for whom is chaotic, "
    "and one of the larger counts lies outside"
)
_GAS = "the recording does not say who is sent to the refinery, so how much is mined from then on differs by 2 to 3 %"

_MINED = "what is mined from then on differs by up to 1.5 %, and 1 % is allowed"

ROWS_NOT_HELD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "O066": f"27 SCVs: {_CROWDED}",
        "O067": f"24 probes: {_CROWDED}",
        "O070": f"25 SCVs: {_CROWDED}",
        "O101": _GAS,
        "O102": f"one builder walks another way, so a barracks begins a frame early: {_MINED}",
        "O107": f"the probe that builds meets other miners on its way, so a gateway begins 29 frames early: {_MINED}",
    }
)
"""Oracle rows, by id."""

TRACES_NOT_HELD: Final[Mapping[str, str]] = MappingProxyType({})
"""Recordings, by name."""
