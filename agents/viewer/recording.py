"""`Recording`: one game as it was seen, sample by sample, and the file that carries it between processes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import COMMAND_DTYPE, UNIT_DTYPE
from engine.core.rules import BROODWAR

MAX_PLAYERS: Final = 8
"""Players that a game can have; higher numbers and negative ones are neutral."""

SEEN_UNIT_DTYPE: Final = np.dtype([*((name, UNIT_DTYPE[name]) for name in UNIT_DTYPE.names or ()), ("seen_by", "u1")])
"""A unit of a Frame, and who sees it: bit p is player p."""

RESOURCES: Final = ("minerals", "gas", "supply_used", "supply_total")
"""Columns of `Recording.resources`; supply in half points, as BWAPI counts."""

UNKNOWN: Final = -1
"""A resource of a player whose view was not recorded."""

GIVEN_COMMAND_DTYPE: Final = np.dtype(
    [("frame", np.int32), ("player", np.int32), *((name, COMMAND_DTYPE[name]) for name in COMMAND_DTYPE.names or ())]
)
"""One command, who gave it, and the frame of the view that it answered."""

DEATH_DTYPE: Final = np.dtype([("frame", np.int32), ("unit_id", np.int32)])

_ARRAYS: Final = ("terrain", "frames", "ends", "units", "resources", "deaths", "commands")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One game. T samples, each a view at one frame; all arrays are in the order of their frames.

    Attributes:
        title: what is shown in the page's head.
        players: name of each player, by number; at most 8.
        terrain: (h, w) uint8 per walk tile: bit 0 walkable, bit 1 buildable, from bit 2 BWAPI's ground height.
        frames: (T,) int32, strictly ascending.
        units: (n,) SEEN_UNIT_DTYPE, sample by sample.
        ends: (T,) int64, where each sample ends in `units`.
        resources: (T, players, 4) int32, `RESOURCES`; `UNKNOWN` where nobody knows.
        deaths: (d,) DEATH_DTYPE, frame of the sample that said so.
        commands: (c,) GIVEN_COMMAND_DTYPE.
        viewers: players whose own views were recorded: their fog can be shown.
        deaths_are_known: False where a unit that is gone for good is only taken for dead.
        notes: label and text of what else is worth saying (scenario, seed, outcome).
        game: whose types the units are of.
    """

    title: str
    players: tuple[str, ...]
    terrain: NDArray[np.uint8]
    frames: NDArray[np.int32]
    units: NDArray[np.void]
    ends: NDArray[np.int64]
    resources: NDArray[np.int32]
    deaths: NDArray[np.void]
    commands: NDArray[np.void]
    viewers: tuple[int, ...] = ()
    deaths_are_known: bool = True
    notes: dict[str, str] = field(default_factory=dict)
    game: str = BROODWAR

    def __post_init__(self) -> None:
        assert len(self.players) <= MAX_PLAYERS
        assert len(self.frames) == len(self.ends) == len(self.resources)
        assert self.ends.size == 0 or self.ends[-1] == len(self.units)

    @property
    def sample_of_unit(self) -> NDArray[np.int64]:
        """(n,) int64, the sample that each row of `units` belongs to."""
        counts = np.diff(self.ends, prepend=0)
        return np.repeat(np.arange(len(self.frames)), counts)

    def save(self, path: Path) -> None:
        """Write a file that `load` reads: plain arrays, nothing that could run."""
        about = {
            "title": self.title,
            "players": self.players,
            "viewers": self.viewers,
            "deaths_are_known": self.deaths_are_known,
            "notes": self.notes,
            "game": self.game,
        }
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        with path.open("wb") as file:
            np.savez(file, about=np.array(json.dumps(about)), **arrays)

    @staticmethod
    def load(path: Path) -> Recording:
        """Return what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in _ARRAYS}
        return Recording(
            title=about["title"],
            players=tuple(about["players"]),
            viewers=tuple(about["viewers"]),
            deaths_are_known=about["deaths_are_known"],
            notes=about["notes"],
            game=about["game"],
            **arrays,
        )
