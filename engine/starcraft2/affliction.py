"""What spells take and give: damage that no armor stops, shields and energy that are gone, lasting buffs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.making import has_upgrade
from engine.starcraft2.spell_table import FUNGAL, HIDE, LOCK, SPELLS, TRANSFUSE
from engine.starcraft2.state import BUFF_FUNGAL, BUFF_LOCKED, BUFF_STIM, BUFF_TRANSFUSED, NUM_BUFFS, SLOT_DEAD
from engine.starcraft2.tables import ATTRIBUTES, KINDS, LOOPS_PER_SECOND, ONE, UPGRADE_IDS
from engine.starcraft2.targeting import call_for_help

Index = NDArray[np.int32]


def _row_of(form: int) -> int:
    """Return the first row of SPELLS of a form."""
    return int(np.flatnonzero(SPELLS["form"] == form)[0])


_FUNGAL_ROW = _row_of(FUNGAL)
_TRANSFUSE_ROW = _row_of(TRANSFUSE)
_LOCK_ROW = _row_of(LOCK)

CLOAK_PER_LOOP: Final = int(SPELLS["tick"][_row_of(HIDE)]) // LOOPS_PER_SECOND
"""Energy that a cloak costs, besides what would regenerate."""


ARMORED: Final = 1 << ATTRIBUTES.index("Armored")
LOCK_UPGRADE: Final = UPGRADE_IDS["CycloneLockOnDamageUpgrade"]
LOCK_UPGRADED: Final = 2
"""Each of a lock-on's hits is worth 20, with the upgrade 20 more against armored units (SC2GameData)."""


@inline
def begin_buff(u: Any, buff: int, loops: int) -> None:
    """Let a buff last so many loops more; a longer one stays."""
    u.buffs[buff] = max(whole(u.buffs[buff]), whole(loops))
    u.clocks = 1


@inline
def give_back(u: Any, spell: int) -> None:
    """Give a caster the energy of a spell that came to nothing, as far as it has room for it."""
    u.energy = min(whole(u.energy) + SPELLS[spell].energy, whole(KINDS[u.kind].max_energy))


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
def _lock_tick(game: Game, u: Any) -> int:
    """Return what a lock-on takes off a unit in a loop: of who is armored twice as much with the other's upgrade."""
    tick = whole(SPELLS[_LOCK_ROW].tick)
    if KINDS[u.kind].attributes & ARMORED and has_upgrade(game, 1 - whole(u.player), LOCK_UPGRADE):
        tick *= LOCK_UPGRADED
    return tick


@inline
def run_afflictions(units: Units, game: Game, index: Index, i: int) -> None:
    """Let one loop pass of what hurts or heals a unit for some time."""
    u = units[i]
    if u.buffs[BUFF_FUNGAL] > 0 and whole(u.buffs[BUFF_FUNGAL]) * ONE % SPELLS[_FUNGAL_ROW].period == 0:
        drain(units, game, index, i, whole(SPELLS[_FUNGAL_ROW].tick), -1)
    if u.buffs[BUFF_LOCKED] > 0:
        drain(units, game, index, i, _lock_tick(game, u), -1)
    if u.buffs[BUFF_TRANSFUSED] > 0:
        u.hp = min(whole(u.hp) + SPELLS[_TRANSFUSE_ROW].tick, max_hp_of(game, u))


@inline
def run_clocks(units: Units, game: Game, index: Index, i: int) -> None:
    """Let one loop of a unit's buffs, cooldowns and timed life pass."""
    u = units[i]
    run_afflictions(units, game, index, i)
    is_running = False
    if u.buffs[BUFF_STIM] > 0:
        u.cooldown = max(0, whole(u.cooldown) - ONE // 2)  # attacks come half as fast again
    if u.is_cloaked and KINDS[u.kind].max_energy > 0 and KINDS[u.kind].energy_regen > 0:
        u.energy = max(whole(0), whole(u.energy) - CLOAK_PER_LOOP - KINDS[u.kind].energy_regen)
        is_running = True
        if u.energy == 0:
            u.is_cloaked = 0
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
