"""Recorded games, played again: single units to the pixel, groups within two pixels, fights and maps as far as exact.

The reduced recordings of `tests/data/oracle/traces` run on every clone; the others where the facts folder is there.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle import traces
from benchmarks.oracle.deviations import TRACES_NOT_HELD
from benchmarks.oracle.replay import compare, replay_fight, replay_group, replay_map, replay_move, shifted_distance

MOVES = (
    "Terran_Marine", "Protoss_Zealot", "Protoss_Dragoon", "Zerg_Zergling", "Terran_Vulture", "Terran_Wraith",
    "Terran_SCV", "Protoss_Probe", "Zerg_Drone", "Zerg_Hydralisk", "Terran_Goliath", "Terran_Siege_Tank_Tank_Mode",
    "Zerg_Mutalisk", "Zerg_Overlord", "Zerg_Scourge", "Protoss_Shuttle", "Protoss_Corsair", "Protoss_Reaver",
    "Protoss_High_Templar", "Terran_Battlecruiser",
)  # fmt: skip
EXACT_GROUPS = ("Protoss_Dragoon_9", "Zerg_Zergling_12", "Zerg_Mutalisk_11")
GROUPS = ("Terran_Marine_12", "Zerg_Zergling_12", "Protoss_Dragoon_9", "Terran_Vulture_8")
MAPS = ("m5v5_c_far", "dragoons_zealots")
SECOND_CLICK = 250
DUELS = (
    "1_marine_vs_1_zergling",
    "1_zealot_vs_1_zealot",
    "1_dragoon_vs_1_zealot",
    "1_vulture_vs_1_zealot",
)
FIGHTS = (
    *DUELS,
    "1_wraith_vs_1_wraith",
    "5_marine_vs_5_marine",
    "3_zealot_2_dragoon_vs_same",
    "6_marine_vs_12_zergling",
    "10_marine_vs_13_zergling",
    "15_wraith_vs_17_wraith",
)

OTHERS = ("1_goliath_vs_1_dragoon", "1_tank_vs_1_dragoon", "1_mutalisk_vs_2_marine", "2_hydralisk_vs_1_zealot")
WRAITHS = ("1_wraith_vs_1_wraith", "15_wraith_vs_17_wraith")
EXACT = (*DUELS, *OTHERS, *WRAITHS, "5_marine_vs_5_marine", "3_zealot_2_dragoon_vs_same", "10_marine_vs_13_zergling")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def marked(name: str):
    reason = TRACES_NOT_HELD.get(name)
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(name, marks=marks, id=name)


def recording(name: str) -> traces.Trace:
    if traces.facts_folder() is None and name not in traces.small_traces():
        pytest.skip(f"the facts folder with {name} is absent ({traces.FACTS_VARIABLE} names it)")
    return traces.load(name)


@pytest.mark.parametrize("name", [marked(f"move_{unit}") for unit in MOVES])
def test_a_single_unit_moves_as_recorded(name):
    trace = recording(name)

    distance = compare(name, replay_move(trace), trace.table())

    assert distance.same >= 0.99, distance


@pytest.mark.parametrize("name", [marked(f"group_move_{group}") for group in GROUPS])
def test_a_group_moves_as_recorded(name):
    """Up to the second click: where that sends each unit depends on who was in whose way."""
    trace = recording(name)

    distances = shifted_distance(replay_group(trace, SECOND_CLICK), trace.table()[:SECOND_CLICK])

    assert np.median(distances) <= 2.0, distances


@pytest.mark.parametrize("name", [f"group_move_{group}" for group in EXACT_GROUPS])
def test_a_group_goes_every_recorded_way_to_its_end(name):
    trace = recording(name)
    theirs = trace.table()

    distance = compare(name, replay_group(trace, len(theirs)), theirs)

    assert distance.first_difference == -1, distance


@pytest.mark.parametrize("name", [marked(f"fight_{sides}_seed{seed}") for sides in FIGHTS for seed in (1, 2)])
def test_a_fight_opens_as_recorded(name):
    """Until the first damage nothing but ways and clocks counts: the sides meet at the same place and time."""
    trace = recording(name)
    theirs = trace.table()
    full = theirs[0, :, 2:].sum(axis=1)
    hurt = (theirs[:, :, 2:].sum(axis=2) < full).any(axis=1)
    until = int(np.argmax(hurt))
    assert until > 20, "the recording ends before the sides meet"

    distance = compare(name, replay_fight(trace)[:until], theirs[:until])

    assert distance.median_px <= 2.0, distance
    assert distance.worst_px <= 24.0, distance


@pytest.mark.parametrize("name", [f"fight_{sides}_seed{seed}" for sides in EXACT for seed in (1, 2)])
def test_a_fight_is_the_recorded_one_to_its_end(name):
    """From the recorded random state on every position and every point of damage is the recording's."""
    trace = recording(name)

    distance = compare(name, replay_fight(trace), trace.table())

    assert distance.first_difference == -1, distance


@pytest.mark.parametrize("name", [marked(f"{game_map}_seed{seed}") for game_map in MAPS for seed in (1, 2, 3)])
def test_a_micro_map_puts_its_armies_where_recorded(name):
    trace = recording(name)
    theirs = np.stack([trace.first(column) for column in ("type", "owner", "x", "y")], axis=1)

    ours, counts = replay_map(trace, 1)

    assert sorted(map(tuple, ours[:, :4].tolist())) == sorted(map(tuple, theirs.tolist()))
    assert counts[0] == len(theirs)
    assert trace.first_frame == 2


def test_the_reduced_recordings_are_those_of_the_facts():
    folder = traces.facts_folder()
    if folder is None:
        pytest.skip(f"no facts folder ({traces.FACTS_VARIABLE} names it)")
    for name in traces.small_traces():
        small, full = traces.load_small(name), traces.load(name)
        np.testing.assert_array_equal(small.rows, full.rows[: len(small.rows)])
        np.testing.assert_array_equal(small.start, full.start)
        assert (small.kind, small.seed, small.map) == (full.kind, full.seed, full.map)
