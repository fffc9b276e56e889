"""Where a scripted player builds: near its town halls, with gaps to walk through, off the mineral lines."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import BUILD_TILE_PX, GameMap
from engine.starcraft2.melee_players.bases import bases_of
from engine.starcraft2.melee_players.facts import CELLS, IS_STRUCTURE, NEEDS_CREEP, NEEDS_POWER, name_of
from engine.starcraft2.melee_players.view import View
from engine.starcraft2.tables import unit_type_id

REACH_CELLS: Final = 20
"""So far from a town hall structures are put."""

HALL_GAP: Final = 7
"""Cells from a town hall's centre that stay free of other structures, so that workers pass."""

POWER_CELLS: Final = 6.5
"""Radius of a pylon's power (MECHANICS.md section 7)."""

CREEP_CELLS: Final = 9
"""So near to a Hatchery there is creep for certain, once it has stood for a while."""

PYLON: Final = unit_type_id("Pylon")
ADD_ON_MAKERS: Final = frozenset(("Barracks", "Factory", "Starport"))


@lru_cache(maxsize=16)
def _off_resources(game_map: GameMap) -> NDArray[np.bool_]:
    """Return (height, width) bool: ground to build on that is no mineral line and no place of a town hall."""
    free = game_map.buildable.astype(np.bool_).copy()
    rows, columns = np.ogrid[0 : game_map.height, 0 : game_map.width]
    for base in bases_of(game_map):
        x, y = base.x / BUILD_TILE_PX, base.y / BUILD_TILE_PX
        free[(columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < 3.5**2] = False
        for field in (*base.fields.tolist(), *base.geysers.tolist()):
            at_x, at_y = field[0] / BUILD_TILE_PX, field[1] / BUILD_TILE_PX
            for share in (0.0, 0.34, 0.67):  # the way from the resource to the town hall
                mid_x, mid_y = at_x + (x - at_x) * share, at_y + (y - at_y) * share
                free[np.maximum(abs(columns + 0.5 - mid_x), abs(rows + 0.5 - mid_y)) < 2.6] = False
    return free


def find_site(view: View, kind: int) -> tuple[int, int] | None:
    """Return the centre of a place for a structure, pixels; None if there is none.

    Args:
        view: of the player.
        kind: unit type id; no town hall, no gas building.
    """
    size = int(CELLS[kind])
    free = view.kept("free", lambda: _free_cells(view))
    wide = size + (2 if name_of(kind) in ADD_ON_MAKERS else 0)
    powered = view.kept("powered", lambda: _near(view, PYLON, POWER_CELLS)) if NEEDS_POWER[kind] else None
    creep = view.kept("creep", lambda: _creep(view)) if NEEDS_CREEP[kind] else None
    for hall in view.halls[:2].tolist() or [0]:
        hall_x, hall_y = int(view.x[hall]) // BUILD_TILE_PX, int(view.y[hall]) // BUILD_TILE_PX
        top, bottom = max(1, hall_y - REACH_CELLS), min(free.shape[0] - size - 1, hall_y + REACH_CELLS)
        left, right = max(1, hall_x - REACH_CELLS), min(free.shape[1] - wide - 1, hall_x + REACH_CELLS)
        if top >= bottom or left >= right:
            continue
        x, y = np.arange(left, right) + size / 2, np.arange(top, bottom) + size / 2
        away = (x - hall_x - 0.5) ** 2 + ((y - hall_y - 0.5) ** 2)[:, None]
        fits = away >= HALL_GAP**2
        fits &= _all_true(free[top - 1 : bottom + size, left - 1 : right + wide], size + 2, wide + 2)
        if powered is not None:
            fits &= powered[np.ix_(y.astype(np.intp), x.astype(np.intp))]
        if creep is not None:
            fits &= _all_true(creep[top : bottom + size - 1, left : right + size - 1], size, size)
        if fits.any():
            row, column = np.unravel_index(np.where(fits, away, np.inf).argmin(), away.shape)
            return round(x[column] * BUILD_TILE_PX), round(y[row] * BUILD_TILE_PX)
    return None


def _all_true(cells: NDArray[np.bool_], high: int, wide: int) -> NDArray[np.bool_]:
    """Return for each cell whether it and all others of the block whose top left corner it is are true.

    Args:
        cells: (rows, columns) bool.
        high: rows of a block.
        wide: columns of a block.

    Returns:
        (rows - high + 1, columns - wide + 1) bool.
    """
    sums = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.int64)
    np.cumsum(np.cumsum(cells, axis=0), axis=1, out=sums[1:, 1:])
    inside = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    found: NDArray[np.bool_] = inside == high * wide
    return found


def _free_cells(view: View) -> NDArray[np.bool_]:
    seen = view.enemies[IS_STRUCTURE[view.enemies["type"]]]
    building = view.is_worker & (view.makes >= 0)  # what is about to be built
    own, told = view.own[view.is_structure], view.own[building]
    kinds = (view.type[view.is_structure], seen["type"], view.makes[building])
    columns = (own["x"], seen["x"], told["target_x"]), (own["y"], seen["y"], told["target_y"])
    taken = np.stack([np.concatenate(parts).astype(np.int64) for parts in (kinds, *columns)])
    return _free_around(view.map, taken.tobytes())


@lru_cache(maxsize=64)
def _free_around(game_map: GameMap, taken: bytes) -> NDArray[np.bool_]:
    """Return (height, width) bool, read-only: where nothing stands; from look to look that seldom changes.

    Args:
        game_map: the ground.
        taken: (3, n) int64 of types, x and y of structures, pixels.
    """
    free = _off_resources(game_map).copy()
    for kind, x, y in np.frombuffer(taken, np.int64).reshape(3, -1).T.tolist():
        _cover(free, kind, x, y)
    free.setflags(write=False)
    return free


def _cover(free: NDArray[np.bool_], kind: int, x: int, y: int) -> None:
    size = int(CELLS[kind])
    left, top = round(x / BUILD_TILE_PX - size / 2), round(y / BUILD_TILE_PX - size / 2)
    wide = size + (2 if name_of(kind) in ADD_ON_MAKERS else 0)
    free[max(top, 0) : top + size, max(left, 0) : left + wide] = False


def _near(view: View, kind: int, reach: float) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[0 : view.map.height, 0 : view.map.width]
    found = np.zeros((view.map.height, view.map.width), np.bool_)
    for row in np.flatnonzero((view.type == kind) & view.is_complete).tolist():
        x, y = view.x[row] / BUILD_TILE_PX, view.y[row] / BUILD_TILE_PX
        found |= (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < (reach - 0.5) ** 2
    return found


def _creep(view: View) -> NDArray[np.bool_]:
    if view.creep is not None and view.creep.any():
        found: NDArray[np.bool_] = view.creep != 0
        return found
    rows, columns = np.ogrid[0 : view.map.height, 0 : view.map.width]
    found = np.zeros((view.map.height, view.map.width), np.bool_)
    for row in view.halls.tolist():
        if view.is_complete[row]:
            x, y = view.x[row] / BUILD_TILE_PX, view.y[row] / BUILD_TILE_PX
            found |= (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < CREEP_CELLS**2
    return found
