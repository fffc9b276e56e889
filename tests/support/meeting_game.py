"""The embedded game, but for a step (or start) that waits until enough parties have come to a meeting.

Who is there has put a file into the folder that NYDUS_MEETING names; the meeting is on while that folder has a file
`open`. Tests show with it who waits for whom, without looking at a clock.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from bridge.embedded import EmbeddedSession

PATIENCE_S = 60.0


class MeetingSession(EmbeddedSession):
    """Meets at every step, or where NYDUS_MEETING_AT says `start`, at every start."""

    async def start(self, rows, seeds):
        await self.meet("start")
        return await super().start(rows, seeds)

    async def step(self, commands, frames):
        await self.meet("step")
        return await super().step(commands, frames)

    async def meet(self, where):
        folder = Path(os.environ["NYDUS_MEETING"])
        if where != os.environ["NYDUS_MEETING_AT"] or not (folder / "open").exists():
            return
        (folder / str(os.getpid())).touch()
        for _ in range(int(PATIENCE_S / 0.01)):
            if len(list(folder.iterdir())) > int(os.environ["NYDUS_MEETING_SIZE"]):  # one file is `open`
                return
            await asyncio.sleep(0.01)
        raise RuntimeError("nobody came to the meeting")


class Meeting:
    """The test's side."""

    def __init__(self, folder, monkeypatch, size, at="step"):
        self.folder = folder
        monkeypatch.setenv("NYDUS_MEETING", str(folder))
        monkeypatch.setenv("NYDUS_MEETING_SIZE", str(size))
        monkeypatch.setenv("NYDUS_MEETING_AT", at)

    def open(self):
        """From now on whoever comes waits for the others."""
        (self.folder / "open").touch()

    def end(self):
        """From now on nobody waits."""
        (self.folder / "open").unlink()

    def join(self):
        """Be one of those who are there."""
        (self.folder / "test").touch()

    def guests(self):
        """How many have come."""
        return len([path for path in self.folder.iterdir() if path.name != "open"])


def make_session(spec):
    return MeetingSession.from_spec(spec)
