"""The vector env: n single envs at once, in all autoreset modes, with Gymnasium's infos."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from env_cases import flattened, make, masked_random
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from bridge.errors import ConfigError, InvalidActionError, ResetNeeded
from envs.vector import StarCraftVectorEnv

OPPONENT = "closest"


def make_vec(num_envs: int, **kwargs: Any) -> StarCraftVectorEnv:
    env = gym.make_vec("BroodWar-v0", num_envs=num_envs, **{"channel": "local", "opponent": OPPONENT, **kwargs})
    assert isinstance(env, StarCraftVectorEnv)
    return env


def rows_of(observation: Any, row: int) -> NDArray[np.float32]:
    return flattened({name: array[row] for name, array in observation.items()})


def play(env: StarCraftVectorEnv, generator: np.random.Generator) -> NDArray[np.int64]:
    return masked_random(env.action_masks(), env.setup.task.action.num_own, generator)


def test_make_vec_gives_our_vector_env_with_batched_spaces() -> None:
    env = make_vec(3, observation="flat")

    observation, infos = env.reset(seed=1)
    env.close()

    assert env.num_envs == 3
    assert observation in env.observation_space
    assert observation.shape == (3, *env.single_observation_space.shape)
    assert infos["own_units"].tolist() == [5, 5, 5]
    assert infos["_own_units"].tolist() == [True, True, True]
    assert infos["action_mask"].shape == (3, 70)


def test_rows_equal_single_envs_with_the_same_seeds() -> None:
    env = make_vec(3, autoreset_mode="disabled")
    singles = [make(opponent=OPPONENT) for _ in range(3)]
    observation, _ = env.reset(seed=[5, 17, 23])
    seen = [single.reset(seed=seed)[0] for single, seed in zip(singles, (5, 17, 23), strict=True)]
    generator = np.random.default_rng(1)

    for _ in range(60):
        for row in range(3):
            assert rows_of(observation, row).tobytes() == flattened(seen[row]).tobytes()
        actions = play(env, generator)
        observation, rewards, terminated, truncated, infos = env.step(actions)
        for row, single in enumerate(singles):
            seen[row], reward, one_terminated, one_truncated, info = single.step(actions[row])
            assert rewards[row] == np.float32(reward)
            assert (terminated[row], truncated[row]) == (one_terminated, one_truncated)
            for name in ("battle_won", "own_hp", "enemy_hp", "frame", "episode_frames", "invalid_actions"):
                assert infos[name][row] == info[name]
            assert infos["action_mask"][row].tolist() == np.concatenate(info["action_mask"]).astype(bool).tolist()
        ended = terminated | truncated
        if ended.any():
            observation, _ = env.reset(options={"reset_mask": ended})
            for row in np.flatnonzero(ended).tolist():
                seen[row] = singles[row].reset()[0]
    env.close()
    for single in singles:
        single.close()


def test_integer_seed_seeds_row_i_with_seed_plus_i() -> None:
    one, other = make_vec(3), make_vec(3)
    generator, same = np.random.default_rng(4), np.random.default_rng(4)

    one.reset(seed=40)
    other.reset(seed=[40, 41, 42])
    for _ in range(15):
        first = one.step(play(one, generator))[0]
        second = other.step(play(other, same))[0]
        for row in range(3):
            assert rows_of(first, row).tobytes() == rows_of(second, row).tobytes()
    one.close()
    other.close()


def test_row_without_a_seed_goes_on_with_its_own_sequence() -> None:
    env = make_vec(2)
    env.reset(seed=[1, 2])
    env.reset(seed=[1, None])

    assert env.arrays["episode/number"].tolist() == [0, 1]
    env.close()


def run_to_first_end(
    env: StarCraftVectorEnv, seed: int = 3
) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], dict[str, Any], Any]:
    """Play until an episode ends; return that step and the observation before it."""
    observation, _ = env.reset(seed=seed)
    generator = np.random.default_rng(seed)
    while True:
        before = observation
        observation, rewards, terminated, truncated, infos = env.step(play(env, generator))
        ended = terminated | truncated
        if ended.any():
            return observation, rewards, ended, infos, before


def test_same_step_mode_starts_the_next_episode_in_the_step_that_ends_one() -> None:
    env = make_vec(3, autoreset_mode=AutoresetMode.SAME_STEP, max_frames=400)
    disabled = make_vec(3, autoreset_mode=AutoresetMode.DISABLED, max_frames=400)

    observation, _, ended, infos, _ = run_to_first_end(env)
    final, _, same_ended, final_infos, _ = run_to_first_end(disabled)
    restarted, _ = disabled.reset(options={"reset_mask": ended})

    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert ended.tolist() == same_ended.tolist()
    assert infos["_final_obs"].tolist() == ended.tolist()
    for row in range(3):
        if ended[row]:
            assert flattened(infos["final_obs"][row]).tobytes() == rows_of(final, row).tobytes()
            assert rows_of(observation, row).tobytes() == rows_of(restarted, row).tobytes()
            assert infos["final_info"]["own_hp"][row] == final_infos["own_hp"][row]
            assert infos["final_info"]["battle_won"][row] == final_infos["battle_won"][row]
            assert infos["final_info"]["_own_hp"][row]
            assert infos["episode_frames"][row] == 0
        else:
            assert infos["final_obs"][row] is None
            assert not infos["final_info"]["_own_hp"][row]
            assert rows_of(observation, row).tobytes() == rows_of(final, row).tobytes()
    env.close()
    disabled.close()


def test_next_step_mode_resets_in_the_step_after_and_ignores_its_action() -> None:
    env = make_vec(3, max_frames=400)
    _, _, ended, infos, _ = run_to_first_end(env)

    assert env.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    assert "final_obs" not in infos
    assert (infos["episode_frames"][ended] > 0).all()

    _, rewards, terminated, truncated, infos = env.step(np.full((3, 5), 9))
    env.close()

    assert (infos["episode_frames"][ended] == 0).all()
    assert (infos["episode_frames"][~ended] > 0).all()
    assert not rewards[ended].any()
    assert not (terminated | truncated)[ended].any()


def test_disabled_mode_refuses_to_step_an_ended_row_until_it_is_reset() -> None:
    env = make_vec(3, autoreset_mode="Disabled", max_frames=400)
    _, _, ended, _, _ = run_to_first_end(env)

    with pytest.raises(ResetNeeded, match=f"rows \\[{np.flatnonzero(ended)[0]}"):
        env.step(np.zeros((3, 5), np.int64))
    _, infos = env.reset(options={"reset_mask": ended})
    env.step(np.zeros((3, 5), np.int64))
    env.close()

    assert infos["_own_units"].tolist() == ended.tolist()


def test_final_info_and_infos_are_fresh_in_every_step() -> None:
    env = make_vec(2)
    first_observation, first = env.reset(seed=1)
    second_observation, _, _, _, second = env.step(np.zeros((2, 5), np.int64))
    third = env.step(np.zeros((2, 5), np.int64))
    env.close()

    for name, array in second.items():
        assert not np.shares_memory(array, first[name])
        assert not np.shares_memory(array, third[4][name])
        assert all(not np.shares_memory(array, memory) for memory in env.arrays.values())
    for name, array in second_observation.items():
        assert not np.shares_memory(array, first_observation[name])
        assert all(not np.shares_memory(array, memory) for memory in env.arrays.values())


def test_step_arrays_hands_out_the_memory_itself() -> None:
    env = make_vec(2, observation="flat", autoreset_mode="same_step")
    env.reset(seed=1)

    arrays = env.step_arrays(np.zeros((2, 5), np.int64))

    assert arrays is env.arrays
    assert {"observation", "final_observation", "action_mask", "reward", "final_info/battle_won"} <= set(arrays)
    env.close()


@pytest.mark.parametrize("channel", ["local", "shm"])
def test_two_envs_play_at_once_what_each_plays_alone(channel: str) -> None:
    envs = [make_vec(2, observation="flat", autoreset_mode="same_step", channel=channel) for _ in range(3)]
    first, second, alone = envs
    for env, seed in ((first, 1), (second, 9), (alone, 1)):
        env.reset(seed=seed)
    generator = np.random.default_rng(4)
    for _ in range(30):
        actions = masked_random(alone.action_masks(), 5, generator)
        first.send_step(actions)
        second.send_step(np.zeros((2, 5), np.int64))
        expected = {name: array.copy() for name, array in alone.step_arrays(actions).items()}
        second.wait_step()
        for name, array in first.wait_step().items():
            np.testing.assert_array_equal(array, expected[name], err_msg=name)
    first.send_step(actions)
    with pytest.raises(RuntimeError, match="an answer is still due"):
        first.send_step(actions)
    for env in envs:
        env.close()


def step_until_back(env: StarCraftVectorEnv, lost: list[int]) -> tuple[int, dict[str, Any], NDArray[np.bool_]]:
    """Idle until the lost rows play again; return the steps they missed, the last step's infos and truncations."""
    still = np.zeros((env.num_envs, 5), np.int64)
    until = time.monotonic() + 60.0
    missed = 0
    while True:
        _, rewards, terminated, truncated, infos = env.step(still)
        if "failure" not in infos:
            return missed, infos, truncated
        missed += 1
        assert set(env.failures) == set(lost)
        assert truncated[lost].all()
        assert not terminated[lost].any()
        assert rewards[lost].tolist() == [0.0] * len(lost)
        assert "still being started again after: game" in infos["failure"][lost[0]]
        assert time.monotonic() < until, "the lost game does not come back"


