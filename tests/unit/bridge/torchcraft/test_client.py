"""The two clients against a server that answers as told: answers, silence, garbage, hanging up."""

import asyncio
import contextlib
import logging
import socket as os_socket
import threading
import time

import numpy as np
import pytest
from leaks import nothing_left
from patience import SOON_S
from ports import free_port
from torchcraft_fake import HANG_UP, LAST_WORDS, SILENCE, ScriptedServer

from bridge.errors import ConfigError
from bridge.torchcraft import client_base, codec, errors
from bridge.torchcraft.client import AsyncClient, Client
from bridge.torchcraft.messages import (
    Command,
    CommandsMessage,
    EndGame,
    Error,
    HandshakeClient,
    HandshakeServer,
    PlayerLeft,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)
from bridge.torchcraft.transport import Transport

HELLO = codec.encode(HandshakeServer(lag_frames=3, map_name="golden.scm"))

WHOLE = codec.encode(StateUpdate(data=WireFrame(width=8, height=8), frame_from_bwapi=1))

DIFFERENCE = codec.encode(StateUpdate(data=WireFrameDiff(), frame_from_bwapi=2))

JUNK = b"\x07\x00\x00\x00junk"

SHORT_MS = 60

LONG_MS = 20_000


class Driver:
    """Drives `AsyncClient` as if it were synchronous, one event loop for its whole life."""

    def __init__(self, **options):
        self.runner = asyncio.Runner()
        self.client = AsyncClient(**options)

    def __getattr__(self, name):
        member = getattr(self.client, name)
        if not asyncio.iscoroutinefunction(member):
            return member
        return lambda *arguments, **options: self.runner.run(member(*arguments, **options))

    def close(self):
        try:
            return self.client.close()
        finally:
            self.runner.close()


@pytest.fixture(params=["sync", "async"])
def make(request):
    """Return a factory of clients; `init` returns None or raises, by kind."""
    with contextlib.ExitStack() as stack:

        def factory(port=None, timeout=LONG_MS, **options):
            made = Client(**options) if request.param == "sync" else Driver(**options)
            stack.callback(made.close)
            if port:
                made.connect("127.0.0.1", port, timeout)
            return made

        yield factory


def init_fails(client, kind, **options):
    """Assert that `init` fails in its client's manner; return the text."""
    if isinstance(client, Client):
        assert client.init(**options) is None
    else:
        with pytest.raises(kind):
            client.init(**options)
    return client.error()


def send_fails(client, commands=()):
    if isinstance(client, Client):
        assert client.send(list(commands)) is False
    else:
        with pytest.raises(errors.TorchCraftError):
            client.send(list(commands))
    return client.error()


# ------------------------------------------------------------------------------------------------------- talking


def test_client_talks_in_turns(make):
    with ScriptedServer(HELLO, WHOLE, DIFFERENCE) as server:
        client = make(server.port)
        state = client.init(window_size=(640, 480), window_pos=(1, 2), micro_battles=True, initial_map="a.scm")
        assert (state.lag_frames, state.map_name, state.waiting_for_restart) == (3, "golden.scm", True)
        client.send([[16, 5, 1, 7], [12, "b.scm", 0], [0]])
        assert client.recv() is state
        assert state.frame_from_bwapi == 1
        assert client.recv() is client.state()
        assert state.frame_from_bwapi == 2

    said, uids = zip(*map(codec.decode_client, server.requests), strict=True)
    assert said == (
        HandshakeClient(protocol=30, map="a.scm", window_size=(640, 480), window_pos=(1, 2), micro_mode=True),
        CommandsMessage(
            commands=(Command(code=16, args=(5, 1, 7)), Command(code=12, args=(0,), str="b.scm"), Command(code=0))
        ),
        CommandsMessage(),
    )
    assert len(set(uids)) == 1
    assert len(uids[0]) == 6


def test_each_connection_has_an_identity_of_its_own(make):
    with ScriptedServer(HELLO) as server:
        client = make(server.port)
        client.init()
        assert client.connected()
        Client.close(client) if isinstance(client, Client) else client.client.close()
        assert not client.connected()
        client.connect("127.0.0.1", server.port, LONG_MS)
        client.init()

    assert len({codec.decode_client(request)[1] for request in server.requests}) == 2


