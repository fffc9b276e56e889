"""Kernels of the frame difference: what of a frame is new beside the one sent before it, and the way back.

Units are matched by player and id, both sides in ascending order of ids; numbers are differences of 32 bits that wrap
around. A unit without a counterpart is the difference from nothing, with its zeros listed.

Units are rows of words here (`UNIT_WORDS` each): numbers 1 to 10 are the protocol's difference ids 0 to 9, numbers 11
to 39 have their own ids; id 10 is not used.
"""

from __future__ import annotations

from typing import Final

from bridge.torchcraft.codec_words import Longs, Words, are_divided, ranges_sum
from engine.core.jit import inline, kernel

UNIT_WORDS: Final = 48
UNIT_DIFF_WORDS: Final = 12
_FIRST_ORDER, _ORDER_SIZE = 40, 41
_NUM_VARS: Final = 39

GOOD, BAD_ORDER_SIZE, BAD_ORDER_ID, MANY_ORDERS, BAD_PARTS, NO_ROOM = 0, -1, -2, -3, -4, -5


@inline
def _wrapped(value: int) -> int:
    """Return what a 32-bit number with a sign makes of a sum or difference."""
    return ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000


@inline
def _word_of(var_id: int) -> int:
    return var_id + 1 if var_id < 10 else var_id


@inline
def _sort_by_id(units: Words, first: int, count: int, order: Longs, spare: Longs) -> None:
    """Write the rows of `count` units into `order`, ascending by id, equal ones as they came (a merge sort)."""
    is_sorted = True
    for i in range(count):
        order[i] = first + i
        if i > 0 and units[(first + i) * UNIT_WORDS] < units[(first + i - 1) * UNIT_WORDS]:
            is_sorted = False
    width = count if is_sorted else 1
    while width < count:
        for begin in range(0, count, 2 * width):
            middle, end = min(begin + width, count), min(begin + 2 * width, count)
            a, b = begin, middle
            for to in range(begin, end):
                if a < middle and (b >= end or units[order[a] * UNIT_WORDS] <= units[order[b] * UNIT_WORDS]):
                    spare[to] = order[a]
                    a += 1
                else:
                    spare[to] = order[b]
                    b += 1
        for i in range(count):
            order[i] = spare[i]
        width *= 2


@inline
def _entry_of(players: Words, counts: Words, player: int) -> tuple[int, int]:
    """Return first row and number of a player's units; the last entry counts if there are several, as in a map."""
    first, found, num = 0, 0, 0
    for i in range(players.size):
        if players[i] == player:
            found, num = first, counts[i]
        first += counts[i]
    return found, num


