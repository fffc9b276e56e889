"""`python -m benchmarks.bench_tasks`: what scripted play earns in the tasks beyond battles, beside chance and nothing.

Plays `--episodes` episodes of each with seeds 0, 1, 2, ... and writes benchmarks/results/bench_tasks.json: means with
95 % intervals of the return and of the infos. The numbers do not depend on the machine.

`--policies RUN ...` plays the same seeds with what runs of `train.py` have learnt, each beside chance by the rules of
its config, and puts that beside what the file has already; `--tasks` says which tasks are played (none: `--tasks -`).
"""

from __future__ import annotations

import argparse
import itertools
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
from envs.offers import ECONOMY_INFO_FIELDS
from envs.vector import StarCraftVectorEnv

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_tasks.json"

EPISODES: Final = 100
ROWS: Final = 10
"""Games side by side."""

SHOWN: Final = ("battle_won", "episode_frames", "collected_minerals", "workers", "trained", "milestones")

NUMBERS: Final = tuple(field.name for field in ECONOMY_INFO_FIELDS)

NO_TASK: Final = "-"

NORMAL_95: Final = 1.96

Found = dict[str, dict[str, float]]
"""What was measured -> mean, low, high."""

Act = Callable[[Any, NDArray[np.bool_], Mapping[str, Any]], NDArray[np.int64]]
"""(observations, (rows, sum(nvec)) masks, infos) -> (rows, factors) actions."""


def scripted(env_id: str, env: StarCraftVectorEnv) -> Act:
    """Return a task's scripted player, for all rows."""
    one = BASELINES[env_id](env.setup.task)  # type: ignore[arg-type]  # these ids are melee games

    def act(seen: Any, masks: NDArray[np.bool_], infos: Mapping[str, Any]) -> NDArray[np.int64]:
        rows = [{name: infos[name][row] for name in NUMBERS} for row in range(len(masks))]
        return np.stack([one(seen[row], masks[row], rows[row]) for row in range(len(masks))])

    return act


def chance(env: StarCraftVectorEnv) -> Act:
    """Return who draws uniformly among what is possible, factor by factor."""
    nvec = env.single_action_space.nvec  # type: ignore[attr-defined]  # of a MultiDiscrete
    edges = np.concatenate([[0], np.cumsum(nvec)])
    generator = np.random.default_rng(0)

    def act(seen: Any, masks: NDArray[np.bool_], infos: Mapping[str, Any]) -> NDArray[np.int64]:
        keys = np.where(masks, generator.random(masks.shape), -1.0)
        parts = [keys[:, low:high].argmax(axis=1) for low, high in itertools.pairwise(edges)]
        return np.stack(parts, axis=1)

    return act


def nothing(env: StarCraftVectorEnv) -> Act:
    """Return who does nothing."""
    factors = len(env.single_action_space.nvec)  # type: ignore[attr-defined]  # of a MultiDiscrete
    return lambda seen, masks, infos: np.zeros((len(masks), factors), np.int64)


def play(env: StarCraftVectorEnv, act: Act, episodes: int) -> Found:
    """Return means and intervals of the return and of the last infos of episodes.

    Args:
        env: in same-step mode; what a row plays after its episode does not count.
        act: who plays.
        episodes: how many; a multiple of the env's rows.
    """
    found: dict[str, list[float]] = {name: [] for name in ("return", *SHOWN)}
    for first in range(0, episodes, env.num_envs):
        seen, infos = env.reset(seed=[first + row for row in range(env.num_envs)])
        totals = np.zeros(env.num_envs)
        is_over = np.zeros(env.num_envs, np.bool_)
        last: dict[str, NDArray[Any]] = {name: np.zeros(env.num_envs) for name in SHOWN}
        while not is_over.all():
            seen, rewards, terminated, truncated, infos = env.step(act(seen, env.action_masks(), infos))
            totals += np.where(is_over, 0.0, rewards)
            ended = (terminated | truncated) & ~is_over
            for name in SHOWN:
                if ended.any():
                    last[name][ended] = infos["final_info"][name][ended]
            is_over |= ended
        found["return"] += totals.tolist()
        for name in SHOWN:
            found[name] += last[name].tolist()
    return {name: summary(values) for name, values in found.items()}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return mean and 95 % interval."""
    mean = float(np.mean(values))
    half = NORMAL_95 * float(np.std(values, ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return {"mean": mean, "low": mean - half, "high": mean + half}


def play_task(env_id: str, rows: int, episodes: int) -> dict[str, Found]:
    """Return what a task's scripted player, chance and nobody earn."""
    kwargs = {**gym.spec(env_id).kwargs, "channel": "local"}
    env = StarCraftVectorEnv(rows, num_processes=1, autoreset_mode="same_step", **kwargs)
    players = {"scripted": scripted(env_id, env), "chance": chance(env), "nothing": nothing(env)}
    found = {name: play(env, act, episodes) for name, act in players.items()}
    env.close()
    return found


