"""Battles: speeds, attacks, hits, regeneration, targets, sight, splash."""

from __future__ import annotations

import numpy as np

from benchmarks.sc2_rows.arena import API, CATALOGUE, KNOWN, LIQUIPEDIA, Arena, Row, Rows
from engine.core.frame import Frame
from engine.starcraft2.orders import HEAL, HOLD_POSITION
from engine.starcraft2.state import ATTACK, MOVE
from engine.starcraft2.tables import ONE


def speed(name: str) -> float:
    """Return cells per loop at full speed."""
    arena = Arena()
    one = arena.put(name, 0, -14)
    arena.order(one, MOVE, x=31, y=16)
    arena.step(44)
    before = int(arena.get(one)["x"])
    arena.step(24)
    return (int(arena.get(one)["x"]) - before) / ONE / 24


def loops_to_full_speed(name: str) -> float:
    """Return the loops from the first movement to full speed."""
    arena = Arena()
    one = arena.put(name, 0, -14)
    arena.order(one, MOVE, x=31, y=16)
    speeds = []
    for _ in range(70):
        arena.step()
        speeds.append(int(arena.get(one)["speed"]))
    first = next(k for k, now in enumerate(speeds) if now > 0)
    return float(speeds.index(max(speeds)) - first + 1)


def _gaps(name: str, victim: str) -> list[int]:
    gaps: list[int] = []
    for seed in range(4):
        arena = Arena(seed=seed)
        one = arena.put(name, 0, -2)
        other = arena.put(victim, 1, 1.5)
        arena.order(one, ATTACK, other)
        fired: list[int] = []
        while arena.loop < 1200 and len(fired) < 30:
            fired += arena.shots(one, 1)
            arena.get(other)["hp"] = 400 * ONE
        gaps += np.diff(fired).tolist()
    return gaps


def mean_gap(name: str, victim: str = "CommandCenter") -> float:
    """Return the mean loops between two attacks."""
    return float(np.mean(_gaps(name, victim)))


def spread_of_gaps(name: str) -> float:
    """Return the largest less the smallest time between two attacks, loops."""
    gaps = _gaps(name, "CommandCenter")
    return float(max(gaps) - min(gaps))


def hits(attacker: str, victim: str) -> float:
    """Return how many attacks kill."""
    arena = Arena()
    one, other = arena.put(attacker, 0), arena.put(victim, 1, 1.5)
    arena.order(one, ATTACK, other)
    return float(len(arena.shots(one, 6000, other)))


def kill_time(attacker: str, victim: str) -> float:
    """Return the mean loops from the first attack to the death."""
    times = []
    for seed in range(12):
        arena = Arena(seed=seed)
        one, other = arena.put(attacker, 0), arena.put(victim, 1, 1.5)
        arena.order(one, ATTACK, other)
        fired = arena.shots(one, 6000, other)
        times.append(fired[-1] - fired[0])
    return float(np.mean(times))


def first_damage(attacker: str, victim: str, shields: bool = False) -> float:
    """Return what the first attack takes of a unit whose shields are down (or of its shields)."""
    arena = Arena()
    one, other = arena.put(attacker, 0), arena.put(victim, 1, 1.5)
    field = "shield" if shields else "hp"
    if not shields:
        arena.get(other)["shield"] = 0
        arena.get(other)["shield_wait"] = 2000
    arena.order(one, ATTACK, other)
    before = int(arena.get(other)[field])
    arena.shots(one, 0)
    while arena.get(one)["fired_frame"] < 0:
        before = int(arena.get(other)[field])
        arena.step()
    return (before - int(arena.get(other)[field])) / ONE


def regeneration(name: str, field: str, wait: int = 0) -> float:
    """Return points per normal second after some loops of rest."""
    arena = Arena()
    one = arena.put(name, 0)
    arena.get(one)[field] = 10 * ONE
    arena.step(wait)
    before = int(arena.get(one)[field])
    arena.step(160)
    return (int(arena.get(one)[field]) - before) / ONE / 10


