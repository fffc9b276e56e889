"""Where the next base goes: the natural, then the nearest base on foot that nobody is seen to hold.

Start locations are left out: whose they are is hidden until somebody looks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.bases import DEPOT_COLUMNS, DEPOT_ROWS, bases_by_distance, bases_of, natural_of
from engine.broodwar.production_table import PRODUCTION
from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from envs.specs.costs import COSTS, TYPES
from envs.specs.planning import ORDER_RESET_COLLISION
from envs.specs.reading import FLAG_COMPLETED, FLAG_CONSTRUCTING, FLAG_FLYING

HELD_PX: Final = 6 * BUILD_TILE_PX
"""A building so near to where a depot would stand holds the base."""


def next_base(game_map: GameMap, frame: Frame, row: int) -> tuple[int, int]:
    """Return the build tile (column, row) at which a row would expand, (-1, -1) if there is none.

    Args:
        game_map: the ground.
        frame: what the row sees.
        row: which row.
    """
    units = frame.units[row, : frame.num_units[row]]
    mine = units["player"] == frame.player[row]
    depots = units[mine & (COSTS["is_depot"][units["type"]] != 0)]
    if not len(depots):
        return -1, -1
    starts = [(int(x) - int(depots["x"][0])) ** 2 + (int(y) - int(depots["y"][0])) ** 2 for x, y in game_map.starts]
    start = int(np.argmin(starts))
    natural = natural_of(game_map, start)
    on_ground = (units["flags"] & np.uint64(1 << FLAG_FLYING)) == 0
    stands = units[on_ground & (TYPES["is_flyer"][units["type"]] == 0)]
    buildings = units[(TYPES["is_building"][units["type"]] != 0) & (TYPES["is_resource"][units["type"]] == 0)]
    planned = units[mine & (units["build_type"] >= 0)]
    planned = planned[COSTS["is_depot"][planned["build_type"]] != 0]
    for number in (*((natural,) if natural >= 0 else ()), *bases_by_distance(game_map, start)):
        base = bases_of(game_map)[number]
        if base.start >= 0:
            continue
        if _is_near(buildings["x"], buildings["y"], base.x, base.y, HELD_PX, HELD_PX):
            continue
        if _is_near(planned["target_x"], planned["target_y"], base.x, base.y, HELD_PX, HELD_PX):
            continue
        half = DEPOT_COLUMNS * BUILD_TILE_PX // 2, DEPOT_ROWS * BUILD_TILE_PX // 2
        if not _is_near(stands["x"], stands["y"], base.x, base.y, half[0] + BUILD_TILE_PX, half[1] + BUILD_TILE_PX):
            return base.column, base.row
    return -1, -1


def _is_near(xs: NDArray[np.int32], ys: NDArray[np.int32], x: int, y: int, wide: int, high: int) -> bool:
    return bool(((np.abs(xs - x) <= wide) & (np.abs(ys - y) <= high)).any())


def free_worker(frame: Frame, row: int, kind: int, x: int, y: int) -> int:
    """Return the index of the own worker of a type nearest to (x, y) that builds nothing, -1 without one."""
    units = frame.units[row, : frame.num_units[row]]
    is_mine = (units["player"] == frame.player[row]) & (units["type"] == kind) & (units["build_type"] < 0)
    is_complete = (units["flags"] & np.uint64(1 << FLAG_COMPLETED)) != 0
    is_busy = (units["flags"] & np.uint64(1 << FLAG_CONSTRUCTING)) != 0
    is_busy |= units["order"] == ORDER_RESET_COLLISION
    free = np.flatnonzero(is_mine & is_complete & ~is_busy)
    if not len(free):
        return -1
    return int(free[((units["x"][free] - x) ** 2 + (units["y"][free] - y) ** 2).argmin()])


def unspent_minerals(frame: Frame, row: int) -> int:
    """Return what is in the bank less what builders on their way will pay."""
    units = frame.units[row, : frame.num_units[row]]
    mine = units[(units["player"] == frame.player[row]) & (units["build_type"] >= 0)]
    is_addon = (PRODUCTION["is_addon"][mine["build_type"]] != 0) & (mine["build_type"] != mine["type"])
    builders = mine[(COSTS["is_worker"][mine["type"]] != 0) | is_addon]
    return int(frame.minerals[row]) - int(COSTS["minerals"][builders["build_type"]].sum())
