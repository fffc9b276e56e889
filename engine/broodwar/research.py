"""Buildings that research technologies and upgrades: what is allowed, its price by level, the time, the end.

Minerals and gas are paid at the start and come back in full by a cancel, to three quarters when the building dies.
What is reached holds for all units of the player at once. Source: MECHANICS.md 10.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.errors import (
    ALREADY_RESEARCHED,
    CURRENTLY_RESEARCHING,
    CURRENTLY_UPGRADING,
    FULLY_UPGRADED,
    INCOMPATIBLE_UNIT_TYPE,
    INSUFFICIENT_GAS,
    INSUFFICIENT_MINERALS,
    INSUFFICIENT_TECH,
    INVALID_PARAMETER,
    NO_ERROR,
    UNIT_BUSY,
)
from engine.broodwar.making import owns, serves_as
from engine.broodwar.order_queue import order_done, set_order
from engine.broodwar.research_table import (
    MAX_LEVEL,
    RESEARCH_AT,
    TECH_NEEDS,
    TECHS,
    UPGRADE_AT,
    UPGRADE_NEEDS,
    UPGRADES,
)
from engine.broodwar.rules_table import NO_TYPE
from engine.broodwar.scripts import play
from engine.broodwar.speed import apply_speed_upgrades
from engine.broodwar.state import NO_SLOT, ORDER_RESEARCH_TECH, ORDER_UPGRADE
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import IS_WORKING, WORK_ENDS
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

ALL: Final = 4
OF_A_DEAD_BUILDING: Final = 3
"""Quarters of a price that come back."""


@inline
def upgrade_minerals(game: Game, player: int, upgrade: int) -> int:
    """Return what a player's next level of an upgrade costs in minerals."""
    t = UPGRADES[upgrade]
    return whole(t.mineral_price + t.mineral_price_per_level * game.upgrades[player, upgrade])


@inline
def upgrade_gas(game: Game, player: int, upgrade: int) -> int:
    """Return what a player's next level of an upgrade costs in gas."""
    t = UPGRADES[upgrade]
    return whole(t.gas_price + t.gas_price_per_level * game.upgrades[player, upgrade])


@inline
def upgrade_frames(game: Game, player: int, upgrade: int) -> int:
    """Return how long a player's next level of an upgrade takes."""
    t = UPGRADES[upgrade]
    return whole(t.time_frames + t.time_frames_per_level * game.upgrades[player, upgrade])


@inline
def _is_busy(u: Any) -> bool:
    is_working = u.order in (ORDER_RESEARCH_TECH, ORDER_UPGRADE) or u.train_count > 0 or u.build_type >= 0
    return bool(not u.is_complete or u.flies or is_working or u.product >= 0)


@inline
def _lacks(game: Game, player: int, minerals: int, gas: int) -> int:
    if game.minerals[player] < minerals:
        return INSUFFICIENT_MINERALS
    return INSUFFICIENT_GAS if game.gas[player] < gas else NO_ERROR


@inline
def research_error(units: Units, game: Game, index: Index, i: int, tech: int) -> int:
    """Return why building `i` cannot research a technology now, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
        tech: BWAPI TechType id.
    """
    u = units[i]
    player = whole(u.player)
    if not 0 <= tech < len(TECHS):
        return INVALID_PARAMETER
    if not UNIT_TYPES[u.type].building or RESEARCH_AT[tech] < 0 or not serves_as(u.type, RESEARCH_AT[tech]):
        return INCOMPATIBLE_UNIT_TYPE
    if _is_busy(u):
        return UNIT_BUSY
    if game.researching[player, tech]:
        return CURRENTLY_RESEARCHING
    if game.techs[player, tech]:
        return ALREADY_RESEARCHED
    lacks = _lacks(game, player, whole(TECHS[tech].mineral_price), whole(TECHS[tech].gas_price))
    if lacks != NO_ERROR:
        return lacks
    wanted = whole(TECH_NEEDS[tech])
    return NO_ERROR if wanted < 0 or owns(units, game, index, player, wanted) else INSUFFICIENT_TECH


