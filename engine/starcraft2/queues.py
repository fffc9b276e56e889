"""Queues of what makes something: units out of structures, upgrades, and what becomes another type itself.

A queue holds five, with a reactor eight, of which two are in work; an item takes supply from when it begins. What is
cancelled is paid back: all of what is trained or researched, three quarters of what morphs (MECHANICS.md section 3).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.addons import may_land, relink
from engine.starcraft2.boosts import loops_of, raise_life
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.making import INTERCEPTOR, has_reactor, has_supply, has_upgrade, pay, refund, why_not
from engine.starcraft2.presence import become, go_inside, place_unit
from engine.starcraft2.results import (
    CANT_FIND_CANCEL_ORDER,
    CANT_QUEUE_THAT_ORDER,
    QUEUE_IS_FULL,
    SUCCESS,
)
from engine.starcraft2.state import (
    BUFF_BOOSTED,
    BUFF_CONTAMINATED,
    GATHER,
    MOVE,
    NOBODY,
    NUM_PLAYERS,
    PLAIN_QUEUE,
    QUEUE_LENGTH,
)
from engine.starcraft2.tables import (
    ADDON,
    ARM,
    KINDS,
    MADE,
    MORPH,
    MORPH_PLACE,
    NO_KIND,
    NO_RESOURCE,
    RESEARCH,
    TRAIN,
    UPGRADES,
)
from engine.starcraft2.terrain import Ground
from engine.starcraft2.zerg import LARVA_KIND

Index = NDArray[np.int32]

WHOLE_PRICE: Final = 100
MORPH_PRICE: Final = 75
"""Percent that is paid back."""


@inline
def is_morph(row: int) -> bool:
    """Say whether by a row of MADE the maker becomes the product."""
    return bool(MADE[row].deed == MORPH or MADE[row].deed == MORPH_PLACE)


@inline
def is_becoming(u: Any) -> bool:
    """Say whether a unit is about to be another type or has its add-on built; it does nothing else meanwhile."""
    return bool(u.num_in_queue > 0) and (is_morph(whole(u.queue[0])) or MADE[u.queue[0]].deed == ADDON)


@inline
def start_making(units: Units, game: Game, index: Index, blocked: Ground, i: int, row: int) -> int:
    """Put something into a maker's queue; return the ActionResult."""
    u = units[i]
    morphs = is_morph(row)
    if u.num_in_queue > 0 and (morphs or is_becoming(u)):
        return CANT_QUEUE_THAT_ORDER
    if morphs and u.num_passengers > 0 and KINDS[MADE[row].product].cargo_capacity == 0:
        return CANT_QUEUE_THAT_ORDER  # nobody could get out any more
    has_two = has_reactor(units, u)
    if u.num_in_queue >= (QUEUE_LENGTH if has_two else PLAIN_QUEUE):
        return QUEUE_IS_FULL
    is_next = u.num_in_queue < (2 if has_two else 1)
    result = why_not(units, game, index, i, row, is_next)
    if result != SUCCESS:
        return result
    pay(game, u.player, row)
    at = whole(u.num_in_queue)
    u.queue[at] = row
    u.queue_loops[at] = loops_of(game, u.player, row) if is_next else 0
    u.num_in_queue = at + 1
    if morphs:
        u.num_orders = 0 if not KINDS[u.kind].is_structure else u.num_orders
        u.target = NOBODY
        u.speed = 0
        if MADE[row].during != NO_KIND:
            become(game, blocked, u, whole(MADE[row].during))
    return SUCCESS


@inline
def take_out(u: Any, at: int) -> None:
    """Take an item out of a queue; those behind it move up."""
    for k in range(at + 1, u.num_in_queue):
        u.queue[k - 1] = u.queue[k]
        u.queue_loops[k - 1] = u.queue_loops[k]
    u.num_in_queue -= 1
    u.queue_loops[u.num_in_queue] = 0


@inline
def cancel_item(game: Game, blocked: Ground, u: Any, at: int) -> int:
    """Take an item out of a queue and pay it back; return the ActionResult.

    Args:
        game: the game.
        blocked: cells that structures stand on.
        u: the maker.
        at: which, the first is 0; -1 the last.
    """
    if at < 0:
        at = whole(u.num_in_queue) - 1
    if at < 0 or at >= u.num_in_queue:
        return CANT_FIND_CANCEL_ORDER
    row = whole(u.queue[at])
    morphs = is_morph(row)
    refund(game, u.player, row, MORPH_PRICE if morphs else WHOLE_PRICE)
    take_out(u, at)
    if morphs and MADE[row].during != NO_KIND:
        become(game, blocked, u, whole(MADE[row].maker))
    return SUCCESS


