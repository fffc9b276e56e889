"""How units walk and fly: speed, turning, going round others, keeping apart.

The real game's steering is not published. What holds here: ground units are circles that may pass each other as near
as their inner radii if they are of one player, and stand no nearer than their separation radii; a unit whose way is
barred tries directions ever farther to both sides; idle units of the same player step aside. Flyers only keep apart.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import (
    HEADINGS_PER_DIRECTION,
    UNIT_VECTOR,
    VECTORS,
    Game,
    Units,
    distance,
    heading_to,
    root,
    turn_left,
    turned,
)
from engine.starcraft2.pace import own_speed
from engine.starcraft2.state import GATHER, NOT_ATTACKING, RETURN_CARGO
from engine.starcraft2.tables import FULL_TURN, KINDS, NO_RESOURCE, ONE
from engine.starcraft2.terrain import Ground, Work, is_free, nearest_free, next_waypoint

Index = NDArray[np.int32]

INSTANT: Final = 16000
"""Acceleration, 1/4096 cell per loop per loop, from which on a unit has its full speed at once (the tables' 1000)."""

LOOK_LOOPS: Final = 8
"""A way that is not straight is looked for again after so many loops."""

ASIDE: Final = FULL_TURN // 16 // HEADINGS_PER_DIRECTION
"""One step of the directions that are tried to both sides of a way that is barred."""

ASIDE_STEPS: Final = 5

MAY_WALK: Final = FULL_TURN // 4
"""A unit that looks farther away than this only turns."""

GIVES_WAY: Final = 2
"""An overlap is resolved in so many loops."""


@inline
def _layer(kind: Any) -> int:
    """Return which units bump into each other: 0 on the ground, 1 in the air, 2 that step over all."""
    if kind.is_flyer:
        return 1
    return 2 if kind.walks_over_cliffs and kind.cargo_size == 8 else 0


@inline
def passes_all(u: Any) -> bool:
    """Say whether a worker is on its way between a field and a town hall: it passes through others."""
    return bool(u.num_orders > 0 and (u.order_ability[0] == GATHER or u.order_ability[0] == RETURN_CARGO))


@inline
def _is_barred(units: Units, game: Game, index: Index, i: int, x: int, y: int) -> bool:
    """Say whether a ground unit would come too near to another one at a place, and nearer than it is."""
    u = units[i]
    kind = KINDS[u.kind]
    if passes_all(u):
        return False
    for k in range(game.num_units):
        j = whole(index[k])
        if j == i or passes_all(units[j]):
            continue
        v = units[j]
        other = KINDS[v.kind]
        if _layer(other) != 0 or other.is_structure or other.resource != NO_RESOURCE:
            continue
        dx = whole(v.x) - x
        dy = whole(v.y) - y
        reach = whole(kind.separation) + other.separation
        if abs(dx) >= reach or abs(dy) >= reach:
            continue
        if v.player == u.player:
            if v.num_orders == 0 and v.phase == NOT_ATTACKING:
                continue  # it steps aside
            if v.moved_x != 0 or v.moved_y != 0:
                reach = whole(kind.inner) + other.inner
                reach -= reach >> 2
        square = dx * dx + dy * dy
        if square >= reach * reach:
            continue
        was_x = whole(v.x) - u.x
        was_y = whole(v.y) - u.y
        if square < was_x * was_x + was_y * was_y:
            return True
    return False


@inline
def _try_step(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, step_x: int, step_y: int
) -> bool:
    """Move a unit by a step if nothing bars it."""
    u = units[i]
    kind = KINDS[u.kind]
    x = whole(u.x) + step_x
    y = whole(u.y) + step_y
    layer = _layer(kind)
    if layer == 0:
        if not is_free(ground, blocked, x, y) and is_free(ground, blocked, u.x, u.y):
            return False
        if _is_barred(units, game, index, i, x, y):
            return False
    margin = whole(kind.inner)
    x = min(max(x, margin), ground.shape[1] * ONE - margin)
    y = min(max(y, margin), ground.shape[0] * ONE - margin)
    u.moved_x = x - u.x
    u.moved_y = y - u.y
    u.x = x
    u.y = y
    return True


@inline
def face(u: Any, x: int, y: int) -> int:
    """Turn a unit toward a place; return how far it is still turned away."""
    dx = whole(x) - u.x
    dy = whole(y) - u.y
    if dx == 0 and dy == 0:
        return 0
    wanted = heading_to(dx, dy)
    u.heading = turned(u.heading, wanted, KINDS[u.kind].turn)
    return turn_left(u.heading, wanted)


@inline
def walk(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    work: Work,
    i: int,
    goal_x: int,
    goal_y: int,
    stop_at: int,
) -> bool:
    """Move a unit one loop toward a place; say whether it is there, or as near as others let it come.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        work: scratch.
        i: whose slot.
        goal_x: where to.
        goal_y: likewise.
        stop_at: how near is near enough.
    """
    u = units[i]
    kind = KINDS[u.kind]
    left = distance(u.x, u.y, goal_x, goal_y)
    if left <= stop_at:
        u.speed = 0
        u.stuck = 0
        return True
    own = own_speed(u, game)
    if own == 0:
        return False
    to_x = whole(goal_x)
    to_y = whole(goal_y)
    if _layer(kind) == 0:
        is_new = abs(u.goal_x - to_x) > ONE // 2 or abs(u.goal_y - to_y) > ONE // 2
        u.waypoint_wait -= 1
        if (
            is_new
            or u.waypoint_wait <= 0
            or (abs(u.waypoint_x - u.x) < ONE // 4 and abs(u.waypoint_y - u.y) < ONE // 4)
        ):
            u.goal_x = to_x
            u.goal_y = to_y
            way_x, way_y = next_waypoint(ground, blocked, work, whole(u.x), whole(u.y), to_x, to_y, whole(stop_at))
            if way_x == u.x and way_y == u.y and not is_free(ground, blocked, u.x, u.y):
                way_x, way_y = nearest_free(ground, blocked, whole(u.x), whole(u.y))  # out of what was built around it
            u.waypoint_x = way_x
            u.waypoint_y = way_y
            u.waypoint_wait = LOOK_LOOPS
            if way_x == u.x and way_y == u.y:
                u.speed = 0
                return True  # there is no way, and this is as near as it gets
        if u.waypoint_x != u.goal_x or u.waypoint_y != u.goal_y:
            to_x = whole(u.waypoint_x)
            to_y = whole(u.waypoint_y)
            left = distance(u.x, u.y, to_x, to_y) + ONE
    away = face(u, to_x, to_y)
    if away > MAY_WALK:
        u.speed = 0
        return False
    top = whole(u.top_speed) if u.top_speed > 0 else own
    if kind.acceleration >= INSTANT or kind.speed == 0:
        u.speed = top
    else:
        u.speed = min(top, whole(u.speed) + kind.acceleration)
    step = min(whole(u.speed), left)
    dx = to_x - u.x
    dy = to_y - u.y
    far = max(1, root(dx * dx + dy * dy))
    step = min(step, far)
    if _try_step(units, game, index, ground, blocked, i, dx * step // far, dy * step // far):
        u.stuck = max(0, u.stuck - 1)
        return distance(u.x, u.y, goal_x, goal_y) <= stop_at
    straight = heading_to(dx, dy) // HEADINGS_PER_DIRECTION
    for k in range(1, ASIDE_STEPS + 1):
        for sign in (1, -1):
            d = (straight + sign * u.side * ASIDE * k) & 255
            step_x = whole(VECTORS[d, 0]) * step // UNIT_VECTOR
            step_y = whole(VECTORS[d, 1]) * step // UNIT_VECTOR
            if _try_step(units, game, index, ground, blocked, i, step_x, step_y):
                u.side *= sign
                u.stuck += 1 if k > 2 else 0
                return False
    u.stuck += 2
    u.speed = 0
    return False


@inline
def _is_planted(u: Any, kind: Any) -> bool:
    """Say whether nobody moves a unit by standing on it."""
    return bool(kind.is_structure) or kind.speed == 0 or u.phase != NOT_ATTACKING


@inline
def _shift(units: Units, ground: Ground, blocked: Ground, i: int, dx: int, dy: int) -> None:
    u = units[i]
    kind = KINDS[u.kind]
    x = whole(u.x) + dx
    y = whole(u.y) + dy
    if _layer(kind) == 0 and not is_free(ground, blocked, x, y):
        return
    margin = whole(kind.inner)
    u.x = min(max(x, margin), ground.shape[1] * ONE - margin)
    u.y = min(max(y, margin), ground.shape[0] * ONE - margin)


@inline
def keep_apart(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground) -> None:
    """Move units that stand on each other apart, a part of the way in each loop."""
    for a in range(game.num_units):
        i = whole(index[a])
        u = units[i]
        kind = KINDS[u.kind]
        if kind.is_structure or kind.resource != NO_RESOURCE or passes_all(u):
            continue
        layer = _layer(kind)
        for b in range(a + 1, game.num_units):
            j = whole(index[b])
            v = units[j]
            reach = whole(kind.separation) + KINDS[v.kind].separation
            dx = whole(v.x) - u.x
            dy = whole(v.y) - u.y
            if abs(dx) >= reach or abs(dy) >= reach:
                continue
            other = KINDS[v.kind]
            if other.is_structure or other.resource != NO_RESOURCE or _layer(other) != layer or passes_all(v):
                continue
            moves = (u.moved_x != 0 or u.moved_y != 0) and (v.moved_x != 0 or v.moved_y != 0)
            if moves and u.player == v.player:
                reach = whole(kind.inner) + other.inner
                reach -= reach >> 2
            square = dx * dx + dy * dy
            if square >= reach * reach:
                continue
            far = root(square)
            if far == 0:
                dx = reach
                dy = whole(0)
                far = reach
                push = reach // GIVES_WAY
            else:
                push = (reach - far) // GIVES_WAY
            u_stays = _is_planted(u, kind)
            v_stays = _is_planted(v, other)
            if u.player == v.player and not u_stays and not v_stays:
                # Who walks on pushes who has nothing to do.
                if u.num_orders > 0 and v.num_orders == 0:
                    u_stays = True
                elif v.num_orders > 0 and u.num_orders == 0:
                    v_stays = True
            if u_stays and v_stays:
                continue
            if not u_stays and not v_stays:
                push = (push + 1) >> 1
            push = min(push, ONE // 8)
            if not u_stays:
                _shift(units, ground, blocked, i, -dx * push // far, -dy * push // far)
            if not v_stays:
                _shift(units, ground, blocked, j, dx * push // far, dy * push // far)
