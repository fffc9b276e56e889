"""An env in which nothing happens, for the vector envs of Gymnasium and SB3."""

from __future__ import annotations

from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from benchmarks.answerers import ACTION_SIZE

CHOICES: Final = 10


class IdleEnv(gym.Env[NDArray[np.uint8], NDArray[np.int64]]):
    """Shows zeros, pays nothing, never ends."""

    def __init__(self, observation_bytes: int) -> None:
        self.observation_space = gym.spaces.Box(0, 255, (observation_bytes,), np.uint8)
        self.action_space = gym.spaces.MultiDiscrete([CHOICES] * ACTION_SIZE)
        self._observation = np.zeros(observation_bytes, np.uint8)
        self._info: dict[str, Any] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Show zeros."""
        return self._observation, self._info

    def step(self, action: NDArray[np.int64]) -> tuple[NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Show zeros."""
        return self._observation, 0.0, False, False, self._info