def play_policy(run: Path, rows: int, episodes: int) -> tuple[str, dict[str, Any]]:
    """Return a run's name, and what its best checkpoint (or the one that is named) and chance earn by its config.

    The policy draws its actions, as it learnt to: the most probable choice of a factor alone may be to do nothing.
    """
    from agents.actors import ModelActor
    from agents.checkpoints import load_checkpoint, read_meta
    from agents.environments import env_arguments
    from agents.runs import find_checkpoint
    from agents.sb3 import StarCraftVecEnv

    checkpoint = find_checkpoint(run)
    meta = read_meta(checkpoint)
    kwargs = {**env_arguments(meta.config.env), "channel": "local"}
    env = StarCraftVectorEnv(rows, num_processes=1, autoreset_mode="same_step", **kwargs)
    model, _ = load_checkpoint(checkpoint, StarCraftVecEnv(env))
    actor = ModelActor(model, deterministic=False)

    def act(seen: Any, masks: NDArray[np.bool_], infos: Mapping[str, Any]) -> NDArray[np.int64]:
        return actor.act(seen, masks)

    found = {"policy": play(env, act, episodes), "chance": play(env, chance(env), episodes)}
    env.close()
    return meta.config.name, {"steps": meta.steps, "seed": meta.config.seed, "episodes": episodes, **found}


def main(argv: Sequence[str] | None = None) -> int:
    """Play, write and show.

    Args:
        argv: arguments; `sys.argv` if None.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_tasks", description=__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES, help=f"of each (default {EPISODES})")
    parser.add_argument(
        "--tasks", nargs="+", default=list(BASELINES), choices=[*BASELINES, NO_TASK], help="default: all"
    )
    parser.add_argument("--policies", nargs="+", type=Path, default=[], metavar="RUN", help="run folders of train.py")
    parser.add_argument("--out", type=Path, help="result file (default: the published one, with the default episodes)")
    options = parser.parse_args(list(sys.argv[1:] if argv is None else argv))
    rows = min(ROWS, options.episodes)
    episodes = options.episodes - options.episodes % rows
    out = options.out or (RESULT_FILE if options.episodes == EPISODES else None)
    kept = json.loads(out.read_text(encoding="utf-8")) if out is not None and out.is_file() else {}
    result = {"format": 2, **provenance(), "tasks": kept.get("tasks", {}), "policies": kept.get("policies", {})}
    table = Table("task", "player", "return (95 %)", *SHOWN)

    def show(task: str, player: str, found: Found) -> None:
        numbers = [f"{found[key]['mean']:.2f}" for key in SHOWN]
        total = found["return"]
        table.add_row(task, player, f"{total['mean']:.2f} ({total['low']:.2f} to {total['high']:.2f})", *numbers)

    for env_id in options.tasks:
        if env_id != NO_TASK:
            played = play_task(env_id, rows, episodes)
            result["tasks"][env_id] = {"episodes": episodes, **played}
            for name, found in played.items():
                show(env_id, name, found)
    for run in options.policies:
        name, about = play_policy(run, rows, episodes)
        result["policies"][name] = about
        for player in ("policy", "chance"):
            show(name, player, about[player])
    console = Console(width=160)
    console.print(table)
    if out is not None:
        write_atomically(out, json.dumps(result, indent=1) + "\n")
        console.print(f"wrote {out}", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
