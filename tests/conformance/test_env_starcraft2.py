"""StarCraft II's ids keep Brood War's promises: both checkers, every observation and action, an end, equal bytes."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from env_cases import flattened, make, masked_random
from gymnasium.utils.env_checker import check_env

from bridge.errors import ConfigError
from bridge.scenarios import load_scenario, scenario_names
from envs.registration import starcraft2_ids

OBSERVATIONS = ("units", "flat", "local", "planes", "raw", "smac")

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


@pytest.mark.parametrize("env_id", ["StarCraft2-v0", "StarCraft2/MMM-v0", "StarCraft2/2c_vs_64zg-v0"])
@pytest.mark.parametrize("observation", ["units", "flat", "smac"])
def test_gymnasium_checker_is_content(env_id: str, observation: str) -> None:
    check_env(make(env_id, observation=observation), skip_close_check=True)


@pytest.mark.parametrize("env_id", ["StarCraft2-v0", "StarCraft2/MMM-v0"])
def test_sb3_checker_is_content_with_flat(env_id: str) -> None:
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    env = make(env_id, observation="flat")

    sb3.check_env(env, warn=True, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("observation", OBSERVATIONS)
@pytest.mark.parametrize("name", ["3m", "2s3z", "MMM"])
def test_masked_random_play_stays_in_the_spaces_and_comes_to_an_end(name: str, observation: str) -> None:
    env = make(f"StarCraft2/{name}-v0", observation=observation)
    generator = np.random.default_rng(5)
    _, info = env.reset(seed=5)

    over, steps = False, 0
    while not over:
        mask = np.concatenate([part.astype(np.bool_) for part in info["action_mask"]])
        factors = len(info["action_mask"])
        seen, reward, terminated, truncated, info = env.step(masked_random(mask, factors, generator))
        assert seen in env.observation_space
        env.setup.task.observation.validate({key: array[0] for key, array in env._pool.arrays.items()})
        assert info["invalid_actions"] == 0
        assert np.isfinite(reward)
        over, steps = terminated or truncated, steps + 1
    env.close()

    assert steps <= load_scenario(name).max_frames // 8


@pytest.mark.parametrize("env_id", starcraft2_ids())
def test_every_scenario_begins_with_its_armies_and_plays(env_id: str) -> None:
    with gym.make(env_id, channel="local") as env:
        _, info = env.reset(seed=2)
        scenario = env.unwrapped.setup.task.scenario
        counts = [sum(count for _, count in army) for army in scenario.armies]
        for _ in range(5):
            _, _, terminated, _, _ = env.step(np.zeros(counts[0], np.int64))

    assert [info["own_units"], info["enemy_units"]] == counts
    assert not terminated


@pytest.mark.parametrize("opponent", ["noop", "attack_move", "closest", "weakest_closest", "smac"])
def test_every_opponent_beats_who_stands_still(opponent: str) -> None:
    env = make("StarCraft2/8m-v0", opponent=opponent)
    _, info = env.reset(seed=3)

    over = False
    while not over:
        _, _, terminated, truncated, info = env.step(np.zeros(8, np.int64))
        over = terminated or truncated
    env.close()

    assert info["own_units"] == 0
    assert not info["battle_won"]


def test_passive_agents_and_smacs_reward_make_a_lost_battle_worth_nothing() -> None:
    env = make("StarCraft2/3m-v0", observation="smac", reward="smac")
    _, info = env.reset(seed=1)
    total, over = 0.0, False

    while not over:
        choices = [0 if part[0] else 1 for part in info["action_mask"]]
        _, reward, terminated, truncated, info = env.step(np.array(choices))
        total += reward
        over = terminated or truncated
    env.close()

    assert total == 0.0


@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_channels_give_equal_bytes(channel: str) -> None:
    seen = []
    for each in ("local", channel):
        env = make("StarCraft2/2s3z-v0", channel=each)
        generator = np.random.default_rng(11)
        observation, info = env.reset(seed=11)
        frames = [flattened(observation)]
        for _ in range(25):
            mask = np.concatenate([part.astype(np.bool_) for part in info["action_mask"]])
            observation, *_, info = env.step(masked_random(mask, 5, generator))
            frames.append(flattened(observation))
        env.close()
        seen.append(np.stack(frames).tobytes())

    assert seen[0] == seen[1]


def test_picture_and_text_of_a_battle_name_its_units() -> None:
    env = make("StarCraft2/MMM-v0", render_mode="ansi")
    env.reset(seed=1)

    text = env.render()
    env.close()

    assert isinstance(text, str)
    assert "Medivac" in text


def test_unknown_opponent_and_unit_are_refused_by_name(tmp_path) -> None:
    with pytest.raises(ConfigError, match="smac"):
        make("StarCraft2/3m-v0", opponent="smacc")
    text = (tmp_path / "x.yaml").write_text  # a file of the user's with a type of the other game
    source = (load_scenario("3m").source, "Terran_Marine")
    text(
        f"name: x\nversion: 1\ntitle: x\nsource: {source[0]!r}\ngame: starcraft2\n"
        "map: {name: x, width: 32, height: 32, ground_height: 0}\nfull_vision: true\nframe_skip: 8\nmax_frames: 80\n"
        "latency_frames: 0\nopponents: [noop]\nunits:\n"
        "  - {type: Terran_Marine, player: 0, x: 100, y: 100}\n  - {type: Marine, player: 1, x: 300, y: 100}\n"
    )
    with pytest.raises(ConfigError, match=r"unknown unit type 'Terran_Marine'; did you mean"):
        load_scenario(tmp_path / "x.yaml")


def test_names_of_both_games_differ() -> None:
    assert not set(scenario_names("broodwar")) & set(scenario_names("starcraft2"))
