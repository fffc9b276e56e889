"""Putting units into a game: slots, start values, free places."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline, kernel
from engine.starcraft2.boosts import BOOSTS, is_boosted, max_hp_of
from engine.starcraft2.deposits import give_all_back
from engine.starcraft2.geometry import HEADINGS_PER_DIRECTION, UNIT_VECTOR, VECTORS, Game, Units, id_of
from engine.starcraft2.placing import is_on_low, snapped
from engine.starcraft2.state import BLANK, NOBODY, NOT_ATTACKING, SLOT_ALIVE, SLOT_FREE, SLOT_INSIDE
from engine.starcraft2.tables import KINDS, NO_RESOURCE, ONE
from engine.starcraft2.terrain import Ground, cover, is_free

Index = NDArray[np.int32]

RINGS: Final = 200
FIRST_RING: Final = 6
"""Places on the first ring round a point; each further one has so many more, as circles lie closest."""

SPACING: Final = ONE // 32
"""Left free between units that are put side by side."""

DOWN: Final = 128 * HEADINGS_PER_DIRECTION


@inline
def free_slot(units: Units) -> int:
    """Return a slot that nobody has, NOBODY if all are taken."""
    for k in range(len(units)):
        if units[k].slot_state == SLOT_FREE:
            return k
    return NOBODY


@inline
def settle(u: Any, x: int, y: int) -> None:
    """Put a unit at a place, as one that stands still there."""
    u.x = x
    u.y = y
    u.moved_x = 0
    u.moved_y = 0
    u.speed = 0
    u.goal_x = -ONE
    u.goal_y = -ONE
    u.waypoint_x = x
    u.waypoint_y = y
    u.waypoint_wait = 0
    u.stuck = 0


@inline
def enter(
    units: Units, game: Game, index: Index, blocked: Ground, slot: int, kind: int, player: int, x: int, y: int
) -> None:
    """Let a complete unit begin in a free slot, at just this place.

    Args:
        units: of one game.
        game: the game.
        index: its living units, appended to.
        blocked: cells that structures stand on.
        slot: which.
        kind: row of KINDS.
        player: owner.
        x: 1/4096 cell.
        y: likewise.
    """
    facts = KINDS[kind]
    generation = whole(units[slot].generation)
    units[slot] = BLANK[0]
    u = units[slot]
    u.generation = generation
    u.kind = kind
    u.player = player
    u.heading = DOWN
    u.hp = max_hp_of(game, u)
    u.shield = facts.max_shield
    u.energy = facts.start_energy
    if BOOSTS[kind].start_energy > 0 and is_boosted(game, player, kind):
        u.energy += BOOSTS[kind].start_energy
    u.resources = facts.contents
    u.side = 1 if slot & 1 else -1
    settle(u, x, y)
    cover(blocked, facts, x, y, 1)
    index[game.num_units] = slot
    game.num_units += 1


@inline
def become(game: Game, blocked: Ground, u: Any, kind: int) -> None:
    """Let a unit be another type from now on; life and shields keep their share of the whole.

    Args:
        game: the game.
        blocked: cells that structures stand on.
        u: the unit.
        kind: row of KINDS.
    """
    old = KINDS[u.kind]
    new = KINDS[kind]
    cover(blocked, old, u.x, u.y, 0)
    cover(blocked, new, u.x, u.y, 1)
    old_hp = max(whole(1), max_hp_of(game, u))
    if new.max_shield != old.max_shield:
        u.shield = whole(u.shield) * new.max_shield // max(whole(1), whole(old.max_shield))
    if old.max_energy == 0:
        u.energy = new.start_energy
    u.energy = min(whole(u.energy), whole(new.max_energy))
    u.kind = kind
    u.hp = max(whole(1), whole(u.hp) * max_hp_of(game, u) // old_hp)
    u.cooldown = 0


@inline
def _is_barred(blocked: Ground, kind: Any, x: int, y: int) -> bool:
    """Say whether another structure bars cells of a structure's footprint; gas structures stand on geysers."""
    if kind.resource != NO_RESOURCE:
        return False
    width = whole(kind.footprint_half) // 2
    left = (whole(x) - width * ONE // 2 + ONE // 2) // ONE
    top = (whole(y) - width * ONE // 2 + ONE // 2) // ONE
    for row in range(max(0, top), min(blocked.shape[0], top + width)):
        for column in range(max(0, left), min(blocked.shape[1], left + width)):
            if blocked[row, column] != 0:
                return True
    return False


@inline
def free_place(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, kind: int, x: int, y: int
) -> tuple[int, int, bool]:
    """Return the free place nearest to a point where a unit of a type may be, and whether there is one.

    Structures stand on the grid of cells, as if they had been built there; resources lie where the map says.

    Args:
        units: of one game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that structures stand on.
        kind: row of KINDS.
        x: 1/4096 cell.
        y: likewise.
    """
    facts = KINDS[kind]
    at_x = whole(x)
    at_y = whole(y)
    found = False
    step = 2 * whole(facts.separation) + SPACING
    for ring in range(RINGS):
        places = max(1, FIRST_RING * ring)
        for p in range(places):
            d = (p * 256 // places) & 255
            at_x = whole(x) + ring * step * whole(VECTORS[d, 0]) // UNIT_VECTOR
            at_y = whole(y) + ring * step * whole(VECTORS[d, 1]) // UNIT_VECTOR
            if facts.is_structure and not facts.is_flyer and (ring > 0 or facts.resource == NO_RESOURCE):
                at_x = snapped(at_x, whole(facts.footprint_half))
                at_y = snapped(at_y, whole(facts.footprint_half))
            margin = whole(facts.inner)
            if at_x < margin or at_y < margin:
                continue
            if at_x > ground.shape[1] * ONE - margin or at_y > ground.shape[0] * ONE - margin:
                continue
            if not facts.is_flyer and not facts.is_structure and not is_free(ground, blocked, at_x, at_y):
                continue
            if facts.is_structure and not facts.is_flyer:
                half = whole(facts.footprint_half)
                if _is_barred(blocked, facts, at_x, at_y) or is_on_low(units, game, index, NOBODY, at_x, at_y, half):
                    continue
            found = True
            for k in range(game.num_units):
                v = units[index[k]]
                other = KINDS[v.kind]
                if other.is_flyer != facts.is_flyer or (facts.is_structure and other.is_structure):
                    continue
                reach = whole(facts.separation) + other.separation
                dx = v.x - at_x
                dy = v.y - at_y
                if dx * dx + dy * dy < reach * reach:
                    found = False
                    break
            if found:
                break
        if found:
            break
    return at_x, at_y, found


@inline
def place_unit(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    kind: int,
    player: int,
    x: int,
    y: int,
    is_passive: bool,
) -> int:
    """Put a complete unit at the free place nearest to a point; return its slot, NOBODY if there is no room.

    Args:
        units: of one game.
        game: the game.
        index: its living units, appended to.
        ground: the map.
        blocked: cells that structures stand on.
        kind: row of KINDS.
        player: owner.
        x: 1/4096 cell.
        y: likewise.
        is_passive: whether it never looks for targets itself.
    """
    slot = free_slot(units)
    if slot == NOBODY:
        return NOBODY
    at_x, at_y, found = free_place(units, game, index, ground, blocked, kind, x, y)
    if not found:
        return NOBODY
    enter(units, game, index, blocked, slot, kind, player, at_x, at_y)
    units[slot].is_passive = is_passive
    return slot


@inline
def go_inside(units: Units, game: Game, i: int, j: int) -> None:
    """Let the unit in slot j be a passenger of the one in slot i, which has room for it: it is off the map soon."""
    u = units[i]
    v = units[j]
    u.passengers[u.num_passengers] = j
    u.num_passengers += 1
    v.slot_state = SLOT_INSIDE
    v.carrier = id_of(units, i)
    v.num_orders = 0
    give_all_back(game, v)
    v.target = NOBODY
    v.aim = NOBODY
    v.phase = NOT_ATTACKING
    game.has_died = 1


@inline
def come_out(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, j: int) -> bool:
    """Let a passenger of the unit in slot i be on the map again, at the nearest free place; say whether there is one.

    A passenger for whom there is no place is on the map all the same: it is for the caller to say what becomes of it.
    """
    u = units[i]
    v = units[j]
    kept = 0
    for p in range(u.num_passengers):
        if u.passengers[p] != j:
            u.passengers[kept] = u.passengers[p]
            kept += 1
    u.num_passengers = kept
    x, y, found = free_place(units, game, index, ground, blocked, whole(v.kind), whole(u.x), whole(u.y))
    settle(v, x, y)
    v.slot_state = SLOT_ALIVE
    v.carrier = NOBODY
    for k in range(game.num_units):
        if index[k] == j:  # it went in in this same loop
            return found
    index[game.num_units] = j
    game.num_units += 1
    return found


@kernel
def create_unit(
    units: NDArray[np.void],
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    kind: int,
    player: int,
    x: int,
    y: int,
    is_passive: bool,
) -> int:
    """Put a complete unit into one game; arguments and result as `place_unit`."""
    return place_unit(units, game, index, ground, blocked, kind, player, x, y, is_passive)
