"""Attacks, damage, splash, healing, death (MECHANICS.md section 5).

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
from engine.starcraft2.creep import give_up
from engine.starcraft2.creep_table import CREEP_OF, NO_CREEP
from engine.starcraft2.geometry import (
    HEADINGS_PER_DIRECTION,
    Game,
    Units,
    distance,
    draw,
    heading_to,
    id_of,
    root,
    slot_of,
    turn_left,
)
from engine.starcraft2.leaving import keep_geyser, let_go
from engine.starcraft2.making import has_upgrade
from engine.starcraft2.moving import face
from engine.starcraft2.state import (
    BUFF_ALIGNED,
    BUFF_BLINDED,
    BUFF_GUARDED,
    BUFF_SLOWED,
    GRID_CREEP,
    GRID_CREEP_CLOCK,
    NEUTRAL_PLAYER,
    NOBODY,
    NOT_ATTACKING,
    NUM_PLAYERS,
    SLOT_ALIVE,
    SLOT_DEAD,
    SLOT_FREE,
    SLOT_INSIDE,
    SWINGING_BACK,
    WINDING_UP,
)
from engine.starcraft2.tables import (
    AIR_CIRCLE,
    ATTRIBUTES,
    BEAM,
    BOUNCE,
    CIRCLE,
    CONE,
    KIND_OF,
    KINDS,
    LINE,
    NO_RESOURCE,
    NO_SPLASH,
    NO_WEAPON,
    ONE,
    PROTOSS_SHIELDS,
    SPLASHES,
    WEAPONS,
)
from engine.starcraft2.targeting import call_for_help, gap_between, is_too_near, weapon_against
from engine.starcraft2.terrain import Grids, Ground, cover
from engine.starcraft2.vision import is_visible

Index = NDArray[np.int32]

MELEE_RANGE: Final = ONE // 2
"""Weapons that reach no farther are melee; a guardian shield does not soften them. No source."""

SHIELD_SOFTENS: Final = 2 * ONE
"""What a guardian shield takes off a ranged hit (SC2GameData)."""

ALIGNED_BONUS: Final = 6 * ONE
"""What prismatic alignment adds to a Void Ray's hit on armored units (likewise)."""

BLINDED_RANGE: Final = ONE // 10
"""Range in a blinding cloud: the table takes 20 cells off."""

MARAUDER: Final = int(KIND_OF[51])
MASSIVE: Final = 1 << ATTRIBUTES.index("Massive")
CONCUSSIVE_SHELLS: Final = 17
CONCUSSIVE_LOOPS: Final = 24
"""Upgrade id, and how long a hit slows: 1.5 normal seconds (game knowledge, not verified)."""

LEAST_DAMAGE: Final = ONE // 2
"""A hit takes at least half a point."""

HEAL_PER_LOOP: Final = 9 * ONE // 16
"""A Medivac heals 9 points per normal second (game knowledge, not verified)."""

ENERGY_PER_LOOP: Final = 3 * ONE // 16
"""For which it pays 3 energy per normal second: one for three points (likewise)."""

HEAL_RANGE: Final = 4 * ONE
"""Edge to edge (abilities.csv, ability 386)."""

BURNS: Final = 3
"""Terran structures with less than a third of their life burn (MECHANICS.md section 5)."""

BURN_PER_LOOP: Final = 3 * ONE // 16

ARMORED: Final = 1 << ATTRIBUTES.index("Armored")
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
    return whole(kind.armor) + level_of(game, v.player, kind.armor_class) * ONE


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
def damage_of(game: Game, player: int, weapon: Any, kind: Any) -> int:
    """Return a hit's damage on a type before armor, with the attacking player's upgrades, 1/4096 point."""
    level = level_of(game, player, weapon.raised_by)
    amount = whole(weapon.damage) + level * whole(weapon.damage_per_level)
    if weapon.bonus_against & kind.attributes:
        amount += whole(weapon.bonus) + level * whole(weapon.bonus_per_level)
    if weapon.is_suicide and kind.attributes & STRUCTURE:
        amount = whole(BANELING_AGAINST_STRUCTURES)
    return amount


