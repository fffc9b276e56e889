"""Slots keep their units, deaths are read in order, triggers' clearances are no losses."""

from __future__ import annotations

import numpy as np
import pytest
from env_scenes import Scene, five_marines_each


def info(scene: Scene) -> dict[str, int]:
    return {name[5:]: int(array[0]) for name, array in scene.arrays.items() if name.startswith("info/")}


def test_slots_are_filled_in_ascending_id() -> None:
    scene = five_marines_each()

    assert scene.task.battle.slots["id"][0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


def test_slot_of_a_dead_unit_stays_empty_and_others_keep_theirs() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(2, 7)
    scene.see()

    assert scene.arrays["observation/own_mask"][0].tolist() == [1, 0, 1, 1, 1]
    assert scene.arrays["observation/enemy_mask"][0].tolist() == [1, 0, 1, 1, 1]
    assert info(scene)["own_units"] == 4
    assert info(scene)["own_hp"] == 160


def test_battle_is_won_when_the_last_enemy_dies() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(6, 7, 8, 9, 10)
    scene.see()

    assert scene.arrays["terminated"][0]
    assert info(scene)["battle_won"] == 1
    assert info(scene)["enemy_units"] == 0


def test_battle_is_lost_when_the_last_own_unit_dies() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(1, 2, 3, 4, 5)
    scene.see()

    assert scene.arrays["terminated"][0]
    assert info(scene)["battle_won"] == 0


def place_next_armies(scene: Scene) -> None:
    for index in range(5):
        scene.put(4097 + index, "Terran_Marine", 0, 640, 1000 + 24 * index)
    for index in range(5):
        scene.put(4102 + index, "Terran_Marine", 1, 960, 1000 + 24 * index)


def test_survivors_that_a_trigger_removes_are_no_losses() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(6, 7, 8, 9, 10)
    scene.kill(1, 2, 3, 4, 5)  # the trigger's clearance, in the same step, after the last enemy
    place_next_armies(scene)
    scene.see()

    assert info(scene)["battle_won"] == 1
    assert info(scene)["own_units"] == 5
    assert info(scene)["own_hp"] == 200
    assert scene.arrays["terminated"][0]


def test_enemies_that_a_trigger_removes_after_a_defeat_are_no_kills() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(6, 1, 2, 3, 4, 5)
    scene.kill(7, 8, 9, 10)
    place_next_armies(scene)
    scene.see()

    assert info(scene)["battle_won"] == 0
    assert info(scene)["enemy_units"] == 4


def test_last_units_that_kill_each_other_win_nothing() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(1, 2, 3, 4, 6, 7, 8, 9)
    scene.see()
    scene.advance()
    scene.kill(10, 5)
    scene.see()

    assert scene.arrays["terminated"][0]
    assert info(scene)["battle_won"] == 0
    assert (info(scene)["own_units"], info(scene)["enemy_units"]) == (0, 0)


def test_units_of_the_next_battle_take_no_slots() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(6, 7, 8, 9, 10)
    place_next_armies(scene)
    scene.see()

    assert not scene.arrays["observation/enemy_mask"][0].any()
    assert scene.arrays["observation/own_mask"][0].all()


def test_following_the_same_frame_twice_changes_nothing() -> None:
    scene = five_marines_each()
    scene.advance()
    scene.kill(3)
    scene.see()
    before = scene.task.battle.slots.copy(), scene.task.battle.rows.copy()

    scene.task.battle.follow(scene.frame, scene.task.roster, sees_all=True)

    assert (scene.task.battle.slots == before[0]).all()
    assert (scene.task.battle.rows == before[1]).all()


def test_unit_that_vanishes_without_a_death_is_dead_where_all_is_seen() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.remove(8)
    scene.see()

    assert info(scene)["enemy_units"] == 4


def test_unit_that_is_out_of_sight_keeps_its_slot_and_points() -> None:
    scene = five_marines_each()
    battle, frame, roster = scene.task.battle, scene.frame, scene.task.roster

    scene.advance()
    gone = scene.unit(8).copy()
    scene.remove(8)
    battle.follow(frame, roster, sees_all=False)

    assert battle.slots["index"][0, 7] == -1
    assert battle.rows["enemy_units"][0] == 5
    assert battle.rows["enemy_points"][0] == 200

    scene.advance()
    scene.put(8, "Terran_Marine", 1, int(gone["x"]), int(gone["y"]), hp=10)
    battle.follow(frame, roster, sees_all=False)

    assert battle.slots["index"][0, 7] == 9
    assert battle.rows["enemy_points"][0] == 170


def test_enemy_seen_for_the_first_time_takes_a_free_slot_and_pays_nothing() -> None:
    scene = Scene()
    scene.put(5, "Terran_Marine", 0, 640, 1000)
    battle, frame, roster = scene.task.battle, scene.frame, scene.task.roster
    scene.task.reset(np.ones(1, np.bool_), frame)
    battle = scene.task.battle
    battle.begin(np.ones(1, np.bool_), frame, roster, sees_all=False)

    scene.advance()
    scene.remove(5)
    scene.put(3, "Terran_Marine", 1, 700, 1000, hp=30)
    scene.put(5, "Terran_Marine", 0, 640, 1000)
    battle.follow(frame, roster, sees_all=False)

    assert battle.slots["id"][0, 5] == 3
    assert battle.slots["id"][0, 0] == 5
    assert battle.rows["enemy_points"][0] == battle.rows["paid_enemy_points"][0] == 30


def test_neutral_units_and_units_of_no_army_are_not_seen() -> None:
    scene = five_marines_each()

    scene.put(20, "Terran_Marine", 11, 650, 1000)
    scene.put(21, "Zerg_Zergling", 1, 650, 1000)
    scene.advance()
    scene.kill(1, 2, 3, 4, 5)
    scene.see()

    assert info(scene)["own_units"] == 0
    assert scene.arrays["terminated"][0]


def test_rows_do_not_touch_each_other() -> None:
    one, two = five_marines_each(), five_marines_each()
    one.advance()
    one.kill(9)
    one.see()

    two.see()

    assert info(two)["enemy_units"] == 5
    assert info(one)["enemy_units"] == 4


@pytest.mark.parametrize("players", [(), (2,), (0, 5)])
def test_roster_of_players_that_do_not_exist_is_refused(players: tuple[int, ...]) -> None:
    from bridge.errors import ConfigError

    with pytest.raises(ConfigError, match="allowed: \\[0\\], \\[1\\] or \\[0, 1\\]"):
        Scene(players=players)
