"""The observation `pysc2` in plain NumPy, as one would write it first: what the kernels are measured against.

It draws all layers and writes all tables from a Frame, the books and what is remembered; keeping those memories up is
left to the kernels and is part of their time, not of this one's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.siting import PSI_COLUMNS, PSI_HEIGHT_PX, PSI_WIDTH_PX, PYLON
from engine.core.frame import Frame, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.rules import BROODWAR
from envs.economy import EconomyTask
from envs.specs.costs import TYPES
from envs.specs.ground import HEIGHT_STEP
from envs.specs.planes import (
    DENSITY_AA,
    EFFECT_OF,
    ENEMY,
    NEUTRAL,
    NEUTRAL_ID,
    NUM_PLAYABLE,
    SELF,
    STORM,
)
from envs.specs.pysc2 import MINIMAP_LAYERS, POINTS, SCREEN_LAYERS
from envs.specs.sight import IN_SIGHT, SEEN_BEFORE
from envs.specs.values import values_of

BYTE = 255


def encode_pysc2(task: EconomyTask, frame: Frame, row: int, out: dict[str, NDArray[Any]]) -> None:
    """Write one row's pictures and tables; `available_actions` is the masks' business.

    Args:
        task: whose interface and memories are read.
        frame: the view.
        row: which row.
        out: array name -> array, overwritten.
    """
    for name, layers, window in (
        ("minimap", MINIMAP_LAYERS, task.screen.maps[row]),
        ("screen", SCREEN_LAYERS, task.screen.cameras[row]),
    ):
        draw_layers(task, frame, row, layers, window, out[name])
    write_tables(task, frame, row, out)


def _has(units: NDArray[np.void], flag: UnitFlag) -> NDArray[np.bool_]:
    has: NDArray[np.bool_] = (units["flags"] >> np.uint64(flag)) & np.uint64(1) != 0
    return has


def _first_cell(edge: NDArray[Any], origin: int, size: int, cells: int) -> NDArray[np.int64]:
    first: NDArray[np.int64] = -((size - 2 * (edge.astype(np.int64) - origin) * cells) // (2 * size))
    return first


def _share(points: NDArray[Any], most: NDArray[Any]) -> NDArray[np.int64]:
    share: NDArray[np.int64] = np.where(most > 0, np.minimum(BYTE, BYTE * points // np.maximum(1, most)), 0)
    return share


def draw_layers(
    task: EconomyTask, frame: Frame, row: int, layers: tuple[str, ...], window: NDArray[np.int32], out: NDArray[Any]
) -> None:
    """Draw some layers of a window.

    Args:
        task: whose memories are read.
        frame: the view.
        row: which row.
        layers: names.
        window: left, top, width, height of what is shown, pixels.
        out: (layers, rows, columns), overwritten.
    """
    rows, columns = out.shape[1:]
    left, top, width, height = (int(value) for value in window)
    x = left + (2 * np.arange(columns) + 1) * width // (2 * columns)
    y = top + (2 * np.arange(rows) + 1) * height // (2 * rows)
    tiles = np.ix_(y // BUILD_TILE_PX, x // BUILD_TILE_PX)
    out[...] = 0
    camera = task.screen.cameras[row]
    seen = frame.seen[row][tiles]
    ground = {
        "height_map": lambda: np.minimum(BYTE, frame.map.ground_height[tiles].astype(np.int64) * HEIGHT_STEP),
        "visibility_map": lambda: np.where(
            seen == frame.frame[row], IN_SIGHT, np.where(seen >= 0, SEEN_BEFORE, 0)
        ),
        "creep": lambda: frame.creep[row][tiles],
        "power": lambda: _power(frame, row, x, y),
        "camera": lambda: (
            ((y >= camera[1]) & (y < camera[1] + camera[3]))[:, None]
            & ((x >= camera[0]) & (x < camera[0] + camera[2]))[None, :]
        ),
    }  # fmt: skip
    for at, name in enumerate(layers):
        if name in ground:
            out[at] = ground[name]()
    units, in_sight, selected = _drawn(task, frame, row)
    kinds = TYPES[units["type"]]
    x0, x1 = units["x"] - kinds["left"], units["x"] + kinds["right"] + 1
    y0, y1 = units["y"] - kinds["up"], units["y"] + kinds["down"] + 1
    first_column, last_column = (_first_cell(edge, left, width, columns) for edge in (x0, x1))
    first_row, last_row = (_first_cell(edge, top, height, rows) for edge in (y0, y1))
    is_thin, is_flat = last_column <= first_column, last_row <= first_row
    first_column = np.where(is_thin, (units["x"] - left) * columns // width, first_column)
    last_column = np.where(is_thin, first_column + 1, last_column)
    first_row = np.where(is_flat, (units["y"] - top) * rows // height, first_row)
    last_row = np.where(is_flat, first_row + 1, last_row)
    values = _values(units, kinds, in_sight, selected, int(frame.player[row]))
    shown = [name for name in layers if name in values]
    places = [layers.index(name) for name in shown]
    stack = np.stack([values[name] if name in POINTS else np.minimum(BYTE, values[name]) for name in shown])
    effects = layers.index("effects") if "effects" in layers else -1
    density = layers.index("unit_density") if "unit_density" in layers else -1
    cover = layers.index("unit_density_aa") if "unit_density_aa" in layers else -1
    for k in range(len(units)):
        box = (
            slice(max(0, first_row[k]), max(0, last_row[k])),
            slice(max(0, first_column[k]), max(0, last_column[k])),
        )
        out[(places, *box)] = stack[:, k, None, None]
        if not in_sight[k]:
            continue
        if effects >= 0:
            effect = STORM if _has(units[k : k + 1], UnitFlag.UNDER_STORM)[0] else EFFECT_OF[units["type"][k]]
            if effect:
                out[(effects, *box)] = effect
        if density >= 0:
            out[(density, *box)] = np.minimum(BYTE, out[(density, *box)] + 1)
        if cover >= 0:
            across = _overlap(int(x0[k]) - left, int(x1[k]) - left, width, columns)
            down = _overlap(int(y0[k]) - top, int(y1[k]) - top, height, rows)
            shares = DENSITY_AA * across[None, :] * down[:, None] // (width * height)
            np.minimum(BYTE, out[cover] + shares, out=out[cover], casting="unsafe")


def _drawn(task: EconomyTask, frame: Frame, row: int) -> tuple[NDArray[np.void], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the units in drawing order: remembered ones, ground units, flyers; and who is in sight and selected."""
    count = int(frame.num_units[row])
    units = frame.units[row, :count]
    flies = (TYPES["is_flyer"][units["type"]] != 0) | _has(units, UnitFlag.FLYING)
    order = np.argsort(flies, kind="stable")
    sight = task.sight
    kept = sight.remembered[row, : sight.count[row]][~sight.is_shown[row, : sight.count[row]]]
    drawn = np.concatenate([kept, units[order]])
    in_sight = np.arange(len(drawn)) >= len(kept)
    selected = np.concatenate([np.zeros(len(kept), np.bool_), task.screen.selected[row, :count][order]])
    return drawn, in_sight, selected


