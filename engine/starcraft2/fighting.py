"""Attacks and healing: in range, in front, cool, then the blow (MECHANICS.md section 5).

An attack begins when the target is in range, in front, and the weapon is cool: then the cooldown starts, with its
random part. After the damage point the hits fall; until then any other command calls the attack off. Damage is dealt
at once: how fast missiles fly is in no table here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import cooldown_of_weapon, max_hp_of, range_of
from engine.starcraft2.damage import damage_of, hurt
from engine.starcraft2.geometry import HEADINGS_PER_DIRECTION, Game, Units, draw, id_of, slot_of
from engine.starcraft2.making import has_upgrade
from engine.starcraft2.moving import face
from engine.starcraft2.splash import splash_around
from engine.starcraft2.state import (
    BUFF_ALIGNED,
    BUFF_BLINDED,
    BUFF_SLOWED,
    NOBODY,
    NOT_ATTACKING,
    SLOT_DEAD,
    SWINGING_BACK,
    WINDING_UP,
)
from engine.starcraft2.tables import ATTRIBUTES, KIND_OF, KINDS, NO_SPLASH, NO_WEAPON, ONE, WEAPONS
from engine.starcraft2.targeting import gap_between, is_too_near, weapon_against
from engine.starcraft2.terrain import Ground
from engine.starcraft2.vision import is_visible

Index = NDArray[np.int32]

ALIGNED_BONUS: Final = 6 * ONE
"""What prismatic alignment adds to a Void Ray's hit on armored units (SC2GameData)."""

BLINDED_RANGE: Final = ONE // 10
"""Range in a blinding cloud: the table takes 20 cells off."""

ARMORED: Final = 1 << ATTRIBUTES.index("Armored")
MASSIVE: Final = 1 << ATTRIBUTES.index("Massive")
MARAUDER: Final = int(KIND_OF[51])
CONCUSSIVE_SHELLS: Final = 17
CONCUSSIVE_LOOPS: Final = 24
"""Upgrade id, and how long a hit slows: 1.5 normal seconds (game knowledge, not verified)."""

HEAL_PER_LOOP: Final = 9 * ONE // 16
"""A Medivac heals 9 points per normal second (game knowledge, not verified)."""

ENERGY_PER_LOOP: Final = 3 * ONE // 16
"""For which it pays 3 energy per normal second: one for three points (likewise)."""

HEAL_RANGE: Final = 4 * ONE
"""Edge to edge (abilities.csv, ability 386)."""


@inline
def slow_down(v: Any) -> None:
    """Let concussive shells slow a unit that is not massive."""
    kind = KINDS[v.kind]
    if not kind.attributes & MASSIVE and not kind.is_structure:
        v.buffs[BUFF_SLOWED] = max(whole(v.buffs[BUFF_SLOWED]), whole(CONCUSSIVE_LOOPS))
        v.clocks = 1


@inline
def fire(units: Units, game: Game, index: Index, i: int, j: int) -> None:
    """Let the hits of an attack fall."""
    row = weapon_against(units, i, j)
    if row == NO_WEAPON:
        return
    weapon = WEAPONS[row]
    units[i].fired_frame = game.frame
    if weapon.damage == 0:
        return  # somebody is sent out: `hangar`, `offspring`
    if units[i].kind == MARAUDER and has_upgrade(game, units[i].player, CONCUSSIVE_SHELLS):
        slow_down(units[j])
    if weapon.is_suicide:
        units[i].hp = 0
        units[i].slot_state = SLOT_DEAD
        game.has_died = 1
        return  # the blow is dealt where the dead are looked after
    if weapon.splash != NO_SPLASH:
        splash_around(units, game, index, i, weapon, j)
    amount = damage_of(game, units[i], weapon, KINDS[units[j].kind])
    if units[i].buffs[BUFF_ALIGNED] > 0 and KINDS[units[j].kind].attributes & ARMORED:
        amount += ALIGNED_BONUS
    hurt(units, game, index, j, amount, whole(weapon.attacks), i)


@inline
def call_off(u: Any) -> None:
    """End an attack; if its hits have not fallen, the weapon is cool again."""
    if u.phase == WINDING_UP:
        u.cooldown = 0
    u.phase = NOT_ATTACKING
    u.aim = NOBODY


@inline
def attack(units: Units, game: Game, index: Index, ground: Ground, i: int, j: int) -> bool:
    """Attack a unit if it is in range; say whether the attacker has to stand for it.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        i: whose slot.
        j: the target's.
    """
    u = units[i]
    row = weapon_against(units, i, j)
    if row == NO_WEAPON:
        return False
    weapon = WEAPONS[row]
    gap = gap_between(units, i, j)
    aim = id_of(units, j)
    if u.phase != NOT_ATTACKING and u.aim != aim:
        call_off(u)
    if u.phase == WINDING_UP:
        face(u, units[j].x, units[j].y)
        u.phase_timer -= ONE
        if u.phase_timer <= 0:
            if gap <= range_of(game, u, weapon) + weapon.slop:
                fire(units, game, index, i, j)
                u.phase = SWINGING_BACK
                u.phase_timer = weapon.backswing
            else:
                call_off(u)
        return True
    reach = whole(BLINDED_RANGE) if u.buffs[BUFF_BLINDED] > 0 else range_of(game, u, weapon)
    is_in_range = gap <= reach and not is_too_near(weapon, gap)
    if u.phase == SWINGING_BACK:
        u.phase_timer -= ONE
        if u.phase_timer <= 0:
            u.phase = NOT_ATTACKING
            u.aim = NOBODY
        elif not is_in_range:
            return True
    if not is_in_range:
        return False
    away = face(u, units[j].x, units[j].y)
    if u.cooldown > 0 or away > weapon.arc + HEADINGS_PER_DIRECTION:
        return True
    if not is_visible(units, game, index, ground, j, u.player):
        return False
    u.cooldown = cooldown_of_weapon(game, u, weapon) + draw(game, weapon.random_low, weapon.random_high)
    u.aim = aim
    u.phase = WINDING_UP
    u.phase_timer = weapon.damage_point
    if u.phase_timer <= 0:
        fire(units, game, index, i, j)
        u.phase = SWINGING_BACK
        u.phase_timer = weapon.backswing
    return True


@inline
def heal(units: Units, game: Game, i: int, j: int) -> bool:
    """Heal a unit if it is in range and there is energy; say whether the healer has to stay for it."""
    if gap_between(units, i, j) > HEAL_RANGE:
        return False
    u = units[i]
    v = units[j]
    face(u, v.x, v.y)
    if u.energy >= ENERGY_PER_LOOP:
        u.energy -= ENERGY_PER_LOOP
        v.hp = min(whole(v.hp) + HEAL_PER_LOOP, max_hp_of(game, v))
        v.is_healed = game.frame
    return True


@inline
def target_of(units: Units, u: Any) -> int:
    """Return the slot of the unit that a unit found to attack, NOBODY if that one is gone."""
    return slot_of(units, whole(u.target))