def test_develop_client_says_31(make):
    with ScriptedServer(HELLO) as server:
        make(server.port, protocol=31).init()

    assert codec.decode_client(server.requests[0])[0].protocol == 31


def test_second_send_is_refused_and_nothing_is_sent(make):
    with ScriptedServer(HELLO, WHOLE) as server:
        client = make(server.port)
        client.init()
        client.send([])

        assert send_fails(client) == "Attempt to perform successive sends"
        client.recv()

        assert client.error() == ""
        assert len(server.requests) == 2


@pytest.mark.parametrize("call", ["init", "recv", "send", "poll"])
def test_without_connection_each_call_says_so(make, call):
    client = make()

    if call == "init":
        text = init_fails(client, errors.NotConnectedError)
    elif call == "send":
        text = send_fails(client)
    elif call == "recv":
        with pytest.raises(errors.NotConnectedError, match="No active connection"):
            client.recv()
        text = client.error()
    elif isinstance(client, Client):
        assert client.poll(0) is False
        text = client.error()
    else:
        with pytest.raises(errors.NotConnectedError) as caught:
            client.poll(0)
        text = str(caught.value)

    assert text == "No active connection"
    assert client.close() is False


def test_second_connect_is_refused(make):
    with ScriptedServer(HELLO) as server:
        client = make(server.port)

        if isinstance(client, Client):
            assert client.connect("127.0.0.1", server.port) is False
            assert client.error() == "Active connection present"
        else:
            with pytest.raises(errors.TorchCraftError, match="Active connection present"):
                client.connect("127.0.0.1", server.port)


def test_poll_says_whether_an_answer_waits(make):
    gate = threading.Event()
    with ScriptedServer(HELLO, gate, WHOLE) as server:
        client = make(server.port)
        client.init()
        client.send([])

        assert client.poll(1) is False
        gate.set()
        assert client.poll(LONG_MS) is True
        assert client.recv().frame_from_bwapi == 1


def test_statuses_say_what_the_server_did_not_do(make):
    done = codec.encode(StateUpdate(commands_status=np.array([0, -3, 75], np.int8)))
    with ScriptedServer(HELLO, done) as server:
        client = make(server.port)
        client.init()
        client.send([[5], [12, "x.scm"], [16, 1, 4]])
        assert client.last_commands_status == []

        client.recv()

    assert client.last_commands_status == [0, -3, 75]
    assert client.refusals() == [
        (Command(code=12, str="x.scm"), "arguments are missing (-3)"),
        (Command(code=16, args=(1, 4)), "the engine refused: Insufficient_Minerals (75)"),
    ]


@pytest.mark.parametrize(
    "commands", [[[]], [[16, 1.5]], [["16"]], [[16, "x", "y"]], [[16, 1 << 31]], ["quit"], [[16, b"\xff"]]]
)
def test_bad_commands_are_refused_before_anything_is_sent(make, commands):
    with ScriptedServer(HELLO, WHOLE) as server:
        client = make(server.port)
        client.init()

        with pytest.raises(errors.CommandError, match="command 0"):
            client.send(commands)

        assert client.send([]) in (True, None)
        client.recv()
        assert len(server.requests) == 2


# ---------------------------------------------------------------------------------------------------- time-outs


def test_recv_after_a_timeout_waits_for_the_same_answer(make):
    gate = threading.Event()
    with ScriptedServer(HELLO, gate, WHOLE) as server:
        client = make(server.port)
        client.init()
        client.set_timeout(0.06)

        with pytest.raises(errors.NoAnswerError, match=r"no answer from tcp://127.0.0.1:\d+ in 0.06 s .*silent"):
            client.recv()
        assert send_fails(client) == "Attempt to perform successive sends"
        gate.set()

        assert client.poll(LONG_MS)
        assert client.recv().frame_from_bwapi == 1
        assert len(server.requests) == 2


