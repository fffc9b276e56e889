"""Kernels behind `bridge.sc2.wire`: bytes of protobuf messages from columns of numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline, kernel

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

SOURCE, SOURCE_BYTES, PLACE, VARINT_WIDTH = range(4)
"""Columns of a plan: where in its row a number lies and how long it is, where in the message it goes, and over how many
bytes it is written as a varint; 0 copies its bytes."""

LENGTH_BYTES: Final = 3
"""What the length of a joined message takes: a varint of 21 bits."""


@inline
def _write_varint(value: int, out: Bytes, place: int, width: int) -> None:
    """Write a number as a varint of a fixed width: 7 bits a byte, lowest first, all but the last continued."""
    for k in range(width):
        part = (value >> (7 * k)) & 0x7F
        out[place + k] = part if k == width - 1 else part | 0x80


@kernel
def write_records(
    source: Bytes, which: Numbers, templates: Bytes, sizes: Numbers, plans: NDArray[np.int64], out: Bytes, ends: Numbers
) -> None:
    """Write messages one after the other, each by the layout that it asks for.

    Args:
        source: (n, row bytes) uint8: the columns, little endian.
        which: (n,) int64: layout of each.
        templates: (layouts, longest) uint8: their bytes, with zeros where values go.
        sizes: (layouts,) int64: how many of them count.
        plans: (layouts, most, 4) int64; a VARINT_WIDTH below 0 ends a plan.
        out: room for all, written to.
        ends: (n,) int64, written to: where each message ends.
    """
    at = whole(0)
    for row in range(len(which)):
        layout = which[row]
        size = sizes[layout]
        for k in range(size):
            out[at + k] = templates[layout, k]
        for item in range(plans.shape[1]):
            width = plans[layout, item, VARINT_WIDTH]
            if width < 0:
                break
            first = plans[layout, item, SOURCE]
            length = plans[layout, item, SOURCE_BYTES]
            place = at + plans[layout, item, PLACE]
            if width == 0:
                for k in range(length):
                    out[place + k] = source[row, first + k]
                continue
            value = whole(0)
            for k in range(length):
                value |= whole(source[row, first + k]) << (8 * k)
            _write_varint(value, out, place, width)
        at += size
        ends[row] = at


@kernel
def join_records(
    head: Bytes, bodies: Bytes, ends: Numbers, more: Bytes, rows: Numbers, starts: Numbers, stops: Numbers, out: Bytes
) -> int:
    """Write messages as repeated fields, each with what else belongs to it; return how many bytes that are.

    Args:
        head: the field's key.
        bodies: the messages, one after the other.
        ends: (n,) int64: where each ends.
        more: further fields of theirs.
        rows: (m,) int64, ascending: which message each of these belongs to.
        starts: (m,) int64: where each begins in `more`.
        stops: (m,) int64: and ends.
        out: room for all, written to.
    """
    at = whole(0)
    begin = whole(0)
    k = 0
    for row in range(len(ends)):
        length = ends[row] - begin
        after = k
        while after < len(rows) and rows[after] == row:
            length += stops[after] - starts[after]
            after += 1
        for b in range(len(head)):
            out[at + b] = head[b]
        at += len(head)
        _write_varint(length, out, at, LENGTH_BYTES)
        at += LENGTH_BYTES
        for b in range(begin, ends[row]):
            out[at] = bodies[b]
            at += 1
        while k < after:
            for b in range(starts[k], stops[k]):
                out[at] = more[b]
                at += 1
            k += 1
        begin = ends[row]
    return at
