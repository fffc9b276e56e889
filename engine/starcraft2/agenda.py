"""A unit's list of orders: what comes next, what is over."""

from __future__ import annotations

from typing import Any

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.fighting import call_off
from engine.starcraft2.geometry import Units, slot_of
from engine.starcraft2.mining import stop_digging
from engine.starcraft2.results import ORDER_QUEUE_IS_FULL, SUCCESS
from engine.starcraft2.state import ATTACK, BUFF_CASTING, MAX_ORDERS, NOBODY


@inline
def drop_orders(units: Units, u: Any) -> None:
    """Let a unit forget all that it was told and leave what it is at work in."""
    call_off(u)
    u.num_orders = 0
    u.target = NOBODY
    u.stuck = 0
    u.waypoint_wait = 0
    u.buffs[BUFF_CASTING] = 0
    u.builds = NOBODY
    if u.digs_at != NOBODY:
        stop_digging(units, u)


@inline
def add_order(units: Units, u: Any, ability: int, target_id: int, x: int, y: int, queued: bool) -> int:
    """Give a unit an order, after those that it has or instead of them; return the ActionResult.

    Args:
        units: of the game.
        u: the unit.
        ability: as `orders` knows it.
        target_id: the target's unit id, NOBODY for a place or none.
        x: place, 1/4096 cell; of a target its own.
        y: likewise.
        queued: after what it does already.
    """
    target = slot_of(units, whole(target_id))
    if not queued or u.num_orders == 0:
        is_same = u.num_orders > 0 and u.order_ability[0] == ability and ability == ATTACK
        goes_on = is_same and target != NOBODY and u.order_target[0] == target_id
        phase = whole(u.phase)
        aim = whole(u.aim)
        cooldown = whole(u.cooldown)
        drop_orders(units, u)
        if goes_on:  # the attack under way is the same one
            u.phase = phase
            u.aim = aim
            u.cooldown = cooldown
    if u.num_orders == MAX_ORDERS:
        return ORDER_QUEUE_IS_FULL
    at = whole(u.num_orders)
    u.order_ability[at] = ability
    u.order_target[at] = target_id if target != NOBODY else NOBODY
    u.order_x[at] = units[target].x if target != NOBODY else x
    u.order_y[at] = units[target].y if target != NOBODY else y
    u.num_orders = at + 1
    return SUCCESS


@inline
def end_order(u: Any) -> None:
    """Go on to a unit's next order."""
    for k in range(1, u.num_orders):
        u.order_ability[k - 1] = u.order_ability[k]
        u.order_target[k - 1] = u.order_target[k]
        u.order_x[k - 1] = u.order_x[k]
        u.order_y[k - 1] = u.order_y[k]
    u.num_orders = max(0, whole(u.num_orders) - 1)
    u.buffs[BUFF_CASTING] = 0
    u.target = NOBODY
    u.stuck = 0
    u.waypoint_wait = 0
