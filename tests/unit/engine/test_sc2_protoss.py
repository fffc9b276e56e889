"""StarCraft II's Protoss: power, warp gates, chrono boost, batteries, archons (MECHANICS.md section 7)."""

import numpy as np
import pytest

from engine.starcraft2.power import FAST_POWER, NO_POWER, POWER, power_at
from engine.starcraft2.tables import ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

WARP_IN_ZEALOT, TRAIN_ZEALOT, TO_WARP_GATE, CHRONO, OVERCHARGE, ARCHON = 1413, 916, 1518, 3755, 4107, 1766


def level_at(scene, x, y, player=0):
    games = scene.games
    state = (games.units[0], games.games[0], games.index[0], games.ground)
    return power_at(*state, player, round(x * ONE), round(y * ONE))


def test_pylon_powers_six_and_a_half_cells():
    scene = Scene()
    scene.put("Pylon", 24, 24)

    assert level_at(scene, 30.5, 24) == POWER
    assert level_at(scene, 30.6, 24) == NO_POWER
    assert level_at(scene, 24, 24, player=1) == NO_POWER


def test_pylon_does_not_power_higher_ground_and_a_prism_does():
    heights = np.zeros((48, 48), np.uint8)
    heights[:, 26:] = 2
    scene = Scene(heights=heights)
    scene.put("Pylon", 24, 24)
    assert level_at(scene, 27, 24) == NO_POWER
    assert level_at(scene, 23, 24) == POWER

    scene.put("WarpPrismPhasing", 25, 24)

    assert level_at(scene, 27, 24) == FAST_POWER


def test_structure_without_power_does_not_work():
    scene = Scene()
    pylon = scene.put("Pylon", 24, 24)
    scene.put("Pylon", 40, 40)
    gateway = scene.put("Gateway", 28.5, 24.5)
    scene.bank(5000, 5000)
    assert scene.order(gateway, TRAIN_ZEALOT) == 1
    scene.step(100)
    left = int(scene.get(gateway)["queue_loops"][0])
    scene.games.kill_units(0, [pylon])
    scene.step(20)
    stopped = int(scene.get(gateway)["queue_loops"][0])
    scene.step(50)

    assert left == 608 - 100
    assert not scene.get(gateway)["has_power"]
    assert left - 10 <= stopped <= left
    assert int(scene.get(gateway)["queue_loops"][0]) == stopped


def test_gateway_becomes_a_warp_gate_by_itself_in_160_loops_once_researched():
    scene = Scene()
    scene.put("Pylon", 24, 24)
    gateway = scene.put("Gateway", 28.5, 24.5)
    scene.step(20)
    assert scene.order(gateway, TO_WARP_GATE) == 79  # TechRequirementsNotMet
    assert scene.name(gateway) == "Gateway"
    scene.grant("WarpGateResearch")

    scene.step(155)
    assert scene.name(gateway) == "Gateway"
    scene.step(8)

    assert scene.name(gateway) == "WarpGate"


@pytest.mark.parametrize(("pylon", "place", "loops"), [((10, 10), (10.5, 14.5), 256), ((24, 24), (24.5, 20.5), 80)])
def test_warping_in_takes_256_loops_and_80_near_a_gate(pylon, place, loops):
    scene = Scene()
    scene.put("Pylon", 24, 24)
    gate = scene.put("WarpGate", 28.5, 24.5)
    scene.put("Pylon", *pylon)
    scene.bank(5000, 5000)

    assert scene.order(gate, WARP_IN_ZEALOT, at=place) == 1
    (zealot,) = scene.ids(name="Zealot")
    assert scene.order(gate, WARP_IN_ZEALOT, at=(place[0] + 2, place[1])) == 6  # Cooldown
    assert not scene.get(zealot)["is_complete"]
    assert scene.head["minerals"][0] == 4900
    scene.step(loops - 1)
    assert not scene.get(zealot)["is_complete"]
    scene.step()
    assert scene.get(zealot)["is_complete"]
    scene.step(448 - loops)
    assert scene.order(gate, WARP_IN_ZEALOT, at=(place[0] + 2, place[1])) == 1


