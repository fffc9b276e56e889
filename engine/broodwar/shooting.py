"""Shots: the bullets that an attack's script or a spell makes, and whether they will miss.

Source: MECHANICS.md 4.4 and 6 (the miss roll).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import set_goal
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.scripts import draw
from engine.broodwar.state import ATTACKING, BULLET_INIT, HALLUCINATION, NO_SLOT
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

ALWAYS_MISSES: Final = 255
SWARM: Final = UNIT_TYPE_NAMES.index("Spell_Dark_Swarm")

COVER_MISS: Final = 119
"""A shot misses if a random byte is <= this number: uphill or at a unit under cover (of 256)."""


@inline
def is_under(units: Units, game: Game, index: Index, j: int, kind: int) -> bool:
    """Say whether unit `j`, on the ground, stands under a dark swarm or a disruption web (unit type `kind`)."""
    u = units[j]
    if u.flies:
        return False
    for k in range(game.num_units):
        v = units[index[k]]
        if v.type == kind and v.left <= u.x <= v.right and v.top <= u.y <= v.bottom:
            return True
    return False


@inline
def miss_limit(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> int:
    """Return the highest random byte with which unit `i`'s shot at unit `j` misses."""
    if units[j].flies:
        return 0
    if game.num_swarms > 0 and not UNIT_TYPES[units[j].type].building and is_under(units, game, index, j, SWARM):
        return ALWAYS_MISSES
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
def _new_bullet(bullets: Bullets, game: Game, u: Any, i: int, weapon: int, turned: int) -> int:
    """Make a bullet of unit `u`, slot `i`, nowhere yet, its heading turned by `turned`; return where in the list."""
    count = game.num_bullets
    if count >= len(bullets):
        return -1
    at = min(count, 1)  # a new bullet becomes the second of the list
    for k in range(count, at, -1):
        bullets[k] = bullets[k - 1]
    game.num_bullets = count + 1
    w = WEAPON_TYPES[weapon]
    b = bullets[at]
    heading = (u.heading + turned) & 255
    b.weapon = weapon
    b.player = u.player
    b.source = whole(u.mount) if u.mount >= 0 else i
    b.target = NO_SLOT
    b.state = BULLET_INIT
    b.missed = 0
    b.harmless = 0
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
    return whole(at)


@inline
def _set_bullet(b: Any, x: int, y: int, goal_x: int, goal_y: int) -> None:
    """Put a new bullet at (x, y); if its kind flies, send it to its goal."""
    b.x = x
    b.y = y
    b.x_256 = x << 8
    b.y_256 = y << 8
    b.move_x = x
    b.move_y = y
    b.way_x = x
    b.way_y = y
    if FLIES[WEAPON_TYPES[b.weapon].behavior]:
        set_goal(b, goal_x, goal_y)


@inline
def _launch(
    units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int, weapon: int, ahead: int,
    turned: int,
) -> None:  # fmt: skip
    """Make one bullet of unit `i` at its order's target, its heading turned by `turned`."""
    u = units[i]
    target = u.order_target
    if target < 0:
        return
    w = WEAPON_TYPES[weapon]
    if w.behavior == APPEARS_ON_TARGET:
        x, y = impact_point(units, i, target)
    else:
        x = u.x + (along_x(u.heading, ahead << 8) >> 8)
        y = u.y + (along_y(u.heading, ahead << 8) >> 8) - w.upward_px
    at = _new_bullet(bullets, game, u, i, weapon, turned)
    if at < 0:
        return
    b = bullets[at]
    b.harmless = units[b.source].status & HALLUCINATION
    b.target = target
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
    if draw(game) & 255 <= miss_limit(units, game, index, terrain, whole(b.source), target):
        b.missed = 1
        back_x = along_x(u.heading, MISS_SETBACK_PX << 8) >> 8
        back_y = along_y(u.heading, MISS_SETBACK_PX << 8) >> 8
        if w.behavior == APPEARS_ON_TARGET:
            x -= back_x
            y -= back_y
        else:
            goal_x -= back_x
            goal_y -= back_y
    _set_bullet(b, x, y, goal_x, goal_y)


@inline
def cast_bullet(bullets: Bullets, game: Game, u: Any, i: int, weapon: int, target: int, x: int, y: int) -> None:
    """Make the bullet of a spell: it flies from its caster, or appears where it is aimed at.

    Args:
        bullets: (B,) BULLET_DTYPE; a full list drops the spell.
        game: GAME_DTYPE record.
        u: UNIT_DTYPE record of the caster.
        i: the caster's slot.
        weapon: weapon type id of the spell.
        target: slot, or NO_SLOT for a place.
        x: pixels, where it is aimed at.
        y: likewise.
    """
    at = _new_bullet(bullets, game, u, i, weapon, 0)
    if at < 0:
        return
    b = bullets[at]
    b.target = target
    b.look_x = x
    b.look_y = y
    if FLIES[WEAPON_TYPES[weapon].behavior]:
        _set_bullet(b, whole(u.x), whole(u.y), x, y)
    else:
        _set_bullet(b, x, y, x, y)


@inline
def shoot(
    units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int, weapon: int, ahead: int
) -> None:
    """Make the bullets of one shot of unit `i` at its order's target: missiles fly in pairs, one to each side.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE; a full list drops the shot.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the shooter, or the turret that shoots.
        weapon: weapon type id.
        ahead: pixels before the unit where it begins; negative for what the weapon's table says.
    """
    w = WEAPON_TYPES[weapon]
    begin = ahead if ahead >= 0 else whole(w.forward_px)
    _launch(units, bullets, game, index, terrain, i, weapon, begin, whole(w.launch_heading))
    if w.damage_factor > 1:
        _launch(units, bullets, game, index, terrain, i, weapon, begin, whole(-w.launch_heading))
