"""What each order makes a unit do, once every nine frames.

Orders in use: Die, Stop, Guard, PlayerGuard, Move, AttackUnit, AttackMove, Follow, HoldPosition, Patrol. Source:
MECHANICS.md 1.2, 4, 5 and 13.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import run_place_addon
from engine.broodwar.attack import fire
from engine.broodwar.construction import run_construction
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.gathering import run_gathering, run_uninterruptible
from engine.broodwar.larvae import crawl
from engine.broodwar.lifting import run_lifting
from engine.broodwar.morphing import run_morphing
from engine.broodwar.nydus import NYDUS_CANAL, may_pass, run_nydus
from engine.broodwar.order_queue import (
    activate_next,
    approach,
    go_to,
    order_done,
    queue_first,
    queue_last,
    set_order,
    set_queued,
    stop_moving,
)
from engine.broodwar.refinery import run_gas
from engine.broodwar.research import run_research
from engine.broodwar.scripts import draw_between, relax
from engine.broodwar.skills import NOBODY, SKILLS, WITHOUT_CLOCK, run_skill
from engine.broodwar.state import (
    ATTACKING,
    IMMOVABLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_ATTACK_FIXED_RANGE,
    ORDER_ATTACK_MOVE,
    ORDER_ATTACK_UNIT,
    ORDER_BUILD_NYDUS_EXIT,
    ORDER_BUILDING_LAND,
    ORDER_BUILDING_LIFT_OFF,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DRONE_BUILD,
    ORDER_DRONE_LAND,
    ORDER_DRONE_START_BUILD,
    ORDER_ENTER_NYDUS_CANAL,
    ORDER_FOLLOW,
    ORDER_GATHERING_INTERRUPTED,
    ORDER_GUARD,
    ORDER_HARVEST_GAS,
    ORDER_HOLD_POSITION,
    ORDER_INCOMPLETE_BUILDING,
    ORDER_INCOMPLETE_MORPHING,
    ORDER_INCOMPLETE_WARPING,
    ORDER_INIT_CREEP_GROWTH,
    ORDER_LARVA,
    ORDER_LIFTING_OFF,
    ORDER_MOVE,
    ORDER_MOVE_TO_GAS,
    ORDER_NOTHING,
    ORDER_PATROL,
    ORDER_PLACE_ADDON,
    ORDER_PLACE_BUILDING,
    ORDER_PLACE_PROTOSS_BUILDING,
    ORDER_PLAYER_GUARD,
    ORDER_RESEARCH_TECH,
    ORDER_RESET_COLLISION,
    ORDER_RESET_HARVEST_COLLISION,
    ORDER_RETURN_GAS,
    ORDER_RETURN_MINERALS,
    ORDER_SPREAD_CREEP,
    ORDER_STAY_IN_RANGE,
    ORDER_STOP,
    ORDER_TOWER_ATTACK,
    ORDER_TOWER_GUARD,
    ORDER_UPGRADE,
    ORDER_WAITING_INTERRUPTED,
    ORDER_WATCH_TARGET,
    ORDER_ZERG_BIRTH,
    ORDER_ZERG_BUILDING_MORPH,
    ORDER_ZERG_UNIT_MORPH,
    PROVOKED,
    READY_TO_ATTACK,
)
from engine.broodwar.tables import ORDER_TYPES, UNIT_TYPES
from engine.broodwar.targeting import (
    are_enemies,
    box_distance,
    can_attack,
    find_target,
    in_moving_range,
    out_of_range,
    reconsider_target,
)
from engine.broodwar.towers import SCAN_FRAMES, run_tower
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

FOLLOW_FRAMES: Final = 7
FOLLOW_DISTANCE_PX: Final = 96
GUARD_FIRST_SCAN_MAX: Final = 15
ORDER_CLOCK: Final = 8

# Who runs an order in every frame.
CONSTRUCTION: Final = 1
MORPHING: Final = 2
RESEARCH: Final = 3
LIFTING: Final = 4
SKILL: Final = 5
UNINTERRUPTIBLE: Final = 6


def _every_frame() -> NDArray[np.int64]:
    """Return (189,) which of the above runs an order, 0 for those of the nine-frame clock."""
    runs = np.zeros(len(ORDER_TYPES), np.int64)
    runs[
        [ORDER_PLACE_BUILDING, ORDER_PLACE_PROTOSS_BUILDING, ORDER_CONSTRUCTING_BUILDING, ORDER_INCOMPLETE_BUILDING]
    ] = CONSTRUCTION
    runs[[ORDER_INCOMPLETE_WARPING, ORDER_RESET_COLLISION]] = CONSTRUCTION
    runs[[ORDER_ZERG_UNIT_MORPH, ORDER_ZERG_BIRTH, ORDER_INCOMPLETE_MORPHING, ORDER_DRONE_BUILD]] = MORPHING
    runs[[ORDER_RESEARCH_TECH, ORDER_UPGRADE]] = RESEARCH
    runs[[ORDER_BUILDING_LAND, ORDER_BUILDING_LIFT_OFF, ORDER_LIFTING_OFF]] = LIFTING
    runs[SKILLS & WITHOUT_CLOCK != 0] = SKILL
    runs[[ORDER_GATHERING_INTERRUPTED, ORDER_WAITING_INTERRUPTED, ORDER_RESET_HARVEST_COLLISION]] = UNINTERRUPTIBLE
    return runs


EVERY_FRAME: Final = _every_frame()


@inline
def _look_at(u: Any, x: int, y: int) -> None:
    u.look_x = x
    u.look_y = y


@inline
def _look_ahead(u: Any) -> None:
    u.look_x = u.move_x
    u.look_y = u.move_y


@inline
def _take_target(units: Units, game: Game, i: int, target: int) -> None:
    """Let an idle unit attack a target that it chose itself."""
    set_order(units, game, i, whole(UNIT_TYPES[units[i].type].attack_unit_order), target, 0, 0)
    units[i].status |= READY_TO_ATTACK


@inline
def _guard(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    remembered = u.auto_target
    if remembered >= 0:
        if are_enemies(units, i, remembered) and can_attack(units, i, remembered):
            _take_target(units, game, i, remembered)
            u.status |= PROVOKED
            return
        u.auto_target = NO_SLOT
    if u.main_timer == 0:
        u.main_timer = SCAN_FRAMES
        target = find_target(units, game, index, i, False)
        # Recorded: an idle tank leaves alone what its turret cannot reach from where it stands.
        if target >= 0 and (u.turret < 0 or in_moving_range(units, game, i, target)):
            _take_target(units, game, i, target)


@inline
def _attack_on_the_way(units: Units, game: Game, i: int, target: int, stop_first: bool) -> None:
    """Interrupt an AttackMove or Patrol for a target; the order itself waits behind the attack."""
    u = units[i]
    if stop_first:
        stop_moving(u, game)
    queue_first(u, u.order, u.order_target, u.order_x, u.order_y)
    queue_first(u, whole(UNIT_TYPES[u.type].attack_unit_order), target, units[target].x, units[target].y)
    u.status &= ~NOT_INTERRUPTIBLE
    order_done(units, game, i)
    u.status |= READY_TO_ATTACK


@inline
def _walk_on(units: Units, game: Game, i: int, stop_first: bool) -> bool:
    """Go toward the order's place; return whether no remembered attacker interrupted it."""
    u = units[i]
    if u.order_state == 0:
        go_to(u, game, u.order_x, u.order_y)
        _look_at(u, u.order_x, u.order_y)
        u.order_state = 1
    target = u.auto_target
    if target >= 0 and are_enemies(units, i, target) and not UNIT_TYPES[units[target].type].invincible:
        u.auto_target = NO_SLOT
        _attack_on_the_way(units, game, i, target, stop_first)
        return False
    return True


