"""Workers and resources: to the field, at work, back to the town hall (MECHANICS.md section 3).

One worker is at work in a field at a time; the next may begin while it pauses before it leaves. Who finds its field
taken goes to a free one near by. Refineries hold one worker. Gatherers pass through other units.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.moving import walk
from engine.starcraft2.state import NEUTRAL_PLAYER, NOBODY, NUM_PLAYERS, SLOT_ALIVE, SLOT_DEAD
from engine.starcraft2.tables import GAS, KIND_OF, KINDS, LOOPS_PER_SECOND, MINERALS, NO_RESOURCE, ONE
from engine.starcraft2.terrain import Ground, Work

Index = NDArray[np.int32]

DIG_MINERALS: Final = int(2.786 * LOOPS_PER_SECOND * ONE)
"""Time at work in a field: 2.786 normal seconds (SC2GameData)."""

PAUSE: Final = 8 * ONE
"""Then 0.5 normal seconds before it leaves; another worker may begin."""

DIG_GAS: Final = int(1.981 * LOOPS_PER_SECOND * ONE)
MINERALS_PER_TRIP: Final = 5
GAS_PER_TRIP: Final = 4

MULE: Final = int(KIND_OF[268])
MULE_PER_TRIP: Final = 25
MULE_TIME: Final = 205
"""A MULE's trip, and percent of the time that a worker is at work (MECHANICS.md section 3)."""

SEARCH: Final = 10 * ONE
"""How far a worker looks for another field (SC2GameData)."""

TOUCH: Final = ONE // 8
"""How near the edges of a worker and of what it goes to have to be."""

NEARLY: Final = ONE // 8
"""What a corner of the cells that something stands on may keep a worker away further."""


@inline
def gathers(u: Any) -> bool:
    """Say whether a unit gathers resources at all: workers, and MULEs minerals."""
    return bool(KINDS[u.kind].is_worker or u.kind == MULE)


@inline
def may_gather(units: Units, i: int, j: int) -> bool:
    """Say whether a worker may be sent to gather from a unit: a field, or a complete gas structure of its player's."""
    v = units[j]
    kind = KINDS[v.kind]
    if not gathers(units[i]) or kind.resource == NO_RESOURCE:
        return False
    if kind.resource == MINERALS:
        return True
    if units[i].kind == MULE:
        return False
    return bool(kind.is_structure and v.player == units[i].player and v.is_complete and v.player != NEUTRAL_PLAYER)


@inline
def find_field(units: Units, game: Game, index: Index, i: int, near: int, only_free: bool) -> int:
    """Return the slot of the mineral field nearest to a unit's place within 10 cells, NOBODY for none.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        i: the worker's slot.
        near: slot of the unit that it looks around.
        only_free: fields at which nobody is at work.
    """
    best = NOBODY
    least = whole(SEARCH) + 1
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if KINDS[v.kind].resource != MINERALS or v.slot_state != SLOT_ALIVE or v.resources <= 0:
            continue
        if only_free and slot_of(units, whole(v.digger)) != NOBODY:
            continue
        far = distance(units[near].x, units[near].y, v.x, v.y)
        if far < least:
            least = far
            best = j
    return best


@inline
def nearest_hall(units: Units, game: Game, index: Index, i: int) -> int:
    """Return the slot of the nearest complete town hall of a unit's player, NOBODY for none."""
    best = NOBODY
    least = whole(0)
    u = units[i]
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if (
            not KINDS[v.kind].is_townhall
            or KINDS[v.kind].is_flyer
            or v.player != u.player
            or not v.is_complete
            or v.slot_state != SLOT_ALIVE
        ):
            continue
        far = distance(u.x, u.y, v.x, v.y)
        if best == NOBODY or far < least:
            best = j
            least = far
    return best


@inline
def stop_digging(units: Units, u: Any) -> None:
    """Let a worker leave what it is at work in."""
    at = slot_of(units, whole(u.digs_at))
    if at != NOBODY and slot_of(units, whole(units[at].digger)) != NOBODY:
        digger = slot_of(units, whole(units[at].digger))
        if units[digger].digs_at == u.digs_at and units[digger].x == u.x and units[digger].y == u.y:
            units[at].digger = NOBODY
    u.digs_at = NOBODY
    u.dig_timer = 0


