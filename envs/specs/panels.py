"""The numbers of a player's interface: what it has, what it has earned, what is selected, and the control groups.

These are PySC2's tables in its order of columns. A line about a unit has seven numbers (`LINE_FIELDS`); lines beyond
the last unit are zeros.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import inline, kernel
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.drawing_units import side_number
from envs.specs.field import Block, Field
from envs.specs.ledger import NUM_PLAYABLE
from envs.specs.pictures import MAX_STARCRAFT2_TYPE, plane_fields_of
from envs.specs.planes import UNIT_TYPE
from envs.specs.reading import FLAG_COMPLETED, has_flag, index_of
from envs.specs.screen import MAX_SELECTED, NUM_GROUPS

INT32_MAX: Final = float(2**31 - 1)

QUEUE_LINES: Final = MappingProxyType({BROODWAR: 5, STARCRAFT2: 8})
"""Units that a building's queue holds; in StarCraft II with a reactor."""

CARGO_LINES: Final = 8
"""Units that a transport holds at most; of those in a Nydus Network the first are shown."""

CARGO_ROOM: Final = MappingProxyType({BROODWAR: 8, STARCRAFT2: 1020})
"""Room in what holds most: a Nydus Network."""

WHOLE: Final = 100
"""`build_progress` of what is complete."""


def number(name: str, unit: str, doc: str, high: float = INT32_MAX) -> Field:
    """Return the declaration of a whole number of a table."""
    return Field(name=name, dtype=np.int32, high=high, unit=unit, doc=doc)


PLAYER_FIELDS: Final = (
    number("player_id", "player", "Player number + 1.", NUM_PLAYABLE),
    number("minerals", "minerals", "In the bank."),
    number("vespene", "gas", "In the bank."),
    number("food_used", "supply", "Supply in use, whole; halves are rounded up."),
    number("food_cap", "supply", "Supply provided, whole, at most 200."),
    number("food_army", "supply", "`food_used` less `food_workers`."),
    number("food_workers", "supply", "Supply of workers, those in training too."),
    number("idle_worker_count", "units", "Workers with nothing to do."),
    number("army_count", "units", "Complete fighters."),
    number("warp_gate_count", "units", "Warp gates; Brood War has none."),
    number("larva_count", "units", "Larvae."),
)
"""Columns of `player`."""

SCORE_FIELDS: Final = (
    number("score", "resources", "Minerals and gas that all own units and buildings cost."),
    number(
        "idle_production_time",
        "seconds",
        "Summed over complete buildings that train and do not; 24 frames a second, in StarCraft II 22.4.",
    ),
    number("idle_worker_time", "seconds", "Summed over workers with nothing to do, likewise."),
    number("total_value_units", "resources", "Minerals and gas of all own units that were ever complete."),
    number("total_value_structures", "resources", "Likewise of buildings."),
    number("killed_value_units", "resources", "Minerals and gas of enemy units that were seen to die."),
    number("killed_value_structures", "resources", "Likewise of buildings."),
    number("collected_minerals", "minerals", "Brought home since the start."),
    number("collected_vespene", "gas", "Brought home since the start."),
    number("collection_rate_minerals", "minerals a minute", "As of late: a mean that forgets with 20 seconds."),
    number("collection_rate_vespene", "gas a minute", "Likewise."),
    number("spent_minerals", "minerals", "What was there or came and is not in the bank; refunds are taken back."),
    number("spent_vespene", "gas", "Likewise."),
)
"""Columns of `score_cumulative`."""

LINE_FIELDS: Final = (
    number("unit_type", "type", "As in the layer `unit_type`; 0 ends the list.", MAX_STARCRAFT2_TYPE),
    number("player_relative", "side", "1 own, 3 neutral, 4 enemy.", 4),
    number("health", "points", "Hit points."),
    number("shields", "points", "Shield points."),
    number("energy", "points", "Energy."),
    number("transport_slots_taken", "slots", "Room that it takes in a transport, 0 if none can carry it.", 8),
    number("build_progress", "percent", "100 where it is complete.", WHOLE),
)
"""Columns of a line about a unit."""

GROUP_FIELDS: Final = (
    number("leader_unit_type", "type", "That of the first member in sight; 0 for an empty group.", MAX_STARCRAFT2_TYPE),
    number("count", "units", "Members in sight.", max(MAX_SELECTED.values())),
)
"""Columns of `control_groups`."""

NUM_PLAYER: Final = len(PLAYER_FIELDS)
NUM_SCORE: Final = len(SCORE_FIELDS)


