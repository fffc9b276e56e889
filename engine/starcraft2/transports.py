"""Units inside others: Medivacs, Overlords, prisms, bunkers, Command Centers; who goes in, who comes out, who shoots.

Passengers are off the map: nobody sees or hits them. Those of a bunker shoot out of it, a cell farther than outside.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import add_order, drop_orders
from engine.starcraft2.boosts import cooldown_of_weapon, range_of
from engine.starcraft2.fighting import fire
from engine.starcraft2.geometry import Game, Units, distance, draw, id_of, slot_of
from engine.starcraft2.moving import walk
from engine.starcraft2.presence import come_out, go_inside
from engine.starcraft2.queues import is_becoming
from engine.starcraft2.results import (
    CANT_LOAD_IMMOBILE_UNITS,
    CANT_LOAD_OTHER_PLAYERS_UNITS,
    CANT_LOAD_THAT_UNIT,
    LOAD_ALL_NO_TARGETS_FOUND,
    MUST_TARGET_UNIT,
    NO_CARGO_TO_UNLOAD,
    NOT_ENOUGH_ROOM_TO_LOAD_UNIT,
    NOT_SUPPORTED,
    SUCCESS,
)
from engine.starcraft2.state import MAX_PASSENGERS, NOBODY, SLOT_ALIVE
from engine.starcraft2.tables import ATTRIBUTES, KIND_OF, KINDS, NO_WEAPON, ONE, RACES, WEAPONS
from engine.starcraft2.targeting import find_target, weapon_against
from engine.starcraft2.terrain import Ground, Work, is_free
from engine.starcraft2.wear import count_down

Index = NDArray[np.int32]

ENTER: Final = 1
"""The order of a unit that goes into another one: the interface calls it SMART."""

LOAD: Final = 3668
LOAD_ALL: Final = 3663
UNLOAD_ALL: Final = 3664
UNLOAD_ALL_AT: Final = 3669
UNLOAD_UNIT: Final = 3796

BUNKER: Final = int(KIND_OF[24])
BIOLOGICAL: Final = 1 << ATTRIBUTES.index("Biological")
TERRAN: Final = RACES.index("terran")

BUNKER_REACH: Final = ONE
"""Who shoots out of a bunker reaches a cell farther (game knowledge, not verified)."""

LOAD_REACH: Final = ONE // 2
"""How near to a carrier's edge a passenger has to be; no source."""

LOAD_ALL_REACH: Final = 12 * ONE
"""How far a Command Center calls SCVs from; no source."""

UNLOAD_LOOPS: Final = 16
"""A flying carrier lets a unit out in each normal second (game knowledge, not verified)."""


@inline
def room_left(units: Units, u: Any) -> int:
    """Return how much more a carrier can take, in sizes of cargo."""
    used = whole(0)
    for p in range(u.num_passengers):
        used += KINDS[units[u.passengers[p]].kind].cargo_size
    return whole(KINDS[u.kind].cargo_capacity) - used


@inline
def why_not_inside(units: Units, i: int, j: int) -> int:
    """Return SUCCESS if the unit in slot i can take in the one in slot j, else why not."""
    u = units[i]
    v = units[j]
    kind = KINDS[u.kind]
    other = KINDS[v.kind]
    if kind.cargo_capacity == 0 or not u.is_complete or u.is_hallucination:
        return NOT_SUPPORTED
    if v.player != u.player:
        return CANT_LOAD_OTHER_PLAYERS_UNITS
    if u.parasite != NOBODY or v.parasite != NOBODY:
        return CANT_LOAD_THAT_UNIT
    if other.speed == 0:
        return CANT_LOAD_IMMOBILE_UNITS
    if i == j or other.cargo_size == 0 or other.is_flyer or not v.is_complete or is_becoming(v):
        return CANT_LOAD_THAT_UNIT
    if kind.is_structure and kind.race == TERRAN:
        is_fit = other.is_worker or (u.kind == BUNKER and other.attributes & BIOLOGICAL)
        if not is_fit:
            return CANT_LOAD_THAT_UNIT
    if other.cargo_size > room_left(units, u) or u.num_passengers >= MAX_PASSENGERS:
        return NOT_ENOUGH_ROOM_TO_LOAD_UNIT
    return SUCCESS


@inline
def order_loading(units: Units, i: int, target: int, queued: bool) -> int:
    """Tell a carrier to take a unit in: a flying one goes to it, into a structure the unit comes itself."""
    if target == NOBODY:
        return MUST_TARGET_UNIT
    result = why_not_inside(units, i, target)
    if result != SUCCESS:
        return result
    if KINDS[units[i].kind].speed == 0:
        return add_order(units, units[target], ENTER, id_of(units, i), 0, 0, False)
    return add_order(units, units[i], LOAD, id_of(units, target), 0, 0, queued)


