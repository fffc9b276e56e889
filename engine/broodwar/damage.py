"""Damage: shields, armour, size, and what a hit makes the victim and its neighbours do.

All amounts are 1/256 points. Source: MECHANICS.md 5 ("being hit") and 6.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.order_queue import kill, set_order
from engine.broodwar.state import HALLUCINATION, NO_SLOT, ORDER_MOVE
from engine.broodwar.tables import DAMAGE_FACTORS_256, IGNORES_ARMOR, ORDER_TYPES, UNIT_TYPES, WEAPON_TYPES
from engine.broodwar.targeting import are_enemies, can_attack, in_moving_range
from engine.broodwar.upgraded import armor_of, shield_armor_of, weapon_level
from engine.core.fixed import along_x, along_y, direction_to, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

MIN_DAMAGE_256: Final = 128
ALARM_PX: Final = 96
"""Own units within this half-width of a victim's centre notice its attacker."""

FLEE_PX: Final = 192

HALLUCINATION_FACTOR: Final = 2


@inline
def _should_turn_on(units: Units, game: Game, i: int, attacker: int) -> bool:
    """Say whether unit `i` should remember `attacker` instead of its present auto target."""
    old = units[i].auto_target
    if old == attacker or not are_enemies(units, i, attacker):
        return False
    if old < 0 or not can_attack(units, i, old) or not are_enemies(units, i, old):
        return True
    return in_moving_range(units, game, i, attacker) and not in_moving_range(units, game, i, old)


@inline
def _flee(units: Units, game: Game, i: int, attacker: int) -> None:
    u = units[i]
    away = direction_to(u.x - units[attacker].x, u.y - units[attacker].y)
    x = u.x + (along_x(away, FLEE_PX << 8) >> 8)
    y = u.y + (along_y(away, FLEE_PX << 8) >> 8)
    x = min(max(x, 0), game.width_px - 1)
    y = min(max(y, 0), game.height_px - 1)
    set_order(units, game, i, ORDER_MOVE, NO_SLOT, x, y)


@inline
def react_to_hit(units: Units, game: Game, index: Index, i: int, attacker: int) -> None:
    """Let unit `i` and its comrades nearby notice who hit it.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the victim.
        attacker: slot of the attacker, NO_SLOT if it is gone.
    """
    if attacker < 0 or units[attacker].player == units[i].player:
        return
    u = units[i]
    t = UNIT_TYPES[u.type]
    if _should_turn_on(units, game, i, attacker):
        if t.building or (not t.worker and can_attack(units, i, attacker)):
            u.auto_target = attacker
        elif ORDER_TYPES[u.order].flees_when_hit and t.can_move:
            _flee(units, game, i, attacker)
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    x0 = u.x - ALARM_PX
    x1 = u.x + ALARM_PX
    begin = first_at_least(index, base, count, x0)
    at = begin
    while at < count and index[base + at] < x1:
        j = in_window(units, index, n, at, begin, x0, u.y - ALARM_PX, x1, u.y + ALARM_PX)
        at += 1
        if j < 0 or j == i or units[j].player != u.player:
            continue
        s = UNIT_TYPES[units[j].type]
        if not s.worker and s.can_attack and _should_turn_on(units, game, j, attacker):
            units[j].auto_target = attacker


@inline
def damage_of(game: Game, player: int, weapon: int) -> int:
    """Return the full damage of a player's weapon at the level of its upgrade, 1/256 points."""
    w = WEAPON_TYPES[weapon]
    return (whole(w.damage_amount) + whole(w.damage_per_upgrade) * weapon_level(game, player, weapon)) << 8


@inline
def _under_spells(u: Any, damage: int) -> int:
    """Return what spells on its victim make of a hit; negative if it does nothing at all."""
    if u.stasis_timer > 0:
        return -1
    if u.status & HALLUCINATION:
        damage *= HALLUCINATION_FACTOR
    return damage + (whole(u.num_spores) << 8)


@inline
def deal_damage(
    units: Units, game: Game, index: Index, i: int, weapon: int, damage_256: int, divisor: int, attacker: int
) -> None:
    """Hit unit `i`: shields first and whole, then armour and size factor on the rest. Hallucinations hurt nobody.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the victim.
        weapon: weapon type id.
        damage_256: before any reduction.
        divisor: of splash or bounce.
        attacker: slot of the attacker, NO_SLOT if it is gone.
    """
    u = units[i]
    t = UNIT_TYPES[u.type]
    w = WEAPON_TYPES[weapon]
    if u.hp_256 == 0 or t.invincible:
        return
    if attacker >= 0 and units[attacker].status & HALLUCINATION:
        react_to_hit(units, game, index, i, attacker)
        return
    damage = damage_256 // divisor
    if u.is_afflicted or u.status & HALLUCINATION:
        damage = _under_spells(u, damage)
        if damage < 0:
            return
    damage = max(damage, MIN_DAMAGE_256)
    absorbed = 0
    if u.matrix_256 > 0:
        taken = min(damage, u.matrix_256)
        u.matrix_256 -= taken
        damage -= taken
        if damage == 0:
            react_to_hit(units, game, index, i, attacker)
            u.hit_frame = game.frame
            return
    if t.max_shield > 0 and u.shield_256 >= 256:
        if w.damage_type != IGNORES_ARMOR:
            damage = max(damage - (shield_armor_of(u, game) << 8), MIN_DAMAGE_256)
        absorbed = min(damage, u.shield_256)
        damage -= absorbed
    if w.damage_type != IGNORES_ARMOR:
        damage = max(damage - (armor_of(u, game) << 8), 0)
    damage = damage * DAMAGE_FACTORS_256[w.damage_type, t["size"]] >> 8
    if absorbed == 0 and damage < MIN_DAMAGE_256:
        damage = MIN_DAMAGE_256
    react_to_hit(units, game, index, i, attacker)
    u.hit_frame = game.frame
    if damage < u.hp_256:
        u.hp_256 -= damage
    else:
        u.hp_256 = 0
        kill(units, game, i)
    u.shield_256 -= absorbed
