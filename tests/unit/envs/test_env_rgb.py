"""`rgb`: pixels computed by hand, in a battle and in a melee game with fog."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from economy_scenes import EconomyScene
from env_scenes import Scene
from numpy.typing import NDArray

from bridge.errors import ConfigError
from envs.specs.rgb import GROUND, SIDES
from envs.tasks import make_task

OWN, NEUTRAL, ENEMY = 1, 3, 4


def scene(**options: Any) -> Scene:
    """Return m5v5's map of 2048 px; with 64 cells over all of it, a cell is a build tile of 32 px."""
    return Scene("m5v5_c_far", observation="rgb", observation_options={"window_px": 0, "resolution": 64, **options})


def pixel(picture: NDArray[np.uint8], row: int, column: int) -> list[int]:
    colour: list[int] = picture[0, :, row, column].tolist()
    return colour


def side(number: int, share: int = 255) -> list[int]:
    return [int(one) * share // 255 for one in SIDES[number]]


def test_units_have_their_side_s_colour_and_darken_with_their_points() -> None:
    made = scene()
    made.put(1, "Terran_Marine", 0, 16, 16)
    made.put(2, "Terran_Marine", 0, 48, 16, hp=20)  # half of 40: 127 of 255
    made.put(3, "Protoss_Zealot", 1, 32 * 5 + 16, 32 * 9 + 16)
    made.put(4, "Resource_Mineral_Field", 11, 32 * 20, 32 * 30 + 16)
    made.reset()
    picture = made.arrays["observation"]

    assert picture.shape == (1, 3, 64, 64)
    assert pixel(picture, 0, 0) == side(OWN)
    assert pixel(picture, 0, 1) == side(OWN, 128 + 63)
    assert pixel(picture, 9, 5) == side(ENEMY)
    assert pixel(picture, 30, 19) == pixel(picture, 30, 20) == side(NEUTRAL)
    height = int(made.frame.map.ground_height[40, 40]) * 51
    assert pixel(picture, 40, 40) == [colour * (255 + 2 * height) // 255 for colour in GROUND]
    made.task.observation.validate(made.arrays)


def test_ground_out_of_sight_is_darker_and_walls_are_too() -> None:
    made = EconomyScene(observation="rgb", action="raw", observation_options={"resolution": 128})
    made.reset()
    picture, game_map = made.arrays["observation"], made.frame.map
    walkable = game_map.walkable[2::4, 2::4]  # the walk tile under a build tile's middle
    lights = {100: made.task.sight.tiles[0] == 2, 30: made.task.sight.tiles[0] == 0}
    free = made.arrays["observation"][0].astype(int)
    for light, where in lights.items():
        for is_open, divisor in ((True, 1), (False, 3)):
            cells = np.argwhere(where & (walkable == is_open))
            expected = 0
            for row, column in cells.tolist():
                height = int(game_map.ground_height[row, column]) * 51
                ground = [colour * (255 + 2 * height) // 255 // divisor * light // 100 for colour in GROUND]
                expected += free[:, row, column].tolist() == ground
            assert expected >= 0.8 * len(cells)  # the others have a unit on them
    assert pixel(picture, made.y // 32, made.x // 32)[2] > 100


def test_resolution_and_window_are_options() -> None:
    assert scene(resolution=[20, 30], window_px=640).arrays["observation"].shape == (1, 3, 20, 30)
    with pytest.raises(ConfigError, match="'layers'"):
        scene(layers=["creep"])
    with pytest.raises(ConfigError, match="unknown option 'window_px'"):
        make_task(scenario="melee", observation="rgb", observation_options={"window_px": 0})