def panel_blocks(game: str) -> tuple[Block, ...]:
    """Return the declarations of all tables of a game, in PySC2's (alphabetical) order."""
    high = {"unit_type": plane_fields_of(game)[UNIT_TYPE].high, "count": MAX_SELECTED[game]}
    high["leader_unit_type"] = high["unit_type"]
    line, group = (
        tuple(dataclasses.replace(field, high=high.get(field.name, field.high)) for field in fields)
        for fields in (LINE_FIELDS, GROUP_FIELDS)
    )
    game_loop = number("game_loop", "frames", "Frame number of the game.")
    slots = number(
        "cargo_slots_available", "slots", "Room left in the selected transport; 0 without one.", CARGO_ROOM[game]
    )
    queue = "The selected building's queue; the game shows the first unit's type, those behind are shown like it."
    return (
        Block(name="build_queue", leading=(QUEUE_LINES[game],), fields=line, doc=queue),
        Block(name="cargo", leading=(CARGO_LINES,), fields=line, doc="Who is in the selected transport."),
        Block(name="cargo_slots_available", leading=(), fields=(slots,), doc="Room left in it."),
        Block(name="control_groups", leading=(NUM_GROUPS,), fields=group, doc="The control groups."),
        Block(name="game_loop", leading=(), fields=(game_loop,), doc="Time."),
        Block(name="multi_select", leading=(MAX_SELECTED[game],), fields=line, doc="The selected units, if several."),
        Block(name="player", leading=(), fields=PLAYER_FIELDS, doc="What the player has."),
        Block(name="score_cumulative", leading=(), fields=SCORE_FIELDS, doc="What it has earned."),
        Block(name="single_select", leading=(1,), fields=line, doc="The selected unit, if it is one."),
    )


@inline
def percent_done(remaining: int, whole: int) -> int:
    """Return how much of a time is over, 0 to 100."""
    return WHOLE - min(WHOLE, (WHOLE * max(0, remaining) + whole - 1) // whole) if whole > 0 else WHOLE


@inline
def write_line(unit: np.void, me: int, values: NDArray[np.void], first_type: int, line: NDArray[np.int32]) -> None:
    """Write a unit's seven numbers."""
    kind = values[unit["type"]]
    line[0] = unit["type"] + first_type
    line[1] = side_number(unit["player"], me)
    line[2] = unit["hp"]
    line[3] = unit["shield"]
    line[4] = unit["energy"]
    line[5] = kind["takes_room"]
    is_coming = unit["player"] == me and not has_flag(unit, FLAG_COMPLETED)
    line[6] = percent_done(unit["remaining_frames"], kind["build_frames"]) if is_coming else WHOLE


@inline
def write_player(
    me: int,
    book: np.void,
    row: np.void,
    frames_per_second: float,
    player: NDArray[np.int32],
    score: NDArray[np.int32],
) -> None:
    """Write `player` and `score_cumulative`."""
    used = (book["supply_used"] + 1) // 2
    workers = min(used, book["workers"] + row["workers_in_training"])  # a worker takes one supply
    player[0] = me + 1
    player[1] = book["minerals"]
    player[2] = book["gas"]
    player[3] = used
    player[4] = book["supply_total"] // 2
    player[5] = used - workers
    player[6] = workers
    player[7] = book["idle_workers"]
    player[8] = book["army"]
    player[9] = row["warp_gates"]
    player[10] = row["larvae"]
    score[0] = book["value"]
    score[1] = int(row["idle_production_frames"] / frames_per_second)
    score[2] = int(book["idle_worker_frames"] / frames_per_second)
    score[3] = row["total_value_units"]
    score[4] = row["total_value_structures"]
    score[5] = row["killed_value_units"]
    score[6] = row["killed_value_structures"]
    score[7] = book["collected_minerals"]
    score[8] = book["collected_gas"]
    score[9] = np.rint(row["rate_minerals"])
    score[10] = np.rint(row["rate_gas"])
    score[11] = max(0, row["start_minerals"] + book["collected_minerals"] - book["minerals"])
    score[12] = max(0, row["start_gas"] + book["collected_gas"] - book["gas"])


@kernel
def write_player_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    books: NDArray[np.void],
    rows: NDArray[np.void],
    frames_per_second: float,
    out_player: NDArray[np.int32],
    out_score: NDArray[np.int32],
) -> None:
    """Write `player` and `score_cumulative` of the marked rows.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        books: (rows,) LEDGER_DTYPE.
        rows: (rows,) CHRONICLE_DTYPE.
        frames_per_second: of the game.
        out_player: (rows, 11) int32, overwritten.
        out_score: (rows, 13) int32, overwritten.
    """
    for r in range(out_player.shape[0]):
        if marked[r]:
            write_player(player[r], books[r], rows[r], frames_per_second, out_player[r], out_score[r])


