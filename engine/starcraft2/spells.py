"""Casting: what a unit may cast, and the way into range; `spell_forms` has what happens then.

Which spells there are and their numbers is `data/spells.csv`. A spell is paid when its casting begins.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.affliction import begin_buff, give_back
from engine.starcraft2.boosts import BOOSTS, is_boosted
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.lasting import Effects
from engine.starcraft2.making import has_complete, has_upgrade
from engine.starcraft2.moving import face, walk
from engine.starcraft2.nukes import armed_academy, launch
from engine.starcraft2.parasites import why_not_seized
from engine.starcraft2.results import (
    BUILDING_IS_UNDER_CONSTRUCTION,
    CANT_TARGET_STRUCTURES,
    CANT_TARGET_THAT_UNIT,
    CANT_TARGET_YOUR_OWN_UNITS,
    COOLDOWN,
    MUST_TARGET_AIR_UNITS,
    MUST_TARGET_BIOLOGICAL_UNITS,
    MUST_TARGET_ENERGY_CAPABLE_UNITS,
    MUST_TARGET_STRUCTURES,
    MUST_TARGET_UNIT,
    MUST_TARGET_YOUR_OWN_UNITS,
    NOT_ENOUGH_ENERGY,
    SUCCESS,
    TECH_REQUIREMENTS_NOT_MET,
)
from engine.starcraft2.spell_forms import EVERYWHERE, work_spell
from engine.starcraft2.spell_table import (
    AT_NOTHING,
    AT_UNIT,
    BILE,
    BOMB,
    CHARGE,
    FILTERS,
    MOST_TARGETS,
    NUKE,
    OVERCHARGE,
    RECALL,
    SEIZE,
    SHOT,
    SPELLS,
    SPELLS_OF,
    STIM,
)
from engine.starcraft2.state import (
    ATTACK,
    BUFF_CASTING,
    BUFF_CHARGING,
    NOBODY,
)
from engine.starcraft2.tables import ATTRIBUTES, KINDS, NO_KIND, ONE
from engine.starcraft2.targeting import gap_between
from engine.starcraft2.terrain import Grids, Ground, Work
from engine.starcraft2.terran import why_not_terran

Index = NDArray[np.int32]

NO_SPELL: Final = -1

CHARGE_FROM: Final = 4 * ONE
"""How near to its target a Zealot charges by itself (game knowledge, not verified)."""

_CHARGE: Final = int(np.flatnonzero(SPELLS["form"] == CHARGE)[0])

_BIOLOGICAL: Final = 1 << ATTRIBUTES.index("Biological")
_OWN, _NOT_OWN, _NOT_SELF, _IS_BIOLOGICAL, _IS_STRUCTURE, _NO_STRUCTURE, _HAS_ENERGY, _COMPLETE, _FLIES = (
    1 << number for number in range(len(FILTERS))
)


@inline
def spell_of(kind: int, ability: int) -> int:
    """Return the row of SPELLS that a type casts with an ability, general or not; NO_SPELL for none."""
    first = whole(SPELLS_OF[kind, 0])
    for row in range(first, first + SPELLS_OF[kind, 1]):
        if SPELLS[row].ability == ability or SPELLS[row].general == ability:
            return row
    return NO_SPELL


@inline
def cooldown_of(spell: int) -> int:
    """Return which of a unit's cooldowns a spell has: nobody has two spells of one."""
    return 1 if SPELLS[spell].form == OVERCHARGE else 0


@inline
def is_bound(u: Any) -> bool:
    """Say whether a unit is calling a nuke down or controls another one: it does nothing else until it is cancelled."""
    if u.buffs[BUFF_CASTING] == 0 or u.num_orders == 0:
        return False
    spell = spell_of(whole(u.kind), whole(u.order_ability[0]))
    return spell != NO_SPELL and SPELLS[spell].form in (SEIZE, NUKE)


@inline
def _why_no_target(units: Units, i: int, spell: int, j: int) -> int:
    """Return the ActionResult of aiming a spell at the unit in slot j."""
    v = units[j]
    kind = KINDS[v.kind]
    filters = whole(SPELLS[spell].filters)
    if filters & _OWN and v.player != units[i].player:
        return MUST_TARGET_YOUR_OWN_UNITS
    if filters & _NOT_OWN and v.player == units[i].player:
        return CANT_TARGET_YOUR_OWN_UNITS
    if filters & _NOT_SELF and i == j:
        return CANT_TARGET_THAT_UNIT
    if filters & _IS_BIOLOGICAL and not kind.attributes & _BIOLOGICAL:
        return MUST_TARGET_BIOLOGICAL_UNITS
    if filters & _IS_STRUCTURE and not kind.is_structure:
        return MUST_TARGET_STRUCTURES
    if filters & _NO_STRUCTURE and kind.is_structure:
        return CANT_TARGET_STRUCTURES
    if filters & _FLIES and not kind.is_flyer:
        return MUST_TARGET_AIR_UNITS
    if filters & _HAS_ENERGY and kind.max_energy == 0:
        return MUST_TARGET_ENERGY_CAPABLE_UNITS
    if filters & _COMPLETE and not v.is_complete:
        return BUILDING_IS_UNDER_CONSTRUCTION
    if SPELLS[spell].form == SEIZE:
        return why_not_seized(v)
    if SPELLS[spell].only[0] != NO_KIND:
        for k in range(MOST_TARGETS):
            if SPELLS[spell].only[k] == v.kind:
                return SUCCESS
        return CANT_TARGET_THAT_UNIT
    return SUCCESS


