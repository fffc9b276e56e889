"""How each thing that a race can make would be made now, by whom and where: what `macro` allows and carries out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import order_id
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline
from envs.specs.makeable import BUILD, BUILD_ADDON
from envs.specs.making import addon_maker_of, has_supply, maker_of
from envs.specs.reading import FLAG_COMPLETED, FLAG_CONSTRUCTING, FLAG_GATHERING_GAS, has_flag
from envs.specs.siting import find_geyser, find_site, survey, walk

ORDER_RESET_COLLISION: Final = order_id("ResetCollision")
"""Of a worker that has finished a building and still passes through it: the game lets nobody interrupt it."""

PLAN_DTYPE: Final = np.dtype(
    [
        ("is_possible", np.int32),
        ("unit", np.int32),  # index in the Frame's units
        ("x", np.int32),  # pixels
        ("y", np.int32),
    ],
    align=True,
)
"""How one choice would be carried out."""


@inline
def stands(unit: np.void) -> bool:
    """Say whether a unit is complete; a building that becomes a better form counts on."""
    return has_flag(unit, FLAG_COMPLETED) or (unit["build_type"] >= 0 and unit["build_type"] != unit["type"])


@inline
def first_depot(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void]) -> int:
    """Return the index of the own depot with the lowest id that stands, -1 without one."""
    for k in range(num_units):
        if units[k]["player"] == me and costs[units[k]["type"]]["is_depot"] and stands(units[k]):
            return k
    return -1


@inline
def is_free_worker(unit: np.void, costs: NDArray[np.void]) -> bool:
    """Say whether a unit is a worker that may be told to build; one that steps out of what it built is not."""
    if not costs[unit["type"]]["is_worker"] or not has_flag(unit, FLAG_COMPLETED):
        return False
    return unit["order"] != ORDER_RESET_COLLISION and not has_flag(unit, FLAG_CONSTRUCTING)


@inline
def nearest_worker(
    units: NDArray[np.void], num_units: int, me: int, kind: int, costs: NDArray[np.void], x: int, y: int
) -> int:
    """Return the index of the nearest free own worker of a type, those that gather no gas first; -1 without one."""
    best = -1
    best_score = 0
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or unit["type"] != kind or not is_free_worker(unit, costs):
            continue
        dx = unit["x"] - x
        dy = unit["y"] - y
        score = dx * dx + dy * dy
        if has_flag(unit, FLAG_GATHERING_GAS):
            score += 1 << 30
        if best < 0 or score < best_score:
            best = k
            best_score = score
    return best


@inline
def has_required(complete: NDArray[np.int64], techs: NDArray[np.uint8], make: np.void) -> bool:
    """Say whether the player has, and knows, all that a thing asks for."""
    for n in range(make["required"].shape[0]):
        if make["required"][n] >= 0 and complete[make["required"][n]] == 0:
            return False
    return bool(make["tech"] < 0 or techs[make["tech"]])


@inline
def count_complete(
    units: NDArray[np.void], num_units: int, me: int, serving: NDArray[np.int32], complete: NDArray[np.int64]
) -> None:
    """Count the own complete units of each type; better forms count as what they serve as, too."""
    complete[:] = 0
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me:
            continue
        if stands(unit):
            complete[unit["type"]] += 1
            for n in range(serving.shape[0]):
                if serving[n, 0] == unit["type"]:
                    complete[serving[n, 1]] += 1


@inline
def promised(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], is_gas: bool) -> int:
    """Return what own builders that have not begun yet will pay: workers, and buildings about to build an add-on."""
    total = 0
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or unit["build_type"] < 0:
            continue
        is_addon = PRODUCTION[unit["build_type"]].is_addon and unit["build_type"] != unit["type"]
        if costs[unit["type"]]["is_worker"] or is_addon:
            cost = costs[unit["build_type"]]
            total += cost["gas"] if is_gas else cost["minerals"]
    return total


@inline
def plan_row(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    minerals: int,
    gas: int,
    supply_used: int,
    supply_total: int,
    techs: NDArray[np.uint8],
    creep: NDArray[np.uint8],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    makes: NDArray[np.void],
    serving: NDArray[np.int32],
    queue: int,
    buildable: NDArray[np.uint8],
    complete: NDArray[np.int64],
    sites: NDArray[np.int64],
    ground: NDArray[np.uint8],
    waiting: NDArray[np.int64],
    plans: NDArray[np.void],
) -> None:
    """Write how each thing would be made now; `minerals` and `gas` are what may be spent, `complete` what there is."""
    depot = first_depot(units, num_units, me, costs)
    sites[:] = -2  # not looked for yet
    is_surveyed = False
    for m in range(makes.shape[0]):
        make = makes[m]
        plan = plans[m]
        plan["is_possible"] = 0
        plan["unit"] = -1
        if minerals < make["minerals"] or gas < make["gas"] or not has_required(complete, techs, make):
            continue
        if make["command"] != BUILD:
            if make["command"] == BUILD_ADDON:
                maker = addon_maker_of(units, num_units, me, make, buildable, creep)
            else:
                maker = maker_of(units, num_units, me, make, queue)
            if maker < 0 or not has_supply(units[maker], make, supply_used, supply_total):
                continue
            plan["unit"] = maker
            plan["x"] = units[maker]["x"]
            plan["y"] = units[maker]["y"]
            plan["is_possible"] = 1
            continue
        if depot < 0:
            continue
        site = make["site"]
        if sites[site, 0] == -2:
            if not is_surveyed:
                survey(units, num_units, types, buildable, units[depot], ground)
                walk(ground, units[depot], waiting)
                is_surveyed = True
            if make["is_refinery"]:
                geyser = find_geyser(units, num_units, units[depot])
                sites[site, 0] = -1
                if geyser >= 0:
                    sites[site, 0] = units[geyser]["x"] // BUILD_TILE_PX - make["wide"] // 2
                    sites[site, 1] = units[geyser]["y"] // BUILD_TILE_PX - make["high"] // 2
            else:
                column, row = find_site(units, num_units, me, ground, units[depot], make)
                sites[site, 0] = column
                sites[site, 1] = row
        if sites[site, 0] < 0:
            continue
        plan["x"] = sites[site, 0] * BUILD_TILE_PX
        plan["y"] = sites[site, 1] * BUILD_TILE_PX
        worker = nearest_worker(units, num_units, me, make["maker"], costs, plan["x"], plan["y"])
        if worker >= 0:
            plan["unit"] = worker
            plan["is_possible"] = 1
