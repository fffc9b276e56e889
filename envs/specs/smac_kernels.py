"""The kernels of `smac`: who is which agent, what each may do, what is shown, what is sent.

Arguments that they share:
    marked: (rows,) bool, which rows are written.
    units: (rows, capacity) UNIT_DTYPE.
    types: (types,) TYPE_DTYPE.
    slots: (rows, slots) SLOT_DTYPE.
    order: (rows, agents) int32, the slot that each agent sits in: what `order_agents` writes.
    walkable: (cells down, cells across) bool.
    num_own: agents.
    facts, type_bits, own_shield, enemy_shield: as of `SmacLayout`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel
from envs.specs.smac_layout import (
    FIRST_ATTACK,
    FIRST_MOVE,
    HEAL,
    LOOK_PX,
    MOST_COOLDOWNS,
    MOVE_PX,
    MOVES,
    NO_OP,
    NUM_MOVES,
    SHOOT_PX,
    SIGHT_PX,
    STOP,
)

_ATTACK_UNIT: Final = int(UnitCommandType.ATTACK_UNIT)
_MOVE: Final = int(UnitCommandType.MOVE)
_STOP: Final = int(UnitCommandType.STOP)
_USE_TECH_UNIT: Final = int(UnitCommandType.USE_TECH_UNIT)


@kernel
def order_agents(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    rows: NDArray[np.void],
    facts: NDArray[np.int32],
    num_own: int,
    order: NDArray[np.int32],
) -> None:
    """Write which slot each agent of a battle that has just begun sits in: agents by type, x, y (y upwards).

    Args, beside the shared ones:
        rows: (rows,) BATTLE_DTYPE.
        order: (rows, agents) int32, overwritten where a battle begins.
    """
    for r in range(slots.shape[0]):
        if not marked[r] or rows[r]["tracked_frame"] != rows[r]["start_frame"]:
            continue
        for s in range(num_own):
            at = s
            k = slots[r, s]["index"]
            while at > 0 and k >= 0:
                h = slots[r, order[r, at - 1]]["index"]
                if h < 0:
                    break
                u = units[r, k]
                v = units[r, h]
                mine = facts[types[u["type"]]["column"], 0]
                theirs = facts[types[v["type"]]["column"], 0]
                if theirs < mine or (theirs == mine and v["x"] < u["x"]):
                    break
                if theirs == mine and v["x"] == u["x"] and v["y"] >= u["y"]:
                    break
                order[r, at] = order[r, at - 1]
                at -= 1
            order[r, at] = s


@inline
def _apart(a: np.void, b: np.void) -> float:
    dx = float(b["x"]) - a["x"]
    dy = float(b["y"]) - a["y"]
    return math.sqrt(dx * dx + dy * dy)


@inline
def _may_move(unit: np.void, walkable: NDArray[np.bool_], d: int) -> bool:
    x = unit["x"] + MOVES[d, 0] * LOOK_PX
    y = unit["y"] + MOVES[d, 1] * LOOK_PX
    if x < 0 or y < 0 or x >= walkable.shape[1] * BUILD_TILE_PX or y >= walkable.shape[0] * BUILD_TILE_PX:
        return False
    return bool(walkable[y // BUILD_TILE_PX, x // BUILD_TILE_PX])


@inline
def _target_of(
    units: NDArray[np.void],
    types: NDArray[np.void],
    here: NDArray[np.void],
    order: NDArray[np.int32],
    num_own: int,
    a: int,
    j: int,
) -> int:
    """Return where in the units the target of agent a's choice 6 + j is, -1 if it may not choose it now."""
    k = here[order[a]]["index"]
    if k < 0:
        return -1
    unit = units[k]
    if types[unit["type"]]["heals"]:
        if j >= num_own:
            return -1
        h = here[order[j]]["index"]
        if h < 0 or types[units[h]["type"]]["heals"]:
            return -1
    else:
        if num_own + j >= len(here):
            return -1
        h = here[num_own + j]["index"]
        if h < 0:
            return -1
    return h if _apart(unit, units[h]) <= SHOOT_PX else -1


