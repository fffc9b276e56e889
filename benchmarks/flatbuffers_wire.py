"""TorchCraft's messages read and written with the official flatbuffers package, as a program would that is generated.

The oracle of our codec, and what its speed is compared with. Written by hand against `Table` and `Builder`, from the
protocol's tables, knowing nothing of our own reader and writer. Tables become dicts (absent strings, vectors and tables
None), units of a frame tuples in the order of the protocol's slots.
"""

from __future__ import annotations

from typing import Any, Final

import flatbuffers
from flatbuffers import encode as fb_encode
from flatbuffers import number_types as kinds
from flatbuffers import packer
from flatbuffers.table import Table

INT, UINT, LONG, DOUBLE = kinds.Int32Flags, kinds.Uint32Flags, kinds.Int64Flags, kinds.Float64Flags
BYTE, BOOL = kinds.Uint8Flags, kinds.BoolFlags

MESSAGES: Final = (
    "NONE",
    "HandshakeClient",
    "Commands",
    "HandshakeServer",
    "StateUpdate",
    "PlayerLeft",
    "EndGame",
    "Error",
)

NUM_UNIT_SLOTS: Final = 39
"""Slots of a Unit; all hold numbers of 32 bits but the five below."""
ORDERS, COMMAND, FLAGS, VELOCITY_X, VELOCITY_Y = 27, 28, 11, 29, 30


def _place(table: Table, slot: int) -> int:
    offset = table.Offset(4 + 2 * slot)
    return offset + table.Pos if offset else 0


def _get(table: Table, slot: int, kind: Any, default: Any = 0) -> Any:
    place = _place(table, slot)
    return table.Get(kind, place) if place else default


def _child(table: Table, slot: int) -> Table | None:
    place = _place(table, slot)
    return Table(table.Bytes, table.Indirect(place)) if place else None


def _text(table: Table, slot: int) -> bytes | None:
    place = _place(table, slot)
    return table.String(place) if place else None


def _numbers(table: Table, slot: int, kind: Any) -> list[Any] | None:
    offset = table.Offset(4 + 2 * slot)
    if not offset:
        return None
    first, width = table.Vector(offset), kind.bytewidth
    return [table.Get(kind, first + width * i) for i in range(table.VectorLen(offset))]


def _structs(table: Table, slot: int, size: int) -> list[tuple[int, ...]] | None:
    offset = table.Offset(4 + 2 * slot)
    if not offset:
        return None
    first = table.Vector(offset)
    return [
        tuple(table.Get(INT, first + 4 * (size * i + k)) for k in range(size)) for i in range(table.VectorLen(offset))
    ]


def _struct(table: Table, slot: int, size: int) -> tuple[int, ...] | None:
    place = _place(table, slot)
    return tuple(table.Get(INT, place + 4 * k) for k in range(size)) if place else None


def _tables(table: Table, slot: int) -> list[Table] | None:
    offset = table.Offset(4 + 2 * slot)
    if not offset:
        return None
    first = table.Vector(offset)
    return [Table(table.Bytes, table.Indirect(first + 4 * i)) for i in range(table.VectorLen(offset))]


def read(data: bytes) -> dict[str, Any]:
    """Return a message as {"kind": ..., "uid": ..., its fields}."""
    message = Table(data, fb_encode.Get(packer.uoffset, data, 0))
    kind = MESSAGES[_get(message, 0, BYTE)]
    table = _child(message, 1)
    fields = _READERS[kind](table) if table is not None else {}
    return {"kind": kind, "uid": _text(message, 2), **fields}


def read_record(data: bytes, *, is_diff: bool) -> dict[str, Any]:
    """Return a frame or difference that stands for itself, as in replay files."""
    table = Table(data, fb_encode.Get(packer.uoffset, data, 0))
    return _diff(table) if is_diff else _frame(table)


def _handshake_client(table: Table) -> dict[str, Any]:
    return {
        "protocol": _get(table, 0, INT),
        "map": _text(table, 1),
        "window_size": _struct(table, 2, 2),
        "window_pos": _struct(table, 3, 2),
        "micro_mode": _get(table, 4, BOOL, False),
    }


def _commands(table: Table) -> dict[str, Any]:
    commands = _tables(table, 0)
    return {
        "commands": None
        if commands is None
        else [(_get(command, 0, INT), _numbers(command, 1, INT), _text(command, 2)) for command in commands]
    }


