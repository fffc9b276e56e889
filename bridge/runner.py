"""The code that all channels share: one batch of rows, driven from actions to observations.

    step:   task.decode -> session.step -> task.encode -> task.score -> (rows that ended: a new episode)

Whatever runs this code (the trainer itself, a game process behind queues or behind shared memory), the same seeds and
actions give the same bytes, because nothing but this code touches the arrays.

Besides the task's arrays a row has:

    control/rows      bool     trainer -> runner: which rows `reset` restarts
    control/seed      uint64   trainer -> runner: the row's seed, read where control/episode >= 0
    control/episode   int64    trainer -> runner: number of the next episode, or -1: go on counting
    episode/number    int64    runner -> trainer: which episode of the row's seed this is
    episode/seed      uint64   runner -> trainer: the seed that the game was started from
    final_observation/*, final_info/*   in `same_step` mode, last values of the episode that ended in this step
    frame/*           the raw Frame, where it is wanted

`info/*` always belongs to the observation beside it: in `same_step` mode a row that ended shows the new episode's
numbers there, and the old one's (who won, for example) in `final_info/*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.episodes import episode_seed
from bridge.layout import ArraySpec
from bridge.seams import Arrays, AutoresetMode, Episodes, Session, Task
from engine.core.frame import UNIT_DTYPE, Commands, Frame

CONTROL_SPECS: Final[Mapping[str, ArraySpec]] = {
    "control/rows": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
    "control/seed": ArraySpec(shape=(), dtype=np.dtype(np.uint64)),
    "control/episode": ArraySpec(shape=(), dtype=np.dtype(np.int64)),
}
"""What the trainer writes before a reset."""

EPISODE_SPECS: Final[Mapping[str, ArraySpec]] = {
    "episode/number": ArraySpec(shape=(), dtype=np.dtype(np.int64)),
    "episode/seed": ArraySpec(shape=(), dtype=np.dtype(np.uint64)),
}
"""Which episode a row is in."""

FRAME_FIELDS: Final = (
    "player",
    "frame",
    "num_units",
    "units",
    "num_deaths",
    "deaths",
    "minerals",
    "gas",
    "supply_used",
    "supply_total",
    "outcome",
)
"""Fields of `Frame` that are exported, in the layout's order."""

CONTINUE: Final = -1
"""`control/episode` of a row that goes on with its own seed and count."""


def frame_specs(unit_capacity: int) -> dict[str, ArraySpec]:
    """Return the specs of an exported Frame that sees at most `unit_capacity` units.

    Args:
        unit_capacity: length of `units` and `deaths`.
    """
    shapes = {"units": (unit_capacity,), "deaths": (unit_capacity,)}
    dtypes: dict[str, np.dtype[Any]] = {
        "player": np.dtype(np.int8),
        "outcome": np.dtype(np.int8),
        "units": UNIT_DTYPE,
    }
    return {
        f"frame/{name}": ArraySpec(shape=shapes.get(name, ()), dtype=dtypes.get(name, np.dtype(np.int32)))
        for name in FRAME_FIELDS
    }


def row_specs(
    task_specs: Mapping[str, ArraySpec], autoreset: AutoresetMode, frame_capacity: int | None = None
) -> dict[str, ArraySpec]:
    """Return all arrays of a row: the task's, and those that the runner adds.

    Args:
        task_specs: `Task.specs`.
        autoreset: `final_*` arrays exist in `same_step` mode only.
        frame_capacity: units of an exported Frame; None exports none.
    """
    specs = dict(task_specs)
    specs.update(EPISODE_SPECS)
    if autoreset == "same_step":
        specs.update(
            {
                f"final_{name}": spec
                for name, spec in task_specs.items()
                if name.startswith(("observation/", "info/")) or name == "observation"
            }
        )
    if frame_capacity is not None:
        specs.update(frame_specs(frame_capacity))
    specs.update(CONTROL_SPECS)
    return specs


