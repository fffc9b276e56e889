"""From TorchCraft's replay files (`.tcr`) to recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.viewer.recorder import Recorder
from agents.viewer.recording import MAX_PLAYERS, SEEN_UNIT_DTYPE, Recording
from bridge.errors import ConfigError
from bridge.torchcraft.messages import ORDER_DTYPE, WireFrame
from bridge.torchcraft.replay import ReplayMap, read_tcr
from engine.broodwar.rules_table import order_id
from engine.core.frame import COMMAND_DTYPE, NO_UNIT, UnitCommandType
from engine.core.gamemap import WALK_TILE_PX

ORDER_DIE: Final = order_id("Die")

NO_ORDER: Final = order_id("Nothing")

SHORT_GAME_FRAMES: Final = 3600
"""Up to here, two and a half minutes, every frame is kept."""

LONG_GAME_STRIDE: Final = 8
"""A third of a second: the page draws what lies between by itself."""

_SAME_NAMES: Final = ("id", "type", "flags", "shield", "energy")
_OTHER_NAMES: Final = {
    "player": "playerId",
    "x": "pixel_x",
    "y": "pixel_y",
    "hp": "health",
    "ground_cooldown": "groundCD",
    "air_cooldown": "airCD",
}
_COMMAND_NAMES: Final = (
    "command_frame",
    "command_type",
    "command_targetId",
    "command_targetX",
    "command_targetY",
    "command_extra",
)


def recording_of_tcr(path: Path, every: int | None = None) -> Recording:
    """Return the game in a replay file.

    A file says neither its frames' numbers nor who died: frames are numbered by their place, and a unit that is gone
    for good counts as dead. Units face where they go or what they aim at, for directions are not on the wire.

    Args:
        path: a `.tcr` file.
        every: keep every so many frames; at least 1; None keeps all of a short game and every eighth of a long one.

    Raises:
        ConfigError: missing, no replay, damaged, or without frames.
    """
    replay = read_tcr(path)
    if not len(replay.frames):
        raise ConfigError(f"{path}: no frames to show")
    if every is None:
        every = 1 if len(replay.frames) <= SHORT_GAME_FRAMES else LONG_GAME_STRIDE
    recorder = Recorder()
    told: dict[int, tuple[int, ...]] = {}
    highest = 1
    for number, frame in enumerate(replay.frames):
        is_first = number == 0
        for player, commands in _new_commands(frame, told, is_first=is_first):
            recorder.add_commands(number, player, commands)
        if number % every:
            continue
        units = units_of(frame)
        resources = {row[0]: tuple(row[1:5]) for row in frame.resources.tolist() if 0 <= row[0] < MAX_PLAYERS}
        recorder.add_units(number, units, resources)
        owners = units["player"][(units["player"] >= 0) & (units["player"] < MAX_PLAYERS)]
        highest = max([highest, *np.unique(owners).tolist()])
    return recorder.recording(
        path.name,
        tuple(f"Player {number}" for number in range(highest + 1)),
        terrain_of_replay(replay.map),
        deaths_are_known=False,
        notes={"file": path.name, "frames": str(len(replay.frames))},
    )


def units_of(frame: WireFrame) -> NDArray[np.void]:
    """Return the living units of a message.

    Args:
        frame: any.

    Returns:
        (n,) SEEN_UNIT_DTYPE, as the wire has them.
    """
    wire = frame.units
    orders = np.concatenate([frame.orders, np.array([(0, NO_ORDER, NO_UNIT, -1, -1)], ORDER_DTYPE)])
    last = np.where(wire["order_size"] > 0, wire["first_order"] + wire["order_size"] - 1, len(frame.orders))
    # A unit has one order per frame, or two: then the other one is what it does beside (a building's training).
    has_two = (wire["order_size"] > 1) & (orders[last - 1]["first_frame"] == orders[last]["first_frame"])
    order = orders[last - has_two]
    units = np.zeros(len(wire), SEEN_UNIT_DTYPE)
    for name in _SAME_NAMES:
        units[name] = wire[name]
    for name, other in _OTHER_NAMES.items():
        units[name] = wire[other]
    units["velocity_x_256"] = np.round(wire["velocityX"] * 256)
    units["velocity_y_256"] = np.round(wire["velocityY"] * 256)
    units["seen_by"] = wire["visible"] & 0xFF
    units["order"] = order["type"]
    units["target_id"] = order["targetId"]
    for axis, name in (("X", "target_x"), ("Y", "target_y")):
        tile = order[f"target{axis}"]
        units[name] = np.where(tile < 0, -1, tile * WALK_TILE_PX + WALK_TILE_PX // 2)
    units["heading"] = _headings(units)
    living: NDArray[np.void] = units[order["type"] != ORDER_DIE]
    return living


def terrain_of_replay(replay_map: ReplayMap) -> NDArray[np.uint8]:
    """Return a replay's map as `Recording.terrain`."""
    buildable, height = replay_map.buildability & 1, replay_map.ground_height
    return ((replay_map.walkability & 1) | (buildable << 1) | (height << 2)).astype(np.uint8)


def _headings(units: NDArray[np.void]) -> NDArray[np.uint8]:
    """Return (n,) uint8 as in `UNIT_DTYPE`: where units go, else where their target is, else south."""
    place = {unit_id: row for row, unit_id in enumerate(units["id"].tolist())}
    target = np.array([place.get(unit_id, -1) for unit_id in units["target_id"].tolist()], np.int64)
    dx, dy = units["velocity_x_256"].astype(np.int64), units["velocity_y_256"].astype(np.int64)
    aims = (dx == 0) & (dy == 0) & (target >= 0)
    dx = np.where(aims, units["x"][target] - units["x"], dx) if len(units) else dx
    dy = np.where(aims, units["y"][target] - units["y"], dy) if len(units) else dy
    turn = np.round(np.arctan2(dx, -dy) * 128 / np.pi).astype(np.int64)
    return np.where((dx == 0) & (dy == 0), 128, turn % 256).astype(np.uint8)


def _new_commands(
    frame: WireFrame, told: dict[int, tuple[int, ...]], *, is_first: bool
) -> Iterator[tuple[int, NDArray[np.void]]]:
    """Give each player's commands that units have now and had not in the frame before; keeps `told` up to date."""
    fresh: dict[int, list[tuple[int, ...]]] = {}
    columns = (frame.units[name].tolist() for name in ("id", "playerId", *_COMMAND_NAMES))
    for unit_id, player, *command in zip(*columns, strict=True):
        now = tuple(command)
        if told.get(unit_id) == now:
            continue
        told[unit_id] = now
        _, kind, target_id, x, y, extra = now
        if is_first or not 0 <= player < MAX_PLAYERS or not 0 <= kind < UnitCommandType.NONE:
            continue
        spot = (x * WALK_TILE_PX, y * WALK_TILE_PX) if x >= 0 else (-1, -1)
        fresh.setdefault(player, []).append((unit_id, kind, target_id, *spot, extra))
    for player, rows in fresh.items():
        yield player, np.array(rows, COMMAND_DTYPE)
