"""Scripted openings played again: the recorded commands at their frames, and what comes of them.

The reference played one side of a melee game on Fighting Spirit's places with open ground everywhere; the other side,
of the same race, stands idle. A command that cannot be carried out yet (the price, a larva, a finished building is
lacking, the worker is still building) is given again in every frame until it can: each plan is "the next step as soon
as affordable".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.numbered import NumberedGame
from benchmarks.oracle.traces import DATA_FOLDER
from engine.broodwar.melee import MELEE_RULES, START_MINERALS, WORKERS
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, unit_type_id
from engine.broodwar.state import (
    CARRIES_MINERALS,
    ORDER_MINING_MINERALS,
    ORDER_MOVE_TO_MINERALS,
    ORDER_RETURN_MINERALS,
    ORDER_WAIT_FOR_MINERALS,
    SLOT_FREE,
    SLOT_TURRET,
)
from engine.core.frame import UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX, NEUTRAL_UNIT_DTYPE, START_DTYPE, GameMap
from engine.core.scenario import Melee, Race

RACES: Final[tuple[Race, ...]] = ("zerg", "terran", "protoss")
"""By the number that the recordings give."""

OTHER: Final = 0
PLAYER: Final = 1
"""The other side's units are created first."""

START: Final = 0
OTHER_START: Final = 1
FIRST_FRAME: Final = 1
"""The recordings count from here on: the third larva is there already."""

