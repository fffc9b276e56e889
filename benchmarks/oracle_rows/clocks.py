"""Clocks, random numbers, geometry: O001 to O006."""

from __future__ import annotations

import numpy as np

from benchmarks.oracle.play import Field
from benchmarks.oracle_rows.result import Result, Row, exact
from bridge.rules_view import FRAME_MS
from engine.broodwar.targeting import box_distance
from engine.core.fixed import length, next_state, output_of


def frame_length(row: Row) -> Result:
    """A frame lasts 42 ms at the speed that people play."""
    return exact(row, f"{FRAME_MS} ms ({1000 / FRAME_MS:.2f} frames/s)", row["expected"])


def status_clock(row: Row) -> Result:
    """A status timer (stim) ticks once every 8 frames."""
    field = Field()
    ids = field.place("Terran_Marine", 0, 500, 500)
    slot = ids[0]
    field.games.units["stim_timer"][0, slot] = 30
    ticks = []
    before = 30
    for frame in range(100):
        field.advance(1)
        now = int(field.games.units["stim_timer"][0, slot])
        if now != before:
            ticks.append(frame)
        before = now
    return exact(row, sorted(set(np.diff(ticks).tolist())), [int(row["expected"])])


def order_clock(row: Row) -> Result:
    """An idle unit's order runs every 9 frames, between two resets of all clocks."""
    field = Field()
    ids = field.place("Terran_Marine", 0, 500, 500)
    field.advance(20)
    runs = []
    for frame in range(120):
        field.advance(1)
        if field.values(ids, "order_timer")[0] == 8:
            runs.append(frame)
    return exact(row, sorted(set(np.diff(runs).tolist())), [int(row["expected"])])


def random_numbers(row: Row) -> Result:
    """The random stream is the game's."""
    state = 42
    found = []
    for _ in range(5):
        state = int(next_state(state))
        found.append(int(output_of(state)))
    return exact(row, found)


def lengths(row: Row) -> Result:
    """Lengths are the game's integer ones."""
    points = [(100, 0), (100, 24), (100, 50), (100, 100), (64, 64), (320, 240)]
    return exact(row, [int(length(x, y)) for x, y in points])


def edge_distance(row: Row) -> Result:
    """Ranges count from box to box."""
    field = Field()
    field.place("Terran_Marine", 0, 500, 600)
    field.place("Zerg_Zergling", 1, 600, 600)
    distance = int(box_distance(field.games.units[0], 0, 1))
    return exact(row, distance, 83)
