"""A game in which nothing happens, slowly: to see what waiting for it costs."""

from __future__ import annotations

import asyncio
import time

from bridge.noop import NoopSession
from bridge.spec import GameSpec
from engine.core.frame import Commands, Frame


class SlowSession(NoopSession):
    """Takes so long over a step: blocked, or awaiting."""

    def __init__(self, rows: int, step_s: float, *, is_awaiting: bool) -> None:
        super().__init__(rows)
        self.needs_loop = is_awaiting
        self._step_s = step_s

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Wait, then count."""
        if self.needs_loop:
            await asyncio.sleep(self._step_s)
        else:
            time.sleep(self._step_s)
        return await super().step(commands, frames)


def make_slow_session(spec: GameSpec) -> SlowSession:
    """Return the session that `backend_params` describes: `step_s`, `is_awaiting`.

    Args:
        spec: what is played.
    """
    params = spec.backend_params
    return SlowSession(spec.rows, float(str(params["step_s"])), is_awaiting=bool(params["is_awaiting"]))
