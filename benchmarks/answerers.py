"""Children of the peers in `benchmarks.round_trips`: answer every message at once, with bytes of the wanted sizes.

A module of its own, so that a child imports nothing that its work does not need.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

ACTION_SIZE: Final = 8


OWNER_CHECK_S: Final = 0.5


def owned(work: Callable[..., None], *arguments: Any) -> None:
    """Do a child's work, and leave when the process that started it is gone.

    Args:
        work: one of the functions below.
        *arguments: of `work`.
    """
    owner = os.getppid()  # the fork server, which ends with whoever asked it for children

    def watch() -> None:
        while os.getppid() == owner:
            time.sleep(OWNER_CHECK_S)
        os._exit(1)

    threading.Thread(target=watch, name="owner", daemon=True).start()
    work(*arguments)


def answer_values(observation_bytes: int) -> tuple[Any, ...]:
    """Return what a child sends back: observation, mask, reward, terminated, truncated.

    Args:
        observation_bytes: bytes of the observation.
    """
    return (
        np.zeros((1, observation_bytes), np.uint8),
        np.zeros((1, ACTION_SIZE), np.bool_),
        np.zeros(1, np.float32),
        np.zeros(1, np.bool_),
        np.zeros(1, np.bool_),
    )


def answer_bytes(observation_bytes: int) -> bytes:
    """Return the same without pickling: all values in one piece.

    Args:
        observation_bytes: bytes of the observation.
    """
    return bytes(sum(value.nbytes for value in answer_values(observation_bytes)))


def answer_on_pipe(pipe: Any, observation_bytes: int) -> None:
    """Answer pickled messages until the other end is closed.

    Args:
        pipe: the child's end.
        observation_bytes: bytes of the observation.
    """
    values = answer_values(observation_bytes)
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.recv()
            pipe.send(values)


def answer_with_bytes(pipe: Any, observation_bytes: int) -> None:
    """Answer messages of bytes until the other end is closed.

    Args:
        pipe: the child's end.
        observation_bytes: bytes of the observation.
    """
    answer = answer_bytes(observation_bytes)
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.recv_bytes()
            pipe.send_bytes(answer)


def answer_on_queues(requests: Any, replies: Any, observation_bytes: int) -> None:
    """Answer queued messages until one is None.

    Args:
        requests: to the child.
        replies: from the child.
        observation_bytes: bytes of the observation.
    """
    values = answer_values(observation_bytes)
    while requests.get() is not None:
        replies.put(values)


def answer_on_zmq(address: str, observation_bytes: int) -> None:
    """Answer ZeroMQ messages until an empty one comes.

    Args:
        address: of the trainer's PAIR socket, `ipc://...`.
        observation_bytes: bytes of the observation.
    """
    import zmq

    answer = answer_bytes(observation_bytes)
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.connect(address)
        while socket.recv():
            socket.send(answer)
        socket.send(b"")


def burn() -> None:
    """Keep one core busy until killed."""
    while True:
        pass
