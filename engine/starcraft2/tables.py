"""StarCraft II's numbers: the tables of `data/*.csv`, read and checked once, as read-only structured arrays.

The files say what their sources say: normal seconds, cells, points. Here everything is a whole number: lengths in
1/4096 cell, points (life, shields, energy, damage) in 1/4096, times of weapons in 1/4096 loop, angles in 1/65536 turn.
A loop is 1/16 normal second. Rows are *kinds*: `KIND_OF[type id]` is the row of a unit type id of the real game.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import records
from engine.starcraft2.layout import MADE_DTYPE, SPLASH_DTYPE, UNIT_KIND_DTYPE, UPGRADE_DTYPE, WEAPON_DTYPE
from engine.starcraft2.names import FOLDER

ONE: Final = 4096
"""One cell, one point, one loop."""

LOOPS_PER_SECOND: Final = 16
"""Loops of a normal second, in which all times and speeds of the tables are."""

FULL_TURN: Final = 65536

NO_WEAPON: Final = -1
NO_KIND: Final = -1
NO_SPLASH: Final = -1

RACES: Final = ("terran", "protoss", "zerg", "neutral")

ATTRIBUTES: Final = (
    *("Light", "Armored", "Biological", "Mechanical", "Psionic", "Massive", "Structure", "Heroic", "Summoned"),
)
"""A position in this tuple is a bit of `attributes`."""

SHAPES: Final = ("circle", "air_circle", "line", "beam", "cone", "bounce")
CIRCLE, AIR_CIRCLE, LINE, BEAM, CONE, BOUNCE = range(len(SHAPES))

MEDIVAC: Final = 54
LARVA: Final = 151
EGG: Final = 103
OVERLORD: Final = 106
TECH_LAB_TYPE: Final = 5
REACTOR_TYPE: Final = 6

PREFERRED: Final = MappingProxyType({3665: 4, 3674: 23, 3793: 18, 3794: 16, 3795: 17})
"""General abilities for which the engine says one of their special ones: stop, attack, hold position, move, patrol."""

SCAN_MOVE: Final = 19
"""An attack-move of those who do not fight: no general ability means it."""

RESOURCES: Final = ("", "minerals", "gas")
NO_RESOURCE, MINERALS, GAS = range(len(RESOURCES))

DEEDS: Final = ("train", "morph", "build", "buildonunit", "trainplace", "addon", "research", "morphplace", "arm")
TRAIN, MORPH, BUILD, BUILD_ON_UNIT, TRAIN_PLACE, ADDON, RESEARCH, MORPH_PLACE, ARM = range(len(DEEDS))
"""How something is made: in a queue, out of the maker itself, by a worker, likewise on a geyser, warped in, beside the
maker as its add-on, as an upgrade of the player, out of the maker at a place, as a nuke that the maker keeps."""

UPGRADE_CLASSES: Final = (
    "",
    *("terran_infantry_weapons", "terran_infantry_armor", "terran_vehicle_weapons", "terran_ship_weapons"),
    *("terran_plating", "terran_building_armor", "protoss_ground_weapons", "protoss_ground_armor", "protoss_shields"),
    *("protoss_air_weapons", "protoss_air_armor", "zerg_melee_weapons", "zerg_missile_weapons", "zerg_ground_armor"),
    *("zerg_flyer_weapons", "zerg_flyer_armor"),
)
"""What upgrades raise by levels; a position in this tuple is one of a game's `levels`, the first is nobody's."""

PROTOSS_SHIELDS: Final = UPGRADE_CLASSES.index("protoss_shields")

WALKS_OVER_CLIFFS: Final = ("Colossus", "Reaper")
"""Units that no cliff stops; the Colossus steps over other units, too (SC2GameData: a collision class of its own)."""

WORKER_PRIORITY: Final = 10
"""What a worker's priority as a target drops to (Liquipedia, Automatic Targeting)."""

PAIRS: Final = frozenset({"Zergling"})
"""Two of these hatch from one egg; the tables say what one of them costs."""


class TableError(ValueError):
    """A table has a mistake: file, row, column, value, what is allowed."""


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of `data`, texts by column."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number_of(name: str, row: dict[str, str], column: str) -> float:
    """Return a number of a row.

    Raises:
        TableError: there is none.
    """
    try:
        return float(row[column])
    except (KeyError, ValueError) as error:
        raise TableError(f"{name}: {row}: column {column!r}: got {row.get(column)!r}, allowed: a number") from error


def fixed(value: float, scale: float) -> int:
    """Return value * scale as a whole number, halves up; the tables' decimals are those of a fixed-point game."""
    return int(np.floor(value * scale + 0.5))


