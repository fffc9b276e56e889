"""What both clients share: the connection, and the waiting as generators that an event loop may drive, or nobody.

A generator yields for how many seconds to wait for an answer and is sent what came, None if nothing did.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from bridge.deadline import Deadline
from bridge.errors import ConfigError
from bridge.torchcraft import codec_warmup
from bridge.torchcraft.conversation import Conversation
from bridge.torchcraft.errors import ConnectionLostError, NoAnswerError, NotConnectedError, TorchCraftError
from bridge.torchcraft.messages import Command, HandshakeClient
from bridge.torchcraft.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from bridge.torchcraft.state import State

log = logging.getLogger(__name__)

T = TypeVar("T")
Waiting: TypeAlias = Generator[float, bytes | None, T]
"""Work that waits now and then: it yields for how long, is sent what came, and returns a T."""

LONGEST_WAIT_S: Final = 600.0
"""What a time-out of -1 ("for ever" in TorchCraft) means: nothing waits without a deadline."""

NOTICE_AFTER_S: Final = 10.0
"""After this long a log line says who is waited for: a game that nobody has started looks like one that hangs."""

WATCH_S: Final = 0.1
"""How often a wait looks whether the server is still there."""

NEXT_ADDRESS_S: Final = 0.5
"""How long `init` waits for a server to show itself before it tries another address, or another socket."""


class ClientBase:
    """What the two clients share: the connection and the waiting."""

    def __init__(self, protocol: int = 30, *, has_server_ended: Callable[[], bool] = lambda: False) -> None:
        self._talk = Conversation(protocol)
        self._has_server_ended = has_server_ended
        self._transport: Transport | None = None
        self._timeout_s = LONGEST_WAIT_S
        self._error = ""

    def connected(self) -> bool:
        """Say whether `connect` was called and `close` was not; whether a server is there shows in `init`."""
        return self._transport is not None

    def set_timeout(self, timeout_s: float) -> None:
        """Choose how long each later call waits, in seconds."""
        self._timeout_s = timeout_s

    def state(self) -> State:
        """Return the state: the same object for the whole life of the client."""
        return self._talk.state

    def error(self) -> str:
        """Return what went wrong in the last call, "" if nothing did."""
        return self._error

    @property
    def last_commands(self) -> tuple[Command, ...]:
        """The commands that were sent last."""
        return self._talk.last_commands

    @property
    def last_commands_status(self) -> list[int]:
        """What became of each of them: 0 done, otherwise `describe_status` says why not; empty before the answer."""
        return list(self._talk.last_commands_status)

    def refusals(self) -> list[tuple[Command, str]]:
        """Return those of the last commands that the server did not carry out, with its reason."""
        return self._talk.refusals()

    def _connect(self, hostname: str | None, port: int | str, timeout: int, file_socket: str | None) -> None:
        if self._transport is not None:
            raise TorchCraftError("Active connection present")
        if file_socket is None and not (isinstance(hostname, str) and hostname):
            raise ConfigError(f"hostname {hostname!r}: must be the name or address of the server's host")
        self._timeout_s = seconds_of(timeout)
        codec_warmup.prepare()  # now, not while a game waits
        self._transport = Transport(hostname or "", _port(port), file_socket)
        self._talk.begin()

    def _close(self) -> bool:
        self._error = ""
        transport, self._transport = self._transport, None
        if transport is None:
            self._error = "No active connection"
            return False
        transport.close()
        return True

    @contextmanager
    def _kept_error(self) -> Iterator[None]:
        self._error = ""
        try:
            yield
        except TorchCraftError as error:
            self._error = str(error)
            raise

    def _link(self) -> Transport:
        if self._transport is None:
            raise NotConnectedError("No active connection")
        return self._transport

    def _init(
        self,
        window_size: tuple[int, int],
        window_pos: tuple[int, int],
        micro_battles: bool,
        initial_map: str,
        only_consider_types: Collection[int],
    ) -> Waiting[State]:
        transport = self._link()
        request = self._talk.say(
            HandshakeClient(
                protocol=self._talk.protocol,
                map=initial_map or None,
                window_size=_window(window_size),
                window_pos=_window(window_pos),
                micro_mode=micro_battles,
            )
        )
        deadline = Deadline.after(self._timeout_s)
        if self._talk.owes_answer:
            transport.reopen()
        while True:
            try:
                transport.send(request)
                self._talk.owes_answer = True
                reply = yield from self._answer(transport, deadline, Deadline.after(NEXT_ADDRESS_S))
            except ConnectionLostError:
                # A server that restarts between two matches: the handshake is said again to the next one.
                if deadline.has_passed() or self._has_server_ended():
                    raise
                transport.reopen()
                yield WATCH_S  # nothing is asked: this only waits
                continue
            if reply is not None:
                break
            transport.reopen()
        self._talk.hear_handshake(reply, micro_battles=micro_battles, only_consider_types=only_consider_types)
        return self._talk.state

    def _send(self, commands: Iterable[Sequence[object]]) -> None:
        if self._talk.owes_answer:
            raise TorchCraftError("Attempt to perform successive sends")
        transport = self._link()
        transport.send(self._talk.say_commands(commands))
        self._talk.owes_answer = True

    def _recv(self) -> Waiting[State]:
        if not self._talk.owes_answer:
            self._send(())
        transport = self._link()
        try:
            reply = yield from self._answer(transport, Deadline.after(self._timeout_s), None)
        except ConnectionLostError:
            transport.reopen()
            self._talk.owes_answer = False
            raise
        assert reply is not None
        return self._talk.hear(reply)

    def _answer(self, transport: Transport, deadline: Deadline, patience: Deadline | None) -> Waiting[bytes | None]:
        """Wait for the answer that is owed; None when `patience` is over and no server has shown itself."""
        notice = Deadline.after(NOTICE_AFTER_S)
        while True:
            reply = yield min(deadline.remaining_s(), WATCH_S)
            if reply is not None:
                return reply
            transport.look()
            if transport.is_lost or self._has_server_ended():
                # A server that ends a match answers and closes at once: its answer may have come with its end.
                reply = transport.try_receive()
                if reply is not None:
                    return reply
                raise ConnectionLostError(f"the server at {transport.endpoint} closed the connection")
            if deadline.has_passed():
                raise NoAnswerError(
                    f"no answer from {transport.endpoint} in {deadline.timeout_s:g} s ({transport.describe()})"
                )
            if patience is not None and patience.has_passed() and transport.needs_other_socket():
                return None
            if notice.has_passed():
                notice = Deadline.after(LONGEST_WAIT_S)
                log.warning("waiting for %s: %s", transport.endpoint, transport.describe())


def seconds_of(timeout_ms: int) -> float:
    """Return how long a time-out of TorchCraft's is, in seconds; -1 is the longest that we wait.

    Raises:
        ConfigError: it is no whole number.
    """
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, int):
        raise ConfigError(f"timeout {timeout_ms!r}: must be a whole number of milliseconds, or -1")
    return min(timeout_ms / 1000, LONGEST_WAIT_S) if timeout_ms >= 0 else LONGEST_WAIT_S


def _port(port: int | str) -> int:
    """Return a port; text is taken too: TorchCraft's own examples pass what argparse gives them."""
    try:
        number = int(port)
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < 1 << 16:
        raise ConfigError(f"port {port!r}: must be a number from 1 to 65535")
    return number


def _window(pair: tuple[int, int]) -> tuple[int, int] | None:
    return (int(pair[0]), int(pair[1])) if pair[0] >= 0 else None


def check_window(size: tuple[int, int], position: tuple[int, int]) -> None:
    """Refuse a window's position without a size.

    Raises:
        ConfigError: it is so.
    """
    if position[0] >= 0 and size[0] < 0:
        raise ConfigError(f"window_pos {position!r} without a window_size stops a real server; give both or neither")
