"""A client's socket: ZeroMQ's REQ over TCP (or a Unix socket), with what TorchCraft's own lacks.

The original's socket is dead after a time-out, hangs in `close()` while a request is undelivered, and waits for ever
for an answer that a stopped server owes. Here the link is watched (`look`), a request can be given up by `reopen`, and
`close` lingers for a bounded time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket as os_socket
import time
from typing import TYPE_CHECKING, Final

from bridge.errors import ConfigError
from bridge.torchcraft.errors import ConnectionLostError

try:
    import zmq
    import zmq.asyncio
    from zmq.utils.monitor import parse_monitor_message
except ImportError as error:  # pragma: no cover - the development environment has it
    raise ConfigError("TorchCraft's protocol needs pyzmq: pip install nydus-gym[torchcraft]") from error

if TYPE_CHECKING:
    from collections.abc import Callable

LINGER_MS: Final = 250
"""How long a closed client may still deliver its last message (a `quit`); libzmq's default is for ever."""

RECONNECT_MS: Final = 50
RECONNECT_MAX_MS: Final = 500
"""How soon libzmq looks again for a server that is not there yet."""

MAX_MESSAGE_BYTES: Final = 1 << 28
"""Larger messages close the connection: a map and 10,000 units are a few megabytes, an image of 8K 132 MB."""

_EVENTS: Final = zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED


