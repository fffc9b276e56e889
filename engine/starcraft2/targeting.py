"""Whom a unit may attack, whom it looks for by itself, and whom it calls for help.

Order of choice (Liquipedia, Automatic Targeting): the target's priority in the tables, workers last but for what
cannot fight; then the nearest.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import max_hp_of, more_range
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.state import NEUTRAL_PLAYER, NOBODY, NOT_ATTACKING, SLOT_ALIVE
from engine.starcraft2.tables import ATTRIBUTES, KINDS, NO_WEAPON, ONE, WEAPONS
from engine.starcraft2.terrain import Ground
from engine.starcraft2.vision import is_visible

Index = NDArray[np.int32]

HELP_RADIUS: Final = 4 * ONE
HELP_LOOPS: Final = 32
"""A unit that is hit calls idle friends within 4 cells, every 2 normal seconds (SC2GameData)."""

RANK: Final = 1 << 24
"""Weighs a step of priority more than any distance on a map."""

BIOLOGICAL: Final = 1 << ATTRIBUTES.index("Biological")

HEAL_SCAN: Final = 8 * ONE
"""How far a Medivac looks for the wounded; no source."""


@inline
def weapon_against(units: Units, i: int, j: int) -> int:
    """Return the row of the weapon that the unit in slot i has against the one in slot j, NO_WEAPON for none."""
    target = KINDS[units[j].kind]
    kind = KINDS[units[i].kind]
    if target.is_flyer:
        return whole(kind.air_weapon)
    if kind.ground_weapon == NO_WEAPON and target.walks_over_cliffs and target.cargo_size == 8:
        return whole(kind.air_weapon)  # a Colossus stands on the ground and in the air
    return whole(kind.ground_weapon)


@inline
def gap_between(units: Units, i: int, j: int) -> int:
    """Return the distance of two units' edges, 1/4096 cell; negative where they overlap."""
    u = units[i]
    v = units[j]
    return distance(u.x, u.y, v.x, v.y) - whole(KINDS[u.kind].radius) - whole(KINDS[v.kind].radius)


@inline
def is_too_near(weapon: Any, gap: int) -> bool:
    """Say whether a weapon with a least range cannot hit at this distance of edges; edges overlap in a crowd."""
    return bool(weapon.min_range > 0 and gap < weapon.min_range)


@inline
def is_enemy(units: Units, i: int, j: int) -> bool:
    """Say whether two units' owners fight each other."""
    return bool(units[i].player != units[j].player and units[j].player != NEUTRAL_PLAYER)


@inline
def find_target(units: Units, game: Game, index: Index, ground: Ground, i: int, reach: int) -> int:
    """Return the slot of whom a unit attacks by itself, NOBODY for none.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        i: whose slot.
        reach: how far it looks, edge to edge; negative for as far as its weapon scans.
    """
    kind = KINDS[units[i].kind]
    if kind.ground_weapon == NO_WEAPON and kind.air_weapon == NO_WEAPON:
        return NOBODY
    more = more_range(game, units[i].player, units[i].kind)
    best = NOBODY
    best_score = whole(0)
    for k in range(game.num_units):
        j = whole(index[k])
        if units[j].slot_state != SLOT_ALIVE or not is_enemy(units, i, j):
            continue
        row = weapon_against(units, i, j)
        if row == NO_WEAPON:
            continue
        gap = gap_between(units, i, j)
        if gap > (WEAPONS[row].scan_range + more if reach < 0 else reach) or is_too_near(WEAPONS[row], gap):
            continue
        score = whole(KINDS[units[j].kind].priority) * RANK - gap
        if best != NOBODY and score <= best_score:
            continue
        if not is_visible(units, game, index, ground, j, units[i].player):
            continue
        best = j
        best_score = score
    return best


@inline
def find_wounded(units: Units, game: Game, index: Index, i: int) -> int:
    """Return the slot of the nearest wounded unit that a Medivac may heal, NOBODY for none."""
    best = NOBODY
    least = whole(HEAL_SCAN) + 1
    for k in range(game.num_units):
        j = whole(index[k])
        if not can_heal(units, game, i, j):
            continue
        gap = gap_between(units, i, j)
        if gap < least:
            least = gap
            best = j
    return best


@inline
def can_heal(units: Units, game: Game, i: int, j: int) -> bool:
    """Say whether a Medivac may heal a unit now: another one of its player's, biological, on the ground, wounded."""
    v = units[j]
    kind = KINDS[v.kind]
    if i == j or v.slot_state != SLOT_ALIVE or v.player != units[i].player or kind.is_flyer or kind.is_structure:
        return False
    return bool(kind.attributes & BIOLOGICAL) and v.hp < max_hp_of(game, v)


@inline
def call_for_help(units: Units, game: Game, index: Index, hurt: int, attacker: int) -> None:
    """Let a unit that was hit, and idle friends near it, take the attacker for their target."""
    u = units[hurt]
    if u.help_wait > 0 or attacker < 0 or units[attacker].player == u.player:
        return
    u.help_wait = HELP_LOOPS
    enemy = id_of(units, attacker)
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.player != u.player or v.slot_state != SLOT_ALIVE or v.is_passive or v.num_orders > 0:
            continue
        if v.phase != NOT_ATTACKING or slot_of(units, v.target) != NOBODY:
            continue
        kind = KINDS[v.kind]
        if kind.is_worker or weapon_against(units, j, attacker) == NO_WEAPON:
            continue
        if distance(u.x, u.y, v.x, v.y) <= HELP_RADIUS:
            v.target = enemy
