"""Who makes, researches or places what, and whether that is allowed now."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import addon_error
from engine.broodwar.command_types import (
    BUILD,
    BUILD_ADDON,
    LARVA,
    MORPH,
    RESEARCH,
    TRAIN,
    UPGRADE,
)
from engine.broodwar.construction import build_error
from engine.broodwar.errors import (
    INCOMPATIBLE_STATE,
    INCOMPATIBLE_UNIT_TYPE,
    INVALID_PARAMETER,
    INVALID_TILE_POSITION,
    NO_ERROR,
    UNBUILDABLE_LOCATION,
    UNIT_BUSY,
    UNIT_DOES_NOT_EXIST,
)
from engine.broodwar.morphing import morph_error
from engine.broodwar.nydus import NYDUS_CANAL, exit_error
from engine.broodwar.production_table import IS_TRAINED, PRODUCTION
from engine.broodwar.research import research_error, upgrade_error
from engine.broodwar.siting import can_place, site_x, site_y
from engine.broodwar.state import (
    HALLUCINATION,
    NO_SLOT,
    ORDER_BUILD_ADDON,
    ORDER_DIE,
    ORDER_RESEARCH_TECH,
    ORDER_UPGRADE,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import train_error
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]


@inline
def point_error(game: Game, x: int, y: int) -> int:
    """Return why nothing can be sent to a point, NO_ERROR if it lies on the map."""
    return NO_ERROR if 0 <= x < game.width_px and 0 <= y < game.height_px else INVALID_PARAMETER


@inline
def larva_of(units: Units, game: Game, index: Index, i: int) -> int:
    """Return a larva of hatchery `i`, NO_SLOT if it has none."""
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if v.type == LARVA and v.home == i and v.build_type < 0 and v.order != ORDER_DIE:
            return j
    return NO_SLOT


@inline
def maker_of(units: Units, game: Game, index: Index, i: int, kind: int) -> int:
    """Return who makes a unit type when unit `i` is told to: a larva of its own, if it is a hatchery; else itself."""
    known = 0 <= kind < len(UNIT_TYPES)
    if known and PRODUCTION[units[i].type].produces_larva and PRODUCTION[kind].built_by == LARVA:
        return larva_of(units, game, index, i)
    return i


@inline
def production_error(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int, c: Any) -> int:
    """Return why unit `i` cannot make, research or place something."""
    u = units[i]
    kind = whole(c.type)
    x = whole(c.x)
    y = whole(c.y)
    extra = whole(c.extra)
    if u.status & HALLUCINATION:
        return INCOMPATIBLE_UNIT_TYPE
    if kind == RESEARCH:
        return research_error(units, game, index, i, extra)
    if kind == UPGRADE:
        return upgrade_error(units, game, index, i, extra)
    column = x // BUILD_TILE_PX
    row = y // BUILD_TILE_PX
    if kind in (TRAIN, MORPH):
        maker = maker_of(units, game, index, i, extra)
        if maker < 0:
            return UNIT_DOES_NOT_EXIST
        if 0 <= extra < len(UNIT_TYPES) and IS_TRAINED[extra]:
            if kind == MORPH:
                return INCOMPATIBLE_UNIT_TYPE
            researches = u.order in (ORDER_RESEARCH_TECH, ORDER_UPGRADE)
            builds = UNIT_TYPES[u.type].building and (u.build_type >= 0 or u.secondary_order == ORDER_BUILD_ADDON)
            return UNIT_BUSY if researches or builds else train_error(units, game, index, i, extra)
        return morph_error(units, game, index, maker, extra)
    if kind == BUILD_ADDON:
        return addon_error(units, game, index, terrain, creep, i, extra, whole(u.x), whole(u.y))
    if point_error(game, x, y) != NO_ERROR:
        return INVALID_TILE_POSITION
    if kind == BUILD:
        if PRODUCTION[u.type].can_build_addon:
            ax = site_x(whole(u.type), column)
            ay = site_y(whole(u.type), row)
            return addon_error(units, game, index, terrain, creep, i, extra, ax, ay)
        if u.type == NYDUS_CANAL and extra == NYDUS_CANAL:
            return exit_error(units, game, index, terrain, creep, i, column, row)
        return build_error(units, game, index, terrain, creep, i, extra, column, row)
    # LAND
    if not PRODUCTION[u.type].is_flying_building:
        return INCOMPATIBLE_UNIT_TYPE
    if not u.flies:
        return INCOMPATIBLE_STATE
    ax = site_x(whole(u.type), column)
    ay = site_y(whole(u.type), row)
    fits = can_place(units, game, index, terrain, creep, i, whole(u.type), ax, ay)
    return NO_ERROR if fits else UNBUILDABLE_LOCATION