@kernel
def diff_units(
    players: Words,
    counts: Words,
    units: Words,
    orders: Words,
    old_players: Words,
    old_counts: Words,
    old_units: Words,
    old_orders: Words,
    out: Words,
    vars_out: Words,
    orders_out: Words,
    sorting: Longs,
) -> int:
    """Write the difference of each unit; return GOOD, BAD_PARTS, or NO_ROOM where `orders_out` is too short.

    Args:
        players: (p,) int32, of the new frame.
        counts: (p,) int32, units of each player.
        units: (48 * n,) int32, WIRE_UNIT_DTYPE as words, player by player.
        orders: (5 * m,) int32, ORDER_DTYPE as words.
        old_players: as above, of the frame sent before; likewise the next three.
        old_counts: see above.
        old_units: see above.
        old_orders: see above.
        out: (12 * n + 2,) int32, overwritten: UNIT_DIFF_DTYPE as words, ascending by id within a player; then how many
            variables and how many order numbers were written.
        vars_out: (2, 39 * n) int32, ids and differences, overwritten as far as needed.
        orders_out: (2, 5 * m) int32, likewise; m counts what the units refer to, which may be more than `orders` has.
        sorting: (3, max(n, old n)) int64, overwritten: room to sort in.
    """
    num_units, num_old = units.size // UNIT_WORDS, old_units.size // UNIT_WORDS
    if not are_divided(counts, players, num_units) or not are_divided(old_counts, old_players, num_old):
        return BAD_PARTS
    total = ranges_sum(units, UNIT_WORDS, _FIRST_ORDER, orders.size // 5)
    if total < 0 or ranges_sum(old_units, UNIT_WORDS, _FIRST_ORDER, old_orders.size // 5) < 0:
        return BAD_PARTS
    if 5 * total > orders_out.shape[1]:
        return NO_ROOM
    index, old_index, spare = sorting[0], sorting[1], sorting[2]
    first, to, num_vars, num_orders = 0, 0, 0, 0
    for p in range(players.size):
        count = counts[p]
        old_first, old_count = _entry_of(old_players, old_counts, players[p])
        _sort_by_id(units, first, count, index, spare)
        _sort_by_id(old_units, old_first, old_count, old_index, spare)
        first += count
        j = 0
        for i in range(count):
            unit = index[i]
            unit_id = units[unit * UNIT_WORDS]
            while j < old_count and old_units[old_index[j] * UNIT_WORDS] < unit_id:
                j += 1
            is_known = j < old_count and old_units[old_index[j] * UNIT_WORDS] == unit_id
            old = old_index[j] if is_known else -1
            vars_begin, orders_begin = num_vars, num_orders
            num_vars = _diff_vars(units, unit, old_units, old, vars_out, num_vars)
            num_orders = _diff_orders(units, unit, orders, old_units, old, old_orders, orders_out, num_orders)
            row, new = to * UNIT_DIFF_WORDS, unit * UNIT_WORDS
            out[row] = units[new]
            out[row + 1], out[row + 2] = vars_begin, num_vars - vars_begin
            out[row + 3], out[row + 4] = orders_begin, num_orders - orders_begin
            out[row + 5] = units[new + _ORDER_SIZE]
            for k in range(6):  # flags and velocities
                out[row + 6 + k] = units[new + 42 + k]
            to += 1
    out[to * UNIT_DIFF_WORDS] = num_vars
    out[to * UNIT_DIFF_WORDS + 1] = num_orders
    return GOOD


@inline
def _diff_vars(units: Words, unit: int, old_units: Words, old: int, out: Words, to: int) -> int:
    new_row, old_row = unit * UNIT_WORDS, old * UNIT_WORDS
    for word in range(1, 40):
        change = int(units[new_row + word])
        if old >= 0:
            change = _wrapped(change - int(old_units[old_row + word]))
        if change != 0 or old < 0:
            out[0, to] = word - 1 if word < 11 else word
            out[1, to] = change
            to += 1
    return to


@inline
def _diff_orders(
    units: Words, unit: int, orders: Words, old_units: Words, old: int, old_orders: Words, out: Words, to: int
) -> int:
    first, size = units[unit * UNIT_WORDS + _FIRST_ORDER], units[unit * UNIT_WORDS + _ORDER_SIZE]
    old_first, old_size = 0, 0
    if old >= 0:
        old_first, old_size = old_units[old * UNIT_WORDS + _FIRST_ORDER], old_units[old * UNIT_WORDS + _ORDER_SIZE]
    for k in range(5 * size):
        change = int(orders[5 * first + k])
        if k < 5 * old_size:
            change = _wrapped(change - int(old_orders[5 * old_first + k]))
        if change != 0 or old < 0:
            out[0, to] = k
            out[1, to] = change
            to += 1
    return to


@inline
def _fit(
    players: Words,
    counts: Words,
    diffs: Words,
    var_ids: Words,
    var_diffs: Words,
    order_ids: Words,
    order_diffs: Words,
) -> bool:
    """Say whether the parts of a difference fit together."""
    if not are_divided(counts, players, diffs.size // UNIT_DIFF_WORDS):
        return False
    if ranges_sum(diffs, UNIT_DIFF_WORDS, 1, min(var_ids.size, var_diffs.size)) < 0:
        return False
    return bool(ranges_sum(diffs, UNIT_DIFF_WORDS, 3, min(order_ids.size, order_diffs.size)) >= 0)


@kernel
def undiff_units(
    players: Words,
    counts: Words,
    diffs: Words,
    var_ids: Words,
    var_diffs: Words,
    order_ids: Words,
    order_diffs: Words,
    old_players: Words,
    old_counts: Words,
    old_units: Words,
    old_orders: Words,
    units: Words,
    orders: Words,
    sorting: Longs,
) -> int:
    """Write the units that a difference makes of old ones; return their orders, or a negative number if that fails.

    BAD_PARTS: parts do not fit together. BAD_ORDER_SIZE, BAD_ORDER_ID: it speaks of orders that are not there. NO_ROOM:
    `orders` is too short.

    Args:
        players: (p,) int32, of the difference.
        counts: (p,) int32, unit differences of each player.
        diffs: (12 * n,) int32, UNIT_DIFF_DTYPE as words.
        var_ids: (v,) int32; what is no id of a variable is passed over.
        var_diffs: (v,) int32.
        order_ids: (o,) int32.
        order_diffs: (o,) int32.
        old_players: (q,) int32, of the frame before; likewise the next three.
        old_counts: see above.
        old_units: (48 * k,) int32, WIRE_UNIT_DTYPE as words.
        old_orders: (5 * l,) int32, ORDER_DTYPE as words.
        units: (48 * n,) int32, overwritten.
        orders: (5 * m,) int32, overwritten; m is at least the sum of the differences' order sizes.
        sorting: (2, k) int64, overwritten: room to sort in.
    """
    if not _fit(players, counts, diffs, var_ids, var_diffs, order_ids, order_diffs):
        return BAD_PARTS
    num_old = old_units.size // UNIT_WORDS
    if not are_divided(old_counts, old_players, num_old):
        return BAD_PARTS
    if ranges_sum(old_units, UNIT_WORDS, _FIRST_ORDER, old_orders.size // 5) < 0:
        return BAD_PARTS
    total = _sum_of_orders(diffs, orders.size // 5)
    if total < 0:
        return NO_ROOM if total == MANY_ORDERS else total
    old_index, spare = sorting[0], sorting[1]
    first, num_orders = 0, 0
    for p in range(players.size):
        old_first, old_count = _entry_of(old_players, old_counts, players[p])
        _sort_by_id(old_units, old_first, old_count, old_index, spare)
        j = 0
        for i in range(first, first + counts[p]):
            row, unit = i * UNIT_DIFF_WORDS, i * UNIT_WORDS
            while j < old_count and old_units[old_index[j] * UNIT_WORDS] < diffs[row]:
                j += 1
            is_known = j < old_count and old_units[old_index[j] * UNIT_WORDS] == diffs[row]
            old = old_index[j] * UNIT_WORDS if is_known else -1
            for k in range(40):
                units[unit + k] = old_units[old + k] if is_known else 0
            for k in range(6):  # flags and velocities
                units[unit + 42 + k] = diffs[row + 6 + k]
            units[unit] = diffs[row]
            _add_vars(units, unit, diffs, row, var_ids, var_diffs)
            size = diffs[row + 5]
            units[unit + _FIRST_ORDER], units[unit + _ORDER_SIZE] = num_orders, size
            kept, old_order = 0, 0
            if is_known:
                kept = min(size, old_units[old + _ORDER_SIZE])
                old_order = old_units[old + _FIRST_ORDER]
            for k in range(5 * size):
                orders[5 * num_orders + k] = old_orders[5 * old_order + k] if k < 5 * kept else 0
            for k in range(diffs[row + 3], diffs[row + 3] + diffs[row + 4]):
                place = order_ids[k]
                if place < 0 or place >= 5 * size:
                    return BAD_ORDER_ID
                place += 5 * num_orders
                orders[place] = _wrapped(int(orders[place]) + int(order_diffs[k]))
            num_orders += size
        first += counts[p]
    return num_orders


@inline
def _add_vars(units: Words, unit: int, diffs: Words, row: int, var_ids: Words, var_diffs: Words) -> None:
    for k in range(diffs[row + 1], diffs[row + 1] + diffs[row + 2]):
        var_id = var_ids[k]
        if 0 <= var_id <= _NUM_VARS and var_id != 10:
            place = unit + _word_of(var_id)
            units[place] = _wrapped(int(units[place]) + int(var_diffs[k]))


@inline
def _sum_of_orders(diffs: Words, limit: int) -> int:
    total = 0
    for i in range(diffs.size // UNIT_DIFF_WORDS):
        size = diffs[i * UNIT_DIFF_WORDS + 5]
        if size < 0:
            return BAD_ORDER_SIZE
        total += size
        if total > limit:
            return MANY_ORDERS
    return total


@kernel
def count_orders(diffs: Words, limit: int) -> int:
    """Return the sum of the differences' order sizes, BAD_ORDER_SIZE if one is negative, MANY_ORDERS above `limit`.

    Args:
        diffs: (12 * n,) int32, UNIT_DIFF_DTYPE as words.
        limit: what no honest difference exceeds.
    """
    return _sum_of_orders(diffs, limit)
