"""What is the Zerg's own: larvae, injects, tumors, and structures that wither off creep (MECHANICS.md section 6)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.creep import has_creep
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.presence import place_unit
from engine.starcraft2.spell_table import INJECT, SPELLS
from engine.starcraft2.state import BUFF_BOOSTED, BUFF_CONTAMINATED, GRID_CREEP, NOBODY, SLOT_ALIVE, SLOT_DEAD
from engine.starcraft2.tables import KIND_OF, KINDS, ONE
from engine.starcraft2.terrain import Grids, Ground

Index = NDArray[np.int32]

LARVA_KIND: Final = int(KIND_OF[151])
TUMOR_KIND: Final = int(KIND_OF[87])
QUEEN_TUMOR_KIND: Final = int(KIND_OF[138])
BURROWED_TUMOR_KIND: Final = int(KIND_OF[137])

LARVA_LOOPS: Final = 240
LARVAE: Final = 3
"""A hatchery has a larva more after 15 normal seconds while it has fewer than three (SC2GameData)."""

MOST_LARVAE: Final = 19
"""It never has more than that (likewise)."""

LARVA_PLACE: Final = 3 * ONE
"""Larvae appear below their hatchery (likewise)."""

TUMOR_LOOPS: Final = 240
"""A tumor may spread 15 normal seconds after it is complete, and only once (likewise)."""

WITHER_PER_LOOP: Final = 3 * ONE // 16
"""Structures off creep lose 3 points per normal second (MECHANICS.md section 5)."""

_INJECT = int(np.flatnonzero(SPELLS["form"] == INJECT)[0])


@inline
def larvae_of(units: Units, game: Game, index: Index, i: int) -> int:
    """Return how many larvae a hatchery has."""
    mine = id_of(units, i)
    count = whole(0)
    for k in range(game.num_units):
        v = units[index[k]]
        if v.kind == LARVA_KIND and v.parent == mine and v.slot_state == SLOT_ALIVE:
            count += 1
    return count


@inline
def spawn_larvae(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, wanted: int) -> None:
    """Let so many larvae come out of a hatchery, as far as it may have them."""
    u = units[i]
    room = min(whole(wanted), MOST_LARVAE - larvae_of(units, game, index, i))
    for _ in range(room):
        y = min(whole(u.y) + LARVA_PLACE, ground.shape[0] * ONE - ONE)
        slot = place_unit(units, game, index, ground, blocked, LARVA_KIND, whole(u.player), whole(u.x), y, False)
        if slot == NOBODY:
            return
        units[slot].parent = id_of(units, i)


@inline
def run_hatchery(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let one loop of a hatchery's larvae and injects pass."""
    u = units[i]
    if u.buffs[BUFF_CONTAMINATED] > 0:
        return
    if u.inject_wait > 0:
        u.inject_wait -= 1
        if u.inject_wait == 0:
            spawn_larvae(units, game, index, ground, blocked, i, whole(SPELLS[_INJECT].amount) // ONE)
            u.num_injects -= 1
            if u.num_injects > 0:
                u.inject_wait = SPELLS[_INJECT].duration
    if larvae_of(units, game, index, i) >= LARVAE:
        u.larva_wait = 0
        return
    if u.larva_wait == 0:
        u.larva_wait = LARVA_LOOPS
    u.larva_wait -= 2 if u.buffs[BUFF_BOOSTED] > 0 and game.frame & 1 and u.larva_wait > 1 else 1
    if u.larva_wait == 0:
        spawn_larvae(units, game, index, ground, blocked, i, 1)


@inline
def run_larva(units: Units, game: Game, i: int) -> None:
    """Let a larva die whose hatchery is gone."""
    u = units[i]
    if u.parent != NOBODY and slot_of(units, whole(u.parent)) == NOBODY:
        u.hp = 0
        u.slot_state = SLOT_DEAD
        game.has_died = 1


@inline
def run_tumor(u: Any, game: Game) -> None:
    """Let one loop of a tumor's growth pass; complete, it burrows, and its own spreading is waited for."""
    if not u.is_complete:
        total = max(whole(1), whole(KINDS[u.kind].build_loops))
        u.build_loops -= 1
        most = max_hp_of(game, u)
        u.hp = min(whole(u.hp) + most * 9 // 10 // total, most)
        if u.build_loops > 0:
            return
        u.build_loops = 0
        u.is_complete = 1
    u.kind = BURROWED_TUMOR_KIND
    u.ability_wait[0] = TUMOR_LOOPS
    u.clocks = 1


@inline
def wither(u: Any, game: Game, grids: Grids) -> None:
    """Take what a Zerg structure off creep loses in a loop."""
    if has_creep(grids[GRID_CREEP], whole(u.x), whole(u.y)):
        return
    u.hp -= WITHER_PER_LOOP
    if u.hp <= 0:
        u.hp = 0
        u.slot_state = SLOT_DEAD
        game.has_died = 1
