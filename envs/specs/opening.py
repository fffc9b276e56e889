"""The milestones of an opening: what a player of each race has built or trained, and when."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Frame
from envs.specs.reading import FLAG_COMPLETED
from envs.specs.roster import NUM_TYPES

OPENINGS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = MappingProxyType(
    {
        "terran": (
            ("Terran_Supply_Depot", 1),
            ("Terran_Barracks", 1),
            ("Terran_Refinery", 1),
            ("Terran_Marine", 2),
            ("Terran_Factory", 1),
            ("Terran_Vulture", 1),
        ),
        "protoss": (
            ("Protoss_Pylon", 1),
            ("Protoss_Gateway", 1),
            ("Protoss_Assimilator", 1),
            ("Protoss_Zealot", 1),
            ("Protoss_Cybernetics_Core", 1),
            ("Protoss_Dragoon", 1),
        ),
        "zerg": (
            ("Zerg_Overlord", 2),
            ("Zerg_Spawning_Pool", 1),
            ("Zerg_Extractor", 1),
            ("Zerg_Zergling", 6),
            ("Zerg_Hydralisk_Den", 1),
            ("Zerg_Hydralisk", 1),
        ),
    }
)
"""(type, how many complete at one time), by race: one production building, gas, and the first unit that takes it."""


class Opening:
    """Notes which milestones each row has reached, and how much of the episode was left then."""

    def __init__(self, race: str, max_frames: int) -> None:
        """Prepare.

        Args:
            race: whose opening.
            max_frames: limit of an episode.

        Raises:
            ConfigError: the race is not known.
        """
        if race not in OPENINGS:
            raise ConfigError(f"reward 'milestones' as {race}: allowed: {', '.join(OPENINGS)}")
        self._kinds = np.array([unit_type_id(name) for name, _ in OPENINGS[race]], np.int64)
        self._wanted = np.array([count for _, count in OPENINGS[race]], np.int64)
        self._max_frames = max_frames
        self._reached = np.zeros((0, len(self._kinds)), np.bool_)

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Begin an episode on the marked rows."""
        if len(self._reached) != len(marked):
            self._reached = np.zeros((len(marked), len(self._kinds)), np.bool_)
        self._reached[marked] = False

    def follow(self, frame: Frame, books: NDArray[np.void]) -> None:
        """Bring the books up to a Frame; what was reached once stays so."""
        complete = np.uint64(1 << FLAG_COMPLETED)
        for row in range(len(books)):
            units = frame.units[row, : frame.num_units[row]]
            own = units["type"][(units["player"] == frame.player[row]) & ((units["flags"] & complete) != 0)]
            has = np.bincount(own, minlength=NUM_TYPES)[self._kinds] >= self._wanted
            fresh = has & ~self._reached[row]
            if not fresh.any():
                continue
            self._reached[row] |= fresh
            book = books[row]
            left = max(0, self._max_frames - int(book["tracked_frame"] - book["start_frame"]))
            book["milestone_frames"] += int(fresh.sum()) * left
            book["milestones"] = int(self._reached[row].sum())
            book["is_done"] |= int(self._reached[row].all())
