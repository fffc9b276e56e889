"""Contestants of `bench_bridge`: how much of a core a process takes that has nothing to do but wait.

Both sides of the shared-memory channel look at their word for a while before they sleep; this measures what of that is
left where the other side is slow. The values are percent of one core.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import psutil

from benchmarks.measure import Contestant, Run
from bridge.noop import noop_spec
from bridge.pool import GamePool

GROUP: Final = "CPU of a waiting process, % of a core"

SLOW_SESSION: Final = "benchmarks.slow_game:make_slow_session"

NUM_PROCESSES: Final = 4
"""More than cores: the spins are longer then."""

SLOW_STEP_S: Final = 0.02
"""A real game's eight frames, or a large policy."""


def contestants() -> list[Contestant]:
    """Return who waits for what."""
    ways: dict[str, Callable[[], AbstractContextManager[Run]]] = {
        "game, trainer silent": functools.partial(_silent_trainer, is_awaiting=False),
        "game with an event loop, trainer silent": functools.partial(_silent_trainer, is_awaiting=True),
        "game, trainer thinks 20 ms a step": _thinking_trainer,
        "trainer, games take 20 ms a step": functools.partial(_slow_games, is_awaiting=False),
        "trainer, games await 20 ms a step": functools.partial(_slow_games, is_awaiting=True),
    }
    return [Contestant(group=GROUP, name=name, open=way) for name, way in ways.items()]


def _pool(step_s: float, *, is_awaiting: bool) -> GamePool:
    params: dict[str, Any] = {"step_s": step_s, "is_awaiting": is_awaiting}
    spec = noop_spec(backend=SLOW_SESSION, backend_params=params)
    return GamePool(spec, num_games=NUM_PROCESSES, num_processes=NUM_PROCESSES, channel="shm")


def _percent(spent_s: Callable[[], float], wait: Callable[[], None], seconds: float) -> float:
    began_s, spent_before_s = time.perf_counter(), spent_s()
    while time.perf_counter() - began_s < seconds:
        wait()
    return 100.0 * (spent_s() - spent_before_s) / (time.perf_counter() - began_s)


def _spent_by_each(pids: Sequence[int]) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(time_.user + time_.system for time_ in times) / len(pids)


@contextlib.contextmanager
def _silent_trainer(*, is_awaiting: bool) -> Iterator[Run]:
    with _pool(0.0, is_awaiting=is_awaiting) as pool:
        pool.reset()
        pool.step()
        yield lambda seconds: _percent(lambda: _spent_by_each(pool.pids), lambda: time.sleep(seconds), seconds)


@contextlib.contextmanager
def _thinking_trainer() -> Iterator[Run]:
    def think_and_step() -> None:
        time.sleep(SLOW_STEP_S)
        pool.step()

    with _pool(0.0, is_awaiting=False) as pool:
        pool.reset()
        yield lambda seconds: _percent(lambda: _spent_by_each(pool.pids), think_and_step, seconds)


@contextlib.contextmanager
def _slow_games(*, is_awaiting: bool) -> Iterator[Run]:
    def step() -> None:
        pool.step()

    with _pool(SLOW_STEP_S, is_awaiting=is_awaiting) as pool:
        pool.reset()
        yield lambda seconds: _percent(time.process_time, step, seconds)
