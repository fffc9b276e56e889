"""What a search for way-points finds around one place: the places that a unit could go to next.

A *frame* holds the place itself, the window that is looked over, the goal and its rim; *places* are what was found.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.swept import ALL_DIRECTIONS, Strips, sweep
from engine.core.jit import inline

Frame = NDArray[np.int64]
Places = NDArray[np.int64]

WINDOW_PX: Final = 64
MAX_PLACES: Final = 32

# Columns of the list of places.
PLACE_X: Final = 0
PLACE_Y: Final = 1
PLACE_FLAGS: Final = 2
PLACE_IS_GOAL: Final = 3

# Columns of the search's frame: the place, the window, the goal point and the goal unit's rim.
AT_X: Final = 0
AT_Y: Final = 1
WEST_END: Final = 2
NORTH_END: Final = 3
EAST_END: Final = 4
SOUTH_END: Final = 5
GOAL_X: Final = 6
GOAL_Y: Final = 7
RIM_LEFT: Final = 8
RIM_TOP: Final = 9
RIM_RIGHT: Final = 10
RIM_BOTTOM: Final = 11
HAS_RIM: Final = 12
NUM_PLACES: Final = 13
NUM_OBSTACLES: Final = 14
WIDTH: Final = 15
HEIGHT: Final = 16
GOAL_ENDS: Final = 17  # if the goal itself is seen from here, nothing else is wanted
FRAME_SIZE: Final = 18


@inline
def add_place(places: Places, frame: Frame, x: int, y: int, flags: int) -> None:
    """Enter a place, or narrow the directions of one that is there already."""
    if x < 0 or y < 0 or x >= frame[WIDTH] or y >= frame[HEIGHT] or (x == frame[AT_X] and y == frame[AT_Y]):
        return
    is_goal = x == frame[GOAL_X] and y == frame[GOAL_Y]
    if frame[HAS_RIM]:
        if x == frame[RIM_LEFT] or x == frame[RIM_RIGHT]:
            is_goal = is_goal or frame[RIM_TOP] <= y <= frame[RIM_BOTTOM]
        if y == frame[RIM_TOP] or y == frame[RIM_BOTTOM]:
            is_goal = is_goal or frame[RIM_LEFT] <= x <= frame[RIM_RIGHT]
    count = frame[NUM_PLACES]
    if count == MAX_PLACES:
        return
    if is_goal:
        flags = ALL_DIRECTIONS
    else:
        for k in range(count):
            if places[k, PLACE_X] == x and places[k, PLACE_Y] == y:
                places[k, PLACE_FLAGS] &= flags
                return
    places[count, PLACE_X] = x
    places[count, PLACE_Y] = y
    places[count, PLACE_FLAGS] = flags
    places[count, PLACE_IS_GOAL] = is_goal
    frame[NUM_PLACES] = count + 1


@inline
def see(places: Places, frame: Frame, strips: Strips, x0: int, y0: int, x1: int, y1: int) -> None:
    """Look over a free rectangle; the goal is a place if it lies inside."""
    left = min(x0, x1)
    right = max(x0, x1)
    top = min(y0, y1)
    bottom = max(y0, y1)
    if left <= frame[GOAL_X] <= right and top <= frame[GOAL_Y] <= bottom and frame[NUM_PLACES] < MAX_PLACES:
        k = frame[NUM_PLACES]
        places[k, PLACE_X] = frame[GOAL_X]
        places[k, PLACE_Y] = frame[GOAL_Y]
        places[k, PLACE_FLAGS] = ALL_DIRECTIONS
        places[k, PLACE_IS_GOAL] = 1
        frame[NUM_PLACES] = k + 1
    sweep(strips, left, top, right, bottom)


@inline
def sees_goal(places: Places, frame: Frame) -> bool:
    """Say whether the goal is among the places that were found."""
    p = 0
    while p < frame[NUM_PLACES] and not places[p, PLACE_IS_GOAL]:
        p += 1
    return bool(p < frame[NUM_PLACES])


@inline
def goal_in_window(frame: Frame) -> bool:
    """Say whether the goal lies in the window."""
    inside_x = frame[WEST_END] <= frame[GOAL_X] <= frame[EAST_END]
    return bool(inside_x and frame[NORTH_END] <= frame[GOAL_Y] <= frame[SOUTH_END])


@inline
def is_goal_off(frame: Frame) -> bool:
    """Say whether neither the goal nor its unit's rim reaches into the window."""
    if goal_in_window(frame):
        return False
    if not frame[HAS_RIM]:
        return True
    beside = frame[RIM_LEFT] > frame[EAST_END] or frame[RIM_RIGHT] < frame[WEST_END]
    return bool(beside or frame[RIM_TOP] > frame[SOUTH_END] or frame[RIM_BOTTOM] < frame[NORTH_END])
