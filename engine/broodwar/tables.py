"""The rule tables as the kernels use them, and the animation scripts turned into operations.

The numbers are those of `rules_table`; compiled code holds them as constants.
"""

from __future__ import annotations

import csv
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import (
    ANIMATION_NAMES,
    ANIMATION_STARTS,
    ANIMATIONS,
    APPEARS_ON_SOURCE,
    APPEARS_ON_TARGET,
    ATTACKS_NEARBY_AREA,
    BOUNCES,
    DAMAGE_FACTORS_256,
    EVENTS,
    EXPLOSIONS,
    EXTENDS_TO_MAX_RANGE,
    FLIES_TO_TARGET,
    FOLLOWS_TARGET,
    IGNORES_ARMOR,
    NO_ANIMATION,
    NO_WEAPON,
    PERSISTS,
    RULES_FOLDER,
    SELF_DESTRUCTS,
    UNIT_TYPE_NAMES,
)
from engine.broodwar.rules_table import ORDER_TYPES as _ORDER_TYPES
from engine.broodwar.rules_table import UNIT_TYPES as _UNIT_TYPES
from engine.broodwar.rules_table import WEAPON_TYPES as _WEAPON_TYPES
from engine.core.jit import records

__all__ = [
    "APPEARS_ON_SOURCE",
    "APPEARS_ON_TARGET",
    "ATTACKS_NEARBY_AREA",
    "BOUNCES",
    "DAMAGE_FACTORS_256",
    "EXPLOSIONS",
    "EXTENDS_TO_MAX_RANGE",
    "FLIES_TO_TARGET",
    "FOLLOWS_TARGET",
    "IGNORES_ARMOR",
    "NO_WEAPON",
    "ORDER_TYPES",
    "PERSISTS",
    "SCRIPTS",
    "SCRIPT_STARTS",
    "SELF_DESTRUCTS",
    "TOP_SPEEDS_256",
    "UNIT_TYPES",
    "WEAPON_TYPES",
]

ORDER_TYPES: Final = records(_ORDER_TYPES)
UNIT_TYPES: Final = records(_UNIT_TYPES)
WEAPON_TYPES: Final = records(_WEAPON_TYPES)

WALK_FRAMES: Final = 32


def _top_speeds() -> NDArray[np.int32]:
    """Return each type's top speed, 1/256 px per frame; for script movers, the mean of the first walked frames."""
    speeds = _UNIT_TYPES["top_speed_256"].copy()
    for number, steps in enumerate(_UNIT_TYPES["walk_cycle"]):
        cycle = np.trim_zeros(steps, "b")
        if cycle.size:
            speeds[number] = int(np.resize(cycle, WALK_FRAMES).sum()) * 256 // WALK_FRAMES
    return speeds


TOP_SPEEDS_256: Final = _top_speeds()

SCRIPT_DTYPE: Final = np.dtype([("operation", np.int32), ("a", np.int32), ("b", np.int32)], align=True)

# Operations of a script; `a` and `b` are their arguments.
WAIT: Final = 0  # a frames
WAIT_RANDOM: Final = 1  # a to b frames
STEP: Final = 2  # a pixels are the next step's length
SHOOT: Final = 3  # with the ground weapon (a = 1), the air weapon (2) or whichever fits the target (3)
STRIKE: Final = 4  # deal melee damage
UNBREAKABLE_BEGIN: Final = 5
UNBREAKABLE_END: Final = 6
MAY_REPEAT: Final = 7  # the unit may attack again
IGNORE_REST: Final = 8  # while there is a target, wait here
GO_TO: Final = 9  # operation a
END: Final = 10
GO_TO_BY_CHANCE: Final = 11  # operation b, if a random byte is <= a
TURN: Final = 12  # by a * 8, signed
TURN_RANDOM: Final = 13  # by a * 8, either way
SHOOT_AHEAD: Final = 15  # with the ground weapon, a pixels before the unit
ROLL: Final = 14  # a random number for something that this engine does not show (a sound)

SHOOTS_WHAT_FITS: Final = 3

_OPERATIONS: Final = {
    "waitrand": WAIT_RANDOM,
    "move": STEP,
    "attackwith": SHOOT,
    "attkshiftproj": SHOOT_AHEAD,
    "attack": SHOOT,
    "attackmelee": STRIKE,
    "nobrkcodestart": UNBREAKABLE_BEGIN,
    "nobrkcodeend": UNBREAKABLE_END,
    "gotorepeatattk": MAY_REPEAT,
    "ignorerest": IGNORE_REST,
    "end": END,
}

