"""One game process as the trainer sees it: launched, watched, stopped, reaped. Nobody else signals or reaps it.

A fresh interpreter in a process group of its own, which never imports the trainer's `__main__`, holding

* one end of a socket: messages (`bridge.game.messages`), both ways;
* two bells, one for each side to sleep on while it waits for its turn;
* the reading end of the liveness pipe, whose writing end only the trainer holds: its end-of-file ends the game and,
  with it, everything that the game has started (`bridge.platform.die_with_owner`);
* whatever its channel hands over (the shared block, queues).

Its output goes to a log file, whose tail every error carries.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

import psutil

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameCrashedError, GameFailedError, GameProtocolError, GameTimeoutError
from bridge.game.messages import Message, MessageError, MessageReader, pack
from bridge.platform import death_descriptor, exit_text, has_ended, hush, make_bell, require_processes, ring

LOG_TAIL_BYTES: Final = 4000
"""How much of the log an error carries."""

MAX_LOG_BYTES: Final = 16 << 20
"""A longer log is cut to nothing at the next reset: a chatty game must not fill the disk."""

RELOOK_S: Final = 0.1
"""Sleepers look at the shared memory again this often, should a wake ever be lost."""

GAME_ERRORS: Final = {kind.__name__: kind for kind in (GameTimeoutError, GameCrashedError, GameProtocolError)}
"""Errors that a session may raise itself; they reach the trainer as what they are."""

SEND_S: Final = 1.0
"""How long a message that exceeds the socket's buffer may wait for the game to read."""

_READ_BYTES: Final = 65536

_BOOTSTRAP: Final = (
    "import sys, json; boot = json.loads(sys.argv[1]); sys.path[:] = boot['sys_path']; "
    "from bridge.game.main import main; main(boot)"
)
"""`-c` instead of `-m`: the module path must be the trainer's before the first import."""