def test_init_after_a_timeout_gives_the_late_answer_up(make):
    gate = threading.Event()
    with ScriptedServer(HELLO, gate, WHOLE, HELLO, WHOLE) as server:
        client = make(server.port)
        client.init()
        client.set_timeout(0.06)
        with pytest.raises(TimeoutError):
            client.recv()

        gate.set()
        client.set_timeout(20)
        state = client.init()

        assert state.map_name == "golden.scm"
        assert client.recv().frame_from_bwapi == 1


def test_init_without_a_server_says_that_nobody_listens(make):
    client = make(free_port(), SHORT_MS)

    started = time.monotonic()
    text = init_fails(client, errors.NoAnswerError)

    assert "nobody listens there" in text
    assert time.monotonic() - started < SOON_S


def test_init_finds_a_server_that_comes_later(make):
    port = free_port()
    client = make(port, SHORT_MS)
    init_fails(client, errors.NoAnswerError)

    with ScriptedServer(HELLO, port=port):
        client.set_timeout(20)
        assert client.init().lag_frames == 3


def test_client_says_that_something_else_listens(make):
    with os_socket.create_server(("127.0.0.1", 0)) as other:
        answer = threading.Thread(target=_talk_http, args=(other,), daemon=True)
        answer.start()
        client = make(other.getsockname()[1], 2000)

        text = init_fails(client, errors.NoAnswerError)
        answer.join(SOON_S)

    assert "no TorchCraft server" in text


def test_init_finds_the_server_that_takes_the_place_of_something_else(make):
    with os_socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = threading.Thread(target=_talk_http, args=(other,), daemon=True)
        answer.start()
        client = make(port)
        result = []
        thread = threading.Thread(target=lambda: result.append(client.init()))
        thread.start()
        answer.join(SOON_S)

    with ScriptedServer(HELLO, port=port):
        thread.join(SOON_S)

    assert result[0].lag_frames == 3


def _talk_http(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + bytes(64))


def test_long_wait_is_reported_once(make, caplog, monkeypatch):
    monkeypatch.setattr(client_base, "NOTICE_AFTER_S", 0.05)
    client = make(free_port(), 400)

    with caplog.at_level(logging.WARNING):
        init_fails(client, errors.NoAnswerError)

    assert len([record for record in caplog.records if "waiting for tcp://" in record.getMessage()]) == 1


def test_zero_does_not_wait(make):
    with ScriptedServer(HELLO, SILENCE) as server:
        client = make(server.port)
        client.init()
        client.set_timeout(0)

        with pytest.raises(errors.NoAnswerError):
            client.recv()


def test_close_with_an_undelivered_request_returns(make):
    client = make(free_port(), SHORT_MS)
    init_fails(client, errors.NoAnswerError)

    started = time.monotonic()
    client.close()

    assert time.monotonic() - started < SOON_S


def test_cancelled_recv_leaves_the_answer_to_the_next():
    gate = threading.Event()

    async def body(port):
        async with AsyncClient() as client:
            client.connect("127.0.0.1", port, LONG_MS)
            await client.init()
            task = asyncio.ensure_future(client.recv())
            while not client._talk.owes_answer:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            gate.set()
            return (await client.recv()).frame_from_bwapi

    with ScriptedServer(HELLO, gate, WHOLE) as server:
        assert asyncio.run(body(server.port)) == 1


# ------------------------------------------------------------------------------------------- servers that misbehave


def test_server_that_hangs_up_is_noticed_long_before_the_timeout(make):
    with ScriptedServer(HELLO, HANG_UP) as server:
        client = make(server.port)
        client.init()

        started = time.monotonic()
        with pytest.raises(errors.ConnectionLostError, match="closed the connection"):
            client.recv()

        assert time.monotonic() - started < LONG_MS / 2000


def test_server_that_has_gone_between_two_calls_is_noticed_long_before_the_timeout(make):
    with ScriptedServer(HELLO) as server:
        client = make(server.port)
        client.init()
    time.sleep(0.1)  # the link's end is noticed by another thread

    started = time.monotonic()
    with pytest.raises(errors.ConnectionLostError, match="closed the connection"):
        client.recv()

    assert time.monotonic() - started < LONG_MS / 2000


