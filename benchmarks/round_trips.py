"""Contestants of `bench_bridge`: what it costs to hand a step's arrays to other processes and back.

The bridge's channels carry the step of a game in which nothing happens. Beside them stands what a user would take
otherwise: multiprocessing's queues and pipes and ZeroMQ as they come, with a child that answers each message at once
with arrays of the same sizes (no deadlines, no ownership, no word about a death), and the vector envs of Gymnasium and
SB3 over an env in which nothing happens. All of them ask every process before they await the first answer. One round
trip is one process asked and answered, whatever number of games it plays.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from benchmarks import answerers
from benchmarks.answerers import ACTION_SIZE
from benchmarks.measure import Contestant, Run, rate_of
from bridge.noop import noop_spec
from bridge.parts import ChannelKind
from bridge.pool import GamePool

SHM, QUEUE = "shm channel", "queue channel"
SHM_MANY: Final = "shm channel, 16 games each"
QUEUES, SIMPLE_QUEUES, PIPE, RAW_PIPE = "two mp.Queues", "two SimpleQueues", "mp.Pipe", "mp.Pipe, raw bytes"
ZMQ, ASYNC_ENV, SUBPROC_ENV = "pyzmq ipc", "Gymnasium AsyncVectorEnv", "SB3 SubprocVecEnv"

MANY_GAMES: Final = 16

BATCH: Final = 20
"""Steps between two looks at the clock."""

STOP_TIMEOUT_S: Final = 10.0

START: Final = "forkserver"
"""How the peers' children start: SB3's own default. Only the time to get ready depends on it, and `PRELOADED` keeps
that short: 16 fresh interpreters that import what an env needs take half a minute of two cores."""

PRELOADED: Final = (
    "benchmarks.answerers",
    "benchmarks.idle_env",
    "gymnasium.vector",
    "stable_baselines3.common.vec_env",
)

Step = Callable[[], object]
Open = Callable[[int, int], AbstractContextManager[Step]]
"""Of the observation's bytes and the number of processes."""


def size_text(num_bytes: int) -> str:
    """Return the words for a size.

    Args:
        num_bytes: of one observation.
    """
    return f"{num_bytes} B" if num_bytes < 1024 else f"{num_bytes // 1024} KB"


def processes_text(count: int) -> str:
    """Return the words for a number of processes.

    Args:
        count: at least 1.
    """
    return "1 process" if count == 1 else f"{count} processes"


def trips_group(observation_bytes: int, num_processes: int, *, is_busy: bool = False) -> str:
    """Return the name of a group.

    Args:
        observation_bytes: of one row.
        num_processes: beside the trainer.
        is_busy: whether other programs want every core.
    """
    name = f"round trips/s, {size_text(observation_bytes)}, {processes_text(num_processes)}"
    return f"{name}, every core busy" if is_busy else name


def contestants(sizes: Sequence[int], processes: Sequence[int], names: Sequence[str] | None = None) -> list[Contestant]:
    """Return the contestants of all these groups.

    Args:
        sizes: bytes of one observation.
        processes: numbers of processes.
        names: which contestants; None takes all.
    """
    return [
        Contestant(group=trips_group(size, count), name=name, open=functools.partial(_measured, name, size, count))
        for size in sizes
        for count in processes
        for name in WAYS
        if names is None or name in names
    ]


def busy_contestants(size: int, processes: Sequence[int], num_burners: int) -> list[Contestant]:
    """Return those whose groups are measured while other programs keep every core busy.

    Args:
        size: bytes of one observation.
        processes: numbers of processes.
        num_burners: programs that do nothing but burn.
    """
    return [
        Contestant(
            group=trips_group(size, count, is_busy=True),
            name=name,
            open=functools.partial(_measured, name, size, count, num_burners),
        )
        for count in processes
        for name in (SHM, PIPE, RAW_PIPE)
    ]


@contextlib.contextmanager
def _measured(name: str, size: int, count: int, num_burners: int = 0) -> Iterator[Run]:
    multiprocessing.set_forkserver_preload(list(PRELOADED))
    with contextlib.ExitStack() as stack:
        step = stack.enter_context(WAYS[name](size, count))
        for _ in range(num_burners):
            stack.enter_context(_child(answerers.burn))
        yield lambda seconds: rate_of(lambda: _many(step, count), seconds)


def _many(step: Step, num_processes: int) -> int:
    for _ in range(BATCH):
        step()
    return BATCH * num_processes


# --- ours ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _channel(kind: str, games_each: int, size: int, count: int) -> Iterator[Step]:
    spec = noop_spec(task_params={"observation_bytes": size, "action_size": ACTION_SIZE})
    channel = cast("ChannelKind", kind)
    with GamePool(spec, num_games=games_each * count, num_processes=count, channel=channel) as pool:
        pool.reset(seeds=np.zeros(pool.rows, np.uint64))
        yield pool.step


