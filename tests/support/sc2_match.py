"""Matches of two scripted players of StarCraft II."""

from __future__ import annotations

import numpy as np

from bridge.melee import scripted_player
from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame, Outcome
from engine.starcraft2.games import StarCraft2Games

LOOK_LOOPS = 16


def play_match(races: str, names: tuple[str, str], loops: int, seed: int = 1) -> tuple[StarCraft2Games, list[str]]:
    """Return the games after a match, and the digest after each 50 looks.

    Args:
        races: of both players, "terran:zerg".
        names: of the scripted players.
        loops: the match ends there if nobody has won.
        seed: of the game.
    """
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
