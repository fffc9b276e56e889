"""Protobuf bytes without message objects: a frame with two hundred units is written by columns, not field by field.

Two properties of the format carry this file. Messages merge: the bytes of two halves of a message, one after the other,
are the bytes of the whole. And a varint may be longer than it has to be (bytes with the continuation bit and nothing
else), so that a record whose values vary can still have the same length everywhere: a column of a byte matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["float", "bool", "u14", "u21", "u35"]
"""float: 4 bytes. bool: also a number below 128. u14, u21, u35: unsigned numbers of so many bits at most."""

WIRE_VARINT: Final = 0
WIRE_BYTES: Final = 2
WIRE_FIXED32: Final = 5

VARINT_BYTES: Final = {"bool": 1, "u14": 2, "u21": 3, "u35": 5}


def varint(value: int) -> bytes:
    """Return a number as a varint of the least length.

    Example:
        >>> varint(300).hex()
        'ac02'
    """
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def key(number: int, wire_type: int) -> bytes:
    """Return what stands before a field's value."""
    return varint(number << 3 | wire_type)


def nested(number: int, payload: bytes) -> bytes:
    """Return a field that holds a message, a text or bytes."""
    return b"".join((key(number, WIRE_BYTES), varint(len(payload)), payload))


def unsigned(number: int, value: int) -> bytes:
    """Return a field that holds an unsigned number, a bool or an enum."""
    return key(number, WIRE_VARINT) + varint(value)


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a record.

    Attributes:
        column: name of the column that the value comes from.
        number: the field's number in its message.
        kind: how it is written.
        inside: number of the message field that it is nested in; 0 for none. Neighbours with the same number share
            one message.
    """

    column: str
    number: int
    kind: Kind
    inside: int = 0


class Record:
    """Messages of one type whose bytes all have the same layout."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        """Lay out the bytes.

        Args:
            items: the message's fields, in the order in which they are written.
        """
        self._places: list[tuple[Item, int]] = []
        template = bytearray()
        at = 0
        while at < len(items):
            group = [items[at]]
            while (
                items[at].inside and at + len(group) < len(items) and items[at + len(group)].inside == items[at].inside
            ):
                group.append(items[at + len(group)])
            if items[at].inside:
                size = sum(_size(item) for item in group)
                template += key(items[at].inside, WIRE_BYTES) + varint(size)
            for item in group:
                template += key(item.number, WIRE_FIXED32 if item.kind == "float" else WIRE_VARINT)
                self._places.append((item, len(template)))
                template += bytes(_value_size(item.kind))
            at += len(group)
        self._template = np.frombuffer(bytes(template), np.uint8)
        self.size = len(template)
        plain = [(item, place) for item, place in self._places if _value_size(item.kind) in (1, 4)]
        self._plain = np.dtype(
            {
                "names": [item.column for item, _ in plain],
                "formats": ["<f4" if item.kind == "float" else "u1" for item, _ in plain],
                "offsets": [place for _, place in plain],
                "itemsize": self.size,
            }
        )
        self._varints = [(item, place) for item, place in self._places if _value_size(item.kind) not in (1, 4)]

    def rows(self, columns: NDArray[np.void]) -> NDArray[np.uint8]:
        """Return one row of bytes per record.

        Args:
            columns: (n,) structured array that has every item's column.

        Returns:
            (n, size) uint8.
        """
        out = np.empty((len(columns), self.size), np.uint8)
        out[:] = self._template
        fields = out.view(self._plain)[:, 0]
        for name in self._plain.names or ():
            fields[name] = columns[name]
        for item, place in self._varints:
            target = out[:, place : place + _value_size(item.kind)]
            _write_varints(columns[item.column].astype(np.uint64), target)
        return out


def _write_varints(values: NDArray[np.uint64], out: NDArray[np.uint8]) -> None:
    """Write numbers as varints of the width of `out`: 7 bits a byte, lowest first, all but the last continued."""
    width = out.shape[1]
    for index in range(width):
        part = (values >> np.uint64(7 * index)).astype(np.uint8)
        out[:, index] = part & 0x7F if index == width - 1 else part | 0x80


def _value_size(kind: Kind) -> int:
    return 4 if kind == "float" else VARINT_BYTES[kind]


def _size(item: Item) -> int:
    return len(key(item.number, 0)) + _value_size(item.kind)