class Runner:
    """Drives one session and one task over a set of arrays.

    Attributes:
        rows: number of rows.
        specs: the arrays of a row, in the layout's order; `bind` wants them with `rows` in front.
        frame: last game frame number of the first row, -1 before the first episode (for messages).
        needs_loop: whether the session leaves something running in the event loop between its calls.
    """

    def __init__(
        self,
        session: Session,
        task: Task,
        autoreset: AutoresetMode = "same_step",
        *,
        num_seats: int = 1,
        frame_skip: int | None = None,
        export_frame: bool = False,
    ) -> None:
        """Take over the session.

        Args:
            session: the games; `close` closes them.
            task: built for these games.
            autoreset: what happens when an episode ends.
            num_seats: rows of one game, which start and end together.
            frame_skip: frames per step; None takes the task's.
            export_frame: also write `frame/*`.
        """
        self.rows = session.rows
        self.specs = row_specs(task.specs, autoreset, session.unit_capacity if export_frame else None)
        self.frame = -1
        self.needs_loop = session.needs_loop
        self._session = session
        self._task = task
        self._autoreset: AutoresetMode = autoreset
        self._num_seats = num_seats
        self._frame_skip = task.frame_skip if frame_skip is None else frame_skip
        self._export_frame = export_frame
        self._commands = Commands.allocate(self.rows, session.unit_capacity)
        self._view: Frame | None = None
        self._seed = np.zeros(self.rows, np.uint64)
        self._episode = np.full(self.rows, -1, np.int64)
        self._ended = np.zeros(self.rows, np.bool_)
        self._has_ended = False
        self._no_row = bytes(self.rows)
        self._game_seed = np.zeros(self.rows, np.uint64)
        self._arrays: Arrays = {}

    def bind(self, arrays: Arrays) -> None:
        """Use these arrays from now on.

        Args:
            arrays: all of `specs`, each (rows, ...).
        """
        self._arrays = arrays
        self._reward = arrays["reward"]
        self._terminated = arrays["terminated"]
        self._truncated = arrays["truncated"]
        self._episode_number = arrays["episode/number"]
        self._episode_seed = arrays["episode/seed"]
        self._infos = [array for name, array in arrays.items() if name.startswith("info/")]
        self._finals = [(array, arrays[name[6:]]) for name, array in arrays.items() if name.startswith("final_")]
        self._frame_arrays = [(name, arrays[f"frame/{name}"]) for name in FRAME_FIELDS] if self._export_frame else []

    async def reset(self) -> None:
        """Start new episodes on the rows of `control/rows`, seeded anew where `control/episode` says so."""
        arrays = self._arrays
        rows = arrays["control/rows"].copy()
        reseeded = rows & (arrays["control/episode"] >= 0)
        self._seed[reseeded] = arrays["control/seed"][reseeded]
        self._episode[reseeded] = arrays["control/episode"][reseeded] - 1
        await self._restart(rows)

    async def _restart(self, rows: NDArray[np.bool_]) -> None:
        view = await self._start(rows)
        self._task.encode(view, self._arrays)
        self._reward[rows] = 0
        self._terminated[rows] = False
        self._truncated[rows] = False
        self._ended[rows] = False
        self._finish(view)

    async def reset_to(self, episodes: Episodes) -> None:
        """Start these episodes on all rows, without what the trainer may have written to `control/*`.

        Args:
            episodes: (seed, number) of each row.
        """
        for row, (seed, number) in enumerate(episodes):
            self._seed[row] = seed
            self._episode[row] = number - 1
        await self._restart(np.ones(self.rows, np.bool_))

    async def step(self) -> None:
        """Play one step with the actions in the arrays and write what came of it."""
        view = self._view
        assert view is not None, "reset comes before the first step"
        pending: NDArray[np.bool_] | None = None
        if self._has_ended and self._autoreset == "next_step" and self._ended.any():
            pending = self._ended.copy()
            if not pending.all():
                view = await self._advance(view, pending)
            view = await self._start(pending)
        else:  # `_advance` without a coroutine of its own: this is nearly every step
            commands = self._commands
            commands.clear()
            self._task.decode(self._arrays, view, commands)
            view = await self._session.step(commands, self._frame_skip)
        self._task.encode(view, self._arrays)
        self._task.score(view, self._arrays)
        if pending is not None:
            self._reward[pending] = 0
            self._terminated[pending] = False
            self._truncated[pending] = False
        if self._find_ended() and self._autoreset == "same_step":
            for row in self._ended.nonzero()[0].tolist():
                for final, last in self._finals:
                    final[row] = last[row]
            view = await self._start(self._ended)
            self._task.encode(view, self._arrays, self._ended)
        self._finish(view)

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def _advance(self, view: Frame, silent: NDArray[np.bool_]) -> Frame:
        commands = self._commands
        commands.clear()
        self._task.decode(self._arrays, view, commands)
        commands.count[silent] = 0
        return await self._session.step(commands, self._frame_skip)

    async def _start(self, rows: NDArray[np.bool_]) -> Frame:
        """Start the next episode of the marked rows; the caller encodes."""
        episode = self._episode
        episode += rows
        for row in rows.nonzero()[0].tolist():  # few, mostly: one by one is faster than all at once
            first = row - row % self._num_seats  # the seats of one game share its seed: the first seat's
            seed = episode_seed(self._seed.item(first), episode.item(first))
            self._game_seed[row] = self._episode_seed[row] = seed
            self._episode_number[row] = episode[row]
            for info in self._infos:
                info[row] = 0
        view = await self._session.start(rows, self._game_seed)
        self._view = view
        self._task.reset(rows, view)
        return view

    def _find_ended(self) -> bool:
        nobody = self._no_row  # compared as bytes: three times as fast as numpy for some rows, and the usual case
        if self._terminated.tobytes() == nobody and self._truncated.tobytes() == nobody:
            if self._has_ended:
                self._ended.fill(False)
                self._has_ended = False
            return False
        ended = np.logical_or(self._terminated, self._truncated, out=self._ended)
        if self._num_seats > 1:
            games = ended.reshape(-1, self._num_seats)
            cut = games.any(axis=1, keepdims=True) & ~games  # a game ends for all its seats, or it could not restart
            self._truncated |= cut.reshape(-1)
            ended |= self._truncated
        self._has_ended = bool(ended.any())
        return self._has_ended

    def _finish(self, view: Frame) -> None:
        self.frame = view.frame.item(0)
        self._view = view
        for name, array in self._frame_arrays:
            np.copyto(array, getattr(view, name))
