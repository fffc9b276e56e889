"""Scripted players on hand-made Frames: what they want, what they leave alone, whom they cannot hit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.broodwar import players
from engine.broodwar.players import PLAYERS
from engine.core.frame import UNIT_DTYPE, Commands, Frame, UnitCommandType, UnitFlag
from engine.core.gamemap import GameMap
from engine.core.jit import plain
from engine.core.scripted import CLOSEST, FIRST, NO_TARGET, WEAKEST_CLOSEST, choose_targets

MARINE, VULTURE, WRAITH, ZEALOT, MEDIC = 0, 2, 8, 65, 34
NAMES = ("attack_move", "closest", "weakest_closest", "noop")

GROUND_AND_AIR = {MARINE: (True, True), VULTURE: (True, False), WRAITH: (True, True), ZEALOT: (True, False)}


@pytest.fixture(autouse=True)
def _weapons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the players their weapons by hand, so that these tests know of no table."""
    hits = weapons()
    monkeypatch.setattr(players, "_hits", lambda: hits)


def weapons() -> NDArray[np.bool_]:
    hits = np.zeros((234, 2), np.bool_)
    for kind, targets in GROUND_AND_AIR.items():
        hits[kind] = targets
    return hits


def unit(unit_id: int, player: int, x: int, y: int = 100, **fields: Any) -> dict[str, Any]:
    defaults = {"type": MARINE, "hp": 40, "shield": 0, "order": 3, "target_id": -1, "flags": flag(UnitFlag.COMPLETED)}
    return {"id": unit_id, "player": player, "x": x, "y": y, **defaults, **fields}


def flag(*names: UnitFlag) -> int:
    return sum(1 << name for name in {UnitFlag.COMPLETED, *names})


def make_frame(*rows: tuple[int, list[dict[str, Any]]], capacity: int = 16) -> Frame:
    frame = Frame.allocate(len(rows), capacity, GameMap.flat("hand-made", 64, 64))
    for row, (player, units) in enumerate(rows):
        frame.player[row] = player
        frame.num_units[row] = len(units)
        for index, values in enumerate(units):
            for name, value in values.items():
                frame.units[row, index][name] = value
        # What lies beyond the valid units must never be read.
        frame.units[row, len(units) :]["player"] = 1 - player
        frame.units[row, len(units) :]["x"] = frame.units[row, 0]["x"] if units else 0
    return frame


def play(name: str, frame: Frame, capacity: int = 16) -> list[list[tuple[int, int, int, int, int]]]:
    commands = Commands.allocate(frame.player.shape[0], capacity)
    PLAYERS[name](frame, commands)
    return [
        [
            (int(item["unit_id"]), int(item["type"]), int(item["target_id"]), int(item["x"]), int(item["y"]))
            for item in items[:count]
        ]
        for items, count in zip(commands.items, commands.count, strict=True)
    ]


def attack(unit_id: int, target: dict[str, Any]) -> tuple[int, int, int, int, int]:
    return (unit_id, UnitCommandType.ATTACK_UNIT, target["id"], target["x"], target["y"])


def test_players_are_the_four_that_scenarios_offer() -> None:
    assert tuple(PLAYERS) == NAMES


def test_closest_attacks_each_units_own_nearest_enemy() -> None:
    left, right = unit(3, 1, 50), unit(4, 1, 400)
    frame = make_frame((0, [unit(1, 0, 60), unit(2, 0, 390), left, right]))

    [commands] = play("closest", frame)

    assert commands == [attack(1, left), attack(2, right)]


def test_closest_of_two_equally_near_takes_the_lower_id() -> None:
    low, high = unit(5, 1, 140), unit(9, 1, 60)
    frame = make_frame((0, [unit(1, 0, 100), low, high]))

    [commands] = play("closest", frame)

    assert commands == [attack(1, low)]


@pytest.mark.parametrize("name", ["closest", "weakest_closest"])
def test_focus_player_leaves_a_unit_alone_that_attacks_its_target_already(name: str) -> None:
    enemy = unit(2, 1, 150)
    frame = make_frame((0, [unit(1, 0, 100, order=10, target_id=2), enemy]))

    assert play(name, frame) == [[]]


