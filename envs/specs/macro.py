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
from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from engine.core.rules import BROODWAR, unit_type_names
from envs.specs.acting import FactoredSpec
from envs.specs.costs import COSTS, TYPES, costs_of
from envs.specs.expanding import free_worker, next_base, unspent_minerals
from envs.specs.macro_kernels import FIRST_MAKE, NOTHING, macro_rows, plan_rows
from envs.specs.makeable import MORPHS, make_table, serving_types
from envs.specs.planning import PLAN_DTYPE
from envs.specs.researching import research_table

PLAIN_NAMES: Final = ("nothing", "gather minerals", "gather gas", "attack")

MAX_QUEUE: Final = 5
"""The game's own training queue."""

DEFAULT_QUEUE: Final = 2
"""One unit in the making and one to follow: a step may be longer than the last moments of the first."""

DEFAULT_REGIONS: Final = 4
MAX_REGIONS: Final = 16

BUILT_DEPOTS: Final = ("CommandCenter", "Nexus", "Hatchery")
"""Of StarCraft II's town halls those that workers build; the others are what these become."""


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
