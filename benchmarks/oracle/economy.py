"""Measurements of the economy: mining, gas, training and construction, each in a base made for it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import unit_type_id
from engine.broodwar.state import ORDER_MINING_MINERALS
from engine.core.frame import UnitCommandType

Row = dict[str, Any]

RICH: Final = 10_000
BASE: Final = (500, 500)
PRODUCER_AT: Final = (1000, 1000)
SETTLE_FRAMES: Final = 10
BUILD_TILE: Final = (35, 35)
TILE_PX: Final = 32

TRAINED_IN: Final = {
    "Terran_Marine": "Terran_Barracks",
    "Terran_SCV": "Terran_Command_Center",
    "Terran_Vulture": "Terran_Factory",
    "Protoss_Probe": "Protoss_Nexus",
}
SUPPLIERS: Final = {"Terran": "Terran_Supply_Depot", "Protoss": "Protoss_Pylon", "Zerg": "Zerg_Overlord"}
DEPOTS: Final = {"Terran": "Terran_Command_Center", "Protoss": "Protoss_Nexus", "Zerg": "Zerg_Hatchery"}
WORKERS: Final = {"Terran": "Terran_SCV", "Protoss": "Protoss_Probe", "Zerg": "Zerg_Drone"}
REFINERIES: Final = {"Terran": "Terran_Refinery", "Protoss": "Protoss_Assimilator", "Zerg": "Zerg_Extractor"}
REQUIRED: Final = {
    "Terran_Bunker": "Terran_Barracks",
    "Protoss_Photon_Cannon": "Protoss_Forge",
    "Zerg_Zergling": "Zerg_Spawning_Pool",
    "Zerg_Hydralisk": "Zerg_Hydralisk_Den",
    "Zerg_Mutalisk": "Zerg_Spire",
}
LARVA: Final = unit_type_id("Zerg_Larva")
LARVA_FRAMES: Final = 40
CREEP_TILE: Final = (31, 35)
FAR_TILE: Final = (45, 35)


def _race(name: str) -> str:
    return name.split("_", 1)[0]


def _rich_base(race: str) -> Field:
    """Return a field with a depot and room for more supply, and money for everything."""
    field = Field()
    field.place(DEPOTS[race], 0, *BASE)
    field.place(SUPPLIERS[race], 0, BASE[0] + 300, BASE[1])
    field.games.games["minerals"][0, 0] = RICH
    field.games.games["gas"][0, 0] = RICH
    return field


def trained_at(name: str, count: int, frames: int) -> list[int]:
    """Return the frames, counted from the command, after which units of a full queue stand there complete."""
    field = _rich_base(_race(name))
    producer = field.place(TRAINED_IN[name], 0, *PRODUCER_AT)
    field.advance(SETTLE_FRAMES)
    kind = unit_type_id(name)
    for _ in range(count):
        field.command(UnitCommandType.TRAIN, producer, extra=kind)
    found: list[int] = []
    for frame in range(1, frames):
        field.advance(1)
        units = field.games.units[0]
        complete = int(((units["slot_state"] != 0) & (units["type"] == kind) & (units["is_complete"] != 0)).sum())
        found += [frame] * (complete - len(found))
    return found


def hatched_at(name: str, frames: int) -> tuple[int, int, int]:
    """Return the frames, from the command to a larva on, of the egg, of the unit that comes out, and of its use."""
    field = _rich_base("Zerg")
    hatchery = field.place("Zerg_Hatchery", 0, *PRODUCER_AT)
    if name in REQUIRED:
        field.place(REQUIRED[name], 0, BASE[0], BASE[1] + 600)
    field.advance(LARVA_FRAMES)
    units = field.games.units[0]
    larvae = (units["type"] == LARVA) & (units["slot_state"] != 0) & (units["home"] == int(hatchery[0]))
    slot = int(np.flatnonzero(larvae)[0])
    kind = unit_type_id(name)
    larva = np.array([slot + UNIT_ID_SLOTS * int(units["generation"][slot])], np.int32)
    field.command(UnitCommandType.MORPH, larva, extra=kind)
    egg = out = -1
    for frame in range(1, frames):
        field.advance(1)
        if egg < 0 and units["type"][slot] != LARVA:
            egg = frame
        if out < 0 and units["type"][slot] == kind:
            out = frame
        if out > 0 and units["is_complete"][slot]:
            return egg, out, frame
    return egg, out, -1


def build_frames(name: str, frames: int) -> int:
    """Return the frames from a building's foundation to its completion; -1 if it never came to that."""
    race = _race(name)
    field = _rich_base(race)
    if name in REQUIRED:
        field.place(REQUIRED[name], 0, BASE[0], BASE[1] + 600)
    if race == "Protoss":
        field.place("Protoss_Pylon", 0, PRODUCER_AT[0] + 150, PRODUCER_AT[1] + 300)
    tile = BUILD_TILE
    if race == "Zerg":  # on creep, or, for what needs none, away from it
        field.place("Zerg_Hatchery", 0, *PRODUCER_AT)
        tile = FAR_TILE if name == "Zerg_Hatchery" else CREEP_TILE
    worker = field.place(WORKERS[race], 0, PRODUCER_AT[0], PRODUCER_AT[1] + (150 if race == "Zerg" else 0))
    field.advance(SETTLE_FRAMES)
    kind = unit_type_id(name)
    standing = field.games.units["type"][0] == kind
    field.command(UnitCommandType.BUILD, worker, x=tile[0] * TILE_PX, y=tile[1] * TILE_PX, extra=kind)
    began = -1
    for frame in range(frames):
        field.advance(1)
        units = field.games.units[0]
        mine = (units["slot_state"] != 0) & (units["type"] == kind) & ~standing
        if mine.any() and began < 0:
            began = frame
        if (mine & (units["is_complete"] != 0)).any():
            return frame - began
    return -1


