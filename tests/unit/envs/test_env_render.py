"""Pictures: what stands where shows there, in the right colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from env_scenes import ATTACK_UNIT, Scene, five_marines_each
from numpy.typing import NDArray

from engine.core.gamemap import GameMap
from envs.render.battle import BattleRenderer
from envs.render.canvas import Canvas
from envs.render.font import glyph, text_mask
from envs.render.view import HEIGHT, SHOT_COLOUR, TEAM_COLOURS, WIDTH, View, draw_terrain


class Show:
    """A scene and its renderer."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.renderer = BattleRenderer(scene.task, "closest")
        self.renderer.begin(self._arrays(0), 0)

    def _arrays(self, episode: int) -> dict[str, NDArray[Any]]:
        frame = self.scene.frame
        names = ("player", "frame", "num_units", "units", "num_deaths", "deaths")
        exported = {f"frame/{name}": getattr(frame, name) for name in names}
        return {**self.scene.arrays, **exported, "episode/number": np.array([episode])}

    def follow(self, episode: int = 0) -> None:
        self.scene.see()
        self.renderer.follow(self._arrays(episode), 0)

    def at(self, x_px: float, y_px: float) -> tuple[int, int]:
        """Return (row, column) of a place of the map in the picture."""
        x, y = self.renderer._view.to_picture(x_px, y_px)
        return int(y), int(x)


