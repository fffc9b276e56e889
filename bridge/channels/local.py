"""Games in the trainer's own process: for debugging, for the fastest single game, and as the oracle of the others.

A deadline cannot interrupt code of the own process: whatever hangs here hangs the trainer. Sessions that wait for
another process therefore belong behind one of the other channels.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Coroutine, Mapping
from typing import Final, TypeVar

from bridge.channels.base import ChannelEvent, GameChannel
from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameCrashedError
from bridge.game.process import GameProcess
from bridge.game.requests import Request
from bridge.layout import ArraySpec
from bridge.runner import Runner
from bridge.seams import Arrays, Episodes
from bridge.spec import GameSpec, make_session, make_task

T = TypeVar("T")

WAITS: Final = "channel 'local': this game waits for another process; allowed: 'shm' or 'queue'"


def finish_now(coroutine: Coroutine[object, object, T]) -> T:
    """Run a coroutine that never has to wait, without an event loop (one may already run in this thread).

    Raises:
        ConfigError: it does have to wait.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise ConfigError(WAITS)


class LocalChannel(GameChannel):
    """The runner, called directly."""

    def __init__(self, spec: GameSpec, name: str) -> None:
        super().__init__(name)
        self._spec = spec
        self._runner: Runner
        self._request = Request.RESET
        self._episodes: Episodes | None = None

    @property
    def pid(self) -> int:
        """The own process."""
        return os.getpid()

    def start(self) -> None:
        """Build the games; errors come from here, unlike behind a process."""
        spec = self._spec
        session = make_session(spec)
        if session.needs_loop:
            raise ConfigError(WAITS)
        self._runner = Runner(
            session,
            make_task(spec),
            spec.autoreset,
            num_seats=spec.num_seats,
            frame_skip=spec.frame_skip,
            export_frame=spec.export_frame,
        )

    def poll_started(self, deadline: Deadline) -> Mapping[str, ArraySpec] | None:
        """Return the arrays of one row."""
        return self._runner.specs

    def attach(self, arrays: Arrays, first_row: int, total_rows: int, episodes: Episodes | None = None) -> None:
        """Use these arrays; `Request.SHOW` starts the episodes, there is nobody to do it beside the trainer."""
        self._runner.bind(arrays)
        self._episodes = episodes

    def poll_attached(self, deadline: Deadline) -> bool:
        """Say yes."""
        self.move(ChannelEvent.STARTED)
        return True

    def doze(self, timeout_s: float) -> None:
        """Return: nothing here happens by itself."""

    def send(self, request: Request) -> None:
        """Take note; `wait` does the work, so that an error comes from the same call on every channel."""
        self.move(ChannelEvent.SENT)
        self._request = request

    def wait(self, deadline: Deadline) -> None:
        """Do what was asked."""
        self.require_waiting()
        runner = self._runner
        try:
            finish_now(self._do(runner))
        except ConfigError:
            raise
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            failure = GameCrashedError(self.name, self.pid, runner.frame, detail, traceback.format_exc())
            raise self.fail(failure) from error
        self.move(ChannelEvent.ANSWERED)

    def _do(self, runner: Runner) -> Coroutine[object, object, None]:
        if self._request is Request.STEP:
            return runner.step()
        if self._request is Request.RESET:
            return runner.reset()
        assert self._episodes is not None, "there are no episodes to show"
        return runner.reset_to(self._episodes)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """None are needed: `poll` plays the step itself."""
        return ()

    def processes(self) -> list[GameProcess]:
        """None: the games are memory of this process."""
        return []

    def release(self) -> None:
        """Close the session."""
        if hasattr(self, "_runner"):
            finish_now(self._runner.close())
