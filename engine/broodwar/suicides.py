"""Those who die with their blow: infested terrans, spider mines, scarabs.

Scourge do so by their attack's script.

Source: MECHANICS.md 8.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import create_unit
from engine.broodwar.cloaking import DETECTION_FRAMES, detect
from engine.broodwar.collision import note_overlaps
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, go_to, kill, order_done, stop_moving
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.shooting import shoot
from engine.broodwar.state import (
    BURROWED,
    GATHERING,
    IMMOVABLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_PLACE_MINE,
    ORDER_SCARAB_ATTACK,
    ORDER_SUICIDE_LOCATION,
    ORDER_VULTURE_MINE,
    PASSES_ALL,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import are_enemies, box_distance
from engine.core.fixed import length, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

MINE: Final = UNIT_TYPE_NAMES.index("Terran_Vulture_Spider_Mine")
ARMING_FRAMES: Final = 60
DIGGING_FRAMES: Final = 5
RISING_FRAMES: Final = 4
MINE_CHASE_PX: Final = 576
MINE_BURST_PX: Final = 30
INFESTED_BURST_PX: Final = 4
INFESTED_REACH_PX: Final = 60
"""An infested terran that comes no nearer bursts within so much: the outer radius of its blow."""

SCARAB_BURST_PX: Final = 12
"""How near a scarab comes to its target; not measured."""

# order_state of a mine.
LAID: Final = 0
ARMING: Final = 1
DIGGING: Final = 2
WAITING: Final = 3
RISING: Final = 4
CHASING: Final = 5


@inline
def burst(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Let unit `i` blow itself up where it is."""
    shoot(units, bullets, game, index, terrain, i, whole(UNIT_TYPES[units[i].type].ground_weapon), 0)
    kill(units, game, i)


@inline
def _sets_off(units: Units, i: int, j: int) -> bool:
    """Say whether unit `j` sets mine `i` off: an enemy on the ground that does not hover, or what it gave a stasis."""
    v = units[j]
    t = UNIT_TYPES[v.type]
    if v.flies or t.hovering or t.building or t.invincible or v.hp_256 == 0 or v.stasis_timer > 0:
        return False
    return are_enemies(units, i, j) and not v.status & BURROWED


@inline
def _find_prey(units: Units, game: Game, index: Index, i: int) -> int:
    """Return the nearest unit that sets mine `i` off, NO_SLOT if there is none in its reach."""
    u = units[i]
    reach = whole(UNIT_TYPES[u.type].seek_range_px)
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    x0 = u.x - reach
    y0 = u.y - reach
    begin = first_at_least(index, base, count, x0)
    at = begin
    best = NO_SLOT
    best_distance = 0
    while at < count and index[base + at] <= u.x + reach:
        j = in_window(units, index, n, at, begin, x0, y0, u.x + reach + 1, u.y + reach + 1)
        at += 1
        if j < 0 or not _sets_off(units, i, j) or box_distance(units, i, j) > reach:
            continue
        distance = length(units[j].x - u.x, units[j].y - u.y)
        if best < 0 or distance < best_distance:
            best = j
            best_distance = distance
    return best