def _values(
    units: NDArray[np.void], kinds: NDArray[np.void], in_sight: NDArray[np.bool_], selected: NDArray[np.bool_], me: int
) -> dict[str, NDArray[Any]]:
    owner = units["player"].astype(np.int64)
    is_player = (owner >= 0) & (owner < NUM_PLAYABLE)
    return {
        "player_id": np.where(is_player, owner + 1, NEUTRAL_ID),
        "player_relative": np.where(owner == me, SELF, np.where(is_player, ENEMY, NEUTRAL)),
        "unit_type": units["type"] + 1,
        "selected": selected,
        "unit_hit_points": units["hp"] * in_sight,
        "unit_hit_points_ratio": _share(units["hp"], kinds["max_hp"]) * in_sight,
        "unit_energy": units["energy"] * in_sight,
        "unit_energy_ratio": _share(units["energy"], kinds["max_energy"]) * in_sight,
        "unit_shields": units["shield"] * in_sight,
        "unit_shields_ratio": _share(units["shield"], kinds["max_shield"]) * in_sight,
    }


def _overlap(begin: int, end: int, size: int, cells: int) -> NDArray[np.int64]:
    """Return how much of each cell a stretch covers, in 1 / cells of a pixel."""
    edges = np.arange(cells + 1) * size
    covered: NDArray[np.int64] = np.maximum(
        0, np.minimum(end * cells, edges[1:]) - np.maximum(begin * cells, edges[:-1])
    )
    return covered