@pytest.mark.parametrize("answer", [SILENCE, HANG_UP])
def test_handshake_is_given_up_when_the_servers_owner_knows_that_it_has_ended(answer):
    async def body(port, server):
        async with AsyncClient(has_server_ended=lambda: bool(server.requests)) as client:
            client.connect("127.0.0.1", port, LONG_MS)
            await client.init()

    with ScriptedServer(answer) as server:
        started = time.monotonic()
        with pytest.raises(errors.ConnectionLostError, match="closed the connection"):
            asyncio.run(body(server.port, server))

        assert time.monotonic() - started < LONG_MS / 2000


def test_answer_that_comes_with_the_servers_end_is_not_lost(make, monkeypatch):
    blind = iter([True])

    def look_away_once(receive):
        return lambda transport, wait_s: None if next(blind, False) else receive(transport, wait_s)

    with ScriptedServer(HELLO, LAST_WORDS, codec.encode(EndGame(game_won=True))) as server:
        client = make(server.port)
        client.init()
        client.send([[0]])
        server.wait_closed()
        time.sleep(0.1)  # the link's end is noticed by another thread
        monkeypatch.setattr(Transport, "receive", look_away_once(Transport.receive))
        monkeypatch.setattr(Transport, "receive_async", _async(look_away_once(Transport.receive)))

        assert client.recv().game_won


def _async(function):
    async def call(*arguments):
        return function(*arguments)

    return call


def test_socket_that_takes_nothing_is_a_lost_connection():
    transport = Transport("127.0.0.1", free_port(), None)
    transport.send(b"a")

    with pytest.raises(errors.ConnectionLostError, match="nothing can be sent to tcp://127"):
        transport.send(b"b")  # REQ sends once per answer

    transport.close()


def test_init_talks_to_the_server_that_comes_after_the_lost_one(make):
    port = free_port()
    with ScriptedServer(HELLO, HANG_UP, port=port):
        client = make(port)
        client.init()
        with pytest.raises(errors.ConnectionLostError):
            client.recv()

    with ScriptedServer(HELLO, WHOLE, port=port):
        client.init()
        assert client.recv().frame_from_bwapi == 1


def test_handshake_is_said_again_when_the_server_restarts_meanwhile(make):
    port = free_port()
    client = make(port)

    with ScriptedServer(HANG_UP, port=port) as first:
        result = []
        thread = threading.Thread(target=lambda: result.append(client.init()))
        thread.start()
        first.wait_closed()
    with ScriptedServer(HELLO, port=port):
        thread.join(SOON_S)

    assert result[0].lag_frames == 3


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (codec.encode(Error(message="Wrong protocol version: 30")), errors.ServerRefusedError, "version: 30"),
        (codec.encode(Error()), errors.ServerRefusedError, "expected HandshakeServer, got Error"),
        (WHOLE, errors.BadReplyError, "Error parsing init reply: expected HandshakeServer, got StateUpdate"),
        (JUNK, errors.BadReplyError, "Error parsing init reply"),
        (b"", errors.BadReplyError, "Error parsing init reply"),
    ],
)
def test_init_says_what_the_answer_was(make, reply, kind, text):
    with ScriptedServer(reply, HELLO) as server:
        client = make(server.port)

        assert text in init_fails(client, kind)
        assert client.init().lag_frames == 3


@pytest.mark.parametrize("junk", [JUNK, b"", WHOLE[:-8], codec.encode(CommandsMessage(), "abc"), bytes(100)])
def test_bad_answer_is_an_error_and_the_client_goes_on(make, junk):
    with ScriptedServer(HELLO, junk, WHOLE) as server:
        client = make(server.port)
        state = client.init()

        with pytest.raises(errors.BadReplyError, match="Error parsing reply"):
            client.recv()
        assert (state.frame_from_bwapi, state.frame.width) == (0, 0)

        assert client.recv().frame.width == 8


def test_sync_recv_fails_as_torchcraft_does():
    with ScriptedServer(HELLO, JUNK) as server, Client() as client:
        client.connect("127.0.0.1", server.port, LONG_MS)
        client.init()

        with pytest.raises(RuntimeError, match=r"^Receive failure: Error parsing reply"):
            client.recv()