@inline
def upgrade_error(units: Units, game: Game, index: Index, i: int, upgrade: int) -> int:
    """Return why building `i` cannot work on the next level of an upgrade now, NO_ERROR if it can.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
        upgrade: BWAPI UpgradeType id.
    """
    u = units[i]
    player = whole(u.player)
    if not 0 <= upgrade < len(UPGRADES):
        return INVALID_PARAMETER
    if not UNIT_TYPES[u.type].building or UPGRADE_AT[upgrade] < 0 or not serves_as(u.type, UPGRADE_AT[upgrade]):
        return INCOMPATIBLE_UNIT_TYPE
    if _is_busy(u):
        return UNIT_BUSY
    level = whole(game.upgrades[player, upgrade])
    wanted = whole(UPGRADE_NEEDS[upgrade, min(level, MAX_LEVEL - 1)])
    if wanted >= 0 and not owns(units, game, index, player, wanted):
        return INSUFFICIENT_TECH
    if game.upgrading[player, upgrade]:
        return CURRENTLY_UPGRADING
    if level >= UPGRADES[upgrade].max_level:
        return FULLY_UPGRADED
    return _lacks(game, player, upgrade_minerals(game, player, upgrade), upgrade_gas(game, player, upgrade))


@inline
def begin_research(units: Units, game: Game, i: int, tech: int) -> None:
    """Pay for a technology and begin to research it; `research_error` has no objection."""
    u = units[i]
    game.minerals[u.player] -= TECHS[tech].mineral_price
    game.gas[u.player] -= TECHS[tech].gas_price
    game.researching[u.player, tech] = 1
    u.tech = tech
    u.research_frames = TECHS[tech].time_frames
    play(u, game, IS_WORKING)
    set_order(units, game, i, ORDER_RESEARCH_TECH, NO_SLOT, 0, 0)


@inline
def begin_upgrade(units: Units, game: Game, i: int, upgrade: int) -> None:
    """Pay for an upgrade's next level and begin to work on it; `upgrade_error` has no objection."""
    u = units[i]
    player = whole(u.player)
    game.minerals[player] -= upgrade_minerals(game, player, upgrade)
    game.gas[player] -= upgrade_gas(game, player, upgrade)
    game.upgrading[player, upgrade] = 1
    u.upgrade = upgrade
    u.research_frames = upgrade_frames(game, player, upgrade)
    play(u, game, IS_WORKING)
    set_order(units, game, i, ORDER_UPGRADE, NO_SLOT, 0, 0)


@inline
def drop_research(units: Units, game: Game, i: int, quarters: int) -> None:
    """End what building `i` researches or upgrades before its time; so many quarters of the price come back."""
    u = units[i]
    player = whole(u.player)
    if u.tech >= 0:
        tech = whole(u.tech)
        game.researching[player, tech] = 0
        game.minerals[player] += TECHS[tech].mineral_price * quarters // 4
        game.gas[player] += TECHS[tech].gas_price * quarters // 4
    if u.upgrade >= 0:
        upgrade = whole(u.upgrade)
        game.upgrading[player, upgrade] = 0
        game.minerals[player] += upgrade_minerals(game, player, upgrade) * quarters // 4
        game.gas[player] += upgrade_gas(game, player, upgrade) * quarters // 4
    u.tech = NO_TYPE
    u.upgrade = NO_TYPE
    u.research_frames = 0


@inline
def run_research(units: Units, game: Game, index: Index, i: int) -> None:
    """Run the order ResearchTech or Upgrade of building `i`, every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the building.
    """
    u = units[i]
    player = whole(u.player)
    if u.research_frames > 0:
        u.research_frames -= 1
        return
    if u.tech >= 0:
        game.researching[player, u.tech] = 0
        game.techs[player, u.tech] = 1
        u.tech = NO_TYPE
    if u.upgrade >= 0:
        upgrade = whole(u.upgrade)
        game.upgrading[player, upgrade] = 0
        if game.upgrades[player, upgrade] < UPGRADES[upgrade].max_level:
            game.upgrades[player, upgrade] += 1
        u.upgrade = NO_TYPE
        apply_speed_upgrades(units, game, index, player)
    play(u, game, WORK_ENDS)
    order_done(units, game, i)
