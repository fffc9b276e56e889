"""What the conformance tests run over: every id, every observation, and masked random play."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from numpy.typing import NDArray
from rosters import ROSTERS

from envs.env import StarCraftEnv
from envs.offers import ECONOMY_ACTIONS, ECONOMY_OBSERVATIONS, OFFERED, PYSC2
from envs.registration import battle_ids
from envs.specs.actions import ACTIONS
from envs.specs.observations import OBSERVATIONS
from envs.tasks import PER_UNIT

ALIKE = {f"BroodWar/{name}-v0" for name in ROSTERS} - {
    f"BroodWar/{name}-v0" for name in ("2dr-3zl_2dr-3zl", "2hy_1sst", "10mu_5co", "conga_zl")
}
"""Battles that differ from another one in their armies only: four of them stand for all."""

IDS = tuple(env_id for env_id in battle_ids() if env_id not in ALIKE)

BATTLE_COMBINATIONS = [
    (observation, action)
    for observation in OBSERVATIONS
    for action in ACTIONS
    if (observation != "local" or action in PER_UNIT) and (observation != "smac" or action == "smac")
]
"""Observations and actions that go together in a battle."""

MELEE_COMBINATIONS = [
    (observation, action)
    for observation in ECONOMY_OBSERVATIONS
    for action in ECONOMY_ACTIONS
    if (observation in PYSC2) == (action == "functions")
]
"""Those that go together in a melee game of Brood War."""

STARCRAFT2_MELEE_COMBINATIONS = [
    (observation, action)
    for observation in OFFERED["starcraft2"][0]
    for action in OFFERED["starcraft2"][1]
    if (observation in PYSC2) == (action == "functions")
]
"""Those that go together in a melee game of StarCraft II."""

CASES = [(env_id, observation) for env_id in IDS for observation in ("units", "flat")]


def make(env_id: str = "BroodWar-v0", **kwargs: Any) -> StarCraftEnv:
    """Return the bare env behind an id, its game in this process unless told otherwise."""
    env = gym.make(env_id, **{"channel": "local", **kwargs}).unwrapped
    assert isinstance(env, StarCraftEnv)
    return env


def check(env: StarCraftEnv) -> None:
    """Let Gymnasium's checker and SB3's look at an env, which stays open."""
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    check_env(env, skip_close_check=True)
    sb3.check_env(env, warn=False, skip_render_check=True)


def masked_random(mask: NDArray[np.bool_], num_factors: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return uniform choices among those that the mask allows.

    Args:
        mask: (..., factors * choices) bool.
        num_factors: factors.
        generator: where the choices come from.
    """
    split = mask.reshape(*mask.shape[:-1], num_factors, -1)
    chosen: NDArray[np.int64] = (generator.random(split.shape) * split).argmax(axis=-1)
    return chosen


def attacks_first_enemy(env: StarCraftEnv) -> NDArray[np.int64]:
    """Return the action in which every unit attacks the first enemy that it can."""
    split = env.action_masks().reshape(env.setup.task.action.num_own, -1)
    first = split[:, 9:].argmax(axis=1) + 9
    return np.where(split[:, 9:].any(axis=1), first, 0)


def flattened(observation: Any) -> NDArray[np.float32]:
    """Return all numbers of an observation."""
    parts = observation.values() if isinstance(observation, dict) else [observation]
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])
