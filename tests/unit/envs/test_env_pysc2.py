"""`pysc2`: the twelve arrays by hand-made Frames, with pixels and numbers computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from economy_scenes import (
    DONE,
    IDLE,
    MINING,
    MOVE_SCREEN,
    PROTOSS,
    SELECT_GROUP,
    SELECT_POINT,
    TERRAN,
    WITH_GAS,
    WITH_MINERALS,
    ZERG,
    EconomyScene,
)
from numpy.typing import NDArray

from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Frame, UnitFlag
from envs.specs.panels import LINE_FIELDS, PLAYER_FIELDS, SCORE_FIELDS
from envs.specs.pysc2 import MINIMAP_LAYERS, SCREEN_LAYERS, to_pysc2
from envs.specs.sight import IN_SIGHT, SEEN_BEFORE

RECALL, SET, APPEND = range(3)
UNFINISHED = 1 << UnitFlag.BEING_CONSTRUCTED

PLAYER = [field.name for field in PLAYER_FIELDS]
SCORE = [field.name for field in SCORE_FIELDS]
LINE = [field.name for field in LINE_FIELDS]


class Interface(EconomyScene):
    """A scene seen through the interface, with the tile layers of the Frame."""

    def __init__(self, scenario: str = TERRAN, **params: Any) -> None:
        super().__init__(scenario, observation="pysc2", action="functions", **params)
        bare = self.frame
        self.frame = Frame.allocate(1, bare.units.shape[1], bare.map, layers=True)
        self.frame.units[:] = bare.units
        self.frame.num_units[:] = bare.num_units
        self.supply(8, 20)

    def array(self, name: str) -> NDArray[Any]:
        array: NDArray[Any] = self.arrays[f"observation/{name}"][0]
        return array

    def layer(self, array: str, name: str) -> NDArray[np.int32]:
        names = MINIMAP_LAYERS if array == "minimap" else SCREEN_LAYERS
        return self.array(array)[names.index(name)]

    def player(self) -> dict[str, int]:
        return dict(zip(PLAYER, self.array("player").tolist(), strict=True))

    def score(self) -> dict[str, int]:
        return dict(zip(SCORE, self.array("score_cumulative").tolist(), strict=True))

    def cell(self, x: int, y: int) -> tuple[int, int]:
        """Return the screen's (row, column) of a place on the map."""
        left, top, width, height = self.task._screen.cameras[0].tolist()
        return (y - top) * 64 // height, (x - left) * 64 // width

    def click(self, unit_id: int) -> None:
        unit = self.unit(unit_id)
        row, column = self.cell(int(unit["x"]), int(unit["y"]))
        self.do(SELECT_POINT, column, row)

    def do(self, function: int, column: int = 0, row: int = 0, act: int = 0, group: int = 0) -> list[Any]:
        sent = self.act(function, column, row, act, group)
        assert self.info("invalid_actions") == 0
        self.see()
        return sent

    def kill(self, unit_id: int) -> None:
        """Let a unit die before the next view."""
        count = int(self.frame.num_units[0])
        ids = self.frame.units["id"][0, :count]
        self.frame.units[0, : count - 1] = self.frame.units[0, :count][ids != unit_id]
        self.frame.num_units[0] = count - 1
        self.frame.deaths[0, self.frame.num_deaths[0]] = unit_id
        self.frame.num_deaths[0] += 1

    def remove(self, unit_id: int) -> None:
        """Take a unit out of the view without a death."""
        deaths = int(self.frame.num_deaths[0])
        self.kill(unit_id)
        self.frame.num_deaths[0] = deaths

    def see(self, frames: int = 24) -> float:
        reward = super().see(frames)
        self.frame.num_deaths[0] = 0
        self.task.observation.validate(self.arrays)
        return reward


def scene() -> Interface:
    """Return a command center and three SCVs below it, the third at work."""
    made = Interface()
    for number, flags in enumerate((IDLE, IDLE, MINING)):
        made.put(300 + number, "Terran_SCV", made.x - 60 + 60 * number, made.y + 120, flags, hp=60)
    made.bank(50)
    made.reset()
    return made


