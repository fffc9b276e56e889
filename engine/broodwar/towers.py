"""What fights without walking: towers, and turrets on the units that carry them.

A turret has slots of its own for target, timers and script; it stands where its base stands, runs its order in every
frame and fires only while the base is at rest. A tower takes any of the best targets in range, not the nearest. Source:
MECHANICS.md 1.2, 5 and 8.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.attack import fire, run_script
from engine.broodwar.order_queue import order_done, set_order
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import (
    ATTACKING,
    MOVING,
    NO_SLOT,
    ORDER_ATTACK_MOVE,
    ORDER_HOLD_POSITION,
    ORDER_TOWER_GUARD,
    ORDER_TURRET_ATTACK,
    ORDER_TURRET_GUARD,
    READY_TO_ATTACK,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import (
    are_enemies,
    can_attack,
    find_target,
    in_moving_range,
    out_of_range,
    reconsider_target,
)
from engine.core.fixed import direction_to, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SCAN_FRAMES: Final = 15
"""A unit looks for targets when this timer has run out; with the 9-frame clock, every 18 frames."""

GOLIATHS: Final = (UNIT_TYPE_NAMES.index("Terran_Goliath"), UNIT_TYPE_NAMES.index("Hero_Alan_Schezar"))
GOLIATH_TWIST: Final = 32
"""A goliath's guns turn at most so far (of 256) from where its legs go."""


@inline
def _take_target(units: Units, game: Game, i: int, target: int) -> None:
    set_order(units, game, i, whole(UNIT_TYPES[units[i].type].attack_unit_order), target, 0, 0)
    units[i].status |= READY_TO_ATTACK


@inline
def run_tower(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run TowerGuard, TowerAttack or a sieged tank's WatchTarget, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the tower, or what cannot walk.
    """
    u = units[i]
    if u.order == ORDER_TOWER_GUARD:
        remembered = whole(u.auto_target)
        if remembered >= 0:
            u.auto_target = NO_SLOT
            enemy = are_enemies(units, i, remembered) and can_attack(units, i, remembered)
            if enemy and in_moving_range(units, game, i, remembered):
                _take_target(units, game, i, remembered)
                return
        if u.main_timer == 0:
            u.main_timer = SCAN_FRAMES
            target = find_target(units, game, index, i, True)
            if target >= 0:
                _take_target(units, game, i, target)
        return
    reconsider_target(units, game, index, i)
    target = whole(u.order_target)
    if target < 0 or not can_attack(units, i, target) or not in_moving_range(units, game, i, target):
        if not u.movement_flags & ATTACKING:
            order_done(units, game, i)
        return
    u.look_x = units[target].x
    u.look_y = units[target].y
    if u.turret < 0:
        fire(units, bullets, game, index, terrain, i)


@inline
def ride_along(units: Units, i: int) -> None:
    """Put the turret of unit `i` where the unit is, and turn it by one frame toward its target, or else ahead."""
    u = units[i]
    v = units[u.turret]
    v.x = u.x
    v.y = u.y
    v.x_256 = u.x_256
    v.y_256 = u.y_256
    goal = whole(u.heading)
    if v.order_target >= 0:
        v.look_x = units[v.order_target].x
        v.look_y = units[v.order_target].y
        goal = direction_to(v.look_x - v.x, v.look_y - v.y)
    rate = whole(v.turn_rate)
    v.heading = (v.heading + min(max(turn_between(v.heading, goal), -rate), rate)) & 255
    if u.type in GOLIATHS:
        twist = min(max(turn_between(u.heading, v.heading), -GOLIATH_TWIST), GOLIATH_TWIST)
        v.heading = (u.heading + twist) & 255


@inline
def _base_wants(units: Units, b: int) -> int:
    """Return the unit that base `b` attacks, NO_SLOT if it does something else."""
    u = units[b]
    attacks = u.order == UNIT_TYPES[u.type].attack_unit_order or u.order == ORDER_HOLD_POSITION
    return whole(u.order_target) if attacks else NO_SLOT


@inline
def _choose(units: Units, game: Game, index: Index, j: int, b: int) -> None:
    """Choose the target of turret `j`: its base's, else whom it finds by itself."""
    v = units[j]
    target = _base_wants(units, b)
    if target >= 0 and (not can_attack(units, b, target) or out_of_range(units, game, b, target)):
        target = NO_SLOT
    if target < 0 and v.order_target >= 0:  # it keeps what it has as long as it can
        held = whole(v.order_target)
        if can_attack(units, b, held) and in_moving_range(units, game, b, held) and _base_wants(units, b) < 0:
            target = held
    if target < 0 and v.main_timer == 0 and units[b].order != ORDER_ATTACK_MOVE and _base_wants(units, b) < 0:
        v.main_timer = SCAN_FRAMES
        target = find_target(units, game, index, b, False)
        if target >= 0 and not in_moving_range(units, game, b, target):
            target = NO_SLOT
    v.order_target = target
    v.order = ORDER_TURRET_ATTACK if target >= 0 else ORDER_TURRET_GUARD


@inline
def run_turret(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run one frame of the turret of unit `i`: timers, order, script.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the base.
    """
    j = whole(units[i].turret)
    v = units[j]
    if v.main_timer > 0:
        v.main_timer -= 1
    if v.ground_cooldown > 0:
        v.ground_cooldown -= 1
    if v.air_cooldown > 0:
        v.air_cooldown -= 1
    _choose(units, game, index, j, i)
    if v.order_target >= 0:
        v.look_x = units[v.order_target].x
        v.look_y = units[v.order_target].y
        if not units[i].movement_flags & MOVING:
            fire(units, bullets, game, index, terrain, j)
    run_script(units, bullets, game, index, terrain, j)
