"""What a search for way-points sees around one place, in a window of 64 px: rays first, then quadrant by quadrant.

Source: MECHANICS.md 3.3. Where nothing is in the way the same comes from a table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.obstacles import Boxes, Edges, add_ground, add_units, cut_rays
from engine.broodwar.places import (
    AT_X,
    AT_Y,
    EAST_END,
    GOAL_ENDS,
    GOAL_X,
    GOAL_Y,
    HEIGHT,
    NORTH_END,
    NUM_OBSTACLES,
    NUM_PLACES,
    PLACE_FLAGS,
    PLACE_IS_GOAL,
    PLACE_X,
    PLACE_Y,
    SOUTH_END,
    WEST_END,
    WIDTH,
    WINDOW_PX,
    Frame,
    Places,
    add_place,
    goal_in_window,
    is_goal_off,
    see,
    sees_goal,
)
from engine.broodwar.quadrants import END_X, END_Y, FAR, QUADRANTS, SIGN_X, SIGN_Y, TOWARD, look_into
from engine.broodwar.swept import (
    ALL_DIRECTIONS,
    EAST,
    EASTWARD,
    NORTH,
    NORTH_EAST,
    NORTH_WEST,
    NORTHWARD,
    SOUTH,
    SOUTH_EAST,
    SOUTH_WEST,
    SOUTHWARD,
    WEST,
    WESTWARD,
    Strips,
    has_room,
    sweep,
)
from engine.core.jit import inline

Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record


def _open_looks() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return what a look finds where nothing is in the way, by the directions it goes in.

    Returns:
        (256,) how many places; (256, 8, 3) each place's columns of x and y in the frame, and its directions; (256,)
        the quadrants and rays that are looked over.
    """
    counts = np.zeros(256, np.int64)
    places = np.zeros((256, 8, 3), np.int64)
    looked_over = np.zeros(256, np.int64)
    rays = (
        (NORTH, NORTH_EAST | NORTH_WEST, (AT_X, NORTH_END), 0xBF),
        (EAST, NORTH_EAST | SOUTH_EAST, (EAST_END, AT_Y), 0x7F),
        (SOUTH, SOUTH_EAST | SOUTH_WEST, (AT_X, SOUTH_END), 0xEF),
        (WEST, SOUTH_WEST | NORTH_WEST, (WEST_END, AT_Y), 0xDF),
    )
    quadrants = QUADRANTS.tolist()
    for directions in range(256):
        flags = directions
        found: dict[tuple[int, int], int] = {}
        for ray, beside, place, kept in rays:
            if directions & ray:
                flags |= beside
                found[place] = kept
        for quadrant in quadrants:
            if flags & quadrant[TOWARD]:
                x = EAST_END if quadrant[SIGN_X] > 0 else WEST_END
                y = SOUTH_END if quadrant[SIGN_Y] > 0 else NORTH_END
                for place, kept in (
                    ((x, AT_Y), quadrant[END_X]),
                    ((x, y), quadrant[FAR]),
                    ((AT_X, y), quadrant[END_Y]),
                ):
                    found[place] = found.get(place, ALL_DIRECTIONS) & kept
        counts[directions] = len(found)
        for k, (place, kept) in enumerate(found.items()):
            places[directions, k] = *place, kept
        looked_over[directions] = flags
    return counts, places, looked_over


OPEN_COUNTS, OPEN_PLACES, OPEN_DIRECTIONS = _open_looks()


@inline
def _look_over_open(places: Places, frame: Frame, strips: Strips, directions: int) -> bool:
    """Do all that `look_around` does where nothing is in the window; return False where it is not as simple as that."""
    x = frame[AT_X]
    y = frame[AT_Y]
    west = frame[WEST_END]
    north = frame[NORTH_END]
    east = frame[EAST_END]
    south = frame[SOUTH_END]
    looked_over = OPEN_DIRECTIONS[directions]
    if (looked_over & WESTWARD and west == x) or (looked_over & EASTWARD and east == x):
        return False
    if (looked_over & NORTHWARD and north == y) or (looked_over & SOUTHWARD and south == y):
        return False
    if not is_goal_off(frame) or not has_room(strips, west, east):
        return False
    for p in range(OPEN_COUNTS[directions]):
        places[p, PLACE_X] = frame[OPEN_PLACES[directions, p, 0]]
        places[p, PLACE_Y] = frame[OPEN_PLACES[directions, p, 1]]
        places[p, PLACE_FLAGS] = OPEN_PLACES[directions, p, 2]
        places[p, PLACE_IS_GOAL] = 0
    frame[NUM_PLACES] = OPEN_COUNTS[directions]
    if looked_over & (NORTH_EAST | SOUTH_EAST):
        top = north if looked_over & NORTH_EAST else y
        sweep(strips, x, top, east, south if looked_over & SOUTH_EAST else y)
    if looked_over & (NORTH_WEST | SOUTH_WEST):
        top = north if looked_over & NORTH_WEST else y
        sweep(strips, west, top, x, south if looked_over & SOUTH_WEST else y)
    return True


