"""Tile numbers to ground: as the real game reported it, and honest about what nobody has seen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_map import PLATFORM_TILE, MadeMap

from bridge.errors import ConfigError
from bridge.maps import parse_chk, read_chk
from bridge.maps.chk import TILESETS
from bridge.maps.terrain import ground_of

REAL_MAPS = (
    "(2)Benzene.scx",
    "(2)Destination.scx",
    "(2)Heartbreak Ridge.scx",
    "(4)Circuit Breaker.scx",
    "(4)Fighting Spirit.scx",
)
NOBODY_SAW = 0xFFF0
ASHWORLD = 3


@pytest.mark.parametrize("name", REAL_MAPS)
def test_real_maps_have_the_ground_that_the_game_reports(name: str, facts: Path) -> None:
    ground = ground_of(parse_chk(read_chk(facts / "broodwar" / "maps" / "files" / name)), name)

    with np.load(facts / "broodwar" / "maps" / "terrain" / f"{name.replace(' ', '_')}.npz") as expected:
        for ours, theirs in (
            (ground.map.walkable, expected["walkable"]),
            (ground.map.buildable, expected["buildable"]),
            (ground.map.ground_height, expected["ground_height"]),
        ):
            assert ours.shape == theirs.shape
            assert (ours == theirs).mean() >= 0.999
        if not ground.unknown_tiles:
            assert (ground.map.walkable == expected["walkable"]).all()


def test_the_shipped_table_says_what_the_facts_say(facts: Path) -> None:
    path = facts / "broodwar" / "maps" / "terrain" / "tile_attributes_by_tileset.json"
    expected = json.loads(path.read_text(encoding="utf-8"))
    with np.load(Path(ground_of.__code__.co_filename).with_name("tiles.npz")) as table:
        rows = {
            (TILESETS[tileset], int(tile)): (int(height), int(buildable), int(mask), bool(contradictory))
            for tileset, tile, height, buildable, mask, contradictory in zip(
                *(table[column] for column in
                  ("tileset", "tile", "ground_height", "buildable", "walk_mask", "is_contradictory")),
                strict=True,
            )
        }  # fmt: skip
    assert rows == {
        (tileset, int(tile)): (seen["height"], seen["buildable"], seen["walk_mask16"], seen["ambiguous"])
        for tileset, tiles in expected.items()
        for tile, seen in tiles.items()
    }


def test_unknown_tiles_are_counted_and_taken_as_asked() -> None:
    made = MadeMap(tiles=[PLATFORM_TILE] * (64 * 64 - 3) + [NOBODY_SAW, NOBODY_SAW, NOBODY_SAW + 1])
    chk = parse_chk(made.chk())

    closed, opened = ground_of(chk, "x"), ground_of(chk, "x", "open")

    assert closed.unknown_tiles == opened.unknown_tiles == ((NOBODY_SAW, 2), (NOBODY_SAW + 1, 1))
    assert closed.unknown_share == pytest.approx(3 / 64 / 64)
    assert (closed.unknown_as, opened.unknown_as) == ("unwalkable", "open")
    middle = MadeMap(tiles=[PLATFORM_TILE] * 200 + [NOBODY_SAW] + [PLATFORM_TILE] * (64 * 64 - 201))
    for unknown_as, expected in (("unwalkable", False), ("open", True)):
        ground = ground_of(parse_chk(middle.chk()), "x", unknown_as)  # type: ignore[arg-type]
        assert ground.map.walkable[12:16, 32:36].all() == expected
        assert ground.map.buildable[3, 8] == expected
        assert ground.map.walkable[12:16, 28:32].all()


def test_the_lowest_rows_are_closed_as_in_the_game() -> None:
    ground = ground_of(parse_chk(MadeMap().chk()), "x")

    assert not ground.map.walkable[-4:].any()
    assert ground.map.walkable[-8:-4, 20:-20].all()
    assert not ground.map.walkable[-8:, :20].any()
    assert not ground.map.buildable[-1:].any()
    assert ground.map.buildable[-2, 5:-5].all()


def test_a_tile_set_that_nobody_saw_is_refused() -> None:
    chk = parse_chk(MadeMap(tileset=ASHWORLD).chk())

    with pytest.raises(ConfigError, match=r"tile set Ashworld is not known; known: .*Jungle"):
        ground_of(chk, "x")
    with pytest.raises(ConfigError, match="'shut'; allowed: unwalkable, open"):
        ground_of(chk, "x", "shut")  # type: ignore[arg-type]
