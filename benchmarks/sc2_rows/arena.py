"""What rows are made of, and the field on which they are played."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from bridge.scenarios import load_scenario
from engine.core.frame import Commands
from engine.core.gamemap import GameMap
from engine.core.scenario import Melee, Scenario
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.tables import KIND_NAMES, ONE, UPGRADE_IDS

X: Final = 512
Y: Final = 512
"""The arena's middle, pixels of 1/32 cell."""


API: Final = "recorded ResponseData"
CATALOGUE: Final = "SC2GameData 5.0.10"
LIQUIPEDIA: Final = "Liquipedia"
KNOWN: Final = "game knowledge, not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One outcome.

    Attributes:
        row_id: S speeds, A acceleration, C cooldowns, H hits, K kill times, R regeneration, T targets, V sight;
            Z Zerg, P Protoss, O who is sent out, M spells.
        observable: in words.
        expected: the number.
        tolerance: how far off still holds.
        unit: of the number.
        source: who says it.
        measure: plays it.
    """

    row_id: str
    observable: str
    expected: float
    tolerance: float
    unit: str
    source: str
    measure: Callable[[], float]


@dataclass(slots=True)
class Rows:
    """Rows of one topic, numbered by kind as they come.

    Attributes:
        items: so far.
    """

    items: list[Row] = dataclasses.field(default_factory=list)

    def add(
        self,
        kind: str,
        observable: str,
        expected: float,
        tolerance: float,
        unit: str,
        source: str,
        measure: Callable[[], float],
    ) -> None:
        """Add a row; see `Row`. `kind` is the first letter of its id."""
        number = 1 + sum(row.row_id[0] == kind for row in self.items)
        self.items.append(
            Row(
                row_id=f"{kind}{number:02d}",
                observable=observable,
                expected=expected,
                tolerance=tolerance,
                unit=unit,
                source=source,
                measure=measure,
            )
        )


@cache
def _field() -> Scenario:
    return dataclasses.replace(load_scenario("3m"), units=(), triggers=())


class Arena:
    """One game on an open field without anybody."""

    def __init__(self, *, passive: tuple[int, ...] = (0, 1), full_vision: bool = True, seed: int = 3) -> None:
        scenario = dataclasses.replace(_field(), passive_players=passive, full_vision=full_vision)
        self.games = StarCraft2Games(scenario, 1)
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self._nobody = Commands.allocate(0, 1), np.zeros(0, np.int32), np.zeros(0, np.int8)

    def put(self, name: str, player: int, dx: float = 0.0, dy: float = 0.0) -> int:
        """Put a unit so many cells from the middle; return its id."""
        return self.games.create_unit(0, name, player, round(X + 32 * dx), round(Y + 32 * dy))

    def order(self, unit_id: int, ability: int, target_id: int = -1, x: float = 0.0, y: float = 0.0) -> None:
        """Tell a unit what to do; x and y in cells."""
        assert self.games.order(0, unit_id, ability, target_id, round(x * ONE), round(y * ONE)) == 1

    def step(self, loops: int = 1) -> None:
        """Let loops pass."""
        commands, rows, players = self._nobody
        self.games.step(commands, rows, players, loops)

    def get(self, unit_id: int) -> Any:
        """Return a living unit's record."""
        slot = self.games.slot_of(0, unit_id)
        assert slot >= 0, "it is dead"
        return self.games.units[0][slot]

    def is_alive(self, unit_id: int) -> bool:
        """Say whether a unit lives."""
        return self.games.slot_of(0, unit_id) >= 0

    @property
    def loop(self) -> int:
        """Loops that have passed."""
        return int(self.games.games["frame"][0])

    def shots(self, unit_id: int, loops: int, until_dead: int = -1) -> list[int]:
        """Return the loops in which a unit fires."""
        fired = []
        for _ in range(loops):
            self.step()
            if self.is_alive(unit_id) and self.get(unit_id)["fired_frame"] == self.loop:
                fired.append(self.loop)
            if until_dead >= 0 and not self.is_alive(until_dead):
                break
        return fired


@cache
def _open_map() -> Scenario:
    melee = Melee(races=("zerg", "protoss"), starts=(0, 1))
    return dataclasses.replace(_field(), map=GameMap.flat("open", 48, 48), full_vision=True, melee=melee)


class MeleeField(Arena):
    """One melee game on an open map of 48 by 48 cells where nobody has begun; places are cells."""

    def __init__(self, *, seed: int = 3) -> None:
        self.games = StarCraft2Games(_open_map(), 1, latency_frames=0)
        self.games.set_rng_state(0, seed)
        self.games.games["minerals"][0] = self.games.games["gas"][0] = 5000
        self._nobody = Commands.allocate(0, 1), np.zeros(0, np.int32), np.zeros(0, np.int8)

    def put(self, name: str, player: int = 0, x: float = 24.5, y: float = 24.5) -> int:
        """Put a unit at a place; return its id."""
        unit_id = self.games.create_unit(0, name, player, round(32 * x), round(32 * y))
        self.games.look_around(0)
        return unit_id

    def caster(self, name: str, x: float = 24.5, y: float = 24.5) -> int:
        """Put a unit with 200 energy that attacks nobody."""
        unit_id = self.put(name, 0, x, y)
        self.get(unit_id)["energy"] = 200 * ONE
        self.get(unit_id)["is_passive"] = 1
        return unit_id

    def victim(self, name: str, x: float, y: float, player: int = 1) -> int:
        """Put a unit without shields that attacks nobody."""
        unit_id = self.put(name, player, x, y)
        self.get(unit_id)["is_passive"] = 1
        self.get(unit_id)["shield"] = 0
        self.get(unit_id)["shield_wait"] = 10_000
        return unit_id

    def points(self, unit_id: int, field: str = "hp") -> float:
        """Return life, shields or energy of a unit."""
        return int(self.get(unit_id)[field]) / ONE

    def grant(self, upgrade: str) -> None:
        """Give player 0 an upgrade."""
        number = UPGRADE_IDS[upgrade]
        self.games.games["upgrades"][0, 0, number >> 5] |= 1 << (number & 31)

    def count(self, name: str) -> int:
        """Return how many living units of a type there are."""
        slots = self.games.index[0][: int(self.games.games["num_units"][0])]
        return int((self.games.units["kind"][0, slots] == KIND_NAMES.index(name)).sum())

    def find(self, name: str) -> int:
        """Return the id of the first living unit of a type."""
        for slot in self.games.index[0][: int(self.games.games["num_units"][0])].tolist():
            if self.games.units["kind"][0, slot] == KIND_NAMES.index(name):
                return self.games.id_of(0, slot)
        raise AssertionError(f"no {name}")

    def loops_until(self, condition: Callable[[], bool], most: int = 3000) -> float:
        """Return the loops until something is so."""
        for loop in range(most):
            if condition():
                return float(loop)
            self.step()
        raise AssertionError("it did not happen")
