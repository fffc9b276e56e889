"""Kernels that write frames and differences, and the shape that we give to their tables.

Every field is written, whether it is 0 or not, so that all tables of a kind are alike: one vtable serves them all,
their size is known beforehand, and a unit is written by copying its record as it lies in memory. A frame becomes a
*blob*: bytes that can be put into any buffer at a multiple of 8, since all distances in it are relative.
"""

from __future__ import annotations

import struct
from typing import Final

from bridge.torchcraft.codec_words import Words, are_divided, ranges_sum
from engine.core.jit import inline, kernel


def _vtable(size: int, offsets: tuple[int, ...]) -> bytes:
    """Return a vtable, filled up to whole words; `offsets` slot by slot."""
    data = struct.pack(f"<{len(offsets) + 2}H", 4 + 2 * len(offsets), size, *offsets)
    return data + bytes(-len(data) % 4)


def _unit_offset(word: int) -> int:
    """Return the offset of a record's word in a Unit table, behind the distance to the vtable."""
    return 4 + 4 * word


UNIT_TABLE_WORDS: Final = 50  # the distance, the record's 48 words, one of filling so that all begin alike
RESOURCES_TABLE_WORDS: Final = 12
UNIT_DIFF_TABLE_WORDS: Final = 14
PLAYER_TABLE_WORDS: Final = 3
CONTAINER_TABLE_WORDS: Final = 2
FRAME_TABLE_WORDS: Final = 10
DIFF_TABLE_WORDS: Final = 9

_UNIT_VTABLE = _vtable(
    4 + 4 * 48,
    tuple(
        _unit_offset(word)
        # id to airCD, flags, visible to airRange, orders, command, the two velocities, playerId to associatedCount
        for word in (*range(11), 42, *range(11, 26), 40, 34, 44, 46, *range(26, 34))
    ),
)
_RESOURCES_VTABLE = _vtable(48, (4, 8, 12, 16, 24, 32, 40))
_PLAYER_VTABLE = _vtable(12, (4, 8))  # UnitsOfPlayer and ResourcesOfPlayer
_FRAME_VTABLE = _vtable(40, (4, 8, 12, 16, 20, 24, 28, 32, 36))
_DIFF_VTABLE = _vtable(36, (4, 8, 12, 16, 20, 24, 28, 32))
_CONTAINER_VTABLE = _vtable(8, (4,))
_UNIT_DIFF_VTABLE = _vtable(52, (4, 8, 12, 16, 20, 24, 36, 44, 28))

FRAME_PREFIX: Final = _FRAME_VTABLE + _PLAYER_VTABLE + _RESOURCES_VTABLE + _UNIT_VTABLE
"""What a Frame's blob begins with."""
DIFF_PREFIX: Final = _DIFF_VTABLE + _PLAYER_VTABLE + _RESOURCES_VTABLE + _CONTAINER_VTABLE + _UNIT_DIFF_VTABLE
"""What a FrameDiff's blob begins with."""

# Where in the prefixes the vtables lie, in words.
_VT_FRAME: Final = 0
_VT_DIFF: Final = 0
_VT_FRAME_PLAYER: Final = len(_FRAME_VTABLE) // 4
_VT_FRAME_RESOURCES: Final = _VT_FRAME_PLAYER + len(_PLAYER_VTABLE) // 4
_VT_UNIT: Final = _VT_FRAME_RESOURCES + len(_RESOURCES_VTABLE) // 4
FRAME_AT: Final = len(FRAME_PREFIX) // 4
_VT_DIFF_PLAYER: Final = len(_DIFF_VTABLE) // 4
_VT_DIFF_RESOURCES: Final = _VT_DIFF_PLAYER + len(_PLAYER_VTABLE) // 4
_VT_CONTAINER: Final = _VT_DIFF_RESOURCES + len(_RESOURCES_VTABLE) // 4
_VT_UNIT_DIFF: Final = _VT_CONTAINER + len(_CONTAINER_VTABLE) // 4
DIFF_AT: Final = len(DIFF_PREFIX) // 4

BAD_COUNTS, BAD_VARS, BAD_ORDERS, TOO_SHORT = -1, -2, -3, -4

