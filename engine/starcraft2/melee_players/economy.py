"""Workers, supply, bases and production of a scripted melee player."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import UnitFlag
from engine.core.gamemap import BUILD_TILE_PX
from engine.starcraft2.melee_players.facts import (
    IS_FIGHTER,
    IS_STRUCTURE,
    IS_TOWN_HALL,
    IS_WORKER,
    SUPPLY_HALF,
    Way,
    stands_for,
    way_to_upgrade,
    ways_to,
)
from engine.starcraft2.melee_players.plans import GAS, SUPPLIES, TOWN_HALLS, WORKERS, Plan
from engine.starcraft2.melee_players.sites import find_site
from engine.starcraft2.melee_players.view import REACTORS, TECH_LABS, View, has_flag
from engine.starcraft2.state import GATHER
from engine.starcraft2.tables import UPGRADE_IDS, unit_type_id

BASE_PX: Final = 11 * BUILD_TILE_PX
"""Resources so near to a town hall are worked on from it."""

WORKERS_PER_FIELD: Final = 2
WORKERS_PER_GAS: Final = 3
WORKERS_PER_BASE: Final = 22  # two for each of eight fields, three for each of two geysers
WORKERS_PER_GAS_BUILDING: Final = 10
"""Before so many workers for each, another gas building starves the rest of minerals."""

MOVES: Final = 3
"""Workers that change to another base or to gas in one decision."""

GUARD_HALF: Final = 60
"""Army supply, halves, that a careful player has for each base before it takes one more."""

UNGUARDED: Final = 38
"""Workers that a careful player has whatever its army; each one more takes UNGUARDED_HALF and two supply more."""

UNGUARDED_HALF: Final = 48
UNGUARDED_GAS: Final = 3

SPARE_MINERALS: Final = 500
MOST_SPARE: Final = 5
"""For so much in stock a careful player has a producer more, up to so many."""

TURN_LOOPS: Final = 64
"""How long a structure asks for one of its upgrades before it asks for the next one."""

MOST_SUPPLY_HALF: Final = 400

LARVA: Final = unit_type_id("Larva")
QUEEN: Final = unit_type_id("Queen")
HATCHERIES: Final = frozenset(unit_type_id(name) for name in ("Hatchery", "Lair", "Hive"))
ORBITAL: Final = unit_type_id("OrbitalCommand")
NEXUS: Final = unit_type_id("Nexus")

INJECT, MULE, CHRONO = 251, 171, 3755
INJECT_ENERGY, MULE_ENERGY, CHRONO_ENERGY = 25, 50, 50
"""Abilities (abilities.json), and what they cost (MECHANICS.md sections 6 and 7)."""

BOOSTED: Final = frozenset(unit_type_id(name) for name in ("Gateway", "CyberneticsCore", "RoboticsFacility", "Nexus"))


def mine(view: View) -> None:
    """Send workers without work to minerals, three to each gas building, and from full bases to others."""
    halls = view.halls[view.is_complete[view.halls]]
    if not len(halls) or not len(view.fields):
        return
    field_x, field_y = view.fields["x"].astype(np.int64), view.fields["y"].astype(np.int64)
    away = (field_x[:, None] - view.x[halls]) ** 2 + (field_y[:, None] - view.y[halls]) ** 2
    home = away.argmin(axis=1)
    near = away[np.arange(len(home)), home] < BASE_PX**2
    targets = view.own["target_id"]
    workers_on = {int(number): 0 for number in view.fields["id"]}
    for row in np.flatnonzero(view.is_worker).tolist():
        number = int(targets[row])
        if number in workers_on:
            workers_on[number] += 1
    fields_of = [[int(at) for at in np.flatnonzero(near & (home == hall))] for hall in range(len(halls))]

    def send(row: int, hall: int) -> None:
        """Send a worker to the emptiest field of a base."""
        fields = fields_of[hall] or list(range(len(view.fields)))
        best = min(fields, key=lambda at: (workers_on[int(view.fields["id"][at])], int(away[at, hall])))
        number = int(view.fields["id"][best])
        workers_on[number] += 1
        view.use_on(row, GATHER, number, int(field_x[best]), int(field_y[best]))

    def spare(hall: int) -> int:
        """Return how many workers a base has room for; below 0 it has too many."""
        return WORKERS_PER_FIELD * len(fields_of[hall]) - sum(
            workers_on[int(view.fields["id"][at])] for at in fields_of[hall]
        )

    for row in np.flatnonzero(view.is_worker & view.is_idle & view.is_complete).tolist():
        if row in view.commanded:
            continue
        order = sorted(
            range(len(halls)),
            key=lambda hall: (view.x[row] - view.x[halls[hall]]) ** 2 + (view.y[row] - view.y[halls[hall]]) ** 2,
        )
        with_room = [hall for hall in order if spare(hall) > 0]
        send(row, (with_room or order)[0])
    _fill_gas(view)
    full = min(range(len(halls)), key=spare)
    empty = max(range(len(halls)), key=spare)
    for _ in range(MOVES):
        if spare(full) >= 0 or spare(empty) <= 0:
            break
        inside = {int(view.fields["id"][at]) for at in fields_of[full]}
        free = [row for row in _miners(view) if int(targets[row]) in inside]
        if not free:
            break
        workers_on[int(targets[free[0]])] -= 1
        send(free[0], empty)


def _miners(view: View) -> list[int]:
    """Return rows of workers on minerals who carry nothing and have no other command."""
    wanted = view.kept("miners", lambda: _mines(view))
    return [row for row in np.flatnonzero(wanted).tolist() if row not in view.commanded]


def _mines(view: View) -> NDArray[np.bool_]:
    on_fields = np.isin(view.own["target_id"], view.fields["id"])
    carrying = has_flag(view.own, UnitFlag.CARRYING_MINERALS) | has_flag(view.own, UnitFlag.CARRYING_GAS)
    found: NDArray[np.bool_] = view.is_worker & view.is_complete & on_fields & ~carrying & (view.makes < 0)
    return found


def _fill_gas(view: View) -> None:
    wells = np.flatnonzero(view.is_structure & view.is_complete & (view.own["resources"] > 0))
    miners = _miners(view)
    for well in wells.tolist():
        number = int(view.own["id"][well])
        wanted = WORKERS_PER_GAS - int((view.is_worker & (view.own["target_id"] == number)).sum())
        for _ in range(min(wanted, MOVES)):
            if len(miners) <= 4:
                return
            row = view.nearest(miners, int(view.x[well]), int(view.y[well]))
            miners.remove(row)
            view.use_on(row, GATHER, number, int(view.x[well]), int(view.y[well]))


def spend(view: View, race: str, plan: Plan) -> None:
    """Give the orders that cost something, the most important first; what cannot be paid yet is saved for."""
    _supply(view, race, plan)
    _open(view, race, plan)
    if plan.boosts or plan.queens:
        _boost(view, plan)
    _expand(view, race, plan)
    if race == "zerg":
        _hatch(view, plan)
    else:
        _workers(view, race, plan)
        _produce(view, plan)
    _gas_buildings(view, race, plan)
    _producers(view, plan)
    _upgrades(view, plan)


def _way_of(view: View, product: int) -> Way | None:
    """Return the first way to make something of which the player has a maker."""
    ways = ways_to(product)
    for way in ways:
        if view.complete[way.maker]:
            return way
    return ways[0] if ways else None


def _has(view: View, kind: int) -> bool:
    return kind == 0 or any(view.complete[like] for like in stands_for(kind))


def _supply(view: View, race: str, plan: Plan) -> None:
    left = view.supply_total - view.supply_used
    rate = 4 + 3 * (len(view.halls) + sum(view.complete[unit_type_id(name)] for name, _, _ in plan.producers))
    if view.supply_total >= MOST_SUPPLY_HALF or left > min(rate, 32) or view.supply_used < 26:
        return
    kind = unit_type_id(SUPPLIES[race])
    if race == "zerg":
        _from_larvae(view, kind, 1 if left > 4 else 2)
    else:
        build(view, kind)


def _open(view: View, race: str, plan: Plan) -> None:
    wanted: dict[int, int] = {}
    for supply, name in plan.opening:
        kind = unit_type_id(name)
        wanted[kind] = wanted.get(kind, 1 if name == TOWN_HALLS[race] else 0) + 1
        have = sum(view.count(like) for like in stands_for(kind))
        if view.supply_used < 2 * supply or have >= wanted[kind]:
            continue
        if not build(view, kind, race):
            return  # one after the other


def _expand(view: View, race: str, plan: Plan) -> None:
    halls = len(view.halls)
    on_the_way = view.coming[unit_type_id(TOWN_HALLS[race])]
    workers = view.count(unit_type_id(WORKERS[race]))
    if on_the_way or halls >= plan.bases or halls == 0 or workers < 15 * halls:
        return
    if plan.is_careful and _army_half(view) < GUARD_HALF * (halls - 1):
        return
    build(view, unit_type_id(TOWN_HALLS[race]), race)


def _most_workers(view: View, plan: Plan) -> int:
    """Return how many workers a player may have: the careful have no more than their army guards."""
    if not plan.is_careful:
        return plan.workers
    return min(plan.workers, UNGUARDED + max(0, _army_half(view) - UNGUARDED_HALF) // 2)


def _workers(view: View, race: str, plan: Plan) -> None:
    kind = unit_type_id(WORKERS[race])
    if view.count(kind) >= min(_most_workers(view, plan), WORKERS_PER_BASE * len(view.halls)):
        return
    for way in ways_to(kind):
        for row in view.free_rows((way.maker,)):
            if view.own["train_count"][row] == 0 and view.can_pay(way.minerals, way.gas):
                view.use(row, way.ability)
                view.spend(way.minerals, way.gas)


def _produce(view: View, plan: Plan) -> None:
    """Let structures train fighters, whatever is farthest behind its share first."""
    if _army_half(view) >= 2 * plan.most_army:
        return
    order = sorted(plan.army, key=lambda entry: view.count(unit_type_id(entry[0])) / entry[1])
    for name, _ in order:
        for way in ways_to(unit_type_id(name)):
            if not _has(view, way.requires):
                continue
            for row in view.free_rows((way.maker,)):
                if view.own["train_count"][row] >= _lanes(view, row) or not view.can_pay(way.minerals, way.gas):
                    continue
                if way.needs_techlab and not view.has_addon(row, TECH_LABS):
                    continue
                view.use(row, way.ability)
                view.spend(way.minerals, way.gas)


def _lanes(view: View, row: int) -> int:
    """Return how much a structure makes at once."""
    return 2 if view.has_addon(row, REACTORS) else 1


def _army_half(view: View) -> int:
    """Return the supply of all fighters, halves."""
    return int(SUPPLY_HALF[view.type[IS_FIGHTER[view.type]]].sum())


def _hatch(view: View, plan: Plan) -> None:
    """Turn larvae into drones or fighters, and let town halls make queens."""
    drones = view.count(unit_type_id("Drone"))
    room = WORKERS_PER_BASE * len(view.halls)
    pool = _has(view, unit_type_id("SpawningPool"))
    army = sum(view.count(unit_type_id(name)) for name, _ in plan.army)
    if pool and plan.queens and view.count(QUEEN) < plan.queens * len(view.halls):
        for way in ways_to(QUEEN):
            for row in view.free_rows((way.maker,)):
                if view.own["train_count"][row] == 0 and view.can_pay(way.minerals, way.gas):
                    view.use(row, way.ability)
                    view.spend(way.minerals, way.gas)
                    break
    wants_drones = drones < min(_most_workers(view, plan), room) and (not pool or army >= drones // 3 or drones < 16)
    if wants_drones:
        _from_larvae(view, unit_type_id("Drone"), 4)
    if not pool or _army_half(view) >= 2 * plan.most_army:
        return
    for name, _ in sorted(plan.army, key=lambda entry: view.count(unit_type_id(entry[0])) / entry[1]):
        if all(_has(view, way.requires) for way in ways_to(unit_type_id(name))):
            _from_larvae(view, unit_type_id(name), 6)


def _from_larvae(view: View, kind: int, most: int) -> None:
    for way in ways_to(kind):
        for row in view.free_rows((LARVA,))[:most]:
            if way.maker == LARVA and _has(view, way.requires) and view.can_pay(way.minerals, way.gas):
                view.use(row, way.ability)
                view.spend(way.minerals, way.gas)
                view.coming[kind] += 1


def _gas_buildings(view: View, race: str, plan: Plan) -> None:
    kind = unit_type_id(GAS[race])
    have = view.count(kind)
    if (
        have >= plan.gas
        or view.coming[kind]
        or view.count(unit_type_id(WORKERS[race])) < WORKERS_PER_GAS_BUILDING * (have + 1)
    ):
        return
    if plan.is_careful and have >= UNGUARDED_GAS and _army_half(view) < GUARD_HALF:
        return
    build(view, kind, race)


def _producers(view: View, plan: Plan) -> None:
    bases = int(view.is_complete[view.halls].sum())
    for name, first, more in plan.producers:
        kind = unit_type_id(name)
        have = sum(view.count(like) for like in stands_for(kind))
        way = _way_of(view, kind)
        wanted = first + more * (bases - 1)
        if plan.is_careful and more:
            wanted += min(view.minerals // SPARE_MINERALS, MOST_SPARE)
        if way is not None and _has(view, way.requires) and have < wanted and not view.coming[kind]:
            build(view, kind)


def _upgrades(view: View, plan: Plan) -> None:
    """Let structures work on upgrades by turns: one that is known is refused at no cost; no Frame says which are."""
    for structure in dict(plan.upgrades):
        names = [upgrade for maker, upgrade in plan.upgrades if maker == structure]
        upgrade = names[view.loop // TURN_LOOPS % len(names)]
        way = way_to_upgrade(unit_type_id(structure), UPGRADE_IDS[upgrade])
        if way is None or not _has(view, way.requires):
            continue
        for row in view.free_rows((unit_type_id(structure),)):
            if view.own["train_count"][row] == 0 and view.can_pay(way.minerals, way.gas):
                view.use(row, way.ability)
                break


def _boost(view: View, plan: Plan) -> None:
    """Use the energy of town halls and queens."""
    energy = view.own["energy"]
    for row in view.free_rows((QUEEN,)):
        halls = [hall for hall in view.halls.tolist() if view.is_complete[hall] and int(view.type[hall]) in HATCHERIES]
        if energy[row] >= INJECT_ENERGY and halls and view.is_idle[row]:
            hall = view.nearest(halls, int(view.x[row]), int(view.y[row]))
            view.use_on(row, INJECT, int(view.own["id"][hall]), int(view.x[hall]), int(view.y[hall]))
    for way in ways_to(ORBITAL) if plan.boosts else ():
        if not _has(view, way.requires):
            continue
        for row in view.free_rows((way.maker,)):
            if view.own["train_count"][row] == 0 and view.can_pay(way.minerals, way.gas):
                view.use(row, way.ability)
                view.spend(way.minerals, way.gas)
    if len(view.fields):
        for row in view.free_rows((ORBITAL,)):
            if energy[row] >= MULE_ENERGY:
                away = (view.fields["x"].astype(np.int64) - view.x[row]) ** 2
                away += (view.fields["y"].astype(np.int64) - view.y[row]) ** 2
                best = view.fields[int((away - view.fields["resources"]).argmin())]
                view.use_on(row, MULE, int(best["id"]), int(best["x"]), int(best["y"]))
    busy = [row for row in view.free_rows(BOOSTED) if view.own["train_count"][row]]
    for row in view.free_rows((NEXUS,)):
        if energy[row] >= CHRONO_ENERGY and busy:
            target = busy[view.loop // 64 % len(busy)]
            view.use_on(row, CHRONO, int(view.own["id"][target]), int(view.x[target]), int(view.y[target]))


def build(view: View, kind: int, race: str = "") -> bool:
    """Let a worker build a structure, or a structure its add-on; return False where it is saved for."""
    way = _way_of(view, kind)
    if way is None or not _has(view, way.requires):
        return True  # it has to wait for something else: nothing is set aside
    if not view.can_pay(way.minerals, way.gas):
        view.spend(way.minerals, way.gas)
        return False
    if not IS_WORKER[way.maker]:
        makers = [row for each in ways_to(kind) for row in view.free_rows((each.maker,))]
        makers = [row for row in makers if view.own["train_count"][row] == 0]
        if makers:
            view.use(makers[0], next(each.ability for each in ways_to(kind) if each.maker == view.type[makers[0]]))
            view.spend(way.minerals, way.gas)
        return True
    miners = _miners(view) or view.free_rows((way.maker,))
    if not miners:
        return True
    if IS_TOWN_HALL[kind]:
        place = _next_base(view)
    elif race and kind == unit_type_id(GAS[race]):
        return _build_on_geyser(view, way, miners)
    else:
        place = find_site(view, kind)
    if place is None:
        return True
    row = view.nearest(miners, *place)
    view.use_at(row, way.ability, *place)
    view.spend(way.minerals, way.gas)
    view.coming[kind] += 1
    return True


def _build_on_geyser(view: View, way: Way, miners: list[int]) -> bool:
    taken = [(int(view.x[row]), int(view.y[row])) for row in np.flatnonzero(view.is_structure).tolist()]
    for hall in view.halls[view.is_complete[view.halls]].tolist():
        for geyser in view.geysers:
            x, y = int(geyser["x"]), int(geyser["y"])
            if max(abs(x - view.x[hall]), abs(y - view.y[hall])) > BASE_PX:
                continue
            if any(abs(x - at_x) + abs(y - at_y) < BUILD_TILE_PX for at_x, at_y in taken):
                continue
            row = view.nearest(miners, x, y)
            view.use_on(row, way.ability, int(geyser["id"]), x, y)
            view.spend(way.minerals, way.gas)
            return True
    return True


def _next_base(view: View) -> tuple[int, int] | None:
    """Return the nearest place for a town hall that nobody has taken."""
    structures = [*view.own[view.is_structure], *view.enemies[IS_STRUCTURE[view.enemies["type"]]]]
    for base in view.bases:
        near = [
            unit for unit in structures if max(abs(unit["x"] - base.x), abs(unit["y"] - base.y)) < 6 * BUILD_TILE_PX
        ]
        if not near:
            return base.x, base.y
    return None
