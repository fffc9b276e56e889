"""Kernels that turn the engine's view of one game frame into wire units, and pile frames up until a message is due.

A message holds one game frame, or several that are *combined*: units keep their latest state, orders pile up, and
units that are gone stay in the list (their ids are in `deaths`). So every game frame is folded into arrays that stay,
in one call and without a Python object per unit.

A unit whose end has come is not seen in the engine any more, one frame before it is reported dead. The real game shows
it until then, with no hit points and the order Die; so do we, for clients that tell who won by the order of deaths.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.wire_unit import (
    LAST_COMMAND_DTYPE,
    NEUTRAL_ID,
    SCARAB,
    tile_of,
    write_economy,
    write_hidden,
    write_kind,
    write_seen,
)
from engine.broodwar.production_table import NEUTRAL_PLAYER, PRODUCTION
from engine.broodwar.state import (
    NO_SLOT,
    ORDER_DIE,
    ORDER_NOTHING,
    ORDER_SPAWNING_LARVA,
    ORDER_SPREAD_CREEP,
    SLOTS_PER_GENERATION,
)
from engine.core.fixed import whole
from engine.core.jit import inline, kernel, scratch

OWN: Final = 0
OTHER: Final = 1
NEUTRAL: Final = 2
NUM_SIDES: Final = 3
"""Sides of a frame in message order: the own units, the enemy's, those of nobody."""

FIRST_ORDERS: Final = 4
MAX_ORDERS: Final = 1024
"""Orders that one unit piles up before only the last is renewed: a client that never answers must not eat memory."""

Units = NDArray[np.void]


def no_commands(capacity: int) -> NDArray[np.void]:
    """Return (capacity,) LAST_COMMAND_DTYPE of units that were never told anything."""
    table = np.zeros(capacity, LAST_COMMAND_DTYPE)
    table["id"] = -1
    return table


@inline
def _append_order(unit: Any, orders: NDArray[np.void], frame: int, kind: int, target: int, x: int, y: int) -> None:
    """Add an order to a unit's list, unless it equals the last one (whose `first_frame` then stays)."""
    n = unit.order_size
    if n > 0:
        last = orders[n - 1]
        if last.type == kind and last.targetId == target and last.targetX == x and last.targetY == y:
            return
    if n == len(orders):
        n -= 1
    orders[n].first_frame = frame
    orders[n].type = kind
    orders[n].targetId = target
    orders[n].targetX = x
    orders[n].targetY = y
    unit.order_size = n + 1


@inline
def _place_of(side: Units, count: int, unit_id: int, hint: int) -> int:
    """Return where a unit stands in a side's list, `count` if it is new; most stand where they stood."""
    if hint < count and side[hint].id == unit_id:
        return hint
    for k in range(count):
        if side[k].id == unit_id:
            return k
    return count


@inline
def _side_of(owner: int, player: int) -> int:
    if owner == player:
        return OWN
    return NEUTRAL if owner in (NEUTRAL_PLAYER, NEUTRAL_ID) else OTHER


@inline
def _begin(sides: Units, counts: NDArray[np.int32], s: int, unit_id: int, hint: int) -> int:
    """Return the place of a unit that is about to be written, -1 if there is no room; a new one has no orders yet."""
    at = _place_of(sides[s], counts[s], unit_id, hint)
    if at == sides.shape[1]:
        return -1
    if at == counts[s]:
        counts[s] = at + 1
        sides[s, at].order_size = 0
    return at


@inline
def _append_secondary(unit: Any, orders: NDArray[np.void], frame: int, v: Any) -> None:
    """Add the secondary order of a unit's state, if it has one; hatcheries spawn larvae beside spreading creep."""
    secondary = v.secondary_order
    if secondary == ORDER_SPREAD_CREEP and PRODUCTION[v.type].produces_larva:
        secondary = ORDER_SPAWNING_LARVA
    if secondary != ORDER_NOTHING:
        _append_order(unit, orders, frame, secondary, -1, -1, -1)


@inline
def _keep_dying(before: Units, num_before: int, engine_units: Units) -> int:
    """Move the units of the last frame that are dying to the front; return how many these are."""
    num_dying = 0
    for k in range(num_before):
        unit_id = before[k].id
        slot = unit_id % SLOTS_PER_GENERATION
        v = engine_units[slot]
        if v.slot_state == 0 or v.generation != unit_id // SLOTS_PER_GENERATION or v.order != ORDER_DIE:
            continue
        if num_dying != k:
            before[num_dying] = before[k]
        num_dying += 1
    return num_dying


