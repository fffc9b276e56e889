"""Ranges, who may attack whom, and the choice of a target.

Classes of targets, best first: 0 it can attack me; 2 workers, or it can attack others; 3 harmless but movable;
4 harmless. The nearest centre of the best class wins; ties go to the first in the finder's order. Source:
MECHANICS.md 5.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.flingy import halt_distance_256
from engine.broodwar.scripts import draw
from engine.broodwar.state import MOVING, NO_SLOT
from engine.broodwar.tables import NO_WEAPON, UNIT_TYPES, WEAPON_TYPES
from engine.core.fixed import direction_to, length, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

CLASS_LIMIT: Final = 16
"""Only the first sixteen candidates of a class, in the finder's order, are considered."""

NUM_CLASSES: Final = 6
SEARCH_MARGIN_PX: Final = 64
TILE_PX: Final = 32


@inline
def box_distance(units: Units, i: int, j: int) -> int:
    """Return the distance between the boxes of two units, pixels; 0 when they touch."""
    a = units[i]
    b = units[j]
    s = UNIT_TYPES[a.type]
    t = UNIT_TYPES[b.type]
    dx = max(b.x - t.left - (a.x + s.right + 1), a.x - s.left - (b.x + t.right + 1), 0)
    dy = max(b.y - t.up - (a.y + s.down + 1), a.y - s.up - (b.y + t.down + 1), 0)
    return length(dx, dy)


@inline
def weapon_against(units: Units, i: int, j: int) -> int:
    """Return the weapon type that unit `i` would use against unit `j`, NO_WEAPON if it has none."""
    t = UNIT_TYPES[units[i].type]
    if units[j].flies:
        return whole(t.air_weapon)
    return whole(t.ground_weapon)


@inline
def can_attack(units: Units, i: int, j: int) -> bool:
    """Say whether unit `i` could hurt unit `j` (wherever it is)."""
    if j < 0 or UNIT_TYPES[units[j].type].invincible:
        return False
    return weapon_against(units, i, j) != NO_WEAPON


@inline
def are_enemies(units: Units, i: int, j: int) -> bool:
    """Say whether two units belong to hostile players (every other player is hostile; neutrals are not)."""
    a = units[i].player
    b = units[j].player
    return bool(a != b and a < 8 and b < 8)


@inline
def glide_allowance(units: Units, i: int, j: int) -> int:
    """Return the pixels by which a gliding unit `i` may begin to stop before it is in range of `j`."""
    u = units[i]
    if not u.movement_flags & MOVING:
        return 0
    if units[j].movement_flags & MOVING and abs(turn_between(u.course, units[j].course)) <= 32:
        return 0
    return halt_distance_256(u) >> 8


@inline
def in_moving_range(units: Units, i: int, j: int) -> bool:
    """Say whether unit `i` could fire at `j` after coming to rest; true without a target."""
    if j < 0:
        return True
    weapon = weapon_against(units, i, j)
    if weapon == NO_WEAPON:
        return False
    distance = box_distance(units, i, j)
    w = WEAPON_TYPES[weapon]
    if w.min_range_px and distance <= w.min_range_px:
        return False
    return bool(distance <= w.max_range_px + glide_allowance(units, i, j))


@inline
def out_of_range(units: Units, i: int, j: int) -> bool:
    """Say whether unit `j` is farther from `i` than its weapon reaches, its glide included."""
    weapon = weapon_against(units, i, j)
    if weapon == NO_WEAPON:
        return False
    return bool(box_distance(units, i, j) > WEAPON_TYPES[weapon].max_range_px + glide_allowance(units, i, j))


@inline
def attack_class(units: Units, i: int, j: int) -> int:
    """Return how attractive unit `j` is to unit `i`; lower is better."""
    t = UNIT_TYPES[units[j].type]
    if t.worker:
        return 2
    if can_attack(units, j, i):
        return 0
    if t.ground_weapon != NO_WEAPON or t.air_weapon != NO_WEAPON:
        return 2
    if t.can_move:
        return 3
    return 4


@inline
def find_target(units: Units, game: Game, index: Index, i: int, at_random: bool) -> int:
    """Return the slot of the target that unit `i` would choose by itself, NO_SLOT if there is none.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record; its random stream is used if `at_random` finds several.
        index: the game's index row.
        i: the chooser.
        at_random: take any of the best class (units that hold their position) instead of the nearest.
    """
    u = units[i]
    t = UNIT_TYPES[u.type]
    reach = t.acquisition_tiles * TILE_PX
    if reach == 0:
        return NO_SLOT
    min_range = 0
    if t.ground_weapon != NO_WEAPON:
        min_range = WEAPON_TYPES[t.ground_weapon].min_range_px
        if t.air_weapon != NO_WEAPON:
            min_range = min(min_range, WEAPON_TYPES[t.air_weapon].min_range_px)
    elif t.air_weapon != NO_WEAPON:
        min_range = WEAPON_TYPES[t.air_weapon].min_range_px
    half = reach + SEARCH_MARGIN_PX
    x0 = u.x - half
    x1 = u.x + half
    y0 = u.y - half
    y1 = u.y + half
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    begin = first_at_least(index, base, count, x0)
    best = NO_SLOT
    best_class = NUM_CLASSES
    best_distance = 0
    seen = 0
    pick = 0
    for sweep in range(2):
        at = begin
        seen = 0
        while at < count and index[base + at] < x1:
            j = in_window(units, index, n, at, begin, x0, y0, x1, y1)
            at += 1
            if j < 0 or j == i or not are_enemies(units, i, j) or not can_attack(units, i, j):
                continue
            distance = box_distance(units, i, j)
            if distance > reach or (min_range and distance <= min_range):
                continue
            if not t.can_turn:
                aim = direction_to(units[j].x - u.x, units[j].y - u.y)
                if abs(turn_between(aim, u.heading)) > WEAPON_TYPES[t.ground_weapon].attack_angle:
                    continue
            rank = attack_class(units, i, j)
            if sweep == 1:
                if rank == best_class:
                    if seen == pick:
                        return j
                    seen += 1
                continue
            if rank < best_class:
                best_class = rank
                best = NO_SLOT
                seen = 0
            if rank == best_class and seen < CLASS_LIMIT:
                seen += 1
                distance = length(units[j].x - u.x, units[j].y - u.y)
                if best == NO_SLOT or distance < best_distance:
                    best = j
                    best_distance = distance
        if not at_random or best == NO_SLOT or seen == 1:
            return best
        pick = draw(game) % seen
    return best