def position_of(name: str, text: str, allowed: tuple[str, ...]) -> int:
    """Return where a word stands among those that are allowed.

    Raises:
        TableError: it is none of them.
    """
    if text not in allowed:
        raise TableError(f"{name}: got {text!r}, allowed: {', '.join(allowed)}")
    return allowed.index(text)


def _mask(name: str, text: str) -> int:
    return sum(1 << position_of(name, word, ATTRIBUTES) for word in text.split())


def _read_splashes() -> tuple[NDArray[np.void], dict[str, int]]:
    rows = read_rows("splash.csv")
    table = np.zeros(len(rows), SPLASH_DTYPE)
    for number, row in enumerate(rows):
        shape = position_of("splash.csv", row["shape"], SHAPES)
        table[number]["form"] = shape
        for k in (0, 1, 2):
            reach = number_of("splash.csv", row, f"reach_{k + 1}_cells")
            is_angle = shape == CONE and k == 1
            table["reach"][number, k] = fixed(reach, FULL_TURN / 720) if is_angle else fixed(reach, ONE)
            table["percent"][number, k] = int(number_of("splash.csv", row, f"percent_{k + 1}"))
        table[number]["hits_friends"] = int(row["hits_friends"])
    return table, {row["unit"]: number for number, row in enumerate(rows)}


