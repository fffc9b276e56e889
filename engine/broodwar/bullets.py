"""Bullets: made by an attack's script, flown to their target, spent.

A bullet that appears on its target does its damage in the frame in which it is made, since bullets are updated after
the units. Source: MECHANICS.md 4.4 and 6 (the miss roll).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.damage import deal_damage
from engine.broodwar.flingy import finish_step, plan_step, set_goal
from engine.broodwar.scripts import draw
from engine.broodwar.state import (
    ATTACKING,
    BULLET_DYING,
    BULLET_FLYING,
    BULLET_FOLLOWING,
    BULLET_INIT,
    NO_SLOT,
)
from engine.broodwar.tables import (
    APPEARS_ON_TARGET,
    FLIES_TO_TARGET,
    FOLLOWS_TARGET,
    UNIT_TYPES,
    WEAPON_TYPES,
)
from engine.broodwar.terrain import gives_cover, height_at
from engine.core.fixed import along_x, along_y, truncated
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

MISS_SETBACK_PX: Final = 30
"""A bullet that misses ends so far short of its target."""

COVER_MISS: Final = 119
"""A shot misses if a random byte is <= this number: uphill or at a unit under cover (of 256)."""


@inline
def miss_limit(units: Units, terrain: Terrain, i: int, j: int) -> int:
    """Return the highest random byte with which unit `i`'s shot at unit `j` misses."""
    if units[j].flies:
        return 0
    if gives_cover(terrain, units[j].x, units[j].y):
        return COVER_MISS
    if not units[i].flies and height_at(terrain, units[j].x, units[j].y) > height_at(terrain, units[i].x, units[i].y):
        return COVER_MISS
    return 0


@inline
def _clip(a_x: int, a_y: int, b_x: int, b_y: int, left: int, top: int, right: int, bottom: int) -> tuple[int, int]:
    """Return where the segment from a (inside) to b leaves the rectangle; a if the game finds no such point."""
    x0 = a_x
    y0 = a_y
    x1 = b_x
    y1 = b_y
    for _ in range(8):
        above0 = y0 < top
        below0 = y0 > bottom
        beyond0 = x0 > right
        before0 = x0 < left
        above1 = y1 < top
        below1 = y1 > bottom
        beyond1 = x1 > right
        before1 = x1 < left
        if not (above0 or below0 or beyond0 or before0 or above1 or below1 or beyond1 or before1):
            return x1, y1
        if (above0 and above1) or (below0 and below1) or (beyond0 and beyond1) or (before0 and before1):
            return a_x, a_y
        first = above0 or below0 or beyond0 or before0
        up = above0 if first else above1
        down = below0 if first else below1
        far = beyond0 if first else beyond1
        if up or down:
            edge = top if up else bottom
            x = x0 + truncated((edge - y0) * (x1 - x0), y1 - y0)
            y = edge
        else:
            edge = right if far else left
            y = y0 + truncated((edge - x0) * (y1 - y0), x1 - x0)
            x = edge
        if first:
            x0 = x
            y0 = y
        else:
            x1 = x
            y1 = y
    return a_x, a_y


@inline
def impact_point(units: Units, i: int, j: int) -> tuple[int, int]:
    """Return where a shot of unit `i` that appears on unit `j` is placed: on the rim of its box's middle half."""
    u = units[j]
    t = UNIT_TYPES[u.type]
    margin_x = (t.left + t.right) // 4
    margin_y = (t.up + t.down) // 4
    left = u.x - t.left + margin_x
    right = u.x + t.right - margin_x
    top = u.y - t.up + margin_y
    bottom = u.y + t.down - margin_y
    middle_x = left + (right - left) // 2
    middle_y = top + (bottom - top) // 2
    return _clip(middle_x, middle_y, units[i].x, units[i].y, left, top, right, bottom)


@inline
def shoot(units: Units, bullets: Bullets, game: Game, terrain: Terrain, i: int, weapon: int) -> None:
    """Make the bullet of one shot of unit `i` at its order's target.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE; a full list drops the shot.
        game: GAME_DTYPE record.
        terrain: walk tile flags.
        i: the shooter.
        weapon: weapon type id.
    """
    u = units[i]
    target = u.order_target
    count = game.num_bullets
    if target < 0 or count >= len(bullets):
        return
    w = WEAPON_TYPES[weapon]
    if w.behavior == APPEARS_ON_TARGET:
        x, y = impact_point(units, i, target)
    else:
        x = u.x + (along_x(u.heading, w.forward_px << 8) >> 8)
        y = u.y + (along_y(u.heading, w.forward_px << 8) >> 8) - w.upward_px
    at = min(count, 1)  # a new bullet becomes the second of the list
    for k in range(count, at, -1):
        bullets[k] = bullets[k - 1]
    game.num_bullets = count + 1
    b = bullets[at]
    b.weapon = weapon
    b.player = u.player
    b.source = i
    b.target = target
    b.state = BULLET_INIT
    b.missed = 0
    b.lifetime = w.lifetime_frames
    b.script_wait = w.launch_wait - 1
    b.mover = w.mover
    b.top_speed_256 = w.top_speed_256
    b.base_top_256 = w.top_speed_256
    b.acceleration_256 = w.acceleration_256
    b.base_acceleration_256 = w.acceleration_256
    b.halt_256 = w.halt_256
    b.turn_rate = w.turn_rate
    b.turn_growth = w.turn_growth
    b.heading = u.heading
    b.course = u.heading
    b.new_course = u.heading
    b.turn_goal = u.heading
    b.velocity_x_256 = 0
    b.velocity_y_256 = 0
    b.speed_256 = 0
    b.next_speed_256 = 0
    b.movement_flags = ATTACKING
    b.look_x = x
    b.look_y = y
    goal_x = units[target].x
    goal_y = units[target].y
    if draw(game) & 255 <= miss_limit(units, terrain, i, target):
        b.missed = 1
        back_x = along_x(u.heading, MISS_SETBACK_PX << 8) >> 8
        back_y = along_y(u.heading, MISS_SETBACK_PX << 8) >> 8
        if w.behavior == APPEARS_ON_TARGET:
            x -= back_x
            y -= back_y
        else:
            goal_x -= back_x
            goal_y -= back_y
    b.x = x
    b.y = y
    b.x_256 = x << 8
    b.y_256 = y << 8
    b.move_x = x
    b.move_y = y
    b.way_x = x
    b.way_y = y
    if w.behavior == FLIES_TO_TARGET or w.behavior == FOLLOWS_TARGET:
        set_goal(b, goal_x, goal_y)


@inline
def _hit(units: Units, game: Game, index: Index, b: Any) -> None:
    w = WEAPON_TYPES[b.weapon]
    b.state = BULLET_DYING
    b.script_wait = w.death_frames - 1
    if b.target >= 0 and not b.missed:
        deal_damage(units, game, index, b.target, b.weapon, w.damage_amount << 8, 1, b.source)


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
    if expired or (b.x == b.move_x and b.y == b.move_y):
        _hit(units, game, index, b)


@inline
def _update(units: Units, game: Game, index: Index, b: Any) -> None:
    if b.state == BULLET_INIT:
        if b.script_wait > 0:
            b.script_wait -= 1
            return
        behavior = WEAPON_TYPES[b.weapon].behavior
        if behavior == FOLLOWS_TARGET:
            b.state = BULLET_FOLLOWING
        elif behavior == FLIES_TO_TARGET:
            b.state = BULLET_FLYING
        else:
            _hit(units, game, index, b)
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
        elif b.script_wait > 0:
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
