"""The three seams: `Session` between games, `Task` between game and learner, `Channel` between processes.

One step, both ways:

    trainer                                        game process
    arrays["action"][:] = ...                      (waits for its turn)
    channel.send_step()      ----- the turn ---->  task.decode(arrays, frame) -> commands
                                                   frame = await session.step(commands, frame_skip)
    channel.wait(deadline)   <---- the turn -----  task.encode(frame, arrays); task.score(frame, arrays)
    arrays["reward"], arrays["observation/..."]

All three work on a batch of rows; a real game is a batch of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.deadline import Deadline
from bridge.layout import ArraySpec
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario

Arrays = Mapping[str, NDArray[Any]]
"""One step's arrays by name, each with a leading row axis (`bridge.layout`)."""

Episodes = Sequence[tuple[int, int]]
"""(seed, number) of each row's episode (`bridge.episodes.episode_seed`)."""

AutoresetMode = Literal["next_step", "same_step", "disabled"]
"""Gymnasium's three modes. `same_step`: the step that ends an episode also starts the next one, the last
observation goes to `final_observation/*`. `next_step`: the step after the end resets and ignores its action.
`disabled`: the caller resets."""


class Session(Protocol):
    """A batch of running games of one scenario: embedded, behind TorchCraft, or behind SC2's API.

    The Frame that a session returns is the same object every time, overwritten in place.
    """

    @property
    def rows(self) -> int:
        """Number of rows (games * seats)."""
        ...

    @property
    def unit_capacity(self) -> int:
        """Most units in one row of the Frame, and most commands of one row in a step."""
        ...

    @property
    def needs_loop(self) -> bool:
        """Whether the event loop must go on between the calls: a connection to keep alive, a task in the background."""
        ...

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """(Re)start the games of the marked rows and run them until both armies stand; other rows stay as they are.

        Args:
            rows: (rows,) bool; the seats of one game must agree.
            seeds: (rows,) uint64, the game's seed; only marked rows are read.
        """
        ...

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Give the commands, advance all games by `frames` frames and return the new view."""
        ...

    async def close(self) -> None:
        """End the games; idempotent, never raises because a game is already gone."""
        ...


class Task(Protocol):
    """What a learner sees, does and is paid, for a batch of rows. Built by name in every process that needs it."""

    scenario: Scenario
    frame_skip: int

    @property
    def specs(self) -> Mapping[str, ArraySpec]:
        """The arrays of one row by name.

        `action` (and `action/*`: what else the trainer writes before a step), `observation/*`, `action_mask`,
        `reward` (float32), `terminated` (bool), `truncated` (bool), `info/*`.
        """
        ...

    def reset(self, rows: NDArray[np.bool_], frame: Frame) -> None:
        """Begin an episode on the marked rows: take unit slots and running sums from `frame`."""
        ...

    def encode(self, frame: Frame, arrays: Arrays, rows: NDArray[np.bool_] | None = None) -> None:
        """Write `observation/*`, `action_mask` and the state fields of `info/*`.

        Args:
            frame: the view.
            arrays: written to.
            rows: (rows,) bool, whose view is new since the last call; None means all.
        """
        ...

    def decode(self, arrays: Arrays, frame: Frame, commands: Commands) -> None:
        """Turn `action` into commands (appended to `commands`); an impossible factor is dropped and counted in info."""
        ...

    def score(self, frame: Frame, arrays: Arrays) -> None:
        """Write `reward`, `terminated`, `truncated` and the outcome fields of `info/*` of the step that ended here."""
        ...


class Channel(Protocol):
    """The trainer's end of a game process (or of games in the own process) that plays `rows` rows.

    The arrays are the step's memory: the trainer writes `action` before `send_step` and reads the rest after `wait`;
    between `send_*` and `wait` it touches none of them.
    """

    arrays: Arrays
    rows: int

    def send_reset(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64] | None) -> None:
        """Ask for new episodes on the marked rows; with seeds, each row's seed sequence starts anew from its seed."""
        ...

    def send_step(self) -> None:
        """Ask for one step with the actions in `arrays["action"]`."""
        ...

    def wait(self, deadline: Deadline) -> None:
        """Wait for the answer to the last `send_*`.

        Raises:
            GameTimeoutError: no answer in time; the process is stopped.
            GameCrashedError: the process ended or its code raised; carries the remote traceback and log tail.
            GameProtocolError: the answer is not one that the protocol allows.
            GameClosedError: the channel was closed.
        """
        ...

    def close(self) -> None:
        """Stop the games; idempotent, bounded (5 s), never raises because the game is already gone."""
        ...
