"""Zerg: larvae, injects, creep, tumors, morphs."""

from __future__ import annotations

import numpy as np

from benchmarks.sc2_rows.arena import API, CATALOGUE, KNOWN, MeleeField, Row, Rows
from engine.starcraft2.state import GRID_CREEP, MOVE
from engine.starcraft2.tables import ONE

INJECT, TUMOR_BY_QUEEN, CREEP_ON = 251, 1694, 1692


def larva_clock() -> float:
    """Return the mean loops between the first larvae of a hatchery."""
    field = MeleeField()
    field.put("Hatchery")
    times = [field.loops_until(lambda k=k: field.count("Larva") > k) for k in range(3)]
    return float(np.mean(times))


def larvae_at_rest() -> float:
    """Return how many larvae a hatchery has after a long time."""
    field = MeleeField()
    field.put("Hatchery")
    field.step(1500)
    return float(field.count("Larva"))


def _injected() -> tuple[MeleeField, int, int]:
    field = MeleeField()
    hatchery, queen = field.put("Hatchery"), field.put("Queen", 0, 24.5, 28.5)
    field.get(queen)["energy"] = 60 * ONE
    field.step(1000)
    return field, hatchery, queen


def inject_time() -> float:
    """Return the loops from an inject to its larvae."""
    field, hatchery, queen = _injected()
    field.order(queen, INJECT, hatchery)
    field.loops_until(lambda: field.get(hatchery)["num_injects"] > 0)
    return field.loops_until(lambda: field.count("Larva") > 3)


def inject_larvae(times: int = 1) -> float:
    """Return the larvae that so many injects bring."""
    field, hatchery, queen = _injected()
    for _ in range(times):
        field.get(queen)["energy"] = 60 * ONE
        field.order(queen, INJECT, hatchery)
        field.step(20)
    field.step(640 * times + 20)
    return float(field.count("Larva") - 3)


def inject_price() -> float:
    """Return the energy of an inject."""
    field, hatchery, queen = _injected()
    before = field.points(queen, "energy")
    field.order(queen, INJECT, hatchery)
    field.step(6)
    return before - field.points(queen, "energy")


def creep_cells(name: str) -> float:
    """Return the cells of a source's creep when it is grown."""
    field = MeleeField()
    field.put(name)
    return float(field.games.grids[0, GRID_CREEP].sum())


def overlord_creep() -> float:
    """Return the cells of creep under an Overlord."""
    field = MeleeField()
    field.put("Lair", 0, 40.5, 40.5)
    before = int(field.games.grids[0, GRID_CREEP].sum())
    overlord = field.put("Overlord", 0, 12.5, 12.5)
    field.order(overlord, CREEP_ON)
    field.step(300)
    return float(int(field.games.grids[0, GRID_CREEP].sum()) - before)


def recession() -> float:
    """Return the loops in which creep is gone whose hatchery has died."""
    field = MeleeField()
    hatchery = field.put("Hatchery")
    field.put("Pylon", 1, 44, 44)
    field.games.kill_units(0, [hatchery])
    return field.loops_until(lambda: not field.games.grids[0, GRID_CREEP].any())


def creep_factor(name: str) -> float:
    """Return how much faster a unit is on creep."""
    speeds = []
    for on_creep in (0, 1):
        field = MeleeField()
        one = field.put(name, 0, 8, 24)
        field.games.grids[0, GRID_CREEP] = on_creep
        field.order(one, MOVE, x=44, y=24)
        field.step(20)
        before = int(field.get(one)["x"])
        field.step(20)
        speeds.append(int(field.get(one)["x"]) - before)
    return speeds[1] / speeds[0]


def speed_with(upgrade: str, name: str) -> float:
    """Return cells per loop with an upgrade, off creep."""
    field = MeleeField()
    field.grant(upgrade)
    one = field.put(name, 0, 8, 24)
    field.order(one, MOVE, x=44, y=24)
    field.step(30)
    before = int(field.get(one)["x"])
    field.step(20)
    return (int(field.get(one)["x"]) - before) / ONE / 20


def withering() -> float:
    """Return what a structure off creep loses per normal second, what it regenerates left out."""
    field = MeleeField()
    pool = field.put("SpawningPool")
    before = field.points(pool)
    field.step(160)
    return (before - field.points(pool)) / 10 + 0.2734


