"""Every id and observation against Gymnasium's and SB3's checkers and our own promises."""

from __future__ import annotations

import re
import warnings

import gymnasium as gym
import numpy as np
import pytest
from env_cases import CASES, IDS, attacks_first_enemy, flattened, make, masked_random
from gymnasium.utils.env_checker import check_env

from bridge.errors import GameClosedError, InvalidActionError, ResetNeeded
from bridge.scenarios import scenario_names
from envs.registration import battle_ids, starcraft2_ids

SB3_WARNINGS_ON_UNITS = (
    # `relations` has one line per pair of units: three axes, floats, and no picture. No extractor of ours reads it
    # as one: SB3 takes only uint8 arrays for pictures.
    r"It seems that your observation relations is an image but its `dtype`",
    r"It seems that your observation space relations is an image but the upper and lower bounds are not in \[0, 255\]",
    r"The minimal resolution for an image is 36x36 for the default `CnnPolicy`",
    r"Treating image space as channels-last, while second dimension was smallest of the three",
    # One line per unit is a 2-D box; SB3 would rather have vectors.
    r"Your observation (own|enemy) has an unconventional shape \(neither an image, nor a 1D vector\)",
)


def test_ids_are_the_general_one_and_one_per_shipped_scenario() -> None:
    wanted = ["BroodWar-v0", *(f"BroodWar/{name}-v0" for name in scenario_names())]
    second = ["StarCraft2-v0", *(f"StarCraft2/{name}-v0" for name in scenario_names("starcraft2"))]

    assert list(battle_ids()) == wanted
    assert set(IDS) < set(wanted)
    assert list(starcraft2_ids()) == second
    assert all(env_id in gym.registry for env_id in (*wanted, *second))


@pytest.mark.parametrize(("env_id", "observation"), CASES)
def test_gymnasium_checker_is_content(env_id: str, observation: str) -> None:
    env = make(env_id, observation=observation)

    check_env(env)


@pytest.mark.parametrize("env_id", IDS)
def test_sb3_checker_is_content_with_flat(env_id: str) -> None:
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    env = make(env_id, observation="flat")

    sb3.check_env(env, warn=True, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_sb3_checker_has_only_the_known_warnings_on_units(env_id: str) -> None:
    sb3 = pytest.importorskip("stable_baselines3.common.env_checker")
    env = make(env_id, observation="units")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sb3.check_env(env, warn=True, skip_render_check=True)
    env.close()

    texts = [str(warning.message) for warning in caught]
    strange = [text for text in texts if not any(re.match(known, text) for known in SB3_WARNINGS_ON_UNITS)]
    assert strange == []


@pytest.mark.parametrize("env_id", IDS)
def test_episode_of_masked_random_play_reaches_its_end_without_invalid_actions(env_id: str) -> None:
    env = make(env_id)
    _, info = env.reset(seed=3)
    env.action_space.seed(3)
    limit = env.setup.task.max_frames // env.setup.task.frame_skip + 1

    for _ in range(limit):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample(mask=info["action_mask"]))
        assert observation in env.observation_space
        assert np.isfinite(reward)
        assert info["invalid_actions"] == 0
        if terminated or truncated:
            break
    env.close()

    assert terminated != truncated
    assert terminated == (info["own_units"] == 0 or info["enemy_units"] == 0)
    assert not info["battle_won"] or info["enemy_units"] == 0


@pytest.mark.parametrize("env_id", IDS)
def test_battle_in_which_everybody_attacks_is_decided(env_id: str) -> None:
    env = make(env_id, opponent="closest")
    env.reset(seed=5)
    terminated = truncated = False

    while not (terminated or truncated):
        _, _, terminated, truncated, info = env.step(attacks_first_enemy(env))
    env.close()

    assert terminated
    assert min(info["own_units"], info["enemy_units"]) == 0


