"""StarCraft II's passengers, bunkers, repair and upgrades."""

import pytest

from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

SMART, LOAD, LOAD_ALL, UNLOAD_ALL, UNLOAD_AT, REPAIR = 1, 3668, 416, 408, 396, 316


def test_bunker_takes_four_marines_who_shoot_a_cell_farther_and_come_out_when_it_falls():
    scene = Scene.with_halls()
    bunker = scene.put("Bunker", 30.5, 30.5)
    marines = [scene.put("Marine", 27, 28 + k) for k in range(5)]
    assert [scene.order(marine, SMART, bunker) for marine in marines[:4]] == [1] * 4
    scene.until(lambda: scene.games.units["num_passengers"][0].max() == 4)
    scene.step()
    assert scene.order(marines[4], SMART, bunker) == 1  # a walk: there is no room
    assert scene.order(bunker, LOAD, marines[4]) == 67
    assert scene.order(bunker, LOAD, scene.put("SiegeTank", 25, 25)) == 73
    assert [scene.get(marine) for marine in marines[:4]] == [None] * 4
    radius = int(scene.kind(bunker)["radius"]) / ONE
    far = scene.put("SupplyDepot", 30.5 + radius + 1.125 + 5.9, 30.5, player=1)
    scene.step(20)

    hurt = scene.get(far)["hp"]

    assert hurt < 400 * ONE
    assert scene.head["num_units"] == 6
    scene.games.kill_units(0, [bunker])
    scene.step(2)
    assert len(scene.ids(0, "Marine")) == 5
    assert all(scene.get(marine) is not None for marine in marines)


def test_passengers_of_a_medivac_come_out_one_by_one_and_die_with_it():
    scene = Scene.with_halls()
    medivac = scene.put("Medivac", 30, 30)
    marines = [scene.put("Marine", 31, 30 + k / 2) for k in range(4)]
    for marine in marines:
        assert scene.order(medivac, 394, marine, queued=True) == 1
    scene.until(lambda: scene.get(medivac)["num_passengers"] == 4)
    assert scene.order(medivac, UNLOAD_AT, at=(40, 40)) == 1
    scene.until(lambda: scene.get(medivac)["num_passengers"] == 2)
    assert len(scene.ids(0, "Marine")) == 2
    assert scene.place(scene.ids(0, "Marine")[0]) == pytest.approx((40, 40), abs=1)

    scene.games.kill_units(0, [medivac])
    scene.step(2)

    assert len(scene.ids(0, "Marine")) == 2
    assert scene.games.games["lost_minerals"][0, 0] == 100 + 2 * 50 + 12 * 50


def test_command_center_calls_scvs_in_and_lets_them_out():
    scene = Scene.with_halls()
    hall = scene.ids(0, "CommandCenter")[0]
    for k in range(7):
        scene.put("SCV", 14, 6 + k)
    assert scene.order(hall, LOAD_ALL) == 1
    scene.until(lambda: scene.get(hall)["num_passengers"] == 5)
    scene.step(2)

    assert len(scene.ids(0, "SCV")) == 2
    assert scene.order(hall, 413) == 1
    assert len(scene.ids(0, "SCV")) == 7
    assert scene.order(hall, 413) == 74


def test_repair_takes_building_time_and_a_quarter_of_the_price():
    scene = Scene.with_halls(bank=100)
    depot = scene.put("SupplyDepot", 30, 30)
    scv = scene.put("SCV", 28.5, 30)
    assert scene.order(scv, REPAIR, depot) == 91
    scene.set(depot, hp=200 * ONE)
    assert scene.order(scv, REPAIR, depot) == 1
    scene.step(5)
    begun = (400 * ONE - scene.get(depot)["hp"]) / ONE

    loops = scene.until(lambda: scene.get(depot)["hp"] == 400 * ONE)

    assert loops == pytest.approx(480 * begun / 400, rel=0.02)
    assert 100 - scene.minerals == pytest.approx(12.5, abs=1)


def test_weapons_and_armor_levels_are_researched_in_turn_and_count():
    scene = Scene.with_halls()
    bay = scene.put("EngineeringBay", 30.5, 30.5)
    assert scene.order(bay, 653) == 79
    assert scene.order(bay, 3698) == 1  # by its general ability
    assert scene.order(bay, 652) == 79  # it is under way
    scene.step(2560)
    assert scene.games.games["levels"][0, 0].sum() == 1
    assert scene.order(bay, 3698) == 79  # the second level needs an armory
    scene.put("Armory", 36.5, 30.5)
    assert scene.order(bay, 3698) == 1
    marine = scene.put("Marine", 30, 40)
    depot = scene.put("SupplyDepot", 30, 44, player=1)

    scene.order(marine, 23, depot)
    scene.until(lambda: scene.get(depot)["hp"] < 400 * ONE)

    assert 400 - scene.get(depot)["hp"] / ONE == 6  # 6 + 1 less an armor of 1