@inline
def order_entering(units: Units, i: int, carrier: int, queued: bool) -> int:
    """Tell a unit to go into a carrier; return the ActionResult."""
    result = why_not_inside(units, carrier, i)
    if result != SUCCESS:
        return result
    return add_order(units, units[i], ENTER, id_of(units, carrier), 0, 0, queued)


@inline
def call_in(units: Units, game: Game, index: Index, i: int) -> int:
    """Tell the workers near a Command Center to come in, as many as it has room for; return the ActionResult."""
    u = units[i]
    left = room_left(units, u)
    called = 0
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if left <= 0 or v.player != u.player or v.slot_state != SLOT_ALIVE or not KINDS[v.kind].is_worker:
            continue
        if distance(u.x, u.y, v.x, v.y) > LOAD_ALL_REACH or order_entering(units, j, i, False) != SUCCESS:
            continue
        left -= 1
        called += 1
    return SUCCESS if called > 0 else LOAD_ALL_NO_TARGETS_FOUND


@inline
def unload_here(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, all_of: bool) -> int:
    """Let the last or all passengers out at once; return the ActionResult."""
    u = units[i]
    if u.num_passengers == 0:
        return NO_CARGO_TO_UNLOAD
    while u.num_passengers > 0:
        come_out(units, game, index, ground, blocked, i, whole(u.passengers[u.num_passengers - 1]))
        if not all_of:
            break
    return SUCCESS


@inline
def run_load(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Do one loop of a carrier's way to whom it takes in; say whether that is over."""
    u = units[i]
    j = slot_of(units, whole(u.order_target[0]))
    if j == NOBODY or why_not_inside(units, i, j) != SUCCESS:
        return True
    v = units[j]
    near = whole(KINDS[u.kind].radius) + whole(KINDS[v.kind].radius) + LOAD_REACH
    if not walk(units, game, index, ground, blocked, work, i, v.x, v.y, near):
        return False
    drop_orders(units, v)
    go_inside(units, game, i, j)
    return True


@inline
def run_enter(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Do one loop of a unit's way into a carrier; say whether that is over."""
    u = units[i]
    j = slot_of(units, whole(u.order_target[0]))
    if j == NOBODY or why_not_inside(units, j, i) != SUCCESS:
        return True
    v = units[j]
    near = whole(KINDS[u.kind].radius) + whole(KINDS[v.kind].radius) + LOAD_REACH
    walk(units, game, index, ground, blocked, work, i, v.x, v.y, near)
    if distance(u.x, u.y, v.x, v.y) > near + LOAD_REACH:
        return False
    drop_orders(units, u)
    go_inside(units, game, j, i)
    return False  # it has no orders any more


@inline
def run_unload(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Do one loop of a flying carrier's way to where it lets its passengers out; say whether all are out."""
    u = units[i]
    if u.num_passengers == 0:
        return True
    if not walk(units, game, index, ground, blocked, work, i, u.order_x[0], u.order_y[0], ONE // 4):
        return False
    if (game.frame + i) % UNLOAD_LOOPS == 0 and is_free(ground, blocked, u.x, u.y):
        come_out(units, game, index, ground, blocked, i, whole(u.passengers[u.num_passengers - 1]))
    return bool(u.num_passengers == 0)


@inline
def shoot_out(units: Units, game: Game, index: Index, ground: Ground, i: int) -> None:
    """Let the passengers of a bunker rest, reload and shoot for a loop."""
    u = units[i]
    for p in range(u.num_passengers):
        slot = whole(u.passengers[p])
        v = units[slot]
        v.x = u.x
        v.y = u.y
        count_down(v, game)
        if u.kind != BUNKER or v.cooldown > 0 or KINDS[v.kind].ground_weapon == NO_WEAPON:
            continue
        more = BUNKER_REACH + whole(KINDS[u.kind].radius) - whole(KINDS[v.kind].radius)
        reach = range_of(game, v, WEAPONS[KINDS[v.kind].ground_weapon]) + more
        j = find_target(units, game, index, ground, slot, reach)
        if j == NOBODY:
            continue
        weapon = WEAPONS[weapon_against(units, slot, j)]
        v.cooldown = cooldown_of_weapon(game, v, weapon) + draw(game, weapon.random_low, weapon.random_high)
        fire(units, game, index, slot, j)
