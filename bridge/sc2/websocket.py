"""One client's websocket, the server's end of RFC 6455: frames in, messages to whoever answers them, frames out.

A library's websocket hands a message from its reader to a task, through the event loop: that took a tenth of the price
of a step. Here what can be answered at once is answered in the call that has read it. Text frames may hold any bytes
(PySC2 and SMAC send protobuf in them); nothing is compressed; answers are binary.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import contextlib
import hashlib
import logging
from collections.abc import Callable
from typing import Final, Protocol, cast

log = logging.getLogger(__name__)

GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Of RFC 6455: what is hashed with a client's key."""

MAX_HEAD_BYTES: Final = 16 << 10
"""An HTTP request may be so long."""

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
"""Kinds of frames."""

FINAL: Final = 0x80
MASKED: Final = 0x80
LENGTH_16: Final = 126
LENGTH_64: Final = 127
MOST_CONTROL_BYTES: Final = 125

GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
TOO_BIG: Final = 1009
NORMAL: Final = 1000
"""Why a connection is closed."""

MOST_WAITING: Final = 256
"""Messages that a client may send ahead of their answers before it is not read from any more."""


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


class FrameError(Exception):
    """A frame that no client may send.

    Attributes:
        code: why the connection is closed.
    """

    def __init__(self, code: int, text: str) -> None:
        """Say what and why."""
        super().__init__(text)
        self.code = code


class Websocket(asyncio.Protocol):
    """One connection, from its HTTP request to its end."""

    def __init__(self, path: str, max_bytes: int, meet: Callable[[int], Answerer], gone: Callable[[Websocket], None]):
        """Wait for the client.

        Args:
            path: which it has to ask for.
            max_bytes: of a message, at most.
            meet: called with the port that it came in by; returns who answers it.
            gone: called when all is over.
        """
        self._path = path
        self._max_bytes = max_bytes
        self._meet = meet
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._answerer: Answerer | None = None
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._waiting: collections.deque[bytes] = collections.deque()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self.is_lost = asyncio.Event()
        """Set when the connection has ended and who answered it knows."""

    # --- asyncio's calls ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes: first of the HTTP request, then of frames."""
        if self._is_closing:
            return
        self._buffer += data
        if self._answerer is None and not self._shake_hands():
            return
        try:
            while not self._is_closing and (frame := self._next_frame()) is not None:
                self._take_frame(*frame)
        except FrameError as error:
            log.info("a client's frame was none: %s", error)
            self.close(error.code)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._is_closing = True
        self._waiting.clear()
        asyncio.get_running_loop().create_task(self._end(), name="sc2 client's end")

    def pause_writing(self) -> None:
        """The client does not read: nothing more is read from it."""
        self._transport_now.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if not self._is_closing:
            self._transport_now.resume_reading()

    # --- for the server ----------------------------------------------------------------------------------------------

    def close(self, code: int = NORMAL) -> None:
        """Tell the client that the connection ends, and end it; idempotent.

        Args:
            code: why.
        """
        if self._is_closing:
            return
        self._is_closing = True
        if self._answerer is not None:
            self._write(CLOSE, code.to_bytes(2, "big"))
        self._transport_now.close()

    def hang_up(self) -> None:
        """Close because the server leaves."""
        self.close(GOING_AWAY)

    def abort(self) -> None:
        """End the connection without waiting for what is not sent."""
        self._transport_now.abort()

    # --- the HTTP request --------------------------------------------------------------------------------------------

    def _shake_hands(self) -> bool:
        """Answer the HTTP request if all of it is there; say whether frames may follow."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                self._refuse("431 Request Header Fields Too Large")
            return False
        first, *lines = bytes(self._buffer[:end]).split(b"\r\n")
        del self._buffer[: end + 4]
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        words = first.split()
        key = fields.get(b"sec-websocket-key")
        if len(words) != 3 or words[0] != b"GET":
            self._refuse("400 Bad Request")
        elif words[1].partition(b"?")[0] != self._path.encode():
            self._refuse("404 Not Found")
        elif key is None or fields.get(b"upgrade", b"").lower() != b"websocket":
            self._refuse("400 Bad Request")
        else:
            accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
            self._transport_now.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            place = self._transport_now.get_extra_info("sockname")
            self._answerer = self._meet(place[1] if place else 0)
        return self._answerer is not None

    def _refuse(self, status: str) -> None:
        self._transport_now.write(
            f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode("ascii")
        )
        self.close()

    # --- frames ------------------------------------------------------------------------------------------------------

    def _next_frame(self) -> tuple[int, bool, bytes] | None:
        """Return kind, whether it is a message's last, and contents of the next frame; None until all of it is there.

        Raises:
            FrameError: no client may send it.
        """
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        if not second & MASKED:
            raise FrameError(PROTOCOL_ERROR, "a frame without a mask")
        if first & 0x70:
            raise FrameError(PROTOCOL_ERROR, "a frame of an extension that nobody has agreed on")
        length, at = second & 0x7F, 2
        if length == LENGTH_16:
            length, at = int.from_bytes(buffer[2:4], "big"), 4
        elif length == LENGTH_64:
            length, at = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < at + 4:
            return None
        if first & 0x08 and (length > MOST_CONTROL_BYTES or not first & FINAL):
            raise FrameError(PROTOCOL_ERROR, "a long control frame")
        if length > self._max_bytes:
            raise FrameError(TOO_BIG, f"a frame of {length} bytes")
        if len(buffer) < at + 4 + length:
            return None
        mask = bytes(buffer[at : at + 4])
        data = _unmasked(buffer[at + 4 : at + 4 + length], mask)
        del buffer[: at + 4 + length]
        return first & 0x0F, bool(first & FINAL), data

    def _take_frame(self, kind: int, is_last: bool, data: bytes) -> None:
        """Do what a frame asks for.

        Raises:
            FrameError: no client may send it here.
        """
        if kind == CLOSE:
            self.close(int.from_bytes(data[:2], "big") if len(data) >= 2 else NORMAL)
        elif kind == PING:
            self._write(PONG, data)
        elif kind in (TEXT, BINARY, CONTINUED):
            if (kind == CONTINUED) != bool(self._parts):
                raise FrameError(PROTOCOL_ERROR, "a message within another one")
            self._parts.append(data)
            if sum(map(len, self._parts)) > self._max_bytes:
                raise FrameError(TOO_BIG, "a message in too many parts")
            if is_last:
                message, self._parts = b"".join(self._parts), []
                self._take_message(message)
        elif kind != PONG:
            raise FrameError(PROTOCOL_ERROR, f"a frame of kind {kind}")

    def _write(self, kind: int, data: bytes) -> None:
        size = len(data)
        if size < LENGTH_16:
            head = bytes((FINAL | kind, size))
        elif size < 1 << 16:
            head = bytes((FINAL | kind, LENGTH_16)) + size.to_bytes(2, "big")
        else:
            head = bytes((FINAL | kind, LENGTH_64)) + size.to_bytes(8, "big")
        self._transport_now.write(head + data)

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
        while True:
            self._send(await self._answerer.answer(data))
            if not self._waiting or self._is_closing:
                break
            if len(self._waiting) == MOST_WAITING:
                self._transport_now.resume_reading()
            data = self._waiting.popleft()
        self._task = None

    def _send(self, answer: bytes) -> None:
        if self._is_closing:
            return
        self._write(BINARY, answer)
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


def _unmasked(data: bytes | bytearray, mask: bytes) -> bytes:
    """Return a frame's contents, each four bytes of which were changed by the mask."""
    size = len(data)
    whole_mask = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(whole_mask, "little")).to_bytes(size, "little")
