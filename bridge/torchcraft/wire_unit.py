"""What the wire says of one unit, as parts of kernels: from the engine's view of it, its own state, and its type.

Sources: PROTOCOL's table of Unit (how the real server fills it); BWAPI's `Unit` for what a player knows of his own
units only: what they make, and how long it takes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.type_facts import WALK_TILE_PX
from engine.broodwar.larvae import LARVA
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_TYPE, UNIT_TYPE_NAMES
from engine.broodwar.state import (
    CARRIES_GAS,
    CARRIES_MINERALS,
    NO_SLOT,
    ORDER_CONSTRUCTING_BUILDING,
    ORDER_DRONE_LAND,
    ORDER_FOLLOW,
    ORDER_HARVEST_GAS,
    ORDER_INCOMPLETE_BUILDING,
    ORDER_INCOMPLETE_MORPHING,
    ORDER_INCOMPLETE_WARPING,
    ORDER_PATROL,
    ORDER_PLACE_BUILDING,
    ORDER_PLACE_PROTOSS_BUILDING,
    ORDER_RESEARCH_TECH,
    ORDER_UPGRADE,
    ORDER_ZERG_BIRTH,
    ORDER_ZERG_BUILDING_MORPH,
    ORDER_ZERG_UNIT_MORPH,
    SLOTS_PER_GENERATION,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.frame import UnitCommandType, UnitFlag
from engine.core.jit import inline

NO_COMMAND: Final = int(UnitCommandType.NONE)
IDLE_BUILD_TYPE: Final = 61
"""`buildTechUpgradeType` of a unit that makes nothing: UpgradeTypes.None."""

FLAG_BEING_CONSTRUCTED: Final = 1 << 3
FLAG_CARRYING_GAS: Final = 1 << 9
FLAG_CARRYING_MINERALS: Final = 1 << 10
FLAG_COMPLETED: Final = 1 << 12
FLAG_DETECTED: Final = 1 << 15
FLAG_FLYING: Final = 1 << 17
FLAG_FOLLOWING: Final = 1 << 18
FLAG_GATHERING_GAS: Final = 1 << 19
FLAG_INTERRUPTIBLE: Final = 1 << 24
FLAG_INVINCIBLE: Final = 1 << 25
FLAG_LIFTED: Final = 1 << 27
FLAG_LOADED: Final = 1 << 28
FLAG_PATROLLING: Final = 1 << 34
FLAG_POWERED: Final = 1 << 36
FLAG_RESEARCHING: Final = 1 << 38
FLAG_TARGETABLE: Final = 1 << 45
FLAG_TRAINING: Final = 1 << 46
FLAG_UPGRADING: Final = 1 << 51

ENGINE_FLAGS: Final = sum(1 << flag for flag in UnitFlag)
"""The flags that a Frame of the engine has; the wire has more, which follow from type and order."""

CARRIER: Final = UNIT_TYPE_NAMES.index("Protoss_Carrier")
REAVER: Final = UNIT_TYPE_NAMES.index("Protoss_Reaver")
SCARAB: Final = UNIT_TYPE_NAMES.index("Protoss_Scarab")

ORDER_CLOCK: Final = 9
"""Frames between two looks of a unit at its order; larvae are counted in these."""

NEUTRAL_ID: Final = -1
"""As in TorchCraft's module: BWAPI never numbers the neutral player there."""

LAST_COMMAND_DTYPE: Final = np.dtype(
    [(name, np.int32) for name in ("id", "frame", "type", "targetId", "targetX", "targetY", "extra")]
)
"""What a unit was last told, by slot; valid where `id` is the unit's."""

Units = NDArray[np.void]


@inline
def tile_of(pixels: int) -> int:
    """Return the walk tile of a place, -1 for none."""
    return pixels // WALK_TILE_PX if pixels >= 0 else -1


