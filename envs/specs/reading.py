"""What encoders and decoders read off the units of a Frame: flags, orders, distances, who can attack whom."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import length, whole
from engine.core.frame import UnitFlag
from engine.core.jit import inline

FLAG_STARTING_ATTACK: Final = int(UnitFlag.STARTING_ATTACK)
FLAG_ATTACK_FRAME: Final = int(UnitFlag.ATTACK_FRAME)
FLAG_FLYING: Final = int(UnitFlag.FLYING)
FLAG_MORPHING: Final = int(UnitFlag.MORPHING)
FLAG_CLOAKED: Final = int(UnitFlag.CLOAKED)
FLAG_DETECTED: Final = int(UnitFlag.DETECTED)
FLAG_CARRYING_GAS: Final = int(UnitFlag.CARRYING_GAS)
FLAG_CARRYING_MINERALS: Final = int(UnitFlag.CARRYING_MINERALS)
FLAG_COMPLETED: Final = int(UnitFlag.COMPLETED)
FLAG_CONSTRUCTING: Final = int(UnitFlag.CONSTRUCTING)
FLAG_GATHERING_GAS: Final = int(UnitFlag.GATHERING_GAS)
FLAG_GATHERING_MINERALS: Final = int(UnitFlag.GATHERING_MINERALS)
FLAG_IDLE: Final = int(UnitFlag.IDLE)

ORDER_STOP: Final = 1  # BWAPI Order ids
ORDER_GUARD: Final = 2
ORDER_PLAYER_GUARD: Final = 3
ORDER_MOVE: Final = 6
ORDER_ATTACK_UNIT: Final = 10
ORDER_ATTACK_FIXED_RANGE: Final = 11
ORDER_ATTACK_MOVE: Final = 14
ORDER_CONSTRUCTING_BUILDING: Final = 33

HELD: Final = np.uint64(sum(1 << flag for flag in (UnitFlag.LOCKED_DOWN, UnitFlag.MAELSTROMMED, UnitFlag.STASISED)))
"""Flags of who can do nothing."""


@inline
def clipped(value: float) -> float:
    """Return `value` limited to [-1, 1]."""
    return min(1.0, max(-1.0, value))


@inline
def circle_gap(ax: int, ay: int, bx: int, by: int, radii: int) -> int:
    """Return the distance between two units' edges where units are circles, pixels."""
    across = whole(bx) - ax
    down = whole(by) - ay
    return max(0, whole(math.sqrt(across * across + down * down)) - radii)


@inline
def box_gap(a: np.void, b: np.void, types: NDArray[np.void]) -> int:
    """Return the distance between two units' edges, pixels, as their game measures ranges: of boxes, or of circles."""
    type_a = types[a["type"]]
    type_b = types[b["type"]]
    if type_a["radius_px"] > 0:
        return circle_gap(a["x"], a["y"], b["x"], b["y"], type_a["radius_px"] + type_b["radius_px"])
    dx = max(
        0,
        (b["x"] - type_b["left"]) - (a["x"] + type_a["right"] + 1),
        (a["x"] - type_a["left"]) - (b["x"] + type_b["right"] + 1),
    )
    dy = max(
        0,
        (b["y"] - type_b["up"]) - (a["y"] + type_a["down"] + 1),
        (a["y"] - type_a["up"]) - (b["y"] + type_b["down"] + 1),
    )
    return length(dx, dy)


@inline
def index_of(units: NDArray[np.void], count: int, unit_id: int) -> int:
    """Return where an id is among `count` units in ascending id, as a Frame has them; -1 if it is not among them."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if units[middle]["id"] < unit_id:
            low = middle + 1
        else:
            high = middle
    return low if low < count and units[low]["id"] == unit_id else -1


@inline
def has_flag(unit: np.void, bit: int) -> bool:
    """Say whether a bit of `UnitFlag` is set."""
    return bool((unit["flags"] >> np.uint64(bit)) & np.uint64(1))


@inline
def is_busy(unit: np.void) -> bool:
    """Say whether a unit takes no commands now: it is at work on a building, or held by a spell."""
    return bool(unit["order"] == ORDER_CONSTRUCTING_BUILDING or unit["flags"] & HELD)


@inline
def is_airborne(unit: np.void, types: NDArray[np.void]) -> bool:
    """Say whether air weapons are what hits this unit."""
    return bool(types[unit["type"]]["is_flyer"]) or has_flag(unit, FLAG_FLYING)


@inline
def can_attack(attacker: np.void, target: np.void, types: NDArray[np.void]) -> bool:
    """Say whether the attacker has a weapon against the target and the target can be aimed at."""
    if has_flag(target, FLAG_CLOAKED) and not has_flag(target, FLAG_DETECTED):
        return False
    if is_airborne(target, types):
        return bool(types[attacker["type"]]["air_range_px"] >= 0)
    return bool(types[attacker["type"]]["ground_range_px"] >= 0)


@inline
def reaches(attacker: np.void, target: np.void, gap: int, types: NDArray[np.void]) -> bool:
    """Say whether the attacker's weapon reaches the target from where both stand."""
    if not can_attack(attacker, target, types):
        return False
    kind = types[attacker["type"]]
    if is_airborne(target, types):
        return bool(kind["air_min_range_px"] <= gap <= kind["air_range_px"])
    return bool(kind["ground_min_range_px"] <= gap <= kind["ground_range_px"])
