"""What each walk tile knows about the free ground around it, against counting."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.broodwar.region_parts import parts_of
from engine.broodwar.regions import regions_of
from engine.broodwar.terrain import (
    AT_COLUMNS,
    AT_FLAGS,
    AT_ROWS,
    RUN_SHIFT,
    SQUARE_MASK,
    SQUARE_SHIFT,
    terrain_of,
)
from engine.core.gamemap import GameMap


@pytest.mark.parametrize("blocked", [0.0, 0.002, 0.05, 0.5])
def test_tile_knows_its_largest_free_square_and_its_free_run(blocked):
    open_map = GameMap.flat("field", 16, 12)
    generator = np.random.default_rng(7)
    game_map = dataclasses.replace(open_map, walkable=generator.random(open_map.walkable.shape) >= blocked)

    terrain = terrain_of(game_map)

    rows, columns = int(terrain[AT_ROWS]), int(terrain[AT_COLUMNS])
    flags = terrain[terrain[AT_FLAGS] :][: rows * columns].reshape(rows, columns)
    free = (flags & 1).astype(bool)
    squares = flags >> SQUARE_SHIFT & SQUARE_MASK
    for row in range(rows):
        for column in range(columns):
            run = 0
            while column + run < columns and free[row, column + run]:
                run += 1
            side = 0
            while side < SQUARE_MASK and row + side < rows and column + side < columns:
                if not free[row : row + side + 1, column : column + side + 1].all():
                    break
                side += 1
            assert flags[row, column] >> RUN_SHIFT == run
            assert squares[row, column] == side


def test_no_long_way_leads_over_a_region_that_nobody_can_enter():
    game_map = load_scenario("melee?map=crossing_small").map

    regions = regions_of(game_map)

    open_walk_tiles = game_map.walkable.reshape(game_map.height, 4, game_map.width, 4).sum(axis=(1, 3))
    is_open = open_walk_tiles[:-1] > 12
    is_open[-1, :5] = is_open[-1, -5:] = False
    assert not is_open.all()
    np.testing.assert_array_equal(regions.walkable[regions.of_tile[:-1]], is_open)
    assert not regions.walkable[regions.of_tile[-1]].any(), "the last row belongs to nobody"
    for neighbors in regions.neighbors:
        assert regions.walkable[list(neighbors)].all()


def test_regions_of_open_ground_are_whole_whatever_is_asked_tile_by_tile():
    game_map = GameMap.flat("field", 64, 48)

    whole, parts = regions_of(game_map), parts_of(game_map)

    np.testing.assert_array_equal(parts.of_tile, whole.of_tile.repeat(4, axis=0).repeat(4, axis=1))
    np.testing.assert_array_equal(parts.centers, whole.centers)
    assert parts.neighbors == whole.neighbors


def test_a_cliff_thinner_than_a_tile_parts_regions_and_is_no_way():
    open_map = GameMap.flat("field", 64, 48)
    walkable = open_map.walkable.copy()
    wall = 33 * 4 + 1
    walkable[: 40 * 4, wall : wall + 2] = False  # two walk tiles of four: the build tile still counts as ground
    game_map = dataclasses.replace(open_map, walkable=walkable)

    parts = parts_of(game_map)

    high = 30 * 4  # regions farther down may reach below the wall's end and meet there
    west, east = parts.of_tile[:high, wall - 1], parts.of_tile[:high, wall + 2]
    assert (west != east).all()
    for one, other in zip(west.tolist(), east.tolist(), strict=True):
        assert other not in parts.neighbors[one]
        assert one not in parts.neighbors[other]
    reached, waiting = {int(west[0])}, [int(west[0])]
    while waiting:
        fresh = set(parts.neighbors[waiting.pop()]) - reached
        reached |= fresh
        waiting += fresh
    assert set(east.tolist()) <= reached, "around the lower end"
