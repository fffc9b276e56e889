"""`squad`, `continuous` and `raw`: which commands an action sends, and which are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from env_scenes import ATTACK_UNIT, Scene, five_marines_each

from bridge.errors import ConfigError, InvalidActionError
from engine.core.frame import UnitCommandType
from envs.specs.squad import ATTACK_NEAREST, ATTACK_WEAKEST, FIRST_FOCUS, SquadSpec

MOVE = int(UnitCommandType.MOVE)
ATTACK = int(UnitCommandType.ATTACK_UNIT)
EAST = 3


def sent(scene: Scene, action: object) -> list[tuple[int, int, int]]:
    """Return (unit, command, target) of the commands of an action."""
    scene.commands.clear()
    scene.arrays["action"][0] = action
    scene.task.decode(scene.arrays, scene.frame, scene.commands)
    items = scene.commands.items[0, : scene.commands.count[0]]
    return [(int(item["unit_id"]), int(item["type"]), int(item["target_id"])) for item in items]


def invalid(scene: Scene) -> int:
    return int(scene.arrays["info/invalid_actions"][0])


def squads(number: int = 2) -> Scene:
    return five_marines_each(action="squad", action_options={"squads": number})


def test_slots_are_divided_in_order() -> None:
    spec = squads().task.action

    assert isinstance(spec, SquadSpec)
    assert spec.squad_of.tolist() == [0, 0, 0, 1, 1]
    assert spec.nvec.tolist() == [11 + 5] * 2


def test_squad_s_move_is_every_unit_s_move() -> None:
    assert sent(squads(), (EAST, 0)) == [(1, MOVE, -1), (2, MOVE, -1), (3, MOVE, -1)]


def test_focus_is_an_attack_of_all_on_one() -> None:
    assert sent(squads(), (0, FIRST_FOCUS + 2)) == [(4, ATTACK, 8), (5, ATTACK, 8)]


def test_attack_nearest_is_each_unit_s_own_nearest() -> None:
    assert sent(squads(1), (ATTACK_NEAREST,)) == [(1 + i, ATTACK, 6 + i) for i in range(5)]


def test_attack_weakest_is_the_one_with_the_fewest_points() -> None:
    scene = squads(1)
    scene.unit(9)["hp"] = 7
    scene.see()

    assert sent(scene, (ATTACK_WEAKEST,)) == [(1 + i, ATTACK, 9) for i in range(5)]


def test_unit_that_attacks_its_target_already_is_not_told_again() -> None:
    scene = squads(1)
    scene.unit(1)["order"] = ATTACK_UNIT
    scene.unit(1)["target_id"] = 6
    scene.see()

    assert [unit for unit, _, _ in sent(scene, (ATTACK_NEAREST,))] == [2, 3, 4, 5]
    assert invalid(scene) == 0


def test_squad_mask_is_what_some_unit_of_it_can_do() -> None:
    scene = squads()
    scene.advance()
    scene.kill(6, 4, 5)
    scene.see()

    mask = scene.arrays["action_mask"][0].reshape(2, -1)
    assert mask[0, FIRST_FOCUS:].tolist() == [False, True, True, True, True]
    assert mask[1].tolist() == [True] + [False] * 15  # the second squad is dead

    assert sent(scene, (FIRST_FOCUS, 0)) == []
    assert invalid(scene) == 1
    assert sent(scene, (0, ATTACK_NEAREST)) == []
    assert invalid(scene) == 1


@pytest.mark.parametrize("seed", range(20))
def test_squad_s_choice_is_invalid_exactly_when_its_mask_forbids_it(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scene = squads(3)
    scene.advance()
    dead = generator.choice(np.arange(1, 11), 6, replace=False)
    scene.kill(*(int(one) for one in dead if one not in (1, 10)))
    scene.see()
    mask = scene.arrays["action_mask"][0].reshape(3, -1)
    choices = generator.integers(0, 16, 3)

    sent(scene, choices)

    assert invalid(scene) == sum(not mask[s, c] for s, c in enumerate(choices))


def move_of(attack: float, angle: float, distance: float) -> Scene:
    scene = five_marines_each(action="continuous", action_options={"reach_px": 200})
    action = np.full((5, 3), -1.0)
    action[0] = (attack, angle, distance)
    scene.commands.clear()
    scene.arrays["action"][0] = action
    scene.task.decode(scene.arrays, scene.frame, scene.commands)
    return scene


@pytest.mark.parametrize(
    ("angle", "distance", "x", "y"),
    [
        (0.0, 1.0, 640 + 200, 1000),  # east
        (0.5, 1.0, 640, 1000 - 200),  # north is up
        (1.0, 0.0, 640 - 100, 1000),
        (-0.5, -0.5, 640, 1000 + 50),
        (0.25, 1.0, 640 + round(200 / math.sqrt(2)), 1000 - round(200 / math.sqrt(2))),
    ],
)
def test_continuous_move_goes_to_the_point(angle: float, distance: float, x: int, y: int) -> None:
    scene = move_of(-0.1, angle, distance)

    (command,) = scene.commands.items[0, : scene.commands.count[0]]
    assert (command["unit_id"], command["type"], command["x"], command["y"]) == (1, MOVE, x, y)


def test_continuous_attack_is_on_the_enemy_nearest_to_the_point() -> None:
    scene = five_marines_each(action="continuous")
    action = np.full((5, 3), -1.0)
    action[0] = (1.0, 0.0, -1.0)  # nearest to where it stands
    action[1] = (0.5, -0.5, 1.0)  # far below: the lowest enemy

    assert sent(scene, action) == [(1, ATTACK, 6), (2, ATTACK, 10)]


def test_continuous_attack_on_nobody_is_counted() -> None:
    scene = five_marines_each(action="continuous")
    scene.advance()
    scene.kill(6, 7, 8, 9, 10)
    scene.see()

    assert sent(scene, np.tile((1.0, 0.0, 0.0), (5, 1))) == []
    assert invalid(scene) == 5


def test_actions_without_choices_have_no_masks() -> None:
    for action in ("continuous", "raw"):
        scene = five_marines_each(action=action)

        assert "action_mask" not in scene.arrays
        with pytest.raises(ConfigError, match="has no masks"):
            scene.task.action.flat_mask_to_tuple(np.ones(3, np.bool_))


def test_raw_sends_what_it_says_and_drops_what_is_not_the_seat_s_to_command() -> None:
    scene = five_marines_each(action="raw", action_options={"commands": 5})
    nothing = (-1, 44, -1, 0, 0, 0)
    action = [
        (3, int(UnitCommandType.PATROL), -1, 100, 200, 0),
        (6, int(UnitCommandType.STOP), -1, 0, 0, 0),  # the enemy's
        (1, ATTACK, 9, 0, 0, 0),
        (1, ATTACK, 77, 0, 0, 0),  # nobody sees a unit 77
        nothing,
    ]

    assert sent(scene, action) == [(3, int(UnitCommandType.PATROL), -1), (1, ATTACK, 9)]
    assert invalid(scene) == 2
    assert tuple(scene.commands.items[0, 0])[3:] == (100, 200, 0)


def test_raw_observation_is_the_frame() -> None:
    scene = five_marines_each(observation="raw")

    units, player = scene.arrays["observation/units"][0], scene.arrays["observation/player"][0]
    names = [field.name for field in scene.task.observation.blocks[0].fields]
    assert units[:10, 0].tolist() == list(range(1, 11))
    assert units[5, names.index("x")] == 740
    assert not units[10:].any()
    assert player[2] == 10


@pytest.mark.parametrize(
    ("action", "value", "message"),
    [
        ("squad", [16, 0], r"action for squad 0 is 16; allowed: 0 to 15"),
        ("squad", [0], r"action of shape \(1,\); allowed: \(2,\), one choice per squad"),
        ("continuous", np.full((5, 3), 1.5), r"action for line 0, attack is 1.5; allowed: -1 to 1"),
        ("continuous", np.full((5, 3), np.nan), r"attack is nan; allowed: -1 to 1"),
        ("raw", np.zeros((5, 6)), r"action of dtype float64; allowed: integers"),
        ("raw", np.full((5, 6), 45), r"line 0, type is 45; allowed: 0 to 44"),
    ],
)
def test_action_outside_its_space_is_refused(action: str, value: object, message: str) -> None:
    spec = five_marines_each(action=action).task.action

    with pytest.raises(InvalidActionError, match=message):
        spec.checked(value)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"observation": "local", "action": "squad"}, "observation 'local' with action 'squad'"),
        ({"observation": "plane"}, "unknown observation 'plane'; did you mean 'planes'"),
        ({"action": "mikro"}, "unknown action 'mikro'; did you mean 'micro'"),
        ({"action": "squad", "action_options": {"squad": 2}}, "unknown option 'squad'; did you mean 'squads'"),
        ({"action": "squad", "action_options": {"squads": 6}}, "'squads': got 6; allowed: an integer from 1 to 5"),
        ({"action": "micro", "action_options": {"squads": 2}}, "unknown option 'squads'; known: attack_px, directions"),
        ({"action": "continuous", "action_options": {"squads": 2}}, "unknown option 'squads'; known: reach_px"),
        ({"observation": "planes", "observation_options": {"layers": ["creap"]}}, "unknown name 'creap'"),
        ({"observation": "planes", "observation_options": {"resolution": 4}}, "integers from 8 to 512"),
        ({"observation": "flat", "observation_options": {"features": ["hp", "hp"]}}, "each name once"),
        ({"observation": "flat", "observation_options": 3}, "allowed: a mapping"),
    ],
)
def test_wrong_names_and_options_are_refused_by_one_line(params: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        Scene(**params)  # type: ignore[arg-type]

    assert "\n" not in str(caught.value)


def test_chosen_features_are_the_same_numbers_in_fewer_columns() -> None:
    whole = five_marines_each()
    options = {"features": ["x", "hp", "type"], "arrays": ["own", "own_mask"]}
    few = five_marines_each(observation_options=options)

    (own, mask) = few.task.observation.blocks
    assert [field.name for field in own.fields] == ["hp", "x", "is_Terran_Marine"]
    assert mask.name == "own_mask"
    names = whole.task.observation.blocks[0].offsets()
    wanted = whole.arrays["observation/own"][0][:, [names["hp"], names["x"], names["is_Terran_Marine"]]]
    assert few.arrays["observation/own"][0].tobytes() == wanted.tobytes()
    flat = five_marines_each(observation="flat", observation_options=options)
    assert flat.arrays["observation"][0].tobytes() == np.append(wanted.ravel(), np.ones(5, np.float32)).tobytes()
