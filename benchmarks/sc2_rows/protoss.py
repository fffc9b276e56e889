"""Protoss: power, warp gates, chrono boost, batteries, archons."""

from __future__ import annotations

from benchmarks.sc2_rows.arena import API, CATALOGUE, LIQUIPEDIA, MeleeField, Row, Rows
from engine.starcraft2.tables import ONE

WARP_IN_ZEALOT, WARP_IN_STALKER, CHRONO, PROBE, ARCHON = 1413, 1414, 3755, 1006, 1766


def power_reach(name: str) -> float:
    """Return the largest distance, cells, at which a unit can be warped in; steps of 1/16 cell."""
    best = 0.0
    for k in range(32, 120):
        field = MeleeField()
        field.put("Pylon", 0, 40, 40)
        gate = field.put("WarpGate", 0, 43.5, 40.5)
        field.put(name, 0, 12, 24)
        if field.games.order(0, gate, WARP_IN_ZEALOT, -1, round((12 + k / 16) * ONE), 24 * ONE) != 1:
            break
        best = k / 16
    return best


def warping(*, is_fast: bool) -> float:
    """Return the loops in which a unit is warped in."""
    field = MeleeField()
    field.put("Pylon", 0, 24, 24)
    gate = field.put("WarpGate", 0, 28.5, 24.5)
    field.put("Pylon", 0, 10, 10)
    field.order(gate, WARP_IN_ZEALOT, x=24.5 if is_fast else 10.5, y=20.5 if is_fast else 14.5)
    zealot = field.find("Zealot")
    return field.loops_until(lambda: bool(field.get(zealot)["is_complete"]))


def gate_cooldown(ability: int) -> float:
    """Return the loops until a warp gate may warp in again."""
    field = MeleeField()
    field.put("Pylon", 0, 24, 24)
    field.put("CyberneticsCore", 0, 24.5, 28.5)
    gate = field.put("WarpGate", 0, 28.5, 24.5)
    field.order(gate, ability, x=21.5, y=20.5)
    return field.loops_until(lambda: field.get(gate)["warp_wait"] == 0)


def gate_morph() -> float:
    """Return the loops in which a Gateway becomes a Warp Gate."""
    field = MeleeField()
    field.put("Pylon", 0, 24, 24)
    field.put("Gateway", 0, 28.5, 24.5)
    field.grant("WarpGateResearch")
    field.step(1)
    return field.loops_until(lambda: field.count("WarpGate") > 0)


def chrono_gain() -> float:
    """Return the loops of work in 100 loops under chrono boost."""
    field = MeleeField()
    nexus = field.caster("Nexus")
    field.order(nexus, PROBE)
    field.order(nexus, CHRONO, nexus)
    field.step(2)
    before = int(field.get(nexus)["queue_loops"][0])
    field.step(100)
    return float(before - int(field.get(nexus)["queue_loops"][0]))


def chrono_time() -> float:
    """Return how long a chrono boost lasts, loops."""
    field = MeleeField()
    nexus = field.caster("Nexus")
    field.order(nexus, CHRONO, nexus)
    field.loops_until(lambda: field.get(nexus)["buffs"][2] > 0)
    return field.loops_until(lambda: field.get(nexus)["buffs"][2] == 0)


def battery_rate() -> float:
    """Return shields per normal second that a battery gives."""
    field = MeleeField()
    field.put("Pylon", 0, 24, 24)
    field.caster("ShieldBattery", 26, 24)
    archon = field.victim("Archon", 29, 26, 0)
    field.step(32)
    return field.points(archon, "shield") / 2


def structure_shields() -> float:
    """Return shields per normal second that come back to a structure."""
    field = MeleeField()
    pylon = field.put("Pylon", 0, 24, 24)
    field.get(pylon)["shield"] = 0
    field.step(80)
    return field.points(pylon, "shield") / 5


def archon_time() -> float:
    """Return the loops in which two templars merge."""
    field = MeleeField()
    for x in (22, 23.5):
        field.order(field.put("HighTemplar", 0, x, 24), ARCHON)
    field.loops_until(lambda: field.count("Archon") > 0)
    archon = field.find("Archon")
    return field.loops_until(lambda: bool(field.get(archon)["is_complete"]))


def unpowered_work() -> float:
    """Return the loops of work that a Gateway does in 100 loops after its last pylon's death."""
    field = MeleeField()
    pylon, gateway = field.put("Pylon", 0, 24, 24), field.put("Gateway", 0, 28.5, 24.5)
    field.order(gateway, 916)
    field.games.kill_units(0, [pylon])
    field.step(10)
    before = int(field.get(gateway)["queue_loops"][0])
    field.step(100)
    return float(before - int(field.get(gateway)["queue_loops"][0]))


def rows() -> list[Row]:
    """Return the rows of the Protoss."""
    made = Rows()
    add = made.add
    add("P", "pylon: power reaches", 6.5, 1 / 16, "cells", CATALOGUE, lambda: power_reach("Pylon"))
    add("P", "warp prism: power reaches", 3.75, 1 / 16, "cells", CATALOGUE, lambda: power_reach("WarpPrismPhasing"))
    add("P", "warp-in: loops", 256, 1, "loops", CATALOGUE, lambda: warping(is_fast=False))
    add("P", "warp-in near a gate: loops", 80, 1, "loops", CATALOGUE, lambda: warping(is_fast=True))
    add("P", "warp gate: loops after a Zealot", 448, 1, "loops", CATALOGUE, lambda: gate_cooldown(WARP_IN_ZEALOT))
    add("P", "warp gate: loops after a Stalker", 512, 1, "loops", CATALOGUE, lambda: gate_cooldown(WARP_IN_STALKER))
    add("P", "Gateway to Warp Gate: loops", 160, 8, "loops", API, gate_morph)
    add("P", "chrono boost: loops of work in 100 loops", 150, 1, "loops", CATALOGUE, chrono_gain)
    add("P", "chrono boost lasts", 448, 1, "loops", CATALOGUE, chrono_time)
    add("P", "shield battery: points per normal second", 36, 0.5, "points/s", CATALOGUE, battery_rate)
    add("P", "structures' shields per normal second", 2, 0.05, "points/s", CATALOGUE, structure_shields)
    add("P", "two templars merge: loops", 192, 1, "loops", CATALOGUE, archon_time)
    add("P", "Gateway without power: loops of work in 100 loops", 0, 0, "loops", LIQUIPEDIA, unpowered_work)
    return made.items
