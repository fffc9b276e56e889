"""One client's websocket, the server's end: bytes in, messages to whoever answers them, bytes out.

The protocol is that of `websockets` (its layer without input and output); here is what moves the bytes. A library's
whole websocket hands a message from its reader to a task, through the event loop: that took a tenth of the price of a
step. Here what can be answered at once is answered in the call that has read it. Text frames may hold any bytes (PySC2
and SMAC send protobuf in them); nothing is compressed; answers are binary.

A client that waits for its answers sends one whole frame at a time, and such a frame is read without the protocol,
whose generators cost more than many an answer. The first bytes that are anything else, a part of a frame, two frames,
a ping, a mistake, are the protocol's, as is all that comes after them.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
import struct
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Protocol, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

try:
    from websockets.speedups import apply_mask
except ImportError:  # a system that the package has no compiled part for
    from websockets.utils import apply_mask

log = logging.getLogger(__name__)

MESSAGES: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
"""Kinds of frames that carry parts of messages; the protocol answers all others."""

WHOLE: Final = (0x80 | Opcode.TEXT, 0x80 | Opcode.BINARY)
"""First bytes of frames that are whole messages."""

MASKED: Final = 0x80
MASK_BYTES: Final = 4
TWO_BYTES, EIGHT_BYTES = 126, 127
"""Lengths that say that the length follows, over so many bytes; of longer ones `websockets` knows more."""

MOST_WAITING: Final = 256
"""Messages that a client may send ahead of their answers before it is not read from any more."""

GOODBYE_S: Final = 1.0
"""How long a client may take to close its end once ours has said that it closes."""


END_OF_HEAD: Final = b"\r\n\r\n"
"""What an HTTP request ends with; bytes behind it are of frames."""


def whole_message(data: bytes) -> bytes | None:
    """Return the message of a client's frame that is all of some bytes, and all of its message; None of others.

    Args:
        data: what was read from a connection where a frame may begin.

    Example:
        >>> whole_message(bytes((0x82, 0x81, 0, 0, 0, 0)) + b"a")
        b'a'
    """
    if len(data) < 2 or data[0] not in WHOLE:
        return None
    size, at = data[1] - MASKED, 2
    if size == TWO_BYTES:
        size, at = int.from_bytes(data[2:4], "big"), 4
    if size < 0 or size == EIGHT_BYTES or len(data) != at + MASK_BYTES + size:
        return None
    at += MASK_BYTES
    return apply_mask(data[at:], data[at - MASK_BYTES : at])


def head_of(size: int) -> bytes:
    """Return what stands before a binary message of the server's.

    Args:
        size: of the message, bytes.
    """
    first = 0x80 | Opcode.BINARY
    if size < TWO_BYTES:
        return bytes((first, size))
    if size < 1 << 16:
        return struct.pack("!BBH", first, TWO_BYTES, size)
    return struct.pack("!BBQ", first, EIGHT_BYTES, size)


class Answerer(Protocol):
    """What answers one client's messages."""

    @property
    def is_over(self) -> bool:
        """Whether the connection is to be closed after the last answer."""
        ...

    def answer_now(self, data: bytes) -> bytes | None:
        """Return the answer if nothing has to be waited for, else None: then `answer` is asked."""
        ...

    async def answer(self, data: bytes) -> bytes:
        """Return the answer."""
        ...

    async def close(self) -> None:
        """The client is gone."""
        ...