@inline
def look_around(
    game: Game,
    terrain: Terrain,
    t: Any,
    flags: int,
    edges: Edges,
    boxes: Boxes,
    local: Boxes,
    places: Places,
    frame: Frame,
    strips: Strips,
) -> None:
    """List the places that a unit could go to next from the frame's place.

    Args:
        game: GAME_DTYPE record.
        terrain: the ground.
        t: the unit's type.
        flags: directions to look in.
        edges: from `note_edges`.
        boxes: (MAX_OBSTACLES, 4) int64, overwritten.
        local: (MAX_OBSTACLES, 8) int64, overwritten.
        places: (MAX_PLACES, 4) int64, overwritten; `frame[NUM_PLACES]` are valid.
        frame: (FRAME_SIZE,) int64; place and goal are read.
        strips: what has been looked over; added to.
    """
    x = frame[AT_X]
    y = frame[AT_Y]
    frame[NUM_PLACES] = 0
    frame[NUM_OBSTACLES] = 0
    frame[WEST_END] = max(x - WINDOW_PX, 0) if flags & WESTWARD else x
    frame[NORTH_END] = max(y - WINDOW_PX, 0) if flags & NORTHWARD else y
    frame[EAST_END] = min(x + WINDOW_PX, frame[WIDTH] - 1) if flags & EASTWARD else x
    frame[SOUTH_END] = min(y + WINDOW_PX, frame[HEIGHT] - 1) if flags & SOUTHWARD else y
    add_units(game, t, edges, boxes, frame)
    add_ground(terrain, t, boxes, frame)
    if frame[GOAL_ENDS] and flags == ALL_DIRECTIONS and frame[NUM_OBSTACLES] == 0 and goal_in_window(frame):
        see(places, frame, strips, x, y, frame[GOAL_X], frame[GOAL_Y])
        return
    if frame[NUM_OBSTACLES] == 0 and _look_over_open(places, frame, strips, flags):
        return
    cut = cut_rays(boxes, frame)
    no_north = frame[NORTH_END] == y
    no_east = frame[EAST_END] == x
    no_south = frame[SOUTH_END] == y
    no_west = frame[WEST_END] == x
    if no_north:
        flags &= ~NORTH
    if no_east:
        flags &= ~EAST
    if no_south:
        flags &= ~SOUTH
    if no_west:
        flags &= ~WEST
    if no_north and no_east:
        flags &= ~NORTH_EAST
    if no_south and no_east:
        flags &= ~SOUTH_EAST
    if no_south and no_west:
        flags &= ~SOUTH_WEST
    if no_north and no_west:
        flags &= ~NORTH_WEST
    if flags & NORTH:
        flags |= NORTH_EAST | NORTH_WEST
        add_place(places, frame, x, frame[NORTH_END], 0xA6 if cut & NORTH else 0xBF)
    if flags & EAST:
        flags |= NORTH_EAST | SOUTH_EAST
        add_place(places, frame, frame[EAST_END], y, 0x5C if cut & EAST else 0x7F)
    if flags & SOUTH:
        flags |= SOUTH_EAST | SOUTH_WEST
        add_place(places, frame, x, frame[SOUTH_END], 0xA9 if cut & SOUTH else 0xEF)
    if flags & WEST:
        flags |= SOUTH_WEST | NORTH_WEST
        add_place(places, frame, frame[WEST_END], y, 0x53 if cut & WEST else 0xDF)
    for q in range(4):
        if flags & QUADRANTS[q, TOWARD]:
            look_into(boxes, local, places, frame, strips, q, cut)
            if frame[GOAL_ENDS] and sees_goal(places, frame):
                return
