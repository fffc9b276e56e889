"""Scripted play of the tasks beyond battles: what a learned policy is measured against.

Each is a pure function of what `step` returns: the observation `economy`, the flat action mask and the info.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from envs.economy import EconomyTask
from envs.specs.economy import CROWD
from envs.specs.macro import FIRST_MAKE, GATHER_MINERALS, NOTHING, MacroSpec
from envs.specs.workers import WorkersSpec

Baseline = Callable[[NDArray[np.float32], NDArray[np.bool_], Mapping[str, Any]], NDArray[np.int64]]
"""Observation, (sum(nvec),) bool and the info's numbers -> (factors,) int64."""

ENOUGH_WORKERS: Final = 18
"""Two to a field of a usual base: more add little."""

ENOUGH_BARRACKS: Final = 5
"""What the minerals of so many workers keep busy."""

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


def build_marines(task: EconomyTask) -> Baseline:
    """Return the player of `BuildMarines-v0`: idle workers to work, depots in time, workers, barracks, marines."""
    spec = task.action
    assert isinstance(spec, MacroSpec)
    names = spec.choice_names
    depot, barracks = names.index("make Terran_Supply_Depot"), names.index("make Terran_Barracks")
    worker, marine = names.index("make Terran_SCV"), names.index("make Terran_Marine")
    (block,) = task.observation.blocks
    columns = block.offsets()

    def act(seen: NDArray[np.float32], mask: NDArray[np.bool_], info: Mapping[str, Any]) -> NDArray[np.int64]:
        def number(column: str) -> int:
            return round(CROWD * float(seen[columns[column]]))

        is_short = info["supply_total"] - info["supply_used"] <= SPARE_SUPPLY_HALF
        wanted = [GATHER_MINERALS]
        if is_short and number("coming_Terran_Supply_Depot") == 0:
            wanted.append(depot)
        if info["workers"] < ENOUGH_WORKERS:
            wanted.append(worker)
        if number("own_Terran_Barracks") + number("coming_Terran_Barracks") < ENOUGH_BARRACKS:
            wanted.append(barracks)
        wanted.append(marine)
        choice = next((one for one in wanted if mask[one]), NOTHING)
        return np.array([choice, 0], np.int64)

    assert min(depot, barracks, worker, marine) >= FIRST_MAKE
    return act


BASELINES: Final[Mapping[str, Callable[[EconomyTask], Baseline]]] = MappingProxyType(
    {"BroodWar/Gather-v0": spread_workers, "BroodWar/BuildMarines-v0": build_marines}
)
"""By env id."""
