"""What each form of spell does in the moment in which it works: `spells` says who may cast it and how it comes to that.

What lasts is a buff of a unit (`unit.buffs`, loops left) or an effect on the map (`lasting`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.affliction import begin_buff, drain, give_back
from engine.starcraft2.agenda import drop_orders
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.creep import SPREADS, give_up, has_creep
from engine.starcraft2.geometry import Game, Units, id_of, root
from engine.starcraft2.lasting import Effects, add_effect, begin_force_field
from engine.starcraft2.moving import face
from engine.starcraft2.offspring import spawn_locusts, swoop_down
from engine.starcraft2.parasites import seize
from engine.starcraft2.placing import is_on_low
from engine.starcraft2.presence import enter, free_slot, place_unit, settle
from engine.starcraft2.spell_table import (
    ABDUCT,
    ALIGN,
    BILE,
    BLINK,
    BOMB,
    BOOST,
    CHARGE,
    CLOUD,
    CONTAMINATE,
    CREEP_OFF,
    CREEP_ON,
    EMP,
    FEEDBACK,
    FORCE_FIELD,
    FUNGAL,
    HALLUCINATE,
    INJECT,
    LOCUSTS,
    OVERCHARGE,
    RECALL,
    SEIZE,
    SHIELD,
    SHOT,
    SPELLS,
    STIM,
    STORM,
    SWOOP,
    TRANSFUSE,
    TUMOR,
)
from engine.starcraft2.state import (
    ATTACK,
    BUFF_ALIGNED,
    BUFF_BOMBED,
    BUFF_BOOSTED,
    BUFF_CHARGING,
    BUFF_CONTAMINATED,
    BUFF_DECLOAKED,
    BUFF_FUNGAL,
    BUFF_OVERCHARGED,
    BUFF_TRANSFUSED,
    GRID_CREEP,
    GRID_CREEP_CLOCK,
    NOBODY,
    NUM_PLAYERS,
    SLOT_ALIVE,
)
from engine.starcraft2.tables import KIND_OF, KINDS, ONE
from engine.starcraft2.terrain import Grids, Ground, is_free
from engine.starcraft2.terran import cast_terran

Index = NDArray[np.int32]

EVERYWHERE: Final = 100 * ONE
"""A range of the tables (500) that needs no way into it."""

NEVER_AGAIN: Final = 2**30
"""Loops that no game lasts."""

BLINK_STEPS: Final = 16
"""A way that ends where nobody may stand is shortened in so many parts."""

_LARVA: Final = int(KIND_OF[151])
_EGG: Final = int(KIND_OF[103])


@inline
def _blink(u: Any, ground: Ground, blocked: Ground, x: int, y: int, most: int) -> None:
    """Put a unit as far toward a place as it may stand."""
    dx = whole(x) - u.x
    dy = whole(y) - u.y
    far = max(1, root(dx * dx + dy * dy))
    step = min(far, whole(most))
    for k in range(BLINK_STEPS, 0, -1):
        to_x = u.x + dx * step // far * k // BLINK_STEPS
        to_y = u.y + dy * step // far * k // BLINK_STEPS
        if is_free(ground, blocked, to_x, to_y):
            face(u, x, y)
            settle(u, to_x, to_y)
            return


@inline
def _is_in_area(v: Any, x: int, y: int, radius: int) -> bool:
    """Say whether a circle reaches a unit's middle."""
    dx = whole(v.x) - x
    dy = whole(v.y) - y
    return bool(dx * dx + dy * dy <= whole(radius) * radius)


@inline
def _strike_area(units: Units, game: Game, index: Index, i: int, spell: int, x: int, y: int) -> None:
    """Let an EMP or a fungal growth do what it does to all in its area."""
    facts = SPELLS[spell]
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.slot_state != SLOT_ALIVE or not _is_in_area(v, x, y, facts.radius):
            continue
        if facts.form == EMP:
            v.shield = max(0, whole(v.shield) - facts.amount)
            v.shield_wait = KINDS[v.kind].shield_delay
            v.energy = max(0, whole(v.energy) - facts.amount)
            begin_buff(v, BUFF_DECLOAKED, facts.duration)
        elif v.player != units[i].player and v.player < NUM_PLAYERS and not KINDS[v.kind].is_structure:
            begin_buff(v, BUFF_FUNGAL, facts.duration)


