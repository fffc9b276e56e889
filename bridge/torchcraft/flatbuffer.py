"""FlatBuffers, as far as TorchCraft's messages need it: a checked reader, and a writer for what is written once.

A *table* begins with the distance back to its *vtable*, which says per slot where in the table its field lies, if it is
there at all. Strings, vectors and other tables are reached over distances forward. Numbers are little endian.

Units, orders and commands come by the thousand: kernels read and write those (`codec_read.py`, `codec_write.py`).
Handshakes, names and errors are read and written here, in plain Python. Both check every distance and length before
they follow it, as the FlatBuffers verifier does.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import BridgeError

MAX_TABLES: Final = 1_000_000
"""The FlatBuffers verifier's own limit."""

BYTES_PER_TABLE: Final = 8
"""A table and the distance that leads to it take at least as much, unless a message shows one table many times over."""

SHARING: Final = 4
"""How many times its own length a message's vectors may add up to: no known writer shares any but empty ones, and
without a limit a message of kilobytes could unfold into gigabytes."""

TEXT_ERRORS: Final = "surrogateescape"
"""Names may be in any old code page; bytes that are no UTF-8 survive reading and writing."""


class WireError(BridgeError):
    """Bytes, or a value to be written, that are no message of the protocol.

    Attributes:
        what: what is wrong.
        where: table and field, `Unit.orders`; a value's name when writing.
        offset: byte of the message at which it was noticed, -1 when writing.
    """

    def __init__(self, what: str, where: str, offset: int = -1) -> None:
        super().__init__(what, where, offset)
        self.what = what
        self.where = where
        self.offset = offset

    def __str__(self) -> str:
        place = f" (byte {self.offset})" if self.offset >= 0 else ""
        return f"{self.where}: {self.what}{place}"


# --------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Span:
    """A vector inside the message: where its first element lies, and how many there are."""

    start: int
    count: int


class Buffer:
    """Bytes that may be anything, and what of the limits has been used up."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.tables_left = min(MAX_TABLES, len(data) // BYTES_PER_TABLE + 1)
        self.bytes_left = SHARING * len(data)

    def root(self, name: str) -> Table:
        """Return the outermost table."""
        return Table(self, self.follow(0, name), name)

    def check(self, at: int, size: int, where: str) -> None:
        """Raise WireError unless `size` bytes lie at `at`."""
        if at < 0 or at + size > len(self.data):
            raise WireError(f"reaches beyond the message's {len(self.data)} bytes", where, at)

    def number(self, form: str, at: int, where: str) -> int:
        """Return one number in `struct`'s notation."""
        self.check(at, struct.calcsize(form), where)
        return int(struct.unpack_from(form, self.data, at)[0])

    def follow(self, at: int, where: str) -> int:
        """Return where the distance stored at `at` leads."""
        distance = self.number("<I", at, where)
        if not distance:
            raise WireError("leads to itself", where, at)
        return at + distance

    def vector(self, at: int, item_size: int, where: str) -> Span:
        """Return the vector whose length is stored at `at`."""
        count = self.number("<I", at, where)
        self.check(at + 4, count * item_size, where)
        self.bytes_left -= count * item_size
        if self.bytes_left < 0:
            raise WireError("shows the same bytes over and over", where, at)
        return Span(at + 4, count)

    def text(self, at: int, where: str) -> str:
        """Return the string whose length is stored at `at`."""
        span = self.vector(at, 1, where)
        end = span.start + span.count
        if self.number("B", end, where):
            raise WireError("has no zero byte behind its text", where, end)
        return self.data[span.start : end].decode("utf-8", TEXT_ERRORS)


class Table:
    """One table of a buffer; fields that are absent read as their default."""

    __slots__ = ("_at", "_buffer", "_name", "_vtable", "_vtable_size")

    def __init__(self, buffer: Buffer, at: int, name: str) -> None:
        self._buffer, self._at, self._name = buffer, at, name
        self._vtable = at - buffer.number("<i", at, name)
        self._vtable_size = buffer.number("<H", self._vtable, name)
        if self._vtable_size < 4 or self._vtable_size % 2:
            raise WireError(f"its vtable claims {self._vtable_size} bytes", name, self._vtable)
        buffer.check(self._vtable, self._vtable_size, name)
        buffer.tables_left -= 1
        if buffer.tables_left < 0:
            raise WireError("too many tables", name, at)

    def _place(self, slot: int, name: str) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_size:
            return None
        offset = self._buffer.number("<H", self._vtable + entry, f"{self._name}.{name}")
        return self._at + offset if offset else None

    def number(self, slot: int, name: str, form: str = "<i") -> int:
        """Return a number, 0 where absent."""
        at = self._place(slot, name)
        return 0 if at is None else self._buffer.number(form, at, f"{self._name}.{name}")

    def has(self, slot: int, name: str) -> bool:
        """Return whether the field was written."""
        return self._place(slot, name) is not None

    def pair(self, slot: int, name: str) -> tuple[int, int] | None:
        """Return a Vec2, None where absent."""
        at = self._place(slot, name)
        if at is None:
            return None
        self._buffer.check(at, 8, f"{self._name}.{name}")
        x, y = struct.unpack_from("<ii", self._buffer.data, at)
        return x, y

    def text(self, slot: int, name: str) -> str | None:
        """Return a string, None where absent."""
        at, where = self._place(slot, name), f"{self._name}.{name}"
        return None if at is None else self._buffer.text(self._buffer.follow(at, where), where)

    def vector(self, slot: int, name: str, item_size: int) -> Span:
        """Return where a vector lies; it is empty where absent."""
        at, where = self._place(slot, name), f"{self._name}.{name}"
        return Span(0, 0) if at is None else self._buffer.vector(self._buffer.follow(at, where), item_size, where)

    def table(self, slot: int, name: str, kind: str) -> Table | None:
        """Return a table, None where absent; `kind` is what messages call it."""
        at, where = self._place(slot, name), f"{self._name}.{name}"
        return None if at is None else Table(self._buffer, self._buffer.follow(at, where), kind)

    def tables(self, slot: int, name: str, kind: str) -> list[Table]:
        """Return a vector of tables, empty where absent; `kind` is what messages call each."""
        span, where = self.vector(slot, name, 4), f"{self._name}.{name}"
        return [Table(self._buffer, self._buffer.follow(span.start + 4 * i, where), kind) for i in range(span.count)]