def tumor_time() -> float:
    """Return the loops from a tumor's beginning to its burrowing."""
    field = MeleeField()
    field.put("Hatchery")
    queen = field.caster("Queen", 24.5, 30.5)
    field.order(queen, TUMOR_BY_QUEEN, x=24.5, y=34.5)
    field.loops_until(lambda: field.count("CreepTumorQueen") > 0)
    return field.loops_until(lambda: field.count("CreepTumorBurrowed") > 0)


def hatching(ability: int, name: str, needs: str) -> float:
    """Return the loops from a larva's order to what hatches."""
    field = MeleeField()
    field.put("Hatchery")
    field.put(needs, 0, 24.5, 16.5)
    field.put("Overlord", 0, 10, 10)
    field.loops_until(lambda: field.count("Larva") > 0)
    field.order(field.find("Larva"), ability)
    before = field.count(name)
    return field.loops_until(lambda: field.count(name) > before)


def pairs() -> float:
    """Return how many Zerglings come of one larva."""
    field = MeleeField()
    field.put("Hatchery")
    field.put("SpawningPool", 0, 24.5, 16.5)
    field.loops_until(lambda: field.count("Larva") > 0)
    field.order(field.find("Larva"), 1343)
    field.step(400)
    return float(field.count("Zergling"))


def rows() -> list[Row]:
    """Return the rows of the Zerg."""
    made = Rows()
    add = made.add
    add("Z", "loops between larvae of a hatchery", 240, 1, "loops", CATALOGUE, larva_clock)
    add("Z", "larvae at a hatchery that nobody uses", 3, 0, "larvae", CATALOGUE, larvae_at_rest)
    add("Z", "inject: loops until its larvae come", 640, 1, "loops", CATALOGUE, inject_time)
    add("Z", "inject: larvae", 3, 0, "larvae", CATALOGUE, inject_larvae)
    add("Z", "two injects one after the other: larvae", 6, 0, "larvae", CATALOGUE, lambda: inject_larvae(2))
    add("Z", "inject: energy", 25, 0.3, "points", CATALOGUE, inject_price)
    add("Z", "creep of a grown hatchery", 457, 0, "cells", CATALOGUE, lambda: creep_cells("Hatchery"))
    add("Z", "creep of a grown tumor", 333, 0, "cells", CATALOGUE, lambda: creep_cells("CreepTumorBurrowed"))
    add("Z", "creep of an Overlord", 69, 0, "cells", CATALOGUE, overlord_creep)
    add("Z", "creep without a source is gone after", 64, 6, "loops", CATALOGUE, recession)
    for name, factor in (("Zergling", 1.3), ("Queen", 2.6665), ("Drone", 1.0), ("Roach", 1.3)):
        add("Z", f"{name}: speed on creep", factor, 0.01 * factor, "times", CATALOGUE,
            lambda name=name: creep_factor(name))  # fmt: skip
    for upgrade, name, per_s in (
        ("zerglingmovementspeed", "Zergling", 4.6991),
        ("GlialReconstitution", "Roach", 3.0),
        ("overlordspeed", "Overlord", 1.879),
    ):
        add("Z", f"{name}: speed with {upgrade}", per_s / 16, 0.01 * per_s / 16, "cells/loop", CATALOGUE,
            lambda upgrade=upgrade, name=name: speed_with(upgrade, name))  # fmt: skip
    add("Z", "structure off creep: points lost per normal second", 3, 0.05, "points/s", CATALOGUE, withering)
    add("Z", "tumor: loops until it has burrowed", 240, 1, "loops", CATALOGUE, tumor_time)
    for ability, name, needs, loops in (
        (1342, "Drone", "SpawningPool", 272),
        (1344, "Overlord", "SpawningPool", 400),
        (1343, "Zergling", "SpawningPool", 384),
        (1351, "Roach", "RoachWarren", 432),
    ):
        add("Z", f"{name}: loops in the egg", loops, 1, "loops", API,
            lambda a=ability, n=name, s=needs: hatching(a, n, s))  # fmt: skip
    add("Z", "Zerglings of one larva", 2, 0, "units", KNOWN, pairs)
    return made.items
