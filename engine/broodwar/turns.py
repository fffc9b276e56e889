"""Turns at a field or refinery: one worker at a time, the others in the order of arrival.

While they gather, workers pass through other units. Source: MECHANICS.md 9.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.order_queue import approach, drop_one, order_done, queue_first, stop_moving
from engine.broodwar.state import (
    GATHERING,
    NO_SLOT,
    ORDER_GATHERING_INTERRUPTED,
    ORDER_HARVEST_GAS,
    ORDER_MINING_MINERALS,
    ORDER_RESET_HARVEST_COLLISION,
    ORDER_WAIT_FOR_GAS,
    ORDER_WAIT_FOR_MINERALS,
    ORDER_WAITING_INTERRUPTED,
)
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

# order_state of the orders of gathering.
BEGIN: Final = 0
ON_THE_WAY: Final = 1
WAITING: Final = 2
AT_FIELD: Final = 3
WORKING: Final = 5


@inline
def begin_gathering(u: Any) -> None:
    """Pass through other units from now on, until the order that ends it."""
    if not u.status & GATHERING:
        u.status |= GATHERING
        queue_first(u, ORDER_RESET_HARVEST_COLLISION, NO_SLOT, 0, 0)


@inline
def look_at_goal(u: Any) -> None:
    """Face where the unit is going."""
    u.look_x = u.move_x
    u.look_y = u.move_y


@inline
def go_and_look(units: Units, i: int, j: int) -> None:
    """Go to unit `j` and face it on arrival."""
    approach(units, i, j)
    units[i].look_x = units[j].x
    units[i].look_y = units[j].y


@inline
def stop(units: Units, game: Game, i: int) -> None:
    """Come to rest and end the order at hand."""
    u = units[i]
    stop_moving(u, game)
    look_at_goal(u)
    order_done(units, game, i)


@inline
def remember_patch(units: Units, i: int, j: int) -> None:
    """Make unit `j` the place to come back to after a delivery."""
    u = units[i]
    u.patch = j
    u.patch_x = units[j].x
    u.patch_y = units[j].y


@inline
def take_turn(units: Units, game: Game, i: int, j: int) -> bool:
    """Begin to work on field `j` if nobody does; return whether the unit did."""
    if units[j].is_gathered:
        return False
    u = units[i]
    units[j].is_gathered = 1
    u.gather_target = j
    u.gathers = 1
    if u.order == ORDER_WAIT_FOR_GAS:
        queue_first(u, ORDER_HARVEST_GAS, j, units[j].x, units[j].y)
    else:
        queue_first(u, ORDER_GATHERING_INTERRUPTED, NO_SLOT, 0, 0)
        queue_first(u, ORDER_MINING_MINERALS, j, units[j].x, units[j].y)
    order_done(units, game, i)
    return True


@inline
def end_turn(units: Units, game: Game, index: Index, i: int, j: int) -> None:
    """Let unit `i` leave field `j` (NO_SLOT: it is gone), and who has waited longest take its place.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the worker.
        j: the field.
    """
    units[i].gathers = 0
    units[i].gather_target = NO_SLOT
    if j < 0:
        return
    units[j].is_gathered = 0
    following = NO_SLOT
    for k in range(game.num_units):
        w = whole(index[k])
        v = units[w]
        waits = v.order in (ORDER_WAIT_FOR_MINERALS, ORDER_WAIT_FOR_GAS)
        if v.gather_target != j or v.gathers or not waits:
            continue
        if following < 0 or v.gather_ticket < units[following].gather_ticket:
            following = w
    if following >= 0:
        units[following].gather_target = NO_SLOT
        drop_one(units[following], ORDER_WAITING_INTERRUPTED)
        take_turn(units, game, following, j)


@inline
def wait_for_turn(units: Units, game: Game, i: int, target: int) -> None:
    """Begin at once if nobody is at work there, else get in line."""
    u = units[i]
    u.order_timer = 0
    u.order_state = WAITING
    if not take_turn(units, game, i, target):
        if u.gather_target < 0:
            u.gather_target = target
            u.gather_ticket = game.tickets
            game.tickets += 1
        queue_first(u, ORDER_WAITING_INTERRUPTED, NO_SLOT, 0, 0)
