"""Carriers and reavers: they send out what fights for them.

A carrier launches one interceptor every seven frames; each flies at the target, fires, flies past and comes round
again, and goes home when its shields are low or there is nothing to attack; aboard it is mended. A reaver sends a
scarab every sixty frames. Scarabs aboard, and interceptors that have never been out, are numbers (`num_fighters`).
Source: MECHANICS.md 8.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import create_unit
from engine.broodwar.attack import fire
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, go_to, kill, order_done, set_order, stop_moving
from engine.broodwar.presence import leave_map, return_to_map
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.scripts import draw
from engine.broodwar.state import (
    ATTACKING,
    FADES,
    IMMOVABLE,
    NO_SLOT,
    ORDER_CARRIER,
    ORDER_CARRIER_ATTACK,
    ORDER_INTERCEPTOR_ATTACK,
    ORDER_INTERCEPTOR_RETURN,
    ORDER_NOTHING,
    ORDER_REAVER,
    ORDER_REAVER_ATTACK,
    ORDER_SCARAB_ATTACK,
    READY_TO_ATTACK,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import (
    HANGAR_PX,
    are_enemies,
    box_distance,
    can_attack,
    find_target,
    reconsider_target,
)
from engine.core.fixed import along_x, along_y, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

CARRIER: Final = UNIT_TYPE_NAMES.index("Protoss_Carrier")
INTERCEPTOR: Final = UNIT_TYPE_NAMES.index("Protoss_Interceptor")
SCARAB: Final = UNIT_TYPE_NAMES.index("Protoss_Scarab")

LEASH_PX: Final = 320
"""A carrier's target farther away than this calls its interceptors home; not measured."""

ABOARD_HP_256: Final = 128
ABOARD_SHIELD_256: Final = 7
SCAN_FRAMES: Final = 15
LAUNCH_FRAMES: Final = 7
SCARAB_PERIOD: Final = 60
SCARAB_FRAMES: Final = 90
PASS_PX: Final = 96
"""How far an interceptor flies past its target."""

# order_state of an interceptor.
APPROACHING: Final = 0
PASSING: Final = 1


@inline
def _ready_interceptor(units: Units, game: Game, index: Index, i: int) -> int:
    """Return an interceptor aboard carrier `i` with half its shields or more, NO_SLOT if there is none."""
    for h in range(game.num_hidden):
        j = whole(index[game.capacity - 1 - h])
        v = units[j]
        if v.container == i and v.type == INTERCEPTOR and v.shield_256 * 2 >= UNIT_TYPES[v.type].max_shield << 8:
            return j
    return NO_SLOT


@inline
def _launch(units: Units, game: Game, index: Index, terrain: Terrain, i: int, target: int) -> None:
    """Send one fighter of unit `i` out at a target, if one is ready."""
    u = units[i]
    carrier = u.type == CARRIER
    x = whole(u.x)
    y = whole(u.y)
    heading = whole(u.heading)
    j = _ready_interceptor(units, game, index, i) if carrier else NO_SLOT
    if j >= 0:
        if not return_to_map(units, game, index, terrain, j, x, y, heading):
            return
    elif u.num_fighters > u.num_flown:
        j = create_unit(units, game, index, terrain, INTERCEPTOR if carrier else SCARAB, whole(u.player), x, y, heading)
        if j < 0:
            return
        if carrier:
            u.num_flown += 1
        else:
            u.num_fighters -= 1
            units[j].lifetime = SCARAB_FRAMES
            units[j].status |= FADES
        units[j].container = i
    else:
        return
    u.ground_cooldown = LAUNCH_FRAMES if carrier else SCARAB_PERIOD
    u.air_cooldown = u.ground_cooldown
    u.started_attack = game.frame
    set_order(units, game, j, ORDER_INTERCEPTOR_ATTACK if carrier else ORDER_SCARAB_ATTACK, target, 0, 0)


@inline
def _idle(units: Units, game: Game, index: Index, i: int) -> None:
    u = units[i]
    target = whole(u.auto_target)
    if target >= 0:
        u.auto_target = NO_SLOT
        if not are_enemies(units, i, target) or not can_attack(units, i, target):
            target = NO_SLOT
    if target < 0 and u.main_timer == 0 and u.num_fighters > 0:
        u.main_timer = SCAN_FRAMES
        target = find_target(units, game, index, i, True)
    if target >= 0:
        set_order(units, game, i, whole(UNIT_TYPES[u.type].attack_unit_order), target, 0, 0)
        u.status |= READY_TO_ATTACK