def _read_weapons(splash_of: dict[str, int]) -> tuple[NDArray[np.void], dict[tuple[str, str], int]]:
    rows = read_rows("weapons.csv")
    table = np.zeros(len(rows), WEAPON_DTYPE)
    owners: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        weapon = table[number]

        def said(column: str, row: dict[str, str] = row) -> float:
            return number_of("weapons.csv", row, column)

        loop = LOOPS_PER_SECOND * ONE
        weapon["damage"] = fixed(said("damage"), ONE)
        weapon["attacks"] = int(said("attacks"))
        weapon["range"] = fixed(said("range_cells"), ONE)
        weapon["min_range"] = fixed(said("min_range_cells"), ONE)
        weapon["cooldown"] = fixed(said("cooldown_s"), loop)
        weapon["damage_point"] = fixed(said("damage_point_s"), loop)
        weapon["backswing"] = fixed(said("backswing_s"), loop)
        weapon["scan_range"] = fixed(max(said("scan_range_cells"), said("range_cells")), ONE)
        weapon["slop"] = fixed(said("slop_cells"), ONE)
        weapon["arc"] = min(FULL_TURN // 2, fixed(said("arc_deg"), FULL_TURN / 720))
        weapon["random_low"] = fixed(said("random_low_s"), loop)
        weapon["random_high"] = fixed(said("random_high_s"), loop)
        weapon["bonus_against"] = _mask("weapons.csv", row["bonus_vs"])
        weapon["bonus"] = fixed(said("bonus_damage"), ONE)
        weapon["is_suicide"] = int(said("is_suicide"))
        weapon["raised_by"] = position_of("weapons.csv", row["raised_by"], UPGRADE_CLASSES)
        weapon["damage_per_level"] = fixed(said("damage_per_level"), ONE)
        weapon["bonus_per_level"] = fixed(said("bonus_per_level"), ONE)
        target = row["target"]
        position_of("weapons.csv", target, ("ground", "air", "any"))
        splash = splash_of.get(row["unit"], NO_SPLASH)
        if splash >= 0 and target == "ground" and _SPLASHES["form"][splash] == AIR_CIRCLE:
            splash = NO_SPLASH
        weapon["splash"] = splash
        for layer in ("ground", "air"):
            if target in (layer, "any"):
                owners[row["unit"], layer] = number
    return table, owners


def _read_units(owners: dict[tuple[str, str], int]) -> tuple[NDArray[np.void], tuple[str, ...]]:
    rows = read_rows("units.csv")
    names = tuple(row["name"] for row in rows)
    table = np.zeros(len(rows), UNIT_KIND_DTYPE)
    per_loop = ONE / LOOPS_PER_SECOND
    for number, row in enumerate(rows):
        kind = table[number]

        def said(column: str, row: dict[str, str] = row) -> float:
            return number_of("units.csv", row, column)

        kind["type"] = int(said("id"))
        kind["race"] = position_of("units.csv", row["race"], RACES)
        kind["attributes"] = _mask("units.csv", row["attributes"])
        for column in ("is_structure", "is_flyer", "is_worker", "is_townhall", "minerals", "gas", "cargo_size"):
            kind[column] = int(said(column))
        for column in ("cargo_capacity", "is_low", "needs_power", "needs_creep", "priority"):
            kind[column] = int(said(column))
        kind["supply_half"] = round(2 * said("supply"))
        kind["supply_provided_half"] = round(2 * said("supply_provided"))
        kind["build_loops"] = round(said("build_loops"))
        for column in ("max_hp", "max_shield", "max_energy", "start_energy", "armor"):
            kind[column] = fixed(said(column), ONE)
        for column in ("hp_regen", "shield_regen", "energy_regen"):
            kind[column] = fixed(said(f"{column}_per_s"), per_loop)
        kind["shield_delay"] = round(said("shield_delay_s") * LOOPS_PER_SECOND)
        kind["sight"] = fixed(said("sight_cells"), ONE)
        kind["speed"] = fixed(said("speed_per_s"), per_loop)
        kind["acceleration"] = fixed(said("acceleration_per_s2"), per_loop / LOOPS_PER_SECOND)
        kind["turn"] = fixed(said("turn_deg_per_s"), FULL_TURN / 360 / LOOPS_PER_SECOND)
        for column in ("radius", "separation", "inner"):
            kind[column] = fixed(said(f"{column}_cells"), ONE)
        kind["footprint_half"] = round(2 * said("footprint_cells"))
        kind["ground_weapon"] = owners.get((row["name"], "ground"), NO_WEAPON)
        kind["air_weapon"] = owners.get((row["name"], "air"), NO_WEAPON)
        kind["walks_over_cliffs"] = row["name"] in WALKS_OVER_CLIFFS
        kind["heals"] = kind["type"] == MEDIVAC
        kind["resource"] = position_of("units.csv", row["resource"], RESOURCES)
        kind["contents"] = int(said("contents"))
        kind["armor_class"] = position_of("units.csv", row["armor_upgrade"], UPGRADE_CLASSES)
        kind["power_radius"] = fixed(said("power_radius_cells"), ONE)
        kind["detection"] = fixed(said("detection_cells"), ONE)
        kind["creep_factor"] = fixed(said("creep_factor"), ONE)
        meant = [names.index(name) for name in row["stands_for"].split()]
        table["stands_for"][number] = (*meant, NO_KIND, NO_KIND)[:2]
        if kind["is_worker"]:
            kind["priority"] = WORKER_PRIORITY
    return table, names


def _read_upgrades() -> tuple[NDArray[np.void], dict[str, int]]:
    """Return (largest id + 1,) UPGRADE_DTYPE, and the ids by name."""
    rows = read_rows("upgrades.csv")
    table = np.zeros(max(int(row["id"]) for row in rows) + 1, UPGRADE_DTYPE)
    for row in rows:
        upgrade = table[int(row["id"])]
        upgrade["raises"] = position_of("upgrades.csv", row["raises"], UPGRADE_CLASSES)
        upgrade["level"] = int(row["level"] or 0)
        upgrade["loops"] = round(number_of("upgrades.csv", row, "loops"))
        for column in ("minerals", "gas"):
            upgrade[column] = int(number_of("upgrades.csv", row, column))
    return table, {row["name"]: int(row["id"]) for row in rows}


def _general_abilities() -> dict[int, int]:
    """Return the general ability of each ability that has one."""
    return {int(row["id"]): int(row["general"]) for row in read_rows("abilities.csv") if row["general"] != row["id"]}


def _read_made(kinds: NDArray[np.void], names: tuple[str, ...]) -> NDArray[np.void]:
    """Return (n,) MADE_DTYPE, the rows of one maker together, and note in the kinds where they begin."""
    rank = {name: number for number, name in enumerate(names)}
    general = _general_abilities()
    rows = sorted(read_rows("production.csv"), key=lambda row: (rank[row["maker"]], int(row["ability"])))
    table = np.zeros(len(rows), MADE_DTYPE)
    for number, row in enumerate(rows):
        made = table[number]
        maker = kinds[rank[row["maker"]]]
        made["ability"] = int(row["ability"])
        made["shared_by"] = general.get(int(row["ability"]), 0)
        made["deed"] = position_of("production.csv", row["deed"], DEEDS)
        made["maker"] = rank[row["maker"]]
        made["requires"] = rank[row["requires"]] if row["requires"] else NO_KIND
        made["requires_upgrade"] = UPGRADE_IDS[row["requires_upgrade"]] if row["requires_upgrade"] else 0
        made["needs_techlab"] = int(row["needs_techlab"])
        made["during"] = rank[row["during"]] if row["during"] else NO_KIND
        made["pieces"] = 2 if row["product"] in PAIRS else 1
        if made["deed"] == RESEARCH:
            made["product"] = UPGRADE_IDS[row["product"]]
            _read_price(made, UPGRADES[made["product"]], row)
        else:
            made["product"] = rank[row["product"]]
            _read_price(made, kinds[made["product"]], row)
            made["supply_half"] = kinds["supply_half"][made["product"]] * made["pieces"]
            if _is_used_up(made, maker):
                made["supply_half"] -= maker["supply_half"]
                for column in ("minerals", "gas"):
                    made[column] -= 0 if row[column] else maker[column]
        if maker["num_made"] == 0:
            maker["first_made"] = number
        maker["num_made"] += 1
    return table


def _read_price(made: np.void, product: np.void, row: dict[str, str]) -> None:
    """Note what one piece of work costs: what its row says, else what its product does."""
    for column in ("minerals", "gas"):
        made[column] = int(row[column]) if row[column] else int(product[column]) * int(made["pieces"])
    loops = round(number_of("production.csv", row, "loops")) if row["loops"] else int(_time_of(product))
    made["loops"] = max(1, loops)


def _time_of(product: np.void) -> int:
    """Return how long a product takes, loops; upgrades and units name it differently."""
    return int(product["build_loops" if "build_loops" in (product.dtype.names or ()) else "loops"])


def _is_used_up(made: np.void, maker: np.void) -> bool:
    """Say whether the maker becomes the product."""
    is_drone = bool(maker["is_worker"]) and maker["race"] == RACES.index("zerg")
    return bool(made["deed"] in (MORPH, MORPH_PLACE)) or (is_drone and bool(made["deed"] in (BUILD, BUILD_ON_UNIT)))


def _kinds_by_type(kinds: NDArray[np.void]) -> NDArray[np.int16]:
    table = np.full(int(kinds["type"].max()) + 1, NO_KIND, np.int16)
    table[kinds["type"]] = np.arange(len(kinds))
    return table


def _meanings() -> NDArray[np.int16]:
    general = _general_abilities()
    table = np.arange(max(int(row["id"]) for row in read_rows("abilities.csv")) + 1, dtype=np.int16)
    for ability in range(len(table)):
        meant = general.get(ability, ability)
        table[ability] = PREFERRED.get(meant, meant)
    table[SCAN_MOVE] = SCAN_MOVE
    return table


def _hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.csv")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_SPLASHES, _SPLASH_OF = _read_splashes()
_WEAPONS, _OWNERS = _read_weapons(_SPLASH_OF)
_KINDS, KIND_NAMES = _read_units(_OWNERS)

_UPGRADES, UPGRADE_IDS = _read_upgrades()

UPGRADES: Final = records(_UPGRADES)
"""(largest upgrade id + 1,) UPGRADE_DTYPE."""

_MADE = _read_made(_KINDS, KIND_NAMES)

MADE: Final = records(_MADE)
"""(n,) MADE_DTYPE."""

SPLASHES: Final = records(_SPLASHES)
"""(n,) SPLASH_DTYPE."""

NUKE_SPLASH: Final = _SPLASH_OF["Nuke"]
"""Row of SPLASHES of what no weapon deals."""

WEAPONS: Final = records(_WEAPONS)
"""(n,) WEAPON_DTYPE."""

KINDS: Final = records(_KINDS)
"""(n,) UNIT_KIND_DTYPE; `KIND_NAMES` has the real game's names of the types in the same order."""

KIND_OF: Final = _kinds_by_type(KINDS)
"""(largest type id + 1,) int16: row of KINDS by unit type id, NO_KIND where there is none."""

MEANING: Final = _meanings()
"""(largest ability id + 1,) int16: the general ability, or the preferred one of it, that an ability id means."""

TECH_LAB: Final = int(KIND_OF[TECH_LAB_TYPE])
REACTOR: Final = int(KIND_OF[REACTOR_TYPE])
"""Rows of KINDS that the add-ons of all structures stand for."""

for _table in (SPLASHES, WEAPONS, KINDS, MADE, UPGRADES, KIND_OF, MEANING):
    _table.setflags(write=False)

RULES_HASH: Final = _hash()
"""16 hex digits over all tables."""

_TYPE_IDS: Final = MappingProxyType({name: int(kind) for name, kind in zip(KIND_NAMES, KINDS["type"], strict=True)})


def unit_type_id(name: str) -> int:
    """Return the unit type id of a name.

    Raises:
        ValueError: no such type; the message has the nearest name.

    >>> unit_type_id("Marine")
    48
    """
    if name not in _TYPE_IDS:
        near = difflib.get_close_matches(name, _TYPE_IDS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else "; known names look like 'Marine'"
        raise ValueError(f"unknown unit type {name!r}{hint}")
    return _TYPE_IDS[name]
