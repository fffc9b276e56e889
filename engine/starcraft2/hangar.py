"""A Carrier's hangar: interceptors are built in it, fly out against its target and come back.

Outside they are units of their own that take no commands; inside they are passengers. They go for whom their Carrier
attacks, and for others while they are near it; who has nobody to attack flies home. Without their Carrier they die.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import add_order, drop_orders
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.making import INTERCEPTOR
from engine.starcraft2.presence import come_out, enter, free_slot, go_inside
from engine.starcraft2.queues import start_making
from engine.starcraft2.state import ATTACK, MAX_PASSENGERS, MOVE, NOBODY, SLOT_DEAD
from engine.starcraft2.tables import KINDS, MADE, NO_WEAPON, ONE, TRAIN
from engine.starcraft2.targeting import find_target, gap_between, weapon_against
from engine.starcraft2.terrain import Ground
from engine.starcraft2.vision import is_visible

Index = NDArray[np.int32]

FIRST_INTERCEPTORS: Final = 4
"""A Carrier comes with so many (SC2GameData: CarrierHangar, CountStart)."""

LEASH: Final = 12 * ONE
"""How far from their Carrier interceptors attack (likewise, Leash)."""

BUILDS_EVERY: Final = 8
"""Loops between two looks whether an interceptor can be built: that is switched on from the start (AutoBuildOn)."""

FILLED: Final = 1
"""Bit of a Carrier's `autocast`: it has had the interceptors that it comes with."""

_INTERCEPTOR_ROW: Final = int(np.flatnonzero((MADE["deed"] == TRAIN) & (MADE["product"] == INTERCEPTOR))[0])


@inline
def run_carrier(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let one loop of a Carrier's hangar pass: its first interceptors, new ones, and those that it sends out."""
    u = units[i]
    if u.is_hallucination:
        return
    if not u.autocast & FILLED:
        u.autocast |= FILLED
        for _ in range(FIRST_INTERCEPTORS):
            slot = free_slot(units)
            if slot != NOBODY:
                enter(units, game, index, blocked, slot, INTERCEPTOR, whole(u.player), whole(u.x), whole(u.y))
                units[slot].parent = id_of(units, i)
                go_inside(units, game, i, slot)
    if u.num_in_queue == 0 and (game.frame + i) % BUILDS_EVERY == 0:
        start_making(units, game, index, blocked, i, _INTERCEPTOR_ROW)
    if u.fired_frame == game.frame and u.num_passengers > 0 and slot_of(units, whole(u.aim)) != NOBODY:
        slot = whole(u.passengers[u.num_passengers - 1])
        come_out(units, game, index, ground, blocked, i, slot)
        add_order(units, units[slot], ATTACK, whole(u.aim), 0, 0, False)


@inline
def _goes_on(units: Units, game: Game, index: Index, ground: Ground, i: int, carrier: int) -> bool:
    """Say whether an interceptor's target is still there, in sight, and near enough to its Carrier."""
    u = units[i]
    if u.num_orders == 0 or u.order_ability[0] != ATTACK:
        return False
    j = slot_of(units, whole(u.order_target[0]))
    if j == NOBODY or weapon_against(units, i, j) == NO_WEAPON or gap_between(units, carrier, j) > LEASH:
        return False
    return is_visible(units, game, index, ground, j, whole(u.player))


@inline
def run_interceptor(units: Units, game: Game, index: Index, ground: Ground, i: int) -> None:
    """Let an interceptor choose in a loop: whom it attacks, or home; one that never had a Carrier is as other units."""
    u = units[i]
    if u.parent == NOBODY:
        return
    carrier = slot_of(units, whole(u.parent))
    if carrier == NOBODY:
        u.hp = 0
        u.slot_state = SLOT_DEAD
        game.has_died = 1
        return
    if _goes_on(units, game, index, ground, i, carrier):
        return
    c = units[carrier]
    target = find_target(units, game, index, ground, carrier, LEASH)
    if target != NOBODY:
        add_order(units, u, ATTACK, id_of(units, target), 0, 0, False)
    elif distance(u.x, u.y, c.x, c.y) <= whole(KINDS[u.kind].radius) + KINDS[c.kind].radius + ONE // 2:
        if c.num_passengers < MAX_PASSENGERS:
            drop_orders(units, u)
            go_inside(units, game, carrier, i)
    elif u.num_orders == 0 or u.order_ability[0] != MOVE:
        add_order(units, u, MOVE, whole(u.parent), 0, 0, False)
