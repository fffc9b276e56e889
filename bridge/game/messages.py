"""Messages on the socket between trainer and game process: bytes to values and back, no input or output.

A message is a 4-byte big-endian length and so many bytes of JSON: an object with a `type`. Steps never travel here.

    game -> trainer    hello {protocol, pid, rules, arrays}, ready, failure {error, text, traceback, log, frame}
    trainer -> game    attach {first_row, total_rows, digest, episodes}, close

A failure's `log` is the last lines of what the session plays on (a server), "" where the game's own log tells more.

`episodes` is null, or [seed, number] of each row: then the game starts these episodes before it says `ready`, out of
the trainer's sight, and shows them when it is asked to (a lost game comes back while the others play).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.lib import format as numpy_format

from bridge.layout import ArraySpec

PROTOCOL_VERSION: Final = 3
"""Raised whenever a message or the turn's words change their meaning."""

MAX_MESSAGE_BYTES: Final = 1 << 20
"""A hello of some hundred arrays is 20 KB; anything beyond this is no message of ours."""

MAX_TEXT_CHARS: Final = 16_000
"""Longest traceback or error text that a failure carries: its end, where the cause is named."""

_LENGTH: Final = struct.Struct("!I")

Message = dict[str, Any]

TYPES: Final[Mapping[str, Mapping[str, type | tuple[type, ...]]]] = {
    "hello": {"protocol": int, "pid": int, "rules": str, "arrays": list},
    "ready": {},
    "failure": {"error": str, "text": str, "traceback": str, "log": str, "frame": int},
    "attach": {"first_row": int, "total_rows": int, "digest": str, "episodes": (list, type(None))},
    "close": {},
}
"""Fields of each type and their JSON types."""


class MessageError(ValueError):
    """The bytes are no message; the caller turns this into its own error."""


def pack(type_: str, **fields: Any) -> bytes:
    """Return a message's bytes.

    Args:
        type_: one of `TYPES`.
        **fields: its fields.
    """
    body = json.dumps({"type": type_, **fields}).encode()
    return _LENGTH.pack(len(body)) + body


class MessageReader:
    """Cuts a stream of bytes into messages, whatever pieces it arrives in."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take bytes and yield the messages that are complete.

        Args:
            data: any number of bytes.

        Raises:
            MessageError: they cannot be the beginning of a message.
        """
        buffer = self._buffer
        buffer += data
        while len(buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer)
            if length > MAX_MESSAGE_BYTES:
                raise MessageError(f"a message of {length} bytes; allowed: at most {MAX_MESSAGE_BYTES}")
            if len(buffer) < _LENGTH.size + length:
                return
            body = bytes(buffer[_LENGTH.size : _LENGTH.size + length])
            del buffer[: _LENGTH.size + length]
            yield _checked(body)


def _checked(body: bytes) -> Message:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:  # a UnicodeDecodeError is a ValueError
        raise MessageError(f"no JSON: {body[:40]!r}") from error
    type_ = message.get("type") if isinstance(message, dict) else None
    if not isinstance(type_, str) or type_ not in TYPES:
        raise MessageError(f"message {str(message)[:80]!r}; allowed: an object of type {', '.join(TYPES)}")
    for name, allowed in TYPES[type_].items():
        if not isinstance(message.get(name), allowed):
            raise MessageError(f"{type_}.{name}: got {message.get(name)!r}; allowed: {allowed}")
    checked: Message = message
    return checked


def specs_to_json(arrays: Mapping[str, ArraySpec]) -> list[Any]:
    """Return array specs as JSON values; order is kept.

    Args:
        arrays: specs by name.
    """
    return [[name, list(spec.shape), numpy_format.dtype_to_descr(spec.dtype)] for name, spec in arrays.items()]


def specs_from_json(values: list[Any]) -> dict[str, ArraySpec]:
    """Read what `specs_to_json` wrote.

    Args:
        values: decoded JSON.

    Raises:
        MessageError: it is something else.
    """
    specs: dict[str, ArraySpec] = {}
    try:
        for name, shape, descr in values:
            dtype = numpy_format.descr_to_dtype(_tuples(descr))
            if not isinstance(name, str) or dtype.hasobject or any(size < 0 for size in shape):
                raise MessageError(f"array {name!r} of shape {shape!r} and dtype {dtype}")
            specs[name] = ArraySpec(shape=tuple(int(size) for size in shape), dtype=np.dtype(dtype))
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise MessageError(f"array specs: {error}") from error
    return specs


def _tuples(descr: Any) -> Any:
    """Give the fields of a structured dtype back the tuples that JSON turned into lists."""
    if isinstance(descr, str):
        return descr
    return [(field[0], _tuples(field[1]), *(tuple(shape) for shape in field[2:])) for field in descr]
