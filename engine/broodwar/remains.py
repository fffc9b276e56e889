"""What a dying unit leaves behind: its passengers, broodlings, the end of a cloud or web."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.cargo import spill
from engine.broodwar.casting import SWARM, WEB, hatch_broodlings
from engine.broodwar.hangars import INTERCEPTOR, lose_fighter
from engine.broodwar.tables import UNIT_TYPES
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Deaths = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def leave_remains(units: Units, game: Game, index: Index, terrain: Terrain, deaths: Deaths, i: int) -> None:
    """Do what the death of unit `i` brings about, just before it is taken off the map.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        deaths: (players, D) int32 ids of the dead that each player has not been told of.
        i: the unit.
    """
    u = units[i]
    if u.broods_for >= 0:
        hatch_broodlings(units, game, index, terrain, i)
    if u.type == INTERCEPTOR:
        lose_fighter(units, i)
    if UNIT_TYPES[u.type].space_provided > 0 or u.num_flown > 0:
        spill(units, game, index, terrain, deaths, i)
    if u.type == SWARM:
        game.num_swarms -= 1
    elif u.type == WEB:
        game.num_webs -= 1