@kernel
def mask_agents(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    order: NDArray[np.int32],
    walkable: NDArray[np.bool_],
    num_own: int,
    out: NDArray[np.bool_],
) -> None:
    """Write SMAC's available actions of the marked rows.

    Args, beside the shared ones:
        out: (rows, agents * choices) bool, overwritten.
    """
    num_enemy = slots.shape[1] - num_own
    choices = FIRST_ATTACK + num_enemy
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        for a in range(num_own):
            base = a * choices
            out[r, base : base + choices] = False
            k = slots[r, order[r, a]]["index"]
            if k < 0:
                out[r, base + NO_OP] = True
                continue
            out[r, base + STOP] = True
            for d in range(NUM_MOVES):
                out[r, base + FIRST_MOVE + d] = _may_move(units[r, k], walkable, d)
            for j in range(num_enemy):
                h = _target_of(units[r], types, slots[r], order[r], num_own, a, j)
                out[r, base + FIRST_ATTACK + j] = h >= 0


@kernel
def decode_agents(
    actions: NDArray[np.int64],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    order: NDArray[np.int32],
    walkable: NDArray[np.bool_],
    num_own: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands; drop and count the choices that are not available.

    Args, beside the shared ones:
        actions: (rows, agents) int64.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    for r in range(slots.shape[0]):
        invalid[r] = 0
        for a in range(num_own):
            choice = actions[r, a]
            k = slots[r, order[r, a]]["index"]
            if k < 0 or choice == NO_OP:
                invalid[r] += (k < 0) != (choice == NO_OP)
                continue
            unit = units[r, k]
            item = items[r, count[r]]
            item["unit_id"] = unit["id"]
            item["target_id"] = NO_UNIT
            item["x"] = unit["x"]
            item["y"] = unit["y"]
            item["extra"] = 0
            if choice == STOP:
                item["type"] = _STOP
            elif choice < FIRST_ATTACK:
                d = choice - FIRST_MOVE
                if not _may_move(unit, walkable, d):
                    invalid[r] += 1
                    continue
                item["type"] = _MOVE
                item["x"] = unit["x"] + MOVES[d, 0] * MOVE_PX
                item["y"] = unit["y"] + MOVES[d, 1] * MOVE_PX
            else:
                h = _target_of(units[r], types, slots[r], order[r], num_own, a, choice - FIRST_ATTACK)
                if h < 0:
                    invalid[r] += 1
                    continue
                heals = types[unit["type"]]["heals"]
                item["type"] = _USE_TECH_UNIT if heals else _ATTACK_UNIT
                item["extra"] = HEAL if heals else 0
                item["target_id"] = units[r, h]["id"]
                item["x"] = units[r, h]["x"]
                item["y"] = units[r, h]["y"]
            count[r] += 1


@inline
def _write_other(
    out: NDArray[np.float32],
    c: int,
    first: float,
    unit: np.void,
    other: np.void,
    types: NDArray[np.void],
    has_shield: int,
    rank: int,
) -> None:
    """Write what an agent is told of another unit within its sight."""
    kind = types[other["type"]]
    out[c] = first
    out[c + 1] = _apart(unit, other) / SIGHT_PX
    out[c + 2] = (float(other["x"]) - unit["x"]) / SIGHT_PX
    out[c + 3] = (float(unit["y"]) - other["y"]) / SIGHT_PX
    out[c + 4] = other["hp"] / max(1, kind["max_hp"])
    if has_shield:
        out[c + 5] = other["shield"] / max(1, kind["max_shield"])
    if rank >= 0:
        out[c + 5 + has_shield + rank] = 1.0


@inline
def _write_own(
    out: NDArray[np.float32], c: int, unit: np.void, types: NDArray[np.void], has_shield: int, rank: int
) -> None:
    """Write what an agent is told of itself."""
    kind = types[unit["type"]]
    out[c] = unit["hp"] / max(1, kind["max_hp"])
    if has_shield:
        out[c + 1] = unit["shield"] / max(1, kind["max_shield"])
    if rank >= 0:
        out[c + 1 + has_shield + rank] = 1.0


@inline
def _write_state(
    units: NDArray[np.void],
    types: NDArray[np.void],
    here: NDArray[np.void],
    order: NDArray[np.int32],
    facts: NDArray[np.int32],
    num_own: int,
    type_bits: int,
    own_shield: int,
    enemy_shield: int,
    map_x: int,
    map_y: int,
    out: NDArray[np.float32],
) -> int:
    """Write one row's `state` but for the last actions; return the column where those begin."""
    out[:] = 0.0
    c = 0
    for s in range(len(here)):
        is_own = s < num_own
        k = here[order[s] if is_own else s]["index"]
        shield = own_shield if is_own else enemy_shield
        if k >= 0:
            unit = units[k]
            kind = types[unit["type"]]
            fact = facts[kind["column"]]
            at = c
            out[at] = unit["hp"] / max(1, kind["max_hp"])
            at += 1
            if is_own:
                wait = unit["energy"] if kind["heals"] else max(0, unit["ground_cooldown"])
                out[at] = min(wait / fact[2], MOST_COOLDOWNS)
                at += 1
            out[at] = (unit["x"] - map_x / 2) / map_x
            out[at + 1] = (map_y / 2 - unit["y"]) / map_y
            at += 2
            if shield:
                out[at] = unit["shield"] / max(1, kind["max_shield"])
                at += 1
            rank = fact[0] if is_own else fact[1]
            if type_bits and rank >= 0:
                out[at + rank] = 1.0
        c += (4 if is_own else 3) + shield + type_bits
    return c


@kernel
def encode_agents(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    order: NDArray[np.int32],
    walkable: NDArray[np.bool_],
    facts: NDArray[np.int32],
    num_own: int,
    type_bits: int,
    own_shield: int,
    enemy_shield: int,
    map_x: int,
    map_y: int,
    actions: NDArray[np.int64],
    has_acted: NDArray[np.bool_],
    obs: NDArray[np.float32],
    state: NDArray[np.float32],
) -> None:
    """Write the marked rows' `obs` and `state`.

    Args, beside the shared ones:
        map_x: width, pixels.
        map_y: height, pixels.
        actions: (rows, agents) int64, the last ones.
        has_acted: (rows,) bool: there were any in this battle.
        obs: (rows, agents, width) float32, overwritten.
        state: (rows, width) float32, overwritten.
    """
    num_enemy = slots.shape[1] - num_own
    per_enemy = 5 + enemy_shield + type_bits
    per_ally = 5 + own_shield + type_bits
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        here = slots[r]
        c = _write_state(
            units[r], types, here, order[r], facts, num_own, type_bits, own_shield, enemy_shield, map_x, map_y, state[r]
        )
        if has_acted[r]:
            for a in range(num_own):
                state[r, c + a * (FIRST_ATTACK + num_enemy) + actions[r, a]] = 1.0
        for a in range(num_own):
            out = obs[r, a]
            out[:] = 0.0
            k = here[order[r, a]]["index"]
            if k < 0:
                continue
            unit = units[r, k]
            for d in range(NUM_MOVES):
                out[d] = 1.0 if _may_move(unit, walkable, d) else 0.0
            c = NUM_MOVES
            for j in range(num_enemy):
                h = here[num_own + j]["index"]
                if h >= 0 and _apart(unit, units[r, h]) < SIGHT_PX:
                    can = _target_of(units[r], types, here, order[r], num_own, a, j) >= 0
                    rank = facts[types[units[r, h]["type"]]["column"], 1] if type_bits else -1
                    _write_other(out, c, 1.0 if can else 0.0, unit, units[r, h], types, enemy_shield, rank)
                c += per_enemy
            for b in range(num_own):
                if b == a:
                    continue
                h = here[order[r, b]]["index"]
                if h >= 0 and _apart(unit, units[r, h]) < SIGHT_PX:
                    rank = facts[types[units[r, h]["type"]]["column"], 0] if type_bits else -1
                    _write_other(out, c, 1.0, unit, units[r, h], types, own_shield, rank)
                c += per_ally
            _write_own(out, c, unit, types, own_shield, facts[types[unit["type"]]["column"], 0] if type_bits else -1)
