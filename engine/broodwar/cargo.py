"""Bunkers and transports: who gets in, who gets out, and who shoots from inside.

Passengers exist beside the map; `container` says where. Those in a bunker act as its guns: they look and shoot from its
walls, two tiles farther, and what they hit takes the bunker for the attacker. Source: MECHANICS.md 4.1, 5, 7 and 8.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.attack import fire, run_script
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, go_to, order_done, set_order, stop_moving
from engine.broodwar.presence import end_unit, forget_everywhere, leave_map, return_to_map, unhide
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UPGRADE_NAMES
from engine.broodwar.state import (
    BURROWED,
    HALLUCINATION,
    IMMOVABLE,
    NO_SLOT,
    ORDER_BUNKER_GUARD,
    ORDER_ENTER_TRANSPORT,
    ORDER_MOVE_UNLOAD,
    ORDER_NOTHING,
    ORDER_PICKUP_BUNKER,
    ORDER_PICKUP_TRANSPORT,
    ORDER_UNLOAD,
)
from engine.broodwar.tables import UNIT_TYPES, WEAPON_TYPES
from engine.broodwar.targeting import (
    BUNKER,
    are_enemies,
    box_distance,
    can_attack,
    find_target,
    in_moving_range,
    weapon_against,
)
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Deaths = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

OVERLORD: Final = UNIT_TYPE_NAMES.index("Zerg_Overlord")
REAVER: Final = UNIT_TYPE_NAMES.index("Protoss_Reaver")
VENTRAL_SACS: Final = UPGRADE_NAMES.index("Ventral_Sacs")
SHOOTS_FROM_BUNKER: Final = tuple(
    UNIT_TYPE_NAMES.index(name) for name in ("Terran_Marine", "Terran_Firebat", "Terran_Ghost")
)

UNLOAD_FRAMES: Final = 15
REAVER_UNLOAD_COOLDOWN: Final = 30
ENTER_PX: Final = 4
"""How near a passenger must come."""

CANNOT_BE_CARRIED: Final = 255
SCAN_FRAMES: Final = 15


@inline
def room_in(units: Units, game: Game, index: Index, j: int) -> int:
    """Return how much more unit `j` can carry; 0 if it carries nobody."""
    v = units[j]
    room = whole(UNIT_TYPES[v.type].space_provided)
    if v.type == OVERLORD and not game.upgrades[v.player, VENTRAL_SACS]:
        return 0
    if room == 0 or room == CANNOT_BE_CARRIED:
        return 0
    for h in range(game.num_hidden):
        u = units[index[game.capacity - 1 - h]]
        if u.container == j:
            room -= UNIT_TYPES[u.type].space_required
    return room


@inline
def may_enter(units: Units, game: Game, index: Index, i: int, j: int) -> bool:
    """Say whether unit `i` may get into unit `j`, wherever both are."""
    u = units[i]
    v = units[j]
    t = UNIT_TYPES[u.type]
    if i == j or u.player != v.player or not v.is_complete or u.flies or t.building or u.status & BURROWED:
        return False
    if v.status & HALLUCINATION or not t.can_move or t.space_required == CANNOT_BE_CARRIED or t.space_required == 0:
        return False
    if v.type == BUNKER and not (t.organic and t.space_required == 1 and u.type not in NOT_IN_BUNKERS):
        return False
    return bool(room_in(units, game, index, j) >= t.space_required)


NOT_IN_BUNKERS: Final = tuple(
    number
    for number, name in enumerate(UNIT_TYPE_NAMES)
    if not name.startswith(("Terran_", "Hero_Jim_Raynor_M", "Hero_Gui", "Hero_Sa", "Hero_Al"))
)
"""Types that a bunker does not take: only Terran infantry and workers fit."""


@inline
def get_in(units: Units, game: Game, index: Index, i: int, j: int) -> None:
    """Take unit `i` off the map and into unit `j`."""
    u = units[i]
    stop_moving(u, game)
    leave_map(units, game, index, i)
    u.container = j
    u.x = units[j].x
    u.y = units[j].y
    u.queue_count = 0
    u.order = ORDER_NOTHING
    u.order_state = 0
    u.order_target = NO_SLOT
    if units[j].type == BUNKER and u.type in SHOOTS_FROM_BUNKER:
        u.order = ORDER_BUNKER_GUARD
        u.mount = j
        units[j].num_fighters += 1


@inline
def get_out(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> bool:
    """Put passenger `i` back on the map beside its container; return whether there is room."""
    u = units[i]
    j = whole(u.container)
    x = whole(units[j].x)
    y = whole(units[j].y)
    if not return_to_map(units, game, index, terrain, i, x, y, whole(units[j].heading)):
        return False
    u.container = NO_SLOT
    if u.mount >= 0:
        units[j].num_fighters -= 1
    u.mount = NO_SLOT
    t = UNIT_TYPES[u.type]
    if t.ground_weapon >= 0:
        u.ground_cooldown = WEAPON_TYPES[t.ground_weapon].cooldown_frames
    if t.air_weapon >= 0:
        u.air_cooldown = WEAPON_TYPES[t.air_weapon].cooldown_frames
    if u.type == REAVER:
        u.ground_cooldown = REAVER_UNLOAD_COOLDOWN
    set_order(units, game, i, whole(t.return_to_idle_order), NO_SLOT, 0, 0)
    return True


@inline
def first_passenger(units: Units, game: Game, index: Index, j: int) -> int:
    """Return a passenger of unit `j`, NO_SLOT if it has none."""
    for h in range(game.num_hidden):
        i = whole(index[game.capacity - 1 - h])
        if units[i].container == j and units[i].is_complete:
            return i
    return NO_SLOT


@inline
def _enter(units: Units, game: Game, index: Index, i: int) -> None:
    """Run EnterTransport of passenger `i`."""
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or not may_enter(units, game, index, i, target):
        stop_moving(u, game)
        order_done(units, game, i)
    elif box_distance(units, i, target) <= ENTER_PX:
        get_in(units, game, index, i, target)
    elif is_at_goal(u) and u.status & IMMOVABLE and u.order_state == 1:
        order_done(units, game, i)
    elif u.order_state == 0 or u.move_target_timer == 0:
        approach(units, i, target)
        u.order_state = 1


@inline
def _pick_up(units: Units, game: Game, index: Index, i: int) -> None:
    """Run PickupTransport or PickupBunker of container `i`: meet the passenger, or wait for it."""
    u = units[i]
    target = whole(u.order_target)
    if target < 0 or units[target].is_hidden or not may_enter(units, game, index, target, i):
        order_done(units, game, i)
        return
    if u.order_state == 0 and units[target].order != ORDER_ENTER_TRANSPORT:
        set_order(units, game, target, ORDER_ENTER_TRANSPORT, i, 0, 0)
    u.order_state = 1
    if UNIT_TYPES[u.type].can_move and u.move_target_timer == 0 and box_distance(units, i, target) > ENTER_PX:
        approach(units, i, target)


@inline
def _unload(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run Unload or MoveUnload of container `i`: at the place, one passenger after another."""
    u = units[i]
    if u.order == ORDER_MOVE_UNLOAD:
        if u.order_state == 0:
            go_to(u, game, whole(u.order_x), whole(u.order_y))
            u.order_state = 1
            return
        if not is_at_goal(u):
            return
    if u.ground_cooldown > 0:
        u.order_timer = min(u.order_timer, u.ground_cooldown - 1)
        return
    passenger = first_passenger(units, game, index, i)
    if passenger < 0:
        order_done(units, game, i)
        return
    u.ground_cooldown = UNLOAD_FRAMES  # containers have no weapon: it is their door's
    u.order_timer = min(u.order_timer, UNLOAD_FRAMES - 1)
    if not get_out(units, game, index, terrain, passenger):
        order_done(units, game, i)


