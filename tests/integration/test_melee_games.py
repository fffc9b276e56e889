"""Whole melee games of scripted players, and `nydus play`."""

from __future__ import annotations

import numpy as np
import pytest

from agents.cli import main
from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from engine.broodwar.melee_players import MeleeMatch
from engine.core.frame import Outcome

RACES = ("terran", "protoss", "zerg")
MAPS = ("crossing_small", "crossing", "four_corners")
GAMES = 50
WANTED_WINS = {("strong", "weak"): 45, ("strong", "standard"): 35, ("standard", "weak"): 40}
HALF_AN_HOUR = 43_000
"""Frames at speed "fastest"."""


def played(
    races: str, names: tuple[str, str], seed: int, max_frames: int | None = None, game_map: str = "crossing_small"
) -> MeleeMatch:
    match = MeleeMatch(load_scenario(melee_name(game_map, races=races)), names, seed, max_frames=max_frames)
    while match.play_on():
        pass
    return match


def test_the_strong_player_beats_the_weak_one_and_the_game_ends() -> None:
    match = played("terran:terran", ("strong", "weak"), 1)

    assert match.outcomes == (Outcome.WON, Outcome.LOST)
    assert match.frame < match.max_frames


def test_the_same_seed_gives_the_same_game() -> None:
    first, second = (played("zerg:protoss", ("standard", "rush"), 4, 3000) for _ in range(2))

    assert first.games.digest(0) == second.games.digest(0)


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("race", RACES)
@pytest.mark.parametrize("pair", WANTED_WINS)
def test_the_stronger_player_wins_the_clear_majority(race: str, pair: tuple[str, str]) -> None:
    """50 games against the races by turns, on three maps; the stronger one is player 0 in half of them."""
    wins = 0
    for seed in range(GAMES):
        other = RACES[seed % len(RACES)]
        seat = seed // len(RACES) % 2
        races = (race, other) if seat == 0 else (other, race)
        game_map = MAPS[seed // (2 * len(RACES)) % len(MAPS)]
        match = played(":".join(races), pair if seat == 0 else (pair[1], pair[0]), seed, HALF_AN_HOUR, game_map)
        wins += match.outcomes[seat] == Outcome.WON

    assert wins >= WANTED_WINS[pair]


@pytest.mark.full
@pytest.mark.parametrize("name", ["weak", "standard", "strong", "rush"])
@pytest.mark.parametrize("races", [f"{one}:{other}" for one in RACES for other in RACES])
def test_every_race_and_strength_plays_its_game_to_the_end_in_half_an_hour(races: str, name: str) -> None:
    match = played(races, (name, name), 7, HALF_AN_HOUR)

    assert set(match.outcomes) == {Outcome.WON, Outcome.LOST}


def test_play_writes_a_page_and_a_video(tmp_path, capsys) -> None:
    page, video = tmp_path / "game.html", tmp_path / "game.gif"
    arguments = ["play", "--map", "crossing_small", "--players", "zerg:rush", "terran:weak", "--max-frames", "240"]

    assert main([*arguments, "--html", str(page), "--render", str(video)]) == 0

    assert "undecided after 240 frames (00:10 of game" in capsys.readouterr().out
    assert page.stat().st_size > 10_000
    assert video.read_bytes()[:4] == b"GIF8"
    assert main([*arguments, "--html", str(page)]) == 2
    assert "exists already; --force replaces it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--players", "zerg:ruhs", "weak"], "unknown player 'ruhs'; did you mean 'rush'"),
        (["--players", "zurg:rush", "weak"], "unknown race 'zurg'; did you mean 'zerg'"),
        (["--map", "crosing"], "unknown map 'crosing'; did you mean 'crossing'"),
        (["--every", "25"], "--every 25: allowed: a multiple of 24"),
        (["--render", "game.avi"], "--render game.avi: expected a file ending in .mp4 or .gif"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments: list[str], told: str, capsys) -> None:
    assert main(["play", *arguments]) == 2

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_pictures_show_both_players_and_the_resources() -> None:
    from envs.render.match import PLAYER_COLOURS, MatchPicture

    match = played("terran:zerg", ("standard", "standard"), 1, 240)
    picture = MatchPicture(match.frames[0].map, ("terran", "zerg")).picture(match.frames)

    assert picture.dtype == np.uint8
    assert picture.shape[0] % 2 == picture.shape[1] % 2 == 0
    for colour in PLAYER_COLOURS:
        assert (picture[50:] == colour).all(axis=2).sum() > 100, "a depot is larger than that"
