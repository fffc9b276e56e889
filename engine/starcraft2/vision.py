"""Who sees whom: sight radii, and that low ground never sees up (MECHANICS.md section 5)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.tables import KINDS, ONE
from engine.starcraft2.terrain import Ground, height_at

Index = NDArray[np.int32]

BUILDING_SIGHT: Final = 4 * ONE
"""What is under construction sees 4 cells."""

REVEAL_LOOPS: Final = 48
"""Who attacks from the dark is shown for 3 normal seconds."""


@inline
def is_visible(units: Units, game: Game, index: Index, ground: Ground, j: int, player: int) -> bool:
    """Say whether a player sees the unit in slot j."""
    v = units[j]
    if game.full_vision or v.player == player:
        return True
    if v.fired_frame > 0 and game.frame - v.fired_frame < REVEAL_LOOPS:
        return True
    is_high = not KINDS[v.kind].is_flyer
    height = height_at(ground, v.x, v.y)
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        if u.player != player:
            continue
        kind = KINDS[u.kind]
        sight = whole(kind.sight) if u.is_complete else whole(BUILDING_SIGHT)
        dx = whole(v.x) - u.x
        dy = whole(v.y) - u.y
        if dx * dx + dy * dy > sight * sight:
            continue
        if is_high and not kind.is_flyer and height_at(ground, u.x, u.y) < height:
            continue
        return True
    return False
