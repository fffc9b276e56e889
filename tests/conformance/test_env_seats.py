"""Both players of a game as rows of one batch."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import yaml
from env_cases import flattened, masked_random
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import engine
from agents.sb3 import StarCraftVecEnv
from bridge.deadline import Deadline
from bridge.errors import ConfigError
from envs.env import StarCraftEnv
from envs.vector import StarCraftVectorEnv

MIRRORED = (("own_units", "enemy_units"), ("own_hp", "enemy_hp"))
SCENARIOS = Path(engine.__file__).parent / "broodwar" / "scenarios"


def make_vec(num_envs: int = 2, **kwargs: Any) -> StarCraftVectorEnv:
    env = gym.make_vec("BroodWar-v0", num_envs=num_envs, **{"channel": "local", "seats": 2, **kwargs})
    assert isinstance(env, StarCraftVectorEnv)
    return env


class SeatPolicy:
    """Attacks a fixed choice of enemies or moves at random, by its own seed: the same whichever row it plays."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._boldness = self._generator.random()

    def act(self, mask: NDArray[np.bool_], num_factors: int) -> NDArray[np.int64]:
        split = mask.reshape(num_factors, -1)
        weight = self._generator.random(split.shape) * split
        weight[:, 9:] += split[:, 9:] * (self._generator.random() < self._boldness)
        chosen: NDArray[np.int64] = weight.argmax(axis=1)
        return chosen


def play(env: StarCraftVectorEnv, policies: list[SeatPolicy], seed: int, steps: int) -> list[dict[str, NDArray[Any]]]:
    """Return the arrays of every step, one policy for each row."""
    env.reset(seed=seed)
    trace = [{name: array.copy() for name, array in env.arrays.items()}]
    for _ in range(steps):
        masks = env.action_masks()
        slots = env.setup.task.action.num_own
        env.step(np.stack([policy.act(mask, slots) for policy, mask in zip(policies, masks, strict=True)]))
        trace.append({name: array.copy() for name, array in env.arrays.items()})
    return trace


@pytest.fixture(scope="module")
def five_marines() -> Any:
    env = make_vec(scenario="5mr_5mr", reward="zero_sum", autoreset_mode="same_step")
    yield env
    env.close()