def test_lost_game_in_same_step_mode_is_truncated_and_replaced_while_others_go_on() -> None:
    env = make_vec(
        4, channel="shm", num_processes=2, autoreset_mode="same_step", observation="flat", scenario="5mr_5mr"
    )
    env.reset(seed=1)
    skip = env.setup.task.frame_skip
    still = np.zeros((4, 5), np.int64)
    env.step(still)
    last = env.arrays["observation"].copy()
    os.kill(env._pool.pids[0], signal.SIGKILL)

    _, rewards, terminated, truncated, infos = env.step(still)

    assert truncated.tolist() == [True, True, False, False]
    assert not terminated.any()
    assert rewards[:2].tolist() == [0.0, 0.0]
    assert infos["_failure"].tolist() == [True, True, False, False]
    assert "SIGKILL" in infos["failure"][0]
    assert infos["final_obs"][0].tobytes() == last[0].tobytes()
    assert not infos["final_info"]["battle_won"].any()
    assert infos["episode_frames"].tolist() == [skip, skip, 2 * skip, 2 * skip]
    assert env.num_lost_games == 2
    assert set(env.failures) == {0, 1}

    missed, infos, truncated = step_until_back(env, [0, 1])
    assert missed > 0, "the other rows waited for the lost ones"
    assert not truncated[:2].any()
    assert infos["episode_frames"][:2].tolist() == [skip, skip]
    assert env.arrays["episode/number"][:2].tolist() == [1, 1]
    assert (env.num_lost_games, env.failure_log.total, env.failure_log.restarts) == (2, 1, 1)
    env.close()


