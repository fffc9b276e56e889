"""Scripted play of the tasks beyond battles: what a learned policy is measured against.

Each is a pure function of what `step` returns: the observation `economy`, the flat action mask and the info.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import unit_type_id
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.economy import EconomyTask
from envs.specs.costs import COSTS
from envs.specs.economy import CROWD
from envs.specs.macro import MacroSpec
from envs.specs.macro_kernels import ATTACK, FIRST_MAKE, GATHER_GAS, GATHER_MINERALS, NOTHING, WORKERS_PER_REFINERY
from envs.specs.opening import OPENINGS
from envs.specs.place import PlaceSpec
from envs.specs.workers import WorkersSpec

Baseline = Callable[[NDArray[np.float32], NDArray[np.bool_], Mapping[str, Any]], NDArray[np.int64]]
"""Observation, (sum(nvec),) bool and the info's numbers -> (factors,) int64."""

ENOUGH_WORKERS: Final = 22
"""More than two to a field of a usual base add little."""

ENOUGH_BARRACKS: Final = 6
"""What the minerals of so many workers keep busy."""

PILE: Final = 300
"""Minerals that lie idle where the scripted player is not held up."""

FIRST_DEPOT_WORKERS: Final = 8
"""So many workers are trained before anything is built: what the depot of the start feeds, two apart."""

OPENING_WORKERS: Final = 16
OPENING_SPARE_HALF: Final = 4
WALL_WORKERS: Final = 10

SAVED_SHARE: Final = 0.6
"""Once so much of a building's price is there, no worker is trained before it."""

WALL_TILES: Final = np.array([(-4, -1), (3, -1), (-2, -3), (0, -5), (2, -3)])
"""(column, row) of each depot from the middle of the window, on `crossing_small` as player 0."""

ATTACK_ARMY: Final = 24
ATTACK_EVERY: Final = 6
"""Every so many decisions the army is told again where to go: who was trained since then goes too."""

MARCH_FRAMES: Final = 1200
"""Longer than marines take across the map."""

FULL_BASE_WORKERS: Final = 16
"""Two to each of eight fields."""

COLLECTING_SPARE_HALF: Final = 8
"""A depot takes as long as two SCVs: it is begun before room for four is all that is left to each base."""

LAST_BASE_SHARE: Final = 0.4
"""A base that is begun later does not pay for itself."""

SPARE_SUPPLY_HALF: Final = 12
"""A depot is begun when no more than this is free: what five barracks and a depot use while one is built."""


def spread_workers(task: EconomyTask) -> Baseline:
    """Return the player of `Gather-v0`: worker slot i gathers from field slot i, and workers are always trained."""
    spec = task.action
    assert isinstance(spec, WorkersSpec)

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        choices = mask[:-2].reshape(spec.num_workers, 1 + spec.num_fields)
        num_fields = int(choices[:, 1:].any(axis=0).sum())
        action = np.zeros(spec.num_workers + 1, np.int64)
        if num_fields:
            action[:-1] = np.where(choices[:, 1], 1 + np.arange(spec.num_workers) % num_fields, 0)
        action[-1] = mask[-1]
        return action

    return act


class Books:
    """What a scripted player reads off the observation `economy`, as whole numbers."""

    def __init__(self, task: EconomyTask) -> None:
        """Find the columns.

        Args:
            task: whose observation is `economy`.
        """
        (block,) = task.observation.blocks
        self._columns = block.offsets()
        self._seen = np.zeros(block.size, np.float32)

    def read(self, seen: NDArray[np.float32]) -> None:
        """Take the newest observation."""
        self._seen = seen

    def number(self, column: str) -> int:
        """Return a count that is shown as a part of `CROWD`."""
        return round(CROWD * float(self._seen[self._columns[column]]))

    def own(self, kind: str) -> int:
        """Return how many of a type there are, complete or not, in queues or ordered."""
        return self.number(f"own_{kind}") + self.number(f"coming_{kind}")


