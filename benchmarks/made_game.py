"""A long game that nobody played: two full armies that walk, shoot, die and are replaced, for sizes and speeds."""

from __future__ import annotations

import numpy as np

from agents.viewer.recorder import Recorder
from agents.viewer.recording import SEEN_UNIT_DTYPE, Recording
from engine.broodwar.rules_table import order_id, unit_type_id
from engine.core.frame import COMMAND_DTYPE, UnitCommandType, UnitFlag

MAP_PX = 4096
SIGHT_PX = 320
SPEED_PX = 4  # per frame: a marine's
TYPES = ("Terran_Marine", "Terran_SCV", "Terran_Vulture", "Terran_Command_Center")
SHARES = (0.6, 0.2, 0.1, 0.1)


def made_game(
    minutes: float = 20.0, units_per_player: int = 200, minerals: int = 100, stride: int = 8, seed: int = 0
) -> Recording:
    """Return a game of two players, a sample every `stride` frames."""
    rng = np.random.default_rng(seed)
    samples = round(minutes * 60_000 / 42 / stride)
    count = 2 * units_per_player
    units = np.zeros(count + minerals, SEEN_UNIT_DTYPE)
    units["id"] = np.arange(len(units))
    units["type"][:count] = rng.choice([unit_type_id(name) for name in TYPES], count, p=SHARES)
    units["type"][count:] = unit_type_id("Resource_Mineral_Field")
    units["player"][:count] = np.repeat([0, 1], units_per_player)
    units["player"][count:] = -1
    units["x"], units["y"] = rng.integers(0, MAP_PX, (2, len(units)))
    units["hp"] = 40
    units["flags"] = 1 << UnitFlag.COMPLETED
    units["target_id"] = units["target_x"] = units["target_y"] = -1
    units["order"] = order_id("Guard")
    is_fixed = units["type"] == unit_type_id("Terran_Command_Center")
    is_fixed[count:] = True
    goal = np.stack([units["x"], units["y"]])
    recorder = Recorder()
    next_id = len(units)
    for sample in range(samples):
        frame = sample * stride
        before = np.stack([units["x"], units["y"]])
        way = goal - before
        distance = np.hypot(*way)
        step = np.minimum(distance, SPEED_PX * stride) * ~is_fixed
        moved = before + np.round(way * step / np.maximum(distance, 1) + rng.integers(-1, 2, way.shape) * (step > 0))
        units["x"], units["y"] = np.clip(moved, 0, MAP_PX - 1)
        turned = (distance > 4) & ~is_fixed
        units["heading"][turned] = np.round(np.arctan2(way[0], -way[1]) * 128 / np.pi)[turned].astype(np.int64) % 256
        units["ground_cooldown"] = np.where(units["target_id"] >= 0, (15 - frame - units["id"]) % 15, 0)
        units["hp"][:count] -= (rng.random(count) < 0.02) * rng.integers(1, 12, count)
        units["seen_by"] = seen_by(units)
        recorder.add_units(frame, units.copy(), {0: (frame % 900, 50, 100, 400), 1: (frame % 700, 20, 90, 400)})
        dead = np.flatnonzero(units["hp"][:count] <= 0)
        units["hp"][dead] = 40
        units["id"][dead] = np.arange(next_id, next_id + len(dead))
        next_id += len(dead)
        told = np.flatnonzero((rng.random(count) < 0.02) & ~is_fixed[:count])
        goal[:, told] = rng.integers(0, MAP_PX, (2, len(told)))
        units["target_x"][told], units["target_y"][told] = goal[:, told]
        units["target_id"][told] = np.where(rng.random(len(told)) < 0.5, units["id"][(told + 200) % count], -1)
        units["order"][told] = order_id("Move")
        for player in (0, 1):
            mine = told[units["player"][told] == player]
            commands = np.zeros(len(mine), COMMAND_DTYPE)
            commands["unit_id"], commands["type"], commands["target_id"] = units["id"][mine], UnitCommandType.MOVE, -1
            commands["x"], commands["y"] = goal[:, mine]
            recorder.add_commands(frame, player, commands)
    terrain = np.full((MAP_PX // 8, MAP_PX // 8), 3, np.uint8)
    terrain[200:260, 100:300] = 0
    terrain[300:, 300:] |= 2 << 2
    return recorder.recording("A made game", ("first", "second"), terrain, deaths_are_known=False)


def seen_by(units: np.ndarray) -> np.ndarray:
    """Return who sees each unit: its owner, and whoever has a unit in the same or a neighbouring square of ground."""
    cells = MAP_PX // SIGHT_PX + 3
    x, y = units["x"] // SIGHT_PX + 1, units["y"] // SIGHT_PX + 1
    seen = np.zeros(len(units), np.uint8)
    for player in (0, 1):
        mine = units["player"] == player
        near = np.zeros((cells, cells), np.bool_)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                near[y[mine] + dy, x[mine] + dx] = True
        seen |= ((near[y, x] | mine) << player).astype(np.uint8)
    return seen
