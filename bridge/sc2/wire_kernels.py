"""What kernels write protobuf with: bytes of messages from rows of numbers, by the tables of `bridge.sc2.wire`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

SOURCE, SOURCE_BYTES, PLACE, VARINT_WIDTH = range(4)
"""Columns of a plan: where in its row a number lies and how long it is, where in the message it goes, and over how many
bytes it is written as a varint; 0 copies its bytes."""


@inline
def read_number(row: Bytes, place: int, width: int) -> int:
    """Return an unsigned number of so many bytes, the lowest first."""
    value = whole(0)
    for k in range(width):
        value |= whole(row[place + k]) << (8 * k)
    return value


@inline
def put_number(row: Bytes, place: int, width: int, value: int) -> None:
    """Write an unsigned number over so many bytes, the lowest first."""
    for k in range(width):
        row[place + k] = (value >> (8 * k)) & 0xFF


@inline
def put_varint(out: Bytes, place: int, width: int, value: int) -> None:
    """Write a number as a varint of a fixed width: 7 bits a byte, lowest first, all but the last continued."""
    for k in range(width):
        part = (value >> (7 * k)) & 0x7F
        out[place + k] = part if k == width - 1 else part | 0x80


@inline
def put_bytes(out: Bytes, place: int, data: Bytes, begin: int, end: int) -> int:
    """Write bytes `begin` to `end` of others; return where they end."""
    for k in range(begin, end):
        out[place + k - begin] = data[k]
    return place + end - begin


@inline
def put_message(
    out: Bytes, place: int, row: Bytes, layout: int, templates: Bytes, sizes: Numbers, plans: Numbers
) -> int:
    """Write one message; return where it ends.

    Args:
        out: written to.
        place: where the message begins.
        row: the columns' bytes, little endian.
        layout: which of the tables' rows.
        templates: (layouts, longest) uint8: the messages' bytes, with zeros where values go.
        sizes: (layouts,) int64: how many of them count.
        plans: (layouts, most, 4) int64; a VARINT_WIDTH below 0 ends a plan.
    """
    size = whole(sizes[layout])
    for k in range(size):
        out[place + k] = templates[layout, k]
    for item in range(plans.shape[1]):
        width = whole(plans[layout, item, VARINT_WIDTH])
        if width < 0:
            break
        first = whole(plans[layout, item, SOURCE])
        length = whole(plans[layout, item, SOURCE_BYTES])
        to = place + whole(plans[layout, item, PLACE])
        if width == 0:
            for k in range(length):
                out[to + k] = row[first + k]
        else:
            put_varint(out, to, width, read_number(row, first, length))
    return place + size
