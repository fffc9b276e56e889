"""Action `workers`: which mineral field each worker gathers from, and whether the depot trains another one.

One factor per worker slot: 0 lets the worker go on, 1 + j sends it to the field in field slot j; one factor more for
the depot: 0 nothing, 1 train a worker. Worker slots hold the own workers in ascending id, as many as there are slots;
field slots the mineral fields near the own first depot in ascending id.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.broodwar.rules_table import RACES, UNIT_TYPE_NAMES
from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel
from envs.specs.acting import FactoredSpec
from envs.specs.costs import COSTS
from envs.specs.macro import DEFAULT_QUEUE
from envs.specs.macro_kernels import COMMAND_GATHER, send
from envs.specs.makeable import make_table
from envs.specs.making import has_supply, maker_of
from envs.specs.planning import first_depot
from envs.specs.reading import FLAG_COMPLETED, FLAG_GATHERING_MINERALS, has_flag
from envs.specs.siting import MINING_TILES

NUM_WORKERS: Final = 24
NUM_FIELDS: Final = 12

WORKER_OF: Final = {"terran": "Terran_SCV", "protoss": "Protoss_Probe", "zerg": "Zerg_Drone"}

assert {race.lower() for race in RACES[:3]} == set(WORKER_OF)


class WorkersSpec(FactoredSpec):
    """Choices of `workers`.

    Attributes:
        num_workers: worker slots.
        num_fields: field slots.
    """

    def __init__(self, num_workers: int, num_fields: int) -> None:
        """Number the choices.

        Args:
            num_workers: worker slots.
            num_fields: field slots.
        """
        nvec = np.append(np.full(num_workers, 1 + num_fields, np.int64), 2)
        super().__init__("workers", nvec, "worker slot (the last one: the depot)")
        self.num_workers = num_workers
        self.num_fields = num_fields


class WorkersDecoder:
    """Turns `workers` actions into commands and writes their masks."""

    def __init__(self, spec: WorkersSpec, race: str) -> None:
        """Prepare.

        Args:
            spec: the slots.
            race: `terran`, `protoss` or `zerg`: what the depot trains.
        """
        self._spec = spec
        self._makes = make_table([UNIT_TYPE_NAMES.index(WORKER_OF[race])])
        self._workers = np.zeros((0, spec.num_workers), np.int64)
        self._fields = np.zeros((0, spec.num_fields), np.int64)
        self._makers = np.zeros(0, np.int64)
        self._sent = np.zeros((0, spec.num_workers, 2), np.int64)

    def mask(self, frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        if len(self._workers) != len(marked):
            self._workers = np.zeros((len(marked), self._spec.num_workers), np.int64)
            self._fields = np.zeros((len(marked), self._spec.num_fields), np.int64)
            self._makers = np.zeros(len(marked), np.int64)
            self._sent = np.full((len(marked), self._spec.num_workers, 2), NO_UNIT, np.int64)
        seat_rows(
            marked,
            frame.player,
            frame.num_units,
            frame.units,
            frame.minerals,
            frame.supply_used,
            frame.supply_total,
            COSTS,
            self._makes,
            self._workers,
            self._fields,
            self._makers,
            arrays["action_mask"],
        )

    def decode(self, frame: Frame, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`."""
        worker_rows(
            arrays["action"],
            arrays["action_mask"],
            frame.units,
            self._makes,
            self._workers,
            self._fields,
            self._makers,
            self._sent,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )


@inline
def is_near(unit: np.void, depot: np.void) -> bool:
    """Say whether a field belongs to a depot."""
    reach = MINING_TILES * BUILD_TILE_PX
    return bool(abs(unit["x"] - depot["x"]) <= reach and abs(unit["y"] - depot["y"]) <= reach)


