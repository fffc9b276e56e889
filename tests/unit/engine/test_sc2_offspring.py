"""Carriers' interceptors, broodlings of Brood Lords and fallen structures, locusts of Swarm Hosts."""

import pytest

from engine.starcraft2.state import ATTACK, MOVE, SLOT_INSIDE
from engine.starcraft2.tables import KIND_NAMES, ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

BUILD_INTERCEPTORS, SPAWN_LOCUSTS, SWOOP = 1042, 2704, 2387


@pytest.fixture
def scene():
    return Scene(fog=False)


def aboard(scene, carrier):
    return int(scene.get(carrier)["num_passengers"])


def inside(scene):
    units = scene.games.units[0]
    return int((units["slot_state"] == SLOT_INSIDE).sum())


def test_a_carrier_comes_with_four_interceptors_and_builds_the_rest_while_it_is_paid_for(scene):
    scene.bank(3 * 15, 0)
    carrier = scene.put("Carrier", 20, 20)
    scene.step(2)

    assert aboard(scene, carrier) == inside(scene) == 4

    scene.step(600)

    assert (aboard(scene, carrier), scene.minerals) == (7, 0)

    scene.bank(100, 0)
    scene.step(400)

    assert (aboard(scene, carrier), scene.minerals) == (8, 85)
    assert scene.order(carrier, BUILD_INTERCEPTORS) == 7


def test_an_interceptor_takes_twelve_seconds(scene):
    carrier = scene.put("Carrier", 20, 20)
    scene.step(20)
    scene.bank(15, 0)

    assert scene.order(carrier, BUILD_INTERCEPTORS) == 1
    scene.step(190)
    assert aboard(scene, carrier) == 4
    scene.step(2)
    assert aboard(scene, carrier) == 5


def test_interceptors_go_for_the_target_one_after_the_other_and_come_home(scene):
    carrier = scene.put("Carrier", 10, 20)
    scene.step(4)
    depot = scene.put("Barracks", 22.5, 20.5, 1)
    scene.order(carrier, ATTACK, depot)

    scene.until(lambda: scene.ids(0, "Interceptor"))
    first = scene.ids(0, "Interceptor")
    assert len(first) == 1
    assert scene.get(carrier)["x"] / ONE < 22.5 - 8
    scene.step(7)
    assert len(scene.ids(0, "Interceptor")) == 1
    scene.step(1)
    assert len(scene.ids(0, "Interceptor")) == 2
    assert scene.order(first[0], MOVE, at=(5, 5)) == 2, "it takes no commands"
    scene.step(60)
    assert len(scene.ids(0, "Interceptor")) == 4
    assert scene.get(depot)["hp"] < 1000 * ONE

    scene.games.kill_units(0, [depot])
    scene.until(lambda: aboard(scene, carrier) == 4, 200)

    assert scene.ids(0, "Interceptor") == []


def test_interceptors_leave_a_target_that_their_carrier_left_far_behind(scene):
    carrier = scene.put("Carrier", 30, 20)
    scene.step(4)
    depot = scene.put("Barracks", 38.5, 20.5, 1)
    scene.order(carrier, ATTACK, depot)
    scene.until(lambda: len(scene.ids(0, "Interceptor")) == 4)

    scene.order(carrier, MOVE, at=(10, 20))

    scene.until(lambda: aboard(scene, carrier) == 4, 400)
    assert scene.get(carrier)["x"] / ONE < 38.5 - 12


def test_interceptors_die_with_their_carrier(scene):
    carrier = scene.put("Carrier", 20, 20)
    scene.step(4)
    depot = scene.put("Barracks", 28.5, 20.5, 1)
    scene.order(carrier, ATTACK, depot)
    scene.until(lambda: len(scene.ids(0, "Interceptor")) == 2)

    scene.games.kill_units(0, [carrier])
    scene.step(3)

    assert scene.ids(0) == []
    assert inside(scene) == 0