@inline
def _attack(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    u = units[i]
    reconsider_target(units, game, index, i)
    target = whole(u.order_target)
    if target < 0 or not can_attack(units, i, target):
        stop_moving(u, game)
        order_done(units, game, i)
        return
    u.order_x = units[target].x
    u.order_y = units[target].y
    if box_distance(units, i, target) > HANGAR_PX:
        if is_at_goal(u) and u.status & IMMOVABLE and u.order_state == 1:
            order_done(units, game, i)
        elif u.order_state == 0 or u.move_target_timer == 0:
            approach(units, i, target)
            u.order_state = 1
        return
    stop_moving(u, game)
    u.look_x = u.order_x
    u.look_y = u.order_y
    if u.num_fighters > 0 and u.ground_cooldown == 0:
        _launch(units, game, index, terrain, i, target)
    if u.ground_cooldown > 0:
        u.order_timer = min(u.order_timer, u.ground_cooldown - 1)


@inline
def _go_home(units: Units, game: Game, index: Index, i: int) -> None:
    """Run InterceptorReturn: fly to the carrier and into it; without a carrier, fall."""
    u = units[i]
    home = whole(u.container)
    if home < 0:
        kill(units, game, i)
    elif box_distance(units, i, home) == 0:
        leave_map(units, game, index, i)
        u.queue_count = 0
        u.order = ORDER_NOTHING
        u.order_target = NO_SLOT
    else:
        approach(units, i, home)


@inline
def _home_wants(units: Units, home: int) -> int:
    """Return what carrier `home` attacks within the leash, NO_SLOT if nothing."""
    c = units[home]
    target = whole(c.order_target)
    if c.order != ORDER_CARRIER_ATTACK or target < 0 or box_distance(units, home, target) > LEASH_PX:
        return NO_SLOT
    return target


@inline
def _swarm(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run InterceptorAttack."""
    u = units[i]
    home = whole(u.container)
    target = _home_wants(units, home) if home >= 0 else NO_SLOT
    low = u.shield_256 * 4 < UNIT_TYPES[u.type].max_shield << 8
    if target < 0 or low or not can_attack(units, i, target):
        set_order(units, game, i, ORDER_INTERCEPTOR_RETURN, NO_SLOT, 0, 0)
        return
    u.order_target = target
    if u.order_state == APPROACHING:
        go_to(u, game, whole(units[target].x), whole(units[target].y))
        u.look_x = units[target].x
        u.look_y = units[target].y
        if box_distance(units, i, target) <= PASS_PX and u.ground_cooldown == 0:
            fire(units, bullets, game, index, terrain, i)
            if u.movement_flags & ATTACKING:
                direction = (u.heading + draw(game) % 64 - 32) & 255
                x = units[target].x + (along_x(direction, PASS_PX << 8) >> 8)
                y = units[target].y + (along_y(direction, PASS_PX << 8) >> 8)
                go_to(u, game, min(max(x, 0), game.width_px - 1), min(max(y, 0), game.height_px - 1))
                u.order_state = PASSING
    elif is_at_goal(u):
        u.order_state = APPROACHING


@inline
def mend_aboard(u: Any) -> None:
    """Give interceptor `u`, aboard its carrier, the hit points and shields of one frame."""
    t = UNIT_TYPES[u.type]
    u.hp_256 = min(u.hp_256 + ABOARD_HP_256, t.max_hp << 8)
    u.shield_256 = min(u.shield_256 + ABOARD_SHIELD_256, t.max_shield << 8)


@inline
def lose_fighter(units: Units, i: int) -> None:
    """Tell the carrier of interceptor `i`, which dies, that it has one less."""
    home = whole(units[i].container)
    if home >= 0:
        units[home].num_fighters -= 1
        units[home].num_flown -= 1


@inline
def run_hangar(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run an order of a carrier, a reaver or an interceptor.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    order = units[i].order
    if order == ORDER_INTERCEPTOR_ATTACK:
        _swarm(units, bullets, game, index, terrain, i)
    elif order == ORDER_INTERCEPTOR_RETURN:
        _go_home(units, game, index, i)
    elif order in (ORDER_CARRIER, ORDER_REAVER):
        _idle(units, game, index, i)
    elif order in (ORDER_CARRIER_ATTACK, ORDER_REAVER_ATTACK):
        _attack(units, game, index, terrain, i)
    else:  # stop and hold position
        stop_moving(units[i], game)
        order_done(units, game, i)