@inline
def run_cargo(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run an order of loading or unloading, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    order = units[i].order
    if order == ORDER_ENTER_TRANSPORT:
        _enter(units, game, index, i)
    elif order in (ORDER_PICKUP_TRANSPORT, ORDER_PICKUP_BUNKER):
        _pick_up(units, game, index, i)
    elif order in (ORDER_UNLOAD, ORDER_MOVE_UNLOAD):
        _unload(units, game, index, terrain, i)


@inline
def ride_inside(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run one frame of passenger `i`; in a bunker it fights.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: a unit beside the map that has a container.
    """
    u = units[i]
    j = whole(u.container)
    u.x = units[j].x
    u.y = units[j].y
    if u.main_timer > 0:
        u.main_timer -= 1
    if u.ground_cooldown > 0:
        u.ground_cooldown -= 1
    if u.air_cooldown > 0:
        u.air_cooldown -= 1
    if u.order != ORDER_BUNKER_GUARD:
        return
    target = whole(u.order_target)
    if target >= 0 and (not can_attack(units, i, target) or not in_moving_range(units, game, i, target)):
        target = NO_SLOT
    if target < 0 and u.main_timer == 0:
        u.main_timer = SCAN_FRAMES
        target = find_target(units, game, index, i, True)
    u.order_target = target
    if target >= 0 and weapon_against(units, i, target) >= 0 and are_enemies(units, i, target):
        u.look_x = u.x  # a bunker has guns on every side
        u.look_y = u.y
        fire(units, bullets, game, index, terrain, i)
    run_script(units, bullets, game, index, terrain, i)


@inline
def spill(units: Units, game: Game, index: Index, terrain: Terrain, deaths: Deaths, j: int) -> None:
    """Let out who is in dying unit `j`, if it stands on the ground; who is in a flyer dies with it.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        deaths: (players, D) int32 ids of the dead that each player has not been told of.
        j: the container.
    """
    while True:
        i = first_passenger(units, game, index, j)
        if i < 0:
            return
        if not units[j].flies and get_out(units, game, index, terrain, i):
            continue
        unhide(game, index, i)
        forget_everywhere(units, game, index, i)
        units[i].container = NO_SLOT
        end_unit(units, game, deaths, i)
