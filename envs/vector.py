"""`StarCraftVectorEnv`: many battles, some to a process, behind Gymnasium's `VectorEnv`.

All rows of a step travel in one block of memory; `step_arrays` hands out that block itself, `step` copies from it what
Gymnasium's interface promises to be the caller's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Final, get_args

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

import bridge.seams
from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameFailedError, ResetNeeded
from bridge.failures import FailureLog
from bridge.platform import usable_cores
from bridge.pool import GamePool
from bridge.seams import Arrays
from bridge.userfiles import nearest
from envs.loops import require_may_block
from envs.render.renderers import make_renderer
from envs.setup import RENDER_MODES, EnvOptions, Setup
from envs.spaces import Observed, copied, has_masks, joined, observation_space, observed, of_row, require_masks

_MODES: Final[dict[str, tuple[AutoresetMode, bridge.seams.AutoresetMode]]] = {
    "same_step": (AutoresetMode.SAME_STEP, "same_step"),
    "next_step": (AutoresetMode.NEXT_STEP, "next_step"),
    "disabled": (AutoresetMode.DISABLED, "disabled"),
}

assert set(_MODES) == set(get_args(bridge.seams.AutoresetMode))


class StarCraftVectorEnv(gym.vector.VectorEnv[Any, NDArray[np.int64], NDArray[Any]]):
    """Battles of one scenario as `num_envs` rows: one row for each, or with `seats=2` one for each of its two players.

    Observation, action, reward, termination and truncation: as `StarCraftEnv`, batched. With two seats, rows 2g and
    2g + 1 are player 0 and player 1 of game g; each sees itself as "own", and both end in the same step. Slots are as
    many as the larger army needs. Orders of the map's triggers are dropped for both armies.
    Info: the arrays of `StarCraftEnv`'s info, (num_envs,) each, and `action_mask`, (num_envs, sum(nvec)) bool; each
    with its mask `_name`. In same-step mode also `final_obs` and `final_info` of the rows whose episode ended. A lost
    game is a row with `truncated`, reward 0, its last observation and a text in `failure`. In the same-step and
    next-step modes a fresh game takes its place by itself, while the other rows play on: until it is ready, each step
    returns the row like that again, its action without effect (docs/bridge.md says what this means for a learner).
    In the disabled mode the next `reset` of the row waits for a fresh game.
    Reset options: `reset_mask`, (num_envs,) bool: only these rows; all seats of a game, or none.

    Attributes:
        setup: the checked configuration, with the task's declarations.
        seats: rows of one game.
        num_processes: how many processes play.
        failures: row -> why it has no game, for the rows that had none in the last step.
        num_lost_games: rows that lost their game since the start.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - Gymnasium's own
        "render_modes": list(RENDER_MODES),
        "render_fps": 3,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        *,
        num_processes: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        **kwargs: Any,
    ) -> None:
        """Check the arguments and start the games.

        Args:
            num_envs: rows: battles times seats.
            num_processes: processes that share the battles, a divisor of their number; None takes the largest divisor
                that the machine has cores for.
            autoreset_mode: Gymnasium's mode, its value (`"SameStep"`) or ours (`"same_step"`).
            **kwargs: as `StarCraftEnv`, and `seats`: 1, or 2 to play both sides (then without `opponent`).

        Raises:
            ConfigError: an unknown keyword or name (with the nearest one), or a value that is not allowed.
            GameFailedError: a process did not start.
        """
        also = ("num_envs", "num_processes", "autoreset_mode")
        self.setup = Setup(EnvOptions.from_kwargs(kwargs, also))
        task = self.setup.task
        if isinstance(num_envs, bool) or not isinstance(num_envs, int) or num_envs < 1:
            raise ConfigError(f"num_envs {num_envs!r} is not an integer of at least 1")
        self.seats = self.setup.seats
        self._waits = self.setup.waits
        if num_envs % self.seats:
            raise ConfigError(f"num_envs {num_envs}: allowed: a multiple of {self.seats}, the seats of a game")
        mode, self._mode = _autoreset(autoreset_mode)
        self.num_envs = num_envs
        num_games = num_envs // self.seats
        self.num_processes = num_processes if num_processes is not None else _default_processes(num_games)
        self.render_mode = self.setup.options.render_mode
        self.metadata = {
            **type(self).metadata,
            "render_fps": max(1, round(self.setup.steps_per_second)),
            "autoreset_mode": mode,
        }
        self.single_observation_space = observation_space(task.observation)
        self.single_action_space = task.action.space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.failures: dict[int, str] = {}
        self.num_lost_games = 0
        self._was_reset = np.zeros(num_envs, np.bool_)
        self._renderers = (
            [make_renderer(task, self.setup.rival) for _ in range(num_envs)] if self.render_mode is not None else []
        )
        self._pool: GamePool = self.setup.open_pool(
            num_games=num_games,
            num_processes=self.num_processes,
            autoreset=self._mode,
        )
        arrays = self._pool.arrays
        fields = task.info_fields
        self._has_masks = has_masks(task.action)
        masks = ["action_mask"] if self._has_masks else []
        names = [*(field.name for field in fields), *masks]
        paths = [*(f"info/{field.name}" for field in fields), *masks]
        self._seen = observed(task.observation, arrays)
        self._seen_last = observed(task.observation, arrays, "final_") if self._mode == "same_step" else []
        self._info_arrays = [(name, f"_{name}", arrays[path]) for name, path in zip(names, paths, strict=True)]
        self._final_arrays = [
            (field.name, f"_{field.name}", arrays[f"final_info/{field.name}"])
            for field in fields
            if f"final_info/{field.name}" in arrays
        ]
        self._every_row = np.ones(num_envs, np.bool_)
        self._are_all_reset = False
        self._lost_before: NDArray[np.bool_] | None = None

    @property
    def failure_log(self) -> FailureLog:
        """Counts of lost game processes and of restarts."""
        return self._pool.failure_log

    @property
    def lost(self) -> NDArray[np.bool_]:
        """(num_envs,) bool: the rows that have no game now; a fresh copy."""
        return self._pool.failed.copy()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the games, process by process."""
        return self._pool.pids

    @property
    def arrays(self) -> Arrays:
        """The step's memory by name, (num_envs, ...) each; overwritten by every step."""
        return self._pool.arrays

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start new battles.

        Args:
            seed: game g gets `seed + g`, or what a sequence says for its rows (the seats of a game must agree); a row
                without a seed goes on with its own.
            options: `reset_mask`, (num_envs,) bool with at least one True: only these rows.

        Raises:
            ConfigError: an unknown option, a wrong mask, or a wrong number of seeds.
            BlockedLoopError: an event loop runs in this thread.
            GameFailedError: a game failed to start.
        """
        if self._waits:
            require_may_block("env.reset")
        marked = self._reset_mask(options)
        if isinstance(seed, (int, np.integer)):
            super().reset(seed=int(seed))
        self.failures = {}
        for rows, seeds in self._by_seed(marked, seed):
            self._pool.reset(rows, seeds)
        self._was_reset |= marked
        self._are_all_reset = bool(self._was_reset.all())
        arrays = self._pool.arrays
        for row, renderer in enumerate(self._renderers):
            if marked[row]:
                renderer.begin(arrays, row)
        return copied(self._seen), self._infos(marked)

    def step_arrays(self, actions: NDArray[np.int64]) -> Arrays:
        """Play one step and return the step's memory itself: no copies, valid until the next call.

        Args:
            actions: (num_envs, ...), each as the action space says.

        Raises:
            ResetNeeded: a row was never reset, or (mode disabled) its episode ended.
            InvalidActionError: an action is not in the action space; names row and slot.
            BlockedLoopError: an event loop runs in this thread.
            GameClosedError: the env was closed.
        """
        self.send_step(actions)
        return self.wait_step()

    def send_step(self, actions: NDArray[np.int64]) -> None:
        """Begin a step and come back at once: the games play while the caller does something else.

        Nothing but `wait_step` may be called before its answer is taken. With `channel="local"` the games play there.

        Args:
            actions: (num_envs, ...), each as the action space says.

        Raises:
            ResetNeeded: a row was never reset, or (mode disabled) its episode ended.
            InvalidActionError: an action is not in the action space; names row and slot.
            BlockedLoopError: an event loop runs in this thread.
            GameClosedError: the env was closed.
        """
        if self._waits:
            require_may_block("env.step")
        pool = self._pool
        if not self._are_all_reset:
            raise ResetNeeded(f"step() before reset() of rows {np.flatnonzero(~self._was_reset).tolist()}")
        pool.arrays["action"][:] = self.setup.task.action.checked(actions, (self.num_envs,))
        if self.failures:
            self.failures = {}
        self._lost_before = pool.failed.copy() if pool.has_lost else None
        pool.send_step()

    def wait_step(self) -> Arrays:
        """Take the answers to `send_step` and return the step's memory itself: no copies, valid until the next call.

        Raises:
            GameClosedError: the env was closed.
        """
        pool = self._pool
        with contextlib.suppress(GameFailedError):  # the pool has logged it and marked the rows
            pool.wait(Deadline.after(pool.timeouts.step_s))
        if pool.has_lost:
            self._replace_lost(self._lost_before)
        return pool.arrays

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Play one step of all battles.

        Args:
            actions: (num_envs, ...), each as the action space says.

        Returns:
            Observations, rewards float32, terminations, truncations, infos: all the caller's own.

        Raises:
            ResetNeeded: a row was never reset, or (mode disabled) its episode ended.
            InvalidActionError: an action is not in the action space; names row and slot.
            BlockedLoopError: an event loop runs in this thread.
            GameClosedError: the env was closed.
        """
        arrays = self.step_arrays(actions)
        for row, renderer in enumerate(self._renderers):
            renderer.follow(arrays, row)
        terminated = arrays["terminated"].copy()
        truncated = arrays["truncated"].copy()
        infos = self._infos(self._every_row)
        if self._mode == "same_step":
            self._add_finals(infos, terminated | truncated)
        if self.failures:
            texts = np.full(self.num_envs, None, object)
            lost = np.zeros(self.num_envs, np.bool_)
            for row, text in self.failures.items():
                texts[row] = text
                lost[row] = True
            infos["failure"], infos["_failure"] = texts, lost
        reward = arrays["reward"].copy()
        return copied(self._seen), reward, terminated, truncated, infos

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (num_envs, sum(nvec)) bool: what is possible now; a fresh copy.

        Raises:
            ConfigError: the action has no masks.
        """
        if not self._has_masks:
            require_masks(self.setup.task.action)
        return self._pool.arrays["action_mask"].copy()

    def render(self) -> tuple[Any, ...] | None:
        """Return one picture (or text) per battle, None without a render mode.

        Raises:
            ResetNeeded: before the first `reset()`.
        """
        if self.render_mode is None:
            return None
        if not self._are_all_reset:
            raise ResetNeeded("render() before reset(): there is nothing to show")
        if self.render_mode == "ansi":
            return tuple(renderer.text() for renderer in self._renderers)
        return tuple(renderer.picture() for renderer in self._renderers)

    def close_extras(self, **kwargs: Any) -> None:
        """Stop the games; idempotent, bounded."""
        pool = getattr(self, "_pool", None)  # a constructor that raised has none
        if pool is not None:
            pool.close()

    def _infos(self, marked: NDArray[np.bool_]) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        masks = np.empty((len(self._info_arrays), self.num_envs), np.bool_)
        masks[:] = marked
        for (name, mask_name, array), mask in zip(self._info_arrays, masks, strict=True):
            infos[name] = array.copy()
            infos[mask_name] = mask
        return infos

    def _add_finals(self, infos: dict[str, Any], ended: NDArray[np.bool_]) -> None:
        rows = ended.nonzero()[0]
        if not len(rows):
            return
        last: Observed = [(name, array[rows]) for name, array in self._seen_last]
        observations = np.full(self.num_envs, None, object)
        for at, row in enumerate(rows.tolist()):
            observations[row] = joined(of_row(last, at))
        finals: dict[str, Any] = {}
        masks = np.empty((len(self._final_arrays), self.num_envs), np.bool_)
        masks[:] = ended
        kept = ended.astype(np.int32)  # a product of equal types is several times as fast as one of numbers and flags
        for (name, mask_name, array), mask in zip(self._final_arrays, masks, strict=True):
            finals[name] = array & ended if array.dtype == np.bool_ else array * kept
            finals[mask_name] = mask
        infos["final_obs"], infos["_final_obs"] = observations, ended
        infos["final_info"], infos["_final_info"] = finals, ended.copy()

    def _replace_lost(self, before: NDArray[np.bool_] | None) -> None:
        """Note which rows have no game in this step, and go on with starting fresh ones.

        Args:
            before: rows that had none before the step either; None where all had one.
        """
        pool, arrays = self._pool, self._pool.arrays
        lost = pool.failed.copy()
        if before is None:
            before = np.zeros(self.num_envs, np.bool_)
        self.num_lost_games += int((lost & ~before).sum())
        for row in np.flatnonzero(lost).tolist():
            error = pool.failure(row)
            assert error is not None, "a failed row has its reason"
            self.failures[row] = f"still being started again after: {error.headline}" if before[row] else str(error)
        if self._mode == "same_step":
            for name, array in arrays.items():
                if name.startswith("final_"):
                    array[lost] = arrays[name.removeprefix("final_")][lost]
            pool.revive(lost, pool.timeouts.step_s)
            arrays["reward"][lost] = 0
            arrays["terminated"][lost] = False
            arrays["truncated"][lost] = True
        elif self._mode == "next_step" and before.any():  # the step after the loss is the one that may reset
            for row in np.flatnonzero(pool.revive(before, pool.timeouts.step_s)).tolist():
                del self.failures[row]

    def _reset_mask(self, options: dict[str, Any] | None) -> NDArray[np.bool_]:
        for name in options or ():
            if name != "reset_mask":
                raise ConfigError(f"unknown reset option {name!r}; known: reset_mask")
        if not options:
            return np.ones(self.num_envs, np.bool_)
        mask = options["reset_mask"]
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (self.num_envs,):
            raise ConfigError(f"reset_mask: got {mask!r}; allowed: a bool array of shape ({self.num_envs},)")
        if not mask.any():
            raise ConfigError("reset_mask: got no True; allowed: at least one row")
        self._require_whole_games("reset_mask", mask)
        return mask.copy()

    def _require_whole_games(self, what: str, values: NDArray[Any]) -> None:
        """Refuse values, one for each row, in which the seats of a game differ: a game has one start and one seed."""
        games = values.reshape(-1, self.seats)
        torn = np.flatnonzero((games != games[:, :1]).any(axis=1))
        if torn.size:
            first = int(torn[0]) * self.seats
            rows = f"rows {first} and {first + self.seats - 1}"
            raise ConfigError(
                f"{what}: got {games[torn[0]].tolist()} for {rows}; allowed: the same for both seats of a game"
            )

    def _by_seed(
        self, marked: NDArray[np.bool_], seed: int | Sequence[int | None] | None
    ) -> list[tuple[NDArray[np.bool_], NDArray[np.uint64] | None]]:
        """Return the resets that serve these seeds: (rows, their seeds), rows without a seed apart."""
        if seed is None:
            return [(marked, None)]
        given: list[int | None]
        if isinstance(seed, (int, np.integer)):
            given = [int(seed) + row // self.seats for row in range(self.num_envs)]
        else:
            given = [None if one is None else int(one) for one in seed]
        if len(given) != self.num_envs:
            raise ConfigError(f"seed: got {len(given)} seeds; allowed: an integer, or one for each of {self.num_envs}")
        for one in given:
            if one is not None and one < 0:
                raise ConfigError(f"seed: got {one}; allowed: integers of at least 0")
        self._require_whole_games("seed", np.array(given, object))
        seeded = marked & np.array([one is not None for one in given], np.bool_)
        seeds = np.array([0 if one is None else one for one in given], np.uint64)
        parts: list[tuple[NDArray[np.bool_], NDArray[np.uint64] | None]] = []
        if seeded.any():
            parts.append((seeded, seeds))
        if (marked & ~seeded).any():
            parts.append((marked & ~seeded, None))
        return parts


def _autoreset(mode: AutoresetMode | str) -> tuple[AutoresetMode, bridge.seams.AutoresetMode]:
    for name, (enum, ours) in _MODES.items():
        if mode in (enum, enum.value, name):
            return enum, ours
    raise ConfigError(f"unknown autoreset_mode {mode!r}{nearest(str(mode), _MODES)}")


def _default_processes(num_games: int) -> int:
    return max(count for count in range(1, min(usable_cores(), num_games) + 1) if num_games % count == 0)
