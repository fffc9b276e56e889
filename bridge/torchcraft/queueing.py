"""Queued commands (with shift): orders that wait behind the one at hand, as the game keeps them.

The engine's commands replace what a unit does. What a client asks to be queued waits here until its latency is over,
and is then put at the end of the unit's own queue of orders; the engine goes on from there.

Source: OpenBW's bwgame.h: an order is queued only if its kind can be; a unit that does nothing, guards or patrols
begins at once; the queue holds eight, and what is more is dropped.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.broodwar import command_types, legality
from engine.broodwar.nearest import is_field
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y, queue_last, set_order
from engine.broodwar.state import (
    CARRIES_GAS,
    NO_SLOT,
    ORDER_ATTACK_MOVE,
    ORDER_ATTACK_UNIT,
    ORDER_DIE,
    ORDER_FOLLOW,
    ORDER_GUARD,
    ORDER_HOLD_POSITION,
    ORDER_MOVE,
    ORDER_MOVE_TO_GAS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_NOTHING,
    ORDER_PATROL,
    ORDER_PLAYER_GUARD,
    ORDER_RETURN_GAS,
    ORDER_RETURN_MINERALS,
    ORDER_STOP,
    START_DELAY,
)
from engine.broodwar.tables import ORDER_TYPES
from engine.core.fixed import whole
from engine.core.frame import UnitCommandType
from engine.core.jit import inline, kernel

QUEUEABLE: Final = frozenset(
    (
        *(UnitCommandType.ATTACK_MOVE, UnitCommandType.ATTACK_UNIT, UnitCommandType.MOVE, UnitCommandType.PATROL),
        *(UnitCommandType.HOLD_POSITION, UnitCommandType.STOP, UnitCommandType.FOLLOW, UnitCommandType.GATHER),
        *(UnitCommandType.RETURN_CARGO, UnitCommandType.RIGHT_CLICK_POSITION, UnitCommandType.RIGHT_CLICK_UNIT),
    )
)
"""Commands whose `extra` means, if it is not 0, that they are queued."""

Units = NDArray[np.void]


class Waiting(NamedTuple):
    """A queued command whose latency is not over.

    Attributes:
        due: frame before which it is carried out.
        follows: it comes right behind a command that is not queued: that one has to begin first.
        player: who gave it.
        unit_id: to whom.
        kind: UnitCommandType.
        target_id: NO_SLOT for none.
        x: pixels.
        y: pixels.
    """

    due: int
    follows: bool
    player: int
    unit_id: int
    kind: int
    target_id: int
    x: int
    y: int


@inline
def _order_of(units: Units, i: int, kind: int, j: int) -> int:
    """Return the order that a queued command means, -1 for none."""
    if kind == command_types.RIGHT_CLICK_UNIT:
        kind = legality.order_of_click(units, i, j) if j >= 0 else -1
    if kind == command_types.STOP:
        return ORDER_STOP
    if kind == command_types.HOLD_POSITION:
        return ORDER_HOLD_POSITION
    if kind == command_types.PATROL:
        return ORDER_PATROL
    if kind == command_types.ATTACK_MOVE:
        return ORDER_ATTACK_MOVE
    if kind in (command_types.MOVE, command_types.RIGHT_CLICK_POSITION):
        return ORDER_MOVE
    if kind == command_types.RETURN_CARGO:
        return ORDER_RETURN_GAS if units[i].carries & CARRIES_GAS else ORDER_RETURN_MINERALS
    if j < 0:
        return -1
    if kind == command_types.ATTACK_UNIT:
        return ORDER_ATTACK_UNIT
    if kind == command_types.GATHER:
        return ORDER_MOVE_TO_MINERALS if is_field(units, j) else ORDER_MOVE_TO_GAS
    return ORDER_FOLLOW if kind == command_types.FOLLOW else -1


@inline
def _begins_at_once(order: int) -> bool:
    """Say whether a unit with this order does not wait for its end."""
    return order in (ORDER_GUARD, ORDER_PLAYER_GUARD, ORDER_NOTHING, ORDER_PATROL)


@kernel
def queue_command(
    units: Units, game: Any, player: int, unit_id: int, kind: int, target_id: int, x: int, y: int
) -> bool:
    """Put a command at the end of a unit's orders; return whether it could be taken.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        player: who gave it.
        unit_id: to whom.
        kind: UnitCommandType, of `QUEUEABLE`.
        target_id: -1 for none.
        x: pixels.
        y: pixels.
    """
    i = legality.slot_of(units, game, unit_id)
    if i < 0 or units[i].player != player or units[i].order == ORDER_DIE or units[i].is_hidden:
        return False
    j = legality.slot_of(units, game, target_id)
    if j == i or (j >= 0 and units[j].is_hidden):
        j = NO_SLOT
    order = _order_of(units, i, kind, j)
    if order < 0:
        return False
    u = units[i]
    has_target = order in (ORDER_ATTACK_UNIT, ORDER_FOLLOW, ORDER_MOVE_TO_GAS, ORDER_MOVE_TO_MINERALS)
    target = j if has_target else NO_SLOT
    x = whole(units[j].x) if has_target else clamped_x(u.type, x, game)
    y = whole(units[j].y) if has_target else clamped_y(u.type, y, game, BOTTOM_MARGIN_PX)
    if _begins_at_once(whole(u.order)) or not ORDER_TYPES[order].can_be_queued:
        set_order(units, game, i, order, target, x, y)
        u.user_flags |= START_DELAY
    else:
        queue_last(u, order, target, x, y)
    return True
