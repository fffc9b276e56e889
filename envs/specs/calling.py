"""What functions of `functions` mean to selected units: to whom, and which commands."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.frame import NO_UNIT, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline
from envs.specs.function_table import (
    BUILD_THERE,
    HARVEST_GATHER,
    HARVEST_RETURN,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    RALLY_MINIMAP,
    RALLY_SCREEN,
)
from envs.specs.macro import MAX_QUEUE
from envs.specs.macro_kernels import COMMAND_GATHER, send
from envs.specs.makeable import BUILD
from envs.specs.making import has_supply, may_make
from envs.specs.reading import (
    FLAG_CARRYING_GAS,
    FLAG_CARRYING_MINERALS,
    FLAG_COMPLETED,
    has_flag,
    is_busy,
)

GEYSER: Final = UNIT_TYPE_NAMES.index("Resource_Vespene_Geyser")

COMMAND_MOVE: Final = int(UnitCommandType.MOVE)
COMMAND_RETURN: Final = int(UnitCommandType.RETURN_CARGO)
COMMAND_RALLY: Final = int(UnitCommandType.SET_RALLY_POSITION)
COMMAND_RALLY_UNIT: Final = int(UnitCommandType.SET_RALLY_UNIT)


@inline
def may_call(
    act: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    k: int,
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
) -> bool:
    """Say whether a function that makes nothing means something to selected own unit `k`, who takes commands."""
    unit = units[k]
    kind = costs[unit["type"]]
    if act == HARVEST_GATHER:
        return bool(kind["is_worker"])
    if act == HARVEST_RETURN:
        is_loaded = has_flag(unit, FLAG_CARRYING_MINERALS) or has_flag(unit, FLAG_CARRYING_GAS)
        return bool(kind["is_worker"] and is_loaded)
    if act in (MOVE_SCREEN, MOVE_MINIMAP):
        return bool(moves[unit["type"]])
    return act in (RALLY_SCREEN, RALLY_MINIMAP) and bool(kind["is_depot"])


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
    return may_make(units, num_units, me, k, make, MAX_QUEUE) and has_supply(units[k], make, supply_used, supply_total)


@inline
def send_builder(
    unit: np.void,
    make: np.void,
    x: int,
    y: int,
    under: int,
    units: NDArray[np.void],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append the command that has a worker build something with its middle at a point, or on the geyser there."""
    if make["is_refinery"] and under >= 0 and units[under]["type"] == GEYSER:
        x = units[under]["x"]
        y = units[under]["y"]
    # The command names the upper left tile.
    left = (x - make["wide"] * BUILD_TILE_PX // 2) // BUILD_TILE_PX
    top = (y - make["high"] * BUILD_TILE_PX // 2) // BUILD_TILE_PX
    send(unit["id"], BUILD, NO_UNIT, max(0, left) * BUILD_TILE_PX, max(0, top) * BUILD_TILE_PX, make["type"],
         items, count, row)  # fmt: skip


@inline
def command_selected(
    act: int,
    x: int,
    y: int,
    under: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    supply_used: int,
    supply_total: int,
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    is_making: bool,
    make: np.void,
    selected: NDArray[np.bool_],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append what a function means to each selected unit that it means something to; one of them builds or trains."""
    for k in range(num_units):
        unit = units[k]
        if not selected[k] or unit["player"] != me or not has_flag(unit, FLAG_COMPLETED) or is_busy(unit):
            continue
        if is_making:
            if not may_call_to_make(act, units, num_units, me, k, make, supply_used, supply_total):
                continue
            if act == BUILD_THERE:
                send_builder(unit, make, x, y, under, units, items, count, row)
            else:
                send(unit["id"], make["command"], NO_UNIT, unit["x"], unit["y"], make["type"], items, count, row)
            return
        if not may_call(act, units, num_units, me, k, costs, moves):
            continue
        if act == HARVEST_RETURN:
            send(unit["id"], COMMAND_RETURN, NO_UNIT, 0, 0, 0, items, count, row)
        elif act == HARVEST_GATHER:
            if under >= 0:
                send(unit["id"], COMMAND_GATHER, units[under]["id"], x, y, 0, items, count, row)
        elif act in (MOVE_SCREEN, MOVE_MINIMAP):
            send(unit["id"], COMMAND_MOVE, NO_UNIT, x, y, 0, items, count, row)
        elif under >= 0 and act == RALLY_SCREEN:
            send(unit["id"], COMMAND_RALLY_UNIT, units[under]["id"], x, y, 0, items, count, row)
        elif act in (RALLY_SCREEN, RALLY_MINIMAP):
            send(unit["id"], COMMAND_RALLY, NO_UNIT, x, y, 0, items, count, row)
