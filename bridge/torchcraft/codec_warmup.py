"""The wire's kernels are compiled once on a machine, with one line that says so, and only for who uses a wire.

Compiling takes some seconds of one core. Reading and writing ask for it at their first use in a process; whoever would
rather wait at a moment of their own choice, before a game's clock runs, calls `prepare()` there.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Final

import numpy as np

from bridge.torchcraft import codec_cursor, codec_diff, codec_fill, codec_read, codec_write
from bridge.torchcraft.codec_difference import write_difference
from bridge.torchcraft.codec_words import sum_of_ranges
from bridge.warmup import compile_lock, progress_line
from engine.core.jit import KERNEL_SOURCES, cache_folder

TIMEOUT_S: Final = 120.0
"""How long another process that compiles already is waited for: ten times what a slow core needs."""


@functools.cache
def prepare() -> None:
    """Make sure that the kernels are compiled; costs nothing from the second call on.

    Raises:
        GameTimeoutError: another process has held the lock for TIMEOUT_S.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return
    folder = cache_folder(KERNEL_SOURCES["bridge"])
    marker = folder / "warm-torchcraft"
    if marker.exists():
        return
    with (
        progress_line("compiling TorchCraft's wire, once:", sys.stderr),
        compile_lock(folder / "warm.lock", TIMEOUT_S),
    ):
        if not marker.exists():  # another process may have done it while we waited for the lock
            _use_each_kernel()
            marker.touch()


def _use_each_kernel() -> None:
    none, head = np.zeros(0, np.int32), np.zeros(codec_cursor.HEAD_SIZE, np.int64)
    sum_of_ranges(none, codec_write.UNIT_WORDS, 0, 0)
    words = np.zeros(codec_write.frame_words(0, 0, 0, 0, 0), np.int32)
    codec_write.write_frame(words, none, none, none, none, none, none, 0, 0, 0, 0)
    words = np.zeros(codec_write.diff_words(0, 0, 0, 0, 0, 0), np.int32)
    codec_write.write_diff(words, none, none, none, none, none, none, none, none, none, none, 0, 0)
    data = np.frombuffer(bytes(8), np.int32)
    codec_read.read_message(data, head, none)
    codec_read.read_record(data, codec_cursor.K_FRAME, head, none)
    head[:] = 0
    codec_fill.fill(data, head, none)
    codec_fill.fill_commands(data, head, np.zeros((0, codec_cursor.COMMAND_WORDS), np.int64), np.zeros(0, np.int64))
    pairs, room = np.zeros((2, 0), np.int32), np.zeros((3, 0), np.int64)
    codec_diff.diff_units(none, none, none, none, none, none, none, none, np.zeros(2, np.int32), pairs, pairs, room)
    words = np.zeros(codec_write.diff_words(0, 0, 0, 0, 0, 0), np.int32)
    parts = (none, none, none, none)
    write_difference(words, np.zeros(2, np.int32), pairs, pairs, room, *parts, *parts, none, none, none, 0, 0)
    codec_diff.undiff_units(none, none, none, none, none, none, none, none, none, none, none, none, none, room)
    codec_diff.count_orders(none, 0)
