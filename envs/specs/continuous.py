"""Action `continuous`: per own slot attack-or-move, an angle and a distance, each from -1 to 1.

The point that a unit's angle and distance name: `angle` half turns from east, counter-clockwise as people draw it (so
0.5 is north, which is up), and `(distance + 1) / 2` times `reach_px` away. With the first number above 0 the unit
attacks the enemy nearest to that point among those that it can attack; else it moves there. After gym-starcraft's
three numbers (a unit's a0, a1, a2), with the reach as an option.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from engine.core.jit import kernel
from envs.specs.field import Block, Field
from envs.specs.micro import send_attack, send_move
from envs.specs.reading import can_attack
from envs.specs.roster import Roster
from envs.specs.slots import Battle

DEFAULT_REACH_PX: Final = 256
"""gym-starcraft's 32 walk tiles."""

CONTINUOUS_FIELDS: Final = (
    Field(name="attack", low=-1.0, unit="sign", doc="Above 0: attack; else move."),
    Field(name="angle", low=-1.0, unit="half turns", doc="From east, counter-clockwise: 0.5 is north."),
    Field(name="distance", low=-1.0, unit="reach", doc="-1 where the unit stands, 1 at `reach_px`."),
)
"""Columns of a line."""


def continuous_block(num_own: int) -> Block:
    """Return the declaration of the action."""
    return Block(name="continuous", leading=(num_own,), fields=CONTINUOUS_FIELDS, doc="One line per own slot.")


class ContinuousDecoder:
    """Turns `continuous` actions into commands."""

    def __init__(self, roster: Roster, map_size_px: tuple[int, int], latency_frames: int, reach_px: int) -> None:
        """Prepare for one scenario.

        Args:
            roster: types and slots.
            map_size_px: width and height.
            latency_frames: frames during which an own command does not show in the Frame yet.
            reach_px: the farthest point that an action names.
        """
        self._roster = roster
        self._map_size_px = (map_size_px[0], map_size_px[1] - roster.closed_bottom_px)
        self._latency_frames = latency_frames
        self._reach_px = reach_px

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """There are no masks: every number is allowed."""

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`: attacks without anybody to attack."""
        decode_continuous_rows(
            arrays["action"],
            frame.frame,
            frame.units,
            self._roster.types,
            battle.slots,
            self._reach_px,
            self._map_size_px[0],
            self._map_size_px[1],
            self._latency_frames,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )


@kernel
def decode_continuous_rows(
    actions: NDArray[np.float32],
    frame: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    reach_px: int,
    map_x: int,
    map_y: int,
    latency: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands; empty slots and moves to where a unit stands send none.

    Args:
        actions: (rows, own, 3) float32.
        frame: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE; `ordered_*` updated.
        reach_px: the farthest point.
        map_x: width, pixels.
        map_y: height without the strip that no unit enters, pixels.
        latency: frames until a command shows.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    num_own = actions.shape[1]
    for r in range(slots.shape[0]):
        invalid[r] = 0
        for i in range(num_own):
            slot = slots[r, i]
            if slot["index"] < 0:
                continue
            unit = units[r, slot["index"]]
            kind = types[unit["type"]]
            away = (actions[r, i, 2] + 1.0) / 2.0 * reach_px
            x = unit["x"] + round(math.cos(actions[r, i, 1] * math.pi) * away)
            y = unit["y"] - round(math.sin(actions[r, i, 1] * math.pi) * away)
            if actions[r, i, 0] <= 0.0:
                x = min(max(x, kind["left"]), map_x - 1 - kind["right"])
                y = min(max(y, kind["up"]), map_y - 1 - kind["down"])
                if x != unit["x"] or y != unit["y"]:
                    send_move(unit, x, y, slot, frame[r], items[r], count, r)
                continue
            best = -1
            best_distance2 = 0
            for j in range(num_own, slots.shape[1]):
                h = slots[r, j]["index"]
                if h < 0 or not can_attack(unit, units[r, h], types):
                    continue
                dx = units[r, h]["x"] - x
                dy = units[r, h]["y"] - y
                distance2 = dx * dx + dy * dy
                if best < 0 or distance2 < best_distance2:
                    best = h
                    best_distance2 = distance2
            if best < 0:
                invalid[r] += 1
            else:
                send_attack(unit, units[r, best], slot, frame[r], latency, items[r], count, r)
