"""Fights between two sides that attack-move into each other, as the reference engine's were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.play import Field
from engine.broodwar.state import SLOT_ALIVE
from engine.core.frame import UnitCommandType

IDLE_FRAMES: Final = 20
"""Frames that both sides stand before they are ordered."""

MAX_FRAMES: Final = 3000
CENTRE_PX: Final = 1000
GAP_PX: Final = 256
ROWS: Final = 6
ROW_PX: Final = 36
COLUMN_PX: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many battles went.

    Attributes:
        winner: (games,) int8: 0, 1, or -1 for a draw (both sides gone in one frame, or out of time).
        frames: (games,) int32 from the order to the end.
        survivors: (games, 2) int32.
        points_left: (games,) float64, hit points and shields that the winner has left.
    """

    winner: NDArray[np.int8]
    frames: NDArray[np.int32]
    survivors: NDArray[np.int32]
    points_left: NDArray[np.float64]


def places(count: int, player: int) -> list[tuple[int, int]]:
    """Return where a side's units stand: columns of up to six, 36 px apart, the next column 32 px farther back."""
    rows = min(count, ROWS)
    side = -1 if player == 0 else 1
    found = []
    for at in range(count):
        x = CENTRE_PX + side * (GAP_PX // 2 + COLUMN_PX * (at // rows))
        y = CENTRE_PX + (2 * (at % rows) - (rows - 1)) * ROW_PX // 2
        found.append((x, y))
    return found


def set_up(field: Field, sides: tuple[Sequence[str], Sequence[str]]) -> list[tuple[int, NDArray[np.int32]]]:
    """Place both sides in every game, let them stand, and give the attack-move; return (player, ids) per unit."""
    units = []
    for player, side in enumerate(sides):
        for unit_type, (x, y) in zip(side, places(len(side), player), strict=True):
            units.append((player, field.place(unit_type, player, x, y)))
    field.advance(IDLE_FRAMES)
    for player, ids in units:
        goal = CENTRE_PX + (GAP_PX // 2 if player == 0 else -GAP_PX // 2)
        field.command(UnitCommandType.ATTACK_MOVE, ids, x=goal, y=CENTRE_PX)
    return units


def fight(sides: tuple[Sequence[str], Sequence[str]], num_games: int, seed: int) -> Outcome:
    """Fight the same battle many times with different random numbers.

    Args:
        sides: BWAPI UnitType names of both sides.
        num_games: how often.
        seed: of the random numbers.
    """
    field = Field(num_games, seed=seed)
    set_up(field, sides)
    winner = np.full(num_games, -1, np.int8)
    frames = np.full(num_games, MAX_FRAMES, np.int32)
    survivors = np.zeros((num_games, 2), np.int32)
    points = np.zeros(num_games, np.float64)
    running = np.ones(num_games, np.bool_)
    for frame in range(1, MAX_FRAMES + 1):
        field.advance(1)
        slots = field.games.units
        alive = slots["slot_state"] == SLOT_ALIVE
        counts = np.stack([(alive & (slots["player"] == player)).sum(axis=1) for player in (0, 1)], axis=1)
        ended = running & (counts.min(axis=1) == 0)
        if not ended.any():
            continue
        left = ((slots["hp_256"] + slots["shield_256"]) * alive).sum(axis=1) / 256
        frames[ended] = frame
        survivors[ended] = counts[ended]
        points[ended] = left[ended]
        winner[ended] = np.where(counts[ended].max(axis=1) == 0, -1, np.argmax(counts[ended], axis=1))
        running &= ~ended
        if not running.any():
            break
    return Outcome(winner=winner, frames=frames, survivors=survivors, points_left=points)
