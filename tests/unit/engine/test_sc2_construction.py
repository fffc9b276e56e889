"""StarCraft II's workers build: places, prices, who stays, what is halted, cancelled, destroyed, lifted."""

import pytest

from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

DEPOT, BARRACKS, REFINERY, CENTER, FACTORY = 319, 321, 320, 318, 328
CANCEL, HALT, SMART, MOVE, STOP = 3659, 3660, 1, 16, 3665
TECH_LAB, REACTOR, LIFT, LAND, MARINE, MARAUDER = 421, 422, 452, 554, 560, 563


def test_depot_takes_its_price_when_ordered_grows_and_gives_supply_at_the_end():
    scene = Scene.with_halls(bank=150)
    scv = scene.put("SCV", 30, 30)
    assert scene.order(scv, DEPOT, at=(34.3, 30.2)) == 1
    assert scene.minerals == 50
    scene.until(lambda: scene.ids(0, "SupplyDepot"))
    depot = scene.ids(0, "SupplyDepot")[0]

    begun = scene.get(depot)["hp"] / ONE

    assert scene.minerals == 50
    assert scene.place(depot) == (34, 30)
    assert begun == pytest.approx(40, abs=1)
    loops = scene.until(lambda: scene.get(depot)["is_complete"])
    assert loops == pytest.approx(480, abs=1)
    assert scene.get(depot)["hp"] == 400 * ONE
    scene.step(40)
    x, y = scene.place(scv)
    assert not scene.games.blocked[0][int(y), int(x)]


def test_places_are_refused_in_the_interfaces_words():
    scene = Scene.with_halls()
    scv = scene.put("SCV", 30, 30)
    scene.neutral("MineralField", 40, 30.5)
    geyser = scene.neutral("VespeneGeyser", 30.5, 40.5)
    scene.put("Marine", 20, 20, player=1)

    assert scene.order(scv, BARRACKS, at=(30, 33)) == 40  # no supply depot
    assert scene.order(scv, DEPOT, at=(63.9, 63.9)) == 44
    assert scene.order(scv, DEPOT, at=(8.5, 8.5)) == 44  # on the command center
    assert scene.order(scv, DEPOT, at=(20, 20)) == 44  # an enemy stands there
    assert scene.order(scv, CENTER, at=(35.5, 30.5)) == 47
    assert scene.order(scv, CENTER, at=(33.5, 30.5)) == 1  # 6.5 cells off
    assert scene.order(scv, REFINERY, at=(20, 30)) == 89
    assert scene.order(scv, REFINERY, geyser) == 1
    scene.bank(40, 0)
    assert scene.order(scv, DEPOT, at=(30, 33)) == 9


def test_scv_that_is_halted_leaves_its_work_to_another_one():
    scene = Scene.with_halls()
    scv, other = scene.put("SCV", 30, 30), scene.put("SCV", 36, 30)
    scene.order(scv, DEPOT, at=(33, 30))
    scene.until(lambda: scene.ids(0, "SupplyDepot"))
    depot = scene.ids(0, "SupplyDepot")[0]
    scene.step(100)
    assert scene.order(scv, MOVE, at=(20, 20)) == 4
    assert scene.order(scv, HALT) == 1
    left = int(scene.get(depot)["build_loops"])
    scene.step(50)
    assert scene.get(depot)["build_loops"] == left

    assert scene.order(other, SMART, depot) == 1
    scene.until(lambda: scene.get(depot)["is_complete"])

    assert scene.get(other)["builds"] == -1


def test_work_rests_when_its_builder_dies_and_cancelling_pays_three_quarters_back():
    scene = Scene.with_halls(bank=1000)
    scv = scene.put("SCV", 30, 30)
    scene.order(scv, DEPOT, at=(33, 30))
    scene.until(lambda: scene.ids(0, "SupplyDepot"))
    depot = scene.ids(0, "SupplyDepot")[0]
    scene.games.kill_units(0, [scv])
    scene.step(2)
    left = int(scene.get(depot)["build_loops"])
    scene.step(30)

    assert scene.get(depot)["build_loops"] == left
    assert scene.order(depot, CANCEL) == 1
    scene.step()
    assert scene.get(depot) is None
    assert scene.minerals == 975
    assert not scene.games.blocked[0][29:31, 32:34].any()


