"""Full steps over TCP loopback: commands for five marines, one frame of the engine, its difference, the client's state.

A server process plays m5v5_c_far battle after battle; the client tells each of its marines something in every step, as
TorchCraft's own example does, and reads the state. The same loop runs on TorchCraft's own client where that is
installed (`import torchcraft`). `bare echo` is what ZeroMQ alone takes: REQ and REP, a request and an answer as long as
the usual ones, another process that does nothing but answer. 1 / steps - 1 / echoes is the time of a step that is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import zmq

from benchmarks import echo
from benchmarks.measure import Contestant, Run, rate_of
from bridge.deadline import Deadline
from bridge.torchcraft import constants
from bridge.torchcraft.client import Client
from bridge.torchcraft.server_process import ServerProcess
from bridge.torchcraft.warmup import ensure_wire_compiled

GROUP: Final = "full steps over tcp, 5 v 5, steps/s"
OURS, ORIGINAL, ECHO = "nydus client", "torchcraft client", "bare echo"

WANTED_STEPS: Final = 5000.0

START_S: Final = 60.0

REQUEST_BYTES: Final = 400
ANSWER_BYTES: Final = 1400
"""Lengths of usual messages: five commands; a difference of ten units (`len` of both, in the middle of a battle)."""

_COMMANDS: Final = constants.ENUMS["commands"]
_KINDS: Final = constants.ENUMS["unitcommandtypes"]


def contestants() -> list[Contestant]:
    """Return our client, TorchCraft's where it is installed, and ZeroMQ alone."""
    found = [
        Contestant(group=GROUP, name=OURS, open=lambda: _opened(Client)),
        Contestant(group=GROUP, name=ECHO, open=_echoed),
    ]
    if importlib.util.find_spec("torchcraft") is not None:
        found.append(Contestant(group=GROUP, name=ORIGINAL, open=lambda: _opened(_original_client)))
    return found


def _original_client() -> Any:
    import torchcraft

    return torchcraft.Client()


@contextlib.contextmanager
def _opened(make_client: Callable[[], Any]) -> Iterator[Run]:
    ensure_wire_compiled()
    server = ServerProcess(["--scenario", "m5v5_c_far", "--opponent", "noop", "--port", "0"])
    try:
        ((port,),) = asyncio.run(server.wait_ports("benchmark", Deadline.after(START_S)))
        client = make_client()
        client.connect("127.0.0.1", port)
        state = client.init(micro_battles=True)
        assert state is not None, client.error()
        client.send([[_COMMANDS["set_speed"], 0]])
        state = client.recv()

        def step() -> int:
            client.send(_orders(state))
            client.recv()
            return 1

        yield lambda seconds: rate_of(step, seconds)
        client.close()
    finally:
        server.close()


@contextlib.contextmanager
def _echoed() -> Iterator[Run]:
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    child = processes.Process(target=echo.answer, args=(theirs, ANSWER_BYTES), daemon=True)
    child.start()
    theirs.close()
    try:
        with ours, zmq.Context() as context, context.socket(zmq.REQ) as socket:
            if not ours.poll(START_S):
                raise TimeoutError(f"the echo does not listen after {START_S:g} s")
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RCVTIMEO, int(1000 * START_S))
            socket.connect(f"tcp://127.0.0.1:{ours.recv()}")
            request = bytes(REQUEST_BYTES)

            def trip() -> int:
                socket.send(request)
                socket.recv()
                return 1

            yield lambda seconds: rate_of(trip, seconds)
    finally:
        child.terminate()
        child.join()


def _orders(state: Any) -> Sequence[Sequence[int]]:
    units = state.units
    enemies = units.get(1)
    if not enemies:
        return ()
    target = enemies[0].id
    code, kind = _COMMANDS["command_unit_protected"], _KINDS["Attack_Unit"]
    return [[code, unit.id, kind, target] for unit in units.get(0, ())]
