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
    WEAPON_TYPE_NAMES,
    RulesError,
)
from engine.core.frame import NUM_TECHS, NUM_UPGRADES
from engine.core.jit import records

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


def _by_type(pairs: tuple[tuple[str, str], ...]) -> NDArray[np.int32]:
    """Return (234,) the upgrade of each unit type in (upgrade, unit type) pairs, NO_TYPE for the others."""
    by_type = np.full(UNIT_TYPE_COUNT, NO_TYPE, np.int32)
    for upgrade, name in pairs:
        by_type[UNIT_TYPE_NAMES.index(name)] = UPGRADE_NAMES.index(upgrade)
    return by_type


def _weapon_upgrades() -> NDArray[np.int32]:
    """Return (132,) the upgrade that makes a weapon stronger, NO_TYPE for none."""
    names = _column("weapons.csv", "upgrade")
    return np.array([UPGRADE_NAMES.index(name) if name not in _NOBODY else NO_TYPE for name in names], np.int32)


def _range_upgrades() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (132,) the upgrade that lets a weapon reach farther, NO_TYPE for none, and (132,) how far, pixels."""
    upgrades = np.full(len(WEAPON_TYPE_NAMES), NO_TYPE, np.int32)
    bonus = np.zeros(len(WEAPON_TYPE_NAMES), np.int32)
    for upgrade, weapon, pixels in (
        ("U_238_Shells", "Gauss_Rifle", 32),
        ("Grooved_Spines", "Needle_Spines", 32),
        ("Singularity_Charge", "Phase_Disruptor", 64),
        ("Charon_Boosters", "Hellfire_Missile_Pack", 96),
    ):
        upgrades[WEAPON_TYPE_NAMES.index(weapon)] = UPGRADE_NAMES.index(upgrade)
        bonus[WEAPON_TYPE_NAMES.index(weapon)] = pixels
    return upgrades, bonus


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

SPEED_UPGRADES: Final = _by_type(
    (
        ("Ion_Thrusters", "Terran_Vulture"),
        ("Pneumatized_Carapace", "Zerg_Overlord"),
        ("Metabolic_Boost", "Zerg_Zergling"),
        ("Muscular_Augments", "Zerg_Hydralisk"),
        ("Anabolic_Synthesis", "Zerg_Ultralisk"),
        ("Leg_Enhancements", "Protoss_Zealot"),
        ("Gravitic_Drive", "Protoss_Shuttle"),
        ("Gravitic_Boosters", "Protoss_Observer"),
        ("Gravitic_Thrusters", "Protoss_Scout"),
    )
)
"""(234,) the upgrade that makes a unit type faster (MECHANICS.md 3.4); NO_TYPE for none, ALWAYS if it needs none."""
SPEED_UPGRADES[UNIT_TYPE_NAMES.index("Zerg_Lurker")] = ALWAYS

SIGHT_UPGRADES: Final = _by_type(
    (
        ("Ocular_Implants", "Terran_Ghost"),
        ("Antennae", "Zerg_Overlord"),
        ("Sensor_Array", "Protoss_Observer"),
        ("Apial_Sensors", "Protoss_Scout"),
    )
)
"""(234,) the upgrade that lets a unit type see eleven tiles, NO_TYPE for none."""

ENERGY_UPGRADES: Final = _by_type(
    (
        ("Moebius_Reactor", "Terran_Ghost"),
        ("Apollo_Reactor", "Terran_Wraith"),
        ("Titan_Reactor", "Terran_Science_Vessel"),
        ("Colossus_Reactor", "Terran_Battlecruiser"),
        ("Caduceus_Reactor", "Terran_Medic"),
        ("Gamete_Meiosis", "Zerg_Queen"),
        ("Metasynaptic_Node", "Zerg_Defiler"),
        ("Argus_Jewel", "Protoss_Corsair"),
        ("Argus_Talisman", "Protoss_Dark_Archon"),
        ("Khaydarin_Amulet", "Protoss_High_Templar"),
        ("Khaydarin_Core", "Protoss_Arbiter"),
    )
)
"""(234,) the upgrade that lets a unit type have 250 energy, NO_TYPE for none."""

WEAPON_UPGRADES: Final = _weapon_upgrades()
"""(132,) the upgrade that makes a weapon stronger, NO_TYPE for none."""

_ranges = _range_upgrades()

RANGE_UPGRADES: Final = _ranges[0]
"""(132,) the upgrade that lets a weapon reach farther (MECHANICS.md 4.1), NO_TYPE for none."""

RANGE_BONUS_PX: Final = _ranges[1]
"""(132,) how much farther, pixels."""

_races: Final = _column("techs.csv", "race")

KNOWN_FROM_THE_START: Final = np.array(
    [race not in _NOBODY and at == NO_TYPE for race, at in zip(_races, RESEARCH_AT.tolist(), strict=True)], np.uint8
)
"""(47,) 1 for a technology that nobody needs to research."""
