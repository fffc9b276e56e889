"""How a game process takes its turns: from shared memory, or from queues."""

from __future__ import annotations

import asyncio
import logging
import mmap
import select
import socket
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Protocol

from bridge.game.messages import Message, MessageError, MessageReader, pack
from bridge.game.requests import Request
from bridge.game.turn import Status, Turn, patience_for, turn_area_bytes
from bridge.layout import Layout, is_action
from bridge.platform import hush, ring
from bridge.runner import CONTROL_SPECS, Runner
from bridge.seams import Arrays

log = logging.getLogger(__name__)

SEND_TIMEOUT_S: Final = 5.0
"""How long a message may wait for a trainer that does not read."""

RELOOK_S: Final = 0.1
"""A sleeping game looks at the shared memory again this often, should a wake ever be lost."""


class Trainer:
    """The trainer as the game's event loop sees it: a socket, and a bell that it rings.

    Attributes:
        is_leaving: the game should leave: it was asked to, or the trainer is gone.
        is_gone: the trainer has closed its end without asking.
    """

    def __init__(self, sock: socket.socket, bell: int, trainer_bell: int) -> None:
        """Listen from now on; needs a running event loop.

        Args:
            sock: to the trainer.
            bell: that the trainer rings.
            trainer_bell: that the game rings.
        """
        self.is_leaving = False
        self.is_gone = False
        self._socket = sock
        self._bell = bell
        self._trainer_bell = trainer_bell
        self._reader = MessageReader()
        self._messages: deque[Message] = deque()
        self._sleeper: asyncio.Future[None] | None = None
        self._stray: BaseException | None = None
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._take_stray)
        loop.add_reader(sock.fileno(), self._read)
        loop.add_reader(bell, self._hear)
        self._poll = select.poll()
        self._poll.register(sock.fileno(), select.POLLIN)
        self._poll.register(bell, select.POLLIN)

    async def sleep(self, timeout_s: float | None = None) -> None:
        """Sleep until the trainer rings, writes, has asked to leave, or the time is over; the loop goes on."""
        if self.is_leaving:
            return
        loop = asyncio.get_running_loop()
        self._sleeper = loop.create_future()
        timer = None if timeout_s is None else loop.call_later(timeout_s, self.wake)
        await self._sleeper
        if timer is not None:
            timer.cancel()
        if self._stray is not None:
            raise self._stray

    async def doze(self, timeout_s: float) -> None:
        """Sleep without the event loop, which costs a third: for games that leave nothing running in it."""
        events = self._poll.poll(timeout_s * 1000)
        if events and events[0][0] == self._bell:
            hush(self._bell)
        else:
            await asyncio.sleep(0)  # a message, a signal's handler, or nothing

    def wake(self) -> None:
        """End `sleep`."""
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    def leave(self) -> None:
        """Leave at the next opportunity."""
        self.is_leaving = True
        self.wake()

    async def receive(self) -> Message | None:
        """Return the next message; None when the trainer wants the game to leave."""
        while not self._messages and not self.is_leaving:
            await self.sleep()
        return None if self.is_leaving else self._messages.popleft()

    def send(self, data: bytes) -> None:
        """Send whole messages; they are small beside the socket's buffer.

        Args:
            data: of `bridge.game.messages`.
        """
        self._socket.settimeout(SEND_TIMEOUT_S)
        self._socket.sendall(data)
        self._socket.setblocking(False)

    def ring(self) -> None:
        """Wake the trainer."""
        ring(self._trainer_bell)

    def _take_stray(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End the game for an exception that nobody awaits: a game whose background has broken must not look idle."""
        loop.default_exception_handler(context)
        self._stray = self._stray or context.get("exception")
        self.wake()

    def _hear(self) -> None:
        hush(self._bell)
        self.wake()

    def _read(self) -> None:
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.is_leaving = self.is_gone = True
        try:
            for message in self._reader.feed(data):
                if message["type"] == "close":
                    self.is_leaving = True
                else:
                    self._messages.append(message)
        except MessageError:
            log.exception("the trainer sent what is no message")
            self.is_leaving = True
        if self.is_leaving:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self.wake()


class Server(Protocol):
    """One channel's game side."""

    async def serve(self, trainer: Trainer, runner: Runner, attach: Message) -> None:
        """Take turns until the trainer wants the game to leave.

        Args:
            trainer: the socket.
            runner: the games.
            attach: where this process's rows are.
        """
        ...


class ShmServer:
    """Plays on arrays in shared memory, turn by turn (`bridge.game.turn`)."""

    def __init__(self, boot: dict[str, Any]) -> None:
        """Take what the launcher sent.

        Args:
            boot: `block` (descriptor), `index`, `num_processes`.
        """
        self._boot = boot

    async def serve(self, trainer: Trainer, runner: Runner, attach: Message) -> None:
        """Take turns."""
        boot = self._boot
        layout = _agreed_layout(runner, attach)
        slab_at = turn_area_bytes(boot["num_processes"])
        memory = memoryview(mmap.mmap(boot["block"], slab_at + layout.num_bytes()))
        shared = layout.views(memory[slab_at:], attach["first_row"], runner.rows)
        hidden: Arrays | None = None
        if attach["episodes"] is None:
            runner.bind(shared)
        else:
            hidden = Layout(rows=runner.rows, arrays=runner.specs).allocate()
            runner.bind(hidden)
            await runner.reset_to(attach["episodes"])
        turn = Turn(memory, boot["index"], patience_for(boot["num_processes"]))
        trainer.send(pack("ready"))
        sleep = trainer.sleep if runner.needs_loop else trainer.doze
        step, reset, done = int(Request.STEP), int(Request.RESET), Status.DONE
        counter = 1
        while True:
            request = turn.spin_for_request(counter)
            while not request:
                turn.game_sleeps(True)
                request = turn.request(counter)
                if not request:
                    await sleep(RELOOK_S)
                    request = turn.request(counter)
                turn.game_sleeps(False)
                if trainer.is_leaving:
                    return
            if hidden is not None:
                for name in answer_arrays(shared):
                    shared[name][...] = hidden[name]
                runner.bind(shared)
                hidden = None
            if request == step:
                await runner.step()
            elif request == reset:
                await runner.reset()
            if turn.reply(counter, done, runner.frame):
                trainer.ring()
            counter += 1


class QueueServer:
    """Plays on arrays of its own; actions come from one multiprocessing queue, everything else goes to another."""

    def __init__(self, boot: dict[str, Any]) -> None:
        """Open the queues that the launcher sent.

        Args:
            boot: `queues`, pickled while spawning, in hexadecimal.
        """
        from multiprocessing.reduction import ForkingPickler

        self._requests, self._replies = ForkingPickler.loads(bytes.fromhex(boot["queues"]))

    async def serve(self, trainer: Trainer, runner: Runner, attach: Message) -> None:
        """Take turns."""
        _agreed_layout(runner, attach)
        arrays = Layout(rows=runner.rows, arrays=runner.specs).allocate()
        runner.bind(arrays)
        replied = {name: arrays[name] for name in answer_arrays(arrays)}
        if attach["episodes"] is not None:
            await runner.reset_to(attach["episodes"])
        inbox: deque[tuple[int, int, dict[str, Any]]] = deque()
        loop = asyncio.get_running_loop()

        def read_requests() -> None:
            while True:
                inbox.append(self._requests.get())
                loop.call_soon_threadsafe(trainer.wake)

        threading.Thread(target=read_requests, name="requests", daemon=True).start()
        trainer.send(pack("ready"))
        while True:
            while not inbox:
                await trainer.sleep()
                if trainer.is_leaving:
                    return
            counter, request, sent = inbox.popleft()
            for name, values in sent.items():
                arrays[name][...] = values
            if request != Request.SHOW:
                await (runner.step() if request == Request.STEP else runner.reset())
            self._replies.put((counter, runner.frame, replied))


def answer_arrays(arrays: Iterable[str]) -> list[str]:
    """Return the names of those arrays that the game writes.

    Args:
        arrays: names of all.
    """
    return [name for name in arrays if not is_action(name) and name not in CONTROL_SPECS]


def _agreed_layout(runner: Runner, attach: Message) -> Layout:
    layout = Layout(rows=attach["total_rows"], arrays=runner.specs)
    if layout.digest() != attach["digest"]:
        raise ValueError(f"layout {attach['digest']} of the trainer; allowed: {layout.digest()}")
    return layout
