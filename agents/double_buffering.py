"""Double-buffered sampling: one half of the games plays while the policy chooses for the other.

SB3's loop lets the games wait for the policy and the policy for the games:

    choose for all | play all | choose for all | play all ...

Here two halves take turns, each in processes of its own:

    choose A | choose B | choose A | choose B ...
             | play A   | play B   | play A   ...

Every choice is made by the same policy on the newest observation of its row, exactly as in SB3's loop; only the order
in which random numbers are drawn differs. The same seed gives the same training, whatever half is the faster one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import gymnasium as gym
import numpy as np
import torch as th
from gymnasium import spaces
from numpy.typing import NDArray
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.utils import obs_as_tensor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from agents.sb3 import StarCraftVecEnv
from agents.unit_rows import UnitRowsVecEnv

Half = StarCraftVecEnv | UnitRowsVecEnv

HALVES: Final = 2
"""More would only make the policy's batches smaller: two already keep both sides busy."""


class DoubleBufferedVecEnv(VecEnv):
    """Two envs of one size as the first and the second half of the rows of one `VecEnv`.

    Args:
        halves: two envs of the same task with the same number of rows; closed with this one.
    """

    def __init__(self, halves: Sequence[Half]) -> None:
        first, second = halves
        assert first.num_envs == second.num_envs, "halves of one size"
        self.halves = (first, second)
        super().__init__(HALVES * first.num_envs, first.observation_space, first.action_space)

    @property
    def armies(self) -> Sequence[StarCraftVecEnv]:
        """The halves whose rows are whole armies."""
        return [half for half in self.halves if isinstance(half, StarCraftVecEnv)]

    @property
    def has_masks(self) -> bool:
        """Whether the action has masks."""
        return self.halves[0].has_masks

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Give game g the seed `seed + g` at the next reset, over both halves; return each row's."""
        first, second = self.halves
        seeds = list(first.seed(seed))
        last = seeds[-1]
        assert last is not None
        return [*seeds, *second.seed(last + 1)]

    def reset(self) -> VecEnvObs:
        """Start new episodes on all rows."""
        observation = joined([half.reset() for half in self.halves])
        self.reset_infos = [info for half in self.halves for info in half.reset_infos]
        return observation  # type: ignore[no-any-return]  # as the halves give it

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Begin a step of all games."""
        for half, chosen in zip(self.halves, np.split(np.asarray(actions), HALVES), strict=True):
            half.step_async(chosen)

    def step_wait(self) -> VecEnvStepReturn:
        """Take what came of the step, of both halves."""
        return joined([half.step_wait() for half in self.halves])  # type: ignore[no-any-return]  # the same parts

    def close(self) -> None:
        """Stop the games; idempotent."""
        for half in self.halves:
            half.close()

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (num_envs, sum(nvec)) bool, True where an action is possible now; a fresh copy."""
        return np.concatenate([half.action_masks() for half in self.halves])

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return the attribute once per row, each as its half has it."""
        values = [value for half in self.halves for value in half.get_attr(attr_name)]
        return [values[row] for row in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of both halves.

        Raises:
            ValueError: only some rows are named.
        """
        if len(set(self._get_indices(indices))) != self.num_envs:
            raise ValueError(f"set_attr({attr_name!r}): the rows share their env; set it on all of them")
        for half in self.halves:
            half.set_attr(attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Call a method of both halves; each row has its part of the result, or what its half gave."""
        values = [value for half in self.halves for value in half.env_method(method_name, *args, **kwargs)]
        return [values[row] for row in self._get_indices(indices)]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """Say what the halves say."""
        (answer,) = self.halves[0].env_is_wrapped(wrapper_class, [0])
        return [answer for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return each row's picture where the games can be drawn, else None."""
        return [picture for half in self.halves for picture in half.get_images()]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the policy chose for some rows.

    Attributes:
        masks: (rows, sum(nvec)) bool; None without masks.
        actions: (rows, ...) as they go into the buffer.
        values: (rows, 1) float32.
        log_probs: (rows,) float32.
    """

    masks: NDArray[np.bool_] | None
    actions: NDArray[Any]
    values: th.Tensor
    log_probs: th.Tensor


def joined(parts: Sequence[Any]) -> Any:
    """Return the halves' arrays, tensors, lists, and dicts and tuples of these, row after row.

    Args:
        parts: of one shape but for the rows; None stays None.
    """
    first = parts[0]
    if first is None:
        return None
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if isinstance(first, th.Tensor):
        return th.cat(list(parts))
    if isinstance(first, dict):
        return {name: joined([part[name] for part in parts]) for name in first}
    if isinstance(first, tuple):
        return tuple(joined(column) for column in zip(*parts, strict=True))
    return [one for part in parts for one in part]


def halved(observation: Any) -> list[Any]:
    """Return the two halves of all rows' observation: what `joined` joins."""
    if isinstance(observation, dict):
        parts = {name: np.split(array, HALVES) for name, array in observation.items()}
        return [{name: part[half] for name, part in parts.items()} for half in range(HALVES)]
    return list(np.split(observation, HALVES))


class _DoubleBuffered(OnPolicyAlgorithm):
    """Collects rollouts from a `DoubleBufferedVecEnv` half by half; from every other env as its base class does."""

    def collect_rollouts(
        self,
        env: VecEnv,
        callback: BaseCallback,
        rollout_buffer: RolloutBuffer,
        n_rollout_steps: int,
        use_masking: bool = True,
    ) -> bool:
        """Fill the buffer; what SB3's method does, with the halves in turn.

        Args:
            env: the training env.
            callback: called once for each step of all rows, as ever: it finds `infos`, `dones`, `rewards`, `actions`
                and `rollout_buffer` in its `locals`. When it is called the next step of the first half has begun.
            rollout_buffer: to fill.
            n_rollout_steps: of each row.
            use_masking: MaskablePPO's.

        Returns:
            False if the callback ended the training.
        """
        knows_masks = isinstance(self, MaskablePPO)
        if not isinstance(env, DoubleBufferedVecEnv):
            base: Any = super()
            masking = {"use_masking": use_masking} if knows_masks else {}
            return bool(base.collect_rollouts(env, callback, rollout_buffer, n_rollout_steps, **masking))
        assert self._last_obs is not None, "learn() resets the env first"
        assert self._last_episode_starts is not None
        is_masked = knows_masks and use_masking
        self.policy.set_training_mode(False)
        rollout_buffer.reset()
        callback.on_rollout_start()

        begun = [
            self._begin(half, seen, is_masked) for half, seen in zip(env.halves, halved(self._last_obs), strict=True)
        ]
        for step in range(n_rollout_steps):
            is_last = step + 1 == n_rollout_steps
            done, results = list(begun), []
            for number, half in enumerate(env.halves):
                result = half.step_wait()
                results.append(result)
                if not is_last:
                    begun[number] = self._begin(half, result[0], is_masked)
            new_obs, rewards, dones, infos = joined(results)
            actions = joined([choice.actions for choice in done])
            self.num_timesteps += env.num_envs
            callback.update_locals(locals())
            if not callback.on_step():
                if not is_last:
                    env.step_wait()  # begun already, for nobody
                self._last_obs = None  # the next learn() starts new episodes
                return False
            self._update_info_buffer(infos, dones)
            self._add_bootstrap(rewards, dones, infos)
            masks = {"action_masks": joined([choice.masks for choice in done])} if knows_masks else {}
            seen: Any = self._last_obs
            rollout_buffer.add(
                seen,
                actions,
                rewards,
                self._last_episode_starts,
                joined([choice.values for choice in done]),
                joined([choice.log_probs for choice in done]),
                **masks,
            )
            self._last_obs = new_obs
            self._last_episode_starts = dones

        with th.no_grad():
            values = self.policy.predict_values(obs_as_tensor(self._last_obs, self.device))
        rollout_buffer.compute_returns_and_advantage(last_values=values, dones=self._last_episode_starts)
        callback.update_locals(locals())
        callback.on_rollout_end()
        return True

    def _begin(self, half: Half, observation: Any, is_masked: bool) -> Choice:
        """Choose for one half and let it play."""
        masks = half.action_masks() if is_masked else None
        with th.no_grad():
            arguments = {"action_masks": masks} if is_masked else {}
            drawn, values, log_probs = self.policy(obs_as_tensor(observation, self.device), **arguments)
        actions = drawn.cpu().numpy()
        space = self.action_space
        half.step_async(np.clip(actions, space.low, space.high) if isinstance(space, spaces.Box) else actions)
        if isinstance(space, spaces.Discrete):
            actions = actions.reshape(-1, 1)
        return Choice(masks, actions, values, log_probs)

    def _add_bootstrap(
        self, rewards: NDArray[np.float32], dones: NDArray[np.bool_], infos: Sequence[dict[str, Any]]
    ) -> None:
        """Add the value of the state in which an episode was cut off, as SB3 does."""
        for row in np.flatnonzero(dones).tolist():
            info = infos[row]
            if info.get("TimeLimit.truncated", False) and info.get("terminal_observation") is not None:
                last = self.policy.obs_to_tensor(info["terminal_observation"])[0]
                with th.no_grad():
                    rewards[row] += self.gamma * self.policy.predict_values(last)[0].item()


class DoubleBufferedMaskablePPO(_DoubleBuffered, MaskablePPO):
    """MaskablePPO that collects from a `DoubleBufferedVecEnv` in halves."""


class DoubleBufferedPPO(_DoubleBuffered, PPO):
    """PPO that collects from a `DoubleBufferedVecEnv` in halves."""
