"""Spells: what they take, give and last."""

from __future__ import annotations

from benchmarks.sc2_rows.arena import CATALOGUE, MeleeField, Row, Rows
from engine.starcraft2.state import MOVE
from engine.starcraft2.tables import ONE

YAMATO = "BattlecruiserEnableSpecializations"


def taken(caster: str, ability: int, victim: str, loops: int, upgrade: str = "", *, at_unit: bool = False) -> float:
    """Return the life that a spell takes of a unit six cells away within some loops, what it regenerates left in."""
    field = MeleeField()
    if upgrade:
        field.grant(upgrade)
    one, other = field.caster(caster), field.victim(victim, 30.5, 24.5)
    if at_unit:
        field.get(other)["energy"] = min(int(field.get(other)["energy"]) * 99, 100 * ONE)
        field.order(one, ability, other)
    else:
        field.order(one, ability, x=30.5, y=24.5)
    before = field.points(other)
    field.step(loops)
    return before - field.points(other)


def transfused() -> float:
    """Return the life that a transfusion gives in all, what regenerates left out."""
    field = MeleeField()
    queen = field.caster("Queen")
    other = field.victim("Ultralisk", 28.5, 24.5, 0)
    field.get(other)["hp"] = 100 * ONE
    field.order(queen, 1664, other)
    field.step(180)
    return field.points(other) - 100 - 180 * 0.2734 / 16


def blinked() -> float:
    """Return how far a Stalker blinks, cells."""
    field = MeleeField()
    field.grant("BlinkTech")
    stalker = field.caster("Stalker", 12.5)
    before = int(field.get(stalker)["x"])
    field.order(stalker, 1442, x=40, y=24.5)
    field.step(1)
    return (int(field.get(stalker)["x"]) - before) / ONE


def waits(caster: str, ability: int, upgrade: str = "") -> float:
    """Return the loops until a spell at a place, or at nothing, may be cast again."""
    field = MeleeField()
    if upgrade:
        field.grant(upgrade)
    one = field.caster(caster)
    field.order(one, ability, x=30.5, y=24.5)
    field.loops_until(lambda: field.get(one)["ability_wait"][0] > 0, 5)
    return field.loops_until(lambda: field.get(one)["ability_wait"][0] == 0)


def fungal_pace() -> float:
    """Return what is left of a Zealot's speed in a fungal growth."""
    field = MeleeField()
    infestor, zealot = field.caster("Infestor"), field.victim("Zealot", 30.5, 24.5)
    field.order(infestor, 74, x=30.5, y=24.5)
    field.step(2)
    field.order(zealot, MOVE, x=44, y=24.5)
    field.step(4)
    before = int(field.get(zealot)["x"])
    field.step(16)
    return (int(field.get(zealot)["x"]) - before) / ONE / 2.25


def field_time() -> float:
    """Return how long a force field stands, loops."""
    field = MeleeField()
    sentry = field.caster("Sentry")
    field.order(sentry, 1526, x=30.5, y=24.5)
    field.loops_until(lambda: field.count("ForceField") > 0)
    return field.loops_until(lambda: field.count("ForceField") == 0)


def emp_takes(vital: str) -> float:
    """Return the shields or energy that an EMP takes of an Archon or a High Templar."""
    field = MeleeField()
    ghost = field.caster("Ghost")
    other = field.put("Archon" if vital == "shield" else "HighTemplar", 1, 30.5, 24.5)
    field.get(other)["is_passive"] = 1
    field.get(other)["energy"] = 150 * ONE if vital == "energy" else 0
    field.order(ghost, 1628, x=30.5, y=24.5)
    before = field.points(other, vital)
    field.step(2)
    return before - field.points(other, vital)


def rows() -> list[Row]:
    """Return the rows of spells."""
    made = Rows()
    add = made.add
    add("M", "psionic storm on who stays in it", 80, 0.001, "points", CATALOGUE,
        lambda: taken("HighTemplar", 1036, "Marauder", 90, "PsiStormTech"))  # fmt: skip
    add("M", "feedback at 100 energy", 50, 0.5, "points", CATALOGUE,
        lambda: taken("HighTemplar", 140, "Ghost", 3, at_unit=True))  # fmt: skip
    add("M", "fungal growth in four normal seconds", 30, 0.001, "points", CATALOGUE,
        lambda: taken("Infestor", 74, "Marauder", 80))  # fmt: skip
    add("M", "fungal growth: speed left", 0.25, 0.01, "times", CATALOGUE, fungal_pace)
    add("M", "steady targeting, less what regenerates", 170, 0.7, "points", CATALOGUE,
        lambda: taken("Ghost", 2714, "Ultralisk", 34, at_unit=True))  # fmt: skip
    add("M", "Yamato cannon", 240, 0.001, "points", CATALOGUE,
        lambda: taken("Battlecruiser", 401, "Thor", 60, YAMATO, at_unit=True))  # fmt: skip
    add("M", "corrosive bile", 60, 0.001, "points", CATALOGUE, lambda: taken("Ravager", 2338, "SiegeTank", 60))
    add("M", "EMP on shields", 100, 0.2, "points", CATALOGUE, lambda: emp_takes("shield"))
    add("M", "EMP on energy", 100, 0.2, "points", CATALOGUE, lambda: emp_takes("energy"))
    add("M", "transfusion in all", 125, 0.5, "points", CATALOGUE, transfused)
    add("M", "blink goes", 8, 0.05, "cells", CATALOGUE, blinked)
    add("M", "blink waits", 160, 1, "loops", CATALOGUE, lambda: waits("Stalker", 1442, "BlinkTech"))
    add("M", "corrosive bile waits", 160, 1, "loops", CATALOGUE, lambda: waits("Ravager", 2338))
    add("M", "prismatic alignment waits", 960, 1, "loops", CATALOGUE, lambda: waits("VoidRay", 2393))
    add("M", "force field stands", 240, 1, "loops", CATALOGUE, field_time)
    return made.items
