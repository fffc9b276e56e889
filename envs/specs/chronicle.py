"""What a player has made, killed and carried so far: what no single Frame tells, gathered from all of them.

The books (`ledger.py`) count what there is. Here units are remembered one by one: what each was worth when it was
complete, whether an enemy that is gone was seen to die, and in which transport an own unit disappeared. A unit that is
complete and dies between two views is missed; a step is short enough for that to be rare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, UNIT_DTYPE, Frame
from engine.core.jit import inline, kernel
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.ledger import NUM_PLAYABLE, Ledger
from envs.specs.reading import FLAG_COMPLETED, has_flag, index_of
from envs.specs.values import values_of

FRAMES_PER_SECOND: Final = MappingProxyType({BROODWAR: 24.0, STARCRAFT2: 22.4})
"""At the speed that people play at, as times and rates count them."""

FORGET_SECONDS: Final = 20.0
"""Time after which a past income counts 1/e of a present one."""

MAX_KNOWN: Final = 2048
"""Units that a row remembers: more than a game has at one time (1,700); what comes beyond is not counted."""

NOT_COUNTED: Final = -1

CHRONICLE_DTYPE: Final = np.dtype(
    [
        ("tracked_frame", np.int32),
        ("start_minerals", np.int32),
        ("start_gas", np.int32),
        ("idle_production_frames", np.int32),
        ("total_value_units", np.int32),
        ("total_value_structures", np.int32),
        ("killed_value_units", np.int32),
        ("killed_value_structures", np.int32),
        ("workers_in_training", np.int32),
        ("larvae", np.int32),
        ("warp_gates", np.int32),
        ("seen_minerals", np.int32),  # collected until the last view
        ("seen_gas", np.int32),
        ("rate_minerals", np.float64),  # a minute
        ("rate_gas", np.float64),
    ],
    align=True,
)
"""One row's sums."""

