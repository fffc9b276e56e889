"""`python -m bridge.torchcraft.serve` as users run it: what it says, whom it serves, how it ends."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import zmq
from leaks import nothing_left
from patience import SOON_S
from programs import running
from wire_talk import make_host

from bridge.errors import ConfigError
from bridge.torchcraft import serve
from bridge.torchcraft.client import Client
from bridge.torchcraft.codec import decode_server, encode
from bridge.torchcraft.messages import CommandsMessage
from bridge.torchcraft.server import MAX_MESSAGE_BYTES, Server
from bridge.torchcraft.warmup import ensure_wire_compiled

pytestmark = pytest.mark.xdist_group("torchcraft")

REPOSITORY = Path(__file__).parents[2]
LIMIT_MS = 20_000
FRAME_MS = 5


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    ensure_wire_compiled()


@contextlib.contextmanager
def serving(*hosts):
    """Serve hosts from a thread; give the ports of each."""
    leave, end = os.pipe()
    with Server(hosts) as server:
        thread = threading.Thread(target=server.serve, args=([leave],))
        thread.start()
        try:
            yield server.ports
        finally:
            os.close(end)
            thread.join(SOON_S)
            os.close(leave)
            assert not thread.is_alive()


@contextlib.contextmanager
def client_of(port, **options):
    client = Client()
    client.connect("127.0.0.1", port, LIMIT_MS)
    assert client.init(**options) is not None, client.error()
    try:
        yield client
    finally:
        client.close()


def play(client, steps):
    for _ in range(steps):
        client.send([])
        state = client.recv()
    return state


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, serve.EXIT_INTERRUPTED), (signal.SIGTERM, 0)])
def test_command_line_says_where_it_listens_and_a_signal_ends_it(number, status):
    command = [sys.executable, "-m", "bridge.torchcraft.serve", "--port", "0", "--opponent", "closest", "--games", "2"]
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY) as process:
        said = [process.stdout.readline() for _ in range(4)]
        port = int(said[1].partition("localhost:")[2].split()[0])
        with client_of(port) as client:
            play(client, 3)

        process.send_signal(number)

        assert process.wait(SOON_S) == status
        assert process.stderr.read() == ""
    assert said[0] == "m5v5_c_far: 5 marines against 5 marines\n"
    assert "for player 0 (players: client, closest)" in said[2]
    assert said[3] == "waiting for a client; Ctrl-C ends it\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--scenario", "m5v5"], "unknown scenario 'm5v5'"),
        (["--opponent", "closet"], "--opponent 'closet': allowed: .*did you mean 'closest'"),
        (["--maps", "/nowhere"], "--maps /nowhere: no such folder"),
        (["--host", "256.0.0.1", "--port", "0"], "--host 256.0.0.1: cannot listen there"),
    ],
)
def test_users_mistakes_are_one_line_and_status_two(arguments, text, capsys, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the test's own handlers stay

    assert serve.main(arguments) == serve.EXIT_USAGE

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert re.search(text, lines[0])


def test_taken_port_is_named():
    with Server([make_host()]) as server:
        ((port,),) = server.ports
        with pytest.raises(ConfigError, match=f"--port {port}: in use"):
            Server([make_host()], port=port)


def test_two_clients_on_two_ports_play_each_other():
    with nothing_left(), serving(make_host(players=(None, None))) as (ports,), contextlib.ExitStack() as stack:
        assert len(set(ports)) == 2
        first, second = (stack.enter_context(client_of(port)) for port in ports)
        for _ in range(5):
            first.send([])
            second.send([])
            states = first.recv(), second.recv()

        assert states[0].frame_from_bwapi == states[1].frame_from_bwapi
        assert [state.player_id for state in states] == [0, 1]


def test_many_games_are_served_side_by_side():
    hosts = [make_host(seed=seed) for seed in range(3)]
    with nothing_left(), serving(*hosts) as ports, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client_of(port)) for (port,) in ports]
        for client in clients:
            client.send([[11, 5]])
        frames = [client.recv().battle_frame_count for client in clients]

    assert frames == [4, 4, 4]


def test_game_of_a_client_that_does_not_block_goes_on_by_the_clock():
    with nothing_left(), serving(make_host()) as ((port,),), client_of(port) as client:
        began = time.monotonic()
        client.send([[14, 0], [15, FRAME_MS]])
        before = after = client.recv().frame_from_bwapi
        while after - before < 10:  # what it asks between two answers is not what makes them
            time.sleep(0.1)
            client.send([])
            after = client.recv().frame_from_bwapi
        took_ms = 1000 * (time.monotonic() - began)

    assert after - before <= took_ms / FRAME_MS + 1


def test_speed_makes_frames_last():
    with nothing_left(), serving(make_host()) as ((port,),), client_of(port) as client:
        client.send([[6, 10]])
        client.recv()
        began = time.monotonic()
        play(client, 20)
        took_s = time.monotonic() - began

    assert took_s >= 0.19


def test_bad_clients_do_not_stop_the_next_one():
    rng = random.Random(3)
    with nothing_left(), serving(make_host()) as ((port,),):
        for data in (b"GET / HTTP/1.1\r\n\r\n", rng.randbytes(5000), b""):  # no ZeroMQ at all
            with socket.create_connection(("127.0.0.1", port), SOON_S) as raw:
                raw.sendall(data)
        with zmq.Context() as context:
            for kind, parts in (
                (zmq.REQ, [b"garbage"]),
                (zmq.REQ, [b"two", b"parts"]),
                (zmq.DEALER, [b"no envelope"]),
                (zmq.REQ, [bytes(MAX_MESSAGE_BYTES + 1)]),
                (zmq.REQ, [rng.randbytes(300)]),
            ):
                with context.socket(kind) as bad:
                    bad.linger = 0
                    bad.connect(f"tcp://127.0.0.1:{port}")
                    bad.send_multipart(parts)
                    bad.poll(200 if kind == zmq.REQ and len(parts[0]) < 1000 else 20)
        with client_of(port) as client:  # leaves in the middle of a match
            client.send([[11, 3]])
        with client_of(port, micro_battles=True) as client:
            assert len(play(client, 5).units[0]) == 5


def test_client_that_dies_waiting_is_replaced():
    with nothing_left(), serving(make_host()) as ((port,),):
        with client_of(port) as client:
            play(client, 2)
            client.send([[11, 1_000_000]])  # the answer is far away
        with client_of(port) as client:
            client.send([[11, 1]])
            assert client.recv().battle_frame_count > 2


def test_stranger_is_refused_and_does_not_disturb_the_match():
    with nothing_left(), serving(make_host()) as ((port,),), client_of(port) as client:
        frame = play(client, 2).frame_from_bwapi
        with zmq.Context() as context, context.socket(zmq.REQ) as stranger:
            stranger.linger = 0
            stranger.connect(f"tcp://127.0.0.1:{port}")
            for data in (b"garbage", encode(CommandsMessage())):
                stranger.send(data)
                assert stranger.poll(1000 * SOON_S)
                assert "another client plays here" in decode_server(stranger.recv()).message

        assert play(client, 1).frame_from_bwapi == frame + 1
