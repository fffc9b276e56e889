"""What a batch of StarCraft II games consists of: its own arrays beside those that every game has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.batch import GameBatch
from engine.core.jit import records
from engine.core.scenario import Scenario
from engine.starcraft2.melee import capacity_of
from engine.starcraft2.state import (
    EFFECT_DTYPE,
    GAME_DTYPE,
    MAX_EFFECTS,
    NUM_GRIDS,
    NUM_PLAYERS,
    PENDING_DTYPE,
    UNIT_DTYPE,
)
from engine.starcraft2.terrain import ground_of, work_for
from engine.starcraft2.vision import MEMORY_DTYPE, MEMORY_PLACES

MIN_CAPACITY: Final = 32
"""Unit slots that a game has at least: tests and tools put units where no scenario says so."""


class GameArrays(GameBatch):
    """The arrays of `num_games` games of one scenario (`engine.starcraft2.state`); attributes as of `GameBatch`."""

    UNCOMPARED: ClassVar = ("num_deaths", "num_refused", "last_result")

    def __init__(
        self, scenario: Scenario, num_games: int, *, latency_frames: int | None = None, unit_capacity: int | None = None
    ) -> None:
        """Lay out the games, with nobody in them.

        Args:
            scenario: what is played.
            num_games: number of games, at least 1.
            latency_frames: loops from a command to its execution, at least 0; None takes the scenario's.
            unit_capacity: units that a game has room for; None, or too few for the scenario, takes what it needs.

        Raises:
            ValueError: a number that is not allowed.
        """
        wanted = len(scenario.units) if scenario.melee is None else capacity_of(scenario)
        capacity = max(MIN_CAPACITY, wanted, unit_capacity or 0)
        super().__init__(scenario, num_games, latency_frames=latency_frames, unit_capacity=capacity)
        self._ground = ground_of(scenario.map)
        self._work = work_for(self._ground)
        self._pending = records(np.zeros((num_games, (self.latency_frames + 2) * 2 * capacity), PENDING_DTYPE))
        self._deaths = np.zeros((num_games, NUM_PLAYERS, 4 * capacity), np.int32)
        self._blocked = np.zeros((num_games, *self._ground.shape), np.uint8)
        is_melee = scenario.melee is not None
        cells = self._ground.shape if is_melee else (1, 1)
        self._grids = np.zeros((num_games, NUM_GRIDS, *cells), np.uint8)
        self._effects = records(np.zeros((num_games, MAX_EFFECTS), EFFECT_DTYPE))
        self._seen = np.zeros((num_games, NUM_PLAYERS, *cells), np.int32)
        self._memory = records(np.zeros((num_games, NUM_PLAYERS, MEMORY_PLACES if is_melee else 1), MEMORY_DTYPE))
        self._lay_out(
            records(np.zeros(num_games, GAME_DTYPE)),
            records(np.zeros((num_games, capacity), UNIT_DTYPE)),
            np.zeros((num_games, capacity), np.int32),
            self._pending,
            self._deaths,
            self._blocked,
            self._grids,
            self._effects,
            self._seen,
            self._memory,
        )

    @property
    def ground(self) -> NDArray[np.uint8]:
        """(rows, columns) uint8 of `engine.starcraft2.terrain`, row 0 at the top."""
        return self._ground

    @property
    def blocked(self) -> NDArray[np.uint8]:
        """(num_games, rows, columns) uint8: 1 where something stands that units walk around."""
        return self._blocked

    @property
    def grids(self) -> NDArray[np.uint8]:
        """(num_games, NUM_GRIDS, rows, columns) uint8 of `engine.starcraft2.state`; of one cell in battles."""
        return self._grids

    @property
    def effects(self) -> NDArray[np.void]:
        """(num_games, MAX_EFFECTS) EFFECT_DTYPE; the first `num_effects` of a game are valid."""
        return self._effects

    @property
    def memory(self) -> NDArray[np.void]:
        """(num_games, players, places) MEMORY_DTYPE of `engine.starcraft2.vision`: structures as players remember them.

        Places whose `unit` is 0 are empty; of what is in sight now, the unit itself says more.
        """
        return self._memory

    def _first_head(self) -> NDArray[np.void]:
        head = np.zeros((), GAME_DTYPE)
        head["capacity"] = self.unit_capacity
        head["full_vision"] = self.scenario.full_vision
        head["is_melee"] = self.scenario.melee is not None
        return head

    def _compared(self, game: int, head: NDArray[np.void]) -> Iterator[NDArray[np.generic]]:
        yield self._index[game][: int(head["num_units"])]
        yield self._pending[game][: int(head["num_pending"])]
        yield self._blocked[game]
        yield self._grids[game]
        yield self._effects[game][: int(head["num_effects"])]
