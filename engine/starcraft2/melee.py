"""How a melee game begins: the map's resources, then for each player a town hall and twelve workers at work.

50 minerals; Zerg an Overlord and three larvae besides (MECHANICS.md section 2). Workers stand on a ring round the hall,
and gather from the first loop on, as recorded games show.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.core.melee import MeleeRules, draw_starts
from engine.core.rules import STARCRAFT2
from engine.core.scenario import Scenario
from engine.starcraft2.cancelling import RALLY_WORKERS
from engine.starcraft2.state import GATHER, NEUTRAL_PLAYER
from engine.starcraft2.tables import KIND_OF, KINDS, MINERALS, NO_KIND, ONE, RACES

if TYPE_CHECKING:
    from engine.starcraft2.games import StarCraft2Games

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


def capacity_of(scenario: Scenario) -> int:
    """Return the unit slots of a melee game."""
    return len(scenario.map.neutrals) + 2 * CAPACITY_PER_PLAYER


MELEE_RULES: Final = MeleeRules(
    game=STARCRAFT2, depots=HALLS, workers=WORKERS, num_workers=NUM_WORKERS, extra={"zerg": (("Overlord", 1),)}
)


def begin_melee(games: StarCraft2Games, game: int, seed: int) -> None:
    """Put everything on the map that a melee game begins with.

    Args:
        games: the batch.
        game: which game; nothing is on its map yet.
        seed: the game's seed.
    """
    game_map = games.scenario.map
    for neutral in game_map.neutrals:
        if not 0 <= neutral["type"] < len(KIND_OF) or KIND_OF[neutral["type"]] == NO_KIND:
            continue  # rocks and towers of real maps: no rules of ours are about them
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
        _put_to_work(games, game, player, WORKERS[race], hall)


def _put_to_work(games: StarCraft2Games, game: int, player: int, worker: str, hall: int) -> None:
    """Place a player's workers round a hall, each with a mineral field near it; those to come rally to the middle one.

    The three recorded games' halls rally their workers to the field nearest to the middle of all.
    """
    at_hall = games.units[game][games.slot_of(game, hall)]
    x, y = int(at_hall["x"]) // (ONE // 32), int(at_hall["y"]) // (ONE // 32)
    units = games.units[game]
    slots = games.index[game][: int(games.games["num_units"][game])]
    fields = slots[KINDS["resource"][units["kind"][slots]] == MINERALS]
    far = np.hypot(units["x"][fields] - x * (ONE // 32), units["y"][fields] - y * (ONE // 32))
    order = np.argsort(far, kind="stable")
    fields = fields[order][far[order] <= FIELDS_WITHIN]
    if len(fields):
        across, down = units["x"][fields].astype(np.float64), units["y"][fields].astype(np.float64)
        middle = int(fields[np.hypot(across - across.mean(), down - down.mean()).argmin()])
        games.order(game, hall, RALLY_WORKERS, games.id_of(game, middle))
    for k in range(NUM_WORKERS):
        angle = math.tau * k / NUM_WORKERS
        at_x, at_y = x + round(RING_PX * math.sin(angle)), y - round(RING_PX * math.cos(angle))
        unit_id = games.create_unit(game, worker, player, at_x, at_y)
        if len(fields):
            games.order(game, unit_id, GATHER, games.id_of(game, int(fields[k % len(fields)])))
