"""The movement state machine of one unit: rest, follow a path, cope with what is in the way.

Each state does one thing and either ends the unit's frame or passes on to the next state at once. Numbers of the
states are the game's, so that recorded games can be compared. Source: MECHANICS.md 3.2, 3.3, 3.5, 3.6.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.blockers import fix_collision
from engine.broodwar.flingy import (
    note_start_or_stop,
    turn_heading,
    turn_to_waypoint,
)
from engine.broodwar.following import face_target, follow_path, look_for_way, new_move_target, order_delay
from engine.broodwar.freeing import fix_terrain, force_move_free, slide_free, slide_prepare, terrain_slide, wait_free
from engine.broodwar.getting_out import check_illegal, move_to_legal
from engine.broodwar.resting import at_move_target, at_rest, dormant, fly, init, wakes
from engine.broodwar.state import (
    NO_BREAK,
    STATE_AT_MOVE_TARGET,
    STATE_AT_REST,
    STATE_CHECK_ILLEGAL,
    STATE_DORMANT,
    STATE_FACE_TARGET,
    STATE_FAILED_PATH,
    STATE_FIX_COLLISION,
    STATE_FIX_TERRAIN,
    STATE_FIXED,
    STATE_FIXED_TURNING,
    STATE_FLYER,
    STATE_FOLLOW_PATH,
    STATE_FORCE_MOVE_FREE,
    STATE_INIT,
    STATE_INIT_SEQUENCE,
    STATE_MOVE_TO_LEGAL,
    STATE_NEW_MOVE_TARGET,
    STATE_ORDER_DELAY,
    STATE_RETRY_PATH,
    STATE_SCOUT_PATH,
    STATE_SLIDE_FREE,
    STATE_SLIDE_PREPARE,
    STATE_WAIT_FREE,
)
from engine.broodwar.stepping import path_interrupted, stand_while_blocked
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

FAILED_PATH_COUNT: Final = 10


@inline
def _cope(units: Units, game: Game, index: Index, terrain: Terrain, i: int, state: int) -> bool:
    """Run one of the states that deal with something in the way."""
    u = units[i]
    if state == STATE_FIX_COLLISION:
        return fix_collision(units, game, index, terrain, i)
    if state == STATE_WAIT_FREE:
        return wait_free(units, game, index, terrain, i)
    if state == STATE_SLIDE_PREPARE:
        return slide_prepare(u)
    if state == STATE_SLIDE_FREE:
        return slide_free(units, game, index, terrain, i)
    if state == STATE_FORCE_MOVE_FREE:
        return force_move_free(u)
    if state == STATE_FIX_TERRAIN:
        return fix_terrain(units, game, index, terrain, i)
    return terrain_slide(units, game, index, terrain, i)


@inline
def stays(u: Any) -> bool:
    """Say whether `move_unit` would do nothing: a unit that cannot go anywhere, or sleeps with no reason to wake."""
    if u.movement_state == STATE_FIXED:
        return True
    return bool(u.movement_state == STATE_DORMANT and not wakes(u))


@inline
def move_unit(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Move unit `i` by one frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    u = units[i]
    more = True
    while more:
        state = u.movement_state
        if state == STATE_DORMANT:
            more = dormant(u)
        elif state == STATE_FLYER:
            fly(units, game, index, i)
            more = False
        elif state == STATE_AT_REST:
            more = at_rest(units, game, index, terrain, i)
        elif state == STATE_FIXED:
            more = False
        elif state == STATE_FIXED_TURNING:
            turn_to_waypoint(u)
            note_start_or_stop(u)
            turn_heading(u, u.new_course)
            more = False
        elif state == STATE_INIT:
            more = init(u)
        elif state == STATE_INIT_SEQUENCE:
            more = not u.status & NO_BREAK
            if more:
                u.movement_state = STATE_INIT
        elif state == STATE_AT_MOVE_TARGET:
            more = at_move_target(u)
        elif state == STATE_CHECK_ILLEGAL:
            more = check_illegal(units, game, index, terrain, i)
        elif state == STATE_MOVE_TO_LEGAL:
            more = move_to_legal(units, game, index, i)
        elif state >= STATE_FIX_COLLISION:
            more = _cope(units, game, index, terrain, i, state)
        elif state == STATE_FOLLOW_PATH:
            more = follow_path(units, game, index, terrain, i)
        elif state == STATE_SCOUT_PATH:
            if not path_interrupted(u, True):
                u.movement_state = STATE_FOLLOW_PATH
        elif state == STATE_ORDER_DELAY:
            more = order_delay(u)
        elif state == STATE_NEW_MOVE_TARGET:
            more = new_move_target(u)
        elif state == STATE_FACE_TARGET:
            more = face_target(u)
        elif state == STATE_FAILED_PATH:
            u.blocked_count = FAILED_PATH_COUNT
            stand_while_blocked(u, game)
            u.movement_state = STATE_RETRY_PATH
            more = False
        else:
            more = look_for_way(units, game, index, terrain, i, state)
