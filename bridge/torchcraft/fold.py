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

from bridge.torchcraft.type_facts import WALK_TILE_PX
from engine.broodwar.state import ORDER_DIE, ORDER_FOLLOW, ORDER_PATROL, SLOTS_PER_GENERATION
from engine.core.fixed import whole
from engine.core.frame import UnitCommandType, UnitFlag
from engine.core.jit import inline, kernel, scratch

NO_COMMAND: Final = int(UnitCommandType.NONE)
IDLE_BUILD_TYPE: Final = 61
"""`buildTechUpgradeType` of a unit that makes nothing: UpgradeTypes.None."""

FLAG_FOLLOWING: Final = 1 << 18
FLAG_INTERRUPTIBLE: Final = 1 << 24
FLAG_INVINCIBLE: Final = 1 << 25
FLAG_PATROLLING: Final = 1 << 34
FLAG_POWERED: Final = 1 << 36
FLAG_TARGETABLE: Final = 1 << 45

ENGINE_FLAGS: Final = sum(1 << flag for flag in UnitFlag)
"""The flags that a Frame of the engine has; the wire has more, which follow from type and order."""

OWN: Final = 0
OTHER: Final = 1
NUM_SIDES: Final = 2
"""Sides of a frame in message order: the own units, the enemy's. The engine has no neutral ones yet."""

FIRST_ORDERS: Final = 4
MAX_ORDERS: Final = 1024
"""Orders that one unit piles up before only the last is renewed: a client that never answers must not eat memory."""

LAST_COMMAND_DTYPE: Final = np.dtype(
    [(name, np.int32) for name in ("id", "frame", "type", "targetId", "targetX", "targetY", "extra")]
)
"""What a unit was last told, by slot; valid where `id` is the unit's."""

Units = NDArray[np.void]


def no_commands(capacity: int) -> NDArray[np.void]:
    """Return (capacity,) LAST_COMMAND_DTYPE of units that were never told anything."""
    table = np.zeros(capacity, LAST_COMMAND_DTYPE)
    table["id"] = -1
    return table


@inline
def _tile(pixels: int) -> int:
    return pixels // WALK_TILE_PX if pixels >= 0 else -1


@inline
def _write_unit(
    u: Any, frame: int, visible: int, facts: Any, is_invincible: int, interruptible: int, c: Any, out: Any
) -> None:
    out.id = u.id
    out.x = u.x // WALK_TILE_PX
    out.y = u.y // WALK_TILE_PX
    out.health = u.hp
    out.max_health = facts.max_health
    out.shield = u.shield
    out.max_shield = facts.max_shield
    out.energy = u.energy
    out.maxCD = facts.maxCD
    out.groundCD = u.ground_cooldown
    out.airCD = u.air_cooldown
    out.visible = visible
    out.type = u.type
    out.armor = facts.armor
    out.shieldArmor = 0
    out.size = facts.size
    out.pixel_x = u.x
    out.pixel_y = u.y
    out.pixel_size_x = facts.pixel_size_x
    out.pixel_size_y = facts.pixel_size_y
    out.groundATK = facts.groundATK
    out.airATK = facts.airATK
    out.groundDmgType = facts.groundDmgType
    out.airDmgType = facts.airDmgType
    out.groundRange = facts.groundRange
    out.airRange = facts.airRange
    out.playerId = u.player
    out.resources = 0
    out.buildTechUpgradeType = IDLE_BUILD_TYPE
    out.remainingBuildTrainTime = 0
    out.remainingUpgradeResearchTime = 0
    out.spellCD = 0
    out.associatedUnit = -1
    out.associatedCount = 0
    is_told = c.id == u.id
    out.command_frame = c.frame if is_told else 0
    out.command_type = c.type if is_told else NO_COMMAND
    out.command_targetId = c.targetId if is_told else -1
    out.command_targetX = c.targetX if is_told else -1
    out.command_targetY = c.targetY if is_told else -1
    out.command_extra = c.extra if is_told else 0
    flags = np.int64(u.flags) | FLAG_POWERED | FLAG_TARGETABLE
    if interruptible:
        flags |= FLAG_INTERRUPTIBLE
    if is_invincible:
        flags |= FLAG_INVINCIBLE
    if u.order == ORDER_FOLLOW:
        flags |= FLAG_FOLLOWING
    if u.order == ORDER_PATROL:
        flags |= FLAG_PATROLLING
    out.flags = np.uint64(flags)
    out.velocityX = u.velocity_x_256 / 256.0
    out.velocityY = u.velocity_y_256 / 256.0


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


