"""What a batch of StarCraft II games consists of: its arrays, copied, put back and compared as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import records
from engine.core.scenario import Scenario
from engine.core.snapshots import put_back, take
from engine.starcraft2.melee import capacity_of
from engine.starcraft2.state import (
    EFFECT_DTYPE,
    GAME_DTYPE,
    MAX_EFFECTS,
    NUM_GRIDS,
    NUM_PLAYERS,
    PENDING_DTYPE,
    SLOT_ALIVE,
    SLOTS_PER_GENERATION,
    UNIT_DTYPE,
)
from engine.starcraft2.terrain import ground_of, work_for
from engine.starcraft2.vision import MEMORY_DTYPE, MEMORY_PLACES

MIN_CAPACITY: Final = 32
"""Unit slots that a game has at least: tests and tools put units where no scenario says so."""


class GameArrays:
    """The arrays of `num_games` games of one scenario (`engine.starcraft2.state`).

    Attributes:
        num_games: number of games.
        unit_capacity: units that a Frame row must have room for.
        scenario: what is played.
        latency_frames: loops between a command and its execution.
    """

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
        if num_games < 1:
            raise ValueError(f"num_games is {num_games}; at least one game is wanted")
        self.scenario = scenario
        self.num_games = num_games
        wanted = len(scenario.units) if scenario.melee is None else capacity_of(scenario)
        capacity = max(MIN_CAPACITY, wanted, unit_capacity or 0)
        self.unit_capacity = capacity
        self.latency_frames = scenario.latency_frames if latency_frames is None else latency_frames
        if self.latency_frames < 0:
            raise ValueError(f"latency_frames is {self.latency_frames}; it is never negative")
        self._ground = ground_of(scenario.map)
        self._work = work_for(self._ground)
        self._games = records(np.zeros(num_games, GAME_DTYPE))
        self._units = records(np.zeros((num_games, capacity), UNIT_DTYPE))
        self._index = np.zeros((num_games, capacity), np.int32)
        self._pending = records(np.zeros((num_games, (self.latency_frames + 2) * 2 * capacity), PENDING_DTYPE))
        self._deaths = np.zeros((num_games, NUM_PLAYERS, 4 * capacity), np.int32)
        self._blocked = np.zeros((num_games, *self._ground.shape), np.uint8)
        is_melee = scenario.melee is not None
        cells = self._ground.shape if is_melee else (1, 1)
        self._grids = np.zeros((num_games, NUM_GRIDS, *cells), np.uint8)
        self._effects = records(np.zeros((num_games, MAX_EFFECTS), EFFECT_DTYPE))
        self._seen = np.zeros((num_games, NUM_PLAYERS, *cells), np.int32)
        self._memory = records(np.zeros((num_games, NUM_PLAYERS, MEMORY_PLACES if is_melee else 1), MEMORY_DTYPE))
        self._bytes = [part.view(np.uint8).reshape(num_games, -1) for part in self._parts()]
        self._clear(range(num_games), np.zeros(num_games, np.uint64))

    def snapshot(self, game: int) -> bytes:
        """Return everything about one game as bytes for `restore`."""
        return take(self._parts(), game)

    def restore(self, game: int, data: bytes) -> None:
        """Put a game back to what `snapshot` returned; exact.

        Args:
            game: which game.
            data: from any game of the same scenario, capacity and latency.

        Raises:
            ValueError: bytes of something else.
        """
        put_back(self._parts(), game, data)

    def digest(self, game: int) -> str:
        """Return a hash of the state of one game; equal for equal play, whoever watched."""
        head = self._games[game].copy()
        head["num_deaths"] = 0
        head["num_refused"] = 0
        head["last_result"] = 0
        sha = hashlib.sha256(head.tobytes())
        sha.update(self._units[game].tobytes())
        sha.update(self._index[game][: int(head["num_units"])].tobytes())
        sha.update(self._pending[game][: int(head["num_pending"])].tobytes())
        sha.update(self._blocked[game].tobytes())
        sha.update(self._grids[game].tobytes())
        sha.update(self._effects[game][: int(head["num_effects"])].tobytes())
        return sha.hexdigest()

    def id_of(self, game: int, slot: int) -> int:
        """Return the id of the unit in a slot."""
        return slot + SLOTS_PER_GENERATION * int(self._units[game]["generation"][slot])

    def slot_of(self, game: int, unit_id: int) -> int:
        """Return the slot of a living unit, -1 if there is none of this id."""
        slot = int(unit_id) % SLOTS_PER_GENERATION
        if unit_id < 0 or slot >= self.unit_capacity:
            return -1
        unit = self._units[game][slot]
        is_it = unit["slot_state"] == SLOT_ALIVE and unit["generation"] == unit_id // SLOTS_PER_GENERATION
        return slot if is_it else -1

    def set_rng_state(self, game: int, state: int) -> None:
        """Set the 32-bit state of a game's random stream."""
        self._games["rng"][game] = state & 0xFFFFFFFF

    @property
    def units(self) -> NDArray[np.void]:
        """(num_games, unit_capacity) UNIT_DTYPE of `engine.starcraft2.state`."""
        return self._units

    @property
    def games(self) -> NDArray[np.void]:
        """(num_games,) GAME_DTYPE."""
        return self._games

    @property
    def index(self) -> NDArray[np.int32]:
        """(num_games, unit_capacity) int32; the first `num_units` of a game are the slots of its living units."""
        return self._index

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

    def _parts(self) -> tuple[NDArray[np.generic], ...]:
        first = (self._games, self._units, self._index, self._pending, self._deaths, self._blocked)
        return (*first, self._grids, self._effects, self._seen, self._memory)

    def _clear(self, marked: Iterable[int], seeds: NDArray[np.uint64]) -> None:
        for game in marked:
            for part in self._bytes:
                part[game].fill(0)
            self._games["capacity"][game] = self.unit_capacity
            self._games["full_vision"][game] = self.scenario.full_vision
            self._games["is_melee"][game] = self.scenario.melee is not None
            seed = seeds.item(game)
            self._games["rng"][game] = (seed ^ seed >> 32) & 0xFFFFFFFF
