"""What the choices of `micro` send, and what their masks allow."""

from __future__ import annotations

import numpy as np
import pytest
from env_scenes import ATTACK_UNIT, MOVE, Scene, five_marines_each

from bridge.errors import ConfigError
from engine.core.frame import UnitCommandType, UnitFlag

ATTACK = 9


def mask(scene: Scene, slot: int) -> list[bool]:
    spec = scene.task.action
    row = scene.arrays["action_mask"][0].reshape(spec.num_own, spec.num_choices)
    return [bool(one) for one in row[slot]]


def test_no_change_sends_nothing() -> None:
    assert five_marines_each().act(0, 0, 0, 0, 0) == []


@pytest.mark.parametrize(
    ("choice", "dx", "dy"),
    [
        (1, 0, -64),
        (2, 45, -46),
        (3, 64, 0),
        (4, 45, 45),
        (5, 0, 64),
        (6, -46, 45),
        (7, -64, 0),
        (8, -46, -46),
    ],
)
def test_move_goes_the_move_distance(choice: int, dx: int, dy: int) -> None:
    scene = five_marines_each(move_distance_px=64)

    (command,) = scene.act(0, choice, 0, 0, 0)

    assert (command["unit_id"], command["type"]) == (2, UnitCommandType.MOVE)
    assert (command["x"] - 640, command["y"] - 1024) == (dx, dy)
    assert command["target_id"] == -1


def test_move_is_clamped_so_that_the_box_stays_on_the_map() -> None:
    scene = Scene("1vu_1zl", move_distance_px=500)
    scene.put(1, "Terran_Vulture", 0, 100, 1900)
    scene.put(2, "Protoss_Zealot", 1, 1000, 1000)
    scene.reset()

    (west,) = scene.act(7)
    (south,) = scene.act(5)

    assert west["x"] == 16  # a vulture reaches 16 px to the left of its centre
    assert south["y"] == 2048 - 32 - 1 - 15  # and 15 px down; the lowest row of tiles is closed


def test_moves_that_lead_nowhere_are_masked() -> None:
    scene = Scene("1vu_1zl")
    scene.put(1, "Terran_Vulture", 0, 16, 16)
    scene.put(2, "Protoss_Zealot", 1, 1000, 1000)
    scene.reset()

    # north-west of the corner only sliding along an edge remains: N and W themselves, and NW, lead nowhere
    assert mask(scene, 0)[1:9] == [False, True, True, True, True, True, False, False]
    assert scene.act(1) == []
    assert scene.arrays["info/invalid_actions"][0] == 1


def test_attack_names_the_unit_in_the_slot() -> None:
    scene = five_marines_each()

    (command,) = scene.act(0, 0, 0, ATTACK + 2, 0)

    assert (command["unit_id"], command["type"], command["target_id"]) == (4, UnitCommandType.ATTACK_UNIT, 8)


def test_attack_on_the_present_target_is_allowed_and_sends_nothing() -> None:
    scene = five_marines_each()
    scene.unit(1)["order"] = ATTACK_UNIT
    scene.unit(1)["target_id"] = 7
    scene.advance()
    scene.see()

    assert mask(scene, 0)[ATTACK + 1]
    assert scene.act(ATTACK + 1, 0, 0, 0, 0) == []
    assert scene.arrays["info/invalid_actions"][0] == 0
    assert len(scene.act(ATTACK + 2, 0, 0, 0, 0)) == 1


def test_attack_on_its_way_is_not_sent_again() -> None:
    scene = five_marines_each(latency_frames=5, frame_skip=2)

    first = scene.act(ATTACK, 0, 0, 0, 0)
    scene.advance(2)
    scene.see()
    second = scene.act(ATTACK, 0, 0, 0, 0)
    other = scene.act(ATTACK + 1, 0, 0, 0, 0)
    scene.advance(20)  # it never became an order, so it is sent again
    scene.see()
    third = scene.act(ATTACK + 1, 0, 0, 0, 0)

    assert [len(one) for one in (first, second, other, third)] == [1, 0, 1, 1]


def test_attack_after_a_move_on_its_way_is_sent() -> None:
    scene = five_marines_each(latency_frames=5, frame_skip=2)
    scene.unit(1)["order"] = ATTACK_UNIT
    scene.unit(1)["target_id"] = 6

    scene.act(7, 0, 0, 0, 0)
    scene.advance(2)
    scene.see()

    assert len(scene.act(ATTACK, 0, 0, 0, 0)) == 1


def test_dead_unit_allows_only_no_change() -> None:
    scene = five_marines_each()
    scene.advance()
    scene.kill(2)
    scene.see()

    assert mask(scene, 1) == [True] + [False] * 13
    assert scene.act(0, 3, 0, 0, 0) == []
    assert scene.arrays["info/invalid_actions"][0] == 1


def test_dead_enemy_cannot_be_attacked() -> None:
    scene = five_marines_each()
    scene.advance()
    scene.kill(8)
    scene.see()

    assert mask(scene, 0)[ATTACK:] == [True, True, False, True, True]
    assert scene.act(ATTACK + 2, 0, 0, 0, 0) == []
    assert scene.arrays["info/invalid_actions"][0] == 1


