"""The game's rules as text for people: what `nydus rules show` and `nydus rules list` print."""

from __future__ import annotations

import csv
import difflib
from types import MappingProxyType
from typing import Final

import numpy as np

from engine.broodwar import rules_table as rules
from engine.broodwar.production_table import PRODUCTION

HEADS: Final = ("id", "name")
FRAMES_WORTH_SECONDS: Final = 50
FRAME_MS: Final = 42
"""Length of a frame at the speed that people play, "fastest"."""


TABLES: Final = MappingProxyType(
    {
        "units": rules.UNIT_TYPE_NAMES,
        "weapons": rules.WEAPON_TYPE_NAMES,
        "techs": rules.TECH_NAMES,
        "upgrades": rules.UPGRADE_NAMES,
        "orders": rules.ORDER_NAMES,
    }
)
"""Names of each table's rows, by BWAPI id."""

KINDS: Final = MappingProxyType(
    {"units": "unit type", "weapons": "weapon", "techs": "technology", "upgrades": "upgrade", "orders": "order"}
)
"""What a row of each table is called."""


def render(name: str) -> str:
    """Return the rules of whatever has a name: a unit type, weapon, technology, upgrade or order, or several of them.

    Args:
        name: BWAPI name: `Terran_Marine`, `Gauss_Rifle`, `Stim_Packs`, `U_238_Shells`, `AttackUnit`.

    Raises:
        ValueError: no such name; the message has the nearest one.

    >>> print(render("Stim_Packs").splitlines()[0])
    Stim_Packs (id 0 of techs)
    """
    found = [table for table, names in TABLES.items() if name in names]
    if not found:
        raise ValueError(_unknown(name))
    return "\n".join(render_unit(name) if table == "units" else _render_row(table, name) for table in found)


def _unknown(name: str) -> str:
    """Return what to say of a name that no table has: the nearest one, and what kind of thing that is."""
    kinds = {known: KINDS[table] for table, names in TABLES.items() for known in names}
    parts = [known for known in kinds if name and name.lower() in known.lower()]
    near = parts or difflib.get_close_matches(name, kinds, n=1)
    if not near:
        return f"unknown name {name!r}; `nydus rules list units` (or {', '.join(list(TABLES)[1:])}) shows them"
    guess = min(near, key=len)
    return f"unknown {kinds[guess]} {name!r}; did you mean {guess!r}?"


def render_names(table: str) -> str:
    """Return id and name of every row of a table, one per line.

    Args:
        table: one of TABLES.
    """
    return "\n".join(f"{number:3d}  {name}" for number, name in enumerate(TABLES[table])) + "\n"


