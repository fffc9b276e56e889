"""Buildings that train: the queue of five, its costs, and the unit at work.

Minerals and gas are paid when a unit enters the queue; supply is asked for when its turn comes, and again in every
frame until there is room. The unit exists from then on, beside the map. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import begin_unit, finish_unit, grow
from engine.broodwar.errors import INCOMPATIBLE_UNIT_TYPE, INSUFFICIENT_SPACE, UNIT_BUSY
from engine.broodwar.making import make_error, pay, refund, supply_lacks
from engine.broodwar.order_queue import set_order
from engine.broodwar.presence import hide, unhide
from engine.broodwar.production_table import IS_TRAINED, PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UPGRADE_NAMES
from engine.broodwar.scripts import play
from engine.broodwar.state import (
    NO_SLOT,
    ORDER_FOLLOW,
    ORDER_MOVE,
    ORDER_NOTHING,
    ORDER_TRAIN,
    ORDER_TRAIN_FIGHTER,
    SLOT_ALIVE,
    SLOT_FREE,
    TRAIN_QUEUE_LENGTH,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

IS_WORKING: Final = 19
WORK_ENDS: Final = 20
"""Animations of a building that trains."""

CARRIER: Final = UNIT_TYPE_NAMES.index("Protoss_Carrier")
CARRIER_CAPACITY: Final = UPGRADE_NAMES.index("Carrier_Capacity")
REAVER_CAPACITY: Final = UPGRADE_NAMES.index("Reaver_Capacity")

MOST_INSIDE: Final = np.zeros(len(UNIT_TYPE_NAMES), np.int32)
"""(234,) how many of a type its maker can have, before an upgrade that doubles that; 0: it does not stay inside."""
MOST_INSIDE[UNIT_TYPE_NAMES.index("Protoss_Interceptor")] = 4
MOST_INSIDE[UNIT_TYPE_NAMES.index("Protoss_Scarab")] = 5
MOST_INSIDE[UNIT_TYPE_NAMES.index("Terran_Nuclear_Missile")] = 1

# secondary_state of ORDER_TRAIN and ORDER_TRAIN_FIGHTER.
BEGIN: Final = 0
BLOCKED: Final = 1  # waits for supply
AT_WORK: Final = 2


@inline
def _room_for(game: Game, u: Any, kind: int) -> int:
    upgrade = CARRIER_CAPACITY if u.type == CARRIER else REAVER_CAPACITY
    more = UNIT_TYPES[u.type].building == 0 and game.upgrades[u.player, upgrade] > 0
    return whole(MOST_INSIDE[kind]) * (2 if more else 1)


@inline
def train_error(units: Units, game: Game, index: Index, i: int, kind: int) -> int:
    """Return why building `i` cannot take a unit type into its queue now, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
        kind: unit type id.
    """
    u = units[i]
    if not u.is_complete or (UNIT_TYPES[u.type].building and u.flies) or u.train_count == TRAIN_QUEUE_LENGTH:
        return UNIT_BUSY
    if not 0 <= kind < len(UNIT_TYPES) or PRODUCTION[kind].built_by != u.type or not IS_TRAINED[kind]:
        return INCOMPATIBLE_UNIT_TYPE
    if MOST_INSIDE[kind] > 0 and u.num_fighters + u.train_count >= _room_for(game, u, kind):
        return INSUFFICIENT_SPACE
    return make_error(units, game, index, i, kind, 0, u.train_count == 0)


@inline
def train(units: Units, game: Game, i: int, kind: int) -> None:
    """Pay for a unit type and put it into the queue of building `i`; `train_error` has no objection."""
    u = units[i]
    u.train_types[u.train_count] = kind
    u.train_count += 1
    pay(game, whole(u.player), kind)
    order = ORDER_TRAIN if UNIT_TYPES[u.type].building else ORDER_TRAIN_FIGHTER
    if u.secondary_order != order:
        u.secondary_order = order
        u.secondary_state = BEGIN


@inline
def _drop_from_queue(u: Any, k: int) -> None:
    for m in range(k, u.train_count - 1):
        u.train_types[m] = u.train_types[m + 1]
    u.train_count -= 1


@inline
def _drop_product(units: Units, game: Game, index: Index, i: int) -> None:
    """End the unit at work in building `i`, as if it had never been begun."""
    product = whole(units[i].product)
    if product >= 0:
        unhide(game, index, product)
        units[product].slot_state = SLOT_FREE
        units[product].generation += 1
        units[i].product = NO_SLOT


@inline
def cancel_training(units: Units, game: Game, index: Index, i: int, slot: int) -> bool:
    """Take one entry out of the queue of building `i` for its full price; return whether there was one.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
        slot: 0 for the unit at work, -1 for the last.
    """
    u = units[i]
    k = whole(u.train_count - 1) if slot < 0 else slot
    if k < 0 or k >= u.train_count:
        return False
    refund(game, whole(u.player), whole(u.train_types[k]))
    if k == 0:
        _drop_product(units, game, index, i)
        u.secondary_state = BEGIN
    _drop_from_queue(u, k)
    return True


@inline
def send_to_rally(units: Units, game: Game, i: int, product: int) -> None:
    """Send a new unit where its producer `i` tells it to go."""
    u = units[i]
    if u.rally_unit >= 0 and u.rally_unit != i:
        set_order(units, game, product, ORDER_FOLLOW, whole(u.rally_unit), 0, 0)
    elif u.rally_x >= 0:
        set_order(units, game, product, ORDER_MOVE, NO_SLOT, whole(u.rally_x), whole(u.rally_y))


@inline
def _build(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Work for one frame on the unit at hand; when it is done, put it on the map."""
    u = units[i]
    product = whole(u.product)
    v = units[product]
    grow(v)
    if v.build_frames > 0:
        v.build_frames -= 1
        return
    unhide(game, index, product)
    v.hp_256 = UNIT_TYPES[v.type].max_hp << 8
    if MOST_INSIDE[v.type] > 0:  # it stays inside, as a number until it comes out
        u.num_fighters += 1
        v.slot_state = SLOT_FREE
        v.generation += 1
    elif finish_unit(units, game, index, terrain, product, -1):
        send_to_rally(units, game, i, product)
    else:  # no room beside the building: the price comes back
        refund(game, whole(u.player), whole(v.type))
        v.slot_state = SLOT_FREE
        v.generation += 1
    if u.train_count > 0:
        _drop_from_queue(u, 0)
    u.product = NO_SLOT
    u.secondary_state = BEGIN