@inline
def why_not_cast(units: Units, game: Game, index: Index, i: int, spell: int, j: int) -> int:
    """Return the ActionResult of casting a spell now, range left out.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        i: the caster's slot.
        spell: row of SPELLS.
        j: the target's slot, NOBODY for none.
    """
    u = units[i]
    facts = SPELLS[spell]
    if not u.is_complete:
        return BUILDING_IS_UNDER_CONSTRUCTION
    if facts.upgrade != 0 and not has_upgrade(game, u.player, facts.upgrade):
        return TECH_REQUIREMENTS_NOT_MET
    if facts.requires != NO_KIND and not has_complete(units, game, index, u.player, facts.requires):
        return TECH_REQUIREMENTS_NOT_MET
    if u.energy < facts.energy:
        return NOT_ENOUGH_ENERGY
    if u.ability_wait[cooldown_of(spell)] > 0:
        return COOLDOWN
    if facts.form == NUKE and armed_academy(units, game, index, u.player) == NOBODY:
        return TECH_REQUIREMENTS_NOT_MET
    if facts.form >= STIM:
        result = why_not_terran(u, spell)
        if result != SUCCESS:
            return result
    if facts.aim != AT_UNIT:
        return SUCCESS
    if j == NOBODY:
        return MUST_TARGET_UNIT
    return _why_no_target(units, i, spell, j)


@inline
def _pay(units: Units, game: Game, index: Index, i: int, spell: int) -> None:
    """Take what a spell costs; a Nexus' cooldowns are its player's."""
    u = units[i]
    facts = SPELLS[spell]
    u.energy -= facts.energy
    if facts.cooldown == 0:
        return
    wait = whole(facts.cooldown)
    if is_boosted(game, u.player, u.kind):
        wait -= BOOSTS[u.kind].wait
    at = cooldown_of(spell)
    is_shared = facts.form in (RECALL, OVERCHARGE)
    for k in range(game.num_units):
        v = units[index[k]]
        if index[k] == i or (is_shared and v.player == u.player and v.kind == u.kind):
            v.ability_wait[at] = wait
            v.clocks = 1


@inline
def charge_by_itself(units: Units, game: Game, index: Index, i: int) -> None:
    """Let a Zealot that goes for somebody near charge, if it may: that is switched on from the start."""
    u = units[i]
    if u.ability_wait[0] > 0 or not has_upgrade(game, u.player, SPELLS[_CHARGE].upgrade):
        return
    j = slot_of(units, whole(u.target))
    if j == NOBODY and u.num_orders > 0 and u.order_ability[0] == ATTACK:
        j = slot_of(units, whole(u.order_target[0]))
    if j == NOBODY or (u.num_orders > 0 and u.order_ability[0] != ATTACK):
        return
    gap = gap_between(units, i, j)
    if ONE < gap <= CHARGE_FROM:
        _pay(units, game, index, i, _CHARGE)
        begin_buff(u, BUFF_CHARGING, SPELLS[_CHARGE].duration)


@inline
def run_cast(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: Effects,
    work: Work,
    i: int,
    spell: int,
) -> bool:
    """Do one loop of an order to cast; say whether the order has come to its end."""
    u = units[i]
    facts = SPELLS[spell]
    j = slot_of(units, whole(u.order_target[0])) if facts.aim == AT_UNIT else NOBODY
    if facts.aim == AT_UNIT and j == NOBODY:
        u.buffs[BUFF_CASTING] = 0
        return True
    if u.buffs[BUFF_CASTING] > 0 and facts.form == SEIZE:
        return bool(units[j].parasite != id_of(units, i))
    if u.buffs[BUFF_CASTING] > 0:
        began = game.frame - (facts.delay + 1 - whole(u.buffs[BUFF_CASTING]))
        if facts.form == SHOT and facts.energy > 0 and u.hit_frame > began:
            give_back(u, spell)  # who is hit while it takes aim has to begin again
            u.buffs[BUFF_CASTING] = 0
            return True
        if u.buffs[BUFF_CASTING] > 1:
            return False
        u.buffs[BUFF_CASTING] = 0
        work_spell(units, game, index, ground, blocked, grids, effects, i, spell, j)
        return True
    if facts.range < EVERYWHERE and facts.aim != AT_NOTHING:
        x = whole(u.order_x[0])
        y = whole(u.order_y[0])
        reach = whole(facts.range)
        if j != NOBODY:
            x = whole(units[j].x)
            y = whole(units[j].y)
            reach += whole(KINDS[units[j].kind].radius) + KINDS[u.kind].radius
        if distance(u.x, u.y, x, y) > reach:
            if KINDS[u.kind].speed == 0:
                return True
            walk(units, game, index, ground, blocked, work, i, x, y, max(0, reach - ONE // 16))
            if distance(u.x, u.y, x, y) > reach:
                return False
        face(u, x, y)
    if why_not_cast(units, game, index, i, spell, j) != SUCCESS:
        return True
    if facts.form == NUKE:
        x = min(max(whole(u.order_x[0]), 0), ground.shape[1] * ONE - 1)
        y = min(max(whole(u.order_y[0]), 0), ground.shape[0] * ONE - 1)
        if not launch(units, game, index, effects, i, spell, x, y):
            return True
    _pay(units, game, index, i, spell)
    if facts.delay > 0 and facts.form not in (BILE, BOMB):
        begin_buff(u, BUFF_CASTING, facts.delay + 1)
        return False
    return work_spell(units, game, index, ground, blocked, grids, effects, i, spell, j)


@inline
def cast_at_once(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: Effects,
    i: int,
    spell: int,
) -> int:
    """Cast a spell that aims at nothing, beside whatever the unit does; return the ActionResult."""
    result = why_not_cast(units, game, index, i, spell, NOBODY)
    if result == SUCCESS:
        _pay(units, game, index, i, spell)
        work_spell(units, game, index, ground, blocked, grids, effects, i, spell, NOBODY)
    return result
