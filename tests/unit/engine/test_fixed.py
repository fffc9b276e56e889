"""The game's integer geometry against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core import fixed
from engine.core.jit import plain

COORDINATES = st.integers(-(1 << 20), 1 << 20)
DIRECTIONS = st.integers(0, 255)


def direction(dx: int, dy: int) -> int:
    return int(fixed.direction_to(dx, dy))


@pytest.mark.parametrize(
    ("dx", "dy", "expected"), [(100, 0, 100), (100, 24, 100), (100, 50, 111), (100, 100, 131), (320, 240, 387)]
)
def test_length_of_known_vectors_is_the_games(dx, dy, expected):
    assert fixed.length(dx, dy) == expected


@settings(deadline=None)  # the first call compiles
@given(COORDINATES, COORDINATES)
@example(22, 46)
def test_length_is_near_the_euclidean_and_symmetric(dx, dy):
    # The game's octagon is short by 7.5 % at most, on the diagonal, and long by less than 2, for what divisions drop.
    length = plain(fixed.length)(dx, dy)

    assert length == plain(fixed.length)(-dy, dx)
    assert 0.92 * math.hypot(dx, dy) - 5 <= length < math.hypot(dx, dy) + 2


@settings(deadline=None)  # the first call compiles
@given(COORDINATES, COORDINATES)
def test_compiled_length_and_direction_equal_plain(dx, dy):
    assert fixed.length(dx, dy) == plain(fixed.length)(dx, dy)
    assert fixed.direction_to(dx, dy) == plain(fixed.direction_to)(dx, dy)


@settings(deadline=None)  # the first call compiles
@given(st.integers(-4000, 4000), st.integers(-4000, 4000))
def test_direction_is_within_one_and_a_half_of_the_angle(dx, dy):
    if dx == 0 and dy == 0:
        return
    angle = math.atan2(dx, -dy) * 256 / math.tau

    error = (fixed.direction_to(dx, dy) - angle + 128) % 256 - 128

    assert abs(error) <= 1.5


def test_direction_of_a_short_vector_is_that_of_a_long_one():
    # A thousand times as long has the same slope, but is not in the table of short ones.
    sides = range(-fixed.NEAR_PX - 2, fixed.NEAR_PX + 3)

    assert [(dx, dy) for dx in sides for dy in sides if direction(dx, dy) != direction(1000 * dx, 1000 * dy)] == []


def test_direction_of_axes_and_of_nothing():
    got = [fixed.direction_to(dx, dy) for dx, dy in ((0, 0), (0, -9), (9, 0), (0, 9), (-9, 0))]

    assert got == [0, 0, 64, 128, 192]


@settings(deadline=None)  # the first call compiles
@given(DIRECTIONS, DIRECTIONS)
def test_turn_leads_from_one_direction_to_the_other(origin, target):
    turn = fixed.turn_between(origin, target)

    assert -128 <= turn <= 127
    assert (origin + turn) % 256 == target


@settings(deadline=None)  # the first call compiles
@given(DIRECTIONS, st.integers(0, 1 << 16))
def test_components_round_down(direction, length_256):
    x, y = fixed.DIRECTION_TABLE[direction]

    assert fixed.along_x(direction, length_256) == math.floor(int(x) * length_256 / 256)
    assert fixed.along_y(direction, length_256) == math.floor(int(y) * length_256 / 256)


@settings(deadline=None)  # the first call compiles
@given(st.integers(-1000, 1000), st.integers(1, 50), st.sampled_from([1, -1]))
def test_truncated_rounds_toward_zero(a, b, sign):
    assert fixed.truncated(a, sign * b) == int(a / (sign * b))


def test_random_stream_from_42_is_the_games():
    state = 42
    outputs = []
    for _ in range(5):
        state = fixed.next_state(np.int64(state))
        outputs.append(fixed.output_of(state))

    assert outputs == [14544, 24056, 29925, 21512, 18870]
