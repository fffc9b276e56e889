"""Ways over the ground: way-points at most 64 px per axis apart, around what stands still.

Two levels: a route over the map's regions, and way-points to the next region or the goal. Because every way-point is
hit exactly, their spacing sets a unit's real speed. Source: MECHANICS.md 3.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import WIDEST_PX, boxes_meet, obstructs
from engine.broodwar.finder import first_at_least, x_edges
from engine.broodwar.flingy import is_at_goal, set_goal
from engine.broodwar.heap import pop_lowest, push, raise_entry
from engine.broodwar.looking import look_around
from engine.broodwar.obstacles import EDGE_SIZE, MAX_OBSTACLES, note_edges, start_edges
from engine.broodwar.places import (
    AT_X,
    AT_Y,
    FRAME_SIZE,
    GOAL_ENDS,
    GOAL_X,
    GOAL_Y,
    HAS_RIM,
    HEIGHT,
    MAX_PLACES,
    NUM_PLACES,
    PLACE_FLAGS,
    PLACE_IS_GOAL,
    PLACE_X,
    PLACE_Y,
    RIM_BOTTOM,
    RIM_LEFT,
    RIM_RIGHT,
    RIM_TOP,
    WIDTH,
)
from engine.broodwar.route import find_route
from engine.broodwar.state import IMMOVABLE, MOVING, NO_SLOT, PATH_LENGTH
from engine.broodwar.swept import ALL_DIRECTIONS, MAX_STRIPS, STRIP_SIZE, open_directions, start_sweep
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import center_x, center_y, neighbors_begin, region_at
from engine.core.fixed import length, whole
from engine.core.jit import inline, scratch

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Frame = NDArray[np.int64]
Nodes = NDArray[np.int64]
Places = NDArray[np.int64]

MAX_NODES: Final = 250
MAX_OPEN: Final = 150
NUM_BINS: Final = 512
"""Bins of the hash table from places to nodes, a power of two that exceeds twice MAX_NODES."""

PATIENT_NODES: Final = 150
TIRED_NODES: Final = 200
FAR_256: Final = 128 * 128 << 8
NEAR_REGIONS: Final = 3
"""With more regions than this ahead, the way-points lead to the centre of the one after the next."""

# Rows of the table of nodes.
X: Final = 0
Y: Final = 1
COST: Final = 2
AHEAD: Final = 3
TOTAL: Final = 4
PREVIOUS: Final = 5
FLAGS: Final = 6
CLOSED: Final = 7
IS_GOAL: Final = 8
REGION: Final = 9
IN_TARGET: Final = 10
IN_NEIGHBOR: Final = 11
NODE_SIZE: Final = 12

NO_WAY: Final = 0
FOUND: Final = 1
REACHES_GOAL: Final = 2
STUCK: Final = 3


@inline
def _touches_region(terrain: Terrain, region: int, other: int) -> bool:
    for at in range(neighbors_begin(terrain, region), neighbors_begin(terrain, region + 1)):
        if terrain[at] == other:
            return True
    return False


@inline
def _take_best(nodes: Nodes, count: int) -> int:
    """Return the node nearest to the goal when no way leads to it; the start if none is nearer."""
    best = 0
    for k in range(1, count):
        if nodes[AHEAD, k] < nodes[AHEAD, best]:
            best = k
    return best


@inline
def _write_path(u: Any, nodes: Nodes, goal: int) -> None:
    steps = 0
    k = goal
    while k > 0:
        steps += 1
        k = nodes[PREVIOUS, k]
    u.path_count = min(steps, PATH_LENGTH)
    u.path_at = 0
    k = goal
    for at in range(steps - 1, -1, -1):
        if at < PATH_LENGTH:
            u.path_x[at] = nodes[X, k]
            u.path_y[at] = nodes[Y, k]
        k = nodes[PREVIOUS, k]
    if steps > PATH_LENGTH:
        u.path_x[PATH_LENGTH - 1] = nodes[X, goal]
        u.path_y[PATH_LENGTH - 1] = nodes[Y, goal]


@inline
def _step_cost(nodes: Nodes, k: int, x: int, y: int, region: int, target_region: int, source_region: int) -> int:
    """Return what the step from node `k` to (x, y) costs: twice its length through a region that is off the route."""
    step = length((x - nodes[X, k]) << 8, (y - nodes[Y, k]) << 8)
    if target_region >= 0 and region != target_region and region != source_region:
        step *= 2
    return step


@inline
def _first_goal(
    terrain: Terrain, nodes: Nodes, places: Places, frame: Frame, k: int, target_region: int, source_region: int
) -> int:
    """Return which of the goals seen from node `k` the search would reach first, -1 if none or if several tie.

    Nothing is looked at once a goal was seen: the one with the least total is taken, whatever else is open. Only
    among equals the heap's order decides.
    """
    best = -1
    least = 0
    tied = False
    for p in range(frame[NUM_PLACES]):
        if not places[p, PLACE_IS_GOAL]:
            continue
        x = places[p, PLACE_X]
        y = places[p, PLACE_Y]
        total = _step_cost(nodes, k, x, y, region_at(terrain, x, y), target_region, source_region)
        total += length((frame[GOAL_X] - x) << 8, (frame[GOAL_Y] - y) << 8)
        if best < 0 or total < least:
            best = p
            least = total
            tied = False
        elif total == least and (x != places[best, PLACE_X] or y != places[best, PLACE_Y]):
            tied = True
    return -1 if tied else best


@inline
def _search(
    units: Units,
    game: Game,
    index: Index,
    terrain: Terrain,
    i: int,
    frame: Frame,
    target_region: int,
    goal_is_end: bool,
    target: int,
    consider: int,
    movers: bool,
) -> int:
    """Search way-points for unit `i` to the frame's goal, or into the next region of its route.

    Returns:
        NO_WAY, FOUND (into the next region), REACHES_GOAL, or STUCK (as near as it gets).
    """
    u = units[i]
    t = UNIT_TYPES[u.type]
    edges = scratch(2 * game.num_edges + 1, EDGE_SIZE)
    boxes = scratch(MAX_OBSTACLES, 4)
    local = scratch(MAX_OBSTACLES, 8)
    places = scratch(MAX_PLACES, 4)
    strips = scratch(MAX_STRIPS + 1, STRIP_SIZE)
    nodes = scratch(NODE_SIZE, MAX_NODES)
    heap = scratch(1, MAX_OPEN + 1)[0]
    bins = scratch(1, NUM_BINS)[0]
    totals = nodes[TOTAL]
    asked = (target, consider, movers)
    start_edges(game, edges)
    start_sweep(strips, game.width_px)
    goal_x = frame[GOAL_X]
    goal_y = frame[GOAL_Y]
    source_region = region_at(terrain, u.x, u.y)
    aim_region = target_region
    if aim_region < 0:
        aim_region = region_at(terrain, min(max(goal_x, 0), game.width_px - 1), min(max(goal_y, 0), game.height_px - 1))
    for column in range(NODE_SIZE):
        nodes[column, 0] = 0
    nodes[X, 0] = u.x
    nodes[Y, 0] = u.y
    nodes[AHEAD, 0] = length((goal_x - u.x) << 8, (goal_y - u.y) << 8)
    nodes[TOTAL, 0] = FAR_256
    nodes[FLAGS, 0] = ALL_DIRECTIONS
    nodes[REGION, 0] = source_region
    count = 1
    size = push(heap, 0, totals, 0)
    open_in_target = 0
    open_in_neighbor = 0
    goal_seen = False
    tired = False
    reached = -1
    while size > 0:
        k = heap[0]
        size = pop_lowest(heap, size, totals)
        if nodes[IS_GOAL, k]:
            _write_path(u, nodes, k)
            return REACHES_GOAL
        if nodes[FLAGS, k] and not goal_seen:
            nodes[FLAGS, k] = open_directions(strips, nodes[X, k], nodes[Y, k], nodes[FLAGS, k])
        if open_in_target <= 0 or goal_seen or (goal_is_end and count < PATIENT_NODES):
            exhausted = tired
        else:
            exhausted = True
            tired = True
        if open_in_neighbor and not goal_seen and count >= TIRED_NODES:
            exhausted = True
            tired = True
        if nodes[IN_TARGET, k] and exhausted:
            reached = k
            break
        nodes[CLOSED, k] = 1
        if nodes[IN_TARGET, k]:
            open_in_target -= 1
        if nodes[IN_NEIGHBOR, k]:
            open_in_neighbor -= 1
            if exhausted:
                break
        if goal_seen or exhausted or nodes[FLAGS, k] == 0:
            continue
        frame[AT_X] = nodes[X, k]
        frame[AT_Y] = nodes[Y, k]
        has_room = count < MAX_NODES - MAX_PLACES and size < MAX_OPEN - MAX_PLACES
        frame[GOAL_ENDS] = has_room and not tired and not frame[HAS_RIM]
        note_edges(units, game, index, i, t, asked, frame, edges)
        look_around(game, terrain, t, nodes[FLAGS, k], edges, boxes, local, places, frame, strips)
        if has_room and not tired:
            p = _first_goal(terrain, nodes, places, frame, k, target_region, source_region)
            if p >= 0:
                # Once a goal is seen, nothing more is looked at: no other way leads there.
                nodes[X, count] = places[p, PLACE_X]
                nodes[Y, count] = places[p, PLACE_Y]
                nodes[PREVIOUS, count] = k
                _write_path(u, nodes, count)
                return REACHES_GOAL
        if k == 0:
            for b in range(NUM_BINS):
                bins[b] = 0
        found_goal = False
        for p in range(frame[NUM_PLACES]):
            x = places[p, PLACE_X]
            y = places[p, PLACE_Y]
            flags = places[p, PLACE_FLAGS]
            if places[p, PLACE_IS_GOAL]:
                found_goal = True
            elif flags:
                flags = open_directions(strips, x, y, flags)
                if not flags:
                    continue
            region = region_at(terrain, x, y)
            cost = nodes[COST, k] + _step_cost(nodes, k, x, y, region, target_region, source_region)
            b = (x * 157 + y * 83) & (NUM_BINS - 1)
            n = bins[b]
            while n > 0 and (nodes[X, n] != x or nodes[Y, n] != y):
                b = (b + 1) & (NUM_BINS - 1)
                n = bins[b]
            if n == 0:
                n = count
                bins[b] = n
                count += 1
                nodes[X, n] = x
                nodes[Y, n] = y
                nodes[COST, n] = cost
                nodes[AHEAD, n] = length((goal_x - x) << 8, (goal_y - y) << 8)
                nodes[TOTAL, n] = cost + nodes[AHEAD, n]
                nodes[PREVIOUS, n] = k
                nodes[FLAGS, n] = flags
                nodes[IS_GOAL, n] = places[p, PLACE_IS_GOAL]
                nodes[CLOSED, n] = flags == 0 and not places[p, PLACE_IS_GOAL]
                nodes[REGION, n] = region
                nodes[IN_TARGET, n] = region == target_region
                nodes[IN_NEIGHBOR, n] = region != source_region and _touches_region(terrain, aim_region, region)
                if not nodes[CLOSED, n]:
                    size = push(heap, size, totals, n)
                    open_in_target += nodes[IN_TARGET, n]
                    open_in_neighbor += nodes[IN_NEIGHBOR, n]
                if size == MAX_OPEN or count == MAX_NODES:
                    break
            elif nodes[PREVIOUS, k] != n:
                if cost < nodes[COST, n]:
                    nodes[PREVIOUS, n] = k
                    nodes[COST, n] = cost
                    nodes[TOTAL, n] = cost + nodes[AHEAD, n]
                    if nodes[CLOSED, n]:
                        nodes[FLAGS, n] = flags
                        nodes[CLOSED, n] = 0
                        nodes[IS_GOAL, n] = places[p, PLACE_IS_GOAL]
                        size = push(heap, size, totals, n)
                        open_in_target += nodes[IN_TARGET, n]
                        open_in_neighbor += nodes[IN_NEIGHBOR, n]
                    else:
                        raise_entry(heap, size, totals, n)
                    if size == MAX_OPEN:
                        break
                elif not nodes[CLOSED, n]:
                    nodes[FLAGS, n] &= flags
        goal_seen = found_goal
        full = size == MAX_OPEN or count == MAX_NODES
        if full and not found_goal and open_in_target == 0:
            break
    if reached >= 0:
        _write_path(u, nodes, reached)
        return FOUND if u.path_count > 0 else NO_WAY
    _write_path(u, nodes, _take_best(nodes, count))
    if u.path_count == 0:
        return NO_WAY
    return STUCK if target_region < 0 else FOUND


@inline
def _unit_on_goal(units: Units, game: Game, index: Index, i: int, x: int, y: int, consider: int, movers: bool) -> int:
    """Return the unit of the lowest slot that stands where unit `i` wants to go, NO_SLOT if the place is free."""
    t = UNIT_TYPES[units[i].type]
    n = game.capacity
    base = x_edges(n)
    first = NO_SLOT
    west = x - t.left - 1
    last = max(x + t.right + 1, west + WIDEST_PX)
    for at in range(first_at_least(index, base, game.num_edges, west), game.num_edges):
        if index[base + at] > last:
            break
        j = whole(index[base + 2 * n + at])
        v = units[j]
        if (first >= 0 and j >= first) or not obstructs(units, i, j):
            continue
        if not (is_at_goal(v) or j == consider or movers):
            continue
        if boxes_meet(v.left, v.top, v.right + 1, v.bottom + 1, x - t.left, y - t.up, x + t.right + 1, y + t.down + 1):
            first = j
    return first


@inline
def _next_leg(u: Any, region: int) -> bool:
    """Move on along the route to where the unit is; return False if it has left the route."""
    u.route_at += 1
    while u.route_at < u.route_count and u.route[u.route_at] != region:
        u.route_at += 1
    return bool(u.route_at < u.route_count)


@inline
def _find_leg(
    units: Units, game: Game, index: Index, terrain: Terrain, i: int, x: int, y: int, consider: int, movers: bool
) -> int:
    """Find way-points along the route; `path_goal_*` become where the way really ends."""
    u = units[i]
    region = region_at(terrain, u.x, u.y)
    if not _next_leg(u, region):
        return NO_WAY
    ahead = u.route_count - u.route_at
    near = ahead <= NEAR_REGIONS
    frame = scratch(1, FRAME_SIZE)[0]
    frame[HAS_RIM] = 0
    frame[WIDTH] = game.width_px
    frame[HEIGHT] = game.height_px
    frame[GOAL_X] = x
    frame[GOAL_Y] = y
    target = NO_SLOT
    target_region = -1
    if ahead > 1:
        target_region = whole(u.route[u.route_at + 1])
    if not near:
        frame[GOAL_X] = center_x(terrain, whole(u.route[u.route_at + 2]))
        frame[GOAL_Y] = center_y(terrain, whole(u.route[u.route_at + 2]))
    else:
        target = u.move_target
        if target < 0:
            target = _unit_on_goal(units, game, index, i, x, y, consider, movers)
        if target >= 0:
            t = UNIT_TYPES[u.type]
            v = units[target]
            frame[HAS_RIM] = 1
            frame[RIM_LEFT] = v.left - t.right - 1
            frame[RIM_TOP] = v.top - t.down - 1
            frame[RIM_RIGHT] = v.right + t.left + 1
            frame[RIM_BOTTOM] = v.bottom + t.up + 1
            inside_x = frame[RIM_LEFT] <= u.x <= frame[RIM_RIGHT]
            inside_y = frame[RIM_TOP] <= u.y <= frame[RIM_BOTTOM]
            on_side = (u.x == frame[RIM_LEFT] or u.x == frame[RIM_RIGHT]) and inside_y
            if on_side or ((u.y == frame[RIM_TOP] or u.y == frame[RIM_BOTTOM]) and inside_x):
                u.path_count = 1
                u.path_at = 0
                u.path_x[0] = u.x
                u.path_y[0] = u.y
                u.path_goal_x = u.x
                u.path_goal_y = u.y
                return REACHES_GOAL
    goal_is_end = frame[GOAL_X] == x and frame[GOAL_Y] == y
    result = _search(units, game, index, terrain, i, frame, target_region, goal_is_end, target, consider, movers)
    if result == NO_WAY:
        return NO_WAY
    last_x = whole(u.path_x[u.path_count - 1])
    last_y = whole(u.path_y[u.path_count - 1])
    u.path_goal_x = x
    u.path_goal_y = y
    if result == REACHES_GOAL and not near and last_x == frame[GOAL_X] and last_y == frame[GOAL_Y]:
        return FOUND
    if result != FOUND:
        u.path_goal_x = last_x
        u.path_goal_y = last_y
    return result


@inline
def find_path(
    units: Units,
    game: Game,
    index: Index,
    terrain: Terrain,
    i: int,
    goal_x: int,
    goal_y: int,
    consider: int,
    around_movers: bool,
    keep_route: bool,
) -> bool:
    """Find way-points for unit `i` from where it is; return whether there are any.

    Where the goal is taken by a unit or cannot be reached, the unit's goal becomes the nearest place.

    Args:
        units: (N,) UNIT_DTYPE; `path_*`, `route*` and perhaps the goal of unit `i` are overwritten.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: the ground.
        i: the unit.
        goal_x: pixels.
        goal_y: pixels.
        consider: a unit to go around although it moves, NO_SLOT if none.
        around_movers: go around all moving units.
        keep_route: go on along the route that the unit has, if it still leads on.
    """
    u = units[i]
    result = NO_WAY
    goes_on = keep_route and u.route_at + 1 < u.route_count and (u.x != u.path_goal_x or u.y != u.path_goal_y)
    if goes_on and (u.route_total == u.route_count or u.route_at + 4 < u.route_count):
        x = u.path_goal_x
        y = u.path_goal_y
        result = _find_leg(units, game, index, terrain, i, x, y, consider, around_movers)
    if result == NO_WAY:
        source = region_at(terrain, u.x, u.y)
        target = region_at(terrain, goal_x, goal_y)
        if source == target:
            u.route[0] = source
            u.route_count = 1
            u.route_total = 1
            u.route_at = -1
        elif not find_route(terrain, u, source, target, goal_x, goal_y):
            return False
        result = _find_leg(units, game, index, terrain, i, goal_x, goal_y, consider, around_movers)
    if result == NO_WAY:
        return False
    if result != FOUND and (u.path_goal_x != u.move_x or u.path_goal_y != u.move_y):
        target = u.move_target
        x = u.path_goal_x
        y = u.path_goal_y
        if target >= 0 and units[target].movement_flags & MOVING:
            x = units[target].x
            y = units[target].y
        set_goal(u, x, y)
        u.move_target = target
        if result == STUCK:
            u.status |= IMMOVABLE
        else:
            u.status &= ~IMMOVABLE
    return True
