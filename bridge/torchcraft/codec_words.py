"""What the codec's parts share: kinds of messages, and records as words of 32 bits, with parts that fit together."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.flatbuffer import WireError
from bridge.torchcraft.messages import WireFrame, WireFrameDiff
from engine.core.jit import inline, kernel

Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Frames: TypeAlias = WireFrame | WireFrameDiff

HANDSHAKE_CLIENT, COMMANDS, HANDSHAKE_SERVER, STATE_UPDATE, PLAYER_LEFT, END_GAME, ERROR = range(1, 8)
KINDS: Final = (
    "NONE",
    "HandshakeClient",
    "Commands",
    "HandshakeServer",
    "StateUpdate",
    "PlayerLeft",
    "EndGame",
    "Error",
)
"""The kinds of messages, by their numbers in the union `Any`."""
FRAME, FRAME_DIFF = 1, 2
"""The kinds of a StateUpdate's data, by their numbers in the union `FrameOrFrameDiff`."""
INT32: Final = np.dtype(np.int32)
_NO_WORDS: Final = np.zeros(0, np.int32)


@inline
def are_divided(counts: Words, players: Words, num_units: int) -> bool:
    """Say whether the players' counts divide the units."""
    total = 0
    for i in range(counts.size):
        total += counts[i]
        if counts[i] < 0:
            return False
    return counts.size == players.size and total == num_units


@inline
def ranges_sum(units: Words, stride: int, column: int, limit: int) -> int:
    """Return the sum of the units' counts, or -1 where one refers to what is not there; see `sum_of_ranges`."""
    total = 0
    for i in range(units.size // stride):
        first, count = int(units[i * stride + column]), int(units[i * stride + column + 1])
        if count < 0 or (count > 0 and (first < 0 or first + count > limit)):
            return -1
        total += count
    return total


@kernel
def sum_of_ranges(units: Words, stride: int, column: int, limit: int) -> int:
    """Return the sum of the units' counts, or -1 where one refers to what is not there.

    Args:
        units: (n * stride,) int32, records as words.
        stride: words of a record.
        column: word of the index of the first one; the next word is how many.
        limit: how many there are to refer to.
    """
    return ranges_sum(units, stride, column, limit)


def words_of(array: NDArray[np.generic], dtype: np.dtype[np.generic], where: str) -> Words:
    """Return an array's memory as whole numbers of 32 bits, in the one form that kernels are compiled for.

    Raises:
        WireError: the array has another dtype or more dimensions than one.
    """
    given = array.dtype
    if (given is not dtype and given != dtype) or array.ndim != 1:
        raise WireError(f"is {array.ndim}-dimensional {array.dtype}, not one-dimensional {dtype}", where)
    if not array.size:
        return _NO_WORDS
    whole = array if array.flags.carray else array.copy()
    if dtype is INT32:
        return whole  # type: ignore[return-value]  # `cast` is a call, ten of them to a message
    return np.frombuffer(whole, INT32)  # twice as fast as a view


def check_counts(counts: Words, players: Words, num_units: int, where: str) -> None:
    """Raise WireError unless the players' unit counts divide the units."""
    numbers = counts.tolist()
    if len(numbers) != players.size or sum(numbers) != num_units or (numbers and min(numbers) < 0):
        raise WireError(f"num_units {numbers} of {players.size} players do not divide {num_units} units", where)


def check_ranges(units: Words, stride: int, column: int, limit: int, where: str) -> int:
    """Return the sum of the units' counts, `sum_of_ranges`; raise WireError where one refers to what is not there."""
    total: int = sum_of_ranges(units, stride, column, limit)
    if total < 0:
        raise WireError(f"a unit refers to more than the {limit} that there are", where)
    return total
