"""What units are told: one kind of command, answered at once; what they do about it is in `doing`.

A command is (unit, ability, target unit or place, queued) with the real game's ability ids; `give_order` answers with
the real game's ActionResult. BWAPI's command types, in which the project's Commands are written, are translated to it
in one place: `ability_of`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.frame import UnitCommandType
from engine.core.jit import inline
from engine.starcraft2.addons import start_addon
from engine.starcraft2.agenda import add_order, drop_orders
from engine.starcraft2.cancelling import (
    CANCEL,
    CANCEL_LAST,
    CANCEL_SLOT,
    HALT,
    RALLY_UNITS,
    RALLY_WORKERS,
    cancel,
    halt,
    set_rally,
)
from engine.starcraft2.construction import may_resume, order_building, order_resuming
from engine.starcraft2.geometry import Game, Units, slot_of
from engine.starcraft2.making import INTERCEPTOR, NO_ROW, row_of
from engine.starcraft2.mining import gathers, may_gather
from engine.starcraft2.morphing import order_morph
from engine.starcraft2.pace import own_speed
from engine.starcraft2.protoss import ARCHON_WARP, ARCHON_WARP_TARGET, may_merge, warp_in
from engine.starcraft2.queues import is_becoming, start_making
from engine.starcraft2.repairing import may_repair, repairs
from engine.starcraft2.results import (
    CANT_QUEUE_THAT_ORDER,
    CANT_TARGET_THAT_UNIT,
    MUST_TARGET_RESOURCES,
    MUST_TARGET_UNIT,
    NOT_SUPPORTED,
    REQUIRES_REPAIR_TARGET,
    SUCCESS,
    UNIT_CANT_MOVE,
)
from engine.starcraft2.spell_table import AT_NOTHING, SPELLS
from engine.starcraft2.spells import NO_SPELL, cast_at_once, is_bound, spell_of, why_not_cast
from engine.starcraft2.state import ATTACK, GATHER, MOVE, NOBODY, RETURN_CARGO
from engine.starcraft2.tables import (
    ADDON,
    BUILD,
    BUILD_ON_UNIT,
    KINDS,
    MADE,
    MEANING,
    MORPH,
    MORPH_PLACE,
    NO_WEAPON,
    TRAIN_PLACE,
)
from engine.starcraft2.targeting import (
    can_heal,
    is_enemy,
    weapon_against,
)
from engine.starcraft2.terrain import Grids, Ground
from engine.starcraft2.transports import (
    ENTER,
    LOAD,
    LOAD_ALL,
    UNLOAD_ALL,
    UNLOAD_ALL_AT,
    UNLOAD_UNIT,
    call_in,
    order_entering,
    order_loading,
    unload_here,
    why_not_inside,
)
from engine.starcraft2.zerg import LARVA_KIND

Index = NDArray[np.int32]
Effects = NDArray[np.void]

NO_ABILITY: Final = 0
SMART: Final = 1
STOP: Final = 4
PATROL: Final = 17
HOLD_POSITION: Final = 18
SCAN_MOVE: Final = 19
HEAL: Final = 386
REPAIR: Final = 3685
CARRYING: Final = (ENTER, LOAD, LOAD_ALL, UNLOAD_ALL, UNLOAD_ALL_AT, UNLOAD_UNIT)
BATTLE_ABILITIES: Final = (STOP, MOVE, PATROL, HOLD_POSITION, SCAN_MOVE, ATTACK, HEAL)
"""What units of battles are told."""

_TYPES: Final = UnitCommandType
_ATTACK_MOVE: Final = int(_TYPES.ATTACK_MOVE)
_ATTACK_UNIT: Final = int(_TYPES.ATTACK_UNIT)
_MOVE: Final = int(_TYPES.MOVE)
_FOLLOW: Final = int(_TYPES.FOLLOW)
_PATROL: Final = int(_TYPES.PATROL)
_HOLD: Final = int(_TYPES.HOLD_POSITION)
_STOP: Final = int(_TYPES.STOP)
_RIGHT_CLICK_POSITION: Final = int(_TYPES.RIGHT_CLICK_POSITION)
_RIGHT_CLICK_UNIT: Final = int(_TYPES.RIGHT_CLICK_UNIT)
_USE_TECH: Final = int(_TYPES.USE_TECH)
_USE_TECH_POSITION: Final = int(_TYPES.USE_TECH_POSITION)
_USE_TECH_UNIT: Final = int(_TYPES.USE_TECH_UNIT)


@inline
def ability_of(command_type: int, extra: int) -> int:
    """Return the ability that a BWAPI command type means; `extra` of the USE_TECH types is an ability id itself."""
    if command_type in (_ATTACK_MOVE, _ATTACK_UNIT):
        return ATTACK
    if command_type in (_MOVE, _FOLLOW):
        return MOVE
    if command_type == _PATROL:
        return PATROL
    if command_type == _HOLD:
        return HOLD_POSITION
    if command_type == _STOP:
        return STOP
    if command_type in (_RIGHT_CLICK_POSITION, _RIGHT_CLICK_UNIT):
        return SMART
    if command_type in (_USE_TECH, _USE_TECH_POSITION, _USE_TECH_UNIT):
        return whole(extra)
    return NO_ABILITY


@inline
def _order_carrying(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    i: int,
    ability: int,
    target: int,
    x: int,
    y: int,
    queued: bool,
) -> int:
    """Tell a unit to take others in or let them out, or to go in itself; return the ActionResult. As `give_order`."""
    u = units[i]
    kind = KINDS[u.kind]
    if ability == ENTER:
        return order_entering(units, i, target, queued) if target != NOBODY else whole(MUST_TARGET_UNIT)
    if kind.cargo_capacity == 0:
        return NOT_SUPPORTED
    if ability == LOAD:
        return order_loading(units, i, target, queued)
    if ability == LOAD_ALL:
        return call_in(units, game, index, i)
    if ability == UNLOAD_ALL_AT and kind.is_flyer and not kind.is_structure:
        place_x = units[target].x if target != NOBODY else x
        place_y = units[target].y if target != NOBODY else y
        return add_order(units, u, UNLOAD_ALL_AT, whole(NOBODY), place_x, place_y, queued)
    return unload_here(units, game, index, ground, blocked, i, ability != UNLOAD_UNIT)


@inline
def give_order(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    effects: Effects,
    i: int,
    ability: int,
    target_id: int,
    x: int,
    y: int,
    queued: bool,
) -> int:
    """Tell a unit what to do; return the ActionResult.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        effects: what lies on the map besides units.
        i: whose slot.
        ability: its id, general or not.
        target_id: the target's unit id, NOBODY for a place or none.
        x: place, 1/4096 cell.
        y: likewise.
        queued: after what it does already.
    """
    u = units[i]
    kind = KINDS[u.kind]
    if u.kind == INTERCEPTOR and u.parent != NOBODY:
        return NOT_SUPPORTED  # it is its Carrier that is told
    ability = whole(ability)
    row = row_of(units, game, index, i, ability) if kind.num_made > 0 else NO_ROW
    spell = spell_of(u.kind, ability) if row == NO_ROW else NO_SPELL
    if spell != NO_SPELL:
        ability = whole(SPELLS[spell].ability)
    elif 0 <= ability < len(MEANING):
        ability = whole(MEANING[ability])
    if ability in (CANCEL, CANCEL_LAST, CANCEL_SLOT):
        if is_bound(u):
            drop_orders(units, u)
            return SUCCESS
        return cancel(units, game, blocked, i)
    if ability == STOP and queued:
        return SUCCESS  # it stops anyway when it has done what it was told
    if ability == HALT or (ability == STOP and u.builds != NOBODY):
        return halt(units, i)
    if ability in (RALLY_UNITS, RALLY_WORKERS) or (ability == SMART and kind.is_structure and kind.speed == 0):
        which = RALLY_WORKERS if ability == SMART and kind.is_townhall else ability
        return set_rally(units, u, whole(which), target_id, x, y)
    if u.builds != NOBODY and not queued:
        return CANT_QUEUE_THAT_ORDER  # it has to be halted first
    if is_bound(u) and not queued and (spell == NO_SPELL or SPELLS[spell].aim != AT_NOTHING):
        return CANT_QUEUE_THAT_ORDER
    if row != NO_ROW:
        deed = MADE[row].deed
        if deed in (BUILD, BUILD_ON_UNIT):
            return order_building(units, game, index, ground, blocked, grids, i, row, target_id, x, y, queued)
        if deed == ADDON:
            return start_addon(units, game, index, ground, blocked, grids, i, row)
        if deed in (MORPH, MORPH_PLACE):
            return order_morph(units, game, index, ground, blocked, grids, i, row, x, y, queued)
        if deed == TRAIN_PLACE:
            return warp_in(units, game, index, ground, blocked, grids, i, row, x, y)
        return start_making(units, game, index, blocked, i, row)
    if is_becoming(u) or not u.is_complete:
        return CANT_QUEUE_THAT_ORDER
    target = slot_of(units, whole(target_id))
    if target_id >= 0 and target == NOBODY:
        return CANT_TARGET_THAT_UNIT
    if ability in (SMART, REPAIR) and target != NOBODY and may_resume(units, i, target):
        return order_resuming(units, i, target, queued)
    if spell != NO_SPELL:
        if SPELLS[spell].aim == AT_NOTHING:
            return cast_at_once(units, game, index, ground, blocked, grids, effects, i, spell)
        result = why_not_cast(units, game, index, i, spell, target)
        if result != SUCCESS:
            return result
    if ability == SMART:
        ability = MOVE
        if target != NOBODY:
            if is_enemy(units, i, target):
                ability = ATTACK
            elif kind.heals and can_heal(units, game, i, target):
                ability = HEAL
            elif may_repair(units, game, i, target):
                ability = REPAIR
            elif why_not_inside(units, target, i) == SUCCESS:
                ability = ENTER
            elif kind.cargo_capacity > 0 and why_not_inside(units, i, target) == SUCCESS:
                ability = LOAD
            elif may_gather(units, i, target):
                ability = GATHER
            elif kind.is_worker and u.cargo > 0 and KINDS[units[target].kind].is_townhall:
                ability = RETURN_CARGO
    if ability in CARRYING:
        return _order_carrying(units, game, index, ground, blocked, i, ability, target, x, y, queued)
    if ability == REPAIR:
        if not repairs(whole(u.kind)):
            return NOT_SUPPORTED
        if target == NOBODY or not may_repair(units, game, i, target):
            return REQUIRES_REPAIR_TARGET
    elif ability in (GATHER, RETURN_CARGO):
        if not gathers(u):
            return NOT_SUPPORTED
        if ability == GATHER and (target == NOBODY or not may_gather(units, i, target)):
            return MUST_TARGET_RESOURCES
    elif ability in (ARCHON_WARP, ARCHON_WARP_TARGET):
        if not may_merge(u):
            return NOT_SUPPORTED
        ability = whole(ARCHON_WARP)
    elif spell == NO_SPELL and ability not in BATTLE_ABILITIES:
        return NOT_SUPPORTED
    if ability == ATTACK:
        if target == i:
            return CANT_TARGET_THAT_UNIT
        if target != NOBODY and weapon_against(units, i, target) == NO_WEAPON:
            return CANT_TARGET_THAT_UNIT
    if ability == HEAL:
        if not kind.heals:
            return NOT_SUPPORTED
        if target == NOBODY:
            return MUST_TARGET_UNIT
        if target == i:
            return CANT_TARGET_THAT_UNIT
    if ability in (MOVE, PATROL, SCAN_MOVE) and own_speed(u, game) == 0:
        return UNIT_CANT_MOVE
    if u.kind == LARVA_KIND and ability != STOP:
        return UNIT_CANT_MOVE
    if ability == STOP:
        drop_orders(units, u)
        u.speed = 0
        return SUCCESS
    return add_order(units, u, ability, whole(target_id) if target != NOBODY else whole(NOBODY), x, y, queued)
