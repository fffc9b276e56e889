"""The states of a unit that has nowhere to go, and of one that flies, which no path and no blocker concern."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import (
    is_at_goal,
    plan_step,
    set_goal,
    set_next_speed,
    turn_heading,
)
from engine.broodwar.order_queue import clamped_x, clamped_y, stop_moving
from engine.broodwar.repulsion import change_cell, push_away
from engine.broodwar.scripts import play_after_step
from engine.broodwar.state import (
    IMMOVABLE,
    MAY_OVERLAP,
    MOVING,
    NO_BREAK,
    NO_SLOT,
    STATE_AT_REST,
    STATE_CHECK_ILLEGAL,
    STATE_DORMANT,
    STATE_FIXED,
    STATE_FIXED_TURNING,
    STATE_FLYER,
    STATE_INIT_SEQUENCE,
    STATE_START_PATH,
    STOPPING,
)
from engine.broodwar.stepping import blocked, eased, finish
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import direction_to
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

STOP_REPULSION_PX: Final = 24


@inline
def init(u: Any) -> bool:
    """Choose the first state by what the type can do; it follows at once."""
    t = UNIT_TYPES[u.type]
    if u.status & NO_BREAK:
        u.movement_state = STATE_INIT_SEQUENCE
    elif t.can_move or (t.building and u.flies):
        u.movement_state = STATE_FLYER if u.flies else STATE_AT_REST
    elif t.can_turn:
        u.movement_state = STATE_FIXED_TURNING
    else:
        u.movement_state = STATE_FIXED
    return True


@inline
def _wants_to_turn(u: Any) -> bool:
    if u.movement_flags & STOPPING:
        return True
    if not is_at_goal(u):
        return False
    if u.movement_flags & MOVING:
        return True
    if u.x != u.look_x or u.y != u.look_y:
        direction = direction_to(u.look_x - u.x, u.look_y - u.y)
        return bool(u.heading != direction or u.course != direction)
    return False


@inline
def at_rest(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Come to rest, turning to where the unit looks; return whether the next state follows at once."""
    u = units[i]
    if is_at_goal(u):
        u.blocked_count = 0
    else:
        eased(u)
    turning = _wants_to_turn(u)
    if turning:
        plan_step(u)
        if blocked(units, game, index, terrain, i):
            set_next_speed(u, 0)
            u.movement_flags = u.flags_after
            turn_heading(u, u.new_course)
            play_after_step(u, game)
            u.move_target = NO_SLOT
            set_goal(u, u.x, u.y)
            stop_moving(u, game)
        else:
            finish(units, game, index, i)
    if u.status & MAY_OVERLAP and not u.flies:
        u.movement_state = STATE_CHECK_ILLEGAL
        return False
    if not is_at_goal(u) and not u.movement_flags & STOPPING:
        u.movement_state = STATE_START_PATH
        return True
    if not turning:
        u.next_speed_256 = 0
        u.speed_256 = 0
        u.velocity_x_256 = 0
        u.velocity_y_256 = 0
        u.look_x = u.x
        u.look_y = u.y
        u.movement_state = STATE_DORMANT
    return False


@inline
def wakes(u: Any) -> bool:
    """Say whether a sleeping unit has somewhere to go or to look, or may stand on somebody."""
    overlaps = u.status & MAY_OVERLAP and not u.flies
    return bool(overlaps or not is_at_goal(u) or u.x != u.look_x or u.y != u.look_y)


@inline
def dormant(u: Any) -> bool:
    """Sleep until there is somewhere to go; return whether the next state follows at once."""
    if wakes(u):
        u.movement_state = STATE_AT_REST
        return True
    return False


@inline
def at_move_target(u: Any) -> bool:
    """Drop the path; the next state follows at once."""
    u.has_path = 0
    u.way_x = u.move_x
    u.way_y = u.move_y
    u.movement_state = STATE_AT_REST if u.movement_flags & STOPPING else STATE_CHECK_ILLEGAL
    return True


@inline
def fly(units: Units, game: Game, index: Index, i: int) -> None:
    """Move a flyer by one frame."""
    u = units[i]
    if u.x != u.move_x or u.y != u.move_y:
        x = clamped_x(u.type, u.move_x, game)
        y = clamped_y(u.type, u.move_y, game, 0)
        if x != u.move_x or y != u.move_y:
            u.move_target = NO_SLOT
            set_goal(u, x, y)
            u.status |= IMMOVABLE
    plan_step(u)
    pushed = push_away(units, game, index, i)
    u.next_x = clamped_x(u.type, u.next_x, game)
    u.next_y = clamped_y(u.type, u.next_y, game, 0)
    finish(units, game, index, i)
    change_cell(units, game, index, i)
    if pushed and max(abs(u.move_x - u.x), abs(u.move_y - u.y)) < STOP_REPULSION_PX:
        u.move_x = u.x
        u.move_y = u.y
        u.way_x = u.x
        u.way_y = u.y
