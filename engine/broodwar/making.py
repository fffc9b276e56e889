"""What it takes to make a unit: its price, room in the supply, and what the player must own or know.

Source: MECHANICS.md 10 (supply, refunds); the order in which the reasons are looked for is BWAPI's.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.errors import (
    INSUFFICIENT_GAS,
    INSUFFICIENT_MINERALS,
    INSUFFICIENT_SUPPLY,
    INSUFFICIENT_TECH,
    NO_ERROR,
)
from engine.broodwar.production_table import MAX_REQUIRED, NO_TECH, PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import HALLUCINATION
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SUPPLY_MAX_HALF: Final = 400

HATCHERY: Final = UNIT_TYPE_NAMES.index("Zerg_Hatchery")
LAIR: Final = UNIT_TYPE_NAMES.index("Zerg_Lair")
HIVE: Final = UNIT_TYPE_NAMES.index("Zerg_Hive")
SPIRE: Final = UNIT_TYPE_NAMES.index("Zerg_Spire")
GREATER_SPIRE: Final = UNIT_TYPE_NAMES.index("Zerg_Greater_Spire")

SILO: Final = UNIT_TYPE_NAMES.index("Terran_Nuclear_Silo")
MISSILE: Final = UNIT_TYPE_NAMES.index("Terran_Nuclear_Missile")

HOLDS_ANOTHER: Final = np.isin(
    np.arange(len(UNIT_TYPE_NAMES)),
    [UNIT_TYPE_NAMES.index(name) for name in ("Zerg_Egg", "Zerg_Cocoon", "Zerg_Lurker_Egg")],
)
"""(234,) bool: eggs of all kinds; they count as what they hold."""


@inline
def listed(game: Game, index: Index, k: int) -> int:
    """Return the slot of the `k`-th unit that exists: those on the map, then those beside it."""
    if k < game.num_units:
        return whole(index[k])
    return whole(index[game.capacity - 1 - (k - game.num_units)])


@inline
def serves_as(kind: int, wanted: int) -> bool:
    """Say whether a unit type is another one, or a better form of it."""
    if kind == wanted:
        return True
    if wanted == HATCHERY:
        return bool(kind in (LAIR, HIVE))
    return bool((wanted == LAIR and kind == HIVE) or (wanted == SPIRE and kind == GREATER_SPIRE))


@inline
def supply_of(u: Any) -> int:
    """Return the half supply that a unit takes up: itself, what an egg holds, a silo's missile; no hallucination."""
    if u.status & HALLUCINATION:
        return 0
    if u.type == SILO and u.num_fighters > 0:
        return whole(UNIT_TYPES[MISSILE].supply_required_half * u.num_fighters)
    kind = whole(u.build_type) if HOLDS_ANOTHER[u.type] and u.build_type >= 0 else whole(u.type)
    pair = HOLDS_ANOTHER[u.type] and PRODUCTION[kind].is_two_in_one_egg
    return whole(UNIT_TYPES[kind].supply_required_half) * (2 if pair else 1)


@inline
def supply_given(u: Any) -> int:
    """Return the half supply that a unit provides, once it is complete; no hallucination."""
    return whole(UNIT_TYPES[u.type].supply_provided_half) if u.is_complete and not u.status & HALLUCINATION else 0


@inline
def supply_lacks(units: Units, game: Game, index: Index, player: int, kind: int, freed: int) -> bool:
    """Say whether a player has no room for one more (egg's pair of a) unit type; supply is counted race by race.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        player: whose.
        kind: unit type id.
        freed: half supply that becomes free: of the unit that is used up.
    """
    t = UNIT_TYPES[kind]
    needed = whole(t.supply_required_half) * (1 + PRODUCTION[kind].is_two_in_one_egg) - freed
    if needed <= 0:
        return False
    used = 0
    provided = 0
    for k in range(game.num_units + game.num_hidden):
        u = units[listed(game, index, k)]
        if u.player != player:
            continue
        s = UNIT_TYPES[u.type]
        if s.race == t.race:
            used += supply_of(u)
            provided += supply_given(u)
    return bool(used + needed > min(provided, SUPPLY_MAX_HALF))


@inline
def owns(units: Units, game: Game, index: Index, player: int, wanted: int) -> bool:
    """Say whether a player has a unit type, complete, on the map; what becomes a better form counts on."""
    for k in range(game.num_units):
        u = units[index[k]]
        if u.player == player and serves_as(u.type, wanted) and (u.is_complete or u.build_type >= 0):
            return True
    return False


@inline
def has_required(units: Units, game: Game, index: Index, i: int, kind: int) -> bool:
    """Say whether the owner of unit `i` has all that a unit type asks for, and `i` the add-on that it must have.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the maker.
        kind: unit type id.
    """
    u = units[i]
    player = whole(u.player)
    required = PRODUCTION[kind].required_units
    for k in range(MAX_REQUIRED):
        wanted = whole(required[k])
        if wanted < 0 or serves_as(whole(u.type), wanted):
            continue
        if not owns(units, game, index, player, wanted):
            return False
        is_own_addon = PRODUCTION[wanted].is_addon and PRODUCTION[wanted].built_by == u.type
        if is_own_addon and (u.addon < 0 or units[u.addon].type != wanted):
            return False
    tech = whole(PRODUCTION[kind].required_tech)
    return bool(tech == NO_TECH or game.techs[player, tech])


@inline
def lacks_price(game: Game, player: int, kind: int) -> int:
    """Return which resource a player lacks for a unit type, NO_ERROR if none."""
    if game.minerals[player] < UNIT_TYPES[kind].mineral_price:
        return INSUFFICIENT_MINERALS
    if game.gas[player] < UNIT_TYPES[kind].gas_price:
        return INSUFFICIENT_GAS
    return NO_ERROR


@inline
def make_error(units: Units, game: Game, index: Index, i: int, kind: int, freed: int, asks_supply: bool) -> int:
    """Return what the owner of unit `i` lacks to make a unit type with it, NO_ERROR if nothing.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the maker.
        kind: unit type id.
        freed: half supply of `i`, if it is used up.
        asks_supply: whether there must be room in the supply already.
    """
    player = whole(units[i].player)
    lacks = lacks_price(game, player, kind)
    if lacks != NO_ERROR:
        return lacks
    if asks_supply and supply_lacks(units, game, index, player, kind, freed):
        return INSUFFICIENT_SUPPLY
    return NO_ERROR if has_required(units, game, index, i, kind) else INSUFFICIENT_TECH


@inline
def pay(game: Game, player: int, kind: int) -> None:
    """Take the price of a unit type from a player, who has it."""
    game.minerals[player] -= UNIT_TYPES[kind].mineral_price
    game.gas[player] -= UNIT_TYPES[kind].gas_price


@inline
def refund(game: Game, player: int, kind: int) -> None:
    """Give a player the price of a unit type back."""
    game.minerals[player] += UNIT_TYPES[kind].mineral_price
    game.gas[player] += UNIT_TYPES[kind].gas_price


@inline
def refund_building(game: Game, player: int, kind: int) -> None:
    """Give a player three quarters of a building's price back."""
    game.minerals[player] += UNIT_TYPES[kind].mineral_price * 3 // 4
    game.gas[player] += UNIT_TYPES[kind].gas_price * 3 // 4
