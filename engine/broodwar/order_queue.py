"""Orders of one unit: the queue, activation, goals of movement, and the end of a unit's life as an order.

A new order waits while the unit's animation cannot be broken off, and starts with its clock at zero. Source:
MECHANICS.md 1.2, 4.3, 5 and 13.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import halt_distance_256, is_at_goal, set_goal
from engine.broodwar.scripts import relax
from engine.broodwar.state import (
    BY_THRUST,
    HAS_WAYPOINTS,
    IMMOVABLE,
    KEEP_SPEED,
    MOVING,
    NEAR_WAYPOINT,
    NO_BREAK,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_DIE,
    ORDER_WAITING,
    PATH_GIVEN_UP,
    PATH_TARGET_CHANGED,
    PROVOKED,
    QUEUE_LENGTH,
    READY_TO_ATTACK,
    STATE_MOVE_TO_LEGAL,
    STOPPING,
)
from engine.broodwar.tables import ORDER_TYPES, UNIT_TYPES
from engine.core.fixed import along_x, along_y, whole
from engine.core.jit import inline

Unit = Any  # a UNIT_DTYPE record
Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record

BOTTOM_MARGIN_PX = 32
"""The map's lowest row of tiles cannot be entered."""

MOVE_TARGET_FRAMES = 15
"""A new goal is kept at least so long before a follower may choose another."""


@inline
def clamped_x(kind: int, x: int, game: Game) -> int:
    """Return `x` moved so that the box of unit type `kind` lies inside the map."""
    t = UNIT_TYPES[kind]
    if x - t.left < 0:
        return whole(t.left)
    if x + t.right + 1 >= game.width_px:
        return whole(game.width_px - t.right - 1)
    return x


@inline
def clamped_y(kind: int, y: int, game: Game, bottom_margin: int) -> int:
    """Return `y` moved so that the box of unit type `kind` lies inside the map less a margin at the bottom."""
    t = UNIT_TYPES[kind]
    if y - t.up < 0:
        return whole(t.up)
    if y + t.down + 1 >= game.height_px - bottom_margin:
        return whole(game.height_px - bottom_margin - t.down - 1)
    return y


@inline
def _goal_was_set(u: Unit) -> None:
    u.status &= ~IMMOVABLE
    u.move_target_timer = MOVE_TARGET_FRAMES
    # Orders that only tidy up let a unit come to rest: recorded workers brake at the field.
    if u.queue_count > 0 and ORDER_TYPES[u.queue_order[0]].can_be_interrupted:
        u.movement_flags |= KEEP_SPEED
    else:
        u.movement_flags &= ~KEEP_SPEED


@inline
def go_to(u: Unit, game: Game, x: int, y: int) -> None:
    """Make (x, y) the goal of `u`, clamped to where it may stand."""
    if u.move_x == x and u.move_y == y:
        return
    if u.has_path:
        u.path_flags |= PATH_TARGET_CHANGED
    x = clamped_x(u.type, x, game)
    y = clamped_y(u.type, y, game, BOTTOM_MARGIN_PX)
    if u.move_x != x or u.move_y != y:
        u.move_target = NO_SLOT
        set_goal(u, x, y)
    _goal_was_set(u)


@inline
def go_to_unit(units: Units, i: int, j: int) -> None:
    """Make unit `j`, where it stands now, the goal of unit `i`."""
    u = units[i]
    x = units[j].x
    y = units[j].y
    if u.move_x == x and u.move_y == y and u.move_target == j:
        return
    if u.has_path:
        u.path_flags |= PATH_TARGET_CHANGED
    if u.move_x == x and u.move_y == y:
        u.way_x = x
        u.way_y = y
        u.movement_flags = (u.movement_flags & ~STOPPING) | 1
    else:
        set_goal(u, x, y)
    u.move_target = j
    _goal_was_set(u)


@inline
def _borders(units: Units, i: int, j: int, x: int, y: int) -> bool:
    """Say whether unit `i` at (x, y) would touch the box of unit `j`, by the game's own (lopsided) test."""
    t = UNIT_TYPES[units[i].type]
    s = UNIT_TYPES[units[j].type]
    left = units[j].x - s.left - t.right - 1
    top = units[j].y - s.up - t.down - 1
    right = units[j].x + s.right + t.left + 1 + t.up + 1
    bottom = units[j].y + s.down
    if x in (left, right):
        return bool(top <= y <= bottom)
    if y in (top, bottom):
        return bool(left <= x <= right)
    return False


@inline
def approach(units: Units, i: int, j: int) -> None:
    """Send unit `i` to unit `j` unless it is on its way to a place beside it already."""
    u = units[i]
    if u.move_target == j and (
        (u.move_x == units[j].x and u.move_y == units[j].y) or _borders(units, i, j, u.move_x, u.move_y)
    ):
        u.status &= ~IMMOVABLE
    else:
        go_to_unit(units, i, j)


