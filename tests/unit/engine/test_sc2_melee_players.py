"""Scripted melee players of StarCraft II: what they build, and that the same games give the same commands."""

from __future__ import annotations

import pytest

from engine.core.frame import Outcome
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import SLOT_ALIVE
from engine.starcraft2.tables import KIND_NAMES
from tests.support.sc2_match import play_match

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


def made(games: StarCraft2Games, player: int) -> set[str]:
    units = games.units[0]
    return {KIND_NAMES[k] for k in units["kind"][(units["slot_state"] == SLOT_ALIVE) & (units["player"] == player)]}


@pytest.mark.parametrize(
    ("race", "wanted"),
    [
        ("terran", {"SCV", "SupplyDepot", "Barracks", "Refinery"}),
        ("protoss", {"Probe", "Pylon", "Gateway", "Assimilator"}),
        ("zerg", {"Drone", "Overlord", "SpawningPool"}),
    ],
)
def test_standard_players_open_as_planned(race: str, wanted: set[str]) -> None:
    games, _ = play_match(f"{race}:terran", ("standard", "noop"), 2600)

    assert wanted <= made(games, 0)
    assert games.games["mined_minerals"][0, 0] > 1000
    assert made(games, 1) == {"CommandCenter", "SCV"}


def test_same_seed_gives_the_same_match() -> None:
    one, other = (play_match("zerg:protoss", ("weak", "weak"), 1200, seed=4)[1] for _ in range(2))

    assert one == other


@pytest.mark.full
@pytest.mark.parametrize("race", ["terran", "protoss", "zerg"])
def test_strong_players_beat_who_does_nothing(race: str) -> None:
    games, _ = play_match(f"{race}:zerg", ("strong", "noop"), 20_000)

    assert games.outcomes()[0].tolist() == [Outcome.WON, Outcome.LOST]
