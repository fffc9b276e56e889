"""The long way: from region to region over their centres, the cheapest by the game's length.

Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.heap import pop_lowest, push, raise_entry
from engine.broodwar.state import ROUTE_LENGTH
from engine.broodwar.terrain import AT_NUM_REGIONS, center_x, center_y, neighbors_begin
from engine.core.fixed import length, whole
from engine.core.jit import inline, scratch

Terrain = NDArray[np.int32]

MAX_OPEN: Final = 125
FAR_256: Final = 128 * 128 << 8


@inline
def find_route(terrain: Terrain, u: Any, source: int, target: int, x: int, y: int) -> bool:
    """Write the regions from `source` to `target`, both included, into the route of `u`.

    Args:
        terrain: the ground.
        u: UNIT_DTYPE record; its position stands for its region's centre.
        source: region that it is in.
        target: region that it goes to.
        x: goal, pixels; stands for the target region's centre.
        y: likewise.

    Returns:
        False if no route exists.
    """
    count = whole(terrain[AT_NUM_REGIONS])
    table = scratch(4, count)
    cost = table[0]
    total = table[1]
    previous = table[2]
    closed = table[3]
    heap = scratch(1, MAX_OPEN + 1)[0]
    for region in range(count):
        cost[region] = -1
        previous[region] = -1
        closed[region] = 0
    cost[source] = 0
    total[source] = FAR_256
    size = push(heap, 0, total, source)
    found = False
    while size > 0:
        region = whole(heap[0])
        size = pop_lowest(heap, size, total)
        if region == target:
            found = True
            break
        closed[region] = 1
        from_x = center_x(terrain, region) << 8
        from_y = center_y(terrain, region) << 8
        if region == source:
            from_x = u.x << 8
            from_y = u.y << 8
        for at in range(neighbors_begin(terrain, region), neighbors_begin(terrain, region + 1)):
            other = whole(terrain[at])
            if size == MAX_OPEN:
                break
            to_x = center_x(terrain, other) << 8
            to_y = center_y(terrain, other) << 8
            if other == target:
                to_x = x << 8
                to_y = y << 8
            if other == source:
                to_x = u.x << 8
                to_y = u.y << 8
            new_cost = cost[region] + length(to_x - from_x, to_y - from_y)
            if cost[other] >= 0 and (previous[region] == other or new_cost >= cost[other]):
                continue
            ahead = length((x << 8) - to_x, (y << 8) - to_y)
            fresh = cost[other] < 0 or closed[other]
            cost[other] = new_cost
            total[other] = new_cost + ahead
            previous[other] = region
            closed[other] = 0
            if fresh:
                size = push(heap, size, total, other)
            else:
                raise_entry(heap, size, total, other)
    if not found:
        return False
    steps = 0
    region = target
    while region >= 0:
        steps += 1
        region = previous[region]
    u.route_total = steps
    u.route_count = min(steps, ROUTE_LENGTH)
    u.route_at = -1
    region = target
    for k in range(steps - 1, -1, -1):
        if k < ROUTE_LENGTH:
            u.route[k] = region
        region = previous[region]
    return True
