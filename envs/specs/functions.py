"""Action `functions`: some of PySC2's functions with their point, in the interface of a player.

Three factors: which function (`function_table`), and the column and row of its point, on the screen or on the minimap;
functions without a point ignore it. Selecting and moving the camera change the interface and take a step like any
other action. Brood War has no depots that can be lowered: those two functions are never available.

With control groups there is one more, `select_control_group`, and two more factors: what to do with a group, and
which. Of PySC2's five acts there are three: Brood War's groups share units, so none can be stolen.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.broodwar.command_types import LARVA, NEVER_COMMANDED
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UNIT_TYPES
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel
from envs.specs.acting import FactoredSpec
from envs.specs.function_table import (
    BUILD_THERE,
    HARVEST_GATHER,
    HARVEST_RETURN,
    MOVE_CAMERA,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    NEVER,
    NO_OP,
    RALLY_MINIMAP,
    RALLY_SCREEN,
    SELECT_GROUP,
    SELECT_IDLE_WORKER,
    SELECT_POINT,
    functions_of,
    tables_of,
)
from envs.specs.ledger import (
    COSTS,
    FLAG_CARRYING_GAS,
    FLAG_CARRYING_MINERALS,
    FLAG_COMPLETED,
    FLAG_IDLE,
    TYPES,
    is_set,
)
from envs.specs.macro import COMMAND_GATHER, MAX_QUEUE, send
from envs.specs.makeable import BUILD, serving_types
from envs.specs.making import has_supply, may_make
from envs.specs.planning import count_complete, has_required
from envs.specs.reading import index_of, is_airborne, is_busy
from envs.specs.roster import NUM_TYPES
from envs.specs.screen import NUM_GROUPS, Screen, centre_camera

GROUP_ACTS: Final = ("recall", "set", "append")
"""PySC2's `control_group_act`, by its numbers."""

RECALL, SET, APPEND = range(len(GROUP_ACTS))

GEYSER: Final = UNIT_TYPE_NAMES.index("Resource_Vespene_Geyser")

MOVES: Final = np.zeros(NUM_TYPES, np.bool_)
MOVES[: len(UNIT_TYPES)] = (UNIT_TYPES["can_move"] == 1) & (UNIT_TYPES["building"] == 0) & ~NEVER_COMMANDED
MOVES[LARVA] = False
"""(256,) bool by type id: who can be sent somewhere."""

COMMAND_MOVE: Final = int(UnitCommandType.MOVE)
COMMAND_RETURN: Final = int(UnitCommandType.RETURN_CARGO)
COMMAND_RALLY: Final = int(UnitCommandType.SET_RALLY_POSITION)
COMMAND_RALLY_UNIT: Final = int(UnitCommandType.SET_RALLY_UNIT)

DEFAULT_RESOLUTION: Final = 64