@kernel
def seat_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    minerals: NDArray[np.int32],
    supply_used: NDArray[np.int32],
    supply_total: NDArray[np.int32],
    costs: NDArray[np.void],
    makes: NDArray[np.void],
    workers: NDArray[np.int64],
    fields: NDArray[np.int64],
    makers: NDArray[np.int64],
    mask: NDArray[np.bool_],
) -> None:
    """Write who sits in which slot of the marked rows, and what is possible.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        minerals: (rows,) int32.
        supply_used: (rows,) int32, half supply.
        supply_total: (rows,) int32.
        costs: (256,) COST_DTYPE.
        makes: (1,) MAKE_DTYPE, the worker.
        workers: (rows, worker slots) int64, overwritten.
        fields: (rows, field slots) int64, overwritten.
        makers: (rows,) int64, overwritten: who would train, -1 for nobody.
        mask: (rows, ...) bool, overwritten.
    """
    choices = 1 + fields.shape[1]
    for r in range(workers.shape[0]):
        if not marked[r]:
            continue
        workers[r] = -1
        fields[r] = -1
        here = units[r]
        me = player[r]
        depot = first_depot(here, num_units[r], me, costs)
        next_worker = 0
        next_field = 0
        for k in range(num_units[r]):
            unit = here[k]
            kind = costs[unit["type"]]
            is_own_worker = unit["player"] == me and kind["is_worker"] and has_flag(unit, FLAG_COMPLETED)
            if is_own_worker and next_worker < workers.shape[1]:
                workers[r, next_worker] = k
                next_worker += 1
            if kind["is_field"] and depot >= 0 and next_field < fields.shape[1] and is_near(unit, here[depot]):
                fields[r, next_field] = k
                next_field += 1
        for s in range(workers.shape[1]):
            mask[r, s * choices] = True
            for j in range(fields.shape[1]):
                mask[r, s * choices + 1 + j] = workers[r, s] >= 0 and fields[r, j] >= 0
        make = makes[0]
        maker = maker_of(here, num_units[r], me, make, DEFAULT_QUEUE)
        has_room = maker >= 0 and has_supply(here[maker], make, supply_used[r], supply_total[r])
        if minerals[r] < make["minerals"] or not has_room:
            maker = -1
        makers[r] = maker
        mask[r, workers.shape[1] * choices] = True
        mask[r, workers.shape[1] * choices + 1] = maker >= 0


@kernel
def worker_rows(
    actions: NDArray[np.int64],
    mask: NDArray[np.bool_],
    units: NDArray[np.void],
    makes: NDArray[np.void],
    workers: NDArray[np.int64],
    fields: NDArray[np.int64],
    makers: NDArray[np.int64],
    sent: NDArray[np.int64],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands; a worker that was sent to the wanted field and gathers still is left alone.

    It may be on its way home with a load, which a second command would interrupt.

    Args:
        actions: (rows, worker slots + 1) int64.
        mask: (rows, ...) bool, of the same view.
        units: (rows, capacity) UNIT_DTYPE.
        makes: (1,) MAKE_DTYPE, the worker.
        workers: (rows, worker slots) int64, of the same view.
        fields: (rows, field slots) int64, of the same view.
        makers: (rows,) int64, of the same view.
        sent: (rows, worker slots, 2) int64, ids of the worker and the field of each slot's last command; updated.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    choices = 1 + fields.shape[1]
    num_workers = workers.shape[1]
    for r in range(actions.shape[0]):
        invalid[r] = 0
        for s in range(num_workers):
            choice = actions[r, s]
            if choice == 0:
                continue
            if not mask[r, s * choices + choice]:
                invalid[r] += 1
                continue
            worker = units[r, workers[r, s]]
            field = units[r, fields[r, choice - 1]]
            was_sent = sent[r, s, 0] == worker["id"] and sent[r, s, 1] == field["id"]
            if has_flag(worker, FLAG_GATHERING_MINERALS) and (was_sent or worker["target_id"] == field["id"]):
                continue
            sent[r, s, 0] = worker["id"]
            sent[r, s, 1] = field["id"]
            send(worker["id"], COMMAND_GATHER, field["id"], field["x"], field["y"], 0, items[r], count, r)
        if actions[r, num_workers] == 0:
            continue
        if makers[r] < 0:
            invalid[r] += 1
            continue
        maker = units[r, makers[r]]
        send(maker["id"], makes[0]["command"], NO_UNIT, maker["x"], maker["y"], makes[0]["type"], items[r], count, r)
