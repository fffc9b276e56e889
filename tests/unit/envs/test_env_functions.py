"""`pysc2_selected` and `functions`: the camera, the selection, and what each function sends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from economy_scenes import (
    BUILD_COMMAND_CENTER,
    BUILD_REFINERY,
    BUILD_SUPPLY_DEPOT,
    DONE,
    HARVEST_GATHER,
    HARVEST_RETURN,
    LOWER_DEPOT,
    MINING,
    MOVE_CAMERA,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    NO_OP,
    PROTOSS,
    RAISE_DEPOT,
    RALLY_MINIMAP,
    RALLY_SCREEN,
    SELECT_IDLE_WORKER,
    SELECT_POINT,
    TERRAN,
    WITH_MINERALS,
    ZERG,
    EconomyScene,
)

from bridge.errors import ConfigError
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import UnitCommandType
from engine.core.rules import BROODWAR, GAMES
from envs.specs.function_table import OF_RACE, functions_of
from envs.tasks import make_task

CELLS = 64
ALWAYS = {NO_OP, MOVE_CAMERA, SELECT_POINT}


def scene(**params: object) -> EconomyScene:
    """Return a command center with two idle SCVs below it and a geyser on the screen."""
    made = EconomyScene(TERRAN, observation="pysc2_selected", action="functions", **params)
    made.put(300, "Terran_SCV", made.x - 40, made.y + 120, DONE | 1 << 23)
    made.put(301, "Terran_SCV", made.x + 40, made.y + 120, DONE | 1 << 23)
    made.bank(50)
    made.reset()
    return made


def camera(made: EconomyScene) -> tuple[int, int, int, int]:
    left, top, width, height = made.task._screen.cameras[0].tolist()
    return left, top, width, height


def cell(made: EconomyScene, x: int, y: int) -> tuple[int, int]:
    """Return the screen cell of a place on the map."""
    left, top, width, height = camera(made)
    return (x - left) * CELLS // width, (y - top) * CELLS // height


def available(made: EconomyScene) -> set[int]:
    return set(np.flatnonzero(made.arrays["observation/available_actions"][0]).tolist())


def select(made: EconomyScene, unit_id: int) -> None:
    """Click on a unit and look again."""
    unit = made.unit(unit_id)
    assert made.act(SELECT_POINT, *cell(made, int(unit["x"]), int(unit["y"]))) == []
    made.see()


@pytest.mark.parametrize("game", GAMES)
def test_ids_are_pysc2_s_fifteen(game: str) -> None:
    assert {one.name: one.number for one in functions_of("terran", game, has_groups=False)} == {
        "no_op": 0,
        "move_camera": 1,
        "select_point": 2,
        "select_idle_worker": 6,
        "Build_CommandCenter_screen": 44,
        "Build_Refinery_screen": 79,
        "Build_SupplyDepot_screen": 91,
        "Harvest_Gather_screen": 264,
        "Harvest_Return_quick": 269,
        "Morph_SupplyDepot_Lower_quick": 318,
        "Morph_SupplyDepot_Raise_quick": 319,
        "Move_screen": 331,
        "Move_minimap": 332,
        "Rally_Workers_screen": 343,
        "Rally_Workers_minimap": 344,
    }


def test_camera_begins_over_the_depot_and_moves_to_where_it_is_sent() -> None:
    made = scene()
    width, height = made.task.scenario.map.width_px, made.task.scenario.map.height_px
    left, top, wide, high = camera(made)
    assert left == min(max(made.x - wide // 2, 0), width - wide)
    assert top == min(max(made.y - high // 2, 0), height - high)

    made.act(MOVE_CAMERA, 32, 16)

    x, y = (2 * 32 + 1) * width // 128, (2 * 16 + 1) * height // 128
    assert camera(made) == (x - wide // 2, y - high // 2, wide, high)
    made.act(MOVE_CAMERA, 0, 0)
    assert camera(made)[:2] == (0, 0)
    made.act(MOVE_CAMERA, 63, 63)
    assert camera(made)[:2] == (width - wide, height - high)


def test_camera_layer_is_what_the_screen_shows() -> None:
    made = scene()
    made.act(MOVE_CAMERA, 32, 32)
    made.see()
    left, top, wide, high = camera(made)
    width, height = made.task.scenario.map.width_px, made.task.scenario.map.height_px

    layer = made.arrays["observation/minimap"][0, 1]
    columns = [c for c in range(CELLS) if left <= (2 * c + 1) * width // (2 * CELLS) < left + wide]
    rows = [r for r in range(CELLS) if top <= (2 * r + 1) * height // (2 * CELLS) < top + high]
    expected = np.zeros((CELLS, CELLS), np.uint8)
    expected[np.ix_(rows, columns)] = 1
    assert np.array_equal(layer, expected)


def test_screen_shows_units_where_a_click_finds_them() -> None:
    made = scene()

    column, row = cell(made, int(made.unit(300)["x"]), int(made.unit(300)["y"]))
    relative, kinds = made.arrays["observation/screen"][0]
    assert relative[row, column] == 1
    assert kinds[row, column] == unit_type_id("Terran_SCV") + 1
    select(made, 300)
    assert made.task._screen.selected_ids[0].tolist() == [300] + [-1] * 11


def test_click_on_nothing_selects_nothing() -> None:
    made = scene()
    select(made, 300)
    assert MOVE_SCREEN in available(made)

    made.act(SELECT_POINT, 0, 0)
    made.see()

    assert available(made) == ALWAYS | {SELECT_IDLE_WORKER}


def test_selected_unit_that_is_gone_is_selected_no_more() -> None:
    made = scene()
    select(made, 301)

    made.frame.num_units[0] -= 1
    made.see()

    assert available(made) == ALWAYS | {SELECT_IDLE_WORKER}


def test_select_idle_worker_goes_around() -> None:
    made = scene()
    chosen = []
    for _ in range(3):
        made.act(SELECT_IDLE_WORKER, 0, 0)
        made.see()
        chosen.append(int(made.task._screen.selected_ids[0, 0]))

    assert chosen == [300, 301, 300]
    made.unit(300)["flags"] = made.unit(301)["flags"] = MINING
    made.see()
    assert SELECT_IDLE_WORKER not in available(made)


def test_worker_offers_what_can_be_paid() -> None:
    made = scene()
    select(made, 300)
    plain = ALWAYS | {SELECT_IDLE_WORKER, HARVEST_GATHER, MOVE_SCREEN, MOVE_MINIMAP}
    assert available(made) == plain

    made.bank(100)
    made.see()
    assert available(made) == plain | {BUILD_REFINERY, BUILD_SUPPLY_DEPOT}
    made.bank(400)
    made.unit(300)["flags"] = WITH_MINERALS
    made.see()
    assert available(made) == plain | {BUILD_COMMAND_CENTER, BUILD_REFINERY, BUILD_SUPPLY_DEPOT, HARVEST_RETURN}
    assert not {LOWER_DEPOT, RAISE_DEPOT} & available(made)


@pytest.mark.parametrize("state", [{"order": 33}, {"flags": DONE | 1 << 42}], ids=["building", "in stasis"])
def test_who_takes_no_commands_offers_none(state: dict[str, int]) -> None:
    made = scene()
    select(made, 300)
    for name, value in state.items():
        made.unit(300)[name] = value
    made.see()

    assert available(made) == ALWAYS | {SELECT_IDLE_WORKER}


def test_depot_offers_rallies() -> None:
    made = scene()
    select(made, 200)

    assert available(made) == ALWAYS | {SELECT_IDLE_WORKER, RALLY_SCREEN, RALLY_MINIMAP}


@pytest.mark.parametrize(
    ("function", "kind"),
    [(MOVE_SCREEN, UnitCommandType.MOVE), (MOVE_MINIMAP, UnitCommandType.MOVE)],
)
def test_moves_go_to_the_cell_s_middle(function: int, kind: UnitCommandType) -> None:
    made = scene()
    select(made, 300)
    left, top, wide, high = camera(made) if function == MOVE_SCREEN else made.task._screen.maps[0].tolist()

    ((unit, sent, target, x, y, _),) = made.act(function, 10, 20)

    assert (unit, sent, target) == (300, int(kind), -1)
    assert (x, y) == (left + 21 * wide // 128, top + 41 * high // 128)


def test_gather_takes_the_field_under_the_point() -> None:
    made = scene()
    select(made, 300)
    field = made.fields[0]

    where = cell(made, int(made.unit(field)["x"]), int(made.unit(field)["y"]))
    ((unit, kind, target, *_),) = made.act(HARVEST_GATHER, *where)

    assert (unit, kind, target) == (300, int(UnitCommandType.GATHER), field)
    assert made.act(HARVEST_GATHER, 0, 0) == []


def test_return_needs_no_point() -> None:
    made = scene()
    select(made, 300)
    made.unit(300)["flags"] = WITH_MINERALS
    made.see()

    assert made.act(HARVEST_RETURN, 5, 5) == [(300, int(UnitCommandType.RETURN_CARGO), -1, 0, 0, 0)]


def test_depot_is_built_around_the_point_and_refinery_on_the_geyser() -> None:
    made = scene()
    made.bank(100)
    select(made, 300)
    left, top, wide, high = camera(made)

    ((unit, kind, _, x, y, extra),) = made.act(BUILD_SUPPLY_DEPOT, 40, 50)
    middle_x, middle_y = left + 81 * wide // 128, top + 101 * high // 128
    assert (unit, kind, extra) == (300, int(UnitCommandType.BUILD), unit_type_id("Terran_Supply_Depot"))
    assert (x, y) == ((middle_x - 48) // 32 * 32, (middle_y - 32) // 32 * 32)

    geyser = next(i for i in made.fields if made.unit(i)["type"] == unit_type_id("Resource_Vespene_Geyser"))
    where = cell(made, int(made.unit(geyser)["x"]) + 20, int(made.unit(geyser)["y"]))
    ((_, _, _, x, y, _),) = made.act(BUILD_REFINERY, *where)
    assert (x, y) == (int(made.unit(geyser)["x"]) - 64, int(made.unit(geyser)["y"]) - 32)


def test_rally_to_a_field_and_to_the_ground() -> None:
    made = scene()
    select(made, 200)
    field = made.fields[0]

    where = cell(made, int(made.unit(field)["x"]), int(made.unit(field)["y"]))
    ((_, kind, target, *_),) = made.act(RALLY_SCREEN, *where)
    assert (kind, target) == (int(UnitCommandType.SET_RALLY_UNIT), field)
    ((_, kind, target, *_),) = made.act(RALLY_MINIMAP, 3, 3)
    assert (kind, target) == (int(UnitCommandType.SET_RALLY_POSITION), -1)


def test_unavailable_function_is_dropped_and_counted() -> None:
    made = scene()

    assert made.act(LOWER_DEPOT, 0, 0) == []
    assert made.info("invalid_actions") == 1
    assert made.act(MOVE_SCREEN, 0, 0) == []
    assert made.info("invalid_actions") == 1


def test_score_and_player_are_the_books() -> None:
    made = scene()
    made.unit(300)["flags"] = WITH_MINERALS
    made.see()
    made.unit(300)["flags"] = MINING
    made.bank(58)
    made.see(24)

    player, score = made.arrays["observation/player"][0], made.arrays["observation/score"][0]
    assert player.tolist() == [58, 0, 4, 10, 2, 1]
    # a command center of 400 and two SCVs; one worker idle in each of two seconds (the first had it at work already)
    assert score[:4].tolist() == [500, 2, 8, 0]
    rate = 8 * 60 * (1 - np.exp(-24 / 480))
    assert score[4] == round(rate)
    made.task.observation.validate(made.arrays)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"observation": "economy", "action": "functions"}, "allowed: one of them with it, or neither"),
        ({"observation": "pysc2_selected", "action": "macro"}, "allowed: one of them with it, or neither"),
        (
            {"scenario": "melee?races=random:zerg", "observation": "pysc2_selected", "action": "functions"},
            "observation 'pysc2_selected' as random: its functions are a race's; allowed: terran, protoss, zerg",
        ),
        (
            {"observation": "pysc2", "action": "functions", "observation_options": {"control_groups": 1}},
            "'control_groups': got 1; allowed: True or False",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_task(**{"scenario": TERRAN, **params})


def by_name(race: str) -> dict[str, int]:
    return {one.name: at for at, one in enumerate(functions_of(race, BROODWAR, has_groups=False))}


def test_numbers_follow_pysc2_s_ids_in_every_race() -> None:
    for race in OF_RACE:
        ids = [one.number for one in functions_of(race, BROODWAR, has_groups=False)]
        assert ids == sorted(set(ids))


def test_selected_larva_becomes_what_can_be_paid_and_fed() -> None:
    zerg = by_name("zerg")
    made = EconomyScene(ZERG, "Zerg_Hatchery", observation="pysc2_selected", action="functions")
    made.put(300, "Zerg_Larva", made.x, made.y + 100)
    made.put(301, "Zerg_Drone", made.x + 100, made.y + 120, DONE | 1 << 23)
    made.bank(200)
    made.supply(8, 10)
    made.reset()
    assert not available(made) & {zerg["Train_Drone_quick"], zerg["Build_SpawningPool_screen"]}

    select(made, 300)
    assert zerg["Train_Drone_quick"] in available(made)
    assert zerg["Train_Zergling_quick"] not in available(made)  # no pool
    assert not available(made) & {zerg["Move_screen"], zerg["Build_SpawningPool_screen"]}
    ((unit, kind, *_, extra),) = made.act(zerg["Train_Drone_quick"], 0, 0)
    assert (unit, kind, extra) == (300, int(UnitCommandType.MORPH), unit_type_id("Zerg_Drone"))

    made.put(400, "Zerg_Spawning_Pool", made.x - 150, made.y + 100)
    made.see()
    assert zerg["Train_Zergling_quick"] in available(made)
    made.supply(10, 10)
    made.see()
    assert not available(made) & {zerg["Train_Drone_quick"], zerg["Train_Zergling_quick"]}
    assert zerg["Train_Overlord_quick"] in available(made)

    select(made, 301)
    assert zerg["Build_EvolutionChamber_screen"] in available(made)
    assert zerg["Build_HydraliskDen_screen"] not in available(made)  # no gas
    ((unit, kind, *_, extra),) = made.act(zerg["Build_EvolutionChamber_screen"], 20, 20)
    assert (unit, kind, extra) == (301, int(UnitCommandType.BUILD), unit_type_id("Zerg_Evolution_Chamber"))


def test_gateway_trains_in_the_field_of_its_pylon_until_its_queue_is_full() -> None:
    protoss = by_name("protoss")
    made = EconomyScene(PROTOSS, "Protoss_Nexus", observation="pysc2_selected", action="functions")
    made.put(300, "Protoss_Pylon", made.x, made.y + 160)
    made.put(301, "Protoss_Gateway", made.x + 100, made.y + 160)
    made.bank(100)
    made.reset()
    select(made, 301)
    zealot = protoss["Train_Zealot_quick"]
    assert zealot in available(made)

    ((unit, kind, *_, extra),) = made.act(zealot, 0, 0)
    assert (unit, kind, extra) == (301, int(UnitCommandType.TRAIN), unit_type_id("Protoss_Zealot"))
    made.unit(301)["train_count"], made.unit(301)["build_type"] = 5, unit_type_id("Protoss_Zealot")
    made.see()
    assert zealot not in available(made)
    made.unit(301)["train_count"] = 4
    made.see()
    assert zealot in available(made)
    made.unit(300)["flags"] = 0  # the pylon is gone
    made.see()
    assert zealot not in available(made)
