"""Units as rows: the army's games, taken apart, and put together again for whoever plays them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sb3_contrib import MaskablePPO

from agents.actors import ModelActor
from agents.config import parse_config
from agents.policies import POLICIES
from agents.sb3 import StarCraftVecEnv
from agents.unit_rows import UnitRowsVecEnv, rows_of
from bridge.errors import ConfigError
from envs import StarCraftVectorEnv

UNITS = 3


def army(**kwargs: Any) -> StarCraftVecEnv:
    given = {"scenario": "coma_3m", "observation": "local", "channel": "local", "max_frames": 140, **kwargs}
    return StarCraftVecEnv(StarCraftVectorEnv(2, num_processes=1, autoreset_mode="same_step", **given))


def test_rows_are_the_armys_lines() -> None:
    whole, rows = army(), UnitRowsVecEnv(army())
    whole.seed(5)
    assert list(rows.seed(5)) == [5, 5, 5, 6, 6, 6]
    seen, lines = whole.reset(), rows.reset()
    generator = np.random.default_rng(1)
    ended = 0

    for _ in range(60):
        assert np.array_equal(lines, seen.reshape(2 * UNITS, -1))
        masks = whole.action_masks()
        assert np.array_equal(rows.action_masks(), masks.reshape(2 * UNITS, -1))
        actions = (generator.random((2 * UNITS, masks.shape[1] // UNITS)) * rows.action_masks()).argmax(axis=1)
        seen, rewards, dones, infos = whole.step(actions.reshape(2, UNITS))
        lines, unit_rewards, unit_dones, unit_infos = rows.step(actions[:, np.newaxis])
        assert np.array_equal(unit_rewards.reshape(2, UNITS), np.repeat(rewards[:, np.newaxis], UNITS, 1))
        assert np.array_equal(unit_dones.reshape(2, UNITS), np.repeat(dones[:, np.newaxis], UNITS, 1))
        for game in np.flatnonzero(dones).tolist():
            ended += 1
            told = [unit_infos[game * UNITS + unit] for unit in range(UNITS)]
            assert [("episode" in one) for one in told] == [True, False, False]
            assert told[0]["episode"]["r"] == infos[game]["episode"]["r"]
            for unit, one in enumerate(told):
                assert np.array_equal(one["terminal_observation"], infos[game]["terminal_observation"][unit])
                assert one["TimeLimit.truncated"] == infos[game]["TimeLimit.truncated"]
    assert ended >= 4
    whole.close()
    rows.close()


def test_critic_of_the_team_sees_all_lines_behind_the_own_one() -> None:
    lines = np.arange(2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)

    rows = rows_of(lines, shows_team=True)

    assert rows.shape == (6, 8)
    assert rows[4].tolist() == [8, 9, 6, 7, 8, 9, 10, 11]
    assert np.array_equal(rows_of(lines, shows_team=False), lines.reshape(6, 2))


@pytest.mark.parametrize("critic", ["own", "team"])
def test_actor_decides_by_the_own_line_alone(critic: str) -> None:
    env = UnitRowsVecEnv(army(), shows_team=critic == "team")
    own = env.own_columns if critic == "team" else 0
    network = {"hidden": [8], "own_columns": own}
    model = MaskablePPO(POLICIES["mlp"], env, n_steps=8, batch_size=16, policy_kwargs={"network": network}, seed=1)
    model.learn(48)
    actor = ModelActor(model, deterministic=True)
    env.seed(7)
    env.reset()
    lines, masks = np.random.default_rng(2).random((2, UNITS, env.own_columns), np.float32), env.army.action_masks()
    chosen = actor.act(lines, masks)
    others = lines.copy()
    others[:, 1:] = 0.0

    assert chosen.shape == (2, UNITS)
    assert np.array_equal(actor.act(others, masks)[:, 0], chosen[:, 0])
    env.close()


def test_units_need_lines_of_their_own() -> None:
    env = army(observation="flat")

    with pytest.raises(ConfigError, match="with observation 'flat' and action 'micro': allowed: 'local' and 'micro'"):
        UnitRowsVecEnv(env)
    env.close()


@pytest.mark.parametrize(
    ("env", "more", "message"),
    [
        ({"control": "unit"}, {"selfplay": {}}, "selfplay with env.control 'unit'; allowed: 'army'"),
        ({}, {"policy": {"name": "mlp", "critic": "team"}}, "policy.critic 'team' needs env.control 'unit'"),
        ({"control": "units"}, {}, "control"),
    ],
)
def test_what_units_cannot_do_is_refused_in_one_line(env: dict[str, Any], more: dict[str, Any], message: str) -> None:
    raw = {"name": "a", "env": {"scenario": "coma_3m", **env}, **more}

    with pytest.raises(ConfigError, match=message):
        parse_config(raw, source="test")
