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

RESOURCES: Final = ("", "minerals", "gas")
NO_RESOURCE, MINERALS, GAS = range(len(RESOURCES))

DEEDS: Final = ("train", "morph", "build", "buildonunit", "trainplace")
TRAIN, MORPH, BUILD, BUILD_ON_UNIT, TRAIN_PLACE = range(len(DEEDS))
"""How something is made: in a queue, out of the maker itself, by a worker, likewise on a geyser, warped in."""

WALKS_OVER_CLIFFS: Final = ("Colossus", "Reaper")
"""Units that no cliff stops; the Colossus steps over other units, too (SC2GameData: a collision class of its own)."""

WORKER_PRIORITY: Final = 10
"""What a worker's priority as a target drops to (Liquipedia, Automatic Targeting)."""

UNIT_KIND_DTYPE: Final = np.dtype(
    [
        ("type", np.int32),  # unit type id of the real game
        ("race", np.int32),  # position in RACES
        ("attributes", np.int32),  # bits of ATTRIBUTES
        ("is_structure", np.int32),
        ("is_flyer", np.int32),
        ("is_worker", np.int32),
        ("is_townhall", np.int32),
        ("minerals", np.int32),
        ("gas", np.int32),
        ("supply_half", np.int32),
        ("supply_provided_half", np.int32),
        ("build_loops", np.int32),
        ("max_hp", np.int32),  # 1/4096 point, likewise the next three
        ("max_shield", np.int32),
        ("max_energy", np.int32),
        ("start_energy", np.int32),
        ("hp_regen", np.int32),  # 1/4096 point per loop, likewise the next two
        ("shield_regen", np.int32),
        ("energy_regen", np.int32),
        ("shield_delay", np.int32),  # loops without damage until shields regenerate
        ("armor", np.int32),  # 1/4096 point
        ("sight", np.int32),  # 1/4096 cell
        ("speed", np.int32),  # 1/4096 cell per loop
        ("acceleration", np.int32),  # 1/4096 cell per loop per loop
        ("turn", np.int32),  # 1/65536 turn per loop
        ("radius", np.int32),  # 1/4096 cell: ranges are measured from it; likewise the next two
        ("separation", np.int32),  # how close others may stand
        ("inner", np.int32),  # how close others may pass
        ("priority", np.int32),  # as a target
        ("footprint_half", np.int32),  # cells across, doubled
        ("cargo_size", np.int32),
        ("cargo_capacity", np.int32),
        ("needs_power", np.int32),
        ("needs_creep", np.int32),
        ("ground_weapon", np.int32),  # row of WEAPONS, NO_WEAPON if it has none against ground units
        ("air_weapon", np.int32),
        ("walks_over_cliffs", np.int32),
        ("heals", np.int32),
        ("resource", np.int32),  # NO_RESOURCE, MINERALS or GAS
        ("first_made", np.int32),  # rows of MADE: what it makes, from here on
        ("num_made", np.int32),
    ],
    align=True,
)
"""One unit type."""

WEAPON_DTYPE: Final = np.dtype(
    [
        ("damage", np.int32),  # 1/4096 point per hit
        ("attacks", np.int32),  # hits per attack
        ("range", np.int32),  # 1/4096 cell, edge to edge
        ("min_range", np.int32),
        ("cooldown", np.int32),  # 1/4096 loop, likewise the next two
        ("damage_point", np.int32),
        ("backswing", np.int32),
        ("scan_range", np.int32),  # 1/4096 cell
        ("slop", np.int32),  # 1/4096 cell that a target may escape while the attack is under way
        ("arc", np.int32),  # 1/65536 turn, half of the angle in which the target has to be
        ("random_low", np.int32),  # 1/4096 loop that a cooldown is longer at least
        ("random_high", np.int32),
        ("bonus_against", np.int32),  # bits of ATTRIBUTES
        ("bonus", np.int32),  # 1/4096 point per hit
        ("is_suicide", np.int32),
        ("splash", np.int32),  # row of SPLASHES, NO_SPLASH
    ],
    align=True,
)
"""One weapon of one unit type."""

SPLASH_DTYPE: Final = np.dtype(
    [
        ("form", np.int32),  # position in SHAPES; "shape" is a name of numpy's own
        ("reach", np.int32, (3,)),  # 1/4096 cell; of a line half length and half width, of a cone reach and degrees
        ("percent", np.int32, (3,)),
        ("hits_friends", np.int32),
    ],
    align=True,
)
"""Whom one weapon hits besides its target."""