@kernel
def fold(
    units: Units,
    num_units: int,
    frame: int,
    player: int,
    sees_all: bool,
    engine_units: Units,
    hidden: NDArray[np.int32],
    last_commands: NDArray[np.void],
    facts: NDArray[np.void],
    own_facts: NDArray[np.void],
    invincible: NDArray[np.int32],
    interruptible: NDArray[np.int32],
    sides: Units,
    orders: NDArray[np.void],
    counts: NDArray[np.int32],
    before: Units,
    num_before: int,
) -> tuple[int, int, int, int]:
    """Fold one game frame into what the next message will say.

    Args:
        units: (capacity,) UNIT_DTYPE of the engine's Frame.
        num_units: how many are valid.
        frame: game frame.
        player: whose view it is.
        sees_all: whether both players see every unit.
        engine_units: (slots,) UNIT_DTYPE of the engine's state, to know who is dying and what is being made.
        hidden: (h,) int32 slots of units that are not on the map; only the player's own are told.
        last_commands: (slots,) LAST_COMMAND_DTYPE.
        facts: TYPE_FACTS_DTYPE by unit type, without upgrades.
        own_facts: the same with the player's; others' upgrades are not known.
        invincible: int32 by unit type.
        interruptible: int32 by order.
        sides: (3, slots) WIRE_UNIT_DTYPE, own units, the enemy's, nobody's; changed.
        orders: (3, slots, K) ORDER_DTYPE; changed.
        counts: (3,) int32, valid units of each side; changed.
        before: (slots,) WIRE_UNIT_DTYPE, units as this view showed them one frame ago; overwritten with this frame's.
        num_before: how many of `before` were valid.

    Returns:
        The longest list of orders; how many own units, of the enemy's, and of nobody's this frame shows.
    """
    longest = 0
    shown_of = scratch(1, NUM_SIDES)[0]
    hints = scratch(1, 2 * NUM_SIDES)[0]
    for s in range(NUM_SIDES):
        shown_of[s] = 0
        hints[s] = 0
    # Dying units first, because `before` is overwritten below: they are kept behind the living ones.
    shown = _keep_dying(before, num_before, engine_units)
    for k in range(shown):
        before[k].health = 0
        s = _side_of(before[k].playerId, player)
        shown_of[s] += 1
        at = _place_of(sides[s], counts[s], before[k].id, k)
        size = sides[s, at].order_size if at < counts[s] else 0
        if at == sides.shape[1]:
            continue
        counts[s] = max(counts[s], at + 1)
        sides[s, at] = before[k]
        sides[s, at].order_size = size
        _append_order(sides[s, at], orders[s, at], frame, ORDER_DIE, -1, -1, -1)
        longest = max(longest, sides[s, at].order_size)
    for i in range(num_units):
        u = units[i]
        s = _side_of(u.player, player)
        shown_of[s] += 1
        at = _begin(sides, counts, s, u.id, hints[s])
        if at < 0:
            continue
        hints[s] = at + 1
        out = sides[s, at]
        slot = u.id % SLOTS_PER_GENERATION
        kind = own_facts[u.type] if s == OWN else facts[u.type]
        write_kind(u.id, u.type, kind, last_commands[slot], out)
        write_seen(u, 3 if sees_all else 1 << player, invincible[u.type], interruptible[u.order], out)
        write_economy(engine_units, slot, s == OWN, out)
        if s == NEUTRAL:
            out.playerId = NEUTRAL_ID
        _append_order(out, orders[s, at], frame, u.order, u.target_id, tile_of(u.target_x), tile_of(u.target_y))
        _append_secondary(out, orders[s, at], frame, engine_units[slot])
        longest = max(longest, out.order_size)
        before[shown] = out
        shown += 1
    for h in range(len(hidden)):
        slot = hidden[h]
        v = engine_units[slot]
        if v.player != player or v.order == ORDER_DIE or v.type == SCARAB:
            continue  # BWAPI takes scarabs in a reaver for dead
        shown_of[OWN] += 1
        unit_id = slot + SLOTS_PER_GENERATION * v.generation
        at = _begin(sides, counts, OWN, unit_id, hints[OWN])
        if at < 0:
            continue
        hints[OWN] = at + 1
        out = sides[OWN, at]
        write_kind(unit_id, v.type, own_facts[v.type], last_commands[slot], out)
        write_hidden(v, 1 << player, out)
        write_economy(engine_units, slot, True, out)
        target = -1
        if v.order_target != NO_SLOT:
            target = v.order_target + SLOTS_PER_GENERATION * engine_units[v.order_target].generation
        _append_order(out, orders[OWN, at], frame, v.order, target, -1, -1)
        longest = max(longest, out.order_size)
        before[shown] = out
        shown += 1
    return longest, whole(shown_of[OWN]), whole(shown_of[OTHER]), whole(shown_of[NEUTRAL])


@kernel
def flatten(
    sides: Units,
    orders: NDArray[np.void],
    counts: NDArray[np.int32],
    out_units: Units,
    out_orders: NDArray[np.void],
) -> int:
    """Write all sides' units and their orders one after the other; return the number of orders.

    Args:
        sides: (3, slots) WIRE_UNIT_DTYPE.
        orders: (3, slots, K) ORDER_DTYPE.
        counts: (3,) int32.
        out_units: (units,) WIRE_UNIT_DTYPE.
        out_orders: ORDER_DTYPE, long enough.
    """
    n = 0
    m = 0
    for s in range(NUM_SIDES):
        for k in range(counts[s]):
            out_units[n] = sides[s, k]
            out_units[n].first_order = m
            for o in range(sides[s, k].order_size):
                out_orders[m] = orders[s, k, o]
                m += 1
            n += 1
    return m
