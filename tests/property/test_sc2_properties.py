"""StarCraft II's engine under commands at random: what must hold in every loop of every game."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame, UnitCommandType
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import SLOT_ALIVE
from engine.starcraft2.tables import KINDS, ONE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first game compiles the kernels

TYPES = [int(each) for each in UnitCommandType]


def command_at_random(frame, commands, generator):
    """Tell some units of both sides anything, to and about anybody, on the map and off it."""
    for row in range(len(frame.player)):
        ids = frame.units["id"][row, : frame.num_units[row]]
        for _ in range(min(6, len(ids))):
            item = commands.items[row, commands.count[row]]
            item["unit_id"] = generator.choice(ids) if generator.random() < 0.9 else generator.integers(-5, 9000)
            item["type"] = generator.choice(TYPES)
            item["target_id"] = generator.choice(ids) if generator.random() < 0.6 else -1
            item["x"], item["y"] = generator.integers(-50, 1100, 2)
            item["extra"] = generator.choice([386, 16, 23, 3666, 0, 9999])
            commands.count[row] += 1


def check(games):
    """Say what is wrong with a game."""
    head = games.games[0]
    slots = games.index[0][: head["num_units"]]
    assert len(set(slots.tolist())) == len(slots)
    units = games.units[0]
    assert set(np.flatnonzero(units["slot_state"] == SLOT_ALIVE).tolist()) == set(slots.tolist())
    for i in slots.tolist():
        unit, kind = units[i], KINDS[units[i]["kind"]]
        assert 0 < unit["hp"] <= kind["max_hp"]
        assert 0 <= unit["shield"] <= kind["max_shield"]
        assert 0 <= unit["energy"] <= kind["max_energy"]
        assert 0 <= unit["x"] <= 32 * ONE
        assert 0 <= unit["y"] <= 32 * ONE
        assert 0 <= unit["num_orders"] <= 8
        if not kind["is_flyer"] and not kind["walks_over_cliffs"]:
            assert games.ground[unit["y"] // ONE, unit["x"] // ONE] & 1, "a unit stands in a wall"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["3m", "MMM", "2s3z", "1c3s5z", "corridor", "bane_vs_bane", "2s_vs_1sc", "2c_vs_64zg"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_games_stay_sound_and_repeat_under_any_commands(name, seed):
    scenario = load_scenario(name)
    digests = []
    for _ in range(2):
        games = StarCraft2Games(scenario, 1)
        games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        generator = np.random.default_rng(seed)
        rows, players = np.zeros(2, np.int32), np.arange(2, dtype=np.int8)
        frame = Frame.allocate(2, games.unit_capacity, scenario.map)
        commands = Commands.allocate(2, games.unit_capacity)
        for _ in range(30):
            games.observe(frame, rows, players)
            commands.clear()
            command_at_random(frame, commands, generator)
            games.step(commands, rows, players, 5)
            check(games)
        digests.append(games.digest(0))

    assert digests[0] == digests[1]
