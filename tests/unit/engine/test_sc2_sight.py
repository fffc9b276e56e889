"""Who sees what in StarCraft II's melee games: sight, high ground, memory, cloak and detection."""

import numpy as np
import pytest

from engine.starcraft2.state import IN_SIGHT, NEVER_SEEN, SEEN_BEFORE
from engine.starcraft2.tables import KIND_NAMES
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


def remembered(scene, player):
    return {KIND_NAMES[entry["kind"]] for entry in scene.games.memory[0, player] if entry["unit"]}


def test_unit_sees_the_cells_whose_middles_are_within_its_sight():
    scene = Scene()
    scene.put("Marine", 24.5, 24.5)  # sees 9 cells

    assert scene.sight(0)[24, 33] == IN_SIGHT
    assert scene.sight(0)[24, 34] == NEVER_SEEN
    assert scene.sight(0)[24 + 6, 24 + 6] == IN_SIGHT
    assert scene.sight(0)[24 + 7, 24 + 6] == NEVER_SEEN  # 9.2 cells
    assert not scene.sight(1).any()


def test_low_ground_does_not_see_up_without_a_flyer():
    heights = np.zeros((48, 48), np.uint8)
    heights[:, 28:] = 2
    scene = Scene(heights=heights)
    scene.put("Marine", 24.5, 24.5)
    above = scene.put("Marine", 30.5, 24.5, player=1)
    assert scene.sight(0)[24, 27] == IN_SIGHT
    assert scene.sight(0)[24, 28] == NEVER_SEEN
    assert above not in scene.shown(0)

    scene.put("Overlord", 24.5, 20.5)

    assert scene.sight(0)[24, 28] == IN_SIGHT
    assert above in scene.shown(0)


def test_high_ground_sees_down():
    heights = np.zeros((48, 48), np.uint8)
    heights[:, :28] = 2
    scene = Scene(heights=heights)
    scene.put("Marine", 24.5, 24.5)

    assert scene.sight(0)[24, 30] == IN_SIGHT


def test_what_was_seen_stays_known_and_structures_are_remembered_until_seen_gone():
    scene = Scene()
    marine = scene.put("Marine", 24.5, 24.5)
    depot = scene.put("SupplyDepot", 30, 24, player=1)
    zealot = scene.put("Zealot", 30, 28, player=1)
    assert {depot, zealot} <= scene.shown(0)
    scene.order(marine, 16, at=(6, 24))
    scene.step(160)

    assert scene.sight(0)[24, 30] == SEEN_BEFORE
    assert depot not in scene.shown(0)
    assert remembered(scene, 0) == {"SupplyDepot"}
    frame = scene.frame(0)
    assert 0 < frame.seen[0, 24, 30] < frame.frame[0]
    assert frame.seen[0, 24, 6] == frame.frame[0]
    assert frame.seen[0, 45, 45] == -1

    scene.games.kill_units(0, [depot])
    scene.step(40)
    assert remembered(scene, 0) == {"SupplyDepot"}  # nobody has seen it die
    scene.order(marine, 16, at=(24, 24))
    scene.step(160)
    assert remembered(scene, 0) == set()


def test_resources_are_known_from_the_map():
    scene = Scene()
    scene.put("MineralField", 40, 40, player=15)

    assert remembered(scene, 0) == remembered(scene, 1) == {"MineralField"}
    assert scene.shown(0) == set()


def test_cloaked_unit_is_shown_to_its_owner_and_where_a_detector_reaches():
    scene = Scene()
    templar = scene.put("DarkTemplar", 24.5, 24.5, player=1)
    scene.put("Marine", 20, 24)
    scene.step(4)
    assert templar in scene.shown(1)
    assert templar not in scene.shown(0)

    turret = scene.put("MissileTurret", 16, 24)
    scene.step(4)
    assert templar in scene.shown(0)
    scene.games.kill_units(0, [turret])
    scene.step(8)
    assert templar not in scene.shown(0)


def test_nobody_attacks_what_it_does_not_detect():
    scene = Scene()
    templar = scene.put("DarkTemplar", 24.5, 24.5, player=1)
    scene.get(templar)["is_passive"] = 1
    marine = scene.put("Marine", 22, 24.5)
    scene.step(40)

    assert scene.get(marine)["target"] < 0
    assert scene.get(templar)["hp"] == 40 * 4096


def test_burrowed_unit_is_hidden_and_shows_itself_when_it_comes_up():
    scene = Scene()
    roach = scene.put("RoachBurrowed", 24.5, 24.5, player=1)
    scene.put("Marine", 20, 24)
    scene.step(4)
    assert roach not in scene.shown(0)

    assert scene.order(roach, 1388) == 1
    scene.step(20)

    assert scene.name(roach) == "Roach"
    assert roach in scene.shown(0)


def test_creep_is_known_as_it_was_seen_last():
    scene = Scene()
    hatchery = scene.put("Hatchery", 30.5, 24.5, player=1)
    overlord = scene.put("Overlord", 24.5, 24.5)
    scene.step(4)
    seen = int(scene.frame(0).creep[0].sum())
    assert 0 < seen < 457
    scene.order(overlord, 16, at=(2, 2))
    scene.step(900)
    scene.games.kill_units(0, [hatchery])
    scene.step(100)

    assert int(scene.creep.sum()) == 0
    assert scene.frame(0).creep[0].sum() > 0
    assert scene.frame(1).creep[0].sum() > 0


def test_where_a_target_out_of_sight_is_nobody_is_told():
    scene = Scene()
    marine = scene.put("Marine", 8, 24)
    zealot = scene.put("Zealot", 16, 24, player=1)
    scene.order(marine, 23, zealot)
    scene.step(4)
    assert zealot in scene.shown(0)
    scene.get(zealot)["x"] = 44 * 4096
    scene.step(4)

    frame = scene.frame(0)
    (own,) = frame.units[0, : frame.num_units[0]]
    assert own["target_id"] == -1
