"""The server's end of a websocket: what a library's client says, and what only a broken or hostile one does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
import aiohttp

from bridge.sc2.serve import run
from bridge.sc2.websocket import Websocket

MASK = b"\x01\x02\x03\x04"
HEAD = (
    b"GET /sc2api HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MAX_BYTES = 1 << 20
RAISED = {b"slow broken": ConnectionResetError("gone"), b"slow bug": ZeroDivisionError("a mistake of ours")}


class Echo:
    """Answers `slow...` later and all else at once; `quit` is the last, `slow broken` and `slow bug` have no answer."""

    def __init__(self) -> None:
        self.is_over = False
        self.is_closed = False

    def answer_now(self, data: bytes) -> bytes | None:
        self.is_over = data == b"quit"
        return None if data.startswith(b"slow") else data

    async def answer(self, data: bytes) -> bytes:
        await asyncio.sleep(0.02 if data.startswith(b"slow") else 0)
        if data in RAISED:
            raise RAISED[data]
        return data

    async def close(self) -> None:
        self.is_closed = True


def frame(kind: int, data: bytes, *, is_last: bool = True, mask: bytes | None = MASK) -> bytes:
    size = len(data)
    length = bytes([size]) if size < 126 else b"\x7f" + size.to_bytes(8, "big")
    if 126 <= size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2, "big")
    if mask is None:
        return bytes([kind | (0x80 if is_last else 0)]) + length + data
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
    return bytes([kind | (0x80 if is_last else 0), length[0] | 0x80]) + length[1:] + mask + body


async def next_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, size = await reader.readexactly(2)
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    elif size == 127:
        size = int.from_bytes(await reader.readexactly(8), "big")
    return first & 0x0F, await reader.readexactly(size)


@pytest.fixture(params=["asyncio", "uvloop"], autouse=True)
def event_loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test on both event loops that a server may run on."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop", reason="there is none for this system")
    else:
        monkeypatch.setitem(sys.modules, "uvloop", None)  # importing it fails


def test_server_runs_on_the_loop_that_there_is(request: pytest.FixtureRequest) -> None:
    async def name() -> str:
        return type(asyncio.get_running_loop()).__module__.partition(".")[0]

    assert run(name()) == request.node.callspec.params["event_loops"]


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Any]]


def served(talk: Talk, head: bytes = HEAD) -> tuple[Any, Echo]:
    """Return what a raw client's talk gives, and who answered it, after both ends are closed."""

    async def serve() -> tuple[Any, Echo]:
        echo = Echo()
        ended = asyncio.Event()
        server = await asyncio.get_running_loop().create_server(
            lambda: Websocket("/sc2api", MAX_BYTES, lambda port: echo, lambda socket: ended.set()), "127.0.0.1", 0
        )
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            try:
                writer.write(head)
                result = await talk(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()
                server.close()
            await ended.wait()
        return result, echo

    return run(serve())


async def after_head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def test_handshake_is_that_of_the_rfc() -> None:
    said, echo = served(lambda reader, writer: after_head(reader))

    assert said.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in said
    assert echo.is_closed


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (HEAD.replace(b"/sc2api", b"/other"), b"404"),
        (HEAD.replace(b"Upgrade: WebSocket\r\n", b""), b"426"),
        (HEAD.replace(b"Sec-WebSocket-Key", b"Other"), b"400"),
    ],
)
def test_what_asks_for_no_websocket_is_refused(head: bytes, status: bytes) -> None:
    said, echo = served(lambda reader, writer: after_head(reader), head)

    assert said.startswith(b"HTTP/1.1 " + status)
    assert not echo.is_closed  # nobody was asked to answer


@pytest.mark.parametrize("head", [HEAD.replace(b"GET", b"POST"), b"nonsense\r\n\r\n", b"x" * 20_000])
def test_what_is_no_request_ends_the_connection(head: bytes) -> None:
    said, echo = served(lambda reader, writer: reader.read(), head)

    assert not said.startswith(b"HTTP/1.1 1")
    assert not echo.is_closed


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("kind", [1, 2])
def test_messages_of_every_length_and_kind_come_back_binary(size: int, kind: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bytes]:
        await after_head(reader)
        writer.write(frame(kind, data[:size]))
        return await next_frame(reader)

    assert served(talk)[0] == (2, data[:size])


