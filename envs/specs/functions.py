"""Action `functions`: fifteen of PySC2's functions with their point, in the interface of a player.

Three factors: which function, and the column and row of its point, on the screen or on the minimap; functions without
a point ignore it. Selecting and moving the camera change the interface and take a step like any other action.

The numbers are PySC2's order within the fifteen; `FUNCTION_IDS` has its own ids. Brood War has no depots that can be
lowered: those two functions keep their places and are never available.

With control groups there is a sixteenth, `select_control_group`, and two more factors: what to do with a group, and
which. Of PySC2's five acts there are three: Brood War's groups share units, so none can be stolen.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel
from envs.specs.acting import FactoredSpec
from envs.specs.ledger import (
    COSTS,
    FLAG_CARRYING_GAS,
    FLAG_CARRYING_MINERALS,
    FLAG_COMPLETED,
    FLAG_IDLE,
    TYPES,
    is_set,
)
from envs.specs.macro import COMMAND_GATHER, send
from envs.specs.makeable import BUILD
from envs.specs.reading import is_airborne, is_busy
from envs.specs.screen import NUM_GROUPS, Screen, centre_camera

FUNCTION_NAMES: Final = (
    "no_op",
    "move_camera",
    "select_point",
    "select_idle_worker",
    "Build_CommandCenter_screen",
    "Build_Refinery_screen",
    "Build_SupplyDepot_screen",
    "Harvest_Gather_screen",
    "Harvest_Return_quick",
    "Morph_SupplyDepot_Lower_quick",
    "Morph_SupplyDepot_Raise_quick",
    "Move_screen",
    "Move_minimap",
    "Rally_Workers_screen",
    "Rally_Workers_minimap",
)
"""The functions by number."""

FUNCTION_IDS: Final = (0, 1, 2, 6, 44, 79, 91, 264, 269, 318, 319, 331, 332, 343, 344)
"""Their ids in PySC2."""

(
    NO_OP,
    MOVE_CAMERA,
    SELECT_POINT,
    SELECT_IDLE_WORKER,
    BUILD_COMMAND_CENTER,
    BUILD_REFINERY,
    BUILD_SUPPLY_DEPOT,
    HARVEST_GATHER,
    HARVEST_RETURN,
    LOWER_DEPOT,
    RAISE_DEPOT,
    MOVE_SCREEN,
    MOVE_MINIMAP,
    RALLY_SCREEN,
    RALLY_MINIMAP,
) = range(len(FUNCTION_NAMES))

NUM_FUNCTIONS: Final = len(FUNCTION_NAMES)

SELECT_GROUP_NAME: Final = "select_control_group"
SELECT_GROUP_ID: Final = 4
SELECT_GROUP: Final = NUM_FUNCTIONS
"""The number of `select_control_group` where there are control groups."""

GROUP_ACTS: Final = ("recall", "set", "append")
"""PySC2's `control_group_act`, by its numbers."""

RECALL, SET, APPEND = range(len(GROUP_ACTS))

BUILDINGS: Final = np.array(
    [UNIT_TYPE_NAMES.index(name) for name in ("Terran_Command_Center", "Terran_Refinery", "Terran_Supply_Depot")],
    np.int64,
)
"""What the three build functions build, in their order."""

SCV: Final = UNIT_TYPE_NAMES.index("Terran_SCV")
GEYSER: Final = UNIT_TYPE_NAMES.index("Resource_Vespene_Geyser")

COMMAND_MOVE: Final = int(UnitCommandType.MOVE)
COMMAND_RETURN: Final = int(UnitCommandType.RETURN_CARGO)
COMMAND_RALLY: Final = int(UnitCommandType.SET_RALLY_POSITION)
COMMAND_RALLY_UNIT: Final = int(UnitCommandType.SET_RALLY_UNIT)

DEFAULT_RESOLUTION: Final = 64


def function_names(has_groups: bool) -> tuple[str, ...]:
    """Return the functions by number, with or without control groups."""
    return (*FUNCTION_NAMES, SELECT_GROUP_NAME) if has_groups else FUNCTION_NAMES


class FunctionsSpec(FactoredSpec):
    """Choices of `functions`.

    Attributes:
        resolution: cells of screen and minimap along each side.
        function_names: by number.
    """

    def __init__(self, resolution: int, *, has_groups: bool = False) -> None:
        """Number the choices.

        Args:
            resolution: cells of screen and minimap along each side.
            has_groups: with `select_control_group` and its two factors.
        """
        self.function_names = function_names(has_groups)
        factors = [len(self.function_names), resolution, resolution]
        if has_groups:
            factors += [len(GROUP_ACTS), NUM_GROUPS]
        super().__init__("functions", np.array(factors, np.int64), "factor")
        self.resolution = resolution