def test_arrays_are_pysc2_s_twelve_in_its_shapes_and_types() -> None:
    blocks = scene().task.observation.blocks

    assert {block.name: (block.shape, str(block.dtype)) for block in blocks} == {
        "available_actions": ((16,), "int8"),
        "build_queue": ((5, 7), "int32"),
        "cargo": ((8, 7), "int32"),
        "cargo_slots_available": ((1,), "int32"),
        "control_groups": ((10, 2), "int32"),
        "game_loop": ((1,), "int32"),
        "minimap": ((7, 64, 64), "int32"),
        "multi_select": ((12, 7), "int32"),
        "player": ((11,), "int32"),
        "score_cumulative": ((13,), "int32"),
        "screen": ((17, 64, 64), "int32"),
        "single_select": ((1, 7), "int32"),
    }
    assert [block.name for block in blocks] == sorted(block.name for block in blocks)


def test_columns_are_in_pysc2_s_order() -> None:
    assert PLAYER == [
        "player_id",
        "minerals",
        "vespene",
        "food_used",
        "food_cap",
        "food_army",
        "food_workers",
        "idle_worker_count",
        "army_count",
        "warp_gate_count",
        "larva_count",
    ]
    assert SCORE == [
        "score",
        "idle_production_time",
        "idle_worker_time",
        "total_value_units",
        "total_value_structures",
        "killed_value_units",
        "killed_value_structures",
        "collected_minerals",
        "collected_vespene",
        "collection_rate_minerals",
        "collection_rate_vespene",
        "spent_minerals",
        "spent_vespene",
    ]
    assert LINE == [
        "unit_type",
        "player_relative",
        "health",
        "shields",
        "energy",
        "transport_slots_taken",
        "build_progress",
    ]


def test_player_counts_what_there_is() -> None:
    made = scene()
    made.put(310, "Terran_Marine", made.x + 200, made.y + 120)
    made.unit(200)["train_count"], made.unit(200)["build_type"] = 1, unit_type_id("Terran_SCV")
    made.supply(10, 20)  # three SCVs, a marine, and an SCV in training
    made.bank(123, 45)
    made.see()

    assert made.player() == {
        "player_id": 1,
        "minerals": 123,
        "vespene": 45,
        "food_used": 5,
        "food_cap": 10,
        "food_army": 1,
        "food_workers": 4,
        "idle_worker_count": 2,
        "army_count": 1,
        "warp_gate_count": 0,
        "larva_count": 0,
    }


def test_larvae_are_counted() -> None:
    made = Interface(scenario=TERRAN, depot=None)
    made.put(200, "Zerg_Hatchery", made.x, made.y)
    made.put(201, "Zerg_Larva", made.x, made.y + 70)
    made.put(202, "Zerg_Larva", made.x + 20, made.y + 70)
    made.reset()

    assert made.player()["larva_count"] == 2
    assert made.score()["score"] == 300  # a hatchery; larvae cost nothing


def test_thirteen_scores_of_a_scripted_game() -> None:
    """Follow a small game second by second and compute each number by hand."""
    made = scene()
    # A command center of 400 and three SCVs of 50 stand there from the start and count as made.
    assert made.score() == dict.fromkeys(SCORE, 0) | {
        "score": 550,
        "total_value_units": 150,
        "total_value_structures": 400,
    }

    # Second 1: the third SCV has minerals in hand; the center trains nothing, two SCVs are idle.
    made.unit(302)["flags"] = WITH_MINERALS
    made.see(24)
    # Second 2: it has brought them home; the center begins an SCV; a depot is begun (100) by the first SCV.
    made.unit(302)["flags"] = MINING
    made.unit(200)["train_count"], made.unit(200)["build_type"] = 1, unit_type_id("Terran_SCV")
    made.unit(300)["flags"] = DONE | 1 << UnitFlag.CONSTRUCTING
    made.put(400, "Terran_Supply_Depot", made.x + 200, made.y, UNFINISHED, remaining_frames=300)
    made.bank(50 + 8 - 50)  # the SCV is paid; the depot's 100 came from nowhere: not in this bank
    made.see(24)
    score = made.score()
    assert (score["idle_production_time"], score["idle_worker_time"]) == (1, 3)
    assert score["score"] == 650  # the depot counts from its beginning
    assert score["total_value_structures"] == 400  # but is made only when it is complete
    assert (score["collected_minerals"], score["spent_minerals"]) == (8, 50)
    assert score["collection_rate_minerals"] == round(8 * 60 * (1 - np.exp(-24 / 480)))

    # Second 3: the depot is complete; the second SCV has brought gas; an enemy zealot and a pylon come into sight.
    made.unit(400)["flags"] = DONE
    made.unit(301)["flags"] = WITH_GAS
    made.put(500, "Protoss_Zealot", made.x + 100, made.y + 200, player=1)
    made.put(501, "Protoss_Pylon", made.x + 150, made.y + 200, player=1)
    made.put(502, "Protoss_Probe", made.x + 180, made.y + 200, player=1)
    made.see(24)
    made.unit(301)["flags"] = MINING
    # Second 4: zealot and pylon die, and so does an own SCV; the probe walks out of sight.
    for unit_id in (302, 500, 501):
        made.kill(unit_id)
    made.remove(502)
    made.see(24)

    score = made.score()
    first = 8 * 60 * (1 - np.exp(-24 / 480))
    assert score == {
        "score": 600,  # 400 + 100 + two SCVs
        "idle_production_time": 1,  # it has trained since
        "idle_worker_time": 3,  # two for a second, one for another; then all have work
        "total_value_units": 150,  # losses take nothing back
        "total_value_structures": 500,
        "killed_value_units": 100,
        "killed_value_structures": 100,
        "collected_minerals": 8,
        "collected_vespene": 8,
        "collection_rate_minerals": round(first * np.exp(-48 / 480)),
        "collection_rate_vespene": round(first),
        "spent_minerals": 50,
        "spent_vespene": 8,  # it never reached this bank
    }
    # Who walked away and is reported dead much later was not seen to die.
    made.see(24)
    made.see(24)
    made.frame.deaths[0, 0], made.frame.num_deaths[0] = 502, 1
    made.see(24)
    assert made.score()["killed_value_units"] == 100