@inline
def write_kind(unit_id: int, kind: int, facts: Any, c: Any, out: Any) -> None:
    """Write what follows from a unit's type, and what it was told last.

    Args:
        unit_id: the unit's.
        kind: BWAPI UnitType id.
        facts: TYPE_FACTS_DTYPE record of the type.
        c: LAST_COMMAND_DTYPE record of the unit's slot.
        out: WIRE_UNIT_DTYPE record.
    """
    out.id = unit_id
    out.type = kind
    out.max_health = facts.max_health
    out.max_shield = facts.max_shield
    out.maxCD = facts.maxCD
    out.armor = facts.armor
    out.shieldArmor = facts.shieldArmor
    out.size = facts.size
    out.pixel_size_x = facts.pixel_size_x
    out.pixel_size_y = facts.pixel_size_y
    out.groundATK = facts.groundATK
    out.airATK = facts.airATK
    out.groundDmgType = facts.groundDmgType
    out.airDmgType = facts.airDmgType
    out.groundRange = facts.groundRange
    out.airRange = facts.airRange
    out.resources = 0
    out.buildTechUpgradeType = IDLE_BUILD_TYPE
    out.remainingBuildTrainTime = 0
    out.remainingUpgradeResearchTime = 0
    out.spellCD = 0
    out.associatedUnit = -1
    out.associatedCount = 0
    is_told = c.id == unit_id
    out.command_frame = c.frame if is_told else 0
    out.command_type = c.type if is_told else NO_COMMAND
    out.command_targetId = c.targetId if is_told else -1
    out.command_targetX = c.targetX if is_told else -1
    out.command_targetY = c.targetY if is_told else -1
    out.command_extra = c.extra if is_told else 0


@inline
def write_place(x: int, y: int, out: Any) -> None:
    """Write where a unit's centre is, in both scales."""
    out.x = x // WALK_TILE_PX
    out.y = y // WALK_TILE_PX
    out.pixel_x = x
    out.pixel_y = y


@inline
def write_seen(u: Any, visible: int, is_invincible: int, interruptible: int, out: Any) -> None:
    """Write what a player sees of a unit.

    Args:
        u: UNIT_DTYPE record of the engine's Frame.
        visible: bit p is set if player p sees it.
        is_invincible: whether its type is.
        interruptible: whether its order is.
        out: WIRE_UNIT_DTYPE record.
    """
    write_place(u.x, u.y, out)
    out.health = u.hp
    out.shield = u.shield
    out.energy = u.energy
    out.groundCD = u.ground_cooldown
    out.airCD = u.air_cooldown
    out.visible = visible
    out.playerId = u.player
    flags = np.int64(u["flags"]) | FLAG_POWERED | FLAG_TARGETABLE
    if interruptible:
        flags |= FLAG_INTERRUPTIBLE
    if is_invincible:
        flags |= FLAG_INVINCIBLE
    if u.order == ORDER_FOLLOW:
        flags |= FLAG_FOLLOWING
    if u.order == ORDER_PATROL:
        flags |= FLAG_PATROLLING
    out["flags"] = np.uint64(flags)
    out.velocityX = u.velocity_x_256 / 256.0
    out.velocityY = u.velocity_y_256 / 256.0


@inline
def write_hidden(v: Any, visible: int, out: Any) -> None:
    """Write what an owner knows of his unit that is not on the map: in training, in a refinery, in another unit.

    Args:
        v: UNIT_DTYPE record of the engine's state.
        visible: as BWAPI has it: its owner counts as seeing it.
        out: WIRE_UNIT_DTYPE record.
    """
    write_place(v.x, v.y, out)
    out.health = (v.hp_256 + 255) >> 8
    out.shield = v.shield_256 >> 8
    out.energy = v.energy_256 >> 8 if UNIT_TYPES[v.type].max_energy > 0 else 0
    out.groundCD = v.ground_cooldown
    out.airCD = v.air_cooldown
    out.visible = visible
    out.playerId = v.player
    flags = FLAG_DETECTED | FLAG_POWERED
    flags |= FLAG_COMPLETED if v.is_complete else FLAG_BEING_CONSTRUCTED
    if v.order == ORDER_HARVEST_GAS:
        flags |= FLAG_GATHERING_GAS
    if v.carries & CARRIES_GAS:
        flags |= FLAG_CARRYING_GAS
    if v.carries & CARRIES_MINERALS:
        flags |= FLAG_CARRYING_MINERALS
    if v.flies:
        flags |= FLAG_FLYING
    if v.container != NO_SLOT:
        flags |= FLAG_LOADED
    out["flags"] = np.uint64(flags)
    out.velocityX = 0.0
    out.velocityY = 0.0


