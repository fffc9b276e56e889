"""The encoders of `units` and `planes` as one would write them with NumPy alone: what the kernels are measured against.

The same numbers, row by row: arrays over the slots of a row instead of loops, and slices of pictures per unit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Frame, UnitFlag
from envs.specs.planes import ENEMY, NEUTRAL, NEUTRAL_ID, NUM_PLAYABLE, PLANE_NAMES, SELF
from envs.specs.roster import Roster
from envs.specs.unit_fields import RANGE_PX, RELATIVE_PX, VELOCITY_256
from envs.tasks import MicroTask

Floats = NDArray[np.float64]


def _length(dx: NDArray[np.int64], dy: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the game's own length of vectors (`engine.core.fixed.length`)."""
    large, small = np.maximum(abs(dx), abs(dy)), np.minimum(abs(dx), abs(dy))
    mixed = large - large // 16 + small * 3 // 8 - large // 64 + small * 3 // 256
    return np.where(small > large // 4, mixed, large)


def _has(units: NDArray[np.void], flag: UnitFlag) -> NDArray[np.bool_]:
    return (units["flags"] >> np.uint64(flag)) & np.uint64(1) != 0


def _unit_columns(
    units: NDArray[np.void], task: MicroTask, centre: tuple[int, int], is_there: NDArray[np.bool_]
) -> Floats:
    """Return (slots, columns before the type) of units, without the four about others."""
    roster, kinds = task.roster, task.roster.types[units["type"]]
    width, height = task.scenario.map.width_px, task.scenario.map.height_px
    order = units["order"]
    columns = [
        np.minimum(1.0, units["hp"] / np.maximum(1, kinds["max_hp"])),
        np.minimum(1.0, units["shield"] / np.maximum(1, kinds["max_shield"])),
        np.minimum(1.0, units["energy"] / np.maximum(1, kinds["max_energy"])),
        np.minimum(1.0, (units["hp"] + units["shield"]) / roster.max_durability),
        np.minimum(1.0, np.maximum(0, units["ground_cooldown"]) / roster.max_cooldown_frames),
        np.minimum(1.0, np.maximum(0, units["air_cooldown"]) / roster.max_cooldown_frames),
        ((kinds["ground_range_px"] >= 0) & (units["ground_cooldown"] <= 0))
        | ((kinds["air_range_px"] >= 0) & (units["air_cooldown"] <= 0)),
        _has(units, UnitFlag.STARTING_ATTACK) | _has(units, UnitFlag.ATTACK_FRAME),
        np.clip(2.0 * units["x"] / width - 1.0, -1.0, 1.0),
        np.clip(2.0 * units["y"] / height - 1.0, -1.0, 1.0),
        np.clip((units["x"] - centre[0]) / RELATIVE_PX, -1.0, 1.0),
        np.clip((units["y"] - centre[1]) / RELATIVE_PX, -1.0, 1.0),
        np.clip(units["velocity_x_256"] / VELOCITY_256, -1.0, 1.0),
        np.clip(units["velocity_y_256"] / VELOCITY_256, -1.0, 1.0),
        np.minimum(1.0, np.maximum(0, kinds["ground_range_px"]) / RANGE_PX),
        np.minimum(1.0, np.maximum(0, kinds["air_range_px"]) / RANGE_PX),
        np.isin(order, (1, 2, 3)),
        order == 6,
        np.isin(order, (10, 11)),
        order == 14,
    ]
    return np.stack(columns, axis=-1).astype(np.float64) * is_there[:, None]


def _reach(attackers: NDArray[np.void], targets: NDArray[np.void], gap: NDArray[Any], roster: Roster) -> NDArray[Any]:
    """Return (attackers, targets) bool: whose weapon reaches whom."""
    kinds = roster.types[attackers["type"]][:, None]
    in_air = (roster.types[targets["type"]]["is_flyer"] != 0) | _has(targets, UnitFlag.FLYING)
    is_hidden = _has(targets, UnitFlag.CLOAKED) & ~_has(targets, UnitFlag.DETECTED)
    least = np.where(in_air, kinds["air_min_range_px"], kinds["ground_min_range_px"])
    most = np.where(in_air, kinds["air_range_px"], kinds["ground_range_px"])
    return ~is_hidden & (most >= 0) & (least <= gap) & (gap <= most)


def encode_units(task: MicroTask, frame: Frame, row: int, out: dict[str, NDArray[Any]]) -> None:
    """Write the observation `units` of one row.

    Args:
        task: whose battle follows `frame`.
        frame: the view.
        row: which row.
        out: `own`, `enemy`, `own_mask`, `enemy_mask`, `global` and `relations`, without the row axis.
    """
    roster, battle = task.roster, task.battle
    index = battle.slots["index"][row]
    is_there = index >= 0
    units = frame.units[row][index]
    n = roster.num_own
    own, enemy, own_there, enemy_there = units[:n], units[n:], is_there[:n], is_there[n:]
    width, height = task.scenario.map.width_px, task.scenario.map.height_px
    centre = (width // 2, height // 2)
    if own_there.any():
        centre = (int(own["x"][own_there].sum()) // own_there.sum(), int(own["y"][own_there].sum()) // own_there.sum())
    rival = centre
    if enemy_there.any():
        count = int(enemy_there.sum())
        rival = (int(enemy["x"][enemy_there].sum()) // count, int(enemy["y"][enemy_there].sum()) // count)

    a, b = roster.types[own["type"]][:, None], roster.types[enemy["type"]]
    ax, ay = own["x"][:, None].astype(np.int64), own["y"][:, None].astype(np.int64)
    dx = np.maximum(enemy["x"] - b["left"] - (ax + a["right"] + 1), ax - a["left"] - (enemy["x"] + b["right"] + 1))
    dy = np.maximum(enemy["y"] - b["up"] - (ay + a["down"] + 1), ay - a["up"] - (enemy["y"] + b["down"] + 1))
    gap = _length(np.maximum(0, dx), np.maximum(0, dy))
    both = own_there[:, None] & enemy_there
    near = np.where(both, np.minimum(1.0, gap / RELATIVE_PX), 1.0)
    own_reach = _reach(own, enemy, gap, roster) & both
    enemy_reach = _reach(enemy, own, gap.T, roster).T & both
    own_aims = (own["target_id"][:, None] == enemy["id"]) & both
    enemy_aims = (enemy["target_id"] == own["id"][:, None]) & both

    out["relations"][...] = np.stack(
        [
            np.clip((enemy["x"] - ax) / RELATIVE_PX, -1.0, 1.0) * both,
            np.clip((enemy["y"] - ay) / RELATIVE_PX, -1.0, 1.0) * both,
            near * both,
            own_reach,
            enemy_reach,
            own_aims,
            enemy_aims,
        ],
        axis=-1,
    )
    sides = (
        ("own", own, own_there, near, own_reach, enemy_reach, enemy_aims),
        ("enemy", enemy, enemy_there, near.T, enemy_reach.T, own_reach.T, own_aims.T),
    )
    for name, mine, there, close, reaching, threatened, aimed in sides:
        others = close.shape[1]
        about = np.stack(
            [close.min(axis=1), reaching.sum(1) / others, threatened.sum(1) / others, aimed.sum(1) / others], axis=-1
        )
        kinds = np.arange(len(roster.names)) == roster.types[mine["type"]]["column"][:, None]
        plain = _unit_columns(mine, task, centre, there)
        out[name][...] = np.concatenate([plain, about * there[:, None], kinds * there[:, None]], axis=1)
        out[f"{name}_mask"][...] = there
    book = battle.rows[row]
    out["global"][...] = (
        min(1.0, max(0, int(book["tracked_frame"] - book["start_frame"])) / task.max_frames),
        book["own_units"] / max(1, book["own_start_units"]),
        book["enemy_units"] / max(1, book["enemy_start_units"]),
        min(1.0, book["own_points"] / max(1, book["own_start_points"])),
        min(1.0, book["enemy_points"] / max(1, book["enemy_start_points"])),
        np.clip(2.0 * centre[0] / width - 1.0, -1.0, 1.0),
        np.clip(2.0 * centre[1] / height - 1.0, -1.0, 1.0),
        np.clip((rival[0] - centre[0]) / RELATIVE_PX, -1.0, 1.0),
        np.clip((rival[1] - centre[1]) / RELATIVE_PX, -1.0, 1.0),
    )


def draw_planes(
    task: MicroTask, frame: Frame, row: int, layers: tuple[str, ...], window: tuple[int, ...], out: NDArray[np.uint8]
) -> None:
    """Draw layers about units of one row that sees everything.

    Args:
        task: what is played.
        frame: the view.
        row: which row.
        layers: names among `player_relative`, `player_id`, `unit_type`, the points and ratios, and the cooldown.
        window: left, top, width and height of what is shown, pixels.
        out: (layers, rows, columns) uint8, overwritten.
    """
    assert set(layers) <= set(PLANE_NAMES)
    rows, columns = out.shape[1:]
    units = frame.units[row, : frame.num_units[row]]
    kinds = task.roster.types[units["type"]]
    is_flying = (kinds["is_flyer"] != 0) | _has(units, UnitFlag.FLYING)

    def first_cell(edge: NDArray[Any], origin: int, size: int, cells: int) -> NDArray[np.int64]:
        return -((size - 2 * (edge.astype(np.int64) - origin) * cells) // (2 * size))

    left = first_cell(units["x"] - kinds["left"], window[0], window[2], columns)
    right = first_cell(units["x"] + kinds["right"] + 1, window[0], window[2], columns)
    top = first_cell(units["y"] - kinds["up"], window[1], window[3], rows)
    bottom = first_cell(units["y"] + kinds["down"] + 1, window[1], window[3], rows)
    is_thin, is_flat = right <= left, bottom <= top
    left = np.where(is_thin, (units["x"] - window[0]) * columns // window[2], left)
    right = np.where(is_thin, left + 1, right)
    top = np.where(is_flat, (units["y"] - window[1]) * rows // window[3], top)
    bottom = np.where(is_flat, top + 1, bottom)
    owner = units["player"].astype(np.int64)
    is_player = (owner >= 0) & (owner < NUM_PLAYABLE)
    values = {
        "player_id": np.where(is_player, owner + 1, NEUTRAL_ID),
        "player_relative": np.where(owner == frame.player[row], SELF, np.where(is_player, ENEMY, NEUTRAL)),
        "unit_type": units["type"] + 1,
        "unit_hit_points": units["hp"],
        "unit_hit_points_ratio": 255 * units["hp"] // np.maximum(1, kinds["max_hp"]),
        "unit_shields_ratio": 255 * units["shield"] // np.maximum(1, kinds["max_shield"]),
        "unit_energy_ratio": 255 * units["energy"] // np.maximum(1, kinds["max_energy"]),
        "weapon_cooldown": np.maximum(0, np.maximum(units["ground_cooldown"], units["air_cooldown"])),
    }
    stack = np.stack([np.minimum(255, values[name]) for name in layers]).astype(np.uint8)
    out[...] = 0
    for k in np.argsort(is_flying, kind="stable").tolist():
        box = (slice(max(0, top[k]), max(0, bottom[k])), slice(max(0, left[k]), max(0, right[k])))
        out[(slice(None), *box)] = stack[:, k, None, None]
