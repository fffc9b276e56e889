"""TorchCraft's module `replayer`: frames and what is in them, and the replays that hold them.

Also `frame_diff` and `frame_undiff`, which the original has in C++ only. The files are `bridge.torchcraft.replay`'s.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.errors import ConfigError
from bridge.torchcraft import diff, replay
from bridge.torchcraft.frames import Frame
from bridge.torchcraft.messages import WireFrame, WireFrameDiff
from bridge.torchcraft.objects import Action, Bullet, Order, Resources, Unit, UnitCommand
from bridge.torchcraft.state import State

__all__ = [
    "Action",
    "Bullet",
    "Frame",
    "Order",
    "ReplayError",
    "Replayer",
    "Resources",
    "Unit",
    "UnitCommand",
    "frame_diff",
    "frame_undiff",
    "load",
]


class ReplayError(ConfigError, RuntimeError):
    """A replay cannot be read or written; a RuntimeError, as the original raises."""


class Map(TypedDict):
    """A map as `Replayer.getMap` gives and `Replayer.setMap` takes it; arrays are (height, width) uint8, walk tiles."""

    walkability: NDArray[np.uint8]
    buildability: NDArray[np.uint8]
    ground_height: NDArray[np.uint8]
    start_locations: list[tuple[int, int]]


class Replayer:
    """A replay in memory: a map and frames; `save` writes it, `load` (of this module) reads one.

    Frames of a file are read when they are asked for.
    """

    def __init__(self) -> None:
        self._frames: list[Frame | int] = []
        self._stored: replay.ReplayFrames | None = None
        self._num_units: dict[int, int] = {}
        self._keyframe = 0
        self._map = replay.ReplayMap()

    @classmethod
    def of(cls, stored: replay.Replay) -> Replayer:
        """Return the replay that a file holds."""
        made = cls()
        made._stored = stored.frames
        made._frames = [*range(len(stored.frames))]
        made._num_units = dict(stored.num_units)
        made._keyframe = stored.keyframe
        made._map = stored.map
        return made

    def __len__(self) -> int:
        return len(self._frames)

    def getFrame(self, i: int) -> Frame | None:
        """Return a frame, the same object each time; None outside the replay.

        Raises:
            ReplayError: its record in the file is damaged.
        """
        if not 0 <= i < len(self._frames):
            return None
        frame = self._frames[i]
        if isinstance(frame, int):
            frame = self._frames[i] = Frame.of(self._read(frame))
        return frame

    def push(self, frame: Frame) -> None:
        """Append a copy of a frame."""
        self._frames.append(Frame(frame))

    def setKeyFrame(self, x: int) -> None:
        """Choose which frames are saved whole: 0 all, K every K-th, -1 only the first of those that are there now."""
        self._keyframe = x if x >= 0 else len(self._frames) + 1

    def getKeyFrame(self) -> int:
        """Return every how many frames one is saved whole; 0 means all are."""
        return self._keyframe

    def setNumUnits(self) -> None:
        """Take down the largest number of units that each player has in a frame."""
        for player, count in replay.count_units(self._wires()).items():
            self._num_units[player] = max(count, self._num_units.get(player, 0))

    def getNumUnits(self, key: int) -> int:
        """Return the largest number of units of a player, as `setNumUnits` found it; -1 for unknown players."""
        return self._num_units.get(key, -1)

    def setMapFromState(self, state: State) -> None:
        """Take the map of a client's state."""
        width, height = state.map_size
        layers = (state.walkable_data, state.buildable_data, state.ground_height_data)
        shaped = (np.array(layer, np.uint8).reshape(height, width) for layer in layers)
        self._set_map(tuple(shaped), [(place.x, place.y) for place in state.start_locations])

    def setMap(self, values: Map) -> None:
        """Take a map of the form that `getMap` gives.

        Raises:
            KeyError: one of its four entries is missing.
        """
        layers = (values["walkability"], values["buildability"], values["ground_height"])
        self._set_map(layers, values["start_locations"])

    def _set_map(self, layers: Sequence[ArrayLike], starts: Sequence[tuple[int, int]]) -> None:
        walkability, buildability, height = layers
        # What a file has no room for is left out here already, as TorchCraft does.
        self._map = replay.ReplayMap(
            walkability=np.array(walkability, np.uint8) & np.uint8(1),
            buildability=np.array(buildability, np.uint8) & np.uint8(1),
            ground_height=np.array(height, np.uint8) & np.uint8(7),
            start_locations=tuple((int(x), int(y)) for x, y in starts),
        )

    def getMap(self) -> Map:
        """Return a copy of the map; start locations are (x, y) in walk tiles, row by row."""
        return Map(
            walkability=self._map.walkability.copy(),
            buildability=self._map.buildability.copy(),
            ground_height=self._map.ground_height.copy(),
            start_locations=sorted(set(self._map.start_locations), key=lambda place: (place[1], place[0])),
        )

    def save(self, path: str | os.PathLike[str], compressed: bool = True) -> None:
        """Write the replay to a file; readers see the old file or the whole new one.

        Raises:
            ReplayError: there is no map, its layers do not fit, or the file cannot be written.
        """
        try:
            replay.write_tcr(path, self._wires(), self._map, self._keyframe, compressed, self._num_units)
        except ConfigError as error:
            raise ReplayError(str(error)) from error

    def _wires(self) -> list[WireFrame]:
        return [self._read(frame) if isinstance(frame, int) else frame.wire() for frame in self._frames]

    def _read(self, place: int) -> WireFrame:
        assert self._stored is not None
        try:
            return self._stored[place]
        except ConfigError as error:
            raise ReplayError(str(error)) from error

    def __repr__(self) -> str:
        height, width = self._map.walkability.shape
        return f"Replayer({len(self)} frames, {width} x {height} walk tiles)"


def load(path: str | os.PathLike[str]) -> Replayer:
    """Return the replay in a file, compressed or not.

    Raises:
        ReplayError: the file is missing, no replay, damaged, or of an older TorchCraft.
    """
    try:
        return Replayer.of(replay.read_tcr(path))
    except ConfigError as error:
        raise ReplayError(str(error)) from error


def frame_diff(new: Frame, old: Frame) -> WireFrameDiff:
    """Return what makes `new` of `old`, as servers send it and replays keep it.

    Raises:
        WireError: the frames have creep maps of different lengths.
    """
    return diff.diff(new.wire(), old.wire())


def frame_undiff(difference: WireFrameDiff, old: Frame) -> Frame:
    """Return the frame that a difference makes of `old`.

    Raises:
        WireError: the difference does not fit it.
    """
    return Frame.of(diff.undiff(old.wire(), difference))
