"""What a game process does: build session and task, say hello, then play turn by turn in an asyncio loop.

It imports neither the trainer's `__main__` nor torch. It leaves when it is asked to, when the trainer is gone, or when
its own code raises; the exception travels as data.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, Final

from bridge.errors import GameFailedError
from bridge.game.messages import MAX_TEXT_CHARS, PROTOCOL_VERSION, pack, specs_to_json
from bridge.game.serve import SEND_TIMEOUT_S, QueueServer, Server, ShmServer, Trainer
from bridge.platform import die_with_owner
from bridge.runner import Runner
from bridge.spec import GameSpec, make_session, make_task, rules_hash

PARENT_CHECK_S: Final = 0.5
"""How often the process looks whether its parent is still the trainer: a fork of the trainer may hold the pipe open."""


def watch_owner(descriptor: int, trainer_pid: int) -> None:
    """End this process group when the trainer is gone; runs in a thread of its own, for ever.

    Args:
        descriptor: reading end of the liveness pipe.
        trainer_pid: the process that must stay our parent.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while not poll.poll(PARENT_CHECK_S * 1000) and os.getppid() == trainer_pid:
        pass
    end_group()


def end_group() -> None:
    """End this process and all that it started: there is no trainer left to do so."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def build_runner(spec: GameSpec) -> Runner:
    """Build session, task and the runner that joins them.

    Args:
        spec: what is played.
    """
    return Runner(
        make_session(spec),
        make_task(spec),
        spec.autoreset,
        num_seats=spec.num_seats,
        frame_skip=spec.frame_skip,
        export_frame=spec.export_frame,
    )


async def play(boot: dict[str, Any], sock: socket.socket) -> int:
    """Say hello, attach, serve, close; return the exit status.

    Args:
        boot: what the launcher sent.
        sock: to the trainer.
    """
    trainer = Trainer(sock, boot["bell"], boot["trainer_bell"])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, trainer.leave)
    spec = GameSpec.from_json(boot["spec"])
    server: Server = ShmServer(boot) if boot["channel"] == "shm" else QueueServer(boot)
    runner = build_runner(spec)
    try:
        arrays = specs_to_json(runner.specs)
        trainer.send(pack("hello", protocol=PROTOCOL_VERSION, pid=os.getpid(), rules=rules_hash(spec), arrays=arrays))
        attach = await trainer.receive()
        if attach is not None:
            await server.serve(trainer, runner, attach)
    except Exception as error:
        report(sock, error, runner.frame)
        return 1
    finally:
        with contextlib.suppress(Exception):  # the session's games are in our process group: they end with us
            await runner.close()
    if trainer.is_gone:
        end_group()
    return 0


def report(sock: socket.socket, error: BaseException, frame: int) -> None:
    """Tell the trainer why this process ends.

    Args:
        sock: to the trainer.
        error: the reason.
        frame: last frame number, -1 if none.
    """
    sock.setblocking(True)
    sock.settimeout(SEND_TIMEOUT_S)
    trace = "".join(traceback.format_exception(error))
    sys.stderr.write(trace)
    said, log = str(error), ""
    if isinstance(error, GameFailedError):  # the session's word about what it plays on: that one's log tells why
        said, log, frame = error.detail, error.log_tail, max(frame, error.frame)
        trace = "" if log else trace
    with contextlib.suppress(OSError):
        sock.sendall(
            pack(
                "failure",
                error=type(error).__name__,
                text=said[-MAX_TEXT_CHARS:],
                traceback=trace[-MAX_TEXT_CHARS:],
                log=log[-MAX_TEXT_CHARS:],
                frame=frame,
            )
        )


def main(boot: dict[str, Any]) -> None:
    """Run a game process; does not return.

    Args:
        boot: what the launcher sent.
    """
    die_with_owner(boot["alive"])
    threading.Thread(target=watch_owner, args=(boot["alive"], boot["trainer"]), name="owner", daemon=True).start()
    sock = socket.socket(fileno=boot["socket"])
    status = 1
    try:
        status = asyncio.run(play(boot, sock))
    except BaseException as error:
        report(sock, error, -1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # threads that still wait for a queue must not hold the process
