"""How upgrades and spells change a unit's speed.

What speeds up and what slows down is counted; only the sign counts. Faster is one and a half times the speed, at least
3.33 pixels per frame, with twice the acceleration and turning; slower is half the speed with three quarters of both.
Source: MECHANICS.md 3.4.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.research_table import ALWAYS, SPEED_UPGRADES
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import BY_SCRIPT
from engine.broodwar.tables import TOP_SPEEDS_256, UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SCOUT: Final = UNIT_TYPE_NAMES.index("Protoss_Scout")
FASTER_MIN_256: Final = 853
SCOUT_FASTER_256: Final = 1707


@inline
def paced_256(u: Any, speed_256: int) -> int:
    """Return what a speed, 1/256 pixel per frame, is for `u` with its upgrade and under its spells."""
    if u.pace < 0:
        return speed_256 // 2
    if u.pace > 0:
        return SCOUT_FASTER_256 if u.type == SCOUT else max(speed_256 + speed_256 // 2, FASTER_MIN_256)
    return speed_256


@inline
def refresh_speed(u: Any) -> None:
    """Bring the numbers of movement of `u` up to date: after a spell, its end, or an upgrade."""
    pace = whole(u.is_faster)
    if u.stim_timer > 0:
        pace += 1
    if u.ensnare_timer > 0:
        pace -= 1
    u.pace = min(max(pace, -1), 1)
    if u.mover == BY_SCRIPT:
        return  # the walking animation asks for its steps one by one
    t = UNIT_TYPES[u.type]
    acceleration = whole(t.acceleration_256)
    turn_rate = whole(t.turn_rate)
    if u.pace < 0:
        acceleration -= acceleration // 4
        turn_rate -= turn_rate // 4
    elif u.pace > 0:
        acceleration *= 2
        turn_rate *= 2
    u.top_speed_256 = paced_256(u, whole(TOP_SPEEDS_256[u.type]))
    u.acceleration_256 = acceleration
    u.turn_rate = min(turn_rate, 127)


@inline
def apply_speed_upgrade(u: Any, game: Game) -> None:
    """Let `u` have its type's speed upgrade if its player does."""
    upgrade = whole(SPEED_UPGRADES[u.type])
    if upgrade == ALWAYS or (upgrade >= 0 and game.upgrades[u.player, upgrade] > 0):
        u.is_faster = 1
        refresh_speed(u)


@inline
def apply_speed_upgrades(units: Units, game: Game, index: Index, player: int) -> None:
    """Let all units of a player, on the map and beside it, have the speed upgrades that the player has.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        player: whose.
    """
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player == player:
            apply_speed_upgrade(u, game)
    for h in range(game.num_hidden):
        u = units[index[game.capacity - 1 - h]]
        if u.player == player:
            apply_speed_upgrade(u, game)
