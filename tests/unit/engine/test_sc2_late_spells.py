"""Nukes, parasitic bombs, neural parasites and contaminated structures."""

import numpy as np
import pytest

from engine.starcraft2.state import NOBODY
from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

BUILD_NUKE, NUKE, CANCEL_NUKE, BOMB, SEIZE, CANCEL, CONTAMINATE = 710, 1622, 1623, 2542, 249, 3659, 1825
MOVE, STOP, TRAIN_MARINE, LOAD, BUILD_HATCHERY = 16, 4, 560, 394, 1152
NUKE_DOT = 7
CALLED, FALLEN = 300, 320
"""Loops from the order to when the Ghost is free, and to when it falls: 18.75 and 20 normal seconds."""


def nuclear():
    """Return a scene without fog, a Ghost of player 0 in the middle and a nuke ready far away."""
    scene = Scene.with_halls()
    academy = scene.put("GhostAcademy", 5.5, 58.5)
    scene.set(academy, has_nuke=1)
    ghost = scene.put("Ghost", 20, 30)
    scene.set(ghost, is_passive=1)
    return scene, academy, ghost


def dots(scene):
    return int((scene.games.effects[0]["kind"][: scene.head["num_effects"]] == NUKE_DOT).sum())


def caster(scene, name, x=20, y=20, player=0):
    unit = scene.put(name, x, y, player)
    scene.set(unit, energy=200 * ONE, is_passive=1)
    return unit


def arena(*upgrades):
    scene = Scene(size=48, fog=False)
    for player in (0, 1):
        scene.put("SupplyDepot", 46, 46 - 40 * player, player)
    for upgrade in upgrades:
        scene.grant(upgrade)
    return scene


def test_an_academy_makes_one_nuke_at_a_time_with_a_factory():
    scene = Scene.with_halls()
    academy = scene.put("GhostAcademy", 20.5, 30.5)
    assert scene.order(academy, BUILD_NUKE) == 79
    scene.put("Factory", 30.5, 30.5)
    assert scene.order(academy, BUILD_NUKE) == 1
    assert (scene.minerals, scene.gas) == (4900, 4900)
    assert scene.order(academy, BUILD_NUKE) == 79

    loops = scene.until(lambda: scene.get(academy)["has_nuke"], 1000)

    assert loops == 960
    assert scene.order(academy, BUILD_NUKE) == 79
    assert scene.get(academy)["num_in_queue"] == 0


def test_a_nuke_falls_twenty_seconds_after_the_call_and_hurts_less_farther_out():
    scene, academy, ghost = nuclear()
    near, mid, far, away = (scene.put("Thor", 31 + dx, 30, 1) for dx in (0, 6, 8.5, 11))
    depot = scene.put("CommandCenter", 30.5, 24.5, 1)
    for unit in (near, mid, far, away):
        scene.set(unit, is_passive=1)
    life = scene.get(depot)["hp"]
    assert scene.order(ghost, NUKE, at=(31, 30)) == 1
    scene.step()
    assert not scene.get(academy)["has_nuke"]
    assert dots(scene) == 1

    scene.step(FALLEN - 2)
    assert scene.get(near)["hp"] == 400 * ONE
    assert scene.get(ghost)["num_orders"] == 0
    scene.step(1)

    taken = [(400 * ONE - scene.get(unit)["hp"]) / ONE for unit in (near, mid, far, away)]
    assert taken == [300, 150, 75, 0]
    assert (life - scene.get(depot)["hp"]) / ONE == 500
    assert dots(scene) == 0


def test_a_nuke_hurts_friends_and_flyers_too():
    scene, _, ghost = nuclear()
    friend, flyer = scene.put("Marauder", 30, 30), scene.put("Medivac", 31, 30, 1)
    scene.order(ghost, NUKE, at=(30, 30))

    scene.step(FALLEN + 1)

    assert scene.get(friend) is None
    assert scene.get(flyer) is None


def test_without_a_nuke_there_is_nothing_to_call():
    scene, academy, ghost = nuclear()
    scene.set(academy, has_nuke=0)

    assert scene.order(ghost, NUKE, at=(30, 30)) == 79


def test_the_ghost_walks_until_it_is_twelve_cells_away():
    scene, academy, ghost = nuclear()
    scene.order(ghost, NUKE, at=(50, 30))

    scene.until(lambda: not scene.get(academy)["has_nuke"], 400)

    assert 50 - scene.place(ghost)[0] == pytest.approx(12, abs=0.2)


@pytest.mark.parametrize("ability", [CANCEL_NUKE, CANCEL])
def test_a_call_that_is_cancelled_costs_the_nuke(ability):
    scene, academy, ghost = nuclear()
    marine = scene.put("Marine", 30, 30, 1)
    scene.order(ghost, NUKE, at=(30, 30))
    scene.step(50)
    assert scene.order(ghost, MOVE, at=(10, 30)) == 4
    assert scene.order(ghost, ability) == 1
    assert scene.order(ghost, MOVE, at=(10, 30)) == 1

    scene.step(FALLEN)

    assert scene.get(marine) is not None
    assert dots(scene) == 0
    assert not scene.get(academy)["has_nuke"]


