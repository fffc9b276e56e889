"""When zerglings are shut out: gaps between buildings by hand, and a wall that the engine's own zerglings try."""

from __future__ import annotations

import numpy as np
import pytest
from economy_scenes import DONE, EconomyScene
from numpy.typing import NDArray

from bridge.scenarios import load_scenario
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from envs.baselines import WALL_TILES
from envs.registration import TASKS
from envs.specs.place import choke_of
from envs.specs.walling import Standing, boxes_of

WALL = str(TASKS["Wall"]["scenario"])
DEPOT = "Terran_Supply_Depot"
START, OTHER_START = (384, 304), (2688, 2768)
RAMP = (23, 22)  # the upper end of the ramp, in build tiles

Tiles = list[tuple[int, int]]


def wall() -> Tiles:
    """Return the tiles of the five depots of the scripted player, on the map."""
    return [(RAMP[0] + int(column), RAMP[1] + int(row)) for column, row in WALL_TILES]


def middle(tile: tuple[int, int]) -> tuple[int, int]:
    """Return the middle of a depot (three tiles by two), pixels."""
    return tile[0] * BUILD_TILE_PX + 48, tile[1] * BUILD_TILE_PX + 32


def boxes(tiles: Tiles) -> NDArray[np.int64]:
    game_map = load_scenario(WALL).map
    neutrals = game_map.neutrals
    centre = unit_type_id("Terran_Command_Center")
    kinds = np.array([centre, *[unit_type_id(DEPOT)] * len(tiles)])
    places = np.array([START, *map(middle, tiles)])
    return np.concatenate(
        [boxes_of(neutrals["type"], neutrals["x"], neutrals["y"]), boxes_of(kinds, places[:, 0], places[:, 1])]
    )


@pytest.fixture(scope="module")
def standing() -> Standing:
    return Standing(load_scenario(WALL).map)


def gets_in(standing: Standing, tiles: Tiles) -> bool:
    return standing.gets_in(boxes(tiles), OTHER_START, (384 - 58, 304 - 41, 384 + 58, 304 + 41))


def test_window_lies_over_the_ramp() -> None:
    assert choke_of(load_scenario(WALL).map, *START) == RAMP


def test_five_depots_one_above_the_other_shut_zerglings_out(standing: Standing) -> None:
    assert gets_in(standing, [])
    assert not gets_in(standing, wall())


@pytest.mark.parametrize("missing", range(5))
def test_a_wall_without_one_of_its_depots_is_none(standing: Standing, missing: int) -> None:
    tiles = wall()
    del tiles[missing]

    assert gets_in(standing, tiles)


def test_gap_beside_a_depot_is_wider_than_a_zergling_and_the_one_below_is_not() -> None:
    """Boxes of 77 x 49 px in 96 x 64: 19 px are free between neighbours, 15 between one and the one below."""
    depot = unit_type_id(DEPOT)
    beside = boxes_of(np.full(2, depot), np.array([48, 48 + 96]), np.array([32, 32]))
    below = boxes_of(np.full(2, depot), np.array([48, 48]), np.array([32, 32 + 64]))

    assert beside[1, 0] - beside[0, 2] - 1 == 19
    assert below[1, 1] - below[0, 3] - 1 == 15


def play_zerglings(tiles: Tiles) -> int:
    """Let the engine send twelve zerglings from below the ramp to the depot; return how many come near it.

    Nothing can be destroyed: who finds no way attacks what bars it.
    """
    games = BroodWarGames(load_scenario(WALL), 1, latency_frames=0)
    games.start(np.ones(1, np.bool_), np.array([5], np.uint64))
    for tile in tiles:
        games.create_unit(0, DEPOT, 0, *middle(tile))
    lings = [games.create_unit(0, "Zerg_Zergling", 1, 24 * 32, 30 * 32) for _ in range(12)]
    frame = Frame.allocate(1, games.unit_capacity, games.scenario.map)
    commands = Commands.allocate(1, games.unit_capacity)
    rows, player = np.zeros(1, np.int32), np.ones(1, np.int8)
    points = games.units["hp_256"].copy()
    for _ in range(60):
        commands.clear()
        for unit_id in lings:
            commands.items[0, commands.count[0]] = (unit_id, int(UnitCommandType.MOVE), -1, START[0], START[1] + 80, 0)
            commands.count[0] += 1
        games.step(commands, rows, player, 24)
        games.units["hp_256"][:] = np.maximum(games.units["hp_256"], points)
    games.observe(frame, rows, player)
    units = frame.units[0, : frame.num_units[0]]
    mine = units[np.isin(units["id"], lings)]
    return int((mine["y"] < (RAMP[1] - 6) * BUILD_TILE_PX).sum())


def test_engine_agrees_about_the_wall_and_a_wall_with_a_hole() -> None:
    assert play_zerglings(wall()) == 0
    assert play_zerglings([wall()[0], *wall()[2:]]) > 0


def test_wall_pays_the_share_of_the_episode_that_is_left_and_ends_it() -> None:
    scene = EconomyScene(WALL, reward="wall", max_frames=1000, action="place")
    for number, tile in enumerate(wall()[:4]):
        scene.put(300 + number, DEPOT, *middle(tile))
    scene.reset()
    assert scene.see(100) == 0.0
    assert not scene.arrays["terminated"][0]

    scene.put(304, DEPOT, *middle(wall()[4]), flags=0)  # under construction

    assert scene.see(150) == pytest.approx(0.75)
    assert scene.arrays["terminated"][0]
    assert scene.arrays["info/battle_won"][0]


def test_building_that_flies_shuts_nobody_out() -> None:
    scene = EconomyScene(WALL, reward="wall", max_frames=1000, action="place")
    for number, tile in enumerate(wall()):
        flying = DONE | 1 << 17 if number == 2 else DONE
        scene.put(300 + number, DEPOT, *middle(tile), flags=flying)
    scene.reset()

    assert scene.see(100) == 0.0
    assert not scene.arrays["terminated"][0]
