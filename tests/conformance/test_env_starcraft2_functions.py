"""PySC2's fifteen functions in StarCraft II, one by one on the engine: what they ask for, send, and come to."""

from __future__ import annotations

import numpy as np
import pytest
from sc2_interface import CELLS, Interface

from engine.core.frame import UnitCommandType, UnitFlag
from engine.core.rules import STARCRAFT2
from engine.starcraft2.results import MUST_TARGET_RESOURCES, SUCCESS
from engine.starcraft2.step import PIXEL
from engine.starcraft2.tables import KIND_OF, unit_type_id
from envs.specs.call_rules import calling_rules_of
from envs.specs.costs import costs_of
from envs.specs.function_table import functions_of
from envs.specs.reading import has_flag

ALWAYS = {"no_op", "move_camera", "select_point", "select_control_group"}
WORKER = {"Harvest_Gather_screen", "Move_screen", "Move_minimap"}
CARRYING = int(UnitFlag.CARRYING_MINERALS)
DEPOT = "SupplyDepot"

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


def worker(made: Interface) -> int:
    """Select the first worker; return its id."""
    unit_id = int(made.units("SCV")[0]["id"])
    made.select(unit_id)
    return unit_id


def free_cell(made: Interface, name: str) -> tuple[int, int]:
    """Return a cell of the screen whose middle a structure may be placed at."""
    left, top, width, height = made.task.screen.cameras[0].tolist()
    for row in range(4, CELLS - 4, 3):
        for column in range(4, CELLS - 4, 3):
            x, y = left + (2 * column + 1) * width // (2 * CELLS), top + (2 * row + 1) * height // (2 * CELLS)
            if made.games.may_place(0, int(KIND_OF[unit_type_id(name)]), 0, x * PIXEL, y * PIXEL) == SUCCESS:
                return column, row
    raise AssertionError(f"no room for a {name} on the screen")


