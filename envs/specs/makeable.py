"""What a race can make, from the rules: which command makes it, of what, and what it takes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import IS_MORPHED, IS_TRAINED, MAX_REQUIRED, PRODUCTION
from engine.broodwar.rules_table import RACES, UNIT_TYPE_NAMES, UNIT_TYPES
from engine.core.frame import UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from envs.specs.roster import NUM_UNIT_TYPES

TRAIN: Final = int(UnitCommandType.TRAIN)
BUILD: Final = int(UnitCommandType.BUILD)
BUILD_ADDON: Final = int(UnitCommandType.BUILD_ADDON)
MORPH: Final = int(UnitCommandType.MORPH)

MAKE_DTYPE: Final = np.dtype(
    [
        ("type", np.int32),  # BWAPI UnitType id
        ("maker", np.int32),  # type id of what makes it
        ("command", np.int32),  # TRAIN, BUILD, BUILD_ADDON or MORPH
        ("minerals", np.int32),
        ("gas", np.int32),
        ("supply_half", np.int32),  # that it takes more than its maker frees
        ("required", np.int32, (MAX_REQUIRED,)),  # type ids, -1 for none
        ("own_addon", np.int32),  # type id of the add-on that its maker itself must have, -1 for none
        ("tech", np.int32),  # BWAPI TechType id that it asks for, -1 for none
        ("wide", np.int32),  # build tiles
        ("high", np.int32),
        ("site", np.int32),  # which search finds its place, -1 where none is needed
        ("is_refinery", np.int32),
        ("is_depot", np.int32),
        ("needs_psi", np.int32),
        ("needs_creep", np.int32),
        ("ability", np.int32),  # StarCraft II's id, 0 in Brood War
        ("turns", np.int32),  # StarCraft II: its maker becomes it
    ],
    align=True,
)
"""One thing that can be made."""

MORPHS: Final = np.array(
    [not UNIT_TYPES["worker"][max(0, int(PRODUCTION["built_by"][kind]))] for kind in range(NUM_UNIT_TYPES)]
)
"""(228,) bool by type id: no worker makes it."""

SITE_FIELDS: Final = ("wide", "high", "is_refinery", "is_depot", "needs_psi", "needs_creep")
"""Buildings that agree in these stand where the others may: one search serves them all."""


SELF_MADE: Final = ("Terran_Nuclear_Missile",)
"""Left out of what can be made: a Frame does not show whether a silo holds one."""


def _own_addon(kind: int) -> int:
    """Return the type id of the add-on that what makes a type must have, -1 if it needs none."""
    for wanted in PRODUCTION["required_units"][kind].tolist():
        is_addon = wanted >= 0 and PRODUCTION["is_addon"][wanted]
        if is_addon and PRODUCTION["built_by"][wanted] == PRODUCTION["built_by"][kind]:
            return int(wanted)
    return -1


def is_makeable(kind: int) -> bool:
    """Say whether a unit type can be made by one command whose conditions a Frame shows.

    Left out: what two units merge into, nuclear missiles, what an infested command center makes, and what takes
    neither supply nor room (larvae, eggs, interceptors, scarabs).
    """
    made_by = int(PRODUCTION["built_by"][kind])
    if made_by < 0 or PRODUCTION["builders"][kind] != 1 or UNIT_TYPE_NAMES[kind] in SELF_MADE:
        return False
    if UNIT_TYPES["hero"][kind] or UNIT_TYPE_NAMES[made_by] == "Zerg_Infested_Command_Center":
        return False
    if not (UNIT_TYPES["building"][kind] or IS_TRAINED[kind] or IS_MORPHED[kind]):
        return False  # the other form of a tank
    has_supply = UNIT_TYPES["supply_required_half"][kind] > 0 or UNIT_TYPES["supply_provided_half"][kind] > 0
    return bool(UNIT_TYPES["building"][kind] or has_supply)


def makeable_types(race: str) -> list[int]:
    """Return the type ids that a race can make, units before buildings, each in ascending id.

    Args:
        race: `terran`, `protoss`, `zerg`, or `random` for all of them.
    """
    races = [RACES.index(one) for one in ("Terran", "Protoss", "Zerg") if race in (one.lower(), "random")]
    kinds = [kind for kind in range(NUM_UNIT_TYPES) if UNIT_TYPES["race"][kind] in races and is_makeable(kind)]
    return sorted(kinds, key=lambda kind: (bool(UNIT_TYPES["building"][kind]), kind))


def make_table(kinds: list[int]) -> NDArray[np.void]:
    """Return (n,) MAKE_DTYPE of these types, in their order; equal needs of ground share a `site` number."""
    table = np.zeros(len(kinds), MAKE_DTYPE)
    sites: dict[tuple[int, ...], int] = {}
    for line, kind in zip(table, kinds, strict=True):
        product = PRODUCTION[kind]
        maker = int(product["built_by"])
        is_built = bool(UNIT_TYPES["building"][kind]) and bool(UNIT_TYPES["worker"][maker])
        is_morphed = RACES[int(UNIT_TYPES["race"][kind])] == "Zerg" and not is_built
        freed = int(UNIT_TYPES["supply_required_half"][maker]) if is_morphed else 0
        line["type"] = kind
        line["maker"] = maker
        line["command"] = BUILD if is_built else MORPH if is_morphed else TRAIN
        if product["is_addon"]:
            line["command"] = BUILD_ADDON
        line["minerals"] = UNIT_TYPES["mineral_price"][kind]
        line["gas"] = UNIT_TYPES["gas_price"][kind]
        needed = int(UNIT_TYPES["supply_required_half"][kind]) * (1 + int(product["is_two_in_one_egg"]))
        line["supply_half"] = max(0, needed - freed)
        line["required"] = product["required_units"]
        line["own_addon"] = _own_addon(kind)
        line["tech"] = product["required_tech"]
        line["wide"] = product["placement_width_px"] // BUILD_TILE_PX
        line["high"] = product["placement_height_px"] // BUILD_TILE_PX
        line["is_refinery"] = product["is_refinery"]
        line["is_depot"] = product["is_resource_depot"]
        line["needs_psi"] = product["requires_psi"]
        line["needs_creep"] = product["requires_creep"]
        line["site"] = -1
        if is_built:
            needs = tuple(int(line[name]) for name in SITE_FIELDS)
            line["site"] = sites.setdefault(needs, len(sites))
    return table


def serving_types() -> NDArray[np.int32]:
    """Return (n, 2) int32: (better form, what it still serves as), as the game counts requirements."""
    names = (
        ("Zerg_Lair", "Zerg_Hatchery"),
        ("Zerg_Hive", "Zerg_Hatchery"),
        ("Zerg_Hive", "Zerg_Lair"),
        ("Zerg_Greater_Spire", "Zerg_Spire"),
    )
    return np.array([[UNIT_TYPE_NAMES.index(name) for name in pair] for pair in names], np.int32)
