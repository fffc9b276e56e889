"""Integer geometry of the game: lengths, directions, fixed-point products, the random stream.

A *direction* is an 8-bit angle: 0 north, 64 east, 128 south, 192 west. A `_256` quantity is a whole number of 1/256
pixels. Every function here rounds exactly as the game does (MECHANICS.md, sections 1.3 and 2).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import inline

FULL_TURN: Final = 256

NEAR_PX: Final = 64
"""Way-points are no farther along either axis, so that nearly every direction asked for is in `NEAR_TABLE`."""


def _direction_table() -> NDArray[np.int32]:
    """Return (256, 2) int32: the unit vector of each direction, scaled to 256 and rounded."""
    table = np.zeros((FULL_TURN, 2), np.int32)
    for direction in range(FULL_TURN):
        angle = direction * math.tau / FULL_TURN
        table[direction] = round(256 * math.sin(angle)), round(-256 * math.cos(angle))
    return table


def _tangent_table() -> NDArray[np.int32]:
    """Return (64,) int32: upper bounds of the slopes |dy / dx| * 256 that share a direction."""
    bounds = [math.ceil(256 * math.tan((i + 1) * math.tau / FULL_TURN) - 1e-9) for i in range(63)]
    return np.array([*bounds, 2**31 - 1], np.int32)


def _near_table() -> NDArray[np.uint8]:
    """Return (65, 65) uint8: how far the direction of (dx, dy) lies from the x axis, for short vectors."""
    sides = np.arange(NEAR_PX + 1)
    slopes = sides * 256 // np.maximum(sides[:, None], 1)
    return np.searchsorted(TANGENT_TABLE[:-1], slopes).astype(np.uint8)


DIRECTION_TABLE: Final = _direction_table()
TANGENT_TABLE: Final = _tangent_table()
NEAR_TABLE: Final = _near_table()


@inline
def whole(value: Any) -> int:
    """Return a number of an array as the 64-bit whole number that kernels compute with."""
    return np.int64(value)  # type: ignore[return-value]  # an int in all that matters; kernels know no other


@inline
def truncated(a: int, b: int) -> int:
    """Return a / b rounded toward zero (Python's `//` rounds down)."""
    if (a < 0) == (b < 0):
        return abs(a) // abs(b)
    return -(abs(a) // abs(b))


@inline
def length(dx: int, dy: int) -> int:
    """Return the game's length of the vector (dx, dy), in the unit of its arguments."""
    a = abs(dx)
    b = abs(dy)
    if a < b:
        a, b = b, a
    if a // 4 >= b:
        return a
    return a - a // 16 + b * 3 // 8 - a // 64 + b * 3 // 256


@inline
def direction_to(dx: int, dy: int) -> int:
    """Return the direction (0-255) of the vector (dx, dy); north for the zero vector."""
    if dx == 0:
        return 0 if dy <= 0 else 128
    low = 0
    if abs(dx) <= NEAR_PX and abs(dy) <= NEAR_PX:
        low = whole(NEAR_TABLE[abs(dx), abs(dy)])
    else:
        slope = abs(dy) * 256 // abs(dx)
        half = 32
        while half > 0:  # a search of always six steps: no branch to mispredict
            low += half if TANGENT_TABLE[low + half - 1] < slope else 0
            half >>= 1
    if dx > 0:
        return (64 + low if dy >= 0 else 64 - low) & 255
    return (192 - low if dy >= 0 else 192 + low) & 255


@inline
def turn_between(origin: int, target: int) -> int:
    """Return the signed turn (-128 to 127) that leads from direction `origin` to `target`."""
    return ((target - origin + 128) & 255) - 128


@inline
def along_x(direction: int, length_256: int) -> int:
    """Return the x component of a vector of `length_256` in `direction`, rounded down, 1/256 px."""
    return whole(DIRECTION_TABLE[direction, 0]) * length_256 >> 8


@inline
def along_y(direction: int, length_256: int) -> int:
    """Return the y component of a vector of `length_256` in `direction`, rounded down, 1/256 px."""
    return whole(DIRECTION_TABLE[direction, 1]) * length_256 >> 8


@inline
def next_state(state: int) -> int:
    """Return the successor of a 32-bit state of the game's random stream."""
    return (state * 22695477 + 1) & 0xFFFFFFFF


@inline
def output_of(state: int) -> int:
    """Return the 15-bit number that a state of the random stream stands for."""
    return (state >> 16) & 0x7FFF
