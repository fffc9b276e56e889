"""Sockets and the clock for hosts: one port per client, one thread for all.

To a client each port is ZeroMQ's REP. It is a ROUTER that speaks as REP does, because a REP socket whose client died
while it waited would serve nobody else. Here whoever shakes hands has the seat; what others say meanwhile is refused
and does not reach the match. Two clients of one game have a port each, as in the real game, where each player's program
has a server of its own.
"""

from __future__ import annotations

import contextlib
import errno
import math
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from bridge.errors import ConfigError
from bridge.stopsignals import StopSignals
from bridge.torchcraft.codec import WireError, decode_client, encode
from bridge.torchcraft.host import Host
from bridge.torchcraft.messages import Error, HandshakeClient

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

_MORE: Final = zmq.NOBLOCK | zmq.SNDMORE

NO_MESSAGE: Final = b"\xff"
"""What a request of several parts counts as: no message of the protocol."""

STRANGER: Final = "another client plays here; shake hands to take its seat"
IMPATIENT: Final = "the last request is not answered yet"


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
        self._client = [b""] * host.num_seats
        self._is_owed = [False] * host.num_seats

    def receive(self) -> None:
        """Take in what has arrived, and answer what can be answered."""
        for seat, socket in enumerate(self.sockets):
            try:
                client, *parts = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                continue
            if len(parts) >= 2 and not parts[0]:  # as a REQ socket sends it; a REP socket drops the rest, too
                self._take(seat, client, parts[1] if len(parts) == 2 else NO_MESSAGE)
        self._reply()

    def _take(self, seat: int, client: bytes, data: bytes) -> None:
        is_stranger = client != self._client[seat]
        if is_stranger or self._is_owed[seat]:
            is_taken = self._client[seat] != b""
            if is_taken and not _is_handshake(data):
                self._send(seat, client, encode(Error(message=STRANGER if is_stranger else IMPATIENT)))
                return
            self._client[seat] = client  # whoever shakes hands has the seat: the last one may be dead
        self._is_owed[seat] = True
        self.host.receive(seat, data)

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
            self._is_owed[seat] = False
            self._send(seat, self._client[seat], data)
            if self.host.is_free(seat):
                self._client[seat] = b""

    def _send(self, seat: int, client: bytes, data: bytes) -> None:
        """Send an answer; libzmq drops it if the client is gone or does not read."""
        socket = self.sockets[seat]
        with contextlib.suppress(zmq.Again):
            socket.send(client, _MORE)  # what `send_multipart` does, without its looks at each part
            socket.send(b"", _MORE)
            socket.send(data, zmq.NOBLOCK)


def _is_handshake(data: bytes) -> bool:
    try:
        return isinstance(decode_client(data)[0], HandshakeClient)
    except WireError:
        return False


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

    def serve(self, leave: Sequence[int], signals: StopSignals | None = None) -> None:
        """Answer clients and play frames, until one of some descriptors can be read or a stop signal comes.

        Args:
            leave: reading ends of pipes, or sockets.
            signals: Ctrl-C and SIGTERM; None if they are somebody else's.
        """
        for descriptor in leave:
            self._poller.register(descriptor, zmq.POLLIN)
        if signals is not None:
            self._poller.register(signals.descriptor, zmq.POLLIN)
        dues: dict[_Table, float | None] = {}
        while True:
            soonest = min((due for due in dues.values() if due is not None), default=None)
            timeout_ms = None if soonest is None else max(0, math.ceil((soonest - time.monotonic()) * 1000))
            events = dict(self._poller.poll(timeout_ms))
            if any(descriptor in events for descriptor in leave):
                return
            if signals is not None and signals.descriptor in events and signals.first() is not None:
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
            socket = self._context.socket(zmq.ROUTER)
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
