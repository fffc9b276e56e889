"""Cloaks and who sees through them.

A cloaked or burrowed unit is looked at anew every 31 frames: whoever has a detector near sees it and may shoot at it.
Source: MECHANICS.md 1.1, 7 and 11.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import is_exposed
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import BURROWED, CLOAKED, CLOAKS_ITSELF, DISABLED, HALLUCINATION, NUM_PLAYERS
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import length, whole
from engine.core.jit import inline

Unit = Any  # a UNIT_DTYPE record
Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

DETECTION_FRAMES: Final = 31
CLOAK_256: Final = 10
AIR_CLOAK_256: Final = 13
"""Energy per frame of a ghost's and a wraith's cloak."""

CLOAK_START_ENERGY_256: Final = 25 << 8
FIELD_PX: Final = 160
"""How far an arbiter's field reaches; the recordings do not show it."""

FIELD_FRAMES: Final = 16
FIELD_PERIOD: Final = 8
ARBITER: Final = UNIT_TYPE_NAMES.index("Protoss_Arbiter")
EVERYBODY: Final = (1 << NUM_PLAYERS) - 1


@inline
def is_hidden_from(u: Unit, player: int) -> bool:
    """Say whether a cloak or the ground hides `u` from a player."""
    return bool(u.status & (CLOAKED | BURROWED)) and not u.detected >> player & 1


@inline
def detect(units: Units, game: Game, index: Index, i: int) -> None:
    """Note who sees unit `i`, cloaked or burrowed, all the same."""
    u = units[i]
    seen = 1 << whole(u.player)
    for k in range(game.num_units):
        v = units[index[k]]
        t = UNIT_TYPES[v.type]
        if (
            not t.detector
            or not v.is_complete
            or v.is_blind
            or v.status & (DISABLED | HALLUCINATION)
            or seen >> v.player & 1
        ):
            continue
        if length(u.x - v.x, u.y - v.y) <= t.sight_px:
            seen |= 1 << whole(v.player)
    u.detected = EVERYBODY if is_exposed(u) else seen


@inline
def cloak(units: Units, game: Game, index: Index, i: int, own_bits: int) -> None:
    """Cloak unit `i`; `own_bits` are further bits of its status that say why."""
    u = units[i]
    if not u.status & CLOAKED:
        u.detection_timer = DETECTION_FRAMES
        u.status |= CLOAKED
        detect(units, game, index, i)
    u.status |= own_bits


@inline
def decloak(u: Unit) -> None:
    """End the cloak of `u`, unless its type or somebody's field keeps it up."""
    u.status &= ~CLOAKS_ITSELF
    if u.field_timer == 0 and not UNIT_TYPES[u.type].has_permanent_cloak:
        u.status &= ~CLOAKED


@inline
def keep_hidden(units: Units, game: Game, index: Index, i: int) -> None:
    """Run one frame of the cloak of unit `i`, or of its being under ground: energy, and who sees it.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
    """
    u = units[i]
    u.detection_timer -= 1
    if u.detection_timer <= 0:
        u.detection_timer = DETECTION_FRAMES
        detect(units, game, index, i)
    if u.field_timer > 0:
        u.field_timer -= 1
        if u.field_timer == 0 and not u.status & CLOAKS_ITSELF:
            decloak(u)
    if u.status & CLOAKS_ITSELF:
        cost = AIR_CLOAK_256 if u.flies else CLOAK_256
        if u.energy_256 < cost:
            u.energy_256 = 0
            decloak(u)
        else:
            u.energy_256 -= cost


@inline
def spread_field(units: Units, game: Game, index: Index, i: int) -> None:
    """Let arbiter `i` cloak its player's units about it, other arbiters and buildings excepted.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the arbiter.
    """
    u = units[i]
    if (game.frame + i) % FIELD_PERIOD != 0:
        return
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    x0 = u.x - FIELD_PX
    y0 = u.y - FIELD_PX
    begin = first_at_least(index, base, count, x0)
    at = begin
    while at < count and index[base + at] <= u.x + FIELD_PX:
        j = in_window(units, index, n, at, begin, x0, y0, u.x + FIELD_PX + 1, u.y + FIELD_PX + 1)
        at += 1
        if j < 0 or units[j].player != u.player or units[j].type == ARBITER or units[j].status & HALLUCINATION:
            continue
        if UNIT_TYPES[units[j].type].building or length(units[j].x - u.x, units[j].y - u.y) > FIELD_PX:
            continue
        cloak(units, game, index, j, 0)
        units[j].field_timer = FIELD_FRAMES
