"""What may be told to whom now, for those who ask before they tell: servers of the real game's interface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import kernel
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.geometry import Game
from engine.starcraft2.making import has_tech, why_not
from engine.starcraft2.pace import own_speed
from engine.starcraft2.placing import snapped, why_not_there
from engine.starcraft2.protoss import is_gate_ready, why_no_warping
from engine.starcraft2.queues import is_becoming
from engine.starcraft2.results import (
    CANT_QUEUE_THAT_ORDER,
    COOLDOWN,
    MUST_TARGET_UNIT,
    NOT_ENOUGH_ENERGY,
    NOT_ENOUGH_LIFE,
    SUCCESS,
    TECH_REQUIREMENTS_NOT_MET,
)
from engine.starcraft2.spells import why_not_cast
from engine.starcraft2.state import NOBODY
from engine.starcraft2.tables import KINDS, MADE, TRAIN_PLACE
from engine.starcraft2.terrain import Grids, Ground

Index = NDArray[np.int32]


@kernel
def max_hp(units: NDArray[np.void], game: Game, i: int) -> int:
    """Return the life that the unit in a slot may have with its player's upgrades, 1/4096 point."""
    return max_hp_of(game, units[i])


@kernel
def may_move(units: NDArray[np.void], game: Game, i: int) -> bool:
    """Say whether the unit in a slot can go anywhere, with its player's upgrades."""
    return own_speed(units[i], game) > 0


@kernel
def may_cast(units: NDArray[np.void], game: Game, index: Index, i: int, spell: int, ignores_resources: bool) -> bool:
    """Say whether a unit may cast a spell now, at whomever and wherever.

    Args:
        units: (N,) UNIT_DTYPE of one game.
        game: the game.
        index: its living units.
        i: the caster's slot.
        spell: row of SPELLS.
        ignores_resources: energy and life do not count.
    """
    result = why_not_cast(units, game, index, i, spell, NOBODY)
    if ignores_resources and result in (NOT_ENOUGH_ENERGY, NOT_ENOUGH_LIFE):
        return True
    return result in (SUCCESS, MUST_TARGET_UNIT)


@kernel
def may_make(units: NDArray[np.void], game: Game, index: Index, i: int, row: int, ignores_resources: bool) -> int:
    """Return the ActionResult of making something now; nothing is done.

    Args:
        units: (N,) UNIT_DTYPE of one game.
        game: the game.
        index: its living units.
        i: the maker's slot.
        row: of MADE.
        ignores_resources: stock and supply do not count.
    """
    u = units[i]
    if not u.is_complete or (u.num_in_queue > 0 and is_becoming(u)):
        return CANT_QUEUE_THAT_ORDER
    if MADE[row].deed == TRAIN_PLACE and not is_gate_ready(u):
        return COOLDOWN
    if ignores_resources:
        return SUCCESS if has_tech(units, game, index, i, row) else TECH_REQUIREMENTS_NOT_MET
    return why_not(units, game, index, i, row, True)


@kernel
def may_place(
    units: NDArray[np.void],
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    number: int,
    player: int,
    builder: int,
    x: int,
    y: int,
) -> int:
    """Return the ActionResult of placing a structure, or warping a unit in, whatever it costs and requires.

    Args:
        units: (N,) UNIT_DTYPE of one game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        number: row of KINDS.
        player: whose.
        builder: slot of who builds it, NOBODY for whoever.
        x: where, 1/4096 cell.
        y: likewise.
    """
    if not KINDS[number].is_structure:
        return why_no_warping(units, game, index, ground, blocked, grids, number, player, x, y)
    half = whole(KINDS[number].footprint_half)
    at_x = snapped(x, half)
    at_y = snapped(y, half)
    return why_not_there(units, game, index, ground, blocked, grids, number, player, builder, at_x, at_y)
