"""The kernels of `units` and `flat`; their columns lie in the order of the declarations in `unit_fields`."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import length
from engine.core.jit import inline, kernel
from envs.specs.reading import (
    FLAG_ATTACK_FRAME,
    FLAG_CLOAKED,
    FLAG_DETECTED,
    FLAG_STARTING_ATTACK,
    ORDER_ATTACK_FIXED_RANGE,
    ORDER_ATTACK_MOVE,
    ORDER_ATTACK_UNIT,
    ORDER_GUARD,
    ORDER_MOVE,
    ORDER_PLAYER_GUARD,
    ORDER_STOP,
    circle_gap,
    clipped,
    has_flag,
    is_airborne,
)
from envs.specs.unit_fields import (
    NEAREST,
    NUM_GLOBAL_COLUMNS,
    NUM_RELATION_COLUMNS,
    NUM_UNIT_COLUMNS,
    RANGE_PX,
    RELATIVE_PX,
    VELOCITY_256,
)

(LEFT, RIGHT, TOP, BOTTOM, X, Y, IN_AIR, UNSEEN, LEAST, _, MOST, _, ID, TARGET, RADIUS) = range(15)
"""What is noted of a unit for its pairs; LEAST and MOST are its ground weapon's range, the next one each the air's."""

NOTES: Final = 15


@inline
def write_unit(
    unit: np.void,
    types: NDArray[np.void],
    durability: int,
    max_cooldown: int,
    map_x: int,
    map_y: int,
    centre_x: int,
    centre_y: int,
    out: NDArray[np.float32],
    c: int,
) -> None:
    """Write the columns of one unit that need no other unit into `out[c:]`; the four about others are left alone."""
    kind = types[unit["type"]]
    out[c] = min(1.0, unit["hp"] / max(1, kind["max_hp"]))
    out[c + 1] = min(1.0, unit["shield"] / max(1, kind["max_shield"]))
    out[c + 2] = min(1.0, unit["energy"] / max(1, kind["max_energy"]))
    out[c + 3] = min(1.0, (unit["hp"] + unit["shield"]) / durability)
    out[c + 4] = min(1.0, max(0, unit["ground_cooldown"]) / max_cooldown)
    out[c + 5] = min(1.0, max(0, unit["air_cooldown"]) / max_cooldown)
    ground_ready = kind["ground_range_px"] >= 0 and unit["ground_cooldown"] <= 0
    air_ready = kind["air_range_px"] >= 0 and unit["air_cooldown"] <= 0
    out[c + 6] = 1.0 if ground_ready or air_ready else 0.0
    out[c + 7] = 1.0 if has_flag(unit, FLAG_STARTING_ATTACK) or has_flag(unit, FLAG_ATTACK_FRAME) else 0.0
    out[c + 8] = clipped(2.0 * unit["x"] / map_x - 1.0)
    out[c + 9] = clipped(2.0 * unit["y"] / map_y - 1.0)
    out[c + 10] = clipped((unit["x"] - centre_x) / RELATIVE_PX)
    out[c + 11] = clipped((unit["y"] - centre_y) / RELATIVE_PX)
    out[c + 12] = clipped(unit["velocity_x_256"] / VELOCITY_256)
    out[c + 13] = clipped(unit["velocity_y_256"] / VELOCITY_256)
    out[c + 14] = min(1.0, max(0, kind["ground_range_px"]) / RANGE_PX)
    out[c + 15] = min(1.0, max(0, kind["air_range_px"]) / RANGE_PX)
    order = unit["order"]
    is_attacking = order in (ORDER_ATTACK_UNIT, ORDER_ATTACK_FIXED_RANGE)
    out[c + 16] = 1.0 if order in (ORDER_PLAYER_GUARD, ORDER_GUARD, ORDER_STOP) else 0.0
    out[c + 17] = 1.0 if order == ORDER_MOVE else 0.0
    out[c + 18] = 1.0 if is_attacking else 0.0
    out[c + 19] = 1.0 if order == ORDER_ATTACK_MOVE else 0.0
    out[c + NEAREST] = 1.0
    out[c + NUM_UNIT_COLUMNS + kind["column"]] = 1.0


@inline
def centre_of(
    units: NDArray[np.void], slots_of_row: NDArray[np.void], first: int, stop: int, axis: int, otherwise: int
) -> int:
    """Return the mean x (axis 0) or y (axis 1) of the units in slots first to stop; `otherwise` without any."""
    total = 0
    count = 0
    for s in range(first, stop):
        k = slots_of_row[s]["index"]
        if k >= 0:
            total += units[k]["x"] if axis == 0 else units[k]["y"]
            count += 1
    return total // count if count > 0 else otherwise


@inline
def copy_block(source: NDArray[np.float32], first: int, out: NDArray[np.float32]) -> int:
    """Copy one block of a flat observation, from column `first` on; return the column behind it."""
    for c in range(out.shape[0]):
        out[c] = source[first + c]
    return first + len(out)


@kernel
def pick_rows(
    marked: NDArray[np.bool_], source: NDArray[np.float32], columns: NDArray[np.int32], out: NDArray[np.float32]
) -> None:
    """Copy some columns of the marked rows.

    Args:
        marked: (rows,) bool.
        source: (rows, width) float32.
        columns: (n,) int32.
        out: (rows, n) float32, overwritten.
    """
    for r in range(out.shape[0]):
        if marked[r]:
            for c in range(columns.shape[0]):
                out[r, c] = source[r, columns[c]]


@inline
def note_unit(unit: np.void, types: NDArray[np.void], line: NDArray[np.int64]) -> None:
    """Note what every pair with this unit asks for: box, radius, whether and where it is hit, ranges, id, target."""
    kind = types[unit["type"]]
    line[LEFT] = unit["x"] - kind["left"]
    line[RIGHT] = unit["x"] + kind["right"] + 1
    line[TOP] = unit["y"] - kind["up"]
    line[BOTTOM] = unit["y"] + kind["down"] + 1
    line[X] = unit["x"]
    line[Y] = unit["y"]
    line[IN_AIR] = 1 if is_airborne(unit, types) else 0
    line[UNSEEN] = 1 if has_flag(unit, FLAG_CLOAKED) and not has_flag(unit, FLAG_DETECTED) else 0
    line[LEAST] = kind["ground_min_range_px"]
    line[MOST] = kind["ground_range_px"]
    line[LEAST + 1] = kind["air_min_range_px"]
    line[MOST + 1] = kind["air_range_px"]
    line[ID] = unit["id"]
    line[TARGET] = unit["target_id"]
    line[RADIUS] = kind["radius_px"]


@inline
def hits(a: NDArray[np.int64], b: NDArray[np.int64], gap: int) -> bool:
    """Say whether a weapon of `a` reaches `b`, both as noted; what has no weapon has a negative range."""
    in_air = b[IN_AIR]
    return not b[UNSEEN] and a[LEAST + in_air] <= gap <= a[MOST + in_air]


@inline
def encode_row(
    seen: NDArray[np.void],
    types: NDArray[np.void],
    here: NDArray[np.void],
    battle: np.void,
    num_own: int,
    num_types: int,
    durability: int,
    max_cooldown: int,
    max_frames: int,
    map_x: int,
    map_y: int,
    row: NDArray[np.float32],
    notes: NDArray[np.int64],
) -> None:
    """Write one row's flat observation; arguments as those of `encode_rows`, of this row, and (slots, NOTES) notes."""
    num_slots = here.shape[0]
    num_enemy = num_slots - num_own
    width = NUM_UNIT_COLUMNS + num_types
    at_mask = num_slots * width
    at_global = at_mask + num_slots
    at_relations = at_global + NUM_GLOBAL_COLUMNS
    row[:] = 0.0
    own_x = centre_of(seen, here, 0, num_own, 0, map_x // 2)
    own_y = centre_of(seen, here, 0, num_own, 1, map_y // 2)
    enemy_x = centre_of(seen, here, num_own, num_slots, 0, own_x)
    enemy_y = centre_of(seen, here, num_own, num_slots, 1, own_y)
    for s in range(num_slots):
        k = here[s]["index"]
        if k < 0:
            continue
        row[at_mask + s] = 1.0
        write_unit(seen[k], types, durability, max_cooldown, map_x, map_y, own_x, own_y, row, s * width)
        note_unit(seen[k], types, notes[s])
    for i in range(num_own):
        if here[i]["index"] < 0:
            continue
        unit = notes[i]
        for j in range(num_enemy):
            if here[num_own + j]["index"] < 0:
                continue
            other = notes[num_own + j]
            dx = max(0, other[LEFT] - unit[RIGHT], unit[LEFT] - other[RIGHT])
            dy = max(0, other[TOP] - unit[BOTTOM], unit[TOP] - other[BOTTOM])
            gap = length(dx, dy)
            if unit[RADIUS] > 0:  # a game of circles
                gap = circle_gap(unit[X], unit[Y], other[X], other[Y], unit[RADIUS] + other[RADIUS])
            near = min(1.0, gap / RELATIVE_PX)
            own_reaches = hits(unit, other, gap)
            enemy_reaches = hits(other, unit, gap)
            own_targets = unit[TARGET] == other[ID]
            enemy_targets = other[TARGET] == unit[ID]
            c = at_relations + (i * num_enemy + j) * NUM_RELATION_COLUMNS
            row[c] = clipped((other[X] - unit[X]) / RELATIVE_PX)
            row[c + 1] = clipped((other[Y] - unit[Y]) / RELATIVE_PX)
            row[c + 2] = near
            row[c + 3] = 1.0 if own_reaches else 0.0
            row[c + 4] = 1.0 if enemy_reaches else 0.0
            row[c + 5] = 1.0 if own_targets else 0.0
            row[c + 6] = 1.0 if enemy_targets else 0.0
            a = i * width + NEAREST
            b = (num_own + j) * width + NEAREST
            row[a] = min(row[a], near)
            row[b] = min(row[b], near)
            if own_reaches:
                row[a + 1] += 1.0
                row[b + 2] += 1.0
            if enemy_reaches:
                row[a + 2] += 1.0
                row[b + 1] += 1.0
            if own_targets:
                row[b + 3] += 1.0
            if enemy_targets:
                row[a + 3] += 1.0
    for s in range(num_slots):
        others = num_enemy if s < num_own else num_own
        for c in range(s * width + NEAREST + 1, s * width + NUM_UNIT_COLUMNS):
            row[c] /= others
    row[at_global] = min(1.0, max(0, battle["tracked_frame"] - battle["start_frame"]) / max_frames)
    row[at_global + 1] = battle["own_units"] / max(1, battle["own_start_units"])
    row[at_global + 2] = battle["enemy_units"] / max(1, battle["enemy_start_units"])
    row[at_global + 3] = min(1.0, battle["own_points"] / max(1, battle["own_start_points"]))
    row[at_global + 4] = min(1.0, battle["enemy_points"] / max(1, battle["enemy_start_points"]))
    row[at_global + 5] = clipped(2.0 * own_x / map_x - 1.0)
    row[at_global + 6] = clipped(2.0 * own_y / map_y - 1.0)
    row[at_global + 7] = clipped((enemy_x - own_x) / RELATIVE_PX)
    row[at_global + 8] = clipped((enemy_y - own_y) / RELATIVE_PX)


@kernel
def encode_rows(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    rows: NDArray[np.void],
    num_own: int,
    num_types: int,
    durability: int,
    max_cooldown: int,
    max_frames: int,
    map_x: int,
    map_y: int,
    notes: NDArray[np.int64],
    flat: NDArray[np.float32],
    own: NDArray[np.float32],
    enemy: NDArray[np.float32],
    own_mask: NDArray[np.float32],
    enemy_mask: NDArray[np.float32],
    whole_battle: NDArray[np.float32],
    relations: NDArray[np.float32],
) -> None:
    """Write each marked row's observation: as one vector, or block by block.

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE, in step with `units`.
        rows: (rows,) BATTLE_DTYPE.
        num_own: own slots.
        num_types: types of the scenario.
        durability: points of the toughest type.
        max_cooldown: frames of the longest reload.
        max_frames: limit of an episode.
        map_x: width, pixels.
        map_y: height, pixels.
        notes: (slots, NOTES) int64, scratch.
        flat: (rows, width) float32, overwritten; for blocks (1, width): scratch.
        own: (rows, size) float32, overwritten; (0, 0) where no blocks are wanted. Likewise all that follow, which are
            the blocks in the order of their declaration.
        enemy: likewise.
        own_mask: likewise.
        enemy_mask: likewise.
        whole_battle: likewise.
        relations: likewise.
    """
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        row = flat[min(r, flat.shape[0] - 1)]
        encode_row(
            units[r],
            types,
            slots[r],
            rows[r],
            num_own,
            num_types,
            durability,
            max_cooldown,
            max_frames,
            map_x,
            map_y,
            row,
            notes,
        )
        if own.shape[0] > 0:
            at = copy_block(row, 0, own[r])
            at = copy_block(row, at, enemy[r])
            at = copy_block(row, at, own_mask[r])
            at = copy_block(row, at, enemy_mask[r])
            at = copy_block(row, at, whole_battle[r])
            copy_block(row, at, relations[r])