@pytest.mark.parametrize(("order", "target_id"), [(10, 3), (6, 2), (14, 2), (10, -1)])
def test_closest_orders_anew_when_order_or_target_is_another(order: int, target_id: int) -> None:
    enemy = unit(2, 1, 150)
    frame = make_frame((0, [unit(1, 0, 100, order=order, target_id=target_id), enemy, unit(3, 1, 500)]))

    assert play("closest", frame) == [[attack(1, enemy)]]


def test_weakest_closest_prefers_few_hit_points_over_nearness() -> None:
    near, weak = unit(2, 1, 110), unit(3, 1, 300, hp=6)
    frame = make_frame((0, [unit(1, 0, 100), near, weak]))

    assert play("weakest_closest", frame) == [[attack(1, weak)]]


def test_weakest_closest_counts_shields_as_health() -> None:
    shielded, bare = unit(2, 1, 110, type=ZEALOT, hp=10, shield=60), unit(3, 1, 300, hp=40)
    frame = make_frame((0, [unit(1, 0, 100), shielded, bare]))

    assert play("weakest_closest", frame) == [[attack(1, bare)]]


@pytest.mark.parametrize(("walk_tiles", "expected"), [(32, 2), (33, 3)])
def test_weakest_closest_pays_one_hit_point_per_1024_squared_walk_tiles(walk_tiles: int, expected: int) -> None:
    # Unit 2 has one hit point less than unit 3, which stands beside us: 32 walk tiles away it draws, and the lower
    # id wins; one walk tile further it loses.
    far = unit(2, 1, 8 * walk_tiles, y=0, hp=39)
    frame = make_frame((0, [unit(1, 0, 0, y=0), far, unit(3, 1, 0, y=0, hp=40)]))

    [[command]] = play("weakest_closest", frame)

    assert command[2] == expected


def test_attack_move_sends_idle_units_only_towards_the_first_enemy() -> None:
    first = unit(3, 1, 500, y=200)
    idle, busy = unit(1, 0, 100, flags=flag(UnitFlag.IDLE)), unit(2, 0, 100)
    frame = make_frame((0, [idle, busy, first, unit(4, 1, 110)]))

    assert play("attack_move", frame) == [[(1, UnitCommandType.ATTACK_MOVE, -1, 500, 200)]]


def test_noop_gives_no_commands() -> None:
    assert play("noop", make_frame((0, [unit(1, 0, 100, flags=flag(UnitFlag.IDLE)), unit(2, 1, 110)]))) == [[]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "enemy",
    [
        pytest.param(unit(2, 1, 110, type=WRAITH, flags=flag(UnitFlag.FLYING)), id="air"),
        pytest.param(unit(2, 1, 110, flags=flag(UnitFlag.CLOAKED)), id="cloaked"),
        pytest.param(unit(2, 11, 110), id="neutral"),
        pytest.param(unit(2, 0, 110, type=MEDIC), id="own"),
    ],
)
def test_player_gives_no_command_where_nothing_can_be_hit(name: str, enemy: dict[str, Any]) -> None:
    vulture = unit(1, 0, 100, type=VULTURE, flags=flag(UnitFlag.IDLE))

    assert play(name, make_frame((0, [vulture, enemy]))) == [[]]


@pytest.mark.parametrize("name", ["attack_move", "closest", "weakest_closest"])
def test_player_passes_over_what_it_cannot_hit(name: str) -> None:
    wraith = unit(2, 1, 110, type=WRAITH, hp=1, flags=flag(UnitFlag.FLYING))
    zealot = unit(3, 1, 300, type=ZEALOT, hp=100, shield=60)
    vulture = unit(1, 0, 100, type=VULTURE, flags=flag(UnitFlag.IDLE))

    [[command]] = play(name, make_frame((0, [vulture, wraith, zealot])))

    assert command[3:] == (zealot["x"], zealot["y"])


def test_detected_cloaked_enemy_is_a_target() -> None:
    seen = unit(2, 1, 110, flags=flag(UnitFlag.CLOAKED, UnitFlag.DETECTED))

    assert play("closest", make_frame((0, [unit(1, 0, 100), seen]))) == [[attack(1, seen)]]


@pytest.mark.parametrize("name", ["closest", "weakest_closest"])
def test_unit_without_weapon_gets_no_command(name: str) -> None:
    frame = make_frame((0, [unit(1, 0, 100, type=MEDIC), unit(2, 0, 100, type=-1), unit(3, 1, 110)]))

    assert play(name, frame) == [[]]


