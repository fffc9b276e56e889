"""What can go wrong with a game that runs elsewhere, as types that survive pickling.

BridgeError
├─ GameClosedError          you closed it                       → open a new one
└─ GameFailedError          the game failed                     → reset() starts another
   ├─ GameTimeoutError      no answer in time (also a TimeoutError)
   ├─ GameCrashedError      the process ended, or its code raised
   └─ GameProtocolError     bytes that the protocol forbids
ConfigError(ValueError) · InvalidActionError(ValueError) · ResetNeeded: the caller's fault, raised before any I/O
"""

from __future__ import annotations


class BridgeError(Exception):
    """Base of everything that the bridge raises about a game."""


class GameClosedError(BridgeError):
    """The channel was closed by its owner; open a new one."""


class GameFailedError(BridgeError):
    """The game failed; `reset()` starts another.

    Attributes:
        game: name of the game, `m5v5_c_far#3`.
        pid: process id of the game, 0 if it never started.
        frame: last game frame seen, -1 if none.
        detail: what happened, one line.
        remote_traceback: the traceback of the game's own exception, "" if there is none.
        log_tail: the last lines that the game process wrote, "" if none.
    """

    def __init__(
        self,
        game: str,
        pid: int,
        frame: int,
        detail: str,
        remote_traceback: str = "",
        log_tail: str = "",
    ) -> None:
        super().__init__(game, pid, frame, detail, remote_traceback, log_tail)
        self.game = game
        self.pid = pid
        self.frame = frame
        self.detail = detail
        self.remote_traceback = remote_traceback
        self.log_tail = log_tail

    @property
    def headline(self) -> str:
        """The error in one line: which game, where, what."""
        return " ".join(f"game {self.game} (pid {self.pid}, frame {self.frame}): {self.detail}".split("\n"))

    def __str__(self) -> str:
        text = f"game {self.game} (pid {self.pid}, frame {self.frame}): {self.detail}"
        if self.remote_traceback:
            text += f"\n--- traceback in the game process ---\n{self.remote_traceback.rstrip()}"
        if self.log_tail:
            text += f"\n--- last lines of its log ---\n{self.log_tail.rstrip()}"
        return text


class GameTimeoutError(GameFailedError, TimeoutError):
    """The game gave no answer in time; its process is stopped and the channel is not used again."""


class GameCrashedError(GameFailedError):
    """The game process ended or its code raised."""


class GameProtocolError(GameFailedError):
    """The game sent bytes that the protocol forbids."""


class ConfigError(ValueError):
    """A config, scenario, name or argument of the user's is wrong; the message says what, where and what is allowed."""


class InvalidActionError(ValueError):
    """An action lies outside the action space."""


class ResetNeeded(BridgeError):  # noqa: N818 - Gymnasium's own name for it
    """`step()` was called before the first `reset()`, or after an episode ended."""
