"""Every valid combination of observation and action in a battle against Gymnasium's checker and our own promises."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from env_cases import IDS, make
from gymnasium.utils.env_checker import check_env

from bridge.errors import ConfigError
from envs.economy import ECONOMY_ACTIONS, ECONOMY_OBSERVATIONS, PYSC2
from envs.registration import task_ids
from envs.specs.actions import ACTIONS
from envs.specs.observations import OBSERVATIONS
from envs.tasks import PER_UNIT

COMBINATIONS = [
    (observation, action)
    for observation in OBSERVATIONS
    for action in ACTIONS
    if (observation != "local" or action in PER_UNIT) and (observation != "smac" or action == "smac")
]


@pytest.mark.parametrize(("observation", "action"), COMBINATIONS)
def test_combination_passes_the_checker_and_plays_to_the_end(observation: str, action: str) -> None:
    env = make("BroodWar/2d_3z-v0", observation=observation, action=action, max_frames=400)
    check_env(env, skip_close_check=True)
    env.action_space.seed(3)
    seen, info = env.reset(seed=3)

    over = False
    while not over:
        assert seen in env.observation_space
        has_masks = "action_mask" in info
        chosen = env.action_space.sample(mask=info["action_mask"]) if has_masks else env.action_space.sample()
        seen, reward, terminated, truncated, info = env.step(chosen)
        env.setup.task.observation.validate({name: array[0] for name, array in env._pool.arrays.items()})
        assert np.isfinite(reward)
        assert not has_masks or info["invalid_actions"] == 0
        over = terminated or truncated
    env.close()


MELEE_COMBINATIONS = [
    (observation, action)
    for observation in ECONOMY_OBSERVATIONS
    for action in ECONOMY_ACTIONS
    if (observation in PYSC2) == (action == "functions")
]

EVERY_ID = [
    pytest.param(env_id, *combination, id=f"{env_id}-{'-'.join(combination)}")
    for ids, combinations in ((IDS, COMBINATIONS), (task_ids(), MELEE_COMBINATIONS))
    for env_id in ids
    for combination in combinations
]


@pytest.mark.full
@pytest.mark.parametrize(("env_id", "observation", "action"), EVERY_ID)
def test_every_id_passes_the_checker_in_every_combination(env_id: str, observation: str, action: str) -> None:
    options = {} if env_id in IDS else {"observation_options": None, "action_options": None}
    env = make(env_id, observation=observation, action=action, max_frames=200, **options)
    check_env(env, skip_close_check=True)
    env.action_space.seed(3)
    seen, info = env.reset(seed=3)

    over = False
    while not over:
        has_masks = "action_mask" in info
        chosen = env.action_space.sample(mask=info["action_mask"]) if has_masks else env.action_space.sample()
        seen, _, terminated, truncated, info = env.step(chosen)
        assert seen in env.observation_space
        assert not has_masks or info["invalid_actions"] == 0
        over = terminated or truncated
    env.close()


INVALID = [
    (observation, action)
    for observation in (*OBSERVATIONS, *ECONOMY_OBSERVATIONS)
    for action in (*ACTIONS, *ECONOMY_ACTIONS)
    if (observation, action) not in COMBINATIONS
]


@pytest.mark.parametrize(("observation", "action"), INVALID)
def test_invalid_combination_is_refused_by_one_clear_line(observation: str, action: str) -> None:
    with pytest.raises(ConfigError, match="allowed: ") as caught:
        make("BroodWar/2d_3z-v0", observation=observation, action=action)

    text = str(caught.value)
    assert "\n" not in text
    assert repr(observation) in text or repr(action) in text


def test_sb3_checker_takes_planes_for_a_picture() -> None:
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    env = make(observation="planes")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb3.check_env(env, warn=True, skip_render_check=True)
    env.close()
