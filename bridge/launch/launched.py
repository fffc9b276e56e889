"""A real game as its owner sees it: launched by a plan, watched until it answers, gone after `close`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import psutil

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameClosedError, GameCrashedError, GameFailedError, GameTimeoutError
from bridge.game.ladder import stop_all
from bridge.launch.doctor import missing
from bridge.launch.ini import set_keys
from bridge.launch.plan import Plan, Program
from bridge.platform import exit_text, require_processes, try_lock
from bridge.timeouts import Timeouts

LOG_TAIL_BYTES: Final = 4000
"""How much of the programs' output an error carries."""

LOOK_S: Final = 0.05
"""How often a wait looks at the programs."""

KILLED_S: Final = 0.5
"""How long a close waits for programs that it had to kill itself: they are somebody else's children then."""

ASK_S: Final = 1.0
"""How long one question whether the game is ready may take."""

_BOOTSTRAP: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from bridge.launch.guardian import main; main()"
)
"""`-c` instead of `-m`: the module path must be the owner's before the first import."""

IsReady = Callable[[float], bool]
"""Asks the game once, for at most so many seconds, whether it is ready: a handshake, not a guess."""


class LaunchedGame:
    """Owner of the programs of one plan; they are gone when it is closed, forgotten, or its process has ended.

    Attributes:
        plan: what was launched.
        pids: process id of each program that was started, by name.
        ended: how programs ended that have, by name.
    """

    def __init__(self, plan: Plan, *, log_folder: Path | None = None) -> None:
        """Write the ini files and launch the programs; returns without waiting for them.

        Args:
            plan: of `bridge.launch.plan`.
            log_folder: keep the programs' output there as `<name>.log`; None keeps it for errors only.

        Raises:
            ConfigError: something is missing (the message says what and the remedy), a file cannot be written, or
                another launch uses the same private folder.
        """
        self.plan = plan
        self.pids: dict[str, int] = {}
        self.ended: dict[str, str] = {}
        self._could_not: dict[str, str] = {}
        self._is_closed = False
        self._guardian: _GuardianProcess | None = None
        if not plan.programs:
            return
        require_processes()
        for check in missing(plan):
            raise ConfigError(f"{check.name}: {check.found}; {check.remedy}")
        lock = _locked(plan.private_folder)
        try:
            for path, keys in plan.files.items():
                set_keys(path, keys)
            self._guardian = _GuardianProcess(plan, lock, log_folder)
        finally:
            if lock is not None:
                os.close(lock)  # the guardian holds it as long as a program may live
        self._finalizer = weakref.finalize(self, _close_guardian, self._guardian, os.getpid())

    def wait_ready(self, is_ready: IsReady, deadline: Deadline) -> None:
        """Wait until the game answers; on a failure everything is closed.

        Args:
            is_ready: a handshake with the game.
            deadline: when to give up.

        Raises:
            GameCrashedError: a program that is needed could not be started or has ended; says how, with the log's tail.
            GameTimeoutError: the game does not answer in time; says what runs and what has ended.
            GameClosedError: it was closed before.
        """
        if self._is_closed:
            raise GameClosedError(f"game {self.plan.name} was closed; launch a new one")
        try:
            while True:
                self.check()
                if is_ready(min(ASK_S, deadline.remaining_s())):
                    return
                if deadline.has_passed():
                    raise self._failure(GameTimeoutError, self._silence(deadline))
                time.sleep(min(LOOK_S, deadline.remaining_s()))
        except BaseException:
            self.close()
            raise

    def check(self) -> None:
        """Look at the programs without waiting.

        Raises:
            GameCrashedError: one that is needed could not be started or has ended.
        """
        if self._guardian is None:
            return
        for message in self._guardian.messages():
            if "started" in message:
                self.pids[message["started"]] = message["pid"]
            elif "failed" in message:
                self._could_not[message["failed"]] = message["error"]
            else:
                self.ended[message["ended"]] = exit_text(message["status"])
        for name, error in self._could_not.items():
            raise self._failure(GameCrashedError, f"{name} could not be started: {error}")
        for program in self.plan.programs:
            if program.is_needed and program.name in self.ended:
                raise self._failure(GameCrashedError, f"{program.name} {self.ended[program.name]}")
        if self._guardian.reap():
            raise self._failure(GameCrashedError, "the guardian of its programs has ended")

    def log_tail(self) -> str:
        """Return the last lines that the programs wrote."""
        return self._guardian.log_tail() if self._guardian is not None else ""

    def close(self) -> None:
        """End all programs and what they have started, within 5 s; idempotent, never raises because they are gone."""
        self._is_closed = True
        if self._guardian is not None:
            self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _silence(self, deadline: Deadline) -> str:
        running = [f"{name} (pid {pid}) runs" for name, pid in self.pids.items() if name not in self.ended]
        ended = [f"{name} {how}" for name, how in self.ended.items()]
        state = ", ".join(running + ended) or "nothing was launched here"
        return f"no answer on {self.plan.host}:{self.plan.port} within {deadline.timeout_s:.1f} s; {state}"

    def _failure(self, kind: type[GameFailedError], detail: str) -> GameFailedError:
        first = next(iter(self.pids.values()), 0)
        return kind(self.plan.name, first, -1, detail, "", self.log_tail())


