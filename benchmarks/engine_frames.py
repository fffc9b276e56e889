"""Contestants of the groups "engine frames/s": the rules alone, no process, no observation, no learner.

A frame is one advance of one game, so 64 games that advance by 8 frames in a call are 512 frames.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from benchmarks.measure import Contestant, Run, games_text
from bridge.scenarios import load_scenario
from engine.broodwar.games import BroodWarGames
from engine.core.frame import Commands

SCENARIO: Final = "m5v5_c_far"
FRAMES_PER_CALL: Final = 8
SEED: Final = 20260101

NAME: Final = "engine"

CALLS: Final = 60
"""Calls between two fresh starts of all games: the march of one army and the battle fit in (480 frames)."""


def group(num_games: int) -> str:
    """Return the group's name.

    Args:
        num_games: games per call.
    """
    return f"engine frames/s, {games_text(num_games)} per call"


def contestants(engine_games: Sequence[int]) -> list[Contestant]:
    """Return the engine at these sizes.

    Args:
        engine_games: games per call.
    """
    return [_contestant(games) for games in engine_games]


def _contestant(num_games: int) -> Contestant:
    return Contestant(group=group(num_games), name=NAME, open=lambda: _engine(num_games))


@contextlib.contextmanager
def _engine(num_games: int) -> Iterator[Run]:
    games = BroodWarGames(load_scenario(SCENARIO), num_games)
    rows = np.arange(num_games, dtype=np.int32)
    players = np.zeros(num_games, np.int8)
    commands = Commands.allocate(num_games, games.unit_capacity)
    everybody = np.ones(num_games, np.bool_)
    seeds = np.arange(SEED, SEED + num_games, dtype=np.uint64)

    def run(seconds: float) -> float:
        """Play with the map's own triggers: the enemy attack-moves, the own army answers by itself."""
        frames, spent_s = 0, 0.0
        while spent_s < seconds:
            games.start(everybody, seeds)
            seeds[:] += np.uint64(num_games)
            started_s = time.perf_counter()
            for _ in range(CALLS):
                games.step(commands, rows, players, FRAMES_PER_CALL)
            spent_s += time.perf_counter() - started_s
            frames += CALLS * FRAMES_PER_CALL * num_games
        return frames / spent_s

    yield run
