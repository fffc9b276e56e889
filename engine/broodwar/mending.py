"""Repair by workers and shields from batteries.

A repair goes as fast as the building of the thing did, and costs about a third of its price, a mineral (and gas in
proportion) at a time. A battery gives up to five points of shield per frame for one point of energy per two. Source:
MECHANICS.md 7.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, order_done, stop_moving
from engine.broodwar.rules_table import RACES, UNIT_TYPE_NAMES
from engine.broodwar.state import IMMOVABLE, ORDER_RECHARGE_SHIELDS_UNIT
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import are_enemies, box_distance
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record

REPAIR_PX: Final = 5
BATTERY_PX: Final = 128
SHIELD_256: Final = 5 << 8
BATTERY: Final = UNIT_TYPE_NAMES.index("Protoss_Shield_Battery")
SCV: Final = UNIT_TYPE_NAMES.index("Terran_SCV")
TERRAN: Final = RACES.index("Terran")


@inline
def may_repair(units: Units, i: int, j: int) -> bool:
    """Say whether worker `i` could mend unit `j`, wherever it is."""
    if j < 0 or i == j or units[i].type != SCV:
        return False
    v = units[j]
    t = UNIT_TYPES[v.type]
    if not (t.mechanical or t.building) or t.race != TERRAN or not v.is_complete:
        return False
    return not are_enemies(units, i, j) and 0 < v.hp_256 < t.max_hp << 8 and v.stasis_timer == 0


@inline
def _repair_rate_256(kind: int) -> int:
    """Return the hit points, 1/256, that one frame of work gives a unit type."""
    t = UNIT_TYPES[kind]
    frames = max(whole(t.build_time_frames), 1)
    full = whole(t.max_hp) << 8
    return max((full - full // 10 + frames - 1) // frames, 1)


@inline
def _repair(units: Units, game: Game, i: int) -> None:
    u = units[i]
    target = whole(u.order_target)
    if not may_repair(units, i, target):
        stop_moving(u, game)
        order_done(units, game, i)
        return
    v = units[target]
    u.look_x = v.x
    u.look_y = v.y
    if box_distance(units, i, target) > REPAIR_PX:
        if is_at_goal(u) and u.status & IMMOVABLE and u.order_state == 1:
            order_done(units, game, i)
        elif u.order_state == 0 or u.move_target_timer == 0:
            approach(units, i, target)
            u.order_state = 1
        return
    stop_moving(u, game)
    t = UNIT_TYPES[v.type]
    full = whole(t.max_hp) << 8
    rate = _repair_rate_256(whole(v.type))
    # A full repair takes full / rate frames and costs a third of the price: one mineral per so many frames.
    if u.main_timer == 0 and t.mineral_price > 0:
        gas = (whole(t.gas_price) + t.mineral_price - 1) // t.mineral_price
        if game.minerals[u.player] < 1 or game.gas[u.player] < gas:
            order_done(units, game, i)
            return
        game.minerals[u.player] -= 1
        game.gas[u.player] -= gas
        u.main_timer = max(full * 3 // (rate * t.mineral_price), 1)
    v.hp_256 = min(v.hp_256 + rate, full)


@inline
def may_recharge(units: Units, i: int, j: int) -> bool:
    """Say whether battery `j` could fill the shield of unit `i`, wherever both are."""
    if j < 0 or units[j].type != BATTERY or not units[j].is_complete or units[i].player != units[j].player:
        return False
    t = UNIT_TYPES[units[i].type]
    return not t.building and t.max_shield > 0 and units[i].shield_256 < t.max_shield << 8


@inline
def _recharge(units: Units, game: Game, i: int) -> None:
    u = units[i]
    j = whole(u.order_target)
    if not may_recharge(units, i, j) or units[j].energy_256 == 0:
        order_done(units, game, i)
        return
    if box_distance(units, i, j) > BATTERY_PX:
        if is_at_goal(u) and u.status & IMMOVABLE and u.order_state == 1:
            order_done(units, game, i)
        elif u.order_state == 0 or u.move_target_timer == 0:
            approach(units, i, j)
            u.order_state = 1
        return
    stop_moving(u, game)
    gain = min(SHIELD_256, (UNIT_TYPES[u.type].max_shield << 8) - u.shield_256, units[j].energy_256 * 2)
    u.shield_256 += gain
    units[j].energy_256 -= (gain + 1) // 2


@inline
def run_mending(units: Units, game: Game, i: int) -> None:
    """Run Repair, MoveToRepair or RechargeShieldsUnit of unit `i`, in every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        i: the unit.
    """
    if units[i].order == ORDER_RECHARGE_SHIELDS_UNIT:
        _recharge(units, game, i)
    else:
        _repair(units, game, i)
