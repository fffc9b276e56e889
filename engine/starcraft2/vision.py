"""Who sees whom: sight radii, that low ground never sees up, cloak and detection (MECHANICS.md section 5).

Battles ask for each pair of units when somebody wants to know. In melee games `look` brings each player's grid of
sight up to date every few loops, and with it who is seen and detected, what structures a player remembers where it does
not look any more, and where it last saw creep.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units, id_of, root
from engine.starcraft2.state import (
    BUFF_DECLOAKED,
    BUFF_FUNGAL,
    GRID_CREEP,
    GRID_KNOWN_CREEP,
    GRID_SIGHT,
    IN_SIGHT,
    NOBODY,
    NUM_PLAYERS,
    SEEN_BEFORE,
    SLOT_ALIVE,
)
from engine.starcraft2.tables import KINDS, NO_RESOURCE, ONE
from engine.starcraft2.terrain import SLOPE, Ground, height_at

Index = NDArray[np.int32]
Grids = NDArray[np.uint8]
"""(NUM_GRIDS, rows, columns) of one game."""

Seen = NDArray[np.int32]
"""(players, rows, columns): number of the loop + 1 in which a player last saw a cell, 0 for never."""

Memory = NDArray[np.void]
"""(players, places) MEMORY_DTYPE: structures and resources as a player saw them last."""

BUILDING_SIGHT: Final = 4 * ONE
"""What is under construction sees 4 cells."""

REVEAL_LOOPS: Final = 48
"""Who attacks from the dark is shown for 3 normal seconds."""

LOOK_LOOPS: Final = 4
"""How often the grids of sight are made anew; no source."""

SCAN: Final = 6
SCAN_RADIUS: Final = 13 * ONE
"""Effect of a scanner sweep: it sees and detects (effects_buffs of the recorded ResponseData)."""

MEMORY_PLACES: Final = 256
"""How many structures and resources a player remembers; the first on the map come first."""

MEMORY_DTYPE: Final = np.dtype(
    [
        ("unit", np.int32),  # its id + 1, 0 where nothing is remembered
        ("kind", np.int32),
        ("player", np.int32),
        ("x", np.int32),
        ("y", np.int32),
        ("build_loops", np.int32),  # that were left when it was seen
        ("frame", np.int32),  # when that was; -1 of what the map says
    ],
    align=True,
)
"""One structure or resource as a player remembers it."""


@inline
def is_hidden(v: Any, player: int) -> bool:
    """Say whether a unit is cloaked or burrowed and another player does not detect it."""
    if not v.is_cloaked or v.player == player or v.buffs[BUFF_DECLOAKED] > 0 or v.buffs[BUFF_FUNGAL] > 0:
        return False
    return (whole(v.detected_by) >> player) & 1 == 0


@inline
def is_seen(v: Any, game: Game, player: int) -> bool:
    """Say whether a player of a melee game, or of a battle with full vision, sees a unit."""
    if is_hidden(v, player):
        return False
    if game.full_vision or v.player == player:
        return True
    if v.fired_frame > 0 and game.frame - v.fired_frame < REVEAL_LOOPS:
        return True
    return bool((whole(v.seen_by) >> player) & 1)


@inline
def is_visible(units: Units, game: Game, index: Index, ground: Ground, j: int, player: int) -> bool:
    """Say whether a player sees the unit in slot j."""
    v = units[j]
    if game.is_melee or game.full_vision or v.player == player or is_hidden(v, player):
        return is_seen(v, game, player)
    if v.fired_frame > 0 and game.frame - v.fired_frame < REVEAL_LOOPS:
        return True
    is_high = not KINDS[v.kind].is_flyer
    height = height_at(ground, v.x, v.y)
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        if u.player != player:
            continue
        kind = KINDS[u.kind]
        sight = whole(kind.sight) if u.is_complete else whole(BUILDING_SIGHT)
        dx = whole(v.x) - u.x
        dy = whole(v.y) - u.y
        if dx * dx + dy * dy > sight * sight:
            continue
        if is_high and not kind.is_flyer and height_at(ground, u.x, u.y) < height:
            continue
        return True
    return False


@inline
def _look_around(ground: Ground, seen: Seen, stamp: int, x: int, y: int, sight: int, sees_up: bool) -> None:
    """Mark the cells whose middles are within sight of a place, and that lie no higher."""
    height = height_at(ground, x, y)
    x = whole(x)
    y = whole(y)
    reach = sight // ONE + 1
    for row in range(max(0, y // ONE - reach), min(seen.shape[0] - 1, y // ONE + reach) + 1):
        dy = row * ONE + ONE // 2 - y
        if dy * dy > sight * sight:
            continue
        wide = root(sight * sight - dy * dy)
        first = max(0, (x - wide + ONE // 2 - 1) // ONE)
        last = min(seen.shape[1] - 1, (x + wide - ONE // 2) // ONE)
        for column in range(first, last + 1):
            if seen[row, column] != stamp and (sees_up or height_at_cell(ground, row, column) <= height + SLOPE):
                seen[row, column] = stamp


@inline
def height_at_cell(ground: Ground, row: int, column: int) -> int:
    """Return the height of a cell."""
    return whole(ground[row, column]) >> 2


@inline
def _is_in_sight(v: Any, seen: Seen, stamp: int) -> bool:
    """Say whether any cell under a unit is in sight: of structures those of their footprint, else the one it is on."""
    half = (whole(KINDS[v.kind].footprint_half) * (ONE // 4)) if KINDS[v.kind].is_structure else 0
    top = min(max((whole(v.y) - half) // ONE, 0), seen.shape[0] - 1)
    left = min(max((whole(v.x) - half) // ONE, 0), seen.shape[1] - 1)
    bottom = min(max((whole(v.y) + half - 1) // ONE, top), seen.shape[0] - 1)
    right = min(max((whole(v.x) + half - 1) // ONE, left), seen.shape[1] - 1)
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if seen[row, column] == stamp:
                return True
    return False


@inline
def _is_detected(units: Units, game: Game, index: Index, effects: NDArray[np.void], v: Any, player: int) -> bool:
    """Say whether a player's detectors or scanner sweeps reach a unit, edge of the unit to centre."""
    for k in range(game.num_units):
        u = units[index[k]]
        reach = whole(KINDS[u.kind].detection)
        if reach == 0 or u.player != player or not u.is_complete or not u.has_power:
            continue
        reach += KINDS[v.kind].radius
        dx = whole(v.x) - u.x
        dy = whole(v.y) - u.y
        if dx * dx + dy * dy <= reach * reach:
            return True
    for k in range(game.num_effects):
        e = effects[k]
        if e.kind == SCAN and e.player == player:
            dx = whole(v.x) - e.x
            dy = whole(v.y) - e.y
            if dx * dx + dy * dy <= SCAN_RADIUS * SCAN_RADIUS:
                return True
    return False