# --------------------------------------------------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class Inline:
    """A number or struct that lies in the table itself, of numbers of at most 4 bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector of `count` numbers or structs, or (with a zero byte behind it, which does not count) a string."""

    data: bytes
    count: int


@dataclass(slots=True)
class Blob:
    """Bytes that hold a table with all that belongs to it; their first byte wants to lie at a multiple of 8.

    Attributes:
        data: the bytes.
        table: where in them the table, or the vector, lies.
    """

    data: bytes | bytearray
    table: int


@dataclass(frozen=True, slots=True)
class Record:
    """A table to write: slot -> field. A slot that is not mentioned is absent."""

    fields: dict[int, Field]


Field = Inline | Vector | Blob | Record | Sequence[Record]


def int32(value: int, where: str) -> Inline:
    """Return a whole number of 32 bits as a field.

    Raises:
        WireError: it does not fit.
    """
    try:
        return Inline(struct.pack("<i", value))
    except struct.error:
        raise WireError(f"{value!r} is no whole number of 32 bits", where) from None


def byte(value: int) -> Inline:
    """Return a bool or an enumeration's value as a field."""
    return Inline(struct.pack("B", value))


def pair(value: tuple[int, int], where: str) -> Inline:
    """Return a Vec2 as a field."""
    x, y = value
    return Inline(int32(x, where).data + int32(y, where).data)


def text(value: str, where: str) -> Vector:
    """Return a string as a field.

    Raises:
        WireError: it cannot be written as UTF-8.
    """
    try:
        data = value.encode("utf-8", TEXT_ERRORS)
    except UnicodeEncodeError as error:
        raise WireError(f"{value!r} cannot be written as UTF-8 ({error.reason})", where) from None
    return Vector(data + b"\0", len(data))


def write(root: Record) -> bytes:
    """Return a buffer whose outermost table is `root`; whatever a table refers to lies behind it."""
    out = bytearray(4)
    struct.pack_into("<I", out, 0, _write_record(out, root, {}))
    return bytes(out)


def write_vector(records: Sequence[Record]) -> Blob:
    """Return a vector of tables that can be put into any buffer."""
    out = bytearray()
    at = _write_records(out, records, {})
    return Blob(out, at)


def _align(out: bytearray, size: int) -> None:
    out.extend(bytes(-len(out) % size))


def _write_record(out: bytearray, record: Record, vtables: dict[bytes, int]) -> int:
    offsets, inline = [0] * (max(record.fields, default=-1) + 1), bytearray(4)
    for slot, field in sorted(record.fields.items()):
        offsets[slot] = len(inline)
        inline += field.data if isinstance(field, Inline) else bytes(4)
        _align(inline, 4)
    vtable = struct.pack(f"<{len(offsets) + 2}H", 4 + 2 * len(offsets), len(inline), *offsets)
    if vtable not in vtables:
        _align(out, 4)
        vtables[vtable] = len(out)
        out += vtable
    _align(out, 4)
    at = len(out)
    struct.pack_into("<i", inline, 0, at - vtables[vtable])
    out += inline
    for slot, field in sorted(record.fields.items()):
        if not isinstance(field, Inline):
            place = at + offsets[slot]
            struct.pack_into("<I", out, place, _write_child(out, field, vtables) - place)
    return at


def _write_child(out: bytearray, field: Field, vtables: dict[bytes, int]) -> int:
    if isinstance(field, Record):
        return _write_record(out, field, vtables)
    if isinstance(field, Vector):
        _align(out, 4)
        at = len(out)
        out += struct.pack("<I", field.count) + field.data
        return at
    if isinstance(field, Blob):
        _align(out, 8)
        at = len(out) + field.table
        out += field.data
        return at
    assert not isinstance(field, Inline)
    return _write_records(out, field, vtables)


def _write_records(out: bytearray, records: Sequence[Record], vtables: dict[bytes, int]) -> int:
    _align(out, 4)
    at = len(out)
    out += struct.pack("<I", len(records)) + bytes(4 * len(records))
    for i, record in enumerate(records):
        place = at + 4 + 4 * i
        struct.pack_into("<I", out, place, _write_record(out, record, vtables) - place)
    return at
