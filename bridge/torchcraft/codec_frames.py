"""Frames and differences to bytes that fit into any buffer."""

from __future__ import annotations

import struct
from typing import Final, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft import codec_diff, codec_write
from bridge.torchcraft import flatbuffer as fb
from bridge.torchcraft.codec_difference import write_difference
from bridge.torchcraft.codec_warmup import prepare
from bridge.torchcraft.codec_words import INT32, Frames, Words, check_counts, words_of
from bridge.torchcraft.diff import NUM_VARS, Parts, check_parts, diff_creep, frame_parts
from bridge.torchcraft.flatbuffer import WireError
from bridge.torchcraft.messages import (
    BULLET_DTYPE,
    CREEP_DIFF_DTYPE,
    ORDER_DTYPE,
    RESOURCES_DTYPE,
    UNIT_DIFF_DTYPE,
    WIRE_UNIT_DTYPE,
    Action,
    WireFrame,
    WireFrameDiff,
)


def int_vector(numbers: tuple[int, ...], where: str) -> fb.Vector:
    """Return a vector of int32 as a field; raise WireError where a number does not fit."""
    try:
        return fb.Vector(struct.pack(f"<{len(numbers)}i", *numbers), len(numbers))
    except struct.error as error:
        raise WireError(f"{numbers!r} are not all whole numbers of 32 bits ({error})", where) from None


def byte_vector(array: NDArray[np.uint8] | NDArray[np.int8], dtype: type[np.generic], where: str) -> fb.Vector:
    """Return a vector of bytes as a field; raise WireError where the array has another dtype."""
    if array.dtype != dtype or array.ndim != 1:
        raise WireError(f"is {array.ndim}-dimensional {array.dtype}, not one-dimensional {np.dtype(dtype)}", where)
    return fb.Vector(array.tobytes(), array.size)


_DiffParts: TypeAlias = tuple[Words, Words, Words, Words, Words, Words, Words, Words, Words, Words]
"""A difference as `write_diff` takes it, from the players to the creep."""

_LEAST: Final = -(1 << 31)
_MOST: Final = (1 << 32) - 1
_FRAME_PREFIX: Final = np.frombuffer(codec_write.FRAME_PREFIX, np.int32)
_DIFF_PREFIX: Final = np.frombuffer(codec_write.DIFF_PREFIX, np.int32)


def frame_blob(frame: WireFrame) -> fb.Blob:
    """Return a Frame that fits into any buffer; raise WireError where its parts do not fit together."""
    prepare()
    players = words_of(frame.player_ids, INT32, "Frame.player_ids")
    counts = words_of(frame.num_units, INT32, "Frame.num_units")
    units = words_of(frame.units, WIRE_UNIT_DTYPE, "Frame.units")
    orders = words_of(frame.orders, ORDER_DTYPE, "Frame.orders")
    resources = words_of(frame.resources, RESOURCES_DTYPE, "Frame.resources")
    bullets = words_of(frame.bullets, BULLET_DTYPE, "Frame.bullets")
    creep = byte_vector(frame.creep_map, np.uint8, "Frame.creep_map")
    _check_numbers((frame.width, frame.height, frame.reward), "Frame")

    def attempt(num_orders: int) -> tuple[Words, int]:
        limit: int = codec_write.frame_words(
            players.size, len(frame.units), num_orders, len(frame.resources), len(frame.bullets)
        )
        words = np.empty(limit, np.int32)
        words[: codec_write.FRAME_AT] = _FRAME_PREFIX
        end: int = codec_write.write_frame(
            words,
            players,
            counts,
            units,
            orders,
            resources,
            bullets,
            int(frame.width),
            int(frame.height),
            int(frame.reward),
            1 if frame.is_terminal else 0,
        )
        return words, end

    words, end = attempt(len(frame.orders))
    if end == codec_write.TOO_SHORT:  # some units share their orders
        words, end = attempt(int(frame.units["order_size"].sum()))
    if end < 0:
        _raise_misfit(end, frame, "Frame")
    words[end - 1] = creep.count
    data = words[:end].tobytes() + creep.data
    return fb.Blob(_with_actions(data, codec_write.FRAME_AT + 2, frame), 4 * codec_write.FRAME_AT)


def diff_blob(diff: WireFrameDiff) -> fb.Blob:
    """Return a FrameDiff that fits into any buffer; raise WireError where its parts do not fit together."""
    prepare()
    changes = (
        words_of(diff.player_ids, INT32, "FrameDiff.pids"),
        words_of(diff.num_units, INT32, "FrameDiff.num_units"),
        words_of(diff.units, UNIT_DIFF_DTYPE, "FrameDiff.units"),
        words_of(diff.var_ids, INT32, "FrameDiff.var_ids"),
        words_of(diff.var_diffs, INT32, "FrameDiff.var_diffs"),
        words_of(diff.order_ids, INT32, "FrameDiff.order_ids"),
        words_of(diff.order_diffs, INT32, "FrameDiff.order_diffs"),
        words_of(diff.resources, RESOURCES_DTYPE, "FrameDiff.resources"),
        words_of(diff.bullets, BULLET_DTYPE, "FrameDiff.bullets"),
        words_of(diff.creep_map, CREEP_DIFF_DTYPE, "FrameDiff.creep_map"),
    )
    words, end = _write_diff(changes, len(diff.var_ids), len(diff.order_ids), diff)
    if end == codec_write.TOO_SHORT:  # some units share their numbers
        words, end = _write_diff(changes, int(diff.units["num_vars"].sum()), int(diff.units["num_orders"].sum()), diff)
    if end < 0:
        _raise_misfit(end, diff, "FrameDiff")
    return fb.Blob(_with_actions(words[:end].tobytes(), codec_write.DIFF_AT + 3, diff), 4 * codec_write.DIFF_AT)