TERRAN: Final = MappingProxyType(
    {
        BROODWAR: ("Terran_SCV", "Terran_Marine", "Terran_Supply_Depot", "Terran_Barracks"),
        STARCRAFT2: ("SCV", "Marine", "SupplyDepot", "Barracks"),
    }
)
"""Worker, marine, depot and barracks as each game calls them."""


def build_marines(task: EconomyTask) -> Baseline:
    """Return the player of `BuildMarines-v0`: idle workers to work, depots in time, workers, barracks, marines."""
    spec = task.action
    assert isinstance(spec, MacroSpec)
    kinds = TERRAN[task.scenario.game]
    worker, marine, depot, barracks = (spec.choice_names.index(f"make {kind}") for kind in kinds)
    _, _, depots, all_barracks = kinds
    books = Books(task)

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        books.read(seen)
        wanted = [GATHER_MINERALS]
        producers = books.number(f"own_{all_barracks}")
        is_short = info["supply_total"] - info["supply_used"] <= SPARE_SUPPLY_HALF + 2 * producers
        # One depot at a time, or two; and one more where money piles up, since a builder may be stuck in a crowd.
        allowed = producers // 4 + info["minerals"] // PILE
        if is_short and books.number(f"coming_{depots}") <= allowed:
            wanted.append(depot)
        if info["workers"] < ENOUGH_WORKERS:
            wanted.append(worker)
        if books.own(all_barracks) < ENOUGH_BARRACKS:
            wanted.append(barracks)
        wanted.append(marine)
        choice = next((one for one in wanted if mask[one]), NOTHING)
        return np.array([choice, 0], np.int64)

    assert min(depot, barracks, worker, marine) >= FIRST_MAKE
    return act


def collect(task: EconomyTask) -> Baseline:
    """Return the player of `CollectMineralsAndGas-v0`: workers without a pause, both geysers, and a second base."""
    spec = task.action
    assert isinstance(spec, MacroSpec)
    make = {name.removeprefix("make "): at for at, name in enumerate(spec.choice_names)}
    books = Books(task)

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        books.read(seen)
        bases, refineries = books.own("CommandCenter"), books.own("Refinery")
        wanted = [GATHER_MINERALS]
        if info["workers"] >= FULL_BASE_WORKERS:
            wanted.append(GATHER_GAS)
        is_short = info["supply_total"] - info["supply_used"] <= COLLECTING_SPARE_HALF * bases
        if is_short and not books.number("coming_SupplyDepot"):
            wanted.append(make["SupplyDepot"])
        if info["workers"] < (FULL_BASE_WORKERS + 2 * WORKERS_PER_REFINERY) * bases:
            wanted.append(make["SCV"])
        is_early = info["episode_frames"] < LAST_BASE_SHARE * task.max_frames
        if bases < 2 and is_early and info["workers"] >= FULL_BASE_WORKERS:
            wanted.append(make["CommandCenter"])
        if refineries < 2 and info["workers"] >= FULL_BASE_WORKERS:
            wanted.append(make["Refinery"])
        choice = next((one for one in wanted if mask[one]), NOTHING)
        return np.array([choice, 0], np.int64)

    return act