UNIT_WORDS: Final = 48
UNIT_DIFF_WORDS: Final = 12
RESOURCES_WORDS: Final = 12


@inline
def _point(words: Words, place: int, target: int) -> None:
    """Write the distance to `target` at `place`, both in words."""
    words[place] = 4 * (target - place)


@inline
def _begin_table(words: Words, at: int, vtable: int) -> None:
    words[at] = 4 * (at - vtable)


@inline
def _even(at: int) -> int:
    """Return the next word that lies at a multiple of 8 bytes."""
    return at + (at & 1)


@inline
def _write_numbers(words: Words, at: int, numbers: Words, first: int, count: int) -> int:
    """Write a vector of words and return where it ends; its length counts `count` words."""
    words[at] = count
    for i in range(count):
        words[at + 1 + i] = numbers[first + i]
    return at + 1 + count


@inline
def _write_structs(words: Words, at: int, numbers: Words, size: int) -> int:
    """Write a vector of structs of `size` words and return where it ends."""
    words[at] = numbers.size // size
    for i in range(numbers.size):
        words[at + 1 + i] = numbers[i]
    return at + 1 + numbers.size


@inline
def _write_resources(words: Words, at: int, resources: Words, vt_player: int, vt_resources: int) -> int:
    count = resources.size // RESOURCES_WORDS
    words[at] = count
    tables = at + 1 + count
    details = _even(tables + PLAYER_TABLE_WORDS * count)
    if details != tables + PLAYER_TABLE_WORDS * count:
        words[details - 1] = 0
    for i in range(count):
        table, detail, row = tables + PLAYER_TABLE_WORDS * i, details + RESOURCES_TABLE_WORDS * i, RESOURCES_WORDS * i
        _point(words, at + 1 + i, table)
        _begin_table(words, table, vt_player)
        words[table + 1] = resources[row]
        _point(words, table + 2, detail)
        _begin_table(words, detail, vt_resources)
        for k in range(4):
            words[detail + 1 + k] = resources[row + 1 + k]
        words[detail + 5] = 0
        for k in range(6, 12):
            words[detail + k] = resources[row + k]
    return details + RESOURCES_TABLE_WORDS * count


@kernel
def frame_words(num_players: int, num_units: int, num_orders: int, num_resources: int, num_bullets: int) -> int:
    """Return an upper limit of the words of a Frame's blob, without its creep map."""
    units = num_players * (3 + PLAYER_TABLE_WORDS) + num_units * (1 + UNIT_TABLE_WORDS + 1) + 5 * num_orders
    resources = num_resources * (1 + PLAYER_TABLE_WORDS + RESOURCES_TABLE_WORDS)
    return FRAME_AT + FRAME_TABLE_WORDS + units + resources + 3 * num_bullets + 8


@kernel
def diff_words(
    num_players: int, num_units: int, num_vars: int, num_orders: int, num_resources: int, num_bullets: int
) -> int:
    """Return an upper limit of the words of a FrameDiff's blob, without its creep differences."""
    units = num_players * (4 + CONTAINER_TABLE_WORDS) + num_units * (1 + UNIT_DIFF_TABLE_WORDS + 4)
    resources = num_resources * (1 + PLAYER_TABLE_WORDS + RESOURCES_TABLE_WORDS)
    return DIFF_AT + DIFF_TABLE_WORDS + units + 2 * num_vars + 2 * num_orders + resources + 3 * num_bullets + 10


@inline
def _wrapped(value: int) -> int:
    """Return the 32 bits of a number as one with a sign."""
    return ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000


