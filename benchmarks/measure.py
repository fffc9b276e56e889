"""How a rate is measured, and what has to be known about the machine to read it.

A *contestant* is one way to do the work of its *group* (`round trips`, `env steps, 64 games`, ...). One *repeat* is one
fresh interpreter in which every contestant runs once; the order is rotated from repeat to repeat, so that a machine
that gets slower or busier treats all of them alike. Ratios are formed within a repeat, then summarised.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

ROOT: Final = Path(__file__).resolve().parent.parent

PACKAGES: Final = ("gymnasium", "numba", "numpy", "stable-baselines3", "torch")
"""Versions that a rate may depend on."""

GIT_TIMEOUT_S: Final = 20.0

Run = Callable[[float], float]
"""Do the work for about so many seconds and return how often per second it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One way to do the work of its group.

    Attributes:
        group: what is compared, with its unit.
        name: unique in the group.
        open: makes everything ready; leaving it stops every process.
    """

    group: str
    name: str
    open: Callable[[], AbstractContextManager[Run]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long and how often is measured.

    Attributes:
        repeats: fresh interpreters, at least 5 in a result that is published.
        warm_up_s: each contestant's, before it is measured.
        measure_s: each contestant's.
        engine_games: games per call, engine alone.
        env_games: games of the env contestants.
    """

    repeats: int = 7
    warm_up_s: float = 0.5
    measure_s: float = 1.0
    engine_games: tuple[int, ...] = (1, 64)
    env_games: tuple[int, ...] = (1, 8, 64)


QUICK: Final = Settings(repeats=1, warm_up_s=0.02, measure_s=0.05, engine_games=(1, 4), env_games=(1, 4))
"""Shows that everything runs; its numbers mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A quantity over the repeats.

    Attributes:
        values: in order of the repeats.
    """

    values: tuple[float, ...]

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median, upper quartile."""
        lower, median, upper = np.quantile(np.array(self.values), (0.25, 0.5, 0.75)).tolist()
        return lower, median, upper

    @property
    def median(self) -> float:
        """The middle value."""
        return self.quartiles[1]

    def to_json(self) -> dict[str, Any]:
        """Return the values and their quartiles, to four digits."""
        lower, median, upper = (_rounded(value) for value in self.quartiles)
        values = [_rounded(value) for value in self.values]
        return {"median": median, "lower_quartile": lower, "upper_quartile": upper, "values": values}


def rate_of(do: Callable[[], int], seconds: float) -> float:
    """Call `do` until the time is over and return how much it did per second.

    Args:
        do: returns how much it did in one call; one call should be short beside `seconds`.
        seconds: at least so long, at least one call.
    """
    done = 0
    started_s = time.perf_counter()
    until_s = started_s + seconds
    while True:
        done += do()
        now_s = time.perf_counter()
        if now_s >= until_s:
            return done / (now_s - started_s)


def rates_of(contestants: Sequence[Contestant], settings: Settings, repeat: int) -> dict[str, dict[str, float]]:
    """Run each contestant once, beginning with number `repeat`, and return rates by group and name.

    Args:
        contestants: all of them.
        settings: times.
        repeat: number of the repeat.
    """
    first = repeat % len(contestants)
    rates: dict[str, dict[str, float]] = {contestant.group: {} for contestant in contestants}
    for contestant in [*contestants[first:], *contestants[:first]]:
        with contestant.open() as run:
            run(settings.warm_up_s)
            rates[contestant.group][contestant.name] = run(settings.measure_s)
    return rates


def summaries_of(repeats: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, Summary]]:
    """Return each contestant's summary by group and name.

    Args:
        repeats: what `rates_of` returned, repeat by repeat.
    """
    return {
        group: {name: Summary(values=tuple(rates[group][name] for rates in repeats)) for name in repeats[0][group]}
        for group in repeats[0]
    }


def ratio(summaries: Mapping[str, Mapping[str, Summary]], group: str, name: str, to: str) -> Summary:
    """Return how many times faster one contestant is than another of its group, repeat by repeat.

    Args:
        summaries: by group and name.
        group: the group of both.
        name: the numerator.
        to: the denominator.
    """
    ours, theirs = summaries[group][name].values, summaries[group][to].values
    return Summary(values=tuple(our / their for our, their in zip(ours, theirs, strict=True)))


def games_text(count: int) -> str:
    """Return the words for a number of games.

    Args:
        count: at least 1.
    """
    return "1 game" if count == 1 else f"{count} games"


def provenance() -> dict[str, Any]:
    """Return what a reader must know beside the numbers: commit, machine, versions."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": {
            "cpu": _cpu_model(),
            "cores": os.cpu_count(),
            "usable_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
            "system": f"{platform.system()} {platform.release()}",
            "load_before": [round(load, 2) for load in psutil.getloadavg()],
        },
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in PACKAGES},
        },
    }


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=False)
    return result.stdout.strip() if result.returncode == 0 else "unknown"


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if sys.platform == "linux" and cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
