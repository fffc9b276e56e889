"""Maps by seed: the same for both players, closed where they should be, with room for what they are for."""

import numpy as np
import pytest

from engine.core.gamemap import BUILD_TILE_PX
from engine.starcraft2.map_generator import FIELDS, GEYSERS, LEVELS, generate_map
from engine.starcraft2.melee_players.bases import bases_of

SEEDS = (1, 2, 5, 7, 11, 12)


def cells(found):
    return found.walkable[::4, ::4]


@pytest.mark.parametrize("seed", SEEDS)
def test_half_a_turn_makes_the_same_map(seed):
    found = generate_map(seed)

    for grid in (cells(found), found.buildable, found.ground_height):
        assert np.array_equal(grid, grid[::-1, ::-1])
    size = np.array([found.width, found.height]) * BUILD_TILE_PX
    (first, second) = np.stack([found.starts["x"], found.starts["y"]], 1)
    assert (first + second == size).all()
    places = {(int(n["type"]), int(n["x"]), int(n["y"])) for n in found.neutrals}
    assert places == {(kind, int(size[0]) - x, int(size[1]) - y) for kind, x, y in places}


@pytest.mark.parametrize("seed", SEEDS)
def test_same_seed_gives_the_same_map(seed):
    one, other = generate_map(seed), generate_map(seed)

    assert np.array_equal(one.walkable, other.walkable)
    assert np.array_equal(one.neutrals, other.neutrals)
    assert not np.array_equal(one.neutrals, generate_map(seed + 100).neutrals)


@pytest.mark.parametrize("seed", SEEDS)
def test_only_ramps_lead_from_level_to_level(seed):
    found = generate_map(seed)
    walkable, height = cells(found), found.ground_height.astype(int)
    is_ramp = walkable & ~found.buildable.astype(bool)

    for axis in (0, 1):
        flat = walkable & ~is_ramp
        both = np.take(flat, range(1, flat.shape[axis]), axis) & np.take(flat, range(flat.shape[axis] - 1), axis)
        step = np.abs(np.diff(height, axis=axis))
        assert not step[both].any(), "a cliff that can be walked over"
    assert set(np.unique(height[walkable & ~is_ramp])) == set(LEVELS)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_base_has_fields_and_geysers_at_the_game_s_distances(seed):
    found = generate_map(seed)
    bases = bases_of(found)

    assert len(bases) >= 8
    assert len(found.neutrals) == len(bases) * (len(FIELDS) + len(GEYSERS))
    starts = {(int(start["x"]), int(start["y"])) for start in found.starts}
    assert starts <= {(base.x, base.y) for base in bases}
    for base in bases:
        assert (len(base.fields), len(base.geysers)) == (8, 2)
        for places, least in ((base.fields, 6), (base.geysers, 7)):
            away = np.hypot(places[:, 0] - base.x, places[:, 1] - base.y) / BUILD_TILE_PX
            assert (least <= away).all()
            assert (away < 9).all()
