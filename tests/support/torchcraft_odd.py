"""Server messages as no real server sends them, written with the official flatbuffers package slot by slot.

A table is a dictionary {slot: value}; a value is a pair of kind and content, so that any field can be left out or be
wrong. The slots are those of TorchCraft's messages.fbs.
"""

from __future__ import annotations

import flatbuffers

STATE_UPDATE, END_GAME, HANDSHAKE_SERVER = 4, 6, 3
FRAME, FRAME_DIFF = 1, 2


def write(kind, table):
    """Return a message of a kind, as bytes."""
    builder = flatbuffers.Builder(0)
    fields = {} if kind is None else {0: ("byte", kind)}
    if table is not None:
        fields[1] = ("table", table)
    builder.Finish(_table(builder, fields))
    return bytes(builder.Output())


def _table(builder, table):
    children = {
        slot: _child(builder, kind, content)
        for slot, (kind, content) in table.items()
        if kind not in _INLINE and kind != "struct"
    }
    builder.StartObject(max(table, default=-1) + 1)
    for slot, (kind, content) in table.items():
        if slot in children:
            builder.PrependUOffsetTRelativeSlot(slot, children[slot], 0)
        elif kind == "struct":
            builder.PrependStructSlot(slot, _struct(builder, content), 0)
        else:
            getattr(builder, f"Prepend{_INLINE[kind]}Slot")(slot, content, None)
    return builder.EndObject()


_INLINE = {"int": "Int32", "byte": "Uint8", "long": "Int64", "double": "Float64"}


def _child(builder, kind, content):
    if kind == "table":
        return _table(builder, content)
    if kind == "text":
        return builder.CreateString(content)
    if kind == "bytes":
        return builder.CreateByteVector(content)
    if kind == "tables":
        offsets = [_table(builder, table) for table in content]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    size = 4 * len(content[0]) if kind == "structs" and content else 4
    builder.StartVector(size, len(content), 4)
    for item in reversed(content):
        if kind == "structs":
            _struct(builder, item)
        else:
            builder.PrependInt32(item)
    return builder.EndVector()


def _struct(builder, numbers):
    builder.Prep(4, 4 * len(numbers))
    for number in reversed(numbers):
        builder.PrependInt32(number)
    return builder.Offset()


def unit(unit_id, x=10, kind=0, **changes):
    """Return a Unit; `changes` are slots by `s<number>`, None leaves one out."""
    fields = {
        0: ("int", unit_id),
        1: ("int", x),
        3: ("int", 40),
        13: ("int", kind),
        27: ("structs", [(1, 3, -1, -1, -1)]),
        28: ("struct", (0, 44, -1, -1, -1, 0)),
    }
    return _changed(fields, changes)


def frame(**changes):
    """Return a Frame with units 3 and 1 of player 0 and unit 2 of player 1 on 64 x 64 walk tiles."""
    fields = {
        0: ("tables", [of_player(0, [unit(3), unit(1)]), of_player(1, [unit(2)])]),
        1: ("tables", []),
        2: ("tables", [{0: ("int", 0), 1: ("table", {0: ("int", 50)})}]),
        3: ("structs", []),
        4: ("bytes", bytes(32)),
        5: ("int", 64),
        6: ("int", 64),
    }
    return _changed(fields, changes)


def of_player(player, units):
    return {0: ("int", player), 1: ("tables", units)}


def unit_diff(unit_id, var_ids=(0,), var_diffs=(5,), order_size=1, **changes):
    fields = {
        0: ("int", unit_id),
        1: ("ints", list(var_ids)),
        2: ("ints", list(var_diffs)),
        3: ("ints", []),
        4: ("ints", []),
        5: ("int", order_size),
    }
    return _changed(fields, changes)


def difference(zero=None, one=None, pids=(0, 1), **changes):
    """Return a FrameDiff that moves everyone by 5 walk tiles; `zero`, `one`: the unit diffs of the two players."""
    zero = [unit_diff(1), unit_diff(3)] if zero is None else zero
    one = [unit_diff(2)] if one is None else one
    fields = {
        0: ("ints", list(pids)),
        1: ("tables", [{0: ("tables", zero)}, {0: ("tables", one)}]),
        2: ("tables", []),
        3: ("tables", [{0: ("int", 0), 1: ("table", {0: ("int", 50)})}]),
        4: ("structs", []),
        5: ("structs", []),
    }
    return _changed(fields, changes)


def state_update(data, kind=FRAME, **changes):
    return write(STATE_UPDATE, _changed({0: ("byte", kind), 1: ("table", data), 2: ("ints", [])}, changes))


def _changed(fields, changes):
    for name, value in changes.items():
        if value is None:
            del fields[int(name[1:])]
        else:
            fields[int(name[1:])] = value
    return fields
