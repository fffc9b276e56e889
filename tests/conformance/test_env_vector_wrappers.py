"""The vector env beside Gymnasium's own: `SyncVectorEnv` as the oracle, its vector wrappers by what they return."""

from __future__ import annotations

import copy
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from env_cases import make, masked_random
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.utils import RunningMeanStd
from gymnasium.wrappers.vector import (
    ClipReward,
    DictInfoToList,
    FlattenObservation,
    NormalizeObservation,
    NormalizeReward,
    RecordEpisodeStatistics,
    RescaleObservation,
)
from numpy.typing import NDArray

from bridge.errors import GameClosedError
from envs.tasks import INFO_FIELDS
from envs.vector import StarCraftVectorEnv

MODES = list(AutoresetMode)
KWARGS = {"channel": "local", "opponent": "closest", "max_frames": 260}
"""Battles of at most 29 steps, most of which end before that, rows at different times."""

STEPS = 80


def make_vec(num_envs: int = 3, **kwargs: Any) -> StarCraftVectorEnv:
    env = gym.make_vec("BroodWar-v0", num_envs=num_envs, **{**KWARGS, **kwargs})
    assert isinstance(env, StarCraftVectorEnv)
    return env


class Player:
    """Random possible actions; the same sequence for the same masks."""

    def __init__(self, seed: int = 5) -> None:
        self._generator = np.random.default_rng(seed)

    def act(self, env: gym.vector.VectorEnv[Any, Any, Any]) -> NDArray[np.int64]:
        bare = env.unwrapped
        assert isinstance(bare, StarCraftVectorEnv)
        return masked_random(bare.action_masks(), 5, self._generator)


def reset_ended(env: gym.vector.VectorEnv[Any, Any, Any], ended: NDArray[np.bool_]) -> Any:
    """Do what the caller has to do in disabled mode; return the observation."""
    return env.reset(options={"reset_mask": ended})[0]


@pytest.mark.parametrize("mode", MODES)
def test_vector_env_returns_what_gymnasiums_own_returns_around_single_envs(mode: AutoresetMode) -> None:
    ours = make_vec(autoreset_mode=mode)
    theirs = SyncVectorEnv([lambda: make(**KWARGS)] * 3, autoreset_mode=mode)
    player = Player()

    def compare(mine: Any, reference: Any, infos: dict[str, Any], expected: dict[str, Any]) -> None:
        for name in reference:
            assert mine[name].dtype == reference[name].dtype
            assert mine[name].tobytes() == reference[name].tobytes()
        for field in INFO_FIELDS:
            has = expected[f"_{field.name}"]
            assert infos[f"_{field.name}"].tolist() == has.tolist()
            assert infos[field.name][has].tolist() == expected[field.name][has].tolist()

    compare(*(pair for values in zip(ours.reset(seed=8), theirs.reset(seed=8), strict=True) for pair in values))
    num_ended = 0
    for _ in range(STEPS):
        actions = player.act(ours)
        observation, rewards, terminated, truncated, infos = ours.step(actions)
        their_observation, their_rewards, their_terminated, their_truncated, their_infos = theirs.step(actions)
        compare(observation, their_observation, infos, their_infos)
        assert rewards.tolist() == their_rewards.tolist()
        assert terminated.tolist() == their_terminated.tolist()
        assert truncated.tolist() == their_truncated.tolist()
        ended = terminated | truncated
        num_ended += int(ended.sum())
        assert (
            ("final_obs" in infos) == ("final_obs" in their_infos) == (mode is AutoresetMode.SAME_STEP and ended.any())
        )
        if "final_obs" in infos:
            assert infos["_final_obs"].tolist() == their_infos["_final_obs"].tolist()
            assert infos["_final_info"].tolist() == their_infos["_final_info"].tolist()
            for row in np.flatnonzero(ended).tolist():
                mine, reference = infos["final_obs"][row], their_infos["final_obs"][row]
                assert all(mine[name].tobytes() == reference[name].tobytes() for name in reference)
            for field in INFO_FIELDS:
                assert infos["final_info"][field.name].tolist() == their_infos["final_info"][field.name].tolist()
        if mode is AutoresetMode.DISABLED and ended.any():
            # Gymnasium takes the mask out of the caller's options; ours leaves them as they are
            mine = ours.reset(options={"reset_mask": ended})
            reference = theirs.reset(options={"reset_mask": ended.copy()})
            compare(mine[0], reference[0], mine[1], reference[1])
    ours.close()
    theirs.close()

    assert num_ended >= 6


@pytest.mark.parametrize("mode", MODES)
def test_record_episode_statistics_sums_each_episode_once(mode: AutoresetMode) -> None:
    env = RecordEpisodeStatistics(make_vec(autoreset_mode=mode))
    player = Player()
    env.reset(seed=2)
    returns, lengths = np.zeros(3), np.zeros(3, int)
    was_ended = np.zeros(3, bool)
    recorded: list[tuple[float, int]] = []

    for _ in range(STEPS):
        _, rewards, terminated, truncated, infos = env.step(player.act(env))
        counted = ~was_ended if mode is AutoresetMode.NEXT_STEP else np.ones(3, bool)
        returns[counted] += rewards[counted]
        lengths[counted] += 1
        ended = terminated | truncated
        assert ended.tolist() == infos.get("_episode", np.zeros(3, bool)).tolist()
        for row in np.flatnonzero(ended).tolist():
            assert infos["episode"]["r"][row] == pytest.approx(returns[row], abs=1e-9)
            assert infos["episode"]["l"][row] == lengths[row]
            recorded.append((returns[row], int(lengths[row])))
        returns[ended] = 0
        lengths[ended] = 0
        was_ended = ended
        if mode is AutoresetMode.DISABLED and ended.any():
            reset_ended(env, ended)
    env.close()

    assert len(recorded) >= 6
    assert list(env.length_queue) == [length for _, length in recorded]


