"""Becoming another type by order: at a place (landing, taking root), or after other orders (siege mode, burrowing)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import add_order
from engine.starcraft2.boosts import more_range
from engine.starcraft2.construction import refuse
from engine.starcraft2.geometry import Game, Units, distance
from engine.starcraft2.making import why_not
from engine.starcraft2.moving import walk
from engine.starcraft2.placing import snapped, why_not_there
from engine.starcraft2.queues import start_making
from engine.starcraft2.results import CANT_BUILD_LOCATION_INVALID, CANT_LAND_LOCATION_INVALID, SUCCESS
from engine.starcraft2.state import NOBODY
from engine.starcraft2.tables import KINDS, MADE, MORPH_PLACE, ONE
from engine.starcraft2.terrain import Grids, Ground, Work

Index = NDArray[np.int32]

ZONE_RANGE: Final = 5 * ONE
"""How far away a Liberator sets its zone (abilities.csv, ability 2558)."""

ON_THE_SPOT: Final = ONE // 16


@inline
def _refusal(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    i: int,
    row: int,
    x: int,
    y: int,
) -> int:
    """Return SUCCESS if what a unit becomes may stand at a place, else why not."""
    made = MADE[row]
    if KINDS[made.product].footprint_half == 0:
        return SUCCESS
    player = whole(units[i].player)
    result = why_not_there(units, game, index, ground, blocked, grids, made.product, player, i, x, y)
    return CANT_LAND_LOCATION_INVALID if result == CANT_BUILD_LOCATION_INVALID else result


@inline
def order_morph(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    i: int,
    row: int,
    x: int,
    y: int,
    queued: bool,
) -> int:
    """Tell a unit to become another type, now, later, or at a place; return the ActionResult. As `give_order`."""
    u = units[i]
    made = MADE[row]
    if made.deed != MORPH_PLACE:
        if queued and u.num_orders > 0 and not KINDS[u.kind].is_structure:
            return add_order(units, u, whole(made.ability), NOBODY, u.x, u.y, True)
        return start_making(units, game, index, blocked, i, row)
    half = whole(KINDS[made.product].footprint_half)
    at_x = snapped(x, half) if half > 0 else whole(x)
    at_y = snapped(y, half) if half > 0 else whole(y)
    result = why_not(units, game, index, i, row, False)
    if result == SUCCESS:
        result = _refusal(units, game, index, ground, blocked, grids, i, row, at_x, at_y)
    if result != SUCCESS:
        return result
    return add_order(units, u, whole(made.ability), NOBODY, at_x, at_y, queued)


@inline
def run_morph(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    work: Work,
    i: int,
    row: int,
) -> bool:
    """Do one loop of an order to become another type; say whether it is over."""
    u = units[i]
    made = MADE[row]
    x = whole(u.order_x[0])
    y = whole(u.order_y[0])
    if made.deed == MORPH_PLACE:
        lands = KINDS[made.product].footprint_half > 0
        near = whole(ON_THE_SPOT) if lands else ZONE_RANGE + more_range(game, u.player, made.product)
        if not walk(units, game, index, ground, blocked, work, i, x, y, near) and distance(u.x, u.y, x, y) > near:
            return False
        result = _refusal(units, game, index, ground, blocked, grids, i, row, x, y)
        if result != SUCCESS:
            refuse(game, u.player, result)
            return True
        if lands:
            u.x = x
            u.y = y
    result = start_making(units, game, index, blocked, i, row)
    if result != SUCCESS:
        refuse(game, u.player, result)
    return bool(result != SUCCESS)