class Transport:
    """One connection to one server.

    Attributes:
        endpoint: as the user named it, `tcp://host:port`, for messages.
    """

    def __init__(self, hostname: str, port: int, file_socket: str | None) -> None:
        """Open the socket; returns at once, whether or not a server is there.

        Raises:
            ConfigError: the host cannot be resolved, or the address is none.
        """
        if file_socket is not None:
            self.endpoint = f"ipc://{file_socket}"
            self._addresses = [self.endpoint]
        else:
            self.endpoint = f"tcp://{hostname}:{port}"
            self._addresses = _resolve(hostname, port)
        self._was_up = False
        self._is_alien = False
        self._context = zmq.Context()
        try:
            self._open()
        except BaseException:
            self._context.destroy(linger=0)
            raise

    def _open(self) -> None:
        self._socket = self._context.socket(zmq.REQ)
        self._monitor: zmq.Socket[bytes] | None = None
        self._waiter: zmq.asyncio.Socket | None = None
        self._timeout_ms = -1
        self._was_asked = False
        self._is_up = False
        self.is_lost = False
        for option, value in (
            (zmq.IPV6, 1),
            (zmq.LINGER, LINGER_MS),
            (zmq.RECONNECT_IVL, RECONNECT_MS),
            (zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS),
            (zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES),
        ):
            self._socket.setsockopt(option, value)
        self._monitor = self._socket.get_monitor_socket(_EVENTS)
        try:
            self._socket.connect(self._addresses[0])
        except zmq.ZMQError as error:
            raise ConfigError(f"{self.endpoint}: no address to connect to ({error.strerror})") from error

    def reopen(self) -> None:
        """Give up an answer that is owed, with a fresh socket; a host with several addresses gets its next one."""
        self._close_socket(linger_ms=0)
        self._addresses = [*self._addresses[1:], self._addresses[0]]
        self._open()

    def needs_other_socket(self) -> bool:
        """Say whether no server is connected, and this socket may never find one.

        It knows one address of the host only, and libzmq gives up for good on who speaks another protocol.
        """
        return not self._is_up and (len(self._addresses) > 1 or self._is_alien)

    def close(self) -> None:
        """Close; returns within `LINGER_MS`."""
        self._close_socket(linger_ms=LINGER_MS)
        self._context.term()

    def _close_socket(self, linger_ms: int) -> None:
        if self._monitor is not None:
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
        if self._waiter is not None:
            # The shadow has the same underlying socket; it also has to leave its event loop.
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._waiter.close(linger=linger_ms)
        self._socket.close(linger=linger_ms)

    def send(self, data: bytes) -> None:
        """Send a request; returns at once.

        Raises:
            ConnectionLostError: the server has gone since it was connected, or the socket does not take it.
        """
        self.look()
        if self.is_lost and not self._is_up:
            raise ConnectionLostError(f"the server at {self.endpoint} closed the connection")
        self.is_lost = False
        try:
            self._socket.send(data, zmq.NOBLOCK)
        except zmq.ZMQError as error:
            raise ConnectionLostError(f"nothing can be sent to {self.endpoint} ({error.strerror})") from error
        self._was_asked = True

    def try_receive(self) -> bytes | None:
        """Return the answer if it is there."""
        if not self._was_asked:
            return None
        try:
            answer = self._socket.recv(zmq.NOBLOCK)
        except zmq.Again:
            return None
        self._was_asked = False
        return answer

    def receive(self, wait_s: float) -> bytes | None:
        """Return the answer, None when there is none within `wait_s` seconds."""
        if not self._was_asked:
            time.sleep(wait_s)
            return None
        timeout_ms = _milliseconds(wait_s)
        if timeout_ms != self._timeout_ms:
            self._socket.setsockopt(zmq.RCVTIMEO, timeout_ms)
            self._timeout_ms = timeout_ms
        try:
            answer = self._socket.recv()
        except zmq.Again:
            return None
        self._was_asked = False
        return answer

    async def receive_async(self, wait_s: float) -> bytes | None:
        """Return the answer, None when there is none within `wait_s` seconds; other tasks run meanwhile."""
        await self.wait_async(wait_s)
        return self.try_receive()

    async def wait_async(self, wait_s: float) -> None:
        """Wait until an answer is there, for at most `wait_s` seconds."""
        if not self._was_asked:
            await asyncio.sleep(wait_s)
            return
        if self._waiter is None:
            self._waiter = zmq.asyncio.Socket.shadow(self._socket.underlying)
        await self._waiter.poll(_milliseconds(wait_s))

    def has_answer(self, wait_s: float) -> bool:
        """Say whether an answer waits, or comes within `wait_s` seconds."""
        return bool(self._socket.poll(_milliseconds(wait_s)))

    def look(self) -> None:
        """Take note of what has become of the link."""
        assert self._monitor is not None
        while int(self._monitor.getsockopt(zmq.EVENTS)) & zmq.POLLIN:  # a raised `Again` costs ten times as much
            event = parse_monitor_message(self._monitor.recv_multipart())["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._is_up = self._was_up = True
                self._is_alien = False
            elif event == zmq.EVENT_CONNECTED:
                self._is_alien = True  # until it shakes hands in ZeroMQ's way, which a server does at once
            elif self._is_up:
                self._is_up = False
                self.is_lost = True

    def describe(self) -> str:
        """Say in words what the other end does, for the message of a time-out."""
        self.look()
        if self._is_up:
            return "a server is there, but silent; a paused game sends nothing"
        if self._is_alien:
            return "something listens there that is no TorchCraft server"
        return "the server is gone" if self._was_up else "nobody listens there"


def _milliseconds(wait_s: float) -> int:
    return max(0, math.ceil(wait_s * 1000))


def _resolve(hostname: str, port: int, resolver: Callable[..., list[tuple[object, ...]]] | None = None) -> list[str]:
    """Return ZeroMQ addresses for a host, in the order of the system's preference.

    libzmq tries one address only: `localhost` may be `::1` there while the server listens on `127.0.0.1`.
    """
    find = resolver or os_socket.getaddrinfo
    try:
        found = find(hostname, port, 0, os_socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"hostname {hostname!r}: cannot be resolved ({reason})") from error
    addresses = []
    for family, *_, address in found:
        host = str(address[0])  # type: ignore[index]
        shown = f"tcp://[{host}]:{port}" if family == os_socket.AF_INET6 else f"tcp://{host}:{port}"
        if shown not in addresses:
            addresses.append(shown)
    return addresses