def test_tank_that_sieges_is_made_once_and_a_pair_of_zerglings_costs_one_price() -> None:
    made = scene()
    made.put(310, "Terran_Siege_Tank_Tank_Mode", made.x + 100, made.y + 100)
    made.put(311, "Zerg_Zergling", made.x + 150, made.y + 100)
    made.put(312, "Zerg_Zergling", made.x + 170, made.y + 100)
    made.see()
    before = made.score()["total_value_units"]
    assert before == 150 + 250 + 50

    made.unit(310)["type"] = unit_type_id("Terran_Siege_Tank_Siege_Mode")
    made.see()

    assert made.score()["total_value_units"] == before


def test_one_selected_unit_is_a_line_of_its_own() -> None:
    made = scene()
    made.unit(300)["hp"] = 33
    made.click(300)

    assert made.array("single_select").tolist() == [[unit_type_id("Terran_SCV") + 1, 1, 33, 0, 0, 1, 100]]
    assert not made.array("multi_select").any()
    assert made.layer("screen", "selected").any()
    row, column = made.cell(int(made.unit(300)["x"]), int(made.unit(300)["y"]))
    assert made.layer("screen", "selected")[row, column] == 1


def test_building_under_construction_shows_its_progress() -> None:
    made = scene()
    made.put(400, "Terran_Supply_Depot", made.x + 200, made.y + 40, UNFINISHED, remaining_frames=450)
    made.see()
    made.click(400)

    assert made.array("single_select")[0, 6] == 25  # 450 of 600 frames are left


def test_queue_of_three_shows_three_lines_and_rises() -> None:
    made = scene()
    center = made.unit(200)
    center["train_count"], center["build_type"] = 3, unit_type_id("Terran_SCV")
    seen = []
    made.click(200)
    for remaining in (300, 150, 3):
        made.unit(200)["remaining_train_frames"] = remaining
        made.see()
        seen.append(made.array("build_queue")[:, 6].tolist())

    assert made.array("build_queue")[:, 0].tolist() == [unit_type_id("Terran_SCV") + 1] * 3 + [0, 0]
    assert seen == [[0, 0, 0, 0, 0], [50, 0, 0, 0, 0], [99, 0, 0, 0, 0]]