@inline
def grant(units: Units, game: Game, player: int, upgrade: int) -> None:
    """Give a player an upgrade, and the units that it has what it adds to their life."""
    if has_upgrade(game, player, upgrade):
        return
    raise_life(units, game, player, upgrade)
    bit = 1 << (upgrade & 31)
    game.upgrades[player, upgrade >> 5] = np.uint32(whole(game.upgrades[player, upgrade >> 5]) | bit)
    facts = UPGRADES[upgrade]
    if facts.raises != 0:
        game.levels[player, facts.raises] = max(whole(game.levels[player, facts.raises]), whole(facts.level))


@inline
def follow_rally(units: Units, u: Any, i: int) -> None:
    """Tell a new unit to go where its maker's rally point is: workers to gather from a resource.

    Args:
        units: of the game.
        u: the maker.
        i: the new unit's slot.
    """
    v = units[i]
    kind = KINDS[v.kind]
    which = 1 if kind.is_worker and u.has_rally[1] else 0
    if not u.has_rally[which] or kind.speed == 0:
        return
    target = slot_of(units, whole(u.rally_target[which]))
    v.order_ability[0] = MOVE
    v.order_target[0] = NOBODY
    v.order_x[0] = u.rally_x[which]
    v.order_y[0] = u.rally_y[which]
    if target != NOBODY:
        v.order_x[0] = units[target].x
        v.order_y[0] = units[target].y
        if KINDS[units[target].kind].resource != NO_RESOURCE and kind.is_worker:
            v.order_ability[0] = GATHER
            v.order_target[0] = u.rally_target[which]
        elif units[target].player == v.player:
            v.order_target[0] = u.rally_target[which]
    v.num_orders = 1


@inline
def _rallies(units: Units, u: Any, i: int, row: int) -> int:
    """Return the slot of whose rally point counts for what is made: the maker's, of an egg without one its hatchery's.

    Args:
        units: of the game.
        u: the maker.
        i: its slot.
        row: of MADE.
    """
    hall = slot_of(units, whole(u.parent))
    if MADE[row].maker != LARVA_KIND or u.has_rally[0] or u.has_rally[1] or hall == NOBODY:
        return i
    return hall


@inline
def finish(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, at: int) -> bool:
    """Let an item of a queue be done; say whether there was room for it."""
    u = units[i]
    row = whole(u.queue[at])
    made = MADE[row]
    player = whole(u.player)
    x = whole(u.x)
    y = whole(u.y)
    if made.deed == RESEARCH:
        if 0 <= player < NUM_PLAYERS:
            grant(units, game, player, whole(made.product))
        take_out(u, at)
        return True
    if made.deed == ARM:
        u.has_nuke = 1
        take_out(u, at)
        return True
    if made.deed == ADDON:  # it has grown by itself
        take_out(u, at)
        return True
    more = whole(made.pieces)
    if is_morph(row):
        take_out(u, at)
        if made.deed == MORPH_PLACE and not may_land(units, game, index, ground, blocked, KINDS[made.product], i):
            return True
        become(game, blocked, u, whole(made.product))
        relink(units, game, index, i)
        if made.during != NO_KIND:
            follow_rally(units, units[_rallies(units, u, i, row)], i)
        more -= 1
    for _ in range(more):
        slot = place_unit(units, game, index, ground, blocked, whole(made.product), player, x, y, False)
        if slot == NOBODY:
            return False
        units[slot].parent = id_of(units, i)
        if made.product == INTERCEPTOR:
            go_inside(units, game, i, slot)
            continue
        follow_rally(units, units[_rallies(units, u, i, row)], slot)
    if not is_morph(row):
        take_out(u, at)
    return True


@inline
def run_queue(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let one loop of a maker's production pass."""
    u = units[i]
    if u.num_in_queue == 0 or not u.is_complete or not u.has_power:
        return
    if u.buffs[BUFF_CONTAMINATED] > 0 and MADE[u.queue[0]].deed in (TRAIN, RESEARCH):
        return
    lanes = min(whole(u.num_in_queue), whole(2 if has_reactor(units, u) else 1))
    speed = 1
    if u.buffs[BUFF_BOOSTED] > 0 and game.frame & 1:
        speed = 2
    if MADE[u.queue[0]].deed == ADDON and slot_of(units, whole(u.addon)) == NOBODY:
        take_out(u, 0)
        return
    at = 0
    for _ in range(lanes):
        if u.queue_loops[at] == 0:  # it waits for supply
            at += 1
            continue
        u.queue_loops[at] -= speed
        if u.queue_loops[at] > 0:
            at += 1
        elif not finish(units, game, index, ground, blocked, i, at):
            u.queue_loops[at] = 1  # no room
            at += 1
    for k in range(min(lanes, whole(u.num_in_queue))):
        made = MADE[u.queue[k]]
        if u.queue_loops[k] == 0 and has_supply(units, game, index, u.player, whole(made.supply_half)):
            u.queue_loops[k] = loops_of(game, u.player, whole(u.queue[k]))
