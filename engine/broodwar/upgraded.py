"""Numbers of a unit as its player's upgrades make them: armour, damage, range, sight, energy.

Source: MECHANICS.md 4.1, 5, 6, 7 and 11.
"""

from __future__ import annotations

from typing import Any, Final

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.research_table import (
    ENERGY_UPGRADES,
    RANGE_BONUS_PX,
    RANGE_UPGRADES,
    SIGHT_UPGRADES,
    WEAPON_UPGRADES,
)
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UPGRADE_NAMES
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Game = Any  # a GAME_DTYPE record

ULTRALISK: Final = UNIT_TYPE_NAMES.index("Zerg_Ultralisk")
CHITINOUS_PLATING: Final = UPGRADE_NAMES.index("Chitinous_Plating")
PLASMA_SHIELDS: Final = UPGRADE_NAMES.index("Protoss_Plasma_Shields")
CHITINOUS_ARMOR: Final = 2
UPGRADED_SIGHT_PX: Final = 11 * 32
UNFINISHED_SIGHT_PX: Final = 4 * 32
ENERGY_MAX_256: Final = 200 << 8
UPGRADED_ENERGY_MAX_256: Final = 250 << 8


@inline
def armor_of(u: Any, game: Game) -> int:
    """Return the armour of `u`, points: its type's, its upgrade's level, and Chitinous Plating."""
    armor = whole(UNIT_TYPES[u.type].armor)
    upgrade = whole(PRODUCTION[u.type].armor_upgrade)
    if upgrade >= 0:
        armor += game.upgrades[u.player, upgrade]
    if u.type == ULTRALISK and game.upgrades[u.player, CHITINOUS_PLATING]:
        armor += CHITINOUS_ARMOR
    return armor


@inline
def shield_armor_of(u: Any, game: Game) -> int:
    """Return what Plasma Shields take off each hit on the shield of `u`, points."""
    return whole(game.upgrades[u.player, PLASMA_SHIELDS])


@inline
def weapon_level(game: Game, player: int, weapon: int) -> int:
    """Return the level of the upgrade that makes a player's weapon stronger."""
    upgrade = whole(WEAPON_UPGRADES[weapon])
    return whole(game.upgrades[player, upgrade]) if upgrade >= 0 else 0


@inline
def range_bonus_px(u: Any, game: Game, weapon: int) -> int:
    """Return how much farther a weapon of `u` reaches by its upgrade, pixels."""
    upgrade = whole(RANGE_UPGRADES[weapon])
    return whole(RANGE_BONUS_PX[weapon]) if upgrade >= 0 and game.upgrades[u.player, upgrade] else 0


@inline
def sight_px(u: Any, game: Game) -> int:
    """Return how far `u` sees, pixels; a building site that was not a building before sees four tiles."""
    t = UNIT_TYPES[u.type]
    if t.building and not u.is_complete and u.build_type < 0:
        return UNFINISHED_SIGHT_PX
    upgrade = whole(SIGHT_UPGRADES[u.type])
    if upgrade >= 0 and game.upgrades[u.player, upgrade]:
        return UPGRADED_SIGHT_PX
    return whole(t.sight_px)


@inline
def energy_max_256(u: Any, game: Game) -> int:
    """Return the energy that `u` can have, 1/256 points: 200, or 250 with its upgrade and for heroes."""
    if UNIT_TYPES[u.type].hero:
        return UPGRADED_ENERGY_MAX_256
    upgrade = whole(ENERGY_UPGRADES[u.type])
    if upgrade >= 0 and game.upgrades[u.player, upgrade]:
        return UPGRADED_ENERGY_MAX_256
    return ENERGY_MAX_256