@inline
def write_queue(unit: np.void, values: NDArray[np.void], first_type: int, out: NDArray[np.int32]) -> None:
    """Write the queue of the selected building."""
    making = unit["build_type"]
    if making < 0:
        return
    for n in range(min(out.shape[0], unit["train_count"])):
        out[n, 0] = making + first_type
        out[n, 1] = 1
        out[n, 5] = values[making]["takes_room"]
        out[n, 6] = percent_done(unit["remaining_train_frames"], values[making]["build_frames"]) if n == 0 else 0


@inline
def write_cargo(
    carrier: np.void,
    me: int,
    values: NDArray[np.void],
    first_type: int,
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: int,
    cargo: NDArray[np.int32],
) -> int:
    """Write who is in the selected transport; return how much room is left."""
    room = values[carrier["type"]]["has_room"]
    n = 0
    for m in range(count):
        if notes[m]["container"] == carrier["id"] and known[m]["player"] == me and n < cargo.shape[0]:
            write_line(known[m], me, values, first_type, cargo[n])
            room -= values[known[m]["type"]]["takes_room"]
            n += 1
    return int(max(0, room))


@inline
def write_groups(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    first_type: int,
    groups: NDArray[np.int64],
    out: NDArray[np.int32],
) -> None:
    """Write each control group's leader and size."""
    for g in range(groups.shape[0]):
        leader = 0
        members = 0
        for s in range(groups.shape[1]):
            if groups[g, s] < 0:
                continue
            k = index_of(units, num_units, groups[g, s])
            if k >= 0 and units[k]["player"] == me:
                members += 1
                leader = units[k]["type"] + first_type if leader == 0 else leader
        out[g, 0] = leader
        out[g, 1] = members


@kernel
def write_panel_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    frame: NDArray[np.int32],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    selected: NDArray[np.bool_],
    groups: NDArray[np.int64],
    values: NDArray[np.void],
    first_type: int,
    known: NDArray[np.void],
    notes: NDArray[np.void],
    count: NDArray[np.int32],
    queue: NDArray[np.int32],
    cargo: NDArray[np.int32],
    slots: NDArray[np.int32],
    control_groups: NDArray[np.int32],
    game_loop: NDArray[np.int32],
    multi: NDArray[np.int32],
    single: NDArray[np.int32],
) -> None:
    """Write the tables about what is selected, the control groups and the time of the marked rows.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        frame: (rows,) int32.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        selected: (rows, capacity) bool.
        groups: (rows, NUM_GROUPS, most that can be selected) int64.
        values: (types,) VALUE_DTYPE.
        first_type: of `PictureRules`.
        known: (rows, MAX_KNOWN) UNIT_DTYPE, of `Chronicle`.
        notes: (rows, MAX_KNOWN) NOTE_DTYPE, likewise.
        count: (rows,) int32, likewise.
        queue: (rows, units of a queue, 7) int32, overwritten, as all that follow.
        cargo: (rows, CARGO_LINES, 7) int32.
        slots: (rows, 1) int32.
        control_groups: (rows, NUM_GROUPS, 2) int32.
        game_loop: (rows, 1) int32.
        multi: (rows, most that can be selected, 7) int32.
        single: (rows, 1, 7) int32.
    """
    for r in range(queue.shape[0]):
        if not marked[r]:
            continue
        me = player[r]
        game_loop[r, 0] = frame[r]
        queue[r] = 0
        cargo[r] = 0
        slots[r, 0] = 0
        multi[r] = 0
        single[r] = 0
        chosen = 0
        last = -1
        for k in range(num_units[r]):
            if selected[r, k]:
                chosen += 1
                last = k
        if chosen == 1:
            unit = units[r, last]
            write_line(unit, me, values, first_type, single[r, 0])
            if unit["player"] == me:
                if values[unit["type"]]["is_building"]:
                    write_queue(unit, values, first_type, queue[r])
                if values[unit["type"]]["has_room"] > 0:
                    slots[r, 0] = write_cargo(unit, me, values, first_type, known[r], notes[r], count[r], cargo[r])
        elif chosen > 1:
            n = 0
            for k in range(num_units[r]):
                if selected[r, k] and n < multi.shape[1]:
                    write_line(units[r, k], me, values, first_type, multi[r, n])
                    n += 1
        write_groups(units[r], num_units[r], me, first_type, groups[r], control_groups[r])
