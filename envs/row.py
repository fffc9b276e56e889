"""`BattleRow`: all of a single env but the waiting, for the synchronous and the asynchronous one alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError, GameFailedError, ResetNeeded
from bridge.pool import GamePool
from envs.render.renderers import make_renderer
from envs.setup import EnvOptions, Setup
from envs.spaces import Observed, copied, has_masks, observation_space, observed, of_row

ROW: Final = 0
"""A single env is a pool of one row."""

Step = tuple[Any, float, bool, bool, dict[str, Any]]
"""What `step` returns: observation, reward, terminated, truncated, info."""


class BattleRow:
    """One row of a pool as an env of its own.

    Attributes:
        setup: the checked configuration, with the task's declarations.
        observation_space: of the row.
        action_space: of the row.
        render_mode: None, "rgb_array" or "ansi".
        render_fps: pictures per second of game time, at least 1.
        needs_reset: whether no episode is under way.
    """

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        """Check the arguments; `open_pool` starts the game.

        Args:
            kwargs: as the user gave them.

        Raises:
            ConfigError: an unknown keyword or name (with the nearest one), or a value that is not allowed.
        """
        self.setup = Setup(EnvOptions.from_kwargs(kwargs))
        if self.setup.seats != 1:
            raise ConfigError(
                f"seats {self.setup.seats}: a single env has one agent; allowed: 1 (StarCraftVectorEnv takes 2)"
            )
        task = self.setup.task
        self.observation_space = observation_space(task.observation)
        self.action_space = task.action.space()
        self.render_mode = self.setup.options.render_mode
        self.render_fps = max(1, round(self.setup.steps_per_second))
        self.needs_reset = True
        self._has_masks = has_masks(task.action)
        self._renderer = make_renderer(task, self.setup.rival) if self.render_mode is not None else None
        self._seen: Observed = []
        self._infos: list[tuple[str, NDArray[Any]]] = []

    def open_pool(self) -> GamePool:
        """Start the game.

        Raises:
            GameFailedError: it did not start.
        """
        pool = self.setup.open_pool(num_games=1, num_processes=1, autoreset="disabled")
        self._seen = of_row(observed(self.setup.task.observation, pool.arrays), ROW)
        self._infos = [(field.name, pool.arrays[f"info/{field.name}"]) for field in self.setup.task.info_fields]
        return pool

    def seeds(self, seed: int | None, options: Mapping[str, Any] | None) -> NDArray[np.uint64] | None:
        """Return what the pool's reset takes, and count the episode as over.

        Args:
            seed: the caller's.
            options: the caller's; none are known.

        Raises:
            ConfigError: an option was given, or the seed is negative.
        """
        for name in options or ():
            raise ConfigError(f"unknown reset option {name!r}; this env takes none")
        if seed is not None and seed < 0:
            raise ConfigError(f"seed: got {seed}; allowed: integers of at least 0")
        self.needs_reset = True
        return None if seed is None else np.array([seed], np.uint64)

    def begin(self, pool: GamePool) -> tuple[Any, dict[str, Any]]:
        """Return the first observation and info of an episode that has begun.

        Args:
            pool: whose reset is done.
        """
        self.needs_reset = False
        if self._renderer is not None:
            self._renderer.begin(pool.arrays, ROW)
        return copied(self._seen), self._info(pool)

    def require_episode(self) -> None:
        """Refuse a step without an episode.

        Raises:
            ResetNeeded: none is under way.
        """
        if self.needs_reset:
            raise ResetNeeded("step() before reset(): no episode is under way")

    def write_action(self, pool: GamePool, action: object) -> None:
        """Put the action where the game looks for it.

        Args:
            pool: plays the row.
            action: as the action space says.

        Raises:
            InvalidActionError: it is not in the action space.
        """
        pool.arrays["action"][ROW] = self.setup.task.action.checked(action)

    def follow(self, pool: GamePool, failure: GameFailedError | None) -> Step:
        """Return what a step led to.

        Args:
            pool: whose step is done.
            failure: why the game was lost in it, if it was.
        """
        arrays = pool.arrays
        terminated: bool = arrays["terminated"].item(ROW)
        truncated: bool = arrays["truncated"].item(ROW)
        self.needs_reset = terminated or truncated
        info = self._info(pool)
        if failure is not None:
            info["failure"] = str(failure)
        elif self._renderer is not None:
            self._renderer.follow(arrays, ROW)
        return copied(self._seen), arrays["reward"].item(ROW), terminated, truncated, info

    def render(self) -> NDArray[np.uint8] | str | None:
        """Return the battle as it stands: an RGB array, a text, or None without a render mode.

        Raises:
            ResetNeeded: before the first reset.
        """
        if self._renderer is None:
            return None
        if not self._renderer.has_begun:
            raise ResetNeeded("render() before reset(): there is nothing to show")
        return self._renderer.text() if self.render_mode == "ansi" else self._renderer.picture()

    def _info(self, pool: GamePool) -> dict[str, Any]:
        info: dict[str, Any] = {name: array.item(ROW) for name, array in self._infos}
        if self._has_masks:
            info["action_mask"] = self.setup.task.action.flat_mask_to_tuple(pool.arrays["action_mask"][ROW])
        return info
