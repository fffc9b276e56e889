"""The kernels of `macro`: what each choice would do now, and its commands. See `macro` for the choices."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, UnitCommandType
from engine.core.jit import inline, kernel
from envs.specs.planning import count_complete, is_free_worker, plan_row, promised
from envs.specs.reading import (
    FLAG_COMPLETED,
    FLAG_GATHERING_GAS,
    FLAG_GATHERING_MINERALS,
    FLAG_IDLE,
    ORDER_ATTACK_MOVE,
    has_flag,
    index_of,
)
from envs.specs.researching import plan_research
from envs.specs.roster import NUM_TYPES
from envs.specs.siting import NUM_WALK_TILES

NOTHING: Final = 0
GATHER_MINERALS: Final = 1
GATHER_GAS: Final = 2
ATTACK: Final = 3
FIRST_MAKE: Final = 4

WORKERS_PER_REFINERY: Final = 3

ARRIVED_PX: Final = 64
"""An army that goes to within so many pixels of where it is sent is not sent again."""

COMMAND_ATTACK_MOVE: Final = int(UnitCommandType.ATTACK_MOVE)
COMMAND_GATHER: Final = int(UnitCommandType.GATHER)


@inline
def idle_worker(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], first: int) -> int:
    """Return the index of the first own idle worker from `first` on, -1 without one."""
    for k in range(first, num_units):
        unit = units[k]
        if unit["player"] == me and is_free_worker(unit, costs) and has_flag(unit, FLAG_IDLE):
            return k
    return -1


@inline
def gas_choice(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void]) -> tuple[int, int]:
    """Return (worker, refinery), indices of who would gather gas next and where; (-1, -1) where nobody would."""
    on_gas = 0
    for k in range(num_units):
        if units[k]["player"] == me and costs[units[k]["type"]]["is_worker"] and has_flag(units[k], FLAG_GATHERING_GAS):
            on_gas += 1
    refinery = -1
    for k in range(num_units):
        unit = units[k]
        if unit["player"] == me and costs[unit["type"]]["is_refinery"] and has_flag(unit, FLAG_COMPLETED):
            if on_gas < WORKERS_PER_REFINERY:
                refinery = k
                break
            on_gas -= WORKERS_PER_REFINERY
    if refinery < 0:
        return -1, -1
    best = -1
    best_distance2 = 0
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or not is_free_worker(unit, costs) or has_flag(unit, FLAG_GATHERING_GAS):
            continue
        dx = unit["x"] - units[refinery]["x"]
        dy = unit["y"] - units[refinery]["y"]
        if best < 0 or dx * dx + dy * dy < best_distance2:
            best = k
            best_distance2 = dx * dx + dy * dy
    return best, refinery


@inline
def best_field(
    units: NDArray[np.void], num_units: int, costs: NDArray[np.void], crowd: NDArray[np.int64], x: int, y: int
) -> int:
    """Return the index of the field with the smallest crowd, the nearest to (x, y) of those; -1 without one."""
    best = -1
    best_distance2 = 0
    for k in range(num_units):
        if not costs[units[k]["type"]]["is_field"]:
            continue
        dx = units[k]["x"] - x
        dy = units[k]["y"] - y
        distance2 = dx * dx + dy * dy
        if best < 0 or crowd[k] < crowd[best] or (crowd[k] == crowd[best] and distance2 < best_distance2):
            best = k
            best_distance2 = distance2
    return best


@inline
def count_crowds(
    units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], crowd: NDArray[np.int64]
) -> None:
    """Count the own workers that each field is the target of."""
    crowd[:num_units] = 0
    for k in range(num_units):
        unit = units[k]
        is_miner = costs[unit["type"]]["is_worker"] and has_flag(unit, FLAG_GATHERING_MINERALS)
        if unit["player"] != me or not is_miner:
            continue
        field = index_of(units, num_units, unit["target_id"])
        if field >= 0:
            crowd[field] += 1


@inline
def is_soldier(unit: np.void, me: int, types: NDArray[np.void], costs: NDArray[np.void]) -> bool:
    """Say whether a unit is an own complete fighter with a weapon."""
    if unit["player"] != me or not costs[unit["type"]]["is_army"] or not has_flag(unit, FLAG_COMPLETED):
        return False
    return bool(types[unit["type"]]["ground_range_px"] >= 0 or types[unit["type"]]["air_range_px"] >= 0)


@inline
def send(
    unit_id: int,
    kind: int,
    target_id: int,
    x: int,
    y: int,
    extra: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append a command to a row's."""
    if count[row] == items.shape[0]:
        return
    command = items[count[row]]
    command["unit_id"] = unit_id
    command["type"] = kind
    command["target_id"] = target_id
    command["x"] = x
    command["y"] = y
    command["extra"] = extra
    count[row] += 1


