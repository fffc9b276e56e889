"""ResponseData from our tables: what abilities, unit types, upgrades, buffs and effects there are.

The tables (`data/*.csv`) are those of game version 5.0.10.88500, the version that `Ping` names. Every number is the
API's own; hotkeys are left out, they are a person's settings.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from s2clientprotocol import common_pb2, data_pb2, sc2api_pb2

GAME_VERSION: Final = "5.0.10.88500"
DATA_VERSION: Final = ""
"""No hash of Blizzard's: our tables are none of their archives."""

BASE_BUILD: Final = 88500
"""python-sc2 trusts `display_type` from 82457 on (its unit.py)."""

FOLDER: Final = Path(__file__).parent / "data"

Row = dict[str, str]

_INTS: Final = ("cargo_size", "mineral_cost", "vespene_cost", "ability_id", "unit_alias", "tech_requirement")
_FLOATS: Final = ("food_required", "food_provided", "build_time", "sight_range", "movement_speed", "armor")
_BOOLS: Final = ("has_vespene", "has_minerals", "require_attached")


@cache
def response_data(*, abilities: bool, units: bool, upgrades: bool, buffs: bool, effects: bool) -> bytes:
    """Return the bytes of the ResponseData with the wanted parts."""
    data = sc2api_pb2.ResponseData()
    if abilities:
        data.abilities.extend(_ability(row) for row in _rows("abilities"))
    if units:
        data.units.extend(_unit(row) for row in _rows("units"))
    if upgrades:
        data.upgrades.extend(_upgrade(row) for row in _rows("upgrades"))
    if buffs:
        data.buffs.extend(data_pb2.BuffData(buff_id=int(row["id"]), name=row["name"]) for row in _rows("buffs"))
    if effects:
        data.effects.extend(_effect(row) for row in _rows("effects"))
    return data.SerializeToString()


@cache
def ability_ids() -> frozenset[int]:
    """Return the numbers of all abilities that may be named in an action."""
    return frozenset(int(row["id"]) for row in _rows("abilities"))


@cache
def unit_type_ids() -> frozenset[int]:
    """Return the numbers of all unit types."""
    return frozenset(int(row["id"]) for row in _rows("units"))


@cache
def remapped() -> dict[int, int]:
    """Return the general ability of each ability that has one: 23 (Attack) and 2048 (Attack, building) to 3674."""
    return {int(row["id"]): int(row["remaps_to"]) for row in _rows("abilities") if row["remaps_to"]}


@cache
def needs_point() -> frozenset[int]:
    """Return the abilities that a point must be given to."""
    return frozenset(int(row["id"]) for row in _rows("abilities") if row["target"] in ("Point", "PointOrUnit"))


@cache
def weapon_targets() -> dict[int, tuple[bool, bool]]:
    """Return whether each armed unit type's weapons hit ground units and flyers."""
    found = {}
    for row in _rows("units"):
        kinds = {text.partition("/")[0] for text in row["weapons"].split()}
        if kinds:
            found[int(row["id"])] = (bool(kinds & {"Ground", "Any"}), bool(kinds & {"Air", "Any"}))
    return found


@cache
def effect_radii() -> dict[int, float]:
    """Return the radius of each effect in cells."""
    return {int(row["id"]): float(row["radius"]) for row in _rows("effects")}


@cache
def resource_names() -> dict[int, tuple[str, bool]]:
    """Return the name of each type that holds resources, and whether it is a geyser."""
    return {
        int(row["id"]): (row["name"], _flag(row["has_vespene"]))
        for row in _rows("units")
        if _flag(row["has_minerals"]) or _flag(row["has_vespene"])
    }


def _rows(name: str) -> Iterator[Row]:
    with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _fill(message: Any, row: Row, fields: tuple[str, ...], convert: Callable[[str], Any]) -> None:
    for name in fields:
        if row[name]:
            setattr(message, name, convert(row[name]))


def _flag(text: str) -> bool:
    return text == "1"


def _ability(row: Row) -> data_pb2.AbilityData:
    ability = data_pb2.AbilityData(
        ability_id=int(row["id"]),
        link_name=row["link"],
        link_index=int(row["index"]),
        available=_flag(row["available"]),
    )
    for name, column in (("button_name", "button"), ("friendly_name", "friendly")):
        if row[column]:
            setattr(ability, name, row[column])
    if row["remaps_to"]:
        ability.remaps_to_ability_id = int(row["remaps_to"])
    if row["target"]:
        ability.target = data_pb2.AbilityData.Target.Value(row["target"])
    for name, column in (("allow_minimap", "minimap"), ("allow_autocast", "autocast")):
        if row[column]:
            setattr(ability, name, _flag(row[column]))
    _fill(ability, row, ("is_building", "is_instant_placement"), _flag)
    _fill(ability, row, ("footprint_radius", "cast_range"), float)
    return ability


def _unit(row: Row) -> data_pb2.UnitTypeData:
    unit = data_pb2.UnitTypeData(unit_id=int(row["id"]), name=row["name"], available=_flag(row["available"]))
    _fill(unit, row, _INTS, int)
    _fill(unit, row, _FLOATS, float)
    _fill(unit, row, _BOOLS, _flag)
    if row["race"]:
        unit.race = common_pb2.Race.ValueType(int(row["race"]))
    unit.tech_alias.extend(int(alias) for alias in row["tech_alias"].split())
    unit.attributes.extend(data_pb2.Attribute.Value(name) for name in row["attributes"].split())
    unit.weapons.extend(_weapon(text) for text in row["weapons"].split())
    return unit


def _weapon(text: str) -> data_pb2.Weapon:
    """Read `Ground/13/1/6/1.87/Armored:5`: targets, damage, attacks, range, cooldown, bonuses joined by +."""
    kind, damage, attacks, reach, speed, bonuses = text.split("/")
    weapon = data_pb2.Weapon(
        type=data_pb2.Weapon.TargetType.Value(kind),
        damage=float(damage),
        attacks=int(attacks),
        range=float(reach),
        speed=float(speed),
    )
    for bonus in filter(None, bonuses.split("+")):
        attribute, _, amount = bonus.partition(":")
        weapon.damage_bonus.add(attribute=data_pb2.Attribute.Value(attribute), bonus=float(amount))
    return weapon


def _upgrade(row: Row) -> data_pb2.UpgradeData:
    upgrade = data_pb2.UpgradeData(upgrade_id=int(row["id"]), name=row["name"])
    for name, column in (("mineral_cost", "minerals"), ("vespene_cost", "vespene"), ("ability_id", "ability")):
        if row[column]:
            setattr(upgrade, name, int(row[column]))
    if row["research_loops"]:
        upgrade.research_time = float(row["research_loops"])
    return upgrade


def _effect(row: Row) -> data_pb2.EffectData:
    return data_pb2.EffectData(
        effect_id=int(row["id"]), name=row["name"], friendly_name=row["friendly"], radius=float(row["radius"])
    )
