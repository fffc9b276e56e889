"""What units do, loop by loop: about the order that comes first, or by themselves where they have none."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import end_order
from engine.starcraft2.boosts import range_of
from engine.starcraft2.construction import run_building
from engine.starcraft2.fighting import attack, call_off, heal, target_of
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.making import NO_ROW, row_of
from engine.starcraft2.mining import run_gather, run_return
from engine.starcraft2.morphing import run_morph
from engine.starcraft2.moving import walk
from engine.starcraft2.orders import BATTLE_ABILITIES, CARRYING, HEAL, HOLD_POSITION, PATROL, REPAIR, SCAN_MOVE
from engine.starcraft2.protoss import ARCHON_WARP, run_merge
from engine.starcraft2.queues import is_becoming
from engine.starcraft2.repairing import run_repair
from engine.starcraft2.spells import NO_SPELL, run_cast, spell_of
from engine.starcraft2.state import ATTACK, GATHER, MAX_ORDERS, MOVE, NOBODY, NOT_ATTACKING, RETURN_CARGO
from engine.starcraft2.tables import BUILD, BUILD_ON_UNIT, KINDS, MADE, NO_WEAPON, ONE, WEAPONS
from engine.starcraft2.targeting import can_heal, find_target, find_wounded, gap_between, is_enemy, weapon_against
from engine.starcraft2.terrain import Grids, Ground, Work
from engine.starcraft2.transports import ENTER, LOAD, run_enter, run_load, run_unload
from engine.starcraft2.vision import is_visible

Index = NDArray[np.int32]
Effects = NDArray[np.void]

RELOOK_LOOPS: Final = 4
"""How often a unit that chases its own find looks for somebody in range."""

GAVE_UP: Final = 24
"""A unit that came no nearer for so long is as near as it gets."""

CROWD: Final = 3 * ONE
"""If that near to where it should go."""

NEAR_ENOUGH: Final = ONE // 16


@inline
def _chase(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int, j: int) -> None:
    """Attack a unit, or go where it can be attacked."""
    if attack(units, game, index, ground, i, j):
        units[i].speed = 0
        return
    u = units[i]
    v = units[j]
    row = weapon_against(units, i, j)
    reach = max(0, range_of(game, u, WEAPONS[row]) + KINDS[u.kind].radius + KINDS[v.kind].radius - ONE // 32)
    walk(units, game, index, ground, blocked, work, i, v.x, v.y, reach)


@inline
def _look(units: Units, game: Game, index: Index, ground: Ground, i: int) -> int:
    """Return the slot of whom a unit attacks by itself now: its last find, or a better one."""
    u = units[i]
    j = target_of(units, u)
    row = weapon_against(units, i, j) if j != NOBODY else whole(NO_WEAPON)
    if row == NO_WEAPON or not is_enemy(units, i, j):
        j = NOBODY  # or it has taken off, or landed, or changed sides since it was found
    if j != NOBODY:
        if u.phase != NOT_ATTACKING or (whole(game.frame) + i) % RELOOK_LOOPS != 0:
            return j
        if gap_between(units, i, j) <= range_of(game, u, WEAPONS[row]):
            return j
        other = find_target(units, game, index, ground, i, -1)
        if other != NOBODY:
            j = other
        elif not is_visible(units, game, index, ground, j, u.player):
            j = NOBODY
    else:
        j = find_target(units, game, index, ground, i, -1)
    u.target = id_of(units, j) if j != NOBODY else NOBODY
    return j


@inline
def _care(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Let a healer look after the nearest wounded; say whether there is one."""
    u = units[i]
    j = target_of(units, u)
    if j == NOBODY or not can_heal(units, game, i, j):
        j = find_wounded(units, game, index, i)
        u.target = id_of(units, j) if j != NOBODY else NOBODY
    if j == NOBODY or u.energy < ONE:
        return False
    if not heal(units, game, i, j):
        walk(units, game, index, ground, blocked, work, i, units[j].x, units[j].y, 0)
    return True