def _handshake_server(table: Table) -> dict[str, Any]:
    players = _tables(table, 11)
    return {
        "lag_frames": _get(table, 0, INT),
        "map_size": _struct(table, 1, 2),
        "ground_height_data": _numbers(table, 2, BYTE),
        "walkable_data": _numbers(table, 3, BYTE),
        "map_name": _text(table, 4),
        "is_replay": _get(table, 5, BOOL, False),
        "player_id": _get(table, 6, INT),
        "neutral_id": _get(table, 7, INT),
        "battle_frame_count": _get(table, 8, INT),
        "buildable_data": _numbers(table, 9, BYTE),
        "start_locations": _structs(table, 10, 2),
        "players": None
        if players is None
        else [(_get(p, 0, INT), _get(p, 1, INT), _text(p, 2), _get(p, 3, BOOL, False)) for p in players],
        "frame_from_bwapi": _get(table, 12, INT, None),
        "map_title": _text(table, 13),
    }


def _data(table: Table) -> dict[str, Any] | None:
    data = _child(table, 1)
    if data is None:
        return None
    return _diff(data) if _get(table, 0, BYTE) == 2 else _frame(data)


def _state_update(table: Table) -> dict[str, Any]:
    return {
        "data_type": _get(table, 0, BYTE),
        "data": _data(table),
        "deaths": _numbers(table, 2, INT),
        "frame_from_bwapi": _get(table, 3, INT),
        "battle_frame_count": _get(table, 4, INT),
        "commands_status": _numbers(table, 5, kinds.Int8Flags),
        "img_mode": _text(table, 6),
        "screen_position": _struct(table, 7, 2),
        "visibility": _numbers(table, 8, BYTE),
        "visibility_size": _struct(table, 9, 2),
        "img_data": _numbers(table, 10, BYTE),
        "img_size": _struct(table, 11, 2),
    }


def _player_left(table: Table) -> dict[str, Any]:
    return {"player_left": _text(table, 0)}


def _end_game(table: Table) -> dict[str, Any]:
    return {"data_type": _get(table, 0, BYTE), "data": _data(table), "game_won": _get(table, 2, BOOL, False)}


def _error(table: Table) -> dict[str, Any]:
    return {"message": _text(table, 0)}


_READERS: Final = {
    "HandshakeClient": _handshake_client,
    "Commands": _commands,
    "HandshakeServer": _handshake_server,
    "StateUpdate": _state_update,
    "PlayerLeft": _player_left,
    "EndGame": _end_game,
    "Error": _error,
}


def _unit(table: Table) -> tuple[Any, ...]:
    values: list[Any] = [_get(table, slot, INT) for slot in range(FLAGS)]
    values.append(_get(table, FLAGS, LONG))
    values += [_get(table, slot, INT) for slot in range(FLAGS + 1, ORDERS)]
    values += [_structs(table, ORDERS, 5), _struct(table, COMMAND, 6)]
    values += [_get(table, VELOCITY_X, DOUBLE, 0.0), _get(table, VELOCITY_Y, DOUBLE, 0.0)]
    values += [_get(table, slot, INT) for slot in range(VELOCITY_Y + 1, NUM_UNIT_SLOTS)]
    return tuple(values)


def _resources(table: Table) -> tuple[int, ...]:
    numbers = _child(table, 1)
    assert numbers is not None
    return (
        _get(table, 0, INT),
        *(_get(numbers, slot, INT) for slot in range(4)),
        *(_get(numbers, slot, LONG) for slot in range(4, 7)),
    )


def _actions(tables: list[Table] | None) -> Any:
    if tables is None:
        return None
    return [
        (
            _get(player, 0, INT),
            [
                (_numbers(action, 0, INT), _get(action, 1, INT), _get(action, 2, INT))
                for action in _tables(player, 1) or ()
            ],
        )
        for player in tables
    ]


