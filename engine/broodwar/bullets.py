"""Bullets: flown to their target, spent there.

A bullet that appears on its target does its damage in the frame in which it is made, since bullets are updated after
the units. Source: MECHANICS.md 4.4.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.damage import damage_of, deal_damage, react_to_hit
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.flingy import finish_step, plan_step, set_goal
from engine.broodwar.scripts import draw
from engine.broodwar.shooting import FLIES
from engine.broodwar.spells import strike_spell
from engine.broodwar.splash import SPLASHES, splash
from engine.broodwar.state import (
    BULLET_DYING,
    BULLET_FLYING,
    BULLET_FOLLOWING,
    BULLET_INIT,
    BULLET_PERSISTING,
    NO_SLOT,
)
from engine.broodwar.tables import (
    BOUNCES,
    EXPLOSIONS,
    EXTENDS_TO_MAX_RANGE,
    FOLLOWS_TARGET,
    PERSISTS,
    WEAPON_TYPES,
)
from engine.broodwar.targeting import are_enemies, can_attack
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

BOUNCE_PX: Final = 96
"""Half the width of the square in which a bouncing bullet looks for its next victim."""

MAX_BOUNCES: Final = 2

BOUNCE_DIVISORS: Final = np.array([1, 3, 9], np.int64)
"""What a bullet's damage is divided by, by how often it has bounced."""

STORM_PERIOD: Final = 7
STORM_STRIKES: Final = 8
"""A storm strikes so often, once in so many frames."""

PLAIN: Final = tuple(EXPLOSIONS.index(name) for name in ("None", "Normal", "Yamato_Gun"))
"""Explosions that hurt the target and nobody else."""


@inline
def _strike(units: Units, game: Game, index: Index, b: Any) -> None:
    """Let a bullet do what it does where it is; a hallucination's does nothing, but its victim notices."""
    if b.harmless:
        if b.source >= 0 and b.target >= 0 and not b.missed:
            react_to_hit(units, game, index, whole(b.target), whole(b.source))
        return
    w = WEAPON_TYPES[b.weapon]
    amount = damage_of(game, whole(b.player), whole(b.weapon))
    if w.explosion in SPLASHES:
        splash(units, game, index, b, amount)
    elif w.explosion not in PLAIN:
        strike_spell(units, game, index, b)
    elif b.target >= 0 and not b.missed:
        deal_damage(units, game, index, b.target, b.weapon, amount, BOUNCE_DIVISORS[b.bounces], b.source)


@inline
def _hit(units: Units, game: Game, index: Index, b: Any) -> None:
    """End the flight of a bullet; its damage comes at once or a moment later."""
    w = WEAPON_TYPES[b.weapon]
    b.state = BULLET_DYING
    b.script_wait = w.death_frames - 1
    if w.death_damage_wait > 1:
        b.strikes_in = w.death_damage_wait - 1
    else:
        _strike(units, game, index, b)


@inline
def _next_victim(units: Units, game: Game, index: Index, b: Any) -> int:
    """Return whom a bouncing bullet goes for next: the first enemy near it, in the finder's order."""
    if b.source < 0:
        return NO_SLOT
    x0 = b.x - BOUNCE_PX
    y0 = b.y - BOUNCE_PX
    x1 = b.x + BOUNCE_PX
    y1 = b.y + BOUNCE_PX
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    begin = first_at_least(index, base, count, x0)
    at = begin
    while at < count and index[base + at] < x1:
        j = in_window(units, index, n, at, begin, x0, y0, x1, y1)
        at += 1
        if j < 0 or j in (b.target, b.previous) or units[j].hp_256 == 0:
            continue
        if are_enemies(units, b.source, j) and can_attack(units, b.source, j):
            return j
    return NO_SLOT


