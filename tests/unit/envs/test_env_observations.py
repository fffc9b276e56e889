"""Every column of the observation against numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from env_scenes import ATTACK_UNIT, MOVE, Scene, five_marines_each

from engine.core.frame import UnitFlag


def vulture_and_zealot() -> Scene:
    scene = Scene("1vu_1zl")
    scene.put(
        1,
        "Terran_Vulture",
        0,
        1000,
        1024,
        hp=40,
        order=MOVE,
        velocity_x_256=-512,
        velocity_y_256=1024,
        ground_cooldown=16,
    )
    scene.put(2, "Protoss_Zealot", 1, 1096, 976, hp=75, shield=30, order=ATTACK_UNIT, target_id=1, ground_cooldown=0)
    scene.reset()
    return scene


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("hp", 40 / 80),
        ("shield", 0.0),
        ("energy", 0.0),
        ("durability", 40 / 160),
        ("ground_cooldown", 16 / 32),
        ("air_cooldown", 0.0),
        ("can_fire", 0.0),
        ("is_firing", 0.0),
        ("x", 2 * 1000 / 2048 - 1),
        ("y", 0.0),
        ("relative_x", 0.0),
        ("relative_y", 0.0),
        ("velocity_x", -0.25),
        ("velocity_y", 0.5),
        ("ground_range", 160 / 256),
        ("air_range", 0.0),
        ("is_idle", 0.0),
        ("is_moving", 1.0),
        ("is_attacking", 0.0),
        ("is_attack_moving", 0.0),
        # boxes: the vulture ends at x = 1015, the zealot begins at 1085; upwards 1008 against 989
        ("nearest_distance", (1085 - 1016 + 0) / 384),
        ("targets_in_range", 1.0),
        ("threats_in_range", 0.0),
        ("attackers", 1.0),
        ("is_Terran_Vulture", 1.0),
        ("is_Protoss_Zealot", 0.0),
    ],
)
def test_own_unit_columns(column: str, expected: float) -> None:
    scene = vulture_and_zealot()

    if column == "nearest_distance":
        # gaps 69 to the right and 18 upwards: 69 // 4 = 17 < 18, so the long form of the game's length applies
        expected = (69 - 69 // 16 + 18 * 3 // 8 - 69 // 64 + 18 * 3 // 256) / 384

    assert scene.value("own", 0, column) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("hp", 0.75),
        ("shield", 0.5),
        ("durability", 105 / 160),
        ("can_fire", 1.0),
        ("relative_x", 96 / 384),
        ("relative_y", -48 / 384),
        ("ground_range", 15 / 256),
        ("is_attacking", 1.0),
        ("targets_in_range", 0.0),
        ("threats_in_range", 1.0),
        ("attackers", 0.0),
        ("is_Protoss_Zealot", 1.0),
    ],
)
def test_enemy_unit_columns(column: str, expected: float) -> None:
    assert vulture_and_zealot().value("enemy", 0, column) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("dx", 96 / 384),
        ("dy", -48 / 384),
        ("in_own_range", 1.0),
        ("in_enemy_range", 0.0),
        ("own_targets", 0.0),
        ("enemy_targets", 1.0),
    ],
)
def test_relation_columns(column: str, expected: float) -> None:
    assert vulture_and_zealot().value("relations", 0, 0, column) == pytest.approx(expected, abs=1e-6)


def test_global_columns() -> None:
    scene = five_marines_each()

    scene.advance(scene.task.max_frames // 2)
    scene.kill(1, 2)
    scene.unit(6)["hp"] = 20
    scene.see()

    assert scene.value("global", "time") == pytest.approx(0.5, abs=1e-3)
    assert scene.value("global", "own_units") == pytest.approx(0.6)
    assert scene.value("global", "enemy_units") == 1.0
    assert scene.value("global", "own_points") == pytest.approx(0.6)
    assert scene.value("global", "enemy_points") == pytest.approx(0.9)
    assert scene.value("global", "own_y") == pytest.approx(2 * 1072 / 2048 - 1)
    assert scene.value("global", "enemy_dx") == pytest.approx(100 / 384)
    assert scene.value("global", "enemy_dy") == pytest.approx(-24 / 384)


def test_flags_of_an_attack_in_progress_show() -> None:
    scene = five_marines_each()
    scene.unit(1)["flags"] = np.uint64(1 << UnitFlag.STARTING_ATTACK)
    scene.unit(7)["flags"] = np.uint64(1 << UnitFlag.ATTACK_FRAME)

    scene.advance()
    scene.see()

    assert scene.arrays["observation/own"][0, :, 7].tolist() == [1, 0, 0, 0, 0]
    assert scene.arrays["observation/enemy"][0, :, 7].tolist() == [0, 1, 0, 0, 0]


def test_unit_that_flies_is_reached_by_air_weapons_only() -> None:
    scene = Scene("1vu_1zl")
    scene.put(1, "Terran_Vulture", 0, 1000, 1024)
    scene.put(2, "Protoss_Zealot", 1, 1060, 1024, flags=np.uint64(1 << UnitFlag.FLYING))
    scene.reset()

    assert scene.value("relations", 0, 0, "in_own_range") == 0.0
    assert scene.value("own", 0, "targets_in_range") == 0.0


def test_empty_slot_is_all_zeros() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(3, 8)
    scene.see()

    assert not scene.arrays["observation/own"][0, 2].any()
    assert not scene.arrays["observation/enemy"][0, 2].any()
    assert not scene.arrays["observation/relations"][0, 2].any()
    assert not scene.arrays["observation/relations"][0, :, 2].any()


def test_flat_joins_the_arrays_of_units_in_declared_order() -> None:
    units, flat = five_marines_each(), five_marines_each(observation="flat")

    joined = np.concatenate([units.arrays[f"observation/{b.name}"][0].ravel() for b in units.task.observation.blocks])

    assert flat.arrays["observation"][0].tobytes() == joined.tobytes()


def test_numbers_beyond_their_scale_are_clipped() -> None:
    scene = Scene("1vu_1zl")
    scene.put(1, "Terran_Vulture", 0, 20, 20, velocity_x_256=9000, ground_cooldown=255)
    scene.put(2, "Protoss_Zealot", 1, 2020, 2000)
    scene.reset()

    for block in scene.task.observation.blocks:
        block.validate(scene.arrays[f"observation/{block.name}"][0])
    assert scene.value("own", 0, "velocity_x") == 1.0
    assert scene.value("own", 0, "ground_cooldown") == 1.0
    assert scene.value("relations", 0, 0, "dx") == 1.0
    assert scene.value("relations", 0, 0, "gap") == 1.0


def test_validation_names_the_column_and_the_value() -> None:
    scene = five_marines_each()
    own = scene.task.observation.blocks[0]
    array = scene.arrays["observation/own"][0].copy()
    array[2, own.offsets()["is_moving"]] = 3.0

    with pytest.raises(ValueError, match=r"own\[2, 17\] \(is_moving\) = 3.0 is out of range"):
        own.validate(array)
    with pytest.raises(ValueError, match="is not float32"):
        own.validate(array.astype(np.float64))
