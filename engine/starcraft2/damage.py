"""What a hit is worth and what it takes: bonus, upgrades, armor, shields, guardian shields (MECHANICS.md section 5)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import BOOSTS, bonus_of, is_boosted
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.state import BUFF_GUARDED, NUM_PLAYERS, SLOT_DEAD
from engine.starcraft2.tables import ATTRIBUTES, KINDS, NO_WEAPON, ONE, PROTOSS_SHIELDS, WEAPONS
from engine.starcraft2.targeting import call_for_help, weapon_against

Index = NDArray[np.int32]

MELEE_RANGE: Final = ONE // 2
"""Weapons that reach no farther are melee; a guardian shield does not soften them. No source."""

SHIELD_SOFTENS: Final = 2 * ONE
"""What a guardian shield takes off a ranged hit (SC2GameData)."""

LEAST_DAMAGE: Final = ONE // 2
"""A hit takes at least half a point."""

STRUCTURE: Final = 1 << ATTRIBUTES.index("Structure")
BANELING_AGAINST_STRUCTURES: Final = 80 * ONE
"""Game knowledge, not verified."""


@inline
def level_of(game: Game, player: int, raised: int) -> int:
    """Return the level to which a player's upgrades have raised a class of weapons or armor."""
    return whole(game.levels[player, raised]) if 0 <= player < NUM_PLAYERS else whole(0)


@inline
def armor_of(game: Game, v: Any) -> int:
    """Return a unit's armor with its player's upgrades, 1/4096 point."""
    kind = KINDS[v.kind]
    armor = whole(kind.armor) + level_of(game, v.player, kind.armor_class) * ONE
    if BOOSTS[v.kind].armor > 0 and is_boosted(game, v.player, v.kind):
        armor += BOOSTS[v.kind].armor
    return armor


@inline
def _softened(units: Units, j: int, amount: int, by: int) -> int:
    """Return what a hit is worth on a unit under a guardian shield, or if one of both is a hallucination."""
    v = units[j]
    amount = whole(amount)
    if v.is_hallucination:
        amount *= 2
    if by < 0:
        return amount
    if units[by].is_hallucination:
        return whole(0)
    row = weapon_against(units, by, j)
    if v.buffs[BUFF_GUARDED] > 0 and row != NO_WEAPON and WEAPONS[row].range > MELEE_RANGE:
        amount = max(amount - SHIELD_SOFTENS, whole(LEAST_DAMAGE))
    return amount


@inline
def hurt(units: Units, game: Game, index: Index, j: int, amount: int, hits: int, by: int) -> None:
    """Take a number of equal hits off a unit: shields first, what they let through less the armor.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        j: whose slot.
        amount: 1/4096 point per hit, bonus included.
        hits: how many.
        by: the attacker's slot, NOBODY for none.
    """
    v = units[j]
    kind = KINDS[v.kind]
    armor = armor_of(game, v)
    amount = _softened(units, j, amount, by)
    for _ in range(hits):
        left = whole(amount)
        if v.shield > 0:
            taken = max(left - level_of(game, v.player, PROTOSS_SHIELDS) * ONE, LEAST_DAMAGE) if amount > 0 else 0
            if taken <= v.shield:
                v.shield -= taken
                continue
            left = taken - v.shield
            v.shield = 0
        v.hp -= max(left - armor, LEAST_DAMAGE) if amount > 0 else 0
    v.shield_wait = kind.shield_delay
    v.hit_frame = game.frame
    if v.hp <= 0:
        v.hp = 0
        v.slot_state = SLOT_DEAD
        game.has_died = 1
    else:
        call_for_help(units, game, index, j, by)


@inline
def damage_of(game: Game, u: Any, weapon: Any, kind: Any) -> int:
    """Return a hit's damage on a type before armor, with the upgrades of the attacker's player, 1/4096 point."""
    level = level_of(game, u.player, weapon.raised_by)
    amount = whole(weapon.damage) + level * whole(weapon.damage_per_level)
    if weapon.bonus_against & kind.attributes:
        amount += whole(weapon.bonus) + level * whole(weapon.bonus_per_level)
    amount += bonus_of(game, u, kind)
    if weapon.is_suicide and kind.attributes & STRUCTURE:
        amount = whole(BANELING_AGAINST_STRUCTURES)
    return amount
