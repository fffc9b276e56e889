"""Damage to all around a point: shells, flames, spines, flak.

Damage falls with the distance from the point to the victim's box: all of it up to the weapon's inner radius, half up to
the middle one, a quarter up to the outer one. Source: MECHANICS.md 6.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import WIDEST_PX
from engine.broodwar.damage import deal_damage
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.rules_table import WEAPON_TYPE_NAMES
from engine.broodwar.scripts import draw
from engine.broodwar.state import BURROWED, MAX_STRUCK, NO_SLOT
from engine.broodwar.tables import EXPLOSIONS, EXTENDS_TO_MAX_RANGE, UNIT_TYPES, WEAPON_TYPES
from engine.core.fixed import length, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

RADIAL: Final = EXPLOSIONS.index("Radial_Splash")
ENEMY: Final = EXPLOSIONS.index("Enemy_Splash")
AIR: Final = EXPLOSIONS.index("Air_Splash")
NUCLEAR: Final = EXPLOSIONS.index("Nuclear_Missile")
SPLASHES: Final = (RADIAL, ENEMY, AIR, NUCLEAR)

NUCLEAR_MIN: Final = 500
STORM: Final = WEAPON_TYPE_NAMES.index("Psionic_Storm")

OUT_OF_REACH: Final = 0
"""Divisor of who is too far away."""


@inline
def distance_to_box(u: Any, x: int, y: int) -> int:
    """Return the distance from a point to the box of `u`, pixels; 0 inside."""
    t = UNIT_TYPES[u.type]
    dx = max(u.x - t.left - x, x - (u.x + t.right), 0)
    dy = max(u.y - t.up - y, y - (u.y + t.down), 0)
    return length(dx, dy)


@inline
def _divisor(u: Any, w: Any, x: int, y: int) -> int:
    """Return what the damage of weapon `w` at a point is divided by for `u`."""
    distance = distance_to_box(u, x, y)
    if distance <= w.inner_splash_px:
        return 1
    if u.status & BURROWED or distance > w.outer_splash_px:
        return OUT_OF_REACH
    return 2 if distance <= w.median_splash_px else 4


@inline
def _was_struck(b: Any, j: int) -> bool:
    """Say whether a line of spines has hit unit `j` before; remember it if not."""
    for k in range(b.num_struck):
        if b.struck[k] == j:
            return True
    if b.num_struck < MAX_STRUCK:
        b.struck[b.num_struck] = j
        b.num_struck += 1
    return False


@inline
def _may_hit(u: Any, b: Any, j: int) -> bool:
    """Say whether the splash of bullet `b` concerns unit `u` in slot `j` at all."""
    w = WEAPON_TYPES[b.weapon]
    if u.hp_256 == 0 or (j == b.source and b.weapon != STORM):
        return False
    if b.weapon == STORM and (u.storm_timer > 0 or UNIT_TYPES[u.type].building):  # one storm at a time
        return False
    if not (w.targets_air if u.flies else w.targets_ground):
        return False
    spares_own = w.explosion == ENEMY or w.explosion == AIR
    return not spares_own or u.player != b.player or (j == b.target and w.explosion == ENEMY)


@inline
def splash(units: Units, game: Game, index: Index, b: Any, amount_256: int) -> None:
    """Hit all around bullet `b`.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record; its random stream is used where flak misses who it was aimed at.
        index: the game's index row.
        b: BULLET_DTYPE record.
        amount_256: full damage.
    """
    w = WEAPON_TYPES[b.weapon]
    x = whole(b.x)
    y = whole(b.y)
    reach = whole(w.outer_splash_px)
    favoured = NO_SLOT
    if w.explosion == AIR:
        favoured = _flak_victim(units, game, index, b)
        if favoured < 0:
            return
        deal_damage(units, game, index, favoured, b.weapon, amount_256, 1, b.source)
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    begin = first_at_least(index, base, count, x - reach)
    last = max(x + reach, x - reach + WIDEST_PX)
    at = begin
    while at < count and index[base + at] <= last:
        j = in_window(units, index, n, at, begin, x - reach, y - reach, x + reach + 1, y + reach + 1)
        at += 1
        if j < 0 or j == favoured or not _may_hit(units[j], b, j):
            continue
        divisor = _divisor(units[j], w, x, y)
        if w.explosion == AIR and divisor == 1:
            divisor = 2
        if divisor == OUT_OF_REACH:
            continue
        if b.weapon == STORM:
            units[j].storm_timer = 1
            units[j].is_afflicted = 1
        if w.behavior == EXTENDS_TO_MAX_RANGE and _was_struck(b, j):
            continue
        amount = _nuclear_256(units[j]) if w.explosion == NUCLEAR else amount_256
        deal_damage(units, game, index, j, b.weapon, amount, divisor, b.source)


@inline
def _nuclear_256(u: Any) -> int:
    """Return the full damage of a nuclear missile to `u`: two thirds of all its points, at least 500."""
    t = UNIT_TYPES[u.type]
    return max((whole(t.max_hp) + whole(t.max_shield)) * 2 // 3, NUCLEAR_MIN) << 8


@inline
def _flak_victim(units: Units, game: Game, index: Index, b: Any) -> int:
    """Return who takes flak in full: who it was aimed at if it burst there, else anybody near; NO_SLOT for none."""
    w = WEAPON_TYPES[b.weapon]
    x = whole(b.x)
    y = whole(b.y)
    if b.target >= 0 and distance_to_box(units[b.target], x, y) <= w.inner_splash_px:
        return whole(b.target)
    reach = whole(w.outer_splash_px)
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    begin = first_at_least(index, base, count, x - reach)
    last = max(x + reach, x - reach + WIDEST_PX)
    seen = 0
    pick = -1
    for sweep in range(2):
        if sweep == 1:
            if seen == 0:
                return NO_SLOT
            pick = draw(game) % seen
            seen = 0
        at = begin
        while at < count and index[base + at] <= last:
            j = in_window(units, index, n, at, begin, x - reach, y - reach, x + reach + 1, y + reach + 1)
            at += 1
            if j < 0 or not _may_hit(units[j], b, j) or _divisor(units[j], w, x, y) == OUT_OF_REACH:
                continue
            if seen == pick:
                return j
            seen += 1
    return NO_SLOT
