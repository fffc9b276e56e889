"""`planes`: a scripted scene for each layer, with the cells computed by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from env_scenes import Scene
from numpy.typing import NDArray

from bridge.layout import Layout
from bridge.scenarios import load_scenario
from engine.core.frame import Frame, UnitFlag
from engine.core.gamemap import GameMap
from envs.specs.planes import PLANE_NAMES
from envs.specs.sight import HIDDEN, IN_SIGHT, SEEN_BEFORE
from envs.tasks import make_battle

MARINE, ZEALOT, BUNKER, FIELD = 0, 65, 125, 176


def scene(*layers: str, window_px: int = 0, resolution: int | tuple[int, int] = 64, **params: Any) -> Scene:
    """Return m5v5's map of 2048 px; with 64 cells over all of it, a cell is a build tile of 32 px."""
    options = {"layers": list(layers), "window_px": window_px, "resolution": resolution}
    return Scene("m5v5_c_far", observation="planes", observation_options=options, **params)


def picture(made: Scene, layer: int = 0) -> NDArray[np.uint8]:
    return made.arrays["observation"][0, layer]


def cells(plane: NDArray[np.uint8]) -> dict[tuple[int, int], int]:
    """Return {(row, column): value} of what is not 0."""
    return {(int(r), int(c)): int(plane[r, c]) for r, c in zip(*np.nonzero(plane), strict=True)}


