"""What a race can research: technologies and levels of upgrades, where, for what, and which of it is possible now."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.research_table import (
    MAX_LEVEL,
    RESEARCH_AT,
    TECH_NEEDS,
    TECHS,
    UPGRADE_AT,
    UPGRADE_NEEDS,
    UPGRADES,
)
from engine.broodwar.rules_table import RACES, TECH_NAMES, UNIT_TYPES, UPGRADE_NAMES
from engine.core.frame import UnitCommandType
from engine.core.jit import inline
from envs.specs.making import is_at_work
from envs.specs.reading import FLAG_COMPLETED, has_flag

RESEARCH: Final = int(UnitCommandType.RESEARCH)
UPGRADE: Final = int(UnitCommandType.UPGRADE)

RESEARCH_DTYPE: Final = np.dtype(
    [
        ("number", np.int32),  # BWAPI TechType or UpgradeType id
        ("command", np.int32),  # RESEARCH or UPGRADE
        ("at", np.int32),  # type id of the building
        ("required", np.int32, (MAX_LEVEL,)),  # type id that the step to each level asks for, -1 for none
        ("max_level", np.int32),
        ("minerals", np.int32),  # of the first level
        ("minerals_per_level", np.int32),  # that the next one costs more
        ("gas", np.int32),
        ("gas_per_level", np.int32),
    ],
    align=True,
)
"""One thing that can be researched."""


def researchable(race: str) -> list[str]:
    """Return the names of what a race can research, technologies before upgrades, each in ascending id.

    Args:
        race: `terran`, `protoss`, `zerg`, or `random` for all of them.
    """
    races = [RACES.index(one) for one in ("Terran", "Protoss", "Zerg") if race in (one.lower(), "random")]

    def is_of_race(building: int) -> bool:
        return building >= 0 and int(UNIT_TYPES["race"][building]) in races

    techs = [name for name, at in zip(TECH_NAMES, RESEARCH_AT.tolist(), strict=True) if is_of_race(at)]
    return techs + [name for name, at in zip(UPGRADE_NAMES, UPGRADE_AT.tolist(), strict=True) if is_of_race(at)]


def research_table(names: list[str]) -> NDArray[np.void]:
    """Return (n,) RESEARCH_DTYPE of technologies and upgrades, in the order of their names."""
    table = np.zeros(len(names), RESEARCH_DTYPE)
    for line, name in zip(table, names, strict=True):
        is_tech = name in TECH_NAMES
        number = (TECH_NAMES if is_tech else UPGRADE_NAMES).index(name)
        facts = (TECHS if is_tech else UPGRADES)[number]
        line["number"] = number
        line["command"] = RESEARCH if is_tech else UPGRADE
        line["at"] = (RESEARCH_AT if is_tech else UPGRADE_AT)[number]
        line["required"] = TECH_NEEDS[number] if is_tech else UPGRADE_NEEDS[number]
        line["max_level"] = 1 if is_tech else facts["max_level"]
        line["minerals"], line["gas"] = facts["mineral_price"], facts["gas_price"]
        if not is_tech:
            line["minerals_per_level"], line["gas_per_level"] = (
                facts["mineral_price_per_level"],
                facts["gas_price_per_level"],
            )
    return table


@inline
def level_of(research: np.void, techs: NDArray[np.uint8], upgrades: NDArray[np.uint8]) -> int:
    """Return the level that a player has reached, 0 or 1 for a technology."""
    return int(techs[research["number"]] if research["command"] == RESEARCH else upgrades[research["number"]])


@inline
def is_under_way(research: np.void, researching: NDArray[np.uint8], upgrading: NDArray[np.uint8]) -> bool:
    """Say whether one of a player's buildings works on it now."""
    numbers = researching if research["command"] == RESEARCH else upgrading
    return bool(numbers[research["number"]])


@inline
def serves(kind: int, wanted: int, serving: NDArray[np.int32]) -> bool:
    """Say whether a unit type is another one, or a better form of it."""
    found = kind == wanted
    for n in range(serving.shape[0]):
        found = found or (serving[n, 0] == kind and serving[n, 1] == wanted)
    return bool(found)


@inline
def researcher_of(
    units: NDArray[np.void], num_units: int, me: int, research: np.void, serving: NDArray[np.int32]
) -> int:
    """Return the index of the own building with the lowest id that would research something, -1 without one."""
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or not serves(unit["type"], research["at"], serving):
            continue
        is_free = has_flag(unit, FLAG_COMPLETED) and unit["build_type"] < 0 and unit["train_count"] == 0
        if is_free and not is_at_work(units, num_units, me, k):
            return k
    return -1


@inline
def plan_research(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    minerals: int,
    gas: int,
    techs: NDArray[np.uint8],
    upgrades: NDArray[np.uint8],
    researching: NDArray[np.uint8],
    upgrading: NDArray[np.uint8],
    complete: NDArray[np.int64],
    researches: NDArray[np.void],
    serving: NDArray[np.int32],
    plans: NDArray[np.void],
) -> None:
    """Write which building would research each thing now.

    Args:
        units: (capacity,) UNIT_DTYPE of the row's Frame.
        num_units: how many are valid.
        me: the player.
        minerals: that may be spent.
        gas: likewise.
        techs: (NUM_TECHS,) uint8 of the row's Frame, as the next three.
        upgrades: (NUM_UPGRADES,) uint8.
        researching: (NUM_TECHS,) uint8.
        upgrading: (NUM_UPGRADES,) uint8.
        complete: (256,) int64, own units of each type.
        researches: (m,) RESEARCH_DTYPE.
        serving: (s, 2) int32, better forms.
        plans: (m,) PLAN_DTYPE, overwritten.
    """
    for m in range(researches.shape[0]):
        research = researches[m]
        plan = plans[m]
        plan["is_possible"] = 0
        plan["unit"] = -1
        level = level_of(research, techs, upgrades)
        if level >= research["max_level"] or is_under_way(research, researching, upgrading):
            continue
        wanted = research["required"][min(level, MAX_LEVEL - 1)]
        if wanted >= 0 and complete[wanted] == 0:
            continue
        if minerals < research["minerals"] + level * research["minerals_per_level"]:
            continue
        if gas < research["gas"] + level * research["gas_per_level"]:
            continue
        building = researcher_of(units, num_units, me, research, serving)
        if building >= 0:
            plan["unit"] = building
            plan["x"] = units[building]["x"]
            plan["y"] = units[building]["y"]
            plan["is_possible"] = 1
