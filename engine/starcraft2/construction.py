"""Building structures: the worker's way and work, growth, what becomes of what is not finished (MECHANICS.md 3, 7, 8).

An SCV stays and builds; if it leaves or dies the work rests until another one takes it up. A Probe goes its way. A
Drone becomes the structure. Structures begin with a tenth of their life and shields and gain the rest as they grow.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import add_order
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.deposits import pay_ahead, use_paid
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.making import has_tech, pay, refund, why_not
from engine.starcraft2.moving import walk
from engine.starcraft2.parasites import stay
from engine.starcraft2.placing import geyser_at, snapped, why_not_there
from engine.starcraft2.presence import become, enter, free_slot, settle
from engine.starcraft2.results import (
    BUILD_TECH_REQUIREMENTS_NOT_MET,
    BUILDING_IS_UNDER_CONSTRUCTION,
    CANT_FIND_CANCEL_ORDER,
    COULDNT_REACH_TARGET,
    MUST_TARGET_RESOURCES,
    NOT_SUPPORTED,
    SUCCESS,
)
from engine.starcraft2.state import GATHER, MOVE, NEUTRAL_PLAYER, NOBODY, NUM_PLAYERS, SLOT_ALIVE, SLOT_DEAD
from engine.starcraft2.tables import BUILD_ON_UNIT, GAS, KINDS, MADE, ONE, RACES
from engine.starcraft2.terrain import Grids, Ground, Work, is_free, nearest_free

Index = NDArray[np.int32]

TERRAN: Final = RACES.index("terran")
ZERG: Final = RACES.index("zerg")

FIRST_SHARE: Final = 10
"""Percent of its life that a structure begins with (game knowledge, not verified)."""

BUILD_PRICE: Final = 75
"""Percent that is paid back for what is not finished (MECHANICS.md section 3)."""

TOUCH: Final = ONE // 4
"""How near to a site's edge a worker has to be."""

GAVE_UP: Final = 60
"""Loops of standing in others' way after which a worker lets a site be."""


@inline
def refuse(game: Game, player: int, result: int) -> None:
    """Note that an order that was accepted came to nothing."""
    if 0 <= player < NUM_PLAYERS:
        game.num_refused[player] += 1
        game.last_result[player] = result


@inline
def _grown(whole_points: int, done: int, loops: int) -> int:
    """Return what a structure has of its points after so many loops of its building time."""
    first = whole(whole_points) * FIRST_SHARE // 100
    return first + (whole(whole_points) - first) * done // loops


@inline
def found(units: Units, game: Game, index: Index, blocked: Ground, row: int, player: int, x: int, y: int) -> int:
    """Let a structure begin; return its slot, NOBODY if there is no room for one more unit."""
    slot = free_slot(units)
    if slot == NOBODY:
        return NOBODY
    enter(units, game, index, blocked, slot, whole(MADE[row].product), player, x, y)
    _begin_growth(game, units[slot], row)
    return slot


@inline
def _begin_growth(game: Game, u: Any, row: int) -> None:
    kind = KINDS[u.kind]
    u.made_by = row
    u.is_complete = 0
    u.build_loops = MADE[row].loops
    u.hp = _grown(max_hp_of(game, u), 0, 1)
    u.shield = _grown(whole(kind.max_shield), 0, 1)
    u.energy = 0