@inline
def _touches(units: Units, i: int, j: int) -> int:
    """Return how far apart centres may be where two units touch."""
    return whole(KINDS[units[i].kind].radius) + whole(KINDS[units[j].kind].radius) + TOUCH


@inline
def run_return(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Carry what a worker has one loop farther home; say whether it has nothing to carry any more."""
    u = units[i]
    if u.cargo == 0:
        return True
    hall = nearest_hall(units, game, index, i)
    if hall == NOBODY:
        return False
    reach = _touches(units, i, hall)
    walk(units, game, index, ground, blocked, work, i, units[hall].x, units[hall].y, reach)
    if distance(u.x, u.y, units[hall].x, units[hall].y) > reach + NEARLY:
        return False
    if 0 <= u.player < NUM_PLAYERS:
        if u.cargo_is_gas:
            game.gas[u.player] += u.cargo
            game.mined_gas[u.player] += u.cargo
        else:
            game.minerals[u.player] += u.cargo
            game.mined_minerals[u.player] += u.cargo
    u.cargo = 0
    u.waypoint_wait = 0
    return True


@inline
def run_gather(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Do one loop of gathering; say whether it is over.

    It is when nothing is left to gather. With another order behind it, it is also when the worker has taken its load,
    or has brought home the one that it had (game knowledge). The order's target is the field; it changes where that
    one is taken or empty.
    """
    u = units[i]
    me = id_of(units, i)
    at = slot_of(units, whole(u.digs_at))
    if at != NOBODY:
        u.dig_timer -= ONE
        if u.dig_timer > 0:
            return False
        field = units[at]
        if u.cargo == 0:
            is_gas = KINDS[field.kind].resource == GAS
            most = whole(GAS_PER_TRIP if is_gas else MINERALS_PER_TRIP)
            if u.kind == MULE:
                most = whole(MULE_PER_TRIP)
            amount = min(most, whole(field.resources))
            field.resources -= amount
            if u.kind != MULE:
                field.digger = NOBODY
            u.cargo = amount
            u.cargo_is_gas = is_gas
            u.dig_timer += 0 if is_gas else PAUSE
            if field.resources <= 0 and not is_gas:
                field.slot_state = SLOT_DEAD
                field.hp = 0
                game.has_died = 1
            if u.dig_timer > 0:
                return False
        u.digs_at = NOBODY
        if u.num_orders > 1:
            return True
    elif u.digs_at != NOBODY:
        u.digs_at = NOBODY
    if u.cargo > 0:
        return run_return(units, game, index, ground, blocked, work, i) and u.num_orders > 1
    j = slot_of(units, whole(u.order_target[0]))
    if j == NOBODY or units[j].resources <= 0:
        j = find_field(units, game, index, i, i, False)
        if j == NOBODY:
            return True
        u.order_target[0] = id_of(units, j)
    field = units[j]
    u.order_x[0] = field.x
    u.order_y[0] = field.y
    reach = _touches(units, i, j)
    walk(units, game, index, ground, blocked, work, i, field.x, field.y, reach)
    if distance(u.x, u.y, field.x, field.y) > reach + NEARLY:
        return False
    if u.kind == MULE:  # it is in nobody's way
        u.digs_at = id_of(units, j)
        u.dig_timer = DIG_MINERALS * MULE_TIME // 100
        return False
    if slot_of(units, whole(field.digger)) != NOBODY:
        if KINDS[field.kind].resource == MINERALS:
            other = find_field(units, game, index, i, j, True)
            if other != NOBODY:
                u.order_target[0] = id_of(units, other)
                u.waypoint_wait = 0
        return False
    field.digger = me
    u.digs_at = id_of(units, j)
    u.dig_timer = DIG_GAS if KINDS[field.kind].resource == GAS else DIG_MINERALS
    return False