@pytest.mark.parametrize(("loops", "falls"), [(CALLED - 5, False), (CALLED + 5, True)])
def test_a_ghost_that_dies_before_it_is_done_takes_the_nuke_with_it(loops, falls):
    scene, _, ghost = nuclear()
    marine = scene.put("Marine", 31, 30, 1)
    scene.set(marine, is_passive=1)
    scene.order(ghost, NUKE, at=(31, 30))
    scene.step(loops)
    scene.games.kill_units(0, [ghost])

    scene.step(FALLEN - loops + 2)

    assert (scene.get(marine) is None) == falls


def test_a_parasitic_bomb_takes_120_points_of_all_flyers_near_and_two_take_no_more():
    scene = arena()
    viper = caster(scene, "Viper")
    target, near, far = (scene.put("Battlecruiser", 26 + dx, 20, 1) for dx in (0, 2, 9))
    ground, own = scene.put("Marauder", 26, 21, 1), scene.put("Corruptor", 26, 19)
    for unit in (target, near, far, ground, own):
        scene.set(unit, is_passive=1)
    assert scene.order(viper, BOMB, target) == 1
    scene.until(lambda: scene.get(viper)["energy"] < 100 * ONE, 40)
    assert scene.get(viper)["energy"] / ONE == pytest.approx(75, abs=0.5)
    scene.step(14)
    assert scene.get(target)["hp"] == 550 * ONE
    scene.set(viper, energy=200 * ONE)
    scene.order(viper, BOMB, near)

    scene.step(200)

    taken = [550 - scene.get(unit)["hp"] / ONE for unit in (target, near, far)]
    assert 120 <= taken[0] <= 132  # the second bomb began a little later
    assert 120 <= taken[1] <= 132
    assert taken[2] == 0
    assert scene.get(ground)["hp"] == 125 * ONE
    assert scene.get(own)["hp"] == 200 * ONE


def test_a_bombs_cloud_stays_where_its_carrier_died():
    scene = arena()
    viper = caster(scene, "Viper")
    target, other = (scene.put("Battlecruiser", 26 + dx, 20, 1) for dx in (0, 2))
    scene.set(other, is_passive=1)
    scene.order(viper, BOMB, target)
    scene.step(40)
    scene.games.kill_units(0, [target])
    scene.step(2)
    before = scene.get(other)["hp"]

    scene.step(80)

    assert (before - scene.get(other)["hp"]) / ONE == 60


def test_parasitic_bombs_want_flyers_of_the_enemy():
    scene = arena()
    viper = caster(scene, "Viper")

    assert scene.order(viper, BOMB, scene.put("Marine", 22, 20, 1)) == 111
    assert scene.order(viper, BOMB, scene.put("Corruptor", 22, 22)) == 104
    assert scene.order(viper, BOMB, scene.put("BarracksFlying", 22, 24, 1)) == 116


def test_a_neural_parasite_lends_a_unit_for_fifteen_seconds():
    scene = arena("NeuralParasite")
    infestor, thor = caster(scene, "Infestor"), scene.put("Thor", 25, 20, 1)
    scene.set(thor, is_passive=1)
    assert scene.order(infestor, SEIZE, thor) == 1

    scene.until(lambda: scene.get(thor)["player"] == 0, 30)

    assert scene.get(infestor)["energy"] / ONE == pytest.approx(100, abs=0.5)
    assert scene.order(thor, MOVE, at=(26, 22)) == 1
    assert scene.order(infestor, MOVE, at=(5, 5)) == 4
    assert scene.frame(0).supply_used[0] == 2 * (2 + 6)
    assert scene.until(lambda: scene.get(thor)["player"] == 1, 300) == 240
    scene.step(5)
    assert scene.get(infestor)["num_orders"] == 0
    assert scene.get(thor)["player"] == 1
    assert scene.order(infestor, MOVE, at=(5, 5)) == 1


def test_a_seized_unit_is_no_more_a_target_of_its_new_friends_but_of_its_old_ones():
    scene = arena("NeuralParasite")
    infestor, thor = caster(scene, "Infestor"), scene.put("Thor", 26, 20, 1)
    scene.set(thor, is_passive=1)
    friend = scene.put("Immortal", 30, 20)
    scene.until(lambda: scene.get(friend)["target"] == thor, 60)
    enemy = scene.put("Immortal", 26, 26, 1)
    scene.order(infestor, SEIZE, thor)
    scene.until(lambda: scene.get(thor)["player"] == 0, 30)
    scene.step(40)

    assert scene.get(friend)["target"] != thor
    assert scene.get(enemy)["target"] in (thor, friend, infestor)


