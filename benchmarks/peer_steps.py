"""Contestants of `bench_vector`: our vector environment, and the same battles in the libraries that users know.

Gymnasium's AsyncVectorEnv and SB3's SubprocVecEnv run one environment to a process; how many processes serve them best
depends on the machine, so they are measured at several numbers and judged by their best. Each worker holds our own
single environment, which plays in that process. SMAClite, where it is installed, plays its own scenario with as many
units, one environment in this process; beside it stands one of our environments in this process.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import gymnasium as gym
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode
from numpy.typing import NDArray

from benchmarks.env_steps import FRAME_SKIP, SCENARIO, SEED, VECTOR, Drawer, choices, subproc, timed_steps, vector
from benchmarks.measure import Contestant, Run, games_text
from envs import StarCraftEnv

ASYNC: Final = "Gymnasium AsyncVectorEnv"
SUBPROC: Final = "SB3 SubprocVecEnv"
LOCAL: Final = "vector env (local)"
SMACLITE: Final = "SMAClite 2s3z"

PEER_GROUP: Final = "env steps/s, one process to a game"
SINGLE_GROUP: Final = "env steps/s, 1 game in this process"

SMACLITE_ENV: Final = "smaclite/2s3z-v0"
"""Five units against five, like m5v5; eight frames a step, like ours."""


def has_smaclite() -> bool:
    """Say whether SMAClite can be imported (it is on no package index: github.com/uoe-agents/smaclite)."""
    return importlib.util.find_spec("smaclite") is not None


def vector_group(num_games: int) -> str:
    """Return the group's name.

    Args:
        num_games: games at once.
    """
    return f"env steps/s, {games_text(num_games)}"


def peer_name(library: str, num_processes: int) -> str:
    """Return a contestant's name.

    Args:
        library: `ASYNC` or `SUBPROC`.
        num_processes: its processes, one game each.
    """
    return f"{library}, {games_text(num_processes)}"


def contestants(env_games: Sequence[int], peer_processes: Sequence[int]) -> list[Contestant]:
    """Return all contestants.

    Args:
        env_games: games at once in our vector environment.
        peer_processes: processes, and so games, of the others.
    """
    found: list[Contestant] = []

    def add(group: str, name: str, open_it: Callable[[], AbstractContextManager[Run]]) -> None:
        found.append(Contestant(group=group, name=name, open=open_it))

    for games in env_games:
        add(vector_group(games), VECTOR, lambda games=games: vector("shm", games))  # type: ignore[misc]
    for count in peer_processes:
        add(PEER_GROUP, peer_name(ASYNC, count), lambda count=count: _async(count))  # type: ignore[misc]
        add(PEER_GROUP, peer_name(SUBPROC, count), lambda count=count: subproc(count))  # type: ignore[misc]
    add(SINGLE_GROUP, LOCAL, lambda: vector("local", 1))
    if has_smaclite():
        add(SINGLE_GROUP, SMACLITE, _smaclite)
    return found


@contextlib.contextmanager
def _async(num_games: int) -> Iterator[Run]:
    def make() -> StarCraftEnv:
        return StarCraftEnv(scenario=SCENARIO, frame_skip=FRAME_SKIP, channel="local")

    env = AsyncVectorEnv([make] * num_games, context="fork", autoreset_mode=AutoresetMode.SAME_STEP)
    with contextlib.closing(env):
        infos: list[Mapping[str, Any]] = [env.reset(seed=SEED)[1]]
        drawer = Drawer(num_games, *choices(env.single_action_space))

        def step(actions: NDArray[np.int64]) -> None:
            infos[0] = env.step(actions)[4]

        yield lambda seconds: timed_steps(num_games, lambda: drawer.draw(_async_masks(infos[0])), step, seconds)


def _async_masks(infos: Mapping[str, Any]) -> NDArray[np.int8]:
    """Return (games, slots * choices) int8 of the masks that AsyncVectorEnv collects: tuples of arrays, as objects."""
    return np.stack([np.concatenate(masks) for masks in infos["action_mask"]])


@contextlib.contextmanager
def _smaclite() -> Iterator[Run]:
    import smaclite  # noqa: F401 - registers its environments

    env: Any = gym.make(SMACLITE_ENV, disable_env_checker=True)
    generator = np.random.default_rng(SEED)
    with contextlib.closing(env):
        env.reset(seed=SEED)
        game = env.unwrapped

        def choose() -> NDArray[np.int64]:
            masks = np.array(game.get_avail_actions())
            return np.array((generator.random(masks.shape) * (masks > 0)).argmax(axis=1), np.int64)

        def step(actions: NDArray[np.int64]) -> None:
            outcome = env.step(actions.tolist())
            if outcome[2] or outcome[3]:
                env.reset()

        yield lambda seconds: timed_steps(1, choose, step, seconds)
