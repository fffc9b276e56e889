"""What of a frame is new beside the one sent before it, and the way back: TorchCraft's difference of frames.

Both follow the original to the bit, its quirks included: only players and units of the new frame are mentioned, a unit
that changed its owner is new, the result of `undiff` is sorted by id, and differences wrap around at 32 bits.
"""

from __future__ import annotations

from typing import Final

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

__all__ = ["diff", "undiff"]

NEW_ORDERS: Final = 1_000_000
"""Orders that a difference may add beyond those that it gives numbers for; real ones add none. It bounds the memory
that a bad one can ask for."""

_INT32: Final = np.dtype(np.int32)


def diff(new: WireFrame, old: WireFrame) -> WireFrameDiff:
    """Return what a client that has `old` must be told to have `new`.

    Args:
        new: the frame to be sent.
        old: the frame sent before.

    Raises:
        WireError: the creep maps have different lengths, or a frame's parts do not fit together.
    """
    prepare()
    players, counts, units, orders = _parts(new, "new")
    old_players, old_counts, old_units, old_orders = _parts(old, "old")
    num_units = units.size // codec_diff.UNIT_WORDS
    num_orders = check_ranges(units, codec_diff.UNIT_WORDS, 40, orders.size // 5, "new.orders")
    check_ranges(old_units, codec_diff.UNIT_WORDS, 40, old_orders.size // 5, "old.orders")
    rows = np.empty(num_units * codec_diff.UNIT_DIFF_WORDS + 2, np.int32)
    variables = np.empty((2, 39 * num_units), np.int32)
    order_numbers = np.empty((2, 5 * num_orders), np.int32)
    codec_diff.diff_units(
        players,
        counts,
        units,
        orders,
        old_players,
        old_counts,
        old_units,
        old_orders,
        rows,
        variables,
        order_numbers,
        np.empty((3, max(num_units, len(old.units))), np.int64),
    )
    num_vars, num_order_numbers = rows[-2:].tolist()
    return WireFrameDiff(
        player_ids=new.player_ids,
        num_units=new.num_units,
        units=rows[:-2].view(UNIT_DIFF_DTYPE),
        var_ids=variables[0, :num_vars],
        var_diffs=variables[1, :num_vars],
        order_ids=order_numbers[0, :num_order_numbers],
        order_diffs=order_numbers[1, :num_order_numbers],
        actions=new.actions,
        action_players=new.action_players,
        resources=new.resources,
        bullets=new.bullets,
        creep_map=_diff_creep(new.creep_map, old.creep_map),
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
    old_players, old_counts, old_units, old_orders = _parts(old, "old")
    check_ranges(old_units, codec_diff.UNIT_WORDS, 40, old_orders.size // 5, "old.orders")
    players = words_of(d.player_ids, _INT32, "FrameDiff.pids")
    counts = words_of(d.num_units, _INT32, "FrameDiff.num_units")
    diffs = words_of(d.units, UNIT_DIFF_DTYPE, "FrameDiff.units")
    var_ids, var_diffs = words_of(d.var_ids, _INT32, "UnitDiff.var_ids"), words_of(d.var_diffs, _INT32, "var_diffs")
    order_ids = words_of(d.order_ids, _INT32, "UnitDiff.order_ids")
    order_diffs = words_of(d.order_diffs, _INT32, "UnitDiff.order_diffs")
    num_units = diffs.size // codec_diff.UNIT_DIFF_WORDS
    check_counts(counts, players, num_units, "FrameDiff")
    check_ranges(diffs, codec_diff.UNIT_DIFF_WORDS, 1, min(var_ids.size, var_diffs.size), "UnitDiff.var_ids")
    check_ranges(diffs, codec_diff.UNIT_DIFF_WORDS, 3, min(order_ids.size, order_diffs.size), "UnitDiff.order_ids")
    num_orders: int = codec_diff.count_orders(diffs, old_orders.size // 5 + order_ids.size + NEW_ORDERS)
    if num_orders < 0:
        what = "is negative" if num_orders == codec_diff.BAD_ORDER_SIZE else "asks for too many orders"
        raise WireError(what, "UnitDiff.order_size")
    units = np.empty(num_units * codec_diff.UNIT_WORDS, np.int32)
    orders = np.empty(5 * num_orders, np.int32)
    result = codec_diff.undiff_units(
        players,
        counts,
        diffs,
        var_ids,
        var_diffs,
        order_ids,
        order_diffs,
        old_players,
        old_counts,
        old_units,
        old_orders,
        units,
        orders,
        np.empty((2, len(old.units)), np.int64),
    )
    if result != codec_diff.GOOD:
        raise WireError("changes an order beyond order_size", "UnitDiff.order_ids")
    return WireFrame(
        player_ids=d.player_ids,
        num_units=d.num_units,
        units=units.view(WIRE_UNIT_DTYPE),
        orders=orders.view(ORDER_DTYPE),
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


def _parts(frame: WireFrame, name: str) -> tuple[Words, Words, Words, Words]:
    players = words_of(frame.player_ids, _INT32, f"{name}.player_ids")
    counts = words_of(frame.num_units, _INT32, f"{name}.num_units")
    units = words_of(frame.units, WIRE_UNIT_DTYPE, f"{name}.units")
    check_counts(counts, players, units.size // codec_diff.UNIT_WORDS, name)
    return players, counts, units, words_of(frame.orders, ORDER_DTYPE, f"{name}.orders")


def _diff_creep(new: NDArray[np.uint8], old: NDArray[np.uint8]) -> NDArray[np.void]:
    if new.size != old.size:
        raise WireError(f"has {new.size} bytes, the frame before {old.size}", "new.creep_map")
    if new is old or new.tobytes() == old.tobytes():
        return np.zeros(0, CREEP_DIFF_DTYPE)
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
