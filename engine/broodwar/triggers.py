"""Map triggers: a pass at frame 2 and every 31 frames after it. Source: MECHANICS.md 12."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import create_unit
from engine.broodwar.order_queue import kill, set_order
from engine.broodwar.presence import remove_unit
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import NO_SLOT, ORDER_ATTACK_MOVE, ORDER_DIE
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline
from engine.core.scenario import Trigger

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Deaths = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

FIRST_PASS_FRAME: Final = 2
PASS_FRAMES: Final = 31

ALWAYS: Final = 0
ELAPSED_FRAMES: Final = 1
COMMAND: Final = 2
CONDITION_KINDS: Final = {"always": ALWAYS, "elapsed_frames": ELAPSED_FRAMES, "command": COMMAND}

AT_LEAST: Final = 0
AT_MOST: Final = 1
EXACTLY: Final = 2
COMPARISONS: Final = {"at_least": AT_LEAST, "at_most": AT_MOST, "exactly": EXACTLY}

CREATE: Final = 0
KILL: Final = 1
REMOVE: Final = 2
ORDER: Final = 3
PRESERVE: Final = 4
DEFEAT: Final = 5  # that the trigger has fired says all; nothing is left to do
ACTION_KINDS: Final = {
    "create_unit": CREATE,
    "kill_unit": KILL,
    "remove_unit": REMOVE,
    "order": ORDER,
    "preserve_trigger": PRESERVE,
    "defeat": DEFEAT,
}

ANY_UNIT: Final = -1
BUILDINGS: Final = -2

TRIGGER_DTYPE: Final = np.dtype(
    [
        ("first_condition", np.int32),
        ("num_conditions", np.int32),
        ("first_action", np.int32),
        ("num_actions", np.int32),
        ("preserved", np.int32),
    ],
    align=True,
)
CONDITION_DTYPE: Final = np.dtype(
    [
        ("kind", np.int32),
        ("comparison", np.int32),
        ("amount", np.int32),
        ("player", np.int32),
        ("unit", np.int32),
    ],
    align=True,
)
ACTION_DTYPE: Final = np.dtype(
    [
        ("kind", np.int32),
        ("player", np.int32),
        ("unit", np.int32),
        ("amount", np.int32),
        ("x", np.int32),
        ("y", np.int32),
    ],
    align=True,
)


def unit_type_id(name: str) -> int:
    """Return the id of a BWAPI UnitType name, ANY_UNIT for `any`, BUILDINGS for `buildings`.

    Raises:
        ValueError: no such type.
    """
    if name == "any":
        return ANY_UNIT
    if name == "buildings":
        return BUILDINGS
    if name not in UNIT_TYPE_NAMES:
        raise ValueError(f"no unit type {name!r}; BWAPI names are wanted, as 'Terran_Marine'")
    return UNIT_TYPE_NAMES.index(name)


def trigger_tables(triggers: tuple[Trigger, ...]) -> tuple[NDArray[np.void], NDArray[np.void], NDArray[np.void]]:
    """Return a scenario's triggers as (TRIGGER_DTYPE, CONDITION_DTYPE, ACTION_DTYPE) arrays."""
    heads: list[tuple[int, ...]] = []
    conditions: list[tuple[int, ...]] = []
    actions: list[tuple[int, ...]] = []
    for trigger in triggers:
        preserved = any(action.kind == "preserve_trigger" for action in trigger.actions)
        heads.append((len(conditions), len(trigger.conditions), len(actions), len(trigger.actions), int(preserved)))
        for condition in trigger.conditions:
            comparison = COMPARISONS[condition.comparison]
            unit = unit_type_id(condition.unit)
            conditions.append((CONDITION_KINDS[condition.kind], comparison, condition.amount, condition.player, unit))
        for action in trigger.actions:
            unit = unit_type_id(action.unit)
            actions.append((ACTION_KINDS[action.kind], action.player, unit, action.amount, action.x, action.y))
    return (
        np.array(heads, TRIGGER_DTYPE),
        np.array(conditions, CONDITION_DTYPE),
        np.array(actions, ACTION_DTYPE),
    )


@inline
def _is_meant(u: Any, player: int, unit: int) -> bool:
    if u.player != player:
        return False
    return bool(unit == ANY_UNIT or u.type == unit or (unit == BUILDINGS and UNIT_TYPES[u.type].building))


@inline
def _count(units: Units, game: Game, index: Index, player: int, unit: int) -> int:
    count = 0
    for k in range(game.num_units):
        if _is_meant(units[index[k]], player, unit):
            count += 1
    return count


@inline
def _holds(units: Units, game: Game, index: Index, c: Any) -> bool:
    if c.kind == ALWAYS:
        return True
    value = game.frame if c.kind == ELAPSED_FRAMES else _count(units, game, index, c.player, c.unit)
    if c.comparison == AT_LEAST:
        return bool(value >= c.amount)
    if c.comparison == AT_MOST:
        return bool(value <= c.amount)
    return bool(value == c.amount)


@inline
def _act(
    units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, deaths: Deaths, action: Any
) -> None:
    kind = action.kind
    if kind == CREATE:
        for _ in range(action.amount):
            create_unit(
                units, game, index, terrain,
                whole(action.unit), whole(action.player), whole(action.x), whole(action.y), -1,
            )  # fmt: skip
    elif kind in (KILL, REMOVE, ORDER):
        k = 0
        while k < game.num_units:
            i = whole(index[k])
            k += 1
            u = units[i]
            if u.order == ORDER_DIE or not _is_meant(u, action.player, action.unit):
                continue
            if kind == KILL:
                kill(units, game, i)
            elif kind == REMOVE:
                remove_unit(units, bullets, game, index, deaths, i)
                k -= 1
            elif UNIT_TYPES[u.type].can_move:
                set_order(units, game, i, ORDER_ATTACK_MOVE, NO_SLOT, whole(action.x), whole(action.y))


@inline
def run_triggers(
    units: Units,
    bullets: Bullets,
    game: Game,
    index: Index,
    terrain: Terrain,
    deaths: Deaths,
    done: NDArray[np.bool_],
    triggers: NDArray[np.void],
    conditions: NDArray[np.void],
    actions: NDArray[np.void],
) -> None:
    """Test all triggers and run the actions of those that hold, if this frame has a pass.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        deaths: (players, D) int32.
        done: (triggers,) bool, which have fired for good.
        triggers: (triggers,) TRIGGER_DTYPE.
        conditions: CONDITION_DTYPE.
        actions: ACTION_DTYPE.
    """
    if game.trigger_timer > 0:
        game.trigger_timer -= 1
        return
    game.trigger_timer = PASS_FRAMES - 1
    for k in range(len(triggers)):
        if done[k]:
            continue
        t = triggers[k]
        holds = True
        for c in range(t.first_condition, t.first_condition + t.num_conditions):
            if not _holds(units, game, index, conditions[c]):
                holds = False
                break
        if not holds:
            continue
        if not t.preserved:
            done[k] = True
        for a in range(t.first_action, t.first_action + t.num_actions):
            _act(units, bullets, game, index, terrain, deaths, actions[a])
