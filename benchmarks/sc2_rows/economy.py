"""Economy, building and what the Terran do: incomes, times, supply, queues, add-ons, MULEs, repair."""

from __future__ import annotations

from benchmarks.sc2_rows.arena import API, CATALOGUE, MeleeField, Row, Rows
from engine.starcraft2.state import NEUTRAL_PLAYER
from engine.starcraft2.tables import ONE

MECHANICS = "MECHANICS.md 3"
KNOWN = "game knowledge"
RECORDED = "recorded games, 3.0 to 5.0"
"""38 replays in the tests of sc2reader: the bank every 160 loops, orders to build, and when what was ordered begins.
Where one order waited, the bank lacked a median of 0.97 of its price before the structure began
(159 orders; Hatchery 1.00 of 38, Supply Depot 0.95 of 29, Command Center 0.96 of 11), of queued orders likewise."""
GATHER, DEPOT, BARRACKS_AT, SCV, MARINE = 3666, 319, 321, 524, 560
TECH_LAB, REACTOR, LIFT, ORBITAL, MULE, CANCEL, REPAIR, STOP = 421, 422, 452, 1516, 171, 3659, 316, 4
REAL_MINUTE = 1344
"""Loops of a minute on "faster"."""

PATCHES = ((17, 20), (16, 21), (15, 22), (15, 24), (15, 26), (16, 27), (17, 28), (15, 23))


def base(workers: int, patches: int = 8) -> MeleeField:
    """Return a base with mineral fields at the usual distance and workers that gather."""
    field = MeleeField()
    field.games.games["minerals"][0] = 0
    field.put("CommandCenter", 0, 24.5, 24.5)
    ids = [field.put("MineralField", NEUTRAL_PLAYER, x + 0.0, y + 0.5) for x, y in PATCHES[:patches]]
    for k in range(workers):
        scv = field.put("SCV", 0, 20.5, 20 + k / 2)
        field.order(scv, GATHER, ids[k % len(ids)])
    return field


def income(workers: int) -> float:
    """Return minerals per real minute of a base with eight fields."""
    field = base(workers)
    field.step(400)
    before = int(field.games.games["minerals"][0, 0])
    field.step(REAL_MINUTE)
    return float(int(field.games.games["minerals"][0, 0]) - before)


def gas_income() -> float:
    """Return gas per real minute of three workers at one geyser 7 cells away."""
    field = MeleeField()
    field.games.games["gas"][0] = 0
    field.put("CommandCenter", 0, 24.5, 24.5)
    field.put("VespeneGeyser", NEUTRAL_PLAYER, 17.5, 24.5)
    refinery = field.put("Refinery", 0, 17.5, 24.5)
    field.get(refinery)["resources"] = 2250
    for k in range(3):
        field.order(field.put("SCV", 0, 20.5, 23 + k), GATHER, refinery)
    field.step(400)
    before = int(field.games.games["gas"][0, 0])
    field.step(REAL_MINUTE)
    return float(int(field.games.games["gas"][0, 0]) - before)


def trip(resource: str) -> float:
    """Return what one trip brings."""
    field = base(1, 1) if resource == "minerals" else MeleeField()
    if resource == "gas":
        field.games.games["gas"][0] = 0
        field.put("CommandCenter", 0, 24.5, 24.5)
        refinery = field.put("Refinery", 0, 17.5, 24.5)
        field.get(refinery)["resources"] = 2250
        field.order(field.put("SCV", 0, 20.5, 24.5), GATHER, refinery)
    field.loops_until(lambda: field.games.games[resource][0, 0] > 0)
    return float(field.games.games[resource][0, 0])


def building(ability: int, name: str) -> float:
    """Return the loops from a structure's beginning to its end."""
    field = MeleeField()
    field.put("SupplyDepot", 0, 40, 40)
    scv = field.put("SCV", 0, 20, 20)
    field.order(scv, ability, x=24.5, y=24.5)
    before = field.count(name)
    field.loops_until(lambda: field.count(name) > before)
    site = int(field.get(scv)["builds"])
    return field.loops_until(lambda: bool(field.get(site)["is_complete"]))


def training(name: str, ability: int, product: str) -> float:
    """Return the loops in which a structure makes a unit."""
    field = MeleeField()
    maker = field.put(name, 0)
    field.put("SupplyDepot", 0, 40, 40)
    field.order(maker, ability)
    return field.loops_until(lambda: field.count(product) > 0)


def addon(ability: int) -> float:
    """Return the loops in which a Barracks has its add-on."""
    field = MeleeField()
    barracks = field.put("Barracks", 0)
    field.order(barracks, ability)
    made = int(field.get(barracks)["addon"])
    return field.loops_until(lambda: bool(field.get(made)["is_complete"]))


