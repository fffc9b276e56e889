"""What makes what, and what it takes: the economy's side of the unit types (`rules/production.csv`)."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.broodwar.rules_table import (
    NO_TYPE,
    RACES,
    RULES_FOLDER,
    TECH_NAMES,
    UNIT_TYPE_COUNT,
    UNIT_TYPE_NAMES,
    UNIT_TYPES,
    UPGRADE_NAMES,
    Column,
    read_table,
)
from engine.core.jit import records

MAX_REQUIRED: Final = 4
"""Kinds of units that one type asks for at most."""


def _whole(name: str, high: int = 1 << 12) -> Column:
    def read(text: str) -> int:
        if not text.isdigit() or int(text) > high:
            raise ValueError(f"a whole number from 0 to {high}")
        return int(text)

    return Column(name=name, field=name, read=read)


def _named(name: str, known: tuple[str, ...], nothing: tuple[str, ...] = ("None",)) -> Column:
    numbers = {text: number for number, text in enumerate(known)} | dict.fromkeys(nothing, NO_TYPE)

    def read(text: str) -> int:
        if text not in numbers:
            raise ValueError(f"one of {len(numbers)} names")
        return numbers[text]

    return Column(name=name, field=name, read=read)


def _required(counts: bool) -> Column:
    """Return the column of required units: their types, or how many of each."""

    def read(text: str) -> list[int]:
        entries = [] if text == "None" else [part.partition(":") for part in text.split()]
        if len(entries) > MAX_REQUIRED or any(name not in UNIT_TYPE_NAMES for name, _, _ in entries):
            raise ValueError(f"at most {MAX_REQUIRED} unit types, `name` or `name:count`, separated by blanks")
        values = [int(count or 1) if counts else UNIT_TYPE_NAMES.index(name) for name, _, count in entries]
        return values + [0 if counts else NO_TYPE] * (MAX_REQUIRED - len(values))

    return Column(name="required_units", field="required_units", read=read, length=MAX_REQUIRED)


def _text(name: str) -> Column:
    return Column(name=name, field="", read=len)


_FLAGS: Final = (
    "requires_psi", "requires_creep", "is_two_in_one_egg", "is_addon", "can_build_addon", "is_resource_container",
    "is_mineral_field", "is_refinery", "is_resource_depot", "produces_creep", "produces_larva", "is_flying_building",
    "is_critter", "is_neutral",
)  # fmt: skip

PRODUCTION_COLUMNS: Final = (
    _whole("id", UNIT_TYPE_COUNT - 1),
    _text("name"),
    _named("built_by", UNIT_TYPE_NAMES),
    _whole("builders", 2),
    _required(counts=False),
    _named("required_tech", TECH_NAMES),
    _named("cloaking_tech", TECH_NAMES),
    _named("armor_upgrade", UPGRADE_NAMES, ("None", "Upgrade_60", "Unknown")),
    *(_whole(name, 1) for name in _FLAGS),
    *(_whole(f"placement_{side}_px") for side in ("width", "height")),
    *(_whole(f"addon_{axis}_px") for axis in ("x", "y")),
    _whole("right_click_action", 255),
    _text("source"),
)

PRODUCTION: Final = records(read_table(RULES_FOLDER / "production.csv", PRODUCTION_COLUMNS, UNIT_TYPE_COUNT))
"""(234,) by BWAPI UnitType id; fields as `PRODUCTION_COLUMNS` names them, NO_TYPE where there is none."""

NO_TECH: Final = NO_TYPE

NEUTRAL_PLAYER: Final = 11

MINERALS_OF_A_FIELD: Final = 1500
GAS_OF_A_GEYSER: Final = 5000
"""What a resource holds where the map says nothing (MECHANICS.md 9)."""

VESPENE_GEYSER: Final = UNIT_TYPE_NAMES.index("Resource_Vespene_Geyser")

_is_refinery = PRODUCTION["is_refinery"].astype(np.bool_)

START_RESOURCES: Final = (
    PRODUCTION["is_mineral_field"] * MINERALS_OF_A_FIELD
    + (_is_refinery | (np.arange(UNIT_TYPE_COUNT) == VESPENE_GEYSER)) * GAS_OF_A_GEYSER
).astype(np.int32)
"""(234,) int32: what a unit of this type holds when it appears."""

_built_by = PRODUCTION["built_by"]
_is_building = UNIT_TYPES["building"] == 1
_is_zerg = UNIT_TYPES["race"] == RACES.index("Zerg")
_is_made = (_built_by != NO_TYPE) & (PRODUCTION["builders"] == 1)
for _name in ("Terran_Siege_Tank_Siege_Mode", "Zerg_Larva", "Zerg_Egg", "Zerg_Cocoon", "Zerg_Lurker_Egg", "Unknown"):
    _is_made[UNIT_TYPE_NAMES.index(_name)] = False
_of_infested = UNIT_TYPE_NAMES.index("Zerg_Infested_Terran")

IS_MORPHED: Final = _is_made & _is_zerg & (UNIT_TYPES["worker"][_built_by] == 0)
"""(234,) bool: what a larva, a unit or a building becomes by a morph."""
IS_MORPHED[_of_infested] = False

IS_TRAINED: Final = _is_made & ~_is_building & ~IS_MORPHED
"""(234,) bool: what is made in a queue: of a building, a carrier or a reaver."""
