"""What the two channels to another process share: the handshake, and how a failure ends them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bridge.channels.base import ChannelEvent, GameChannel
from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameFailedError, GameProtocolError
from bridge.game.ladder import stop_all
from bridge.game.messages import PROTOCOL_VERSION, MessageError, pack, specs_from_json
from bridge.game.process import RELOOK_S, GameProcess
from bridge.layout import ArraySpec, Layout
from bridge.seams import Episodes
from bridge.spec import GameSpec, rules_hash

REAP_S: Final = 1.0
"""How long a failed channel waits for its killed process to be gone; `close` waits again."""


class ProcessChannel(GameChannel):
    """A channel whose games run in a process of their own."""

    def __init__(self, spec: GameSpec, name: str, log_folder: Path | None = None) -> None:
        """Prepare; `start` launches.

        Args:
            spec: what is played.
            name: for messages.
            log_folder: see `GameProcess`.
        """
        super().__init__(name)
        self._spec = spec
        self._log_folder = log_folder
        self._process: GameProcess | None = None
        self._specs: dict[str, ArraySpec] = {}
        self._counter = 0

    @property
    def pid(self) -> int:
        """Process id of the games, 0 if there is none yet."""
        return self._process.pid if self._process else 0

    @abstractmethod
    def boot(self) -> tuple[dict[str, Any], Sequence[int]]:
        """Return what the game process needs beyond the spec: JSON values, and descriptors it inherits."""

    @property
    def last_frame(self) -> int:
        """The last frame number heard of, -1 if none."""
        return -1

    def start(self) -> None:
        """Launch the game process."""
        boot, descriptors = self.boot()
        try:
            self._process = GameProcess(
                self.name,
                {**boot, "spec": self._spec.to_json()},
                pass_descriptors=descriptors,
                log_folder=self._log_folder,
            )
        except OSError as error:  # no memory, no process numbers, no descriptors left
            raise self.fail(GameCrashedError(self.name, 0, -1, f"could not be launched: {error}")) from error

    @property
    def process(self) -> GameProcess:
        """The game process."""
        assert self._process is not None, "start() comes first"
        return self._process

    def poll_started(self, deadline: Deadline) -> Mapping[str, ArraySpec] | None:
        """Look for the hello and check it."""
        try:
            hello = self.process.poll_message("hello", deadline, "start")
            if hello is None:
                return None
            self._compare("protocol version", hello["protocol"], PROTOCOL_VERSION)
            self._compare("rules hash", hello["rules"], rules_hash(self._spec))
            self._specs = specs_from_json(hello["arrays"])
        except MessageError as error:
            failure = self.process.failure(GameProtocolError, str(error), -1)
            raise self.fail(failure) from error
        except GameFailedError as error:
            raise self.fail(error) from error.__cause__
        return self._specs

    def send_attach(self, first_row: int, total_rows: int, episodes: Episodes | None) -> None:
        """Tell the game where its rows are, and which episodes to start with, if any."""
        digest = Layout(rows=total_rows, arrays=self._specs).digest()
        self.process.send(pack("attach", first_row=first_row, total_rows=total_rows, digest=digest, episodes=episodes))

    def poll_attached(self, deadline: Deadline) -> bool:
        """Look whether the game has said that it is ready."""
        try:
            if self.process.poll_message("ready", deadline, "start") is None:
                return False
        except GameFailedError as error:
            raise self.fail(error) from error.__cause__
        self.move(ChannelEvent.STARTED)
        return True

    def doze(self, timeout_s: float) -> None:
        """Sleep until the game writes or ends."""
        self.process.wait_readable(min(timeout_s, RELOOK_S))

    def fail(self, error: GameFailedError) -> GameFailedError:
        """Record the failure and stop the process at once: whatever it still says must not be taken for an answer."""
        super().fail(error)
        if self._process is not None:
            self._process.kill()
            stop_all([self._process], Deadline.after(REAP_S))
        return error

    def give_up(self, why: str) -> GameFailedError:
        """Stop the process: its answer would be taken for the next request's."""
        return self.fail(self.process.failure(GameCrashedError, f"given up: {why}", self.last_frame))

    def processes(self) -> list[GameProcess]:
        """Return the game process."""
        return [self._process] if self._process is not None else []

    def release(self) -> None:
        """Close the process's descriptors."""
        if self._process is not None:
            self._process.release()

    def _compare(self, what: str, got: object, allowed: object) -> None:
        if got != allowed:
            raise self.process.failure(GameProtocolError, f"{what}: got {got!r}; allowed: {allowed!r}", -1)
