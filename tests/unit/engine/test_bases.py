"""Bases, naturals and ways on melee maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from engine.broodwar.bases import (
    DEPOT_COLUMNS,
    DEPOT_ROWS,
    FAR,
    bases_by_distance,
    bases_of,
    distance_to,
    distances_from,
    free_sites,
    natural_of,
    neutral_tiles,
    reserved_tiles,
)
from engine.core.gamemap import GameMap

REAL_NATURALS = {
    # tiles of the depots at the naturals as players know them, by start location
    "(2)Benzene.scx": [(113, 40), (11, 70)],
    "(2)Destination.scx": [(63, 19), (29, 107)],
    "(2)Heartbreak Ridge.scx": [(13, 66), (111, 28)],
    "(4)Circuit Breaker.scx": [(117, 92), (7, 92), (7, 34), (117, 34)],
    "(4)Fighting Spirit.scx": [(88, 13), (14, 38), (36, 112), (110, 88)],
}


def map_of(name: str | Path) -> GameMap:
    return load_scenario(melee_name(name)).map


def test_the_bases_of_a_made_map_are_where_the_generator_put_them() -> None:
    crossing = map_of("crossing")

    bases = bases_of(crossing)

    assert [(base.x, base.y) for base in bases[:2]] == [(int(s["x"]), int(s["y"])) for s in crossing.starts]
    assert [len(base.fields) for base in bases] == [9] * 4 + [7] * 8
    assert [len(base.geysers) for base in bases] == [1] * 12
    taken = [number for base in bases for number in (*base.fields, *base.geysers)]
    assert sorted(taken) == list(range(len(crossing.neutrals))), "every resource belongs to one base"


@pytest.mark.parametrize("name", ["crossing", "crossing_small", "four_corners"])
def test_depots_keep_three_tiles_from_resources_and_stand_on_free_ground(name: str) -> None:
    game_map = map_of(name)
    near = neutral_tiles(game_map, 3)

    for base in bases_of(game_map):
        site = slice(base.row, base.row + DEPOT_ROWS), slice(base.column, base.column + DEPOT_COLUMNS)
        assert game_map.buildable[site].all()
        assert not near[site].any()


@pytest.mark.parametrize("name", ["crossing", "crossing_small", "four_corners"])
def test_naturals_are_near_and_lie_alike_for_all_players(name: str) -> None:
    game_map = map_of(name)
    bases = bases_of(game_map)

    ways = [
        distance_to(game_map, bases[start], bases[natural_of(game_map, start)]) for start in range(len(game_map.starts))
    ]

    assert max(ways) < 1000
    assert max(ways) - min(ways) <= 64
    for start in range(len(game_map.starts)):
        assert bases_by_distance(game_map, start)[:2] == (start, natural_of(game_map, start))


def test_ways_lead_around_walls() -> None:
    open_ground = GameMap.flat("open", 64, 64)
    walkable = open_ground.walkable.copy()
    walkable[: 56 * 4, 32 * 4 : 33 * 4] = False  # a wall with a gap at the lower end
    walled = GameMap(
        name="walled", width=64, height=64, walkable=walkable, buildable=open_ground.buildable,
        ground_height=open_ground.ground_height,
    )  # fmt: skip

    straight = distances_from(open_ground, 16 * 32, 8 * 32)[8, 48]
    around = distances_from(walled, 16 * 32, 8 * 32)[8, 48]

    assert 26 * 32 <= straight <= 32 * 32
    assert around > 90 * 32
    assert distances_from(walled, 16 * 32, 8 * 32)[8, 32] == FAR


def test_free_sites_are_the_upper_left_tiles_of_free_blocks() -> None:
    rng = np.random.default_rng(5)
    blocked = rng.random((12, 17)) < 0.2

    free = free_sites(blocked, 4, 3)

    for row in range(12):
        for column in range(17):
            block = blocked[row : row + 3, column : column + 4]
            assert free[row, column] == (block.shape == (3, 4) and not block.any())


def test_miners_ways_are_kept_free() -> None:
    game_map = map_of("crossing")
    base = bases_of(game_map)[0]
    field = game_map.neutrals[base.fields[0]]

    reserved = reserved_tiles(game_map)

    x, y = (base.x + int(field["x"])) // 2, (base.y + int(field["y"])) // 2
    assert reserved[y // 32, x // 32]
    assert reserved.mean() < 0.2


@pytest.mark.parametrize("name", REAL_NATURALS)
def test_on_real_maps_the_natural_is_found_and_a_way_to_every_enemy(name: str, facts: Path) -> None:
    game_map = map_of(facts / "broodwar" / "maps" / "files" / name)
    bases = bases_of(game_map)

    for start, natural in enumerate(REAL_NATURALS[name]):
        found = bases[natural_of(game_map, start)]
        assert (found.column, found.row) == natural
        assert distance_to(game_map, bases[start], found) < 1000
        assert all(
            distance_to(game_map, bases[start], bases[enemy]) < 6000
            for enemy in range(len(game_map.starts)) if enemy != start
        )  # fmt: skip
