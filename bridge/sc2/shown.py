"""Units as one player is told of them: a `View`'s units and orders, with alliances and tags, as protobuf's bytes.

One kernel writes all units of an observation: a step of a small battle spends more on calls of kernels, and on arrays
from one to the next, than in them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from s2clientprotocol import raw_pb2

from bridge.sc2.tags import SEEN_BASE, SNAPSHOT_BASE
from bridge.sc2.wire import WIRE_BYTES, WIRE_VARINT, Item, Layout, Records, key
from bridge.sc2.wire_kernels import Bytes, Numbers, put_bytes, put_message, put_number, put_varint, read_number
from bridge.sc2.world import NEUTRAL, NO_ID, ORDER_VIEW_DTYPE, SNAPSHOT, UNIT_VIEW_DTYPE
from engine.core.fixed import whole
from engine.core.jit import inline, kernel

SELF: Final = 1
ALLY_NEUTRAL: Final = 3
ENEMY: Final = 4
"""Alliance."""

REMEMBERED, SEEN, OWN = range(3)
"""How much is told of a unit."""

AT_NOTHING, AT_UNIT, AT_POINT = range(3)
"""What an order is about."""

_SHOWN: Final = np.dtype(
    [
        *((name, UNIT_VIEW_DTYPE[name]) for name in UNIT_VIEW_DTYPE.names or ()),
        ("alliance", np.uint8),
        ("tag", np.int64),
        ("add_on_tag", np.int64),
        ("engaged_tag", np.int64),
    ]
)
"""A unit, first as it stands in a `View`."""

_TOLD: Final = np.dtype(
    [
        *((name, ORDER_VIEW_DTYPE[name]) for name in ORDER_VIEW_DTYPE.names or ()),
        ("z", np.float32),
        ("target_tag", np.int64),
    ]
)
"""An order, likewise."""

_POS: Final = 6

_PLACE: Final = (
    Item("display", 1, "bool"),
    Item("alliance", 2, "bool"),
    Item("tag", 3, "u35"),
    Item("type", 4, "u14"),
    Item("owner", 5, "bool"),
    Item("x", 1, "float", _POS),
    Item("y", 2, "float", _POS),
    Item("z", 3, "float", _POS),
    Item("facing", 7, "float"),
    Item("radius", 8, "float"),
    Item("build_progress", 9, "float"),
    Item("cloak", 10, "bool"),
)
"""What is known of everything, fields of raw.proto's Unit."""

_BODY: Final = (
    Item("health", 14, "float"),
    Item("health_max", 15, "float"),
    Item("shield", 16, "float"),
    Item("energy", 17, "float"),
    Item("minerals", 18, "u21"),
    Item("vespene", 19, "u21"),
    Item("is_flying", 20, "bool"),
    Item("is_burrowed", 21, "bool"),
    Item("is_powered", 35, "bool"),
    Item("shield_max", 36, "float"),
    Item("energy_max", 37, "float"),
    Item("is_hallucination", 38, "bool"),
    Item("is_active", 39, "bool"),
    Item("attack_level", 40, "bool"),
    Item("armor_level", 41, "bool"),
    Item("shield_level", 42, "bool"),
    Item("detect_range", 31, "float"),
    Item("buff_remain", 43, "u14"),
    Item("buff_max", 44, "u14"),
)
"""What is seen of a unit that is in sight."""

_OWN: Final = (
    Item("add_on_tag", 23, "u35"),
    Item("cargo_taken", 25, "bool"),
    Item("cargo_max", 26, "bool"),
    Item("assigned", 28, "bool"),
    Item("ideal", 29, "bool"),
    Item("weapon_cooldown", 30, "float"),
    Item("engaged_tag", 34, "u35"),
)
"""What only the owner is told."""

_ABILITY: Final = Item("ability", 1, "u14")
_POINT: Final = (Item("x", 1, "float", 2), Item("y", 2, "float", 2), Item("z", 3, "float", 2))
_TARGET: Final = Item("target_tag", 3, "u35")
_PROGRESS: Final = Item("progress", 4, "float")