class GameProcess:
    """Owner of one game process.

    Attributes:
        name: for messages.
        pid: process id.
    """

    def __init__(
        self,
        name: str,
        boot: dict[str, Any],
        *,
        pass_descriptors: Sequence[int] = (),
        log_folder: Path | None = None,
    ) -> None:
        """Launch the process; returns without waiting for it.

        Args:
            name: for messages and the log file.
            boot: JSON values for `bridge.game.main`; the socket, the pipe and the module path are added here.
            pass_descriptors: open descriptors that the game inherits under the same numbers.
            log_folder: keep the log there as `<name>.log`; None keeps it without a name and only for errors.

        Raises:
            ConfigError: games cannot run in processes of their own here.
        """
        require_processes()
        self.name = name
        self._reader = MessageReader()
        self._inbox: list[Message] = []
        self._is_at_end = False
        self._is_killed = False
        self._exit_status: int | None = None
        self._log = _open_log(name, log_folder)
        self._socket, theirs = socket.socketpair()
        alive, self._liveness = os.pipe()
        self._bell, their_ringer = make_bell()
        their_bell, self._game_bell = make_bell()
        theirs_only = (theirs.fileno(), alive, their_bell, their_ringer)
        boot = {
            **boot,
            "name": name,
            "socket": theirs.fileno(),
            "alive": alive,
            "bell": their_bell,
            "trainer_bell": their_ringer,
            "trainer": os.getpid(),
            "sys_path": [entry or str(Path.cwd()) for entry in sys.path],
        }
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [sys.executable, "-c", _BOOTSTRAP, json.dumps(boot)],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=(*theirs_only, *pass_descriptors),
                process_group=0,  # no session of its own: Linux schedules sessions against each other (autogroup),
                # and a woken game would wait for its turn among them (measured: a busy machine is 6 times slower)
                env=_environment(),
            )
        except BaseException:
            self._socket.close()
            for descriptor in (self._liveness, self._bell, self._game_bell):
                os.close(descriptor)
            self._log.close()
            raise
        finally:
            theirs.close()
            for descriptor in theirs_only[1:]:
                os.close(descriptor)
        self.pid = self._popen.pid
        self._socket.setblocking(False)
        self._death = death_descriptor(self.pid)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(self._bell, select.POLLIN)
        if self._death is not None:
            self._poll.register(self._death, select.POLLIN)

    # --- messages --------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send bytes of `bridge.game.messages`; a game that is gone is noticed when its answer is awaited.

        Args:
            data: whole messages.
        """
        until = Deadline.after(SEND_S)
        with contextlib.suppress(OSError):  # gone
            while data and not until.has_passed():
                with contextlib.suppress(BlockingIOError):
                    data = data[self._socket.send(data) :]
                if data:  # more than the socket's buffer holds: the game has to read first
                    time.sleep(0.001)

    def wake(self) -> None:
        """Wake a game that sleeps on its bell."""
        ring(self._game_bell)

    def watch(self, descriptor: int) -> None:
        """Let `wait_readable` also end when there is something to read here."""
        self._poll.register(descriptor, select.POLLIN)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a program that has an event loop of its own watches beside other things: socket, bell, death."""
        death = () if self._death is None else (self._death,)
        return (self._socket.fileno(), self._bell, *death)

    def wait_readable(self, timeout_s: float) -> bool:
        """Sleep until the game writes, rings or ends, at most `timeout_s`; say whether there may be a message."""
        is_news = False
        for descriptor, _ in self._poll.poll(timeout_s * 1000):
            if descriptor == self._bell:
                hush(descriptor)
            else:
                is_news = True
        return is_news

    def read_messages(self) -> list[Message]:
        """Return what has arrived, without waiting.

        Raises:
            MessageError: the bytes are no messages.
        """
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            while not self._is_at_end:
                data = self._socket.recv(_READ_BYTES)
                if not data:
                    self._is_at_end = True
                self._inbox.extend(self._reader.feed(data))
        inbox, self._inbox = self._inbox, []
        return inbox

    def poll_message(self, type_: str, deadline: Deadline, doing: str, frame: int = -1) -> Message | None:
        """Return a message of this type if it is there, else None; never waits.

        Args:
            type_: the one that the protocol allows now.
            deadline: after it, None becomes an error.
            doing: for messages, `start`.
            frame: last frame number, for messages.

        Raises:
            GameFailedError: one of its kinds.
        """
        message = self.next_message(frame)
        if message is None:
            if deadline.has_passed():
                raise self.timeout(doing, deadline, frame)
            return None
        if message["type"] != type_:
            detail = f"message {message['type']!r} in {doing}; allowed: {type_!r}"
            raise self.failure(GameProtocolError, detail, frame)
        return message

    def next_message(self, frame: int = -1) -> Message | None:
        """Return the next message that is no wake, or None; never waits.

        Raises:
            GameFailedError: the game reported a failure, wrote what is no message, or is gone.
            ConfigError: the game found its spec to be wrong.
        """
        is_gone = self.has_exited()  # before reading: what it said last is then already in the socket
        try:
            messages = self.read_messages()
        except MessageError as error:
            raise self.failure(GameProtocolError, str(error), frame) from error
        if messages:
            self._inbox = messages[1:]
            if messages[0]["type"] == "failure":
                raise self._remote_failure(messages[0])
            return messages[0]
        if is_gone or self._is_at_end:
            raise self.crash(frame)
        return None

    # --- errors ----------------------------------------------------------------------------------------------------

    def failure(
        self, kind: type[GameFailedError], detail: str, frame: int, remote_traceback: str = "", log_tail: str = ""
    ) -> GameFailedError:
        """Return an error of this kind that names the game and carries its log's tail, if no other is given."""
        return kind(self.name, self.pid, frame, detail, remote_traceback, log_tail or self.log_tail())

    def timeout(self, doing: str, deadline: Deadline, frame: int) -> GameFailedError:
        """Return the error of a game that did not answer: why it is gone, or what the process does instead."""
        if self.has_exited() and not self._is_killed:  # while the trainer waited for another up to the same deadline
            try:
                self.next_message(frame)
            except GameFailedError as error:
                return error
        detail = f"no answer to {doing} within {deadline.timeout_s:.1f} s; the process is {self._activity()}"
        return self.failure(GameTimeoutError, detail, frame)

    def crash(self, frame: int) -> GameFailedError:
        """Return the error of a game that is gone or has closed its socket."""
        until = Deadline.after(1.0)  # the socket closes some time before the process has ended
        while not self.has_exited() and not until.has_passed():
            time.sleep(0.005)
        if not self.has_exited():
            return self.failure(GameCrashedError, "closed its socket and goes on running", frame)
        self.reap()
        assert self._exit_status is not None
        return self.failure(GameCrashedError, exit_text(self._exit_status), frame)

    def _remote_failure(self, message: Message) -> Exception:
        if message["error"] == ConfigError.__name__:
            return ConfigError(message["text"])
        kind = GAME_ERRORS.get(message["error"])
        if kind is not None:  # the session's own word about what it plays on, a TorchCraft server for example
            return self.failure(kind, message["text"], message["frame"], message["traceback"], message["log"])
        detail = f"{message['error']}: {message['text']}"
        return self.failure(GameCrashedError, detail, message["frame"], message["traceback"])

    def log_tail(self) -> str:
        """Return the last lines that the game wrote."""
        if self._log.closed:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        start = max(0, size - LOG_TAIL_BYTES)
        text = os.pread(self._log.fileno(), LOG_TAIL_BYTES, start).decode(errors="replace")
        return text.partition("\n")[2] if start and "\n" in text else text

    def trim_log(self) -> None:
        """Cut a log that has grown too long."""
        if os.fstat(self._log.fileno()).st_size > MAX_LOG_BYTES:
            os.ftruncate(self._log.fileno(), 0)

    def _activity(self) -> str:
        try:
            return psutil.Process(self.pid).status()
        except psutil.Error:
            return "gone"

    # --- the end ---------------------------------------------------------------------------------------------------

    def has_exited(self) -> bool:
        """Say whether the process has ended; it is not reaped, so that its group can still be killed by number."""
        if self._exit_status is not None:
            return True
        try:
            answer = has_ended(self.pid)
        except ChildProcessError:  # reaped by somebody else: a SIGCHLD handler, `os.wait` in the user's code
            self._exit_status = self._popen.poll() or 0
            return True
        if answer is None:
            self._exit_status = self._popen.poll()  # reaps: what is left of the group is killed by its liveness pipe
            return self._exit_status is not None
        return answer

    def ask_to_leave(self) -> None:
        """First rung: a message."""
        self.send(pack("close"))

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the game and all that it started and that stayed in its group."""
        if self._exit_status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """Last rung, without waiting: kill the whole group."""
        self._is_killed = True
        self.signal_group(signal.SIGKILL)

    def reap(self) -> bool:
        """Kill what the ended process left in its group, then reap it; say whether it had ended."""
        if not self.has_exited():
            return False
        if self._exit_status is None:
            self.kill()  # the leader is a zombie, its number still names the group
            self._exit_status = self._popen.wait()
        return True

    def release(self) -> None:
        """Close all descriptors; the process should be gone, and if it is not, the liveness pipe's end ends it."""
        if self._liveness < 0:
            return
        for descriptor in (self._liveness, self._bell, self._game_bell):
            os.close(descriptor)
        self._liveness = -1
        if self._death is not None:
            os.close(self._death)
            self._death = None
        self._socket.close()
        self._log.close()


def _open_log(name: str, folder: Path | None) -> IO[bytes]:
    if folder is None:
        return tempfile.TemporaryFile(prefix="nydus-log-", buffering=0)
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(letter if letter.isalnum() or letter in "._#-" else "_" for letter in name)
    return (folder / f"{safe}.log").open("ab+", buffering=0)


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    environment["PYTHONUNBUFFERED"] = "1"  # the log's tail must hold the last line before a crash
    environment["PYTHONFAULTHANDLER"] = "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, "1")  # a game does no linear algebra: the pools cost start-up time and memory
    return environment
