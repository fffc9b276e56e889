"""Each own unit as a row of its own: one network that decides for a unit by what that unit sees.

`UnitRowsVecEnv` is the vectorised view of `envs.parallel.StarCraftParallelEnv`: row g * U + i is the agent `unit_i` of
game g. All of them are paid the team's reward. A unit that has died stays as a row until its battle ends, sees zeros
and has one choice left, so that it teaches the policy nothing and the critic what is paid after a death.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, MultiDiscrete
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from agents.sb3 import StarCraftVecEnv
from bridge.errors import ConfigError


def rows_of(lines: NDArray[np.float32], shows_team: bool) -> NDArray[np.float32]:
    """Return each unit's observation as a row.

    Args:
        lines: (games, units, columns) float32, `local`.
        shows_team: after a unit's own line come the lines of all units, its own once more: for a critic that knows
            more, while it learns, than the unit does.

    Returns:
        (games * units, columns), or (games * units, (1 + units) * columns).
    """
    games, units, columns = lines.shape
    own = lines.reshape(games * units, columns)
    if not shows_team:
        return own
    team = np.repeat(lines.reshape(games, units * columns), units, axis=0)
    return np.concatenate([own, team], axis=1)


FIRST: Final = 0
"""The unit whose row tells of a battle's end: statistics count battles, not units."""


class UnitRowsVecEnv(VecEnv):
    """The units of a `StarCraftVecEnv` with observation `local` and action `micro` as rows.

    Observation: (games * units, columns) float32, see `rows_of`.
    Action: (games * units, 1) int64, the unit's choice; MultiDiscrete of one factor, as the policies take it.
    Reward: the team's, the same for all units of a game.
    Info, where a battle ended: the first unit's row has what `StarCraftVecEnv` says; the others have
    `terminal_observation`, `TimeLimit.truncated` and, of a lost game, `failure`.

    Attributes:
        army: the rows of whole armies.
        units: of an army.
        own_columns: how many numbers a unit sees itself.

    Args:
        env: of whole armies; closed with this one.
        shows_team: see `rows_of`.

    Raises:
        ConfigError: another observation or action.
    """

    def __init__(self, env: StarCraftVecEnv, *, shows_team: bool = False) -> None:
        seen, choices = env.observation_space, env.action_space
        if not isinstance(seen, Box) or len(seen.shape) != 2 or not isinstance(choices, MultiDiscrete):
            task = env.env.setup.task
            raise ConfigError(
                f"units that decide for themselves with observation {task.observation.name!r} and action "
                f"{task.action.name!r}: allowed: 'local' and 'micro'"
            )
        self.army = env
        self.units, self.own_columns = seen.shape
        self._shows_team = shows_team
        dtype: Any = seen.dtype
        low, high = seen.low.min(axis=0, keepdims=True), seen.high.max(axis=0, keepdims=True)
        lows, highs = (rows_of(np.repeat(one, self.units, 0)[np.newaxis], shows_team)[0] for one in (low, high))
        super().__init__(
            env.num_envs * self.units, Box(low=lows, high=highs, dtype=dtype), MultiDiscrete(choices.nvec[:1])
        )

    has_masks = True

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Give game g the seed `seed + g` at the next reset; return each row's."""
        return [one for one in self.army.seed(seed) for _ in range(self.units)]

    def reset(self) -> VecEnvObs:
        """Start new battles on all rows."""
        observation = self.army.reset()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        return self._lines(observation)

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Begin a step of all games."""
        self.army.step_async(np.asarray(actions).reshape(-1, self.units))

    def step_wait(self) -> VecEnvStepReturn:
        """Take what came of the step."""
        observation, reward, dones, infos = self.army.step_wait()
        rows: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for game in np.flatnonzero(dones).tolist():
            info = infos[game]
            lines = rows_of(info["terminal_observation"][np.newaxis], self._shows_team)
            kept = {name: info[name] for name in ("TimeLimit.truncated", "failure") if name in info}
            for unit in range(self.units):
                about = info if unit == FIRST else kept
                rows[game * self.units + unit] = {**about, "terminal_observation": lines[unit]}
        return self._lines(observation), np.repeat(reward, self.units), np.repeat(dones, self.units), rows

    def close(self) -> None:
        """Stop the games; idempotent."""
        self.army.close()

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (games * units, choices) bool, True where a unit's choice is possible now; a fresh copy."""
        return self.army.action_masks().reshape(self.num_envs, -1)

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return the attribute of the army's env once per row."""
        if attr_name in ("action_masks", "action_space", "observation_space"):
            return [getattr(self, attr_name) for _ in self._get_indices(indices)]
        (value,) = self.army.get_attr(attr_name, [0])
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of the army's env; all rows share it, so `indices` must name all of them.

        Raises:
            ValueError: only some rows are named.
        """
        if len(set(self._get_indices(indices))) != self.num_envs:
            raise ValueError(f"set_attr({attr_name!r}): the rows share one env; set it on all of them")
        self.army.set_attr(attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Call a method of the army's env; `action_masks` gives each row its own part."""
        if method_name == "action_masks":
            masks = self.action_masks()
            return [masks[row] for row in self._get_indices(indices)]
        (value,) = self.army.env_method(method_name, *args, indices=[0], **kwargs)
        return [value for _ in self._get_indices(indices)]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """Say what the army's env says."""
        (answer,) = self.army.env_is_wrapped(wrapper_class, [0])
        return [answer for _ in self._get_indices(indices)]

    def _lines(self, observation: VecEnvObs) -> VecEnvObs:
        assert isinstance(observation, np.ndarray)
        return rows_of(observation, self._shows_team)
