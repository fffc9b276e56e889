"""Where structures may stand: snapped, on free ground, off resources, on creep or in power (MECHANICS.md section 8)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.power import NO_POWER, power_at
from engine.starcraft2.results import (
    CANT_BUILD_LOCATION_INVALID,
    CANT_BUILD_TOO_CLOSE_TO_CREEP_SOURCE,
    CANT_BUILD_TOO_CLOSE_TO_RESOURCES,
    CANT_BUILD_TOO_FAR_FROM_CREEP_SOURCE,
    CANT_BUILD_TOO_FAR_FROM_POWER,
    MUST_TARGET_RESOURCES,
    SUCCESS,
)
from engine.starcraft2.state import (
    GRID_CREEP,
    NEUTRAL_PLAYER,
    NOBODY,
    SLOT_ALIVE,
)
from engine.starcraft2.tables import GAS, KINDS, MINERALS, NO_RESOURCE, ONE, RACES
from engine.starcraft2.terrain import Grids, Ground, is_site_free

Index = NDArray[np.int32]

ZERG: Final = RACES.index("zerg")
COVERED: Final = 1
"""What the grid of creep says where there is some."""

HALL: Final = 10
"""Half cells across a town hall."""

ADDON_X: Final = 5 * ONE // 2
ADDON_Y: Final = ONE // 2
"""An add-on stands 2.5 cells to the right of its structure's centre and half a cell below it."""

MINERAL_X: Final = 4 * ONE
MINERAL_Y: Final = 7 * ONE // 2
GEYSER_REACH: Final = 9 * ONE // 2
"""Half the size of the blocks of cells round resources that town halls may not touch; their corner cells are cut."""


@inline
def snapped(value: int, half_cells: int) -> int:
    """Return where along an axis the centre of a footprint lies that is asked for at a place.

    Args:
        value: 1/4096 cell.
        half_cells: size of the footprint, half cells.
    """
    edge = (whole(value) - half_cells * ONE // 4 + ONE // 2) // ONE
    return edge * ONE + half_cells * ONE // 4


@inline
def _touches_margin(dx: int, dy: int, reach_x: int, reach_y: int) -> bool:
    """Say whether a town hall overlaps a resource's margin by more than its cut corner."""
    over_x = reach_x + HALL * ONE // 4 - abs(dx)
    over_y = reach_y + HALL * ONE // 4 - abs(dy)
    return bool(over_x > 0 and over_y > 0 and (over_x > ONE or over_y > ONE))


@inline
def is_near_resources(units: Units, game: Game, index: Index, x: int, y: int) -> bool:
    """Say whether a town hall at a place would be too near to minerals or a geyser."""
    for k in range(game.num_units):
        v = units[index[k]]
        resource = KINDS[v.kind].resource
        if resource == NO_RESOURCE or v.slot_state != SLOT_ALIVE:
            continue
        dx = whole(v.x) - x
        dy = whole(v.y) - y
        if resource == MINERALS:
            if _touches_margin(dx, dy, MINERAL_X, MINERAL_Y):
                return True
        elif v.player == NEUTRAL_PLAYER and _touches_margin(dx, dy, GEYSER_REACH, GEYSER_REACH):
            return True
    return False


@inline
def geyser_at(units: Units, game: Game, index: Index, x: int, y: int) -> int:
    """Return the slot of the geyser at a place that no structure stands on yet, NOBODY for none."""
    found = NOBODY
    for k in range(game.num_units):
        i = whole(index[k])
        v = units[i]
        if v.slot_state != SLOT_ALIVE or KINDS[v.kind].resource != GAS:
            continue
        if abs(whole(v.x) - x) >= ONE or abs(whole(v.y) - y) >= ONE:
            continue
        if v.player != NEUTRAL_PLAYER:
            return NOBODY
        found = i
    return found


@inline
def is_on_low(units: Units, game: Game, index: Index, but: int, x: int, y: int, half: int) -> bool:
    """Say whether a footprint lies on a structure that bars no cell: a lowered depot, a tumor, a trap.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        but: slot of who does not count, NOBODY.
        x: the footprint's centre, 1/4096 cell.
        y: likewise.
        half: its size, half cells.
    """
    for k in range(game.num_units):
        v = units[index[k]]
        kind = KINDS[v.kind]
        if not kind.is_low or index[k] == but or v.slot_state != SLOT_ALIVE:
            continue
        reach = half * ONE // 4 + whole(kind.footprint_half) * ONE // 4
        if abs(whole(v.x) - x) < reach and abs(whole(v.y) - y) < reach:
            return True
    return False


@inline
def _is_stood_on(units: Units, game: Game, index: Index, player: int, builder: int, x: int, y: int, half: int) -> bool:
    """Say whether something that will not step aside is on a footprint: enemies, the planted, low structures."""
    if is_on_low(units, game, index, builder, x, y, half):
        return True
    for k in range(game.num_units):
        i = whole(index[k])
        v = units[i]
        kind = KINDS[v.kind]
        if i == builder or v.slot_state != SLOT_ALIVE or kind.is_flyer or kind.is_structure:
            continue
        if kind.resource != NO_RESOURCE or (v.player == player and kind.speed > 0):
            continue
        reach = half * ONE // 4 + whole(kind.inner) // 2
        if abs(whole(v.x) - x) < reach and abs(whole(v.y) - y) < reach:
            return True
    return False


@inline
def _cells_refuse(ground: Ground, blocked: Ground, grids: Grids, game: Game, kind: Any, x: int, y: int) -> int:
    """Return SUCCESS if all cells of a footprint are good ground, else what is wrong."""
    if not is_site_free(ground, blocked, kind, x, y):
        return CANT_BUILD_LOCATION_INVALID
    if not game.is_melee:
        return SUCCESS
    width = whole(kind.footprint_half) // 2
    left = (whole(x) - width * ONE // 2) // ONE
    top = (whole(y) - width * ONE // 2) // ONE
    for row in range(top, top + width):
        for column in range(left, left + width):
            has_creep = grids[GRID_CREEP, row, column] == COVERED
            if kind.needs_creep and not has_creep:
                return CANT_BUILD_TOO_FAR_FROM_CREEP_SOURCE
            if kind.race != ZERG and has_creep:
                return CANT_BUILD_TOO_CLOSE_TO_CREEP_SOURCE
    return SUCCESS


@inline
def why_not_there(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    number: int,
    player: int,
    builder: int,
    x: int,
    y: int,
) -> int:
    """Return the ActionResult of placing a structure: SUCCESS, or why it cannot stand there.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        number: row of KINDS.
        player: whose.
        builder: slot of who builds it and so may stand there, NOBODY.
        x: centre, snapped, 1/4096 cell.
        y: likewise.
    """
    kind = KINDS[number]
    if kind.resource == GAS:
        return SUCCESS if geyser_at(units, game, index, x, y) != NOBODY else MUST_TARGET_RESOURCES
    result = _cells_refuse(ground, blocked, grids, game, kind, x, y)
    if result != SUCCESS:
        return result
    if kind.needs_power and power_at(units, game, index, ground, player, x, y) == NO_POWER:
        return CANT_BUILD_TOO_FAR_FROM_POWER
    if kind.is_townhall and is_near_resources(units, game, index, x, y):
        return CANT_BUILD_TOO_CLOSE_TO_RESOURCES
    if _is_stood_on(units, game, index, player, builder, x, y, whole(kind.footprint_half)):
        return CANT_BUILD_LOCATION_INVALID
    return SUCCESS
