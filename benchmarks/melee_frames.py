"""Contestants of `bench_engine`: frames/s of one game on one core, from a quiet start to a whole melee game."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.measure import Contestant, Run
from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from engine.broodwar.games import BroodWarGames
from engine.broodwar.melee_players import LOOK_FRAMES, MeleeMatch
from engine.core.frame import Commands

IDLE_GROUP: Final = "engine frames/s, idle: two depots, eight workers, 104 resources"
BATTLE_GROUP: Final = "engine frames/s, battle: 5 v 5 marines"
MELEE_GROUP: Final = "engine frames/s, melee: a game of two scripted players"

RULES: Final = "rules alone"
WHOLE: Final = "rules, views and players"

BATTLE: Final = "m5v5_c_far"
BATTLE_CALLS: Final = 60
BATTLE_FRAMES: Final = 8

RACES: Final = "terran:protoss"
PLAYERS: Final = ("standard", "standard")
MELEE_FRAMES: Final = 34_000
"""24 minutes of game at speed "fastest"; a game that is won earlier is followed by the next."""

IDLE_FRAMES: Final = 2000
SEED: Final = 20261121


def contestants() -> list[Contestant]:
    """Return everything that is measured."""
    return [
        Contestant(group=IDLE_GROUP, name=RULES, open=_idle),
        Contestant(group=BATTLE_GROUP, name=RULES, open=_battle),
        Contestant(group=MELEE_GROUP, name=RULES, open=lambda: _melee(whole=False)),
        Contestant(group=MELEE_GROUP, name=WHOLE, open=lambda: _melee(whole=True)),
    ]


@contextlib.contextmanager
def _idle() -> Iterator[Run]:
    games = BroodWarGames(load_scenario(melee_name(races="terran:terran", starts="0:1")), 1)
    yield _stepper(games, calls=1, frames=IDLE_FRAMES)


@contextlib.contextmanager
def _battle() -> Iterator[Run]:
    yield _stepper(BroodWarGames(load_scenario(BATTLE), 1), calls=BATTLE_CALLS, frames=BATTLE_FRAMES)


def _stepper(games: BroodWarGames, *, calls: int, frames: int) -> Run:
    """Return a run that plays a game, without commands, again and again from its start."""
    commands = Commands.allocate(1, games.unit_capacity)
    rows, players, everybody = np.zeros(1, np.int32), np.zeros(1, np.int8), np.ones(1, np.bool_)

    def run(seconds: float) -> float:
        done, spent_s, seed = 0, 0.0, SEED
        while spent_s < seconds:
            games.start(everybody, np.array([seed], np.uint64))
            seed += 1
            started_s = time.perf_counter()
            for _ in range(calls):
                games.step(commands, rows, players, frames)
            spent_s += time.perf_counter() - started_s
            done += calls * frames
        return done / spent_s

    return run


@contextlib.contextmanager
def _melee(*, whole: bool) -> Iterator[Run]:
    scenario = load_scenario(melee_name(races=RACES, starts="0:1"))

    def run(seconds: float) -> float:
        """Play games to their end; the rules' time is that of the engine's calls alone."""
        done, spent_s, seed = 0, 0.0, SEED
        while spent_s < seconds:
            match = MeleeMatch(scenario, PLAYERS, seed, max_frames=MELEE_FRAMES)
            rules = _Timed(match)
            seed += 1
            started_s = time.perf_counter()
            while match.play_on():
                pass
            wall_s = time.perf_counter() - started_s
            spent_s += wall_s if whole else rules.spent_s
            done += match.frame
        return done / spent_s

    yield run


class _Timed:
    """Adds up the time of a match's engine calls."""

    def __init__(self, match: MeleeMatch) -> None:
        self.spent_s = 0.0
        self._step = match.games.step
        match.games.step = self._timed  # type: ignore[assignment, method-assign]  # measured, not changed

    def _timed(self, *arguments: object) -> None:
        started_s = time.perf_counter()
        self._step(*arguments)  # type: ignore[arg-type]  # handed on as they come
        self.spent_s += time.perf_counter() - started_s


LONG_GAMES: Final = (
    ("terran:protoss", "strong"),
    ("protoss:zerg", "strong"),
    ("zerg:zerg", "strong"),
    ("terran:terran", "standard"),
    ("protoss:protoss", "standard"),
)
LONG_TRIES: Final = 2
"""Most games of strong players are won before MELEE_FRAMES: so many of each pair are tried, from the strongest on."""


def long_game() -> tuple[int, float]:
    """Play games of two scripted players until one lasts MELEE_FRAMES; return its frames and the seconds that it took.

    If none does, the longest counts.
    """
    found = (0, 0.0)
    for races, strength in LONG_GAMES:
        scenario = load_scenario(melee_name(races=races, starts="0:1"))
        for seed in range(SEED, SEED + LONG_TRIES):
            match = MeleeMatch(scenario, (strength, strength), seed, max_frames=MELEE_FRAMES)
            started_s = time.perf_counter()
            while match.play_on():
                pass
            found = max(found, (match.frame, time.perf_counter() - started_s))
            if match.frame >= MELEE_FRAMES:
                return found
    return found


START_TIMES: Final = 9

START_PROGRAM: Final = """
import numpy as np
from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from engine.broodwar.games import BroodWarGames
from engine.core.frame import Commands, Frame

scenario = load_scenario(melee_name())
games = BroodWarGames(scenario, 1)
games.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
commands, row, player = Commands.allocate(1, 8), np.zeros(1, np.int32), np.zeros(1, np.int8)
games.step(commands, row, player, 1)
games.observe(Frame.allocate(1, games.unit_capacity, scenario.map, layers=True), row, player)
"""
"""What a game process does until it can hand out the first Frame of a melee game."""


def warm_start_s() -> float:
    """Return the median seconds from a fresh interpreter's start to the end of its START_PROGRAM, all compiled.

    Python's own byte code is kept too, as an installation has it, whatever this process was told about it.
    """
    spent_s = []
    with tempfile.TemporaryDirectory() as folder:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        for _ in range(START_TIMES + 1):
            started_s = time.perf_counter()
            environment = {**kept, "PYTHONPYCACHEPREFIX": folder}
            subprocess.run([sys.executable, "-c", START_PROGRAM], check=True, timeout=600, env=environment)
            spent_s.append(time.perf_counter() - started_s)
    return statistics.median(spent_s[1:])  # the first one may have had to compile


def memory_of_a_game() -> int:
    """Return the bytes of one melee game's state."""
    return len(BroodWarGames(load_scenario(melee_name()), 1).snapshot(0))


__all__ = ["LOOK_FRAMES", "MELEE_FRAMES", "contestants", "long_game", "memory_of_a_game", "warm_start_s"]
