"""Whole-number geometry of the plane: roots, lengths, headings, references to units."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import FULL_TURN as DIRECTIONS
from engine.core.fixed import direction_to, next_state, output_of, whole
from engine.core.jit import inline
from engine.starcraft2.state import NOBODY, SLOT_ALIVE, SLOTS_PER_GENERATION
from engine.starcraft2.tables import FULL_TURN

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record

HEADINGS_PER_DIRECTION: Final = FULL_TURN // DIRECTIONS
UNIT_VECTOR: Final = 16384

RANDOM_BITS: Final = 15


def _directions() -> NDArray[np.int32]:
    """Return (256, 2) int32: unit vectors of the directions, scaled to UNIT_VECTOR."""
    angles = [k * math.tau / DIRECTIONS for k in range(DIRECTIONS)]
    return np.array([(round(UNIT_VECTOR * math.sin(a)), round(-UNIT_VECTOR * math.cos(a))) for a in angles], np.int32)


VECTORS: Final = _directions()
"""(256, 2) int32: x and y of each direction, 0 north, clockwise; 1/16384."""


@inline
def root(square: int) -> int:
    """Return the square root of a whole number, rounded down; exact below 2**52."""
    r = whole(math.sqrt(square))
    while r * r > square:
        r -= 1
    while (r + 1) * (r + 1) <= square:
        r += 1
    return r


@inline
def distance(ax: int, ay: int, bx: int, by: int) -> int:
    """Return the distance of two places, rounded down."""
    dx = whole(bx) - ax
    dy = whole(by) - ay
    return root(dx * dx + dy * dy)


@inline
def heading_to(dx: int, dy: int) -> int:
    """Return the heading of a vector, to 1/256 turn."""
    return whole(direction_to(dx, dy)) * HEADINGS_PER_DIRECTION


@inline
def turned(heading: int, wanted: int, most: int) -> int:
    """Return a heading turned toward another one by at most so much."""
    turn = ((wanted - heading + FULL_TURN // 2) & (FULL_TURN - 1)) - FULL_TURN // 2
    if turn > most:
        turn = most
    elif turn < -most:
        turn = -most
    return (heading + turn) & (FULL_TURN - 1)


@inline
def turn_left(heading: int, wanted: int) -> int:
    """Return how far two headings differ."""
    return abs(((wanted - heading + FULL_TURN // 2) & (FULL_TURN - 1)) - FULL_TURN // 2)


@inline
def draw(game: Game, low: int, high: int) -> int:
    """Return a random whole number, low <= n <= high."""
    game.rng = next_state(game.rng)
    return whole(low) + ((whole(output_of(game.rng)) * (whole(high) - low + 1)) >> RANDOM_BITS)


@inline
def id_of(units: Units, i: int) -> int:
    """Return the id of the unit in a slot."""
    return i + SLOTS_PER_GENERATION * whole(units[i].generation)


@inline
def slot_of(units: Units, unit_id: int) -> int:
    """Return the slot of a living unit, NOBODY if there is none of this id."""
    if unit_id < 0:
        return NOBODY
    i = unit_id & (SLOTS_PER_GENERATION - 1)
    if i >= len(units) or units[i].slot_state != SLOT_ALIVE:
        return NOBODY
    if units[i].generation != unit_id // SLOTS_PER_GENERATION:
        return NOBODY
    return i
