"""Units that others send out: interceptors, broodlings, locusts."""

from __future__ import annotations

from benchmarks.sc2_rows.arena import CATALOGUE, MeleeField, Row, Rows
from engine.starcraft2.state import ATTACK, MOVE

SPAWN_LOCUSTS = 2704


def _carrier(loops: int) -> tuple[MeleeField, int]:
    field = MeleeField()
    carrier = field.put("Carrier", 0, 10, 24)
    field.step(loops)
    return field, carrier


def interceptors(loops: int) -> float:
    """Return how many interceptors are in a Carrier's hangar some loops after it came."""
    field, carrier = _carrier(loops)
    return float(field.get(carrier)["num_passengers"])


def interceptor_time() -> float:
    """Return the loops from one built interceptor to the next."""
    field, carrier = _carrier(1)
    times = [field.loops_until(lambda k=k: field.get(carrier)["num_passengers"] > k) for k in (4, 5)]
    return times[1]


def launch_gap() -> float:
    """Return the loops between two interceptors' starts."""
    field, carrier = _carrier(4)
    field.order(carrier, ATTACK, field.victim("Barracks", 20.5, 24.5))
    for k in (0, 1):
        field.loops_until(lambda k=k: field.count("Interceptor") > k)
    return field.loops_until(lambda: field.count("Interceptor") > 2)


def leash() -> float:
    """Return how far from its Carrier, edge to edge, the target was when the last interceptor let it be, cells."""
    field, carrier = _carrier(4)
    target = field.victim("Barracks", 20.5, 24.5)
    field.order(carrier, ATTACK, target)
    field.loops_until(lambda: field.count("Interceptor") > 3)
    field.order(carrier, MOVE, x=2, y=24)

    def is_left() -> bool:
        units = field.games.units[0]
        told = units["order_target"][:, 0] == target
        return not (told & (units["slot_state"] == 1) & (units["num_orders"] > 0)).any()

    field.loops_until(is_left)
    away = (int(field.get(target)["x"]) - int(field.get(carrier)["x"])) / 4096
    return away - 1.25 - 1.8125


def broodling_life() -> float:
    """Return how many loops a Brood Lord's broodling lives."""
    field = MeleeField()
    lord = field.put("BroodLord", 0, 12, 24)
    field.order(lord, ATTACK, field.victim("Barracks", 22.5, 24.5))
    field.loops_until(lambda: field.count("Broodling") > 0)
    field.order(lord, MOVE, x=4, y=24)
    return field.loops_until(lambda: field.count("Broodling") == 0)


def broodlings_of(name: str) -> float:
    """Return how many broodlings come out of a fallen structure."""
    field = MeleeField()
    field.games.kill_units(0, [field.put(name)])
    field.step()
    return float(field.count("Broodling"))


def _locusts() -> tuple[MeleeField, int]:
    field = MeleeField()
    host = field.put("SwarmHostMP", 0, 10, 24)
    field.order(host, SPAWN_LOCUSTS, x=40, y=24)
    field.loops_until(lambda: field.count("LocustMP") > 0)
    return field, host


def locusts() -> float:
    """Return how many locusts come at once."""
    return float(_locusts()[0].count("LocustMP"))


def locust_life() -> float:
    """Return the loops from a locust's egg to its end."""
    field, _ = _locusts()
    return field.loops_until(lambda: field.count("LocustMP") + field.count("LocustMPFlying") == 0)


def locust_wait() -> float:
    """Return the loops until a Swarm Host may spawn locusts again."""
    field, host = _locusts()
    return field.loops_until(lambda: field.get(host)["ability_wait"][0] == 0)


def rows() -> list[Row]:
    """Return the rows of what is sent out."""
    made = Rows()
    add = made.add
    add("O", "Carrier: interceptors that it comes with", 4, 0, "units", CATALOGUE, lambda: interceptors(2))
    add("O", "Carrier: interceptors in the end", 8, 0, "units", CATALOGUE, lambda: interceptors(1200))
    add("O", "interceptor: loops to build", 192, 8, "loops", CATALOGUE, interceptor_time)
    add("O", "interceptors: loops from one's start to the next", 8, 1, "loops", CATALOGUE, launch_gap)
    add("O", "interceptors: how far from their Carrier they attack", 12, 0.25, "cells", CATALOGUE, leash)
    add("O", "broodling of a Brood Lord lives", 128, 1, "loops", CATALOGUE, broodling_life)
    add("O", "broodlings of a fallen Hatchery", 9, 0, "units", CATALOGUE, lambda: broodlings_of("Hatchery"))
    add("O", "broodlings of a fallen Spawning Pool", 6, 0, "units", CATALOGUE, lambda: broodlings_of("SpawningPool"))
    add("O", "locusts at once", 2, 0, "units", CATALOGUE, locusts)
    add("O", "locusts: loops from the egg to the end", 432, 2, "loops", CATALOGUE, locust_life)
    add("O", "Swarm Host: loops until it may spawn again", 960, 2, "loops", CATALOGUE, locust_wait)
    return made.items
