"""The many-agent env: PettingZoo's own tests, and the same game as the single env's, taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pettingzoo")

from pettingzoo.test import parallel_api_test, parallel_seed_test

from bridge.errors import ConfigError, InvalidActionError
from envs import StarCraftEnv, StarCraftParallelEnv

KINDS: dict[str, dict[str, Any]] = {
    "units": {},
    "by COMA's rules": {
        "observation_options": {"sight_px": 128},
        "action_options": {"directions": 4, "attack_px": 128},
        "reward": "coma",
    },
    "continuous": {"action": "continuous"},
    "squads": {"action": "squad", "action_options": {"squads": 2}},
}


def make(**kwargs: Any) -> StarCraftParallelEnv:
    return StarCraftParallelEnv(**{"scenario": "2d_3z", "channel": "local", "max_frames": 700, **kwargs})


@pytest.mark.parametrize("kind", KINDS)
def test_pettingzoo_is_content(kind: str) -> None:
    env = make(**KINDS[kind])

    parallel_api_test(env, num_cycles=120)
    env.close()
    parallel_seed_test(lambda: make(**KINDS[kind]), num_cycles=30)


def test_agents_play_the_single_envs_game() -> None:
    many, one = (
        make(reward="coma"),
        StarCraftEnv(scenario="2d_3z", channel="local", max_frames=700, observation="local", reward="coma"),
    )
    generator = np.random.default_rng(3)
    observations, infos = many.reset(seed=3)
    seen, info = one.reset(seed=3)

    is_over, met_deaths = False, 0
    while not is_over:
        for at, agent in enumerate(many.possible_agents):
            if agent in many.agents:
                assert np.array_equal(observations[agent], seen[at])
                assert np.array_equal(infos[agent]["action_mask"], info["action_mask"][at])
            else:
                assert not seen[at].any()
        actions = {agent: int(generator.choice(np.flatnonzero(infos[agent]["action_mask"]))) for agent in many.agents}
        before = list(many.agents)
        observations, rewards, terminations, truncations, infos = many.step(actions)
        joint = np.array([actions.get(agent, 0) for agent in many.possible_agents])
        seen, reward, terminated, truncated, info = one.step(joint)

        assert set(rewards) == set(observations) == set(infos) == set(before)
        assert set(rewards.values()) == {reward}
        assert set(truncations.values()) == {truncated}
        if terminated:
            assert all(terminations.values())
        met_deaths += len(before) - len(many.agents)
        is_over = terminated or truncated
    assert many.agents == []
    assert met_deaths
    many.close()
    one.close()


def test_squad_leaves_when_its_last_unit_has_died() -> None:
    env = make(**KINDS["squads"], opponent="closest")
    env.reset(seed=1)
    assert env.agents == ["squad_0", "squad_1"]

    while env.agents:
        before = list(env.agents)
        observations, _, terminations, truncations, _ = env.step(dict.fromkeys(env.agents, 0))
        own = observations[before[0]]["own_mask"]
        slots = np.arange(len(own)) * 2 // len(own)
        for agent in before:
            is_there = bool(own[slots == int(agent[-1])].any())
            is_over = terminations[agent] or truncations[agent]
            assert is_there or terminations[agent]
            assert (agent in env.agents) == (not is_over)
    env.close()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"observation": "flat"}, "observation 'flat' with many agents: allowed: 'local'"),
        ({"action": "squad", "observation": "local"}, "observation 'local' with many agents"),
        ({"scenario": "melee"}, "observation 'local' with scenario 'melee"),
        ({"action": "micros"}, "unknown action 'micros'; did you mean 'micro'?"),
    ],
)
def test_what_has_no_agents_is_refused_in_one_line(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        make(**kwargs)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"unit_0": 0}, "no action for unit_1; wanted: one for each of unit_0, unit_1"),
        ({"unit_9": 0}, "action for 'unit_9', who is not there"),
        ({"unit_1": 99}, "unit_1: 99 is not in Discrete"),
    ],
)
def test_wrong_action_is_refused_in_one_line(actions: dict[str, int], message: str) -> None:
    env = make()
    env.reset(seed=1)
    given = actions if len(actions) == 1 and "unit_0" in actions else {**dict.fromkeys(env.agents, 0), **actions}

    with pytest.raises(InvalidActionError, match=message):
        env.step(given)
    env.close()