def _render_row(table: str, name: str) -> str:
    number = TABLES[table].index(name)
    with (rules.RULES_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        row = list(csv.DictReader(lines))[number]
    facts = [(column.replace("_", " "), _said(column, text)) for column, text in row.items() if column not in HEADS]
    return "\n".join([f"{name} (id {number} of {table})", *_aligned(facts), f"  rules {rules.RULES_HASH}"])


def _said(column: str, text: str) -> str:
    if "frames" in column and text.isdigit() and int(text) > FRAMES_WORTH_SECONDS:
        return _frames(int(text))
    return text or "none"


def render_unit(name: str) -> str:
    """Return the rules of one unit type and its weapons, one fact per line.

    Args:
        name: BWAPI UnitType name, `Terran_Marine`.

    Raises:
        ValueError: no such type; the message has the nearest name.

    >>> print(render_unit("Terran_Marine").splitlines()[0])
    Terran_Marine (id 0, Terran, Small)
    """
    kind = rules.unit_type_id(name)
    unit = rules.UNIT_TYPES[kind]
    lines = [f"{name} (id {kind}, {rules.RACES[unit['race']]}, {rules.SIZES[unit['size']]})"]
    lines += _aligned(
        [
            ("hit points", f"{unit['max_hp']}, armor {unit['armor']}"),
            ("shields", str(unit["max_shield"]) if unit["max_shield"] else "none"),
            ("price", f"{unit['mineral_price']} minerals, {unit['gas_price']} gas"),
            ("supply", f"{unit['supply_required_half'] / 2:g} needed, {unit['supply_provided_half'] / 2:g} given"),
            ("build time", _frames(int(unit["build_time_frames"]))),
            *_making(kind),
            ("box", f"{unit['left']} left, {unit['up']} up, {unit['right']} right, {unit['down']} down (px)"),
            ("speed", _speed(unit)),
            ("sight", f"{unit['sight_px']} px; acquires targets within {unit['acquisition_tiles']} tiles"),
            ("traits", ", ".join(_traits(unit)) or "none"),
        ]
    )
    for layer in ("ground", "air"):
        weapon = int(unit[f"{layer}_weapon"])
        if weapon == rules.NO_WEAPON:
            lines.append(f"  against {layer}: no weapon")
        else:
            lines.append(f"  against {layer}: {rules.WEAPON_TYPE_NAMES[weapon]} (id {weapon})")
            lines += ["  " + line for line in _weapon(weapon, int(unit[f"max_{layer}_hits"]))]
    lines.append(f"  rules {rules.RULES_HASH}")
    return "\n".join(lines)


def _aligned(facts: list[tuple[str, str]]) -> list[str]:
    width = max(len(label) for label, _ in facts)
    return [f"  {label:<{width}}  {text}" for label, text in facts]


def _making(kind: int) -> list[tuple[str, str]]:
    """Return who makes a unit type and what the player must own and know for it."""
    row = PRODUCTION[kind]
    if row["built_by"] < 0:
        return [("made by", "nobody")]
    names = rules.UNIT_TYPE_NAMES
    maker = names[row["built_by"]] + (f" x {row['builders']}" if row["builders"] > 1 else "")
    needs = [names[needed] for needed in row["required_units"] if needed >= 0 and needed != row["built_by"]]
    if row["required_tech"] >= 0:
        needs.append(rules.TECH_NAMES[row["required_tech"]])
    needs += [text for flag, text in (("requires_psi", "a pylon's field"), ("requires_creep", "creep")) if row[flag]]
    return [("made by", maker), ("needs", ", ".join(needs) or "nothing else")]


def _frames(frames: int) -> str:
    return f"{frames} frames ({frames * FRAME_MS / 1000:.1f} s)"


def _speed(unit: np.void) -> str:
    if rules.MOVEMENTS[unit["movement"]] == "iscript":
        steps = [int(step) for step in unit["walk_cycle"] if step]
        if steps:
            return f"walks in steps of {' '.join(map(str, steps))} px a frame"
        return "does not move"
    if not unit["can_move"]:
        return "does not move"
    listed = f"{unit['top_speed_256'] / 256:.3f} px a frame"
    if not unit["flyer"]:
        listed += f" ({unit['effective_top_speed_px']:g} along way-points)"
    return f"{listed}, gains {unit['acceleration_256'] / 256:.3f} a frame, turns {unit['turn_rate']}/256 a frame"


def _traits(unit: np.void) -> list[str]:
    words = ("flyer", "hovering", "building", "worker", "organic", "mechanical", "robotic", "detector", "invincible")
    return [word for word in words if unit[word]]


def _weapon(weapon: int, hits: int) -> list[str]:
    row = rules.WEAPON_TYPES[weapon]
    damage = f"{row['damage_amount']}" + (f" x {hits}" if hits > 1 else "")
    reach = f"{row['min_range_px']} to {row['max_range_px']} px" if row["min_range_px"] else f"{row['max_range_px']} px"
    facts = [
        ("damage", f"{damage}, {rules.DAMAGE_TYPES[row['damage_type']]}, +{row['damage_per_upgrade']} per upgrade"),
        ("cooldown", _frames(int(row["cooldown_frames"]))),
        ("range", f"{reach}, aim within {row['attack_angle']}/256 turn"),
        ("bullet", rules.BEHAVIORS[row["behavior"]].replace("_", " ")),
    ]
    if row["outer_splash_px"]:
        rings = " / ".join(str(row[f"{ring}_splash_px"]) for ring in ("inner", "median", "outer"))
        facts.append(("splash", f"{rings} px for 100 / 50 / 25 %"))
    return _aligned(facts)
