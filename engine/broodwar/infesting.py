"""Infestation: a queen goes into a command center below half its hit points, which becomes her player's.

The queen is inside for 60 frames; after four turns of its own clock the building is an infested one, with all its hit
points, and trains infested terrans. Source: the game's orders CastInfestation, InfestingCommandCenter and
InfestedCommandCenter; BWAPI 4.2's checks.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import abandon_addon, drop_addon
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, order_done, set_order, stop_moving
from engine.broodwar.presence import leave_map, return_to_map
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import (
    IMMOVABLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_CAST_INFESTATION,
    ORDER_DIE,
    ORDER_INFESTED_COMMAND_CENTER,
    ORDER_INFESTING_COMMAND_CENTER,
    ORDER_NOTHING,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import cancel_training
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

COMMAND_CENTER: Final = UNIT_TYPE_NAMES.index("Terran_Command_Center")
INFESTED_CENTER: Final = UNIT_TYPE_NAMES.index("Zerg_Infested_Command_Center")
QUEENS: Final = tuple(UNIT_TYPE_NAMES.index(name) for name in ("Zerg_Queen", "Hero_Matriarch"))

INSIDE_FRAMES: Final = 60
TURNS: Final = 3
"""Turns of the building's order between the first one and its change."""

# order_state of the three orders.
BEGIN: Final = 0
ON_THE_WAY: Final = 1
CHANGING: Final = 2
INSIDE: Final = 3


@inline
def is_weak_center(u: Any) -> bool:
    """Say whether `u` is a command center that shows fewer than half its hit points."""
    points = (u.hp_256 + 255) >> 8
    weak = points > 0 and points * 2 < UNIT_TYPES[u.type].max_hp
    return bool(u.type == COMMAND_CENTER and weak and u.order != ORDER_DIE)


@inline
def may_infest(u: Any) -> bool:
    """Say whether a queen can infest `u`."""
    return bool(u.is_complete and is_weak_center(u))


@inline
def _go_there(units: Units, game: Game, i: int) -> None:
    """Run CastInfestation of queen `i`."""
    u = units[i]
    target = whole(u.order_target)
    may = target >= 0 and may_infest(units[target])
    if u.order_state == BEGIN:
        if may:
            approach(units, i, target)
            u.order_state = ON_THE_WAY
        else:
            order_done(units, game, i)
    elif is_at_goal(u):
        if may and not u.status & IMMOVABLE:
            set_order(units, game, i, ORDER_INFESTING_COMMAND_CENTER, target, 0, 0)
        else:
            order_done(units, game, i)
    elif target >= 0 and u.move_target_timer == 0:
        approach(units, i, target)


@inline
def _go_in(units: Units, game: Game, index: Index, i: int) -> None:
    """Run InfestingCommandCenter of queen `i`, who is at the building."""
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or not may_infest(units[target]) or units[target].order == ORDER_INFESTED_COMMAND_CENTER:
        stop_moving(u, game)
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)
        return
    leave_map(units, game, index, i)
    u.build_frames = INSIDE_FRAMES
    u.order_state = INSIDE
    set_order(units, game, target, ORDER_INFESTED_COMMAND_CENTER, NO_SLOT, 0, 0)
    units[target].builder = i


@inline
def come_out(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Let a queen inside a command center wait, and come out where she went in; return whether she came out.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: a queen that is not on the map.
    """
    u = units[i]
    if u.build_frames > 0:
        u.build_frames -= 1
        return False
    if not return_to_map(units, game, index, terrain, i, whole(u.x), whole(u.y), whole(u.heading)):
        return False
    stop_moving(u, game)
    u.status &= ~NOT_INTERRUPTIBLE
    order_done(units, game, i)
    return True


@inline
def _change_hands(units: Units, game: Game, index: Index, i: int, player: int) -> None:
    """Make command center `i` an infested one of a player; what it was making and had linked is lost to it."""
    u = units[i]
    drop_addon(units, game, i)
    abandon_addon(units, game, index, i)
    if u.product >= 0:
        cancel_training(units, game, index, i, 0)
    u.type = INFESTED_CENTER
    u.player = player
    while u.train_count > 0:  # what only waits in the queue is paid back to the new owner, as in the game
        cancel_training(units, game, index, i, -1)
    u.secondary_order = ORDER_NOTHING
    u.rally_unit = NO_SLOT
    u.rally_x = -1
    u.rally_y = -1
    u.queue_count = 0
    u.hp_256 = UNIT_TYPES[INFESTED_CENTER].max_hp << 8


@inline
def _be_infested(units: Units, game: Game, index: Index, i: int) -> None:
    """Run InfestedCommandCenter of command center `i`; its `builder` is the queen."""
    u = units[i]
    queen = whole(u.builder)
    if queen >= 0 and may_infest(u):
        if u.order_state == BEGIN:
            u.build_frames = TURNS
            u.order_state = CHANGING
            return
        if u.build_frames > 0:
            u.build_frames -= 1
            return
        _change_hands(units, game, index, i, whole(units[queen].player))
    u.build_frames = 0
    u.builder = NO_SLOT
    u.status &= ~NOT_INTERRUPTIBLE
    order_done(units, game, i)


@inline
def run_infesting(units: Units, game: Game, index: Index, i: int) -> None:
    """Run one of the three orders of infestation, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the queen or the command center.
    """
    order = units[i].order
    if order == ORDER_CAST_INFESTATION:
        _go_there(units, game, i)
    elif order == ORDER_INFESTING_COMMAND_CENTER:
        _go_in(units, game, index, i)
    else:
        _be_infested(units, game, index, i)
