"""A melee game of StarCraft II on the engine, played through PySC2's functions as player 0; nobody else acts."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.layout import Layout
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.orders import ability_of
from engine.starcraft2.results import SUCCESS
from engine.starcraft2.step import PIXEL
from engine.starcraft2.tables import unit_type_id
from envs.economy import EconomyTask
from envs.specs.functions import FunctionsSpec
from envs.specs.panels import PLAYER_FIELDS, SCORE_FIELDS
from envs.specs.pysc2 import MINIMAP_LAYERS, SCREEN_LAYERS
from envs.tasks import make_task

GAME: Final = np.zeros(1, np.int32)
SEAT: Final = np.zeros(1, np.int8)
CELLS: Final = 64


class Interface:
    """One game without latency, its task and the last view."""

    def __init__(self, race: str, seed: int = 1, **params: Any) -> None:
        name = f"melee?game=starcraft2&races={race}:terran&starts=0:1"
        params = {"observation": "pysc2", "action": "functions", "frame_skip": 8, "latency_frames": 0, **params}
        task = make_task(scenario=name, **params)
        assert isinstance(task, EconomyTask)
        self.task = task
        self.games = StarCraft2Games(task.scenario, 1, latency_frames=0)
        self.frame = Frame.allocate(1, self.games.unit_capacity, task.scenario.map, layers=True)
        self.commands = Commands.allocate(1, self.games.unit_capacity)
        self.arrays: dict[str, NDArray[Any]] = Layout(rows=1, arrays=dict(task.specs)).allocate()
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        spec = task.action
        assert isinstance(spec, FunctionsSpec)
        self.spec = spec
        self.number = {function.name: at for at, function in enumerate(spec.functions)}
        self.refused: list[int] = []
        self.begin()

    def begin(self, minerals: int | None = None, gas: int = 0) -> None:
        """Begin an episode here and now, with so much in the bank."""
        if minerals is not None:
            self.games.games["minerals"][0, 0], self.games.games["gas"][0, 0] = minerals, gas
        self.games.look_around(0)
        self.games.observe(self.frame, GAME, SEAT)
        self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)

    def bank(self, minerals: int, gas: int = 0) -> None:
        """Set what is in the bank, and look."""
        self.games.games["minerals"][0, 0], self.games.games["gas"][0, 0] = minerals, gas
        self.look()

    def put(self, name: str, x: int, y: int, player: int = 0) -> int:
        """Put a complete unit on the map; return its id."""
        return self.games.create_unit(0, name, player, x, y)

    def look(self) -> None:
        """Look again."""
        self.games.observe(self.frame, GAME, SEAT)
        self.task.encode(self.frame, self.arrays)
        self.task.score(self.frame, self.arrays)

    def units(self, name: str = "", player: int = 0) -> NDArray[np.void]:
        """Return a player's units in sight, of a type."""
        units = self.frame.units[0, : self.frame.num_units[0]]
        mine = units["player"] == player
        return units[mine & (units["type"] == unit_type_id(name))] if name else units[mine]

    def unit(self, unit_id: int) -> np.void:
        """Return a unit in sight."""
        units = self.frame.units[0, : self.frame.num_units[0]]
        return units[units["id"] == unit_id][0]

    def available(self) -> set[str]:
        """Return the names of the functions that may be called now."""
        flags = self.arrays["action_mask"][0, : len(self.spec.functions)]
        return {function.name for function, flag in zip(self.spec.functions, flags, strict=True) if flag}

    def cell(self, x: int, y: int, window: NDArray[np.int32] | None = None) -> tuple[int, int]:
        """Return the (column, row) of a place on the screen, or in a window."""
        left, top, width, height = (self.task.screen.cameras[0] if window is None else window).tolist()
        return (x - left) * CELLS // width, (y - top) * CELLS // height

    def decode(self, function: int, *rest: int) -> NDArray[np.void]:
        """Decode one action; return its commands."""
        self.commands.clear()
        action = self.arrays["action"][0]
        action[:] = 0
        action[: 1 + len(rest)] = (function, *rest)
        self.task.decode(self.arrays, self.frame, self.commands)
        return self.commands.items[0, : self.commands.count[0]].copy()

    def answers(self, commands: NDArray[np.void]) -> list[int]:
        """Return the game's ActionResults of commands, one after the other; nothing of the game is changed."""
        before = self.games.snapshot(0)
        results = []
        for line in commands:
            ability = ability_of(int(line["type"]), int(line["extra"]))
            place = (int(line["x"]) * PIXEL, int(line["y"]) * PIXEL)
            has_target = int(line["type"]) == UnitCommandType.USE_TECH_UNIT
            target = int(line["target_id"]) if has_target else NO_UNIT
            results.append(self.games.order(0, int(line["unit_id"]), ability, target, *place))
        self.games.restore(0, before)
        return results

    def call(self, name: str, column: int = 0, row: int = 0, *rest: int, frames: int = 8) -> NDArray[np.void]:
        """Call an available function and play on; return the commands that it sent; see `refused`."""
        sent = self.decode(self.number[name], column, row, *rest)
        assert self.arrays["info/invalid_actions"][0] == 0, f"{name} is not available"
        self.refused = [result for result in self.answers(sent) if result != SUCCESS]
        self.play(frames)
        return sent

    def play(self, frames: int) -> None:
        """Play on with the last commands, and look every 8 loops."""
        for _ in range(max(1, frames // 8)):
            self.games.step(self.commands, GAME, SEAT, 8)
            self.commands.clear()
            self.look()

    def click(self, unit_id: int) -> None:
        """Select a unit on the screen."""
        unit = self.unit(unit_id)
        self.call("select_point", *self.cell(int(unit["x"]), int(unit["y"])))
        assert self.task.screen.selected_ids[0, 0] == unit_id

    def select(self, *unit_ids: int) -> None:
        """Have units selected, wherever they are."""
        chosen = self.task.screen.selected_ids[0]
        chosen[:] = NO_UNIT
        chosen[: len(unit_ids)] = unit_ids
        self.look()
        self.task.screen.follow(self.frame, np.ones(1, np.bool_))
        self.task.encode(self.frame, self.arrays)

    def array(self, name: str) -> NDArray[Any]:
        """Return an array of the observation."""
        found: NDArray[Any] = self.arrays[f"observation/{name}"][0]
        return found

    def layer(self, array: str, name: str) -> NDArray[np.int32]:
        """Return a layer of the minimap or of the screen."""
        return self.array(array)[(MINIMAP_LAYERS if array == "minimap" else SCREEN_LAYERS).index(name)]

    def player(self) -> dict[str, int]:
        """Return `player` by names."""
        return {f.name: int(v) for f, v in zip(PLAYER_FIELDS, self.array("player"), strict=True)}

    def score(self) -> dict[str, int]:
        """Return `score_cumulative` by names."""
        return {f.name: int(v) for f, v in zip(SCORE_FIELDS, self.array("score_cumulative"), strict=True)}
