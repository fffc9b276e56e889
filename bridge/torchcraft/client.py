"""TorchCraft's client, without TorchCraft: `Client` with TorchCraft's names and manners, and its async twin.

Both are thin shells: all that is said and understood is in `Conversation`, all waiting in `ClientBase`, whose
generators are driven here with and without an event loop.

    connect() ──► init() ──► recv() ──► send() ──► recv() ──► ... ──► close()

A request owes an answer (REQ and REP alternate strictly). After a time-out the answer is still owed: `recv()` waits for
it again, `init()` gives it up and begins anew, which makes the server send a whole frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from bridge.deadline import Deadline
from bridge.torchcraft.client_base import WATCH_S, ClientBase, Waiting, check_window, seconds_of
from bridge.torchcraft.errors import CommandError, TorchCraftError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from bridge.torchcraft.state import State

T = TypeVar("T")

DEFAULT_PORT: Final = 11111


class Client(ClientBase):
    """A TorchCraft client with the manners of TorchCraft's own: None and False for failures, `error()` for the reason.

    What is more: time-outs leave it usable, `close` never hangs, a server that goes away is noticed, and what the
    server refused to do can be asked for (`refusals`). A time-out of -1 is ten minutes, not for ever.

    Args:
        protocol: 30 (release 1.4.0) or 31 (develop).
        has_server_ended: asked while it waits: True ends the wait, as no server will come back (who owns it knows).

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
        check_window(window_size, window_pos)
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
        self._error = ""
        try:
            self._send(commands)
        except TorchCraftError as error:
            self._error = str(error)
            if isinstance(error, CommandError):
                raise
            return False
        return True

    def recv(self) -> State:
        """Wait for the answer (to an empty list of commands, if none was sent) and return the state after it.

        Raises:
            NoAnswerError: none came in time; another `recv` waits for it again.
            TorchCraftError: as listed in `bridge.torchcraft.errors`; every one is a RuntimeError.
        """
        self._error = ""
        try:
            return self._run(self._recv())
        except TorchCraftError as error:
            self._error = str(error)
            raise type(error)(f"Receive failure: {error}") from error

    def poll(self, timeout: int) -> bool:
        """Say whether an answer waits, or comes within `timeout` milliseconds."""
        try:
            with self._kept_error():
                return self._link().has_answer(seconds_of(timeout))
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


class AsyncClient(ClientBase):
    """The async twin of `Client`: the same names; a failure always raises (`bridge.torchcraft.errors`).

    One task at a time may use it. A cancelled call leaves it as a time-out does.

    Args:
        protocol: 30 (release 1.4.0) or 31 (develop).
        has_server_ended: asked while it waits: True ends the wait, as no server will come back (who owns it knows).
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
        check_window(window_size, window_pos)
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
        deadline = Deadline.after(seconds_of(timeout))
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
