"""Creep: where it lies, how it spreads from its sources and recedes when they are gone (MECHANICS.md section 6).

A source's area is that of its table. It begins with a part of it, and in each period all cells of the area that touch
creep are covered: one ring (what the real game's step is, is not known). Creep spreads from cell to cell over ground
that can be walked on, so that cliffs stop it. When a source goes, what no other source holds recedes within 4 normal
seconds; until then a second grid counts down.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.creep_table import CREEP_OF, CREEPS, MOST_CELLS, NO_CREEP
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.state import SLOT_ALIVE
from engine.starcraft2.tables import KINDS, ONE
from engine.starcraft2.terrain import WALKABLE, Ground

Index = NDArray[np.int32]
Grid = NDArray[np.uint8]
"""(rows, columns), one byte per cell."""

COVERED: Final = 1
COMING: Final = 2
"""In the grid of creep while a step is reckoned: covered when it ends."""

RECESSION_STEPS: Final = 16
RECESSION_LOOPS: Final = 4
"""Creep that nobody holds goes in 16 steps of 4 loops: 4 normal seconds."""

SPREADS: Final = 1
"""Bit of unit.autocast of an Overlord that was told to spread creep (GENERATECREEPON)."""


@inline
def is_source(u: Any) -> bool:
    """Say whether a unit holds creep now: a complete structure, or an Overlord that was told to and stands still."""
    if CREEP_OF[u.kind] == NO_CREEP or u.slot_state != SLOT_ALIVE or not u.is_complete:
        return False
    return bool(KINDS[u.kind].is_structure or ((u.autocast & SPREADS) and u.moved_x == 0 and u.moved_y == 0))


@inline
def has_creep(creep: Grid, x: int, y: int) -> bool:
    """Say whether there is creep at a place."""
    row = whole(y) // ONE
    column = whole(x) // ONE
    if row < 0 or column < 0 or row >= creep.shape[0] or column >= creep.shape[1]:
        return False
    return bool(creep[row, column] == COVERED)


@inline
def _touches(creep: Grid, row: int, column: int) -> bool:
    """Say whether one of the four cells beside a cell is covered."""
    return bool(
        (row > 0 and creep[row - 1, column] == COVERED)
        or (column > 0 and creep[row, column - 1] == COVERED)
        or (row + 1 < creep.shape[0] and creep[row + 1, column] == COVERED)
        or (column + 1 < creep.shape[1] and creep[row, column + 1] == COVERED)
    )


@inline
def spread(u: Any, ground: Ground, creep: Grid) -> bool:
    """Let a source's creep grow by a step; say whether it did.

    Args:
        u: the source.
        ground: the map.
        creep: grid of creep.
    """
    area = CREEPS[CREEP_OF[u.kind]]
    middle_x = whole(u.x) // ONE
    middle_y = whole(u.y) // ONE
    reach = whole(area.reach)
    first = max(0, middle_y - reach)
    last = min(creep.shape[0] - 1, middle_y + reach)
    count = 0
    for row in range(first, last + 1):
        dy = abs(row - middle_y)
        wide = whole(area.grown[dy])
        for column in range(max(0, middle_x - wide), min(creep.shape[1] - 1, middle_x + wide) + 1):
            if creep[row, column] != 0 or not ground[row, column] & WALKABLE:
                continue
            if abs(column - middle_x) <= area.birth[dy] or _touches(creep, row, column):
                creep[row, column] = COMING
                count += 1
    if count == 0:
        return False
    for row in range(first, last + 1):
        wide = whole(area.grown[abs(row - middle_y)])
        for column in range(max(0, middle_x - wide), min(creep.shape[1] - 1, middle_x + wide) + 1):
            if creep[row, column] == COMING:
                creep[row, column] = COVERED
    return True


@inline
def cover_all(u: Any, ground: Ground, creep: Grid) -> None:
    """Let all of a source's creep be there: of what stands on the map when a game begins."""
    while spread(u, ground, creep):
        pass


@inline
def run_source(u: Any, game: Game, ground: Ground, creep: Grid) -> None:
    """Let one loop pass for a source of creep: in each period it grows by a step."""
    period = whole(CREEPS[CREEP_OF[u.kind]].period)
    now = whole(game.frame) * ONE
    if now // period != (now - ONE) // period:
        spread(u, ground, creep)


@inline
def give_up(u: Any, creep: Grid, clock: Grid) -> None:
    """Let what a source held recede, part after part, unless somebody else holds it when its time has come.

    Args:
        u: the source, which is gone or about to go.
        creep: grid of creep.
        clock: steps of recession left by cell, 0 where nothing recedes.
    """
    area = CREEPS[CREEP_OF[u.kind]]
    middle_x = whole(u.x) // ONE
    middle_y = whole(u.y) // ONE
    reach = whole(area.reach)
    for row in range(max(0, middle_y - reach), min(creep.shape[0] - 1, middle_y + reach) + 1):
        wide = whole(area.grown[abs(row - middle_y)])
        for column in range(max(0, middle_x - wide), min(creep.shape[1] - 1, middle_x + wide) + 1):
            if creep[row, column] == COVERED and clock[row, column] == 0:
                clock[row, column] = 1 + (7 * row + 11 * column) % RECESSION_STEPS


@inline
def _is_held(units: Units, game: Game, index: Index, row: int, column: int) -> bool:
    """Say whether a cell lies in some source's area."""
    for k in range(game.num_units):
        u = units[index[k]]
        if CREEP_OF[u.kind] == NO_CREEP or not is_source(u):
            continue
        dy = abs(row - whole(u.y) // ONE)
        if dy <= MOST_CELLS and abs(column - whole(u.x) // ONE) <= CREEPS[CREEP_OF[u.kind]].grown[dy]:
            return True
    return False


@inline
def recede(units: Units, game: Game, index: Index, creep: Grid, clock: Grid) -> None:
    """Let one loop pass for the creep that recedes.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        creep: grid of creep.
        clock: steps of recession left by cell.
    """
    if game.frame % RECESSION_LOOPS != 0:
        return
    for row in range(clock.shape[0]):
        for column in range(clock.shape[1]):
            if clock[row, column] == 0:
                continue
            clock[row, column] -= 1
            if clock[row, column] == 0 and not _is_held(units, game, index, row, column):
                creep[row, column] = 0
