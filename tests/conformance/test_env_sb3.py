"""SB3's view of the vector env: its own `DummyVecEnv` as the oracle, and its wrappers by what they return."""

from __future__ import annotations

import os
import signal
from collections import deque
from typing import Any

import numpy as np
import pytest
import torch
from env_cases import make, masked_random
from numpy.typing import NDArray
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    VecCheckNan,
    VecEnv,
    VecExtractDictObs,
    VecFrameStack,
    VecMonitor,
    VecNormalize,
)

from agents.sb3 import StarCraftVecEnv
from bridge.deadline import Deadline
from envs.vector import StarCraftVectorEnv

KWARGS = {"channel": "local", "opponent": "closest", "max_frames": 260}
ROWS = 3
STEPS = 70
OBSERVATIONS = ("units", "flat")

torch.set_num_threads(1)


def adapter(num_envs: int = ROWS, **kwargs: Any) -> StarCraftVecEnv:
    return StarCraftVecEnv(StarCraftVectorEnv(num_envs, autoreset_mode="same_step", **{**KWARGS, **kwargs}))


def monitored(env: VecEnv) -> VecMonitor:
    """Wrap what needs no `VecMonitor`, as users do all the same; SB3 says that it counts again."""
    with pytest.warns(UserWarning, match="already wrapped with a `Monitor`"):
        return VecMonitor(env)


class Player:
    """Random possible actions of the rows of an adapter, whatever wraps it."""

    def __init__(self, env: StarCraftVecEnv, seed: int = 5) -> None:
        self._env = env
        self._generator = np.random.default_rng(seed)

    def act(self) -> NDArray[np.int64]:
        return masked_random(self._env.action_masks(), 5, self._generator)


def arrays_of(observation: Any) -> dict[str, NDArray[Any]]:
    return observation if isinstance(observation, dict) else {"": observation}


def same(one: Any, other: Any) -> bool:
    first, second = arrays_of(one), arrays_of(other)
    return first.keys() == second.keys() and all(first[name].tobytes() == second[name].tobytes() for name in first)


@pytest.mark.parametrize("observation", OBSERVATIONS)
def test_adapter_returns_what_dummy_vec_env_returns_around_monitored_single_envs(observation: str) -> None:
    ours = adapter(observation=observation)
    theirs = DummyVecEnv([lambda: Monitor(make(observation=observation, **KWARGS))] * ROWS)
    player = Player(ours)
    ours.seed(8)
    theirs.seed(8)

    assert same(ours.reset(), theirs.reset())
    num_ended = 0
    for _ in range(STEPS):
        actions = player.act()
        seen, rewards, dones, infos = ours.step(actions)
        expected, their_rewards, their_dones, their_infos = theirs.step(actions)
        assert same(seen, expected)
        assert rewards.tobytes() == their_rewards.tobytes()
        assert dones.tolist() == their_dones.tolist()
        for info, reference in zip(infos, their_infos, strict=True):
            if "terminal_observation" not in reference:
                assert info == {}
                continue
            num_ended += 1
            assert same(info["terminal_observation"], reference["terminal_observation"])
            assert info["TimeLimit.truncated"] == reference["TimeLimit.truncated"]
            assert info["episode"]["r"] == pytest.approx(reference["episode"]["r"], abs=1e-5)
            assert info["episode"]["l"] == reference["episode"]["l"]
            assert info["is_success"] == info["battle_won"] == reference["battle_won"]
            assert info["own_hp"] == reference["own_hp"]
    ours.close()
    theirs.close()

    assert num_ended >= 6


def test_time_limit_is_told_from_a_defeat() -> None:
    env = adapter(max_frames=18)
    env.reset()
    marks = []
    for _ in range(4):
        _, _, dones, infos = env.step(np.zeros((ROWS, 5), np.int64))
        marks += [info["TimeLimit.truncated"] for info in infos if info]
        assert [bool(info) for info in infos] == dones.tolist()
    env.close()

    assert marks == [True] * len(marks) != []


def test_vec_monitor_counts_what_the_adapter_counts() -> None:
    inner = adapter()
    env = monitored(inner)
    player = Player(inner)
    seen: list[tuple[float, int]] = []
    original = inner.step_wait

    def spying() -> Any:
        result = original()
        seen.extend((info["episode"]["r"], info["episode"]["l"]) for info in result[3] if info)
        return result

    inner.step_wait = spying  # type: ignore[method-assign]
    env.reset()
    counted: list[tuple[float, int]] = []
    for _ in range(STEPS):
        infos = env.step(player.act())[3]
        counted += [(info["episode"]["r"], info["episode"]["l"]) for info in infos if info]
    env.close()

    assert len(counted) >= 6
    assert [length for _, length in counted] == [length for _, length in seen]
    assert [total for total, _ in counted] == pytest.approx([total for total, _ in seen], abs=1e-5)


