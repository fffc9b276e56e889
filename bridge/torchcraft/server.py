"""Sockets and the clock for hosts: one REP socket per client, one thread for all.

Two clients of one game have a port each: a REP socket cannot tell who asks, and in the real game, too, each player's
program has a server of its own.
"""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from bridge.errors import ConfigError
from bridge.torchcraft.host import Host

try:
    import zmq
except ImportError as error:  # pragma: no cover - the development environment has it
    raise ConfigError("TorchCraft's protocol needs pyzmq: pip install nydus-gym[torchcraft]") from error

LOCALHOST: Final = "localhost"

MAX_MESSAGE_BYTES: Final = 1 << 24
"""2,500 commands are some 100 KB; libzmq closes the connection of who sends more than this."""

MAX_FRAMES_AT_ONCE: Final = 64
"""Frames of one host that are played before others, and the sockets, have their turn."""

LINGER_MS: Final = 100
"""How long the last answers may take to leave when the server ends."""

NO_MESSAGE: Final = b"\xff"
"""What a request of several parts counts as: no message of the protocol."""


class _Table:
    """A host with its sockets.

    Attributes:
        host: the protocol.
        sockets: one per seat.
        ports: where they listen.
        played_s: when its last frame was played.
    """

    def __init__(self, host: Host, sockets: list[zmq.Socket[bytes]], ports: list[int]) -> None:
        self.host = host
        self.sockets = sockets
        self.ports = ports
        self.played_s = 0.0

    def receive(self) -> None:
        """Take in what has arrived, and answer what can be answered."""
        for seat, socket in enumerate(self.sockets):
            try:
                parts = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.ZMQError as error:
                if error.errno in (zmq.EAGAIN, zmq.EFSM):  # nothing there, or this client's answer is not due yet
                    continue
                raise
            self.host.receive(seat, parts[0] if len(parts) == 1 else NO_MESSAGE)
        self._reply()

    def play(self) -> float | None:
        """Play the frames that are due; return when the next one is, None if a client has to ask first."""
        host = self.host
        for _ in range(MAX_FRAMES_AT_ONCE):
            if not host.wants_frame():
                return None
            now = time.monotonic()
            due = self.played_s + max(host.frame_ms, host.patience_ms()) / 1000
            if now < due:
                return due
            self.played_s = now
            host.play_frame()
            self._reply()
        return time.monotonic()

    def _reply(self) -> None:
        for seat, data in self.host.take_replies():
            self.sockets[seat].send(data, zmq.NOBLOCK)  # to a client that is gone: dropped by libzmq


class Server:
    """Serves hosts until it is told to leave.

    Attributes:
        ports: per host, the port of each of its seats.
    """

    def __init__(self, hosts: Sequence[Host], *, address: str = LOCALHOST, port: int = 0) -> None:
        """Bind the sockets; clients that connect from now on are answered once `serve` runs.

        Args:
            hosts: what is served.
            address: of the interface; `localhost`, an IP address, or `*` for all.
            port: of the first host's first seat, the others follow; 0 takes any that are free.

        Raises:
            ConfigError: a port is taken, or there is no such interface.
        """
        self._context = zmq.Context()
        self._tables: list[_Table] = []
        self._table_of: dict[zmq.Socket[bytes], _Table] = {}
        self._poller = zmq.Poller()
        try:
            for host in hosts:
                self._open(host, address, port)
                port += host.num_seats if port else 0
        except BaseException:
            self.close()
            raise
        self.ports = [table.ports for table in self._tables]

    def serve(self, leave: int | None = None) -> None:
        """Answer clients and play frames, until a descriptor can be read.

        Args:
            leave: the reading end of a pipe; None serves until an exception (Ctrl-C) ends it.
        """
        if leave is not None:
            self._poller.register(leave, zmq.POLLIN)
        dues: dict[_Table, float | None] = {}
        while True:
            soonest = min((due for due in dues.values() if due is not None), default=None)
            timeout_ms = None if soonest is None else max(0, math.ceil((soonest - time.monotonic()) * 1000))
            events = dict(self._poller.poll(timeout_ms))
            if leave is not None and leave in events:
                return
            awake = {self._table_of[socket] for socket in events if socket in self._table_of}
            for table in awake:
                table.receive()
            now = time.monotonic()
            awake.update(table for table, due in dues.items() if due is not None and due <= now)
            for table in awake:
                dues[table] = table.play()

    def close(self) -> None:
        """Close the sockets; idempotent, bounded."""
        self._context.destroy(linger=LINGER_MS)

    def _open(self, host: Host, address: str, port: int) -> None:
        sockets: list[zmq.Socket[bytes]] = []
        ports: list[int] = []
        table = _Table(host, sockets, ports)
        for seat in range(host.num_seats):
            socket = self._context.socket(zmq.REP)
            socket.setsockopt(zmq.IPV6, 1)
            socket.setsockopt(zmq.LINGER, LINGER_MS)
            socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
            ports.append(_bind(socket, address, port + seat if port else 0))
            sockets.append(socket)
            self._table_of[socket] = table
            self._poller.register(socket, zmq.POLLIN)
        self._tables.append(table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _bind(socket: zmq.Socket[bytes], address: str, port: int) -> int:
    """Bind a socket and return its port."""
    first = "127.0.0.1" if address == LOCALHOST else f"[{address}]" if ":" in address else address
    try:
        socket.bind(f"tcp://{first}:{port or '*'}")
    except zmq.ZMQError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"--port {port}: in use; allowed: a free port, or 0 for any") from error
        raise ConfigError(f"--host {address}: cannot listen there ({error.strerror})") from error
    if address == LOCALHOST and port:
        try:
            socket.bind(f"tcp://[::1]:{port}")  # TorchCraft's client may take `localhost` for this one
        except zmq.ZMQError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConfigError(f"--port {port}: in use; allowed: a free port, or 0 for any") from error
    endpoint: bytes = socket.getsockopt(zmq.LAST_ENDPOINT)  # type: ignore[assignment]  # bytes for this option
    return int(endpoint.rstrip(b"\0").rpartition(b":")[2])
