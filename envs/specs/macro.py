"""Action `macro`: one decision about the economy and the army at a time.

Two factors: what to do, and the region that an attack goes to. The choices of the first, by number:

    0       nothing
    1       gather minerals: every idle worker goes to a field, the least crowded ones first
    2       gather gas: one worker more goes to a refinery, three at most to each
    3       attack: the army attack-moves to the region's middle
    4 + k   make the k-th of the types that the race can make: train or morph it where the queue is shortest, have the
            nearest free worker build it at the nearest place to the own first depot that the rules allow, or have the
            first idle building without an add-on build one
    then    research the k-th technology, or the next level of an upgrade, in the first idle building that does
    last    expand: the nearest free worker builds a depot at the next base, the natural first; only where the depot is
            among the types

The map is cut into `regions` x `regions` parts, numbered row by row. A choice is possible when the game accepts its
command now, and what builders on their way will pay is left over. The region is the attack's alone, so every number of
it is always possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from engine.core.jit import inline, kernel
from engine.core.rules import BROODWAR, unit_type_names
from envs.specs.acting import FactoredSpec
from envs.specs.expanding import free_worker, next_base, unspent_minerals
from envs.specs.ledger import (
    COSTS,
    FLAG_COMPLETED,
    FLAG_GATHERING_GAS,
    FLAG_GATHERING_MINERALS,
    FLAG_IDLE,
    TYPES,
    costs_of,
    is_set,
)
from envs.specs.makeable import MORPHS, make_table, serving_types
from envs.specs.planning import PLAN_DTYPE, count_complete, is_free_worker, plan_row, promised
from envs.specs.reading import ORDER_ATTACK_MOVE, index_of
from envs.specs.researching import plan_research, research_table
from envs.specs.roster import NUM_TYPES
from envs.specs.siting import NUM_WALK_TILES

NOTHING: Final = 0
GATHER_MINERALS: Final = 1
GATHER_GAS: Final = 2
ATTACK: Final = 3
FIRST_MAKE: Final = 4

PLAIN_NAMES: Final = ("nothing", "gather minerals", "gather gas", "attack")

WORKERS_PER_REFINERY: Final = 3

MAX_QUEUE: Final = 5
"""The game's own training queue."""

DEFAULT_QUEUE: Final = 2
"""One unit in the making and one to follow: a step may be longer than the last moments of the first."""

DEFAULT_REGIONS: Final = 4
MAX_REGIONS: Final = 16

BUILT_DEPOTS: Final = ("CommandCenter", "Nexus", "Hatchery")
"""Of StarCraft II's town halls those that workers build; the others are what these become."""

ARRIVED_PX: Final = 64
"""An army that goes to within so many pixels of where it is sent is not sent again."""

COMMAND_ATTACK_MOVE: Final = int(UnitCommandType.ATTACK_MOVE)
COMMAND_GATHER: Final = int(UnitCommandType.GATHER)


class MacroSpec(FactoredSpec):
    """Choices of `macro`.

    Attributes:
        kinds: type ids that can be made, in the order of their choices.
        research: names of technologies and upgrades, in the order of their choices.
        regions: parts of the map along each side.
        depot: place among `kinds` of the depot that an expansion builds, -1 without one.
        expand: the choice that expands, -1 without one.
        choice_names: what each choice does, in words.
    """

    def __init__(self, kinds: list[int], regions: int, research: Sequence[str] = (), game: str = BROODWAR) -> None:
        """Number the choices.

        Args:
            kinds: type ids that can be made.
            regions: parts of the map along each side.
            research: names of technologies and upgrades that can be researched.
            game: whose types.
        """
        names_of_types = unit_type_names(game)
        costs = costs_of(game)
        is_morph = MORPHS if game == BROODWAR else np.array([name not in BUILT_DEPOTS for name in names_of_types])
        depots = [at for at, kind in enumerate(kinds) if costs["is_depot"][kind] and not is_morph[kind]]
        num_choices = FIRST_MAKE + len(kinds) + len(research) + (1 if depots else 0)
        super().__init__("macro", np.array([num_choices, regions * regions], np.int64), "factor")
        self.kinds = kinds
        self.research = tuple(research)
        self.regions = regions
        self.depot = depots[0] if depots else -1
        self.expand = num_choices - 1 if depots else -1
        makes = (f"make {names_of_types[kind]}" for kind in kinds)
        names = (*PLAIN_NAMES, *makes, *(f"research {name}" for name in research))
        self.choice_names = (*names, "expand") if depots else names


