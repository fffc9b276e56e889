"""Who is on the map: entering it, leaving it for a while, and leaving it for good.

A unit that enters becomes the second of the update list: the first stays first, the others follow from new to old.
Units that exist beside the map (in production, in a refinery) stand at the far end of the list. Source: MECHANICS.md
1.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.bullets import forget_unit
from engine.broodwar.finder import insert_box, remove_box
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y, drop_queued
from engine.broodwar.placing import set_place, take_place
from engine.broodwar.power import note_power
from engine.broodwar.repulsion import enter_cell, leave_cell
from engine.broodwar.scripts import set_heading
from engine.broodwar.state import (
    HAS_TURRET,
    MAY_OVERLAP,
    NO_SLOT,
    NUM_PLAYERS,
    SLOT_FREE,
    SLOTS_PER_GENERATION,
    STATE_INIT,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Deaths = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def hide(game: Game, index: Index, i: int) -> None:
    """Enter unit `i`, which is not on the map, at the far end of the update list."""
    index[game.capacity - 1 - game.num_hidden] = i
    game.num_hidden += 1


@inline
def unhide(game: Game, index: Index, i: int) -> None:
    """Take unit `i` out of the units that are not on the map."""
    last = game.capacity - game.num_hidden
    at = last
    while index[at] != i:
        at += 1
    index[at] = index[last]
    game.num_hidden -= 1


@inline
def enter_map(units: Units, game: Game, index: Index, i: int) -> None:
    """Enter unit `i` where it stands: second in the update list."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    u.is_hidden = 0
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)
    at = min(game.num_units, 1)
    for k in range(game.num_units, at, -1):
        index[k] = index[k - 1]
    index[at] = i
    game.num_units += 1


@inline
def move_to_place(units: Units, game: Game, index: Index, i: int, x: int, y: int) -> None:
    """Put unit `i`, which is on the map, at (x, y), clamped to the map."""
    u = units[i]
    t = UNIT_TYPES[u.type]
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    set_place(u, clamped_x(u.type, x, game), clamped_y(u.type, y, game, BOTTOM_MARGIN_PX))
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)


@inline
def _forget_target(u: Any, i: int) -> None:
    """Let `u` neither aim at unit `i` any more nor walk to it."""
    if u.order_target == i:
        u.order_target = NO_SLOT
    if u.move_target == i:
        u.move_target = NO_SLOT
    if u.auto_target == i:
        u.auto_target = NO_SLOT


@inline
def _forget(u: Any, i: int) -> None:
    """Clear every reference of `u` to unit `i`."""
    _forget_target(u, i)
    if u.patch == i:
        u.patch = NO_SLOT
    if u.rally_unit == i:
        u.rally_unit = NO_SLOT
    if u.builder == i:
        u.builder = NO_SLOT
    if u.home == i:
        u.home = NO_SLOT
    if u.addon == i:
        u.addon = NO_SLOT
    if u.product == i:
        u.product = NO_SLOT
    if u.container == i:
        u.container = NO_SLOT
    if u.irradiated_by == i:
        u.irradiated_by = NO_SLOT
    if u.gather_target == i:
        u.gather_target = NO_SLOT
        u.gathers = 0
    for m in range(u.queue_count - 1, -1, -1):
        if u.queue_target[m] == i:
            drop_queued(u, m)


@inline
def _turret_forgets(units: Units, k: int, i: int) -> None:
    """Let the turret of unit `k`, if it has one, aim at unit `i` no more."""
    if units[k].turret >= 0:
        _forget_target(units[units[k].turret], i)


@inline
def drop_turret(units: Units, i: int) -> None:
    """Take the turret of unit `i` away, if it has one."""
    j = whole(units[i].turret)
    if j >= 0:
        units[j].slot_state = SLOT_FREE
        units[j].generation += 1
        units[i].turret = NO_SLOT
        units[i].status &= ~HAS_TURRET


@inline
def _leave_list(units: Units, game: Game, index: Index, i: int) -> None:
    """Take unit `i` off the map and out of the update list."""
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    at = 0
    while index[at] != i:
        at += 1
    for k in range(at, game.num_units - 1):
        index[k] = index[k + 1]
    game.num_units -= 1


@inline
def leave_map(units: Units, game: Game, index: Index, i: int) -> None:
    """Take unit `i` off the map without ending it."""
    u = units[i]
    for k in range(game.num_units):
        _forget_target(units[index[k]], i)
        _turret_forgets(units, whole(index[k]), i)
    _leave_list(units, game, index, i)
    u.is_hidden = 1
    u.has_path = 0
    u.movement_state = STATE_INIT
    hide(game, index, i)


@inline
def return_to_map(
    units: Units, game: Game, index: Index, terrain: Terrain, i: int, x: int, y: int, heading: int
) -> bool:
    """Put unit `i` back on the map at the free place nearest to (x, y); return whether there is one.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: a unit that left the map.
        x: pixels.
        y: pixels.
        heading: that it gets.
    """
    u = units[i]
    if not take_place(units, game, index, terrain, i, x, y):
        return False
    set_heading(u, heading)
    u.move_target = NO_SLOT
    u.movement_flags = 0
    u.next_speed_256 = 0
    u.speed_256 = 0
    u.velocity_x_256 = 0
    u.velocity_y_256 = 0
    unhide(game, index, i)
    enter_map(units, game, index, i)
    u.status |= MAY_OVERLAP
    u.has_path = 0
    u.movement_state = STATE_INIT
    return True


@inline
def forget_everywhere(units: Units, game: Game, index: Index, i: int) -> None:
    """Clear every unit's references to unit `i`, on the map and off it."""
    for k in range(game.num_units):
        _forget(units[index[k]], i)
        _turret_forgets(units, whole(index[k]), i)
    for h in range(game.num_hidden):
        _forget(units[index[game.capacity - 1 - h]], i)


@inline
def end_unit(units: Units, game: Game, deaths: Deaths, i: int) -> None:
    """Report the death of unit `i`, which is in no list and referred to by nobody any more, and free its slots.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        deaths: (players, D) int32 ids of the dead that each player has not been told of.
        i: the unit.
    """
    drop_turret(units, i)
    unit_id = i + SLOTS_PER_GENERATION * units[i].generation
    for player in range(NUM_PLAYERS):
        count = game.num_deaths[player]
        if count < deaths.shape[1]:
            deaths[player, count] = unit_id
            game.num_deaths[player] = count + 1
    units[i].slot_state = SLOT_FREE
    units[i].generation += 1


@inline
def remove_unit(units: Units, bullets: Bullets, game: Game, index: Index, deaths: Deaths, i: int) -> None:
    """Take unit `i` off the map, clear every reference to it and report its death.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        deaths: (players, D) int32 ids of the dead that each player has not been told of.
        i: the unit.
    """
    forget_everywhere(units, game, index, i)
    forget_unit(bullets, game, i)
    note_power(game, whole(units[i].type))
    _leave_list(units, game, index, i)
    end_unit(units, game, deaths, i)
