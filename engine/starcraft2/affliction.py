"""What spells take and give: damage that no armor stops, shields and energy that are gone, lasting buffs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.spell_table import FUNGAL, SPELLS, TRANSFUSE
from engine.starcraft2.state import BUFF_FUNGAL, BUFF_TRANSFUSED, NUM_BUFFS, SLOT_DEAD
from engine.starcraft2.tables import KINDS, ONE
from engine.starcraft2.targeting import call_for_help

Index = NDArray[np.int32]


def _row_of(form: int) -> int:
    """Return the first row of SPELLS of a form."""
    return int(np.flatnonzero(SPELLS["form"] == form)[0])


_FUNGAL_ROW = _row_of(FUNGAL)
_TRANSFUSE_ROW = _row_of(TRANSFUSE)


@inline
def begin_buff(u: Any, buff: int, loops: int) -> None:
    """Let a buff last so many loops more; a longer one stays."""
    u.buffs[buff] = max(whole(u.buffs[buff]), whole(loops))
    u.clocks = 1


@inline
def drain(units: Units, game: Game, index: Index, j: int, amount: int, by: int) -> None:
    """Take damage that no armor stops off a unit, shields first.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        j: whose slot.
        amount: 1/4096 point.
        by: the attacker's slot, NOBODY for none.
    """
    v = units[j]
    if v.slot_state == SLOT_DEAD:
        return
    left = whole(amount) * 2 if v.is_hallucination else whole(amount)
    taken = min(left, whole(v.shield))
    v.shield -= taken
    v.hp -= left - taken
    v.shield_wait = KINDS[v.kind].shield_delay
    v.hit_frame = game.frame
    if v.hp <= 0:
        v.hp = 0
        v.slot_state = SLOT_DEAD
        game.has_died = 1
    else:
        call_for_help(units, game, index, j, by)


@inline
def run_afflictions(units: Units, game: Game, index: Index, i: int) -> None:
    """Let one loop pass of what hurts or heals a unit for some time."""
    u = units[i]
    if u.buffs[BUFF_FUNGAL] > 0 and whole(u.buffs[BUFF_FUNGAL]) * ONE % SPELLS[_FUNGAL_ROW].period == 0:
        drain(units, game, index, i, whole(SPELLS[_FUNGAL_ROW].tick), -1)
    if u.buffs[BUFF_TRANSFUSED] > 0:
        u.hp = min(whole(u.hp) + SPELLS[_TRANSFUSE_ROW].tick, whole(KINDS[u.kind].max_hp))


@inline
def run_clocks(units: Units, game: Game, index: Index, i: int) -> None:
    """Let one loop of a unit's buffs, cooldowns and timed life pass."""
    u = units[i]
    run_afflictions(units, game, index, i)
    is_running = False
    for k in range(NUM_BUFFS):
        if u.buffs[k] > 0:
            u.buffs[k] -= 1
            is_running = True
    for k in range(2):
        if u.ability_wait[k] > 0:
            u.ability_wait[k] -= 1
            is_running = True
    if u.life_left > 0:
        u.life_left -= 1
        is_running = True
        if u.life_left == 0:
            u.hp = 0
            u.slot_state = SLOT_DEAD
            game.has_died = 1
    if not is_running:
        u.clocks = 0
        u.top_speed = 0
