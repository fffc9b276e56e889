"""What a session asks the game to lay out: RequestCreateGame of a scenario, its players and a seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bridge.sc2.params import RACES, computer
from engine.core.scenario import Scenario

if TYPE_CHECKING:
    from s2clientprotocol.sc2api_pb2 import RequestCreateGame

USUAL_COMPUTER: Final = (1, 7)
"""Terran, VeryHard: what SMAC's battles are played against."""

DIFFICULTY_OF: Final = {"noop": 1, "weak": 2, "standard": 5, "strong": 7}
"""Difficulties that our scripted melee players stand for: VeryEasy, Easy, Hard, VeryHard."""

SEED_MASK: Final = (1 << 32) - 1


def create_request(
    scenario: Scenario, players: Sequence[str | None], map_file: str, seed: int, *, is_realtime: bool
) -> RequestCreateGame:
    """Return the request that lays out a game.

    Args:
        scenario: what is played.
        players: who plays, by names of ours; None and `bot:...` are clients.
        map_file: as the game is told.
        seed: 64 bits.
        is_realtime: whether the game goes on by itself.
    """
    from s2clientprotocol import common_pb2, sc2api_pb2

    request = sc2api_pb2.RequestCreateGame(
        disable_fog=scenario.full_vision,
        random_seed=(seed ^ seed >> 32) & SEED_MASK,
        realtime=is_realtime,
    )
    request.local_map.map_path = map_file
    for name in players:
        setup = request.player_setup.add(type=sc2api_pb2.PlayerType.Value("Participant"))
        if name is not None and not name.startswith("bot:"):
            setup.type = sc2api_pb2.PlayerType.Value("Computer")
            race, difficulty = computer(name) or _usual_computer(scenario, name)
            setup.race = common_pb2.Race.ValueType(race)
            setup.difficulty = sc2api_pb2.Difficulty.ValueType(difficulty)
            if computer(name) is None:
                setup.player_name = name.rpartition(":")[2]
    return request


def races_of(scenario: Scenario) -> tuple[str, str]:
    """Return the races of a melee game; in battles nobody asks, and the first two numbers of the API stand there."""
    return (RACES[0], RACES[0]) if scenario.melee is None else scenario.melee.races


def _usual_computer(scenario: Scenario, name: str) -> tuple[int, int]:
    """Return race and difficulty of the game's own player that stands for a scripted one of ours.

    The embedded server goes by the player's name; the real game, which knows none, by these.
    """
    if scenario.melee is None:
        return USUAL_COMPUTER
    return RACES.index(races_of(scenario)[1]) + 1, DIFFICULTY_OF.get(name.rpartition(":")[2], USUAL_COMPUTER[1])
