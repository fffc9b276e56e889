"""What Terran units do with their abilities: stimpacks, what an Orbital Command calls down, cloaks, lock-on, salvage.

Numbers are rows of `data/spells.csv`; `spells` checks and pays, here is what happens then.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.affliction import begin_buff, give_back
from engine.starcraft2.geometry import Game, Units, distance, id_of
from engine.starcraft2.lasting import Effects, add_effect
from engine.starcraft2.placing import is_on_low, snapped
from engine.starcraft2.presence import enter, free_slot, place_unit
from engine.starcraft2.results import CANT_QUEUE_THAT_ORDER, NOT_ENOUGH_LIFE, SUCCESS
from engine.starcraft2.spell_table import FAST, HIDE, LOCK, MULE, SALVAGE, SCAN, SHOW, SPELLS, STIM, SUPPLIES, TURRET
from engine.starcraft2.state import (
    BUFF_FAST,
    BUFF_LOCKED,
    BUFF_STIM,
    BUFF_SUPPLY_DROP,
    GATHER,
    NOBODY,
    NUM_PLAYERS,
    SLOT_ALIVE,
)
from engine.starcraft2.tables import KINDS, MINERALS, ONE
from engine.starcraft2.terrain import Ground, is_site_free

Index = NDArray[np.int32]

FOR_EVER: Final = 2**30
"""Loops that no game lasts."""

FIELD_WITHIN: Final = 10 * ONE
"""How far a MULE looks for a mineral field, as workers do."""


@inline
def why_not_terran(u: Any, spell: int) -> int:
    """Return SUCCESS if nothing but energy and cooldown is in an ability's way, else what is."""
    form = SPELLS[spell].form
    if form == STIM and u.hp <= SPELLS[spell].amount:
        return NOT_ENOUGH_LIFE
    if (form == HIDE and u.is_cloaked) or (form == SHOW and not u.is_cloaked) or (form == SALVAGE and u.life_left > 0):
        return CANT_QUEUE_THAT_ORDER
    return SUCCESS


@inline
def _call_mule(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, spell: int, x: int, y: int
) -> None:
    """Let a MULE land at a place and gather from the field nearest to it."""
    facts = SPELLS[spell]
    slot = place_unit(units, game, index, ground, blocked, whole(facts.product), whole(units[i].player), x, y, False)
    if slot == NOBODY:
        return
    mule = units[slot]
    mule.life_left = facts.duration
    mule.clocks = 1
    least = whole(FIELD_WITHIN) + 1
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        far = distance(x, y, v.x, v.y)
        if KINDS[v.kind].resource != MINERALS or v.slot_state != SLOT_ALIVE or far >= least:
            continue
        least = far
        mule.num_orders = 1
        mule.order_ability[0] = GATHER
        mule.order_target[0] = id_of(units, j)
        mule.order_x[0] = v.x
        mule.order_y[0] = v.y


@inline
def _put_turret(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, spell: int, x: int, y: int
) -> None:
    """Put an auto-turret at a place for its time; where it cannot stand, it costs nothing."""
    facts = SPELLS[spell]
    kind = KINDS[facts.product]
    x = snapped(x, whole(kind.footprint_half))
    y = snapped(y, whole(kind.footprint_half))
    slot = free_slot(units)
    is_low = is_on_low(units, game, index, NOBODY, x, y, whole(kind.footprint_half))
    if slot == NOBODY or is_low or not is_site_free(ground, blocked, kind, x, y):
        give_back(units[i], spell)
        return
    enter(units, game, index, blocked, slot, whole(facts.product), whole(units[i].player), x, y)
    u = units[slot]
    u.life_left = facts.duration
    u.clocks = 1


@inline
def cast_terran(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    effects: Effects,
    i: int,
    spell: int,
    j: int,
    x: int,
    y: int,
) -> None:
    """Let a Terran ability work that is paid for.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        effects: what lies on the map besides units.
        i: the caster's slot.
        spell: row of SPELLS.
        j: the target's slot, NOBODY.
        x: place, 1/4096 cell.
        y: likewise.
    """
    u = units[i]
    facts = SPELLS[spell]
    form = facts.form
    if form == STIM:
        u.hp -= facts.amount
        begin_buff(u, BUFF_STIM, facts.duration)
    elif form == SCAN:
        add_effect(game, effects, spell, u.player, x, y, facts.duration, NOBODY)
    elif form == MULE:
        _call_mule(units, game, index, ground, blocked, i, spell, x, y)
    elif form == SUPPLIES:
        begin_buff(units[j], BUFF_SUPPLY_DROP, FOR_EVER)
    elif form == TURRET:
        _put_turret(units, game, index, ground, blocked, i, spell, x, y)
    elif form == HIDE:
        u.is_cloaked = 1
        u.clocks = 1
    elif form == SHOW:
        u.is_cloaked = 0
    elif form == LOCK:
        begin_buff(units[j], BUFF_LOCKED, facts.duration)
    elif form == FAST:
        begin_buff(u, BUFF_FAST, facts.duration)
    elif form == SALVAGE:
        u.life_left = facts.duration
        u.clocks = 1
        if 0 <= u.player < NUM_PLAYERS:
            game.minerals[u.player] += whole(KINDS[u.kind].minerals) * facts.amount // ONE
