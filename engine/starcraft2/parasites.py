"""Neural parasite: a unit is somebody else's as long as the Infestor lives, stays near and does nothing else.

Carriers, whose interceptors would have to change sides with them, and who has somebody aboard or is changing into
something else, cannot be seized here. A Drone that begins a structure stays whose it is then.
"""

from __future__ import annotations

from typing import Any, Final

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.affliction import begin_buff
from engine.starcraft2.agenda import drop_orders
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.deposits import give_all_back
from engine.starcraft2.geometry import Game, Units, distance, id_of, slot_of
from engine.starcraft2.making import INTERCEPTOR
from engine.starcraft2.results import CANT_TARGET_HEROIC_UNITS, CANT_TARGET_THAT_UNIT, SUCCESS
from engine.starcraft2.spell_table import SEIZE, SPELLS
from engine.starcraft2.state import BUFF_CASTING, BUFF_SEIZED, NOBODY, NUM_PLAYERS
from engine.starcraft2.tables import ATTRIBUTES, EGG, KIND_OF, KINDS, LARVA

_HEROIC: Final = 1 << ATTRIBUTES.index("Heroic")
_NOT_SEIZED: Final = (int(KIND_OF[LARVA]), int(KIND_OF[EGG]), INTERCEPTOR, int(KIND_OF[79]))
"""Larvae, eggs, interceptors and Carriers."""

_ROW: Final = int((SPELLS["form"] == SEIZE).argmax())


@inline
def why_not_seized(v: Any) -> int:
    """Return SUCCESS if an enemy's unit may get a neural parasite, else why not."""
    if KINDS[v.kind].attributes & _HEROIC:
        return CANT_TARGET_HEROIC_UNITS
    if v.player >= NUM_PLAYERS or v.kind in _NOT_SEIZED or v.parasite != NOBODY:
        return CANT_TARGET_THAT_UNIT
    if v.num_passengers > 0 or v.num_in_queue > 0:
        return CANT_TARGET_THAT_UNIT
    return SUCCESS


@inline
def _change_sides(units: Units, game: Game, v: Any, player: int) -> None:
    """Let a unit belong to another player, who has told it nothing yet."""
    give_all_back(game, v)
    drop_orders(units, v)
    v.player = player
    v.hp = min(whole(v.hp), max_hp_of(game, v))
    v.top_speed = 0


@inline
def seize(units: Units, game: Game, i: int, spell: int, j: int) -> None:
    """Let the Infestor in slot i control the unit in slot j from now on."""
    v = units[j]
    v.came_from = v.player
    v.parasite = id_of(units, i)
    _change_sides(units, game, v, whole(units[i].player))
    begin_buff(v, BUFF_SEIZED, SPELLS[spell].duration)
    begin_buff(units[i], BUFF_CASTING, whole(SPELLS[spell].duration) + 2)  # outlasts it, whoever's turn comes first


@inline
def stay(u: Any) -> None:
    """Let a unit belong for good to whom it belongs to now."""
    u.parasite = NOBODY
    u.buffs[BUFF_SEIZED] = 0


@inline
def run_parasite(units: Units, game: Game, i: int) -> None:
    """Let a unit with a neural parasite be its player's again if nothing holds it any more."""
    u = units[i]
    s = slot_of(units, whole(u.parasite))
    if s != NOBODY and u.buffs[BUFF_SEIZED] > 0 and units[s].buffs[BUFF_CASTING] > 0:
        master = units[s]
        reach = whole(SPELLS[_ROW].range) + SPELLS[_ROW].radius + KINDS[u.kind].radius + KINDS[master.kind].radius
        is_near = distance(u.x, u.y, master.x, master.y) <= reach
        if (
            is_near
            and master.player == u.player
            and master.num_orders > 0
            and master.order_target[0] == id_of(units, i)
        ):
            return
    stay(u)
    _change_sides(units, game, u, whole(u.came_from))
