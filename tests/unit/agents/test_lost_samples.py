"""Steps of rows without a game never reach an update."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from fake_battle import FakeVectorEnv
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.buffers import MaskableDictRolloutBuffer, MaskableRolloutBuffer
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer

from agents.lost_samples import FIELDS, DropLostSamples, LostSamples
from agents.sb3 import StarCraftVecEnv

STEPS, ROWS = 6, 3
BOX = gym.spaces.Box(0.0, 1e6, (2,), np.float32)
ACTIONS = gym.spaces.MultiDiscrete([3, 3])
LOST = [(0, 1), (4, 2), (5, 2)]


def fill(kind: type[RolloutBuffer]) -> Any:
    """Return a full buffer in which every number of a sample is that sample's own."""
    space = gym.spaces.Dict({"a": BOX, "b": BOX}) if "Dict" in kind.__name__ else BOX
    buffer: Any = kind(STEPS, space, ACTIONS, "cpu", n_envs=ROWS)
    for step in range(STEPS):
        number = 10.0 * step + np.arange(ROWS)
        plain = np.repeat(number[:, None], 2, axis=1).astype(np.float32)
        observation = {"a": plain, "b": plain} if isinstance(space, gym.spaces.Dict) else plain
        more = {"action_masks": np.ones((ROWS, 6))} if "Maskable" in kind.__name__ else {}
        tensor = th.tensor(number, dtype=th.float32)
        buffer.add(observation, plain, number, np.zeros(ROWS), tensor, tensor, **more)
    buffer.compute_returns_and_advantage(th.zeros(ROWS), np.zeros(ROWS))
    return buffer


def numbers(buffer: Any) -> list[np.ndarray[Any, Any]]:
    observations = buffer.observations["b"] if isinstance(buffer.observations, dict) else buffer.observations
    return [observations[..., 0], buffer.actions[..., 0], buffer.values, buffer.log_probs]


@pytest.mark.parametrize("kind", [RolloutBuffer, DictRolloutBuffer, MaskableRolloutBuffer, MaskableDictRolloutBuffer])
def test_lost_samples_give_way_to_whole_copies_of_others(kind: type[RolloutBuffer]) -> None:
    buffer, before = fill(kind), fill(kind)
    lost = LostSamples()
    for step, row in LOST:
        infos: list[dict[str, Any]] = [{} for _ in range(ROWS)]
        infos[row] = {"failure": "killed"}
        lost.note(step, infos, range(ROWS))

    assert lost.replace(buffer, np.random.default_rng(0)) == len(LOST)

    seen, first = numbers(buffer), numbers(before)[0]
    for array in seen[1:]:
        assert np.array_equal(array, seen[0]), "a sample's fields stay together"
    is_lost = np.zeros((STEPS, ROWS), bool)
    is_lost[tuple(np.array(LOST).T)] = True
    assert np.array_equal(seen[0][~is_lost], first[~is_lost])
    assert set(seen[0][is_lost]) <= set(first[~is_lost])
    expected = dict(zip(first.flatten(), before.advantages.flatten(), strict=True))
    assert np.array_equal(buffer.advantages.flatten(), [expected[number] for number in seen[0].flatten()])


def test_buffers_still_hold_the_fields_that_are_copied() -> None:
    buffer = fill(MaskableDictRolloutBuffer)

    assert all(hasattr(buffer, name) for name in FIELDS)


def test_rollout_without_any_experience_is_left_as_it_is() -> None:
    buffer, lost = fill(RolloutBuffer), LostSamples()
    for step in range(STEPS):
        lost.note(step, [{"failure": "killed"}] * ROWS, range(ROWS))

    assert lost.replace(buffer, np.random.default_rng(0)) == 0
    assert np.array_equal(buffer.values, fill(RolloutBuffer).values)


def test_training_never_sees_the_step_of_a_lost_game() -> None:
    env = StarCraftVecEnv(FakeVectorEnv(num_envs=2, fail_at_step=5))  # type: ignore[arg-type]
    callback = DropLostSamples()
    model = MaskablePPO("MultiInputPolicy", env, n_steps=8, batch_size=16, n_epochs=1, device="cpu", seed=1)

    model.learn(32, callback=callback)

    assert callback.replaced == 1
    assert all(bool(th.isfinite(value).all()) for value in model.policy.parameters())