def test_a_brood_lords_blow_leaves_a_broodling_that_lives_eight_seconds(scene):
    lord = scene.put("BroodLord", 15, 20)
    barracks = scene.put("Barracks", 22.5, 20.5, 1)
    scene.order(lord, ATTACK, barracks)
    scene.until(lambda: scene.ids(0, "Broodling"))
    (broodling,) = scene.ids(0, "Broodling")
    scene.order(lord, MOVE, at=(5, 20))

    assert scene.get(barracks)["hp"] == (1000 - 20 + 1) * ONE, "20 less 1 of armor"
    assert abs(scene.place(broodling)[0] - 22.5) < 3

    scene.step(127)
    assert scene.get(broodling) is not None
    scene.step(2)
    assert scene.get(broodling) is None
    assert scene.get(barracks)["hp"] < (1000 - 19) * ONE, "it fought"


@pytest.mark.parametrize(
    ("name", "count"), [("Hatchery", 9), ("SpawningPool", 6), ("SpineCrawler", 0), ("Barracks", 0)]
)
def test_broodlings_come_out_of_fallen_structures(scene, name, count):
    structure = scene.put(name, 20.5, 20.5)
    scene.step(1)
    scene.games.kill_units(0, [structure, *scene.ids(0, "Larva")])
    scene.step(1)

    assert len(scene.ids(0, "Broodling")) == count


def test_no_broodlings_come_out_of_what_was_not_finished(scene):
    structure = scene.put("SpawningPool", 20.5, 20.5)
    scene.set(structure, is_complete=0, build_loops=100)
    scene.games.kill_units(0, [structure])
    scene.step(1)

    assert scene.ids(0) == []


@pytest.mark.parametrize("name", ["SwarmHostMP", "SwarmHostBurrowedMP"])
def test_locusts_hatch_take_off_land_and_fight_for_25_seconds(scene, name):
    host = scene.put(name, 10, 20)
    barracks = scene.put("Barracks", 22.5, 20.5, 1)

    assert scene.order(host, SPAWN_LOCUSTS, at=(22, 20)) == 1
    scene.step(2)
    locusts = scene.ids(0, "LocustMP")
    assert len(locusts) == 2
    assert not any(scene.get(locust)["is_complete"] for locust in locusts)
    assert scene.order(host, SPAWN_LOCUSTS, at=(22, 20)) == 6, "a minute goes by first"

    scene.step(40)
    assert [scene.name(locust) for locust in locusts] == ["LocustMPFlying"] * 2

    scene.until(lambda: [scene.name(locust) for locust in locusts] == ["LocustMP"] * 2, 200)
    assert all(abs(scene.place(locust)[0] - 22.5) < 4 for locust in locusts)
    scene.until(lambda: scene.get(barracks)["hp"] < 1000 * ONE, 60)

    scene.until(lambda: not scene.ids(0, "LocustMP"), 432)
    loops = int(scene.head["frame"])
    assert 430 <= loops <= 440


def test_a_locust_lands_where_it_is_told(scene):
    locust = scene.put("LocustMPFlying", 20, 20)

    assert scene.order(locust, SWOOP, at=(24, 20)) == 1
    scene.step(2)

    assert scene.name(locust) == "LocustMP"
    assert scene.place(locust) == (24, 20)


def test_hallucinations_send_nobody_out(scene):
    carrier, lord = scene.put("Carrier", 10, 20), scene.put("BroodLord", 14, 30)
    for unit in (carrier, lord):
        scene.set(unit, is_hallucination=1)
    scene.put("Barracks", 20.5, 24.5, 1)
    scene.step(60)

    assert len(scene.ids(0)) == 2
    assert KIND_NAMES[scene.get(carrier)["kind"]] == "Carrier"
    assert aboard(scene, carrier) == 0


def test_who_has_nothing_left_but_tumors_and_turrets_has_lost(scene):
    pool = scene.put("SpawningPool", 10.5, 10.5)
    scene.put("CreepTumorBurrowed", 20.5, 20.5)
    scene.put("AutoTurret", 30, 30)
    scene.put("Pylon", 40, 40, 1)
    scene.step(1)
    assert scene.games.outcomes()[0].tolist() == [0, 0]

    scene.games.kill_units(0, [pool])
    scene.step(1)

    assert scene.games.outcomes()[0].tolist() == [2, 1]
