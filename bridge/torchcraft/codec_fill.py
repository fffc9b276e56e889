"""Kernels that copy what was checked and counted (`codec_read`) into one array of words, and commands into rows."""

from __future__ import annotations

from bridge.torchcraft.codec_cursor import (
    ACTIONS,
    BEYOND,
    BULLETS,
    COMMAND_SLOT,
    COMMANDS,
    CREEP,
    DATA,
    DATA_KIND,
    DEATHS,
    ERROR,
    FLAGS_SLOT,
    K_FRAME_DIFF,
    MISALIGNED,
    NUM_UNIT_SLOTS,
    ORDERS_SLOT,
    PIDS,
    RESOURCES,
    RESOURCES_WORDS,
    T_COMMAND,
    T_COMMANDS,
    T_CONTAINER,
    T_DIFF,
    T_FRAME,
    T_PLAYER_ACTIONS,
    T_PLAYER_RESOURCES,
    T_PLAYER_UNITS,
    T_RESOURCES,
    T_UNIT,
    T_UNIT_DIFF,
    UID,
    UNIT_DIFF_WORDS,
    UNIT_WORDS,
    UNITS,
    VELOCITY_X_SLOT,
    VELOCITY_Y_SLOT,
    W_ACTION_PLAYERS,
    W_BULLETS,
    W_COUNTS,
    W_CREEP,
    W_DEATHS,
    W_ORDER_IDS,
    W_ORDERS,
    W_PLAYERS,
    W_RESOURCES,
    W_UNITS,
    W_VAR_DIFFS,
    W_VAR_IDS,
    begin_walk,
    child_at,
    fail,
    i32,
    item_at,
    length_at,
    note_text,
    number_at,
    open_table,
    place_of,
    size_of,
    u16,
    vector_at,
)
from bridge.torchcraft.codec_words import Longs, Words
from engine.core.jit import inline, kernel, scratch