@inline
def _run_making(
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
    """Do one loop of an order to build or to become something; say whether it is over."""
    if MADE[row].deed in (BUILD, BUILD_ON_UNIT):
        return run_building(units, game, index, ground, blocked, grids, work, i, row)
    return run_morph(units, game, index, ground, blocked, grids, work, i, row)


@inline
def _run_carrying(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int, ability: int
) -> bool:
    """Do one loop of an order about passengers; say whether it is over."""
    if ability == ENTER:
        return run_enter(units, game, index, ground, blocked, work, i)
    if ability == LOAD:
        return run_load(units, game, index, ground, blocked, work, i)
    return run_unload(units, game, index, ground, blocked, work, i)


@inline
def run_orders(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: Effects,
    work: Work,
    i: int,
) -> None:
    """Let a unit do one loop of what it was told, or of what it does by itself."""
    u = units[i]
    kind = KINDS[u.kind]
    if not u.is_complete or (u.num_in_queue > 0 and is_becoming(u)):
        return
    if u.num_orders == 0:
        if kind.heals:
            if not u.is_passive:
                _care(units, game, index, ground, blocked, work, i)
            return
        if u.is_passive or kind.is_worker:
            if u.phase != NOT_ATTACKING:
                call_off(u)
            return
        j = _look(units, game, index, ground, i)
        if j != NOBODY:
            _chase(units, game, index, ground, blocked, work, i, j)
        elif u.phase != NOT_ATTACKING:
            call_off(u)
        return
    ability = whole(u.order_ability[0])
    if kind.num_made > 0 and ability not in BATTLE_ABILITIES:
        row = row_of(units, game, index, i, ability)
        if row != NO_ROW:
            if _run_making(units, game, index, ground, blocked, grids, work, i, row):
                end_order(u)
            return
    target = slot_of(units, whole(u.order_target[0]))
    if u.order_target[0] >= 0 and ability != GATHER and ability != REPAIR:
        if target == NOBODY:
            call_off(u)
            end_order(u)
            return
        if ability in (MOVE, PATROL) or is_visible(units, game, index, ground, target, u.player):
            u.order_x[0] = units[target].x
            u.order_y[0] = units[target].y
        else:
            target = NOBODY  # out of sight: it goes where it saw it last
    if ability == GATHER:
        if run_gather(units, game, index, ground, blocked, work, i):
            end_order(u)
        return
    if ability == RETURN_CARGO:
        if run_return(units, game, index, ground, blocked, work, i):
            end_order(u)
        return
    if ability == REPAIR:
        if run_repair(units, game, index, ground, blocked, work, i):
            end_order(u)
        return
    if ability in CARRYING:
        if _run_carrying(units, game, index, ground, blocked, work, i, ability):
            end_order(u)
        return
    if ability == ARCHON_WARP:
        if run_merge(units, game, index, ground, blocked, work, i):
            end_order(u)
        return
    spell = spell_of(u.kind, ability) if ability not in BATTLE_ABILITIES else NO_SPELL
    if spell != NO_SPELL:
        if run_cast(units, game, index, ground, blocked, grids, effects, work, i, spell):
            end_order(u)
        return
    if ability == HOLD_POSITION:
        j = NOBODY
        if not u.is_passive:
            j = target_of(units, u)
            if j == NOBODY or u.phase == NOT_ATTACKING:
                reach = max(_reach(game, u, kind.ground_weapon), _reach(game, u, kind.air_weapon))
                j = find_target(units, game, index, ground, i, reach)
            u.target = id_of(units, j) if j != NOBODY else NOBODY
        if j == NOBODY or not attack(units, game, index, ground, i, j):
            call_off(u)
        return
    if ability == HEAL:
        if target == NOBODY or not can_heal(units, game, i, target):
            end_order(u)
        elif not heal(units, game, i, target):
            walk(units, game, index, ground, blocked, work, i, u.order_x[0], u.order_y[0], 0)
        return
    if ability == ATTACK and target != NOBODY:
        if weapon_against(units, i, target) == NO_WEAPON:  # it has taken off, or landed
            call_off(u)
            end_order(u)
            return
        _chase(units, game, index, ground, blocked, work, i, target)
        return
    if ability in (ATTACK, SCAN_MOVE, PATROL):
        if kind.heals:
            if _care(units, game, index, ground, blocked, work, i):
                return
        else:
            j = _look(units, game, index, ground, i)
            if j != NOBODY:
                _chase(units, game, index, ground, blocked, work, i, j)
                return
        if u.phase != NOT_ATTACKING:
            call_off(u)
    near = whole(NEAR_ENOUGH)
    if ability == MOVE and target != NOBODY:
        near = whole(kind.radius) + KINDS[units[target].kind].radius + ONE // 4
    is_there = walk(units, game, index, ground, blocked, work, i, u.order_x[0], u.order_y[0], near)
    if not is_there and u.stuck > GAVE_UP:
        dx = whole(u.order_x[0]) - u.x
        dy = whole(u.order_y[0]) - u.y
        is_there = dx * dx + dy * dy <= CROWD * CROWD
    if is_there and not (ability == MOVE and target != NOBODY):
        if ability == PATROL and u.num_orders < MAX_ORDERS:
            at = whole(u.num_orders)
            u.order_ability[at] = PATROL
            u.order_target[at] = NOBODY
            u.order_x[at] = u.x
            u.order_y[at] = u.y
            u.num_orders = at + 1
        end_order(u)


@inline
def _reach(game: Game, u: Any, row: int) -> int:
    """Return how far a unit reaches with a weapon (row of WEAPONS), -1 without one."""
    return range_of(game, u, WEAPONS[row]) if row != NO_WEAPON else whole(-1)