def test_lost_game_in_next_step_mode_starts_anew_in_a_step_of_its_own() -> None:
    env = make_vec(4, channel="shm", num_processes=2)
    env.reset(seed=1)
    still = np.zeros((4, 5), np.int64)
    skip = env.setup.task.frame_skip
    env.step(still)
    os.kill(env._pool.pids[1], signal.SIGKILL)

    _, _, _, truncated, infos = env.step(still)
    assert truncated.tolist() == [False, False, True, True]
    assert infos["_failure"].tolist() == [False, False, True, True]
    missed, infos, truncated = step_until_back(env, [2, 3])
    assert missed > 0, "the other rows waited for the lost ones"
    assert not truncated[2:].any()
    assert infos["episode_frames"][2:].tolist() == [0, 0]
    _, _, _, _, infos = env.step(still)
    assert infos["episode_frames"][2:].tolist() == [skip, skip]
    env.close()


def test_step_without_any_game_left_waits_for_a_fresh_one() -> None:
    env = make_vec(2, channel="shm", num_processes=1, autoreset_mode="same_step")
    env.reset(seed=1)
    os.kill(env._pool.pids[0], signal.SIGKILL)

    _, _, _, truncated, infos = env.step(np.zeros((2, 5), np.int64))

    assert truncated.tolist() == [True, True]
    assert "SIGKILL" in infos["failure"][0]
    assert infos["episode_frames"].tolist() == [0, 0]
    assert not env.step(np.zeros((2, 5), np.int64))[3].any()
    env.close()


