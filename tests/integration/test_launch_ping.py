"""The launcher's question and the server's answer: asked, then played as if nothing had been."""

from __future__ import annotations

import asyncio

import pytest

from bridge.deadline import Deadline
from bridge.errors import GameTimeoutError
from bridge.launch import LaunchedGame, TorchCraftPing, running_plan
from bridge.torchcraft.client import Client
from bridge.torchcraft.server_process import ServerProcess


@pytest.fixture
def server():
    """The embedded server on a free port; yields the port."""
    process = ServerProcess(["--scenario", "m5v5_c_far", "--port", "0"])
    try:
        ports = asyncio.run(process.wait_ports("server", Deadline.after(60.0)))
        yield ports[0][0]
    finally:
        process.close()


def test_server_answers_and_takes_the_clients_handshake_afterwards(server):
    with TorchCraftPing("127.0.0.1", server) as ping, LaunchedGame(running_plan("127.0.0.1", server)) as game:
        game.wait_ready(ping, Deadline.after(20.0))
        assert ping(0.0)

    client = Client()
    client.connect("127.0.0.1", server, timeout=60_000)
    try:
        client.init(micro_battles=True)
        assert client.state().map_name
    finally:
        client.close()


def test_port_without_a_server_is_not_ready():
    plan = running_plan("127.0.0.1", 1)

    with (
        TorchCraftPing(plan.host, plan.port) as ping,
        LaunchedGame(plan) as game,
        pytest.raises(GameTimeoutError, match=r"no answer on 127.0.0.1:1 within 0.2 s"),
    ):
        game.wait_ready(ping, Deadline.after(0.2))
