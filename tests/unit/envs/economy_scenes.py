"""Hand-made Frames of a melee game: a depot at its start and the map's fields around it, seen by player 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.layout import Layout
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Commands, Frame, UnitFlag
from envs.economy import EconomyTask
from envs.specs.macro import MacroSpec
from envs.tasks import make_task

CAPACITY = 128
TERRAN = "melee?races=terran:zerg&starts=0:1"
ZERG = "melee?races=zerg:terran&starts=0:1"
PROTOSS = "melee?races=protoss:terran&starts=0:1"

DONE = 1 << UnitFlag.COMPLETED
IDLE = DONE | 1 << UnitFlag.IDLE
MINING = DONE | 1 << UnitFlag.GATHERING_MINERALS
ON_GAS = DONE | 1 << UnitFlag.GATHERING_GAS
WITH_MINERALS = MINING | 1 << UnitFlag.CARRYING_MINERALS
WITH_GAS = ON_GAS | 1 << UnitFlag.CARRYING_GAS


(
    NO_OP,
    MOVE_CAMERA,
    SELECT_POINT,
    SELECT_IDLE_WORKER,
    BUILD_COMMAND_CENTER,
    BUILD_REFINERY,
    BUILD_SUPPLY_DEPOT,
    HARVEST_GATHER,
    HARVEST_RETURN,
    LOWER_DEPOT,
    RAISE_DEPOT,
    MOVE_SCREEN,
    MOVE_MINIMAP,
    RALLY_SCREEN,
    RALLY_MINIMAP,
    SELECT_GROUP,
) = range(16)
"""The functions as Terran, by number."""


class EconomyScene:
    """One row of a melee task whose Frame is written by hand: a depot at its start and the map's fields in ids 1 on."""

    def __init__(self, scenario: str = TERRAN, depot: str | None = "Terran_Command_Center", **params: Any) -> None:
        task = make_task(scenario=scenario, **params)
        assert isinstance(task, EconomyTask)
        self.task = task
        game_map = task.scenario.map
        self.frame = Frame.allocate(1, CAPACITY, game_map)
        self.arrays: dict[str, NDArray[Any]] = Layout(rows=1, arrays=dict(task.specs)).allocate()
        self.commands = Commands.allocate(1, CAPACITY)
        self.x, self.y = (int(value) for value in game_map.starts[0])
        self.fields: list[int] = []
        for number, neutral in enumerate(game_map.neutrals.tolist()):
            kind, x, y, _ = neutral
            if abs(x - self.x) < 400 and abs(y - self.y) < 400:
                self._put(1 + number, kind, 11, x, y, DONE)
                self.fields.append(1 + number)
        self.supply(8, 20)
        if depot is not None:
            self.put(200, depot, self.x, self.y)

    def _put(self, unit_id: int, kind: int, player: int, x: int, y: int, flags: int, **fields: Any) -> None:
        at = int(self.frame.num_units[0])
        unit = self.frame.units[0, at]
        unit["id"], unit["type"], unit["player"], unit["x"], unit["y"] = unit_id, kind, player, x, y
        unit["flags"], unit["hp"], unit["target_id"], unit["build_type"] = flags, 1, -1, -1
        for name, value in fields.items():
            unit[name] = value
        self.frame.num_units[0] = at + 1

    def put(self, unit_id: int, name: str, x: int, y: int, flags: int = DONE, player: int = 0, **fields: Any) -> None:
        """Add a unit; in ascending id, the fields have 1 to 199."""
        self._put(unit_id, unit_type_id(name), player, x, y, flags, **fields)

    def unit(self, unit_id: int) -> Any:
        """Return the line of a unit."""
        return self.frame.units[0, int(np.flatnonzero(self.frame.units["id"][0] == unit_id)[0])]

    def bank(self, minerals: int, gas: int = 0) -> None:
        """Set what is in the bank."""
        self.frame.minerals[0], self.frame.gas[0] = minerals, gas

    def supply(self, used: int, total: int) -> None:
        """Set the supply, in halves."""
        self.frame.supply_used[0], self.frame.supply_total[0] = used, total

    def reset(self) -> None:
        """Begin an episode."""
        self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)
        self.task.score(self.frame, self.arrays)

    def see(self, frames: int = 24) -> float:
        """Let time pass; return the reward."""
        self.frame.frame[0] += frames
        self.task.encode(self.frame, self.arrays)
        self.task.score(self.frame, self.arrays)
        return float(self.arrays["reward"][0])

    def act(self, *choices: int) -> list[tuple[int, int, int, int, int, int]]:
        """Return the commands of an action."""
        self.commands.clear()
        self.arrays["action"][0] = choices
        self.task.decode(self.arrays, self.frame, self.commands)
        return [tuple(int(v) for v in item) for item in self.commands.items[0, : self.commands.count[0]].tolist()]

    def info(self, name: str) -> int:
        """Return a number of the info."""
        return int(self.arrays[f"info/{name}"][0])

    def choice(self, name: str) -> int:
        """Return the number of a choice of `macro`."""
        spec = self.task.action
        assert isinstance(spec, MacroSpec)
        return spec.choice_names.index(f"make {name}")

    def can(self, name: str) -> bool:
        """Say whether `macro` may make a type now."""
        return bool(self.arrays["action_mask"][0, self.choice(name)])


def four_workers(**params: Any) -> EconomyScene:
    scene = EconomyScene(**params)
    for number in range(4):
        scene.put(300 + number, "Terran_SCV", scene.x + 60 + 20 * number, scene.y + 100, IDLE)
    scene.bank(50)
    scene.reset()
    return scene