def difference_blob(new: WireFrame, old: WireFrame) -> fb.Blob:
    """Return `diff_blob(diff(new, old))`, without the arrays in between: what a server writes in every step.

    Raises:
        WireError: as `diff` and `diff_blob`.
    """
    prepare()
    parts, old_parts = frame_parts(new, "new"), frame_parts(old, "old")
    order_words = parts[3].size
    found = _write_difference(parts, old_parts, order_words, new, old)
    if found[1] == codec_diff.NO_ROOM:  # some units share their orders
        order_words = 5 * int(new.units["order_size"].sum())
        found = _write_difference(parts, old_parts, order_words, new, old)
    words, end = found
    if end < 0:
        check_parts(parts, "new")
        check_parts(old_parts, "old")
        raise AssertionError(f"the kernels refused what fits together: {end}")
    return fb.Blob(_with_actions(words[:end].tobytes(), codec_write.DIFF_AT + 3, new), 4 * codec_write.DIFF_AT)


def _write_difference(
    parts: Parts, old_parts: Parts, order_words: int, new: WireFrame, old: WireFrame
) -> tuple[Words, int]:
    """Write the FrameDiff of two frames; return the words, and where it ends or what is wrong."""
    creep = words_of(diff_creep(new.creep_map, old.creep_map), CREEP_DIFF_DTYPE, "FrameDiff.creep_map")
    resources = words_of(new.resources, RESOURCES_DTYPE, "FrameDiff.resources")
    bullets = words_of(new.bullets, BULLET_DTYPE, "FrameDiff.bullets")
    _check_numbers((new.reward, new.is_terminal), "FrameDiff")
    num_units = parts[2].size // codec_diff.UNIT_WORDS
    num_old = old_parts[2].size // codec_diff.UNIT_WORDS
    limit: int = codec_write.diff_words(
        parts[0].size, num_units, NUM_VARS * num_units, order_words, len(new.resources), len(new.bullets)
    )
    words = np.empty(limit + creep.size, np.int32)
    words[: codec_write.DIFF_AT] = _DIFF_PREFIX
    end: int = write_difference(
        words,
        np.empty(num_units * codec_diff.UNIT_DIFF_WORDS + 2, np.int32),
        np.empty((2, NUM_VARS * num_units), np.int32),
        np.empty((2, order_words), np.int32),
        np.empty((3, max(num_units, num_old)), np.int64),
        *parts,
        *old_parts,
        resources,
        bullets,
        creep,
        int(new.reward),
        int(new.is_terminal),
    )
    return words, end


def _write_diff(changes: _DiffParts, num_vars: int, num_orders: int, diff: WireFrameDiff) -> tuple[Words, int]:
    """Write a FrameDiff of these parts; return the words, and where it ends or what is wrong."""
    _check_numbers((diff.reward, diff.is_terminal), "FrameDiff")
    limit: int = codec_write.diff_words(
        len(diff.player_ids), len(diff.units), num_vars, num_orders, len(diff.resources), len(diff.bullets)
    )
    words = np.empty(limit + changes[-1].size, np.int32)
    words[: codec_write.DIFF_AT] = _DIFF_PREFIX
    end: int = codec_write.write_diff(words, *changes, int(diff.reward), int(diff.is_terminal))
    return words, end


def _raise_misfit(code: int, frame: Frames, name: str) -> NoReturn:
    if code == codec_write.BAD_COUNTS:
        check_counts(frame.num_units, frame.player_ids, len(frame.units), name)
    part = "var_ids" if code == codec_write.BAD_VARS else "orders" if name == "Frame" else "order_ids"
    raise WireError("a unit refers to more than there are", f"{name}.{part}")


def _check_numbers(values: tuple[int, ...], where: str) -> None:
    if min(values) >= _LEAST and max(values) <= _MOST:
        return
    for value in values:
        if not _LEAST <= value <= _MOST:
            raise WireError(f"{value} is no whole number of 32 bits", where)


def _with_actions(data: bytes, place: int, frame: Frames) -> bytes:
    """Put a frame's actions behind its blob and point the field at word `place` to them; there are hardly ever any."""
    if not frame.action_players.size and not frame.actions:
        return data
    records = [
        fb.Record(
            {
                0: fb.int32(player, "ActionsOfPlayer.playerId"),
                1: [_action(action) for action in frame.actions if action.player_id == player],
            }
        )
        for player in frame.action_players.tolist()
    ]
    blob = fb.write_vector(records)
    out = bytearray(data + bytes(-len(data) % 4))
    struct.pack_into("<I", out, 4 * place, len(out) + blob.table - 4 * place)
    return bytes(out + blob.data)


def _action(action: Action) -> fb.Record:
    return fb.Record(
        {
            0: int_vector(action.action, "Action.action"),
            1: fb.int32(action.uid, "Action.uid"),
            2: fb.int32(action.aid, "Action.aid"),
        }
    )
