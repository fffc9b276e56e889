"""Contestants of the groups "env steps/s": the whole way from action to observation.

All env contestants play the same battles (same task, same seeds per row) with random masked actions that are drawn the
same way outside the timed part; what is timed is `step`, resets of ended episodes included. SB3's SubprocVecEnv is what
a user would take without our vector env: one process per game, each with our own env in it, playing in that process
(no second process behind it). Its workers are forked: that starts them quickest and makes no difference to a step.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import SubprocVecEnv

from agents.sb3 import StarCraftVecEnv
from benchmarks.measure import Contestant, Run, games_text
from envs import StarCraftEnv, StarCraftVectorEnv

SCENARIO: Final = "m5v5_c_far"
FRAME_SKIP: Final = 8
SEED: Final = 20260101

VECTOR, VECTOR_LOCAL = "vector env (shm)", "vector env (local)"
ADAPTER, SUBPROC = "SB3 adapter (shm)", "SB3 SubprocVecEnv"

START_METHOD: Final = "fork"

NUM_KEYS: Final = 64
"""Sets of random keys that the draws go round: enough that no battle repeats its actions."""

MAX_WALL_FACTOR: Final = 6.0
"""A contestant whose untimed part (drawing actions) is long stops here at the latest, in multiples of its time."""


def env_group(num_games: int) -> str:
    """Return the group's name.

    Args:
        num_games: games at once.
    """
    return f"env steps/s, {games_text(num_games)}"


def contestants(env_games: Sequence[int]) -> list[Contestant]:
    """Return all contestants of these sizes.

    Args:
        env_games: games at once.
    """
    found: list[Contestant] = []

    def add(group: str, name: str, make: Callable[[int], AbstractContextManager[Run]], games: int) -> None:
        found.append(Contestant(group=group, name=name, open=lambda: make(games)))

    for games in env_games:
        add(env_group(games), VECTOR, lambda count: vector("shm", count), games)
        add(env_group(games), VECTOR_LOCAL, lambda count: vector("local", count), games)
        add(env_group(games), ADAPTER, _adapter, games)
        add(env_group(games), SUBPROC, subproc, games)
    return found


class Drawer:
    """Draws random possible actions, cheaply and the same for everybody.

    Each choice of each slot gets a random key; the possible choice with the largest one is taken.
    """

    def __init__(self, num_games: int, num_slots: int, num_choices: int) -> None:
        """Draw the keys.

        Args:
            num_games: rows.
            num_slots: factors of the action.
            num_choices: values of each factor.
        """
        generator = np.random.default_rng(SEED)
        self._keys = generator.random((NUM_KEYS, num_games, num_slots, num_choices), np.float32)
        self._count = 0

    def draw(self, masks: NDArray[Any]) -> NDArray[np.int64]:
        """Return (games, slots) actions.

        Args:
            masks: (games, slots * choices) bool or int8, what is possible; at least one choice in each slot.
        """
        keys = self._keys[self._count % NUM_KEYS]
        self._count += 1
        drawn: NDArray[np.int64] = (keys * masks.reshape(keys.shape)).argmax(axis=2)
        return drawn


def masks_of_infos(infos: Sequence[Mapping[str, Any]]) -> NDArray[np.int8]:
    """Return (games, slots * choices) int8 masks from `info["action_mask"]` of each game.

    Args:
        infos: one per game.
    """
    return np.stack([np.concatenate(info["action_mask"]) for info in infos])


def timed_steps(
    num_games: int,
    choose: Callable[[], NDArray[np.int64]],
    step: Callable[[NDArray[np.int64]], None],
    seconds: float,
) -> float:
    """Return env steps per second of `step` alone."""
    steps, spent_s = 0, 0.0
    give_up_s = time.perf_counter() + MAX_WALL_FACTOR * seconds
    while spent_s < seconds and (steps == 0 or time.perf_counter() < give_up_s):
        actions = choose()
        started_s = time.perf_counter()
        step(actions)
        spent_s += time.perf_counter() - started_s
        steps += num_games
    return steps / spent_s


def choices(space: gym.Space[Any]) -> tuple[int, int]:
    """Return slots and choices per slot of an action space."""
    assert isinstance(space, gym.spaces.MultiDiscrete)
    assert (space.nvec == space.nvec[0]).all(), "every slot has the same choices"
    return len(space.nvec), int(space.nvec[0])


@contextlib.contextmanager
def vector(channel: str, num_games: int, scenario: str = SCENARIO) -> Iterator[Run]:
    """Open our vector environment.

    Args:
        channel: `shm` or `local`.
        num_games: battles.
        scenario: what they are.
    """
    processes = {"num_processes": 1} if channel == "local" else {}
    env = StarCraftVectorEnv(
        num_games,
        scenario=scenario,
        frame_skip=FRAME_SKIP,
        channel=channel,
        autoreset_mode="same_step",
        **processes,
    )
    with contextlib.closing(env):
        env.reset(seed=SEED)
        drawer = Drawer(num_games, *choices(env.single_action_space))
        yield lambda seconds: timed_steps(
            num_games, lambda: drawer.draw(env.arrays["action_mask"]), lambda actions: _drop(env.step(actions)), seconds
        )


@contextlib.contextmanager
def _adapter(num_games: int) -> Iterator[Run]:
    games = StarCraftVectorEnv(num_games, scenario=SCENARIO, frame_skip=FRAME_SKIP, autoreset_mode="same_step")
    env = StarCraftVecEnv(games)
    with contextlib.closing(env):
        env.seed(SEED)
        env.reset()
        drawer = Drawer(num_games, *choices(games.single_action_space))
        yield lambda seconds: timed_steps(
            num_games,
            lambda: drawer.draw(games.arrays["action_mask"]),
            lambda actions: _drop(env.step(actions)),
            seconds,
        )


@contextlib.contextmanager
def subproc(num_games: int) -> Iterator[Run]:
    """Open SB3's SubprocVecEnv with our single environment in each worker.

    Args:
        num_games: battles, and so processes.
    """

    def make() -> StarCraftEnv:
        return StarCraftEnv(scenario=SCENARIO, frame_skip=FRAME_SKIP, channel="local")

    env = SubprocVecEnv([make] * num_games, start_method=START_METHOD)
    with contextlib.closing(env):
        env.seed(SEED)
        env.reset()
        drawer = Drawer(num_games, *choices(env.action_space))
        infos: list[Sequence[Mapping[str, Any]]] = [env.reset_infos]

        def step(actions: NDArray[np.int64]) -> None:
            infos[0] = env.step(actions)[3]

        yield lambda seconds: timed_steps(num_games, lambda: drawer.draw(masks_of_infos(infos[0])), step, seconds)


def _drop(value: object) -> None:
    """Ignore what a step returned; it has been made, which is what is timed."""