def two_at_once() -> float:
    """Return how many Marines a Barracks with a reactor makes in 800 loops."""
    field = MeleeField()
    field.put("SupplyDepot", 0, 40, 40)
    barracks = field.put("Barracks", 0)
    field.order(barracks, REACTOR)
    field.step(801)
    for _ in range(8):
        field.order(barracks, MARINE)
    field.step(800)
    return float(field.count("Marine"))


def lifting() -> float:
    """Return the loops in which a Barracks lifts off."""
    field = MeleeField()
    field.order(field.put("Barracks", 0), LIFT)
    return field.loops_until(lambda: field.count("BarracksFlying") > 0)


def orbital() -> float:
    """Return the loops in which a Command Center becomes an Orbital Command."""
    field = MeleeField()
    field.put("Barracks", 0, 40.5, 40.5)
    field.order(field.put("CommandCenter", 0), ORBITAL)
    return field.loops_until(lambda: field.count("OrbitalCommand") > 0)


def mule_life() -> float:
    """Return how long a MULE lives, loops."""
    field = MeleeField()
    field.order(field.caster("OrbitalCommand"), MULE, x=30.5, y=24.5)
    field.loops_until(lambda: field.count("MULE") > 0)
    return field.loops_until(lambda: field.count("MULE") == 0)


def refunded() -> float:
    """Return percent of a depot's price that cancelling it pays back."""
    field = MeleeField()
    scv = field.put("SCV", 0, 20, 20)
    field.order(scv, DEPOT, x=24.0, y=24.0)
    field.loops_until(lambda: field.count("SupplyDepot") > 0)
    paid = int(field.games.games["minerals"][0, 0])
    field.order(int(field.get(scv)["builds"]), CANCEL)
    return float(int(field.games.games["minerals"][0, 0]) - paid)


def ordered(*, dropped: bool) -> float:
    """Return the minerals that a far depot's order has taken before anything stands, or once it was dropped again."""
    field = MeleeField()
    before = int(field.games.games["minerals"][0, 0])
    scv = field.put("SCV", 0, 10, 10)
    field.order(scv, DEPOT, x=40.0, y=40.0)
    field.step(20)
    if dropped:
        field.order(scv, STOP)
        field.step(1)
    return float(before - int(field.games.games["minerals"][0, 0]))


def repair_time() -> float:
    """Return the loops in which one SCV repairs half a depot."""
    field = MeleeField()
    depot = field.put("SupplyDepot", 0, 24, 24)
    field.get(depot)["hp"] = 200 * ONE
    field.order(field.put("SCV", 0, 22.5, 24.0), REPAIR, depot)
    field.loops_until(lambda: field.get(depot)["hp"] > 200 * ONE)
    return field.loops_until(lambda: field.get(depot)["hp"] == 400 * ONE)


def rows() -> list[Row]:
    """Return the rows of economy and building."""
    made = Rows()
    add = made.add
    add("E", "worker: minerals per trip", 5, 0, "minerals", MECHANICS, lambda: trip("minerals"))
    add("E", "worker: gas per trip", 4, 0, "gas", MECHANICS, lambda: trip("gas"))
    add("E", "16 workers on 8 fields: minerals per real minute", 900, 90, "minerals", MECHANICS, lambda: income(16))
    add("E", "3 workers on a geyser: gas per real minute", 162, 16, "gas", KNOWN, gas_income)
    add("E", "Supply Depot: loops", 480, 1, "loops", API, lambda: building(DEPOT, "SupplyDepot"))
    add("E", "Barracks: loops", 1040, 1, "loops", API, lambda: building(BARRACKS_AT, "Barracks"))
    add("E", "SCV: loops", 272, 1, "loops", API, lambda: training("CommandCenter", SCV, "SCV"))
    add("E", "Marine: loops", 400, 1, "loops", API, lambda: training("Barracks", MARINE, "Marine"))
    add("E", "Probe: loops", 272, 1, "loops", API, lambda: training("Nexus", 1006, "Probe"))
    add("E", "tech lab: loops", 400, 1, "loops", API, lambda: addon(TECH_LAB))
    add("E", "reactor: loops", 800, 1, "loops", API, lambda: addon(REACTOR))
    add("E", "Barracks with a reactor: Marines in 800 loops", 4, 0, "Marines", KNOWN, two_at_once)
    add("E", "Barracks lifts off: loops", 32, 1, "loops", API, lifting)
    add("E", "Orbital Command: loops", 560, 1, "loops", API, orbital)
    add("E", "MULE lives", 1440, 1, "loops", CATALOGUE, mule_life)
    add("E", "cancelled depot: minerals paid back", 75, 0, "minerals", MECHANICS, refunded)
    add("E", "depot ordered far away: minerals gone", 100, 0, "minerals", RECORDED, lambda: ordered(dropped=False))
    add("E", "that order dropped: minerals gone", 0, 0, "minerals", KNOWN, lambda: ordered(dropped=True))
    add("E", "repair of half a depot: loops", 240, 3, "loops", KNOWN, repair_time)
    return made.items
