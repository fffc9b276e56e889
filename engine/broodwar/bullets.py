"""Bullets: made by an attack's script, flown to their target, spent.

A bullet that appears on its target does its damage in the frame in which it is made, since bullets are updated after
the units. Source: MECHANICS.md 4.4 and 6 (the miss roll).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.damage import deal_damage
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.flingy import finish_step, plan_step, set_goal
from engine.broodwar.scripts import draw
from engine.broodwar.splash import SPLASHES, splash
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
    ATTACKS_NEARBY_AREA,
    BOUNCES,
    EXTENDS_TO_MAX_RANGE,
    FLIES_TO_TARGET,
    FOLLOWS_TARGET,
    UNIT_TYPES,
    WEAPON_TYPES,
)
from engine.broodwar.targeting import are_enemies, can_attack
from engine.broodwar.terrain import gives_cover, height_at
from engine.core.fixed import along_x, along_y, direction_to, truncated, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

MISS_SETBACK_PX: Final = 30
"""A bullet that misses ends so far short of its target."""

BOUNCE_PX: Final = 96
"""Half the width of the square in which a bouncing bullet looks for its next victim."""

MAX_BOUNCES: Final = 2

BOUNCE_DIVISORS: Final = np.array([1, 3, 9], np.int64)
"""What a bullet's damage is divided by, by how often it has bounced."""

AREA_OFFSETS_PX: Final = np.array(
    [
        (0, 0), (24, 0), (-24, 0), (0, 24), (0, -24), (18, 18), (-18, -18), (18, -18), (-18, 18), (36, 12), (-36, -12),
        (12, -36), (-12, 36), (30, -30),
    ],
    np.int64,
)  # fmt: skip
"""Where the rockets of a volley go, beside the target: fourteen places about it. Which ones the game has is not known;
these scatter over the weapon's middle radius."""

FLIES: Final = np.isin(
    np.arange(16), (FLIES_TO_TARGET, FOLLOWS_TARGET, BOUNCES, EXTENDS_TO_MAX_RANGE, ATTACKS_NEARBY_AREA)
)
"""Which behaviours fly from the shooter to a goal."""

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
def _nearby(volley: int, axis: int) -> int:
    """Return how far the rocket of a volley goes beside its target, pixels along an axis."""
    return whole(AREA_OFFSETS_PX[volley % len(AREA_OFFSETS_PX), axis])


@inline
def _launch(
    units: Units, bullets: Bullets, game: Game, terrain: Terrain, i: int, weapon: int, ahead: int, turned: int
) -> None:
    """Make one bullet of unit `i` at its order's target, its heading turned by `turned`."""
    u = units[i]
    target = u.order_target
    count = game.num_bullets
    if target < 0 or count >= len(bullets):
        return
    w = WEAPON_TYPES[weapon]
    shooter = whole(u.mount) if u.mount >= 0 else i
    if w.behavior == APPEARS_ON_TARGET:
        x, y = impact_point(units, i, target)
    else:
        x = u.x + (along_x(u.heading, ahead << 8) >> 8)
        y = u.y + (along_y(u.heading, ahead << 8) >> 8) - w.upward_px
    at = min(count, 1)  # a new bullet becomes the second of the list
    for k in range(count, at, -1):
        bullets[k] = bullets[k - 1]
    game.num_bullets = count + 1
    b = bullets[at]
    heading = (u.heading + turned) & 255
    b.weapon = weapon
    b.player = u.player
    b.source = shooter
    b.target = target
    b.state = BULLET_INIT
    b.missed = 0
    b.lifetime = w.lifetime_frames
    b.strikes_in = 0
    b.bounces = 0
    b.previous = NO_SLOT
    b.num_struck = 0
    b.script_wait = w.launch_wait - 1
    b.mover = w.mover
    b.top_speed_256 = w.top_speed_256
    b.base_top_256 = w.top_speed_256
    b.acceleration_256 = w.acceleration_256
    b.base_acceleration_256 = w.acceleration_256
    b.halt_256 = w.halt_256
    b.turn_rate = w.turn_rate
    b.turn_growth = w.turn_growth
    b.heading = heading
    b.course = heading
    b.new_course = heading
    b.turn_goal = heading
    b.velocity_x_256 = 0
    b.velocity_y_256 = 0
    b.speed_256 = 0
    b.next_speed_256 = 0
    b.movement_flags = ATTACKING
    b.look_x = x
    b.look_y = y
    goal_x = units[target].x
    goal_y = units[target].y
    if w.behavior == EXTENDS_TO_MAX_RANGE:
        aim = direction_to(goal_x - u.x, goal_y - u.y)
        goal_x = u.x + (along_x(aim, w.max_range_px << 8) >> 8)
        goal_y = u.y + (along_y(aim, w.max_range_px << 8) >> 8)
    elif w.behavior == ATTACKS_NEARBY_AREA:
        volley = draw(game)
        goal_x += _nearby(volley, 0)
        goal_y += _nearby(volley, 1)
    if draw(game) & 255 <= miss_limit(units, terrain, shooter, target):
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
    if FLIES[w.behavior]:
        set_goal(b, goal_x, goal_y)


@inline
def shoot(units: Units, bullets: Bullets, game: Game, terrain: Terrain, i: int, weapon: int, ahead: int) -> None:
    """Make the bullets of one shot of unit `i` at its order's target: missiles fly in pairs, one to each side.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE; a full list drops the shot.
        game: GAME_DTYPE record.
        terrain: walk tile flags.
        i: the shooter, or the turret that shoots.
        weapon: weapon type id.
        ahead: pixels before the unit where it begins; negative for what the weapon's table says.
    """
    w = WEAPON_TYPES[weapon]
    begin = ahead if ahead >= 0 else whole(w.forward_px)
    _launch(units, bullets, game, terrain, i, weapon, begin, whole(w.launch_heading))
    if w.damage_factor > 1:
        _launch(units, bullets, game, terrain, i, weapon, begin, whole(-w.launch_heading))


@inline
def _strike(units: Units, game: Game, index: Index, b: Any) -> None:
    """Let a bullet do what it does where it is."""
    w = WEAPON_TYPES[b.weapon]
    amount = whole(w.damage_amount) << 8
    if w.explosion in SPLASHES:
        splash(units, game, index, b, amount)
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
        splash(units, game, index, b, whole(WEAPON_TYPES[b.weapon].damage_amount) << 8)
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
