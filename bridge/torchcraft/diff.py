"""What of a frame is new beside the one sent before it, and the way back: TorchCraft's difference of frames.

Both follow the original to the bit, its quirks included: only players and units of the new frame are mentioned, a unit
that changed its owner is new, the result of `undiff` is sorted by id, and differences wrap around at 32 bits.
"""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft import codec_diff
from bridge.torchcraft.codec_warmup import prepare
from bridge.torchcraft.codec_words import Words, check_counts, check_ranges, words_of
from bridge.torchcraft.flatbuffer import WireError
from bridge.torchcraft.messages import (
    CREEP_DIFF_DTYPE,
    ORDER_DTYPE,
    UNIT_DIFF_DTYPE,
    WIRE_UNIT_DTYPE,
    WireFrame,
    WireFrameDiff,
)

__all__ = ["Changes", "Parts", "changes_of", "check_parts", "diff", "diff_creep", "frame_parts", "undiff"]

NUM_VARS: Final = 39
"""Numbers of a unit that a difference may change."""

NEW_ORDERS: Final = 1_000_000
"""Orders that a difference may add beyond those that it gives numbers for; real ones add none. It bounds the memory
that a bad one can ask for."""

_INT32: Final = np.dtype(np.int32)
_NO_CREEP: Final = np.zeros(0, CREEP_DIFF_DTYPE)


class Changes(NamedTuple):
    """A difference of units as the kernels have it.

    Attributes:
        players: (p,) int32, of the new frame.
        counts: (p,) int32.
        rows: (12 * n,) int32, UNIT_DIFF_DTYPE as words.
        var_ids: (v,) int32.
        var_diffs: (v,) int32.
        order_ids: (o,) int32.
        order_diffs: (o,) int32.
    """

    players: Words
    counts: Words
    rows: Words
    var_ids: Words
    var_diffs: Words
    order_ids: Words
    order_diffs: Words


