"""The embedded server as a child process: launched by a session, gone with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameTimeoutError
from bridge.platform import exit_text, has_ended, require_processes

LOG_TAIL_BYTES: Final = 4000
"""How much of the server's log an error carries."""

LOOK_S: Final = 0.05
"""How often a wait looks whether the server is still there."""

KILL_S: Final = 1.0
"""How long the server may take to leave when its owner's pipe has closed."""

END_S: Final = 2.0
"""How long a server that has closed its connections may take to end: an interpreter with numba takes a while."""

_BOOTSTRAP: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv.pop(1)); "
    "from bridge.platform import die_with_owner; die_with_owner(int(sys.argv.pop(1))); "
    "from bridge.torchcraft.serve import main; sys.exit(main(sys.argv[1:]))"
)
"""`-c` instead of `-m`: the module path must be the owner's before the first import.

The owner's end is watched from then on: a server that hangs in its start-up must not outlive a game that is killed.
"""


class ServerProcess:
    """Owner of one server process.

    It leads a process group of its own and holds the reading end of a pipe whose other end only the owner has: when
    that closes, by whatever end the owner comes to, the server leaves, on Linux killed by the kernel.

    Attributes:
        pid: process id.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        """Launch it; returns without waiting for it.

        Args:
            arguments: of `bridge.torchcraft.serve`, as a list.

        Raises:
            ConfigError: there are no game processes on this system.
        """
        require_processes()
        self._log: IO[bytes] = tempfile.TemporaryFile(prefix="nydus-server-", buffering=0)  # noqa: SIM115 - `close`
        alive, self._liveness = os.pipe()
        self._report, report = os.pipe()
        os.set_blocking(self._report, False)
        self._said = b""
        path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
        private = ["--owner-fd", str(alive), "--report-fd", str(report)]
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [sys.executable, "-c", _BOOTSTRAP, path, str(alive), *arguments, *private],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=(alive, report),
                process_group=0,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
            )
        except BaseException:
            self._release()
            raise
        finally:
            os.close(alive)
            os.close(report)
        self.pid = self._popen.pid

    async def wait_ports(self, name: str, deadline: Deadline) -> list[list[int]]:
        """Wait until the server listens; return the ports of each game's seats.

        Args:
            name: of the game, for messages.
            deadline: when to give up.

        Raises:
            GameCrashedError: it has ended instead.
            GameTimeoutError: it does not listen in time.
        """
        while b"\n" not in self._said:
            with contextlib.suppress(BlockingIOError):
                self._said += os.read(self._report, 1 << 16)
            if b"\n" in self._said:
                break
            how = self.exit_text()
            if how is not None:
                raise GameCrashedError(name, self.pid, -1, f"the TorchCraft server {how}", "", self.log_tail())
            if deadline.has_passed():
                detail = f"the TorchCraft server does not listen after {deadline.timeout_s:.1f} s"
                raise GameTimeoutError(name, self.pid, -1, detail, "", self.log_tail())
            await asyncio.sleep(LOOK_S)
        ports: list[list[int]] = json.loads(self._said.partition(b"\n")[0])["ports"]
        return ports

    async def wait_end(self) -> None:
        """Give a server that closed its connections the time to end, so that its exit status can be told."""
        deadline = Deadline.after(END_S)
        while self.exit_text() is None and not deadline.has_passed():
            await asyncio.sleep(LOOK_S)

    def exit_text(self) -> str | None:
        """Return how the server ended, None while it runs."""
        status = self._popen.poll()
        return None if status is None else exit_text(status)

    def log_tail(self) -> str:
        """Return the last lines that the server wrote."""
        if self._log.closed:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), LOG_TAIL_BYTES, max(0, size - LOG_TAIL_BYTES)).decode(errors="replace")

    def close(self) -> None:
        """End the server and all it started; idempotent, bounded."""
        if self._liveness < 0:
            return
        os.close(self._liveness)
        self._liveness = -1
        until = time.monotonic() + KILL_S
        while self._popen.returncode is None and not has_ended(self.pid) and time.monotonic() < until:
            time.sleep(0.002)
        if self._popen.returncode is None:  # not reaped yet, so that its number still names the group
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()
        self._release()

    def _release(self) -> None:
        for descriptor in (self._liveness, self._report):
            if descriptor >= 0:
                os.close(descriptor)
        self._liveness = -1
        self._log.close()
