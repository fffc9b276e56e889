"""One row of a Frame, sorted out for a scripted melee player: what it has, what it sees, what it may spend."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.bases import Base, bases_by_distance, bases_of, natural_of
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_WEAPON, RACES, UNIT_TYPES, order_id, unit_type_id
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX

NUM_TYPES: Final = len(UNIT_TYPES)
NUM_GAME_PLAYERS: Final = 8

IS_BUILDING: Final = UNIT_TYPES["building"].astype(np.bool_)
IS_WORKER: Final = UNIT_TYPES["worker"].astype(np.bool_)
IS_DEPOT: Final = PRODUCTION["is_resource_depot"].astype(np.bool_)
IS_REFINERY: Final = PRODUCTION["is_refinery"].astype(np.bool_)
IS_FIELD: Final = PRODUCTION["is_mineral_field"].astype(np.bool_)
HAS_WEAPON: Final = (UNIT_TYPES["ground_weapon"] != NO_WEAPON) | (UNIT_TYPES["air_weapon"] != NO_WEAPON)
MEDIC: Final = unit_type_id("Terran_Medic")
IS_FIGHTER: Final = (HAS_WEAPON | (np.arange(NUM_TYPES) == MEDIC)) & ~IS_BUILDING & ~IS_WORKER
MINERALS: Final = UNIT_TYPES["mineral_price"].astype(np.int64)
GAS: Final = UNIT_TYPES["gas_price"].astype(np.int64)
SUPPLY_HALF: Final = UNIT_TYPES["supply_required_half"].astype(np.int64)
PROVIDED_HALF: Final = UNIT_TYPES["supply_provided_half"].astype(np.int64)

LARVA: Final = unit_type_id("Zerg_Larva")
EGGS: Final = tuple(unit_type_id(name) for name in ("Zerg_Egg", "Zerg_Cocoon", "Zerg_Lurker_Egg"))
HATCHERIES: Final = tuple(unit_type_id(name) for name in ("Zerg_Hatchery", "Zerg_Lair", "Zerg_Hive"))

IS_EGG: Final = np.isin(np.arange(NUM_TYPES), EGGS)
IS_HATCHERY: Final = np.isin(np.arange(NUM_TYPES), HATCHERIES)
IS_PAIR: Final = PRODUCTION["is_two_in_one_egg"].astype(np.bool_)


def _required() -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Return per type what must stand complete: of each tuple one, a lair for a hatchery among them."""
    return tuple(
        tuple(
            HATCHERIES[HATCHERIES.index(wanted) :] if wanted in HATCHERIES else (wanted,)
            for wanted in units
            if wanted >= 0 and wanted != LARVA
        )
        for units in PRODUCTION["required_units"].tolist()
    )


REQUIRED: Final = _required()

COMPLETED: Final = np.uint64(1 << UnitFlag.COMPLETED)
IDLE: Final = np.uint64(1 << UnitFlag.IDLE)
FLYING: Final = np.uint64(1 << UnitFlag.FLYING)
ATTACKING: Final = np.uint64(1 << UnitFlag.ATTACKING)
CARRYING: Final = np.uint64(1 << UnitFlag.CARRYING_GAS | 1 << UnitFlag.CARRYING_MINERALS)
ON_MINERALS: Final = np.uint64(1 << UnitFlag.GATHERING_MINERALS)
ON_GAS: Final = np.uint64(1 << UnitFlag.GATHERING_GAS)
GATHERED: Final = np.uint64(1 << UnitFlag.BEING_GATHERED)

ORDER_CONSTRUCTING: Final = order_id("ConstructingBuilding")

SCV: Final = unit_type_id("Terran_SCV")
TERRAN: Final = RACES.index("Terran")

NEAR_SITE_PX: Final = 6 * BUILD_TILE_PX
AT_SITE_PX: Final = 2 * BUILD_TILE_PX
NEAR_BASE_PX: Final = 10 * BUILD_TILE_PX
"""Mineral fields and geysers so near to a depot belong to its base."""

BUILDER_NEAR_PX: Final = 160
"""An unfinished Terran building without a worker so near is abandoned."""