def test_refinery_takes_the_geysers_gas_and_its_builder_gathers():
    scene = Scene.with_halls()
    scv = scene.put("SCV", 30, 36)
    geyser = scene.neutral("VespeneGeyser", 30.5, 40.5)
    scene.order(scv, REFINERY, geyser)
    scene.until(lambda: scene.ids(0, "Refinery"))
    refinery = scene.ids(0, "Refinery")[0]
    assert scene.order(scene.put("SCV", 25, 36), REFINERY, geyser) == 89
    scene.until(lambda: scene.get(refinery)["is_complete"])
    gas = scene.gas

    scene.step(400)

    assert scene.gas > gas
    scene.games.kill_units(0, [refinery])
    scene.step(2)
    assert scene.get(geyser)["resources"] < 2250
    assert scene.games.blocked[0][39:42, 29:32].all()


def test_drone_becomes_the_structure_and_comes_back_when_it_is_cancelled():
    scene = Scene.with_halls(("zerg", "terran"), bank=500)
    drone = scene.put("Drone", 14, 14)
    hatchery = scene.ids(0, "Hatchery")[0]
    scene.games.grids[0, 0] = 1
    assert scene.order(drone, 1155, at=(16.5, 12.5)) == 1
    scene.until(lambda: scene.name(drone) == "SpawningPool")

    assert scene.minerals == 300
    assert scene.order(drone, CANCEL) == 1
    assert scene.name(drone) == "Drone"
    assert scene.minerals == 450
    assert scene.order(hatchery, 1632) == 79  # a queen needs the pool


def test_probe_goes_its_way_and_the_pylon_grows_alone():
    scene = Scene.with_halls(("protoss", "terran"), bank=500)
    probe = scene.put("Probe", 30, 30)
    scene.order(probe, 881, at=(33, 30))
    scene.order(probe, MOVE, at=(40, 40), queued=True)
    scene.until(lambda: scene.ids(0, "Pylon"))
    pylon = scene.ids(0, "Pylon")[0]

    loops = scene.until(lambda: scene.get(pylon)["is_complete"])

    assert loops == pytest.approx(400, abs=1)
    assert scene.get(pylon)["hp"] == 200 * ONE
    assert scene.get(pylon)["shield"] == 200 * ONE
    assert scene.place(probe) == pytest.approx((40, 40), abs=0.3)


def test_reactor_makes_two_at_once_and_a_tech_lab_lets_marauders():
    scene = Scene.with_halls()
    for x in (30, 32, 34):
        scene.put("SupplyDepot", x, 50)
    one, two = scene.put("Barracks", 30.5, 30.5), scene.put("Barracks", 30.5, 36.5)
    assert scene.order(one, REACTOR) == 1
    assert scene.order(two, TECH_LAB) == 1
    assert scene.order(two, MARINE) == 4  # it is at work on the lab
    scene.step(400)
    assert scene.order(two, MARAUDER) == 1
    scene.step(401)
    lab = scene.get(two)["addon"]

    assert scene.name(int(lab)) == "BarracksTechLab"
    assert scene.place(int(lab)) == (33, 37)
    assert [scene.order(one, MARINE) for _ in range(9)] == [1] * 8 + [7]
    scene.step(400)
    assert len(scene.ids(0, "Marine")) == 2


def test_barracks_lifts_leaves_its_lab_and_another_one_takes_it_over():
    scene = Scene.with_halls()
    one = scene.put("Barracks", 30.5, 30.5)
    two = scene.put("Factory", 40.5, 40.5)
    scene.order(one, TECH_LAB)
    scene.step(402)
    lab = int(scene.get(one)["addon"])
    assert scene.order(one, LIFT) == 1
    scene.step(33)

    assert scene.name(one) == "BarracksFlying"
    assert scene.name(lab) == "TechLab"
    assert not scene.games.blocked[0][29:32, 29:32].any()
    assert scene.order(two, 485) == 1
    scene.step(33)
    assert scene.order(one, LAND, at=(20.5, 20.5)) == 1
    assert scene.order(two, 520, at=(30.5, 30.5)) == 1
    scene.until(lambda: scene.name(two) == "Factory")
    scene.step()
    assert scene.name(lab) == "FactoryTechLab"
    assert scene.get(two)["addon"] == lab
    scene.until(lambda: scene.name(one) == "Barracks")
    assert scene.get(one)["addon"] == -1


def test_depot_lowers_and_units_walk_over_it():
    scene = Scene.with_halls()
    depot = scene.put("SupplyDepot", 30, 30)
    assert scene.games.blocked[0][29:31, 29:31].all()

    assert scene.order(depot, 556) == 1
    scene.step(22)

    assert scene.name(depot) == "SupplyDepotLowered"
    assert not scene.games.blocked[0][29:31, 29:31].any()
    assert scene.order(depot, 558) == 1
    scene.step(22)
    assert scene.games.blocked[0][29:31, 29:31].all()


