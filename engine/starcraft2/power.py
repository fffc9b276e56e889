"""Psionic matrices: where Protoss structures have power and units are warped in fast (MECHANICS.md section 7)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.state import SLOT_ALIVE
from engine.starcraft2.tables import KIND_OF, KINDS
from engine.starcraft2.terrain import SLOPE, Ground, height_at

Index = NDArray[np.int32]

NO_POWER: Final = 0
POWER: Final = 1
FAST_POWER: Final = 2

POWER_LOOPS: Final = 8
"""How often structures look whether they have power; no source."""

_NEXUS: Final = int(KIND_OF[59])
_GATEWAY: Final = int(KIND_OF[62])
_WARP_GATE: Final = int(KIND_OF[133])


@inline
def _is_near(u: Any, x: int, y: int, reach: int) -> bool:
    dx = whole(x) - u.x
    dy = whole(y) - u.y
    return bool(dx * dx + dy * dy <= reach * reach)


@inline
def _is_fast(units: Units, game: Game, index: Index, source: int) -> bool:
    """Say whether a pylon has a complete Nexus, Gateway or Warp Gate of its player in its matrix."""
    u = units[source]
    for k in range(game.num_units):
        v = units[index[k]]
        if v.player != u.player or not v.is_complete or v.kind not in (_NEXUS, _GATEWAY, _WARP_GATE):
            continue
        if _is_near(u, v.x, v.y, whole(KINDS[u.kind].power_radius)):
            return True
    return False


@inline
def power_at(units: Units, game: Game, index: Index, ground: Ground, player: int, x: int, y: int) -> int:
    """Return NO_POWER, POWER or FAST_POWER: what a player's pylons and prisms give at a place.

    A pylon powers ground as high as its own, or lower; a warp prism any, and it is fast, as is a pylon that has a Nexus
    or Gateway in its matrix.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        player: whose.
        x: 1/4096 cell.
        y: likewise.
    """
    best = whole(NO_POWER)
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        if u.player != player or KINDS[u.kind].power_radius == 0 or not u.is_complete or u.slot_state != SLOT_ALIVE:
            continue
        if not _is_near(u, x, y, whole(KINDS[u.kind].power_radius)):
            continue
        if KINDS[u.kind].is_flyer:
            return FAST_POWER
        if height_at(ground, x, y) > height_at(ground, u.x, u.y) + SLOPE:
            continue
        if _is_fast(units, game, index, i):
            return FAST_POWER
        best = whole(POWER)
    return best


@inline
def look_for_power(units: Units, game: Game, index: Index, ground: Ground, i: int) -> None:
    """Let a structure that needs power look whether it has it, if it is time for that."""
    u = units[i]
    if (game.frame + i) % POWER_LOOPS == 0:
        u.has_power = power_at(units, game, index, ground, whole(u.player), whole(u.x), whole(u.y)) != NO_POWER