MADE_DTYPE: Final = np.dtype(
    [
        ("ability", np.int32),
        ("deed", np.int32),  # position in DEEDS
        ("maker", np.int32),  # row of KINDS
        ("product", np.int32),
        ("requires", np.int32),  # row of KINDS of a structure that must stand, NO_KIND
        ("needs_techlab", np.int32),
        ("minerals", np.int32),  # what it costs here: what the maker cost is paid already where it becomes the product
        ("gas", np.int32),
        ("supply_half", np.int32),
        ("pieces", np.int32),  # how many come of it
        ("loops", np.int32),
    ],
    align=True,
)
"""One way to make a unit."""

PAIRS: Final = frozenset({"Zergling"})
"""Two of these hatch from one egg; the tables say what one of them costs."""


class TableError(ValueError):
    """A table has a mistake: file, row, column, value, what is allowed."""


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(name: str, row: dict[str, str], column: str) -> float:
    try:
        return float(row[column])
    except (KeyError, ValueError) as error:
        raise TableError(f"{name}: {row}: column {column!r}: got {row.get(column)!r}, allowed: a number") from error


def _fixed(value: float, scale: float) -> int:
    """Return value * scale as a whole number, halves up; the tables' decimals are those of a fixed-point game."""
    return int(np.floor(value * scale + 0.5))


def _position(name: str, text: str, allowed: tuple[str, ...]) -> int:
    if text not in allowed:
        raise TableError(f"{name}: got {text!r}, allowed: {', '.join(allowed)}")
    return allowed.index(text)


def _mask(name: str, text: str) -> int:
    return sum(1 << _position(name, word, ATTRIBUTES) for word in text.split())


def _read_splashes() -> tuple[NDArray[np.void], dict[str, int]]:
    rows = _rows("splash.csv")
    table = np.zeros(len(rows), SPLASH_DTYPE)
    for number, row in enumerate(rows):
        shape = _position("splash.csv", row["shape"], SHAPES)
        table[number]["form"] = shape
        for k in (0, 1, 2):
            reach = _number("splash.csv", row, f"reach_{k + 1}_cells")
            is_angle = shape == CONE and k == 1
            table["reach"][number, k] = _fixed(reach, FULL_TURN / 720) if is_angle else _fixed(reach, ONE)
            table["percent"][number, k] = int(_number("splash.csv", row, f"percent_{k + 1}"))
        table[number]["hits_friends"] = int(row["hits_friends"])
    return table, {row["unit"]: number for number, row in enumerate(rows)}


