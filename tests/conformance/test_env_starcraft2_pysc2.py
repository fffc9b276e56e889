"""`pysc2` and `planes` in StarCraft II: what differs from Brood War's, with pixels and numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sc2_interface import GAME, SEAT, Interface

from bridge.layout import Layout
from bridge.scenarios import load_scenario
from engine.core.frame import Frame
from engine.core.gamemap import GameMap
from engine.core.rules import STARCRAFT2
from engine.starcraft2.names import UNIT_TYPE_NAMES
from engine.starcraft2.tables import unit_type_id
from envs.specs.ground import Ground
from envs.specs.pysc2 import to_pysc2
from envs.specs.sight import IN_SIGHT
from envs.tasks import make_task

SCV, HALL, MARINE = (unit_type_id(name) for name in ("SCV", "CommandCenter", "Marine"))
TRAIN_SCV, STOP = 524, 4
SECOND = 22.4

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


@pytest.fixture(scope="module")
def game() -> Interface:
    return Interface("terran")


@pytest.fixture
def terran(game: Interface) -> Interface:
    """Return a game at its first loop, with 50 minerals and nothing selected."""
    game.games.start(np.ones(1, np.bool_), np.array([1], np.uint64))
    game.begin()
    return game


def test_arrays_are_pysc2_s_twelve_in_its_shapes(terran: Interface) -> None:
    blocks = terran.task.observation.blocks

    assert {block.name: (block.shape, str(block.dtype)) for block in blocks} == {
        "available_actions": ((16,), "int8"),
        "build_queue": ((8, 7), "int32"),
        "cargo": ((8, 7), "int32"),
        "cargo_slots_available": ((1,), "int32"),
        "control_groups": ((10, 2), "int32"),
        "game_loop": ((1,), "int32"),
        "minimap": ((7, 64, 64), "int32"),
        "multi_select": ((500, 7), "int32"),
        "player": ((11,), "int32"),
        "score_cumulative": ((13,), "int32"),
        "screen": ((17, 64, 64), "int32"),
        "single_select": ((1, 7), "int32"),
    }


def test_unit_types_are_the_game_s_own_ids(terran: Interface) -> None:
    hall = terran.units("CommandCenter")[0]
    column, row = terran.cell(int(hall["x"]), int(hall["y"]))
    shown = terran.layer("screen", "unit_type")

    assert shown[row, column] == HALL
    # radius 2.75 cells, 88 px: at 12 px a cell, those whose middle is not farther away than that
    left, _, width, _ = terran.task.screen.cameras[0].tolist()
    middles = [left + (2 * c + 1) * width // 128 for c in range(64)]
    wide = sum(abs(x - int(hall["x"])) <= 88 for x in middles)
    assert (shown[row] == HALL).sum() == wide
    assert set(np.unique(shown)) <= {0, *(number for number, name in enumerate(UNIT_TYPE_NAMES) if name)}
    assert (np.unique(shown) > 255).any()  # mineral fields and geysers
    assert terran.layer("screen", "unit_hit_points")[row, column] == 1500
    assert (terran.layer("screen", "player_relative") == 3).any()
    assert not terran.layer("screen", "effects").any()


def test_visibility_creep_and_the_enemy_s_dark_base(terran: Interface) -> None:
    hall = terran.units("CommandCenter")[0]
    whole = terran.task.screen.maps[0]
    column, row = terran.cell(int(hall["x"]), int(hall["y"]), whole)

    assert terran.layer("minimap", "visibility_map")[row, column] == IN_SIGHT
    assert (terran.layer("minimap", "player_relative") != 4).all()
    game_map = terran.task.scenario.map
    other = next(
        s for s in game_map.starts if abs(int(s["x"]) - int(hall["x"])) + abs(int(s["y"]) - int(hall["y"])) > 640
    )
    column, row = terran.cell(int(other["x"]), int(other["y"]), whole)
    assert terran.layer("minimap", "visibility_map")[row, column] == 0
    assert not terran.layer("minimap", "creep").any()


def test_enemy_structure_is_remembered_without_points_when_it_is_out_of_sight(terran: Interface) -> None:
    x, y = (int(terran.units("CommandCenter")[0][axis]) for axis in "xy")
    terran.put("Pylon", x + 200, y + 160, player=1)
    terran.games.look_around(0)
    terran.look()
    (pylon,) = terran.units("Pylon", player=1)
    column, row = terran.cell(int(pylon["x"]), int(pylon["y"]))

    def shown() -> list[int]:
        return [int(terran.layer("screen", name)[row, column]) for name in
                ("unit_type", "player_relative", "unit_hit_points", "unit_shields")]  # fmt: skip

    kind = unit_type_id("Pylon")
    assert shown() == [kind, 4, 200, 200]
    # as if nobody looked: the view has neither the pylon nor its tiles in sight
    keep = terran.frame.units["id"][0] != pylon["id"]
    count = int(terran.frame.num_units[0])
    terran.frame.units[0, : count - 1] = terran.frame.units[0, :count][keep[:count]]
    terran.frame.num_units[0] = count - 1
    terran.frame.frame[0] += 8
    terran.task.encode(terran.frame, terran.arrays)
    assert shown() == [kind, 4, 0, 0]
    terran.frame.seen[0, int(pylon["y"]) // 32, int(pylon["x"]) // 32] = terran.frame.frame[0]
    terran.task.encode(terran.frame, terran.arrays)
    assert shown() == [0, 0, 0, 0]


def test_height_is_a_share_of_the_highest_ground() -> None:
    base = GameMap.flat("steps", 4, 1)
    heights = np.array([[127, 191, 207, 223]], np.uint8)  # 0, 8, 10 and 12 cells, as in the recording of the real game
    steps = GameMap(**{**{name: getattr(base, name) for name in base.__dataclass_fields__}, "ground_height": heights})

    assert Ground.of(steps).height.tolist() == [[0, 170, 212, 255]]


def test_power_is_round_and_does_not_climb() -> None:
    name = "melee?game=starcraft2&races=protoss:terran&starts=0:1"
    options = {"layers": ["power", "unit_type"], "resolution": 96}
    task = make_task(scenario=name, observation="planes", action="raw", observation_options=options)
    game_map = task.scenario.map
    frame = Frame.allocate(1, 8, game_map, layers=True)
    arrays = Layout(rows=1, arrays=dict(task.specs)).allocate()
    x, y = (int(game_map.starts[0][axis]) for axis in "xy")
    unit = frame.units[0, 0]
    unit["id"], unit["type"], unit["x"], unit["y"], unit["flags"] = 1, unit_type_id("Pylon"), x, y, 1 << 12
    unit["target_id"] = unit["build_type"] = -1
    frame.num_units[0] = 1
    task.reset(np.ones(1, np.bool_), frame)
    task.encode(frame, arrays)

    expected = np.zeros((96, 96), np.int32)
    level = game_map.ground_height >> 2
    for row in range(96):
        for column in range(96):
            at_x = (2 * column + 1) * game_map.width_px // 192
            at_y = (2 * row + 1) * game_map.height_px // 192
            is_near = (at_x - x) ** 2 + (at_y - y) ** 2 <= 208**2  # 6.5 cells
            expected[row, column] = is_near and level[at_y // 32, at_x // 32] <= level[y // 32, x // 32] + 1
    assert expected.sum() > 20
    power, types = arrays["observation"][0]
    assert power.dtype == np.int32
    assert np.array_equal(power, expected)
    assert types[y * 96 // game_map.height_px, x * 96 // game_map.width_px] == unit_type_id("Pylon")
    unit["flags"] = 1 << 3  # under construction
    frame.frame[0] += 8
    task.encode(frame, arrays)
    assert not arrays["observation"][0, 0].any()


def test_player_and_thirteen_scores_of_a_scripted_game(terran: Interface) -> None:
    """Twelve SCVs and a command center; one SCV is trained, a pylon and a zergling are killed."""
    for unit_id in terran.units("SCV")["id"].tolist():
        assert terran.games.order(0, unit_id, STOP) == 1
    terran.begin()
    assert terran.player() == {
        "player_id": 1,
        "minerals": 50,
        "vespene": 0,
        "food_used": 12,
        "food_cap": 15,
        "food_army": 0,
        "food_workers": 12,
        "idle_worker_count": 12,
        "army_count": 0,
        "warp_gate_count": 0,
        "larva_count": 0,
    }
    start = terran.score()
    assert (start["score"], start["total_value_units"], start["total_value_structures"]) == (1000, 600, 400)
    assert sum(start.values()) == 2000

    hall = int(terran.units("CommandCenter")[0]["id"])
    terran.play(48)  # the hall trains nothing, twelve SCVs stand
    assert terran.games.order(0, hall, TRAIN_SCV) == 1
    terran.play(8)
    assert terran.player()["food_workers"] == 13
    assert terran.player()["food_used"] == 13
    terran.select(hall)
    assert terran.array("build_queue")[:, 0].tolist() == [SCV] + [0] * 7
    assert terran.array("single_select")[0].tolist() == [HALL, 1, 1500, 0, 0, 0, 100]
    score = terran.score()
    assert score["idle_production_time"] == int(48 / SECOND)
    assert score["idle_worker_time"] == int(12 * 56 / SECOND)
    assert (score["spent_minerals"], score["collected_minerals"]) == (50, 0)

    x, y = (int(terran.unit(hall)[axis]) for axis in "xy")
    pylon, zergling = terran.put("Pylon", x + 200, y + 160, 1), terran.put("Zergling", x - 220, y + 160, 1)
    terran.put("Marine", x + 230, y)
    terran.play(8)
    terran.games.kill_units(0, [pylon, zergling])
    terran.play(264)
    score, player = terran.score(), terran.player()
    assert player["food_workers"] == 13
    assert (player["army_count"], player["food_army"]) == (1, 1)
    assert score["killed_value_units"] == 25
    assert score["killed_value_structures"] == 100
    assert score["total_value_units"] == 600 + 50 + 50
    assert score["total_value_structures"] == 400
    assert score["score"] == 1000 + 50 + 50
    assert (score["collected_vespene"], score["spent_vespene"]) == (0, 0)
    assert (score["collection_rate_minerals"], score["collection_rate_vespene"]) == (0, 0)

    worker = int(terran.units("SCV")[0]["id"])
    terran.select(worker)
    field = np.argwhere(terran.layer("screen", "unit_type") > 255)
    at = next((r, c) for r, c in field if UNIT_TYPE_NAMES[terran.layer("screen", "unit_type")[r, c]].startswith("Min"))
    terran.call("Harvest_Gather_screen", int(at[1]), int(at[0]))
    while terran.score()["collected_minerals"] == 0 and int(terran.frame.frame[0]) < 2000:
        terran.play(8)
    score = terran.score()
    assert score["collected_minerals"] == 5
    assert score["collection_rate_minerals"] == round(5 * 60 / (8 / SECOND) * (1 - np.exp(-8 / SECOND / 20)))
    assert score["spent_minerals"] == 50
    assert terran.player()["minerals"] == 5


def test_lair_is_worth_what_it_adds_and_a_warp_gate_is_counted() -> None:
    made = Interface("zerg")
    hatchery = made.units("Hatchery")[0]
    before = made.score()
    assert before["total_value_structures"] == 350
    assert made.player()["larva_count"] == len(made.units("Larva")) > 0
    at = int(np.flatnonzero(made.frame.units["id"][0] == hatchery["id"])[0])

    made.frame.units["type"][0, at] = unit_type_id("Lair")
    made.frame.frame[0] += 8
    made.task.encode(made.frame, made.arrays)

    assert made.score()["total_value_structures"] == 600  # 350, and 150 and 100 of the lair
    made.frame.units["type"][0, at] = unit_type_id("WarpGate")
    made.frame.frame[0] += 8
    made.task.encode(made.frame, made.arrays)
    assert made.player()["warp_gate_count"] == 1


def test_cargo_shows_who_got_in(terran: Interface) -> None:
    x, y = (int(terran.units("CommandCenter")[0][axis]) for axis in "xy")
    medivac, marine = terran.put("Medivac", x + 150, y + 150), terran.put("Marine", x + 320, y + 150)
    terran.play(8)
    terran.select(medivac)
    assert terran.array("cargo_slots_available").tolist() == [8]
    assert terran.games.order(0, marine, 1, medivac) == 1
    for _ in range(40):
        terran.play(8)
        if terran.array("cargo").any():
            break
    assert terran.array("cargo")[0, [0, 5]].tolist() == [MARINE, 1]
    assert terran.array("cargo_slots_available").tolist() == [7]


def test_pysc2_s_own_form_has_its_ids(terran: Interface) -> None:
    terran.click(int(terran.units("CommandCenter")[0]["id"]))
    own = to_pysc2({block.name: terran.array(block.name) for block in terran.task.observation.blocks}, game=STARCRAFT2)

    assert own["single_select"][0, 0] == HALL
    assert own["available_actions"].tolist() == [0, 1, 2, 4, 343, 344]
    assert own["multi_select"].shape == (0, 7)


def test_battles_show_real_ids_in_bytes() -> None:
    scenario = load_scenario("3m")
    task = make_task(scenario=scenario, observation="planes", observation_options={"layers": ["unit_type"]})
    (block,) = task.observation.blocks
    assert (str(block.dtype), block.fields[0].high) == ("uint8", 255)
    assert (GAME[0], SEAT[0]) == (0, 0)
