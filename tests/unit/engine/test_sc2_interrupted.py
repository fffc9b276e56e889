"""StarCraft II: work and orders that something else cuts short, and what players are told of it."""

import pytest

from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

ATTACK, MOVE, GATHER, LOAD, UNLOAD_ALL = 23, 16, 3666, 3668, 3664
BUILD_DEPOT, TRAIN_SCV, TRAIN_MARINE, LIFT_BARRACKS, TO_ORBITAL, RECALL = 319, 524, 560, 452, 1516, 3757


def test_scv_that_is_picked_up_leaves_what_it_builds():
    scene = Scene.with_halls()
    scv = scene.put("SCV", 30, 30)
    medivac = scene.put("Medivac", 30, 34)
    assert scene.order(scv, BUILD_DEPOT, at=(32, 30)) == 1
    scene.until(lambda: scene.ids(0, "SupplyDepot"))
    (depot,) = scene.ids(0, "SupplyDepot")
    scene.order(medivac, LOAD, scv)
    scene.until(lambda: scene.get(scv) is None)
    left = int(scene.get(depot)["build_loops"])
    scene.step(20)
    assert scene.order(medivac, UNLOAD_ALL) == 1
    scene.step(20)

    assert scene.get(depot)["build_loops"] == left
    assert scene.order(scv, MOVE, at=(40, 40)) == 1


def test_order_to_attack_ends_where_the_target_has_taken_off():
    scene = Scene.with_halls()
    barracks = scene.put("Barracks", 30.5, 30.5)
    zergling = scene.put("Zergling", 35, 30, player=1)
    scene.order(zergling, ATTACK, barracks)
    scene.step(30)
    assert scene.get(zergling)["num_orders"] == 1
    scene.order(barracks, LIFT_BARRACKS)
    scene.until(lambda: scene.name(barracks) == "BarracksFlying")
    scene.step(2)
    life = int(scene.get(barracks)["hp"])
    scene.step(60)

    assert scene.get(zergling)["num_orders"] == 0
    assert scene.get(barracks)["hp"] >= life


def test_recalled_probe_leaves_its_field_to_others():
    scene = Scene.with_halls(("protoss", "terran"))
    (nexus,) = scene.ids(0, "Nexus")
    field = scene.neutral("MineralField", 40, 40)
    probe, other = scene.put("Probe", 38, 40), scene.put("Probe", 38, 43)
    scene.set(nexus, energy=200 * ONE)
    scene.order(probe, GATHER, field)
    scene.until(lambda: scene.get(probe)["digs_at"] == field)
    assert scene.order(nexus, RECALL, at=(39, 40)) == 1
    scene.until(lambda: scene.place(probe)[0] < 20)
    scene.order(other, GATHER, field)
    scene.set(other, x=38 * ONE, y=40 * ONE)
    scene.step(30)

    assert scene.get(probe)["digs_at"] == -1
    assert scene.get(other)["digs_at"] == field


def test_command_center_with_passengers_stays_what_it_is():
    scene = Scene.with_halls()
    scene.put("Barracks", 30.5, 30.5)
    (hall,) = scene.ids(0, "CommandCenter")
    scv = scene.put("SCV", 12, 9)
    scene.order(hall, LOAD, scv)
    scene.until(lambda: scene.get(hall)["num_passengers"] == 1)

    assert scene.order(hall, TO_ORBITAL) != 1
    scene.order(hall, UNLOAD_ALL)
    assert scene.order(hall, TO_ORBITAL) == 1


def test_supply_that_players_are_told_counts_passengers_and_what_is_in_production():
    scene = Scene.with_halls()
    (hall,) = scene.ids(0, "CommandCenter")
    marine, medivac = scene.put("Marine", 30, 30), scene.put("Medivac", 30, 31)
    before = scene.frame(0)
    scene.order(medivac, LOAD, marine)
    scene.order(hall, TRAIN_SCV)
    scene.order(hall, TRAIN_SCV)
    scene.until(lambda: scene.get(marine) is None)
    after = scene.frame(0)

    assert before.supply_used[0] == 2 * (1 + 2)
    assert after.supply_used[0] == 2 * (1 + 2 + 1)  # the second SCV has not begun
    assert after.supply_total[0] == 2 * 15


def test_supply_that_players_are_told_ends_at_200():
    scene = Scene.with_halls()
    for k in range(25):
        scene.put("SupplyDepot", 2 + 2 * k, 40)

    assert scene.frame(0).supply_total[0] == 400


def test_deaths_out_of_sight_are_not_told():
    scene = Scene()
    near, far = scene.put("Marine", 10, 10, player=1), scene.put("Marine", 40, 40, player=1)
    own = scene.put("Zealot", 8, 10)
    scene.step(4)
    scene.games.kill_units(0, [near, far, own])
    scene.step()
    frame, theirs = scene.frame(0), scene.frame(1)

    assert set(frame.deaths[0, : frame.num_deaths[0]].tolist()) == {near, own}
    assert set(theirs.deaths[0, : theirs.num_deaths[0]].tolist()) == {near, far, own}


def test_larvae_attack_nobody():
    scene = Scene()
    larva = scene.put("Larva", 10, 10)

    assert scene.order(larva, ATTACK, at=(40, 40)) == 38  # UnitCantMove


def test_structure_put_on_another_one_stands_beside_it():
    scene = Scene()
    one, other = scene.put("SupplyDepot", 20, 20), scene.put("SupplyDepot", 20, 20)
    apart = max(abs(a - b) for a, b in zip(scene.place(one), scene.place(other), strict=True))

    assert apart >= 2
    scene.games.kill_units(0, [other])
    scene.step()
    assert scene.games.blocked[0][19:21, 19:21].all()