_STANDING_OPERATIONS: Final = {
    "wait": WAIT,
    "wait_random": WAIT_RANDOM,
    "go_to": GO_TO,
    "go_to_by_chance": GO_TO_BY_CHANCE,
    "turn": TURN,
    "turn_random": TURN_RANDOM,
    "roll": ROLL,
    "shoot": SHOOT,
    "shoot_ahead": SHOOT_AHEAD,
    "unbreakable_begin": UNBREAKABLE_BEGIN,
    "unbreakable_end": UNBREAKABLE_END,
    "may_repeat": MAY_REPEAT,
    "ignore_rest": IGNORE_REST,
}
"""Operations of `rules/standing.csv`: what units do with their bodies while they stand, which `animations.csv` lacks,
random rolls that precede an animation's own events, and attacks whose events the game keeps in other pictures' scripts
(those of flames, of a turret on its tower, of an archon's glow)."""

Operation = tuple[int, int, int]


_ONCE: Final = ("GndAttkInit", "AirAttkInit", "GndAttkRpt", "AirAttkRpt", "CastSpell")
HAPPENS_ONCE: Final = tuple(ANIMATION_NAMES.index(name) for name in _ONCE)


def _operations(rows: NDArray[np.void], first: int) -> list[Operation]:
    """Return one animation as operations, the first of which will have the number `first`.

    The table gives each event with the sum of the waits before it, random ones at their shortest. An attack
    happens once: its loop, a picture that goes on, goes back behind the events of its wait.
    """
    operations: list[Operation] = []
    at_wait: dict[int, int] = {}
    behind_wait: dict[int, int] = {}
    once = int(rows["animation"][0]) in HAPPENS_ONCE
    waited = 0
    columns = (rows[field].tolist() for field in ("event", "wait_frames", "args"))
    for number, frames, (a, b, *_) in zip(*columns, strict=True):
        event = EVENTS[number]
        if frames > waited:
            behind_wait.setdefault(waited, first + len(operations))
            operations.append((WAIT, frames - waited, 0))
            waited = frames
        if event == "loop_to":
            operations.append((GO_TO, (behind_wait if once else at_wait).get(a, first), 0))
            break
        at_wait.setdefault(waited, first + len(operations))
        if event in _OPERATIONS:
            operations.append((_OPERATIONS[event], SHOOTS_WHAT_FITS if event == "attack" else a, b))
        if event == "waitrand":
            behind_wait.setdefault(waited, first + len(operations) - 1)
            waited += a
    operations.append((END, 0, 0))
    return operations


def _standing() -> dict[tuple[int, int], list[Operation]]:
    """Return the operations of `rules/standing.csv` by unit type and animation; jumps count from their own first."""
    scripts: dict[tuple[int, int], list[Operation]] = {}
    with (RULES_FOLDER / "standing.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            key = UNIT_TYPE_NAMES.index(row["unit"]), ANIMATION_NAMES.index(row["animation"])
            operation = _STANDING_OPERATIONS[row["operation"]]
            scripts.setdefault(key, []).append((operation, int(row["a"]), int(row["b"])))
    return scripts


def _moved(operation: Operation, by: int) -> Operation:
    """Return an operation whose jump, if it is one, goes `by` operations further."""
    kind, a, b = operation
    if kind == GO_TO:
        return kind, a + by, b
    if kind == GO_TO_BY_CHANCE:
        return kind, a, b + by
    return operation


def _scripts() -> tuple[NDArray[np.void], NDArray[np.int32]]:
    standing = _standing()
    starts = np.full(ANIMATION_STARTS.shape, -1, np.int32)
    operations: list[Operation] = []
    indexes = ANIMATIONS["index"].tolist()
    known = set(zip(*(axis.tolist() for axis in np.nonzero(ANIMATION_STARTS != NO_ANIMATION)), strict=True))
    for unit, animation in sorted(known | set(standing)):
        starts[unit, animation] = len(operations)
        extra = standing.get((unit, animation), [])
        whole = any(kind != ROLL for kind, _, _ in extra)
        operations += [_moved(operation, len(operations)) for operation in extra]
        if (unit, animation) not in known or whole:
            operations.append((END, 0, 0))
            continue
        begin = int(ANIMATION_STARTS[unit, animation])
        end = begin + 1
        while end < len(ANIMATIONS) and indexes[end] > 0:
            end += 1
        operations += _operations(ANIMATIONS[begin:end], len(operations))
    return records(np.array(operations, SCRIPT_DTYPE)), starts


_built = _scripts()

SCRIPTS: Final = _built[0]
"""Operations of all scripts, one after another (SCRIPT_DTYPE)."""

SCRIPT_STARTS: Final = _built[1]
"""(unit types, animations) int32: number of a script's first operation, -1 where a type has none."""
