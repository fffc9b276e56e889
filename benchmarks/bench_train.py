"""`python -m benchmarks.bench_train`: how much of MaskablePPO's speed the env leaves it.

The shipped hyperparameters of `configs/m5v5_c_far.yaml` with 64 games: env steps/s of `learn()`, updates included, on
the real env and on one of the same spaces that costs nothing: it hands out the same arrays for ever. Also with all
that `train.py` does beside learning. Writes benchmarks/results/bench_train.json and prints the same as tables.
`--quick` only shows that everything runs; it writes where it is told to.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch as th
from numpy.typing import NDArray
from rich.console import Console
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from agents.callbacks import ProgressWriter, TrainingCallback
from agents.checkpoints import Model
from agents.config import RunConfig, load_config
from agents.display import Display, Progress
from agents.environments import check_env_config, make_vec_env
from agents.runs import RunFolder, seeds_of
from agents.sb3 import StarCraftVecEnv
from agents.train import make_model
from benchmarks import report
from benchmarks.measure import (
    ROOT,
    Contestant,
    Run,
    Settings,
    games_text,
    rate_of,
    rates_of,
    ratio,
)

MODULE: Final = "benchmarks.bench_train"
RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_train.json"
CONFIG: Final = ROOT / "configs" / "m5v5_c_far.yaml"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 900.0

NUM_GAMES: Final = 64
WANTED: Final = 0.85
"""Of the throughput on the free env."""

FREE = "free env"
REAL = "real env"
ALONE = "real env, one process"
WHOLE = "real env, with all that train.py does"
NAMES: Final = (FREE, REAL, ALONE, WHOLE)
"""`REAL` has as many game processes as a config that leaves them open gets: one for each core, up to four."""

SETTINGS: Final = Settings(repeats=7, warm_up_s=2.0, measure_s=6.0, env_games=(NUM_GAMES,))
QUICK: Final = Settings(repeats=1, warm_up_s=0.0, measure_s=0.0, env_games=(8,))
"""Shows that everything runs; its numbers mean nothing."""


class FreeVecEnv(VecEnv):
    """The spaces of another env without its work: one step's arrays, handed out again and again.

    Args:
        observation: batched, given out at every step.
        masks: (num_envs, sum(nvec)) bool, likewise.
        like: whose spaces and size these are.
    """

    def __init__(self, observation: Any, masks: NDArray[np.bool_], like: VecEnv) -> None:
        super().__init__(like.num_envs, like.observation_space, like.action_space)
        self._observation = observation
        self._masks = list(masks)
        self._rewards = np.zeros(like.num_envs, np.float32)
        self._dones = np.zeros(like.num_envs, np.bool_)
        self._infos: list[dict[str, Any]] = [{} for _ in range(like.num_envs)]

    def reset(self) -> Any:
        """Give out the arrays."""
        return self._observation

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Do nothing."""

    def step_wait(self) -> Any:
        """Give out the arrays."""
        return self._observation, self._rewards, self._dones, self._infos

    def close(self) -> None:
        """Do nothing."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Have masks, and nothing else."""
        if attr_name not in ("action_masks", "render_mode"):
            raise AttributeError(attr_name)
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Take nothing."""
        raise AttributeError(attr_name)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Give out the masks."""
        assert method_name == "action_masks", method_name
        return self._masks

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """Say False."""
        return [False] * self.num_envs


def config_of(num_games: int) -> RunConfig:
    """Return the shipped config with this many games, its samples per update and minibatch cut to what they give.

    Args:
        num_games: at once.
    """
    shipped = load_config(CONFIG)
    batch = min(shipped.algorithm.batch_size, num_games * shipped.algorithm.n_steps)
    return load_config(CONFIG, [f"env.num_envs={num_games}", f"batch_size={batch}", "evaluation.every=1000000000"])


def group_of(num_games: int) -> str:
    """Return the group's name.

    Args:
        num_games: at once.
    """
    return f"learn() steps/s, {games_text(num_games)}"