@inline
def _share(splash: Any, gap: int) -> int:
    """Return what part of the damage falls at a distance from the middle, percent."""
    for ring in range(3):
        if gap <= splash.reach[ring]:
            return whole(splash.percent[ring])
    return 0


@inline
def _share_of(units: Units, splash: Any, i: int, at_x: int, at_y: int, j: int, to_x: int, to_y: int) -> int:
    """Return what part of a blow's damage a bystander takes, percent.

    Args:
        units: of the game.
        splash: the weapon's row.
        i: the attacker's slot.
        at_x: where the blow falls.
        at_y: likewise.
        j: the bystander's slot.
        to_x: the blow's direction, from attacker to target.
        to_y: likewise.
    """
    v = units[j]
    radius = whole(KINDS[v.kind].radius)
    shape = splash.form
    if shape in (CIRCLE, AIR_CIRCLE):
        return _share(splash, distance(at_x, at_y, v.x, v.y) - radius)
    long = max(1, root(to_x * to_x + to_y * to_y))
    from_target = shape == LINE
    dx = whole(v.x) - (at_x if from_target else units[i].x)
    dy = whole(v.y) - (at_y if from_target else units[i].y)
    along = (dx * to_x + dy * to_y) // long
    across = abs(dx * to_y - dy * to_x) // long
    if shape == LINE:  # across the blow
        is_hit = across <= splash.reach[0] + radius and abs(along) <= splash.reach[1] + radius
        return whole(splash.percent[0]) if is_hit else 0
    if shape == BEAM:
        is_hit = 0 <= along <= splash.reach[0] + radius and across <= splash.reach[1] + radius
        return whole(splash.percent[0]) if is_hit else 0
    if shape == CONE:
        reach = whole(splash.reach[0]) + radius + KINDS[units[i].kind].radius
        if dx * dx + dy * dy > reach * reach:
            return 0
        away = turn_left(heading_to(to_x, to_y), heading_to(dx, dy))
        return whole(splash.percent[0]) if away <= splash.reach[1] else 0
    return 0


@inline
def splash_around(units: Units, game: Game, index: Index, i: int, weapon: Any, middle: int) -> None:
    """Hit everybody whom a blow reaches besides its target.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        i: the attacker's slot.
        weapon: its row.
        middle: the target's slot; the attacker's own where it blows itself up.
    """
    splash = SPLASHES[weapon.splash]
    u = units[i]
    at_x = whole(units[middle].x)
    at_y = whole(units[middle].y)
    to_x = at_x - u.x
    to_y = at_y - u.y
    in_air = bool(KINDS[units[middle].kind].is_flyer)
    bounces = splash.form == BOUNCE
    left = 2 if bounces else -1
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if j in (i, middle) or v.slot_state != SLOT_ALIVE or v.player == NEUTRAL_PLAYER:
            continue
        if v.player == u.player and not splash.hits_friends:
            continue
        kind = KINDS[v.kind]
        if bool(kind.is_flyer) != in_air and not weapon.is_suicide:
            continue
        if weapon.is_suicide and kind.is_flyer:
            continue
        if bounces:
            if left == 0 or distance(at_x, at_y, v.x, v.y) > splash.reach[0]:
                continue
            share = whole(splash.percent[2 - left])
            left -= 1
        else:
            share = _share_of(units, splash, i, at_x, at_y, j, to_x, to_y)
        if share > 0:
            hurt(
                units, game, index, j, damage_of(game, u.player, weapon, kind) * share // 100, whole(weapon.attacks), i
            )


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
    if units[i].kind == MARAUDER and has_upgrade(game, units[i].player, CONCUSSIVE_SHELLS):
        slow_down(units[j])
    if weapon.is_suicide:
        units[i].hp = 0
        units[i].slot_state = SLOT_DEAD
        game.has_died = 1
        return  # the blow is dealt where the dead are looked after
    if weapon.splash != NO_SPLASH:
        splash_around(units, game, index, i, weapon, j)
    amount = damage_of(game, units[i].player, weapon, KINDS[units[j].kind])
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
            if gap <= weapon.range + weapon.slop:
                fire(units, game, index, i, j)
                u.phase = SWINGING_BACK
                u.phase_timer = weapon.backswing
            else:
                call_off(u)
        return True
    reach = whole(BLINDED_RANGE) if u.buffs[BUFF_BLINDED] > 0 else whole(weapon.range)
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
    u.cooldown = weapon.cooldown + draw(game, weapon.random_low, weapon.random_high)
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
        v.hp = min(whole(v.hp) + HEAL_PER_LOOP, whole(KINDS[v.kind].max_hp))
        v.is_healed = game.frame
    return True