def distance(pixel: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    return float(np.abs(pixel.astype(int) - np.array(colour)).max())


def shows(
    picture: NDArray[np.uint8], where: tuple[int, int], colour: tuple[int, int, int], reach: int = 7, apart: int = 6
) -> bool:
    """Say whether a pixel of this colour is within `reach` of a place."""
    row, column = where
    part = picture[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1].astype(int)
    return bool((np.abs(part - np.array(colour)).max(axis=2) <= apart).any())


def test_picture_has_the_declared_size_and_type() -> None:
    picture = Show(five_marines_each()).renderer.picture()

    assert picture.shape == (HEIGHT, WIDTH, 3) == (480, 640, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize(("x", "side"), [(640, 0), (740, 1)])
@pytest.mark.parametrize("index", range(5))
def test_unit_shows_in_its_team_colour_where_it_stands(x: int, side: int, index: int) -> None:
    show = Show(five_marines_each())
    picture = show.renderer.picture()
    where = show.at(x, 1000 + 24 * index)

    assert shows(picture, where, TEAM_COLOURS[side])
    assert not shows(picture, where, TEAM_COLOURS[1 - side])


def test_ground_without_units_shows_no_team_colour() -> None:
    show = Show(five_marines_each())
    picture = show.renderer.picture()

    assert not shows(picture, show.at(690, 950), TEAM_COLOURS[0])
    assert not shows(picture, show.at(690, 950), TEAM_COLOURS[1])


def test_unit_that_moved_shows_in_its_new_place_only() -> None:
    show = Show(five_marines_each())
    show.scene.advance()
    show.scene.unit(1)["y"] = 940
    show.follow()
    picture = show.renderer.picture()

    assert shows(picture, show.at(640, 940), TEAM_COLOURS[0])
    assert not shows(picture, show.at(625, 990), TEAM_COLOURS[0], reach=3)


@pytest.mark.parametrize(("hp", "share"), [(40, 1.0), (20, 0.5), (4, 0.1)])
def test_bar_is_as_long_as_the_hit_points(hp: int, share: float) -> None:
    show = Show(five_marines_each())
    scene = show.scene
    for unit_id in (2, 3, 4, 5):
        scene.remove(unit_id)
    scene.unit(1)["hp"] = hp
    scene.advance()
    show.follow()
    picture = show.renderer.picture().astype(int)

    x, y = show.renderer._view.to_picture(640, 1000)
    radius = show.renderer._radius(scene.unit(1))
    half = max(9.0, radius)
    row = picture[int(y - radius - 9 + 1.5)]
    filled = [column for column in range(round(x - half), round(x + half)) if row[column].max() > 150]
    assert len(filled) == pytest.approx(2 * half * share, abs=1.5)


def test_heading_turns_the_mark_on_the_unit() -> None:
    show = Show(five_marines_each())
    pictures = []
    for heading in (0, 64, 128):
        show.scene.unit(1)["heading"] = heading
        show.scene.advance()
        show.follow()
        pictures.append(show.renderer.picture())
    row, column = show.at(640, 1000)

    def light(picture: NDArray[np.uint8], dy: int, dx: int) -> float:
        part = picture[row + dy - 2 : row + dy + 3, column + dx - 2 : column + dx + 3]
        return float(part.min(axis=2).mean())

    north, east, south = pictures
    assert light(north, -6, 0) > light(south, -6, 0)
    assert light(south, 6, 0) > light(north, 6, 0)
    assert light(east, 0, 6) > light(north, 0, 6)


def test_shot_is_drawn_from_the_shooter_to_its_target() -> None:
    show = Show(five_marines_each())
    unit = show.scene.unit(3)
    unit["order"], unit["target_id"], unit["ground_cooldown"] = ATTACK_UNIT, 8, 15
    show.scene.advance()
    show.follow()
    picture = show.renderer.picture()

    assert shows(picture, show.at(690, 1048), SHOT_COLOUR, reach=3, apart=80)
    assert not shows(picture, show.at(690, 1024), SHOT_COLOUR, reach=3, apart=80)


def test_weapon_that_reloads_draws_no_shot() -> None:
    show = Show(five_marines_each())
    unit = show.scene.unit(3)
    unit["order"], unit["target_id"], unit["ground_cooldown"] = ATTACK_UNIT, 8, 15
    show.scene.advance()
    show.follow()
    show.scene.unit(3)["ground_cooldown"] = 7
    show.scene.advance()
    show.follow()

    assert not shows(show.renderer.picture(), show.at(690, 1048), SHOT_COLOUR, reach=3, apart=80)


def test_dead_unit_leaves_a_mark() -> None:
    show = Show(five_marines_each())
    assert shows(show.renderer.picture(), show.at(740, 1000), TEAM_COLOURS[1])
    for _ in range(3):
        show.scene.advance()
        if 6 in show.scene.frame.units["id"][0, : show.scene.frame.num_units[0]]:
            show.scene.kill(6)
        show.follow()
    picture = show.renderer.picture()
    row, column = show.at(740, 1000)

    centre = picture[row, column].astype(int)
    assert centre[0] > centre[1] + 40  # reddish
    assert not shows(picture, (row, column), TEAM_COLOURS[1])
    assert show.renderer._marks[0].side == 1


def test_new_episode_forgets_marks_and_shots() -> None:
    show = Show(five_marines_each())
    show.scene.advance()
    show.scene.kill(6)
    show.follow()
    assert show.renderer._marks

    show.follow(episode=1)

    assert not show.renderer._marks


def test_camera_follows_units_that_leave_the_picture() -> None:
    show = Show(five_marines_each())
    for _ in range(40):
        show.scene.advance()
        for unit_id in range(1, 11):
            show.scene.unit(unit_id)["x"] += 20
        show.follow()
    row, column = show.at(int(show.scene.unit(1)["x"]), 1000)

    assert 0 <= row < HEIGHT
    assert 0 <= column < WIDTH
    assert shows(show.renderer.picture(), (row, column), TEAM_COLOURS[0])


def test_text_shows_both_sides_and_every_unit() -> None:
    text = Show(five_marines_each()).renderer.text()

    lines = text.splitlines()
    assert lines[0] == "m5v5_c_far against closest, frame 0 of 1440"
    assert sum(line.startswith("own") for line in lines) == 5
    assert sum(line.startswith("enemy") for line in lines) == 5
    assert any("M" in line for line in lines[1:21])
    assert any("m" in line for line in lines[1:21])
    assert "own     Marine       40 hp at (640, 1000) cooldown 0" in lines


def test_terrain_is_dark_where_nobody_walks_and_lighter_where_high() -> None:
    game_map = GameMap.flat("test", 64, 64)
    walkable = game_map.walkable.copy()
    walkable[:, :40] = False
    height = game_map.ground_height.copy()
    height[:, 20:] = 2
    changed = GameMap(
        name="test", width=64, height=64, walkable=walkable, buildable=game_map.buildable, ground_height=height
    )

    ground = draw_terrain(changed, View(x=0, y=0, scale=1.0)).mean(axis=2)

    wall, low, high = ground[100:400, :300].mean(), ground[100:400, 330:630].mean(), ground[100:400, 0:0].size
    assert high == 0
    assert wall < low - 10
    assert ground[100:400, 0:300].std() < 2
    picture = draw_terrain(changed, View(x=400, y=0, scale=1.0)).mean(axis=2)
    assert picture[100:400, 300:600].mean() > picture[100:400, 0:200].mean() + 5


def test_shape_drawn_beyond_the_edge_is_cut_off() -> None:
    canvas = Canvas(np.zeros((20, 30, 3), np.float32))

    canvas.disc((-50.0, 5.0), 3.0, (255, 0, 0))
    canvas.segment((25.0, 10.0), (60.0, 10.0), 3.0, (0, 255, 0))
    canvas.text((28, 15), "WIDE", (0, 0, 255))
    canvas.text((100, 100), "FAR", (0, 0, 255))
    picture = canvas.to_uint8()

    assert picture[:, :20].max() == 0
    assert picture[10, 29, 1] == 255
    assert picture[15, 28, 2] == 255


def test_disc_covers_its_area() -> None:
    canvas = Canvas(np.zeros((40, 40, 3), np.float32))

    canvas.disc((20.0, 20.0), 10.0, (255, 255, 255))

    assert canvas.pixels[..., 0].sum() / 255 == pytest.approx(np.pi * 100, rel=0.02)


def test_polygon_covers_its_area() -> None:
    canvas = Canvas(np.zeros((40, 40, 3), np.float32))

    canvas.polygon([(10, 10), (30, 10), (30, 30), (10, 30)], (255, 255, 255))

    assert canvas.pixels[..., 0].sum() / 255 == pytest.approx(400, rel=0.03)


def test_glyphs_differ_and_unknown_ones_ask() -> None:
    characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+_.,:/%()!#"

    assert len({glyph(one).tobytes() for one in characters}) == len(characters)
    assert (glyph("é") == glyph("?")).all()
    assert (glyph("a") == glyph("A")).all()
    assert text_mask("AB", 2).shape == (14, 22)
    assert text_mask("").shape == (7, 0)
