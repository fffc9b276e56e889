"""Spells as the kernels use them: which order casts which technology, with what weapon, from how far, for how much."""

from __future__ import annotations

import csv
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import (
    NO_WEAPON,
    ORDER_COUNT,
    ORDER_NAMES,
    RULES_FOLDER,
    TECH_NAMES,
    TECH_TYPES,
    UNIT_TYPE_COUNT,
    UNIT_TYPE_NAMES,
    WEAPON_TYPES,
)

NO_ORDER: Final = -1
NO_SPELL: Final = -1

_NOT_CAST: Final = ("PlaceMine", "NukePaint", "MedicHeal", "None", "Unknown")
"""Orders of technologies that are no spells."""

UNARMED_RANGE_PX: Final = 288
"""Range of spells without a weapon of their own: nine tiles, as most others have."""

_RANGES_PX: Final = {
    "Scanner_Sweep": 1 << 14,
    "Recall": 1 << 14,
    "Infestation": 0,
    "Defensive_Matrix": 320,
    "Hallucination": 224,
}
"""Ranges that no weapon gives: two reach the whole map, a queen must be at the building."""


def _tech_orders() -> NDArray[np.int64]:
    """Return (techs,) the order that casts each technology, NO_ORDER where it is no spell."""
    orders = np.full(len(TECH_NAMES), NO_ORDER, np.int64)
    with (RULES_FOLDER / "techs.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            if row["order"] not in _NOT_CAST:
                orders[number] = ORDER_NAMES.index(row["order"])
    return orders


def _casters() -> NDArray[np.bool_]:
    """Return (unit types, techs) bool: who may use what."""
    table = np.zeros((UNIT_TYPE_COUNT, len(TECH_NAMES)), np.bool_)
    with (RULES_FOLDER / "techs.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            for name in row["used_by"].split():
                if name in UNIT_TYPE_NAMES:
                    table[UNIT_TYPE_NAMES.index(name), number] = True
    return table


def _ranges() -> NDArray[np.int64]:
    ranges = np.full(len(TECH_NAMES), UNARMED_RANGE_PX, np.int64)
    armed = TECH_TYPES["weapon"] != NO_WEAPON
    ranges[armed] = WEAPON_TYPES["max_range_px"][TECH_TYPES["weapon"][armed]]
    for name, pixels in _RANGES_PX.items():
        ranges[TECH_NAMES.index(name)] = pixels
    return ranges


TECH_ORDERS: Final = _tech_orders()
CASTERS: Final = _casters()
CAST_RANGES_PX: Final = _ranges()
CAST_WEAPONS: Final = TECH_TYPES["weapon"].astype(np.int64)
CAST_ENERGY: Final = TECH_TYPES["energy"].astype(np.int64)
TAKES_UNIT: Final = TECH_TYPES["targets_unit"].astype(np.bool_)
TAKES_POSITION: Final = TECH_TYPES["targets_position"].astype(np.bool_)

ORDER_TECHS: Final = np.full(ORDER_COUNT, NO_SPELL, np.int64)
"""(orders,) the technology that an order casts, NO_SPELL for every other order."""
for _tech, _order in enumerate(TECH_ORDERS.tolist()):
    if _order != NO_ORDER:
        ORDER_TECHS[_order] = _tech
