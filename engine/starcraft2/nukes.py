"""Nukes: a Ghost Academy keeps one, a Ghost calls it down; `lasting` lets it fall. Numbers: `data`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units, id_of
from engine.starcraft2.lasting import Effects, add_effect
from engine.starcraft2.spell_table import SPELLS
from engine.starcraft2.state import NOBODY, SLOT_ALIVE

Index = NDArray[np.int32]


@inline
def armed_academy(units: Units, game: Game, index: Index, player: int) -> int:
    """Return the slot of the first of a player's structures that has a nuke, NOBODY for none."""
    for k in range(game.num_units):
        i = whole(index[k])
        if units[i].has_nuke and units[i].player == player and units[i].slot_state == SLOT_ALIVE:
            return i
    return NOBODY


@inline
def launch(units: Units, game: Game, index: Index, effects: Effects, i: int, spell: int, x: int, y: int) -> bool:
    """Let a Ghost begin to call a nuke down on a place; say whether there was one, and room for its mark."""
    u = units[i]
    academy = armed_academy(units, game, index, whole(u.player))
    if academy == NOBODY:
        return False
    loops = whole(SPELLS[spell].duration)
    if not add_effect(game, effects, spell, u.player, x, y, loops, id_of(units, i)):
        return False
    units[academy].has_nuke = 0
    return True