class Websocket(asyncio.Protocol):
    """One connection, from its HTTP request to its end."""

    def __init__(self, path: str, max_bytes: int, meet: Callable[[int], Answerer], gone: Callable[[Websocket], None]):
        """Wait for the client.

        Args:
            path: which it has to ask for.
            max_bytes: of a message, at most; 65535 or more.
            meet: called with the port that it came in by; returns who answers it.
            gone: called when all is over.
        """
        self._path = path
        self._meet = meet
        self._gone = gone
        self._protocol = ServerProtocol(max_size=max_bytes)
        self._transport: asyncio.Transport | None = None
        self._answerer: Answerer | None = None
        self._parts: list[bytes] = []
        self._waiting: collections.deque[bytes] = collections.deque()
        self._task: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._is_closing = False
        self._is_plain = False  # all since the handshake were whole frames, read without the protocol
        self.is_lost = asyncio.Event()
        """Set when the connection has ended and who answered it knows."""

    # --- asyncio's calls ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes: first of the HTTP request, then of frames."""
        if self._is_plain:
            message = whole_message(data)
            if message is not None:
                if not self._is_closing:
                    self._take_message(message)
                return
            self._is_plain = False
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
                self._is_plain = self._answerer is not None and data.endswith(END_OF_HEAD)
            elif isinstance(event, Frame) and event.opcode in MESSAGES and not self._is_closing:
                self._parts.append(bytes(event.data))
                if event.fin:
                    message = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
                    self._parts = []
                    self._take_message(message)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._is_closing = True
        self._waiting.clear()
        if self._deadline is not None:
            self._deadline.cancel()
        asyncio.get_running_loop().create_task(self._end(), name="sc2 client's end")

    def pause_writing(self) -> None:
        """The client does not read: nothing more is read from it."""
        self._transport_now.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if not self._is_closing:
            self._transport_now.resume_reading()

    # --- for the server ----------------------------------------------------------------------------------------------

    def close(self, code: int = CloseCode.NORMAL_CLOSURE) -> None:
        """Tell the client that the connection ends, and end it; idempotent.

        Args:
            code: why.
        """
        if self._is_closing:
            return
        if self._protocol.state is not State.OPEN:
            self._transport_now.close()
            return
        self._protocol.send_close(code)
        self._part()
        self._flush()

    def hang_up(self) -> None:
        """Close because the server leaves."""
        self.close(CloseCode.GOING_AWAY)

    def abort(self) -> None:
        """End the connection without waiting for what is not sent."""
        self._transport_now.abort()

    # --- the protocol ------------------------------------------------------------------------------------------------

    def _shake_hands(self, request: Request) -> None:
        """Answer the HTTP request."""
        if request.path.partition("?")[0] != self._path:
            response = self._protocol.reject(HTTPStatus.NOT_FOUND, f"nothing is here but {self._path}\n")
        else:
            response = self._protocol.accept(request)
        self._protocol.send_response(response)
        if self._protocol.state is State.OPEN:
            place = self._transport_now.get_extra_info("sockname")
            self._answerer = self._meet(place[1] if place else 0)

    def _flush(self) -> None:
        """Send what the protocol has to say; an empty part of it is the connection's end."""
        for data in self._protocol.data_to_send():
            if data:
                self._transport_now.write(data)
            else:
                self._part()
                self._transport_now.write_eof()

    def _part(self) -> None:
        """Answer nothing more; the client may read what was sent and say goodbye, then the transport ends by itself."""
        self._is_closing = True
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(GOODBYE_S, self._transport_now.close)

    # --- answers -----------------------------------------------------------------------------------------------------

    def _take_message(self, data: bytes) -> None:
        """Answer a message: now if that can be, else in a task, which those behind it wait for."""
        assert self._answerer is not None
        if self._task is None:
            answer = self._answerer.answer_now(data)
            if answer is not None:
                self._send(answer)
                return
            self._task = asyncio.get_running_loop().create_task(self._answer(data), name="sc2 request")
            return
        self._waiting.append(data)
        if len(self._waiting) == MOST_WAITING:
            self._transport_now.pause_reading()

    async def _answer(self, data: bytes) -> None:
        """Answer a message and those that have come meanwhile."""
        assert self._answerer is not None
        try:
            while True:
                self._send(await self._answerer.answer(data))
                if not self._waiting or self._is_closing:
                    break
                if len(self._waiting) == MOST_WAITING:
                    self._transport_now.resume_reading()
                data = self._waiting.popleft()
        except ConnectionError as error:
            log.info("a connection broke within a request: %s", error)
            self.close()
        except Exception:
            log.exception("a request was not answered")
            self.close(CloseCode.INTERNAL_ERROR)
        self._task = None

    def _send(self, answer: bytes) -> None:
        if self._is_closing:
            return
        if self._is_plain:
            self._transport_now.write(head_of(len(answer)) + answer)
        elif self._protocol.state is State.OPEN:  # else it has said goodbye since
            self._protocol.send_binary(answer)
            self._flush()
        if self._answerer is not None and self._answerer.is_over:
            self.close()

    async def _end(self) -> None:
        """Tell who answered, once nothing is under way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._answerer is not None:
            await self._answerer.close()
        self.is_lost.set()
        self._gone(self)

    @property
    def _transport_now(self) -> asyncio.Transport:
        assert self._transport is not None, "nobody has connected"
        return self._transport
