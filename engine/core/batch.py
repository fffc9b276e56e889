"""What a batch of games consists of, whichever game it is: arrays, cleared, copied, put back, compared as bytes.

A game's engine lays its own arrays out (`GameBatch._lay_out`), says what a game's head holds before its first frame
and which bytes of the rest tell one course of play from another; everything else is the same for all and stands here.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.scenario import Scenario

SLOTS_PER_GENERATION: Final = 4096
"""A unit's id is its slot, and this many for each unit that had the slot before it."""

SLOT_ALIVE: Final = 1
"""`slot_state` of a living unit."""


class GameBatch(ABC):
    """`num_games` games of one scenario: the arrays between two calls.

    Attributes:
        num_games: number of games.
        unit_capacity: units that a Frame row must have room for.
        scenario: what is played.
        latency_frames: frames between a command and its execution.
    """

    UNCOMPARED: ClassVar[tuple[str, ...]]
    """Fields of a game's head that say what somebody was told, not how the game stands."""

    def __init__(
        self, scenario: Scenario, num_games: int, *, latency_frames: int | None = None, unit_capacity: int
    ) -> None:
        """Take the numbers of the batch; the arrays come by `_lay_out`.

        Args:
            scenario: what is played.
            num_games: number of games, at least 1.
            latency_frames: frames from a command to its execution, at least 0; None takes the scenario's.
            unit_capacity: unit slots of a game.

        Raises:
            ValueError: a number that is not allowed.
        """
        if num_games < 1:
            raise ValueError(f"num_games is {num_games}; at least one game is wanted")
        self.scenario = scenario
        self.num_games = num_games
        self.unit_capacity = unit_capacity
        self.latency_frames = scenario.latency_frames if latency_frames is None else latency_frames
        if self.latency_frames < 0:
            raise ValueError(f"latency_frames is {self.latency_frames}; it is never negative")

    def _lay_out(
        self,
        games: NDArray[np.void],
        units: NDArray[np.void],
        index: NDArray[np.int32],
        *others: NDArray[np.generic],
    ) -> None:
        """Take the arrays of the batch, each with a leading axis of games, and clear them.

        Args:
            games: (num_games,) heads, with the field `rng`.
            units: (num_games, unit_capacity) records with `slot_state` and `generation`.
            index: (num_games, ...) int32; the first `num_units` of a game are the slots of its living units.
            others: the game's own, of any dtype. `snapshot` keeps all in this order.
        """
        self._games, self._units, self._index = games, units, index
        self._parts = (games, units, index, *others)
        self._bytes = [part.view(np.uint8).reshape(self.num_games, -1) for part in self._parts]
        self._head = self._first_head()
        self._clear(range(self.num_games), np.zeros(self.num_games, np.uint64))

    @abstractmethod
    def _first_head(self) -> NDArray[np.void]:
        """Return what a game's head holds before its first frame, but for the random stream."""

    @abstractmethod
    def _compared(self, game: int, head: NDArray[np.void]) -> Iterable[NDArray[np.generic]]:
        """Return what tells one game from another beside head and units, in a fixed order.

        Args:
            game: which game.
            head: its head.
        """

    def snapshot(self, game: int) -> bytes:
        """Return everything about one game as bytes for `restore`."""
        return b"".join(part[game].tobytes() for part in self._parts)

    def restore(self, game: int, data: bytes) -> None:
        """Put a game back to what `snapshot` returned; exact.

        Args:
            game: which game.
            data: from any game of the same scenario, capacity and latency.

        Raises:
            ValueError: bytes of another length; nothing is changed.
        """
        sizes = [part[game].nbytes for part in self._parts]
        if len(data) != sum(sizes):
            raise ValueError(f"a snapshot of {len(data)} bytes; this scenario's have {sum(sizes)}")
        at = 0
        for part, size in zip(self._parts, sizes, strict=True):
            part[game] = np.frombuffer(data, part.dtype, count=part[game].size, offset=at).reshape(part[game].shape)
            at += size

    def digest(self, game: int) -> str:
        """Return a hash of the state of one game; equal for equal play, whoever watched."""
        head = self._games[game].copy()
        for name in self.UNCOMPARED:
            head[name] = 0
        sha = hashlib.sha256(head.tobytes())
        sha.update(self._units[game].tobytes())
        for part in self._compared(game, head):
            sha.update(part.tobytes())
        return sha.hexdigest()

    def id_of(self, game: int, slot: int) -> int:
        """Return the id of the unit in a slot."""
        return slot + SLOTS_PER_GENERATION * int(self._units[game]["generation"][slot])

    def slot_of(self, game: int, unit_id: int) -> int:
        """Return the slot of a living unit, -1 if there is none of this id."""
        generation, slot = divmod(int(unit_id), SLOTS_PER_GENERATION)
        if unit_id < 0 or slot >= self.unit_capacity:
            return -1
        unit = self._units[game][slot]
        return slot if unit["slot_state"] == SLOT_ALIVE and unit["generation"] == generation else -1

    def set_rng_state(self, game: int, state: int) -> None:
        """Set the 32-bit state of a game's random stream."""
        self._games["rng"][game] = state & 0xFFFFFFFF

    @property
    def games(self) -> NDArray[np.void]:
        """(num_games,) GAME_DTYPE of the game's own `state` module."""
        return self._games

    @property
    def units(self) -> NDArray[np.void]:
        """(num_games, unit_capacity) UNIT_DTYPE of the game's own `state` module."""
        return self._units

    @property
    def index(self) -> NDArray[np.int32]:
        """(num_games, ...) int32; the first `num_units` of a game are the slots of its living units."""
        return self._index

    def _clear(self, marked: Iterable[int], seeds: NDArray[np.uint64]) -> None:
        """Empty games, and seed their random streams.

        Args:
            marked: which games.
            seeds: (num_games,) uint64; only marked games' are read.
        """
        for game in marked:  # few, mostly: some games of a batch end in nearly every step
            for part in self._bytes:
                part[game].fill(0)
            self._games[game] = self._head
            seed = seeds.item(game)
            self._games["rng"][game] = (seed ^ seed >> 32) & 0xFFFFFFFF
