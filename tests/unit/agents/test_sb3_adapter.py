from __future__ import annotations

import importlib

import numpy as np
import pytest
from fake_battle import CHOICES, MAX_STEPS, OWN, FakeVectorEnv
from gymnasium.vector import AutoresetMode
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecFrameStack, VecMonitor, VecNormalize

from agents.actors import IdleActor, RandomActor
from agents.environments import backend_of
from agents.sb3 import StarCraftVecEnv
from agents.scripted_seat import ScriptedSeatSession
from bridge.seams import Session
from engine.broodwar.players import PLAYERS

IDLE = np.zeros((3, OWN), np.int64)


def adapter(**kwargs: object) -> StarCraftVecEnv:
    return StarCraftVecEnv(FakeVectorEnv(**kwargs))  # type: ignore[arg-type]


def run_to_end(env: StarCraftVecEnv, row: int = 0) -> tuple[list[float], dict[str, object], object]:
    """Idle until the row's battle ends; return its rewards, the info and the observation after it."""
    rewards: list[float] = []
    for _ in range(MAX_STEPS + 1):
        observation, reward, dones, infos = env.step(IDLE)
        rewards.append(float(reward[row]))
        if dones[row]:
            return rewards, infos[row], observation
        assert infos[row] == {}
    raise AssertionError("the battle does not end")


def test_other_autoreset_mode_is_refused() -> None:
    fake = FakeVectorEnv()
    fake.metadata["autoreset_mode"] = AutoresetMode.NEXT_STEP

    with pytest.raises(ValueError, match="needs autoreset_mode SAME_STEP"):
        StarCraftVecEnv(fake)  # type: ignore[arg-type]


@pytest.mark.parametrize("observation", ["units", "flat"])
def test_observations_belong_to_the_space_and_are_the_callers_own(observation: str) -> None:
    env = adapter(observation=observation)
    env.seed(5)

    first = env.reset()
    kept = {name: value.copy() for name, value in first.items()} if isinstance(first, dict) else first.copy()
    second, reward, dones, _ = env.step(np.full((3, OWN), 9))

    if isinstance(first, dict):
        assert all(np.array_equal(first[name], kept[name]) for name in kept)
        assert not np.array_equal(first["enemy"], second["enemy"])
        assert env.observation_space.contains({name: value[0] for name, value in second.items()})
    else:
        assert np.array_equal(first, kept)
        assert not np.array_equal(first, second)
        assert env.observation_space.contains(second[0])
    assert reward.dtype == np.float32
    assert dones.dtype == np.bool_


def test_end_of_battle_fills_the_info() -> None:
    env = adapter()
    env.seed(1)
    env.reset()

    rewards, info, observation = run_to_end(env)

    assert info["episode"]["l"] == len(rewards)  # type: ignore[index]
    assert info["episode"]["r"] == pytest.approx(sum(rewards))  # type: ignore[index]
    assert info["is_success"] is False
    assert info["battle_won"] is False
    assert info["own_units"] == 0
    assert info["TimeLimit.truncated"] is False
    assert np.all(info["terminal_observation"]["own_mask"] == 0)  # type: ignore[index]
    assert np.all(observation["own_mask"][0] == 1)  # type: ignore[index]


def test_time_limit_is_marked_as_such() -> None:
    env = adapter()
    env.reset()
    env.env._random = [np.random.default_rng(0)] * 3  # type: ignore[attr-defined]
    env.env._enemy[:] = 0  # type: ignore[attr-defined]  # nobody shoots, and nobody is told that the battle is won
    env.env._score = lambda row: env.env.arrays["truncated"].__setitem__(row, env.env._steps[row] >= 3)  # type: ignore[attr-defined]

    rewards, info, _ = run_to_end(env)

    assert len(rewards) == 3
    assert info["TimeLimit.truncated"] is True


def test_lost_game_is_truncated_with_its_failure() -> None:
    env = adapter(fail_at_step=1)
    env.reset()

    _, reward, dones, infos = env.step(IDLE)

    assert dones.tolist() == [True, False, False]
    assert reward[0] == 0.0
    assert infos[0]["failure"] == "the game process was killed"
    assert infos[0]["TimeLimit.truncated"] is True
    assert not {"episode", "is_success"} & set(infos[0])  # SB3 averages over those: a lost game is no defeat
    assert env.step(IDLE)[3][0].get("failure") is None


def test_impossible_choices_are_summed_over_the_battle() -> None:
    env = adapter()
    env.reset()
    env.env.arrays["action_mask"][:] = False  # type: ignore[index]
    env.step(IDLE)
    actions = IDLE.copy()
    total = OWN

    for _ in range(MAX_STEPS):
        env.env.arrays["action_mask"][0] = False
        total += OWN
        _, _, dones, infos = env.step(actions)
        if dones[0]:
            break

    assert infos[0]["episode_invalid_actions"] == total


