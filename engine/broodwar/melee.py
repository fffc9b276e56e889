"""How a melee game begins and how it ends.

The map's neutral units come first, in the map's order; then, player by player, a depot, what the race adds (two larvae
below the hatchery, an overlord diagonally beside it), and four workers in the free places nearest to the depot. A
player whose last building is gone has lost. Sources: MECHANICS.md 10 (start) and 12 (victory), ORACLE.md O076; order
and places are those of four recorded games.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.larvae import spawn_larva
from engine.broodwar.production_table import NEUTRAL_PLAYER, PRODUCTION
from engine.broodwar.state import SLOTS_PER_GENERATION
from engine.broodwar.tables import UNIT_TYPES
from engine.core.gamemap import GameMap
from engine.core.jit import kernel
from engine.core.melee import PLAYERS, MeleeRules, draw_starts
from engine.core.rules import BROODWAR
from engine.core.scenario import Trigger, TriggerAction, TriggerCondition

if TYPE_CHECKING:
    from engine.broodwar.games import BroodWarGames

DEPOTS: Final = {"terran": "Terran_Command_Center", "protoss": "Protoss_Nexus", "zerg": "Zerg_Hatchery"}
WORKERS: Final = {"terran": "Terran_SCV", "protoss": "Protoss_Probe", "zerg": "Zerg_Drone"}
OVERLORD: Final = "Zerg_Overlord"

NUM_WORKERS: Final = 4
NUM_LARVAE: Final = 2
START_MINERALS: Final = 50

CAPACITY_PER_PLAYER: Final = 320
"""Unit slots for a player: 200 supply are 200 units and rarely half as many buildings; a swarm of nothing but
zerglings (400) fits as long as the other player's army is of usual size."""

FIRST_FRAMES: Final = 1
"""So much later than in a battle all order clocks are set anew: recorded games play a frame before they count."""


def defeat_triggers() -> tuple[Trigger, ...]:
    """Return one trigger per player, in their order: who has no building left has lost."""
    return tuple(
        Trigger(
            conditions=(
                TriggerCondition(kind="command", comparison="at_most", amount=0, player=player, unit="buildings"),
            ),
            actions=(TriggerAction(kind="defeat", player=player),),
        )
        for player in PLAYERS
    )


MELEE_RULES: Final = MeleeRules(
    game=BROODWAR,
    depots=DEPOTS,
    workers=WORKERS,
    num_workers=NUM_WORKERS,
    extra={"zerg": ((OVERLORD, 1),)},
    triggers=defeat_triggers(),
)


def capacity_of(game_map: GameMap) -> int:
    """Return the unit slots of a melee game."""
    return len(game_map.neutrals) + len(PLAYERS) * CAPACITY_PER_PLAYER


@kernel
def add_larva(
    units: NDArray[np.void],
    game: np.void,
    index: NDArray[np.int32],
    terrain: NDArray[np.int32],
    creep: NDArray[np.uint8],
    i: int,
) -> bool:
    """Let a larva appear at hatchery `i`; see `larvae.spawn_larva`."""
    return spawn_larva(units, game, index, terrain, creep, i)


def begin_melee(games: BroodWarGames, game: int, seed: int) -> None:
    """Put everything on the map that a melee game begins with.

    Args:
        games: the batch.
        game: which game; nothing is on its map yet.
        seed: the game's seed.
    """
    game_map = games.scenario.map
    games.games["order_clock"][game] += FIRST_FRAMES
    for neutral in game_map.neutrals:
        slot = _place(games, game, int(neutral["type"]), NEUTRAL_PLAYER, int(neutral["x"]), int(neutral["y"]))
        if PRODUCTION["is_resource_container"][int(neutral["type"])]:
            games.units["resources"][game, slot] = neutral["resources"]
    starts, races = draw_starts(games.scenario, seed)
    for player, start, race in zip(PLAYERS, starts, races, strict=True):
        x, y = (int(value) for value in game_map.starts[start])
        depot = _place(games, game, DEPOTS[race], player, x, y)
        if race == "zerg":
            for _ in range(NUM_LARVAE):
                add_larva(
                    games.units[game], games.games[game], games.index[game], games.terrain, games.creep[game], depot
                )
            box = UNIT_TYPES[games.units["type"][game, depot]]
            beside_x = int(box["left"] + box["right"] + 1) * (1 if x < game_map.width_px // 2 else -1)
            beside_y = int(box["up"] + box["down"] + 1) * (1 if y < game_map.height_px // 2 else -1)
            _place(games, game, OVERLORD, player, x + beside_x, y + beside_y)
        for _ in range(NUM_WORKERS):
            _place(games, game, WORKERS[race], player, x, y)
        games.games["minerals"][game, player] = START_MINERALS


def _place(games: BroodWarGames, game: int, kind: str | int, player: int, x: int, y: int) -> int:
    """Create a unit; return its slot."""
    return games.create_unit(game, kind, player, x, y) % SLOTS_PER_GENERATION
