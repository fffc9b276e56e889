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
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.scripts import draw
from engine.broodwar.state import BURROWED, CLOAKED, DISABLED, INTANGIBLE, MOVING, NO_SLOT, READY_TO_ATTACK
from engine.broodwar.tables import NO_WEAPON, UNIT_TYPES, WEAPON_TYPES
from engine.broodwar.upgraded import range_bonus_px
from engine.core.fixed import direction_to, length, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

_HELPLESS_NAMES: Final = ("Zerg_Larva", "Zerg_Egg", "Zerg_Cocoon", "Zerg_Lurker_Egg")

CLASS_LIMIT: Final = 16
"""Only the first sixteen candidates of a class, in the finder's order, are considered."""

BUNKER: Final = UNIT_TYPE_NAMES.index("Terran_Bunker")
LURKER: Final = UNIT_TYPE_NAMES.index("Zerg_Lurker")
LURKER_WEAPON: Final = int(UNIT_TYPES["ground_weapon"][LURKER])
ELUSIVE: Final = CLOAKED | BURROWED | INTANGIBLE | DISABLED
"""Bits of the status of a unit that perhaps cannot be attacked."""

NUM_CLASSES: Final = 7
HELPLESS_CLASS: Final = 5
HELPLESS: Final = np.isin(np.arange(len(UNIT_TYPES)), [UNIT_TYPE_NAMES.index(name) for name in _HELPLESS_NAMES])
"""Types that come last of all."""

SEARCH_MARGIN_PX: Final = 64
TILE_PX: Final = 32
HANGAR_PX: Final = 256
"""From how far carriers and reavers send out what fights for them: eight tiles."""


def _weapons() -> NDArray[np.int64]:
    """Return (unit types, 2) the weapon against ground and against air, of what a unit sends out if it does that.

    They are those of units above ground.
    """
    weapons = np.stack([UNIT_TYPES["ground_weapon"], UNIT_TYPES["air_weapon"]], axis=1).astype(np.int64)
    for name, fighter in (("Protoss_Reaver", "Protoss_Scarab"), ("Protoss_Carrier", "Protoss_Interceptor")):
        weapons[UNIT_TYPE_NAMES.index(name)] = weapons[UNIT_TYPE_NAMES.index(fighter)]
    weapons[LURKER] = NO_WEAPON  # until it is under ground
    return weapons


WEAPONS: Final = _weapons()


def _farther() -> NDArray[np.int64]:
    """Return (unit types,) how much farther than its weapon a unit attacks, pixels."""
    farther = np.zeros(len(UNIT_TYPES), np.int64)
    for name in ("Protoss_Reaver", "Protoss_Carrier"):
        kind = UNIT_TYPE_NAMES.index(name)
        farther[kind] = HANGAR_PX - WEAPON_TYPES["max_range_px"][WEAPONS[kind, 0]]
    return farther


FARTHER_PX: Final = _farther()

BUNKER_PX: Final = 64
"""A bunker's walls add two tiles to all ranges."""


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
    if units[i].status & BURROWED:
        return LURKER_WEAPON if units[i].type == LURKER and not units[j].flies else NO_WEAPON
    return whole(WEAPONS[units[i].type, 1 if units[j].flies else 0])


@inline
def _eludes(units: Units, i: int, j: int) -> bool:
    """Say whether spells, a cloak or the ground keep unit `j` from unit `i`."""
    v = units[j]
    if v.status & INTANGIBLE or v.stasis_timer > 0:
        return True
    return bool(v.status & (CLOAKED | BURROWED)) and not v.detected >> units[i].player & 1


@inline
def can_attack(units: Units, i: int, j: int) -> bool:
    """Say whether unit `i` could hurt unit `j` (wherever it is)."""
    if j < 0 or UNIT_TYPES[units[j].type].invincible:
        return False
    if units[j].status & ELUSIVE and _eludes(units, i, j):
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
def reach_px(units: Units, game: Game, i: int, weapon: int) -> int:
    """Return how far unit `i` reaches with a weapon: upgrades and a bunker's walls help."""
    u = units[i]
    reach = whole(WEAPON_TYPES[weapon].max_range_px) + FARTHER_PX[u.type] + range_bonus_px(u, game, weapon)
    return whole(reach + BUNKER_PX if u.is_hidden else reach)