def test_warping_in_needs_power_sight_and_room():
    scene = Scene()
    scene.put("Pylon", 24, 24)
    gate = scene.put("WarpGate", 28.5, 24.5)
    scene.bank(5000, 5000)

    assert scene.order(gate, WARP_IN_ZEALOT, at=(40, 40)) == 69  # CantWarpInUnitsThere
    assert scene.order(gate, WARP_IN_ZEALOT, at=(24, 24)) == 69  # on the pylon
    assert scene.head["minerals"][0] == 5000
    assert scene.order(gate, WARP_IN_ZEALOT, at=(21.5, 24.5)) == 1


def test_chrono_boost_makes_28_seconds_of_work_last_half_as_long_again():
    scene = Scene()
    nexus = scene.put("Nexus", 24.5, 24.5)
    scene.bank(5000, 5000)
    scene.get(nexus)["energy"] = 60 * ONE
    assert scene.order(nexus, 1006) == 1  # a Probe: 272 loops
    assert scene.order(nexus, CHRONO, nexus) == 1

    scene.step(2)
    before = int(scene.get(nexus)["queue_loops"][0])
    scene.step(100)

    assert before - int(scene.get(nexus)["queue_loops"][0]) == 150
    assert scene.get(nexus)["energy"] < 15 * ONE
    assert scene.order(nexus, CHRONO, nexus) == 17  # NotEnoughEnergy


def test_chrono_boost_wants_an_own_structure():
    scene = Scene()
    nexus = scene.put("Nexus", 24.5, 24.5)
    scene.get(nexus)["energy"] = 60 * ONE
    zealot, theirs = scene.put("Zealot", 30, 24), scene.put("Hatchery", 34.5, 34.5, player=1)

    assert scene.order(nexus, CHRONO, zealot) == 115
    assert scene.order(nexus, CHRONO, theirs) == 103


def test_shield_battery_gives_36_points_a_second_for_a_third_of_the_energy():
    scene = Scene()
    scene.put("Pylon", 24, 24)
    battery = scene.put("ShieldBattery", 26, 24)
    zealot = scene.put("Zealot", 28, 26)
    scene.get(battery)["energy"] = 90 * ONE
    scene.get(zealot)["shield"] = 0
    scene.get(zealot)["shield_wait"] = 500

    scene.step(16)

    assert int(scene.get(zealot)["shield"]) / ONE == pytest.approx(36, abs=0.1)
    assert int(scene.get(battery)["energy"]) / ONE == pytest.approx(90 - 12 + 0.5625, abs=0.1)


def test_structures_shields_come_back_like_those_of_units():
    scene = Scene()
    pylon = scene.put("Pylon", 24, 24)
    scene.get(pylon)["shield"] = 0

    scene.step(160)

    assert int(scene.get(pylon)["shield"]) / ONE == pytest.approx(20, abs=0.2)


def test_two_templars_merge_into_an_archon_in_192_loops():
    scene = Scene()
    one, other = scene.put("HighTemplar", 20, 24), scene.put("DarkTemplar", 26, 24)
    assert scene.order(one, ARCHON) == 1
    assert scene.order(other, ARCHON) == 1

    scene.step(60)
    (archon,) = scene.ids(name="Archon")
    assert scene.ids(name="HighTemplar") == scene.ids(name="DarkTemplar") == []
    assert not scene.get(archon)["is_complete"]
    scene.step(192)

    assert scene.get(archon)["is_complete"]
    assert scene.get(archon)["shield"] == 350 * ONE


def test_zealot_alone_merges_with_nobody():
    scene = Scene()
    zealot = scene.put("Zealot", 20, 24)

    assert scene.order(zealot, ARCHON) == 2