@pytest.mark.parametrize("observation", OBSERVATIONS)
def test_vec_normalize_normalises_by_the_running_statistics(observation: str) -> None:
    bare, inner = adapter(observation=observation), adapter(observation=observation)
    env = VecNormalize(inner, gamma=0.9)
    player = Player(inner)
    bare.seed(3)
    env.seed(3)
    raw, seen = bare.reset(), env.reset()
    statistics = {name: RunningMeanStd(shape=array.shape[1:]) for name, array in arrays_of(raw).items()}
    returns, spread = np.zeros(ROWS), RunningMeanStd(shape=())
    num_ended = 0

    def check(mine: Any, reference: Any) -> None:
        for name, array in arrays_of(reference).items():
            mean, var = statistics[name].mean, statistics[name].var
            expected = np.clip((array - mean) / np.sqrt(var + env.epsilon), -10, 10)
            assert arrays_of(mine)[name] == pytest.approx(expected, abs=1e-5)

    for name, array in arrays_of(raw).items():
        statistics[name].update(array)
    check(seen, raw)
    for _ in range(STEPS):
        actions = player.act()
        raw, rewards, dones, infos = bare.step(actions)
        seen, paid, _, their_infos = env.step(actions)
        for name, array in arrays_of(raw).items():
            statistics[name].update(array)
        returns = returns * 0.9 + rewards
        spread.update(returns)
        check(seen, raw)
        assert paid == pytest.approx(np.clip(rewards / np.sqrt(spread.var + env.epsilon), -10, 10), abs=1e-5)
        for info, theirs in zip(infos, their_infos, strict=True):
            if info:
                num_ended += 1
                check(theirs["terminal_observation"], info["terminal_observation"])
        returns[dones] = 0
    bare.close()
    env.close()

    assert num_ended >= 6


@pytest.mark.parametrize("observation", OBSERVATIONS)
def test_vec_frame_stack_shows_the_last_three_observations_of_the_episode(observation: str) -> None:
    bare, inner = adapter(observation=observation), adapter(observation=observation)
    env = VecFrameStack(inner, 3)
    player = Player(inner)
    bare.seed(3)
    env.seed(3)
    raw, seen = bare.reset(), env.reset()
    num_ended = 0
    history: list[deque[Any]] = []
    for row in range(ROWS):
        first = {name: array[row] for name, array in arrays_of(raw).items()}
        history.append(deque([{name: np.zeros_like(array) for name, array in first.items()}] * 2 + [first], 3))

    def stacked(row: int, last: Any = None) -> dict[str, NDArray[Any]]:
        frames = list(history[row]) if last is None else [*list(history[row])[1:], last]
        return {name: np.concatenate([frame[name] for frame in frames], axis=-1) for name in frames[0]}

    for _ in range(STEPS):
        for row in range(ROWS):
            assert same({name: array[row] for name, array in arrays_of(seen).items()}, stacked(row))
        actions = player.act()
        raw, _, dones, infos = bare.step(actions)
        seen, _, _, their_infos = env.step(actions)
        for row in range(ROWS):
            if dones[row]:
                num_ended += 1
                last = arrays_of(infos[row]["terminal_observation"])
                assert same(
                    their_infos[row]["terminal_observation"]
                    if observation == "units"
                    else {"": their_infos[row]["terminal_observation"]},
                    stacked(row, last),
                )
                history[row] = deque([{name: np.zeros_like(array) for name, array in last.items()}] * 3, 3)
            history[row].append({name: array[row] for name, array in arrays_of(raw).items()})
    bare.close()
    env.close()

    assert num_ended >= 6
    # not `contains`: SB3 2.9 repeats the bounds column by column instead of frame by frame
    shapes = (
        {name: box.shape for name, box in env.observation_space.items()}
        if observation == "units"
        else {  # type: ignore[attr-defined]
            "": env.observation_space.shape
        }
    )
    assert {name: array.shape[1:] for name, array in arrays_of(seen).items()} == shapes


@pytest.mark.parametrize("observation", OBSERVATIONS)
def test_vec_check_nan_lets_numbers_pass_and_stops_at_the_first_that_is_none(observation: str) -> None:
    bare, inner = adapter(observation=observation), adapter(observation=observation)
    env = VecCheckNan(inner, raise_exception=True)
    bare.seed(1)
    env.seed(1)
    assert same(bare.reset(), env.reset())
    actions = Player(inner).act()

    assert same(bare.step(actions)[0], env.step(actions)[0])
    name = "observation" if observation == "flat" else "observation/own"
    wait_step = inner.env.wait_step

    def spoiled() -> Any:
        arrays = wait_step()
        arrays[name].reshape(-1)[7] = np.nan
        return arrays

    inner.env.wait_step = spoiled  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="found nan in observation"):
        env.step(actions)
    bare.close()
    env.close()


def test_vec_extract_dict_obs_shows_one_part_the_last_one_too() -> None:
    inner = adapter(max_frames=60)
    env = VecExtractDictObs(inner, "own")
    env.reset()
    while True:
        seen, _, dones, infos = env.step(np.zeros((ROWS, 5), np.int64))
        assert seen.tobytes() == inner.env.arrays["observation/own"].tobytes()
        if dones.any():
            break
    row = int(np.flatnonzero(dones)[0])
    assert infos[row]["terminal_observation"].tobytes() == inner.env.arrays["final_observation/own"][row].tobytes()
    env.close()


