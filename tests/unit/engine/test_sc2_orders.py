"""What a queued order does to those before it."""

import dataclasses

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.core.frame import NO_UNIT
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.tables import ONE

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

MOVE, STOP = 16, 4


@pytest.mark.parametrize(("is_queued", "orders_left"), [(True, 1), (False, 0)])
def test_queued_stop_lets_what_was_told_before_be_done(is_queued: bool, orders_left: int) -> None:
    games = StarCraft2Games(dataclasses.replace(load_scenario("3m"), units=(), triggers=(), passive_players=()), 1)
    games.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
    marine = games.create_unit(0, "Marine", 0, 512, 512)
    assert games.order(0, marine, MOVE, NO_UNIT, 20 * ONE, 16 * ONE) == 1

    assert games.order(0, marine, STOP, queued=is_queued) == 1

    assert games.units["num_orders"][0, games.slot_of(0, marine)] == orders_left
