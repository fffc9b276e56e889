"""Many games in some processes, seen as one batch of rows in one block of memory.

    rows 0..g-1 of process 0 | rows g..2g-1 of process 1 | ...        (g = games per process * seats)

A request goes out to all processes before any answer is awaited. A process that fails takes only its own rows along:
they end truncated with reward 0. They come back in one of two ways: the next `send_reset` that names one of them starts
a fresh process for all of them and waits for it; `revive` does so without waiting, while the other rows play on.
"""

from __future__ import annotations

import os
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameClosedError, GameFailedError, ResetNeeded
from bridge.game.requests import Request
from bridge.parts import CHANNEL_KINDS, ChannelKind, Parts, close_parts
from bridge.platform import CAN_LAUNCH
from bridge.runner import CONTINUE
from bridge.seams import Arrays
from bridge.spec import EMBEDDED, TORCHCRAFT, GameSpec
from bridge.timeouts import Timeouts
from bridge.warmup import ensure_compiled

WARM_UP_STEPS: Final = 3
"""Steps that are played to have everything compiled: one could do, but for what only a second step reaches."""

REVIVE_POLL_S: Final = 0.01
"""Between two looks at processes that start anew, where there is nothing else to do."""


class GamePool:
    """`num_games` games of one spec, spread over `num_processes` processes; satisfies `bridge.seams.Channel`.

    Attributes:
        arrays: everything of a step by name, (rows, ...) each: the task's arrays and those of `bridge.runner`.
        rows: games * seats.
        num_processes: how many processes play them (1 for `local`, which plays in this one).
        failed: (rows,) bool, rows whose game is lost and not yet started anew. Read only.
        failure_log: counts of lost processes and restarts.
        spec: what is played.
    """

    def __init__(
        self,
        spec: GameSpec,
        *,
        num_games: int | None = None,
        num_processes: int = 1,
        channel: ChannelKind = "shm",
        timeouts: Timeouts | None = None,
        log_folder: Path | None = None,
        warm_up: bool = True,
    ) -> None:
        """Start the processes and wait until all are ready for the first reset.

        Args:
            spec: what is played; its `num_games` is the default for the next argument.
            num_games: games in all, a multiple of `num_processes`.
            num_processes: processes that share them.
            channel: `shm`, `queue` or `local`.
            timeouts: bounds of the calls.
            log_folder: keep each process's output there; None keeps it for errors only, without a file to clean up.
            warm_up: compile the embedded engine in one process first, if it is not compiled yet.

        Raises:
            ConfigError: numbers or names that do not fit.
            GameFailedError: a process did not start; all are stopped.
        """
        total = spec.num_games if num_games is None else num_games
        if channel not in CHANNEL_KINDS:
            raise ConfigError(f"channel: got {channel!r}; allowed: {', '.join(map(repr, CHANNEL_KINDS))}")
        if num_processes < 1 or total < 1 or total % num_processes:
            raise ConfigError(
                f"num_processes: got {num_processes} for {total} games; allowed: a positive divisor of the games"
            )
        self.spec = spec
        self.num_processes = num_processes
        self.timeouts = Timeouts() if timeouts is None else timeouts
        self._all = Parts(
            spec.replace(num_games=total // num_processes), num_processes, channel, self.timeouts, log_folder
        )
        self._parts = self._all.channels
        self._comebacks = self._all.comebacks
        self.rows = self._all.rows
        self.failed = self._all.failed
        self.failure_log = self._all.failure_log
        self._is_closed = False
        self._is_seeded = np.zeros(self.rows, np.bool_)
        self._are_all_seeded = False
        self._asked: list[int] = []
        self._polled_error: GameFailedError | None = None
        self._is_given_up = False
        if warm_up:
            ensure_compiled(spec, self._play_once, self.timeouts.compile_s)
        self._finalizer = weakref.finalize(
            self, close_parts, self._parts, self._all.blocks, self.timeouts.close_s, owner=os.getpid()
        )
        try:
            self._all.start()
        except BaseException:
            self.close()
            raise
        self.layout = self._all.layout
        self.arrays: Arrays = self._all.arrays

    # --- Channel -------------------------------------------------------------------------------------------------

    def send_reset(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64] | None) -> None:
        """Ask for new episodes on the marked rows; with seeds, each marked row's seed sequence starts anew.

        Rows that were never seeded draw a seed. A process that failed is started anew; then all its rows are reset.

        Args:
            rows: (rows,) bool; seats of one game must agree.
            seeds: (rows,) uint64, only marked rows are read; None goes on with each row's own sequence.
        """
        self._require_open()
        self._require_no_answer_due()
        marked = self._all.whole_failures(np.asarray(rows, np.bool_))
        arrays = self.arrays
        arrays["control/rows"][:] = marked
        first = arrays["control/episode"]
        first[:] = CONTINUE
        if seeds is None:
            drawn = marked & ~self._is_seeded
            if drawn.any():
                entropy = np.random.SeedSequence().generate_state(self.rows, np.uint64)
                self._all.seeds[drawn] = entropy[drawn]
            restarted = marked & self.failed & ~drawn
            first[drawn] = 0
            first[restarted] = arrays["episode/number"][restarted] + 1
        else:
            self._all.seeds[marked] = np.asarray(seeds, np.uint64)[marked]
            first[marked] = 0
        self._is_seeded |= marked
        self._are_all_seeded = bool(self._is_seeded.all())
        arrays["control/seed"][:] = self._all.seeds
        self._send(Request.RESET, marked)

    def send_step(self) -> None:
        """Ask for one step with the actions in `arrays["action"]`.

        Raises:
            ResetNeeded: a row was never reset, or (autoreset `disabled`) its episode has ended.
        """
        self._require_open()
        self._require_no_answer_due()
        if not self._are_all_seeded:
            raise ResetNeeded(f"step before the first reset of rows {np.flatnonzero(~self._is_seeded).tolist()}")
        if self.spec.autoreset == "disabled":
            ended = self.arrays["terminated"] | self.arrays["truncated"]
            if ended.any():
                raise ResetNeeded(f"step after the end of the episode in rows {np.flatnonzero(ended).tolist()}")
        self._send(Request.STEP, None)

    def wait(self, deadline: Deadline) -> None:
        """Wait for the answers to the last `send_*`.

        Processes that fail take only their own rows along: those are marked in `failed` with reward 0,
        `truncated` True and the last observation they had; all other rows are as they should be.

        Args:
            deadline: for all processes together.

        Raises:
            GameFailedError: one of its kinds: the first failure, after all answers are in.
            GameClosedError: the pool was closed.
        """
        self._require_open()
        asked, self._asked = self._asked, []
        first_error: GameFailedError | None = None
        try:
            for index in asked:
                try:
                    if index in self._comebacks and not self._all.finish_comeback(index, deadline):
                        first_error = first_error or self._comebacks[index].error
                        continue
                    self._parts[index].wait(deadline)
                except GameFailedError as error:
                    self._all.lose(index, error, is_wanted=self._is_given_up)
                    first_error = first_error or error
        except BaseException:  # interrupted: answers may still be on their way, nothing here can be trusted
            self.close()
            raise
        if first_error is not None:
            raise first_error

    @property
    def descriptors(self) -> tuple[int, ...] | None:
        """What turns readable when `poll` may find an answer; None where only `wait` can take one."""
        watched = [part.descriptors for part in self._parts]
        if None in watched or self._comebacks:
            return None
        return tuple(descriptor for one in watched for descriptor in one or ())

    def poll(self, deadline: Deadline) -> bool:
        """Take the answers to the last `send_*` that are there, without waiting; say whether these were all.

        For programs that sleep in an event loop of their own. Between two looks they sleep on `descriptors`, and at
        most `RELOOK_S`. Where the pool has none, they let a thread `wait`.

        Args:
            deadline: for all processes together.

        Raises:
            GameFailedError: as `wait`, once all answers are in.
            GameClosedError: the pool was closed.
        """
        self._require_open()
        due = []
        for index in self._asked:
            try:
                if not self._parts[index].poll(deadline):
                    due.append(index)
            except GameFailedError as error:
                self._all.lose(index, error, is_wanted=self._is_given_up)
                self._polled_error = self._polled_error or error
        self._asked = due
        if due:
            return False
        first_error, self._polled_error = self._polled_error, None
        if first_error is not None:
            raise first_error
        return True

    def give_up(self, why: str) -> None:
        """Lose all games, because nobody will take the answers that are due; not while another thread waits for them.

        Args:
            why: for messages, `the call was cancelled`.
        """
        self._require_open()
        self._asked = []
        self._polled_error = None
        self._is_given_up = True
        for index, part in enumerate(self._parts):
            if index not in self._comebacks:
                self._all.lose(index, part.give_up(why), is_wanted=True)
        self._is_given_up = False

    def kill(self) -> None:
        """Kill the game processes, from any thread and without waiting: who waits for them notices.

        Only for a pool that is closed or given up next.
        """
        self._is_given_up = True
        for part in list(self._parts):
            for process in part.processes():
                process.kill()

    def revive(self, rows: NDArray[np.bool_], wait_s: float = 0.0) -> NDArray[np.bool_]:
        """Bring lost processes back as far as that goes without waiting, each row with its next episode.

        A lost process rests (`Timeouts.rest_s`), is launched at the first call after its rest, and plays again in the
        call that finds it ready. Until then its rows stay as they were lost and no step waits for them. A launch that
        fails is one more failure, with a longer rest.

        Args:
            rows: (rows,) bool; processes that play one of them, where they are lost.
            wait_s: when every process is lost there is nothing to go on with: then wait at most so long for one of
                these to return.

        Returns:
            (rows,) bool: the rows that play again since this call; their arrays hold a first observation.
        """
        self._require_open()
        self._require_no_answer_due()
        until = Deadline.after(wait_s)
        back: NDArray[np.bool_] = np.zeros(self.rows, np.bool_)
        while True:
            for index in list(self._comebacks):
                try:
                    if rows[self._all.rows_of(index)].any() and self._all.come_back(index):
                        back[self._all.rows_of(index)] = True
                except GameFailedError as error:
                    self._all.lose(index, error, is_wanted=self._is_given_up)
            if len(self._comebacks) < self.num_processes or until.has_passed():
                return back
            time.sleep(min(REVIVE_POLL_S, until.remaining_s()))

    def close(self) -> None:
        """Stop all games within `close_s`; idempotent, never raises because they are gone."""
        if self._is_closed:
            return
        self._is_closed = True
        self._finalizer()

    # --- conveniences --------------------------------------------------------------------------------------------

    def reset(self, rows: NDArray[np.bool_] | None = None, seeds: NDArray[np.uint64] | None = None) -> Arrays:
        """`send_reset` and `wait` with the pool's own time-outs.

        Args:
            rows: (rows,) bool; None resets all.
            seeds: (rows,) uint64 or None.
        """
        marked = np.ones(self.rows, np.bool_) if rows is None else rows
        timeout_s = self.reset_timeout_s(marked)
        self.send_reset(marked, seeds)
        self.wait(Deadline.after(timeout_s))
        return self.arrays

    def reset_timeout_s(self, rows: NDArray[np.bool_]) -> float:
        """Return how long a reset of these rows may take.

        Args:
            rows: (rows,) bool.
        """
        is_first = bool((rows & (self.failed | ~self._is_seeded)).any())  # kernels are loaded by their first use
        timeout_s = self.timeouts.reset_s + (self.timeouts.start_s if is_first else 0.0)
        return timeout_s + max((comeback.rest_left_s for comeback in self._comebacks.values()), default=0.0)

    def step(self) -> Arrays:
        """`send_step` and `wait` with the pool's own time-out."""
        self.send_step()
        self.wait(Deadline.after(self.timeouts.step_s))
        return self.arrays

    def restart(self, rows: NDArray[np.bool_] | None = None) -> Arrays:
        """Start fresh processes for the failed ones among these rows, each row with its next episode.

        Args:
            rows: (rows,) bool; None means all that failed.
        """
        return self.reset(self.failed.copy() if rows is None else rows & self.failed)

    def failure(self, row: int) -> GameFailedError | None:
        """Return why a row's game is lost; None while it plays.

        Args:
            row: row number.
        """
        return self._comebacks[row // self._all.rows_each].error if self.failed[row] else None

    @property
    def has_lost(self) -> bool:
        """Whether any row is marked in `failed`."""
        return bool(self._comebacks)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the games, process by process."""
        return tuple(part.pid for part in self._parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the inside ----------------------------------------------------------------------------------------------

    def _play_once(self) -> None:
        """Play some steps in one process of its own: whatever there is to compile gets compiled."""
        patience_s = self.timeouts.compile_s
        timeouts = Timeouts(start_s=patience_s, reset_s=patience_s, step_s=patience_s)
        kind: ChannelKind = "local" if not CAN_LAUNCH else "shm"
        spec = self.spec
        if spec.backend == TORCHCRAFT:  # the same task and players, without a server between
            spec = spec.replace(backend=EMBEDDED, backend_params={})
        with GamePool(spec, num_games=1, channel=kind, timeouts=timeouts, warm_up=False) as pool:
            pool.reset(seeds=np.zeros(pool.rows, np.uint64))
            for _ in range(WARM_UP_STEPS):
                if (pool.arrays["terminated"] | pool.arrays["truncated"]).any():
                    pool.reset()
                pool.step()

    def _send(self, request: Request, marked: NDArray[np.bool_] | None) -> None:
        for index, part in enumerate(self._parts):
            if marked is not None and not marked[self._all.rows_of(index)].any():
                continue
            if index not in self._comebacks:
                part.send(request)
            elif request is Request.STEP:
                continue
            else:
                self._all.launch_rested(index)  # all of them side by side; `wait` does the rest
            self._asked.append(index)

    def _require_open(self) -> None:
        if self._is_closed:
            raise GameClosedError(f"the games of {self.spec.scenario} were closed; open new ones")

    def _require_no_answer_due(self) -> None:
        if self._asked:
            raise RuntimeError("an answer is still due: call wait() first")