class FunctionsSpec(FactoredSpec):
    """Choices of `functions`.

    Attributes:
        resolution: cells of screen and minimap along each side.
        functions: by number.
    """

    def __init__(self, resolution: int, race: str, *, has_groups: bool = False) -> None:
        """Number the choices.

        Args:
            resolution: cells of screen and minimap along each side.
            race: whose functions.
            has_groups: with `select_control_group` and its two factors.
        """
        self.functions = functions_of(race, has_groups=has_groups)
        factors = [len(self.functions), resolution, resolution]
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
        self._acts, self._make_of, self._makes = tables_of(spec.functions)
        self._serving = serving_types()

    def mask(self, frame: Frame, screen: Screen, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        available_rows(
            marked,
            frame.player,
            frame.num_units,
            frame.units,
            frame.minerals,
            frame.gas,
            frame.supply_used,
            frame.supply_total,
            frame.techs,
            COSTS,
            MOVES,
            self._acts,
            self._make_of,
            self._makes,
            self._serving,
            screen.selected,
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
            frame.supply_used,
            frame.supply_total,
            TYPES,
            COSTS,
            MOVES,
            self._acts,
            self._make_of,
            self._makes,
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
        is_loaded = is_set(unit, FLAG_CARRYING_MINERALS) or is_set(unit, FLAG_CARRYING_GAS)
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


@kernel
def available_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    minerals: NDArray[np.int32],
    gas: NDArray[np.int32],
    supply_used: NDArray[np.int32],
    supply_total: NDArray[np.int32],
    techs: NDArray[np.uint8],
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    acts: NDArray[np.int64],
    make_of: NDArray[np.int64],
    makes: NDArray[np.void],
    serving: NDArray[np.int32],
    selected: NDArray[np.bool_],
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
        supply_used: (rows,) int32, half supply.
        supply_total: (rows,) int32.
        techs: (rows, NUM_TECHS) uint8.
        costs: (256,) COST_DTYPE.
        moves: (256,) bool by type id.
        acts: (F,) int64, what each function does.
        make_of: (F,) int64, its line among the makes.
        makes: (n,) MAKE_DTYPE.
        serving: (s, 2) int32, better forms.
        selected: (rows, capacity) bool.
        mask: (rows, F + 2 * resolution) bool, or with the factors of control groups; overwritten.
    """
    complete = np.zeros(NUM_TYPES, np.int64)
    for r in range(mask.shape[0]):
        if not marked[r]:
            continue
        mask[r] = True
        here = units[r]
        n = num_units[r]
        me = player[r]
        count_complete(here, n, me, serving, complete)
        for f in range(acts.shape[0]):
            act = acts[f]
            if act in (NO_OP, MOVE_CAMERA, SELECT_POINT, SELECT_GROUP):
                continue
            mask[r, f] = False
            if act == NEVER:
                continue
            make = makes[max(0, make_of[f])]
            if make_of[f] >= 0:
                is_paid = minerals[r] >= make["minerals"] and gas[r] >= make["gas"]
                if not is_paid or not has_required(complete, techs[r], make):
                    continue
            for k in range(n):
                unit = here[k]
                if unit["player"] != me or not is_set(unit, FLAG_COMPLETED):
                    continue
                if act == SELECT_IDLE_WORKER:
                    found = bool(costs[unit["type"]]["is_worker"]) and is_set(unit, FLAG_IDLE)
                elif not selected[r, k] or is_busy(unit):
                    found = False
                elif make_of[f] >= 0:
                    found = may_call_to_make(act, here, n, me, k, make, supply_used[r], supply_total[r])
                else:
                    found = may_call(act, here, n, me, k, costs, moves)
                if found:
                    mask[r, f] = True
                    break


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
        k = index_of(units, num_units, group[g])
        if k >= 0 and units[k]["player"] == me:
            if count == 0:
                selected_ids[:] = NO_UNIT
            selected_ids[count] = group[g]
            count += 1


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
            group[g] = NO_UNIT
            if index_of(units, num_units, member) >= 0:
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
        if not selected[k] or unit["player"] != me or not is_set(unit, FLAG_COMPLETED) or is_busy(unit):
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


@kernel
def function_rows(
    actions: NDArray[np.int64],
    mask: NDArray[np.bool_],
    resolution: int,
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    supply_used: NDArray[np.int32],
    supply_total: NDArray[np.int32],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    acts: NDArray[np.int64],
    make_of: NDArray[np.int64],
    makes: NDArray[np.void],
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
        supply_used: (rows,) int32, half supply.
        supply_total: (rows,) int32.
        types: (256,) TYPE_DTYPE.
        costs: (256,) COST_DTYPE.
        moves: (256,) bool by type id.
        acts: (F,) int64, what each function does.
        make_of: (F,) int64, its line among the makes.
        makes: (n,) MAKE_DTYPE.
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
        act = acts[function]
        on_minimap = act in (MOVE_CAMERA, MOVE_MINIMAP, RALLY_MINIMAP)
        window = maps[r] if on_minimap else cameras[r]
        x = window[0] + (2 * actions[r, 1] + 1) * window[2] // (2 * resolution)
        y = window[1] + (2 * actions[r, 2] + 1) * window[3] // (2 * resolution)
        if act == MOVE_CAMERA:
            centre_camera(cameras[r], maps[r], x, y)
        elif act == SELECT_POINT:
            k = unit_at(units[r], num_units[r], types, x, y)
            selected_ids[r] = NO_UNIT
            if k >= 0:
                selected_ids[r, 0] = units[r, k]["id"]
        elif act == SELECT_IDLE_WORKER:
            select_idle(units[r], num_units[r], player[r], costs, selected_ids[r])
        elif act == SELECT_GROUP:
            group = groups[r, actions[r, 4]]
            if actions[r, 3] == RECALL:
                recall(group, units[r], num_units[r], player[r], selected_ids[r])
            else:
                bind(group, actions[r, 3] == APPEND, units[r], num_units[r], player[r], selected[r])
        elif act != NO_OP:
            under = unit_at(units[r], num_units[r], types, x, y)
            command_selected(
                act, x, y, under, units[r], num_units[r], player[r], supply_used[r], supply_total[r], costs, moves,
                make_of[function] >= 0, makes[max(0, make_of[function])], selected[r], items[r], count, r,
            )  # fmt: skip