@kernel
def plan_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    minerals: NDArray[np.int32],
    gas: NDArray[np.int32],
    supply_used: NDArray[np.int32],
    supply_total: NDArray[np.int32],
    techs: NDArray[np.uint8],
    upgrades: NDArray[np.uint8],
    researching: NDArray[np.uint8],
    upgrading: NDArray[np.uint8],
    creep: NDArray[np.uint8],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    makes: NDArray[np.void],
    researches: NDArray[np.void],
    serving: NDArray[np.int32],
    num_sites: int,
    queue: int,
    buildable: NDArray[np.uint8],
    plans: NDArray[np.void],
    mask: NDArray[np.bool_],
) -> None:
    """Write what each marked row can do, and how it would make each thing.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        minerals: (rows,) int32.
        gas: (rows,) int32.
        supply_used: (rows,) int32, half supply.
        supply_total: (rows,) int32.
        techs: (rows, NUM_TECHS) uint8.
        upgrades: (rows, NUM_UPGRADES) uint8.
        researching: (rows, NUM_TECHS) uint8.
        upgrading: (rows, NUM_UPGRADES) uint8.
        creep: (rows, tile rows, tile columns) uint8, or (rows, 0, 0).
        types: (256,) TYPE_DTYPE.
        costs: (256,) COST_DTYPE.
        makes: (n,) MAKE_DTYPE.
        researches: (m,) RESEARCH_DTYPE.
        serving: (s, 2) int32, better forms.
        num_sites: kinds of sites in `makes`.
        queue: units that a producer may have in its queue.
        buildable: (tile rows, tile columns) uint8.
        plans: (rows, n + m) PLAN_DTYPE, overwritten.
        mask: (rows, 4 + n + m (+ 1) + regions) bool, overwritten.
    """
    complete = np.zeros(NUM_TYPES, np.int64)
    sites = np.zeros((max(1, num_sites), 2), np.int64)
    ground = np.zeros(buildable.shape, np.uint8)
    waiting = np.zeros((NUM_WALK_TILES, 2), np.int64)
    crowd = np.zeros(units.shape[1], np.int64)
    for r in range(plans.shape[0]):
        if not marked[r]:
            continue
        here = units[r]
        me = player[r]
        count_complete(here, num_units[r], me, serving, complete)
        own_minerals = minerals[r] - promised(here, num_units[r], me, costs, False)
        own_gas = gas[r] - promised(here, num_units[r], me, costs, True)
        num_makes = makes.shape[0]
        plan_row(
            here, num_units[r], me, own_minerals, own_gas, supply_used[r], supply_total[r], techs[r], creep[r], types,
            costs, makes, serving, queue, buildable, complete, sites, ground, waiting, plans[r, :num_makes],
        )  # fmt: skip
        plan_research(
            here, num_units[r], me, own_minerals, own_gas, techs[r], upgrades[r], researching[r], upgrading[r],
            complete, researches, serving, plans[r, num_makes:],
        )  # fmt: skip
        mask[r] = True
        idle = idle_worker(here, num_units[r], me, costs, 0)
        mask[r, GATHER_MINERALS] = idle >= 0 and best_field(here, num_units[r], costs, crowd, 0, 0) >= 0
        worker, _ = gas_choice(here, num_units[r], me, costs)
        mask[r, GATHER_GAS] = worker >= 0
        has_army = False
        for k in range(num_units[r]):
            if is_soldier(here[k], me, types, costs):
                has_army = True
                break
        mask[r, ATTACK] = has_army
        for m in range(plans.shape[1]):
            mask[r, FIRST_MAKE + m] = plans[r, m]["is_possible"] != 0


@kernel
def macro_rows(
    actions: NDArray[np.int64],
    mask: NDArray[np.bool_],
    plans: NDArray[np.void],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    makes: NDArray[np.void],
    researches: NDArray[np.void],
    regions: int,
    map_x: int,
    map_y: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands.

    Args:
        actions: (rows, 2) int64.
        mask: (rows, ...) bool, of the same view.
        plans: (rows, n + m) PLAN_DTYPE, of the same view.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        costs: (256,) COST_DTYPE.
        makes: (n,) MAKE_DTYPE.
        researches: (m,) RESEARCH_DTYPE.
        regions: parts of the map along each side.
        map_x: width, pixels.
        map_y: height, pixels.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    crowd = np.zeros(units.shape[1], np.int64)
    for r in range(actions.shape[0]):
        choice = actions[r, 0]
        me = player[r]
        here = units[r]
        n = num_units[r]
        invalid[r] = 0
        if not mask[r, choice]:
            invalid[r] = 1
            continue
        if choice == GATHER_MINERALS:
            count_crowds(here, n, me, costs, crowd)
            k = idle_worker(here, n, me, costs, 0)
            while k >= 0:
                field = best_field(here, n, costs, crowd, here[k]["x"], here[k]["y"])
                crowd[field] += 1
                send(here[k]["id"], COMMAND_GATHER, here[field]["id"], here[field]["x"], here[field]["y"], 0,
                     items[r], count, r)  # fmt: skip
                k = idle_worker(here, n, me, costs, k + 1)
        elif choice == GATHER_GAS:
            k, refinery = gas_choice(here, n, me, costs)
            send(here[k]["id"], COMMAND_GATHER, here[refinery]["id"], here[refinery]["x"], here[refinery]["y"], 0,
                 items[r], count, r)  # fmt: skip
        elif choice == ATTACK:
            x = (2 * (actions[r, 1] % regions) + 1) * map_x // (2 * regions)
            y = (2 * (actions[r, 1] // regions) + 1) * map_y // (2 * regions)
            for k in range(n):
                unit = here[k]
                if not is_soldier(unit, me, types, costs):
                    continue
                is_near = abs(unit["target_x"] - x) <= ARRIVED_PX and abs(unit["target_y"] - y) <= ARRIVED_PX
                if unit["order"] != ORDER_ATTACK_MOVE or not is_near:
                    send(unit["id"], COMMAND_ATTACK_MOVE, NO_UNIT, x, y, 0, items[r], count, r)
        elif choice >= FIRST_MAKE:
            at = choice - FIRST_MAKE
            plan = plans[r, at]
            if at < makes.shape[0]:
                command = makes[at]["command"]
                extra = makes[at]["type"]
            else:
                command = researches[at - makes.shape[0]]["command"]
                extra = researches[at - makes.shape[0]]["number"]
            send(here[plan["unit"]]["id"], command, NO_UNIT, plan["x"], plan["y"], extra, items[r], count, r)