@inline
def _attack_move(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    if _walk_on(units, game, i, True) and u.main_timer == 0:
        u.main_timer = SCAN_FRAMES
        if is_at_goal(u):
            order_done(units, game, i)
        else:
            target = find_target(units, game, index, i, False)
            if target >= 0:
                _attack_on_the_way(units, game, i, target, True)


@inline
def _patrol(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    if u.order_state == 0 and (u.queue_count == 0 or u.queue_order[0] != ORDER_PATROL):
        set_queued(u, ORDER_PATROL, u.order_target, u.order_x, u.order_y)
        activate_next(units, game, i)
        queue_last(u, ORDER_PATROL, NO_SLOT, u.x, u.y)
        return
    if _walk_on(units, game, i, False) and u.main_timer == 0:
        u.main_timer = SCAN_FRAMES
        if is_at_goal(u):
            if u.status & IMMOVABLE:
                queue_last(u, ORDER_PATROL, NO_SLOT, u.order_x, u.order_y)
            else:
                queue_last(u, ORDER_PATROL, NO_SLOT, u.x, u.y)
            u.status &= ~NOT_INTERRUPTIBLE
            order_done(units, game, i)
        else:
            target = find_target(units, game, index, i, False)
            if target >= 0:
                _attack_on_the_way(units, game, i, target, False)


@inline
def _come_in_range(units: Units, game: Game, i: int) -> bool:
    """Close in on the target of an AttackUnit order; return whether the unit may try to fire."""
    u = units[i]
    target = u.order_target
    if target < 0 or not can_attack(units, i, target):
        if target < 0 or u.status & READY_TO_ATTACK:
            stop_moving(u, game)
        else:
            queue_first(u, ORDER_MOVE, NO_SLOT, units[target].x, units[target].y)
        order_done(units, game, i)
        return False
    u.order_x = units[target].x
    u.order_y = units[target].y
    _look_at(u, u.order_x, u.order_y)
    if u.order_state == 0:
        if not in_moving_range(units, game, i, target):
            approach(units, i, target)
        u.order_state = 1
        return True
    if not out_of_range(units, game, i, target):
        stop_moving(u, game)
        return True
    gave_up = is_at_goal(u) and u.status & IMMOVABLE
    hopeless = u.status & READY_TO_ATTACK and not u.status & PROVOKED and not u.flies and units[target].flies
    if gave_up or hopeless:
        stop_moving(u, game)
        _look_ahead(u)
        order_done(units, game, i)
    elif u.move_target_timer == 0:
        approach(units, i, target)
    return False


@inline
def _attack_unit(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    reconsider_target(units, game, index, i)
    if _come_in_range(units, game, i) and units[i].order_target >= 0 and units[i].turret < 0:
        fire(units, bullets, game, index, terrain, i)


@inline
def _hold_position(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    if u.order_state == 0:
        stop_moving(u, game)
        _look_ahead(u)
        u.status |= READY_TO_ATTACK
        u.order_state = 1
    if u.order_target >= 0:
        reconsider_target(units, game, index, i)
    target = u.order_target
    if target >= 0 and can_attack(units, i, target):
        u.order_x = units[target].x
        u.order_y = units[target].y
        reloading = (u.air_cooldown if units[target].flies else u.ground_cooldown) != 0
        if reloading or u.movement_flags & ATTACKING or not out_of_range(units, game, i, target):
            _look_at(u, u.order_x, u.order_y)
            if u.turret < 0:
                fire(units, bullets, game, index, terrain, i)
            return
    if u.main_timer == 0:
        u.main_timer = SCAN_FRAMES
        u.order_target = find_target(units, game, index, i, True)
        if u.order_target >= 0:
            u.order_timer = 0


@inline
def _move(units: Units, game: Game, i: int) -> None:
    u = units[i]
    if u.order_state == 0:
        if u.order_target >= 0:
            approach(units, i, u.order_target)
            _look_at(u, units[u.order_target].x, units[u.order_target].y)
        else:
            go_to(u, game, u.order_x, u.order_y)
            _look_at(u, u.order_x, u.order_y)
        u.order_state = 1
    elif is_at_goal(u):
        order_done(units, game, i)


@inline
def _follow(units: Units, game: Game, i: int) -> None:
    u = units[i]
    target = u.order_target
    if target < 0:
        order_done(units, game, i)
        return
    if u.order_state == 0:
        if units[target].type == NYDUS_CANAL and may_pass(units, i, target):
            set_order(units, game, i, ORDER_ENTER_NYDUS_CANAL, target, 0, 0)
            return
        approach(units, i, target)
        _look_at(u, units[target].x, units[target].y)
        u.order_state = 1
    if u.main_timer != 0:
        return
    u.main_timer = FOLLOW_FRAMES
    if are_enemies(units, i, target) and can_attack(units, i, target):
        set_order(units, game, i, ORDER_GUARD, NO_SLOT, 0, 0)
    elif box_distance(units, i, target) > FOLLOW_DISTANCE_PX:
        if u.move_target_timer == 0:
            approach(units, i, target)
    elif u.queue_count == 0:
        stop_moving(u, game)
        _look_ahead(u)
    else:
        order_done(units, game, i)


@inline
def only_waits(u: Any) -> bool:
    """Run the clocks of a unit whose order does nothing in this frame; return whether that is so, else run it.

    Most units of a melee game are mineral fields, and most orders wait for their clock.
    """
    if u.is_unpowered and u.is_complete:
        return True
    if u.main_timer == 0 and not UNIT_TYPES[u.type].can_move and not UNIT_TYPES[u.type].can_attack:
        u.main_timer = SCAN_FRAMES
    if EVERY_FRAME[u.order] != 0:
        return False
    if u.order_timer > 0:
        u.order_timer -= 1
        return True
    if u.order == ORDER_NOTHING and u.queue_count == 0:
        u.order_timer = ORDER_CLOCK
        return True
    return False


@inline
def run_order(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Run the order of unit `i`, of which `only_waits` was not true; Die is not among these.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        creep: (rows, columns) uint8.
        i: the unit.
    """
    u = units[i]
    order = u.order
    if EVERY_FRAME[order] != 0:
        if EVERY_FRAME[order] == UNINTERRUPTIBLE:
            run_uninterruptible(units, game, index, i)  # the order that follows may run in the same frame
            order = u.order
        if EVERY_FRAME[order] == CONSTRUCTION:
            if run_construction(units, game, index, terrain, creep, i):
                return
            order = u.order
        if EVERY_FRAME[order] == MORPHING:
            run_morphing(units, game, index, terrain, creep, i)
            if order != ORDER_ZERG_BIRTH or u.order == ORDER_ZERG_BIRTH:
                return
            order = u.order  # of who is born now
        if EVERY_FRAME[order] == RESEARCH:
            run_research(units, game, index, i)
            return
        if EVERY_FRAME[order] == LIFTING:
            run_lifting(units, game, index, terrain, creep, i)
            return
        if EVERY_FRAME[order] == SKILL:
            run_skill(units, bullets, game, index, terrain, i)
            return
    if u.order_timer > 0:
        u.order_timer -= 1
        return
    u.order_timer = ORDER_CLOCK
    if order in (ORDER_ATTACK_UNIT, ORDER_STAY_IN_RANGE):
        _attack_unit(units, bullets, game, index, terrain, i)
    elif order == ORDER_ATTACK_MOVE:
        _attack_move(units, game, index, i)
    elif order == ORDER_PLAYER_GUARD:
        _guard(units, game, index, i)
    elif order == ORDER_MOVE:
        _move(units, game, i)
    elif order == ORDER_HOLD_POSITION:
        _hold_position(units, bullets, game, index, terrain, i)
    elif order == ORDER_PATROL:
        _patrol(units, game, index, i)
    elif order == ORDER_FOLLOW:
        _follow(units, game, i)
    elif order == ORDER_STOP:
        stop_moving(u, game)
        _look_ahead(u)
        relax(u, game)
        order_done(units, game, i)
    elif order == ORDER_GUARD:
        u.main_timer = draw_between(game, 0, GUARD_FIRST_SCAN_MAX)
        u.order = ORDER_PLAYER_GUARD
    elif order == ORDER_NOTHING:
        if u.queue_count > 0:
            activate_next(units, game, i)
    elif order in (ORDER_TOWER_GUARD, ORDER_TOWER_ATTACK, ORDER_WATCH_TARGET, ORDER_ATTACK_FIXED_RANGE):
        run_tower(units, bullets, game, index, terrain, i)
    elif order == ORDER_LARVA:
        crawl(units, game, creep, i)
    elif order == ORDER_INIT_CREEP_GROWTH:
        u.secondary_order = ORDER_SPREAD_CREEP
        set_order(units, game, i, whole(UNIT_TYPES[u.type].return_to_idle_order), NO_SLOT, 0, 0)
    elif order in (ORDER_DRONE_START_BUILD, ORDER_DRONE_LAND, ORDER_ZERG_BUILDING_MORPH):
        run_morphing(units, game, index, terrain, creep, i)
    elif order == ORDER_PLACE_ADDON:
        run_place_addon(units, game, index, terrain, creep, i)
    elif ORDER_MOVE_TO_GAS <= order <= ORDER_HARVEST_GAS:
        run_gas(units, game, index, i)
    elif ORDER_RETURN_GAS <= order <= ORDER_RETURN_MINERALS:
        run_gathering(units, game, index, terrain, i)
    elif order in (ORDER_BUILD_NYDUS_EXIT, ORDER_ENTER_NYDUS_CANAL):
        run_nydus(units, game, index, terrain, creep, i)
    elif SKILLS[order] != NOBODY:
        run_skill(units, bullets, game, index, terrain, i)
