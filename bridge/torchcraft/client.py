"""TorchCraft's client, without TorchCraft: `Client` with TorchCraft's names and manners, and its async twin.

Both are thin shells: all that is said and understood is in `Conversation`, all waiting in `_Base`, whose generators
yield "wait for an answer, this long" and are driven with or without an event loop.

    connect() ──► init() ──► recv() ──► send() ──► recv() ──► ... ──► close()

A request owes an answer (REQ and REP alternate strictly). After a time-out the answer is still owed: `recv()` waits for
it again, `init()` gives it up and begins anew, which makes the server send a whole frame.
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
from bridge.torchcraft.errors import (
    CommandError,
    ConnectionLostError,
    NoAnswerError,
    NotConnectedError,
    TorchCraftError,
)
from bridge.torchcraft.messages import Command, HandshakeClient
from bridge.torchcraft.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from bridge.torchcraft.state import State

log = logging.getLogger(__name__)

T = TypeVar("T")
Waiting: TypeAlias = Generator[float, bytes | None, T]
"""Work that waits now and then: it yields for how long, is sent what came, and returns a T."""

DEFAULT_PORT: Final = 11111

LONGEST_WAIT_S: Final = 600.0
"""What a time-out of -1 ("for ever" in TorchCraft) means: nothing waits without a deadline."""

NOTICE_AFTER_S: Final = 10.0
"""After this long a log line says who is waited for: a game that nobody has started looks like one that hangs."""

WATCH_S: Final = 0.1
"""How often a wait looks whether the server is still there."""

NEXT_ADDRESS_S: Final = 0.5
"""How long `init` tries one address of a host that has several."""


class _Base:
    """What the two clients share: the connection and the waiting."""

    def __init__(self, protocol: int = 30) -> None:
        self._talk = Conversation(protocol)
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
        self._timeout_s = _seconds(timeout)
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
            transport.send(request)
            self._talk.owes_answer = True
            patience = Deadline.after(NEXT_ADDRESS_S) if transport.has_other_addresses() else None
            try:
                reply = yield from self._answer(transport, deadline, patience)
            except ConnectionLostError:
                # A server that restarts between two matches: the handshake is said again to the next one.
                if deadline.has_passed():
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
            if transport.is_lost:
                # A server that ends a match answers and closes at once: its answer may have come with its end.
                reply = transport.try_receive()
                if reply is not None:
                    return reply
                raise ConnectionLostError(f"the server at {transport.endpoint} closed the connection")
            if deadline.has_passed():
                raise NoAnswerError(
                    f"no answer from {transport.endpoint} in {deadline.timeout_s:g} s ({transport.describe()})"
                )
            if patience is not None and patience.has_passed() and not transport.is_up:
                return None
            if notice.has_passed():
                notice = Deadline.after(LONGEST_WAIT_S)
                log.warning("waiting for %s: %s", transport.endpoint, transport.describe())


class Client(_Base):
    """A TorchCraft client with the manners of TorchCraft's own: None and False for failures, `error()` for the reason.

    What is more: time-outs leave it usable, `close` never hangs, a server that goes away is noticed, and what the
    server refused to do can be asked for (`refusals`). A time-out of -1 is ten minutes, not for ever.

    Args:
        protocol: 30 (release 1.4.0) or 31 (develop).

    Example:
        client = Client()
        client.connect("localhost", 11111)
        state = client.init(micro_battles=True)
        while not state.game_ended:
            client.send([[Constants.command_unit, 3, Constants.unitcommandtypes.Attack_Unit, 7]])
            state = client.recv()
        client.close()
    """

    def connect(
        self,
        hostname: str | None = None,
        port: int | str = DEFAULT_PORT,
        timeout: int = -1,
        *,
        file_socket: str | None = None,
    ) -> bool:
        """Make ready to talk to a server; returns at once, and True even where nobody listens (`init` tells).

        Args:
            hostname: name or address.
            port: the server's TCP port.
            timeout: milliseconds for each wait of the later calls; 0 does not wait, -1 waits ten minutes.
            file_socket: path of a Unix socket, instead of host and port (develop's servers).

        Raises:
            ConfigError: the host cannot be resolved, or an argument is wrong.
        """
        try:
            with self._kept_error():
                self._connect(hostname, port, timeout, file_socket)
        except TorchCraftError:
            return False
        return True

    def init(
        self,
        window_size: tuple[int, int] = (-1, -1),
        window_pos: tuple[int, int] = (-1, -1),
        micro_battles: bool = False,
        *,
        initial_map: str = "",
        only_consider_types: Collection[int] = (),
    ) -> State | None:
        """Shake hands with the server; may be called again at any time to get a whole frame.

        Args:
            window_size: pixels; -1 leaves it.
            window_pos: pixels; only together with a size (alone it stops a real server).
            micro_battles: whether the map is a series of battles.
            initial_map: path relative to the StarCraft folder; "" leaves it.
            only_consider_types: unit types that keep a battle going; empty means all.

        Returns:
            The state, None on failure (`error` says why).
        """
        _check_window(window_size, window_pos)
        try:
            with self._kept_error():
                return self._run(self._init(window_size, window_pos, micro_battles, initial_map, only_consider_types))
        except TorchCraftError:
            return None

    def send(self, commands: Iterable[Sequence[object]]) -> bool:
        """Send commands, each `[code, number, ...]` or `[code, text, number, ...]`.

        Returns:
            False when an answer is owed or there is no connection (`error` says which).

        Raises:
            CommandError: a command is not of that form; nothing was sent.
        """
        try:
            with self._kept_error():
                self._send(commands)
        except CommandError:
            raise
        except TorchCraftError:
            return False
        return True

    def recv(self) -> State:
        """Wait for the answer (to an empty list of commands, if none was sent) and return the state after it.

        Raises:
            NoAnswerError: none came in time; another `recv` waits for it again.
            TorchCraftError: as listed in `bridge.torchcraft.errors`; every one is a RuntimeError.
        """
        try:
            with self._kept_error():
                return self._run(self._recv())
        except TorchCraftError as error:
            raise type(error)(f"Receive failure: {error}") from error

    def poll(self, timeout: int) -> bool:
        """Say whether an answer waits, or comes within `timeout` milliseconds."""
        try:
            with self._kept_error():
                return self._link().has_answer(_seconds(timeout))
        except TorchCraftError:
            return False

    def close(self) -> bool:
        """Close the connection, within a quarter of a second; False if there is none."""
        return self._close()

    def _run(self, work: Waiting[T]) -> T:
        try:
            wait_s = next(work)
            while True:
                wait_s = work.send(self._link().receive(wait_s))
        except StopIteration as end:
            result: T = end.value
            return result

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Base):
    """The async twin of `Client`: the same names; a failure always raises (`bridge.torchcraft.errors`).

    One task at a time may use it. A cancelled call leaves it as a time-out does.

    Args:
        protocol: 30 (release 1.4.0) or 31 (develop).
    """

    def connect(
        self,
        hostname: str | None = None,
        port: int | str = DEFAULT_PORT,
        timeout: int = -1,
        *,
        file_socket: str | None = None,
    ) -> None:
        """Make ready to talk to a server; returns at once, whether or not one is there; as `Client.connect`.

        Raises:
            ConfigError: the host cannot be resolved, or an argument is wrong.
            TorchCraftError: there is a connection already.
        """
        self._connect(hostname, port, timeout, file_socket)

    async def init(
        self,
        window_size: tuple[int, int] = (-1, -1),
        window_pos: tuple[int, int] = (-1, -1),
        micro_battles: bool = False,
        *,
        initial_map: str = "",
        only_consider_types: Collection[int] = (),
    ) -> State:
        """Shake hands with the server; as `Client.init`.

        Raises:
            TorchCraftError: as listed in `bridge.torchcraft.errors`.
        """
        _check_window(window_size, window_pos)
        return await self._run(self._init(window_size, window_pos, micro_battles, initial_map, only_consider_types))

    async def send(self, commands: Iterable[Sequence[object]]) -> None:
        """Send commands, each `[code, number, ...]` or `[code, text, number, ...]`; never waits.

        Raises:
            CommandError: a command is not of that form; nothing was sent.
            TorchCraftError: an answer is owed, or there is no connection.
        """
        with self._kept_error():
            self._send(commands)

    async def recv(self) -> State:
        """Wait for the answer (to an empty list of commands, if none was sent) and return the state after it.

        Raises:
            TorchCraftError: as listed in `bridge.torchcraft.errors`.
        """
        return await self._run(self._recv())

    async def poll(self, timeout: int) -> bool:
        """Say whether an answer waits, or comes within `timeout` milliseconds."""
        deadline = Deadline.after(_seconds(timeout))
        with self._kept_error():
            transport = self._link()
        while not transport.has_answer(0):
            if deadline.has_passed():
                return False
            await transport.wait_async(min(deadline.remaining_s(), WATCH_S))
        return True

    def close(self) -> bool:
        """Close the connection, within a quarter of a second; False if there is none."""
        return self._close()

    async def _run(self, work: Waiting[T]) -> T:
        with self._kept_error():
            try:
                wait_s = next(work)
                while True:
                    wait_s = work.send(await self._link().receive_async(wait_s))
            except StopIteration as end:
                result: T = end.value
                return result

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _seconds(timeout_ms: int) -> float:
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


def _check_window(size: tuple[int, int], position: tuple[int, int]) -> None:
    if position[0] >= 0 and size[0] < 0:
        raise ConfigError(f"window_pos {position!r} without a window_size stops a real server; give both or neither")
