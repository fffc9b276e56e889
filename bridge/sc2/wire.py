"""Protobuf bytes without message objects: a frame with two hundred units is written by columns, not field by field.

Two properties of the format carry this file. Messages merge: the bytes of two halves of a message, one after the other,
are the bytes of the whole. And a varint may be longer than it has to be (bytes with the continuation bit and nothing
else), so that a record whose values vary can still have the same length everywhere: a column of a byte matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np

Kind = Literal["float", "bool", "u14", "u21", "u35"]
"""float: 4 bytes. bool: also a number below 128. u14, u21, u35: unsigned numbers of so many bits at most."""

WIRE_VARINT: Final = 0
WIRE_BYTES: Final = 2
WIRE_FIXED32: Final = 5

NO_ITEM: Final = -1

VARINT_BYTES: Final = {"bool": 1, "u14": 2, "u21": 3, "u35": 5}


_SHORT: Final = tuple(bytes((value,)) for value in range(0x80))


def varint(value: int) -> bytes:
    """Return a number as a varint of the least length.

    Example:
        >>> varint(300).hex()
        'ac02'
    """
    if value < 0x80:
        return _SHORT[value]
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


@cache
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


class Layout:
    """Messages of one type whose bytes all have the same length."""

    def __init__(self, items: tuple[Item, ...], field: int = 0) -> None:
        """Lay out the bytes.

        Args:
            items: the message's fields, in the order in which they are written.
            field: number of the field that each message stands in, with its key and length before it; 0 for none.
        """
        self.places: list[tuple[Item, int]] = []
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
                self.places.append((item, len(template)))
                template += bytes(_value_size(item.kind))
            at += len(group)
        if field:
            before = key(field, WIRE_BYTES) + varint(len(template))
            template = bytearray(before) + template
            self.places = [(item, place + len(before)) for item, place in self.places]
        self.template = bytes(template)


class Records:
    """Messages of several layouts from the same columns: the tables that `bridge.sc2.wire_kernels` writes them by.

    Attributes:
        templates: (layouts, longest) uint8: the messages' bytes, with zeros where values go.
        sizes: (layouts,) int64: how many of them count.
        plans: (layouts, most, 4) int64: see `bridge.sc2.wire_kernels`.
    """

    def __init__(self, source: np.dtype[np.void], layouts: Sequence[Layout]) -> None:
        """Work out what goes where.

        Args:
            source: of the columns; reals have 32 bits.
            layouts: by number.
        """
        self._source = source
        self.sizes = np.array([len(layout.template) for layout in layouts], np.int64)
        self.templates = np.zeros((len(layouts), self.longest), np.uint8)
        most = max(len(layout.places) for layout in layouts)
        self.plans = np.full((len(layouts), most, 4), NO_ITEM, np.int64)
        for number, layout in enumerate(layouts):
            self.templates[number, : len(layout.template)] = np.frombuffer(layout.template, np.uint8)
            for at, (item, place) in enumerate(layout.places):
                self.plans[number, at] = self._entry(item, place)

    @property
    def longest(self) -> int:
        """Bytes of the longest message."""
        return int(self.sizes.max())

    def _entry(self, item: Item, place: int) -> tuple[int, int, int, int]:
        """Return an item's row of the plan: see `bridge.sc2.wire_kernels`."""
        fields = self._source.fields
        assert fields is not None
        dtype, first = fields[item.column][:2]
        width = _value_size(item.kind)
        if item.kind == "float":
            assert dtype == np.float32, item.column
            return first, width, place, 0
        if width == 1:
            return first, width, place, 0  # below 128: its lowest byte is its varint
        return first, dtype.itemsize, place, width


def _value_size(kind: Kind) -> int:
    return 4 if kind == "float" else VARINT_BYTES[kind]


def _size(item: Item) -> int:
    return len(key(item.number, 0)) + _value_size(item.kind)