@pytest.mark.parametrize(
    ("layer", "own", "enemy", "neutral"),
    [
        ("player_id", 1, 2, 16),
        ("player_relative", 1, 4, 3),
        ("unit_type", MARINE + 1, ZEALOT + 1, FIELD + 1),
        ("unit_hit_points", 30, 100, 100),
        ("unit_hit_points_ratio", 255 * 30 // 40, 255, 0),  # a field has no hit points to be a share of
        ("unit_shields", 0, 15, 0),
        ("unit_shields_ratio", 0, 255 * 15 // 60, 0),
        ("weapon_cooldown", 12, 0, 0),
        ("unit_density", 1, 1, 1),
    ],
)
def test_unit_layers_show_owner_type_and_points(layer: str, own: int, enemy: int, neutral: int) -> None:
    made = scene(layer)
    made.put(1, "Terran_Marine", 0, 16, 16, hp=30, ground_cooldown=12)  # the centre of cell (0, 0)
    made.put(2, "Protoss_Zealot", 1, 32 * 5 + 16, 32 * 9 + 16, shield=15)
    made.put(3, "Resource_Mineral_Field", 11, 32 * 20, 32 * 30 + 16, hp=100)  # 2 x 1 tiles, from column 19
    made.reset()

    expected = {(0, 0): own, (9, 5): enemy, (30, 19): neutral, (30, 20): neutral}
    assert cells(picture(made)) == {where: value for where, value in expected.items() if value}


def test_energy_of_a_spellcaster() -> None:
    made = scene("unit_energy", "unit_energy_ratio")
    made.put(1, "Terran_Science_Vessel", 0, 48, 48, energy=50)
    made.reset()

    # a vessel's box goes from (16, 15) to (80, 64): the centres 16, 48 and 80 across, 16 and 48 down
    assert cells(picture(made, 0)) == {(row, column): 50 for row in (0, 1) for column in (0, 1, 2)}
    assert picture(made, 1)[1, 1] == 255 * 50 // 200


def test_unit_smaller_than_a_cell_is_in_the_cell_of_its_centre() -> None:
    made = scene("player_relative")
    made.put(1, "Terran_Marine", 0, 32, 63)  # on the corner of four cells, on the side of (1, 1)
    made.reset()

    assert cells(picture(made)) == {(1, 1): 1}


def test_unit_covers_the_cells_whose_centre_lies_in_its_box() -> None:
    made = scene("player_relative", window_px=640, resolution=160)  # 4 px a cell
    made.put(1, "Terran_Marine", 0, 1000, 1000)  # alone: the window's centre
    made.reset()

    # window from 680; the box is 992..1008 by 991..1010 (left 8, right 8, up 9, down 10), centres at 2 + 4 c
    rows, columns = np.nonzero(picture(made))
    assert (columns.min(), columns.max()) == (78, 81)  # centres 994 to 1006
    assert (rows.min(), rows.max()) == (78, 82)  # centres 994 to 1010
    assert len(rows) == 4 * 5


def test_flyer_is_drawn_over_ground_units_and_higher_ids_over_lower_ones() -> None:
    made = scene("unit_type")
    made.put(1, "Terran_Wraith", 0, 16, 16, flags=1 << UnitFlag.FLYING)
    made.put(2, "Terran_Marine", 0, 16, 16)
    made.put(3, "Terran_Marine", 0, 80, 16)
    made.put(4, "Protoss_Zealot", 0, 80, 16)
    made.reset()

    assert picture(made)[0, 0] == 8 + 1
    assert picture(made)[0, 2] == ZEALOT + 1


def test_two_units_in_a_cell_have_density_two() -> None:
    made = scene("unit_density", "unit_density_aa")
    made.put(1, "Terran_Marine", 0, 16, 16)
    made.put(2, "Terran_Marine", 0, 16, 16)
    made.reset()

    assert cells(picture(made, 0)) == {(0, 0): 2}
    # 17 x 20 px of the 32 x 32 px, in sixteenths: 5 for each
    assert cells(picture(made, 1)) == {(0, 0): 2 * (16 * 17 * 20 // 1024)}


def test_cover_is_shared_between_cells() -> None:
    made = scene("unit_density_aa")
    made.put(1, "Terran_Marine", 0, 32, 16)  # 24 to 41 across: 8 px in column 0, 9 px in column 1
    made.reset()

    assert cells(picture(made)) == {(0, 0): 16 * 8 * 20 // 1024, (0, 1): 16 * 9 * 20 // 1024}


def test_is_flying_shows_flyers() -> None:
    made = scene("is_flying")
    made.put(1, "Terran_Marine", 0, 16, 16)
    made.put(2, "Terran_Wraith", 0, 32 * 10 + 16, 16)
    made.reset()

    assert {column for _, column in cells(picture(made))} == {10}


def test_window_follows_the_army_and_what_lies_beyond_the_map_is_zero() -> None:
    made = scene("buildable", "player_relative", window_px=640, resolution=20)  # 32 px a cell
    made.put(1, "Terran_Marine", 0, 32, 1024)
    made.reset()

    # the window begins 320 px left of the marine, 288 px beyond the edge: nine columns
    assert not picture(made, 0)[:, :9].any()
    assert picture(made, 0)[:, 9:].all()
    assert cells(picture(made, 1)) == {(10, 10): 1}


def terraced() -> GameMap:
    """Return a map of 8 x 8 tiles: high ground in its right half, a wall of one walk tile column at x = 64 px."""
    flat = GameMap.flat("terraced", 8, 8)
    height = flat.ground_height.copy()
    height[:, 4:] = 2
    walkable = flat.walkable.copy()
    walkable[:, 8] = False
    buildable = flat.buildable.copy()
    buildable[:, 2] = False
    return dataclasses.replace(flat, ground_height=height, walkable=walkable, buildable=buildable)


class FogScene:
    """A row of `planes` on the terraced map without full vision."""

    def __init__(self, *layers: str, resolution: int = 8) -> None:
        base = load_scenario("m5v5_c_far")
        self.scenario = dataclasses.replace(base, map=terraced(), full_vision=False)
        options = {"layers": list(layers), "window_px": 0, "resolution": resolution}
        self.task = make_battle(scenario=self.scenario, observation="planes", observation_options=options)
        self.frame = Frame.allocate(1, 8, self.scenario.map)
        self.arrays = Layout(rows=1, arrays=dict(self.task.specs)).allocate()

    def see(self, *units: dict[str, Any], begin: bool = False) -> NDArray[np.uint8]:
        """Show these units and return the pictures."""
        self.frame.frame[0] += 8
        self.frame.num_units[0] = len(units)
        for at, unit in enumerate(units):
            self.frame.units[0, at] = np.zeros((), self.frame.units.dtype)
            for name, value in unit.items():
                self.frame.units[0, at][name] = value
        if begin:
            self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)
        return self.arrays["observation"][0].copy()


def unit(unit_id: int, kind: int, player: int, x: int, y: int) -> dict[str, Any]:
    return {"id": unit_id, "type": kind, "player": player, "x": x, "y": y, "hp": 40}


def test_ground_layers_show_the_tile_under_each_cell_s_centre() -> None:
    pictures = FogScene("height_map", "pathable", "buildable", resolution=32).see(begin=True)  # a cell per walk tile

    assert pictures[0][:, :16].max() == 0
    assert pictures[0][:, 16:].min() == pictures[0].max() == 2 * 51
    assert np.flatnonzero(pictures[1][0] == 0).tolist() == [8]
    assert np.flatnonzero(pictures[2][0] == 0).tolist() == [8, 9, 10, 11]


def test_visibility_is_what_own_units_see_or_saw() -> None:
    fog = FogScene("visibility_map")
    marine = unit(1, MARINE, 0, 16, 16)

    (here,) = fog.see(marine, begin=True)
    # 224 px of sight from (16, 16): along the edge the centres at 16, 48, ..., 240 are in sight
    assert here[0].tolist() == [IN_SIGHT] * 8
    assert here[7, 7] == HIDDEN
    (after,) = fog.see({**marine, "x": 240, "y": 240})
    assert after[0, 0] == SEEN_BEFORE
    assert after[7, 7] == IN_SIGHT
    assert ((after >= here) | (here == IN_SIGHT)).all()  # nothing that was seen is hidden again


def test_next_episode_has_seen_nothing() -> None:
    fog = FogScene("visibility_map")
    fog.see(unit(1, MARINE, 0, 240, 240), begin=True)

    (again,) = fog.see(unit(1, MARINE, 0, 16, 16), begin=True)

    assert again[7, 7] == HIDDEN


def test_building_is_remembered_until_its_place_is_seen_without_it() -> None:
    fog = FogScene("unit_type", "unit_hit_points")
    far, near = unit(1, MARINE, 0, 16, 16), unit(1, MARINE, 0, 160, 240)
    bunker = unit(2, BUNKER, 1, 200, 240)

    shown = fog.see(near, bunker, begin=True)
    assert shown[0][7, 6] == BUNKER + 1
    assert shown[1][7, 6] == 40

    remembered = fog.see(far)
    assert remembered[0][7, 6] == BUNKER + 1
    assert remembered[1][7, 6] == 0

    gone = fog.see(near)
    assert BUNKER + 1 not in gone[0]


def test_unit_out_of_sight_is_not_remembered() -> None:
    fog = FogScene("unit_type")
    fog.see(unit(1, MARINE, 0, 160, 240), unit(2, ZEALOT, 1, 200, 240), begin=True)

    (after,) = fog.see(unit(1, MARINE, 0, 16, 16))

    assert ZEALOT + 1 not in after


def test_a_second_look_at_the_same_frame_changes_nothing() -> None:
    fog = FogScene("unit_type", "visibility_map")
    first = fog.see(unit(1, MARINE, 0, 160, 240), unit(2, BUNKER, 1, 200, 240), begin=True)

    fog.task.encode(fog.frame, fog.arrays)

    assert first.tobytes() == fog.arrays["observation"][0].tobytes()


@pytest.mark.parametrize("layer", PLANE_NAMES)
def test_every_layer_keeps_to_its_range(layer: str) -> None:
    made = scene(layer, window_px=640)
    for unit_id in range(1, 30):
        made.put(unit_id, "Protoss_Archon", unit_id % 2, 1000 + unit_id, 1000, hp=900, ground_cooldown=400, energy=250)
    made.reset()

    made.task.observation.validate(made.arrays)
