"""What is the Protoss' own: warp gates and warping in, archons, shield batteries (MECHANICS.md section 7)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.geometry import Game, Units, distance
from engine.starcraft2.making import NO_ROW, pay, row_of, why_not
from engine.starcraft2.moving import walk
from engine.starcraft2.power import FAST_POWER, NO_POWER, power_at
from engine.starcraft2.presence import enter, free_slot
from engine.starcraft2.queues import start_making
from engine.starcraft2.results import (
    CANT_WARP_IN_UNITS_THERE,
    COOLDOWN,
    COULDNT_ALLOCATE_UNIT,
    SUCCESS,
)
from engine.starcraft2.state import (
    BUFF_BOOSTED,
    BUFF_OVERCHARGED,
    GRID_SIGHT,
    IN_SIGHT,
    NOBODY,
    SLOT_ALIVE,
    SLOT_DEAD,
)
from engine.starcraft2.tables import KIND_OF, KINDS, MADE, ONE
from engine.starcraft2.targeting import gap_between
from engine.starcraft2.terrain import Grids, Ground, Work, is_free

Index = NDArray[np.int32]

WARP_LOOPS: Final = 256
FAST_WARP_LOOPS: Final = 80
"""A warp-in takes 16 normal seconds, near a fast source 3.2 times less (SC2GameData)."""

MORPH_TO_WARP_GATE: Final = 1518
ARCHON_WARP: Final = 1766
ARCHON_WARP_TARGET: Final = 1767
ARCHON_LOOPS: Final = 192
"""Two templars merge for 12 normal seconds (SC2GameData)."""

ARCHON_KIND: Final = int(KIND_OF[141])
HIGH_TEMPLAR_KIND: Final = int(KIND_OF[75])
DARK_TEMPLAR_KIND: Final = int(KIND_OF[76])

BATTERY_RANGE: Final = 6 * ONE
RECHARGE_PER_LOOP: Final = 36 * ONE // 16
ENERGY_SHARE: Final = 3
"""A shield battery gives 36 points per normal second to one unit within 6 cells, for a third of the energy; twice as
much, for none, while it is overcharged (SC2GameData)."""


@inline
def why_no_warping(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    kind: int,
    player: int,
    x: int,
    y: int,
) -> int:
    """Return the ActionResult of warping a unit in at a place: SUCCESS, or why it cannot appear there.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        kind: row of KINDS.
        player: whose.
        x: 1/4096 cell.
        y: likewise.
    """
    if not is_free(ground, blocked, x, y) or power_at(units, game, index, ground, player, x, y) == NO_POWER:
        return CANT_WARP_IN_UNITS_THERE
    if (
        game.is_melee
        and not game.full_vision
        and grids[GRID_SIGHT + player, whole(y) // ONE, whole(x) // ONE] != IN_SIGHT
    ):
        return CANT_WARP_IN_UNITS_THERE
    for k in range(game.num_units):
        v = units[index[k]]
        if not KINDS[v.kind].is_flyer and distance(x, y, v.x, v.y) < whole(KINDS[v.kind].inner) + KINDS[kind].inner:
            return CANT_WARP_IN_UNITS_THERE
    return SUCCESS


@inline
def is_gate_ready(u: Any) -> bool:
    """Say whether a warp gate has cooled down and has power."""
    return bool(u.warp_wait <= 0 and u.has_power)


@inline
def warp_in(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    i: int,
    row: int,
    x: int,
    y: int,
) -> int:
    """Let a warp gate warp a unit in at a place; return the ActionResult.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        i: the gate's slot.
        row: of MADE.
        x: 1/4096 cell.
        y: likewise.
    """
    u = units[i]
    result = why_not(units, game, index, i, row, True)
    if result != SUCCESS:
        return result
    if not is_gate_ready(u):
        return COOLDOWN
    kind = whole(MADE[row].product)
    result = why_no_warping(units, game, index, ground, blocked, grids, kind, whole(u.player), x, y)
    if result != SUCCESS:
        return result
    slot = free_slot(units)
    if slot == NOBODY:
        return COULDNT_ALLOCATE_UNIT
    pay(game, u.player, row)
    enter(units, game, index, blocked, slot, kind, whole(u.player), x, y)
    is_fast = power_at(units, game, index, ground, whole(u.player), x, y) == FAST_POWER
    units[slot].is_complete = 0
    units[slot].build_loops = FAST_WARP_LOOPS if is_fast else WARP_LOOPS
    u.warp_wait = MADE[row].loops
    return SUCCESS


@inline
def run_warping(u: Any) -> None:
    """Let one loop of a unit's own warping in pass."""
    u.build_loops -= 1
    if u.build_loops <= 0:
        u.build_loops = 0
        u.is_complete = 1