def test_normalize_observation_keeps_the_running_mean_of_all_rows() -> None:
    bare = make_vec(observation="flat")
    env = NormalizeObservation(make_vec(observation="flat"))
    player = Player()
    statistics = RunningMeanStd(shape=bare.single_observation_space.shape, dtype=np.float32)

    raw, _ = bare.reset(seed=4)
    seen, _ = env.reset(seed=4)
    for _ in range(STEPS):
        statistics.update(raw)
        expected = (raw - statistics.mean) / np.sqrt(statistics.var + 1e-8)
        assert seen == pytest.approx(expected.astype(np.float32))
        assert seen in env.observation_space
        actions = player.act(bare)
        raw, *_ = bare.step(actions)
        seen, *_ = env.step(actions)
    bare.close()
    env.close()

    assert env.obs_rms.count == pytest.approx(3 * (STEPS + 1), abs=1)


@pytest.mark.parametrize("mode", MODES)
def test_normalize_reward_divides_by_the_spread_of_the_returns(mode: AutoresetMode) -> None:
    bare, env = make_vec(autoreset_mode=mode), NormalizeReward(make_vec(autoreset_mode=mode))
    player = Player()
    bare.reset(seed=4)
    env.reset(seed=4)
    for _ in range(STEPS):
        actions = player.act(bare)
        _, raw, terminated, truncated, _ = bare.step(actions)
        _, paid, *_ = env.step(actions)
        assert paid == pytest.approx(raw / np.sqrt(env.return_rms.var + env.epsilon))
        ended = terminated | truncated
        if mode is AutoresetMode.DISABLED and ended.any():
            reset_ended(bare, ended)
            reset_ended(env, ended)
    bare.close()
    env.close()

    assert env.return_rms.var != 1.0


def test_reward_and_observation_wrappers_change_what_they_name_and_nothing_else() -> None:
    bare = make_vec(observation="flat")
    clipped = ClipReward(make_vec(observation="flat"), max_reward=0.01)
    halved = RescaleObservation(make_vec(observation="flat"), np.float32(-0.5), np.float32(0.5))
    player = Player()
    for env in (bare, clipped, halved):
        env.reset(seed=6)

    for _ in range(30):
        actions = player.act(bare)
        raw, rewards, *_ = bare.step(actions)
        assert clipped.step(actions)[1] == pytest.approx(np.minimum(rewards, 0.01))
        low, high = bare.single_observation_space.low, bare.single_observation_space.high  # type: ignore[attr-defined]
        assert halved.step(actions)[0] == pytest.approx((raw - low) / (high - low) - 0.5, abs=1e-6)
    for env in (bare, clipped, halved):
        env.close()


def test_flatten_observation_of_units_holds_the_numbers_of_flat() -> None:
    units, flat = FlattenObservation(make_vec()), make_vec(observation="flat")
    player = Player()
    first, second = units.reset(seed=3)[0], flat.reset(seed=3)[0]

    for _ in range(40):
        assert first in units.observation_space
        assert np.sort(first, axis=1).tobytes() == np.sort(second, axis=1).tobytes()  # Gymnasium sorts a Dict's keys
        actions = player.act(flat)
        first, *_ = units.step(actions)
        second, *_ = flat.step(actions)
    units.close()
    flat.close()


def test_dict_info_to_list_gives_each_row_its_own_info() -> None:
    env = DictInfoToList(make_vec(autoreset_mode="same_step"))
    player = Player()
    _, infos = env.reset(seed=1)
    assert [info["own_units"] for info in infos] == [5, 5, 5]

    while True:
        _, _, terminated, truncated, infos = env.step(player.act(env))
        ended = terminated | truncated
        if ended.any():
            break
    env.close()

    bare = env.unwrapped
    assert isinstance(bare, StarCraftVectorEnv)
    for row in range(3):
        assert infos[row]["action_mask"].tolist() == bare.arrays["action_mask"][row].tolist()
        assert ("final_info" in infos[row]) == ended[row]
        if ended[row]:
            assert infos[row]["final_info"]["own_hp"] == bare.arrays["final_info/own_hp"][row]
            assert infos[row]["final_obs"]["own"].shape == (5, 25)


def test_spec_of_a_vector_env_makes_its_equal() -> None:
    env = make_vec(2, autoreset_mode="same_step", observation="flat")
    assert env.spec is not None
    twin = gym.make_vec(copy.deepcopy(env.spec))

    assert isinstance(twin, StarCraftVectorEnv)
    assert twin.num_envs == 2
    assert twin.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert twin.reset(seed=3)[0].tobytes() == env.reset(seed=3)[0].tobytes()
    env.close()
    twin.close()


def test_gymnasiums_own_vector_envs_can_be_asked_for_instead() -> None:
    env = gym.make_vec("BroodWar-v0", num_envs=2, vectorization_mode="sync", **KWARGS)

    assert isinstance(env, SyncVectorEnv)
    assert env.reset(seed=1)[1]["own_units"].tolist() == [5, 5]
    env.close()


def test_close_is_idempotent_and_a_closed_env_says_so() -> None:
    env = make_vec(2)
    env.reset(seed=1)
    env.close()
    env.close()

    assert env.closed
    with pytest.raises(GameClosedError):
        env.step(np.zeros((2, 5), np.int64))