def test_transport_shows_who_got_in_and_the_room_left() -> None:
    made = scene()
    made.put(310, "Terran_Marine", made.x + 100, made.y + 100, target_id=320)  # on its way to the dropship
    made.put(311, "Terran_Vulture", made.x + 130, made.y + 100)
    made.put(320, "Terran_Dropship", made.x + 160, made.y + 100, target_id=311)  # it fetches the vulture
    made.see()
    made.click(320)
    assert made.array("cargo_slots_available").tolist() == [8]

    made.remove(310)
    made.remove(311)
    made.see()

    assert made.array("cargo")[:, [0, 5]].tolist()[:3] == [
        [unit_type_id("Terran_Marine") + 1, 1],
        [unit_type_id("Terran_Vulture") + 1, 2],
        [0, 0],
    ]
    assert made.array("cargo_slots_available").tolist() == [8 - 1 - 2]
    made.unit(320)["target_id"] = -1
    made.put(330, "Terran_Marine", made.x, made.y + 150)  # another one; then the first gets out
    made.unit(330)["id"] = 310
    made.frame.units[0, : made.frame.num_units[0]].sort(order="id")
    made.see()
    assert made.array("cargo_slots_available").tolist() == [8 - 2]


def test_control_groups_are_set_added_to_and_recalled() -> None:
    made = scene()
    made.click(300)
    made.do(SELECT_GROUP, act=SET, group=3)
    made.click(301)
    made.do(SELECT_GROUP, act=APPEND, group=3)
    made.do(SELECT_GROUP, act=APPEND, group=3)  # who is a member is not added again
    made.do(SELECT_GROUP, act=SET, group=0)

    scv = unit_type_id("Terran_SCV") + 1
    groups = made.array("control_groups").tolist()
    assert groups == [[scv, 1], [0, 0], [0, 0], [scv, 2], *[[0, 0]] * 6]
    made.do(SELECT_GROUP, act=RECALL, group=3)
    assert made.array("multi_select")[:, 0].tolist() == [scv] * 2 + [0] * 10
    assert not made.array("single_select").any()
    assert [line[0] for line in made.do(MOVE_SCREEN, 5, 5)] == [300, 301]

    made.kill(300)
    made.see()
    assert made.array("control_groups")[3].tolist() == [scv, 1]
    made.do(SELECT_GROUP, act=RECALL, group=7)  # an empty one changes nothing
    assert made.array("single_select")[0, 0] == scv


def test_enemies_join_no_group_and_an_empty_selection_changes_none() -> None:
    made = scene()
    made.click(300)
    made.do(SELECT_GROUP, act=SET, group=1)
    made.put(400, "Zerg_Zergling", made.x + 120, made.y + 120, player=1)
    made.see()
    made.click(400)
    assert made.array("single_select")[0, 1] == 4
    made.do(SELECT_GROUP, act=SET, group=1)
    made.do(SELECT_POINT, 0, 0)
    made.do(SELECT_GROUP, act=SET, group=1)

    assert made.array("control_groups")[1].tolist() == [unit_type_id("Terran_SCV") + 1, 1]
    made.reset()
    assert not made.array("control_groups").any()


def test_visibility_and_creep_are_what_the_frame_says_of_each_tile() -> None:
    made = Interface(scenario=TERRAN)
    made.frame.frame[0] = 100
    made.frame.seen[0, 4, 6] = 100  # in sight
    made.frame.seen[0, 4, 8] = 70  # before
    made.frame.creep[0, 10, 12] = 1
    made.reset()

    # the map has as many tiles as twice the cells: the cell (2, 3) has its centre in tile (5, 7) ...
    high, wide = made.frame.map.height, made.frame.map.width
    assert (high, wide) == (128, 128)
    made.frame.seen[0, 5, 7] = made.frame.frame[0] + 24
    made.frame.seen[0, 5, 9] = 70
    made.frame.creep[0, 11, 13] = 1
    made.see(24)
    visibility = made.layer("minimap", "visibility_map")
    assert (visibility[2, 3], visibility[2, 4], visibility.sum()) == (IN_SIGHT, SEEN_BEFORE, IN_SIGHT + SEEN_BEFORE)
    creep = made.layer("minimap", "creep")
    assert (creep[5, 6], creep.sum()) == (1, 1)


def test_power_is_a_pylon_s_field_tile_by_tile() -> None:
    made = EconomyScene(
        PROTOSS, None, observation="planes", action="raw",
        observation_options={"layers": ["power"], "resolution": 128},
    )  # fmt: skip
    made.put(200, "Protoss_Pylon", 64 * 32, 64 * 32)
    made.put(201, "Protoss_Pylon", 30 * 32, 30 * 32, UNFINISHED)
    made.put(202, "Protoss_Pylon", 90 * 32, 90 * 32, player=1)
    made.reset()

    # tiles on each side of the pylon's middle, by the tile's row above or below it
    wide = {0: 8, 1: 8, 2: 7, 3: 6, 4: 3}
    expected = np.zeros((128, 128), np.uint8)
    for row, columns in wide.items():
        expected[64 + row, 64 - columns : 64 + columns] = 1
        expected[63 - row, 64 - columns : 64 + columns] = 1
    assert np.array_equal(made.arrays["observation"][0, 0], expected)