NOTE_DTYPE: Final = np.dtype(
    [
        ("counted", np.int32),  # type id that its value was counted as, NOT_COUNTED before it is complete
        ("is_dead", np.int32),
        ("is_missing", np.int32),  # not in the last view
        ("container", np.int32),  # id of the own transport or bunker that it is in, NO_UNIT elsewhere
    ],
    align=True,
)
"""What is noted of a unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronicle:
    """The memory of a batch of rows.

    Attributes:
        rows: (rows,) CHRONICLE_DTYPE.
        units: (rows, MAX_KNOWN) UNIT_DTYPE in ascending id: own units, and enemies of the last view, as last seen.
        notes: (rows, MAX_KNOWN) NOTE_DTYPE, likewise.
        count: (rows,) int32, how many are valid.
        values: (types,) VALUE_DTYPE of the game.
        frames_per_second: of the game.
    """

    rows: NDArray[np.void]
    units: NDArray[np.void]
    notes: NDArray[np.void]
    count: NDArray[np.int32]
    values: NDArray[np.void]
    frames_per_second: float

    @staticmethod
    def allocate(rows: int, game: str = BROODWAR) -> Chronicle:
        """Return an empty memory for rows of a game."""
        return Chronicle(
            rows=np.zeros(rows, CHRONICLE_DTYPE),
            units=np.zeros((rows, MAX_KNOWN), UNIT_DTYPE),
            notes=np.zeros((rows, MAX_KNOWN), NOTE_DTYPE),
            count=np.zeros(rows, np.int32),
            values=values_of(game),
            frames_per_second=FRAMES_PER_SECOND[game],
        )

    def begin(self, marked: NDArray[np.bool_], frame: Frame, ledger: Ledger) -> None:
        """Forget the marked rows' last game and take in the first view of the next; what stands there counts as made.

        Args:
            marked: (rows,) bool.
            frame: the view.
            ledger: books of the same view.
        """
        self.rows[marked] = 0
        self.count[marked] = 0
        self.rows["tracked_frame"][marked] = -1
        self.rows["start_minerals"][marked] = frame.minerals[marked]
        self.rows["start_gas"][marked] = frame.gas[marked]
        self.follow(frame, ledger)
        self.rows["idle_production_frames"][marked] = 0

    def follow(self, frame: Frame, ledger: Ledger) -> None:
        """Take in a view; a second call with the same one changes nothing.

        Args:
            frame: the view.
            ledger: books of the same view.
        """
        follow_chronicles(
            frame.player,
            frame.frame,
            frame.num_units,
            frame.units,
            frame.num_deaths,
            frame.deaths,
            ledger.rows,
            self.values,
            self.frames_per_second,
            self.rows,
            self.units,
            self.notes,
            self.count,
        )


@inline
def bury_known(
    deaths: NDArray[np.int32],
    num_deaths: int,
    me: int,
    values: NDArray[np.void],
    row: np.void,
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: int,
) -> None:
    """Mark the dead; an enemy that was in view in the last Frame, or in the one before, was killed."""
    for d in range(num_deaths):
        at = index_of(known, count, deaths[d])
        if at < 0 or notes[at]["is_dead"]:
            continue
        notes[at]["is_dead"] = 1
        if known[at]["player"] != me:
            kind = values[known[at]["type"]]
            if kind["is_building"]:
                row["killed_value_structures"] += kind["value"]
            else:
                row["killed_value_units"] += kind["value"]


@inline
def container_of(
    unit: np.void,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    values: NDArray[np.void],
    known: NDArray[np.void],
    count: int,
) -> int:
    """Return the id of the own transport that an own unit, which is gone and not dead, was getting into; or NO_UNIT."""
    for k in range(num_units):
        other = units[k]
        if other["player"] != me or values[other["type"]]["has_room"] == 0:
            continue
        if unit["target_id"] == other["id"] or other["target_id"] == unit["id"]:
            return int(other["id"])
        at = index_of(known, count, other["id"])
        if at >= 0 and known[at]["target_id"] == unit["id"]:
            return int(other["id"])
    return NO_UNIT


@inline
def renew_known(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    values: NDArray[np.void],
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: int,
) -> int:
    """Bring what is known up to the view and drop the dead and the enemies that are long out of sight.

    Both lists ascend in id. Who has just disappeared is looked for in transports first, by what was known before.

    Returns:
        How many are left.
    """
    at = 0
    for m in range(count):
        unit_id = known[m]["id"]
        while at < num_units and units[at]["id"] < unit_id:
            at += 1
        is_here = at < num_units and units[at]["id"] == unit_id
        if not is_here and not notes[m]["is_missing"] and not notes[m]["is_dead"] and known[m]["player"] == me:
            notes[m]["container"] = container_of(known[m], units, num_units, me, values, known, count)
    at = 0
    kept = 0
    for m in range(count):
        unit_id = known[m]["id"]
        while at < num_units and units[at]["id"] < unit_id:
            at += 1
        is_here = at < num_units and units[at]["id"] == unit_id
        is_gone = not is_here and known[m]["player"] != me and notes[m]["is_missing"]
        if notes[m]["is_dead"] or is_gone:
            continue
        if kept != m:
            notes[kept] = notes[m]
        if is_here:
            known[kept] = units[at]
            notes[kept]["is_missing"] = 0
            notes[kept]["container"] = NO_UNIT
        else:
            if kept != m:
                known[kept] = known[m]
            notes[kept]["is_missing"] = 1
        kept += 1
    return kept


@inline
def meet(
    units: NDArray[np.void],
    num_units: int,
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: int,
) -> int:
    """Add who is not known yet, players' units only; return how many are known then."""
    at = 0
    for k in range(num_units):
        unit = units[k]
        if not 0 <= unit["player"] < NUM_PLAYABLE:
            continue
        while at < count and known[at]["id"] < unit["id"]:
            at += 1
        if (at < count and known[at]["id"] == unit["id"]) or count == known.shape[0]:
            continue
        for m in range(count, at, -1):
            known[m] = known[m - 1]
            notes[m] = notes[m - 1]
        known[at] = unit
        notes[at]["counted"] = NOT_COUNTED
        notes[at]["is_dead"] = 0
        notes[at]["is_missing"] = 0
        notes[at]["container"] = NO_UNIT
        count += 1
    return count