def test_orbital_command_takes_its_time_and_keeps_its_share_of_life():
    scene = Scene.with_halls()
    hall = scene.ids(0, "CommandCenter")[0]
    assert scene.order(hall, 1516) == 79  # no barracks
    scene.put("Barracks", 30.5, 30.5)
    before = scene.minerals
    assert scene.order(hall, 1516) == 1
    assert scene.order(hall, 524) == 4
    scene.step(559)
    assert scene.name(hall) == "CommandCenter"
    scene.step(1)

    assert scene.name(hall) == "OrbitalCommand"
    assert before - scene.minerals == 150
    assert scene.get(hall)["energy"] == 50 * ONE


def test_player_without_structures_has_lost():
    scene = Scene.with_halls()
    scene.games.kill_units(0, scene.ids(1))
    scene.step(2)

    assert scene.games.games["result"][0].tolist() == [1, 2]


def test_melee_begins_with_a_hall_twelve_workers_and_fifty_minerals():
    scene = Scene.with_halls(("zerg", "protoss"), empty=False)

    assert len(scene.ids(0, "Drone")) == 12
    assert len(scene.ids(0, "Larva")) == 3
    assert len(scene.ids(0, "Overlord")) == 1
    assert len(scene.ids(1, "Probe")) == 12
    assert scene.games.games["minerals"][0, 1] == 50
    assert scene.games.games["races"][0].tolist() == [2, 1]


def test_gateways_stand_in_power_and_pools_on_creep():
    scene = Scene.with_halls(("protoss", "zerg"))
    probe, drone = scene.put("Probe", 30, 30), scene.put("Drone", 48, 55, player=1)
    scene.bank(5000, 5000, player=1)
    assert scene.order(probe, 883, at=(30.5, 33.5)) == 40  # no pylon
    scene.put("Pylon", 34, 30)

    assert scene.order(probe, 883, at=(30.5, 33.5)) == 1
    assert scene.order(probe, 883, at=(30.5, 40.5)) == 50
    assert scene.order(drone, 1155, at=(49.5, 55.5)) == 1
    assert scene.order(drone, 1155, at=(30.5, 50.5)) == 49
    assert scene.order(probe, 881, at=(50, 56)) == 46


def test_price_of_what_is_not_begun_comes_back_however_the_order_ends():
    scene = Scene.with_halls(bank=400)
    first, second, third = (scene.put("SCV", 20 + 10 * k, 30) for k in range(3))
    bunker = scene.put("Bunker", 41.5, 36.5)
    marks = []
    for scv, place in ((first, (24, 30)), (second, (24, 30)), (third, (50, 30))):
        assert scene.order(scv, DEPOT, at=place) == 1
        marks.append(scene.minerals)
    assert marks == [300, 200, 100]

    scene.order(third, DEPOT, at=(50, 40))  # instead of the first one
    scene.step()
    assert scene.minerals == 100
    scene.order(third, SMART, bunker)
    scene.order(third, DEPOT, at=(50, 40), queued=True)
    scene.step()
    assert scene.minerals == 100
    scene.until(lambda: scene.get(bunker)["num_passengers"])
    assert scene.minerals == 200
    scene.until(lambda: scene.ids(0, "SupplyDepot"))
    scene.until(lambda: scene.get(second)["num_orders"] == 0)  # the place is taken

    assert scene.minerals == 300


def test_orders_in_a_row_are_paid_at_once_and_the_dead_pay_nothing():
    scene = Scene.with_halls(("protoss", "terran"), bank=250)
    probe = scene.put("Probe", 30, 30)
    assert [scene.order(probe, 881, at=(x, 30), queued=x > 33) for x in (33, 37, 41)] == [1, 1, 9]
    assert scene.minerals == 50

    scene.until(lambda: scene.ids(0, "Pylon"))
    assert scene.minerals == 50
    scene.games.kill_units(0, [probe])
    scene.step(2)

    assert scene.minerals == 150


def test_who_is_built_in_walks_out():
    scene = Scene.with_halls()
    x, y = scene.place(scene.put("Barracks", 30.5, 30.5))
    scv = scene.put("SCV", 20, 30)
    scene.set(scv, x=round(x * ONE), y=round(y * ONE))
    assert scene.games.blocked[0][int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].all()

    assert scene.order(scv, MOVE, at=(44, 30)) == 1
    scene.step(150)

    assert scene.place(scv) == pytest.approx((44, 30), abs=1)
