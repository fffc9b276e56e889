"""Commands as a program writes them (`[code, number, ...]`), and what the server's statuses mean in words."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final, SupportsIndex, cast

from bridge.torchcraft import constants
from bridge.torchcraft.errors import CommandError
from bridge.torchcraft.messages import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INT32_MIN: Final = -(1 << 31)
INT32_MAX: Final = (1 << 31) - 1

_ONLY_INT: Final = frozenset((int,))

BWAPI_ERROR: Final = 64
"""A status from here on holds the engine's reason: 64 + its error number."""

MEANINGS: Final = {
    0: "done",
    -1: "an unknown error",
    -2: "no such command",
    -3: "arguments are missing",
    -4: "too many commands in one message",
    -5: "no unit has that id",
    -6: "it would disturb an attack",
    -7: "the game is no OpenBW",
    -8: "no player has that id",
    -9: "the engine refused",
}


def parse_commands(commands: Iterable[Sequence[object]]) -> tuple[Command, ...]:
    """Return commands as messages hold them.

    Args:
        commands: each `[code, number, ...]` or `[code, text, number, ...]`, text or UTF-8 bytes.

    Raises:
        CommandError: one is empty, no list, or holds what is no 32-bit number.

    Example:
        >>> parse_commands([[12, "Maps/m5v5_c_far.scm", 0]])
        (Command(code=12, args=(0,), str='Maps/m5v5_c_far.scm'),)
    """
    if isinstance(commands, str | bytes):
        raise CommandError(f"send({commands!r}): must be a list of commands")
    return tuple(_parse(place, command) for place, command in enumerate(commands))


def _parse(place: int, command: Sequence[object]) -> Command:
    if type(command) is list and command and _ONLY_INT.issuperset(map(type, command)):  # nearly always
        numbers = cast("list[int]", command)
        if min(numbers) >= INT32_MIN and max(numbers) <= INT32_MAX:
            return Command(code=numbers[0], args=tuple(numbers[1:]))
    if isinstance(command, str | bytes) or not hasattr(command, "__len__"):
        raise CommandError(f"command {place}, {command!r}: must be a list [code, number, ...]")
    if not len(command):
        raise CommandError(f"command {place}: is empty; a command is [code, number, ...]")
    code, *rest = command
    text = ""
    if rest and isinstance(rest[0], str | bytes):
        first = rest.pop(0)
        try:
            text = first if isinstance(first, str) else bytes(first).decode("utf-8")  # type: ignore[call-overload]
        except UnicodeDecodeError as error:
            raise CommandError(f"command {place}, {command!r}: its text is not UTF-8") from error
    return Command(
        code=_int32(place, command, code), args=tuple(_int32(place, command, value) for value in rest), str=text
    )


def _int32(place: int, command: Sequence[object], value: object) -> int:
    if type(value) is int and INT32_MIN <= value <= INT32_MAX:  # nearly always; asking a protocol takes 10 us
        return value
    try:
        number = operator.index(value) if isinstance(value, SupportsIndex) else None
    except TypeError:  # an array of one number claims to be one
        number = None
    if number is None:
        raise CommandError(f"command {place}, {list(command)!r}: {value!r} is no whole number")
    if not INT32_MIN <= number <= INT32_MAX:
        raise CommandError(f"command {place}, {list(command)!r}: {value!r} has more than 32 bits")
    return number


def describe_status(status: int) -> str:
    """Say in words what became of a command.

    Args:
        status: as in `Client.last_commands_status`.

    Example:
        >>> describe_status(75)
        'the engine refused: Insufficient_Minerals (75)'
        >>> describe_status(-3)
        'arguments are missing (-3)'
    """
    if status >= BWAPI_ERROR:
        names = {number: name for name, number in constants.BWAPI_ERRORS.items()}
        return f"the engine refused: {names.get(status - BWAPI_ERROR, 'unknown reason')} ({status})"
    return f"{MEANINGS.get(status, 'unknown status')} ({status})"
