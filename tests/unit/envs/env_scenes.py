"""Hand-made Frames: a few units on the map of a shipped scenario, seen by player 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.layout import Layout
from engine.broodwar.rules_table import UNIT_TYPES, unit_type_id
from engine.core.frame import Commands, Frame
from envs.tasks import MicroTask, make_battle

CAPACITY = 64
GUARD = 3
MOVE = 6
ATTACK_UNIT = 10


class Scene:
    """One row of a task whose Frame is written by hand.

    Attributes:
        task: the task under test.
        frame: its view, one row.
        arrays: the step's arrays.
        commands: where `decode` writes.
    """

    def __init__(self, scenario: str = "m5v5_c_far", **params: Any) -> None:
        self.task: MicroTask = make_battle(scenario=scenario, **params)
        self.frame = Frame.allocate(1, CAPACITY, self.task.scenario.map)
        self.arrays: dict[str, NDArray[Any]] = Layout(rows=1, arrays=dict(self.task.specs)).allocate()
        self.commands = Commands.allocate(1, CAPACITY)

    def put(self, unit_id: int, kind: str, player: int, x: int, y: int, hp: int | None = None, **fields: Any) -> None:
        """Add a unit; the caller adds them in ascending id."""
        row = self.frame.units[0]
        index = int(self.frame.num_units[0])
        type_id = unit_type_id(kind)
        row[index] = np.zeros((), row.dtype)
        values = {
            "id": unit_id,
            "type": type_id,
            "player": player,
            "x": x,
            "y": y,
            "hp": int(UNIT_TYPES[type_id]["max_hp"]) if hp is None else hp,
            "shield": int(UNIT_TYPES[type_id]["max_shield"]),
            "order": GUARD,
            "target_id": -1,
            "target_x": -1,
            "target_y": -1,
            **fields,
        }
        for name, value in values.items():
            row[index][name] = value
        self.frame.num_units[0] = index + 1

    def unit(self, unit_id: int) -> Any:
        """Return the line of a unit."""
        count = int(self.frame.num_units[0])
        index = int(np.flatnonzero(self.frame.units["id"][0, :count] == unit_id)[0])
        return self.frame.units[0, index]

    def kill(self, *unit_ids: int) -> None:
        """Remove units and note their deaths in this order."""
        for unit_id in unit_ids:
            self.remove(unit_id)
            self.frame.deaths[0, self.frame.num_deaths[0]] = unit_id
            self.frame.num_deaths[0] += 1

    def remove(self, unit_id: int) -> None:
        """Take a unit out of the view without a death."""
        count = int(self.frame.num_units[0])
        keep = [self.frame.units[0, i].copy() for i in range(count) if self.frame.units[0, i]["id"] != unit_id]
        for index, unit in enumerate(keep):
            self.frame.units[0, index] = unit
        self.frame.num_units[0] = len(keep)

    def advance(self, frames: int = 8) -> None:
        """Let time pass; deaths of the view before are over."""
        self.frame.frame[0] += frames
        self.frame.num_deaths[0] = 0

    def reset(self) -> None:
        """Begin an episode with what stands there."""
        self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)

    def see(self) -> float:
        """Encode and score as after a step; return the reward."""
        self.task.encode(self.frame, self.arrays)
        self.task.score(self.frame, self.arrays)
        return float(self.arrays["reward"][0])

    def act(self, *choices: int) -> list[Any]:
        """Decode an action and return its commands."""
        self.commands.clear()
        self.arrays["action"][0] = choices
        self.task.decode(self.arrays, self.frame, self.commands)
        return [self.commands.items[0, i].copy() for i in range(int(self.commands.count[0]))]

    def value(self, block: str, *where: int | str) -> float:
        """Return one number of the observation `units`: slot indices, then the column's name."""
        (declared,) = [one for one in self.task.observation.blocks if one.name == block]
        array = self.arrays[f"observation/{block}"][0]
        if declared.scalar:
            return float(array[where])
        *indices, name = where
        return float(array[(*indices, declared.offsets()[str(name)])])


def five_marines_each(**params: Any) -> Scene:
    """Return m5v5 with own marines 1 to 5 at x = 640 and enemies 6 to 10 at x = 740, 24 px apart downwards."""
    scene = Scene(**params)
    for index in range(5):
        scene.put(1 + index, "Terran_Marine", 0, 640, 1000 + 24 * index)
    for index in range(5):
        scene.put(6 + index, "Terran_Marine", 1, 740, 1000 + 24 * index)
    scene.reset()
    return scene
