"""May this unit be told that now? BWAPI's own checks, in its order, for what the engine's units can do.

Source: BWAPI 4.2 (Shared/Templates.h, `canIssueCommand`), error numbers as in `constants.json`. What the engine cannot
do yet (build, train, research, cast, carry) is refused as BWAPI refuses it to a unit that is no worker, factory or
transport; the list of these is in `docs/torchcraft.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from engine.broodwar.rules_table import NO_WEAPON, UNIT_TYPES, unit_type_id
from engine.core.frame import UnitCommandType


class Refusal(IntEnum):
    """BWAPI's error numbers, those that occur."""

    UNIT_DOES_NOT_EXIST = 0
    UNIT_NOT_VISIBLE = 1
    UNIT_NOT_OWNED = 2
    UNIT_BUSY = 3
    INCOMPATIBLE_UNIT_TYPE = 4
    INCOMPATIBLE_STATE = 6
    INSUFFICIENT_TECH = 15
    UNABLE_TO_HIT = 22
    INVALID_PARAMETER = 25
    UNKNOWN = 27


MEDIC: Final = unit_type_id("Terran_Medic")

NEVER_COMMANDED: Final = frozenset(
    unit_type_id(name)
    for name in ("Protoss_Interceptor", "Terran_Vulture_Spider_Mine", "Spell_Scanner_Sweep", "Special_Map_Revealer")
)

NEVER_TARGETED: Final = frozenset(
    unit_type_id(name)
    for name in ("Spell_Scanner_Sweep", "Spell_Dark_Swarm", "Spell_Disruption_Web", "Special_Map_Revealer")
)

UNSUPPORTED: Final[Mapping[int, Refusal]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *(UnitCommandType.BUILD, UnitCommandType.BUILD_ADDON, UnitCommandType.TRAIN, UnitCommandType.MORPH),
                *(UnitCommandType.RESEARCH, UnitCommandType.UPGRADE, UnitCommandType.SET_RALLY_POSITION),
                *(UnitCommandType.SET_RALLY_UNIT, UnitCommandType.GATHER, UnitCommandType.RETURN_CARGO),
                *(UnitCommandType.REPAIR, UnitCommandType.UNBURROW, UnitCommandType.DECLOAK, UnitCommandType.UNSIEGE),
                *(UnitCommandType.LIFT, UnitCommandType.LAND, UnitCommandType.LOAD, UnitCommandType.PLACE_COP),
            ),
            Refusal.INCOMPATIBLE_UNIT_TYPE,
        ),
        **dict.fromkeys(
            (
                *(UnitCommandType.BURROW, UnitCommandType.CLOAK, UnitCommandType.SIEGE, UnitCommandType.USE_TECH),
                *(UnitCommandType.USE_TECH_POSITION, UnitCommandType.USE_TECH_UNIT),
            ),
            Refusal.INSUFFICIENT_TECH,
        ),
        **dict.fromkeys(
            (UnitCommandType.UNLOAD, UnitCommandType.UNLOAD_ALL, UnitCommandType.UNLOAD_ALL_POSITION),
            Refusal.UNIT_DOES_NOT_EXIST,
        ),
        **dict.fromkeys(
            (
                *(UnitCommandType.HALT_CONSTRUCTION, UnitCommandType.CANCEL_CONSTRUCTION, UnitCommandType.CANCEL_ADDON),
                *(UnitCommandType.CANCEL_TRAIN, UnitCommandType.CANCEL_TRAIN_SLOT, UnitCommandType.CANCEL_MORPH),
                *(UnitCommandType.CANCEL_RESEARCH, UnitCommandType.CANCEL_UPGRADE),
            ),
            Refusal.INCOMPATIBLE_STATE,
        ),
    }
)
"""What is answered to commands that mean nothing to the engine's units."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A living unit, as far as the checks ask.

    Attributes:
        slot: where the engine keeps it: two subjects of one slot are one unit.
        type: BWAPI UnitType id.
        player: owner.
        flies: whether only weapons against air hit it.
    """

    slot: int
    type: int
    player: int
    flies: bool

    @property
    def kind(self) -> np.void:
        """Its row of the rules."""
        row: np.void = UNIT_TYPES[self.type]
        return row


