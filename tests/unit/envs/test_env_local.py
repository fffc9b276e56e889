"""`local`: what each unit sees for itself, against numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from env_scenes import ATTACK_UNIT, Scene

SIGHT_OF_A_MARINE = 224  # 7 build tiles
SIGHT_OF_A_ZEALOT = 224


def marines() -> Scene:
    """Two own marines 100 px apart; an enemy 200 px from the first and 300 px from the second."""
    scene = Scene("m5v5_c_far", observation="local")
    scene.put(1, "Terran_Marine", 0, 800, 1024, hp=20)
    scene.put(2, "Terran_Marine", 0, 700, 1024)
    for unit_id in (3, 4, 5):  # out of everybody's sight
        scene.put(unit_id, "Terran_Marine", 0, 100, 100 + 300 * unit_id)
    scene.put(6, "Terran_Marine", 1, 1000, 1024, hp=10, order=ATTACK_UNIT, target_id=1)
    for unit_id in (7, 8, 9, 10):
        scene.put(unit_id, "Terran_Marine", 1, 1900, 100 + 150 * unit_id)
    scene.reset()
    return scene


def number(scene: Scene, slot: int, column: str, other: int | None = None) -> float:
    (block,) = scene.task.observation.blocks
    at = block.offsets()[column] + (other or 0)
    return float(scene.arrays["observation"][0, slot, at])


@pytest.mark.parametrize(
    ("slot", "column", "other", "expected"),
    [
        (0, "is_there", None, 1.0),
        (0, "hp", None, 0.5),
        (0, "x", None, 2 * 800 / 2048 - 1),
        (0, "is_Terran_Marine", None, 1.0),
        (0, "enemy_is_seen", 0, 1.0),
        (0, "enemy_distance", 0, 200 / SIGHT_OF_A_MARINE),
        (0, "enemy_dx", 0, 200 / SIGHT_OF_A_MARINE),
        (0, "enemy_dy", 0, 0.0),
        (0, "enemy_hp", 0, 0.25),
        (0, "enemy_is_Terran_Marine", 0, 1.0),
        (0, "enemy_in_range", 0, 0.0),  # a gap of 183 px, and a range of 128
        (0, "enemy_is_seen", 1, 0.0),
        (0, "ally_is_seen", 0, 0.0),  # itself
        (0, "ally_is_seen", 1, 1.0),
        (0, "ally_dx", 1, -100 / SIGHT_OF_A_MARINE),
        (0, "ally_is_seen", 2, 0.0),
        (1, "ally_hp", 0, 0.5),
        (1, "enemy_is_seen", 0, 0.0),  # its comrade sees it, it does not
        (1, "enemy_hp", 0, 0.0),
    ],
)
def test_columns(slot: int, column: str, other: int | None, expected: float) -> None:
    assert number(marines(), slot, column, other) == pytest.approx(expected, abs=1e-6)


def test_enemy_within_the_weapon_s_range_is_marked() -> None:
    scene = marines()

    scene.unit(6)["x"] = 800 + 128 + 17  # boxes are 8 px left and 8 right of the centre, plus one
    scene.see()
    assert number(scene, 0, "enemy_in_range", 0) == 1.0

    scene.unit(6)["x"] += 1
    scene.see()
    assert number(scene, 0, "enemy_in_range", 0) == 0.0


def test_sight_ends_where_the_game_s_does() -> None:
    scene = marines()

    scene.unit(6)["x"] = 800 + SIGHT_OF_A_MARINE
    scene.see()
    assert number(scene, 0, "enemy_is_seen", 0) == 1.0

    scene.unit(6)["x"] += 1
    scene.see()
    assert number(scene, 0, "enemy_is_seen", 0) == 0.0


def test_what_nobody_near_does_changes_nothing() -> None:
    scene = marines()
    before = scene.arrays["observation"][0, :2].copy()

    for unit_id in (7, 8, 9, 10):
        scene.unit(unit_id)["hp"] = 1
        scene.unit(unit_id)["y"] += 40
    scene.advance()
    scene.see()

    assert before.tobytes() == scene.arrays["observation"][0, :2].tobytes()


def test_dead_unit_s_line_is_zeros() -> None:
    scene = marines()

    scene.advance()
    scene.kill(1)
    scene.see()

    assert not scene.arrays["observation"][0, 0].any()
    assert number(scene, 1, "ally_is_seen", 0) == 0.0


def test_every_number_lies_in_its_declared_range() -> None:
    scene = marines()

    scene.task.observation.validate(scene.arrays)
    assert np.isfinite(scene.arrays["observation"]).all()


def test_sight_px_is_every_units_sight() -> None:
    scene = marines()
    near = Scene("m5v5_c_far", observation="local", observation_options={"sight_px": 150})
    for index in range(int(scene.frame.num_units[0])):
        near.frame.units[0, index] = scene.frame.units[0, index]
    near.frame.num_units[0] = scene.frame.num_units[0]
    near.reset()

    assert number(near, 0, "enemy_is_seen", 0) == 0.0  # 200 px between the centres, 183 between the boxes
    assert number(near, 0, "ally_is_seen", 1) == 1.0  # 100 and 83 px
    assert number(near, 0, "ally_distance", 1) == pytest.approx(83 / 150, abs=1e-6)
    assert number(near, 0, "ally_dx", 1) ** 2 + number(near, 0, "ally_dy", 1) ** 2 == pytest.approx((100 / 150) ** 2)


def test_sight_of_the_firing_range_is_the_weapon_s_reach() -> None:
    scene = Scene("m5v5_c_far", observation="local", observation_options={"sight_px": 128})
    scene.put(1, "Terran_Marine", 0, 640, 1024)
    for at, gap_px in enumerate((0, 127, 128, 129)):
        scene.put(2 + at, "Terran_Marine", 1, 640 + 8 + 1 + gap_px + 8, 1024)
    scene.reset()

    assert [number(scene, 0, "enemy_is_seen", slot) for slot in range(4)] == [1, 1, 1, 0]
    assert [number(scene, 0, "enemy_in_range", slot) for slot in range(4)] == [1, 1, 1, 0]
    assert number(scene, 0, "enemy_distance", 2) == 1.0