@inline
def count_down(u: Any) -> None:
    """Let one loop pass for a unit: weapon, shields, energy, what regenerates and what burns."""
    kind = KINDS[u.kind]
    u.cooldown = max(0, whole(u.cooldown) - ONE)
    if u.help_wait > 0:
        u.help_wait -= 1
    if u.shield_wait > 0:
        u.shield_wait -= 1
    elif u.shield < kind.max_shield:
        u.shield = min(whole(u.shield) + kind.shield_regen, whole(kind.max_shield))
    if u.energy < kind.max_energy:
        u.energy = min(whole(u.energy) + kind.energy_regen, whole(kind.max_energy))
    if u.hp < kind.max_hp and kind.hp_regen > 0:
        u.hp = min(whole(u.hp) + kind.hp_regen, whole(kind.max_hp))


@inline
def burn(u: Any, game: Game) -> None:
    """Take what a burning Terran structure loses in a loop."""
    kind = KINDS[u.kind]
    if kind.is_structure and kind.race == 0 and u.is_complete and whole(u.hp) * BURNS < kind.max_hp:
        u.hp -= BURN_PER_LOOP
        if u.hp <= 0:
            u.hp = 0
            u.slot_state = SLOT_DEAD
            game.has_died = 1


@inline
def bury(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    deaths: NDArray[np.int32],
) -> None:
    """Let what blows itself up do so, tell both players who has died, and take the dead out of the game.

    Args:
        units: of the game.
        game: the game.
        index: its living units; closed up.
        ground: the map.
        blocked: cells that structures stand on; freed.
        grids: creep, power and sight; creep that has lost its source begins to recede.
        deaths: (players, capacity of deaths) ids, appended to.
    """
    game.has_died = 0
    k = 0
    while k < game.num_units:
        i = whole(index[k])
        k += 1
        u = units[i]
        if u.slot_state != SLOT_DEAD or u.phase < 0:
            continue
        row = KINDS[u.kind].ground_weapon
        u.phase = -1  # looked after
        if row != NO_WEAPON and WEAPONS[row].is_suicide:
            splash_around(units, game, index, i, WEAPONS[row], i)
            if game.has_died:
                game.has_died = 0
                k = 0
    for k in range(game.num_units):
        i = whole(index[k])
        if units[i].slot_state == SLOT_DEAD:
            let_go(units, game, index, ground, blocked, i)
    kept = 0
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        if u.slot_state == SLOT_DEAD:
            for player in range(NUM_PLAYERS):
                count = whole(game.num_deaths[player])
                if count < deaths.shape[1]:
                    deaths[player, count] = id_of(units, i)
                    game.num_deaths[player] = count + 1
            if KINDS[u.kind].is_structure or KINDS[u.kind].resource != NO_RESOURCE:
                cover(blocked, KINDS[u.kind], u.x, u.y, 0)
                keep_geyser(units, blocked, i)
            if game.is_melee and CREEP_OF[u.kind] != NO_CREEP:
                give_up(u, grids[GRID_CREEP], grids[GRID_CREEP_CLOCK])
            u.slot_state = SLOT_FREE
            u.generation += 1
        elif u.slot_state != SLOT_INSIDE:
            index[kept] = i
            kept += 1
    game.num_units = kept


@inline
def target_of(units: Units, u: Any) -> int:
    """Return the slot of the unit that a unit found to attack, NOBODY if that one is gone."""
    return slot_of(units, whole(u.target))