def until_complete(made: Interface, name: str, frames: int) -> np.void:
    """Play on until a structure stands; return it."""
    for _ in range(frames // 8):
        made.play(8)
        done = [unit for unit in made.units(name) if has_flag(unit, UnitFlag.COMPLETED)]
        if done:
            return done[0]
    raise AssertionError(f"no {name} after {frames} loops")


@pytest.mark.parametrize("race", ["terran", "protoss", "zerg"])
def test_numbers_follow_pysc2_s_ids_in_every_race(race: str) -> None:
    ids = [one.number for one in functions_of(race, STARCRAFT2, has_groups=False)]
    assert ids == sorted(set(ids))
    assert len(ids) == {"terran": 15, "protoss": 47, "zerg": 50}[race]


def test_no_op_sends_nothing(terran: Interface) -> None:
    assert len(terran.call("no_op")) == 0


def test_camera_is_24_cells_over_the_depot_and_moves(terran: Interface) -> None:
    centre = terran.units("CommandCenter")[0]
    width, height = terran.task.screen.maps[0, 2:].tolist()

    def around(x: int, y: int) -> list[int]:
        return [min(max(x - 384, 0), width - 768), min(max(y - 384, 0), height - 768), 768, 768]

    assert terran.task.screen.cameras[0].tolist() == around(int(centre["x"]), int(centre["y"]))
    terran.call("move_camera", 32, 40)
    assert terran.task.screen.cameras[0].tolist() == around(65 * width // 128, 81 * height // 128)
    # the camera's box on the minimap: the cells whose middle it shows
    left, top, wide, high = terran.task.screen.cameras[0].tolist()
    columns = [c for c in range(CELLS) if left <= (2 * c + 1) * width / 128 < left + wide]
    rows = [r for r in range(CELLS) if top <= (2 * r + 1) * height / 128 < top + high]
    expected = np.zeros((CELLS, CELLS), np.int32)
    expected[np.ix_(rows, columns)] = 1
    assert np.array_equal(terran.layer("minimap", "camera"), expected)


def test_click_selects_what_is_under_it_or_nothing(terran: Interface) -> None:
    centre = int(terran.units("CommandCenter")[0]["id"])
    terran.click(centre)
    assert terran.array("single_select")[0, :2].tolist() == [unit_type_id("CommandCenter"), 1]
    column, row = terran.cell(int(terran.unit(centre)["x"]), int(terran.unit(centre)["y"]))
    assert terran.layer("screen", "selected")[row, column] == 1

    empty = np.argwhere(terran.layer("screen", "player_relative") == 0)[0]
    terran.call("select_point", int(empty[1]), int(empty[0]))

    assert (terran.task.screen.selected_ids[0] < 0).all()
    assert not terran.array("single_select").any()
    assert not terran.layer("screen", "selected").any()


def test_idle_workers_are_selected_in_turn(terran: Interface) -> None:
    chosen = []
    ids = terran.units("SCV")["id"].tolist()
    idle = [unit_id for unit_id in ids if has_flag(terran.unit(unit_id), UnitFlag.IDLE)]
    if not idle:  # the game begins with workers at work
        assert "select_idle_worker" not in terran.available()
        for unit_id in ids[:2]:
            terran.games.order(0, unit_id, 4)
        terran.play(8)
        idle = ids[:2]
    for _ in range(3):
        terran.call("select_idle_worker")
        chosen.append(int(terran.task.screen.selected_ids[0, 0]))
    assert chosen == [idle[n % len(idle)] for n in range(3)]


def test_worker_offers_what_can_be_paid(terran: Interface) -> None:
    unit_id = worker(terran)
    idle = {"select_idle_worker"} & terran.available()
    assert terran.available() == ALWAYS | WORKER | idle
    terran.bank(75)
    assert terran.available() == ALWAYS | WORKER | idle | {"Build_Refinery_screen"}
    terran.bank(400)
    builds = {"Build_Refinery_screen", "Build_SupplyDepot_screen", "Build_CommandCenter_screen"}
    assert terran.available() == ALWAYS | WORKER | idle | builds
    assert terran.unit(unit_id)["player"] == 0


@pytest.mark.parametrize(("name", "price"), [(DEPOT, 100), ("CommandCenter", 400)])
def test_structures_are_placed_with_their_middle_at_the_point(terran: Interface, name: str, price: int) -> None:
    before = set(terran.units(name)["id"].tolist())
    unit_id = worker(terran)
    terran.bank(price - 1)
    assert f"Build_{name}_screen" not in terran.available()
    terran.bank(price)
    column, row = free_cell(terran, name)
    left, top, width, height = terran.task.screen.cameras[0].tolist()

    (sent,) = terran.call(f"Build_{name}_screen", column, row)

    assert (int(sent["unit_id"]), int(sent["type"])) == (unit_id, UnitCommandType.USE_TECH_POSITION)
    x, y = left + (2 * column + 1) * width // 128, top + (2 * row + 1) * height // 128
    assert (int(sent["x"]), int(sent["y"])) == (x, y)
    assert terran.refused == []
    for _ in range(60):
        terran.play(8)
        new = [unit for unit in terran.units(name) if int(unit["id"]) not in before]
        if new:
            break
    (structure,) = new
    assert max(abs(int(structure["x"]) - x), abs(int(structure["y"]) - y)) <= 16  # snapped to whole cells
    assert terran.player()["minerals"] < price  # it is paid when it begins
    # the builder is at work and takes nothing else
    terran.select(unit_id)
    assert terran.available() <= ALWAYS | {"select_idle_worker"}


def test_refinery_is_built_on_a_geyser_only(terran: Interface) -> None:
    worker(terran)
    terran.bank(75)
    terran.call("Build_Refinery_screen", *free_cell(terran, DEPOT))
    assert terran.refused == [MUST_TARGET_RESOURCES]
    terran.play(80)
    assert len(terran.units("Refinery")) == 0

    units = terran.frame.units[0, : terran.frame.num_units[0]]
    left, top, width, height = terran.task.screen.cameras[0].tolist()
    is_geyser = calling_rules_of(STARCRAFT2).geysers
    geysers = [unit for unit in units if is_geyser[unit["type"]]
               and left < unit["x"] < left + width and top < unit["y"] < top + height]  # fmt: skip
    (sent,) = terran.call("Build_Refinery_screen", *terran.cell(int(geysers[0]["x"]) + 8, int(geysers[0]["y"])))

    assert (int(sent["type"]), int(sent["target_id"])) == (UnitCommandType.USE_TECH_UNIT, int(geysers[0]["id"]))
    assert terran.refused == []
    terran.play(240)
    (refinery,) = terran.units("Refinery")
    assert (refinery["x"], refinery["y"]) == (geysers[0]["x"], geysers[0]["y"])


def test_gather_takes_the_field_under_the_point_and_return_brings_it_home(terran: Interface) -> None:
    unit_id = worker(terran)
    units = terran.frame.units[0, : terran.frame.num_units[0]]
    me = terran.unit(unit_id)
    fields = units[costs_of(STARCRAFT2)["is_field"][units["type"]] != 0]
    field = min(fields, key=lambda one: abs(int(one["x"]) - int(me["x"])) + abs(int(one["y"]) - int(me["y"]))).copy()
    empty = np.argwhere(terran.layer("screen", "player_relative") == 0)[0]
    assert len(terran.call("Harvest_Gather_screen", int(empty[1]), int(empty[0]))) == 0
    assert "Harvest_Return_quick" not in terran.available()

    (sent,) = terran.call("Harvest_Gather_screen", *terran.cell(int(field["x"]), int(field["y"])))

    assert int(sent["target_id"]) in fields["id"]  # fields overlap
    assert terran.refused == []
    assert has_flag(terran.unit(unit_id), UnitFlag.GATHERING_MINERALS)
    for _ in range(40):
        terran.play(8)
        if has_flag(terran.unit(unit_id), CARRYING):
            break
    assert "Harvest_Return_quick" in terran.available()
    (sent,) = terran.call("Harvest_Return_quick")
    assert terran.refused == []
    before = terran.score()["collected_minerals"]
    for _ in range(40):
        terran.play(8)
        if not has_flag(terran.unit(unit_id), CARRYING):
            break
    assert terran.score()["collected_minerals"] >= before + 5


def test_lowered_depot_is_walked_over_and_a_raised_one_is_not(terran: Interface) -> None:
    column, row = free_cell(terran, DEPOT)
    left, top, width, height = terran.task.screen.cameras[0].tolist()
    x, y = left + (2 * column + 1) * width // 128, top + (2 * row + 1) * height // 128
    depot = terran.put(DEPOT, x, y)
    unit_id = worker(terran)
    place = terran.unit(depot)

    def reaches_it() -> bool:
        """Say whether the worker gets to the depot's middle, coming from the town hall."""
        hall = terran.units("CommandCenter")[0]
        terran.select(unit_id)
        terran.call("Move_screen", *terran.cell(int(hall["x"]) + 96, int(hall["y"])), frames=160)
        terran.call("Move_screen", *terran.cell(int(place["x"]), int(place["y"])), frames=240)
        me = terran.unit(unit_id)
        return max(abs(int(me["x"]) - int(place["x"])), abs(int(me["y"]) - int(place["y"]))) < 20

    assert not reaches_it()
    terran.select(depot)
    assert "Morph_SupplyDepot_Raise_quick" not in terran.available()
    terran.call("Morph_SupplyDepot_Lower_quick", frames=48)
    assert terran.refused == []
    assert int(terran.unit(depot)["type"]) == unit_type_id("SupplyDepotLowered")
    assert terran.player()["food_cap"] == 15 + 8
    assert "Morph_SupplyDepot_Lower_quick" not in terran.available()
    assert reaches_it()

    hall = terran.units("CommandCenter")[0]
    terran.call("Move_screen", *terran.cell(int(hall["x"]) + 96, int(hall["y"])), frames=160)
    terran.select(depot)
    terran.call("Morph_SupplyDepot_Raise_quick", frames=48)
    assert terran.refused == []
    assert int(terran.unit(depot)["type"]) == unit_type_id(DEPOT)
    assert not reaches_it()
    assert terran.score()["total_value_structures"] == 400 + 100  # its forms are one depot


@pytest.mark.parametrize("name", ["Move_screen", "Move_minimap"])
def test_moves_go_to_the_cell_s_middle(terran: Interface, name: str) -> None:
    unit_id = worker(terran)
    window = (terran.task.screen.cameras if name == "Move_screen" else terran.task.screen.maps)[0].tolist()

    (sent,) = terran.call(name, 40, 30)

    x, y = window[0] + 81 * window[2] // 128, window[1] + 61 * window[3] // 128
    assert (int(sent["unit_id"]), int(sent["x"]), int(sent["y"])) == (unit_id, x, y)
    assert terran.refused == []
    assert (int(terran.unit(unit_id)["target_x"]), int(terran.unit(unit_id)["target_y"])) == (x, y)


def test_rallied_workers_gather_or_go_to_the_place(terran: Interface) -> None:
    hall = terran.units("CommandCenter")[0]
    slot = terran.games.slot_of(0, int(hall["id"]))
    terran.select(int(hall["id"]))
    assert {"Rally_Workers_screen", "Rally_Workers_minimap"} <= terran.available()
    assert not {"Move_screen", "Harvest_Gather_screen"} & terran.available()
    units = terran.frame.units[0, : terran.frame.num_units[0]]
    near = units[costs_of(STARCRAFT2)["is_field"][units["type"]] != 0]
    field = min(near, key=lambda one: abs(int(one["x"]) - int(hall["x"])) + abs(int(one["y"]) - int(hall["y"])))

    (sent,) = terran.call("Rally_Workers_screen", *terran.cell(int(field["x"]), int(field["y"])))
    assert int(sent["target_id"]) in near["id"]
    assert terran.refused == []
    assert terran.games.units[0]["has_rally"][slot].tolist() == [0, 1]

    (sent,) = terran.call("Rally_Workers_minimap", 20, 20)
    assert int(sent["target_id"]) == -1
    assert terran.refused == []
    assert terran.games.units[0]["rally_target"][slot][1] == -1
    assert terran.games.units[0]["rally_x"][slot][1] == int(sent["x"]) * PIXEL


def test_control_groups_hold_more_than_twelve_and_share_units(terran: Interface) -> None:
    for n in range(20):
        terran.put("Marine", int(terran.units("CommandCenter")[0]["x"]) + 120 + 10 * n, 3000)
    terran.look()
    marines = terran.units("Marine")["id"].tolist()
    terran.select(*marines)
    terran.call("select_control_group", 0, 0, 1, 3)
    assert terran.array("control_groups")[3].tolist() == [unit_type_id("Marine"), 20]
    terran.call("select_point", 0, 0)
    terran.call("select_control_group", 0, 0, 0, 3)
    assert (terran.array("multi_select")[:, 0] > 0).sum() == 20
    assert len(terran.call("Move_minimap", 10, 10)) == 20