@inline
def stop_moving(u: Unit, game: Game) -> None:
    """Bring `u` to rest: script movers at once, thrust movers after their halt distance."""
    if u.movement_state == STATE_MOVE_TO_LEGAL:
        u.path_flags |= PATH_GIVEN_UP
    if not u.movement_flags & STOPPING:
        u.movement_flags &= ~(HAS_WAYPOINTS | KEEP_SPEED | NEAR_WAYPOINT)
        u.move_x = u.x
        u.move_y = u.y
        u.move_target = NO_SLOT
        u.way_x = u.x
        u.way_y = u.y
        if u.movement_flags & MOVING and u.mover == BY_THRUST:
            distance = halt_distance_256(u)
            u.move_x = (u.x_256 + along_x(u.course, distance)) >> 8
            u.move_y = (u.y_256 + along_y(u.course, distance)) >> 8
            u.way_x = u.move_x
            u.way_y = u.move_y
            if not is_at_goal(u):
                u.movement_flags |= STOPPING
    x = clamped_x(u.type, u.move_x, game)
    y = clamped_y(u.type, u.move_y, game, BOTTOM_MARGIN_PX)
    if u.move_x != x or u.move_y != y:
        u.move_x = x
        u.move_y = y
        u.way_x = x
        u.way_y = y
    u.move_target_timer = MOVE_TARGET_FRAMES


@inline
def drop_queued(u: Unit, k: int) -> None:
    """Remove entry `k` of the queue."""
    for m in range(k, u.queue_count - 1):
        u.queue_order[m] = u.queue_order[m + 1]
        u.queue_target[m] = u.queue_target[m + 1]
        u.queue_x[m] = u.queue_x[m + 1]
        u.queue_y[m] = u.queue_y[m + 1]
    u.queue_count -= 1


@inline
def drop_one(u: Unit, order: int) -> None:
    """Remove the first such order from the queue, if there is one."""
    for k in range(u.queue_count):
        if u.queue_order[k] == order:
            drop_queued(u, k)
            return


@inline
def queue_last(u: Unit, order: int, target: int, x: int, y: int) -> None:
    """Append an order to the queue; dropped if the queue is full."""
    k = u.queue_count
    if k < QUEUE_LENGTH:
        u.queue_order[k] = order
        u.queue_target[k] = target
        u.queue_x[k] = x
        u.queue_y[k] = y
        u.queue_count = k + 1


@inline
def queue_first(u: Unit, order: int, target: int, x: int, y: int) -> None:
    """Put an order at the head of the queue; the last one falls off if the queue is full."""
    if u.queue_count == QUEUE_LENGTH:
        u.queue_count -= 1
    for m in range(u.queue_count, 0, -1):
        u.queue_order[m] = u.queue_order[m - 1]
        u.queue_target[m] = u.queue_target[m - 1]
        u.queue_x[m] = u.queue_x[m - 1]
        u.queue_y[m] = u.queue_y[m - 1]
    u.queue_order[0] = order
    u.queue_target[0] = target
    u.queue_x[0] = x
    u.queue_y[0] = y
    u.queue_count += 1


@inline
def activate_next(units: Units, game: Game, i: int) -> None:
    """Start the queue's first order, unless the unit cannot be interrupted now."""
    u = units[i]
    if u.queue_count == 0:
        return
    order = u.queue_order[0]
    if u.status & (NOT_INTERRUPTIBLE | NO_BREAK) and order != ORDER_DIE:
        return
    target = u.queue_target[0]
    x = u.queue_x[0]
    y = u.queue_y[0]
    drop_queued(u, 0)
    u.user_flags &= ~ORDER_WAITING
    u.status &= ~(PROVOKED | READY_TO_ATTACK | NOT_INTERRUPTIBLE)
    if not ORDER_TYPES[order].can_be_interrupted:
        u.status |= NOT_INTERRUPTIBLE
    u.order_timer = 0
    u.move_target_timer = 0
    u.order = order
    u.order_state = 0
    u.order_target = target
    if target >= 0:
        x = units[target].x
        y = units[target].y
    u.order_x = x
    u.order_y = y
    u.auto_target = NO_SLOT
    relax(u, game)


@inline
def set_queued(u: Unit, order: int, target: int, x: int, y: int) -> None:
    """Make an order the only one in the queue. A dying unit takes none."""
    if u.order == ORDER_DIE:
        return
    while u.queue_count > 0:
        last = u.queue_order[u.queue_count - 1]
        if last != order and not ORDER_TYPES[last].can_be_interrupted:
            break
        u.queue_count -= 1
    queue_last(u, order, target, x, y)


@inline
def set_order(units: Units, game: Game, i: int, order: int, target: int, x: int, y: int) -> None:
    """Replace all orders of unit `i` by one, at once or when its animation lets it."""
    u = units[i]
    u.user_flags |= ORDER_WAITING
    if target >= 0:
        x = units[target].x
        y = units[target].y
    set_queued(u, order, target, x, y)
    activate_next(units, game, i)


@inline
def order_done(units: Units, game: Game, i: int) -> None:
    """End the order of unit `i`: the next in the queue, or idleness."""
    u = units[i]
    if u.queue_count > 0:
        u.user_flags |= ORDER_WAITING
        activate_next(units, game, i)
    else:
        set_order(units, game, i, UNIT_TYPES[u.type].return_to_idle_order, NO_SLOT, 0, 0)


@inline
def kill(units: Units, game: Game, i: int) -> None:
    """Order unit `i` to die; it leaves the map when that order runs."""
    u = units[i]
    u.queue_count = 0
    set_order(units, game, i, ORDER_DIE, NO_SLOT, u.order_x, u.order_y)
