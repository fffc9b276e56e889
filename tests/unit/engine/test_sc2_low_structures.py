"""Structures that bar no cell (lowered depots, tumors, traps) keep their place all the same."""

import numpy as np
import pytest

from engine.starcraft2.state import GRID_CREEP
from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

RAISE, LOWER, TURRET, LAND, TUMOR = 558, 556, 1764, 419, 1694


@pytest.fixture
def scene():
    scene = Scene(fog=False)
    scene.bank(5000, 5000)
    return scene


def overlaps(scene, one, other, sizes):
    """Say whether the footprints of two structures overlap; sizes in cells."""
    (ax, ay), (bx, by) = scene.place(one), scene.place(other)
    return max(abs(ax - bx), abs(ay - by)) < sum(sizes) / 2


def test_what_is_put_on_a_lowered_depot_stands_beside_it(scene):
    depot = scene.put("SupplyDepotLowered", 20, 20)
    other = scene.put("Barracks", 20.5, 20.5)
    assert not overlaps(scene, depot, other, (2, 3))
    before = scene.games.blocked[0].copy()

    assert scene.order(depot, RAISE) == 1
    scene.step(40)
    assert scene.name(depot) == "SupplyDepot"
    assert scene.order(depot, LOWER) == 1
    scene.step(40)

    assert np.array_equal(scene.games.blocked[0], before)


def test_a_lowered_depot_is_put_beside_what_stands_there(scene):
    barracks = scene.put("Barracks", 20.5, 20.5)

    assert not overlaps(scene, scene.put("SupplyDepotLowered", 20, 20), barracks, (2, 3))


def test_no_turret_stands_on_a_lowered_depot(scene):
    scene.put("SupplyDepotLowered", 20, 20)
    raven = scene.put("Raven", 21, 20)
    scene.set(raven, energy=100 * ONE)

    scene.order(raven, TURRET, at=(20, 20))
    scene.step(40)

    assert scene.ids(0, "AutoTurret") == []
    assert scene.get(raven)["energy"] >= 100 * ONE, "it cost nothing"
    scene.order(raven, TURRET, at=(24, 20))
    scene.step(40)
    assert len(scene.ids(0, "AutoTurret")) == 1


def test_no_tumor_grows_on_a_lowered_depot(scene):
    scene.games.grids[0, GRID_CREEP] = 1
    scene.put("SupplyDepotLowered", 20, 20)
    queen = scene.put("Queen", 23, 20)
    scene.set(queen, energy=60 * ONE)

    scene.order(queen, TUMOR, at=(20, 20))
    scene.step(100)

    assert scene.ids(0, "CreepTumorQueen") == []


def test_who_lands_on_a_depot_that_was_lowered_meanwhile_stays_in_the_air(scene):
    hall = scene.put("CommandCenterFlying", 20.5, 20.5)
    assert scene.order(hall, LAND, at=(20.5, 20.5)) == 1
    scene.step(10)
    assert scene.get(hall)["num_in_queue"] == 1, "it is on its way down"

    depot = scene.put("SupplyDepotLowered", 20, 20)
    assert scene.place(depot) == (20, 20)
    scene.step(100)

    assert scene.name(hall) == "CommandCenterFlying"


def test_a_hallucination_takes_nobody_in(scene):
    prism, probe = scene.put("WarpPrism", 20, 20), scene.put("Probe", 22, 20)
    scene.set(prism, is_hallucination=1)

    assert scene.order(prism, 3668, probe) == 2
    assert scene.order(probe, 1, prism) == 1, "it follows"
    scene.step(60)
    assert scene.get(probe) is not None