@pytest.mark.parametrize("name", NAMES)
def test_frame_without_enemies_or_units_gives_no_commands(name: str) -> None:
    frame = make_frame((0, [unit(1, 0, 100, flags=flag(UnitFlag.IDLE))]), (1, []))

    assert play(name, frame) == [[], []]


def test_every_row_plays_for_its_own_player() -> None:
    units = [unit(1, 0, 100), unit(2, 1, 150)]
    frame = make_frame((0, units), (1, units))

    assert play("closest", frame) == [[attack(1, units[1])], [attack(2, units[0])]]


@pytest.mark.parametrize("name", ["closest", "attack_move"])
def test_commands_are_appended_and_stop_at_capacity(name: str) -> None:
    own = [unit(i, 0, 100, flags=flag(UnitFlag.IDLE)) for i in range(1, 5)]
    frame = make_frame((0, [*own, unit(9, 1, 110)]))
    commands = Commands.allocate(1, 3)
    commands.items[0, 0]["unit_id"] = 77
    commands.count[0] = 1

    PLAYERS[name](frame, commands)

    assert commands.count.tolist() == [3]
    assert commands.items["unit_id"].tolist() == [[77, 1, 2]]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[NDArray[np.void], int]:
    size = draw(st.integers(0, 8))
    units = np.zeros((1, 8), UNIT_DTYPE)
    for index in range(size):
        entry = units[0, index]
        entry["id"] = index * 3
        entry["type"] = draw(st.sampled_from([MARINE, VULTURE, WRAITH, ZEALOT, MEDIC, -1, 300]))
        entry["player"] = draw(st.sampled_from([-1, 0, 1, 11]))
        entry["flags"] = flag(
            *draw(st.lists(st.sampled_from([UnitFlag.CLOAKED, UnitFlag.DETECTED, UnitFlag.FLYING]), unique=True))
        )
        entry["x"], entry["y"] = draw(st.integers(0, 2047)), draw(st.integers(0, 2047))
        entry["hp"], entry["shield"] = draw(st.integers(1, 200)), draw(st.integers(0, 80))
    return units, size


@given(crowds(), st.sampled_from([CLOSEST, WEAKEST_CLOSEST, FIRST]))
def test_choose_targets_equals_its_plain_form_and_a_sort(crowd: tuple[NDArray[np.void], int], rule: int) -> None:
    units, size = crowd
    player, num_units, hits = np.zeros(1, np.int8), np.array([size], np.int32), weapons()
    compiled, uncompiled = np.full((1, 8), 99, np.int32), np.full((1, 8), 99, np.int32)

    choose_targets(player, num_units, units, hits, rule, compiled)
    plain(choose_targets)(player, num_units, units, hits, rule, uncompiled)

    expected = [_by_sorting(units[0, :size], index, hits, rule) for index in range(size)]
    assert compiled[0, :size].tolist() == uncompiled[0, :size].tolist() == expected
    assert compiled[0, size:].tolist() == [99] * (8 - size)


def _by_sorting(units: NDArray[np.void], index: int, hits: NDArray[np.bool_], rule: int) -> int:
    own = units[index]
    if own["player"] != 0 or not 0 <= own["type"] < len(hits):
        return NO_TARGET
    candidates = []
    for j, other in enumerate(units):
        flags = int(other["flags"])
        hidden = flags >> UnitFlag.CLOAKED & 1 and not flags >> UnitFlag.DETECTED & 1
        if other["player"] == 1 and not hidden and hits[own["type"], flags >> UnitFlag.FLYING & 1]:
            dx, dy = int(own["x"]) - int(other["x"]), int(own["y"]) - int(other["y"])
            tiles_x, tiles_y = own["x"] // 8 - other["x"] // 8, own["y"] // 8 - other["y"] // 8
            weakness = (int(other["hp"]) + int(other["shield"])) + (int(tiles_x) ** 2 + int(tiles_y) ** 2) / 1024
            candidates.append(({CLOSEST: dx * dx + dy * dy, WEAKEST_CLOSEST: weakness, FIRST: j}[rule], j))
    return min(candidates)[1] if candidates else NO_TARGET
