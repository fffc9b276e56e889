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
from engine.broodwar.rules_table import UNIT_TYPES
from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.jit import kernel
from envs.specs.acting import FactoredSpec
from envs.specs.calling import command_selected, may_call, may_call_to_make
from envs.specs.costs import COSTS, TYPES
from envs.specs.function_table import (
    MOVE_CAMERA,
    MOVE_MINIMAP,
    NEVER,
    NO_OP,
    RALLY_MINIMAP,
    SELECT_GROUP,
    SELECT_IDLE_WORKER,
    SELECT_POINT,
    functions_of,
    tables_of,
)
from envs.specs.makeable import serving_types
from envs.specs.planning import count_complete, has_required
from envs.specs.reading import (
    FLAG_COMPLETED,
    FLAG_IDLE,
    has_flag,
    is_busy,
)
from envs.specs.roster import NUM_TYPES
from envs.specs.screen import NUM_GROUPS, Screen, centre_camera
from envs.specs.selecting import bind, recall, select_idle, unit_at

GROUP_ACTS: Final = ("recall", "set", "append")
"""PySC2's `control_group_act`, by its numbers."""

RECALL, SET, APPEND = range(len(GROUP_ACTS))

MOVES: Final = np.zeros(NUM_TYPES, np.bool_)
MOVES[: len(UNIT_TYPES)] = (UNIT_TYPES["can_move"] == 1) & (UNIT_TYPES["building"] == 0) & ~NEVER_COMMANDED
MOVES[LARVA] = False
"""(256,) bool by type id: who can be sent somewhere."""

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
                if unit["player"] != me or not has_flag(unit, FLAG_COMPLETED):
                    continue
                if act == SELECT_IDLE_WORKER:
                    found = bool(costs[unit["type"]]["is_worker"]) and has_flag(unit, FLAG_IDLE)
                elif not selected[r, k] or is_busy(unit):
                    found = False
                elif make_of[f] >= 0:
                    found = may_call_to_make(act, here, n, me, k, make, supply_used[r], supply_total[r])
                else:
                    found = may_call(act, here, n, me, k, costs, moves)
                if found:
                    mask[r, f] = True
                    break


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
