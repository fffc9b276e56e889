"""What making things takes: the rows of `tables.MADE`, technology, supply, prices.

Every train, morph, build, add-on and research ability of the three races is a row; `why_not` answers for all of them
in the words of the interface. Prices are paid when the order is given, those of structures too (`deposits`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.results import (
    BUILD_TECH_REQUIREMENTS_NOT_MET,
    BUILDING_IS_UNDER_CONSTRUCTION,
    CANT_QUEUE_THAT_ORDER,
    NOT_ENOUGH_FOOD,
    NOT_ENOUGH_MINERALS,
    NOT_ENOUGH_VESPENE,
    NOT_SUPPORTED,
    QUEUE_IS_FULL,
    SUCCESS,
    TECH_REQUIREMENTS_NOT_MET,
)
from engine.starcraft2.state import BUFF_CONTAMINATED, BUFF_SUPPLY_DROP, NOBODY, NUM_PLAYERS, SLOT_ALIVE
from engine.starcraft2.tables import (
    ARM,
    BUILD,
    BUILD_ON_UNIT,
    KIND_OF,
    KINDS,
    MADE,
    NO_KIND,
    REACTOR,
    RESEARCH,
    TECH_LAB,
    TRAIN,
    TRAIN_PLACE,
)

Index = NDArray[np.int32]

NO_ROW: Final = -1

EXTRA_SUPPLIES_HALF: Final = 16
"""What an Orbital Command's extra supplies give, 8 (game knowledge, not verified)."""

INTERCEPTOR: Final = int(KIND_OF[85])
MOST_INTERCEPTORS: Final = 8
"""A Carrier's hangar holds so many (SC2GameData: CarrierHangar, MaxCount)."""

SUPPLY_LIMIT_HALF: Final = 400
"""A player never has more than 200 (MECHANICS.md section 2)."""


@inline
def is_kind(kind: int, wanted: int) -> bool:
    """Say whether a type is another one, or stands for it where somebody requires that one."""
    facts = KINDS[kind]
    return bool(kind == wanted or facts.stands_for[0] == wanted or facts.stands_for[1] == wanted)


@inline
def has_upgrade(game: Game, player: int, upgrade: int) -> bool:
    """Say whether a player has an upgrade."""
    if not 0 <= player < NUM_PLAYERS:
        return False
    return bool((whole(game.upgrades[player, upgrade >> 5]) >> (upgrade & 31)) & 1)


@inline
def is_in_research(units: Units, game: Game, index: Index, player: int, upgrade: int) -> bool:
    """Say whether one of a player's structures has an upgrade in its queue."""
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player != player or u.num_in_queue == 0:
            continue
        for q in range(u.num_in_queue):
            made = MADE[u.queue[q]]
            if made.deed == RESEARCH and made.product == upgrade:
                return True
    return False


@inline
def has_addon(units: Units, u: Any, kind: int) -> bool:
    """Say whether a structure has a complete add-on that is or stands for a type."""
    if u.addon == NOBODY:
        return False
    j = slot_of(units, whole(u.addon))
    return j != NOBODY and units[j].is_complete != 0 and is_kind(whole(units[j].kind), kind)


@inline
def row_of(units: Units, game: Game, index: Index, i: int, ability: int) -> int:
    """Return the row of MADE by which a unit makes something with an ability, special or general; NO_ROW for none.

    Of research in levels, a general ability means the first level that the player does not have.
    """
    u = units[i]
    facts = KINDS[u.kind]
    found = NO_ROW
    for row in range(facts.first_made, facts.first_made + facts.num_made):
        made = MADE[row]
        if made.ability == ability:
            return row
        if made.shared_by == ability and found == NO_ROW:
            is_known = made.deed == RESEARCH and has_upgrade(game, u.player, made.product)
            found = NO_ROW if is_known else row
    return found


@inline
def supply_used(units: Units, game: Game, index: Index, player: int) -> int:
    """Return the supply that a player's units take, those in production and inside others included, halves."""
    used = whole(0)
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player != player or u.slot_state != SLOT_ALIVE or u.is_hallucination:
            continue
        used += KINDS[u.kind].supply_half
        for p in range(u.num_passengers):
            if not units[u.passengers[p]].is_hallucination:
                used += KINDS[units[u.passengers[p]].kind].supply_half
        for q in range(u.num_in_queue):
            if u.queue_loops[q] > 0:
                made = MADE[u.queue[q]]
                used += made.supply_half
                if made.during != NO_KIND:
                    used += KINDS[made.maker].supply_half - KINDS[u.kind].supply_half
    return used


@inline
def supply_given(units: Units, game: Game, index: Index, player: int) -> int:
    """Return the supply that a player's complete units give, at most 200, halves."""
    given = whole(0)
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player == player and u.is_complete and u.slot_state == SLOT_ALIVE:
            given += KINDS[u.kind].supply_provided_half
            if u.buffs[BUFF_SUPPLY_DROP] > 0:
                given += EXTRA_SUPPLIES_HALF
    return min(given, whole(SUPPLY_LIMIT_HALF))