@inline
def sum_known(
    elapsed: int,
    me: int,
    values: NDArray[np.void],
    row: np.void,
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: int,
) -> None:
    """Count what has become complete, the idle producers, and what is in training."""
    in_training = 0
    larvae = 0
    warp_gates = 0
    idle = 0
    for m in range(count):
        unit = known[m]
        if unit["player"] != me or notes[m]["is_missing"]:
            continue
        making = unit["build_type"]
        if making >= 0 and values[making]["is_worker"]:
            # A queue trains one at a time; an egg is the worker itself.
            in_training += 1
        if not has_flag(unit, FLAG_COMPLETED):
            continue
        kind = values[unit["type"]]
        larvae += kind["is_larva"]
        warp_gates += kind["is_warp_gate"]
        if notes[m]["counted"] != kind["form_of"]:
            value = kind["value"]
            if kind["is_sum"] and notes[m]["counted"] >= 0:
                value = max(0, value - values[notes[m]["counted"]]["value"])
            notes[m]["counted"] = kind["form_of"]
            if kind["is_building"]:
                row["total_value_structures"] += value
            else:
                row["total_value_units"] += value
        if kind["is_producer"] and unit["train_count"] == 0 and making < 0:
            idle += 1
    row["workers_in_training"] = in_training
    row["larvae"] = larvae
    row["warp_gates"] = warp_gates
    row["idle_production_frames"] += elapsed * idle


@inline
def renew_rates(elapsed: int, frames_per_second: float, book: np.void, row: np.void) -> None:
    """Take the income since the last view into the running means."""
    seconds = elapsed / frames_per_second
    share = 1.0 - math.exp(-seconds / FORGET_SECONDS)
    minerals = (book["collected_minerals"] - row["seen_minerals"]) * 60.0 / seconds
    gas = (book["collected_gas"] - row["seen_gas"]) * 60.0 / seconds
    row["rate_minerals"] += share * (minerals - row["rate_minerals"])
    row["rate_gas"] += share * (gas - row["rate_gas"])
    row["seen_minerals"] = book["collected_minerals"]
    row["seen_gas"] = book["collected_gas"]


@kernel
def follow_chronicles(
    player: NDArray[np.int8],
    frame: NDArray[np.int32],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    num_deaths: NDArray[np.int32],
    deaths: NDArray[np.int32],
    books: NDArray[np.void],
    values: NDArray[np.void],
    frames_per_second: float,
    rows: NDArray[np.void],
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: NDArray[np.int32],
) -> None:
    """Bring the memory of rows whose frame is new up to it.

    Args:
        player: (rows,) int8.
        frame: (rows,) int32.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE, ascending id.
        num_deaths: (rows,) int32.
        deaths: (rows, capacity) int32.
        books: (rows,) LEDGER_DTYPE, of the same frame.
        values: (types,) VALUE_DTYPE.
        frames_per_second: of the game.
        rows: (rows,) CHRONICLE_DTYPE.
        known: (rows, MAX_KNOWN) UNIT_DTYPE.
        notes: (rows, MAX_KNOWN) NOTE_DTYPE.
        count: (rows,) int32.
    """
    for r in range(rows.shape[0]):
        row = rows[r]
        elapsed = frame[r] - row["tracked_frame"]
        if elapsed == 0:
            continue
        is_first = row["tracked_frame"] < 0
        row["tracked_frame"] = frame[r]
        me = player[r]
        if not is_first:
            bury_known(deaths[r], num_deaths[r], me, values, row, known[r], notes[r], count[r])
            renew_rates(elapsed, frames_per_second, books[r], row)
        left = renew_known(units[r], num_units[r], me, values, known[r], notes[r], count[r])
        count[r] = meet(units[r], num_units[r], known[r], notes[r], left)
        sum_known(elapsed, me, values, row, known[r], notes[r], count[r])
