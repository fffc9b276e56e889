"""Pictures of melee games: base, fog, minimap and bank."""

from __future__ import annotations

from typing import Any

import numpy as np
from economy_scenes import DONE, MINING, EconomyScene
from numpy.typing import NDArray

from envs.render.melee import BOTTOM_BAND, MINERALS, MINIMAP_EDGE_PX, MINIMAP_PX, MeleeRenderer
from envs.render.view import HEIGHT, HP_COLOURS, TEAM_COLOURS, WIDTH

UNFINISHED = 0


class Show:
    """A scene and its renderer."""

    def __init__(self) -> None:
        self.scene = EconomyScene(observation="economy", action="raw")
        self.scene.put(300, "Terran_SCV", self.scene.x + 100, self.scene.y + 100, MINING, hp=20)
        self.scene.bank(123, 45)
        self.scene.reset()
        self.renderer = MeleeRenderer(self.scene.task, "noop")
        self.renderer.begin(self.arrays(), 0)

    def arrays(self) -> dict[str, NDArray[Any]]:
        names = ("player", "frame", "num_units", "units", "num_deaths", "deaths")
        exported = {f"frame/{name}": getattr(self.scene.frame, name) for name in names}
        return {**self.scene.arrays, **exported, "episode/number": np.array([0])}

    def follow(self) -> NDArray[np.uint8]:
        self.scene.see()
        self.renderer.follow(self.arrays(), 0)
        return self.renderer.picture()

    def at(self, picture: NDArray[np.uint8], x_px: float, y_px: float) -> NDArray[np.int64]:
        x, y = self.renderer._view.to_picture(x_px, y_px)
        return picture[int(y), int(x)].astype(np.int64)


def apart(pixel: NDArray[np.int64], colour: tuple[int, int, int]) -> int:
    return int(np.abs(pixel - np.array(colour)).max())


def test_base_stands_in_the_middle_in_the_own_colour_and_fields_in_theirs() -> None:
    show = Show()
    picture = show.renderer.picture()
    scene = show.scene

    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert apart(show.at(picture, scene.x, scene.y), TEAM_COLOURS[0]) < 60
    fields = [scene.unit(number) for number in scene.fields if scene.unit(number)["type"] in (176, 177, 178)]
    assert len(fields) >= 6
    assert all(apart(show.at(picture, int(one["x"]), int(one["y"])), MINERALS) < 60 for one in fields[:3])


def test_unfinished_building_is_paler_than_a_finished_one() -> None:
    show = Show()
    show.scene.put(400, "Terran_Supply_Depot", show.scene.x + 200, show.scene.y, UNFINISHED)
    show.scene.put(401, "Terran_Supply_Depot", show.scene.x + 200, show.scene.y + 100, DONE)
    picture = show.follow()

    half, whole = (show.at(picture, show.scene.x + 200, show.scene.y + down).sum() for down in (0, 100))
    assert half < 0.8 * whole


def test_ground_out_of_sight_is_darker_and_a_building_seen_before_is_remembered() -> None:
    show = Show()
    scene = show.scene
    scene.put(400, "Zerg_Hatchery", scene.x + 420, scene.y + 150, player=1)
    shown = show.follow()
    far = (scene.x + 520, scene.y + 150)  # beyond the center's sight of 320 px
    near = (scene.x + 150, scene.y - 60)
    dark, light = (show.at(shown, *place).sum() for place in (far, near))
    assert dark < 0.6 * light
    in_sight = show.at(shown, scene.x + 420, scene.y + 150)
    assert in_sight[0] > in_sight[2] + 60  # red

    scene.frame.num_units[0] -= 1
    remembered = show.at(show.follow(), scene.x + 420, scene.y + 150)

    assert remembered[0] > remembered[2] + 20
    assert remembered.sum() < in_sight.sum()


def test_only_who_is_hurt_has_a_bar() -> None:
    show = Show()
    picture = show.renderer.picture()
    x, y = show.renderer._view.to_picture(show.scene.x + 100, show.scene.y + 100)
    above = picture[int(y) - 22 : int(y) - 4, int(x) - 12 : int(x) + 12].astype(np.int64)
    assert (np.abs(above - np.array(HP_COLOURS[2])).max(axis=-1) < 8).any()  # 20 of 60 points

    show.scene.unit(300)["hp"] = 60
    healed = show.follow()[int(y) - 22 : int(y) - 4, int(x) - 12 : int(x) + 12].astype(np.int64)
    assert not any((np.abs(healed - np.array(colour)).max(axis=-1) < 8).any() for colour in HP_COLOURS)


def test_minimap_shows_the_own_base_where_it_is() -> None:
    show = Show()
    picture = show.renderer.picture()
    game_map = show.scene.frame.map
    top = HEIGHT - BOTTOM_BAND - MINIMAP_EDGE_PX - MINIMAP_PX
    column = MINIMAP_EDGE_PX + show.scene.x * MINIMAP_PX // game_map.width_px
    row = top + show.scene.y * MINIMAP_PX // game_map.height_px

    around = picture[row - 1 : row + 2, column - 1 : column + 2].astype(np.int64)
    assert (np.abs(around - np.array(TEAM_COLOURS[0])).max(axis=-1) < 40).any()


def test_bank_is_written_and_changes_with_it() -> None:
    show = Show()
    before = show.renderer.picture()[:30]
    show.scene.bank(999, 45)
    after = show.follow()[:30]

    assert (before != after).any()
    assert (before[:, 470:] == show.renderer.picture()[:30, 470:]).mean() > 0.9


def test_only_who_is_told_dead_is_marked() -> None:
    show = Show()
    scene = show.scene
    scene.put(310, "Terran_Marine", scene.x + 150, scene.y + 160)
    scene.put(311, "Terran_Marine", scene.x + 150, scene.y + 200)
    show.follow()
    scene.frame.num_units[0] -= 2  # one has died, the other is in a bunker
    scene.frame.deaths[0, 0], scene.frame.num_deaths[0] = 310, 1
    show.follow()

    assert [(mark.x, mark.y) for mark in show.renderer._marks] == [(scene.x + 150, scene.y + 160)]


def test_camera_cuts_to_where_weapons_fire() -> None:
    show = Show()
    scene = show.scene
    scene.put(500, "Terran_Marine", 2000, 2000)
    scene.put(501, "Zerg_Zergling", 2060, 2000, player=1)
    show.follow()
    base = show.renderer._view
    scene.unit(500)["ground_cooldown"], scene.unit(500)["target_id"] = 15, 501
    show.follow()

    view = show.renderer._view
    assert view != base
    assert view.x < 2000 < view.x + WIDTH / view.scale
    assert view.y < 2000 < view.y + 424 / view.scale
