"""What a player has and has earned in a melee game: the state that its observations, rewards and infos share.

Everything is read off the Frame. A Frame tells what is in the bank, not what was earned, so income is counted at the
depot: a worker that carried minerals in the last view and does not in this one has delivered a load. A step must
therefore be shorter than the time from one delivery to the next load (`MAX_FRAME_SKIP`).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Frame, Outcome
from engine.core.jit import inline, kernel
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.costs import costs_of
from envs.specs.reading import (
    FLAG_CARRYING_GAS,
    FLAG_CARRYING_MINERALS,
    FLAG_COMPLETED,
    FLAG_GATHERING_GAS,
    FLAG_GATHERING_MINERALS,
    FLAG_IDLE,
    has_flag,
)

LOADS: Final = MappingProxyType({BROODWAR: (8, 8), STARCRAFT2: (5, 4)})
"""Minerals and gas of one trip (MECHANICS.md 9; of StarCraft II section 3), from usual fields and geysers."""

MAX_FRAME_SKIP: Final = 36
"""Frames that a step may take: inside a refinery a worker stays 37, at a mineral field longer (MECHANICS.md 9); in
StarCraft II 44 and 62 loops."""

IS_CARRYING_GAS: Final = 1
IS_CARRYING_MINERALS: Final = 2

NUM_PLAYABLE: Final = 8

WON: Final = int(Outcome.WON)

LEDGER_DTYPE: Final = np.dtype(
    [
        ("tracked_frame", np.int32),  # frame that the rest belongs to
        ("start_frame", np.int32),
        ("minerals", np.int32),
        ("gas", np.int32),
        ("supply_used", np.int32),  # half supply, as everywhere
        ("supply_total", np.int32),
        ("workers", np.int32),  # complete
        ("idle_workers", np.int32),
        ("mineral_workers", np.int32),
        ("gas_workers", np.int32),
        ("army", np.int32),  # complete fighters
        ("army_supply", np.int32),
        ("buildings", np.int32),  # complete or not
        ("value", np.int32),  # minerals and gas that own units and buildings cost, complete or not
        ("enemy_units", np.int32),  # in sight
        ("enemy_buildings", np.int32),
        ("collected_minerals", np.int32),  # since the start, and so on below
        ("collected_gas", np.int32),
        ("idle_worker_frames", np.int32),
        ("trained", np.int32),  # most fighters at one time
        ("outcome", np.int32),
        ("milestones", np.int32),  # of the opening that were reached: kept by `envs.specs.opening`
        ("milestone_frames", np.int32),  # of the episode that were left at each of them, summed
        ("walled_frames", np.int32),  # that were left when zerglings were shut out: kept by `envs.specs.walling`
        ("is_walled", np.int32),
        ("is_done", np.int32),  # what the task asked for is there
        ("paid_frame", np.int32),  # the values below: as of the last reward
        ("paid_minerals", np.int32),
        ("paid_gas", np.int32),
        ("paid_workers", np.int32),
        ("paid_trained", np.int32),
        ("paid_supply", np.int32),
        ("paid_value", np.int32),
        ("paid_idle_frames", np.int32),
        ("paid_outcome", np.int32),
        ("paid_gatherers", np.int32),
        ("paid_milestone_frames", np.int32),
        ("paid_walled_frames", np.int32),
    ],
    align=True,
)
"""One row's books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The books of a batch of rows.

    Attributes:
        rows: (rows,) LEDGER_DTYPE.
        carriers: (rows, capacity) int32, ids of own workers in the last view, ascending.
        loads: (rows, capacity) int8, what each carried: `IS_CARRYING_*`.
        num_carriers: (rows,) int32.
        every_row: (rows,) bool, all True.
        costs: (types,) COST_DTYPE of the game.
        mineral_load: minerals of one trip.
        gas_load: gas of one trip.
    """

    rows: NDArray[np.void]
    carriers: NDArray[np.int32]
    loads: NDArray[np.int8]
    num_carriers: NDArray[np.int32]
    every_row: NDArray[np.bool_]
    costs: NDArray[np.void]
    mineral_load: int
    gas_load: int

    @staticmethod
    def allocate(rows: int, capacity: int, game: str = BROODWAR) -> Ledger:
        """Return empty books for rows of a game that see at most `capacity` units each."""
        minerals, gas = LOADS[game]
        return Ledger(
            rows=np.zeros(rows, LEDGER_DTYPE),
            carriers=np.zeros((rows, capacity), np.int32),
            loads=np.zeros((rows, capacity), np.int8),
            num_carriers=np.zeros(rows, np.int32),
            every_row=np.ones(rows, np.bool_),
            costs=costs_of(game),
            mineral_load=minerals,
            gas_load=gas,
        )

    def begin(self, marked: NDArray[np.bool_], frame: Frame) -> None:
        """Open new books for the marked rows with what stands in `frame`."""
        self.rows[marked] = 0
        self.num_carriers[marked] = 0
        self.rows["tracked_frame"][marked] = -1
        self.follow(frame)
        for name, paid in (
            ("frame", "tracked_frame"),
            ("workers", "workers"),
            ("trained", "trained"),
            ("supply", "supply_used"),
            ("value", "value"),
        ):
            self.rows[f"paid_{name}"][marked] = self.rows[paid][marked]
        self.rows["paid_gatherers"][marked] = (self.rows["mineral_workers"] + self.rows["gas_workers"])[marked]
        self.rows["start_frame"][marked] = self.rows["tracked_frame"][marked]
        self.rows["idle_worker_frames"][marked] = 0

    def follow(self, frame: Frame) -> None:
        """Bring the books up to `frame`; a second call with the same frame changes nothing."""
        follow_ledgers(
            frame.player,
            frame.frame,
            frame.num_units,
            frame.units,
            frame.minerals,
            frame.gas,
            frame.supply_used,
            frame.supply_total,
            frame.outcome,
            self.costs,
            self.mineral_load,
            self.gas_load,
            self.rows,
            self.carriers,
            self.loads,
            self.num_carriers,
        )


@inline
def count_loads(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    costs: NDArray[np.void],
    mineral_load: int,
    gas_load: int,
    book: np.void,
    carriers: NDArray[np.int32],
    loads: NDArray[np.int8],
    count: int,
) -> int:
    """Book the loads that were delivered since the last view; return how many own workers there are now.

    Both lists ascend in id, and who is new has delivered nothing, so the list is renewed in place behind the walk:
    a worker that is found again never lies before the place that it is written to.
    """
    before_ids = carriers[:count].copy()
    before_loads = loads[:count].copy()
    at = 0
    kept = 0
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or not costs[unit["type"]]["is_worker"]:
            continue
        load = 0
        if has_flag(unit, FLAG_CARRYING_GAS):
            load |= IS_CARRYING_GAS
        if has_flag(unit, FLAG_CARRYING_MINERALS):
            load |= IS_CARRYING_MINERALS
        while at < count and before_ids[at] < unit["id"]:
            at += 1
        if at < count and before_ids[at] == unit["id"]:
            gone = before_loads[at] & ~load
            if gone & IS_CARRYING_MINERALS:
                book["collected_minerals"] += mineral_load
            if gone & IS_CARRYING_GAS:
                book["collected_gas"] += gas_load
        carriers[kept] = unit["id"]
        loads[kept] = load
        kept += 1
    return kept


@inline
def take_stock(units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], book: np.void) -> None:
    """Count what a row has and sees."""
    workers = 0
    idle = 0
    on_minerals = 0
    on_gas = 0
    army = 0
    army_supply = 0
    buildings = 0
    value = 0
    enemies = 0
    enemy_buildings = 0
    for k in range(num_units):
        unit = units[k]
        kind = costs[unit["type"]]
        if unit["player"] != me:
            if 0 <= unit["player"] < NUM_PLAYABLE:
                enemies += 1
                enemy_buildings += kind["is_building"]
            continue
        value += kind["value"]
        buildings += kind["is_building"]
        if not has_flag(unit, FLAG_COMPLETED):
            continue
        if kind["is_worker"]:
            workers += 1
            idle += 1 if has_flag(unit, FLAG_IDLE) else 0
            on_minerals += 1 if has_flag(unit, FLAG_GATHERING_MINERALS) else 0
            on_gas += 1 if has_flag(unit, FLAG_GATHERING_GAS) else 0
        elif kind["is_army"]:
            army += 1
            army_supply += kind["supply_half"]
    book["workers"] = workers
    book["idle_workers"] = idle
    book["mineral_workers"] = on_minerals
    book["gas_workers"] = on_gas
    book["army"] = army
    book["army_supply"] = army_supply
    book["buildings"] = buildings
    book["value"] = value
    book["enemy_units"] = enemies
    book["enemy_buildings"] = enemy_buildings
    book["trained"] = max(book["trained"], army)


@kernel
def follow_ledgers(
    player: NDArray[np.int8],
    frame: NDArray[np.int32],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    minerals: NDArray[np.int32],
    gas: NDArray[np.int32],
    supply_used: NDArray[np.int32],
    supply_total: NDArray[np.int32],
    outcome: NDArray[np.int8],
    costs: NDArray[np.void],
    mineral_load: int,
    gas_load: int,
    rows: NDArray[np.void],
    carriers: NDArray[np.int32],
    loads: NDArray[np.int8],
    num_carriers: NDArray[np.int32],
) -> None:
    """Bring the books of rows whose frame is new up to it.

    Args:
        player: (rows,) int8.
        frame: (rows,) int32.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE, ascending id.
        minerals: (rows,) int32.
        gas: (rows,) int32.
        supply_used: (rows,) int32, half supply.
        supply_total: (rows,) int32.
        outcome: (rows,) int8, `Outcome`.
        costs: (types,) COST_DTYPE.
        mineral_load: minerals of one trip.
        gas_load: gas of one trip.
        rows: (rows,) LEDGER_DTYPE.
        carriers: (rows, capacity) int32.
        loads: (rows, capacity) int8.
        num_carriers: (rows,) int32.
    """
    for r in range(rows.shape[0]):
        book = rows[r]
        if book["tracked_frame"] == frame[r]:
            continue
        elapsed = frame[r] - book["tracked_frame"]
        book["tracked_frame"] = frame[r]
        book["minerals"] = minerals[r]
        book["gas"] = gas[r]
        book["supply_used"] = supply_used[r]
        book["supply_total"] = supply_total[r]
        book["outcome"] = outcome[r]
        num_carriers[r] = count_loads(
            units[r],
            num_units[r],
            player[r],
            costs,
            mineral_load,
            gas_load,
            book,
            carriers[r],
            loads[r],
            num_carriers[r],
        )
        take_stock(units[r], num_units[r], player[r], costs, book)
        book["idle_worker_frames"] += elapsed * book["idle_workers"]
