"""Casting: what a unit may cast, the way into range, and the moment in which a spell works.

Which spells there are and their numbers is `data/spells.csv`; here is what each form does. A spell is paid when its
casting begins. What lasts is a buff of a unit (`unit.buffs`, loops left) or an effect on the map (`lasting`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.affliction import begin_buff, drain
from engine.starcraft2.creep import SPREADS, give_up, has_creep
from engine.starcraft2.geometry import Game, Units, distance, id_of, root, slot_of
from engine.starcraft2.lasting import Effects, add_effect, begin_force_field
from engine.starcraft2.making import has_complete, has_upgrade
from engine.starcraft2.moving import face, walk
from engine.starcraft2.presence import enter, free_slot, place_unit, settle
from engine.starcraft2.results import (
    BUILDING_IS_UNDER_CONSTRUCTION,
    CANT_TARGET_STRUCTURES,
    CANT_TARGET_THAT_UNIT,
    CANT_TARGET_YOUR_OWN_UNITS,
    COOLDOWN,
    MUST_TARGET_BIOLOGICAL_UNITS,
    MUST_TARGET_ENERGY_CAPABLE_UNITS,
    MUST_TARGET_STRUCTURES,
    MUST_TARGET_UNIT,
    MUST_TARGET_YOUR_OWN_UNITS,
    NOT_ENOUGH_ENERGY,
    SUCCESS,
    TECH_REQUIREMENTS_NOT_MET,
)
from engine.starcraft2.spell_table import (
    ABDUCT,
    ALIGN,
    AT_NOTHING,
    AT_UNIT,
    BILE,
    BLINK,
    BOOST,
    CHARGE,
    CLOUD,
    CREEP_OFF,
    CREEP_ON,
    EMP,
    FEEDBACK,
    FILTERS,
    FORCE_FIELD,
    FUNGAL,
    HALLUCINATE,
    INJECT,
    MOST_TARGETS,
    OVERCHARGE,
    RECALL,
    SHIELD,
    SHOT,
    SPELLS,
    SPELLS_OF,
    STORM,
    TRANSFUSE,
    TUMOR,
)
from engine.starcraft2.state import (
    ATTACK,
    BUFF_ALIGNED,
    BUFF_BOOSTED,
    BUFF_CASTING,
    BUFF_CHARGING,
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
from engine.starcraft2.tables import ATTRIBUTES, KIND_OF, KINDS, NO_KIND, ONE
from engine.starcraft2.terrain import Grids, Ground, Work, is_free

Index = NDArray[np.int32]

NO_SPELL: Final = -1

NEVER_AGAIN: Final = 2**30
"""Loops that no game lasts."""

EVERYWHERE: Final = 100 * ONE
"""A range of the tables (500) that needs no way into it."""

BLINK_STEPS: Final = 16
"""A way that ends where nobody may stand is shortened in so many parts."""

_BIOLOGICAL: Final = 1 << ATTRIBUTES.index("Biological")
_OWN, _NOT_OWN, _NOT_SELF, _IS_BIOLOGICAL, _IS_STRUCTURE, _NO_STRUCTURE, _HAS_ENERGY, _COMPLETE = (
    1 << number for number in range(len(FILTERS))
)
_LARVA: Final = int(KIND_OF[151])
_EGG: Final = int(KIND_OF[103])


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
    if filters & _HAS_ENERGY and kind.max_energy == 0:
        return MUST_TARGET_ENERGY_CAPABLE_UNITS
    if filters & _COMPLETE and not v.is_complete:
        return BUILDING_IS_UNDER_CONSTRUCTION
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
    at = cooldown_of(spell)
    is_shared = facts.form in (RECALL, OVERCHARGE)
    for k in range(game.num_units):
        v = units[index[k]]
        if index[k] == i or (is_shared and v.player == u.player and v.kind == u.kind):
            v.ability_wait[at] = facts.cooldown
            v.clocks = 1


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
    if u.buffs[BUFF_CASTING] > 0:
        began = game.frame - (facts.delay + 1 - whole(u.buffs[BUFF_CASTING]))
        if facts.form == SHOT and facts.energy > 0 and u.hit_frame > began:
            u.energy += facts.energy  # who is hit while it takes aim has to begin again
            u.buffs[BUFF_CASTING] = 0
            return True
        if u.buffs[BUFF_CASTING] > 1:
            return False
        u.buffs[BUFF_CASTING] = 0
        _work(units, game, index, ground, blocked, grids, effects, i, spell, j)
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
    _pay(units, game, index, i, spell)
    if facts.delay > 0 and facts.form != BILE:
        begin_buff(u, BUFF_CASTING, facts.delay + 1)
        return False
    return _work(units, game, index, ground, blocked, grids, effects, i, spell, j)


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
        _work(units, game, index, ground, blocked, grids, effects, i, spell, NOBODY)
    return result


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
            if KINDS[v.kind].is_flyer or is_free(ground, blocked, x, y):
                settle(v, x, y)
            else:
                _blink(v, ground, blocked, x, y, EVERYWHERE)
            v.num_orders = 0
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
    enter(units, game, index, blocked, slot, kind, whole(units[i].player), x, y)
    units[slot].is_complete = 0
    units[slot].build_loops = KINDS[kind].build_loops
    units[slot].hp = max(whole(1), whole(KINDS[kind].max_hp) // 10)
    if KINDS[units[i].kind].is_structure:
        units[i].ability_wait[0] = NEVER_AGAIN
        units[i].clocks = 1
    return True


@inline
def _work(
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
    """Let a spell work; say whether its order ends with that."""
    u = units[i]
    facts = SPELLS[spell]
    form = facts.form
    x = whole(u.order_x[0])
    y = whole(u.order_y[0])
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
        units[j].hp = min(whole(units[j].hp) + facts.amount, whole(KINDS[units[j].kind].max_hp))
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
        _blink(units[j], ground, blocked, whole(u.x), whole(u.y), EVERYWHERE)
    elif form == RECALL:
        _recall(units, game, index, ground, blocked, i, spell)
    elif form == TUMOR:
        if not _plant_tumor(units, game, index, ground, blocked, grids, i, spell, x, y):
            u.energy += facts.energy
    elif form == CREEP_ON:
        u.autocast |= SPREADS
    elif form == CREEP_OFF:
        u.autocast &= ~SPREADS
        if game.is_melee:
            give_up(u, grids[GRID_CREEP], grids[GRID_CREEP_CLOCK])
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
