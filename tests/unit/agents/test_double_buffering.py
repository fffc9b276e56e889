"""Double-buffered sampling: SB3's own loop is the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as th
from fake_battle import FakeVectorEnv
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from agents.double_buffering import DoubleBufferedMaskablePPO, DoubleBufferedPPO, DoubleBufferedVecEnv
from agents.policies import FactoredCategorical, MlpUnitPolicy
from agents.sb3 import StarCraftVecEnv

ROWS = 6
STEPS = 40
FIELDS = ("actions", "rewards", "episode_starts", "values", "log_probs", "advantages", "returns")
ALGORITHMS = {"maskable_ppo": (MaskablePPO, DoubleBufferedMaskablePPO), "ppo": (PPO, DoubleBufferedPPO)}

th.set_num_threads(1)


def adapter(rows: int, **kwargs: Any) -> StarCraftVecEnv:
    return StarCraftVecEnv(FakeVectorEnv(rows, **kwargs))  # type: ignore[arg-type]  # the same interface


def halves(**kwargs: Any) -> DoubleBufferedVecEnv:
    return DoubleBufferedVecEnv([adapter(ROWS // 2, **kwargs) for _ in range(2)])


def learner(kind: type[Any], env: Any) -> Any:
    return kind(MlpUnitPolicy, env, n_steps=STEPS, batch_size=ROWS * STEPS, n_epochs=1, seed=3,
                policy_kwargs={"network": {"hidden": [16]}})  # fmt: skip


class Watcher(BaseCallback):
    """Notes what a callback is shown, and ends the training after so many steps."""

    def __init__(self, stop_after: int = 10**9) -> None:
        super().__init__()
        self.seen: list[tuple[int, int, int]] = []
        self._stop_after = stop_after

    def _on_step(self) -> bool:
        shown = self.locals
        assert len(shown["infos"]) == len(shown["dones"]) == len(shown["rewards"]) == ROWS
        assert len(shown["actions"]) == len(shown["new_obs"]["own"]) == ROWS
        self.seen.append((self.num_timesteps, shown["rollout_buffer"].pos, int(shown["dones"].sum())))
        return len(self.seen) < self._stop_after


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_buffer_holds_what_sb3s_own_loop_collects(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FactoredCategorical, "sample", FactoredCategorical.mode)  # no chance: then all is comparable
    stock, ours = ALGORITHMS[name]
    buffers, callbacks = [], []
    for kind, env in ((stock, adapter(ROWS)), (ours, halves())):
        model = learner(kind, env)
        callbacks.append(Watcher())
        model.learn(ROWS * STEPS, callback=callbacks[-1])
        buffers.append(model.rollout_buffer)
        assert model.num_timesteps == ROWS * STEPS
        env.close()

    theirs, mine = buffers
    for field in FIELDS:
        np.testing.assert_allclose(getattr(mine, field), getattr(theirs, field), rtol=1e-5, atol=1e-6, err_msg=field)
    for part, array in theirs.observations.items():
        np.testing.assert_array_equal(mine.observations[part], array, err_msg=part)
    if name == "maskable_ppo":
        np.testing.assert_array_equal(mine.action_masks, theirs.action_masks)
    assert callbacks[0].seen == callbacks[1].seen
    assert sum(dones for _, _, dones in callbacks[0].seen) > ROWS


def test_same_seed_gives_the_same_training() -> None:
    weights = []
    for _ in range(2):
        env = halves()
        model = learner(DoubleBufferedMaskablePPO, env)
        model.learn(3 * ROWS * STEPS)
        weights.append(th.cat([parameter.flatten() for parameter in model.policy.parameters()]))
        env.close()

    assert th.equal(*weights)


def test_stop_in_the_middle_leaves_no_answer_due() -> None:
    env = halves()
    model = learner(DoubleBufferedMaskablePPO, env)

    model.learn(ROWS * STEPS, callback=Watcher(stop_after=7))

    assert model.num_timesteps == 7 * ROWS
    model.learn(ROWS * STEPS, reset_num_timesteps=False)
    assert model.num_timesteps >= (7 + STEPS) * ROWS
    env.close()


def test_other_envs_are_played_as_ever() -> None:
    env = adapter(ROWS)
    model = learner(DoubleBufferedMaskablePPO, env)

    model.learn(ROWS * STEPS)

    assert model.rollout_buffer.full
    env.close()


def test_rows_and_seeds_are_those_of_one_env() -> None:
    one, two = adapter(ROWS), halves()
    assert one.seed(11) == two.seed(11)
    first, other = one.reset(), two.reset()
    generator = np.random.default_rng(1)
    for _ in range(STEPS):
        for name in first:
            np.testing.assert_array_equal(first[name], other[name])
        np.testing.assert_array_equal(one.action_masks(), two.action_masks())
        actions = generator.integers(0, 11, (ROWS, 2))
        (first, *ours), (other, *theirs) = one.step(actions), two.step(actions)
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])
        assert [sorted(info) for info in ours[2]] == [sorted(info) for info in theirs[2]]
    assert two.get_attr("num_envs", [0, ROWS - 1]) == [ROWS // 2, ROWS // 2]
    assert len(two.env_method("action_masks", indices=[1, 4])) == 2
    with pytest.raises(ValueError, match="the rows share their env"):
        two.set_attr("render_mode", "ansi", indices=[0])
    one.close()
    two.close()


def test_lost_game_of_one_half_is_told_in_its_row() -> None:
    env = DoubleBufferedVecEnv([adapter(ROWS // 2), adapter(ROWS // 2, fail_at_step=2)])
    env.reset()
    still = np.zeros((ROWS, 2), np.int64)

    env.step(still)
    infos = env.step(still)[3]

    assert [row for row, info in enumerate(infos) if "failure" in info] == [ROWS // 2]
    env.close()