@pytest.fixture(scope="module")
def five_marines_swapped(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same scenario with the player numbers exchanged: who stood left as player 0 stands there as player 1."""
    values = yaml.safe_load((SCENARIOS / "5mr_5mr.yaml").read_text())
    for unit in values["units"]:
        unit["player"] = 1 - unit["player"]
    path = tmp_path_factory.mktemp("scenarios") / "swapped.yaml"
    path.write_text(yaml.safe_dump({**values, "name": "swapped"}))
    env = make_vec(scenario=str(path), reward="zero_sum", autoreset_mode="same_step")
    yield env
    env.close()


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), first=st.integers(0, 2**16), second=st.integers(0, 2**16))
def test_swapping_sides_and_policies_swaps_the_rows_byte_for_byte(
    five_marines: StarCraftVectorEnv,
    five_marines_swapped: StarCraftVectorEnv,
    seed: int,
    first: int,
    second: int,
) -> None:
    one = play(five_marines, [SeatPolicy(first), SeatPolicy(second)], seed, 70)
    other = play(five_marines_swapped, [SeatPolicy(second), SeatPolicy(first)], seed, 70)

    assert any(arrays["terminated"].any() for arrays in one) or one[-1]["info/own_hp"].sum() < 400
    for here, there in zip(one, other, strict=True):
        for name, array in here.items():
            if not name.startswith("control/"):
                assert array.tobytes() == there[name][::-1].tobytes(), name


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), policies=st.lists(st.integers(0, 2**16), min_size=2, max_size=2))
def test_two_rows_of_a_game_mirror_each_other(five_marines: StarCraftVectorEnv, seed: int, policies: list[int]) -> None:
    for arrays in play(five_marines, [SeatPolicy(one) for one in policies], seed, 70):
        for prefix in ("info/", "final_info/"):
            for mine, theirs in MIRRORED:
                assert arrays[prefix + mine][0] == arrays[prefix + theirs][1]
                assert arrays[prefix + mine][1] == arrays[prefix + theirs][0]
            assert not arrays[f"{prefix}battle_won"].all()
        assert arrays["terminated"][0] == arrays["terminated"][1]
        assert arrays["truncated"][0] == arrays["truncated"][1]
        if arrays["terminated"][0]:
            assert arrays["final_info/battle_won"].sum() == 1 or not arrays["final_info/own_units"].any()
        if not arrays["terminated"][0] or arrays["final_info/battle_won"].any():
            assert arrays["reward"][0] == pytest.approx(-arrays["reward"][1], abs=1e-6)
        for one, other in ((0, 1), (1, 0)):
            assert np.array_equal(arrays["observation/own_mask"][one], arrays["observation/enemy_mask"][other])
            # hit points, shields, reload, and place on the map: what both sides see of a unit alike
            assert np.array_equal(arrays["observation/own"][one, :, :10], arrays["observation/enemy"][other, :, :10])


def test_idle_second_seat_plays_the_same_battle_as_the_idle_scripted_player() -> None:
    seats, scripted = make_vec(2, scenario="5mr_5mr"), make_vec(1, scenario="5mr_5mr", seats=1, opponent="noop")
    seen, _ = seats.reset(seed=7)
    expected, _ = scripted.reset(seed=7)
    generator = np.random.default_rng(3)

    for _ in range(60):
        assert seen["own"][0].tobytes() == expected["own"][0].tobytes()
        assert seen["enemy"][0].tobytes() == expected["enemy"][0].tobytes()
        action = masked_random(scripted.action_masks(), 5, generator)
        seen, rewards, terminated, truncated, _ = seats.step(np.concatenate([action, np.zeros_like(action)]))
        expected, reward, one_terminated, one_truncated, _ = scripted.step(action)
        assert (rewards[0], terminated[0], truncated[0]) == (reward[0], one_terminated[0], one_truncated[0])
    seats.close()
    scripted.close()


def test_triggers_order_no_army_that_a_row_plays() -> None:
    seats, scripted = make_vec(2), make_vec(1, seats=1, opponent="noop")
    places = []
    for env in (seats, scripted):
        before = env.reset(seed=1)[0]["enemy"][0, :, 8:10].copy()
        for _ in range(8):
            observation, *_ = env.step(np.zeros((env.num_envs, 5), np.int64))
        places.append(np.abs(observation["enemy"][0, :, 8:10] - before).max())
        env.close()

    assert places[0] == 0  # the map tells the marines on the right to attack; here nobody does
    assert places[1] > 0


def test_a_single_row_of_seats_one_is_unchanged_by_the_option() -> None:
    with_option, without = make_vec(2, seats=1), make_vec(2, seats=1)

    assert with_option.seats == 1
    assert with_option.observation_space == without.observation_space
    with_option.close()
    without.close()


def test_unequal_armies_share_the_larger_ones_slots() -> None:
    env = make_vec(2, scenario="1vu_1zl")
    observation, infos = env.reset(seed=1)

    assert env.single_action_space.nvec.tolist() == [10]  # type: ignore[attr-defined]
    assert observation["own"].shape == (2, 1, 26)
    vulture, zealot = 24, 25
    assert observation["own"][:, 0, vulture].tolist() == [1.0, 0.0]
    assert observation["own"][:, 0, zealot].tolist() == [0.0, 1.0]
    assert infos["own_hp"].tolist() == [80, 160]
    env.close()


def test_smaller_army_leaves_its_last_slots_empty(tmp_path: Path) -> None:
    values = yaml.safe_load((SCENARIOS / "5mr_5mr.yaml").read_text())
    values["units"][0]["count"] = 2
    path = tmp_path / "2mr_5mr.yaml"
    path.write_text(yaml.safe_dump({**values, "name": "2mr_5mr"}))
    env = make_vec(2, scenario=str(path))
    observation, infos = env.reset(seed=1)

    assert infos["own_units"].tolist() == [2, 5]
    assert infos["enemy_units"].tolist() == [5, 2]
    assert observation["own_mask"].sum(axis=1).tolist() == [2, 5]
    assert observation["enemy_mask"].sum(axis=1).tolist() == [5, 2]
    masks = env.action_masks().reshape(2, 5, -1)
    assert not masks[0, 2:, 1:].any()  # an empty slot can do nothing
    assert not masks[1, :, 9 + 2 :].any()  # and cannot be attacked
    env.close()


@pytest.mark.parametrize("mode", ["same_step", "next_step", "disabled"])
def test_both_rows_end_and_restart_together(mode: str) -> None:
    env = make_vec(4, autoreset_mode=mode, max_frames=60)
    env.reset(seed=2)
    still = np.zeros((4, 5), np.int64)
    ended = np.zeros(4, bool)
    while not ended.any():
        _, _, terminated, truncated, _ = env.step(still)
        ended = terminated | truncated

    assert ended.tolist() == [True] * 4
    if mode == "disabled":
        env.reset(options={"reset_mask": np.array([True, True, False, False])})
        assert env.arrays["episode/number"].tolist() == [1, 1, 0, 0]
        env.reset(options={"reset_mask": np.array([False, False, True, True])})
    _, rewards, terminated, truncated, infos = env.step(still)
    assert not (terminated | truncated).any()
    assert infos["episode_frames"].tolist() == [0 if mode == "next_step" else env.setup.task.frame_skip] * 4
    assert env.arrays["episode/number"].tolist() == [1] * 4
    assert env.arrays["episode/seed"][0] == env.arrays["episode/seed"][1] != env.arrays["episode/seed"][2]
    assert not rewards.any()
    env.close()


def test_seats_in_other_processes_give_the_same_bytes() -> None:
    traces = []
    for channel, num_processes in (("local", 1), ("shm", 2), ("shm", 1)):
        env = make_vec(4, channel=channel, num_processes=num_processes, autoreset_mode="same_step")
        steps = play(env, [SeatPolicy(row) for row in range(4)], 5, 60)
        env.close()
        traces.append([{k: v.tobytes() for k, v in one.items() if not k.startswith("control/")} for one in steps])

    assert traces[0] == traces[1] == traces[2]


def test_lost_game_is_lost_for_both_of_its_rows_and_for_no_other() -> None:
    env = make_vec(4, channel="shm", num_processes=2, autoreset_mode="same_step")
    env.reset(seed=1)
    still = np.zeros((4, 5), np.int64)
    env.step(still)
    os.kill(env._pool.pids[0], signal.SIGKILL)

    _, rewards, terminated, truncated, infos = env.step(still)

    assert truncated.tolist() == [True, True, False, False]
    assert not terminated.any()
    assert not rewards[:2].any()
    assert infos["_failure"].tolist() == [True, True, False, False]
    deadline = Deadline.after(60.0)
    while env.failures and not deadline.has_passed():  # the fresh game starts while the others play
        _, _, _, truncated, _ = env.step(still)
        assert truncated[0] == truncated[1]
    assert not env.failures
    assert not env.step(still)[3][:2].any()
    assert env.arrays["episode/number"][:2].tolist() == [1, 1]
    assert env.arrays["episode/seed"][0] == env.arrays["episode/seed"][1]
    env.close()


def test_integer_seed_seeds_games_as_it_does_with_one_seat() -> None:
    two, one = make_vec(6), make_vec(3, seats=1)

    two.reset(seed=40)
    one.reset(seed=40)

    assert two.arrays["episode/seed"].tolist() == np.repeat(one.arrays["episode/seed"], 2).tolist()
    two.close()
    one.close()


def test_each_row_is_drawn_from_its_own_seat() -> None:
    env = make_vec(2, render_mode="ansi", scenario="1vu_1zl")
    env.reset(seed=1)
    env.step(np.zeros((2, 1), np.int64))

    first, second = env.render()  # type: ignore[misc]
    env.close()

    assert "own     Vulture" in first
    assert "enemy   Zealot" in first
    assert "own     Zealot" in second
    assert "enemy   Vulture" in second
    assert "against the other seat" in first


def test_sb3_seeds_both_rows_of_a_game_alike() -> None:
    env = StarCraftVecEnv(make_vec(4, autoreset_mode="same_step"))

    assert env.seed(30) == [30, 30, 31, 31]
    observation = env.reset()
    assert isinstance(observation, dict)
    env.close()

    assert np.array_equal(observation["own_mask"], observation["enemy_mask"])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"seats": 3}, "seats 3: allowed: 1 or 2, the rows of one game"),
        ({"seats": True}, "seats True: allowed: 1 or 2"),
        ({"num_envs": 3}, "num_envs 3: allowed: a multiple of 2, the seats of a game"),
        ({"opponent": "closest"}, "opponent 'closest' with seats 2: nobody is left to be played; allowed: None"),
        ({"num_envs": 4, "num_processes": 4}, "num_processes: got 4 for 2 games"),
    ],
)
def test_seats_that_do_not_fit_are_refused_in_one_line(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_vec(**kwargs)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_single_env_refuses_two_seats() -> None:
    with pytest.raises(ConfigError, match=r"seats 2: a single env has one agent; allowed: 1 \(StarCraftVectorEnv"):
        StarCraftEnv(channel="local", seats=2)


def test_half_a_game_cannot_be_reset_or_seeded() -> None:
    env = make_vec(4)
    env.reset(seed=1)
    before = flattened(env.arrays["observation/own"])

    with pytest.raises(ConfigError, match=r"reset_mask: got \[True, False\] for rows 2 and 3; allowed: the same"):
        env.reset(options={"reset_mask": np.array([True, True, True, False])})
    with pytest.raises(ConfigError, match=r"seed: got \[1, 2\] for rows 0 and 1; allowed: the same for both seats"):
        env.reset(seed=[1, 2, 3, 3])
    with pytest.raises(ConfigError, match=r"seed: got \[3, None\] for rows 2 and 3"):
        env.reset(seed=[1, 1, 3, None])

    assert np.array_equal(flattened(env.arrays["observation/own"]), before)
    env.reset(seed=[1, 1, None, None])
    env.close()