def _power(frame: Frame, row: int, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    units = frame.units[row, : frame.num_units[row]]
    mine = units[(units["type"] == PYLON) & (units["player"] == frame.player[row]) & _has(units, UnitFlag.COMPLETED)]
    power = np.zeros((len(y), len(x)), np.bool_)
    for pylon in mine:
        dx, dy = x - int(pylon["x"]), y - int(pylon["y"])
        across, down = np.where(dx < 0, -dx - 1, dx) // BUILD_TILE_PX, np.where(dy < 0, -dy - 1, dy) // BUILD_TILE_PX
        near_x, near_y = np.abs(dx) < PSI_WIDTH_PX, np.abs(dy) < PSI_HEIGHT_PX
        wide = PSI_COLUMNS[np.minimum(down, len(PSI_COLUMNS) - 1)]
        power |= near_y[:, None] & near_x[None, :] & (across[None, :] < wide[:, None])
    return power


def write_tables(task: EconomyTask, frame: Frame, row: int, out: dict[str, NDArray[Any]]) -> None:
    """Write the tables of one row where nothing, or one own unit, is selected."""
    book, kept = task.ledger.rows[row], task.chronicle.rows[row]
    used = (int(book["supply_used"]) + 1) // 2
    workers = min(used, int(book["workers"] + kept["workers_in_training"]))
    out["player"][:] = (
        frame.player[row] + 1, book["minerals"], book["gas"], used, book["supply_total"] // 2, used - workers, workers,
        book["idle_workers"], book["army"], 0, kept["larvae"],
    )  # fmt: skip
    out["score_cumulative"][:] = (
        book["value"], kept["idle_production_frames"] // 24, book["idle_worker_frames"] // 24,
        kept["total_value_units"], kept["total_value_structures"], kept["killed_value_units"],
        kept["killed_value_structures"], book["collected_minerals"], book["collected_gas"],
        np.rint(kept["rate_minerals"]), np.rint(kept["rate_gas"]),
        max(0, kept["start_minerals"] + book["collected_minerals"] - book["minerals"]),
        max(0, kept["start_gas"] + book["collected_gas"] - book["gas"]),
    )  # fmt: skip
    out["game_loop"][0] = frame.frame[row]
    for name in ("build_queue", "cargo", "multi_select", "single_select", "cargo_slots_available"):
        out[name][...] = 0
    units = frame.units[row, : frame.num_units[row]]
    chosen = units[task.screen.selected[row, : len(units)]]
    assert len(chosen) <= 1, "the benchmark's scene selects one unit at most"
    for unit in chosen:
        room = int(values_of(BROODWAR)["takes_room"][unit["type"]])
        out["single_select"][0] = (unit["type"] + 1, SELF, unit["hp"], unit["shield"], unit["energy"], room, 100)
    for group, members in zip(out["control_groups"], task.screen.groups[row], strict=True):
        here = units[np.isin(units["id"], members[members >= 0])]
        group[:] = (here["type"][0] + 1, len(here)) if len(here) else (0, 0)