@inline
def has_supply(units: Units, game: Game, index: Index, player: int, need: int) -> bool:
    """Say whether a player has so much supply left, halves."""
    if need <= 0:
        return True
    return supply_used(units, game, index, player) + need <= supply_given(units, game, index, player)


@inline
def has_complete(units: Units, game: Game, index: Index, player: int, kind: int) -> bool:
    """Say whether a player has a complete unit that is or stands for a type."""
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player == player and u.is_complete and u.slot_state == SLOT_ALIVE and is_kind(whole(u.kind), kind):
            return True
    return False


@inline
def has_tech(units: Units, game: Game, index: Index, i: int, row: int) -> bool:
    """Say whether a unit's player has what a row requires: structure, upgrade, tech lab."""
    u = units[i]
    made = MADE[row]
    if made.requires != NO_KIND and not has_complete(units, game, index, u.player, made.requires):
        return False
    if made.requires_upgrade != 0 and not has_upgrade(game, u.player, made.requires_upgrade):
        return False
    if made.deed == RESEARCH:
        if has_upgrade(game, u.player, made.product):
            return False
        if is_in_research(units, game, index, u.player, made.product):
            return False
    if made.deed == ARM and (u.has_nuke or (u.num_in_queue > 0 and MADE[u.queue[u.num_in_queue - 1]].deed == ARM)):
        return False
    return bool(made.needs_techlab == 0 or has_addon(units, u, TECH_LAB))


@inline
def can_pay(game: Game, player: int, row: int) -> int:
    """Return SUCCESS if a player can pay a row's price, else what is missing."""
    if game.minerals[player] < MADE[row].minerals:
        return NOT_ENOUGH_MINERALS
    if game.gas[player] < MADE[row].gas:
        return NOT_ENOUGH_VESPENE
    return SUCCESS


@inline
def has_hangar_room(units: Units, game: Game, index: Index, i: int) -> bool:
    """Say whether a Carrier may have one more interceptor, those inside, outside and being built counted."""
    u = units[i]
    count = whole(u.num_passengers) + u.num_in_queue
    carrier = id_of(units, i)
    for k in range(game.num_units):
        v = units[index[k]]
        if v.kind == INTERCEPTOR and v.parent == carrier and v.slot_state == SLOT_ALIVE:
            count += 1
    return bool(count < MOST_INTERCEPTORS)


@inline
def why_not(units: Units, game: Game, index: Index, i: int, row: int, is_next: bool) -> int:
    """Return the ActionResult of making something now: SUCCESS, or what is missing.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        i: the maker's slot.
        row: of MADE.
        is_next: whether it would begin at once, and so need supply now.
    """
    u = units[i]
    made = MADE[row]
    if not u.is_complete:
        return BUILDING_IS_UNDER_CONSTRUCTION
    if u.player < 0 or u.player >= NUM_PLAYERS:
        return NOT_SUPPORTED
    if not has_tech(units, game, index, i, row):
        is_built = made.deed in (BUILD, BUILD_ON_UNIT)
        return BUILD_TECH_REQUIREMENTS_NOT_MET if is_built else TECH_REQUIREMENTS_NOT_MET
    result = can_pay(game, u.player, row)
    if result != SUCCESS:
        return result
    if u.buffs[BUFF_CONTAMINATED] > 0 and made.deed in (TRAIN, TRAIN_PLACE, RESEARCH):
        return CANT_QUEUE_THAT_ORDER
    if made.deed == TRAIN and made.product == INTERCEPTOR and not has_hangar_room(units, game, index, i):
        return QUEUE_IS_FULL
    if is_next and not has_supply(units, game, index, u.player, made.supply_half):
        return NOT_ENOUGH_FOOD
    return SUCCESS


@inline
def pay(game: Game, player: int, row: int) -> None:
    """Take a price from a player's bank."""
    game.minerals[player] -= MADE[row].minerals
    game.gas[player] -= MADE[row].gas
    game.spent_minerals[player] += MADE[row].minerals
    game.spent_gas[player] += MADE[row].gas


@inline
def refund(game: Game, player: int, row: int, percent: int) -> None:
    """Give a part of a price back."""
    minerals = whole(MADE[row].minerals) * percent // 100
    gas = whole(MADE[row].gas) * percent // 100
    game.minerals[player] += minerals
    game.gas[player] += gas
    game.spent_minerals[player] -= minerals
    game.spent_gas[player] -= gas


@inline
def has_reactor(units: Units, u: Any) -> bool:
    """Say whether a structure has a complete reactor."""
    return has_addon(units, u, REACTOR)