def changes_of(new: WireFrame, old: WireFrame) -> Changes:
    """Return how the units of a frame differ from those of the one before.

    Raises:
        WireError: a frame's parts do not fit together.
    """
    prepare()
    parts, old_parts = frame_parts(new, "new"), frame_parts(old, "old")
    players, counts, units, orders = parts
    num_units = units.size // codec_diff.UNIT_WORDS
    rows = np.empty(num_units * codec_diff.UNIT_DIFF_WORDS + 2, np.int32)
    variables = np.empty((2, NUM_VARS * num_units), np.int32)
    sorting = np.empty((3, max(num_units, old_parts[2].size // codec_diff.UNIT_WORDS)), np.int64)
    order_numbers = np.empty((2, orders.size), np.int32)
    result = codec_diff.diff_units(*parts, *old_parts, rows, variables, order_numbers, sorting)
    if result == codec_diff.NO_ROOM:  # some units share their orders
        order_numbers = np.empty((2, 5 * int(new.units["order_size"].sum())), np.int32)
        result = codec_diff.diff_units(*parts, *old_parts, rows, variables, order_numbers, sorting)
    if result != codec_diff.GOOD:
        check_parts(parts, "new")
        check_parts(old_parts, "old")
    num_vars, num_order_numbers = rows[-2:].tolist()
    return Changes(
        players,
        counts,
        rows[:-2],
        variables[0, :num_vars],
        variables[1, :num_vars],
        order_numbers[0, :num_order_numbers],
        order_numbers[1, :num_order_numbers],
    )


def diff(new: WireFrame, old: WireFrame) -> WireFrameDiff:
    """Return what a client that has `old` must be told to have `new`.

    Args:
        new: the frame to be sent.
        old: the frame sent before.

    Raises:
        WireError: the creep maps have different lengths, or a frame's parts do not fit together.
    """
    changes = changes_of(new, old)
    return WireFrameDiff(
        player_ids=new.player_ids,
        num_units=new.num_units,
        units=changes.rows.view(UNIT_DIFF_DTYPE),
        var_ids=changes.var_ids,
        var_diffs=changes.var_diffs,
        order_ids=changes.order_ids,
        order_diffs=changes.order_diffs,
        actions=new.actions,
        action_players=new.action_players,
        resources=new.resources,
        bullets=new.bullets,
        creep_map=diff_creep(new.creep_map, old.creep_map),
        reward=new.reward,
        is_terminal=new.is_terminal,
    )


def undiff(old: WireFrame, d: WireFrameDiff) -> WireFrame:
    """Return the frame that a difference makes of the one before it.

    Args:
        old: the frame before; an empty one if there was none.
        d: the difference.

    Raises:
        WireError: it speaks of orders or creep that are not there, or asks for an absurd number of orders.
    """
    prepare()
    old_parts = frame_parts(old, "old")
    changes = Changes(
        words_of(d.player_ids, _INT32, "FrameDiff.pids"),
        words_of(d.num_units, _INT32, "FrameDiff.num_units"),
        words_of(d.units, UNIT_DIFF_DTYPE, "FrameDiff.units"),
        words_of(d.var_ids, _INT32, "UnitDiff.var_ids"),
        words_of(d.var_diffs, _INT32, "UnitDiff.var_diffs"),
        words_of(d.order_ids, _INT32, "UnitDiff.order_ids"),
        words_of(d.order_diffs, _INT32, "UnitDiff.order_diffs"),
    )
    old_orders = old_parts[3]
    units = np.empty(changes.rows.size // codec_diff.UNIT_DIFF_WORDS * codec_diff.UNIT_WORDS, np.int32)
    # Room for the old orders and those that are told number by number: what real differences need at most.
    orders = np.empty(old_orders.size + 5 * changes.order_ids.size, np.int32)
    sorting = np.empty((2, old_parts[2].size // codec_diff.UNIT_WORDS), np.int64)
    num_orders = codec_diff.undiff_units(*changes, *old_parts, units, orders, sorting)
    if num_orders == codec_diff.NO_ROOM:
        limit = old_orders.size // 5 + changes.order_ids.size + NEW_ORDERS
        total = codec_diff.count_orders(changes.rows, limit)
        if total == codec_diff.MANY_ORDERS:
            raise WireError("asks for too many orders", "UnitDiff.order_size")
        orders = np.empty(5 * total, np.int32)
        num_orders = codec_diff.undiff_units(*changes, *old_parts, units, orders, sorting)
    if num_orders < 0:
        _raise_bad_changes(num_orders, changes, old_parts)
    return WireFrame(
        player_ids=d.player_ids,
        num_units=d.num_units,
        units=_records(units, WIRE_UNIT_DTYPE, len(d.units)),
        orders=_records(orders, ORDER_DTYPE, num_orders),
        actions=d.actions,
        action_players=d.action_players,
        resources=d.resources,
        bullets=d.bullets,
        creep_map=_undiff_creep(old.creep_map, d.creep_map),
        width=old.width,
        height=old.height,
        reward=d.reward,
        is_terminal=d.is_terminal,
    )


def _records(words: Words, dtype: np.dtype[np.void], count: int) -> NDArray[np.void]:
    """Return the first records of an array of words."""
    return np.frombuffer(words, dtype, count) if count else np.zeros(0, dtype)  # twice as fast as a view


Parts: TypeAlias = tuple[Words, Words, Words, Words]
"""A frame's players, counts, units and orders as the kernels have them."""


def frame_parts(frame: WireFrame, name: str) -> Parts:
    """Return a frame's parts as words; raise WireError where an array has another dtype."""
    return (
        words_of(frame.player_ids, _INT32, f"{name}.player_ids"),
        words_of(frame.num_units, _INT32, f"{name}.num_units"),
        words_of(frame.units, WIRE_UNIT_DTYPE, f"{name}.units"),
        words_of(frame.orders, ORDER_DTYPE, f"{name}.orders"),
    )


def check_parts(parts: Parts, name: str) -> None:
    """Raise WireError if a frame's parts do not fit together."""
    players, counts, units, orders = parts
    check_counts(counts, players, units.size // codec_diff.UNIT_WORDS, name)
    check_ranges(units, codec_diff.UNIT_WORDS, 40, orders.size // 5, f"{name}.orders")


def _raise_bad_changes(result: int, changes: Changes, old_parts: Parts) -> NoReturn:
    if result == codec_diff.BAD_ORDER_ID:
        raise WireError("changes an order beyond order_size", "UnitDiff.order_ids")
    if result == codec_diff.BAD_ORDER_SIZE:
        raise WireError("is negative", "UnitDiff.order_size")
    check_parts(old_parts, "old")
    players, counts, rows, var_ids, var_diffs, order_ids, order_diffs = changes
    check_counts(counts, players, rows.size // codec_diff.UNIT_DIFF_WORDS, "FrameDiff")
    check_ranges(rows, codec_diff.UNIT_DIFF_WORDS, 1, min(var_ids.size, var_diffs.size), "UnitDiff.var_ids")
    check_ranges(rows, codec_diff.UNIT_DIFF_WORDS, 3, min(order_ids.size, order_diffs.size), "UnitDiff.order_ids")
    raise AssertionError(f"the kernels refused what fits together: {result}")


def diff_creep(new: NDArray[np.uint8], old: NDArray[np.uint8]) -> NDArray[np.void]:
    """Return (c,) CREEP_DIFF_DTYPE, the bytes that have changed; raise WireError where the lengths differ."""
    if new.size != old.size:
        raise WireError(f"has {new.size} bytes, the frame before {old.size}", "new.creep_map")
    if new is old or new.tobytes() == old.tobytes():
        return _NO_CREEP
    places = np.flatnonzero(new != old)
    changes = np.empty(places.size, CREEP_DIFF_DTYPE)
    changes["index"], changes["creep"] = places, new[places]
    return changes


def _undiff_creep(old: NDArray[np.uint8], changes: NDArray[np.void]) -> NDArray[np.uint8]:
    if not changes.size:
        return old
    places = changes["index"]
    if places.min() < 0 or places.max() >= old.size:
        raise WireError(f"changes a byte outside the creep map's {old.size}", "FrameDiffCreep.index")
    creep = old.copy()
    creep[places] = changes["creep"].astype(np.uint8)
    return creep