def test_effects_show_storms_sweeps_swarms_and_webs() -> None:
    made = EconomyScene(
        ZERG, "Zerg_Hatchery", observation="planes", action="raw",
        observation_options={"layers": ["effects"], "resolution": 128},
    )  # fmt: skip
    middle = 16
    made.put(300, "Zerg_Zergling", 50 * 32 + middle, 40 * 32 + middle, DONE | 1 << UnitFlag.UNDER_STORM)
    made.put(301, "Zerg_Zergling", 60 * 32 + middle, 40 * 32 + middle)
    made.put(302, "Spell_Scanner_Sweep", 70 * 32 + middle, 40 * 32 + middle, player=1)
    made.put(303, "Spell_Dark_Swarm", 80 * 32 + middle, 40 * 32 + middle)
    made.put(304, "Zerg_Zergling", 80 * 32 + middle, 40 * 32 + middle)
    made.put(305, "Spell_Disruption_Web", 100 * 32 + middle, 40 * 32 + middle, player=1)
    made.put(306, "Terran_Nuclear_Missile", 110 * 32 + middle, 40 * 32 + middle, player=1)
    made.reset()

    effects = made.arrays["observation"][0, 0]
    assert effects[40, [50, 60, 70, 80, 100, 110]].tolist() == [1, 0, 6, 13, 14, 7]
    assert np.argwhere(effects == 13).tolist() == [[r, c] for r in range(38, 43) for c in range(78, 83)]
    assert np.unique(np.argwhere(effects == 14)[:, 1]).tolist() == [99, 100, 101]


def test_enemy_building_is_remembered_without_points_until_its_place_is_seen_empty() -> None:
    made = Interface()
    made.put(400, "Zerg_Hatchery", made.x + 200, made.y - 100, player=1, hp=1250)
    made.reset()
    row, column = made.cell(made.x + 200, made.y - 100)

    def shown() -> tuple[int, int, int]:
        return tuple(int(made.layer("screen", name)[row, column]) for name in
                     ("unit_type", "player_relative", "unit_hit_points"))  # type: ignore[return-value]  # three  # fmt: skip

    kind = unit_type_id("Zerg_Hatchery") + 1
    assert shown() == (kind, 4, 1250)
    made.remove(400)
    made.see()
    assert shown() == (kind, 4, 0)
    made.frame.seen[0, (made.y - 100) // 32, (made.x + 200) // 32] = made.frame.frame[0] + 24
    made.see(24)
    assert shown() == (0, 0, 0)


def test_enemy_base_is_dark_until_it_is_seen() -> None:
    made = scene()
    assert (made.layer("minimap", "player_relative") != 4).all()

    made.put(400, "Zerg_Hatchery", 3000, 3200, player=1)
    made.see()

    row, column = 3200 // 64, 3000 // 64
    assert made.layer("minimap", "player_relative")[row, column] == 4
    assert made.layer("minimap", "player_id")[row, column] == 2


def test_pysc2_s_own_form_has_lists_as_long_as_they_are() -> None:
    made = scene()
    made.click(300)
    own = to_pysc2({block.name: made.array(block.name) for block in made.task.observation.blocks})

    assert own["single_select"].shape == (1, 7)
    assert own["multi_select"].shape == own["cargo"].shape == own["build_queue"].shape == (0, 7)
    assert own["available_actions"].tolist() == [0, 1, 2, 4, 6, 264, 331, 332]
    assert {array.dtype for array in own.values()} == {np.dtype(np.int32)}


@pytest.mark.parametrize(("value", "shape"), [(True, (16,)), (False, (15,))])
def test_control_groups_are_an_option(value: bool, shape: tuple[int, ...]) -> None:
    made = Interface(observation_options={"control_groups": value, "resolution": 32})

    assert made.task.observation.specs["observation/available_actions"].shape == shape
    assert len(made.task.action.specs["action"].shape) == 1
    assert made.task.action.specs["action"].shape == ((5,) if value else (3,))
    assert made.task.observation.specs["observation/screen"].shape == (17, 32, 32)
