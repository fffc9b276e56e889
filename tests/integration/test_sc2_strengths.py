"""How strong StarCraft II's scripted melee players are beside each other."""

from __future__ import annotations

import pytest

from engine.core.frame import Outcome
from tests.support.sc2_match import play_match

RACES = ("terran", "protoss", "zerg")
GAMES = 12
WANTED_WINS = {("strong", "weak"): 11, ("strong", "standard"): 9, ("standard", "weak"): 11}
"""Of 12 games; 12, 11 and 12 were won when this was written, the lost one between two Zerg."""

HALF_AN_HOUR = 40_320
"""Loops at speed "faster", 22.4 a second."""


@pytest.mark.timeout(600)  # the first game compiles the kernels
def test_the_standard_player_beats_the_weak_one() -> None:
    games, _ = play_match("terran:terran", ("standard", "weak"), HALF_AN_HOUR, 0)

    assert games.outcomes()[0].tolist() == [Outcome.WON, Outcome.LOST]


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pair", WANTED_WINS)
def test_the_stronger_player_wins_the_clear_majority(pair: tuple[str, str]) -> None:
    """12 games of all pairs of races by turns; the stronger one is player 0 in half of them."""
    wins = 0
    for seed in range(GAMES):
        races = (RACES[seed % len(RACES)], RACES[seed // len(RACES) % len(RACES)])
        seat = seed % 2
        names = pair if seat == 0 else (pair[1], pair[0])
        games, _ = play_match(":".join(races if seat == 0 else races[::-1]), names, HALF_AN_HOUR, seed)
        wins += int(games.outcomes()[0, seat] == Outcome.WON)

    assert wins >= WANTED_WINS[pair]