@inline
def step_aside(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Tell an idle unit that stands on a structure's cells to go to the nearest free ones."""
    u = units[i]
    if u.num_orders > 0 or KINDS[u.kind].speed == 0 or is_free(ground, blocked, u.x, u.y):
        return
    x, y = nearest_free(ground, blocked, whole(u.x), whole(u.y))
    if x != u.x or y != u.y:
        u.order_x[0] = x
        u.order_y[0] = y
        u.order_ability[0] = MOVE
        u.order_target[0] = NOBODY
        u.num_orders = 1


@inline
def clear_site(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, site: int) -> None:
    """Tell who stands idly on a new structure's cells to step aside."""
    s = units[site]
    reach = whole(KINDS[s.kind].footprint_half) * ONE // 4 + ONE // 2
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        kind = KINDS[u.kind]
        if kind.is_flyer or kind.is_structure or u.slot_state != SLOT_ALIVE or id_of(units, i) == s.builder:
            continue
        if abs(whole(u.x) - s.x) < reach and abs(whole(u.y) - s.y) < reach:
            step_aside(units, game, index, ground, blocked, i)


@inline
def order_building(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    i: int,
    row: int,
    target_id: int,
    x: int,
    y: int,
    queued: bool,
) -> int:
    """Tell a worker to build something at a place, or on a geyser; return the ActionResult.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        i: the worker's slot.
        row: of MADE.
        target_id: the geyser's unit id, NOBODY for a place.
        x: place, 1/4096 cell.
        y: likewise.
        queued: after what it does already.
    """
    u = units[i]
    made = MADE[row]
    kind = KINDS[made.product]
    at_x = snapped(x, whole(kind.footprint_half))
    at_y = snapped(y, whole(kind.footprint_half))
    if made.deed == BUILD_ON_UNIT:
        j = slot_of(units, whole(target_id))
        if j == NOBODY:
            j = geyser_at(units, game, index, x, y)
        if j == NOBODY or KINDS[units[j].kind].resource != GAS or units[j].player != NEUTRAL_PLAYER:
            return MUST_TARGET_RESOURCES
        target_id = id_of(units, j)
        at_x = whole(units[j].x)
        at_y = whole(units[j].y)
    result = why_not(units, game, index, i, row, False)
    if result != SUCCESS:
        return result
    result = why_not_there(units, game, index, ground, blocked, grids, made.product, u.player, i, at_x, at_y)
    if result != SUCCESS:
        return result
    if KINDS[u.kind].is_structure:
        return _build_now(units, game, index, blocked, row, u.player, at_x, at_y)
    if made.deed != BUILD_ON_UNIT:
        target_id = whole(NOBODY)
    result = add_order(units, u, whole(made.ability), target_id, at_x, at_y, queued)
    if result == SUCCESS:
        pay_ahead(game, u, row)
    return result


@inline
def _build_now(units: Units, game: Game, index: Index, blocked: Ground, row: int, player: int, x: int, y: int) -> int:
    """Let a structure build another one from afar, as a Nydus Network does its worms."""
    if found(units, game, index, blocked, row, player, x, y) == NOBODY:
        return NOT_SUPPORTED
    pay(game, player, row)
    return SUCCESS


@inline
def order_resuming(units: Units, i: int, site: int, queued: bool) -> int:
    """Tell an SCV to go on building what is not finished; return the ActionResult."""
    s = units[site]
    ability = whole(MADE[s.made_by].ability)
    builder = slot_of(units, whole(s.builder))
    if builder != NOBODY and builder != i and units[builder].builds == id_of(units, site):
        return BUILDING_IS_UNDER_CONSTRUCTION
    return add_order(units, units[i], ability, id_of(units, site), s.x, s.y, queued)


@inline
def may_resume(units: Units, i: int, site: int) -> bool:
    """Say whether a unit may go on building what somebody else began: an SCV its player's structure."""
    s = units[site]
    kind = KINDS[units[i].kind]
    is_worker = kind.is_worker and kind.race == TERRAN and s.player == units[i].player
    return bool(is_worker and not s.is_complete and s.made_by >= 0 and KINDS[s.kind].race == TERRAN and s.parent < 0)


@inline
def _begin(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, grids: Grids, i: int, row: int
) -> int:
    """Begin a structure where a worker stands ready for it; return the ActionResult."""
    u = units[i]
    made = MADE[row]
    player = whole(u.player)
    x = whole(u.order_x[0])
    y = whole(u.order_y[0])
    if not has_tech(units, game, index, i, row):
        return BUILD_TECH_REQUIREMENTS_NOT_MET
    result = why_not_there(units, game, index, ground, blocked, grids, made.product, player, i, x, y)
    if result != SUCCESS:
        return result
    geyser = geyser_at(units, game, index, x, y) if made.deed == BUILD_ON_UNIT else NOBODY
    site = i
    if KINDS[u.kind].race == ZERG:
        u.num_orders = 0
        u.cargo = 0
        stay(u)
        settle(u, x, y)
        become(game, blocked, u, whole(made.product))
        _begin_growth(game, u, row)
    else:
        site = found(units, game, index, blocked, row, player, x, y)
        if site == NOBODY:
            return NOT_SUPPORTED
    use_paid(u, row)
    if geyser != NOBODY:
        units[site].parent = id_of(units, geyser)
        units[site].resources = units[geyser].resources
    if KINDS[u.kind].race == TERRAN:
        units[site].builder = id_of(units, i)
        u.builds = id_of(units, site)
    clear_site(units, game, index, ground, blocked, site)
    return SUCCESS


@inline
def run_building(
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
    """Do one loop of a worker's order to build; say whether it is over."""
    u = units[i]
    if u.builds != NOBODY:
        site = slot_of(units, whole(u.builds))
        if site != NOBODY and not units[site].is_complete:
            return False
        u.builds = NOBODY
        return True
    made = MADE[row]
    site = slot_of(units, whole(u.order_target[0]))
    resumes = site != NOBODY and units[site].player == u.player and KINDS[units[site].kind].is_structure
    if resumes and units[site].is_complete:
        return True
    if u.order_target[0] >= 0 and site == NOBODY:
        return True  # what it was to go on with is gone
    near = whole(KINDS[made.product].footprint_half) * ONE // 4 + whole(KINDS[u.kind].radius) + TOUCH
    x = whole(u.order_x[0])
    y = whole(u.order_y[0])
    walk(units, game, index, ground, blocked, work, i, x, y, near)
    if distance(u.x, u.y, x, y) > near + TOUCH:
        if u.stuck > GAVE_UP:
            refuse(game, u.player, COULDNT_REACH_TARGET)
            return True
        return False
    if resumes:
        units[site].builder = id_of(units, i)
        u.builds = id_of(units, site)
        u.speed = 0
        return False
    result = _begin(units, game, index, ground, blocked, grids, i, row)
    u.speed = 0
    if result != SUCCESS:
        refuse(game, u.player, result)
        return True
    return bool(u.builds == NOBODY and KINDS[u.kind].is_worker)


@inline
def _is_worked_on(units: Units, i: int) -> bool:
    """Say whether what is not finished grows: an SCV is at it, or it needs none."""
    u = units[i]
    if KINDS[u.kind].race != TERRAN or MADE[u.made_by].deed > BUILD_ON_UNIT:
        return True
    builder = slot_of(units, whole(u.builder))
    return bool(builder != NOBODY and units[builder].builds == id_of(units, i))


@inline
def grow(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let one loop of a structure's building pass."""
    u = units[i]
    if u.made_by < 0 or not _is_worked_on(units, i):
        return
    kind = KINDS[u.kind]
    loops = whole(MADE[u.made_by].loops)
    done = loops - u.build_loops
    u.build_loops -= 1
    most = max_hp_of(game, u)
    u.hp = min(whole(u.hp) + _grown(most, done + 1, loops) - _grown(most, done, loops), most)
    more = _grown(whole(kind.max_shield), done + 1, loops) - _grown(whole(kind.max_shield), done, loops)
    u.shield = min(whole(u.shield) + more, whole(kind.max_shield))
    if u.build_loops > 0:
        return
    u.is_complete = 1
    u.energy = kind.start_energy
    builder = slot_of(units, whole(u.builder))
    u.builder = NOBODY
    if builder == NOBODY or units[builder].builds != id_of(units, i):
        return
    b = units[builder]
    b.builds = NOBODY
    for k in range(1, b.num_orders):
        b.order_ability[k - 1] = b.order_ability[k]
        b.order_target[k - 1] = b.order_target[k]
        b.order_x[k - 1] = b.order_x[k]
        b.order_y[k - 1] = b.order_y[k]
    b.num_orders = max(0, whole(b.num_orders) - 1)
    if b.num_orders == 0 and kind.resource == GAS:
        add_order(units, b, GATHER, id_of(units, i), u.x, u.y, False)
    step_aside(units, game, index, ground, blocked, builder)


@inline
def cancel_building(units: Units, game: Game, blocked: Ground, i: int) -> int:
    """Give up what is not finished, for three quarters of its price; return the ActionResult. A Drone comes back."""
    u = units[i]
    if u.is_complete or u.made_by < 0:
        return CANT_FIND_CANCEL_ORDER
    row = whole(u.made_by)
    refund(game, u.player, row, BUILD_PRICE)
    if KINDS[u.kind].race == ZERG and KINDS[MADE[row].maker].is_worker:
        geyser = slot_of(units, whole(u.parent))
        become(game, blocked, u, whole(MADE[row].maker))
        u.hp = max_hp_of(game, u)
        u.is_complete = 1
        u.made_by = NOBODY
        u.build_loops = 0
        u.resources = 0
        if geyser != NOBODY:
            become(game, blocked, units[geyser], whole(units[geyser].kind))
        u.parent = NOBODY
        return SUCCESS
    u.hp = 0
    u.slot_state = SLOT_DEAD
    game.has_died = 1
    return SUCCESS
