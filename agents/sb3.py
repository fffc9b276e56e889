"""`StarCraftVecEnv`: Stable-Baselines3's view of `envs.StarCraftVectorEnv`, without a second layer of processes.

The games already run in their own processes behind shared memory, many to a process; SB3's `SubprocVecEnv` would
pickle every observation once more. This adapter copies the step's arrays out of the slab (SB3 keeps the last
observation while the next one is made) and touches single rows only where an episode ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from envs import StarCraftVectorEnv

FINAL_INFO_PREFIX = "final_info/"
FINAL_PREFIX = "final_observation/"
OBSERVATION_PREFIX = "observation/"

OF_ONE_ROW: Final = frozenset({"action_masks", "action_space", "observation_space"})
"""Attributes that mean something else on the vector env: there they are batched."""

GIVES_ROWS: Final = frozenset({"action_masks", "render"})
"""Methods of the vector env whose result has one part for each row."""

CHANGES_ALL_ROWS: Final = frozenset({"reset", "step", "step_arrays", "send_step", "wait_step", "close"})
"""Methods that SB3 would call env by env."""


class StarCraftVecEnv(VecEnv):
    """All rows of a `StarCraftVectorEnv` in `same_step` mode as one SB3 `VecEnv`.

    Observation: as `single_observation_space`, with a leading row axis; fresh copies every step.
    Action: as `single_action_space`, (num_envs, factors) int64.
    Reward: (num_envs,) float32, a fresh copy (SB3 adds the bootstrap value in place).
    Info, for rows whose episode ended: `terminal_observation`; `TimeLimit.truncated` (truncated and not terminated);
    `episode` {r: return, l: steps, t: seconds since construction}; `is_success` (battle won); every array of the
    env's final info by its name; `episode_invalid_actions` (impossible choices, summed). A row without a game has
    `failure` instead of `episode`, `is_success` and `episode_invalid_actions`. Other rows have an empty info.

    Args:
        env: a vector env whose autoreset mode is `same_step`; owned, closed with this one.

    Raises:
        ValueError: another autoreset mode.
    """

    def __init__(self, env: StarCraftVectorEnv) -> None:
        mode = env.metadata.get("autoreset_mode")
        if mode is not gym.vector.AutoresetMode.SAME_STEP:
            raise ValueError(f"StarCraftVecEnv needs autoreset_mode SAME_STEP, got {mode}")
        self.env = env
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
        arrays = env.arrays
        self._is_dict = isinstance(env.single_observation_space, gym.spaces.Dict)
        names = list(env.single_observation_space.spaces) if self._is_dict else []  # type: ignore[attr-defined]
        self._now = [(name, arrays[OBSERVATION_PREFIX + name]) for name in names]
        self._last = [(name, arrays[FINAL_PREFIX + name]) for name in names]
        self._finals = [
            (name.removeprefix(FINAL_INFO_PREFIX), array)
            for name, array in arrays.items()
            if name.startswith(FINAL_INFO_PREFIX)
        ]
        self._returns = np.zeros(env.num_envs, np.float64)
        self._lengths = np.zeros(env.num_envs, np.int64)
        self._invalid_actions = np.zeros(env.num_envs, np.int64)
        self._started_s = time.monotonic()
        self._is_asked = False
        self._is_closed = False

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Give game g the seed `seed + g` at the next reset, both of its rows where it has two seats.

        Args:
            seed: of the first game; None draws one.

        Returns:
            Each row's seed.
        """
        first = super().seed(seed)[0]
        assert first is not None
        self._seeds = [first + row // self.env.seats for row in range(self.num_envs)]
        return self._seeds

    def reset(self) -> VecEnvObs:
        """Start new episodes on all rows with the seeds given to `seed()`.

        Returns:
            (num_envs, ...) observations.

        Raises:
            ValueError: `set_options()` gave options; the rows take none.
        """
        options = [one for one in self._options if one]
        self._reset_options()
        if options:
            raise ValueError(f"set_options({options[0]!r}): the rows take no reset options")
        seeds = None if all(seed is None for seed in self._seeds) else list(self._seeds)
        self.env.reset(seed=seeds)
        self._reset_seeds()
        self._returns[:] = 0.0
        self._lengths[:] = 0
        self._invalid_actions[:] = 0
        self.reset_infos = [{} for _ in range(self.num_envs)]
        return self._observation()

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Begin a step of all games; they play while the caller does something else, until `step_wait`."""
        self.env.send_step(np.asarray(actions))
        self._is_asked = True

    def step_wait(self) -> VecEnvStepReturn:
        """Take what came of the step.

        Returns:
            Observations, rewards (num_envs,) float32, dones (num_envs,) bool, infos.
        """
        assert self._is_asked, "step_wait() without step_async()"
        self._is_asked = False
        arrays = self.env.wait_step()
        reward: NDArray[np.float32] = arrays["reward"].copy()
        dones: NDArray[np.bool_] = arrays["terminated"] | arrays["truncated"]
        self._returns += reward
        self._lengths += 1
        current, final = arrays["info/invalid_actions"], arrays["final_info/invalid_actions"]
        self._invalid_actions += current
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        ended = np.flatnonzero(dones)
        if ended.size:
            self._invalid_actions[ended] += final[ended] - current[ended]
            self._fill_infos(infos, ended.tolist())
            self._returns[ended] = 0.0
            self._lengths[ended] = 0
            self._invalid_actions[ended] = 0
        return self._observation(), reward, dones, infos

    def close(self) -> None:
        """Stop the games; idempotent."""
        if not self._is_closed:
            self._is_closed = True
            self.env.close()

    @property
    def has_masks(self) -> bool:
        """Whether the action has masks."""
        return "action_mask" in self.env.arrays

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (num_envs, sum(nvec)) bool, True where an action is possible now; a fresh copy."""
        return self.env.action_masks()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return the attribute of the vector env once per row; the spaces are those of one row.

        Raises:
            AttributeError: neither the adapter nor the vector env has it.
        """
        owner = self if attr_name in OF_ONE_ROW else self.env
        value = getattr(owner, attr_name)
        return [value for _ in self._rows(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of the vector env; all rows share it, so `indices` must name all of them.

        Raises:
            ValueError: only some rows are named.
        """
        if len(set(self._rows(indices))) != self.num_envs:
            raise ValueError(f"set_attr({attr_name!r}): the rows share one env; set it on all of them")
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Call a method of the vector env, once for all rows.

        `action_masks` and `render` give each row its own part of the result, other methods the whole.

        Raises:
            AttributeError: the vector env has no such method.
            ValueError: the method would change all rows behind this adapter's back (`reset`, `step`, `close`).
        """
        if method_name in CHANGES_ALL_ROWS:
            raise ValueError(f"env_method({method_name!r}): the rows share one env; call it on the VecEnv itself")
        value = getattr(self.env, method_name)(*args, **kwargs)
        if method_name in GIVES_ROWS and value is not None:
            return list(value) if indices is None else [value[row] for row in self._rows(indices)]
        return [value for _ in self._rows(indices)]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """Say True for `Monitor`: every battle's end has its `episode`. Otherwise rows are nothing that can be wrapped.

        So `evaluate_policy` and `EvalCallback` take return and length from there, without a warning, and leave a
        lost game out.
        """
        return [wrapper_class is Monitor for _ in self._rows(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return each row's picture where the vector env can draw, else None."""
        pictures = self.env.render()
        return [None] * self.num_envs if pictures is None else list(pictures)

    def _rows(self, indices: VecEnvIndices) -> list[int]:
        chosen: Iterable[int] = self._get_indices(indices)
        return [int(row) for row in chosen]

    def _observation(self) -> VecEnvObs:
        if self._is_dict:
            return {name: array.copy() for name, array in self._now}
        return self.env.arrays["observation"].copy()

    def _fill_infos(self, infos: list[dict[str, Any]], ended: list[int]) -> None:
        arrays = self.env.arrays
        elapsed_s = round(time.monotonic() - self._started_s, 6)
        failures = self.env.failures
        for row in ended:
            info = infos[row]
            for name, array in self._finals:
                info[name] = array.item(row) if array.ndim == 1 else array[row].copy()
            info["terminal_observation"] = self._final_observation(row)
            info["TimeLimit.truncated"] = arrays["truncated"].item(row) and not arrays["terminated"].item(row)
            failure = failures.get(row)
            if failure is not None:  # no result: SB3's statistics must not count a lost game as a battle, nor as lost
                info["failure"] = failure
                continue
            info["is_success"] = info["battle_won"]
            info["episode_invalid_actions"] = self._invalid_actions.item(row)
            info["episode"] = {"r": self._returns.item(row), "l": self._lengths.item(row), "t": elapsed_s}

    def _final_observation(self, row: int) -> Any:
        if self._is_dict:
            return {name: np.array(array[row]) for name, array in self._last}
        return self.env.arrays["final_observation"][row].copy()
