"""`StarCraftEnv`: one battle behind Gymnasium's `Env`."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from bridge.errors import GameFailedError
from bridge.pool import GamePool
from envs.loops import require_may_block
from envs.row import ROW, BattleRow, Step
from envs.setup import RENDER_MODES
from envs.spaces import require_masks


class StarCraftEnv(gym.Env[Any, NDArray[np.int64]]):
    """One battle of Brood War; the game runs in a process of its own.

    Observation: `units`, a Dict of arrays per unit with masks; `flat`, the same numbers as one vector; `local`, what
    each unit sees for itself; `planes`, pictures, `rgb`, one in colours; `raw`, the game's own numbers; in melee games
    also `economy`, `pysc2` and `pysc2_selected` (docs/spaces.md; generated from the declarations in `envs.specs`).
    Action: `micro`, one choice per own unit slot: no change, eight moves, attack enemy slot j; `squad`, the like per
    group; `continuous`, three numbers per slot; `raw`, any command; in melee games `macro`, `workers` and `functions`.
    Where there are choices, `action_masks()` and `info["action_mask"]` say what is possible.
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
            **kwargs: `scenario` (a name or a file; `melee` with `map` and `races`, docs/melee.md),
                `game` ("broodwar", "starcraft2": a scenario of another one is refused; an id sets it),
                `observation` with `observation_options`, `action` with `action_options` (both as above),
                `reward` (a preset or weights by term), `opponent` (a scripted player; default: the scenario's first),
                `frame_skip`, `latency_frames`, `max_frames`, `move_distance_px` (defaults: the scenario's),
                `backend` ("embedded", "torchcraft", or "module:function" of a session factory), `backend_params` (what
                such a factory reads in its spec), `server` (a running TorchCraft server's "host:port"; default:
                one of our own), `channel` ("shm", "queue", "local"), `timeouts` (`bridge.timeouts.Timeouts` or a
                mapping), `render_mode` (None, "rgb_array", "ansi"), `may_block_loop` (True: also inside a running
                event loop).

        Raises:
            ConfigError: an unknown keyword or name (with the nearest one), or a value that is not allowed.
            GameFailedError: the game did not start.
        """
        self._row = BattleRow(kwargs)
        self.setup = self._row.setup
        self.render_mode = self._row.render_mode
        self.metadata = {**type(self).metadata, "render_fps": self._row.render_fps}
        self.observation_space = self._row.observation_space
        self.action_space = self._row.action_space
        self._pool: GamePool = self._row.open_pool()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start the next battle; with a seed, the sequence of battles starts anew from it.

        Args:
            seed: decides this battle and, by their number, those after it.
            options: none are known.

        Raises:
            ConfigError: an option was given.
            BlockedLoopError: an event loop runs in this thread.
            GameFailedError: the game failed; the next `reset()` starts a fresh process.
        """
        if self.setup.waits:
            require_may_block("env.reset")
        seeds = self._row.seeds(seed, options)
        super().reset(seed=seed)
        self._pool.reset(seeds=seeds)
        return self._row.begin(self._pool)

    def step(self, action: NDArray[np.int64]) -> Step:
        """Give the action's orders and play `frame_skip` frames.

        Args:
            action: as the action space says.

        Raises:
            ResetNeeded: before the first `reset()`, or after the episode ended.
            InvalidActionError: the action is not in the action space.
            BlockedLoopError: an event loop runs in this thread.
            GameClosedError: the env was closed.
        """
        if self.setup.waits:
            require_may_block("env.step")
        row, pool = self._row, self._pool
        row.require_episode()
        row.write_action(pool, action)
        failure: GameFailedError | None = None
        try:
            pool.step()
        except GameFailedError as error:
            failure = error
        return row.follow(pool, failure)

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (sum(nvec),) bool: what is possible now, in sb3-contrib's form; a fresh copy.

        Raises:
            ConfigError: the action has no masks.
        """
        require_masks(self.setup.task.action)
        mask: NDArray[np.bool_] = self._pool.arrays["action_mask"][ROW].copy()
        return mask

    def render(self) -> NDArray[np.uint8] | str | None:
        """Return the battle as it stands: an RGB array, a text, or None without a render mode.

        Raises:
            ResetNeeded: before the first `reset()`.
        """
        return self._row.render()

    def close(self) -> None:
        """Stop the game; idempotent, bounded."""
        pool = getattr(self, "_pool", None)  # a constructor that raised has none
        if pool is not None:
            self._row.needs_reset = True
            pool.close()
