"""StarCraft II's Terran abilities: what they cost, what they do, for how long."""

import pytest

from engine.starcraft2.state import BUFF_SLOWED
from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

STIM, MULE, SCAN, SUPPLIES, CLOAK, SALVAGE, TURRET, FAST = 380, 171, 399, 255, 392, 32, 1764, 2116


def give(scene, *upgrades):
    for upgrade in upgrades:
        scene.games.games["upgrades"][0, 0, upgrade >> 5] |= 1 << (upgrade & 31)


def test_stim_takes_ten_life_and_makes_half_as_fast_again_for_fifteen_seconds():
    scene = Scene.with_halls()
    marine = scene.put("Marine", 3, 20)
    assert scene.order(marine, STIM) == 79
    give(scene, 15)
    assert scene.order(marine, STIM) == 1
    assert scene.get(marine)["hp"] == 35 * ONE
    scene.order(marine, 16, at=(60, 20))
    scene.step(2)
    x = scene.place(marine)[0]

    scene.step(100)

    assert (scene.place(marine)[0] - x) / 100 == pytest.approx(2.25 / 16 * 1.5, rel=0.01)
    scene.step(150)
    x = scene.place(marine)[0]
    scene.step(10)
    assert (scene.place(marine)[0] - x) / 10 == pytest.approx(2.25 / 16, rel=0.02)


def test_mule_brings_25_a_trip_beside_a_worker_and_is_gone_after_90_seconds():
    scene = Scene.with_halls(bank=0)
    hall = scene.put("OrbitalCommand", 30.5, 30.5)
    scene.neutral("MineralField", 37, 30.5)
    assert scene.order(hall, MULE, at=(37, 31)) == 1
    scene.step(2)
    mule = scene.ids(0, "MULE")[0]
    scene.until(lambda: scene.minerals > 0)

    assert scene.minerals == 25
    scene.until(lambda: scene.get(mule) is None, 1500)
    assert 200 <= scene.minerals <= 300
    assert scene.get(hall)["energy"] < 50 * ONE + 51 * ONE
    assert scene.order(hall, SCAN, at=(10, 10)) == 1


def test_extra_supplies_raise_a_depot_by_eight():
    scene = Scene.with_halls()
    hall = scene.put("OrbitalCommand", 30.5, 30.5)
    depot = scene.put("SupplyDepot", 40, 40)
    barracks = scene.put("Barracks", 50.5, 30.5)
    for _ in range(38):
        scene.put("Marine", 20, 50)
    assert scene.order(barracks, 560) == 13
    assert scene.order(hall, SUPPLIES, barracks) == 36
    assert scene.order(hall, SUPPLIES, depot) == 1
    scene.step(2)

    assert scene.order(barracks, 560) == 1


def test_banshee_hides_until_its_energy_is_gone():
    scene = Scene.with_halls()
    banshee = scene.put("Banshee", 30, 30)
    assert scene.order(banshee, CLOAK) == 79
    give(scene, 20)
    scene.set(banshee, energy=30 * ONE)
    assert scene.order(banshee, CLOAK) == 1
    scene.step(60)
    assert scene.get(banshee)["is_cloaked"]

    scene.step(60)

    assert not scene.get(banshee)["is_cloaked"]


@pytest.mark.parametrize("has_shells", [False, True])
def test_concussive_shells_slow_and_marauders_without_them_do_not(has_shells):
    scene = Scene.with_halls()
    marauder = scene.put("Marauder", 20, 20)
    zealot = scene.put("Zealot", 25, 20, player=1)
    if has_shells:
        give(scene, 17)
    scene.order(marauder, 23, zealot)
    scene.until(lambda: scene.get(zealot)["shield"] < 50 * ONE)

    assert (scene.get(zealot)["buffs"][BUFF_SLOWED] > 0) == has_shells


def test_bunker_is_salvaged_for_three_quarters():
    scene = Scene.with_halls(bank=0)
    bunker = scene.put("Bunker", 30.5, 30.5)
    assert scene.order(bunker, SALVAGE) == 1
    assert scene.order(bunker, SALVAGE) == 4
    scene.step(82)

    assert scene.get(bunker) is None
    assert scene.minerals == 75
