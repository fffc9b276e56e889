"""A melee game whose units have the numbers that recordings name them by.

A game gives its first unit the number 0, the second one the last number there is, 1699, and from there on it counts
down, in the order of creation. Source: the recorded games, recorded/README.md.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.broodwar.games import BroodWarGames
from engine.broodwar.state import SLOT_FREE, SLOT_TURRET, SLOTS_PER_GENERATION
from engine.core.frame import NO_UNIT, Commands, UnitCommandType
from engine.core.melee import PLAYERS
from engine.core.scenario import Scenario

LAST_NUMBER: Final = 1699


class NumberedGame:
    """One melee game, driven by unit numbers; commands act on the next frame.

    Attributes:
        games: the engine, with this one game.
        slots: slot here by number of the unit, in the order of creation.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        """Begin the game.

        Args:
            scenario: a melee scenario without chance in starts and races.
            seed: the 32 bits that the random stream begins with.
        """
        self.games = BroodWarGames(scenario, 1, latency_frames=0)
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self.slots: dict[int, int] = {}
        self._seen = np.full(self.games.unit_capacity, -1, np.int64)
        self._commands = Commands.allocate(len(PLAYERS), self.games.unit_capacity)
        self._row_game = np.zeros(len(PLAYERS), np.int32)
        self._row_player = np.arange(len(PLAYERS), dtype=np.int8)
        self._number_new_units()

    @property
    def frame(self) -> int:
        """Frames that have been played."""
        return int(self.games.games["frame"][0])

    def advance(self) -> None:
        """Carry out the commands and play one frame."""
        self.games.step(self._commands, self._row_game, self._row_player, 1)
        self._commands.clear()
        self._number_new_units()

    def id_of(self, number: int) -> int:
        """Return the engine's id of the unit with this number, NO_UNIT if there never was one."""
        slot = self.slots.get(number)
        if slot is None:
            return NO_UNIT
        return slot + SLOTS_PER_GENERATION * int(self.games.units["generation"][0, slot])

    def command(
        self, player: int, kind: UnitCommandType, number: int, *, target: int = NO_UNIT, x: int = 0, y: int = 0,
        extra: int = 0,
    ) -> str:  # fmt: skip
        """Give a command; return BWAPI's name of the reason why it will not be carried out, "None" if it will.

        Args:
            player: who gives it.
            kind: BWAPI's type.
            number: of the unit that shall do it.
            target: number of another unit.
            x: pixels.
            y: pixels.
            extra: BWAPI id of a type.
        """
        at = int(self._commands.count[player])
        item = self._commands.items[player, at]
        item["unit_id"], item["type"] = self.id_of(number), int(kind)
        item["target_id"] = NO_UNIT if target == NO_UNIT else self.id_of(target)
        item["x"], item["y"], item["extra"] = x, y, extra
        self._commands.count[player] = at + 1
        return self.games.command_error(0, player, item)

    def _number_new_units(self) -> None:
        units = self.games.units[0]
        there = (units["slot_state"] != SLOT_FREE) & (units["slot_state"] != SLOT_TURRET)
        new = np.flatnonzero(there & (units["generation"] != self._seen)).tolist()
        if not new:
            return
        age: dict[int, int] = {}
        if self.slots:  # the newest stands first; at the game's start slots are in the order of creation
            listed = self.games.index[0, : int(self.games.games["num_units"][0])].tolist()
            age = {slot: -place for place, slot in enumerate(listed)}
        for slot in sorted(new, key=lambda slot: (age.get(slot, -len(units)), slot)):
            self._seen[slot] = units["generation"][slot]
            count = len(self.slots)
            self.slots[0 if count == 0 else LAST_NUMBER + 1 - count] = slot