def test_differences_from_a_lost_frame_are_refused_until_a_whole_one_comes(make):
    with ScriptedServer(HELLO, WHOLE, JUNK, DIFFERENCE, HELLO, WHOLE, DIFFERENCE) as server:
        client = make(server.port)
        client.init()
        client.recv()
        with pytest.raises(errors.BadReplyError):
            client.recv()

        with pytest.raises(errors.FrameLostError, match=r"init\(\)"):
            client.recv()

        assert client.state().frame_from_bwapi == 1
        client.init()
        client.recv()
        assert client.recv().frame_from_bwapi == 2


def test_error_of_the_server_is_logged_by_protocol_30_and_raised_by_31(make, caplog):
    told = codec.encode(Error(message="Unexpected commands"))
    with ScriptedServer(HELLO, told) as server:
        old, new = make(server.port), make(server.port, protocol=31)
        old.init()
        with caplog.at_level(logging.WARNING):
            assert old.recv() is old.state()
        new.init() if isinstance(new, Client) else None

    assert "Unexpected commands" in caplog.text


def test_error_of_the_server_raises_by_protocol_31(make):
    with ScriptedServer(HELLO, codec.encode(Error(message="Unexpected commands"))) as server:
        client = make(server.port, protocol=31)
        client.init()

        with pytest.raises(errors.ServerRefusedError, match="Error from server: Unexpected commands"):
            client.recv()


def test_players_leaving_ends_and_new_matches_come_in_as_states(make):
    left, end = codec.encode(PlayerLeft(player_left="x")), codec.encode(EndGame(game_won=True))
    with ScriptedServer(HELLO, WHOLE, left, end, HELLO, WHOLE) as server:
        client = make(server.port)
        client.init()
        client.recv()
        assert client.recv().frame_from_bwapi == 1
        assert client.recv().game_ended
        assert not client.recv().game_ended
        assert client.recv().frame_from_bwapi == 1


# ------------------------------------------------------------------------------------------------ users' mistakes


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((None,), "hostname None"),
        (("",), "hostname ''"),
        (("no.such.host.invalid",), "cannot be resolved"),
        (("localhost", 0), "port 0: must be a number from 1 to 65535"),
        (("localhost", "x"), "port 'x'"),
        (("localhost", 11111, 1.5), "timeout 1.5"),
    ],
)
def test_connect_refuses_what_is_no_server(make, arguments, text):
    with pytest.raises(ConfigError, match=text):
        make().connect(*arguments)


def test_port_may_be_text():
    with ScriptedServer(HELLO) as server, Client() as client:
        assert client.connect("127.0.0.1", str(server.port), LONG_MS)
        assert client.init().lag_frames == 3


def test_unknown_protocol_is_refused():
    with pytest.raises(ConfigError, match="protocol 29: not one of 30, 31"):
        Client(protocol=29)


def test_window_position_alone_is_refused(make):
    with ScriptedServer(HELLO) as server, pytest.raises(ConfigError, match="without a window_size"):
        make(server.port).init(window_pos=(0, 0))


def test_localhost_finds_a_server_on_either_address(make):
    with ScriptedServer(HELLO, host="127.0.0.1") as server:
        client = make()
        client.connect("localhost", server.port, LONG_MS)
        assert client.init().lag_frames == 3


def test_unix_socket_of_develop_servers(make, tmp_path):
    import zmq

    path = tmp_path / "s"
    with zmq.Context() as context, context.socket(zmq.REP) as server:
        server.bind(f"ipc://{path}")
        thread = threading.Thread(target=lambda: (server.recv(), server.send(HELLO)), daemon=True)
        thread.start()
        client = make()
        client.connect(file_socket=str(path), timeout=LONG_MS)
        assert client.init().lag_frames == 3
        thread.join(SOON_S)


def test_clients_leave_nothing_behind():
    with ScriptedServer(HELLO, WHOLE, HELLO, WHOLE) as server, nothing_left():
        for made in (Client(), Driver()):
            made.connect("127.0.0.1", server.port, LONG_MS)
            made.init()
            made.recv()
            made.close()
