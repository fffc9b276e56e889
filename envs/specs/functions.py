"""Action `functions`: some of PySC2's functions with their point, in the interface of a player.

Three factors: which function (`function_table`), and the column and row of its point, on the screen or on the minimap;
functions without a point ignore it. Selecting and moving the camera change the interface and take a step like any
other action. Depots are lowered and raised in StarCraft II; Brood War has none that can be, and those two functions are
never available there.

With control groups there is one more, `select_control_group`, and two more factors: what to do with a group, and
which. Of PySC2's five acts there are three: groups share units, so none can be stolen.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.jit import kernel
from engine.core.rules import BROODWAR
from envs.specs.acting import FactoredSpec
from envs.specs.call_rules import calling_rules_of
from envs.specs.calling import command_selected, find_caller, send_maker
from envs.specs.costs import costs_of
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
from envs.specs.planning import count_complete
from envs.specs.roster import type_facts
from envs.specs.screen import NUM_GROUPS, Screen, centre_camera
from envs.specs.selecting import bind, recall, select_idle, unit_at

GROUP_ACTS: Final = ("recall", "set", "append")
"""PySC2's `control_group_act`, by its numbers."""

RECALL, SET, APPEND = range(len(GROUP_ACTS))

DEFAULT_RESOLUTION: Final = 64


class FunctionsSpec(FactoredSpec):
    """Choices of `functions`.

    Attributes:
        resolution: cells of screen and minimap along each side.
        functions: by number.
        game: which game.
    """

    def __init__(self, resolution: int, race: str, game: str = BROODWAR, *, has_groups: bool = False) -> None:
        """Number the choices.

        Args:
            resolution: cells of screen and minimap along each side.
            race: whose functions.
            game: which game.
            has_groups: with `select_control_group` and its two factors.
        """
        self.functions = functions_of(race, game, has_groups=has_groups)
        factors = [len(self.functions), resolution, resolution]
        if has_groups:
            factors += [len(GROUP_ACTS), NUM_GROUPS]
        super().__init__("functions", np.array(factors, np.int64), "factor")
        self.resolution = resolution
        self.game = game


class FunctionsDecoder:
    """Turns `functions` into commands and changes of the interface, and writes which are available."""

    def __init__(self, spec: FunctionsSpec) -> None:
        """Prepare.

        Args:
            spec: the choices.
        """
        self._spec = spec
        self._acts, self._makes_of, self._makes = tables_of(spec.functions)
        self._rules = calling_rules_of(spec.game)
        self._costs = costs_of(spec.game)
        self._types = type_facts(spec.game)

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
            self._costs,
            self._rules.moves,
            self._rules.rallies,
            self._rules.is_halted_at_work,
            self._acts,
            self._makes_of,
            self._makes,
            self._rules.serving,
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
            frame.minerals,
            frame.gas,
            frame.supply_used,
            frame.supply_total,
            frame.techs,
            self._types,
            self._costs,
            self._rules.moves,
            self._rules.rallies,
            self._rules.geysers,
            self._rules.orders,
            self._rules.is_halted_at_work,
            self._acts,
            self._makes_of,
            self._makes,
            self._rules.serving,
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
    rallies: NDArray[np.bool_],
    is_halted_at_work: bool,
    acts: NDArray[np.int64],
    makes_of: NDArray[np.int64],
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
        costs: (types,) COST_DTYPE.
        moves: (types,) bool by type id.
        rallies: (types,) bool likewise.
        is_halted_at_work: of `CallingRules`.
        acts: (F,) int64, what each function does.
        makes_of: (F, 2) int64, its first line among the makes and the one behind its last.
        makes: (n,) MAKE_DTYPE.
        serving: (s, 2) int32, better forms.
        selected: (rows, capacity) bool.
        mask: (rows, F + 2 * resolution) bool, or with the factors of control groups; overwritten.
    """
    complete = np.zeros(costs.shape[0], np.int64)
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
            mask[r, f] = act != NEVER and find_caller(
                f, act, here, n, me, minerals[r], gas[r], supply_used[r], supply_total[r], techs[r], costs, moves,
                rallies, is_halted_at_work, makes_of, makes, complete, selected[r],
            )  # fmt: skip


@kernel
def function_rows(
    actions: NDArray[np.int64],
    mask: NDArray[np.bool_],
    resolution: int,
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    minerals: NDArray[np.int32],
    gas: NDArray[np.int32],
    supply_used: NDArray[np.int32],
    supply_total: NDArray[np.int32],
    techs: NDArray[np.uint8],
    types: NDArray[np.void],
    costs: NDArray[np.void],
    moves: NDArray[np.bool_],
    rallies: NDArray[np.bool_],
    geysers: NDArray[np.bool_],
    orders: NDArray[np.int64],
    is_halted_at_work: bool,
    acts: NDArray[np.int64],
    makes_of: NDArray[np.int64],
    makes: NDArray[np.void],
    serving: NDArray[np.int32],
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
        minerals: (rows,) int32.
        gas: (rows,) int32.
        supply_used: (rows,) int32, half supply.
        supply_total: (rows,) int32.
        techs: (rows, NUM_TECHS) uint8.
        types: (types,) TYPE_DTYPE.
        costs: (types,) COST_DTYPE.
        moves: (types,) bool by type id.
        rallies: (types,) bool likewise.
        geysers: (types,) bool likewise.
        orders: (5, 2) int64 of `CallingRules`, as the next.
        is_halted_at_work: workers.
        acts: (F,) int64, what each function does.
        makes_of: (F, 2) int64, its first line among the makes and the one behind its last.
        makes: (n,) MAKE_DTYPE.
        serving: (s, 2) int32, better forms.
        cameras: (rows, 4) int32; moved.
        maps: (rows, 4) int32.
        selected_ids: (rows, most that can be selected) int64; changed by the selecting functions.
        groups: (rows, NUM_GROUPS, likewise) int64; changed by `select_control_group`.
        selected: (rows, capacity) bool, of the same view.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    complete = np.zeros(costs.shape[0], np.int64)
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
            if makes_of[function, 0] < makes_of[function, 1]:
                count_complete(units[r], num_units[r], player[r], serving, complete)
                send_maker(
                    function, act, x, y, under, units[r], num_units[r], player[r], minerals[r], gas[r],
                    supply_used[r], supply_total[r], techs[r], geysers, is_halted_at_work, makes_of, makes, complete,
                    selected[r], items[r], count, r,
                )  # fmt: skip
            else:
                command_selected(
                    act, x, y, under, units[r], num_units[r], player[r], costs, moves, rallies, orders,
                    is_halted_at_work, selected[r], items[r], count, r,
                )  # fmt: skip
