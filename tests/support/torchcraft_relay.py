"""A server process on the embedded engine, and before it a relay that keeps what the clients say."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import zmq
from patience import SOON_S

from bridge.deadline import Deadline
from bridge.torchcraft import codec
from bridge.torchcraft.server_process import ServerProcess

START_S = 100.0


@contextlib.contextmanager
def serving(*arguments):
    """Run `bridge.torchcraft.serve` on a free port; the body gets the port."""
    with serving_all(*arguments) as ports:
        yield ports[0]


@contextlib.contextmanager
def serving_all(*arguments):
    """Run `bridge.torchcraft.serve` on free ports; the body gets the first game's, one for each client."""
    process = ServerProcess(["--port", "0", *arguments])
    try:
        ports = asyncio.run(process.wait_ports("relayed", Deadline.after(START_S)))
        yield ports[0]
    finally:
        process.close()


class Relay:
    """Passes requests on to a server and answers back; `said` holds the requests, decoded, without their uid."""

    def __init__(self, port):
        self.said = []
        self._to = port
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(SOON_S)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()

    def _pass_on(self):
        with zmq.Context() as context, context.socket(zmq.REP) as front, context.socket(zmq.REQ) as back:
            for socket in (front, back):
                socket.linger = 0
                socket.setsockopt(zmq.IPV6, 1)
            self.port = front.bind_to_random_port("tcp://*")
            back.connect(f"tcp://localhost:{self._to}")
            self._ready.set()
            waits = front
            while not self._stop.is_set():
                if not waits.poll(20):
                    continue
                data = waits.recv()
                if waits is front:
                    self.said.append(codec.decode_client(data)[0])
                waits = back if waits is front else front
                waits.send(data)
