"""`python -m benchmarks.bench_tasks`: what scripted play earns in the tasks beyond battles, beside chance and nothing.

Plays `--episodes` episodes of each with seeds 0, 1, 2, ... and writes benchmarks/results/bench_tasks.json: means with
95 % intervals of the return and of the infos. The numbers do not depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.measure import ROOT, provenance
from bridge.userfiles import write_atomically
from envs.baselines import BASELINES
from envs.vector import StarCraftVectorEnv

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_tasks.json"

EPISODES: Final = 100
ROWS: Final = 10
"""Games side by side."""

SHOWN: Final = ("collected_minerals", "workers", "trained", "idle_worker_frames")

NORMAL_95: Final = 1.96

Act = Callable[[int, NDArray[Any], NDArray[np.bool_], Mapping[str, Any]], NDArray[np.int64]]
"""(row, its observation, its flat mask, its infos) -> action."""


def players_of(env_id: str, env: StarCraftVectorEnv) -> dict[str, Act]:
    """Return who plays a task: its scripted player, chance, and nobody.

    Args:
        env_id: of the task.
        env: for its declarations.
    """
    task = env.setup.task
    scripted = BASELINES[env_id](task)  # type: ignore[arg-type]  # these ids are melee games
    nvec = env.single_action_space.nvec  # type: ignore[attr-defined]  # of a MultiDiscrete
    generator = np.random.default_rng(0)
    ends = np.cumsum(nvec)[:-1]

    def chance(row: int, seen: NDArray[Any], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        return np.array([generator.choice(np.flatnonzero(part)) for part in np.split(mask, ends)], np.int64)

    return {
        "scripted": lambda row, seen, mask, info: scripted(seen, mask, info),
        "chance": chance,
        "nothing": lambda row, seen, mask, info: np.zeros(len(nvec), np.int64),
    }


def play(env: StarCraftVectorEnv, act: Act, episodes: int) -> dict[str, list[float]]:
    """Return the return and the last infos of episodes, in the order of their seeds.

    Args:
        env: in mode disabled.
        act: who plays.
        episodes: how many; a multiple of the env's rows.
    """
    found: dict[str, list[float]] = {name: [] for name in ("return", *SHOWN)}
    for first in range(0, episodes, env.num_envs):
        seen, infos = env.reset(seed=[first + row for row in range(env.num_envs)])
        totals = np.zeros(env.num_envs)
        is_over = False
        while not is_over:  # all rows end at the same limit: nobody can win against an opponent that does nothing
            masks = env.action_masks()
            actions = [
                act(row, seen[row], masks[row], {name: infos[name][row] for name in infos if infos[name].ndim == 1})
                for row in range(env.num_envs)
            ]
            seen, rewards, terminated, truncated, infos = env.step(np.stack(actions))
            totals += rewards
            is_over = bool((terminated | truncated).any())
        found["return"] += totals.tolist()
        for name in SHOWN:
            found[name] += infos[name].tolist()
    return found


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return mean and 95 % interval."""
    mean = float(np.mean(values))
    half = NORMAL_95 * float(np.std(values, ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return {"mean": mean, "low": mean - half, "high": mean + half}


def main(argv: Sequence[str] | None = None) -> int:
    """Play, write and show.

    Args:
        argv: arguments; `sys.argv` if None.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_tasks", description=__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES, help=f"of each (default {EPISODES})")
    parser.add_argument("--out", type=Path, help="result file (default: the published one, with the default episodes)")
    options = parser.parse_args(list(sys.argv[1:] if argv is None else argv))
    episodes = options.episodes
    rows = min(ROWS, episodes)
    result: dict[str, Any] = {"format": 1, **provenance(), "episodes": episodes, "tasks": {}}
    table = Table("task", "player", "return (95 %)", *SHOWN)
    for env_id in BASELINES:
        kwargs = {**gym.spec(env_id).kwargs, "channel": "local"}
        env = StarCraftVectorEnv(rows, num_processes=1, autoreset_mode="disabled", **kwargs)
        result["tasks"][env_id] = {}
        for name, act in players_of(env_id, env).items():
            found = {key: summary(values) for key, values in play(env, act, episodes - episodes % rows).items()}
            result["tasks"][env_id][name] = found
            shown = found["return"]
            numbers = [f"{found[key]['mean']:.0f}" for key in SHOWN]
            table.add_row(env_id, name, f"{shown['mean']:.2f} ({shown['low']:.2f} to {shown['high']:.2f})", *numbers)
        env.close()
    console = Console()
    console.print(table)
    out = options.out or (RESULT_FILE if episodes == EPISODES else None)
    if out is not None:
        write_atomically(out, json.dumps(result, indent=1) + "\n")
        console.print(f"wrote {out}", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