@pytest.mark.parametrize("wrap", [monitored, VecNormalize, lambda env: monitored(VecFrameStack(env, 2))])
def test_masks_reach_maskable_ppo_through_wrappers(wrap: Any) -> None:
    inner = adapter()
    env: VecEnv = wrap(inner)
    env.reset()

    assert is_masking_supported(env)
    assert get_action_masks(env).tobytes() == inner.env.arrays["action_mask"].tobytes()
    env.close()


def test_maskable_ppo_never_chooses_what_is_impossible() -> None:
    inner = adapter(observation="flat")
    model = MaskablePPO("MlpPolicy", monitored(inner), n_steps=60, batch_size=60, n_epochs=1, seed=1, device="cpu")
    total: list[int] = []
    original = inner.step_wait

    def spying() -> Any:
        result = original()
        total.extend(info["episode_invalid_actions"] for info in result[3] if info)
        return result

    inner.step_wait = spying  # type: ignore[method-assign]
    model.learn(180)
    inner.close()

    assert len(total) >= 3
    assert total == [0] * len(total)


def test_evaluate_policy_reads_the_adapters_statistics_without_a_warning() -> None:
    inner = adapter()
    player = Player(inner)
    counted: list[tuple[float, int]] = []
    original = inner.step_wait

    def spying() -> Any:
        result = original()
        counted.extend((info["episode"]["r"], info["episode"]["l"]) for info in result[3] if info)
        return result

    inner.step_wait = spying  # type: ignore[method-assign]

    class Chance:
        def predict(self, *_: Any, **__: Any) -> tuple[NDArray[np.int64], None]:
            return player.act(), None

    returns, lengths = evaluate_policy(Chance(), inner, n_eval_episodes=4, return_episode_rewards=True)  # type: ignore[arg-type]
    inner.close()

    assert len(returns) == 4
    assert set(zip(returns, lengths, strict=True)) <= set(counted)


def test_methods_and_attributes_are_those_of_a_row() -> None:
    env = adapter(render_mode="ansi")
    env.reset()
    masks = env.env.arrays["action_mask"]

    assert [mask.tobytes() for mask in env.env_method("action_masks", indices=[2, 0])] == [
        masks[2].tobytes(),
        masks[0].tobytes(),
    ]
    texts = env.env_method("render")
    assert len(texts) == ROWS
    assert all(isinstance(text, str) and "own" in text for text in texts)
    assert env.get_attr("action_space") == [env.action_space] * ROWS
    assert env.get_attr("observation_space", indices=1) == [env.observation_space]
    assert env.get_attr("num_lost_games") == [0] * ROWS
    assert env.has_attr("action_masks")
    assert not env.has_attr("no_such_thing")
    env.set_attr("note", "blue")
    assert env.get_attr("note", [0]) == ["blue"]
    with pytest.raises(ValueError, match="the rows share one env; set it on all of them"):
        env.set_attr("note", "red", indices=[1])
    with pytest.raises(ValueError, match=r"env_method\('reset'\): the rows share one env; call it on the VecEnv"):
        env.env_method("reset")
    with pytest.raises(AttributeError):
        env.env_method("no_such_thing")
    env.set_options({"difficulty": 3})
    with pytest.raises(ValueError, match="the rows take no reset options"):
        env.reset()
    env.reset()
    env.close()


def test_pictures_are_tiled_row_by_row() -> None:
    env = adapter(2, render_mode="rgb_array")
    env.reset()
    pictures = env.get_images()
    tiled = env.render()
    env.close()

    assert tiled is not None
    assert len(pictures) == 2
    for index, picture in enumerate(pictures):
        assert picture is not None
        down, right = divmod(index, tiled.shape[1] // 640)
        assert np.array_equal(picture, tiled[480 * down : 480 * (down + 1), 640 * right : 640 * (right + 1)])


def test_lost_game_ends_its_rows_without_a_result_and_comes_back() -> None:
    env = adapter(4, channel="shm", num_processes=2, opponent="noop", max_frames=10_000)
    env.reset()
    still = np.zeros((4, 5), np.int64)
    env.step(still)
    last = {name: array.copy() for name, array in env.env.arrays.items() if name.startswith("observation/")}
    os.kill(env.env._pool.pids[0], signal.SIGKILL)

    _, rewards, dones, infos = env.step(still)

    assert dones.tolist() == [True, True, False, False]
    assert rewards[:2].tolist() == [0.0, 0.0]
    for row in (0, 1):
        assert "SIGKILL" in infos[row]["failure"]
        assert infos[row]["TimeLimit.truncated"] is True
        assert not {"episode", "is_success"} & set(infos[row])
        for name, array in infos[row]["terminal_observation"].items():
            assert array.tobytes() == last[f"observation/{name}"][row].tobytes()
    assert infos[2] == infos[3] == {}

    deadline = Deadline.after(60.0)
    while dones.any() and not deadline.has_passed():
        _, _, dones, infos = env.step(still)
    assert infos == [{}] * 4
    env.close()