def _frame(table: Table) -> dict[str, Any]:
    return {
        "units": [
            (_get(player, 0, INT), [_unit(unit) for unit in _tables(player, 1) or ()])
            for player in _tables(table, 0) or ()
        ],
        "actions": _actions(_tables(table, 1)),
        "resources": [_resources(entry) for entry in _tables(table, 2) or ()],
        "bullets": _structs(table, 3, 3),
        "creep_map": _numbers(table, 4, BYTE),
        "width": _get(table, 5, UINT),
        "height": _get(table, 6, UINT),
        "reward": _get(table, 7, INT),
        "is_terminal": _get(table, 8, BOOL, False),
    }


def _unit_diff(table: Table) -> tuple[Any, ...]:
    return (
        _get(table, 0, INT),
        _numbers(table, 1, INT),
        _numbers(table, 2, INT),
        _numbers(table, 3, INT),
        _numbers(table, 4, INT),
        _get(table, 5, INT),
        _get(table, 6, DOUBLE, 0.0),
        _get(table, 7, DOUBLE, 0.0),
        _get(table, 8, LONG),
    )


def _diff(table: Table) -> dict[str, Any]:
    containers = _tables(table, 1) or ()
    return {
        "pids": _numbers(table, 0, INT),
        "unitDiffContainers": [[_unit_diff(unit) for unit in _tables(entry, 0) or ()] for entry in containers],
        "actions": _actions(_tables(table, 2)),
        "resources": [_resources(entry) for entry in _tables(table, 3) or ()],
        "bullets": _structs(table, 4, 3),
        "creep_map": _structs(table, 5, 2),
        "reward": _get(table, 6, INT),
        "is_terminal": _get(table, 7, INT),
    }


