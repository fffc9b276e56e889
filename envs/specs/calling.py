"""What functions of `functions` mean to selected units: to whom, and which commands."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline
from envs.specs.call_rules import GATHER_ORDER, MOVE_ORDER, RALLY_ORDER, RALLY_UNIT_ORDER, RETURN_ORDER
from envs.specs.function_table import (
    BUILD_THERE,
    HARVEST_GATHER,
    HARVEST_RETURN,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    RALLY_MINIMAP,
    RALLY_SCREEN,
    SELECT_IDLE_WORKER,
)
from envs.specs.macro import MAX_QUEUE
from envs.specs.macro_kernels import send
from envs.specs.makeable import BUILD
from envs.specs.making import has_supply, may_make
from envs.specs.planning import has_required
from envs.specs.reading import (
    FLAG_CARRYING_GAS,
    FLAG_CARRYING_MINERALS,
    FLAG_COMPLETED,
    FLAG_CONSTRUCTING,
    FLAG_IDLE,
    FLAG_MORPHING,
    has_flag,
    is_busy,
)

USE_TECH_POSITION: Final = int(UnitCommandType.USE_TECH_POSITION)
USE_TECH_UNIT: Final = int(UnitCommandType.USE_TECH_UNIT)


@inline
def takes_commands(unit: np.void, me: int, act: int, is_halted_at_work: bool) -> bool:
    """Say whether a unit is a complete own one that nothing keeps from obeying.

    Args:
        unit: who.
        me: the player.
        act: what the function does: rally points are set by who turns into something, too.
        is_halted_at_work: of `CallingRules`.
    """
    if unit["player"] != me or not has_flag(unit, FLAG_COMPLETED) or is_busy(unit):
        return False
    if not is_halted_at_work:
        return True
    if has_flag(unit, FLAG_CONSTRUCTING) and unit["build_type"] < 0:
        return False
    return act in (RALLY_SCREEN, RALLY_MINIMAP) or not has_flag(unit, FLAG_MORPHING)


@inline
def may_use(unit: np.void, make: np.void, supply_used: int, supply_total: int) -> bool:
    """Say whether StarCraft II lets a unit that takes commands train or become something now; price apart.

    Args:
        unit: who.
        make: MAKE_DTYPE record with an ability.
        supply_used: half supply.
        supply_total: likewise.
    """
    if unit["type"] != make["maker"]:
        return False
    if unit["train_count"] > 0 and (make["turns"] or unit["train_count"] >= MAX_QUEUE):
        return False
    fits = make["supply_half"] <= 0 or supply_used + make["supply_half"] <= supply_total
    return bool(unit["train_count"] > 0 or fits)


@inline
def may_call(
    act: int,
    unit: np.void,
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    rallies: NDArray[np.bool_],
) -> bool:
    """Say whether a function that makes nothing means something to a selected own unit, who takes commands."""
    kind = costs[unit["type"]]
    if act == HARVEST_GATHER:
        return bool(kind["is_worker"])
    if act == HARVEST_RETURN:
        is_loaded = has_flag(unit, FLAG_CARRYING_MINERALS) or has_flag(unit, FLAG_CARRYING_GAS)
        return bool(kind["is_worker"] and is_loaded)
    if act in (MOVE_SCREEN, MOVE_MINIMAP):
        return bool(moves[unit["type"]])
    return act in (RALLY_SCREEN, RALLY_MINIMAP) and bool(rallies[unit["type"]])


@inline
def may_call_to_make(
    act: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    k: int,
    make: np.void,
    supply_used: int,
    supply_total: int,
) -> bool:
    """Say whether selected own unit `k`, who takes commands, may build, train or become something; price apart."""
    if act == BUILD_THERE:
        return bool(units[k]["type"] == make["maker"])
    if make["ability"] > 0:
        return may_use(units[k], make, supply_used, supply_total)
    return may_make(units, num_units, me, k, make, MAX_QUEUE) and has_supply(units[k], make, supply_used, supply_total)


@inline
def is_possible(make: np.void, minerals: int, gas: int, complete: NDArray[np.int64], techs: NDArray[np.uint8]) -> bool:
    """Say whether something can be paid for, and what it asks for is there."""
    return bool(minerals >= make["minerals"] and gas >= make["gas"]) and has_required(complete, techs, make)


@inline
def find_caller(
    f: int,
    act: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    minerals: int,
    gas: int,
    supply_used: int,
    supply_total: int,
    techs: NDArray[np.uint8],
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    rallies: NDArray[np.bool_],
    is_halted_at_work: bool,
    makes_of: NDArray[np.int64],
    makes: NDArray[np.void],
    complete: NDArray[np.int64],
    selected: NDArray[np.bool_],
) -> bool:
    """Say whether some own unit may carry a function out; arguments as of `available_rows`, of one row."""
    first = makes_of[f, 0]
    stop = makes_of[f, 1]
    for k in range(num_units):
        unit = units[k]
        if act == SELECT_IDLE_WORKER:
            is_idle = has_flag(unit, FLAG_IDLE) and has_flag(unit, FLAG_COMPLETED)
            if unit["player"] == me and costs[unit["type"]]["is_worker"] and is_idle:
                return True
            continue
        if not selected[k] or not takes_commands(unit, me, act, is_halted_at_work):
            continue
        if first == stop:
            if may_call(act, unit, costs, moves, rallies):
                return True
            continue
        for m in range(first, stop):
            if may_call_to_make(act, units, num_units, me, k, makes[m], supply_used, supply_total) and is_possible(
                makes[m], minerals, gas, complete, techs
            ):
                return True
    return False


@inline
def send_builder(
    unit: np.void,
    make: np.void,
    x: int,
    y: int,
    under: int,
    units: NDArray[np.void],
    geysers: NDArray[np.bool_],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append the command that has a worker build something with its middle at a point, or on the geyser there."""
    on_geyser = bool(make["is_refinery"]) and under >= 0 and geysers[units[under]["type"]]
    if on_geyser:
        x = units[under]["x"]
        y = units[under]["y"]
    if make["ability"] > 0:
        kind = USE_TECH_UNIT if on_geyser else USE_TECH_POSITION
        target = units[under]["id"] if on_geyser else NO_UNIT
        send(unit["id"], kind, target, x, y, make["ability"], items, count, row)
        return
    # The command names the upper left tile.
    left = (x - make["wide"] * BUILD_TILE_PX // 2) // BUILD_TILE_PX
    top = (y - make["high"] * BUILD_TILE_PX // 2) // BUILD_TILE_PX
    send(unit["id"], BUILD, NO_UNIT, max(0, left) * BUILD_TILE_PX, max(0, top) * BUILD_TILE_PX, make["type"],
         items, count, row)  # fmt: skip


@inline
def send_maker(
    f: int,
    act: int,
    x: int,
    y: int,
    under: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    minerals: int,
    gas: int,
    supply_used: int,
    supply_total: int,
    techs: NDArray[np.uint8],
    geysers: NDArray[np.bool_],
    is_halted_at_work: bool,
    makes_of: NDArray[np.int64],
    makes: NDArray[np.void],
    complete: NDArray[np.int64],
    selected: NDArray[np.bool_],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append the command of the first selected unit that may build, train or become what a function makes."""
    for k in range(num_units):
        unit = units[k]
        if not selected[k] or not takes_commands(unit, me, act, is_halted_at_work):
            continue
        for m in range(makes_of[f, 0], makes_of[f, 1]):
            make = makes[m]
            if not may_call_to_make(act, units, num_units, me, k, make, supply_used, supply_total):
                continue
            if not is_possible(make, minerals, gas, complete, techs):
                continue
            if act == BUILD_THERE:
                send_builder(unit, make, x, y, under, units, geysers, items, count, row)
            else:
                extra = make["ability"] if make["ability"] > 0 else make["type"]
                send(unit["id"], make["command"], NO_UNIT, unit["x"], unit["y"], extra, items, count, row)
            return


@inline
def command_selected(
    act: int,
    x: int,
    y: int,
    under: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    rallies: NDArray[np.bool_],
    orders: NDArray[np.int64],
    is_halted_at_work: bool,
    selected: NDArray[np.bool_],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append what a function that makes nothing means to each selected unit that it means something to."""
    order = RALLY_ORDER
    target = NO_UNIT
    if act in (HARVEST_GATHER, RALLY_SCREEN) and under >= 0:
        target = int(units[under]["id"])
        order = RALLY_UNIT_ORDER
    if act == HARVEST_GATHER:
        order = GATHER_ORDER
        if under < 0:
            return
    elif act == HARVEST_RETURN:
        order = RETURN_ORDER
        x = 0
        y = 0
    elif act in (MOVE_SCREEN, MOVE_MINIMAP):
        order = MOVE_ORDER
    for k in range(num_units):
        unit = units[k]
        if not selected[k] or not takes_commands(unit, me, act, is_halted_at_work):
            continue
        if may_call(act, unit, costs, moves, rallies):
            send(unit["id"], orders[order, 0], target, x, y, orders[order, 1], items, count, row)
