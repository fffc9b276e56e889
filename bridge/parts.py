"""The processes of a pool: each plays some rows, is lost with them, and comes back with their next episodes.

    rows 0..g-1 of process 0 | rows g..2g-1 of process 1 | ...        (g = games per process * seats)

`bridge.pool` says what all of them are asked; this module knows which process plays which rows, how each is started,
lost and started anew (`bridge.comeback`), and the memory that they share.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from bridge.channels.base import GameChannel, close_channels
from bridge.channels.local import LocalChannel
from bridge.channels.shm import SharedBlock, ShmChannel
from bridge.comeback import Comeback, Stage
from bridge.deadline import Deadline
from bridge.errors import GameFailedError, GameProtocolError
from bridge.failures import Backoff, FailureLog
from bridge.game.requests import Request
from bridge.layout import ArraySpec, Layout
from bridge.seams import Arrays, Episodes
from bridge.spec import GameSpec
from bridge.timeouts import Timeouts

log = logging.getLogger(__name__)

ChannelKind = Literal["shm", "queue", "local"]
CHANNEL_KINDS: Final = ("shm", "queue", "local")


class Parts:
    """`count` processes that play `spec.rows` rows each.

    Attributes:
        channels: one to each process, in the order of their rows.
        comebacks: by process, the way back of those that are lost.
        rows_each: rows of one process.
        rows: of all.
        failed: (rows,) bool, rows of lost processes.
        seeds: (rows,) uint64, written by the pool: what the rows' episodes are drawn from.
        failure_log: counts of lost processes and restarts.
        layout: of the arrays, once started.
        arrays: everything of a step by name, (rows, ...) each, once started.
    """

    layout: Layout
    arrays: Arrays

    def __init__(
        self, spec: GameSpec, count: int, kind: ChannelKind, timeouts: Timeouts, log_folder: Path | None
    ) -> None:
        """Prepare; `start` launches.

        Args:
            spec: of one process.
            count: how many processes.
            kind: of their channels.
            timeouts: bounds of a start, and rests.
            log_folder: see `GamePool`.
        """
        self.channels: list[GameChannel] = []
        self.comebacks: dict[int, Comeback] = {}
        self.rows_each = spec.rows
        self.rows = spec.rows * count
        self.failed: NDArray[np.bool_] = np.zeros(self.rows, np.bool_)
        self.seeds: NDArray[np.uint64] = np.zeros(self.rows, np.uint64)
        self.failure_log = FailureLog()
        self.blocks: list[SharedBlock] = []
        self._spec = spec
        self._count = count
        self._kind: ChannelKind = kind
        self._timeouts = timeouts
        self._log_folder = log_folder
        self._generation = [0] * count
        self._backoffs = [Backoff(timeouts) for _ in range(count)]

    def start(self) -> None:
        """Start the processes and wait until all are ready for the first reset.

        Raises:
            GameFailedError: a process did not start; `close_parts` stops the others.
        """
        if self._kind == "shm":
            self.blocks.append(SharedBlock(self._count))
        deadline = Deadline.after(self._timeouts.start_s)
        for index in range(self._count):
            self.channels.append(self._new_channel(index))
            self.channels[index].start()
        self.layout = self._agreed_layout([channel.wait_started(deadline) for channel in self.channels])
        if self.blocks:
            self.arrays = self.layout.views(self.blocks[0].allocate(self.layout.num_bytes()))
        else:
            self.arrays = self.layout.allocate()
        for index in range(self._count):
            self._attach(index)
        for channel in self.channels:
            channel.wait_attached(deadline)

    def rows_of(self, index: int) -> slice:
        """Return the rows that a process plays.

        Args:
            index: of the process.
        """
        return slice(index * self.rows_each, (index + 1) * self.rows_each)

    def whole_failures(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the mask, widened to all rows of every lost process that it touches.

        Args:
            marked: (rows,) bool.
        """
        touched = (marked & self.failed).reshape(self._count, -1).any(axis=1)
        return marked | np.repeat(touched, self.rows_each)

    def lose(self, index: int, error: GameFailedError, *, is_wanted: bool = False) -> None:
        """Take note that a process is lost: its rows end truncated with reward 0.

        Args:
            index: of the process.
            error: why.
            is_wanted: the caller gave it up: no failure of the game's, and no rest.
        """
        rows = self.rows_of(index)
        self.failed[rows] = True
        self.arrays["reward"][rows] = 0
        self.arrays["terminated"][rows] = False
        self.arrays["truncated"][rows] = True
        if is_wanted:
            self.comebacks[index] = Comeback(error, rest_s=0.0)
            log.debug("%s", error)
            return
        rest_s = self._backoffs[index].rest_s(time.monotonic())
        self.comebacks[index] = Comeback(error, rest_s)
        self.failure_log.record(error)
        rest = f", after a rest of {rest_s:.1f} s" if rest_s else ""
        log.warning("%s; its %d rows are lost until it is started again%s", error.headline, self.rows_each, rest)
        log.debug("%s", error)

    def launch_rested(self, index: int) -> None:
        """Launch a fresh process in the place of a lost one whose rest is over; `finish_comeback` does the rest.

        Args:
            index: of the process.
        """
        if self.comebacks[index].stage is Stage.RESTING and self.comebacks[index].rest_left_s == 0.0:
            self._launch_anew(index)

    def finish_comeback(self, index: int, deadline: Deadline) -> bool:
        """Bring a lost process to where the others are, asked for a reset; False if it rests beyond the deadline.

        Args:
            index: of the process.
            deadline: of the caller, who waits.

        Raises:
            GameFailedError: the fresh process is lost, too.
        """
        comeback = self.comebacks[index]
        if comeback.rest_left_s > deadline.remaining_s():
            return False
        if comeback.stage is Stage.RESTING:
            time.sleep(comeback.rest_left_s)
            self._launch_anew(index)
        channel = self.channels[index]
        while not comeback.advance(channel, self.layout, lambda: self._attach(index), deadline):
            channel.doze(deadline.remaining_s())
        self._welcome(index)
        channel.send(Request.RESET)
        return True

    def come_back(self, index: int) -> bool:
        """Do what can be done without waiting to bring a lost process back; say whether its rows play again.

        Args:
            index: of the process.

        Raises:
            GameFailedError: the fresh process is lost, too.
        """
        comeback = self.comebacks[index]
        if comeback.rest_left_s > 0.0:
            return False
        if comeback.stage is Stage.RESTING:
            self._launch_anew(index)
        channel = self.channels[index]
        if not comeback.advance(channel, self.layout, lambda: self._attach(index, self._next_episodes(index))):
            return False
        channel.send(Request.SHOW)
        channel.wait(Deadline.after(self._timeouts.reset_s))  # copies the rows, nothing else
        self._welcome(index)
        return True

    def _new_channel(self, index: int) -> GameChannel:
        name = f"{Path(self._spec.scenario).stem}#{index}"
        if self._generation[index]:
            name += f".{self._generation[index]}"
        self._generation[index] += 1
        if self._kind == "local":
            return LocalChannel(self._spec, name)
        if self._kind == "shm":
            return ShmChannel(self._spec, name, self.blocks[0], index, self._count, self._log_folder)
        from bridge.channels.queue import QueueChannel  # can be imported on POSIX systems only

        return QueueChannel(self._spec, name, self._log_folder)

    def _agreed_layout(self, specs: Sequence[Mapping[str, ArraySpec]]) -> Layout:
        layouts = [Layout(rows=self.rows, arrays=dict(arrays)) for arrays in specs]
        for channel, layout in zip(self.channels, layouts, strict=True):
            if layout.digest() != layouts[0].digest():
                detail = f"layout {layout.digest()}; allowed: {layouts[0].digest()}, that of {self.channels[0].name}"
                raise channel.fail(GameProtocolError(channel.name, channel.pid, -1, detail))
        return layouts[0]

    def _launch_anew(self, index: int) -> None:
        self.channels[index].close(Deadline.after(self._timeouts.close_s))
        self.channels[index] = self._new_channel(index)
        self.comebacks[index].launch(self.channels[index], self._timeouts.start_s + self._timeouts.reset_s)

    def _attach(self, index: int, episodes: Episodes | None = None) -> None:
        rows = self.rows_of(index)
        views = {name: array[rows] for name, array in self.arrays.items()}
        self.channels[index].attach(views, rows.start, self.rows, episodes)

    def _next_episodes(self, index: int) -> Episodes:
        rows = self.rows_of(index)
        numbers = self.arrays["episode/number"][rows] + 1
        return list(zip(self.seeds[rows].tolist(), numbers.tolist(), strict=True))

    def _welcome(self, index: int) -> None:
        del self.comebacks[index]
        self.failed[self.rows_of(index)] = False
        self.failure_log.restarts += 1


def close_parts(channels: list[GameChannel], blocks: list[SharedBlock], close_s: float, owner: int) -> None:
    """Close everything of a pool: from `close`, when the pool is forgotten, or when the interpreter leaves.

    Args:
        channels: to its processes.
        blocks: its shared memory, if any.
        close_s: for all together.
        owner: process id of the trainer: a fork of it must not stop the trainer's games.
    """
    if os.getpid() != owner:
        return
    close_channels(channels, Deadline.after(close_s))
    for block in blocks:
        block.release()
