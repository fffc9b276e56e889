"""What workers have paid for structures that they have not begun yet.

A structure's price leaves the bank when its order is given, also behind other orders, and comes back whole if it never
begins: recorded games tell so (docs/sc2-fidelity.md). An order may be dropped for many reasons, so nobody tells of it:
what a worker has paid for more than its orders take is given back in every loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units, slot_of
from engine.starcraft2.making import NO_ROW, pay, row_of
from engine.starcraft2.state import NOBODY
from engine.starcraft2.tables import BUILD, BUILD_ON_UNIT, MADE

Index = NDArray[np.int32]


@inline
def pay_ahead(game: Game, u: Any, row: int) -> None:
    """Take the price of what a worker was told to build."""
    pay(game, u.player, row)
    u.paid_minerals += MADE[row].minerals
    u.paid_gas += MADE[row].gas


@inline
def use_paid(u: Any, row: int) -> None:
    """Let what a worker has paid be a structure's now."""
    u.paid_minerals -= MADE[row].minerals
    u.paid_gas -= MADE[row].gas


@inline
def give_back(game: Game, u: Any, minerals: int, gas: int) -> None:
    """Put a part of what a worker has paid back into its player's bank."""
    game.minerals[u.player] += minerals
    game.gas[u.player] += gas
    game.spent_minerals[u.player] -= minerals
    game.spent_gas[u.player] -= gas
    u.paid_minerals -= minerals
    u.paid_gas -= gas


@inline
def give_all_back(game: Game, u: Any) -> None:
    """Put all that a worker has paid back into its player's bank: it will begin nothing any more."""
    if u.paid_minerals > 0 or u.paid_gas > 0:
        give_back(game, u, whole(u.paid_minerals), whole(u.paid_gas))


@inline
def give_dropped_back(units: Units, game: Game, index: Index, i: int) -> None:
    """Put back what a worker has paid for orders that it does not have any more."""
    u = units[i]
    minerals = whole(u.paid_minerals)
    gas = whole(u.paid_gas)
    for k in range(0 if u.builds == NOBODY else 1, u.num_orders):
        row = row_of(units, game, index, i, whole(u.order_ability[k]))
        if row == NO_ROW or MADE[row].deed not in (BUILD, BUILD_ON_UNIT):
            continue
        if u.order_target[k] >= 0:
            target = slot_of(units, whole(u.order_target[k]))
            if target == NOBODY or units[target].player == u.player:
                continue  # it goes on with what somebody began
        minerals -= MADE[row].minerals
        gas -= MADE[row].gas
    if minerals > 0 or gas > 0:
        give_back(game, u, minerals, gas)
