"""Pylons' fields: Protoss buildings outside all of them stand still.

Looked at only when a pylon or a building has come or gone. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.siting import PYLON, has_psi
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def note_power(game: Game, kind: int) -> None:
    """Have power looked at anew if a unit type that has to do with it has come or gone."""
    if PRODUCTION[kind].requires_psi or kind == PYLON:
        game.psi_is_stale = 1


@inline
def refresh_power(units: Units, game: Game, index: Index) -> None:
    """Look anew which buildings that need a pylon's field have one.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
    """
    game.psi_is_stale = 0
    for k in range(game.num_units):
        u = units[index[k]]
        if PRODUCTION[u.type].requires_psi:
            u.is_unpowered = not has_psi(units, game, index, whole(u.player), whole(u.x), whole(u.y))
