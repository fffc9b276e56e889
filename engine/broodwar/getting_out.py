"""The states of a unit that may stand where nobody can: in a building that was built around it, or that it hatched by.

It walks straight to the nearest free place, whatever is in the way. Source: MECHANICS.md 3.5 for the search; that the
way out is straight and at full speed is ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import boxes_meet, follow_box
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.placing import find_place
from engine.broodwar.state import (
    MAY_OVERLAP,
    PASSES_ALL,
    STATE_ANOTHER_PATH,
    STATE_AT_REST,
    STATE_MOVE_TO_LEGAL,
    STOPPING,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import along_x, along_y, direction_to, length, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def _is_in_building(units: Units, game: Game, index: Index, i: int) -> bool:
    u = units[i]
    for k in range(game.num_units):
        v = units[index[k]]
        is_wall = UNIT_TYPES[v.type].building and not v.flies
        if is_wall and boxes_meet(v.left, v.top, v.right, v.bottom, u.left, u.top, u.right, u.bottom):
            return True
    return False


@inline
def check_illegal(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Get out of a building if the unit stands in one, else go on if the goal has moved away; what is next follows."""
    u = units[i]
    if u.status & MAY_OVERLAP and not u.flies and not u.status & PASSES_ALL and _is_in_building(units, game, index, i):
        found, x, y = find_place(units, game, index, terrain, whole(u.type), whole(u.x), whole(u.y))
        if found:
            u.has_path = 0
            u.path_goal_x = x
            u.path_goal_y = y
            u.movement_state = STATE_MOVE_TO_LEGAL
            return True
    u.status &= ~MAY_OVERLAP
    if is_at_goal(u) or u.movement_flags & STOPPING:
        u.movement_state = STATE_AT_REST
    else:
        u.movement_state = STATE_ANOTHER_PATH
    return True


@inline
def move_to_legal(units: Units, game: Game, index: Index, i: int) -> None:
    """Take one step to the free place; there, the unit looks anew whether it may stand."""
    u = units[i]
    dx = whole((u.path_goal_x << 8) - u.x_256)
    dy = whole((u.path_goal_y << 8) - u.y_256)
    direction = direction_to(dx, dy)
    speed = whole(u.top_speed_256)
    if speed == 0 or length(dx, dy) <= speed:
        u.x_256 = u.path_goal_x << 8
        u.y_256 = u.path_goal_y << 8
        u.movement_state = STATE_AT_REST
    else:
        u.x_256 += along_x(direction, speed)
        u.y_256 += along_y(direction, speed)
        u.heading = direction
        u.course = direction
    stays = u.move_x == u.x and u.move_y == u.y
    u.x = u.x_256 >> 8
    u.y = u.y_256 >> 8
    if stays:  # it had nowhere to go: it rests where it comes out
        u.move_x = u.x
        u.move_y = u.y
    u.way_x = u.move_x
    u.way_y = u.move_y
    u.look_x = u.x
    u.look_y = u.y
    follow_box(units, game, index, i)
