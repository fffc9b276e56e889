"""Units that change their shape: siege tanks that dig in, and zerg that burrow.

Both come to rest first, and then wait for a while in which nothing else can be asked of them. Source: MECHANICS.md 7.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import attach_turret
from engine.broodwar.cloaking import DETECTION_FRAMES, detect
from engine.broodwar.collision import note_overlaps
from engine.broodwar.finder import insert_box, remove_box
from engine.broodwar.order_queue import order_done, set_order, stop_moving
from engine.broodwar.presence import drop_turret
from engine.broodwar.repulsion import enter_cell, leave_cell
from engine.broodwar.rules_table import ANIMATION_NAMES, ANIMATIONS, EVENTS, UNIT_TYPE_COUNT, UNIT_TYPE_NAMES
from engine.broodwar.scripts import INIT, draw, play
from engine.broodwar.state import (
    BURROWED,
    MOVING,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_BURROWED,
    ORDER_BURROWING,
    ORDER_SIEGING,
    ORDER_UNSIEGING,
    PASSES_ALL,
    STATE_INIT,
)
from engine.broodwar.tables import TOP_SPEEDS_256, UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

TANK: Final = UNIT_TYPE_NAMES.index("Terran_Siege_Tank_Tank_Mode")
SIEGED_TANK: Final = UNIT_TYPE_NAMES.index("Terran_Siege_Tank_Siege_Mode")
LURKER: Final = UNIT_TYPE_NAMES.index("Zerg_Lurker")

SIEGE_FRAMES: Final = 63
UNSIEGE_FRAMES: Final = 65
"""Measured: from the change of type until the guns are up, and from the command until it is a tank again."""

UNBURROW_SPREAD: Final = 5
"""Coming up takes 0 to 4 frames more, at random."""

# order_state.
BEGIN: Final = 0
TURNING_IN: Final = 1
AT_WORK: Final = 2


def _event_frames(animation: str) -> NDArray[np.int32]:
    """Return (234,) how long each type's animation waits before it reports to its order; 0 without one."""
    frames = np.zeros(UNIT_TYPE_COUNT, np.int32)
    for row in ANIMATIONS:
        if ANIMATION_NAMES[row["animation"]] == animation and EVENTS[row["event"]] == "sigorder":
            frames[row["unit_type"]] = row["wait_frames"]
    return frames


BURROW_FRAMES: Final = _event_frames("Burrow")
UNBURROW_FRAMES: Final = _event_frames("UnBurrow")


@inline
def become(units: Units, game: Game, index: Index, i: int, kind: int) -> None:
    """Make unit `i`, which is on the map and complete, one of another type; all else about it stays.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
        kind: unit type id.
    """
    u = units[i]
    t = UNIT_TYPES[kind]
    heading = whole(u.heading)
    if u.turret >= 0:
        heading = whole(units[u.turret].heading)
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    drop_turret(units, i)
    u.type = kind
    u.flies = t.flyer
    u.mover = t.movement
    u.top_speed_256 = TOP_SPEEDS_256[kind]
    u.acceleration_256 = t.acceleration_256
    u.halt_256 = t.halt_distance_256
    u.base_top_256 = t.top_speed_256
    u.base_acceleration_256 = t.acceleration_256
    u.turn_rate = t.turn_rate
    u.movement_flags = 0
    u.movement_state = STATE_INIT
    u.has_path = 0
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)
    attach_turret(units, game, i)
    if u.turret >= 0:
        units[u.turret].heading = heading
    play(u, game, INIT)


@inline
def _face(u: Any, direction: int) -> None:
    """Have `u`, which stands, turn to a direction."""
    turn = (direction - u.heading + 128 & 255) - 128
    rate = whole(u.turn_rate)
    u.heading = (u.heading + min(max(turn, -rate), rate)) & 255
    u.course = u.heading
    u.turn_goal = u.heading
    u.look_x = u.x
    u.look_y = u.y


@inline
def _siege(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    facing = 8 * whole(UNIT_TYPES[SIEGED_TANK].unit_direction)
    if u.order_state == BEGIN:
        stop_moving(u, game)
        u.order_state = TURNING_IN
    if u.order_state == TURNING_IN:
        if u.movement_flags & MOVING:
            return
        if u.heading != facing:
            _face(u, facing)
            return
        become(units, game, index, i, SIEGED_TANK)
        u.main_timer = SIEGE_FRAMES
        u.order_state = AT_WORK
    elif u.main_timer == 0:
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)


@inline
def _unsiege(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    if u.order_state == BEGIN:
        u.main_timer = UNSIEGE_FRAMES - 1
        u.order_state = AT_WORK
    elif u.main_timer == 0:
        become(units, game, index, i, TANK)
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)


@inline
def _burrow(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    if u.order_state == BEGIN:
        stop_moving(u, game)
        u.order_state = TURNING_IN
    if u.order_state == TURNING_IN:
        if u.movement_flags & MOVING:
            return
        u.main_timer = BURROW_FRAMES[u.type] + 1
        u.order_state = AT_WORK
    elif u.main_timer == 0:
        u.status |= BURROWED | PASSES_ALL
        u.status &= ~NOT_INTERRUPTIBLE
        u.detection_timer = DETECTION_FRAMES
        detect(units, game, index, i)
        if u.type == LURKER:
            order_done(units, game, i)
        else:
            set_order(units, game, i, ORDER_BURROWED, NO_SLOT, 0, 0)
            u.status &= ~NOT_INTERRUPTIBLE


@inline
def _unburrow(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    if u.order_state == BEGIN:
        u.main_timer = UNBURROW_FRAMES[u.type] + draw(game) % UNBURROW_SPREAD
        u.order_state = AT_WORK
    elif u.main_timer == 0:
        u.status &= ~(BURROWED | PASSES_ALL | NOT_INTERRUPTIBLE)
        note_overlaps(units, game, index, i)
        order_done(units, game, i)


@inline
def run_transforming(units: Units, game: Game, index: Index, i: int) -> None:
    """Run Sieging, Unsieging, Burrowing or Unburrowing of unit `i`, in every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
    """
    order = units[i].order
    if order == ORDER_SIEGING:
        _siege(units, game, index, i)
    elif order == ORDER_UNSIEGING:
        _unsiege(units, game, index, i)
    elif order == ORDER_BURROWING:
        _burrow(units, game, index, i)
    else:
        _unburrow(units, game, index, i)
