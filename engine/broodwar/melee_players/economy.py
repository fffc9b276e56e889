"""Workers and production of a scripted melee player."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.melee_players.plans import Wishes
from engine.broodwar.melee_players.production import build, larvae, morph, order
from engine.broodwar.melee_players.sites import next_base
from engine.broodwar.melee_players.technology import guard, research
from engine.broodwar.melee_players.view import (
    CARRYING,
    GAS,
    GATHERED,
    HATCHERIES,
    IDLE,
    IS_REFINERY,
    MINERALS,
    NEAR_BASE_PX,
    ON_GAS,
    ON_MINERALS,
    PROVIDED_HALF,
    TERRAN,
    View,
    nearest,
    one_of,
)
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPES, order_id, unit_type_id
from engine.core.frame import UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX

WORKERS_PER_FIELD: Final = 2
GAS_WORKERS: Final = 3
GAS_ENOUGH: Final = 400
GAS_TO_SPARE: Final = 700
"""With more gas than the first nobody is sent for gas, with more than the second one after the other goes away."""

MOVES_PER_DECISION: Final = 2
"""Miners that go from a full base to an empty one at once."""

STUCK_EVERY_FRAMES: Final = 240
DECISION_FRAMES: Final = 24
"""Players decide at most so often; frames between two looks of theirs are skipped."""

FAR_FROM_SITE_PX: Final = 4 * BUILD_TILE_PX

QUEUE_FRAMES: Final = 30
"""A building gets its next order so many frames before it is done."""

MAX_SUPPLY_HALF: Final = 400
SPARE_HALF: Final = 2
"""Supply that is left over at least when more is ordered."""

ZERG_DRONES_FIRST_HALF: Final = 26
"""Larvae become drones until the army lags behind the drones by more than thirteen supply; then fighters come first,
and what they leave is for drones. A drone costs less than most fighters: before them it would take all the money."""

GASLESS: Final = 4
"""Who could pay so many of a fighter but for the gas makes others instead of waiting."""

WORKERS_PER_REFINERY: Final = 13
"""Before so many workers for each, another refinery starves the rest of minerals."""

ARMY_FIRST_HALF: Final = 12
ARMY_MORE_HALF: Final = 44
"""The army is so large before money is saved for the second base, and so much larger for each after it."""

SPARE_LARVAE: Final = 2
"""With more larvae waiting, another hatchery would help nobody."""

DEFENCE_WORKERS: Final = 12
"""Workers per base before guards are built there."""

FACTORY: Final = unit_type_id("Terran_Factory")
MACHINE_SHOP: Final = unit_type_id("Terran_Machine_Shop")

_CONSTRUCTING: Final = order_id("ConstructingBuilding")


def mine(view: View) -> None:
    """Send workers without work to minerals and three to each geyser; level out full and empty bases."""
    depots = view.own_depots()
    if not depots or not len(view.fields):
        return
    field_x, field_y = view.fields["x"].astype(np.int64), view.fields["y"].astype(np.int64)
    field_id = view.fields["id"]
    depot_x, depot_y = view.x[depots], view.y[depots]
    home = ((field_x[:, None] - depot_x) ** 2 + (field_y[:, None] - depot_y) ** 2).argmin(axis=1)
    near = (np.abs(field_x - depot_x[home]) < NEAR_BASE_PX) & (np.abs(field_y - depot_y[home]) < NEAR_BASE_PX)
    room = np.bincount(home[near], minlength=len(depots)) * WORKERS_PER_FIELD
    miners = view.worker & ((view.flags & ON_MINERALS) != 0)
    at = np.flatnonzero(miners)
    of_depot = ((view.x[at][:, None] - depot_x) ** 2 + (view.y[at][:, None] - depot_y) ** 2).argmin(axis=1)
    count = np.bincount(of_depot, minlength=len(depots))
    aimed = np.zeros(len(field_id), np.int64)
    position = np.searchsorted(field_id, view.own["target_id"][at])
    position = np.minimum(position, len(field_id) - 1)
    np.add.at(aimed, position[field_id[position] == view.own["target_id"][at]], 1)

    def send(index: int, depot: int) -> None:
        choices = np.flatnonzero(near & (home == depot))
        if not len(choices):
            choices = np.arange(len(field_id))
        ways = np.abs(field_x[choices] - view.x[index]) + np.abs(field_y[choices] - view.y[index])
        best = int(choices[(aimed[choices] * 10_000 + ways).argmin()])
        aimed[best] += 1
        count[depot] += 1
        view.command(index, UnitCommandType.GATHER, target=int(field_id[best]))

    _work_geysers(view, miners)
    if view.gas > GAS_TO_SPARE:
        for index in view.indices(view.worker & ((view.flags & ON_GAS) != 0) & ((view.flags & CARRYING) == 0))[:1]:
            send(index, int((count - room).argmin()))
    idle = view.worker & view.is_complete & ((view.flags & (ON_MINERALS | ON_GAS)) == 0) & (view.planned < 0)
    idle &= view.own["order"] != _CONSTRUCTING
    for index in view.indices(idle & ((view.flags & IDLE) != 0)):
        ways = np.abs(depot_x - view.x[index]) + np.abs(depot_y - view.y[index])
        full = np.maximum(count - room + 1, 0)
        send(index, int((ways + full * 2000 + (room == 0) * 1_000_000).argmin()))
    empty = int((count - room).argmin())
    crowded = int((count - room).argmax())
    if room[empty] - count[empty] > MOVES_PER_DECISION and count[crowded] > room[crowded]:
        free = [i for i in at[of_depot == crowded].tolist() if i not in view.commanded and not view.flags[i] & CARRYING]
        for index in free[:MOVES_PER_DECISION]:
            send(index, empty)


def free_stuck_builders(view: View) -> None:
    """Call off what workers are to build that stand still far from the place: something is in their way.

    Only at some decisions, so that one that is just about to start is left alone, as a rule.
    """
    if view.frame % STUCK_EVERY_FRAMES >= DECISION_FRAMES:
        return
    own = view.own
    stands = (own["velocity_x_256"] == 0) & (own["velocity_y_256"] == 0) & (own["target_x"] >= 0)
    away = np.maximum(np.abs(own["target_x"] - view.x), np.abs(own["target_y"] - view.y)) > FAR_FROM_SITE_PX
    for index in view.indices(view.worker & (view.planned >= 0) & stands & away):
        view.command(index, UnitCommandType.STOP)


def _work_geysers(view: View, miners: NDArray[np.bool_]) -> None:
    if view.gas > GAS_ENOUGH:
        return
    on_gas = view.worker & ((view.flags & ON_GAS) != 0)
    for index in np.flatnonzero(IS_REFINERY[view.type] & view.is_complete).tolist():
        x, y = view.x[index], view.y[index]
        here = on_gas & (np.abs(view.x - x) < NEAR_BASE_PX) & (np.abs(view.y - y) < NEAR_BASE_PX)
        count = int(here.sum()) + bool(view.flags[index] & GATHERED)
        if count >= GAS_WORKERS or not view.own["resources"][index]:
            continue
        free = view.indices(miners & ((view.flags & CARRYING) == 0) & (np.abs(view.x - x) < NEAR_BASE_PX))
        if free:
            best = free[nearest(view.x[free], view.y[free], x, y)]
            view.command(best, UnitCommandType.GATHER, target=int(view.own["id"][index]))


def spend(view: View, wishes: Wishes) -> None:
    """Order what is wanted and paid for, the most important first; what is due and too dear is saved for."""
    if not view.held.any():
        _take_base(view, wishes.depot)
    _add_supply(view, wishes)
    _follow(view, wishes.opening, wishes.depot)
    if wishes.plan.race == "zerg" and _army_lags(view, wishes):
        _train_army(view, wishes)
    _train_workers(view, wishes)
    _follow(view, wishes.later, wishes.depot)
    research(view, wishes)
    _expand(view, wishes)
    _train_army(view, wishes)
    guard(view, wishes)
    _add_producers(view, wishes)


def _add_supply(view: View, wishes: Wishes) -> None:
    kind = wishes.supply
    if view.supply_total >= MAX_SUPPLY_HALF:
        return
    opening_due = next((supply for supply, wanted in wishes.opening if wanted == kind), None)
    if opening_due is not None and view.have(kind) == 0 and view.supply_used < 2 * opening_due:
        return
    makers = sum(view.ready(producer) for producer, _, _ in wishes.producers) + view.ready(*HATCHERIES) * 2
    coming = (view.have(kind) - view.ready(kind)) * int(PROVIDED_HALF[kind])
    depots = view.have(wishes.depot) - view.ready(wishes.depot)
    coming += depots * int(PROVIDED_HALF[wishes.depot]) if wishes.plan.race != "zerg" else 0
    margin = SPARE_HALF + min(5 * makers, view.supply_used // 3)
    while view.supply_total + coming - view.supply_used < margin and view.supply_total + coming < MAX_SUPPLY_HALF:
        if not order(view, kind):
            view.set_aside(kind)
            return
        coming += int(PROVIDED_HALF[kind])


def _follow(view: View, steps: tuple[tuple[int, int], ...], depot: int) -> None:
    """Make what is due by now; save for the first thing that is too dear."""
    wanted: dict[int, int] = {}
    for supply, kind in steps:
        if view.supply_used < 2 * supply:
            continue
        wanted[kind] = wanted.get(kind, 1 if kind == depot else 0) + 1
        have = view.have(*HATCHERIES[HATCHERIES.index(kind) :]) if kind in HATCHERIES else view.have(kind)
        if have >= wanted[kind] or not view.can_make(kind):
            continue
        if kind == depot:
            _take_base(view, kind)
        elif not order(view, kind):
            view.set_aside(kind)
            return


def _train_workers(view: View, wishes: Wishes) -> None:
    depots = view.own_depots()
    fields = sum(view.fields_at(view.x[index], view.y[index]) for index in depots)
    gas = GAS_WORKERS * view.ready(wishes.refinery)
    limit = min(wishes.plan.workers, fields * WORKERS_PER_FIELD + gas + 4)
    missing = limit - view.have(wishes.worker)
    if wishes.plan.race == "zerg":
        for index in view.indices(larvae(view))[: max(missing, 0)]:
            if not morph(view, index, wishes.worker):
                return
        return
    for index in depots:
        if missing > 0 and _is_free_to_train(view, index) and view.is_complete[index]:
            if not view.has_room(wishes.worker):
                return
            if not view.affords(wishes.worker):
                view.set_aside(wishes.worker)
                return
            _train(view, index, wishes.worker)
            missing -= 1


def _is_free_to_train(view: View, index: int) -> bool:
    queued = int(view.own["train_count"][index])
    return queued == 0 or (queued == 1 and int(view.own["remaining_train_frames"][index]) < QUEUE_FRAMES)


def _train(view: View, index: int, kind: int) -> None:
    view.command(index, UnitCommandType.TRAIN, extra=kind)
    view.set_aside(kind)
    view.note(kind)
    view.supply_used += int(UNIT_TYPES["supply_required_half"][kind])


def _army_lags(view: View, wishes: Wishes) -> bool:
    drones = 2 * view.have(wishes.worker)
    return _army_supply(view, wishes) < drones - ZERG_DRONES_FIRST_HALF and _army_type(view, wishes) >= 0


def _army_supply(view: View, wishes: Wishes) -> int:
    return int(sum(view.have(kind) * int(UNIT_TYPES["supply_required_half"][kind]) for kind, _ in wishes.army))


def _army_type(view: View, wishes: Wishes, maker: int = -1, *, with_shop: bool = True) -> int:
    """Return the type that the army lacks most of those that `maker` makes (-1: anything) and that can be made now.

    Args:
        view: what the player knows.
        wishes: what it wants.
        maker: unit type id of a production building.
        with_shop: whether a machine shop stands beside it.
    """
    best, lack = -1, np.inf
    for kind, weight in wishes.army:
        if maker >= 0 and PRODUCTION[kind]["built_by"] != maker:
            continue
        if not with_shop and MACHINE_SHOP in PRODUCTION[kind]["required_units"]:
            continue
        if view.can_make(kind) and view.have(kind) / weight < lack:
            best, lack = kind, view.have(kind) / weight
    return best


def _train_army(view: View, wishes: Wishes) -> None:
    if wishes.plan.race == "zerg":
        for index in view.indices(larvae(view)):
            kind = _army_type(view, wishes)
            if kind >= 0 and not view.affords(kind) and view.minerals >= GASLESS * MINERALS[kind]:
                kind = next((k for k, _ in wishes.army if view.can_make(k) and view.affords(k)), kind)
            if kind < 0 or not morph(view, index, kind):
                return
        return
    wants_shops = any(MACHINE_SHOP in PRODUCTION[kind]["required_units"] for kind, _ in wishes.army)
    makers = sorted({int(PRODUCTION[kind]["built_by"]) for kind, _ in wishes.army})
    for index in np.flatnonzero(one_of(view.type, makers) & view.is_complete).tolist():
        if index in view.commanded or not _is_free_to_train(view, index):
            continue
        with_shop = view.type[index] != FACTORY or _has_shop(view, index)
        if not with_shop and wants_shops and view.affords(MACHINE_SHOP) and not view.own["train_count"][index]:
            view.command(index, UnitCommandType.BUILD_ADDON, extra=MACHINE_SHOP)
            view.set_aside(MACHINE_SHOP)
            continue
        kind = _army_type(view, wishes, int(view.type[index]), with_shop=with_shop)
        if kind < 0:
            continue
        if not view.affords(kind) and view.gas >= GAS[kind] and view.minerals >= MINERALS[kind] // 2:
            view.set_aside(kind)  # it is worth a moment's wait
            continue
        if not view.affords(kind):  # a cheaper one rather than none
            kinds = [k for k, _ in wishes.army if PRODUCTION[k]["built_by"] == view.type[index] and view.can_make(k)]
            kind = next((k for k in kinds if view.affords(k)), -1)
        if kind >= 0 and view.has_room(kind):
            _train(view, index, kind)


def _has_shop(view: View, factory: int) -> bool:
    """Say whether a machine shop stands at a factory, or is being built there."""
    beside = (view.type == MACHINE_SHOP) & (np.abs(view.y - view.y[factory]) < 2 * BUILD_TILE_PX)
    away = view.x - view.x[factory]
    return bool((beside & (away > 0) & (away < 4 * BUILD_TILE_PX)).any())


def _expand(view: View, wishes: Wishes) -> None:
    """Take the next base when the ones there are have workers enough."""
    plan = wishes.plan
    if view.num_bases >= plan.bases or view.have(wishes.worker) < plan.expand_workers * view.num_bases:
        return
    if _army_supply(view, wishes) < ARMY_FIRST_HALF + ARMY_MORE_HALF * (view.num_bases - 1):
        return
    _take_base(view, wishes.depot)


def _take_base(view: View, depot: int) -> None:
    """Have a depot built at the next base, or save for it while anything comes in."""
    base = next_base(view)
    if base is not None and view.affords(depot):
        build(view, depot, (base.column, base.row))
    elif base is not None and view.earns:
        view.set_aside(depot)


def _add_producers(view: View, wishes: Wishes) -> None:
    """Add refineries and production buildings once the opening is done, with what training leaves over."""
    bases = int(view.held.sum())
    if not _opening_is_done(view, wishes):
        return
    exhausted = (view.type == wishes.refinery) & view.is_complete & (view.own["resources"] == 0)
    refineries = view.have(wishes.refinery) - int(exhausted.sum())
    enough = view.have(wishes.worker) >= WORKERS_PER_REFINERY * (refineries + 1)
    if enough and refineries < min(wishes.plan.gas_bases, bases):
        order(view, wishes.refinery)
    if wishes.plan.race == "zerg" and len(view.indices(larvae(view))) > SPARE_LARVAE:
        return
    for kind, first, more in wishes.producers:
        wanted = first + more * max(bases - 1, 0)
        have = view.have(*HATCHERIES) if kind in HATCHERIES else view.have(kind)
        if have < wanted and view.can_make(kind) and not _has_idle(view, kind):
            order(view, kind)


def _has_idle(view: View, kind: int) -> bool:
    """Say whether a production building of a type is unfinished or has nothing to do: another would help nobody."""
    if kind in HATCHERIES:
        return view.have(*HATCHERIES) > view.ready(*HATCHERIES) + int((view.building & (view.planned >= 0)).sum())
    waits = (view.type == kind) & view.is_complete & (view.own["train_count"] == 0) & (view.planned < 0)
    fresh = [index for index in np.flatnonzero(waits).tolist() if index not in view.commanded]
    return bool(fresh) or view.have(kind) > view.ready(kind)


def _opening_is_done(view: View, wishes: Wishes) -> bool:
    return all(view.have(*HATCHERIES) if kind in HATCHERIES else view.have(kind) for _, kind in wishes.opening)


def finish_buildings(view: View) -> None:
    """Send a worker to each unfinished Terran building whose builder is gone."""
    for index in np.flatnonzero(view.building & ~view.is_complete & (view.race_of == TERRAN)).tolist():
        unit_id = int(view.own["id"][index])
        if view.builder_of(index) >= 0 or (view.worker & (view.own["target_id"] == unit_id)).any():
            continue
        free = view.indices(view.worker & view.is_complete & ((view.flags & (ON_MINERALS | IDLE)) != 0))
        if free:
            best = free[nearest(view.x[free], view.y[free], view.x[index], view.y[index])]
            view.command(best, UnitCommandType.RIGHT_CLICK_UNIT, target=unit_id)
