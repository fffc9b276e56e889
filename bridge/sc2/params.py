"""What users say about a game behind the API, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bridge.errors import ConfigError

RACES: Final = ("terran", "zerg", "protoss", "random")
"""In the order of the API's numbers, from 1."""

DIFFICULTIES: Final = (
    *("veryeasy", "easy", "medium", "mediumhard", "hard", "harder", "veryhard"),
    *("cheatvision", "cheatmoney", "cheatinsane"),
)
"""In the order of the API's numbers, from 1."""


def computer(name: str) -> tuple[int, int] | None:
    """Return race and difficulty of `race:difficulty`, None of another name.

    Example:
        >>> computer("zerg:hard"), computer("attack_move")
        ((2, 5), None)
    """
    race, _, difficulty = name.partition(":")
    if race not in RACES or difficulty not in DIFFICULTIES:
        return None
    return RACES.index(race) + 1, DIFFICULTIES.index(difficulty) + 1


def choice_of(params: dict[str, Any], name: str, known: Sequence[object]) -> int:
    """Return which of the known values a parameter has; the first one where it is not given.

    Raises:
        ConfigError: another value.
    """
    value = params.get(name, known[0])
    if value not in known:
        raise ConfigError(f"backend_params: {name}: got {value!r}; allowed: {', '.join(map(repr, known))}")
    return known.index(value)


def address_of(text: object) -> tuple[str, int] | None:
    """Return host and port of `host:port`, None of None.

    Raises:
        ConfigError: another form.
    """
    if text is None:
        return None
    host, colon, port = str(text).rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ConfigError(f"server {text!r}: allowed: host:port, as in 'localhost:5000'")
    return host, int(port)


def seconds_of(params: dict[str, Any], name: str, usual: float) -> float:
    """Return a parameter that is a time.

    Raises:
        ConfigError: no number above 0.
    """
    value = params.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ConfigError(f"backend_params: {name}: got {value!r}; allowed: seconds > 0")
    return float(value)