def test_lost_single_game_is_a_truncated_episode_and_reset_starts_another() -> None:
    env = make(channel="shm")
    observation, _ = env.reset(seed=1)
    os.kill(env._pool.pids[0], signal.SIGKILL)

    after, reward, terminated, truncated, info = env.step(np.zeros(5, np.int64))

    assert (reward, terminated, truncated) == (0.0, False, True)
    assert "SIGKILL" in info["failure"]
    assert not info["battle_won"]
    assert flattened(after).tobytes() == flattened(observation).tobytes()
    with pytest.raises(ResetNeeded):
        env.step(np.zeros(5, np.int64))
    _, info = env.reset()
    assert "failure" not in info
    assert env.step(np.zeros(5, np.int64))[4]["episode_frames"] == env.setup.task.frame_skip
    env.close()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_envs": 0}, "num_envs 0 is not an integer of at least 1"),
        ({"num_envs": 4, "num_processes": 3}, "num_processes: got 3 for 4 games"),
        (
            {"num_envs": 2, "autoreset_mode": "sometimes"},
            "unknown autoreset_mode 'sometimes'; known: disabled, next_step, same_step",
        ),
        ({"num_envs": 2, "opponnent": "noop"}, "unknown keyword 'opponnent'; did you mean 'opponent'?"),
    ],
)
def test_wrong_argument_is_refused_in_one_line(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        StarCraftVectorEnv(channel="local", **kwargs)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_reset_arguments_are_refused() -> None:
    env = make_vec(2)

    with pytest.raises(ConfigError, match="unknown reset option 'mask'; known: reset_mask"):
        env.reset(options={"mask": np.ones(2, bool)})
    with pytest.raises(ConfigError, match="allowed: a bool array of shape \\(2,\\)"):
        env.reset(options={"reset_mask": np.ones(3, bool)})
    with pytest.raises(ConfigError, match="at least one row"):
        env.reset(options={"reset_mask": np.zeros(2, bool)})
    with pytest.raises(ConfigError, match="got 3 seeds"):
        env.reset(seed=[1, 2, 3])
    with pytest.raises(ConfigError, match="got -1"):
        env.reset(seed=[1, -1])
    with pytest.raises(ResetNeeded, match="rows \\[0, 1\\]"):
        env.step(np.zeros((2, 5), np.int64))
    env.reset(seed=1)
    with pytest.raises(InvalidActionError, match="action for env 1, own slot 2 is 99; allowed: 0 to 13"):
        env.step(np.array([[0, 0, 0, 0, 0], [0, 0, 99, 0, 0]]))
    env.close()


@pytest.mark.parametrize("render_mode", ["rgb_array", "ansi"])
def test_render_gives_one_picture_per_row(render_mode: str) -> None:
    env = make_vec(2, render_mode=render_mode)
    env.reset(seed=1)
    env.step(np.zeros((2, 5), np.int64))

    pictures = env.render()
    env.close()

    assert pictures is not None
    assert len(pictures) == 2
    assert all(isinstance(one, str) or one.shape == (480, 640, 3) for one in pictures)