def contestants(num_games: int) -> list[Contestant]:
    """Return all contestants of this size.

    Args:
        num_games: at once.
    """
    config, group = config_of(num_games), group_of(num_games)
    alone = config.model_copy(update={"env": config.env.model_copy(update={"num_processes": 1})})
    return [
        Contestant(group=group, name=FREE, open=lambda: _free(config)),
        Contestant(group=group, name=REAL, open=lambda: _real(config)),
        Contestant(group=group, name=ALONE, open=lambda: _real(alone)),
        Contestant(group=group, name=WHOLE, open=lambda: _whole(config)),
    ]


def _learning(model: Model, config: RunConfig, callback: BaseCallback | None = None) -> Run:
    """Return what learns for so many seconds, in whole updates."""
    samples = config.env.num_envs * config.algorithm.n_steps

    def update() -> int:
        model.learn(samples, callback=callback, reset_num_timesteps=False)
        return samples

    return lambda seconds: rate_of(update, seconds)


@contextlib.contextmanager
def opened(config: RunConfig) -> Iterator[StarCraftVecEnv]:
    """Open a config's games, with as many of torch's threads as it says.

    Args:
        config: a run's.
    """
    th.set_num_threads(config.training.torch_threads)
    env = make_vec_env(config.env)
    with contextlib.closing(env):
        yield env


@contextlib.contextmanager
def _free(config: RunConfig) -> Iterator[Run]:
    with opened(config) as env:
        env.seed(seeds_of(config, 0)["training"])
        free = FreeVecEnv(env.reset(), env.action_masks(), env)
    yield _learning(make_model(config, free, "cpu"), config)  # the games are closed: nothing runs beside it


@contextlib.contextmanager
def _real(config: RunConfig) -> Iterator[Run]:
    with opened(config) as env:
        yield _learning(make_model(config, env, "cpu"), config)


@contextlib.contextmanager
def _whole(config: RunConfig) -> Iterator[Run]:
    with contextlib.ExitStack() as stack:
        env = stack.enter_context(opened(config))
        runs = stack.enter_context(tempfile.TemporaryDirectory())
        folder = RunFolder.create(config.model_copy(update={"runs": runs}), [])
        progress = Progress(total_steps=config.training.total_steps)
        sink = stack.enter_context((Path(runs) / "display.txt").open("w"))
        display = Display("", progress, None, Console(file=sink))
        scenario, opponent = check_env_config(config.env)
        callback = TrainingCallback(
            config, folder, progress, display, env, seeds_of(config, 0)["evaluation"], (scenario.name, opponent), bool
        )
        model = make_model(config, env, "cpu")
        model.set_logger(Logger(folder=runs, output_formats=[ProgressWriter(folder, progress, float)]))
        stack.enter_context(display)
        yield _learning(model, config, callback)


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    settings = report.settings_from(part["settings"], Settings)
    return json.dumps(rates_of(contestants(settings.env_games[0]), settings, part["repeat"]))


def judged(measured: report.Measured, settings: Settings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    num_games = settings.env_games[0]
    group, config = group_of(num_games), config_of(num_games)
    ratios = {f"{name} / {FREE}": ratio(measured.summaries, group, name, FREE) for name in NAMES if name != FREE}
    task = {
        "config": CONFIG.name,
        "env": config.env.model_dump(),
        "algorithm": config.algorithm.model_dump(),
        "policy": config.policy.model_dump(),
    }
    text = f"MaskablePPO, {games_text(num_games)}: {REAL} over {FREE}"
    return measured.result(task, ratios, [report.target(text, WANTED, ratios[f"{REAL} / {FREE}"].median)])


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=SETTINGS,
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
    has_figure=True,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    return BENCHMARK.run(BENCHMARK.parser(__doc__), argv)


if __name__ == "__main__":
    raise SystemExit(main())
