"""Units, their orders and what they carry, from the engine's records to the API's terms.

Engine and API differ in what they count from where: unit ids begin at 0 and at 1, players at 0 and at 1, y grows down
and up, headings turn clockwise from the north and counterclockwise from the east.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.data import effect_radii
from bridge.sc2.maps import Sc2Map
from bridge.sc2.view_kernels import NUM_BUFFS_SHOWN, NUM_COUNTS, NUM_ORDERS, describe
from bridge.sc2.world import NO_ID, ORDER_VIEW_DTYPE, PASSENGER_VIEW_DTYPE, UNIT_VIEW_DTYPE
from engine.core.jit import records
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import (
    BUFF_BOMBED,
    BUFF_BOOSTED,
    BUFF_CONTAMINATED,
    BUFF_LOCKED,
    BUFF_SEIZED,
    BUFF_SLOWED,
    BUFF_STIM,
    BUFF_SUPPLY_DROP,
    MAX_ORDERS,
    NUM_BUFFS,
    QUEUE_LENGTH,
)
from engine.starcraft2.tables import KIND_NAMES, KINDS, ONE, unit_type_id

BUFF_IDS: Final = {
    BUFF_STIM: {"Marine": 27, "Marauder": 24},
    BUFF_SLOWED: {"": 33},
    BUFF_BOOSTED: {"": 281},
    BUFF_SUPPLY_DROP: {"": 25},
    BUFF_LOCKED: {"": 116},
    BUFF_BOMBED: {"": 132},
    BUFF_SEIZED: {"": 22},
    BUFF_CONTAMINATED: {"": 36},
}
"""Buff ids of the interface by position in `unit.buffs`; by unit type where they differ."""


def _buff_table() -> NDArray[np.int32]:
    """Return (NUM_BUFFS, kinds) int32: buff id by position in `unit.buffs` and row of KINDS, 0 for none."""
    table = np.zeros((NUM_BUFFS, len(KINDS)), np.int32)
    for position, by_name in BUFF_IDS.items():
        for number, name in enumerate(KIND_NAMES):
            table[position, number] = by_name.get(name, by_name.get("", 0))
    return table


_BUFF_TABLE: Final = _buff_table()

PYLONS: Final = {"Pylon": 6.5, "WarpPrismPhasing": 3.75}
"""Radius of the power fields (MECHANICS.md section 7), cells."""


class Looks(NamedTuple):
    """What a player is shown of some units.

    Attributes:
        units: (n,) UNIT_VIEW_DTYPE.
        orders: (m,) ORDER_VIEW_DTYPE of the own units' orders, then of what they produce, unit by unit; overwritten by
            the next look.
        buffs: (b, 2) int32, ascending: rows and buff ids of what workers carry and what works on units; overwritten
            likewise.
        counts: by the places that `bridge.sc2.view_kernels` names.
    """

    units: NDArray[np.void]
    orders: NDArray[np.void]
    buffs: NDArray[np.int32]
    counts: list[int]


class UnitViews:
    """How the units of one game look, made anew for every view."""

    def __init__(self, games: StarCraft2Games, sc2_map: Sc2Map, shown_types: Mapping[int, int]) -> None:
        """Make room.

        Args:
            games: one game.
            sc2_map: its map.
            shown_types: unit type id by unit type id, for player 0's units that have types of their own.
        """
        self._games = games
        self._z_of = sc2_map.z_of
        self._shown = KINDS["type"].astype(np.int32)
        for kind, shown in shown_types.items():
            self._shown[KINDS["type"] == kind] = shown
        capacity = games.unit_capacity
        self._row_of = np.empty(capacity, np.int32)
        self._orders = np.zeros(capacity * (MAX_ORDERS + QUEUE_LENGTH), ORDER_VIEW_DTYPE)
        self._buffs = np.zeros((capacity * (NUM_BUFFS + 2), 2), np.int32)

    def look(self, slots: NDArray[np.int32], player: int) -> Looks:
        """Return how units look to a player.

        Args:
            slots: (n,) int32 of the units.
            player: who sees them, from 0.
        """
        games = self._games
        units = np.zeros(len(slots), UNIT_VIEW_DTYPE)
        counted = np.empty(NUM_COUNTS, np.int64)
        describe(
            games.units[0],
            games.games,
            games.index[0],
            slots,
            player,
            self._shown,
            _BUFF_TABLE,
            self._z_of,
            self._row_of,
            records(units),
            records(self._orders),
            self._buffs,
            counted,
        )
        counts: list[int] = counted.tolist()
        return Looks(units, self._orders[: counts[NUM_ORDERS]], self._buffs[: counts[NUM_BUFFS_SHOWN]], counts)


def rallies_of(
    games: StarCraft2Games, height: int, slots: NDArray[np.int32], own: NDArray[np.intp]
) -> list[tuple[int, float, float, int]]:
    """Return (row, x, y, unit id or NO_ID) of the own structures' rally points.

    Args:
        games: one game.
        height: of the map, cells.
        slots: (n,) of all units shown.
        own: rows of the own ones.
    """
    every = games.units[0]
    found = []
    for row in own[every["has_rally"][slots[own]].any(axis=1)].tolist():
        unit = every[slots[row]]
        for at in np.flatnonzero(unit["has_rally"]).tolist():
            target = games.slot_of(0, int(unit["rally_target"][at]))
            x, y = float(unit["rally_x"][at]) / ONE, height - float(unit["rally_y"][at]) / ONE
            found.append((row, x, y, games.id_of(0, target) + 1 if target >= 0 else NO_ID))
    return found


def passenger_views(games: StarCraft2Games, slots: NDArray[np.int32], own: NDArray[np.intp]) -> NDArray[np.void]:
    """Return (p,) PASSENGER_VIEW_DTYPE of who is aboard the own units; arguments as `rallies_of`."""
    every = games.units[0]
    found = []
    opens = KINDS["cargo_capacity"][every["kind"][slots[own]]] > 0  # interceptors in their hangar are no passengers
    for row in own[opens & (every["num_passengers"][slots[own]] > 0)].tolist():
        carrier = every[slots[row]]
        for slot in carrier["passengers"][: carrier["num_passengers"]].tolist():
            unit, kind = every[slot], KINDS[every["kind"][slot]]
            most = games.max_hp(0, slot), kind["max_shield"], kind["max_energy"]
            pairs = zip((unit["hp"], unit["shield"], unit["energy"]), most, strict=True)
            values = [float(value) / ONE for pair in pairs for value in pair]
            found.append((row, games.id_of(0, slot) + 1, int(kind["type"]), *values))
    return np.array(found, PASSENGER_VIEW_DTYPE)


def power_sources(own: NDArray[np.void]) -> list[tuple[float, float, float, int]]:
    """Return (x, y, radius, unit id) of the own units that give power.

    Args:
        own: (n,) UNIT_VIEW_DTYPE.
    """
    found = []
    for name, radius in PYLONS.items():
        for unit in own[(own["type"] == unit_type_id(name)) & (own["build_progress"] >= 1)]:
            found.append((float(unit["x"]), float(unit["y"]), radius, int(unit["id"])))
    return found


def effects_of(games: StarCraft2Games, height: int, count: int) -> list[tuple[int, int, float, float, float]]:
    """Return (effect id, owner, radius, x, y) of what lies on the map besides units and the interface reports.

    Args:
        games: one game.
        height: of the map, cells.
        count: how many there are.
    """
    radii = effect_radii()
    return [
        (
            int(effect["kind"]),
            int(effect["player"]) + 1,
            radii.get(int(effect["kind"]), 0.0),
            float(effect["x"]) / ONE,
            height - float(effect["y"]) / ONE,
        )
        for effect in games.effects[0][:count]
        if effect["kind"]
    ]


def upgrades_of(games: StarCraft2Games, player: int) -> Sequence[int]:
    """Return the ids of a player's finished upgrades."""
    return _numbers_in(games.games["upgrades"][0, player].tobytes())


@lru_cache(maxsize=64)
def _numbers_in(words: bytes) -> tuple[int, ...]:
    """Return which bits are set, the lowest is 0."""
    return tuple(np.flatnonzero(np.unpackbits(np.frombuffer(words, np.uint8), bitorder="little")).tolist())
