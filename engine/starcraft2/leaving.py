"""What a unit's death does to others: passengers, geysers, the tally of losses, and who has won."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units, slot_of
from engine.starcraft2.presence import come_out
from engine.starcraft2.state import (
    DREW,
    LOST,
    NOBODY,
    NUM_PLAYERS,
    PLAYING,
    SLOT_ALIVE,
    SLOT_DEAD,
    WON,
)
from engine.starcraft2.tables import GAS, KINDS
from engine.starcraft2.terrain import Ground, cover

Index = NDArray[np.int32]

_FIRST: Final = 0
_SECOND: Final = 1


@inline
def let_go(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let what depends on a dying unit go on without it, or die with it.

    Passengers of structures come out, others die; a geyser keeps what its structure left in it.

    Args:
        units: of the game.
        game: the game.
        index: its living units; passengers are appended.
        ground: the map.
        blocked: cells that something stands on.
        i: the dying unit's slot.
    """
    u = units[i]
    kind = KINDS[u.kind]
    if 0 <= u.player < NUM_PLAYERS:
        game.lost_minerals[u.player] += kind.minerals
        game.lost_gas[u.player] += kind.gas
    while u.num_passengers > 0:
        slot = whole(u.passengers[u.num_passengers - 1])
        is_out = come_out(units, game, index, ground, blocked, i, slot)
        if not kind.is_structure or not is_out:
            units[slot].hp = 0
            units[slot].slot_state = SLOT_DEAD
            game.lost_minerals[u.player] += KINDS[units[slot].kind].minerals
            game.lost_gas[u.player] += KINDS[units[slot].kind].gas
    if kind.is_structure and kind.resource == GAS:
        geyser = slot_of(units, whole(u.parent))
        if geyser != NOBODY:
            units[geyser].resources = u.resources


@inline
def keep_geyser(units: Units, blocked: Ground, i: int) -> None:
    """Cover the cells of the geyser again that a gas structure stood on."""
    u = units[i]
    if KINDS[u.kind].is_structure and KINDS[u.kind].resource == GAS:
        geyser = slot_of(units, whole(u.parent))
        if geyser != NOBODY:
            cover(blocked, KINDS[units[geyser].kind], units[geyser].x, units[geyser].y, 1)


@inline
def judge(units: Units, game: Game, index: Index) -> None:
    """Let a player lose who has no structure left."""
    if game.result[_FIRST] != PLAYING:
        return
    has_first = False
    has_second = False
    for k in range(game.num_units):
        u = units[index[k]]
        if u.slot_state != SLOT_ALIVE or not KINDS[u.kind].is_structure:
            continue
        if u.player == _FIRST:
            has_first = True
        elif u.player == _SECOND:
            has_second = True
    if has_first and has_second:
        return
    if not has_first and not has_second:
        game.result[_FIRST] = DREW
        game.result[_SECOND] = DREW
        return
    game.result[_FIRST] = WON if has_first else LOST
    game.result[_SECOND] = WON if has_second else LOST
