"""The rule tables as the kernels use them, and the animation scripts turned into operations.

The numbers are those of `rules_table`; compiled code holds them as constants.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import (
    ANIMATION_STARTS,
    ANIMATIONS,
    APPEARS_ON_TARGET,
    DAMAGE_FACTORS_256,
    EVENTS,
    FLIES_TO_TARGET,
    FOLLOWS_TARGET,
    IGNORES_ARMOR,
    NO_ANIMATION,
    NO_WEAPON,
    ORDER_TYPES,
    UNIT_TYPES,
    WEAPON_TYPES,
)

__all__ = [
    "APPEARS_ON_TARGET",
    "DAMAGE_FACTORS_256",
    "FLIES_TO_TARGET",
    "FOLLOWS_TARGET",
    "IGNORES_ARMOR",
    "NO_WEAPON",
    "ORDER_TYPES",
    "SCRIPTS",
    "SCRIPT_STARTS",
    "UNIT_TYPES",
    "WEAPON_TYPES",
]

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

SHOOTS_WHAT_FITS: Final = 3

_OPERATIONS: Final = {
    "waitrand": WAIT_RANDOM,
    "move": STEP,
    "attackwith": SHOOT,
    "attack": SHOOT,
    "attackmelee": STRIKE,
    "nobrkcodestart": UNBREAKABLE_BEGIN,
    "nobrkcodeend": UNBREAKABLE_END,
    "gotorepeatattk": MAY_REPEAT,
    "ignorerest": IGNORE_REST,
    "end": END,
}

Operation = tuple[int, int, int]


def _operations(rows: NDArray[np.void], first: int) -> list[Operation]:
    """Return one animation as operations, the first of which will have the number `first`.

    The table gives each event with the sum of the waits before it, random ones at their shortest.
    """
    operations: list[Operation] = []
    at_wait: dict[int, int] = {}
    waited = 0
    for row in rows:
        event = EVENTS[row["event"]]
        frames = int(row["wait_frames"])
        a, b = int(row["args"][0]), int(row["args"][1])
        if frames > waited:
            operations.append((WAIT, frames - waited, 0))
            waited = frames
        if event == "loop_to":
            operations.append((GO_TO, at_wait.get(a, first), 0))
            break
        at_wait.setdefault(waited, first + len(operations))
        if event in _OPERATIONS:
            operations.append((_OPERATIONS[event], SHOOTS_WHAT_FITS if event == "attack" else a, b))
        if event == "waitrand":
            waited += a
    operations.append((END, 0, 0))
    return operations


def _scripts() -> tuple[NDArray[np.void], NDArray[np.int32]]:
    starts = np.full(ANIMATION_STARTS.shape, -1, np.int32)
    operations: list[Operation] = []
    for unit, animation in zip(*np.nonzero(ANIMATION_STARTS != NO_ANIMATION), strict=True):
        begin = int(ANIMATION_STARTS[unit, animation])
        end = begin + 1
        while end < len(ANIMATIONS) and ANIMATIONS["index"][end] > 0:
            end += 1
        starts[unit, animation] = len(operations)
        operations += _operations(ANIMATIONS[begin:end], len(operations))
    return np.array(operations, SCRIPT_DTYPE), starts


_built = _scripts()

SCRIPTS: Final = _built[0]
"""Operations of all scripts, one after another (SCRIPT_DTYPE)."""

SCRIPT_STARTS: Final = _built[1]
"""(unit types, animations) int32: number of a script's first operation, -1 where a type has none."""
