"""Scripted melee players of StarCraft II: what they build, and that the same games give the same commands."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.melee import scripted_player
from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame, Outcome
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import SLOT_ALIVE
from engine.starcraft2.tables import KIND_NAMES

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

LOOK_LOOPS = 16


def play(races: str, names: tuple[str, str], loops: int, seed: int = 1) -> tuple[StarCraft2Games, list[str]]:
    """Return the games after a match, and the digest after each 50 looks."""
    scenario = load_scenario(f"melee?game=starcraft2&races={races}")
    games = StarCraft2Games(scenario, 1)
    games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
    capacity = games.unit_capacity
    frames = [Frame.allocate(1, capacity, scenario.map, layers=True) for _ in names]
    both = Commands.allocate(2, capacity)
    commands = [Commands(items=both.items[row : row + 1], count=both.count[row : row + 1]) for row in (0, 1)]
    row_game, row_player = np.zeros(2, np.int32), np.arange(2, dtype=np.int8)
    players = [scripted_player(name, "starcraft2") for name in names]
    digests = []
    for look in range(loops // LOOK_LOOPS):
        both.clear()
        for row, player in enumerate(players):
            games.observe(frames[row], row_game[:1], row_player[row : row + 1])
            player(frames[row], commands[row])
        if frames[0].outcome[0] != Outcome.IN_PLAY:
            break
        games.step(both, row_game, row_player, LOOK_LOOPS)
        if look % 50 == 0:
            digests.append(games.digest(0))
    return games, digests


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
    games, _ = play(f"{race}:terran", ("standard", "noop"), 2600)

    assert wanted <= made(games, 0)
    assert games.games["mined_minerals"][0, 0] > 1000
    assert made(games, 1) == {"CommandCenter", "SCV"}


def test_same_seed_gives_the_same_match() -> None:
    one, other = (play("zerg:protoss", ("weak", "weak"), 1200, seed=4)[1] for _ in range(2))

    assert one == other


@pytest.mark.full
@pytest.mark.parametrize("race", ["terran", "protoss", "zerg"])
def test_strong_players_beat_who_does_nothing(race: str) -> None:
    games, _ = play(f"{race}:zerg", ("strong", "noop"), 20_000)

    assert games.outcomes()[0].tolist() == [Outcome.WON, Outcome.LOST]