@inline
def run_training(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run the secondary order Train of building `i`, every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the building.
    """
    u = units[i]
    if u.is_unpowered:
        return
    if u.secondary_state == AT_WORK:
        if u.product >= 0:
            _build(units, game, index, terrain, i)
        else:
            u.secondary_state = BEGIN
        return
    if u.train_count == 0:
        u.secondary_order = ORDER_NOTHING
        if UNIT_TYPES[u.type].building:
            play(u, game, WORK_ENDS)
        return
    kind = whole(u.train_types[0])
    u.secondary_state = BLOCKED
    lifted = UNIT_TYPES[u.type].building and u.flies
    if lifted or supply_lacks(units, game, index, whole(u.player), kind, 0):
        return
    product = begin_unit(units, game, kind, whole(u.player), whole(u.x), whole(u.y))
    if product < 0:
        return
    v = units[product]
    v.slot_state = SLOT_ALIVE
    v.hp_256 = (UNIT_TYPES[kind].max_hp << 8) // 10
    hide(game, index, product)
    u.product = product
    u.secondary_state = AT_WORK
    if UNIT_TYPES[u.type].building:
        play(u, game, IS_WORKING)


@inline
def drop_training(units: Units, game: Game, index: Index, i: int) -> None:
    """End what a dying building has at work; what waits in the queue comes back in minerals and gas.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
    """
    while units[i].train_count > 0:
        cancel_training(units, game, index, i, -1)
