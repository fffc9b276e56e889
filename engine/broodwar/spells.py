"""What spells do where they hit.

Numbers of ticks are in `afflictions`; areas are squares about the point, in pixels each way. Source: MECHANICS.md 7 and
the game's own tables of weapons and technologies.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import (
    ENSNARE_TICKS,
    IRRADIATE_TICKS,
    LOCKDOWN_TICKS,
    MAELSTROM_TICKS,
    PLAGUE_TICKS,
    STASIS_TICKS,
    add_spore,
    clear_afflictions,
    disable,
)
from engine.broodwar.damage import damage_of, deal_damage
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.order_queue import kill
from engine.broodwar.speed import refresh_speed
from engine.broodwar.state import BURROWED, HALLUCINATION
from engine.broodwar.tables import EXPLOSIONS, UNIT_TYPES, WEAPON_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

LOCKDOWN: Final = EXPLOSIONS.index("Lockdown")
PARASITE: Final = EXPLOSIONS.index("Parasite")
BROODLINGS: Final = EXPLOSIONS.index("Broodlings")
EMP: Final = EXPLOSIONS.index("EMP_Shockwave")
IRRADIATE: Final = EXPLOSIONS.index("Irradiate")
ENSNARE: Final = EXPLOSIONS.index("Ensnare")
PLAGUE: Final = EXPLOSIONS.index("Plague")
STASIS: Final = EXPLOSIONS.index("Stasis_Field")
RESTORATION: Final = EXPLOSIONS.index("Restoration")
FEEDBACK: Final = EXPLOSIONS.index("Feedback")
OPTICAL_FLARE: Final = EXPLOSIONS.index("Optical_Flare")
MAELSTROM: Final = EXPLOSIONS.index("Maelstrom")
ACID: Final = EXPLOSIONS.index("Corrosive_Acid")

AREAS_PX: Final = np.zeros(len(EXPLOSIONS), np.int64)
"""Half the width of the square that a spell reaches; 0 for spells on one unit."""
AREAS_PX[[EMP, ENSNARE, PLAGUE]] = 64
AREAS_PX[[STASIS, MAELSTROM]] = 48
AREAS_PX[ACID] = 64


@inline
def _befall(units: Units, game: Game, index: Index, i: int, b: Any, kind: int) -> None:
    """Let spell `kind` of bullet `b` do its work on unit `i`."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    if u.hp_256 == 0 or t.invincible or (u.stasis_timer > 0 and kind != RESTORATION):
        return
    if u.status & HALLUCINATION and kind in (EMP, RESTORATION, OPTICAL_FLARE, MAELSTROM):
        kill(units, game, i)
    elif kind == EMP:
        u.energy_256 = 0
        u.shield_256 = 0
    elif kind == PLAGUE:
        u.plague_timer = PLAGUE_TICKS
        u.is_afflicted = 1
    elif kind == FEEDBACK:
        points = whole(u.energy_256)
        u.energy_256 = 0
        if u.status & HALLUCINATION:
            kill(units, game, i)
        elif points > 0:
            deal_damage(units, game, index, i, whole(b.weapon), points, 1, whole(b.source))
    elif kind == RESTORATION:
        clear_afflictions(u)
        refresh_speed(u)
    elif kind == PARASITE:
        u.parasites |= 1 << whole(b.player)
    elif kind == OPTICAL_FLARE:
        u.is_blind = 1
    elif t.building:
        return
    elif kind == LOCKDOWN:
        u.lockdown_timer = LOCKDOWN_TICKS
        disable(u, game)
    elif kind == STASIS:
        u.stasis_timer = STASIS_TICKS
        disable(u, game)
    elif kind == MAELSTROM:
        if t.organic:
            u.maelstrom_timer = MAELSTROM_TICKS
            disable(u, game)
    elif kind == ENSNARE:
        u.ensnare_timer = ENSNARE_TICKS
        u.is_afflicted = 1
        refresh_speed(u)
    elif kind == IRRADIATE:
        u.irradiate_timer = IRRADIATE_TICKS
        u.irradiated_by = b.source
        u.is_afflicted = 1
    elif kind == ACID:
        if u.flies and u.player != b.player:
            add_spore(u)
    elif kind == BROODLINGS:
        if not u.status & HALLUCINATION:
            u.broods_for = b.player
        kill(units, game, i)


@inline
def strike_spell(units: Units, game: Game, index: Index, b: Any) -> None:
    """Let a bullet that is a spell do what it does: to its target, or to all about the point where it is.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        b: BULLET_DTYPE record.
    """
    w = WEAPON_TYPES[b.weapon]
    kind = whole(w.explosion)
    half = AREAS_PX[kind]
    if half == 0:
        if b.target >= 0 and not b.missed:
            _befall(units, game, index, whole(b.target), b, kind)
        return
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    x0 = b.x - half
    y0 = b.y - half
    begin = first_at_least(index, base, count, x0)
    at = begin
    while at < count and index[base + at] <= b.x + half:
        j = in_window(units, index, n, at, begin, x0, y0, b.x + half + 1, b.y + half + 1)
        at += 1
        if j >= 0 and j != b.source and not units[j].status & BURROWED:
            _befall(units, game, index, j, b, kind)
    if kind == ACID and b.target >= 0 and not b.missed:
        damage = damage_of(game, whole(b.player), whole(b.weapon))
        deal_damage(units, game, index, whole(b.target), whole(b.weapon), damage, 1, whole(b.source))