def test_enemy_out_of_the_weapons_reach_by_kind_cannot_be_attacked() -> None:
    scene = Scene("1vu_1zl")
    scene.put(1, "Terran_Vulture", 0, 1000, 1000)
    scene.put(2, "Protoss_Zealot", 1, 1050, 1000, flags=np.uint64(1 << UnitFlag.FLYING))
    scene.reset()

    assert mask(scene, 0)[ATTACK:] == [False]


@pytest.mark.parametrize(("is_detected", "allowed"), [(False, False), (True, True)])
def test_cloaked_enemy_can_be_attacked_only_if_detected(is_detected: bool, allowed: bool) -> None:
    scene = five_marines_each()
    flags = 1 << UnitFlag.CLOAKED | (1 << UnitFlag.DETECTED if is_detected else 0)
    scene.unit(6)["flags"] = np.uint64(flags)

    scene.advance()
    scene.see()

    assert mask(scene, 0)[ATTACK] is allowed


def test_choice_outside_the_space_is_dropped_and_counted() -> None:
    scene = five_marines_each()

    assert scene.act(14, -1, 0, 0, 0) == []
    assert scene.arrays["info/invalid_actions"][0] == 2


def test_mask_as_a_tuple_has_one_array_per_slot() -> None:
    scene = five_marines_each()

    parts = scene.task.action.flat_mask_to_tuple(scene.arrays["action_mask"][0])

    assert len(parts) == 5
    assert all(part.dtype == np.int8 and part.shape == (14,) for part in parts)
    assert np.concatenate(parts).astype(bool).tolist() == scene.arrays["action_mask"][0].tolist()


@pytest.mark.parametrize(
    ("scenario", "distance_px"),
    [
        ("m5v5_c_far", 64),  # 4 px a frame * (8 + latency) frames, no braking
        ("1vu_1zl", 128),  # 6.4 * (7 + 2) and 57 px of braking
    ],
)
def test_move_distance_is_longer_than_a_step_and_the_braking(scenario: str, distance_px: int) -> None:
    assert Scene(scenario).task.action.move_distance_px == distance_px


def test_choices_have_names() -> None:
    spec = five_marines_each().task.action

    assert [spec.choice_name(choice) for choice in (0, 1, 8, 9, 13)] == [
        "no change",
        "move N",
        "move NW",
        "attack enemy slot 0",
        "attack enemy slot 4",
    ]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"observation": "unit"}, "unknown observation 'unit'; did you mean 'units'?"),
        ({"action": "mikro"}, "unknown action 'mikro'; did you mean 'micro'?"),
        ({"frame_skip": 0}, "frame_skip 0 is not an integer of at least 1"),
        ({"max_frames": 2.5}, "max_frames 2.5 is not an integer of at least 1"),
        ({"latency_frames": True}, "latency_frames True is not an integer of at least 0"),
        ({"move_distance_px": -3}, "move_distance_px -3 is not an integer of at least 1"),
        ({"reward": "defualt"}, "unknown reward 'defualt'; did you mean 'default'?"),
        ({"reward": {"kils": 1.0}}, "unknown reward term 'kils'; did you mean 'kills'?"),
        ({"reward": {"kills": "many"}}, "reward term 'kills': weight 'many' is not a finite number"),
        ({"reward": {"kills": float("nan")}}, "reward term 'kills': weight nan is not a finite number"),
    ],
)
def test_wrong_parameter_is_refused_in_one_line(params: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Scene(**params)  # type: ignore[arg-type]

    assert str(caught.value) == message


def test_order_of_a_moving_unit_does_not_hide_an_attack() -> None:
    scene = five_marines_each()
    scene.unit(1)["order"] = MOVE
    scene.unit(1)["target_id"] = 6

    assert len(scene.act(ATTACK, 0, 0, 0, 0)) == 1


def test_four_directions_forbid_the_diagonals_and_nothing_else() -> None:
    scene = five_marines_each(action_options={"directions": 4})

    assert mask(scene, 0)[1:9] == [True, False] * 4
    assert len(scene.act(1, 3, 5, 7, 0)) == 4
    assert scene.act(2, 0, 0, 0, 0) == []
    assert scene.arrays["info/invalid_actions"][0] == 1


def test_attacks_beyond_attack_px_are_forbidden() -> None:
    scene = Scene("m5v5_c_far", action_options={"attack_px": 128})
    scene.put(1, "Terran_Marine", 0, 640, 1024)
    for number, gap_px in enumerate((127, 128, 129)):
        scene.put(2 + number, "Terran_Marine", 1, 640 + 8 + 1 + gap_px + 8, 1024)
    scene.reset()

    assert mask(scene, 0)[ATTACK : ATTACK + 3] == [True, True, False]
    assert len(scene.act(ATTACK + 1, 0, 0, 0, 0)) == 1
    assert scene.act(ATTACK + 2, 0, 0, 0, 0) == []
    assert scene.arrays["info/invalid_actions"][0] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"directions": 6}, "action_options 'directions': got 6; allowed: 4 or 8"),
        ({"attack_px": 0}, "action_options 'attack_px': got 0; allowed: an integer from 1"),
        ({"direction": 4}, "unknown option 'direction'; did you mean 'directions'?"),
    ],
)
def test_wrong_options_are_refused_in_one_line(options: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        five_marines_each(action_options=options)
