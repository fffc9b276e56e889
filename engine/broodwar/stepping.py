"""What all states of movement share: making a planned step real, and reasons to leave a state."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import follow_box, ground_in_way, unit_in_way
from engine.broodwar.flingy import (
    finish_step,
    is_at_goal,
    set_next_speed,
)
from engine.broodwar.order_queue import go_to, stop_moving
from engine.broodwar.scripts import WALKING_END, play, play_after_step
from engine.broodwar.state import (
    IMMOVABLE,
    MAY_OVERLAP,
    MOVING,
    NO_BREAK,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    PASSES_ALL,
    PATH_TARGET_CHANGED,
    SLOTS_PER_GENERATION,
    START_DELAY,
    STATE_ANOTHER_PATH,
    STATE_AT_MOVE_TARGET,
    STATE_CHECK_ILLEGAL,
    STATE_FIX_COLLISION,
    STATE_NEW_MOVE_TARGET,
    STATE_TERRAIN_SLIDE,
    STATE_TURN_AND_START,
    STOPPING,
)
from engine.core.fixed import direction_to, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

BLOCKED_MAX: Final = 255


@inline
def id_of(units: Units, j: int) -> int:
    """Return the id of the unit in slot `j`."""
    return whole(j + SLOTS_PER_GENERATION * units[j].generation)


@inline
def slot_of(units: Units, unit_id: int) -> int:
    """Return the slot of a living unit's id, NO_SLOT if it is gone."""
    if unit_id < 0:
        return NO_SLOT
    j = unit_id % SLOTS_PER_GENERATION
    if units[j].slot_state == 0 or id_of(units, j) != unit_id:
        return NO_SLOT
    return j


@inline
def bumped(u: Any) -> None:
    """Count a frame in which something was in the way."""
    if u.blocked_count < BLOCKED_MAX:
        u.blocked_count += 1


@inline
def eased(u: Any) -> None:
    """Count back a frame in which nothing was."""
    if u.blocked_count > 2:
        u.blocked_count = 2
    elif u.blocked_count > 0:
        u.blocked_count -= 1


@inline
def finish(units: Units, game: Game, index: Index, i: int) -> None:
    """Make the planned step real, with its animation and the unit's box."""
    u = units[i]
    moved = finish_step(u)
    play_after_step(u, game)
    if moved:
        follow_box(units, game, index, i)


@inline
def blocked(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Say whether a unit or the ground is in the way of the planned step."""
    return unit_in_way(units, game, index, i) >= 0 or ground_in_way(terrain, units[i])


@inline
def way_direction(u: Any) -> int:
    """Return the direction of the way-point."""
    return direction_to(u.way_x - u.x, u.way_y - u.y)


@inline
def path_interrupted(u: Any, new_path_allowed: bool) -> bool:
    """Look for a reason to leave the present state (arrival, others underfoot, a new goal); if so, set the new one."""
    if is_at_goal(u) or u.movement_flags & STOPPING:
        u.movement_state = STATE_AT_MOVE_TARGET
        return True
    if u.status & MAY_OVERLAP and not u.flies and not u.status & PASSES_ALL:
        u.has_path = 0
        u.movement_state = STATE_CHECK_ILLEGAL
        return True
    state = STATE_ANOTHER_PATH
    if not new_path_allowed or u.has_path:
        if not u.has_path or not u.path_flags & PATH_TARGET_CHANGED:
            return False
        state = STATE_NEW_MOVE_TARGET
    if STATE_FIX_COLLISION <= u.movement_state <= STATE_TERRAIN_SLIDE:
        state = STATE_TURN_AND_START
    u.movement_state = state
    return True


@inline
def become_immovable(u: Any, game: Game) -> None:
    """Stop where the unit is, for as long as its order lasts."""
    set_next_speed(u, 0)
    stop_moving(u, game)
    go_to(u, game, u.x, u.y)
    u.status |= IMMOVABLE
    u.user_flags &= ~START_DELAY


@inline
def stand_while_blocked(u: Any, game: Game) -> None:
    """Stop the walking animation of a unit that has been blocked for some frames."""
    if not u.movement_flags & MOVING or u.blocked_count <= 2 or u.status & (NOT_INTERRUPTIBLE | NO_BREAK):
        return
    u.movement_flags &= ~MOVING
    play(u, game, WALKING_END)
