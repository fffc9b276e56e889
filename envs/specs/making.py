"""Which own building could make something now: its add-on, what keeps it busy, and room for an add-on beside it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import order_id
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline
from envs.specs.makeable import MORPH
from envs.specs.reading import FLAG_COMPLETED, FLAG_FLYING, has_flag
from envs.specs.siting import is_powered

ORDER_RESEARCH_TECH: Final = order_id("ResearchTech")
ORDER_UPGRADE: Final = order_id("Upgrade")


@inline
def addon_left(building: np.void, addon: int) -> int:
    """Return the left edge of the tiles of a building's add-on, pixels."""
    return whole(building["x"] - PRODUCTION[building["type"]].placement_width_px // 2 + PRODUCTION[addon].addon_x_px)


@inline
def addon_top(building: np.void, addon: int) -> int:
    """Return the upper edge of the tiles of a building's add-on, pixels."""
    return whole(building["y"] - PRODUCTION[building["type"]].placement_height_px // 2 + PRODUCTION[addon].addon_y_px)


@inline
def addon_of(units: NDArray[np.void], num_units: int, me: int, k: int) -> int:
    """Return the index of the add-on of own building `k`, complete or not, -1 without one.

    A Frame does not say whose an add-on is; it stands where its building would build it.
    """
    building = units[k]
    for j in range(num_units):
        addon = units[j]
        kind = whole(addon["type"])
        if addon["player"] != me or not PRODUCTION[kind].is_addon or PRODUCTION[kind].built_by != building["type"]:
            continue
        dx = addon["x"] - PRODUCTION[kind].placement_width_px // 2 - addon_left(building, kind)
        dy = addon["y"] - PRODUCTION[kind].placement_height_px // 2 - addon_top(building, kind)
        if abs(dx) < BUILD_TILE_PX // 2 and abs(dy) < BUILD_TILE_PX // 2:
            return j
    return -1


@inline
def is_at_work(units: NDArray[np.void], num_units: int, me: int, k: int) -> bool:
    """Say whether something but a queue or a morph keeps own building `k` from work.

    That is research, an add-on that it is building, flight, or a pylon that is gone.
    """
    unit = units[k]
    if unit["order"] == ORDER_RESEARCH_TECH or unit["order"] == ORDER_UPGRADE:
        return True
    kind = PRODUCTION[unit["type"]]
    if kind.is_flying_building and has_flag(unit, FLAG_FLYING):
        return True
    if kind.requires_psi and not is_powered(units, num_units, me, unit["x"], unit["y"]):
        return True
    if not kind.can_build_addon:
        return False
    addon = addon_of(units, num_units, me, k)
    return addon >= 0 and not has_flag(units[addon], FLAG_COMPLETED)


@inline
def has_room_for_addon(
    units: NDArray[np.void],
    num_units: int,
    k: int,
    addon: int,
    buildable: NDArray[np.uint8],
    creep: NDArray[np.uint8],
) -> bool:
    """Say whether an add-on could stand beside building `k`.

    Args:
        units: (capacity,) UNIT_DTYPE in sight.
        num_units: how many.
        k: index of the building.
        addon: type id.
        buildable: (rows, columns) uint8.
        creep: (rows, columns) uint8, or (0, 0) where the Frame has none.
    """
    left = addon_left(units[k], addon)
    top = addon_top(units[k], addon)
    right = left + PRODUCTION[addon].placement_width_px
    bottom = top + PRODUCTION[addon].placement_height_px
    first = left // BUILD_TILE_PX
    if left < 0 or top < 0:
        return False
    if right > buildable.shape[1] * BUILD_TILE_PX or bottom > buildable.shape[0] * BUILD_TILE_PX:
        return False
    for row in range(top // BUILD_TILE_PX, bottom // BUILD_TILE_PX):
        for column in range(first, right // BUILD_TILE_PX):
            if not buildable[row, column] or (creep.shape[0] > 0 and creep[row, column]):
                return False
    for j in range(num_units):
        unit = units[j]
        kind = whole(unit["type"])
        if j == k or UNIT_TYPES[kind].flyer or has_flag(unit, FLAG_FLYING):
            continue
        facts = UNIT_TYPES[kind]
        x0 = whole(unit["x"] - facts.left)
        y0 = whole(unit["y"] - facts.up)
        x1 = whole(unit["x"] + facts.right)  # a box's last pixel may lie in the first of a site: the game's own rule
        y1 = whole(unit["y"] + facts.down)
        if facts.building:  # its tiles, not its box
            wide = PRODUCTION[kind].placement_width_px
            high = PRODUCTION[kind].placement_height_px
            x0 = whole(unit["x"] - wide // 2)
            y0 = whole(unit["y"] - high // 2)
            x1 = x0 + wide
            y1 = y0 + high
        if x0 < right and x1 > left and y0 < bottom and y1 > top:
            return False
    return True


@inline
def may_make(units: NDArray[np.void], num_units: int, me: int, k: int, make: np.void, queue: int) -> bool:
    """Say whether unit `k` is an own one that is free to train or become something; price and supply apart.

    Args:
        units: (capacity,) UNIT_DTYPE in sight.
        num_units: how many.
        me: the player.
        k: index of the unit.
        make: MAKE_DTYPE record.
        queue: units that a producer may have in its queue.
    """
    unit = units[k]
    if unit["player"] != me or unit["type"] != make["maker"] or not has_flag(unit, FLAG_COMPLETED):
        return False
    is_busy = unit["build_type"] >= 0 and unit["train_count"] == 0
    if make["command"] == MORPH:
        is_busy = unit["build_type"] >= 0 or unit["train_count"] > 0
    if is_busy or unit["train_count"] >= queue or is_at_work(units, num_units, me, k):
        return False
    if make["own_addon"] < 0:
        return True
    addon = addon_of(units, num_units, me, k)
    return bool(addon >= 0 and units[addon]["type"] == make["own_addon"])


@inline
def has_supply(unit: np.void, make: np.void, supply_used: int, supply_total: int) -> bool:
    """Say whether there is room for what `unit` would make.

    What waits in a queue may wait for supply, too: the game asks only for what begins at once.
    """
    fits = make["supply_half"] <= 0 or supply_used + make["supply_half"] <= supply_total
    return bool(unit["train_count"] > 0 or fits)


@inline
def maker_of(units: NDArray[np.void], num_units: int, me: int, make: np.void, queue: int) -> int:
    """Return the index of the own unit that would train or become something, -1 without one; see `may_make`.

    The shortest queue comes first, then the lowest id.
    """
    best = -1
    for k in range(num_units):
        is_shorter = best < 0 or units[k]["train_count"] < units[best]["train_count"]
        if is_shorter and may_make(units, num_units, me, k, make, queue):
            best = k
    return best


@inline
def addon_maker_of(
    units: NDArray[np.void],
    num_units: int,
    me: int,
    make: np.void,
    buildable: NDArray[np.uint8],
    creep: NDArray[np.uint8],
) -> int:
    """Return the index of the own building with the lowest id that would build an add-on, -1 without one.

    Args:
        units: (capacity,) UNIT_DTYPE in sight.
        num_units: how many.
        me: the player.
        make: MAKE_DTYPE record of an add-on.
        buildable: (rows, columns) uint8.
        creep: (rows, columns) uint8, or (0, 0) where the Frame has none.
    """
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or unit["type"] != make["maker"] or not has_flag(unit, FLAG_COMPLETED):
            continue
        if unit["build_type"] >= 0 or unit["train_count"] > 0 or is_at_work(units, num_units, me, k):
            continue
        if addon_of(units, num_units, me, k) >= 0:
            continue
        if has_room_for_addon(units, num_units, k, make["type"], buildable, creep):
            return k
    return -1