@pytest.mark.parametrize("how", ["killed", "cancelled", "far", "loaded"])
def test_a_neural_parasite_ends_with_its_hold(how):
    scene = arena("NeuralParasite")
    infestor, thor = caster(scene, "Infestor"), scene.put("Thor", 25, 20, 1)
    overlord = scene.put("OverlordTransport", 20, 21)
    scene.set(thor, is_passive=1)
    scene.order(infestor, SEIZE, thor)
    scene.until(lambda: scene.get(thor)["player"] == 0, 30)
    if how == "killed":
        scene.games.kill_units(0, [infestor])
    elif how == "cancelled":
        assert scene.order(infestor, 250) == 1
    elif how == "far":
        scene.set(thor, x=45 * ONE)
    else:
        scene.order(overlord, LOAD, infestor)
        scene.until(lambda: scene.get(overlord)["num_passengers"] == 1, 60)

    scene.step(3)

    assert scene.get(thor)["player"] == 1
    assert scene.get(thor)["parasite"] == NOBODY


def test_who_may_not_be_seized():
    scene = arena()
    infestor = caster(scene, "Infestor")
    marine = scene.put("Marine", 22, 20, 1)
    assert scene.order(infestor, SEIZE, marine) == 79
    scene.grant("NeuralParasite")

    assert scene.order(infestor, SEIZE, scene.put("Mothership", 24, 20, 1)) == 124
    assert scene.order(infestor, SEIZE, scene.put("Carrier", 24, 24, 1)) == 36
    assert scene.order(infestor, SEIZE, scene.put("Pylon", 24, 28, 1)) == 116
    assert scene.order(infestor, SEIZE, scene.put("Zergling", 20, 24)) == 104
    assert scene.order(infestor, SEIZE, marine) == 1
    scene.until(lambda: scene.get(marine)["player"] == 0, 30)
    other = caster(scene, "Infestor", 22, 24, 1)
    scene.grant("NeuralParasite", 1)
    assert scene.order(other, SEIZE, marine) == 36
    bunker = scene.put("Bunker", 26.5, 16.5)
    assert scene.order(bunker, 407, marine) == 73


def test_a_seized_drones_hatchery_stays_with_who_began_it():
    scene = Scene.with_halls(("zerg", "zerg"))
    scene.grant("NeuralParasite")
    infestor, drone = caster(scene, "Infestor", 28, 30), scene.put("Drone", 30, 30, 1)
    scene.order(infestor, SEIZE, drone)
    scene.until(lambda: scene.get(drone)["player"] == 0, 30)
    assert scene.order(drone, BUILD_HATCHERY, at=(32.5, 30.5)) == 1

    scene.until(lambda: scene.kind(drone)["is_structure"], 100)
    scene.step(300)

    assert scene.get(drone)["player"] == 0
    assert scene.minerals == 5000 - 300


def test_a_contaminated_structure_trains_nothing_for_thirty_seconds():
    scene = Scene.with_halls()
    overseer = caster(scene, "Overseer", 28, 34, 1)
    barracks = scene.put("Barracks", 30.5, 30.5)
    assert scene.order(barracks, TRAIN_MARINE) == 1
    scene.step(10)
    assert scene.order(overseer, CONTAMINATE, barracks) == 1
    scene.until(lambda: scene.get(barracks)["buffs"][19] > 0, 60)
    assert scene.get(overseer)["energy"] / ONE == pytest.approx(75, abs=0.5)
    left = int(scene.get(barracks)["queue_loops"][0])

    scene.step(478)

    assert scene.get(barracks)["queue_loops"][0] == left
    assert scene.order(barracks, TRAIN_MARINE) == 4
    scene.step(10)
    assert scene.get(barracks)["queue_loops"][0] < left
    assert scene.order(barracks, TRAIN_MARINE) == 1


def test_a_contaminated_hatchery_has_no_new_larvae():
    scene = Scene.with_halls(("zerg", "zerg"))
    hatchery = scene.ids(0, "Hatchery")[0]
    overseer = caster(scene, "Overseer", *scene.place(hatchery), 1)
    scene.until(lambda: len(scene.ids(0, "Larva")) == 1, 300)
    scene.order(overseer, CONTAMINATE, hatchery)
    scene.step(20)
    count = len(scene.ids(0, "Larva"))

    scene.step(400)

    assert len(scene.ids(0, "Larva")) == count
    scene.step(300)
    assert len(scene.ids(0, "Larva")) > count


def test_games_with_these_spells_are_put_back_to_the_byte():
    scene, _, ghost = nuclear()
    scene.order(ghost, NUKE, at=(31, 30))
    scene.step(100)
    saved = scene.games.snapshot(0)
    scene.step(250)
    after = scene.games.digest(0)
    scene.games.restore(0, saved)
    scene.step(250)

    assert scene.games.digest(0) == after
    assert np.array_equal(scene.games.games["num_effects"], [0])
