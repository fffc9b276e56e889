"""Spells: what they take, give and last."""

from __future__ import annotations

from functools import partial

from benchmarks.sc2_rows.arena import CATALOGUE, MeleeField, Row, Rows
from engine.starcraft2.state import ATTACK, BUFF_CONTAMINATED, MOVE
from engine.starcraft2.tables import KINDS, ONE, UPGRADE_IDS

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


def nuked(away: float, name: str = "Thor") -> float:
    """Return what a nuke takes of a unit so many cells from where it falls to the unit's edge."""
    field = MeleeField()
    ghost = field.caster("Ghost", 14.5)
    field.get(field.put("GhostAcademy", 0, 4.5, 44.5))["has_nuke"] = 1
    other = field.victim(name, 24.5, 24.5)
    field.get(other)["x"] += round(away * ONE) + int(KINDS[field.get(other)["kind"]]["radius"])
    field.order(ghost, 1622, x=24.5, y=24.5)
    before = field.points(other)
    field.step(325)
    return before - field.points(other)


def nuke_time() -> float:
    """Return the loops from the call to when a nuke falls."""
    field = MeleeField()
    ghost = field.caster("Ghost", 14.5)
    field.get(field.put("GhostAcademy", 0, 4.5, 44.5))["has_nuke"] = 1
    other = field.victim("Thor", 24.5, 24.5)
    field.order(ghost, 1622, x=24.5, y=24.5)
    return field.loops_until(lambda: field.points(other) < 400)


def arming_time() -> float:
    """Return the loops that an academy takes for a nuke."""
    field = MeleeField()
    field.put("Factory", 0, 10.5, 10.5)
    academy = field.put("GhostAcademy", 0, 4.5, 44.5)
    field.order(academy, 710)
    return field.loops_until(lambda: bool(field.get(academy)["has_nuke"]))


def seized_time() -> float:
    """Return how long a neural parasite holds, loops."""
    field = MeleeField()
    field.grant("NeuralParasite")
    infestor, other = field.caster("Infestor"), field.victim("Thor", 30.5, 24.5)
    field.order(infestor, 249, other)
    field.loops_until(lambda: field.get(other)["player"] == 0)
    return field.loops_until(lambda: field.get(other)["player"] == 1)


def contaminated_time() -> float:
    """Return how long a contaminated structure trains nothing, loops."""
    field = MeleeField()
    overseer, other = field.caster("Overseer"), field.victim("Barracks", 28.5, 24.5)
    field.order(overseer, 1825, other)
    field.loops_until(lambda: field.get(other)["buffs"][BUFF_CONTAMINATED] > 0)
    return field.loops_until(lambda: field.get(other)["buffs"][BUFF_CONTAMINATED] == 0)


def life_with(upgrade: str, name: str) -> float:
    """Return the life that a unit begins with if its player has an upgrade."""
    field = MeleeField()
    field.grant(upgrade)
    return field.points(field.put(name))


def reach_with(upgrade: str, name: str, target: str) -> float:
    """Return from how far a unit attacks with an upgrade, edge to edge, cells."""
    field = MeleeField()
    field.grant(upgrade)
    one, other = field.put(name, 0, 6.5), field.victim(target, 28.5, 24.5)
    field.order(one, ATTACK, other)
    field.loops_until(lambda: field.get(other)["hit_frame"] >= 0)
    edges = sum(int(KINDS[field.get(unit)["kind"]]["radius"]) for unit in (one, other))
    return (int(field.get(other)["x"]) - int(field.get(one)["x"]) - edges) / ONE


def pause_with(upgrade: str, name: str) -> float:
    """Return the mean loops between a unit's attacks with an upgrade."""
    field = MeleeField()
    field.grant(upgrade)
    one, other = field.put(name), field.victim("CommandCenter", 29.5, 24.5)
    field.order(one, ATTACK, other)
    field.loops_until(lambda: field.get(other)["hit_frame"] >= 0)
    field.get(other)["hp"] = 200_000 * ONE
    fired = field.shots(one, 1500)
    return (fired[-1] - fired[0]) / (len(fired) - 1)