# --- beside them -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _child(work: Callable[..., None], *arguments: Any) -> Iterator[None]:
    context = multiprocessing.get_context(START)
    process = context.Process(target=answerers.owned, args=(work, *arguments), daemon=True)
    process.start()
    try:
        yield
    finally:
        if work is answerers.burn:
            process.kill()
        process.join(STOP_TIMEOUT_S)
        if process.is_alive():
            process.kill()
            process.join(STOP_TIMEOUT_S)
        process.close()


@contextlib.contextmanager
def _queues(make: str, size: int, count: int) -> Iterator[Step]:
    context = multiprocessing.get_context(START)
    pairs = [(getattr(context, make)(), getattr(context, make)()) for _ in range(count)]
    action = np.zeros((1, ACTION_SIZE), np.int32)

    def step() -> None:
        for requests, _ in pairs:
            requests.put(action)
        for _, replies in pairs:
            replies.get()

    with contextlib.ExitStack() as stack:
        for pair in pairs:
            stack.enter_context(_child(answerers.answer_on_queues, *pair, size))
        try:
            yield step
        finally:
            for requests, replies in pairs:
                requests.put(None)
                requests.close()
                replies.close()


@contextlib.contextmanager
def _pipes(*, is_raw: bool, size: int, count: int) -> Iterator[Step]:
    action = np.zeros((1, ACTION_SIZE), np.int32)
    with contextlib.ExitStack() as stack:
        pipes = []
        for _ in range(count):
            ours, theirs = multiprocessing.get_context(START).Pipe()
            work = answerers.answer_with_bytes if is_raw else answerers.answer_on_pipe
            stack.enter_context(_child(work, theirs, size))
            stack.callback(ours.close)
            theirs.close()
            pipes.append(ours)

        def step() -> None:
            for pipe in pipes:
                pipe.send(action)
            for pipe in pipes:
                pipe.recv()

        def raw_step() -> None:
            for pipe in pipes:
                pipe.send_bytes(action.data)
            for pipe in pipes:
                pipe.recv_bytes()

        yield raw_step if is_raw else step


@contextlib.contextmanager
def _zmq(size: int, count: int) -> Iterator[Step]:
    import zmq

    action = np.zeros((1, ACTION_SIZE), np.int32)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nydus-bench-")))
        context = stack.enter_context(zmq.Context())
        sockets = []
        for index in range(count):
            address = f"ipc://{folder / str(index)}"
            stack.enter_context(_child(answerers.answer_on_zmq, address, size))
            socket = stack.enter_context(context.socket(zmq.PAIR))
            socket.setsockopt(zmq.LINGER, 0)
            socket.bind(address)
            sockets.append(socket)

        def step() -> None:
            for socket in sockets:
                socket.send(action.data)
            for socket in sockets:
                socket.recv()

        def leave() -> None:
            for socket in sockets:
                socket.send(b"")
            for socket in sockets:
                socket.recv()

        stack.callback(leave)
        yield step


@contextlib.contextmanager
def _async_env(size: int, count: int) -> Iterator[Step]:
    from gymnasium.vector import AsyncVectorEnv

    from benchmarks.idle_env import IdleEnv

    envs = AsyncVectorEnv([functools.partial(IdleEnv, size)] * count, shared_memory=True, context=START)
    with contextlib.closing(envs):
        envs.reset(seed=0)
        action = envs.action_space.sample()
        yield lambda: envs.step(action)


@contextlib.contextmanager
def _subproc_env(size: int, count: int) -> Iterator[Step]:
    from stable_baselines3.common.vec_env import SubprocVecEnv

    from benchmarks.idle_env import IdleEnv

    envs = SubprocVecEnv([functools.partial(IdleEnv, size) for _ in range(count)], start_method=START)
    with contextlib.closing(envs):
        envs.reset()
        action = np.zeros((count, ACTION_SIZE), np.int64)
        yield lambda: envs.step(action)


WAYS: Final[dict[str, Open]] = {
    SHM: functools.partial(_channel, "shm", 1),
    SHM_MANY: functools.partial(_channel, "shm", MANY_GAMES),
    QUEUE: functools.partial(_channel, "queue", 1),
    RAW_PIPE: lambda size, count: _pipes(is_raw=True, size=size, count=count),
    PIPE: lambda size, count: _pipes(is_raw=False, size=size, count=count),
    SIMPLE_QUEUES: functools.partial(_queues, "SimpleQueue"),
    QUEUES: functools.partial(_queues, "Queue"),
    ZMQ: _zmq,
    ASYNC_ENV: _async_env,
    SUBPROC_ENV: _subproc_env,
}
"""How each of them is opened."""
