"""Add-ons: built beside a structure, left behind when it lifts off, taken over by whoever lands beside them.

An add-on that belongs to nobody is a TechLab or Reactor without a structure's name, and serves nobody.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.construction import clear_site, found
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.making import is_kind, pay, why_not
from engine.starcraft2.placing import ADDON_X, ADDON_Y, is_on_low, why_not_there
from engine.starcraft2.results import CANT_QUEUE_THAT_ORDER, NOT_SUPPORTED, SUCCESS
from engine.starcraft2.state import NOBODY, SLOT_ALIVE
from engine.starcraft2.tables import ADDON, KINDS, MADE, NO_KIND, ONE, REACTOR, TECH_LAB
from engine.starcraft2.terrain import Grids, Ground, is_site_free

Index = NDArray[np.int32]


@inline
def start_addon(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, grids: Grids, i: int, row: int
) -> int:
    """Let a structure begin its add-on, which takes its queue meanwhile; return the ActionResult."""
    u = units[i]
    if u.num_in_queue > 0 or slot_of(units, whole(u.addon)) != NOBODY:
        return CANT_QUEUE_THAT_ORDER
    result = why_not(units, game, index, i, row, False)
    if result != SUCCESS:
        return result
    x = whole(u.x) + ADDON_X
    y = whole(u.y) + ADDON_Y
    result = why_not_there(units, game, index, ground, blocked, grids, MADE[row].product, u.player, i, x, y)
    if result != SUCCESS:
        return result
    slot = found(units, game, index, blocked, row, u.player, x, y)
    if slot == NOBODY:
        return NOT_SUPPORTED
    pay(game, u.player, row)
    units[slot].parent = id_of(units, i)
    u.addon = id_of(units, slot)
    u.queue[0] = row
    u.queue_loops[0] = MADE[row].loops
    u.num_in_queue = 1
    clear_site(units, game, index, ground, blocked, slot)
    return SUCCESS


@inline
def may_land(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, kind: Any, i: int) -> bool:
    """Say whether the cells below a unit are free for the structure that it is about to be."""
    if kind.footprint_half == 0:
        return True
    u = units[i]
    if not is_site_free(ground, blocked, kind, u.x, u.y):
        return False
    return not is_on_low(units, game, index, i, whole(u.x), whole(u.y), whole(kind.footprint_half))


@inline
def _named(structure: int, general: int) -> int:
    """Return the add-on type of a structure's type that stands for TECH_LAB or REACTOR, NO_KIND for none."""
    facts = KINDS[structure]
    for row in range(facts.first_made, facts.first_made + facts.num_made):
        if MADE[row].deed == ADDON and is_kind(whole(MADE[row].product), general):
            return whole(MADE[row].product)
    return whole(NO_KIND)


@inline
def relink(units: Units, game: Game, index: Index, i: int) -> None:
    """Let a structure that has just lifted off leave its add-on, and one that has landed take the one beside it."""
    u = units[i]
    kind = KINDS[u.kind]
    if not kind.is_structure:
        return
    addon = slot_of(units, whole(u.addon))
    if kind.is_flyer:
        if addon != NOBODY:
            a = units[addon]
            a.parent = NOBODY
            a.num_in_queue = 0
            a.kind = TECH_LAB if is_kind(whole(a.kind), TECH_LAB) else REACTOR
        u.addon = NOBODY
        return
    if addon != NOBODY or _named(whole(u.kind), TECH_LAB) == NO_KIND:
        return
    for k in range(game.num_units):
        j = whole(index[k])
        a = units[j]
        if a.player != u.player or a.slot_state != SLOT_ALIVE or not a.is_complete:
            continue
        if abs(whole(a.x) - u.x - ADDON_X) >= ONE // 2 or abs(whole(a.y) - u.y - ADDON_Y) >= ONE // 2:
            continue
        if slot_of(units, whole(a.parent)) != NOBODY or (a.kind != TECH_LAB and a.kind != REACTOR):
            continue
        a.parent = id_of(units, i)
        a.kind = _named(whole(u.kind), whole(a.kind))
        u.addon = id_of(units, j)
