"""Checks of the options that an observation or an action takes: what is unknown or wrong is refused by one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bridge.errors import ConfigError
from bridge.userfiles import nearest


class Options:
    """The options that a user gave for one observation or action; each is asked for once, `finish` refuses the rest."""

    def __init__(self, what: str, name: str, given: Mapping[str, Any] | None) -> None:
        """Take the user's values.

        Args:
            what: the keyword, `observation_options`.
            name: of the observation or action that they are for.
            given: values by name; None for none.

        Raises:
            ConfigError: it is no mapping.
        """
        if given is not None and not isinstance(given, Mapping):
            raise ConfigError(f"{what} {given!r}: allowed: a mapping of option names to values, or None")
        self._what = what
        self._name = name
        self._given = dict(given or {})
        self._known: list[str] = []

    def integer(self, key: str, otherwise: int, least: int, most: int) -> int:
        """Return an integer option.

        Raises:
            ConfigError: not an integer from `least` to `most`.
        """
        value = self._take(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._refused(key, value, f"an integer from {least} to {most}")
        return value

    def one_of(self, key: str, otherwise: int, allowed: Sequence[int]) -> int:
        """Return an option that is one of a few integers.

        Raises:
            ConfigError: anything else.
        """
        value = self._take(key, otherwise)
        if isinstance(value, bool) or value not in allowed:
            raise self._refused(key, value, " or ".join(map(str, allowed)))
        return int(value)

    def pair(self, key: str, otherwise: tuple[int, int], least: int, most: int) -> tuple[int, int]:
        """Return an option of two integers; one integer stands for two equal ones.

        Raises:
            ConfigError: something else, or out of range.
        """
        value = self._take(key, otherwise)
        both = (value, value) if isinstance(value, int) else value
        is_pair = isinstance(both, Sequence) and not isinstance(both, str) and len(both) == 2
        if not is_pair or any(isinstance(one, bool) or not isinstance(one, int) for one in both):
            raise self._refused(key, value, "an integer, or two")
        if not all(least <= one <= most for one in both):
            raise self._refused(key, value, f"integers from {least} to {most}")
        return (int(both[0]), int(both[1]))

    def number(self, key: str, otherwise: float, least: float, most: float) -> float:
        """Return a float option.

        Raises:
            ConfigError: not a number from `least` to `most`.
        """
        value = self._take(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise self._refused(key, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def flag(self, key: str, otherwise: bool) -> bool:
        """Return an option that is True or False.

        Raises:
            ConfigError: something else.
        """
        value = self._take(key, otherwise)
        if not isinstance(value, bool):
            raise self._refused(key, value, "True or False")
        return value

    def names(
        self, key: str, otherwise: Sequence[str], known: Iterable[str], *, may_be_empty: bool = False
    ) -> tuple[str, ...]:
        """Return an option that lists names, each at most once, in the order given.

        Raises:
            ConfigError: an unknown name (with the nearest), a repeated one, or none where that is not allowed.
        """
        allowed = list(known)
        value = self._take(key, tuple(otherwise))
        if isinstance(value, str) or not isinstance(value, Sequence) or not (value or may_be_empty):
            raise self._refused(key, value, f"a list of names among {', '.join(allowed)}")
        for one in value:
            if one not in allowed:
                raise ConfigError(f"{self._what} {key!r}: unknown name {one!r}{nearest(str(one), allowed)}")
        if len(set(value)) != len(value):
            raise self._refused(key, list(value), "each name once")
        return tuple(value)

    def has(self, key: str) -> bool:
        """Say whether the user gave this option."""
        return key in self._given

    def finish(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            ConfigError: an unknown option, with the nearest known one.
        """
        for key in self._given:
            if key not in self._known:
                hint = nearest(str(key), self._known) if self._known else ": it takes none"
                raise ConfigError(f"{self._what} of {self._name!r}: unknown option {key!r}{hint}")

    def _take(self, key: str, otherwise: Any) -> Any:
        self._known.append(key)
        return self._given.get(key, otherwise)

    def _refused(self, key: str, value: object, allowed: str) -> ConfigError:
        return ConfigError(f"{self._what} {key!r}: got {value!r}; allowed: {allowed}")
