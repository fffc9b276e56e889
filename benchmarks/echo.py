"""The child of the bare echo: answers each request with as many bytes as it was told; imports ZeroMQ and no more."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Final

import zmq

LOOK_MS: Final = 500
"""How often a child that nobody asks looks whether its owner is still there."""


def answer(owner: Connection, num_bytes: int) -> None:
    """Tell the owner the port, then answer until terminated, or until the owner is gone.

    Args:
        owner: a pipe; its end means that nobody will ask any more.
        num_bytes: of each answer.
    """
    data = bytes(num_bytes)
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        owner.send(socket.bind_to_random_port("tcp://127.0.0.1"))
        socket.setsockopt(zmq.RCVTIMEO, LOOK_MS)
        while not owner.poll():  # whose end is closed can be read
            try:
                while True:
                    socket.recv()
                    socket.send(data)
            except zmq.Again:
                continue
