"""Medics: they look for the wounded about them, walk up and mend a little in every frame.

Source: MECHANICS.md 7.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, go_to, order_done, queue_first, set_order, stop_moving
from engine.broodwar.state import (
    HALLUCINATION,
    IMMOVABLE,
    NO_SLOT,
    ORDER_HEAL_MOVE,
    ORDER_MEDIC,
    ORDER_MEDIC_HEAL,
    ORDER_MEDIC_HOLD_POSITION,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import are_enemies, box_distance
from engine.core.fixed import length
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

HEAL_256: Final = 200
"""Hit points per frame; they cost half as much energy."""

HEAL_PX: Final = 30
SEARCH_PX: Final = 160
SCAN_FRAMES: Final = 15


@inline
def may_heal(units: Units, game: Game, i: int, j: int) -> bool:
    """Say whether medic `i` could mend unit `j`, wherever it is."""
    if j < 0 or j == i or units[i].status & HALLUCINATION:
        return False
    v = units[j]
    t = UNIT_TYPES[v.type]
    if not t.organic or t.building or v.flies or v.hp_256 == 0 or v.hp_256 >= t.max_hp << 8:
        return False
    return not v.stasis_timer and not are_enemies(units, i, j) and v.player < 8


@inline
def _find_wounded(units: Units, game: Game, index: Index, i: int, reach: int) -> int:
    """Return the nearest own unit within reach that medic `i` can mend and nobody is mending; NO_SLOT for none."""
    u = units[i]
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    x0 = u.x - SEARCH_PX
    y0 = u.y - SEARCH_PX
    begin = first_at_least(index, base, count, x0)
    at = begin
    best = NO_SLOT
    best_distance = 0
    while at < count and index[base + at] < u.x + SEARCH_PX:
        j = in_window(units, index, n, at, begin, x0, y0, u.x + SEARCH_PX, u.y + SEARCH_PX)
        at += 1
        if j < 0 or units[j].player != u.player or not may_heal(units, game, i, j):
            continue
        if units[j].healed_frame >= game.frame - 1 or box_distance(units, i, j) > reach:
            continue
        distance = length(units[j].x - u.x, units[j].y - u.y)
        if best < 0 or distance < best_distance:
            best = j
            best_distance = distance
    return best


@inline
def _mend(units: Units, game: Game, i: int, j: int) -> None:
    u = units[i]
    v = units[j]
    full = UNIT_TYPES[v.type].max_hp << 8
    gain = min(HEAL_256, full - v.hp_256, u.energy_256 * 2)
    if v.healed_frame == game.frame or gain <= 0:
        return
    v.healed_frame = game.frame
    v.hp_256 += gain
    u.energy_256 -= (gain + 1) // 2


@inline
def _heal(units: Units, game: Game, i: int) -> None:
    u = units[i]
    target = u.order_target
    if not may_heal(units, game, i, target) or u.energy_256 < 2:
        stop_moving(u, game)
        order_done(units, game, i)
        return
    u.look_x = units[target].x
    u.look_y = units[target].y
    if box_distance(units, i, target) <= HEAL_PX:
        stop_moving(u, game)
        _mend(units, game, i, target)
    elif is_at_goal(u) and u.status & IMMOVABLE:
        stop_moving(u, game)
        order_done(units, game, i)
    elif u.move_target_timer == 0 or u.order_state == 0:
        approach(units, i, target)
        u.order_state = 1


@inline
def run_medic(units: Units, game: Game, index: Index, i: int) -> None:
    """Run an order of medic `i`, in every frame: Medic (idle), MedicHeal, HealMove, MedicHoldPosition.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the medic.
    """
    u = units[i]
    order = u.order
    if order == ORDER_MEDIC_HEAL:
        _heal(units, game, i)
        return
    if order == ORDER_HEAL_MOVE and u.order_state == 0:
        go_to(u, game, u.order_x, u.order_y)
        u.order_state = 1
    elif order == ORDER_MEDIC_HOLD_POSITION and u.order_state == 0:
        stop_moving(u, game)
        u.order_state = 1
    if order == ORDER_HEAL_MOVE and is_at_goal(u):
        order_done(units, game, i)
        return
    if u.main_timer != 0 and order != ORDER_MEDIC_HOLD_POSITION:
        return
    u.main_timer = SCAN_FRAMES
    reach = HEAL_PX if order == ORDER_MEDIC_HOLD_POSITION else SEARCH_PX
    wounded = _find_wounded(units, game, index, i, reach)
    if wounded < 0 or u.energy_256 < 2:
        return
    if order == ORDER_MEDIC:
        set_order(units, game, i, ORDER_MEDIC_HEAL, wounded, 0, 0)
    elif order == ORDER_HEAL_MOVE:
        queue_first(u, ORDER_HEAL_MOVE, NO_SLOT, u.order_x, u.order_y)
        queue_first(u, ORDER_MEDIC_HEAL, wounded, units[wounded].x, units[wounded].y)
        order_done(units, game, i)
    else:
        _mend(units, game, i, wounded)