def _read_weapons(splash_of: dict[str, int]) -> tuple[NDArray[np.void], dict[tuple[str, str], int]]:
    rows = _rows("weapons.csv")
    table = np.zeros(len(rows), WEAPON_DTYPE)
    owners: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        weapon = table[number]

        def said(column: str, row: dict[str, str] = row) -> float:
            return _number("weapons.csv", row, column)

        loop = LOOPS_PER_SECOND * ONE
        weapon["damage"] = _fixed(said("damage"), ONE)
        weapon["attacks"] = int(said("attacks"))
        weapon["range"] = _fixed(said("range_cells"), ONE)
        weapon["min_range"] = _fixed(said("min_range_cells"), ONE)
        weapon["cooldown"] = _fixed(said("cooldown_s"), loop)
        weapon["damage_point"] = _fixed(said("damage_point_s"), loop)
        weapon["backswing"] = _fixed(said("backswing_s"), loop)
        weapon["scan_range"] = _fixed(max(said("scan_range_cells"), said("range_cells")), ONE)
        weapon["slop"] = _fixed(said("slop_cells"), ONE)
        weapon["arc"] = min(FULL_TURN // 2, _fixed(said("arc_deg"), FULL_TURN / 720))
        weapon["random_low"] = _fixed(said("random_low_s"), loop)
        weapon["random_high"] = _fixed(said("random_high_s"), loop)
        weapon["bonus_against"] = _mask("weapons.csv", row["bonus_vs"])
        weapon["bonus"] = _fixed(said("bonus_damage"), ONE)
        weapon["is_suicide"] = int(said("is_suicide"))
        target = row["target"]
        _position("weapons.csv", target, ("ground", "air", "any"))
        splash = splash_of.get(row["unit"], NO_SPLASH)
        if splash >= 0 and target == "ground" and _SPLASHES["form"][splash] == AIR_CIRCLE:
            splash = NO_SPLASH
        weapon["splash"] = splash
        for layer in ("ground", "air"):
            if target in (layer, "any"):
                owners[row["unit"], layer] = number
    return table, owners


def _read_units(owners: dict[tuple[str, str], int]) -> tuple[NDArray[np.void], tuple[str, ...]]:
    rows = _rows("units.csv")
    table = np.zeros(len(rows), UNIT_KIND_DTYPE)
    per_loop = ONE / LOOPS_PER_SECOND
    for number, row in enumerate(rows):
        kind = table[number]

        def said(column: str, row: dict[str, str] = row) -> float:
            return _number("units.csv", row, column)

        kind["type"] = int(said("id"))
        kind["race"] = _position("units.csv", row["race"], RACES)
        kind["attributes"] = _mask("units.csv", row["attributes"])
        for column in ("is_structure", "is_flyer", "is_worker", "is_townhall", "minerals", "gas", "cargo_size"):
            kind[column] = int(said(column))
        for column in ("cargo_capacity", "needs_power", "needs_creep", "priority"):
            kind[column] = int(said(column))
        kind["supply_half"] = round(2 * said("supply"))
        kind["supply_provided_half"] = round(2 * said("supply_provided"))
        kind["build_loops"] = round(said("build_loops"))
        for column in ("max_hp", "max_shield", "max_energy", "start_energy", "armor"):
            kind[column] = _fixed(said(column), ONE)
        for column in ("hp_regen", "shield_regen", "energy_regen"):
            kind[column] = _fixed(said(f"{column}_per_s"), per_loop)
        kind["shield_delay"] = round(said("shield_delay_s") * LOOPS_PER_SECOND)
        kind["sight"] = _fixed(said("sight_cells"), ONE)
        kind["speed"] = _fixed(said("speed_per_s"), per_loop)
        kind["acceleration"] = _fixed(said("acceleration_per_s2"), per_loop / LOOPS_PER_SECOND)
        kind["turn"] = _fixed(said("turn_deg_per_s"), FULL_TURN / 360 / LOOPS_PER_SECOND)
        for column in ("radius", "separation", "inner"):
            kind[column] = _fixed(said(f"{column}_cells"), ONE)
        kind["footprint_half"] = round(2 * said("footprint_cells"))
        kind["ground_weapon"] = owners.get((row["name"], "ground"), NO_WEAPON)
        kind["air_weapon"] = owners.get((row["name"], "air"), NO_WEAPON)
        kind["walks_over_cliffs"] = row["name"] in WALKS_OVER_CLIFFS
        kind["heals"] = kind["type"] == MEDIVAC
        kind["resource"] = _position("units.csv", row["resource"], RESOURCES)
        if kind["is_worker"]:
            kind["priority"] = WORKER_PRIORITY
    return table, tuple(row["name"] for row in rows)


def _read_made(kinds: NDArray[np.void], names: tuple[str, ...]) -> NDArray[np.void]:
    """Return (n,) MADE_DTYPE, the rows of one maker together, and note in the kinds where they begin."""
    rank = {name: number for number, name in enumerate(names)}
    rows = sorted(_rows("production.csv"), key=lambda row: (rank[row["maker"]], int(row["ability"])))
    table = np.zeros(len(rows), MADE_DTYPE)
    for number, row in enumerate(rows):
        made = table[number]
        maker, product = kinds[rank[row["maker"]]], kinds[rank[row["product"]]]
        made["ability"] = int(row["ability"])
        made["deed"] = _position("production.csv", row["deed"], DEEDS)
        made["maker"] = rank[row["maker"]]
        made["product"] = rank[row["product"]]
        made["requires"] = rank[row["requires"]] if row["requires"] else NO_KIND
        made["needs_techlab"] = int(row["needs_techlab"])
        made["pieces"] = 2 if row["product"] in PAIRS else 1
        is_used_up = made["deed"] == MORPH or (maker["is_worker"] and maker["race"] == RACES.index("zerg"))
        paid = (int(maker["minerals"]), int(maker["gas"]), int(maker["supply_half"])) if is_used_up else (0, 0, 0)
        for at, column in enumerate(("minerals", "gas", "supply_half")):
            made[column] = int(product[column]) * int(made["pieces"]) - paid[at]
        made["loops"] = product["build_loops"]
        if maker["num_made"] == 0:
            maker["first_made"] = number
        maker["num_made"] += 1
    return table


def _kinds_by_type(kinds: NDArray[np.void]) -> NDArray[np.int16]:
    table = np.full(int(kinds["type"].max()) + 1, NO_KIND, np.int16)
    table[kinds["type"]] = np.arange(len(kinds))
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

_MADE = _read_made(_KINDS, KIND_NAMES)

MADE: Final = records(_MADE)
"""(n,) MADE_DTYPE."""

SPLASHES: Final = records(_SPLASHES)
"""(n,) SPLASH_DTYPE."""

WEAPONS: Final = records(_WEAPONS)
"""(n,) WEAPON_DTYPE."""

KINDS: Final = records(_KINDS)
"""(n,) UNIT_KIND_DTYPE; `KIND_NAMES` has the real game's names of the types in the same order."""

KIND_OF: Final = _kinds_by_type(KINDS)
"""(largest type id + 1,) int16: row of KINDS by unit type id, NO_KIND where there is none."""

for _table in (SPLASHES, WEAPONS, KINDS, MADE, KIND_OF):
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