def test_masks_reach_sb3_contrib_without_a_process() -> None:
    env = adapter()
    env.reset()

    masks = get_action_masks(env)

    assert is_masking_supported(env)
    assert masks.shape == (3, OWN * CHOICES)
    assert masks.dtype == np.bool_
    assert np.array_equal(masks, env.env.arrays["action_mask"])
    assert np.array_equal(env.env_method("action_masks", indices=[2])[0], masks[2])


def test_seed_gives_each_row_its_own_and_only_once() -> None:
    env = adapter()

    env.seed(100)
    env.reset()
    assert env.env.seeds == [100, 101, 102]  # type: ignore[attr-defined]
    env.env.seeds = []  # type: ignore[attr-defined]
    env.reset()

    assert env.env.seeds == []  # type: ignore[attr-defined]


def test_close_closes_once() -> None:
    env = adapter()

    env.close()
    env.close()

    assert env.env.is_closed  # type: ignore[attr-defined]


def test_attributes_are_those_of_the_shared_env() -> None:
    env = adapter()

    assert env.get_attr("render_mode") == [None] * 3
    assert not env.has_attr("nonsense")
    assert env.env_is_wrapped(VecMonitor) == [False] * 3  # type: ignore[arg-type]
    assert env.env_is_wrapped(Monitor, indices=[0, 2]) == [True] * 2
    env.set_attr("colour", "red")
    assert env.get_attr("colour", indices=1) == ["red"]
    with pytest.raises(ValueError, match="share one env"):
        env.set_attr("colour", "blue", indices=[0])


def test_vec_monitor_agrees_with_the_adapters_statistics() -> None:
    with pytest.warns(UserWarning, match="already wrapped with a `Monitor`"):
        env = VecMonitor(adapter())
    env.reset()

    for _ in range(MAX_STEPS + 1):
        _, _, dones, infos = env.step(IDLE)
        if dones[0]:
            break

    assert infos[0]["episode"]["l"] <= MAX_STEPS
    assert infos[0]["is_success"] is False
    assert get_action_masks(env).shape == (3, OWN * CHOICES)


def test_vec_normalize_normalises_also_the_terminal_observation() -> None:
    inner = adapter()
    env = VecNormalize(inner)
    env.reset()

    for _ in range(MAX_STEPS + 1):
        _, reward, dones, infos = env.step(IDLE)
        if dones[0]:
            break

    raw = {name: inner.env.arrays[f"final_observation/{name}"][0] for name in ("own", "global")}
    expected = {**infos[0]["terminal_observation"], **raw}
    assert np.array_equal(infos[0]["terminal_observation"]["own"], env.normalize_obs(expected)["own"])  # type: ignore[index]
    assert reward.dtype == np.float32


def test_vec_frame_stack_stacks_and_forgets_at_the_end() -> None:
    env = VecFrameStack(adapter(observation="flat"), 3)
    size = env.venv.observation_space.shape[0]  # type: ignore[index]
    env.reset()

    for _ in range(MAX_STEPS + 1):
        observation, _, dones, infos = env.step(IDLE)
        if dones[0]:
            break

    assert observation.shape == (3, 3 * size)
    assert infos[0]["terminal_observation"].shape == (3 * size,)
    assert np.all(observation[0, : 2 * size] == 0)


def test_random_actor_chooses_only_what_is_possible_and_everything_of_it() -> None:
    env = adapter(num_envs=1)
    actor = RandomActor(env.action_space, seed=0)  # type: ignore[arg-type]
    masks = np.zeros((1, OWN * CHOICES), bool)
    masks[0, [1, 4]] = True
    masks[0, CHOICES + 10] = True

    drawn = np.concatenate([actor.act(None, masks) for _ in range(100)])

    assert set(drawn[:, 0].tolist()) == {1, 4}
    assert set(drawn[:, 1].tolist()) == {10}


def test_idle_actor_changes_nothing() -> None:
    assert np.array_equal(IdleActor("closest", OWN).act(None, np.ones((3, 1), bool)), IDLE)


def test_every_scripted_player_can_take_the_own_seat() -> None:
    for name in PLAYERS:
        module, _, function = backend_of(name).partition(":")

        assert callable(getattr(importlib.import_module(module), function))


def test_scripted_seat_offers_everything_that_a_session_does() -> None:
    promised = {name for name in dir(Session) if not name.startswith("_")}

    assert promised <= set(dir(ScriptedSeatSession))
