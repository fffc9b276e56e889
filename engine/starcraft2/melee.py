"""How a melee game begins: the map's resources, then for each player a town hall and twelve workers at work.

50 minerals; Zerg an Overlord and three larvae besides (MECHANICS.md section 2). Workers stand on a ring round the hall,
and gather from the first loop on, as recorded games show.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.core.scenario import Scenario
from engine.starcraft2.state import GATHER, NEUTRAL_PLAYER
from engine.starcraft2.tables import KINDS, MINERALS, ONE, RACES

if TYPE_CHECKING:
    from engine.starcraft2.games import StarCraft2Games

PLAYED_RACES: Final = RACES[:3]
HALLS: Final = {"terran": "CommandCenter", "protoss": "Nexus", "zerg": "Hatchery"}
WORKERS: Final = {"terran": "SCV", "protoss": "Probe", "zerg": "Drone"}

NUM_WORKERS: Final = 12
NUM_LARVAE: Final = 3
START_MINERALS: Final = 50
RING_PX: Final = 96
"""Workers begin 3 cells from the hall's middle, the first one above it, then going round."""

BESIDE_PX: Final = 96
"""How far from the hall's middle larvae and the Overlord begin; no source."""

FIELDS_WITHIN: Final = 12 * ONE
"""Mineral fields of a base are no farther from its hall; no source."""

CAPACITY_PER_PLAYER: Final = 500
"""Unit slots for a player: 200 supply of Zerglings are 400 units; and structures, larvae, what is summoned."""

DRAW_STREAM: Final = 0x6D656C
"""Keeps what is drawn here apart from other uses of a game's seed."""


def capacity_of(scenario: Scenario) -> int:
    """Return the unit slots of a melee game."""
    return len(scenario.map.neutrals) + 2 * CAPACITY_PER_PLAYER


def draw_starts(scenario: Scenario, seed: int) -> tuple[tuple[int, int], tuple[str, str]]:
    """Return the start locations and the races of players 0 and 1 in the game with this seed.

    Args:
        scenario: a melee scenario.
        seed: the game's seed, 0 <= seed < 2**64.
    """
    melee = scenario.melee
    assert melee is not None
    words = np.random.SeedSequence([int(seed), DRAW_STREAM]).generate_state(4, np.uint32).tolist()
    starts = melee.starts
    if starts is None:
        count = len(scenario.map.starts)
        first = words[0] % count
        starts = (first, (first + 1 + words[1] % (count - 1)) % count)
    first_race, second_race = (
        PLAYED_RACES[word % len(PLAYED_RACES)] if race == "random" else race
        for race, word in zip(melee.races, words[2:], strict=True)
    )
    return starts, (first_race, second_race)


def begin_melee(games: StarCraft2Games, game: int, seed: int) -> None:
    """Put everything on the map that a melee game begins with.

    Args:
        games: the batch.
        game: which game; nothing is on its map yet.
        seed: the game's seed.
    """
    game_map = games.scenario.map
    for neutral in game_map.neutrals:
        unit_id = games.create_unit(game, int(neutral["type"]), NEUTRAL_PLAYER, int(neutral["x"]), int(neutral["y"]))
        if neutral["resources"]:
            games.units["resources"][game, games.slot_of(game, unit_id)] = neutral["resources"]
    starts, races = draw_starts(games.scenario, seed)
    for player, (start, race) in enumerate(zip(starts, races, strict=True)):
        x, y = (int(value) for value in game_map.starts[start])
        games.games["races"][game, player] = RACES.index(race)
        games.games["minerals"][game, player] = START_MINERALS
        hall = games.create_unit(game, HALLS[race], player, x, y)
        if race == "zerg":
            games.create_unit(
                game, "Overlord", player, x + (BESIDE_PX if x < game_map.width_px // 2 else -BESIDE_PX), y
            )
            for k in range(NUM_LARVAE):
                larva = games.create_unit(game, "Larva", player, x + (k - 1) * 32, y + BESIDE_PX)
                games.units["parent"][game, games.slot_of(game, larva)] = hall
        _put_to_work(games, game, player, WORKERS[race], x, y)


def _put_to_work(games: StarCraft2Games, game: int, player: int, worker: str, x: int, y: int) -> None:
    """Place a player's workers round a hall, each with a mineral field near it."""
    units = games.units[game]
    slots = games.index[game][: int(games.games["num_units"][game])]
    fields = slots[KINDS["resource"][units["kind"][slots]] == MINERALS]
    far = np.hypot(units["x"][fields] - x * (ONE // 32), units["y"][fields] - y * (ONE // 32))
    order = np.argsort(far, kind="stable")
    fields = fields[order][far[order] <= FIELDS_WITHIN]
    for k in range(NUM_WORKERS):
        angle = math.tau * k / NUM_WORKERS
        at_x, at_y = x + round(RING_PX * math.sin(angle)), y - round(RING_PX * math.cos(angle))
        unit_id = games.create_unit(game, worker, player, at_x, at_y)
        if len(fields):
            games.order(game, unit_id, GATHER, games.id_of(game, int(fields[k % len(fields)])))