@inline
def _bounce(units: Units, game: Game, index: Index, b: Any) -> bool:
    """Hit and go on to another victim; return whether there is one."""
    if b.bounces == MAX_BOUNCES:
        return False
    victim = _next_victim(units, game, index, b)
    if victim < 0:
        return False
    _strike(units, game, index, b)
    b.previous = b.target
    b.target = victim
    b.bounces += 1
    b.missed = 0
    draw(game)  # which of the sounds of a hit
    b.state = BULLET_FOLLOWING
    return True


@inline
def _fly(units: Units, game: Game, index: Index, b: Any) -> None:
    plan_step(b)
    finish_step(b)
    if not (0 <= b.x <= game.width_px and 0 <= b.y <= game.height_px):
        b.lifetime = 0
    x = min(max(b.x, 0), game.width_px - 1)
    y = min(max(b.y, 0), game.height_px - 1)
    if b.x != x or b.y != y:
        b.x = x
        b.y = y
        b.x_256 = x << 8
        b.y_256 = y << 8
    expired = b.lifetime == 0
    b.lifetime -= 1
    behavior = WEAPON_TYPES[b.weapon].behavior
    if behavior == EXTENDS_TO_MAX_RANGE:
        splash(units, game, index, b, damage_of(game, whole(b.player), whole(b.weapon)))
        if expired or (b.x == b.move_x and b.y == b.move_y):
            b.state = BULLET_DYING
            b.script_wait = 0
    elif (expired or (b.x == b.move_x and b.y == b.move_y)) and (
        behavior != BOUNCES or expired or not _bounce(units, game, index, b)
    ):
        _hit(units, game, index, b)


@inline
def _update(units: Units, game: Game, index: Index, b: Any) -> None:
    if b.state == BULLET_INIT:
        if b.script_wait > 0:
            b.script_wait -= 1
            return
        behavior = WEAPON_TYPES[b.weapon].behavior
        if behavior in (FOLLOWS_TARGET, BOUNCES):
            b.state = BULLET_FOLLOWING
        elif FLIES[behavior]:
            b.state = BULLET_FLYING
        elif behavior == PERSISTS:
            b.state = BULLET_PERSISTING
        else:
            _hit(units, game, index, b)
            return
    if b.state == BULLET_PERSISTING:
        if b.lifetime % STORM_PERIOD == 0:
            splash(units, game, index, b, damage_of(game, whole(b.player), whole(b.weapon)))
            b.bounces += 1
            if b.bounces == STORM_STRIKES:
                b.state = BULLET_DYING
        b.lifetime -= 1
        return
    if b.state == BULLET_FOLLOWING:
        if b.target >= 0 and not b.missed:
            b.look_x = units[b.target].x
            b.look_y = units[b.target].y
            set_goal(b, b.look_x, b.look_y)
        else:
            b.state = BULLET_FLYING
    _fly(units, game, index, b)


@inline
def update_bullets(units: Units, bullets: Bullets, game: Game, index: Index) -> None:
    """Advance every bullet by one frame, in list order; spent ones leave when their last picture is over."""
    k = 0
    while k < game.num_bullets:
        b = bullets[k]
        if b.state != BULLET_DYING:
            _update(units, game, index, b)
            k += 1
            continue
        if b.strikes_in > 0:
            b.strikes_in -= 1
            if b.strikes_in == 0:
                _strike(units, game, index, b)
        if b.script_wait > 0:
            b.script_wait -= 1
            k += 1
        else:
            for m in range(k, game.num_bullets - 1):
                bullets[m] = bullets[m + 1]
            game.num_bullets -= 1


@inline
def forget_unit(bullets: Bullets, game: Game, i: int) -> None:
    """Clear every reference of bullets to unit `i`."""
    for k in range(game.num_bullets):
        if bullets[k].target == i:
            bullets[k].target = NO_SLOT
        if bullets[k].source == i:
            bullets[k].source = NO_SLOT
        if bullets[k].previous == i:
            bullets[k].previous = NO_SLOT