def test_parts_pings_and_single_bytes_are_put_together() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[tuple[int, bytes]]:
        await after_head(reader)
        sent = frame(2, b"ab", is_last=False) + frame(9, b"there?") + frame(0, b"", is_last=False) + frame(0, b"cd")
        for byte in sent:
            writer.write(bytes([byte]))
            await writer.drain()
        return [await next_frame(reader), await next_frame(reader)]

    assert served(talk)[0] == [(10, b"there?"), (2, b"abcd")]


def test_whole_frames_may_come_before_and_after_others() -> None:
    asked = [b"1", b"2", b"3", b"4", b"slow 5", b"6"]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[tuple[int, bytes]]:
        await after_head(reader)
        found = []
        for at, data in enumerate(asked):
            sent = frame(2, data)
            if at == 2:
                writer.write(sent[:3])  # half of it: the protocol reads this one and all that come after it
                await asyncio.sleep(0.02)
                sent = sent[3:]
            if at == 4:
                sent = frame(9, b"there?") + sent
            writer.write(sent)
            found += [await next_frame(reader) for _ in range(1 + (at == 4))]
        return found

    told = [(2, data) for data in asked]
    assert served(talk)[0] == [*told[:4], (10, b"there?"), *told[4:]]


def test_an_answer_that_is_ready_after_the_goodbye_is_not_sent() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[int]:
        await after_head(reader)
        writer.write(frame(2, b"1"))
        first = await next_frame(reader)
        writer.write(frame(2, b"2") + frame(8, b"\x03\xe8"))
        return [first[0], (await next_frame(reader))[0]]

    assert served(talk)[0] == [2, 8]


def test_answers_keep_the_order_of_the_requests() -> None:
    wanted = [b"slow 1", b"2", b"slow 3", b"4"]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        await after_head(reader)
        writer.write(b"".join(frame(2, data) for data in wanted))
        return [(await next_frame(reader))[1] for _ in wanted]

    assert served(talk)[0] == wanted


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(2, b"a", mask=None), 1002),
        (frame(0, b"a"), 1002),
        (frame(2, b"a", is_last=False) + frame(2, b"b"), 1002),
        (frame(3, b"a"), 1002),
        (frame(0x42, b"a"), 1002),
        (frame(9, b"a" * 126), 1002),
        (b"\x82\xff" + (1 << 40).to_bytes(8, "big") + MASK, 1009),
        (frame(2, b"a" * (MAX_BYTES // 2), is_last=False) + frame(0, b"a" * (MAX_BYTES // 2 + 1)), 1009),
        (frame(8, b"\x03\xe8"), 1000),
        (frame(2, b"slow broken") + frame(2, b"next"), 1000),
        (frame(2, b"slow bug") + frame(2, b"next"), 1011),
    ],
    ids=[
        "unmasked",
        "continued",
        "within",
        "kind",
        "extension",
        "long ping",
        "huge",
        "huge in parts",
        "close",
        "broken",
        "bug",
    ],
)
def test_connection_is_closed_with_the_reason(sent: bytes, code: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bytes, bytes]:
        await after_head(reader)
        writer.write(sent)
        return *await next_frame(reader), await reader.read()

    (kind, reason, rest), echo = served(talk)

    assert (kind, rest) == (8, b"")
    assert reason[:2] == code.to_bytes(2, "big")
    assert echo.is_closed


def test_last_answer_is_sent_before_the_end() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[tuple[int, bytes]]:
        await after_head(reader)
        writer.write(frame(2, b"quit") + frame(2, b"too late"))
        return [await next_frame(reader), await next_frame(reader)]

    assert served(talk)[0] == [(2, b"quit"), (8, b"\x03\xe8")]


def test_client_that_is_gone_within_an_answer_is_told_of() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await after_head(reader)
        writer.write(frame(2, b"slow"))
        await writer.drain()

    assert served(talk)[1].is_closed


def test_a_library_s_client_talks_and_closes() -> None:
    async def talk() -> tuple[bytes, int | None]:
        server = await asyncio.get_running_loop().create_server(
            lambda: Websocket("/sc2api", MAX_BYTES, lambda port: Echo(), lambda socket: None), "127.0.0.1", 0
        )
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/sc2api"
        try:
            async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
                await socket.send_bytes(b"hello" * 1000)
                answer = await socket.receive_bytes()
            return answer, socket.close_code
        finally:
            server.close()

    assert run(talk()) == (b"hello" * 1000, 1000)