def shield_delay() -> float:
    """Return the loops from the last hit to the first point of shields that comes back."""
    arena = Arena()
    one, other = arena.put("Zealot", 0), arena.put("Marine", 1, 3)
    arena.order(other, ATTACK, one)
    while arena.get(one)["hit_frame"] < 0:
        arena.step()
    since, low = arena.loop, int(arena.get(one)["shield"])
    arena.games.order(0, other, 4)
    while arena.get(one)["shield"] <= low:
        arena.step()
    return float(arena.loop - since)


def healing() -> float:
    """Return points that a Medivac heals per normal second."""
    arena = Arena()
    one, other = arena.put("Medivac", 0), arena.put("Marauder", 0, 1)
    arena.get(other)["hp"] = 10 * ONE
    arena.order(one, HEAL, other)
    arena.step(2)
    before = int(arena.get(other)["hp"])
    arena.step(80)
    return (int(arena.get(other)["hp"]) - before) / ONE / 5


def healing_price() -> float:
    """Return points healed per point of energy, what regenerates meanwhile left out."""
    arena = Arena()
    one, other = arena.put("Medivac", 0), arena.put("Marauder", 0, 1)
    arena.get(other)["hp"] = 10 * ONE
    arena.order(one, HEAL, other)
    arena.step(2)
    hp, energy = int(arena.get(other)["hp"]), int(arena.get(one)["energy"])
    arena.step(80)
    paid = energy - int(arena.get(one)["energy"]) + 80 * 144
    return (int(arena.get(other)["hp"]) - hp) / paid


def reach(name: str, victim: str, radii: float) -> float:
    """Return the largest distance of edges, cells, at which a unit that holds position fires; steps of 1/32 cell."""
    best = 0.0
    for k in range(500):
        arena = Arena(passive=(1,))
        one = arena.put(name, 0, -7)
        other = arena.put(victim, 1, -7 + radii + k / 32)
        arena.order(one, HOLD_POSITION)
        arena.step(3)
        if arena.get(one)["phase"] == 0 and arena.get(one)["cooldown"] == 0:
            if best > 0:
                break
            continue
        apart = (int(arena.get(other)["x"]) - int(arena.get(one)["x"])) / ONE
        best = apart - radii
    return best


def scan_range(name: str, victim: str, radii: float) -> float:
    """Return the largest distance of edges at which an idle unit goes for an enemy; steps of 1/8 cell."""
    best = 0.0
    for k in range(20, 100):
        arena = Arena(passive=(1,))
        one = arena.put(name, 0, -7)
        arena.put(victim, 1, -7 + radii + k / 8)
        arena.step(1)
        if arena.get(one)["target"] < 0:
            break
        best = k / 8
    return best


def chosen(name: str, others: tuple[tuple[str, float, float], ...]) -> float:
    """Return which of several enemies an idle unit attacks: its position in the tuple."""
    arena = Arena(passive=(1,))
    one = arena.put(name, 0)
    ids = [arena.put(kind, 1, dx, dy) for kind, dx, dy in others]
    arena.step(1)
    return float(ids.index(int(arena.get(one)["target"])))


def help_radius() -> float:
    """Return the largest distance, cells, at which an idle friend answers a call for help; steps of 1/4 cell."""
    best = 0.0
    for k in range(8, 30):
        arena = Arena(passive=(1,))
        hurt = arena.put("Zealot", 0, 0, -4)
        friend = arena.put("Zealot", 0, 0, -4 + k / 4)
        tank = arena.put("SiegeTank", 1, 8.2, -4)
        arena.order(tank, ATTACK, hurt)
        while arena.get(hurt)["hit_frame"] < 0:
            arena.step()
        arena.step(2)
        if arena.get(friend)["target"] < 0:
            break
        best = k / 4
    return best


def sight(name: str) -> float:
    """Return the largest distance of centres, cells, at which a unit sees another; steps of 1/4 cell."""
    best = 0.0
    for k in range(12, 80):
        arena = Arena(full_vision=False)
        arena.put(name, 0, -10)
        arena.put("Marine", 1, -10 + k / 4)
        frame = Frame.allocate(1, arena.games.unit_capacity, arena.games.scenario.map)
        arena.games.observe(frame, np.zeros(1, np.int32), np.zeros(1, np.int8))
        if frame.num_units[0] < 2:
            break
        best = k / 4
    return best


