"""Melee games of StarCraft II as envs: both checkers, what is offered and what is refused, books, opponents."""

from __future__ import annotations

import numpy as np
import pytest
from env_cases import check, flattened, make
from gymnasium.utils.env_checker import check_env

from bridge.errors import ConfigError
from envs.offers import OFFERED, PYSC2
from envs.specs.macro import MacroSpec

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

SCENARIO = "melee?races=terran:zerg&starts=0:1"
OBSERVATIONS, ACTIONS = OFFERED["starcraft2"]


def melee(**kwargs):
    return make("StarCraft2-v0", **{"scenario": SCENARIO, **kwargs})


@pytest.mark.parametrize("observation", [name for name in OBSERVATIONS if name not in PYSC2])
def test_gymnasium_checker_is_content(observation: str) -> None:
    options = {"resolution": 32} if observation in ("planes", "rgb") else None
    check_env(melee(observation=observation, observation_options=options), skip_close_check=True)


def test_sb3_checker_is_content() -> None:
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    env = melee()
    sb3.check_env(env, warn=True, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("observation", PYSC2)
@pytest.mark.parametrize("race", ["terran", "protoss", "zerg"])
def test_both_checkers_are_content_with_pysc2_s_interface(race: str, observation: str) -> None:
    env = melee(scenario=f"melee?races={race}:zerg&starts=0:1", observation=observation, action="functions")
    check(env)
    env.close()


@pytest.mark.parametrize("race", ["terran", "protoss", "zerg"])
def test_masked_random_play_builds_an_economy_and_stays_in_the_spaces(race: str) -> None:
    env = melee(scenario=f"melee?races={race}:terran&starts=0:1", opponent="noop", reward="income")
    spec = env.setup.task.action
    env.action_space.seed(2)
    assert isinstance(spec, MacroSpec)
    _, info = env.reset(seed=2)
    assert (info["workers"], info["minerals"]) == (12, 50)

    chosen, paid = set(), 0.0
    for _ in range(150):
        action = env.action_space.sample(mask=info["action_mask"])
        chosen.add(spec.choice_names[action[0]])
        seen, reward, terminated, _, info = env.step(action)
        assert seen in env.observation_space
        assert info["invalid_actions"] == 0
        assert not terminated
        paid += reward
    env.close()

    assert info["collected_minerals"] > 1000
    assert paid == pytest.approx((info["collected_minerals"] + info["collected_gas"]) / 100, rel=1e-4)
    assert info["workers"] > 12
    assert info["supply_total"] >= (28 if race == "zerg" else 31)  # chance hatches more drones than overlords
    assert len(chosen) >= 6


def test_opponents_of_three_strengths_and_a_race_are_taken_and_wrong_names_refused() -> None:
    for opponent in ("weak", "standard", "strong", "protoss:weak"):
        env = melee(opponent=opponent)
        env.reset(seed=1)
        env.step(np.zeros(2, np.int64))
        env.close()
    with pytest.raises(ConfigError, match="did you mean 'standard'"):
        melee(opponent="standart")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"observation": "pysc2"}, "observation 'pysc2' with action 'macro'"),
        ({"action": "functions"}, "observation 'economy' with action 'functions'"),
        (
            {"scenario": "melee?races=random:zerg", "observation": "pysc2", "action": "functions"},
            "observation 'pysc2' as random: its functions are a race's",
        ),
        ({"action": "workers"}, "action 'workers' in a melee game of starcraft2: allowed: macro, functions, raw"),
        ({"action": "place"}, "action 'place' in a melee game of starcraft2"),
        ({"reward": "opening"}, "reward term 'milestones' in a melee game of starcraft2"),
        ({"observation": "planes", "observation_options": {"layers": ["unit_types"]}}, "unit_type"),
        ({"observation": "units"}, "'units' with scenario"),
    ],
)
def test_what_is_not_offered_is_refused_by_one_line(options, text: str) -> None:
    with pytest.raises(ConfigError, match=text) as caught:
        melee(**options)
    assert "\n" not in str(caught.value)


def test_raw_commands_and_channels_give_equal_bytes() -> None:
    seen = []
    for channel in ("local", "shm"):
        env = melee(channel=channel, observation="raw", action="macro")
        env.action_space.seed(5)
        observation, info = env.reset(seed=5)
        frames = [flattened(observation)]
        for _ in range(20):
            observation, *_, info = env.step(env.action_space.sample(mask=info["action_mask"]))
            frames.append(flattened(observation))
        env.close()
        seen.append(np.stack(frames).tobytes())
    assert seen[0] == seen[1]