@inline
def run_gate(units: Units, game: Game, index: Index, blocked: Ground, i: int) -> None:
    """Let one loop pass for a Gateway or Warp Gate: it cools down, or becomes a Warp Gate as soon as it may.

    Gateways have that switched on from the start, as the real game has it.
    """
    u = units[i]
    if u.warp_wait > 0:
        u.warp_wait -= 2 if u.buffs[BUFF_BOOSTED] > 0 and game.frame & 1 and u.warp_wait > 1 else 1
        return
    if u.num_in_queue > 0 or not u.is_complete or not u.has_power or u.autocast != 0:
        return
    row = row_of(units, game, index, i, MORPH_TO_WARP_GATE)
    if row != NO_ROW:
        start_making(units, game, index, blocked, i, row)


@inline
def recharge(units: Units, game: Game, index: Index, i: int) -> None:
    """Let a shield battery work for a loop, on the nearest unit that lacks shields."""
    u = units[i]
    is_overcharged = u.buffs[BUFF_OVERCHARGED] > 0
    if not u.is_complete or not u.has_power or (u.energy < RECHARGE_PER_LOOP // ENERGY_SHARE and not is_overcharged):
        return
    best = NOBODY
    least = whole(BATTERY_RANGE) + 1
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.player != u.player or j == i or v.slot_state != SLOT_ALIVE or not v.is_complete:
            continue
        if v.shield >= KINDS[v.kind].max_shield:
            continue
        gap = gap_between(units, i, j)
        if gap < least:
            least = gap
            best = j
    if best == NOBODY:
        return
    v = units[best]
    rate = RECHARGE_PER_LOOP * 2 if is_overcharged else RECHARGE_PER_LOOP
    given = min(whole(rate), whole(KINDS[v.kind].max_shield) - v.shield)
    v.shield += given
    if not is_overcharged:
        u.energy -= given // ENERGY_SHARE


@inline
def may_merge(u: Any) -> bool:
    """Say whether a unit may become half an archon."""
    is_templar = u.kind in (HIGH_TEMPLAR_KIND, DARK_TEMPLAR_KIND)
    return bool(u.is_complete and is_templar and not u.is_hallucination and u.parasite == NOBODY)


@inline
def run_merge(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Do one loop of two templars' merging; say whether there is nobody to merge with any more.

    The nearest other templar of the player with the same order is the partner.
    """
    u = units[i]
    best = NOBODY
    least = whole(0)
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if j == i or v.player != u.player or v.slot_state != SLOT_ALIVE or not may_merge(v):
            continue
        if v.num_orders == 0 or v.order_ability[0] != ARCHON_WARP:
            continue
        far = distance(u.x, u.y, v.x, v.y)
        if best == NOBODY or far < least:
            least = far
            best = j
    if best == NOBODY:
        return False
    v = units[best]
    reach = whole(KINDS[u.kind].separation) + KINDS[v.kind].separation + ONE // 2
    if least > reach:
        walk(units, game, index, ground, blocked, work, i, whole(v.x), whole(v.y), reach)
        return False
    v.hp = 0
    v.slot_state = SLOT_DEAD
    v.parent = NOBODY
    game.has_died = 1
    u.x = (whole(u.x) + v.x) // 2
    u.y = (whole(u.y) + v.y) // 2
    u.kind = ARCHON_KIND
    u.hp = max_hp_of(game, u)
    u.shield = KINDS[ARCHON_KIND].max_shield
    u.energy = 0
    u.is_complete = 0
    u.build_loops = ARCHON_LOOPS
    u.num_orders = 0
    u.target = NOBODY
    u.is_cloaked = 0
    return False