FRAMES: Final = 5000
GAS_CREW: Final = 3
MINING_ORDERS: Final = (
    ORDER_MOVE_TO_MINERALS,
    ORDER_WAIT_FOR_MINERALS,
    ORDER_MINING_MINERALS,
    ORDER_RETURN_MINERALS,
)
SCV: Final = unit_type_id("Terran_SCV")
KINDS: Final = {
    "gather": UnitCommandType.GATHER,
    "train": UnitCommandType.TRAIN,
    "morph": UnitCommandType.MORPH,
    "build": UnitCommandType.BUILD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of an opening.

    Attributes:
        milestones: (frame, "start" or "done", type name) of all buildings and units but workers and larvae.
        workers_done: frames after which workers are complete.
        curve: (frame, minerals, gas, minerals ever had) every hundred frames.
    """

    milestones: tuple[tuple[int, str, str], ...]
    workers_done: tuple[int, ...]
    curve: tuple[tuple[int, int, int, int], ...]


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads((DATA_FOLDER / "openings.json").read_text("utf-8"))
    return table


def recorded(name: str) -> dict[str, Any]:
    """Return what is recorded of an opening: race, seed, commands, and the curve every hundred frames."""
    found: dict[str, Any] = _table()["openings"][name]
    return found


def play(name: str) -> Opening:
    """Play an opening.

    Args:
        name: `T_8depot_10rax`.
    """
    return _Run(name).play()


LARVA: Final = unit_type_id("Zerg_Larva")
HATCHERY: Final = unit_type_id("Zerg_Hatchery")
LARVA_FRAMES: Final = 800
"""Longer than two larvae take."""


def _larvae(run: _Run) -> tuple[list[int], int]:
    """Return the slots of our larvae, and of our hatchery."""
    units = run.game.games.units[0]
    mine = (units["slot_state"] != SLOT_FREE) & (units["player"] == PLAYER)
    return np.flatnonzero(mine & (units["type"] == LARVA)).tolist(), int(
        np.flatnonzero(mine & (units["type"] == HATCHERY))[0]
    )


def _offset(run: _Run, slot: int, hatchery: int) -> tuple[int, int]:
    units = run.game.games.units[0]
    return int(units["x"][slot] - units["x"][hatchery]), int(units["y"][slot] - units["y"][hatchery])


def first_larvae() -> tuple[int, int, list[tuple[int, int]]]:
    """Return how many larvae a melee game has at its creation, how many more after a frame, and where they appeared.

    Places are offsets from the hatchery, pixels.
    """
    run = _Run("Z_9pool", settle=0)
    created, hatchery = _larvae(run)
    places = [_offset(run, slot, hatchery) for slot in created]
    run.game.advance()
    later = [slot for slot in _larvae(run)[0] if slot not in created]
    return len(created), len(later), places + [_offset(run, slot, hatchery) for slot in later]


def fourth_larva() -> tuple[int, int]:
    """Return where the fourth larva of a melee game appears, an offset from the hatchery, in pixels."""
    run = _Run("Z_9pool")
    before: list[int] = []
    for frame in range(LARVA_FRAMES):
        run.give(frame)
        run.game.advance()
        larvae, hatchery = _larvae(run)
        new = [slot for slot in larvae if slot not in before]
        if before and new:
            return _offset(run, new[0], hatchery)
        before = larvae
    return 0, 0


def crew_order(far: NDArray[np.float64], laden: NDArray[np.bool_], numbers: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return in which order mining workers are sent to a new refinery: the nearest first of those that carry nothing.

    Args:
        far: (n,) distances, pixels.
        laden: (n,) bool: carries minerals.
        numbers: (n,) of the units; the newest has the lowest.
    """
    return np.lexsort((-numbers, far, laden))


class _Run:
    """An opening being played."""

    def __init__(self, name: str, settle: int = FIRST_FRAME) -> None:
        table, opening = _table(), recorded(name)
        width, height = table["tiles"]
        game_map = replace(
            GameMap.flat("openings", width, height),
            starts=np.array([tuple(start) for start in table["starts"]], START_DTYPE),
            neutrals=np.array([tuple(unit) for unit in table["neutrals"]], NEUTRAL_UNIT_DTYPE),
        )
        race = RACES[opening["race"]]
        scenario = MELEE_RULES.scenario(
            game_map,
            Melee(races=(race, race), starts=(OTHER_START, START)),
            title=name,
            source=table["source"],
            max_frames=1 << 20,
            frame_skip=1,
            latency_frames=0,
            opponents=(),
        )
        self.game = NumberedGame(scenario, opening["seed"])
        self.worker = unit_type_id(WORKERS[race])
        self.waiting: list[list[Any]] = list(opening["commands"])
        self.known: dict[int, tuple[int, bool]] = {}
        self.milestones: list[tuple[int, str, str]] = []
        self.workers_done: list[int] = []
        self.curve: list[tuple[int, int, int, int]] = []
        self.building: dict[int, tuple[int, int]] = {}
        self.mined = START_MINERALS
        self.loads = np.zeros(self.game.games.unit_capacity, np.int64)
        for _ in range(settle):
            self.game.advance()
        self._look(0)

    def play(self) -> Opening:
        """Play it to its end."""
        for frame in range(FRAMES + 1):
            if frame % 100 == 0:
                self._note_money(frame)
            self.give(frame)
            self.game.advance()
            self._look(frame + 1)
        return Opening(
            milestones=tuple(self.milestones), workers_done=tuple(self.workers_done), curve=tuple(self.curve)
        )

    def give(self, frame: int) -> None:
        """Give what is due; what cannot be done yet stays due."""
        left = []
        for entry in self.waiting:
            at, kind, number, what, *where = entry
            if at > frame or self._builds(number):
                left.append(entry)
                continue
            target, x, y, extra = -1, 0, 0, 0
            if kind == "gather":
                target = what
            else:
                extra = unit_type_id(what)
            if where:
                x, y = (BUILD_TILE_PX * part for part in where[0])
            game = self.game
            reason = "None"
            if target >= 0:
                reason = game.command(PLAYER, KINDS[kind], number, target=target)
            else:
                reason = game.command(PLAYER, KINDS[kind], number, x=x, y=y, extra=extra)
            if reason != "None":
                left.append(entry)
            elif kind == "build":
                self.building[number] = extra, self._standing(extra)
        self.waiting = left

    def _standing(self, kind: int) -> int:
        """Return how many of our buildings of a type stand, or, where a worker stays to build, are complete."""
        units = self.game.games.units[0]
        ours = (units["slot_state"] != SLOT_FREE) & (units["player"] == PLAYER) & (units["type"] == kind)
        return int((ours & ((units["is_complete"] != 0) | (self.worker != SCV))).sum())

    def _builds(self, number: int) -> bool:
        """Say whether a worker is on its way to a building site, or at work there."""
        if number not in self.building:
            return False
        kind, before = self.building[number]
        if self._standing(kind) > before:
            del self.building[number]
            return False
        return True

    def _look(self, frame: int) -> None:
        """Note what is new on our side, and what was delivered."""
        units = self.game.games.units[0]
        at_work = (units["type"] == self.worker) & (units["player"] == PLAYER)
        self.mined += int(self.loads[at_work & (units["carries"] == 0)].sum())
        self.loads = np.where(at_work & (units["carries"] == CARRIES_MINERALS), units["cargo"], 0)
        there = (units["slot_state"] != SLOT_FREE) & (units["slot_state"] != SLOT_TURRET) & (units["player"] == PLAYER)
        for slot in np.flatnonzero(there).tolist():
            kind, done = int(units["type"][slot]), bool(units["is_complete"][slot])
            key = slot + len(units) * int(units["generation"][slot])
            before = self.known.get(key, (-1, False))
            self.known[key] = kind, done
            if before == (kind, done):
                continue
            name = UNIT_TYPE_NAMES[kind]
            if name in ("Zerg_Larva", "Zerg_Egg"):
                continue
            if kind == self.worker:
                if done:
                    self.workers_done.append(frame)
                continue
            if before[0] != kind:
                self.milestones.append((frame, "start", name))
            if done:
                self.milestones.append((frame, "done", name))
                if PRODUCTION[kind]["is_refinery"]:
                    self._crew(frame, slot)

    def _crew(self, frame: int, refinery: int) -> None:
        """Send workers to a new refinery, so many that with its builder, if that goes there, there are three.

        The recordings do not list these commands; that there are three shows in the gas.
        """
        units = self.game.games.units[0]
        number_of = {slot: number for number, slot in self.game.slots.items()}
        present = (units["slot_state"] != SLOT_FREE) & (units["player"] == PLAYER) & (units["is_complete"] != 0)
        miners = np.flatnonzero(present & (units["type"] == self.worker) & np.isin(units["order"], MINING_ORDERS))
        x, y = units["x"][refinery], units["y"][refinery]
        far = np.hypot(units["x"][miners] - x, units["y"][miners] - y)
        numbers = np.array([number_of[slot] for slot in miners.tolist()], np.int64)
        count = GAS_CREW - (self.worker == SCV)
        for at in crew_order(far, units["carries"][miners] != 0, numbers)[:count].tolist():
            self.waiting.append([frame, "gather", int(numbers[at]), number_of[refinery]])

    def _note_money(self, frame: int) -> None:
        game = self.game.games.games[0]
        self.curve.append((frame, int(game["minerals"][PLAYER]), int(game["gas"][PLAYER]), self.mined))