class View:
    """What a scripted player knows at one decision, and the commands that it has given in it.

    Attributes:
        frame: frame number.
        player: own player number.
        map: the terrain.
        seen: (height, width) int32, as in Frame.
        creep: (height, width) uint8, as in Frame.
        own: own units; everything else as columns of them: `type`, `x`, `y`, `flags`, `is_complete`.
        enemies: visible units of other players.
        fields: visible mineral fields.
        minerals: what is not spoken for yet.
        gas: likewise.
        supply_used: half points.
        supply_total: half points.
        start: number of the own start location.
        bases: the map's bases.
        order: numbers of all bases, the nearest to the own start first.
    """

    def __init__(self, frame: Frame, row: int, commands: Commands) -> None:
        """Sort out a row.

        Args:
            frame: the Frame, with layers.
            row: which of its rows.
            commands: appended to.
        """
        units = frame.units[row, : frame.num_units[row]]
        owner = units["player"]
        self.frame = int(frame.frame[row])
        self.player = int(frame.player[row])
        self.map = frame.map
        self.seen = frame.seen[row]
        self.creep = frame.creep[row]
        self.own = units[owner == self.player]
        self.enemies = units[(owner != self.player) & (owner >= 0) & (owner < NUM_GAME_PLAYERS)]
        neutral = units[owner >= NUM_GAME_PLAYERS]
        self.fields = neutral[IS_FIELD[neutral["type"]]]
        self.neutral = neutral
        self.type = self.own["type"].astype(np.int64)
        self.x = self.own["x"].astype(np.int64)
        self.y = self.own["y"].astype(np.int64)
        self.flags = self.own["flags"].copy()
        self.is_complete = (self.flags & COMPLETED) != 0
        self.minerals = int(frame.minerals[row])
        self.gas = int(frame.gas[row])
        self.supply_used = int(frame.supply_used[row])
        self.supply_total = int(frame.supply_total[row])
        self._items = commands.items[row]
        self._count = commands.count
        self._row = row
        self.commanded: set[int] = set()
        self.building = IS_BUILDING[self.type]
        self.worker = IS_WORKER[self.type]
        self.race_of = UNIT_TYPES["race"][self.type]
        self.planned = np.where(self.own["train_count"] == 0, self.own["build_type"], -1)
        self.start = self._own_start()
        self.bases: tuple[Base, ...] = bases_of(self.map)
        self.order = bases_by_distance(self.map, self.start)
        self._count_types()
        self._reserve_planned()

    @property
    def main(self) -> Base:
        """The base at the own start location."""
        return self.bases[self.start]

    @property
    def natural(self) -> Base:
        """The base to expand to first; the main where the map has none."""
        number = natural_of(self.map, self.start)
        return self.bases[number] if number >= 0 else self.main

    def have(self, *kinds: int) -> int:
        """Return how many units of these types exist or are on their way: in production, or a worker goes to build."""
        return int(sum(self._exists[kind] for kind in kinds))

    def ready(self, *kinds: int) -> int:
        """Return how many units of these types are complete."""
        return int(sum(self._ready[kind] for kind in kinds))

    def can_make(self, kind: int) -> bool:
        """Say whether all that a unit type asks for stands complete."""
        return all(self.ready(*forms) for forms in REQUIRED[kind])

    def affords(self, kind: int) -> bool:
        """Say whether what is not spoken for pays for a unit type; gas that is short matters to who needs some."""
        return bool(self.minerals >= MINERALS[kind] and (self.gas >= GAS[kind] or not GAS[kind]))

    def set_aside(self, kind: int) -> None:
        """Speak for the price of a unit type."""
        self.minerals -= int(MINERALS[kind])
        self.gas -= int(GAS[kind])

    def has_room(self, kind: int, count: int = 1) -> bool:
        """Say whether the supply has room for `count` more."""
        need = int(SUPPLY_HALF[kind]) * count * (2 if PRODUCTION[kind]["is_two_in_one_egg"] else 1)
        return need == 0 or self.supply_used + need <= self.supply_total

    def command(
        self, index: int, kind: UnitCommandType, *, target: int = NO_UNIT, x: int = -1, y: int = -1, extra: int = 0
    ) -> None:
        """Give own unit `index` a command; what finds no room is dropped."""
        at = int(self._count[self._row])
        if at < len(self._items):
            self._items[at] = (int(self.own["id"][index]), int(kind), target, x, y, extra)
            self._count[self._row] = at + 1
        self.commanded.add(index)

    def indices(self, mask: NDArray[np.bool_]) -> list[int]:
        """Return the numbers of own units in a mask that have no command yet."""
        return [index for index in np.flatnonzero(mask).tolist() if index not in self.commanded]

    def _own_start(self) -> int:
        """Return the start location of the oldest own building; units keep their ids, and starts their owners.

        The first depot has the lowest id as long as it stands; after it, the base that most buildings are near to.
        """
        starts = self.map.starts
        buildings = IS_BUILDING[self.type]
        if not buildings.any():
            buildings = np.ones(len(self.own), np.bool_)
        x, y = self.x[buildings][:, None], self.y[buildings][:, None]
        if not len(x):
            return 0
        nearest = ((x - starts["x"][None, :]) ** 2 + (y - starts["y"][None, :]) ** 2).argmin(axis=1)
        return int(np.bincount(nearest, minlength=len(starts)).argmax())

    def _count_types(self) -> None:
        counted = np.ones(len(self.own), np.bool_)
        unfinished = self.building & ~self.is_complete
        if unfinished.any():
            terran = unfinished & (self.race_of == TERRAN)
            for index in np.flatnonzero(terran).tolist():
                counted[index] = self.builder_of(index) >= 0
        self._ready = np.bincount(self.type[self.is_complete], minlength=NUM_TYPES)
        self._exists = np.bincount(self.type[counted], minlength=NUM_TYPES)
        planned = self.planned >= 0
        self._exists += np.bincount(self.planned[planned], minlength=NUM_TYPES)
        pairs = self.planned[planned & IS_EGG[self.type]]
        self._exists += np.bincount(pairs[IS_PAIR[pairs]], minlength=NUM_TYPES)
        improved = self.type[planned & IS_HATCHERY[self.type]]  # counts as what it becomes
        self._exists -= np.bincount(improved, minlength=NUM_TYPES)
        trained = self.own["build_type"][self.own["train_count"] > 0]
        self._exists += np.bincount(trained[trained >= 0], minlength=NUM_TYPES)

    def builder_of(self, index: int) -> int:
        """Return the worker that builds an unfinished Terran building, -1 if nobody does."""
        at_work = (self.type == SCV) & (self.own["order"] == ORDER_CONSTRUCTING)
        at_work &= (np.abs(self.x - self.x[index]) < BUILDER_NEAR_PX) & (
            np.abs(self.y - self.y[index]) < BUILDER_NEAR_PX
        )
        found = np.flatnonzero(at_work)
        return int(found[0]) if len(found) else -1

    def _reserve_planned(self) -> None:
        """Set aside what workers that are on their way to build will pay on arrival."""
        for index in np.flatnonzero(self.worker & (self.planned >= 0)).tolist():
            self.set_aside(int(self.planned[index]))

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """(bases,) bool: at which bases an own depot stands, or a worker is on its way to build one."""
        base_x = np.array([base.x for base in self.bases])[:, None]
        base_y = np.array([base.y for base in self.bases])[:, None]
        depots = IS_DEPOT[self.type]
        here = (np.abs(self.x[depots] - base_x) < NEAR_SITE_PX) & (np.abs(self.y[depots] - base_y) < NEAR_SITE_PX)
        going = self.worker & (self.planned >= 0)
        going &= IS_DEPOT[np.maximum(self.planned, 0)]
        x, y = self.own["target_x"][going], self.own["target_y"][going]
        there = (np.abs(x - base_x) < AT_SITE_PX) & (np.abs(y - base_y) < AT_SITE_PX)
        held: NDArray[np.bool_] = here.any(axis=1) | there.any(axis=1)
        return held

    def fields_at(self, x: int, y: int) -> int:
        """Return how many mineral fields are seen around a depot, or where one could stand."""
        near = (np.abs(self.fields["x"] - x) < NEAR_BASE_PX) & (np.abs(self.fields["y"] - y) < NEAR_BASE_PX)
        return int(near.sum())

    @cached_property
    def earns(self) -> bool:
        """Whether minerals are left at any own depot."""
        return any(self.fields_at(self.x[index], self.y[index]) for index in self.own_depots())

    @cached_property
    def num_bases(self) -> int:
        """At how many bases minerals are mined, or will be; where none are left is no base any more."""
        depots = self.own_depots()
        count = 0
        for number in np.flatnonzero(self.held).tolist():
            base = self.bases[number]
            here = (np.abs(self.x[depots] - base.x) < NEAR_SITE_PX) & (np.abs(self.y[depots] - base.y) < NEAR_SITE_PX)
            count += not here.any() or self.fields_at(base.x, base.y) > 0
        return count

    def note(self, kind: int) -> None:
        """Count one more of a type: what was just commanded."""
        self._exists[kind] += 1

    def own_depots(self) -> list[int]:
        """Return the numbers of own complete depots."""
        stands = self.is_complete | (self.building & (self.planned >= 0))  # what becomes a lair works on
        return np.flatnonzero(IS_DEPOT[self.type] & stands).tolist()


def one_of(values: NDArray[np.integer], wanted: Sequence[int]) -> NDArray[np.bool_]:
    """Return which values are among a few wanted ones; for so few, comparing is much faster than `numpy.isin`."""
    found: NDArray[np.bool_] = values == wanted[0]
    for value in wanted[1:]:
        found |= values == value
    return found


def nearest(xs: NDArray[np.int64], ys: NDArray[np.int64], x: float, y: float) -> int:
    """Return the number of the point nearest to (x, y); there is at least one."""
    return int(((xs - x) ** 2 + (ys - y) ** 2).argmin())
