"""The game's tables as scripted players ask them: by unit type id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.starcraft2.tables import KIND_NAMES, KIND_OF, KINDS, MADE, NO_KIND, NO_WEAPON, RESEARCH

NUM_TYPES: Final = len(KIND_OF)


def _by_type(name: str) -> NDArray[np.int64]:
    values = np.zeros(NUM_TYPES, np.int64)
    known = np.flatnonzero(KIND_OF != NO_KIND)
    values[known] = KINDS[name][KIND_OF[known]]
    return values


IS_STRUCTURE: Final = _by_type("is_structure") != 0
IS_WORKER: Final = _by_type("is_worker") != 0
IS_TOWN_HALL: Final = _by_type("is_townhall") != 0
IS_FLYER: Final = _by_type("is_flyer") != 0
RESOURCE: Final = _by_type("resource")
SUPPLY_HALF: Final = _by_type("supply_half")
PROVIDED_HALF: Final = _by_type("supply_provided_half")
NEEDS_POWER: Final = _by_type("needs_power") != 0
NEEDS_CREEP: Final = _by_type("needs_creep") != 0
CELLS: Final = _by_type("footprint_half") // 2
"""Cells across of a structure."""

_KNOWN: Final = np.flatnonzero(KIND_OF != NO_KIND)
IS_ARMED: Final = np.zeros(NUM_TYPES, np.bool_)
IS_ARMED[_KNOWN] = (KINDS["ground_weapon"][KIND_OF[_KNOWN]] != NO_WEAPON) | (
    KINDS["air_weapon"][KIND_OF[_KNOWN]] != NO_WEAPON
)
IS_FIGHTER: Final = (IS_ARMED | (_by_type("heals") != 0)) & ~IS_STRUCTURE & ~IS_WORKER & (SUPPLY_HALF > 0)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make something.

    Attributes:
        maker: type id.
        ability: id.
        minerals: price.
        gas: price.
        supply_half: halves.
        requires: type id of a structure that must stand, 0 for none.
        needs_techlab: on the maker.
    """

    maker: int
    ability: int
    minerals: int
    gas: int
    supply_half: int
    requires: int
    needs_techlab: bool


@cache
def ways_to(product: int) -> tuple[Way, ...]:
    """Return how a unit type is made; what costs nothing, landing and lowering, makes nothing.

    Args:
        product: type id.
    """
    kind = int(KIND_OF[product])
    rows = [row for row in MADE if row["deed"] != RESEARCH and row["product"] == kind]
    return tuple(_way(row) for row in rows if row["minerals"] + row["gas"] > 0)


@cache
def way_to_upgrade(structure: int, upgrade: int) -> Way | None:
    """Return how a structure works on an upgrade.

    Args:
        structure: type id.
        upgrade: id.
    """
    kind = int(KIND_OF[structure])
    rows = [row for row in MADE if row["deed"] == RESEARCH and row["product"] == upgrade and row["maker"] == kind]
    return _way(rows[0]) if rows else None


def _way(row: np.void) -> Way:
    requires = int(row["requires"])
    return Way(
        int(KINDS["type"][row["maker"]]),
        int(row["ability"]),
        int(row["minerals"]),
        int(row["gas"]),
        int(row["supply_half"]),
        0 if requires == NO_KIND else int(KINDS["type"][requires]),
        bool(row["needs_techlab"]),
    )


@cache
def stands_for(kind: int) -> frozenset[int]:
    """Return the type ids that meet a requirement of a type: itself, and what it became or can become.

    Args:
        kind: type id.
    """
    row = int(KIND_OF[kind])
    like = (KINDS["stands_for"] == row).any(axis=1) | (np.arange(len(KINDS)) == row)
    return frozenset(KINDS["type"][like].tolist())


def name_of(kind: int) -> str:
    """Return a type's name."""
    return KIND_NAMES[int(KIND_OF[kind])]