@inline
def in_moving_range(units: Units, game: Game, i: int, j: int) -> bool:
    """Say whether unit `i` could fire at `j` after coming to rest; true without a target."""
    if j < 0:
        return True
    weapon = weapon_against(units, i, j)
    if weapon == NO_WEAPON:
        return False
    w = WEAPON_TYPES[weapon]
    reach = reach_px(units, game, i, weapon)
    if units[i].mount >= 0:
        return box_distance(units, whole(units[i].mount), j) <= reach
    distance = box_distance(units, i, j)
    if w.min_range_px and distance <= w.min_range_px:
        return False
    return bool(distance <= reach + glide_allowance(units, i, j))


@inline
def out_of_range(units: Units, game: Game, i: int, j: int) -> bool:
    """Say whether unit `j` is farther from `i` than its weapon reaches, its glide included."""
    weapon = weapon_against(units, i, j)
    if weapon == NO_WEAPON:
        return False
    return bool(box_distance(units, i, j) > reach_px(units, game, i, weapon) + glide_allowance(units, i, j))


@inline
def attack_class(units: Units, i: int, j: int) -> int:
    """Return how attractive unit `j` is to unit `i`; lower is better."""
    t = UNIT_TYPES[units[j].type]
    if HELPLESS[units[j].type]:
        return HELPLESS_CLASS
    unfinished = 1 - whole(units[j].is_complete)
    if t.worker:
        return 2 + unfinished
    if can_attack(units, j, i):
        return unfinished
    if WEAPONS[units[j].type, 0] != NO_WEAPON or WEAPONS[units[j].type, 1] != NO_WEAPON or units[j].type == LURKER:
        return 2 + unfinished
    if units[j].type == BUNKER and units[j].num_fighters > 0:  # judged by who is in it
        return 1
    if t.can_move:
        return 3 + unfinished
    return 4 + unfinished


@inline
def _class_in_reach(units: Units, game: Game, i: int, j: int) -> int:
    """Return the class of target `j`; an attacker out of range counts one worse."""
    rank = attack_class(units, i, j)
    if rank == 0 and not in_moving_range(units, game, i, j):
        return 1
    return rank


@inline
def reconsider_target(units: Units, game: Game, index: Index, i: int) -> None:
    """Let a unit that attacks on its own account change to a better target.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the attacker.
    """
    u = units[i]
    if not u.status & READY_TO_ATTACK:
        return
    target = u.order_target
    rank = NUM_CLASSES
    if target >= 0:
        if can_attack(units, i, target):
            rank = _class_in_reach(units, game, i, target)
            if rank == 0:
                return
        else:
            target = NO_SLOT
    remembered = u.auto_target
    if remembered >= 0:
        if can_attack(units, i, remembered) and are_enemies(units, i, remembered):
            remembered_rank = _class_in_reach(units, game, i, remembered)
            if remembered_rank < rank:
                rank = remembered_rank
                target = remembered
        else:
            u.auto_target = NO_SLOT
    if target < 0 or rank != 0:
        found = find_target(units, game, index, i, False)
        if found >= 0 and attack_class(units, i, found) < rank:
            target = found
    if target < 0 or can_attack(units, i, target):
        u.order_target = target


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
    if t.ground_weapon != NO_WEAPON:
        bonus = range_bonus_px(u, game, whole(t.ground_weapon))
        if t.air_weapon != NO_WEAPON:
            bonus = max(bonus, range_bonus_px(u, game, whole(t.air_weapon)))
        reach += bonus
    body = i
    if u.mount >= 0:  # who shoots from a bunker looks from its walls, and farther
        body = whole(u.mount)
        reach += BUNKER_PX
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
            distance = box_distance(units, body, j)
            if distance > reach or (min_range and distance <= min_range):
                continue
            if not t.can_turn and u.turret < 0:
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