_UNIT_RECORDS: Final = Records(_SHOWN, (Layout(_PLACE), Layout(_PLACE + _BODY), Layout(_PLACE + _BODY + _OWN)))
_ORDER_RECORDS: Final = Records(
    _TOLD,
    tuple(
        Layout(items, raw_pb2.Unit.ORDERS_FIELD_NUMBER)
        for items in (
            (_ABILITY, _PROGRESS),
            (_ABILITY, _TARGET, _PROGRESS),
            (_ABILITY, *_POINT, _PROGRESS),
        )
    ),
)

# What the kernel knows of all this: constants of its code.
_UNIT_TEMPLATES: Final = _UNIT_RECORDS.templates
_UNIT_SIZES: Final = _UNIT_RECORDS.sizes
_UNIT_PLANS: Final = _UNIT_RECORDS.plans
_ORDER_TEMPLATES: Final = _ORDER_RECORDS.templates
_ORDER_SIZES: Final = _ORDER_RECORDS.sizes
_ORDER_PLANS: Final = _ORDER_RECORDS.plans
_UNIT_KEY: Final = np.frombuffer(key(raw_pb2.ObservationRaw.UNITS_FIELD_NUMBER, WIRE_BYTES), np.uint8).copy()
_BUFF_KEY: Final = np.frombuffer(key(raw_pb2.Unit.BUFF_IDS_FIELD_NUMBER, WIRE_VARINT), np.uint8).copy()

_LENGTH_BYTES: Final = 3
"""What the length of a unit takes: a varint of 21 bits."""

_BUFF_BYTES: Final = 2
"""What a buff's id takes."""

_UNIT_ROOM: Final = _UNIT_RECORDS.longest + len(_UNIT_KEY) + _LENGTH_BYTES
_ORDER_ROOM: Final = _ORDER_RECORDS.longest
_BUFF_ROOM: Final = len(_BUFF_KEY) + _BUFF_BYTES

_UNIT_BYTES: Final = UNIT_VIEW_DTYPE.itemsize
_ORDER_BYTES: Final = ORDER_VIEW_DTYPE.itemsize
_SHOWN_BYTES: Final = _SHOWN.itemsize
_TOLD_BYTES: Final = _TOLD.itemsize


def _place_of(dtype: np.dtype[np.void], name: str) -> int:
    assert dtype.fields is not None
    return int(dtype.fields[name][1])


_ID, _OWNER, _DISPLAY = (_place_of(_SHOWN, name) for name in ("id", "owner", "display"))
_ADD_ON, _ENGAGED = (_place_of(_SHOWN, name) for name in ("add_on_id", "engaged_id"))
_ALLIANCE, _TAG = (_place_of(_SHOWN, name) for name in ("alliance", "tag"))
_ADD_ON_TAG, _ENGAGED_TAG = (_place_of(_SHOWN, name) for name in ("add_on_tag", "engaged_tag"))
_ROW, _TARGET_ID, _HAS_POINT, _TARGET_TAG = (
    _place_of(_TOLD, name) for name in ("row", "target_id", "has_point", "target_tag")
)


def unit_bytes(
    units: NDArray[np.void],
    orders: NDArray[np.void],
    buffs: NDArray[np.int32],
    more: list[tuple[int, bytes]],
    player: int,
) -> bytes:
    """Return the bytes of all units, as the repeated field that they are.

    Args:
        units: (n,) UNIT_VIEW_DTYPE.
        orders: (m,) ORDER_VIEW_DTYPE, rows ascending.
        buffs: (b, 2) int32 rows and buff ids, rows ascending.
        more: row and bytes of further fields of units.
        player: who is told, 1 or 2.
    """
    if not len(units):
        return b""
    rows, ends, data = _NO_NUMBERS, _NO_NUMBERS, _NO_BYTES
    if more:
        more = sorted(more, key=lambda part: part[0])
        rows = np.array([row for row, _ in more], np.int64)
        ends = np.cumsum([len(part) for _, part in more])
        data = np.frombuffer(bytearray().join(part for _, part in more), np.uint8)
    size = len(units) * _UNIT_ROOM + len(orders) * _ORDER_ROOM + len(buffs) * _BUFF_ROOM + len(data)
    out = np.empty(size, np.uint8)
    end = _write_units(_bytes_of(units), _bytes_of(orders), buffs, data, rows, ends, player, out)
    return out[:end].tobytes()


