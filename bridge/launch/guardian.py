"""The process between the owner and foreign programs: it starts them, tells how they end, and leaves nothing of them.

Wine's server detaches itself from whoever started it, launchers start the game and end, a game may ignore SIGTERM. So
the guardian adopts every orphan among its descendants, and when it is told to stop, or its owner is gone, it ends all
of them by the ladder. It is told by a pipe: whose other end only the owner holds, and whose end of file is the order.

    guardian -> owner    one JSON object a line: {"started": name, "pid": n}, {"failed": name, "error": text},
                         {"ended": name, "status": n}
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import psutil

from bridge.platform import adopt_descendants

LOOK_S: Final = 0.05
"""How often it looks for programs that have ended, and for its owner."""

LAST_S: Final = 0.6
"""How long the last program (`wineserver -k`) may take."""

TERM_S: Final = 0.5
"""How long programs may take to end on SIGTERM."""

KILL_S: Final = 0.6
"""How long it goes on killing: what is killed may just have started something. With the two above it stays below what
`bridge.game.ladder` allows to a process that is asked, of the 5 s of a close."""


class Guardian:
    """Owner of some foreign programs."""

    def __init__(self, boot: dict[str, Any]) -> None:
        """Prepare.

        Args:
            boot: `programs` and `last` (name, arguments, folder, environment of each), `owner` (process id), `alive`
                and `report` (descriptors).
        """
        self._boot = boot
        self._running: dict[int, tuple[str, subprocess.Popen[bytes]]] = {}
        self._groups: list[int] = []
        self._is_asked = False
        self._has_adopted = adopt_descendants()
        signal.signal(signal.SIGTERM, self._take_order)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(self) -> int:
        """Start everything, wait for the order to stop, stop everything; return how many processes are left."""
        for program in self._boot["programs"]:
            if not self._start(program):
                break
        poll = select.poll()
        poll.register(self._boot["alive"], select.POLLIN)
        while not self._is_asked and os.getppid() == self._boot["owner"] and not poll.poll(LOOK_S * 1000):
            self._reap()
        return self._stop()

    def _take_order(self, number: int, frame: object) -> None:
        self._is_asked = True

    def _report(self, **message: Any) -> None:
        with contextlib.suppress(OSError):  # the owner is gone: then so are we, soon
            os.write(self._boot["report"], json.dumps(message).encode() + b"\n")

    def _start(self, program: dict[str, Any]) -> bool:
        try:
            started = subprocess.Popen(  # noqa: S603 - an argument list of `bridge.launch.plan`, no shell
                program["arguments"],
                cwd=program["folder"],
                env={**os.environ, **program["environment"]},
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        except OSError as error:
            self._report(failed=program["name"], error=str(error))
            return False
        self._running[started.pid] = (program["name"], started)
        self._groups.append(started.pid)
        self._report(started=program["name"], pid=started.pid)
        return True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._running:
                name, popen = self._running.pop(pid)
                popen.returncode = os.waitstatus_to_exitcode(status)
                self._report(ended=name, status=popen.returncode)

    def _left(self) -> list[psutil.Process]:
        self._reap()
        found = []
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def _stop(self) -> int:
        last = self._boot["last"]
        if last is not None and self._groups and shutil.which(last["arguments"][0]):
            self._start(last)
            self._wait_until(lambda: all(name != last["name"] for name, _ in self._running.values()), LAST_S)
        self._signal(signal.SIGTERM)
        self._wait_until(lambda: not self._is_anything_left(), TERM_S)
        until = time.monotonic() + KILL_S
        while self._is_anything_left() and time.monotonic() < until:
            self._signal(signal.SIGKILL)
            time.sleep(0.005)
        return len(self._left())

    def _is_anything_left(self) -> bool:
        return bool(self._left() or (not self._has_adopted and self._running))

    def _wait_until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        while not condition() and time.monotonic() < until:
            time.sleep(0.005)
            self._reap()

    def _signal(self, number: signal.Signals) -> None:
        for process in self._left():
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
                if number == signal.SIGTERM:
                    process.send_signal(signal.SIGCONT)  # a stopped process takes no other signal
        if not self._has_adopted:
            for group in self._groups:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, number)


def main() -> None:
    """Run a guardian; does not return. The last argument is its boot message."""
    sys.exit(1 if Guardian(json.loads(sys.argv[-1])).run() else 0)