def refusal(unit: Subject, player: int, command: int, target: Subject | None) -> Refusal | None:
    """Return why a living unit may not be told this, None if it may.

    Args:
        unit: who is told.
        player: who tells it.
        command: UnitCommandType; any integer.
        target: a unit that the player sees, None for no unit.
    """
    if unit.player != player:
        return Refusal.UNIT_NOT_OWNED
    if unit.type in NEVER_COMMANDED:
        return Refusal.INCOMPATIBLE_UNIT_TYPE
    check = _CHECKS.get(command)
    if check is not None:
        return check(unit, target)
    return UNSUPPORTED.get(command, Refusal.UNKNOWN)


def _moves(unit: Subject) -> Refusal | None:
    return None if unit.kind["can_move"] else Refusal.INCOMPATIBLE_UNIT_TYPE


def _attacks(unit: Subject) -> Refusal | None:
    kind = unit.kind
    has_weapon = kind["ground_weapon"] != NO_WEAPON or kind["air_weapon"] != NO_WEAPON
    return None if has_weapon else Refusal.UNABLE_TO_HIT


def _is_target(target: Subject | None) -> Refusal | None:
    if target is None:
        return Refusal.UNIT_DOES_NOT_EXIST
    return Refusal.INCOMPATIBLE_UNIT_TYPE if target.type in NEVER_TARGETED else None


def _hits(unit: Subject, target: Subject) -> Refusal | None:
    if target.kind["invincible"]:
        return Refusal.UNABLE_TO_HIT
    if unit.kind["air_weapon" if target.flies else "ground_weapon"] == NO_WEAPON:
        return Refusal.UNABLE_TO_HIT
    return Refusal.INVALID_PARAMETER if unit.slot == target.slot else None


def _can_attack_move(unit: Subject, target: Subject | None) -> Refusal | None:
    return _first(_attacks(unit) if unit.type != MEDIC else None, _moves(unit))


def _can_attack_unit(unit: Subject, target: Subject | None) -> Refusal | None:
    why = _first(_attacks(unit), _is_target(target))
    return why if why is not None or target is None else _hits(unit, target)


def _can_move(unit: Subject, target: Subject | None) -> Refusal | None:
    return _moves(unit)


def _can_stop(unit: Subject, target: Subject | None) -> Refusal | None:
    kind = unit.kind
    return Refusal.INCOMPATIBLE_STATE if kind["building"] and not kind["can_attack"] else None


def _can_follow(unit: Subject, target: Subject | None) -> Refusal | None:
    why = _first(_moves(unit), _is_target(target))
    if why is not None or target is None:
        return why
    return Refusal.INVALID_PARAMETER if unit.slot == target.slot else None


def _can_right_click_position(unit: Subject, target: Subject | None) -> Refusal | None:
    return None if _moves(unit) is None else Refusal.INCOMPATIBLE_STATE


def _can_right_click_unit(unit: Subject, target: Subject | None) -> Refusal | None:
    if _moves(unit) is not None and _attacks(unit) is not None:
        return Refusal.INCOMPATIBLE_STATE
    why = _is_target(target)
    if why is not None or target is None:
        return why
    if target.player != unit.player:
        why = _first(_attacks(unit), _hits(unit, target))
        if why is not None:
            return why
    return None if _can_follow(unit, target) is None else Refusal.INCOMPATIBLE_STATE


_CHECKS: Final = MappingProxyType(
    {
        int(UnitCommandType.ATTACK_MOVE): _can_attack_move,
        int(UnitCommandType.ATTACK_UNIT): _can_attack_unit,
        int(UnitCommandType.MOVE): _can_move,
        int(UnitCommandType.PATROL): _can_move,
        int(UnitCommandType.HOLD_POSITION): _can_move,
        int(UnitCommandType.STOP): _can_stop,
        int(UnitCommandType.FOLLOW): _can_follow,
        int(UnitCommandType.RIGHT_CLICK_POSITION): _can_right_click_position,
        int(UnitCommandType.RIGHT_CLICK_UNIT): _can_right_click_unit,
    }
)
"""What the engine can do, with BWAPI's condition for it."""


def _first(*reasons: Refusal | None) -> Refusal | None:
    return next((reason for reason in reasons if reason is not None), None)