@inline
def _recall(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, spell: int) -> None:
    """Bring a player's units from around a place to the caster."""
    u = units[i]
    count = 0
    for k in range(game.num_units):
        v = units[index[k]]
        if v.player != u.player or KINDS[v.kind].is_structure or v.kind in (_LARVA, _EGG):
            continue
        if v.slot_state == SLOT_ALIVE and _is_in_area(v, u.order_x[0], u.order_y[0], SPELLS[spell].radius):
            dx = (count % 5 - 2) * ONE
            dy = (4 + count // 5) * ONE
            x = min(max(whole(u.x) + dx, ONE), ground.shape[1] * ONE - ONE)
            y = min(max(whole(u.y) + dy, ONE), ground.shape[0] * ONE - ONE)
            drop_orders(units, v)
            if KINDS[v.kind].is_flyer or is_free(ground, blocked, x, y):
                settle(v, x, y)
            else:
                _blink(v, ground, blocked, x, y, EVERYWHERE)
            count += 1


@inline
def _plant_tumor(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    i: int,
    spell: int,
    x: int,
    y: int,
) -> bool:
    """Begin a creep tumor at a place, on creep where nothing stands; say whether it could. A tumor does so once."""
    x = x // ONE * ONE + ONE // 2
    y = y // ONE * ONE + ONE // 2
    slot = free_slot(units)
    if slot == NOBODY or not is_free(ground, blocked, x, y) or not has_creep(grids[GRID_CREEP], x, y):
        return False
    kind = whole(SPELLS[spell].product)
    if is_on_low(units, game, index, NOBODY, x, y, whole(KINDS[kind].footprint_half)):
        return False
    enter(units, game, index, blocked, slot, kind, whole(units[i].player), x, y)
    units[slot].is_complete = 0
    units[slot].build_loops = KINDS[kind].build_loops
    units[slot].hp = max(whole(1), max_hp_of(game, units[slot]) // 10)
    if KINDS[units[i].kind].is_structure:
        units[i].ability_wait[0] = NEVER_AGAIN
        units[i].clocks = 1
    return True


@inline
def work_spell(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: Effects,
    i: int,
    spell: int,
    j: int,
) -> bool:
    """Let a spell work; say whether its order ends with that.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        effects: what lies on the map besides units.
        i: the caster's slot; its first order says where, if the spell aims at a place.
        spell: row of SPELLS.
        j: the target's slot, NOBODY for none.
    """
    u = units[i]
    facts = SPELLS[spell]
    form = facts.form
    x = min(max(whole(u.order_x[0]), 0), ground.shape[1] * ONE - 1)  # a spell works on the map
    y = min(max(whole(u.order_y[0]), 0), ground.shape[0] * ONE - 1)
    if form == BLINK:
        _blink(u, ground, blocked, x, y, facts.radius)
    elif form == CHARGE:
        begin_buff(u, BUFF_CHARGING, facts.duration)
        u.order_ability[0] = ATTACK
        return False
    elif form in (STORM, CLOUD):
        add_effect(game, effects, spell, u.player, x, y, facts.duration, NOBODY)
    elif form == BILE:
        add_effect(game, effects, spell, u.player, x, y, facts.delay, NOBODY)
    elif form == SHIELD:
        add_effect(game, effects, spell, u.player, u.x, u.y, facts.duration, id_of(units, i))
    elif form == FORCE_FIELD:
        begin_force_field(units, game, index, ground, blocked, effects, spell, x, y)
    elif form in (EMP, FUNGAL):
        _strike_area(units, game, index, i, spell, x, y)
    elif form == FEEDBACK:
        amount = whole(units[j].energy) * facts.amount // ONE
        units[j].energy = 0
        drain(units, game, index, j, amount, i)
    elif form == SHOT:
        drain(units, game, index, j, whole(facts.amount), i)
    elif form == TRANSFUSE:
        units[j].hp = min(whole(units[j].hp) + facts.amount, max_hp_of(game, units[j]))
        begin_buff(units[j], BUFF_TRANSFUSED, facts.duration)
    elif form == INJECT:
        units[j].num_injects += 1
        if units[j].inject_wait == 0:
            units[j].inject_wait = facts.duration
    elif form == BOOST:
        begin_buff(units[j], BUFF_BOOSTED, facts.duration)
    elif form == OVERCHARGE:
        begin_buff(units[j], BUFF_OVERCHARGED, facts.duration)
    elif form == ALIGN:
        begin_buff(u, BUFF_ALIGNED, facts.duration)
    elif form == ABDUCT:
        drop_orders(units, units[j])
        _blink(units[j], ground, blocked, whole(u.x), whole(u.y), EVERYWHERE)
    elif form == RECALL:
        _recall(units, game, index, ground, blocked, i, spell)
    elif form == TUMOR:
        if not _plant_tumor(units, game, index, ground, blocked, grids, i, spell, x, y):
            give_back(u, spell)
    elif form == LOCUSTS:
        spawn_locusts(units, game, index, ground, blocked, i, spell, x, y)
    elif form == SWOOP:
        swoop_down(units, game, index, ground, blocked, i, x, y)
    elif form == BOMB:
        loops = whole(facts.delay) + facts.duration
        if add_effect(game, effects, spell, u.player, units[j].x, units[j].y, loops, id_of(units, j)):
            begin_buff(units[j], BUFF_BOMBED, loops)
        else:
            give_back(u, spell)
    elif form == SEIZE:
        seize(units, game, i, spell, j)
        return False
    elif form == CONTAMINATE:
        begin_buff(units[j], BUFF_CONTAMINATED, facts.duration)
    elif form == CREEP_ON:
        u.autocast |= SPREADS
    elif form == CREEP_OFF:
        u.autocast &= ~SPREADS
        if game.is_melee:
            give_up(u, grids[GRID_CREEP], grids[GRID_CREEP_CLOCK])
    elif form >= STIM:
        cast_terran(units, game, index, ground, blocked, effects, i, spell, j, x, y)
    elif form == HALLUCINATE:
        for _ in range(facts.amount // ONE):
            slot = place_unit(
                units,
                game,
                index,
                ground,
                blocked,
                whole(facts.product),
                whole(u.player),
                whole(u.x),
                whole(u.y),
                False,
            )
            if slot != NOBODY:
                units[slot].is_hallucination = 1
                units[slot].life_left = facts.duration
                units[slot].clocks = 1
    return True
