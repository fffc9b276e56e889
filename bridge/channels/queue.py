"""Games behind two multiprocessing queues: the plain reference that `shm` is measured against and compared with.

Each request carries the actions, each reply all other arrays of the process's rows, pickled. The waits are bounded by
watching the queue's pipe, the socket and the process together; a reply that stops half-way is ended by a guard thread,
which kills the game at the deadline so that the blocked read meets the end of the file.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import popen_spawn_posix
from multiprocessing.context import set_spawning_popen
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, Final

from bridge.channels.base import ChannelEvent
from bridge.channels.process import ProcessChannel
from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameFailedError, GameProtocolError
from bridge.game.process import RELOOK_S
from bridge.game.requests import Request
from bridge.layout import is_action
from bridge.runner import CONTROL_SPECS
from bridge.seams import Arrays, Episodes
from bridge.spec import GameSpec

GUARD_CHECK_S: Final = 0.25
"""How often the guard looks whether a read has outlived its deadline."""

FEEDER_END_S: Final = 0.1
"""How long the thread that feeds a queue may take to end, once its queue is closed or the game behind it is dead."""

REQUEST_ARRAYS: Final[Mapping[Request, tuple[str, ...]]] = {
    Request.RESET: tuple(CONTROL_SPECS),
    Request.SHOW: (),
}
"""What travels with each request; with a step, the arrays of the action."""


class _HandOver:
    """Stands in for multiprocessing's own process object while queues are pickled for a process that we launch."""

    method = "spawn"
    DupFd = popen_spawn_posix._DupFd  # what a pickled connection is read back through

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def duplicate_for_child(self, descriptor: int) -> int:
        """Note a descriptor that the child inherits under the same number."""
        self.descriptors.append(descriptor)
        return descriptor


class QueueChannel(ProcessChannel):
    """The trainer's side of one process behind queues."""

    def __init__(self, spec: GameSpec, name: str, log_folder: Path | None = None) -> None:
        super().__init__(spec, name, log_folder)
        context = multiprocessing.get_context("spawn")  # of the other kinds, semaphores have no name to be handed over
        requests: Any = context.Queue()
        self._replies: Any = context.Queue()
        self._requests = requests
        self._requests._ignore_epipe = True  # a killed game is reported by `wait`, not by the feeder thread
        self._request = Request.RESET
        self._arrays: Arrays = {}
        self._frame = -1
        self._read_until: Deadline | None = None
        self._is_over = threading.Event()

    @property
    def last_frame(self) -> int:
        """The last frame number that the game sent."""
        return self._frame

    def boot(self) -> tuple[dict[str, Any], Sequence[int]]:
        """Return the queues, pickled, and their descriptors."""
        hand_over = _HandOver()
        set_spawning_popen(hand_over)  # type: ignore[arg-type]  # all that it asks for is here
        try:
            queues = bytes(ForkingPickler.dumps((self._requests, self._replies)))
        finally:
            set_spawning_popen(None)
        return {"channel": "queue", "queues": queues.hex()}, hand_over.descriptors

    def start(self) -> None:
        """Launch the game process and keep only our own ends of the queues, so that its death ends a blocked read."""
        super().start()
        self._requests._reader.close()
        self._replies._writer.close()
        self.process.watch(self._replies._reader.fileno())
        threading.Thread(target=self._guard, name=f"guard {self.name}", daemon=True).start()

    def attach(self, arrays: Arrays, first_row: int, total_rows: int, episodes: Episodes | None = None) -> None:
        """Copy to and from these arrays from now on."""
        self._arrays = arrays
        self.send_attach(first_row, total_rows, episodes)

    def send(self, request: Request) -> None:
        """Put a request with its arrays."""
        self.move(ChannelEvent.SENT)
        self._request = request
        self._counter += 1
        if request is Request.RESET:
            self.process.trim_log()
        names = filter(is_action, self._arrays) if request is Request.STEP else REQUEST_ARRAYS[request]
        self._requests.put((self._counter, int(request), {name: self._arrays[name] for name in names}))

    def wait(self, deadline: Deadline) -> None:
        """Get the reply and copy it into the arrays."""
        self.require_waiting()
        try:
            self._copy(self._receive(deadline))
        except GameFailedError as error:
            raise self.fail(error) from error.__cause__
        except BaseException:  # interrupted: the answer may still come, so this channel is over
            self.fail(self.process.failure(GameCrashedError, "given up: interrupted while waiting", self._frame))
            raise
        self.move(ChannelEvent.ANSWERED)

    def release(self) -> None:
        """Close queues and descriptors."""
        self._is_over.set()
        self._requests.cancel_join_thread()
        with contextlib.suppress(OSError):
            self._requests.close()
            self._replies._reader.close()
        feeder = self._requests._thread
        if feeder is not None:
            feeder.join(FEEDER_END_S)
        if feeder is None or not feeder.is_alive():  # one that met a dead game first has left its pipe open
            self._requests._writer.close()
        super().release()

    def _receive(self, deadline: Deadline) -> Any:
        process, reader = self.process, self._replies._reader
        doing = self._request.name.lower()
        while not reader.poll(0):
            message = process.next_message(self._frame)
            if message is not None:
                detail = f"message {message['type']!r} in {doing}; allowed: an answer"
                raise process.failure(GameProtocolError, detail, self._frame)
            if deadline.has_passed():
                raise process.timeout(doing, deadline, self._frame)
            process.wait_readable(min(deadline.remaining_s(), RELOOK_S))
        self._read_until = deadline
        try:
            return self._replies.get()
        except (EOFError, OSError) as error:
            if deadline.has_passed():
                raise process.timeout(doing, deadline, self._frame) from error
            process.next_message(self._frame)  # raises what the game has said about its end, if it could
            raise process.crash(self._frame) from error
        except Exception as error:  # unpickling runs on whatever bytes came
            detail = f"a reply that cannot be read: {type(error).__name__}: {error}"
            raise process.failure(GameProtocolError, detail, self._frame) from error
        finally:
            self._read_until = None

    def _copy(self, reply: Any) -> None:
        try:
            counter, frame, values = reply
            if counter != self._counter:
                raise ValueError(f"answer {counter!r} to request {self._counter}")
            self._frame = int(frame)
            for name, array in self._arrays.items():
                if not is_action(name) and name not in CONTROL_SPECS:
                    array[...] = values[name]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            detail = f"a reply that is none: {type(error).__name__}: {error}"
            raise self.process.failure(GameProtocolError, detail, self._frame) from error

    def _guard(self) -> None:
        while not self._is_over.wait(GUARD_CHECK_S):
            until = self._read_until
            if until is not None and until.has_passed():
                self.process.kill()
