"""Games behind shared memory: the default. A step costs microseconds beside the game's own work.

One block without a name serves all processes: their turn words in front (`bridge.game.turn`), then the slab of arrays.
Each process maps the block and writes its own rows; the trainer reads them where they are. No copy is made, and since
nothing has a name, nothing can be left behind.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bridge.channels.base import ChannelEvent, ChannelState
from bridge.channels.process import ProcessChannel
from bridge.deadline import Deadline
from bridge.errors import GameFailedError, GameProtocolError
from bridge.game.process import RELOOK_S
from bridge.game.requests import Request
from bridge.game.turn import Status, Turn, patience_for, turn_area_bytes
from bridge.platform import anonymous_block
from bridge.seams import Arrays, Episodes
from bridge.spec import GameSpec

_IDLE: Final = ChannelState.IDLE
_WAITING: Final = ChannelState.WAITING


class SharedBlock:
    """The memory that a trainer shares with all its game processes."""

    def __init__(self, num_processes: int) -> None:
        """Make an empty block; the processes inherit its descriptor.

        Args:
            num_processes: how many will use it.
        """
        self.num_processes = num_processes
        self.descriptor = anonymous_block()
        self._memory: memoryview | None = None

    def allocate(self, num_bytes: int) -> memoryview:
        """Give the block its size, once the arrays are known, and return the slab's part of it, zeroed.

        Args:
            num_bytes: of the slab.
        """
        size = turn_area_bytes(self.num_processes) + num_bytes
        os.ftruncate(self.descriptor, size)
        self._memory = memoryview(mmap.mmap(self.descriptor, size))
        return self._memory[turn_area_bytes(self.num_processes) :]

    @property
    def memory(self) -> memoryview:
        """The whole block."""
        assert self._memory is not None, "allocate() comes first"
        return self._memory

    def release(self) -> None:
        """Close the descriptor; the memory goes when the last array over it does."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        self._memory = None


class ShmChannel(ProcessChannel):
    """The trainer's side of one process on a shared block."""

    def __init__(
        self,
        spec: GameSpec,
        name: str,
        block: SharedBlock,
        index: int,
        num_processes: int,
        log_folder: Path | None = None,
    ) -> None:
        """Prepare; `start` launches.

        Args:
            spec: what is played.
            name: for messages.
            block: shared by all processes of the pool.
            index: which of the block's turn words are this process's.
            num_processes: of the pool.
            log_folder: see `GameProcess`.
        """
        super().__init__(spec, name, log_folder)
        self._block = block
        self._index = index
        self._num_processes = num_processes
        self._turn: Turn | None = None
        self._request = Request.RESET

    def boot(self) -> tuple[dict[str, Any], Sequence[int]]:
        """Return the block's descriptor and this process's place in it."""
        boot = {
            "channel": "shm",
            "block": self._block.descriptor,
            "index": self._index,
            "num_processes": self._num_processes,
        }
        return boot, (self._block.descriptor,)

    @property
    def last_frame(self) -> int:
        """The last frame number that the game wrote."""
        return self._turn.frame if self._turn is not None else -1

    def attach(self, arrays: Arrays, first_row: int, total_rows: int, episodes: Episodes | None = None) -> None:
        """Let the process map its rows; the arrays are the block's, so nothing else needs them here."""
        self._turn = Turn(self._block.memory, self._index, patience_for(self._num_processes))
        self._turn.clear()
        self.send_attach(first_row, total_rows, episodes)

    def send(self, request: Request) -> None:
        """Hand the turn over."""
        if self._state is _IDLE:  # what `move` would do, without looking it up
            self._state = _WAITING
        else:
            self.move(ChannelEvent.SENT)
        turn = self._turn
        assert turn is not None
        self._request = request
        self._counter = counter = self._counter + 1
        if request is Request.RESET:
            self.process.trim_log()
        if turn.ask(counter, request):
            self.process.wake()

    def wait(self, deadline: Deadline) -> None:
        """Take the turn back: look for it a while, then sleep until the game wakes us, ends, or time is over."""
        if self._state is not _WAITING:
            self.require_waiting()
        turn = self._turn
        assert turn is not None
        if not turn.spin_for_answer(self._counter):
            self._wait_asleep(turn, deadline)
        self._state = _IDLE

    def _wait_asleep(self, turn: Turn, deadline: Deadline) -> None:
        turn.trainer_sleeps(True)
        try:
            while not self._look(turn, deadline, min(deadline.remaining_s(), RELOOK_S)):
                pass
        except GameFailedError as error:
            raise self.fail(error) from error.__cause__
        except BaseException:  # interrupted: the answer may still come, so this channel is over
            self.give_up("interrupted while waiting")
            raise
        finally:
            turn.trainer_sleeps(False)

    def _look(self, turn: Turn, deadline: Deadline, pause_s: float) -> bool:
        """Say whether the answer is there, after a sleep of at most `pause_s` if it is not yet.

        Raises:
            GameFailedError: one of its kinds: it will not come.
        """
        process = self.process
        status = turn.answer(self._counter)
        if status == 0:
            if deadline.has_passed():
                raise process.timeout(self._request.name.lower(), deadline, turn.frame)
            if process.wait_readable(pause_s):
                message = process.next_message(turn.frame)
                if message is not None:
                    detail = f"message {message['type']!r} in {self._request.name.lower()}; allowed: an answer"
                    raise process.failure(GameProtocolError, detail, turn.frame)
            status = turn.answer(self._counter)
        if status not in (0, Status.DONE):
            word = turn.answer_word
            detail = f"answer {word:#x} to request {self._counter}; allowed: {self._counter << 2 | Status.DONE:#x}"
            raise process.failure(GameProtocolError, detail, turn.frame)
        return status != 0

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The game's socket, the bell that it rings, and news of its death."""
        return self.process.descriptors

    def poll(self, deadline: Deadline) -> bool:
        """Ask to be rung, and look whether the answer is there already."""
        self.require_waiting()
        turn = self._turn
        assert turn is not None
        turn.trainer_sleeps(True)
        try:
            is_answered = self._look(turn, deadline, 0.0)
        except GameFailedError as error:
            raise self.fail(error) from error.__cause__
        if is_answered:
            turn.trainer_sleeps(False)
            self.move(ChannelEvent.ANSWERED)
        return is_answered

    def release(self) -> None:
        """Close descriptors and let go of the block."""
        super().release()
        if self._turn is not None:
            with contextlib.suppress(ValueError):
                self._turn.release()
            self._turn = None
