"""Upgrades and technologies as the kernels use them: where they are made, what they take and ask for.

The numbers are those of `rules/upgrades.csv` and `rules/techs.csv`.
"""

from __future__ import annotations

import csv
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import (
    NO_TYPE,
    RULES_FOLDER,
    TECH_NAMES,
    TECH_TYPES,
    UNIT_TYPE_COUNT,
    UNIT_TYPE_NAMES,
    UPGRADE_NAMES,
    UPGRADE_TYPES,
    RulesError,
)
from engine.broodwar.state import NUM_TECHS, NUM_UPGRADES
from engine.core.jit import records

__all__ = [
    "ALWAYS",
    "KNOWN_FROM_THE_START",
    "RESEARCH_AT",
    "SPEED_UPGRADES",
    "TECHS",
    "TECH_NEEDS",
    "UPGRADES",
    "UPGRADE_AT",
    "UPGRADE_NEEDS",
]

MAX_LEVEL: Final = 3
ALWAYS: Final = -2
"""In SPEED_UPGRADES: the type moves as if it had its upgrade from the start."""

UPGRADES: Final = records(UPGRADE_TYPES)
"""(63,) by BWAPI UpgradeType id."""

TECHS: Final = records(TECH_TYPES)
"""(47,) by BWAPI TechType id."""

_NOBODY: Final = ("None", "Unknown")


def _column(file: str, name: str) -> list[str]:
    with (RULES_FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return [row[name] for row in csv.DictReader(lines)]


def _unit_types(file: str, name: str, width: int) -> NDArray[np.int32]:
    """Return (rows, width) unit type ids of a column of names separated by blanks; the last one counts on."""
    found = np.full((len(_column(file, name)), width), NO_TYPE, np.int32)
    for row, text in enumerate(_column(file, name)):
        for place, word in enumerate(text.split()[:width]):
            if word not in UNIT_TYPE_NAMES and word not in _NOBODY:
                raise RulesError(f"{file}, row {row}, column {name!r}: got {word!r}, allowed: a unit type's name")
            if word not in _NOBODY:
                found[row, place] = UNIT_TYPE_NAMES.index(word)
    found.flags.writeable = False
    return found


def _speed_upgrades() -> NDArray[np.int32]:
    """Return (234,) the upgrade that makes a unit type faster, NO_TYPE or ALWAYS (MECHANICS.md 3.4)."""
    by_type = np.full(UNIT_TYPE_COUNT, NO_TYPE, np.int32)
    for upgrade, name in (
        ("Ion_Thrusters", "Terran_Vulture"),
        ("Pneumatized_Carapace", "Zerg_Overlord"),
        ("Metabolic_Boost", "Zerg_Zergling"),
        ("Muscular_Augments", "Zerg_Hydralisk"),
        ("Anabolic_Synthesis", "Zerg_Ultralisk"),
        ("Leg_Enhancements", "Protoss_Zealot"),
        ("Gravitic_Drive", "Protoss_Shuttle"),
        ("Gravitic_Boosters", "Protoss_Observer"),
        ("Gravitic_Thrusters", "Protoss_Scout"),
    ):
        by_type[UNIT_TYPE_NAMES.index(name)] = UPGRADE_NAMES.index(upgrade)
    by_type[UNIT_TYPE_NAMES.index("Zerg_Lurker")] = ALWAYS
    by_type.flags.writeable = False
    return by_type


if len(UPGRADE_NAMES) != NUM_UPGRADES or len(TECH_NAMES) != NUM_TECHS:
    raise RulesError(f"{len(UPGRADE_NAMES)} upgrades and {len(TECH_NAMES)} techs, wanted {NUM_UPGRADES}, {NUM_TECHS}")

UPGRADE_AT: Final = _unit_types("upgrades.csv", "upgraded_at", 1)[:, 0]
"""(63,) the unit type that makes an upgrade, NO_TYPE where nobody does."""

UPGRADE_NEEDS: Final = _unit_types("upgrades.csv", "requires", MAX_LEVEL)
"""(63, 3) the unit type that the step to level 1, 2, 3 asks for, NO_TYPE for none."""

RESEARCH_AT: Final = _unit_types("techs.csv", "researched_at", 1)[:, 0]
"""(47,) the unit type that researches a technology, NO_TYPE where nobody does."""

TECH_NEEDS: Final = _unit_types("techs.csv", "required_unit", 1)[:, 0]
"""(47,) the unit type that a technology's research asks for, NO_TYPE for none."""

SPEED_UPGRADES: Final = _speed_upgrades()
"""(234,) the upgrade that makes a unit type faster; NO_TYPE for none, ALWAYS if it never needs one."""

_races: Final = _column("techs.csv", "race")

KNOWN_FROM_THE_START: Final = np.array(
    [race not in _NOBODY and at == NO_TYPE for race, at in zip(_races, RESEARCH_AT.tolist(), strict=True)], np.uint8
)
"""(47,) 1 for a technology that nobody needs to research."""