class FunctionsDecoder:
    """Turns `functions` into commands and changes of the interface, and writes which are available."""

    def __init__(self, spec: FunctionsSpec) -> None:
        """Prepare.

        Args:
            spec: the choices.
        """
        self._spec = spec

    def mask(self, frame: Frame, screen: Screen, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        available_rows(
            marked,
            frame.player,
            frame.num_units,
            frame.units,
            frame.minerals,
            frame.gas,
            TYPES,
            COSTS,
            screen.selected,
            BUILDINGS,
            arrays["action_mask"],
        )

    def decode(self, frame: Frame, screen: Screen, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows, change their interfaces, and write `info/invalid_actions`."""
        function_rows(
            arrays["action"],
            arrays["action_mask"],
            self._spec.resolution,
            frame.player,
            frame.num_units,
            frame.units,
            TYPES,
            COSTS,
            BUILDINGS,
            screen.cameras,
            screen.maps,
            screen.selected_ids,
            screen.groups,
            screen.selected,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )


@inline
def unit_at(units: NDArray[np.void], num_units: int, types: NDArray[np.void], x: int, y: int) -> int:
    """Return the index of the unit that is drawn over a point: flyers first, then the higher id; -1 for the ground."""
    best = -1
    for k in range(num_units):
        unit = units[k]
        kind = types[unit["type"]]
        inside_x = unit["x"] - kind["left"] <= x <= unit["x"] + kind["right"]
        if not inside_x or not unit["y"] - kind["up"] <= y <= unit["y"] + kind["down"]:
            continue
        if best < 0 or is_airborne(unit, types) or not is_airborne(units[best], types):
            best = k
    return best


@kernel
def available_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    minerals: NDArray[np.int32],
    gas: NDArray[np.int32],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    selected: NDArray[np.bool_],
    buildings: NDArray[np.int64],
    mask: NDArray[np.bool_],
) -> None:
    """Write which functions the marked rows may call; their points are free.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        minerals: (rows,) int32.
        gas: (rows,) int32.
        types: (256,) TYPE_DTYPE.
        costs: (256,) COST_DTYPE.
        selected: (rows, capacity) bool.
        buildings: (3,) int64, what the build functions build.
        mask: (rows, 15 + 2 * resolution) bool, or with the factors of control groups; overwritten.
    """
    for r in range(mask.shape[0]):
        if not marked[r]:
            continue
        mask[r] = True
        mask[r, SELECT_IDLE_WORKER:NUM_FUNCTIONS] = False
        for k in range(num_units[r]):
            unit = units[r, k]
            if unit["player"] != player[r] or not is_set(unit, FLAG_COMPLETED):
                continue
            kind = costs[unit["type"]]
            if kind["is_worker"] and is_set(unit, FLAG_IDLE):
                mask[r, SELECT_IDLE_WORKER] = True
            if not selected[r, k] or is_busy(unit):
                continue
            if unit["type"] == SCV:
                for b in range(buildings.shape[0]):
                    cost = costs[buildings[b]]
                    is_paid = minerals[r] >= cost["minerals"] and gas[r] >= cost["gas"]
                    mask[r, BUILD_COMMAND_CENTER + b] = is_paid
            if kind["is_worker"]:
                mask[r, HARVEST_GATHER] = True
                if is_set(unit, FLAG_CARRYING_MINERALS) or is_set(unit, FLAG_CARRYING_GAS):
                    mask[r, HARVEST_RETURN] = True
            if not kind["is_building"]:
                mask[r, MOVE_SCREEN] = True
                mask[r, MOVE_MINIMAP] = True
            if kind["is_depot"]:
                mask[r, RALLY_SCREEN] = True
                mask[r, RALLY_MINIMAP] = True


@inline
def select_idle(
    units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], selected_ids: NDArray[np.int64]
) -> None:
    """Select the own idle worker after the one that is selected now, in ascending id and around."""
    now = selected_ids[0]
    first = -1
    after = -1
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or not costs[unit["type"]]["is_worker"]:
            continue
        if not is_set(unit, FLAG_IDLE) or not is_set(unit, FLAG_COMPLETED):
            continue
        if first < 0:
            first = unit["id"]
        if after < 0 and unit["id"] > now:
            after = unit["id"]
    selected_ids[:] = NO_UNIT
    selected_ids[0] = after if after >= 0 else first


@inline
def recall(
    group: NDArray[np.int64], units: NDArray[np.void], num_units: int, me: int, selected_ids: NDArray[np.int64]
) -> None:
    """Select the members of a control group that are in view; without any, what is selected stays."""
    count = 0
    for g in range(group.shape[0]):
        for k in range(num_units):
            if group[g] >= 0 and units[k]["id"] == group[g] and units[k]["player"] == me:
                if count == 0:
                    selected_ids[:] = NO_UNIT
                selected_ids[count] = group[g]
                count += 1
                break


@inline
def bind(
    group: NDArray[np.int64],
    is_added: bool,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    selected: NDArray[np.bool_],
) -> None:
    """Make the selected own units a control group, or add them to it while there is room; nobody changes nothing."""
    count = 0
    if is_added:
        for g in range(group.shape[0]):  # close the gaps that the dead have left
            member = group[g]
            is_here = False
            for k in range(num_units):
                is_here = is_here or (member >= 0 and units[k]["id"] == member)
            group[g] = NO_UNIT
            if is_here:
                group[count] = member
                count += 1
    for k in range(num_units):
        if not selected[k] or units[k]["player"] != me or count == group.shape[0]:
            continue
        is_member = False
        for g in range(count):
            is_member = is_member or group[g] == units[k]["id"]
        if is_member:
            continue
        if count == 0:
            group[:] = NO_UNIT
        group[count] = units[k]["id"]
        count += 1


@inline
def command_selected(
    function: int,
    x: int,
    y: int,
    under: int,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    costs: NDArray[np.void],
    buildings: NDArray[np.int64],
    selected: NDArray[np.bool_],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append what a function means to each selected unit that it means something to; one worker builds."""
    for k in range(num_units):
        unit = units[k]
        if not selected[k] or unit["player"] != me or not is_set(unit, FLAG_COMPLETED) or is_busy(unit):
            continue
        kind = costs[unit["type"]]
        if BUILD_COMMAND_CENTER <= function <= BUILD_SUPPLY_DEPOT:
            if unit["type"] != SCV:
                continue
            building = buildings[function - BUILD_COMMAND_CENTER]
            # The point is the building's middle; its command names the upper left tile. A refinery takes the geyser's.
            if function == BUILD_REFINERY and under >= 0 and units[under]["type"] == GEYSER:
                x = units[under]["x"]
                y = units[under]["y"]
            left = (x - costs[building]["site_width_px"] // 2) // BUILD_TILE_PX
            top = (y - costs[building]["site_height_px"] // 2) // BUILD_TILE_PX
            send(unit["id"], BUILD, NO_UNIT, max(0, left) * BUILD_TILE_PX, max(0, top) * BUILD_TILE_PX, building,
                 items, count, row)  # fmt: skip
            return
        if function == HARVEST_GATHER and kind["is_worker"]:
            if under >= 0:
                send(unit["id"], COMMAND_GATHER, units[under]["id"], x, y, 0, items, count, row)
        elif function == HARVEST_RETURN and kind["is_worker"]:
            send(unit["id"], COMMAND_RETURN, NO_UNIT, 0, 0, 0, items, count, row)
        elif function in (MOVE_SCREEN, MOVE_MINIMAP) and not kind["is_building"]:
            send(unit["id"], COMMAND_MOVE, NO_UNIT, x, y, 0, items, count, row)
        elif function in (RALLY_SCREEN, RALLY_MINIMAP) and kind["is_depot"]:
            if under >= 0 and function == RALLY_SCREEN:
                send(unit["id"], COMMAND_RALLY_UNIT, units[under]["id"], x, y, 0, items, count, row)
            else:
                send(unit["id"], COMMAND_RALLY, NO_UNIT, x, y, 0, items, count, row)


@kernel
def function_rows(
    actions: NDArray[np.int64],
    mask: NDArray[np.bool_],
    resolution: int,
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    buildings: NDArray[np.int64],
    cameras: NDArray[np.int32],
    maps: NDArray[np.int32],
    selected_ids: NDArray[np.int64],
    groups: NDArray[np.int64],
    selected: NDArray[np.bool_],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Carry out each row's function.

    Args:
        actions: (rows, 3 or 5) int64: function, column, row; what to do with a control group, and which.
        mask: (rows, ...) bool, of the same view.
        resolution: cells along each side.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        costs: (256,) COST_DTYPE.
        buildings: (3,) int64.
        cameras: (rows, 4) int32; moved.
        maps: (rows, 4) int32.
        selected_ids: (rows, MAX_SELECTED) int64; changed by the selecting functions.
        groups: (rows, NUM_GROUPS, MAX_SELECTED) int64; changed by `select_control_group`.
        selected: (rows, capacity) bool, of the same view.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    for r in range(actions.shape[0]):
        function = actions[r, 0]
        invalid[r] = 0
        if not mask[r, function]:
            invalid[r] = 1
            continue
        on_minimap = function in (MOVE_CAMERA, MOVE_MINIMAP, RALLY_MINIMAP)
        window = maps[r] if on_minimap else cameras[r]
        x = window[0] + (2 * actions[r, 1] + 1) * window[2] // (2 * resolution)
        y = window[1] + (2 * actions[r, 2] + 1) * window[3] // (2 * resolution)
        if function == MOVE_CAMERA:
            centre_camera(cameras[r], maps[r], x, y)
        elif function == SELECT_POINT:
            k = unit_at(units[r], num_units[r], types, x, y)
            selected_ids[r] = NO_UNIT
            if k >= 0:
                selected_ids[r, 0] = units[r, k]["id"]
        elif function == SELECT_IDLE_WORKER:
            select_idle(units[r], num_units[r], player[r], costs, selected_ids[r])
        elif function == SELECT_GROUP:
            group = groups[r, actions[r, 4]]
            if actions[r, 3] == RECALL:
                recall(group, units[r], num_units[r], player[r], selected_ids[r])
            else:
                bind(group, actions[r, 3] == APPEND, units[r], num_units[r], player[r], selected[r])
        elif function != NO_OP:
            under = unit_at(units[r], num_units[r], types, x, y)
            command_selected(
                function, x, y, under, units[r], num_units[r], player[r], costs, buildings, selected[r],
                items[r], count, r,
            )  # fmt: skip
