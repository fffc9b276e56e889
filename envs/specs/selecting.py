"""What a player has selected: what lies under a point, the next idle worker, control groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT
from engine.core.jit import inline
from envs.specs.reading import (
    FLAG_COMPLETED,
    FLAG_IDLE,
    has_flag,
    index_of,
    is_airborne,
)


@inline
def unit_at(units: NDArray[np.void], num_units: int, types: NDArray[np.void], x: int, y: int) -> int:
    """Return the index of the unit that is drawn over a point: flyers first, then the higher id; -1 for the ground."""
    best = -1
    for k in range(num_units):
        unit = units[k]
        kind = types[unit["type"]]
        inside_x = unit["x"] - kind["left"] <= x <= unit["x"] + kind["right"]
        if not inside_x or not unit["y"] - kind["up"] <= y <= unit["y"] + kind["down"]:
            continue
        if best < 0 or is_airborne(unit, types) or not is_airborne(units[best], types):
            best = k
    return best


@inline
def select_idle(
    units: NDArray[np.void], num_units: int, me: int, costs: NDArray[np.void], selected_ids: NDArray[np.int64]
) -> None:
    """Select the own idle worker after the one that is selected now, in ascending id and around."""
    now = selected_ids[0]
    first = -1
    after = -1
    for k in range(num_units):
        unit = units[k]
        if unit["player"] != me or not costs[unit["type"]]["is_worker"]:
            continue
        if not has_flag(unit, FLAG_IDLE) or not has_flag(unit, FLAG_COMPLETED):
            continue
        if first < 0:
            first = unit["id"]
        if after < 0 and unit["id"] > now:
            after = unit["id"]
    selected_ids[:] = NO_UNIT
    selected_ids[0] = after if after >= 0 else first


@inline
def recall(
    group: NDArray[np.int64], units: NDArray[np.void], num_units: int, me: int, selected_ids: NDArray[np.int64]
) -> None:
    """Select the members of a control group that are in view; without any, what is selected stays."""
    count = 0
    for g in range(group.shape[0]):
        if group[g] < 0:
            continue
        k = index_of(units, num_units, group[g])
        if k >= 0 and units[k]["player"] == me:
            if count == 0:
                selected_ids[:] = NO_UNIT
            selected_ids[count] = group[g]
            count += 1


@inline
def bind(
    group: NDArray[np.int64],
    is_added: bool,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    selected: NDArray[np.bool_],
) -> None:
    """Make the selected own units a control group, or add them to it while there is room; nobody changes nothing."""
    count = 0
    if is_added:
        for g in range(group.shape[0]):  # close the gaps that the dead have left
            member = group[g]
            group[g] = NO_UNIT
            if member >= 0 and index_of(units, num_units, member) >= 0:
                group[count] = member
                count += 1
    for k in range(num_units):
        if not selected[k] or units[k]["player"] != me or count == group.shape[0]:
            continue
        is_member = False
        for g in range(count):
            is_member = is_member or group[g] == units[k]["id"]
        if is_member:
            continue
        if count == 0:
            group[:] = NO_UNIT
        group[count] = units[k]["id"]
        count += 1