@pytest.mark.parametrize("env_id", IDS)
def test_standing_still_far_from_the_enemy_is_truncated_at_the_limit(env_id: str) -> None:
    env = make(env_id, max_frames=16, opponent="noop")
    env.reset(seed=5)
    still = np.zeros(env.setup.task.action.num_own, np.int64)

    steps = 0
    truncated = False
    while not truncated:
        _, _, terminated, truncated, info = env.step(still)
        steps += 1
        assert not terminated
    env.close()

    assert steps == -(-16 // env.setup.task.frame_skip)
    assert info["episode_frames"] == steps * env.setup.task.frame_skip


@pytest.mark.parametrize(("env_id", "observation"), CASES)
def test_same_seed_gives_the_same_bytes(env_id: str, observation: str) -> None:
    traces = []
    for _ in range(2):
        env = make(env_id, observation=observation)
        generator = np.random.default_rng(11)
        observed, _ = env.reset(seed=7)
        trace = [flattened(observed).tobytes()]
        for _ in range(25):
            action = masked_random(env.action_masks(), env.setup.task.action.num_own, generator)
            observed, reward, terminated, truncated, _ = env.step(action)
            trace += [flattened(observed).tobytes(), np.float64(reward).tobytes()]
            if terminated or truncated:
                observed, _ = env.reset()
                trace.append(flattened(observed).tobytes())
        env.close()
        traces.append(trace)

    assert traces[0] == traces[1]


def test_other_seed_gives_another_battle() -> None:
    env = make("BroodWar/1vu_1zl-v0")
    ends = []
    for seed in (1, 2, 3, 4):
        env.reset(seed=seed)
        trace = []
        for _ in range(20):
            observed, _, terminated, _, _ = env.step(attacks_first_enemy(env))
            trace.append(flattened(observed).tobytes())
            if terminated:
                break
        ends.append(tuple(trace))
    env.close()

    assert len(set(ends)) > 1


def test_units_and_flat_are_the_same_numbers_over_a_battle() -> None:
    units, flat = make(observation="units"), make(observation="flat")
    blocks = units.setup.task.observation.blocks
    seen, _ = units.reset(seed=2)
    vector, _ = flat.reset(seed=2)

    for _ in range(20):
        assert np.concatenate([seen[block.name].ravel() for block in blocks]).tobytes() == vector.tobytes()
        action = attacks_first_enemy(units)
        seen, reward, terminated, _, _ = units.step(action)
        vector, same, _, _, _ = flat.step(action)
        assert reward == same
        if terminated:
            break
    units.close()
    flat.close()


def test_info_has_the_promised_keys_and_types() -> None:
    env = make()
    _, info = env.reset(seed=1)
    _, _, _, _, after = env.step(env.action_space.sample(mask=info["action_mask"]))
    env.close()

    for one in (info, after):
        assert set(one) == {
            "action_mask",
            "battle_won",
            "own_units",
            "enemy_units",
            "own_hp",
            "enemy_hp",
            "frame",
            "episode_frames",
            "invalid_actions",
        }
        assert isinstance(one["battle_won"], bool)
        assert all(isinstance(one[name], int) for name in ("own_units", "own_hp", "frame", "invalid_actions"))
    assert info["episode_frames"] == 0
    assert after["episode_frames"] == env.setup.task.frame_skip


def test_masks_in_both_forms_agree() -> None:
    env = make()
    _, info = env.reset(seed=1)

    assert np.concatenate(info["action_mask"]).astype(bool).tolist() == env.action_masks().tolist()
    assert env.action_masks().shape == (int(env.action_space.nvec.sum()),)  # type: ignore[attr-defined]
    env.close()


def test_step_before_reset_and_after_the_end_is_refused() -> None:
    env = make(max_frames=8)
    still = np.zeros(5, np.int64)

    with pytest.raises(ResetNeeded, match="step\\(\\) before reset\\(\\)"):
        env.step(still)
    env.reset(seed=1)
    _, _, _, truncated, _ = env.step(still)
    assert truncated
    with pytest.raises(ResetNeeded):
        env.step(still)
    env.reset()
    env.step(still)
    env.close()


def test_step_and_reset_after_close_are_refused() -> None:
    env = make()
    env.reset(seed=1)
    env.close()
    env.close()

    with pytest.raises(ResetNeeded):
        env.step(np.zeros(5, np.int64))
    with pytest.raises(GameClosedError):
        env.reset()


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ([0, 0, 0, 0], r"action of shape \(4,\); allowed: \(5,\)"),
        ([0, 0, 14, 0, 0], "action for own slot 2 is 14; allowed: 0 to 13"),
        ([0, -1, 0, 0, 0], "action for own slot 1 is -1; allowed: 0 to 13"),
        ([0.0, 0.0, 0.0, 0.0, 0.0], "action of dtype float64; allowed: integers"),
        ("attack", r"action of shape \(\); allowed: \(5,\)"),
    ],
)
def test_action_outside_the_space_is_refused_and_changes_nothing(action: object, message: str) -> None:
    env = make()
    env.reset(seed=1)

    with pytest.raises(InvalidActionError, match=message):
        env.step(action)  # type: ignore[arg-type]
    _, _, _, _, info = env.step(np.zeros(5, np.int64))
    env.close()

    assert info["episode_frames"] == env.setup.task.frame_skip


def test_masked_choice_is_dropped_and_counted() -> None:
    env = make(opponent="closest")
    env.reset(seed=1)
    info = {"own_units": 5}
    while info["own_units"] == 5:
        _, _, _, _, info = env.step(np.zeros(5, np.int64))
    dead = int(np.flatnonzero(~env.action_masks().reshape(5, 14)[:, 1:].any(axis=1))[0])
    action = np.zeros(5, np.int64)
    action[dead] = 3

    _, _, _, _, info = env.step(action)
    env.close()

    assert info["invalid_actions"] == 1


@pytest.mark.parametrize("render_mode", ["rgb_array", "ansi"])
def test_render_shows_the_battle(render_mode: str) -> None:
    env = make(render_mode=render_mode)
    with pytest.raises(ResetNeeded):
        env.render()
    env.reset(seed=1)
    env.step(attacks_first_enemy(env))
    shown = env.render()
    env.close()

    if render_mode == "rgb_array":
        assert isinstance(shown, np.ndarray)
        assert shown.shape == (480, 640, 3)
        assert shown.std() > 5
    else:
        assert isinstance(shown, str)
        assert sum(line.startswith("own ") for line in shown.splitlines()) == 5


def test_render_without_a_mode_shows_nothing() -> None:
    env = make()
    env.reset(seed=1)

    assert env.render() is None
    env.close()


@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_env_in_another_process_gives_the_same_bytes(channel: str) -> None:
    traces = []
    for kind in ("local", channel):
        env = make(channel=kind)
        observed, _ = env.reset(seed=9)
        trace = [flattened(observed).tobytes()]
        for _ in range(15):
            observed, reward, terminated, truncated, _ = env.step(attacks_first_enemy(env))
            trace += [flattened(observed).tobytes(), reward]
            if terminated or truncated:
                break
        env.close()
        traces.append(trace)

    assert traces[0] == traces[1]