@inline
def _run_mine(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    if u.order_state == LAID:
        u.main_timer = ARMING_FRAMES
        u.order_state = ARMING
    elif u.order_state == ARMING:
        if u.main_timer == 0:
            u.main_timer = DIGGING_FRAMES
            u.order_state = DIGGING
    elif u.order_state == DIGGING:
        if u.main_timer == 0:
            u.status |= BURROWED | PASSES_ALL
            u.detection_timer = DETECTION_FRAMES
            detect(units, game, index, i)
            u.order_state = WAITING
    elif u.order_state == WAITING:
        if u.order_timer > 0:
            u.order_timer -= 1
            return
        u.order_timer = 8
        u.order_target = _find_prey(units, game, index, i)
        if u.order_target >= 0:
            u.main_timer = RISING_FRAMES
            u.order_state = RISING
    elif u.order_state == RISING:
        if u.main_timer == 0:
            u.status &= ~(BURROWED | PASSES_ALL)
            note_overlaps(units, game, index, i)
            u.order_state = CHASING
            u.order_x = u.x
            u.order_y = u.y
    else:
        _chase(units, bullets, game, index, terrain, i)


@inline
def _chase(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Have mine `i`, above ground, run after its prey until it is near enough or too far from home."""
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or not _sets_off(units, i, target) or length(u.x - u.order_x, u.y - u.order_y) > MINE_CHASE_PX:
        stop_moving(u, game)
        u.order_target = NO_SLOT
        u.main_timer = DIGGING_FRAMES
        u.order_state = DIGGING
    elif box_distance(units, i, target) <= MINE_BURST_PX:
        burst(units, bullets, game, index, terrain, i)
    elif u.move_target_timer == 0 or u.move_target != target:
        approach(units, i, target)


@inline
def _suicide(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run an infested terran's attack."""
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or units[target].flies or UNIT_TYPES[units[target].type].invincible:
        stop_moving(u, game)
        order_done(units, game, i)
    elif box_distance(units, i, target) <= INFESTED_BURST_PX:
        burst(units, bullets, game, index, terrain, i)
    elif is_at_goal(u) and u.status & IMMOVABLE and u.order_state == 1:
        if box_distance(units, i, target) <= INFESTED_REACH_PX:
            burst(units, bullets, game, index, terrain, i)
        else:
            order_done(units, game, i)
    elif u.order_state == 0 or u.move_target_timer == 0:
        approach(units, i, target)
        u.order_state = 1


@inline
def _burst_at(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run an infested terran's way to a place, where it blows itself up."""
    u = units[i]
    if u.order_state == 0:
        go_to(u, game, whole(u.order_x), whole(u.order_y))
        u.order_state = 1
    elif is_at_goal(u):
        if u.status & IMMOVABLE and length(u.order_x - u.x, u.order_y - u.y) > INFESTED_REACH_PX:
            order_done(units, game, i)
        else:
            u.order_target = i  # it aims at itself
            burst(units, bullets, game, index, terrain, i)


@inline
def _scarab(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run a scarab: through everybody to its target; what dies before it gets there leaves it without a blow."""
    u = units[i]
    target = whole(u.order_target)
    u.status |= GATHERING
    if target < 0:
        kill(units, game, i)
    elif box_distance(units, i, target) <= SCARAB_BURST_PX:
        burst(units, bullets, game, index, terrain, i)
    elif u.order_state == 0 or u.move_target_timer == 0:
        approach(units, i, target)
        u.order_state = 1


@inline
def _lay_mine(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run PlaceMine of vulture `i`, once every nine frames."""
    u = units[i]
    if u.order_state == 0:
        go_to(u, game, whole(u.order_x), whole(u.order_y))
        u.order_state = 1
    elif is_at_goal(u):
        if not u.status & IMMOVABLE and u.spider_mines > 0:
            j = create_unit(units, game, index, terrain, MINE, whole(u.player), whole(u.x), whole(u.y), -1)
            if j >= 0:
                u.spider_mines -= 1
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)


@inline
def run_suicide(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run VultureMine or ScarabAttack of unit `i`, in every frame, PlaceMine or a Suicide order, once in nine.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    order = units[i].order
    if order == ORDER_VULTURE_MINE:
        _run_mine(units, bullets, game, index, terrain, i)
    elif order == ORDER_SCARAB_ATTACK:
        _scarab(units, bullets, game, index, terrain, i)
    elif order == ORDER_SUICIDE_LOCATION:
        _burst_at(units, bullets, game, index, terrain, i)
    elif order == ORDER_PLACE_MINE:
        _lay_mine(units, game, index, terrain, i)
    else:
        _suicide(units, bullets, game, index, terrain, i)