def splash(kind: str, attacker: str, distance: float) -> float:
    """Return what a Marauder (125 life, armor 1) loses that stands so many cells behind the target, edge to edge."""
    arena = Arena()
    one, other = (
        arena.put(attacker, 0, -6 if kind == "tank" else -1.2),
        arena.put("Marauder", 1, 2 if kind == "tank" else 0),
    )
    x = (2 if kind == "tank" else 0) + 0.5625 + distance
    second = arena.put("Marauder", 1, x, 0)
    arena.get(second)["x"] = round((16 + x) * ONE)
    arena.get(second)["y"] = 16 * ONE
    arena.order(one, ATTACK, other)
    before = 125.0
    for _ in range(200):
        arena.step()
        now = int(arena.get(second)["hp"]) / ONE
        if now < before or int(arena.get(other)["hp"]) < 125 * ONE or not arena.is_alive(one):
            return before - now
    return 0.0


def rows() -> list[Row]:
    """Return the rows of battles."""
    made = Rows()
    add = made.add
    for name, per_s in (
        ("Marine", 2.25), ("Marauder", 2.25), ("SCV", 2.8125), ("Zealot", 2.25), ("Stalker", 2.953125),
        ("Colossus", 2.25), ("Zergling", 2.9531), ("Baneling", 2.5), ("Roach", 2.25), ("Hydralisk", 2.25),
        ("Mutalisk", 4.0), ("Medivac", 2.5),
    ):  # fmt: skip
        add("S", f"{name}: full speed", per_s / 16, 0.01 * per_s / 16, "cells/loop", API, lambda name=name: speed(name))
    for name, loops in (("SCV", 18), ("Mutalisk", 19), ("Medivac", 18), ("VoidRay", 22)):
        text = f"{name}: loops to full speed (speed / acceleration)"
        add("A", text, loops, 1, "loops", CATALOGUE, lambda name=name: loops_to_full_speed(name))
    for name, loops in (
        ("Marine", 13.773), ("Marauder", 24.0), ("Zealot", 19.2), ("Stalker", 29.92), ("Colossus", 24.0),
        ("Zergling", 11.136), ("Hydralisk", 13.2), ("Roach", 32.0), ("SiegeTank", 16.64), ("Immortal", 23.2),
    ):  # fmt: skip
        # The random part is 0.5 loops in the mean, and a loop that has begun is waited for: 0 to 1 more.
        text = f"{name}: mean loops between attacks: cooldown + 0.5, rounded up to loops"
        add("C", text, loops + 1.0, 0.6, "loops", API, lambda name=name: mean_gap(name))
    add("C", "Marine: spread of the times between attacks (-1 to +2 loops)", 3, 1, "loops", CATALOGUE,
        lambda: spread_of_gaps("Marine"))  # fmt: skip
    for attacker, victim, count in (
        ("Marine", "Marine", 8), ("Marine", "Marauder", 25), ("Marine", "Zealot", 29), ("Zealot", "Marine", 3),
        ("Zealot", "Marauder", 9), ("Marauder", "Stalker", 9), ("Marauder", "Marauder", 7), ("Stalker", "Marauder", 8),
        ("Zergling", "Marine", 9), ("Hydralisk", "Marine", 4), ("Roach", "Marauder", 9), ("SiegeTank", "Marine", 3),
        ("Immortal", "Roach", 3), ("Colossus", "Zergling", 2), ("DarkTemplar", "Marine", 1),
    ):  # fmt: skip
        text = f"{attacker} kills {victim}: attacks"
        add("H", text, count, 0, "attacks", "damage rule", lambda a=attacker, v=victim: hits(a, v))
    for attacker, victim, value, is_shield in (
        ("Marine", "Marauder", 5, False), ("Marauder", "Marauder", 19, False), ("Marauder", "Marine", 10, False),
        ("Zealot", "Zealot", 14, False), ("Stalker", "Stalker", 17, False), ("Stalker", "Stalker", 18, True),
        ("Zealot", "Ultralisk", 12, False), ("Zergling", "PlanetaryFortress", 2, False),
        ("Colossus", "Zergling", 30, False), ("Immortal", "Stalker", 49, False), ("Ghost", "Marine", 20, False),
    ):  # fmt: skip
        text = f"{attacker} on {victim}: what one attack takes" + (" of the shields" if is_shield else "")
        measure = lambda a=attacker, v=victim, s=is_shield: first_damage(a, v, s)  # noqa: E731
        add("H", text, value, 0.001, "points", "damage rule", measure)
    for attacker, victim, loops in (("Marine", "Marine", 7 * 14.77), ("Zealot", "Marine", 2 * 20.2)):
        text = f"{attacker} kills {victim}: loops from the first attack to the last"
        add("K", text, loops, 0.04 * loops, "loops", "cooldown x attacks", lambda a=attacker, v=victim: kill_time(a, v))
    add("R", "shields: points per normal second", 2, 0.001, "points/s", CATALOGUE,
        lambda: regeneration("Zealot", "shield", 1))  # fmt: skip
    add("R", "shields: loops after the last hit", 160, 1, "loops", CATALOGUE, shield_delay)
    add("R", "Zerg life per normal second", 0.2734, 0.001, "points/s", CATALOGUE, lambda: regeneration("Roach", "hp"))
    add("R", "Mutalisk life per normal second", 1, 0.001, "points/s", CATALOGUE, lambda: regeneration("Mutalisk", "hp"))
    add("R", "energy per normal second", 0.5625, 0.001, "points/s", CATALOGUE,
        lambda: regeneration("Medivac", "energy"))  # fmt: skip
    add("R", "Terran life per normal second", 0, 0, "points/s", CATALOGUE, lambda: regeneration("Marine", "hp"))
    add("R", "Medivac heals per normal second", 9, 0.05, "points/s", KNOWN, healing)
    add("R", "Medivac: points healed per energy", 3, 0.01, "points", KNOWN, healing_price)
    for name, cells, radius in (
        ("Marine", 5, 0.375),
        ("Stalker", 6, 0.625),
        ("SiegeTank", 7, 0.875),
        ("Marauder", 6, 0.5625),
    ):
        add("T", f"{name}: range, edge to edge", cells, 1 / 32, "cells", API,
            lambda name=name, radius=radius: reach(name, "Zealot", radius + 0.5))  # fmt: skip
    for name, cells, radius in (
        ("Marine", 5.5, 0.375),
        ("Stalker", 6.5, 0.625),
        ("SiegeTank", 7.5, 0.875),
        ("Zealot", 5, 0.5),
    ):
        add("T", f"{name}: how far it looks for targets", cells, 0.125, "cells", LIQUIPEDIA,
            lambda name=name, radius=radius: scan_range(name, "Zealot", radius + 0.5))  # fmt: skip
    add("T", "of a near building and a far Marine the Marine is attacked", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Marine", (("SupplyDepot", 2.5, 0), ("Marine", -4, 0))))  # fmt: skip
    add("T", "of a near worker and a far Marine the Marine is attacked", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Marine", (("SCV", 2.5, 0), ("Marine", -4, 0))))  # fmt: skip
    add("T", "of two Marines the nearer one is attacked", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Marine", (("Marine", 4, 0), ("Marine", -3, 0))))  # fmt: skip
    add("T", "a Zealot does not go for what flies", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Zealot", (("Medivac", 1, 0), ("Marine", -4, 0))))  # fmt: skip
    add("T", "idle friends answer a call for help within", 4, 0.25, "cells", CATALOGUE, help_radius)
    for name, cells in (("Marine", 9), ("Zergling", 8), ("Colossus", 10), ("SiegeTankSieged", 11)):
        add("V", f"{name}: sight", cells, 0.25, "cells", API, lambda name=name: sight(name))
    for distance, value in ((0.45, 69), (0.7, 34), (1.2, 16.5), (1.4, 0)):
        add("H", f"sieged tank: a second Marauder {distance} cells from the blow", value, 0.001, "points", KNOWN,
            lambda distance=distance: splash("tank", "SiegeTankSieged", distance))  # fmt: skip
    for distance, value in ((0.9, 15), (1.2, 0)):
        add("H", f"Baneling: a Marauder {distance + 1.19:.2f} cells from it (reach 2.2)", value, 0.5, "points", KNOWN,
            lambda distance=distance: splash("bane", "Baneling", distance))  # fmt: skip
    return made.items
