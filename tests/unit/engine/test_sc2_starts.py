"""Starts of battles that are taken from the first one equal starts from nothing."""

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.core.frame import Commands
from engine.starcraft2.games import StarCraft2Games

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

NOBODY = np.zeros(0, np.int32)


def play(games, loops):
    games.step(Commands.allocate(0, 1), NOBODY, NOBODY.astype(np.int8), loops)


@pytest.mark.parametrize("name", ["3m", "MMM2", "corridor"])
def test_a_later_start_is_the_first_one_with_another_random_stream(name):
    scenario = load_scenario(name)
    games = StarCraft2Games(scenario, 2)
    games.start(np.ones(2, np.bool_), np.array([1, 2], np.uint64))
    play(games, 100)
    games.start(np.array([False, True]), np.array([0, 2**40 + 77], np.uint64))

    fresh = StarCraft2Games(scenario, 2)
    fresh.start(np.array([False, True]), np.array([0, 2**40 + 77], np.uint64))

    assert games.snapshot(1) == fresh.snapshot(1)
    play(games, 100)
    play(fresh, 100)
    assert games.digest(1) == fresh.digest(1)
    assert games.digest(1) != games.digest(0)
