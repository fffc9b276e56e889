"""`nydus view` and `nydus watch`: what they show, and that mistakes are one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.cli import EXIT_USAGE, main
from envs.render.layers import BLACK, SIDE_COLOURS, layer_legend, layer_picture, layer_text
from envs.specs.planes import PLANE_FIELDS, PLANE_NAMES

SIDES = PLANE_FIELDS[PLANE_NAMES.index("player_relative")]
HEIGHTS = PLANE_FIELDS[PLANE_NAMES.index("height_map")]


def test_names_get_their_colours_and_cells_their_size() -> None:
    picture = layer_picture(np.array([[0, 1], [4, 3]]), SIDES, scale=2)

    assert picture.shape == (4, 4, 3)
    assert [tuple(picture[r, c].tolist()) for r, c in ((0, 0), (1, 3), (3, 1), (2, 2))] == [
        BLACK,
        SIDE_COLOURS[1],
        SIDE_COLOURS[4],
        SIDE_COLOURS[3],
    ]


def test_quantities_grow_brighter() -> None:
    shades = layer_picture(np.array([[0, 51, 204, 255]]), HEIGHTS).astype(int).sum(axis=-1)[0]

    assert (np.diff(shades) > 0).all()


def test_text_has_two_rows_of_cells_in_a_line_and_the_legend_counts() -> None:
    plane = np.array([[0, 1, 4], [4, 4, 0], [0, 0, 0]])

    assert [line.count("▀") for line in layer_text(plane, SIDES).splitlines()] == [3, 3]
    assert "Here 0: 5 cells, 1: 1 cells, 4: 3 cells." in layer_legend(plane, SIDES)


def test_view_of_a_battle_shows_both_armies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", "--layer", "player_relative", "--scenario", "m5v5_c_far", "--frame", "16"]) == 0

    said = capsys.readouterr().out
    assert said.count("\n") == 32 + 1
    assert "0 nobody, 1 own, 3 neutral, 4 enemy. Here 0: " in said
    assert "1: 5 cells" in said  # a cell is a build tile: marines that stand together share one


def test_view_writes_a_picture_of_the_screen_of_a_melee_game(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "screen.png"
    arguments = ["view", "--layer", "unit_type", "--array", "screen", "--frame", "100", "--out", str(path)]

    assert main(arguments) == 0

    assert path.read_bytes().startswith(b"\x89PNG")
    assert "screen: unit_type" in capsys.readouterr().out


STARCRAFT2 = "melee?game=starcraft2&races=terran:zerg"


def test_view_of_a_melee_game_of_starcraft_2_plays_that_game(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", "--layer", "visibility", "--scenario", STARCRAFT2, "--frame", "48"]) == 0

    said = capsys.readouterr().out
    assert "frame 48, planes: visibility_map" in said
    assert "2: " in said


def test_view_of_starcraft_2_shows_the_screen_and_layers_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["view", "--scenario", "melee?game=starcraft2&races=protoss:zerg", "--frame", "48", "--layer"]

    assert main([*arguments, "power"]) == 0
    assert main([*arguments, "player_relative", "--array", "screen"]) == 0

    said = capsys.readouterr().out
    assert "planes: power" in said
    assert "screen: player_relative" in said
    assert "1: " in said.rpartition("screen: player_relative")[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "visbility"], "unknown layer 'visbility'; did you mean 'visibility_map'?"),
        (["--layer", "pathable", "--array", "screen"], "unknown layer 'pathable'"),
        (["--layer", "visibility", "--scenario", "m5v5"], "did you mean"),
        (["--layer", "creep", "--array", "screen", "--scenario", "m5v5_c_far"], "a battle: allowed: planes"),
        (["--layer", "creep", "--frame", "-1"], "--frame -1"),
        (["--layer", "creep", "--out", "a.txt"], "allowed: a file ending in .png"),
        (["--layer", "creep", "--resolution", "4"], "'resolution': got 4"),
    ],
)
def test_view_refuses_in_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", *arguments]) == EXIT_USAGE

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: no such run folder or checkpoint"),
        (["nowhere", "--episodes", "0"], "--episodes 0"),
    ],
)
def test_watch_refuses_in_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", *arguments]) == EXIT_USAGE

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