@kernel
def fill(data: Words, head: Longs, words: Words) -> None:
    """Copy the frame or difference that was scanned, and the deaths.

    Args:
        data: the message that was scanned.
        head: what `read_message` wrote; the walk goes the same way once more, with the same checks.
        words: (head[NUM_WORDS],) int32, overwritten.
    """
    begin_walk(data, head)
    _copy_words(data, head[DEATHS], words, head[W_DEATHS], head[DEATHS + 1])
    if head[DATA] == 0 or head[DATA_KIND] == 0:
        return
    is_diff = 1 if head[DATA_KIND] == K_FRAME_DIFF else 0
    _fill_resources(data, head, words, is_diff)
    for i in range(head[ACTIONS + 1]):
        table = item_at(data, head, head[ACTIONS], i, T_FRAME + is_diff, 1 + is_diff)
        vtable = open_table(data, head, table, T_PLAYER_ACTIONS)
        words[head[W_ACTION_PLAYERS] + i] = number_at(data, head, table, vtable, 0)
    _copy_words(data, head[BULLETS], words, head[W_BULLETS], head[BULLETS + 1] * 3)
    if is_diff:
        _copy_words(data, head[CREEP], words, head[W_CREEP], head[CREEP + 1] * 2)
        _fill_unit_diffs(data, head, words)
    else:
        _copy_words(data, head[CREEP], words, head[W_CREEP], (head[CREEP + 1] + 3) // 4)
        _fill_units(data, head, words)


@inline
def _copy_words(data: Words, at: int, words: Words, to: int, count: int) -> None:
    first = at >> 2
    for i in range(count):
        words[to + i] = data[first + i]


@inline
def _copy_long(data: Words, head: Longs, at: int, vtable: int, slot: int, words: Words, to: int) -> None:
    """Copy a number of 8 bytes, whatever it means."""
    place = place_of(data, head, at, vtable, slot, 8)
    words[to] = i32(data, place) if place else 0
    words[to + 1] = i32(data, place + 4) if place else 0


@inline
def _fill_resources(data: Words, head: Longs, words: Words, is_diff: int) -> None:
    for i in range(head[RESOURCES + 1]):
        table = item_at(data, head, head[RESOURCES], i, T_FRAME + is_diff, 2 + is_diff)
        vtable = open_table(data, head, table, T_PLAYER_RESOURCES)
        to = head[W_RESOURCES] + i * RESOURCES_WORDS
        words[to] = number_at(data, head, table, vtable, 0)
        words[to + 5] = 0
        table = child_at(data, head, table, vtable, 1)
        vtable = open_table(data, head, table, T_RESOURCES)
        for slot in range(4):
            words[to + 1 + slot] = number_at(data, head, table, vtable, slot)
        for slot in range(3):
            _copy_long(data, head, table, vtable, 4 + slot, words, to + 6 + 2 * slot)


@inline
def _fill_units(data: Words, head: Longs, words: Words) -> None:
    to, order_to, num_orders = head[W_UNITS], head[W_ORDERS], 0
    offsets, known, extent = scratch(1, NUM_UNIT_SLOTS)[0], -1, 0
    for i in range(head[UNITS + 1]):
        table = item_at(data, head, head[UNITS], i, T_FRAME, 0)
        vtable = open_table(data, head, table, T_PLAYER_UNITS)
        units = vector_at(data, head, table, vtable, 1, 4)
        count = length_at(data, units)
        words[head[W_PLAYERS] + i] = number_at(data, head, table, vtable, 0)
        words[head[W_COUNTS] + i] = count
        for j in range(count):
            unit = item_at(data, head, units + 4, j, T_PLAYER_UNITS, 1)
            vtable = open_table(data, head, unit, T_UNIT)
            if vtable != known:  # neighbours often share theirs
                extent, known = _unit_offsets(data, head, unit, vtable, offsets), vtable
            if unit + extent > size_of(data):
                fail(head, BEYOND, unit, -1)
            orders = vector_at(data, head, unit, vtable, ORDERS_SLOT, 20)
            size = length_at(data, orders)
            if head[ERROR]:
                return
            _fill_unit(data, unit >> 2, offsets, words, to)
            words[to + 40] = num_orders
            words[to + 41] = size
            _copy_words(data, orders + 4, words, order_to, 5 * size)
            num_orders += size
            order_to += 5 * size
            to += UNIT_WORDS


@inline
def _unit_offsets(data: Words, head: Longs, unit: int, vtable: int, offsets: Longs) -> int:
    """Write the offset of each slot of a Unit in words, 0 where absent, and return how far in bytes they reach."""
    size, extent = u16(data, vtable) if vtable >= 0 else 0, 0
    for slot in range(NUM_UNIT_SLOTS):
        entry = 4 + 2 * slot
        offset = u16(data, vtable + entry) if entry + 2 <= size else 0
        if offset & 3:
            fail(head, MISALIGNED, unit, slot)
        offsets[slot] = offset >> 2
        if offset:
            is_long = slot in (FLAGS_SLOT, VELOCITY_X_SLOT, VELOCITY_Y_SLOT)
            extent = max(extent, offset + (24 if slot == COMMAND_SLOT else 8 if is_long else 4))
    return extent


@inline
def _fill_unit(data: Words, unit: int, offsets: Longs, words: Words, to: int) -> None:
    """Copy one unit's numbers: the slots in their order, but flags, orders, command and velocities behind the rest."""
    for slot in range(FLAGS_SLOT):
        words[to + slot] = data[unit + offsets[slot]] if offsets[slot] else 0
    for slot in range(FLAGS_SLOT + 1, ORDERS_SLOT):
        words[to + slot - 1] = data[unit + offsets[slot]] if offsets[slot] else 0
    for slot in range(VELOCITY_Y_SLOT + 1, NUM_UNIT_SLOTS):
        words[to + slot - 5] = data[unit + offsets[slot]] if offsets[slot] else 0
    offset = offsets[COMMAND_SLOT]
    for k in range(6):
        words[to + 34 + k] = data[unit + offset + k] if offset else 0
    to += 42
    for slot in (FLAGS_SLOT, VELOCITY_X_SLOT, VELOCITY_Y_SLOT):
        offset = offsets[slot]
        words[to] = data[unit + offset] if offset else 0
        words[to + 1] = data[unit + offset + 1] if offset else 0
        to += 2


@inline
def _fill_unit_diffs(data: Words, head: Longs, words: Words) -> None:
    _copy_words(data, head[PIDS], words, head[W_PLAYERS], head[PIDS + 1])
    to, num_vars, num_orders = head[W_UNITS], 0, 0
    for i in range(head[PIDS + 1]):
        table = item_at(data, head, head[UNITS], i, T_DIFF, 1)
        vtable = open_table(data, head, table, T_CONTAINER)
        units = vector_at(data, head, table, vtable, 0, 4)
        count = length_at(data, units)
        words[head[W_COUNTS] + i] = count
        for j in range(count):
            unit = item_at(data, head, units + 4, j, T_CONTAINER, 0)
            vtable = open_table(data, head, unit, T_UNIT_DIFF)
            var_ids = vector_at(data, head, unit, vtable, 1, 4)
            var_diffs = vector_at(data, head, unit, vtable, 2, 4)
            order_ids = vector_at(data, head, unit, vtable, 3, 4)
            order_diffs = vector_at(data, head, unit, vtable, 4, 4)
            vars_here, orders_here = length_at(data, var_diffs), length_at(data, order_diffs)
            _copy_words(data, var_ids + 4, words, head[W_VAR_IDS] + num_vars, vars_here)
            _copy_words(data, var_diffs + 4, words, head[W_VAR_DIFFS] + num_vars, vars_here)
            _copy_words(data, order_ids + 4, words, head[W_ORDER_IDS] + num_orders, orders_here)
            _copy_words(data, order_diffs + 4, words, head[W_ORDERS] + num_orders, orders_here)
            words[to] = number_at(data, head, unit, vtable, 0)
            words[to + 1] = num_vars
            words[to + 2] = vars_here
            words[to + 3] = num_orders
            words[to + 4] = orders_here
            words[to + 5] = number_at(data, head, unit, vtable, 5)
            _copy_long(data, head, unit, vtable, 8, words, to + 6)
            _copy_long(data, head, unit, vtable, 6, words, to + 8)
            _copy_long(data, head, unit, vtable, 7, words, to + 10)
            num_vars += vars_here
            num_orders += orders_here
            to += UNIT_DIFF_WORDS
            if head[ERROR]:
                return


@kernel
def fill_commands(data: Words, head: Longs, rows: Longs, args: Longs) -> None:
    """Copy the commands that were scanned.

    Args:
        data: the message that was scanned.
        head: what `read_message` wrote.
        rows: (n, COMMAND_WORDS) int64, overwritten: code, number of args, first byte and length of the text (0 and 0
            where there is none).
        args: (head[NUM_ARGS],) int64, overwritten, command by command.
    """
    begin_walk(data, head)
    num_args = 0
    for i in range(head[COMMANDS + 1]):
        command = item_at(data, head, head[COMMANDS], i, T_COMMANDS, 0)
        vtable = open_table(data, head, command, T_COMMAND)
        place = vector_at(data, head, command, vtable, 1, 4)
        count = length_at(data, place)
        rows[i, 0] = number_at(data, head, command, vtable, 0)
        rows[i, 1] = count
        for j in range(count):
            args[num_args + j] = i32(data, place + 4 + 4 * j)
        num_args += count
        note_text(data, head, UID, command, vtable, 2)
        rows[i, 2], rows[i, 3] = head[UID], head[UID + 1]
        if head[ERROR]:
            return