class MacroDecoder:
    """Turns `macro` actions into commands and writes their masks."""

    def __init__(self, spec: MacroSpec, game_map: GameMap, queue: int) -> None:
        """Prepare for one map.

        Args:
            spec: the choices.
            game_map: the ground.
            queue: units that a producer may have in its queue, 1 to 5.
        """
        self._spec = spec
        self._queue = queue
        self._makes = make_table(spec.kinds)
        self._num_sites = int(self._makes["site"].max(initial=-1)) + 1
        self._serving = serving_types()
        self._buildable = np.ascontiguousarray(game_map.buildable, np.uint8)
        self._size_px = (game_map.width_px, game_map.height_px)
        self._researches = research_table(list(spec.research))
        self._num_plans = len(spec.kinds) + len(spec.research)
        self._plans = np.zeros((0, self._num_plans), PLAN_DTYPE)
        self._map = game_map
        self._bases = np.zeros((0, 2), np.int64)
        self._actions = np.zeros((0, 2), np.int64)

    def mask(self, frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows, and remember how each choice would be carried out."""
        if len(self._plans) != len(marked):
            self._plans = np.zeros((len(marked), self._num_plans), PLAN_DTYPE)
            self._bases = np.full((len(marked), 2), -1, np.int64)
            self._actions = np.zeros((len(marked), 2), np.int64)
        plan_rows(
            marked,
            frame.player,
            frame.num_units,
            frame.units,
            frame.minerals,
            frame.gas,
            frame.supply_used,
            frame.supply_total,
            frame.techs,
            frame.upgrades,
            frame.researching,
            frame.upgrading,
            frame.creep,
            TYPES,
            COSTS,
            self._makes,
            self._researches,
            self._serving,
            self._num_sites,
            self._queue,
            self._buildable,
            self._plans,
            arrays["action_mask"],
        )
        if self._spec.expand >= 0:
            for row in np.flatnonzero(marked).tolist():
                arrays["action_mask"][row, self._spec.expand] = self._can_expand(frame, row)

    def _can_expand(self, frame: Frame, row: int) -> bool:
        """Say whether a row can pay for a depot, has a worker for it and a place; remember the place."""
        make = self._makes[self._spec.depot]
        self._bases[row] = -1
        if unspent_minerals(frame, row) < make["minerals"] or free_worker(frame, row, int(make["maker"]), 0, 0) < 0:
            return False
        self._bases[row] = next_base(self._map, frame, row)
        return bool(self._bases[row, 0] >= 0)

    def _expand(self, frame: Frame, row: int, commands: Commands) -> None:
        """Append the command that builds the next base's depot."""
        make = self._makes[self._spec.depot]
        x, y = (self._bases[row] * BUILD_TILE_PX).tolist()
        builder = free_worker(frame, row, int(make["maker"]), x, y)
        item = commands.items[row, commands.count[row]]
        values = (frame.units["id"][row, builder], make["command"], NO_UNIT, x, y, make["type"])
        for name, value in zip(("unit_id", "type", "target_id", "x", "y", "extra"), values, strict=True):
            item[name] = value
        commands.count[row] += 1

    def decode(self, frame: Frame, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`: choices that are not possible."""
        actions = arrays["action"]
        expands = np.zeros(0, np.int64)
        if self._spec.expand >= 0:
            is_expanding = actions[:, 0] == self._spec.expand
            expands = np.flatnonzero(is_expanding)
            self._actions[:] = actions
            self._actions[is_expanding, 0] = NOTHING
            actions = self._actions
        macro_rows(
            actions,
            arrays["action_mask"],
            self._plans,
            frame.player,
            frame.num_units,
            frame.units,
            TYPES,
            COSTS,
            self._makes,
            self._researches,
            self._spec.regions,
            self._size_px[0],
            self._size_px[1],
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )
        for row in expands.tolist():
            if arrays["action_mask"][row, self._spec.expand]:
                self._expand(frame, row, commands)
            else:
                arrays["info/invalid_actions"][row] = 1


@inline
def idle_worker(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], first: int) -> int:
    """Return the index of the first own idle worker from `first` on, -1 without one."""
    for k in range(first, num_units):
        unit = units[k]
        if unit["player"] == me and is_free_worker(unit, costs) and is_set(unit, FLAG_IDLE):
            return k
    return -1


@inline
def gas_choice(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void]) -> tuple[int, int]:
    """Return (worker, refinery), indices of who would gather gas next and where; (-1, -1) where nobody would."""
    on_gas = 0
    for k in range(num_units):
        if units[k]["player"] == me and costs[units[k]["type"]]["is_worker"] and is_set(units[k], FLAG_GATHERING_GAS):
            on_gas += 1
    refinery = -1
    for k in range(num_units):
        unit = units[k]
        if unit["player"] == me and costs[unit["type"]]["is_refinery"] and is_set(unit, FLAG_COMPLETED):
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
        if unit["player"] != me or not is_free_worker(unit, costs) or is_set(unit, FLAG_GATHERING_GAS):
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
        is_miner = costs[unit["type"]]["is_worker"] and is_set(unit, FLAG_GATHERING_MINERALS)
        if unit["player"] != me or not is_miner:
            continue
        field = index_of(units, num_units, unit["target_id"])
        if field >= 0:
            crowd[field] += 1


@inline
def is_soldier(unit: np.void, me: int, types: NDArray[np.void], costs: NDArray[np.void]) -> bool:
    """Say whether a unit is an own complete fighter with a weapon."""
    if unit["player"] != me or not costs[unit["type"]]["is_army"] or not is_set(unit, FLAG_COMPLETED):
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
