"""StarCraft II's Zerg: creep, larvae, injects, tumors (MECHANICS.md section 6)."""

import numpy as np
import pytest

from engine.starcraft2.tables import KINDS, ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

INJECT, TUMOR_BY_QUEEN, TUMOR = 251, 1694, 1733


def test_creep_of_a_hatchery_that_stands_from_the_start_has_457_cells():
    scene = Scene()
    scene.put("Hatchery", 24.5, 24.5)

    assert int(scene.creep.sum()) == 457
    assert scene.creep[24, 24 - 12 : 24 + 13].all()
    assert not scene.creep[24, 24 - 13]


def test_creep_spreads_a_ring_in_each_period_until_it_is_grown():
    scene = Scene()
    hatchery = scene.put("Hatchery", 24.5, 24.5)
    scene.creep[:] = 0
    covered = []
    for _ in range(10):
        scene.step(7)  # 0.42 normal seconds are 6.72 loops
        covered.append(int(scene.creep.sum()))

    assert 69 <= covered[0] < 140
    assert all(np.diff(covered) >= 0)
    scene.step(100)
    assert int(scene.creep.sum()) == 457
    assert scene.get(hatchery) is not None


def test_creep_stops_at_what_nobody_can_walk_on():
    scene = Scene()
    scene.games.ground[:, 28] = 0  # a wall from edge to edge
    scene.put("Hatchery", 24.5, 24.5)

    assert scene.creep[:, :28].any()
    assert not scene.creep[:, 28:].any()


def test_creep_without_its_source_is_gone_after_four_seconds_but_not_what_another_source_holds():
    scene = Scene()
    first = scene.put("Hatchery", 16.5, 24.5)
    scene.put("Hatchery", 34.5, 24.5)
    both = int(scene.creep.sum())
    scene.games.kill_units(0, [first])

    scene.step(8)
    soon = int(scene.creep.sum())
    scene.step(64)

    assert 457 < soon < both
    assert int(scene.creep.sum()) == 457


def test_structure_off_creep_withers_three_points_a_second():
    scene = Scene()
    pool = scene.put("SpawningPool", 24.5, 24.5)
    before = int(scene.get(pool)["hp"])

    scene.step(160)

    regenerated = 160 * int(KINDS["hp_regen"][scene.get(pool)["kind"]])
    lost = (before - int(scene.get(pool)["hp"]) + 0) / ONE
    assert lost == pytest.approx(30 - regenerated / ONE, abs=0.5)


def test_zergling_on_creep_walks_1_3_times_as_fast():
    speeds = []
    for on_creep in (False, True):
        scene = Scene()
        scene.creep[:] = on_creep
        one = scene.put("Zergling", 8, 24)
        scene.creep[:] = on_creep
        scene.order(one, 16, at=(44, 24))
        scene.step(20)
        before = int(scene.get(one)["x"])
        scene.step(20)
        speeds.append((int(scene.get(one)["x"]) - before) / ONE / 20)

    assert speeds[0] == pytest.approx(2.9531 / 16, rel=0.01)
    assert speeds[1] == pytest.approx(1.3 * speeds[0], rel=0.01)


def test_hatchery_has_a_larva_every_240_loops_until_it_has_three():
    scene = Scene()
    scene.put("Hatchery", 24.5, 24.5)
    counts = []
    for _ in range(5):
        scene.step(240)
        counts.append(len(scene.ids(name="Larva")))

    assert counts == [1, 2, 3, 3, 3]


def test_inject_brings_three_larvae_after_640_loops_and_injects_wait_for_each_other():
    scene = Scene()
    hatchery = scene.put("Hatchery", 24.5, 24.5)
    queen = scene.put("Queen", 24.5, 28.5)
    scene.step(800)
    assert len(scene.ids(name="Larva")) == 3
    scene.get(queen)["energy"] = 60 * ONE

    assert scene.order(queen, INJECT, hatchery) == 1
    scene.step(8)
    assert scene.get(hatchery)["num_injects"] == 1
    assert scene.order(queen, INJECT, hatchery) == 1
    scene.step(8)
    assert scene.get(hatchery)["num_injects"] == 2
    assert scene.get(queen)["energy"] < 12 * ONE
    assert scene.order(queen, INJECT, hatchery) == 17  # NotEnoughEnergy
    scene.step(616)
    assert len(scene.ids(name="Larva")) == 3
    scene.step(16)
    assert len(scene.ids(name="Larva")) == 6
    scene.step(640)
    assert len(scene.ids(name="Larva")) == 9


def test_inject_needs_an_own_hatchery():
    scene = Scene()
    theirs = scene.put("Hatchery", 34.5, 24.5, player=1)
    pool = scene.put("SpawningPool", 20.5, 24.5)
    queen = scene.put("Queen", 24.5, 28.5)
    scene.get(queen)["energy"] = 60 * ONE

    assert scene.order(queen, INJECT, theirs) == 103
    assert scene.order(queen, INJECT, pool) == 36
    assert scene.order(queen, INJECT) == 81


def test_larvae_die_with_their_hatchery():
    scene = Scene()
    hatchery = scene.put("Hatchery", 24.5, 24.5)
    scene.step(500)
    assert len(scene.ids(name="Larva")) == 2
    scene.games.kill_units(0, [hatchery])

    scene.step(2)

    assert scene.ids(name="Larva") == []


def test_larva_cannot_be_sent_anywhere():
    scene = Scene()
    scene.put("Hatchery", 24.5, 24.5)
    scene.step(241)

    assert scene.order(scene.ids(name="Larva")[0], 16, at=(10, 10)) == 38  # UnitCantMove