@inline
def detect(units: Units, game: Game, index: Index, effects: NDArray[np.void]) -> None:
    """Note who detects which cloaked unit."""
    for k in range(game.num_units):
        v = units[index[k]]
        v.detected_by = 0
        if not v.is_cloaked:
            continue
        for player in range(NUM_PLAYERS):
            if v.player != player and _is_detected(units, game, index, effects, v, player):
                v.detected_by |= 1 << player


@inline
def _remember(units: Units, game: Game, index: Index, seen: Seen, stamp: int, player: int, memory: Memory) -> None:
    """Bring what one player remembers up to date.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        seen: (rows, columns) of the player.
        stamp: what the cells in sight have.
        player: whose.
        memory: (places,) of the player.
    """
    for k in range(len(memory)):
        if memory[k].unit != 0 and _is_in_sight(memory[k], seen, stamp):
            memory[k].unit = 0  # what is still there is remembered anew below
    at = 0
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        kind = KINDS[u.kind]
        if not (kind.is_structure or kind.resource != NO_RESOURCE) or u.player == player:
            continue
        if (whole(u.seen_by) >> player) & 1 == 0 or is_hidden(u, player):
            continue
        unit = id_of(units, i) + 1
        place = -1
        for m in range(len(memory)):  # it may have moved
            if memory[m].unit == unit:
                place = m
                break
        while place < 0 and at < len(memory):
            if memory[at].unit == 0:
                place = at
            at += 1
        if place < 0:
            continue
        entry = memory[place]
        entry.unit = unit
        entry.kind = u.kind
        entry.player = u.player
        entry.x = u.x
        entry.y = u.y
        entry.build_loops = 0 if u.is_complete else u.build_loops
        entry.frame = game.frame


@inline
def look(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    effects: NDArray[np.void],
    grids: Grids,
    seen: Seen,
    memory: Memory,
) -> None:
    """Bring what both players of a melee game see and remember up to date.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        effects: (MAX_EFFECTS,) EFFECT_DTYPE.
        grids: (NUM_GRIDS, rows, columns); those of sight and of creep as it was seen are written.
        seen: (players, rows, columns), written.
        memory: (players, places), written.
    """
    stamp = whole(game.frame) + 1
    detect(units, game, index, effects)
    for player in range(NUM_PLAYERS):
        mine = seen[player]
        for k in range(game.num_units):
            u = units[index[k]]
            if u.player == player and u.slot_state == SLOT_ALIVE:
                kind = KINDS[u.kind]
                sight = whole(kind.sight) if u.is_complete else min(whole(kind.sight), whole(BUILDING_SIGHT))
                _look_around(ground, mine, stamp, whole(u.x), whole(u.y), sight, bool(kind.is_flyer))
        for k in range(game.num_effects):
            e = effects[k]
            if e.kind == SCAN and e.player == player:
                _look_around(ground, mine, stamp, whole(e.x), whole(e.y), whole(SCAN_RADIUS), True)
        bit = 1 << player
        for k in range(game.num_units):
            v = units[index[k]]
            if _is_in_sight(v, mine, stamp):
                v.seen_by |= bit
            else:
                v.seen_by &= ~bit
        sight_grid = grids[GRID_SIGHT + player]
        known_creep = grids[GRID_KNOWN_CREEP + player]
        for row in range(mine.shape[0]):
            for column in range(mine.shape[1]):
                if mine[row, column] == stamp:
                    sight_grid[row, column] = IN_SIGHT
                    known_creep[row, column] = grids[GRID_CREEP, row, column]
                elif sight_grid[row, column] == IN_SIGHT:
                    sight_grid[row, column] = SEEN_BEFORE
        _remember(units, game, index, mine, stamp, player, memory[player])


@inline
def remember_map(units: Units, game: Game, index: Index, memory: Memory) -> None:
    """Let both players know what the map says: the resources that nobody owns."""
    for player in range(NUM_PLAYERS):
        for k in range(memory.shape[1]):
            memory[player, k].unit = 0
        count = 0
        for k in range(game.num_units):
            i = whole(index[k])
            u = units[i]
            if KINDS[u.kind].resource == NO_RESOURCE or u.player in (0, 1) or count == memory.shape[1]:
                continue
            entry = memory[player, count]
            entry.unit = id_of(units, i) + 1
            entry.kind = u.kind
            entry.player = u.player
            entry.x = u.x
            entry.y = u.y
            entry.build_loops = 0
            entry.frame = NOBODY
            count += 1
