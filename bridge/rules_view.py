"""A unit type's rules as text for people: what `nydus rules show` prints."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.broodwar import rules_table as rules

FRAME_MS: Final = 42
"""Length of a frame at the speed that people play, "fastest"."""


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
