"""What the three channels share: the states of one batch of games, and who may do what in each.

    STARTING --started--> IDLE <--answered-- WAITING
                            `-------sent-------^
    any state --failed--> FAILED          (for good: a late answer must not be taken for the next one's)
    any state --closed--> CLOSED          (for good)

A channel is never used again after a failure; whoever wants the games back makes another one.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from bridge.deadline import Deadline
from bridge.errors import GameClosedError, GameCrashedError, GameFailedError
from bridge.game.ladder import stop_all
from bridge.game.process import GameProcess
from bridge.game.requests import Request
from bridge.layout import ArraySpec
from bridge.seams import Arrays, Episodes

log = logging.getLogger(__name__)


class ChannelState(Enum):
    """Where a channel stands."""

    __hash__ = object.__hash__  # looked up twice a step; an Enum's own is Python code

    STARTING = "STARTING"
    IDLE = "IDLE"
    WAITING = "WAITING"
    FAILED = "FAILED"
    CLOSED = "CLOSED"


class ChannelEvent(Enum):
    """What may happen to a channel."""

    __hash__ = object.__hash__

    STARTED = "STARTED"
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"


_STATE, _EVENT = ChannelState, ChannelEvent
TRANSITIONS: Final[Mapping[tuple[ChannelState, ChannelEvent], ChannelState]] = {
    (_STATE.STARTING, _EVENT.STARTED): _STATE.IDLE,
    (_STATE.IDLE, _EVENT.SENT): _STATE.WAITING,
    (_STATE.WAITING, _EVENT.ANSWERED): _STATE.IDLE,
    **{(state, _EVENT.FAILED): _STATE.FAILED for state in (_STATE.STARTING, _STATE.IDLE, _STATE.WAITING)},
    (_STATE.FAILED, _EVENT.FAILED): _STATE.FAILED,
    **{(state, _EVENT.CLOSED): _STATE.CLOSED for state in ChannelState},
}
"""All that is allowed; anything else is a mistake of the caller's."""


class GameChannel(ABC):
    """One batch of games and the way to it; the pool puts several side by side.

    Life: `start` (returns at once), `poll_started` until it gives the arrays' specs, `attach` (returns at once),
    `poll_attached` until it is True, then `send` and `wait` in turn, `close`.

    Attributes:
        name: for messages, `m5v5_c_far#2`.
        error: why the channel failed; None while it works.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.error: GameFailedError | None = None
        self._state = ChannelState.STARTING

    @property
    def state(self) -> ChannelState:
        """Where the channel stands."""
        return self._state

    @property
    def pid(self) -> int:
        """Process id of the games, 0 if there is none yet."""
        return 0

    @abstractmethod
    def start(self) -> None:
        """Begin to start the games; does not wait for them."""

    @abstractmethod
    def poll_started(self, deadline: Deadline) -> Mapping[str, ArraySpec] | None:
        """Return the arrays of one row once the games can be attached, None before; never waits.

        Raises:
            GameFailedError: they did not start, or not by the deadline.
        """

    @abstractmethod
    def attach(self, arrays: Arrays, first_row: int, total_rows: int, episodes: Episodes | None = None) -> None:
        """Use these arrays from now on; does not wait for the games to be ready for requests.

        Args:
            arrays: this channel's rows of the slab.
            first_row: where they begin in the slab.
            total_rows: rows of the slab.
            episodes: (seed, number) of each row's episode that the games start by themselves, to be shown by
                `Request.SHOW`; until then they leave the arrays alone. None: a reset starts the first ones.
        """

    @abstractmethod
    def poll_attached(self, deadline: Deadline) -> bool:
        """Say whether the games are ready for requests; never waits.

        Raises:
            GameFailedError: the other side refused, is gone, or was not ready by the deadline.
        """

    @abstractmethod
    def doze(self, timeout_s: float) -> None:
        """Sleep until a `poll_*` may have news, at most `timeout_s`."""

    def wait_started(self, deadline: Deadline) -> Mapping[str, ArraySpec]:
        """Wait for what `poll_started` returns."""
        while (specs := self.poll_started(deadline)) is None:
            self.doze(deadline.remaining_s())
        return specs

    def wait_attached(self, deadline: Deadline) -> None:
        """Wait until `poll_attached` says yes."""
        while not self.poll_attached(deadline):
            self.doze(deadline.remaining_s())

    @abstractmethod
    def send(self, request: Request) -> None:
        """Hand the turn to the games; what they need is in the arrays.

        A game that is already gone is reported by `wait`, not here.
        """

    @abstractmethod
    def wait(self, deadline: Deadline) -> None:
        """Wait for the answer to `send`.

        Raises:
            GameFailedError: one of its kinds; the channel is not usable any more.
        """

    @property
    def descriptors(self) -> tuple[int, ...] | None:
        """What turns readable when `poll` may find something new; None: only `wait` can take an answer."""
        return None

    def poll(self, deadline: Deadline) -> bool:
        """Take the answer if it is there, without waiting, for callers who sleep on `descriptors`; else say no.

        Raises:
            GameFailedError: as `wait`; after the deadline a missing answer is one.
        """
        self.wait(deadline)
        return True

    def give_up(self, why: str) -> GameFailedError:
        """Lose the games because nobody will take their answer, and return the error that says so."""
        return self.fail(GameCrashedError(self.name, self.pid, -1, f"given up: {why}"))

    def close(self, deadline: Deadline) -> None:
        """Stop the games; idempotent, never raises because they are gone."""
        close_channels([self], deadline)

    @abstractmethod
    def processes(self) -> list[GameProcess]:
        """Return the processes that `close` has to stop."""

    @abstractmethod
    def release(self) -> None:
        """Let go of descriptors and memory; called once, when the processes are stopped."""

    def move(self, event: ChannelEvent) -> None:
        """Take note of an event.

        Raises:
            GameClosedError: the channel was closed.
            GameFailedError: the channel failed before; the error is the one of then.
            RuntimeError: the event is not allowed in this state.
        """
        following = TRANSITIONS.get((self._state, event))
        if following is not None:
            self._state = following
            return
        if self._state is ChannelState.CLOSED:
            raise GameClosedError(f"game {self.name} was closed; open a new one")
        if self.error is not None:
            raise self.error
        allowed = sorted(allowed.value for state, allowed in TRANSITIONS if state is self._state)
        raise RuntimeError(f"game {self.name}: {event.value} in {self._state.value}; allowed: {allowed}")

    def require_waiting(self) -> None:
        """Refuse to wait for an answer that nobody owes.

        Raises:
            GameClosedError: the channel was closed.
            GameFailedError: the channel failed before.
            RuntimeError: nothing was sent.
        """
        if self._state is not ChannelState.WAITING:
            self.move(ChannelEvent.ANSWERED)

    def fail(self, error: GameFailedError) -> GameFailedError:
        """Record why the channel is lost and return the error, for `raise`."""
        if self.error is None:
            self.error = error
        self.move(ChannelEvent.FAILED)
        return error


def close_channels(channels: Sequence[GameChannel], deadline: Deadline) -> None:
    """Close channels side by side; idempotent, never raises because a game is gone.

    Args:
        channels: in any state.
        deadline: for all together.
    """
    opened = [channel for channel in channels if channel.state is not ChannelState.CLOSED]
    for channel in opened:
        channel.move(ChannelEvent.CLOSED)
    for process in stop_all([process for channel in opened for process in channel.processes()], deadline):
        log.error("game %s (pid %d) outlived SIGKILL", process.name, process.pid)
    for channel in opened:
        channel.release()