def blow_with(upgrade: str, name: str, target: str, player: int = 0) -> float:
    """Return what one attack takes of a unit if a player has an upgrade."""
    field = MeleeField()
    number = UPGRADE_IDS[upgrade]
    field.games.games["upgrades"][0, player, number >> 5] |= 1 << (number & 31)
    one, other = field.put(name), field.victim(target, 28.5, 24.5)
    field.order(one, ATTACK, other)
    field.get(other)["hp"] = 1000 * ONE
    field.loops_until(lambda: field.get(other)["hit_frame"] >= 0)
    return 1000 - field.points(other)


def boosts(made: Rows) -> None:
    """Add the rows of upgrades without levels."""
    add = made.add
    add(
        "U",
        "Marine with Combat Shield: life",
        55,
        0.001,
        "points",
        CATALOGUE,
        lambda: life_with("ShieldWall", "Marine"),
    )
    add("U", "Baneling with Centrifugal Hooks: life", 35, 0.001, "points", CATALOGUE,
        lambda: life_with("CentrificalHooks", "Baneling"))  # fmt: skip
    add("U", "Colossus with Extended Thermal Lance: range", 9, 0.15, "cells", CATALOGUE,
        lambda: reach_with("ExtendedThermalLance", "Colossus", "Marauder"))  # fmt: skip
    add("U", "Hydralisk with Grooved Spines: range", 6, 0.15, "cells", CATALOGUE,
        lambda: reach_with("EvolveGroovedSpines", "Hydralisk", "Marauder"))  # fmt: skip
    add("U", "Zergling with Adrenal Glands: mean loops between attacks", 0.696 * 16 / 1.4 + 1, 0.6, "loops", CATALOGUE,
        lambda: pause_with("zerglingattackspeed", "Zergling"))  # fmt: skip
    add("U", "Adept with Resonating Glaives: mean loops between attacks", 2.25 * 16 / 1.45 + 1, 0.6, "loops", CATALOGUE,
        lambda: pause_with("AdeptPiercingAttack", "Adept"))  # fmt: skip
    add("U", "Hellion with Infernal Pre-Igniter on a Zergling: what one attack takes", 19, 0.05, "points", CATALOGUE,
        lambda: blow_with("HighCapacityBarrels", "Hellion", "Zergling"))  # fmt: skip
    add("U", "Tempest with Tectonic Destabilizers on a Gateway: what one attack takes", 79, 0.05, "points", CATALOGUE,
        lambda: blow_with("TempestGroundAttackUpgrade", "Tempest", "Gateway"))  # fmt: skip
    add("U", "Marauder on an Ultralisk with Chitinous Plating: what one attack takes", 16, 0.05, "points", CATALOGUE,
        lambda: blow_with("ChitinousPlating", "Marauder", "Ultralisk", 1))  # fmt: skip


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
    for away, points in ((0.0, 300), (5.0, 150), (7.0, 75), (8.5, 0)):
        add("M", f"nuke on a Thor {away:g} cells away", points, 0.001, "points", CATALOGUE, partial(nuked, away))
    add("M", "nuke on a structure", 500, 0.001, "points", CATALOGUE, lambda: nuked(0, "CommandCenter"))
    add("M", "nuke: loops from the call to the blow", 320, 1, "loops", CATALOGUE, nuke_time)
    add("M", "nuke: loops to build", 960, 1, "loops", CATALOGUE, arming_time)
    add("M", "parasitic bomb in all", 120, 0.001, "points", CATALOGUE,
        lambda: taken("Viper", 2542, "Battlecruiser", 200, at_unit=True))  # fmt: skip
    add("M", "neural parasite holds", 240, 1, "loops", CATALOGUE, seized_time)
    add("M", "contaminate lasts", 480, 1, "loops", CATALOGUE, contaminated_time)
    boosts(made)
    return made.items
