"""Putting units into a game: slots, start values, free places."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline, kernel
from engine.starcraft2.geometry import HEADINGS_PER_DIRECTION, UNIT_VECTOR, VECTORS, Game, Units
from engine.starcraft2.state import MAX_ORDERS, NOBODY, NOT_ATTACKING, SLOT_ALIVE, SLOT_FREE
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
    slot = -1
    for k in range(len(units)):
        if units[k].slot_state == SLOT_FREE:
            slot = k
            break
    if slot < 0:
        return NOBODY
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
            margin = whole(facts.inner)
            if at_x < margin or at_y < margin:
                continue
            if at_x > ground.shape[1] * ONE - margin or at_y > ground.shape[0] * ONE - margin:
                continue
            if not facts.is_flyer and not facts.is_structure and not is_free(ground, blocked, at_x, at_y):
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
    if not found:
        return NOBODY
    u = units[slot]
    u.slot_state = SLOT_ALIVE
    u.kind = kind
    u.player = player
    u.x = at_x
    u.y = at_y
    u.moved_x = 0
    u.moved_y = 0
    u.speed = 0
    u.heading = DOWN
    u.hp = facts.max_hp
    u.shield = facts.max_shield
    u.energy = facts.start_energy
    u.shield_wait = 0
    u.cooldown = 0
    u.phase = NOT_ATTACKING
    u.phase_timer = 0
    u.aim = NOBODY
    u.target = NOBODY
    u.help_wait = 0
    u.num_orders = 0
    for k in range(MAX_ORDERS):
        u.order_ability[k] = 0
        u.order_target[k] = NOBODY
        u.order_x[k] = 0
        u.order_y[k] = 0
    u.goal_x = -ONE
    u.goal_y = -ONE
    u.waypoint_x = at_x
    u.waypoint_y = at_y
    u.waypoint_wait = 0
    u.stuck = 0
    u.side = 1 if slot & 1 else -1
    u.hit_frame = -1
    u.fired_frame = -1
    u.is_healed = -1
    u.is_passive = is_passive
    u.is_complete = 1
    u.build_loops = 0
    u.resources = 0
    u.cargo = 0
    u.cargo_is_gas = 0
    u.digs_at = NOBODY
    u.dig_timer = 0
    u.digger = NOBODY
    u.num_in_queue = 0
    u.queue_loops = 0
    if facts.is_structure or facts.resource != NO_RESOURCE:
        cover(blocked, facts, at_x, at_y, 1)
    index[game.num_units] = slot
    game.num_units += 1
    return slot


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