@kernel
def fold(
    units: Units,
    num_units: int,
    frame: int,
    player: int,
    sees_all: bool,
    engine_units: Units,
    last_commands: NDArray[np.void],
    facts: NDArray[np.void],
    invincible: NDArray[np.int32],
    interruptible: NDArray[np.int32],
    sides: Units,
    orders: NDArray[np.void],
    counts: NDArray[np.int32],
    before: Units,
    num_before: int,
) -> tuple[int, int, int]:
    """Fold one game frame into what the next message will say.

    Args:
        units: (capacity,) UNIT_DTYPE of the engine's Frame.
        num_units: how many are valid.
        frame: game frame.
        player: whose view it is.
        sees_all: whether both players see every unit.
        engine_units: (slots,) UNIT_DTYPE of the engine's state, to know who is dying.
        last_commands: (slots,) LAST_COMMAND_DTYPE.
        facts: TYPE_FACTS_DTYPE by unit type.
        invincible: int32 by unit type.
        interruptible: int32 by order.
        sides: (2, slots) WIRE_UNIT_DTYPE, own units and the others'; changed.
        orders: (2, slots, K) ORDER_DTYPE; changed.
        counts: (2,) int32, valid units of each side; changed.
        before: (slots,) WIRE_UNIT_DTYPE, units as this view showed them one frame ago; overwritten with this frame's.
        num_before: how many of `before` were valid.

    Returns:
        The longest list of orders; how many own units, and how many others, this frame shows.
    """
    longest = 0
    num_shown = scratch(1, NUM_SIDES)[0]
    num_shown[OWN] = 0
    num_shown[OTHER] = 0
    # Dying units first, because `before` is overwritten below: they are kept behind the living ones.
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
    for k in range(num_dying):
        before[k].health = 0
        s = OWN if before[k].playerId == player else OTHER
        num_shown[s] += 1
        at = _place_of(sides[s], counts[s], before[k].id, k)
        size = sides[s, at].order_size if at < counts[s] else 0
        if at == sides.shape[1]:
            continue
        counts[s] = max(counts[s], at + 1)
        sides[s, at] = before[k]
        sides[s, at].order_size = size
        _append_order(sides[s, at], orders[s, at], frame, ORDER_DIE, -1, -1, -1)
        longest = max(longest, sides[s, at].order_size)
    shown = num_dying
    hint_own = 0
    hint_other = 0
    for i in range(num_units):
        u = units[i]
        s = OWN if u.player == player else OTHER
        num_shown[s] += 1
        at = _place_of(sides[s], counts[s], u.id, hint_own if s == OWN else hint_other)
        if at == sides.shape[1]:
            continue
        if at == counts[s]:
            counts[s] = at + 1
            sides[s, at].order_size = 0
        if s == OWN:
            hint_own = at + 1
        else:
            hint_other = at + 1
        out = sides[s, at]
        visible = 3 if sees_all else (1 << player) | (1 << u.player)
        slot = u.id % SLOTS_PER_GENERATION
        _write_unit(
            u, frame, visible, facts[u.type], invincible[u.type], interruptible[u.order], last_commands[slot], out
        )
        _append_order(out, orders[s, at], frame, u.order, u.target_id, _tile(u.target_x), _tile(u.target_y))
        longest = max(longest, out.order_size)
        before[shown] = out
        shown += 1
    return longest, whole(num_shown[OWN]), whole(num_shown[OTHER])


@kernel
def flatten(
    sides: Units,
    orders: NDArray[np.void],
    counts: NDArray[np.int32],
    out_units: Units,
    out_orders: NDArray[np.void],
) -> int:
    """Write both sides' units and their orders one after the other; return the number of orders.

    Args:
        sides: (2, slots) WIRE_UNIT_DTYPE.
        orders: (2, slots, K) ORDER_DTYPE.
        counts: (2,) int32.
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
