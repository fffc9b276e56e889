"""Generated maps: the same for everybody, fair to the tile, and playable."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import ConfigError
from bridge.maps import MeleeMap, dump_map
from bridge.maps.generator import SIZES, generate_map

TILE = 32


def tiles_of(units: np.ndarray, wide: int, high: int) -> list[tuple[int, int, int, int]]:
    """Return (left, top, right, bottom) build tiles, the latter two exclusive."""
    boxes = []
    for unit in units:
        left, top = (int(unit["x"]) - wide * TILE // 2) / TILE, (int(unit["y"]) - high * TILE // 2) / TILE
        assert left == int(left)
        assert top == int(top)
        boxes.append((int(left), int(top), int(left) + wide, int(top) + high))
    return boxes


def resources_of(melee: MeleeMap) -> list[tuple[int, int, int, int]]:
    return tiles_of(melee.units[melee.is_mineral], 2, 1) + tiles_of(melee.units[melee.is_geyser], 4, 2)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([2, 4]), st.integers(0, 2**32), st.sampled_from(SIZES))
def test_every_map_is_fair_and_playable(players: int, seed: int, size: int) -> None:
    melee = generate_map(players, seed, size)

    ground = melee.map
    assert len(melee.starts) == players
    for array in (ground.walkable, ground.buildable, ground.ground_height):
        np.testing.assert_array_equal(array, array[::-1])
        np.testing.assert_array_equal(array, array[:, ::-1])
    positions = {(int(unit["type"]), int(unit["x"]), int(unit["y"])) for unit in melee.units}
    span = size * TILE
    assert {(kind, span - x, y) for kind, x, y in positions} == positions
    assert {(kind, x, span - y) for kind, x, y in positions} == positions
    for left, top, right, bottom in tiles_of(melee.starts, 4, 3):
        assert ground.buildable[top:bottom, left:right].all()
        assert ground.ground_height[top, left] == 2
        for other in resources_of(melee):
            gap = max(other[0] - right, left - other[2], other[1] - bottom, top - other[3])
            assert gap >= 3  # no depot may stand nearer to resources
        near = [box for box in resources_of(melee) if abs(box[0] - left) < 12 and abs(box[1] - top) < 12]
        assert len(near) == 10
    for left, top, right, bottom in resources_of(melee):
        assert ground.walkable[top * 4 : bottom * 4, left * 4 : right * 4].all()


def test_a_seed_is_one_map_for_ever() -> None:
    melee = generate_map(2, 7, 128)
    parts = b"".join(part.tobytes() for part in (melee.map.walkable, melee.map.buildable, melee.units, melee.starts))

    assert dump_map(melee) == dump_map(generate_map(2, 7, 128))
    assert hashlib.sha256(parts).hexdigest()[:16] == "fae71ec03e4d8a0d"
    assert (generate_map(2, 8, 128).map.walkable != melee.map.walkable).any()


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((3, 0, 128), "players: got 3; allowed: 2 or 4"),
        ((2, -1, 128), "seed: got -1; allowed: at least 0"),
        ((2, 0, 100), "size: got 100; allowed: 96, 128, 160, 192"),
    ],
)
def test_wrong_numbers_are_named(numbers: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        generate_map(*numbers)
