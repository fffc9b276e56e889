"""Contestants of the group "round trips": what it costs to hand a step's arrays to another process and back.

The bridge's channels carry the step of a game in which nothing happens. Beside them stands what multiprocessing offers
as it comes: a child that answers each message at once, with arrays of the same sizes, without deadlines, without
ownership, without a word about a death.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import numpy as np

from benchmarks.measure import Contestant, Run, rate_of
from bridge.noop import noop_spec
from bridge.pool import ChannelKind, GamePool

GROUP: Final = "no-op round trips/s"

OBSERVATION_BYTES: Final = 256
ACTION_SIZE: Final = 8

BATCH: Final = 50
"""Round trips between two looks at the clock."""

STOP_TIMEOUT_S: Final = 10.0

SHM, QUEUE, PLAIN_QUEUES, PLAIN_PIPE = "shm channel", "queue channel", "plain two Queues", "plain Pipe"


def contestants() -> list[Contestant]:
    """Return the three channels and their three peers."""
    return [
        Contestant(group=GROUP, name="local channel", open=lambda: _channel("local")),
        Contestant(group=GROUP, name=SHM, open=lambda: _channel("shm")),
        Contestant(group=GROUP, name=QUEUE, open=lambda: _channel("queue")),
        Contestant(group=GROUP, name=PLAIN_PIPE, open=_plain_pipe),
        Contestant(group=GROUP, name="plain Pipe, raw bytes", open=_plain_bytes),
        Contestant(group=GROUP, name=PLAIN_QUEUES, open=_plain_queues),
    ]


@contextlib.contextmanager
def _channel(kind: str) -> Iterator[Run]:
    spec = noop_spec(task_params={"observation_bytes": OBSERVATION_BYTES, "action_size": ACTION_SIZE})
    with GamePool(spec, channel=cast("ChannelKind", kind)) as pool:
        pool.reset(seeds=np.zeros(pool.rows, np.uint64))
        yield lambda seconds: rate_of(lambda: _many(pool.step), seconds)


def _many(step: Callable[[], object]) -> int:
    for _ in range(BATCH):
        step()
    return BATCH


def answer_values() -> tuple[Any, ...]:
    """Return what a child sends back: observation, mask, reward, terminated, truncated."""
    return (
        np.zeros((1, OBSERVATION_BYTES), np.uint8),
        np.zeros((1, ACTION_SIZE), np.bool_),
        np.zeros(1, np.float32),
        np.zeros(1, np.bool_),
        np.zeros(1, np.bool_),
    )


def answer_on_pipe(pipe: Any) -> None:
    """Answer pickled messages until the other end is closed.

    Args:
        pipe: the child's end.
    """
    values = answer_values()
    with contextlib.suppress(EOFError):
        while True:
            pipe.recv()
            pipe.send(values)


def answer_with_bytes(pipe: Any) -> None:
    """Answer messages of bytes until the other end is closed.

    Args:
        pipe: the child's end.
    """
    answer = bytes(sum(value.nbytes for value in answer_values()))
    with contextlib.suppress(EOFError):
        while True:
            pipe.recv_bytes()
            pipe.send_bytes(answer)


def answer_on_queues(requests: Any, replies: Any) -> None:
    """Answer queued messages until one is None.

    Args:
        requests: to the child.
        replies: from the child.
    """
    values = answer_values()
    while requests.get() is not None:
        replies.put(values)


@contextlib.contextmanager
def _child(target: Callable[..., None], *arguments: Any) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.join(STOP_TIMEOUT_S)
        if process.is_alive():
            process.kill()
            process.join(STOP_TIMEOUT_S)
        process.close()


@contextlib.contextmanager
def _plain_pipe() -> Iterator[Run]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    action = np.zeros((1, ACTION_SIZE), np.int32)

    def step() -> None:
        ours.send(action)
        ours.recv()

    with _child(answer_on_pipe, theirs), contextlib.closing(ours):
        theirs.close()
        yield lambda seconds: rate_of(lambda: _many(step), seconds)


@contextlib.contextmanager
def _plain_bytes() -> Iterator[Run]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    action = np.zeros((1, ACTION_SIZE), np.int32)

    def step() -> None:
        ours.send_bytes(action.data)
        ours.recv_bytes()

    with _child(answer_with_bytes, theirs), contextlib.closing(ours):
        theirs.close()
        yield lambda seconds: rate_of(lambda: _many(step), seconds)


@contextlib.contextmanager
def _plain_queues() -> Iterator[Run]:
    context = multiprocessing.get_context("spawn")
    requests, replies = context.Queue(), context.Queue()
    action = np.zeros((1, ACTION_SIZE), np.int32)

    def step() -> None:
        requests.put(action)
        replies.get()

    with _child(answer_on_queues, requests, replies):
        try:
            yield lambda seconds: rate_of(lambda: _many(step), seconds)
        finally:
            requests.put(None)
            requests.close()
            replies.close()