_NO_NUMBERS: Final = np.zeros(0, np.int64)
_NO_BYTES: Final = np.zeros(0, np.uint8)


def _bytes_of(records: NDArray[np.void]) -> NDArray[np.uint8]:
    """Return records as one row of bytes; they lie one after the other."""
    return records.view(np.uint8)


@inline
def _tag(unit_id: int) -> int:
    return unit_id + SEEN_BASE if unit_id != NO_ID else NO_ID


@inline
def _complete_unit(row: Bytes, player: int) -> int:
    """Add alliance and tags to a unit's columns; return how much is told of it."""
    owner = read_number(row, _OWNER, 4)
    is_own = owner == player
    put_number(row, _ALLIANCE, 1, SELF if is_own else (ALLY_NEUTRAL if owner == NEUTRAL else ENEMY))
    unit_id = read_number(row, _ID, 8)
    put_number(row, _ADD_ON_TAG, 8, _tag(read_number(row, _ADD_ON, 8)))
    put_number(row, _ENGAGED_TAG, 8, _tag(read_number(row, _ENGAGED, 8)))
    if row[_DISPLAY] == SNAPSHOT:
        put_number(row, _TAG, 8, unit_id + SNAPSHOT_BASE)
        return REMEMBERED
    put_number(row, _TAG, 8, _tag(unit_id))
    return OWN if is_own else SEEN


@inline
def _complete_order(row: Bytes) -> int:
    """Add the target's tag to an order's columns; return what it is about."""
    target = read_number(row, _TARGET_ID, 8)
    put_number(row, _TARGET_TAG, 8, _tag(target))
    if target != NO_ID:
        return AT_UNIT
    return AT_POINT if row[_HAS_POINT] != 0 else AT_NOTHING


@kernel
def _write_units(
    units: Bytes,
    orders: Bytes,
    buffs: NDArray[np.int32],
    more: Bytes,
    rows: Numbers,
    ends: Numbers,
    player: int,
    out: Bytes,
) -> int:
    """Write all units with their orders, their buffs and what else belongs to them; return how many bytes that are.

    Args:
        units: their columns' bytes, one after the other.
        orders: likewise; units' rows ascending.
        buffs: (b, 2) int32, likewise.
        more: further fields of units.
        rows: (k,) int64, ascending: which unit each of these belongs to.
        ends: (k,) int64: where each ends.
        player: who is told.
        out: room for all, written to.
    """
    unit = np.zeros(_SHOWN_BYTES, np.uint8)
    order = np.zeros(_TOLD_BYTES, np.uint8)
    at = whole(0)
    next_order = whole(0)
    next_buff = whole(0)
    next_more = whole(0)
    for row in range(len(units) // _UNIT_BYTES):
        put_bytes(unit, 0, units, row * _UNIT_BYTES, (row + 1) * _UNIT_BYTES)
        layout = _complete_unit(unit, player)
        length_at = put_bytes(out, at, _UNIT_KEY, 0, len(_UNIT_KEY))
        begin = length_at + _LENGTH_BYTES
        at = put_message(out, begin, unit, layout, _UNIT_TEMPLATES, _UNIT_SIZES, _UNIT_PLANS)
        while next_order < len(orders) and read_number(orders, next_order + _ROW, 4) == row:
            put_bytes(order, 0, orders, next_order, next_order + _ORDER_BYTES)
            about = _complete_order(order)
            at = put_message(out, at, order, about, _ORDER_TEMPLATES, _ORDER_SIZES, _ORDER_PLANS)
            next_order += _ORDER_BYTES
        while next_buff < len(buffs) and buffs[next_buff, 0] == row:
            at = put_bytes(out, at, _BUFF_KEY, 0, len(_BUFF_KEY))
            put_varint(out, at, _BUFF_BYTES, whole(buffs[next_buff, 1]))
            at += _BUFF_BYTES
            next_buff += 1
        while next_more < len(rows) and rows[next_more] == row:
            at = put_bytes(out, at, more, ends[next_more - 1] if next_more > 0 else 0, ends[next_more])
            next_more += 1
        put_varint(out, length_at, _LENGTH_BYTES, at - begin)
    return at
