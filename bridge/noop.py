"""A game in which nothing happens and a task that pays nothing: what the bridge itself costs, for benchmarks and tests.

`GameSpec(scenario="noop", backend="bridge.noop:make_session", task_factory="bridge.noop:make_task", players=(None,))`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.layout import ArraySpec
from bridge.seams import Arrays
from bridge.spec import GameSpec
from engine.core.frame import Commands, Frame
from engine.core.gamemap import GameMap
from engine.core.scenario import Scenario

NOOP_MAP: Final = GameMap.flat("noop", 2, 2)

NOOP_SCENARIO: Final = Scenario(
    name="noop",
    version=1,
    title="Nothing happens",
    source="none: measures the bridge",
    game="broodwar",
    map=NOOP_MAP,
    units=(),
    triggers=(),
    armies=((), ()),
    full_vision=True,
    frame_skip=1,
    max_frames=1_000_000_000,
    latency_frames=0,
)


class NoopSession:
    """Counts frames, all rows alike: since any of them was started."""

    unit_capacity = 1
    needs_loop = False

    def __init__(self, rows: int) -> None:
        self._frame = Frame.allocate(rows, self.unit_capacity, NOOP_MAP)
        self._count = 0

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self._frame.frame)

    async def start(self, rows: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> Frame:
        """Set the frame number to 0."""
        self._count = 0
        self._frame.frame.fill(0)
        return self._frame

    async def step(self, commands: Commands, frames: int) -> Frame:
        """Count `frames` frames."""
        self._count += frames
        self._frame.frame.fill(self._count)
        return self._frame

    async def close(self) -> None:
        """Do nothing."""


class NoopTask:
    """Shows zeros, never ends."""

    scenario = NOOP_SCENARIO
    frame_skip = 1

    def __init__(self, observation_bytes: int, action_size: int) -> None:
        self._specs = {
            "action": ArraySpec(shape=(action_size,), dtype=np.dtype(np.int32)),
            "observation/bytes": ArraySpec(shape=(observation_bytes,), dtype=np.dtype(np.uint8)),
            "action_mask": ArraySpec(shape=(action_size,), dtype=np.dtype(np.bool_)),
            "reward": ArraySpec(shape=(), dtype=np.dtype(np.float32)),
            "terminated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            "truncated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
        }
        self._shade = 0

    @property
    def specs(self) -> Mapping[str, ArraySpec]:
        """The arrays of one row by name."""
        return self._specs

    def reset(self, rows: NDArray[np.bool_], frame: Frame) -> None:
        """Do nothing."""

    def encode(self, frame: Frame, arrays: Arrays, rows: NDArray[np.bool_] | None = None) -> None:
        """Write every byte of the observation: a game that fills its memory costs at least that."""
        self._shade = (self._shade + 1) % 256
        arrays["observation/bytes"].fill(self._shade)

    def decode(self, arrays: Arrays, frame: Frame, commands: Commands) -> None:
        """Read the action, command nothing."""

    def score(self, frame: Frame, arrays: Arrays) -> None:
        """Pay nothing."""


def make_session(spec: GameSpec) -> NoopSession:
    """Return a session of the spec's size.

    Args:
        spec: only its number of rows matters.
    """
    return NoopSession(spec.rows)


def make_task(observation_bytes: int = 256, action_size: int = 8) -> NoopTask:
    """Return a task of these sizes.

    Args:
        observation_bytes: bytes of one row's observation.
        action_size: int32 numbers of one row's action.
    """
    return NoopTask(observation_bytes, action_size)


def noop_spec(**changes: Any) -> GameSpec:
    """Return the spec of a no-op game.

    Args:
        **changes: fields of `GameSpec` that differ.
    """
    values: dict[str, Any] = {
        "scenario": "noop",
        "backend": "bridge.noop:make_session",
        "task_factory": "bridge.noop:make_task",
        "players": (None,),
        **changes,
    }
    return GameSpec(**values)
