"""SCVs and MULEs repair machines and structures, in the time that building them takes, for a quarter of their price."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.geometry import Game, Units, slot_of
from engine.starcraft2.moving import face, walk
from engine.starcraft2.state import NOBODY, NUM_PLAYERS
from engine.starcraft2.tables import ATTRIBUTES, KIND_OF, KINDS, ONE, RACES
from engine.starcraft2.targeting import gap_between
from engine.starcraft2.terrain import Ground, Work

Index = NDArray[np.int32]

MULE: Final = int(KIND_OF[268])
TERRAN: Final = RACES.index("terran")
REPAIRED: Final = (1 << ATTRIBUTES.index("Mechanical")) | (1 << ATTRIBUTES.index("Structure"))

REACH: Final = ONE // 4
"""How near edges have to be; no source."""

PRICE_SHARE: Final = 4
"""The whole of a unit's life costs a quarter of its price (game knowledge, not verified)."""


@inline
def repairs(kind: int) -> bool:
    """Say whether units of a type repair others."""
    facts = KINDS[kind]
    return bool(kind == MULE or (facts.is_worker and facts.race == TERRAN))


@inline
def may_repair(units: Units, game: Game, i: int, j: int) -> bool:
    """Say whether a unit may repair another one now: its player's, a complete machine or structure, not whole."""
    v = units[j]
    kind = KINDS[v.kind]
    if i == j or v.player != units[i].player or not v.is_complete or not repairs(whole(units[i].kind)):
        return False
    return bool(kind.attributes & REPAIRED) and bool(kind.race == TERRAN) and bool(v.hp < max_hp_of(game, v))


@inline
def _share(price: int, hp: int, max_hp: int) -> int:
    """Return what a part of a unit's life costs in repair."""
    return whole(price) * whole(hp) // (whole(max_hp) * PRICE_SHARE)


@inline
def run_repair(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, work: Work, i: int) -> bool:
    """Do one loop of repairing; say whether there is nothing left to repair, or nothing to pay it with."""
    u = units[i]
    j = slot_of(units, whole(u.order_target[0]))
    if j == NOBODY or not may_repair(units, game, i, j):
        return True
    v = units[j]
    kind = KINDS[v.kind]
    near = whole(KINDS[u.kind].radius) + whole(kind.radius) + REACH
    walk(units, game, index, ground, blocked, work, i, v.x, v.y, near)
    if gap_between(units, i, j) > 2 * REACH:
        return False
    face(u, v.x, v.y)
    most = max_hp_of(game, v)
    after = min(whole(v.hp) + most // max(whole(1), whole(kind.build_loops)), most)
    minerals = _share(kind.minerals, after, most) - _share(kind.minerals, v.hp, most)
    gas = _share(kind.gas, after, most) - _share(kind.gas, v.hp, most)
    if 0 <= u.player < NUM_PLAYERS:
        if game.minerals[u.player] < minerals or game.gas[u.player] < gas:
            return True
        game.minerals[u.player] -= minerals
        game.gas[u.player] -= gas
        game.spent_minerals[u.player] += minerals
        game.spent_gas[u.player] += gas
    v.hp = after
    return False
