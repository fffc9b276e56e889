"""Effects: what spells leave on the map for some time, and what it does there in each loop.

Records are EFFECT_DTYPE of `engine.starcraft2.state`; `kind` is the real game's effect id, 0 of what its interface does
not report. `amount` is 1 + the row of SPELLS it came from, so that its numbers are read where all are; 0 of others.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.affliction import begin_buff, drain
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.presence import place_unit
from engine.starcraft2.spell_table import BILE, BOMB, CLOUD, FORCE_FIELD, NUKE, SHIELD, SPELLS, STORM
from engine.starcraft2.splash import share_at
from engine.starcraft2.state import (
    BUFF_BLINDED,
    BUFF_BOMB_HIT,
    BUFF_CASTING,
    BUFF_GUARDED,
    BUFF_STORM,
    NEUTRAL_PLAYER,
    NOBODY,
    SLOT_ALIVE,
    SLOT_DEAD,
)
from engine.starcraft2.tables import ATTRIBUTES, KIND_OF, KINDS, NUKE_SPLASH, ONE, SPLASHES
from engine.starcraft2.terrain import Ground

Index = NDArray[np.int32]
Effects = NDArray[np.void]
"""(MAX_EFFECTS,) EFFECT_DTYPE of one game."""

NO_ROW: Final = -1
"""Of an effect that no spell of the table left."""

BY_FORCE_FIELD: Final = 2
"""What a force field writes into the cells that it blocks; structures write 1."""

GUARD_LOOPS: Final = 10
"""How long a pulse of a guardian shield lasts: 0.6 normal seconds (SC2GameData); likewise of a blinding cloud."""

_FORCE_FIELD: Final = int(KIND_OF[135])
_MASSIVE: Final = 1 << ATTRIBUTES.index("Massive")


@inline
def add_effect(game: Game, effects: Effects, spell: int, player: int, x: int, y: int, loops: int, unit_id: int) -> bool:
    """Leave a spell's effect on the map; say whether there was room for it.

    Args:
        game: the game.
        effects: written.
        spell: row of SPELLS.
        player: whose.
        x: 1/4096 cell.
        y: likewise.
        loops: how long it lasts.
        unit_id: whom it goes with, NOBODY if it stays.
    """
    if game.num_effects == len(effects):
        return False
    e = effects[game.num_effects]
    e.kind = SPELLS[spell].effect
    e.player = player
    e.x = x
    e.y = y
    e.loops = loops
    e.wait = 0
    e.unit = unit_id
    e.amount = spell + 1
    game.num_effects += 1
    return True


@inline
def _mark_force_field(blocked: Ground, x: int, y: int, was: int, now: int) -> None:
    """Change what blocks the 3 by 3 cells of a force field, where it is as said."""
    for row in range(max(0, whole(y) // ONE - 1), min(blocked.shape[0] - 1, whole(y) // ONE + 1) + 1):
        for column in range(max(0, whole(x) // ONE - 1), min(blocked.shape[1] - 1, whole(x) // ONE + 1) + 1):
            if blocked[row, column] == was:
                blocked[row, column] = now


@inline
def begin_force_field(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    effects: Effects,
    spell: int,
    x: int,
    y: int,
) -> None:
    """Put a force field on the map: nobody's, it bars the cells under it until its time is over."""
    x = whole(x) // ONE * ONE + ONE // 2
    y = whole(y) // ONE * ONE + ONE // 2
    slot = place_unit(units, game, index, ground, blocked, _FORCE_FIELD, NEUTRAL_PLAYER, x, y, True)
    if slot == NOBODY:
        return
    units[slot].x = x
    units[slot].y = y
    if add_effect(game, effects, spell, NEUTRAL_PLAYER, x, y, SPELLS[spell].duration, id_of(units, slot)):
        _mark_force_field(blocked, x, y, 0, BY_FORCE_FIELD)


@inline
def _is_touched(v: Any, e: Any, radius: int) -> bool:
    """Say whether a circle round an effect reaches a unit's edge."""
    dx = whole(v.x) - e.x
    dy = whole(v.y) - e.y
    reach = whole(radius) + KINDS[v.kind].radius
    return bool(dx * dx + dy * dy <= reach * reach)


@inline
def _is_broken(units: Units, game: Game, index: Index, e: Any) -> bool:
    """Say whether a massive unit on the ground touches a force field, whosever it is (game knowledge)."""
    for k in range(game.num_units):
        v = units[index[k]]
        kind = KINDS[v.kind]
        if v.slot_state != SLOT_ALIVE or not kind.attributes & _MASSIVE or kind.is_flyer or kind.is_structure:
            continue
        if not v.is_hallucination and _is_touched(v, e, whole(KINDS[_FORCE_FIELD].radius)):
            return True
    return False