def write_state(update: dict[str, Any]) -> bytes:
    """Return a StateUpdate, given as `read` gives it, that holds a frame or difference without actions."""
    builder = flatbuffers.Builder(1024)
    is_diff = update["data_type"] == 2
    data = _write_diff(builder, update["data"]) if is_diff else _write_frame(builder, update["data"])
    deaths = _write_numbers(builder, update["deaths"], 4, builder.PrependInt32)
    status = _write_numbers(builder, update["commands_status"], 1, builder.PrependInt8)
    img_mode = builder.CreateString(update["img_mode"].decode())
    visibility = builder.CreateByteVector(bytes(update["visibility"]))
    img_data = builder.CreateByteVector(bytes(update["img_data"]))
    builder.StartObject(12)
    builder.PrependUint8Slot(0, update["data_type"], 0)
    builder.PrependUOffsetTRelativeSlot(1, data, 0)
    builder.PrependUOffsetTRelativeSlot(2, deaths, 0)
    builder.PrependInt32Slot(3, update["frame_from_bwapi"], 0)
    builder.PrependInt32Slot(4, update["battle_frame_count"], 0)
    builder.PrependUOffsetTRelativeSlot(5, status, 0)
    builder.PrependUOffsetTRelativeSlot(6, img_mode, 0)
    builder.PrependStructSlot(7, _write_struct(builder, update["screen_position"]), 0)
    builder.PrependUOffsetTRelativeSlot(8, visibility, 0)
    builder.PrependStructSlot(9, _write_struct(builder, update["visibility_size"]), 0)
    builder.PrependUOffsetTRelativeSlot(10, img_data, 0)
    builder.PrependStructSlot(11, _write_struct(builder, update["img_size"]), 0)
    state = builder.EndObject()
    builder.StartObject(3)
    builder.PrependUint8Slot(0, MESSAGES.index("StateUpdate"), 0)
    builder.PrependUOffsetTRelativeSlot(1, state, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def _write_struct(builder: Any, values: tuple[int, ...]) -> int:
    builder.Prep(4, 4 * len(values))
    for value in reversed(values):
        builder.PrependInt32(value)
    return int(builder.Offset())


def _write_numbers(builder: Any, values: list[int], width: int, prepend: Any) -> int:
    builder.StartVector(width, len(values), width)
    for value in reversed(values):
        prepend(value)
    return int(builder.EndVector())


def _write_structs(builder: Any, rows: list[tuple[int, ...]], size: int) -> int:
    builder.StartVector(4 * size, len(rows), 4)
    for row in reversed(rows):
        _write_struct(builder, row)
    return int(builder.EndVector())


def _write_offsets(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _write_unit(builder: Any, unit: tuple[Any, ...]) -> int:
    orders = _write_structs(builder, unit[ORDERS], 5)
    builder.StartObject(NUM_UNIT_SLOTS)
    builder.PrependInt64Slot(FLAGS, unit[FLAGS], 0)
    builder.PrependFloat64Slot(VELOCITY_X, unit[VELOCITY_X], 0.0)
    builder.PrependFloat64Slot(VELOCITY_Y, unit[VELOCITY_Y], 0.0)
    for slot in (*range(FLAGS), *range(FLAGS + 1, ORDERS), *range(VELOCITY_Y + 1, NUM_UNIT_SLOTS)):
        builder.PrependInt32Slot(slot, unit[slot], 0)
    builder.PrependUOffsetTRelativeSlot(ORDERS, orders, 0)
    builder.PrependStructSlot(COMMAND, _write_struct(builder, unit[COMMAND]), 0)
    return int(builder.EndObject())


def _write_resources(builder: Any, rows: list[tuple[int, ...]]) -> int:
    entries = []
    for row in rows:
        builder.StartObject(7)
        for slot in range(4, 7):
            builder.PrependInt64Slot(slot, row[1 + slot], 0)
        for slot in range(4):
            builder.PrependInt32Slot(slot, row[1 + slot], 0)
        numbers = builder.EndObject()
        builder.StartObject(2)
        builder.PrependInt32Slot(0, row[0], 0)
        builder.PrependUOffsetTRelativeSlot(1, numbers, 0)
        entries.append(builder.EndObject())
    return _write_offsets(builder, entries)


def _write_frame(builder: Any, frame: dict[str, Any]) -> int:
    players = []
    for player, units in frame["units"]:
        rows = _write_offsets(builder, [_write_unit(builder, unit) for unit in units])
        builder.StartObject(2)
        builder.PrependInt32Slot(0, player, 0)
        builder.PrependUOffsetTRelativeSlot(1, rows, 0)
        players.append(builder.EndObject())
    units = _write_offsets(builder, players)
    actions = _write_offsets(builder, [])
    resources = _write_resources(builder, frame["resources"])
    bullets = _write_structs(builder, frame["bullets"], 3)
    creep = builder.CreateByteVector(bytes(frame["creep_map"]))
    builder.StartObject(9)
    for slot, vector in enumerate((units, actions, resources, bullets, creep)):
        builder.PrependUOffsetTRelativeSlot(slot, vector, 0)
    builder.PrependUint32Slot(5, frame["width"], 0)
    builder.PrependUint32Slot(6, frame["height"], 0)
    builder.PrependInt32Slot(7, frame["reward"], 0)
    builder.PrependBoolSlot(8, frame["is_terminal"], False)
    return int(builder.EndObject())


def _write_unit_diff(builder: Any, unit: tuple[Any, ...]) -> int:
    vectors = [_write_numbers(builder, numbers, 4, builder.PrependInt32) for numbers in unit[1:5]]
    builder.StartObject(9)
    builder.PrependFloat64Slot(6, unit[6], 0.0)
    builder.PrependFloat64Slot(7, unit[7], 0.0)
    builder.PrependInt64Slot(8, unit[8], 0)
    builder.PrependInt32Slot(0, unit[0], 0)
    for slot, vector in enumerate(vectors, 1):
        builder.PrependUOffsetTRelativeSlot(slot, vector, 0)
    builder.PrependInt32Slot(5, unit[5], 0)
    return int(builder.EndObject())


def _write_diff(builder: Any, diff: dict[str, Any]) -> int:
    containers = []
    for units in diff["unitDiffContainers"]:
        rows = _write_offsets(builder, [_write_unit_diff(builder, unit) for unit in units])
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, rows, 0)
        containers.append(builder.EndObject())
    pids = _write_numbers(builder, diff["pids"], 4, builder.PrependInt32)
    vectors = [pids, _write_offsets(builder, containers), _write_offsets(builder, [])]
    vectors.append(_write_resources(builder, diff["resources"]))
    vectors.append(_write_structs(builder, diff["bullets"], 3))
    vectors.append(_write_structs(builder, diff["creep_map"], 2))
    builder.StartObject(8)
    for slot, vector in enumerate(vectors):
        builder.PrependUOffsetTRelativeSlot(slot, vector, 0)
    builder.PrependInt32Slot(6, diff["reward"], 0)
    builder.PrependInt32Slot(7, diff["is_terminal"], 0)
    return int(builder.EndObject())
