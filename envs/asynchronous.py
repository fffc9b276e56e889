"""`AsyncStarCraftEnv`: one battle for programs that live in an asyncio event loop.

    asyncio program                              game process
    await env.step(action) ── the turn ───────►  plays
      (other tasks run)    ◄─ a rung bell ─────  answers

Behind shared memory the loop itself watches the game's bell, socket and death: no thread is involved in a step. A
thread waits where there is nothing to watch (the `queue` channel, an event loop without readers) and where a process
has to be started. The `local` channel plays inside the call, so the loop stands still for the length of a step.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from bridge.deadline import Deadline
from bridge.errors import BridgeError, ConfigError, GameClosedError, GameFailedError, ResetNeeded
from bridge.pool import GamePool
from envs.row import ROW, BattleRow, Step
from envs.setup import RENDER_MODES
from envs.spaces import require_masks

T = TypeVar("T")

RELOOK_S: Final = 0.1
"""A waiting call looks again this often, should a ring ever be lost; deadlines are this exact."""


class AsyncStarCraftEnv:
    """`StarCraftEnv` with `await env.reset()` and `await env.step(action)`; the same bytes for the same seeds.

    Observation, action, reward, termination, truncation, info: as `StarCraftEnv`.

    One call at a time; for many battles at once await the calls of many envs together: their games then play side by
    side. A cancelled call gives its game up: the env can be closed, or reset, which starts a fresh game.

    Attributes:
        setup: the checked configuration, with the task's declarations.
        observation_space: as `StarCraftEnv`'s.
        action_space: likewise.
        metadata: likewise.
        render_mode: likewise.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Check the arguments; the game starts on `async with`, or by the first `reset()`.

        Args:
            **kwargs: as `StarCraftEnv`, but for `may_block_loop`.

        Raises:
            ConfigError: an unknown keyword or name (with the nearest one), or a value that is not allowed.
        """
        if "may_block_loop" in kwargs:
            raise ConfigError("unknown keyword 'may_block_loop': this env never blocks the event loop")
        self._row = BattleRow(kwargs)
        self.setup = self._row.setup
        self.observation_space: gym.Space[Any] = self._row.observation_space
        self.action_space = self._row.action_space
        self.render_mode = self._row.render_mode
        self.metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": self._row.render_fps}
        self._pool: GamePool | None = None
        self._worker: ThreadPoolExecutor | None = None
        self._left: Future[Any] | None = None  # what a cancelled call left a thread to finish
        self._is_given_up = False  # a cancelled call killed the game
        self._call_ended: asyncio.Event | None = None  # of the call under way
        self._is_closed = False

    async def __aenter__(self) -> Self:
        """Start the game.

        Raises:
            GameFailedError: it did not start.
        """
        with self._call("async with"):
            await self._opened()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start the next battle; with a seed, the sequence of battles starts anew from it.

        Args:
            seed: decides this battle and, by their number, those after it.
            options: none are known.

        Raises:
            ConfigError: an option was given, or the seed is negative.
            GameFailedError: the game failed; the next `reset()` starts a fresh process.
            GameClosedError: the env was closed.
        """
        with self._call("reset()"):
            seeds = self._row.seeds(seed, options)
            pool = await self._opened()
            rows = np.ones(pool.rows, np.bool_)
            if pool.descriptors is None:
                await self._in_thread(lambda: pool.reset(rows, seeds))
            else:
                deadline = Deadline.after(pool.reset_timeout_s(rows))
                pool.send_reset(rows, seeds)
                await self._answer(pool, deadline)
            return self._row.begin(pool)

    async def step(self, action: NDArray[np.int64]) -> Step:
        """Give one order per own unit slot and play `frame_skip` frames.

        Args:
            action: (own slots,) integers.

        Raises:
            ResetNeeded: before the first `reset()`, or after the episode ended or its call was cancelled.
            InvalidActionError: the action is not in the action space.
            GameClosedError: the env was closed.
        """
        with self._call("step()"):
            row = self._row
            row.require_episode()
            pool = self._pool
            assert pool is not None, "an episode is under way"
            row.write_action(pool, action)
            row.needs_reset = True  # unless the answer arrives
            failure: GameFailedError | None = None
            try:
                pool.send_step()
                await self._answer(pool, Deadline.after(pool.timeouts.step_s))
            except GameFailedError as error:
                failure = error
            return row.follow(pool, failure)

    async def close(self) -> None:
        """Stop the game; idempotent, bounded. A call that another task is waiting in ends as with a lost game."""
        if self._is_closed:
            return
        self._is_closed = True
        self._row.needs_reset = True
        try:
            if self._call_ended is not None:
                if self._pool is not None:
                    self._pool.kill()
                await self._call_ended.wait()
            await self._settle()
            if self._pool is not None:
                await self._in_thread(self._pool.close)
        finally:
            self._dismiss_worker()

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (sum(nvec),) bool: what is possible now, in sb3-contrib's form; a fresh copy.

        Raises:
            ConfigError: the action has no masks.
            ResetNeeded: before the first `reset()`.
        """
        require_masks(self.setup.task.action)
        if self._pool is None:
            raise ResetNeeded("action_masks() before reset(): no game has begun")
        mask: NDArray[np.bool_] = self._pool.arrays["action_mask"][ROW].copy()
        return mask

    def render(self) -> NDArray[np.uint8] | str | None:
        """Return the battle as it stands: an RGB array, a text, or None without a render mode.

        Raises:
            ResetNeeded: before the first `reset()`.
        """
        return self._row.render()

    # --- waiting ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _call(self, name: str) -> Iterator[None]:
        """Let one call through at a time.

        Raises:
            GameClosedError: the env was closed.
            RuntimeError: another call is under way.
        """
        if self._is_closed:
            raise GameClosedError(f"{name} after close(); open a new env")
        if self._call_ended is not None:
            raise RuntimeError(f"{name} while another task's call is under way; await that first (one env, one call)")
        self._call_ended = asyncio.Event()
        try:
            yield
        finally:
            ended, self._call_ended = self._call_ended, None
            ended.set()

    async def _opened(self) -> GamePool:
        """Return the pool, started if need be, with nothing left over from a cancelled call."""
        await self._settle()
        if self._pool is not None:
            return self._pool
        pool = await self._in_thread(self._open)
        if pool.descriptors is not None:
            self._dismiss_worker()
        return pool

    def _open(self) -> GamePool:
        self._pool = pool = self._row.open_pool()  # here, so that a cancelled call's game is known and closed
        return pool

    async def _answer(self, pool: GamePool, deadline: Deadline) -> None:
        """Wait for what was sent; a caller who does not wait until then loses the game.

        Raises:
            GameFailedError: one of its kinds.
        """
        descriptors = pool.descriptors
        if descriptors is None:
            await self._in_thread(lambda: pool.wait(deadline))
            return
        try:
            if pool.poll(deadline):
                return
            loop = asyncio.get_running_loop()
            news = asyncio.Event()
            watched = []
            try:
                for descriptor in descriptors:
                    loop.add_reader(descriptor, news.set)
                    watched.append(descriptor)
                await _poll_on(news, pool, deadline)
            finally:
                for descriptor in watched:
                    loop.remove_reader(descriptor)
        except NotImplementedError:  # the loop watches no descriptors (Windows' default one): wait in a thread
            await self._in_thread(lambda: pool.wait(deadline))
        except GameFailedError:
            raise
        except BaseException:  # cancelled: the answer may still come, and must not be taken for the next one's
            pool.give_up("the call was cancelled")
            raise

    async def _in_thread(self, function: Callable[[], T]) -> T:
        """Run what can only wait in a thread of this env's; when cancelled, kill the game so that the wait ends."""
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"{self.setup.task.scenario.name} waiter")
        future = self._worker.submit(function)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancelled():
                self._left = future
            if self._pool is not None:
                self._is_given_up = True
                self._pool.kill()
            raise

    async def _settle(self) -> None:
        """Wait until a thread that a cancelled call left behind has ended, and give up what it waited for."""
        if self._left is not None:
            with contextlib.suppress(BridgeError, ConfigError):  # nobody is left to hear of it
                await asyncio.shield(asyncio.wrap_future(self._left))
            self._left = None
        if self._is_given_up and self._pool is not None and not self._is_closed:
            self._pool.give_up("the call was cancelled")
        self._is_given_up = False

    def _dismiss_worker(self) -> None:
        if self._worker is not None:
            self._worker.shutdown(wait=False)
            self._worker = None


async def _poll_on(news: asyncio.Event, pool: GamePool, deadline: Deadline) -> None:
    """Look for the answer whenever there is news, until it is there.

    Args:
        news: set by whatever the loop watches.
        pool: asked for the answer.
        deadline: of the answer.
    """
    loop = asyncio.get_running_loop()
    while not pool.poll(deadline):
        timer = loop.call_later(min(RELOOK_S, deadline.remaining_s()), news.set)
        await news.wait()
        timer.cancel()
        news.clear()
