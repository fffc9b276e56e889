"""Nuclear strikes: a ghost marks a place, a missile leaves its silo, and if the ghost holds out, it comes down there.

Radii and damage are the game's tables' (MECHANICS.md 6); how long the ghost must hold out and from how far it may mark
is not measured.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import is_at_goal
from engine.broodwar.making import MISSILE, SILO
from engine.broodwar.order_queue import go_to, kill, order_done, stop_moving
from engine.broodwar.rules_table import WEAPON_TYPE_NAMES
from engine.broodwar.shooting import cast_bullet
from engine.broodwar.splash import distance_to_box
from engine.broodwar.state import IMMOVABLE, NO_SLOT
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

STRIKE: Final = WEAPON_TYPE_NAMES.index("Nuclear_Strike")
MARKING_PX: Final = 256
FALLING_FRAMES: Final = 340
"""About fourteen seconds."""

# order_state.
BEGIN: Final = 0
APPROACHING: Final = 1
MARKING: Final = 2


@inline
def ready_missile(units: Units, game: Game, index: Index, player: int) -> int:
    """Return a silo of a player with a missile, or a missile beside all silos; NO_SLOT if there is none."""
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.player != player or not v.is_complete or v.hp_256 <= 0:
            continue
        if v.type == MISSILE or (v.type == SILO and v.num_fighters > 0):
            return j
    return NO_SLOT


@inline
def run_nuking(units: Units, bullets: Bullets, game: Game, index: Index, i: int) -> None:
    """Run NukePaint of ghost `i`, in every frame: whatever else it does, or its death, wastes the missile.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the ghost.
    """
    u = units[i]
    x = whole(u.order_x)
    y = whole(u.order_y)
    if u.order_state == MARKING:
        if u.main_timer == 0:
            cast_bullet(bullets, game, u, i, STRIKE, NO_SLOT, x, y)
            order_done(units, game, i)
    elif distance_to_box(u, x, y) <= MARKING_PX:
        stop_moving(u, game)
        missile = ready_missile(units, game, index, whole(u.player))
        if missile < 0:
            order_done(units, game, i)
            return
        if units[missile].type == SILO:
            units[missile].num_fighters = 0
        else:
            kill(units, game, missile)
        u.look_x = x
        u.look_y = y
        u.main_timer = FALLING_FRAMES
        u.order_state = MARKING
    elif u.order_state == BEGIN:
        go_to(u, game, x, y)
        u.order_state = APPROACHING
    elif is_at_goal(u) and u.status & IMMOVABLE:
        order_done(units, game, i)
