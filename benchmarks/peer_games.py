"""What goes wrong in `benchmarks.peer_faults`: one battle whose third step has a fault, behind either interface."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import gymnasium as gym

from bridge.embedded import EmbeddedSession
from bridge.spec import GameSpec
from engine.core.frame import Commands, Frame

SCENARIO: Final = "5mr_5mr"
FAULT_AT_STEP: Final = 3

MARKER: Final = "NYDUS_PEER_FAULT_MARKER"
"""Environment variable: file whose existence says that the fault has struck."""


def raises() -> None:
    """Raise in the game's code."""
    raise ValueError("boom")


def killed() -> None:
    """Be killed, as by the kernel when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def stopped() -> None:
    """Be stopped."""
    os.kill(os.getpid(), signal.SIGSTOP)


def hangs() -> None:
    """Never return."""
    time.sleep(10_000)


def exits_0() -> None:
    """Leave without a word."""
    os._exit(0)


def garbage() -> None:
    """Write garbage where the trainer reads, then hang."""
    os.write(_line_to_trainer(), b"\xff" * 64)
    time.sleep(10_000)


FAULTS: Final[Mapping[str, tuple[str, Callable[[], None]]]] = {
    "raises": ("the game's code raises", raises),
    "killed": ("its process is killed", killed),
    "stopped": ("its process is stopped", stopped),
    "hangs": ("it hangs", hangs),
    "exits_0": ("its process exits with status 0", exits_0),
    "garbage": ("it writes garbage to the trainer", garbage),
}


def _line_to_trainer() -> int:
    """Return the descriptor on which this worker answers: the peers' pipe is a variable of the calling loop."""
    if sys.argv[1:] and sys.argv[1].startswith("{"):
        return int(json.loads(sys.argv[1])["socket"])
    frame = sys._getframe()
    while frame is not None:
        for name in ("pipe", "remote"):
            if name in frame.f_locals:
                return int(frame.f_locals[name].fileno())
        assert frame.f_back is not None, "no worker loop of a known peer"
        frame = frame.f_back
    raise AssertionError("no worker loop")


def strike(fault: str) -> None:
    """Let the fault happen, once in all processes.

    Args:
        fault: a key of `FAULTS`.
    """
    with contextlib.suppress(FileExistsError):
        Path(os.environ[MARKER]).open("x").close()
        FAULTS[fault][1]()


class FaultySession(EmbeddedSession):
    """The embedded engine with a fault in the third step of the first process."""

    steps = 0
    fault = ""

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Play, or fail."""
        self.steps += 1
        if self.steps == FAULT_AT_STEP:
            strike(self.fault)
        return await super().step(commands, frames)


def _session(spec: GameSpec, fault: str) -> FaultySession:
    session = FaultySession.from_spec(spec)
    session.fault = fault
    return session


def __getattr__(name: str) -> Callable[[GameSpec], FaultySession]:
    """Return `make_<fault>`, a session factory for each fault: an env's `backend` is only a name."""
    fault = name.removeprefix("make_")
    if fault == name or fault not in FAULTS:
        raise AttributeError(name)
    return lambda spec: _session(spec, fault)


class FaultyEnv(gym.Wrapper[Any, Any, Any, Any]):
    """One battle in the worker's own process, with a fault in its third step."""

    def __init__(self, fault: str) -> None:
        import envs

        super().__init__(envs.StarCraftEnv(scenario=SCENARIO, observation="flat", channel="local"))
        self._fault = fault
        self._steps = 0

    def step(self, action: Any) -> Any:
        """Play, or fail."""
        self._steps += 1
        if self._steps == FAULT_AT_STEP:
            strike(self._fault)
        return self.env.step(action)
