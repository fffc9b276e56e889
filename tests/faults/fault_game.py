"""The toy game with one planted fault: what goes wrong, when, and only once (a marker file remembers)."""

from __future__ import annotations

import asyncio
import ctypes
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import time
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import toy_game

_is_starting = True


def _boot():
    """What the launcher sent to this process: the fault code speaks on the game's own lines."""
    return json.loads(sys.argv[1])


def raises():
    raise ValueError("boom")


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def stuck():
    """Hangs with the event loop blocked."""
    time.sleep(1000)


def holds_the_lock():
    """Hangs in foreign code with the interpreter's lock held: no thread of this process can do anything."""
    ctypes.PyDLL(None).pause()


def exits_0():
    os._exit(0)


def ignores_sigterm():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1000)


def fills_log():
    for _ in range(300):
        os.write(2, b"noise " * 10_000 + b"\n")
    print("the last line", flush=True)
    raise ValueError("boom")


def garbage_on_socket():
    os.write(_boot()["socket"], b"\xff" * 64)
    time.sleep(1000)


def garbage():
    """Bytes where the channel's answer belongs: the turn's word, or the reply queue."""
    boot = _boot()
    if boot["channel"] == "shm":
        memory = memoryview(mmap.mmap(boot["block"], os.fstat(boot["block"]).st_size)).cast("Q")
        memory[boot["index"] * 32 + 16] = 0xDEADBEEF
        os.write(boot["trainer_bell"], bytes([1, 0, 0, 0, 0, 0, 0, 0]))
    else:
        _, replies = ForkingPickler.loads(bytes.fromhex(boot["queues"]))
        replies.put("garbage")
    time.sleep(1000)


def truncated():
    """Half a message, and then nothing: where the answer belongs if that is a queue, and on the socket otherwise."""
    boot = _boot()
    half = struct.pack("!I", 500) + b'{"type": "rea'
    if boot["channel"] == "shm" or _is_starting:
        os.write(boot["socket"], half)
    else:
        _, replies = ForkingPickler.loads(bytes.fromhex(boot["queues"]))
        os.write(replies._writer.fileno(), half)
    time.sleep(1000)


def slow():
    """Late, but within the deadline: no fault."""
    time.sleep(0.2)


FAULTS = {
    function.__name__: function
    for function in (
        raises,
        killed,
        stopped,
        stuck,
        holds_the_lock,
        exits_0,
        ignores_sigterm,
        fills_log,
        garbage_on_socket,
        garbage,
        truncated,
        slow,
    )
}
"""`silent` and `dies_in_startup` are missing: one awaits and so lives in the session, the other in the factory."""


class FaultSession(toy_game.ToySession):
    def __init__(self, spec):
        super().__init__(spec.num_games, spec.num_seats)
        self.params = dict(spec.backend_params)
        self.needs_loop = self.params.get("at") == "idle"  # something that may go wrong between the calls
        if self.params.get("family"):
            start_descendants(Path(self.params["family"]))

    def due(self, moment):
        if self.params["fault"] == "dies_in_startup" or self.params["at"] != moment:
            return False
        return is_first(self.params["marker"])

    async def suffer(self, moment):
        if not self.due(moment):
            return
        if self.params["fault"] == "silent":
            await asyncio.sleep(1000)
        elif self.params["fault"] in FAULTS:
            FAULTS[self.params["fault"]]()

    async def start(self, rows, seeds):
        await self.suffer("reset")
        return await super().start(rows, seeds)

    async def step(self, commands, frames):
        await self.suffer("step")
        if self.due("idle"):
            asyncio.get_running_loop().call_later(0.05, self.suffer_idle)
        return await super().step(commands, frames)

    def suffer_idle(self):
        Path(self.params["marker"] + ".effect").touch()
        FAULTS[self.params["fault"]]()

    async def close(self):
        await self.suffer("close")


def is_first(marker):
    """Say True to whoever asks first about a marker file."""
    try:
        Path(marker).open("x").close()
    except FileExistsError:
        return False
    return True


def start_descendants(folder):
    """Start a child and a grandchild that would live on, and write their numbers."""
    child = subprocess.Popen(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    grandchild = child.stdout.readline().strip()
    (folder / str(os.getpid())).write_text(f"{child.pid} {grandchild}")


def descendants(folder):
    """Return the process numbers that all games' `start_descendants` wrote."""
    return [int(pid) for file in folder.iterdir() for pid in file.read_text().split()]


def make_session(spec):
    global _is_starting
    params = spec.backend_params
    if params["fault"] == "dies_in_startup":
        # At "start" the first process dies, otherwise the one that is started after the first was lost.
        launch = 1 if params["at"] == "start" else 2
        if (not is_first(f"{params['marker']}.launched") or launch == 1) and is_first(params["marker"]):
            print("the map cannot be opened", flush=True)
            os._exit(7)
    elif params["at"] == "start" and is_first(params["marker"]):
        FAULTS.get(params["fault"], stuck)()
    _is_starting = False
    return FaultSession(spec)


def fault_spec(fault, at, marker, **changes):
    params = {"fault": fault, "at": at, "marker": str(marker), **changes.pop("params", {})}
    return toy_game.toy_spec(backend="fault_game:make_session", backend_params=params, **changes)