class _GuardianProcess:
    """The guardian, for `bridge.game.ladder`."""

    def __init__(self, plan: Plan, lock: int | None, log_folder: Path | None) -> None:
        self.name = plan.name
        self._groups: dict[str, int] = {}
        self._log = _open_log(plan.name, log_folder)
        alive, self._liveness = os.pipe()
        self._reports, report = os.pipe()
        os.set_blocking(self._reports, False)
        self._unread = b""
        boot = {
            "programs": [_json(program) for program in plan.programs],
            "last": None if plan.last is None else _json(plan.last),
            "owner": os.getpid(),
            "alive": alive,
            "report": report,
        }
        path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [sys.executable, "-c", _BOOTSTRAP, path, json.dumps(boot)],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=(alive, report, *([] if lock is None else [lock])),
                process_group=0,
            )
        except BaseException:
            self.release()
            raise
        finally:
            os.close(alive)
            os.close(report)
        self.pid = self._popen.pid

    def messages(self) -> list[dict[str, Any]]:
        """Return what the guardian has reported since the last call."""
        with contextlib.suppress(BlockingIOError, OSError):
            while data := os.read(self._reports, 1 << 16):
                self._unread += data
        *lines, self._unread = self._unread.split(b"\n")
        messages = [json.loads(line) for line in lines]
        for message in messages:
            if "started" in message:
                self._groups[message["started"]] = message["pid"]
            elif "ended" in message:
                self._groups.pop(message["ended"], None)  # its number may soon be somebody else's
        return messages

    def log_tail(self) -> str:
        """Return the last lines that the programs wrote."""
        if self._log.closed:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), LOG_TAIL_BYTES, max(0, size - LOG_TAIL_BYTES)).decode(errors="replace")

    def ask_to_leave(self) -> None:
        """Close the pipe: the guardian ends everything, then itself."""
        if self._liveness >= 0:
            os.close(self._liveness)
            self._liveness = -1

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the guardian; on SIGTERM it does what it is asked to."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self._popen.send_signal(number)

    def kill(self) -> None:
        """End the programs ourselves: the guardian did not."""
        found: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            found += psutil.Process(self.pid).children(recursive=True)
        for group in self._groups.values():
            with contextlib.suppress(psutil.Error):
                found.append(psutil.Process(group))
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.signal_group(signal.SIGKILL)
        psutil.wait_procs(found, timeout=KILLED_S)

    def reap(self) -> bool:
        """Say whether the guardian has ended."""
        return self._popen.poll() is not None

    def release(self) -> None:
        """Close all descriptors."""
        self.ask_to_leave()
        if self._reports >= 0:
            os.close(self._reports)
            self._reports = -1
        self._log.close()


def _close_guardian(guardian: _GuardianProcess, owner: int) -> None:
    """Stop the guardian and with it everything; also called when the game is forgotten or the interpreter leaves."""
    if os.getpid() != owner:
        return
    guardian.messages()
    was_alive = not guardian.reap()
    stop_all([guardian], Deadline.after(Timeouts().close_s))
    if not was_alive:
        guardian.kill()  # it was killed by somebody: its programs are nobody's now
    guardian.release()


def _locked(folder: Path | None) -> int | None:
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".nydus-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"prefix: {folder} cannot be used ({error.strerror or error})") from error
    if not try_lock(lock):
        os.close(lock)
        raise ConfigError(f"prefix: {folder} is used by another game; allowed: one each (--prefix)")
    return lock


def _json(program: Program) -> dict[str, Any]:
    return {
        "name": program.name,
        "arguments": list(program.arguments),
        "folder": str(program.folder),
        "environment": dict(program.environment),
    }


def _open_log(name: str, folder: Path | None) -> IO[bytes]:
    if folder is None:
        return tempfile.TemporaryFile(prefix="nydus-launch-", buffering=0)
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(letter if letter.isalnum() or letter in "._#-" else "_" for letter in name)
    return (folder / f"{safe}.log").open("ab+", buffering=0)
