"""Making units: queues of structures, what a maker becomes, prices, supply.

A queue holds five; the first one's time runs, and it needs supply when it begins. Prices are paid when the order is
given, in the words of the interface: ActionResults say what is missing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.presence import place_unit
from engine.starcraft2.state import NOBODY, NUM_PLAYERS, QUEUE_LENGTH, SLOT_ALIVE
from engine.starcraft2.tables import KINDS, MADE, NO_KIND, TRAIN
from engine.starcraft2.terrain import Ground

Index = NDArray[np.int32]

NO_ROW: Final = -1

SUCCESS: Final = 1
NOT_SUPPORTED: Final = 2
QUEUE_IS_FULL: Final = 7
NOT_ENOUGH_MINERALS: Final = 9
NOT_ENOUGH_VESPENE: Final = 10
NOT_ENOUGH_FOOD: Final = 13
TECH_REQUIREMENTS_NOT_MET: Final = 40
UNDER_CONSTRUCTION: Final = 64

SUPPLY_LIMIT_HALF: Final = 400


@inline
def row_of(kind: int, ability: int) -> int:
    """Return the row of MADE by which a type makes something with an ability, NO_ROW for none."""
    facts = KINDS[kind]
    for row in range(facts.first_made, facts.first_made + facts.num_made):
        if MADE[row].ability == ability:
            return row
    return NO_ROW


@inline
def supply_used(units: Units, game: Game, index: Index, player: int) -> int:
    """Return the supply that a player's units take, those in production included, halves."""
    used = whole(0)
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player != player or u.slot_state != SLOT_ALIVE:
            continue
        used += KINDS[u.kind].supply_half
        if u.num_in_queue > 0 and u.queue_loops > 0:
            used += MADE[u.queue[0]].supply_half
    return used


@inline
def supply_given(units: Units, game: Game, index: Index, player: int) -> int:
    """Return the supply that a player's complete units give, at most 200, halves."""
    given = whole(0)
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player == player and u.is_complete and u.slot_state == SLOT_ALIVE:
            given += KINDS[u.kind].supply_provided_half
    return min(given, whole(SUPPLY_LIMIT_HALF))


@inline
def has_complete(units: Units, game: Game, index: Index, player: int, kind: int) -> bool:
    """Say whether a player has a complete unit of a kind."""
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player == player and u.kind == kind and u.is_complete and u.slot_state == SLOT_ALIVE:
            return True
    return False


@inline
def why_not(units: Units, game: Game, index: Index, i: int, row: int) -> int:
    """Return the ActionResult of making something now: SUCCESS, or what is missing."""
    u = units[i]
    made = MADE[row]
    if not u.is_complete:
        return UNDER_CONSTRUCTION
    if u.player < 0 or u.player >= NUM_PLAYERS:
        return NOT_SUPPORTED
    if made.requires != NO_KIND and not has_complete(units, game, index, u.player, made.requires):
        return TECH_REQUIREMENTS_NOT_MET
    if made.needs_techlab:
        return TECH_REQUIREMENTS_NOT_MET  # add-ons are not modelled yet
    if game.minerals[u.player] < made.minerals:
        return NOT_ENOUGH_MINERALS
    if game.gas[u.player] < made.gas:
        return NOT_ENOUGH_VESPENE
    need = whole(made.supply_half)
    if need == 0 or u.num_in_queue > 0:
        return SUCCESS
    if supply_used(units, game, index, u.player) + need > supply_given(units, game, index, u.player):
        return NOT_ENOUGH_FOOD
    return SUCCESS


@inline
def pay(game: Game, player: int, row: int) -> None:
    """Take a price from a player's bank."""
    game.minerals[player] -= MADE[row].minerals
    game.gas[player] -= MADE[row].gas


@inline
def start_training(units: Units, game: Game, index: Index, i: int, row: int) -> int:
    """Put something into a structure's queue; return the ActionResult."""
    u = units[i]
    if MADE[row].deed != TRAIN:
        return NOT_SUPPORTED
    if u.num_in_queue == QUEUE_LENGTH:
        return QUEUE_IS_FULL
    result = why_not(units, game, index, i, row)
    if result != SUCCESS:
        return result
    pay(game, u.player, row)
    at = whole(u.num_in_queue)
    u.queue[at] = row
    u.num_in_queue = at + 1
    if at == 0:
        u.queue_loops = MADE[row].loops
    return SUCCESS


@inline
def run_queue(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let one loop of a structure's production pass; what is finished comes out beside it."""
    u = units[i]
    if u.num_in_queue == 0 or not u.is_complete:
        return
    row = whole(u.queue[0])
    if u.queue_loops == 0:  # it waits for supply
        need = whole(MADE[row].supply_half)
        if supply_used(units, game, index, u.player) + need > supply_given(units, game, index, u.player):
            return
        u.queue_loops = MADE[row].loops
    u.queue_loops -= 1
    if u.queue_loops > 0:
        return
    for _ in range(MADE[row].pieces):
        slot = place_unit(
            units,
            game,
            index,
            ground,
            blocked,
            whole(MADE[row].product),
            whole(u.player),
            whole(u.x),
            whole(u.y),
            False,
        )
        if slot == NOBODY:
            u.queue_loops = 1  # no room: it waits
            return
    for k in range(1, u.num_in_queue):
        u.queue[k - 1] = u.queue[k]
    u.num_in_queue -= 1
    u.queue_loops = 0
    if u.num_in_queue > 0:
        need = whole(MADE[u.queue[0]].supply_half)
        if supply_used(units, game, index, u.player) + need <= supply_given(units, game, index, u.player):
            u.queue_loops = MADE[u.queue[0]].loops


@inline
def forget_queue(u: Any) -> None:
    """Empty a queue."""
    u.num_in_queue = 0
    u.queue_loops = 0