@inline
def _pulse(units: Units, game: Game, index: Index, e: Any, spell: int) -> None:
    """Let an effect do to all around it what it does in each of its periods."""
    facts = SPELLS[spell]
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        kind = KINDS[v.kind]
        if v.slot_state != SLOT_ALIVE or not _is_touched(v, e, facts.radius):
            continue
        if facts.form == STORM:
            if not kind.is_structure and v.buffs[BUFF_STORM] == 0 and v.player != NEUTRAL_PLAYER:
                begin_buff(v, BUFF_STORM, whole(facts.period) // ONE)
                drain(units, game, index, j, whole(facts.amount), NOBODY)
        elif facts.form == SHIELD:
            if v.player == e.player and not kind.is_structure:
                begin_buff(v, BUFF_GUARDED, GUARD_LOOPS)
        elif facts.form == CLOUD:
            if v.player != e.player and not kind.is_flyer:
                begin_buff(v, BUFF_BLINDED, GUARD_LOOPS)
        elif facts.form == BOMB:
            is_meant = kind.is_flyer and not kind.is_structure and v.player != e.player
            if is_meant and v.player != NEUTRAL_PLAYER and v.buffs[BUFF_BOMB_HIT] == 0:
                begin_buff(v, BUFF_BOMB_HIT, whole(facts.period) // ONE)
                drain(units, game, index, j, whole(facts.amount), NOBODY)
        elif facts.form == BILE:
            drain(units, game, index, j, whole(facts.amount), NOBODY)


@inline
def _explode(units: Units, game: Game, index: Index, e: Any, spell: int) -> None:
    """Let a nuke hurt all around it, friend and foe, less in each ring (SC2GameData)."""
    facts = SPELLS[spell]
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.slot_state != SLOT_ALIVE or v.player == NEUTRAL_PLAYER:
            continue
        amount = whole(facts.amount) + (whole(facts.tick) if KINDS[v.kind].is_structure else 0)
        share = share_at(SPLASHES[NUKE_SPLASH], distance(e.x, e.y, v.x, v.y) - whole(KINDS[v.kind].radius))
        if share > 0:
            drain(units, game, index, j, amount * share // 100, NOBODY)


@inline
def _follow(units: Units, e: Any, form: int) -> None:
    """Let an effect be where the unit is that it goes with; without that one it ends, but for a bomb's cloud.

    A nuke stays where it was called to, and comes to nothing if its Ghost does not call any more before it falls.
    """
    owner = slot_of(units, whole(e.unit))
    if form == NUKE:
        facts = SPELLS[whole(e.amount) - 1]
        if e.loops > facts.duration - facts.delay and (owner == NOBODY or units[owner].buffs[BUFF_CASTING] == 0):
            e.loops = 0
            e.amount = 0
    elif owner != NOBODY:
        e.x = units[owner].x
        e.y = units[owner].y
    elif form == BOMB:
        e.unit = NOBODY
    else:
        e.loops = 0


@inline
def _end(units: Units, game: Game, index: Index, blocked: Ground, e: Any) -> None:
    """Let an effect do what it does when its time is over."""
    spell = whole(e.amount) - 1
    if spell == NO_ROW:
        return
    if SPELLS[spell].form == BILE:
        _pulse(units, game, index, e, spell)
    elif SPELLS[spell].form == NUKE:
        _explode(units, game, index, e, spell)
    elif SPELLS[spell].form == FORCE_FIELD:
        _mark_force_field(blocked, e.x, e.y, BY_FORCE_FIELD, 0)
        i = slot_of(units, whole(e.unit))
        if i != NOBODY:
            units[i].slot_state = SLOT_DEAD
            game.has_died = 1


@inline
def run_effects(units: Units, game: Game, index: Index, blocked: Ground, effects: Effects) -> None:
    """Let one loop pass for all effects of a game."""
    kept = 0
    for k in range(game.num_effects):
        e = effects[k]
        spell = whole(e.amount) - 1
        if e.unit != NOBODY:
            _follow(units, e, SPELLS[spell].form if spell != NO_ROW else NO_ROW)
        if spell != NO_ROW and e.loops > 0 and SPELLS[spell].period > 0:
            elapsed = (whole(SPELLS[spell].duration) - e.loops) * ONE
            period = whole(SPELLS[spell].period)
            if elapsed == 0 or (elapsed > 0 and elapsed // period != (elapsed - ONE) // period):
                _pulse(units, game, index, e, spell)
        e.loops -= 1
        if spell != NO_ROW and SPELLS[spell].form == FORCE_FIELD and _is_broken(units, game, index, e):
            e.loops = 0
        if e.loops <= 0:
            _end(units, game, index, blocked, e)
            continue
        if kept != k:
            effects[kept] = effects[k]
        kept += 1
    game.num_effects = kept
