"""`StarCraftEnv`: one battle behind Gymnasium's `Env`."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError, GameFailedError, ResetNeeded
from bridge.pool import GamePool
from envs.render.battle import BattleRenderer
from envs.setup import RENDER_MODES, EnvOptions, Setup
from envs.spaces import action_space, checked_actions, copy_row, observation_space
from envs.tasks import INFO_FIELDS

ROW = 0
"""A single env is a pool of one row."""


class StarCraftEnv(gym.Env[Any, NDArray[np.int64]]):
    """One battle of Brood War; the game runs in a process of its own.

    Observation: `units`, a Dict of arrays per unit with masks, or `flat`, the same numbers as one vector
    (docs/spaces.md; generated from the declarations in `envs.specs.observations`).
    Action: `micro`, MultiDiscrete with one factor per own unit slot: no change, eight moves, attack enemy slot j.
    `action_masks()` and `info["action_mask"]` say what is possible.
    Reward: a weighted sum of named terms (`envs.specs.rewards`).
    Termination: a side has no units.
    Truncation: `max_frames` frames of play, or the game was lost (`info["failure"]` says why; the reward is 0 and the
    next `reset()` starts a fresh game).
    Reset options: none.
    Info: `action_mask` (a tuple of int8 arrays for `action_space.sample(mask=...)`), `battle_won`, `own_units`,
    `enemy_units`, `own_hp`, `enemy_hp` (hit points and shields), `frame`, `episode_frames`, `invalid_actions`.
    Versions: v0, the first.

    Attributes:
        setup: the checked configuration, with the task's declarations.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 3}  # noqa: RUF012 - Gymnasium's own

    def __init__(self, **kwargs: Any) -> None:
        """Check the arguments and start the game.

        Args:
            **kwargs: `scenario` (a name or a file), `observation` ("units", "flat"), `action` ("micro"), `reward` (a
                preset or weights by term), `opponent` (a scripted player; default: the scenario's first),
                `frame_skip`, `latency_frames`, `max_frames`, `move_distance_px` (defaults: the scenario's),
                `backend`, `channel` ("shm", "queue", "local"), `timeouts` (`bridge.timeouts.Timeouts` or a mapping),
                `render_mode` (None, "rgb_array", "ansi").

        Raises:
            ConfigError: an unknown keyword or name (with the nearest one), or a value that is not allowed.
            GameFailedError: the game did not start.
        """
        self.setup = Setup(EnvOptions.from_kwargs(kwargs))
        if self.setup.seats != 1:
            raise ConfigError(
                f"seats {self.setup.seats}: a single env has one agent; allowed: 1 (StarCraftVectorEnv takes 2)"
            )
        task = self.setup.task
        self.render_mode = self.setup.options.render_mode
        self.metadata = {**type(self).metadata, "render_fps": max(1, round(self.setup.steps_per_second))}
        self.observation_space = observation_space(task.observation)
        self.action_space = action_space(task.action)
        self._needs_reset = True
        self._renderer = BattleRenderer(task, self.setup.rival) if self.render_mode is not None else None
        self._pool: GamePool = self.setup.open_pool(num_games=1, num_processes=1, autoreset="disabled")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start the next battle; with a seed, the sequence of battles starts anew from it.

        Args:
            seed: decides this battle and, by their number, those after it.
            options: none are known.

        Raises:
            ConfigError: an option was given.
            GameFailedError: the game failed; the next `reset()` starts a fresh process.
        """
        for name in options or ():
            raise ConfigError(f"unknown reset option {name!r}; this env takes none")
        super().reset(seed=seed)
        self._needs_reset = True
        self._pool.reset(seeds=None if seed is None else np.array([seed], np.uint64))
        self._needs_reset = False
        if self._renderer is not None:
            self._renderer.begin(self._pool.arrays, ROW)
        return self._observation(), self._info()

    def step(self, action: NDArray[np.int64]) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Give one order per own unit slot and play `frame_skip` frames.

        Args:
            action: (own slots,) integers.

        Raises:
            ResetNeeded: before the first `reset()`, or after the episode ended.
            InvalidActionError: the action is not in the action space.
            GameClosedError: the env was closed.
        """
        if self._needs_reset:
            raise ResetNeeded("step() before reset(): no episode is under way")
        arrays = self._pool.arrays
        arrays["action"][ROW] = checked_actions(self.setup.task.action, action)
        failure: GameFailedError | None = None
        try:
            self._pool.step()
        except GameFailedError as error:
            failure = error
        terminated = bool(arrays["terminated"][ROW])
        truncated = bool(arrays["truncated"][ROW])
        self._needs_reset = terminated or truncated
        info = self._info()
        if failure is not None:
            info["failure"] = str(failure)
        elif self._renderer is not None:
            self._renderer.follow(arrays, ROW)
        return self._observation(), float(arrays["reward"][ROW]), terminated, truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (own slots * choices,) bool: what is possible now, in sb3-contrib's form; a fresh copy."""
        mask: NDArray[np.bool_] = self._pool.arrays["action_mask"][ROW].copy()
        return mask

    def render(self) -> NDArray[np.uint8] | str | None:
        """Return the battle as it stands: an RGB array, a text, or None without a render mode.

        Raises:
            ResetNeeded: before the first `reset()`.
        """
        if self._renderer is None:
            return None
        if not self._renderer.has_begun:
            raise ResetNeeded("render() before reset(): there is nothing to show")
        return self._renderer.text() if self.render_mode == "ansi" else self._renderer.picture()

    def close(self) -> None:
        """Stop the game; idempotent, bounded."""
        self._needs_reset = True
        pool = getattr(self, "_pool", None)  # a constructor that raised has none
        if pool is not None:
            pool.close()

    def _observation(self) -> Any:
        return copy_row(self.setup.task.observation, self._pool.arrays, ROW)

    def _info(self) -> dict[str, Any]:
        arrays = self._pool.arrays
        info: dict[str, Any] = {field.name: arrays[f"info/{field.name}"][ROW].item() for field in INFO_FIELDS}
        info["action_mask"] = self.setup.task.action.flat_mask_to_tuple(arrays["action_mask"][ROW])
        return info