@kernel
def write_frame(
    words: Words,
    players: Words,
    counts: Words,
    units: Words,
    orders: Words,
    resources: Words,
    bullets: Words,
    width: int,
    height: int,
    reward: int,
    is_terminal: int,
) -> int:
    """Write a Frame behind FRAME_PREFIX, with an empty vector of actions, and return the word at which it ends.

    Its creep map is an empty vector too, and the last word written; the caller may put another there.

    Args:
        words: (frame_words(...),) int32; the prefix is there already.
        players: (p,) int32.
        counts: (p,) int32, units of each player.
        units: (48 * n,) int32, WIRE_UNIT_DTYPE as words.
        orders: (5 * m,) int32, ORDER_DTYPE as words.
        resources: (12 * r,) int32, RESOURCES_DTYPE as words.
        bullets: (3 * b,) int32, BULLET_DTYPE as words.
        width: of 32 bits without a sign.
        height: likewise.
        reward: of 32 bits.
        is_terminal: 0 or 1.

    Returns:
        BAD_COUNTS, BAD_ORDERS or TOO_SHORT, with nothing written, where counts, orders or `words` do not fit.
    """
    num_units, num_resources = units.size // UNIT_WORDS, resources.size // RESOURCES_WORDS
    if not are_divided(counts, players, num_units):
        return BAD_COUNTS
    num_orders = ranges_sum(units, UNIT_WORDS, 40, orders.size // 5)
    if num_orders < 0:
        return BAD_ORDERS
    if words.size < frame_words(players.size, num_units, num_orders, num_resources, bullets.size // 3):
        return TOO_SHORT
    at = FRAME_AT
    _begin_table(words, at, _VT_FRAME)
    words[at + 6], words[at + 7] = _wrapped(width), _wrapped(height)
    words[at + 8], words[at + 9] = _wrapped(reward), is_terminal
    end = at + FRAME_TABLE_WORDS
    _point(words, at + 1, end)
    end = _write_units(words, end, players, counts, units, orders)
    _point(words, at + 2, end)
    words[end] = 0
    end += 1
    _point(words, at + 3, end)
    end = _write_resources(words, end, resources, _VT_FRAME_PLAYER, _VT_FRAME_RESOURCES)
    _point(words, at + 4, end)
    end = _write_structs(words, end, bullets, 3)
    _point(words, at + 5, end)
    words[end] = 0
    return end + 1


@inline
def _write_units(words: Words, at: int, players: Words, counts: Words, units: Words, orders: Words) -> int:
    words[at] = players.size
    table = at + 1 + players.size
    end = table + PLAYER_TABLE_WORDS * players.size
    row = 0
    for i in range(players.size):
        count = counts[i]
        _point(words, at + 1 + i, table)
        _begin_table(words, table, _VT_FRAME_PLAYER)
        words[table + 1] = players[i]
        _point(words, table + 2, end)
        table += PLAYER_TABLE_WORDS
        words[end] = count
        # A Unit's 8-byte numbers lie 43 words behind its beginning, so it begins at an odd word.
        unit = end + 1 + count
        if unit & 1 == 0:
            words[unit] = 0
            unit += 1
        list_at, orders_at = end + 1, unit + UNIT_TABLE_WORDS * count
        for j in range(count):
            _point(words, list_at + j, unit)
            _begin_table(words, unit, _VT_UNIT)
            for k in range(UNIT_WORDS):
                words[unit + 1 + k] = units[row + k]
            _point(words, unit + 41, orders_at)
            words[unit + 42] = 0
            words[unit + 49] = 0
            words[orders_at] = units[row + 41]
            first, size = 5 * units[row + 40], 5 * units[row + 41]
            for k in range(size):
                words[orders_at + 1 + k] = orders[first + k]
            orders_at += 1 + size
            unit += UNIT_TABLE_WORDS
            row += UNIT_WORDS
        end = orders_at
    return end


@kernel
def write_diff(
    words: Words,
    players: Words,
    counts: Words,
    units: Words,
    var_ids: Words,
    var_diffs: Words,
    order_ids: Words,
    order_diffs: Words,
    resources: Words,
    bullets: Words,
    creep: Words,
    reward: int,
    is_terminal: int,
) -> int:
    """Write a FrameDiff behind DIFF_PREFIX, with an empty vector of actions, and return the word at which it ends.

    Args:
        words: (diff_words(...) + creep.size,) int32; the prefix is there already.
        players: (p,) int32.
        counts: (p,) int32, units of each player.
        units: (12 * n,) int32, UNIT_DIFF_DTYPE as words.
        var_ids: (v,) int32.
        var_diffs: (v,) int32.
        order_ids: (o,) int32.
        order_diffs: (o,) int32.
        resources: (12 * r,) int32, RESOURCES_DTYPE as words.
        bullets: (3 * b,) int32, BULLET_DTYPE as words.
        creep: (2 * c,) int32, CREEP_DIFF_DTYPE as words.
        reward: of 32 bits.
        is_terminal: of 32 bits.

    Returns:
        BAD_COUNTS, BAD_VARS, BAD_ORDERS or TOO_SHORT, with nothing written, where counts, ranges or `words` do not fit.
    """
    num_units, num_resources = units.size // UNIT_DIFF_WORDS, resources.size // RESOURCES_WORDS
    if not are_divided(counts, players, num_units):
        return BAD_COUNTS
    num_vars = ranges_sum(units, UNIT_DIFF_WORDS, 1, min(var_ids.size, var_diffs.size))
    num_orders = ranges_sum(units, UNIT_DIFF_WORDS, 3, min(order_ids.size, order_diffs.size))
    if num_vars < 0 or num_orders < 0:
        return BAD_VARS if num_vars < 0 else BAD_ORDERS
    limit = diff_words(players.size, num_units, num_vars, num_orders, num_resources, bullets.size // 3)
    if words.size < limit + creep.size:
        return TOO_SHORT
    at = DIFF_AT
    _begin_table(words, at, _VT_DIFF)
    words[at + 7], words[at + 8] = _wrapped(reward), _wrapped(is_terminal)
    end = at + DIFF_TABLE_WORDS
    _point(words, at + 1, end)
    end = _write_numbers(words, end, players, 0, players.size)
    _point(words, at + 2, end)
    words[end] = players.size
    table = end + 1 + players.size
    first_table, list_at = table, end + 1
    end = table + CONTAINER_TABLE_WORDS * players.size
    row = 0
    for i in range(players.size):
        count = counts[i]
        _point(words, list_at + i, first_table + CONTAINER_TABLE_WORDS * i)
        _begin_table(words, table, _VT_CONTAINER)
        _point(words, table + 1, end)
        table += CONTAINER_TABLE_WORDS
        words[end] = count
        unit_list = end + 1
        unit = unit_list + count
        if unit & 1 == 0:  # a UnitDiff's 8-byte numbers lie 7 words behind its beginning
            words[unit] = 0
            unit += 1
        for j in range(count):
            _point(words, unit_list + j, unit)
            unit = _write_unit_diff(words, unit, units, row, var_ids, var_diffs, order_ids, order_diffs)
            row += UNIT_DIFF_WORDS
        end = unit
    _point(words, at + 3, end)
    words[end] = 0
    end += 1
    _point(words, at + 4, end)
    end = _write_resources(words, end, resources, _VT_DIFF_PLAYER, _VT_DIFF_RESOURCES)
    _point(words, at + 5, end)
    end = _write_structs(words, end, bullets, 3)
    _point(words, at + 6, end)
    return _write_structs(words, end, creep, 2)


@inline
def _write_unit_diff(
    words: Words,
    unit: int,
    units: Words,
    row: int,
    var_ids: Words,
    var_diffs: Words,
    order_ids: Words,
    order_diffs: Words,
) -> int:
    """Write one UnitDiff with its four vectors and return the word at which it ends."""
    _begin_table(words, unit, _VT_UNIT_DIFF)
    words[unit + 1] = units[row]
    words[unit + 6] = units[row + 5]
    for k in range(6, 12):
        words[unit + 1 + k] = units[row + k]
    words[unit + 13] = 0
    first, count = units[row + 1], units[row + 2]
    end = unit + UNIT_DIFF_TABLE_WORDS
    _point(words, unit + 2, end)
    end = _write_numbers(words, end, var_ids, first, count)
    _point(words, unit + 3, end)
    end = _write_numbers(words, end, var_diffs, first, count)
    first, count = units[row + 3], units[row + 4]
    _point(words, unit + 4, end)
    end = _write_numbers(words, end, order_ids, first, count)
    _point(words, unit + 5, end)
    return _write_numbers(words, end, order_diffs, first, count)