@inline
def _build_type(units: Units, v: Any) -> int:
    """Return BWAPI's build type of a unit, NO_TYPE for none: it goes by the order; units in training do not count."""
    order = v.order
    if order in (ORDER_INCOMPLETE_BUILDING, ORDER_INCOMPLETE_WARPING):
        return whole(v.type)
    if order == ORDER_CONSTRUCTING_BUILDING:
        return whole(units[v.order_target].type) if v.order_target != NO_SLOT else NO_TYPE
    if order == ORDER_INCOMPLETE_MORPHING:
        return whole(v.build_type) if v.build_type != NO_TYPE else whole(v.type)
    if order in (ORDER_PLACE_BUILDING, ORDER_PLACE_PROTOSS_BUILDING, ORDER_DRONE_LAND):
        return whole(v.build_type)
    if order in (ORDER_ZERG_UNIT_MORPH, ORDER_ZERG_BUILDING_MORPH):
        return whole(v.build_type)
    return NO_TYPE


@inline
def _remaining_frames(units: Units, v: Any, build_type: int) -> int:
    """Return BWAPI's remaining build and train time; that of a finished hatchery is the next larva's."""
    remaining = 0
    is_morphing = v.order in (ORDER_ZERG_UNIT_MORPH, ORDER_ZERG_BUILDING_MORPH, ORDER_INCOMPLETE_MORPHING)
    is_morphing = is_morphing or v.order == ORDER_ZERG_BIRTH
    if not v.is_complete and (build_type != NO_TYPE or not is_morphing):
        remaining += whole(v.build_frames)
    if PRODUCTION[v.type].produces_larva:
        remaining += whole(v.larva_timer * ORDER_CLOCK + (v.order_timer + ORDER_CLOCK - 1) % ORDER_CLOCK)
    elif v.product != NO_SLOT:
        remaining += whole(units[v.product].build_frames)
    return remaining


@inline
def write_economy(units: Units, i: int, is_own: bool, out: Any) -> None:
    """Write what a unit holds, makes and belongs to; what others make is not known.

    Args:
        units: (slots,) UNIT_DTYPE of the engine's state.
        i: the unit's slot.
        is_own: whether the player's own units are asked about.
        out: WIRE_UNIT_DTYPE record.
    """
    v = units[i]
    flags = np.int64(out["flags"])
    if v.is_unpowered:
        flags &= ~FLAG_POWERED
    if v.flies and UNIT_TYPES[v.type].building:
        flags |= FLAG_LIFTED
    if v.order == ORDER_RESEARCH_TECH:
        flags |= FLAG_RESEARCHING
    if v.order == ORDER_UPGRADE:
        flags |= FLAG_UPGRADING
    out["flags"] = np.uint64(flags)
    if PRODUCTION[v.type].is_resource_container:
        out.resources = v.resources
    if not is_own:
        return
    if v.order == ORDER_RESEARCH_TECH:
        out.buildTechUpgradeType = v.tech
        out.remainingUpgradeResearchTime = v.research_frames
    elif v.order == ORDER_UPGRADE:
        out.buildTechUpgradeType = v.upgrade
        out.remainingUpgradeResearchTime = v.research_frames
    build_type = _build_type(units, v)
    if build_type != NO_TYPE:
        out.buildTechUpgradeType = build_type
    out.remainingBuildTrainTime = _remaining_frames(units, v, build_type)
    out.associatedCount = v.spider_mines
    if v.type in (CARRIER, REAVER):
        out.associatedCount += v.num_fighters
    other = v.addon if not PRODUCTION[v.type].is_addon else NO_SLOT
    if other == NO_SLOT:
        other = v.home if v.type == LARVA else v.container
    if other != NO_SLOT:
        out.associatedUnit = other + SLOTS_PER_GENERATION * units[other].generation
