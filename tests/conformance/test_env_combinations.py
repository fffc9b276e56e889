"""Every combination of observation and action: those declared valid pass both checkers, the rest is refused."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from env_cases import ALIKE, BATTLE_COMBINATIONS, IDS, MELEE_COMBINATIONS, STARCRAFT2_MELEE_COMBINATIONS, check, make

from bridge.errors import ConfigError
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.env import StarCraftEnv
from envs.offers import ECONOMY_ACTIONS, ECONOMY_OBSERVATIONS
from envs.registration import STARCRAFT2_ID, battle_ids, starcraft2_ids, task_ids
from envs.setup import EnvOptions, Setup
from envs.specs.actions import ACTIONS
from envs.specs.observations import OBSERVATIONS

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

DEFAULT_OPTIONS = {"observation_options": None, "action_options": None}
"""A task's own options fit its own observation and action only."""


def play(env: StarCraftEnv) -> None:
    """Play an episode of possible actions to its end and look at every array."""
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
    assert seen in env.observation_space


@pytest.mark.parametrize(("env_id", "max_frames"), [("BroodWar/2d_3z-v0", 400), ("StarCraft2/2s3z-v0", 160)])
@pytest.mark.parametrize(("observation", "action"), BATTLE_COMBINATIONS)
def test_combination_passes_the_checkers_and_plays_to_the_end(
    env_id: str, max_frames: int, observation: str, action: str
) -> None:
    env = make(env_id, observation=observation, action=action, max_frames=max_frames)
    check(env)

    play(env)
    env.close()


EVERY_ID = [
    pytest.param(env_id, *combination, id=f"{env_id}-{'-'.join(combination)}")
    for ids, combinations in (
        (IDS, BATTLE_COMBINATIONS),
        (sorted(ALIKE), BATTLE_COMBINATIONS),
        (starcraft2_ids(), BATTLE_COMBINATIONS),
        (task_ids(BROODWAR), MELEE_COMBINATIONS),
        (task_ids(STARCRAFT2), STARCRAFT2_MELEE_COMBINATIONS),
    )
    for env_id in ids
    for combination in combinations
]


@pytest.mark.full
@pytest.mark.parametrize(("env_id", "observation", "action"), EVERY_ID)
def test_every_id_passes_the_checkers_in_every_combination(env_id: str, observation: str, action: str) -> None:
    options = DEFAULT_OPTIONS if env_id in task_ids() else {}
    env = make(env_id, observation=observation, action=action, max_frames=200, **options)
    check(env)

    play(env)
    env.close()


MELEE = {"scenario": "melee?races=terran:zerg"}

ONE_OF_EACH_KIND: list[tuple[str, dict[str, Any]]] = [
    ("BroodWar/2d_3z-v0", {}),
    ("StarCraft2/3m-v0", {}),
    ("BroodWar-v0", MELEE),
    ("StarCraft2-v0", MELEE),
    ("BroodWar/Gather-v0", DEFAULT_OPTIONS),
]


def refused(env_id: str, observation: str, action: str, **options: Any) -> str:
    """Return the line that refuses what is asked for before a game starts."""
    with pytest.raises(ConfigError) as caught:
        make(env_id, observation=observation, action=action, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text


def invalid(env_id: str, options: dict[str, Any]) -> list[tuple[str, str]]:
    """Return all pairs of known names that do not go together."""
    melee = STARCRAFT2_MELEE_COMBINATIONS if env_id in (STARCRAFT2_ID, *task_ids(STARCRAFT2)) else MELEE_COMBINATIONS
    valid = melee if env_id in task_ids() or options == MELEE else BATTLE_COMBINATIONS
    return [
        (observation, action)
        for observation in dict.fromkeys((*OBSERVATIONS, *ECONOMY_OBSERVATIONS))
        for action in dict.fromkeys((*ACTIONS, *ECONOMY_ACTIONS))
        if (observation, action) not in valid
    ]


@pytest.mark.parametrize(("env_id", "options"), ONE_OF_EACH_KIND)
def test_invalid_combinations_are_refused_by_one_clear_line(env_id: str, options: dict[str, Any]) -> None:
    for observation, action in invalid(env_id, options):
        text = refused(env_id, observation, action, **options)

        assert "allowed: " in text
        assert repr(observation) in text or repr(action) in text


@pytest.mark.full
@pytest.mark.parametrize("env_id", [*battle_ids(), *starcraft2_ids(), *task_ids()])
def test_every_id_refuses_invalid_combinations(env_id: str) -> None:
    test_invalid_combinations_are_refused_by_one_clear_line(env_id, DEFAULT_OPTIONS if env_id in task_ids() else {})


@pytest.mark.parametrize(
    ("env_id", "scenario", "line"),
    [
        (
            "StarCraft2-v0",
            "m5v5_c_far",
            "scenario 'm5v5_c_far' of broodwar with game 'starcraft2': allowed: a scenario",
        ),
        ("BroodWar-v0", "3m", "scenario '3m' of starcraft2 with game 'broodwar': allowed: a scenario of broodwar"),
        ("StarCraft2-v0", "melee?game=broodwar", "scenario 'melee' of broodwar with game 'starcraft2'"),
        ("BroodWar-v0", "melee?game=starcraft2", "scenario 'melee?game=starcraft2'"),
    ],
)
def test_scenario_that_an_id_has_no_game_for_is_refused_by_one_clear_line(
    env_id: str, scenario: str, line: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make(env_id, scenario=scenario)

    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_melee_is_the_ids_own_game() -> None:
    for env_id, game in (("BroodWar-v0", "broodwar"), ("StarCraft2-v0", "starcraft2")):
        options = {**gym.spec(env_id).kwargs, "scenario": "melee"}

        assert Setup(EnvOptions.from_kwargs(options)).task.scenario.game == game


def test_sb3_checker_takes_planes_for_a_picture() -> None:
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    env = make(observation="planes")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb3.check_env(env, warn=True, skip_render_check=True)
    env.close()