def reach_opening(task: EconomyTask) -> Baseline:
    """Return the player of `Opening-v0`: the milestones in their order, workers and a depot in between."""
    spec = task.action
    assert isinstance(spec, MacroSpec)
    make = {name.removeprefix("make "): at for at, name in enumerate(spec.choice_names)}
    steps = [(name, count) for name, count in OPENINGS[task.race] if name in make]
    books = Books(task)

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        books.read(seen)
        wanted = [GATHER_MINERALS]
        if books.number("gas_workers") < WORKERS_PER_REFINERY:
            wanted.append(GATHER_GAS)
        is_short = info["supply_total"] - info["supply_used"] <= OPENING_SPARE_HALF
        if is_short and books.number("own_Terran_Supply_Depot") and not books.number("coming_Terran_Supply_Depot"):
            wanted.append(make["Terran_Supply_Depot"])
        first = next(((name, count) for name, count in steps if books.own(name) < count), None)
        has_begun_to_save = (
            first is not None and info["minerals"] >= SAVED_SHARE * COSTS["minerals"][unit_type_id(first[0])]
        )
        if first is not None and (info["workers"] >= FIRST_DEPOT_WORKERS or first[0] != steps[0][0]):
            wanted.append(make[first[0]])
        # Money for a building is saved once most of it is there; what waits for its requirements costs nothing yet.
        later = [name for name, count in steps if books.own(name) < count]
        wanted += [make[name] for name in later]
        if info["workers"] < OPENING_WORKERS and not (has_begun_to_save and info["workers"] >= FIRST_DEPOT_WORKERS):
            wanted.append(make["Terran_SCV"])
        choice = next((one for one in wanted if mask[one]), NOTHING)
        return np.array([choice, 0], np.int64)

    return act


def build_wall(task: EconomyTask) -> Baseline:
    """Return the player of `Wall-v0`: five depots around the top of the ramp, each above the next one beside it.

    A depot's box ends 5 px above its lowest tile's edge and begins 10 px below its upper one, so that a zergling fits
    between two that stand side by side (19 px) but not between two that stand one above the other (15 px).
    """
    spec = task.action
    assert isinstance(spec, PlaceSpec)
    names = spec.choice_names
    depot, worker = names.index("make Terran_Supply_Depot"), names.index("make Terran_SCV")
    middle = np.array([spec.columns // 2, spec.rows // 2])
    books = Books(task)

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        books.read(seen)
        if mask[GATHER_MINERALS]:
            return np.array([GATHER_MINERALS, 0, 0], np.int64)
        built = books.own("Terran_Supply_Depot")
        if info["workers"] >= FIRST_DEPOT_WORKERS and built < len(WALL_TILES) and mask[depot]:
            column, line = (middle + WALL_TILES[built]).tolist()
            if mask[len(names) + column] and mask[len(names) + spec.columns + line]:  # else somebody stands there
                return np.array([depot, column, line], np.int64)
        is_worth_it = info["workers"] < WALL_WORKERS and built < 2
        return np.array([worker if is_worth_it and mask[worker] else NOTHING, 0, 0], np.int64)

    return act


def attack_with_marines(task: EconomyTask) -> Baseline:
    """Return the player of `Melee-v0`: marines as in `BuildMarines-v0`, and the army from corner to corner."""
    spec = task.action
    assert isinstance(spec, MacroSpec)
    make_marines = build_marines(task)
    last = spec.regions - 1
    corners = [0, last, last * spec.regions, spec.regions**2 - 1]
    tour = [corners[0], corners[3], corners[0], corners[3], *range(spec.regions**2)]

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        step = info["episode_frames"] // task.frame_skip
        if info["army"] >= ATTACK_ARMY and mask[ATTACK] and step % ATTACK_EVERY == 0:
            return np.array([ATTACK, tour[info["episode_frames"] // MARCH_FRAMES % len(tour)]], np.int64)
        return make_marines(seen, mask, info)

    return act


BASELINES: Final[Mapping[str, Callable[[EconomyTask], Baseline]]] = MappingProxyType(
    {
        "BroodWar/Gather-v0": spread_workers,
        "BroodWar/BuildMarines-v0": build_marines,
        "BroodWar/Opening-v0": reach_opening,
        "BroodWar/Wall-v0": build_wall,
        "BroodWar/Melee-v0": attack_with_marines,
        "StarCraft2/BuildMarines-v0": build_marines,
        "StarCraft2/CollectMineralsAndGas-v0": collect,
    }
)
"""By env id."""