def _gas_base(race: str, workers: int) -> tuple[Field, NDArray[np.int32], list[NDArray[np.int32]]]:
    field = Field()
    x, y = PRODUCER_AT
    field.place(DEPOTS[race], 0, x, y)
    refinery = field.place(REFINERIES[race], 0, x, y - 176)
    crew = [field.place(WORKERS[race], 0, x - 60 + 30 * number, y + 100) for number in range(workers)]
    field.advance(SETTLE_FRAMES)
    for worker in crew:
        field.command(UnitCommandType.GATHER, worker, target_ids=refinery)
    return field, refinery, crew


def gas_per_minute(race: str, workers: int) -> float:
    """Return the gas that so many workers bring in a minute, 8,000 frames after 2,000 to settle."""
    field, _, _ = _gas_base(race, workers)
    field.advance(2000)
    before = int(field.games.games["gas"][0, 0])
    field.advance(8000)
    return (int(field.games.games["gas"][0, 0]) - before) / (8000 * 0.042) * 60


def frames_hidden() -> set[int]:
    """Return for how many frames a worker is inside its refinery, trip by trip."""
    field, _, crew = _gas_base("Terran", 1)
    slot = int(crew[0][0]) % UNIT_ID_SLOTS
    found: set[int] = set()
    inside = 0
    for _ in range(1000):
        field.advance(1)
        if field.games.units["is_hidden"][0, slot]:
            inside += 1
        elif inside:
            found.add(inside)
            inside = 0
    return found


def _carried(field: Field, slot: int, frames: int) -> set[int]:
    """Return the loads that a worker is seen with."""
    found = set()
    for _ in range(frames):
        field.advance(1)
        found.add(int(field.games.units["cargo"][0, slot]))
    return found - {0}


def loads() -> tuple[set[int], set[int], set[int]]:
    """Return what a worker carries: from a field, from a geyser, and from an empty geyser."""
    field, slot = _mining_base()
    minerals = _carried(field, slot, 400)
    field, refinery, crew = _gas_base("Terran", 1)
    slot = int(crew[0][0]) % UNIT_ID_SLOTS
    gas = _carried(field, slot, 400)
    units = field.games.units[0]
    units["resources"][int(refinery[0]) % UNIT_ID_SLOTS] = 0
    units["cargo"][slot] = units["carries"][slot] = 0
    return minerals, gas, _carried(field, slot, 400)


def _mining_base() -> tuple[Field, int]:
    """Return a field where one worker has been sent to one mineral field, and the worker's slot."""
    field = Field()
    x, y = PRODUCER_AT
    field.place("Terran_Command_Center", 0, x, y)
    patch = field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, x + 200, y)
    worker = field.place("Terran_SCV", 0, x + 100, y)
    field.advance(SETTLE_FRAMES)
    field.command(UnitCommandType.GATHER, worker, target_ids=patch)
    return field, int(worker[0]) % UNIT_ID_SLOTS


def mining_frames() -> set[int]:
    """Return for how many frames a worker is at work on a field, trip by trip."""
    field, slot = _mining_base()
    found: set[int] = set()
    began = -1
    for frame in range(2000):
        field.advance(1)
        unit = field.games.units[0, slot]
        if began < 0 and unit["order"] == ORDER_MINING_MINERALS and unit["order_state"] != 0:
            began = frame
        elif began >= 0 and unit["cargo"] > 0:
            found.add(frame - began)
            began = -1
            while field.games.units[0, slot]["cargo"] > 0:
                field.advance(1)
    return found
