"""What a player cannot see is not in its Frames, however it changes: melee games with fog of scripted players."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.random_play import play
from benchmarks.sight import leaked
from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from engine.broodwar.melee_players import MeleeMatch
from engine.broodwar.melee_players.plans import STRENGTHS
from engine.broodwar.state import ORDER_DIE, SLOT_ALIVE, SLOTS_PER_GENERATION
from engine.core.frame import Frame

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first game compiles the kernels

RACES = ("terran", "protoss", "zerg")
CHANGED = ("hp_256", "shield_256", "energy_256", "heading", "train_count", "ground_cooldown", "main_timer", "resources")
"""Fields of units that Frames show of what is seen, or that come from what a player does."""

games_of_scripts = st.fixed_dictionaries(
    {
        "races": st.tuples(st.sampled_from(RACES), st.sampled_from(RACES)),
        "names": st.tuples(st.sampled_from(STRENGTHS), st.sampled_from(STRENGTHS)),
        "seed": st.integers(0, 1000),
        "frames": st.integers(0, 9000),
    }
)


def begun(races: tuple[str, str], names: tuple[str, str], seed: int, frames: int) -> MeleeMatch:
    scenario = load_scenario(melee_name("crossing_small", ":".join(races)))
    match = MeleeMatch(scenario, names, seed, max_frames=frames + 1)
    while match.frame < frames and match.play_on():
        pass
    return match


def bytes_of(match: MeleeMatch, player: int) -> list[bytes]:
    """Return all that a fresh Frame of a player says."""
    frame = Frame.allocate(1, match.games.unit_capacity, match.games.scenario.map, layers=True)
    match.games.observe(frame, np.zeros(1, np.int32), np.array([player], np.int8))
    count = int(frame.num_units[0])
    parts = [frame.units[0, :count].tobytes(), frame.deaths[0, : frame.num_deaths[0]].tobytes()]
    names = ("num_units", "minerals", "gas", "supply_used", "supply_total", "outcome", "seen", "creep")
    return parts + [getattr(frame, name).tobytes() for name in names]


def shown_slots(match: MeleeMatch, player: int) -> set[int]:
    frame = match.frames[player]
    return {int(unit["id"]) % SLOTS_PER_GENERATION for unit in frame.units[0, : frame.num_units[0]]}


def test_a_death_is_told_to_those_alone_whom_the_unit_was_shown():
    match = begun(("terran", "zerg"), ("weak", "weak"), 3, 480)
    units = match.games.units[0]
    victims = []
    for player in (0, 1):
        own = (units["slot_state"] == SLOT_ALIVE) & (units["player"] == player) & (units["is_complete"] == 1)
        slot = next(i for i in np.flatnonzero(own).tolist() if i not in shown_slots(match, 1 - player))
        victims.append(slot + SLOTS_PER_GENERATION * int(units["generation"][slot]))
        units["order"][slot] = ORDER_DIE

    match.play_on()

    for player in (0, 1):
        frame = match.frames[player]
        assert frame.deaths[0, : frame.num_deaths[0]].tolist() == [victims[player]]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=games_of_scripts, change=st.integers(1, 200))
def test_changing_what_is_hidden_changes_no_byte_of_a_frame(case, change):
    match = begun(**case)
    for player in (0, 1):
        match.games.observe(match.frames[player], np.zeros(1, np.int32), np.array([player], np.int8))
        before = bytes_of(match, player)
        units = match.games.units[0]
        shown = shown_slots(match, player)
        hidden = [
            slot
            for slot in np.flatnonzero((units["slot_state"] == SLOT_ALIVE) & (units["player"] == 1 - player)).tolist()
            if slot not in shown
        ]
        kept, heads = units.copy(), match.games.games.copy()
        for slot in hidden:
            for name in CHANGED:
                units[name][slot] = units[name][slot] + change
        for name in ("minerals", "gas"):
            match.games.games[name][0, 1 - player] += change
        match.games.games["upgrades"][0, 1 - player] ^= 1

        after = bytes_of(match, player)

        units[:], match.games.games[:] = kept, heads
        assert after == before


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=games_of_scripts)
def test_what_is_shown_of_others_is_in_somebodys_sight(case):
    match = begun(**case)

    for player in (0, 1):
        match.games.observe(match.frames[player], np.zeros(1, np.int32), np.array([player], np.int8))
        assert leaked(match.games, 0, match.frames[player], 0) == []


def test_a_unit_that_is_shown_out_of_range_is_noticed():
    match = begun(("terran", "zerg"), ("standard", "standard"), 3, 2400)
    frame, count = match.frames[0], int(match.frames[0].num_units[0])
    other = match.frames[1].units[0, : match.frames[1].num_units[0]]
    frame.units[0, count] = other[other["player"] == 1][0]
    frame.num_units[0] = count + 1

    leaks = leaked(match.games, 0, frame, 0)

    assert len(leaks) >= 1
    assert "out of range" in leaks[0]


@pytest.mark.parametrize("seed", [1, 3])
def test_random_play_on_generated_maps_with_fog_leaks_nothing_and_repeats_to_the_byte(seed):
    batch = play(6, seed, again=True)

    assert batch.is_melee
    assert not batch.games.scenario.full_vision
    assert not batch.games.scenario.map.walkable.all()
