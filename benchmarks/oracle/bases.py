"""Bases at work: what so many workers bring in on Fighting Spirit's upper right base, on open ground."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from benchmarks.oracle.mining import DEPOT, DEPOTS, FIELDS, GEYSER, MAP_TILES
from benchmarks.oracle.play import UNIT_ID_SLOTS, Field, field_scenario
from engine.broodwar.melee import NUM_LARVAE, OVERLORD, add_larva
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.state import MAY_OVERLAP
from engine.core.frame import UnitCommandType
from engine.core.gamemap import GameMap

WORKERS: Final = {"SCV": "Terran_SCV", "probe": "Protoss_Probe", "drone": "Zerg_Drone"}
START_WORKERS: Final = 4
MORE_WORKERS_AT: Final = (0, 100)
"""Offset from the depot, pixels, of the place around which the workers beyond the first four are put."""

OVERLORD_AT: Final = (-99, 65)
"""Offset from the hatchery, pixels, of the first overlord."""

NUM_FIELDS: Final = len(FIELDS)

WARM_UP_FRAMES: Final = 2000
FRAMES: Final = 8000
FRAME_S: Final = 0.042


def _add_zerg_start(field: Field, hatchery: int) -> None:
    """Put there what a hatchery begins a melee game with: in the recordings it stands where drones are put."""
    games = field.games
    for _ in range(NUM_LARVAE):
        add_larva(games.units[0], games.games[0], games.index[0], games.terrain, games.creep[0], hatchery)
    field.place(OVERLORD, 0, DEPOT[0] + OVERLORD_AT[0], DEPOT[1] + OVERLORD_AT[1])


@cache
def minerals_per_minute(worker: str, count: int) -> float:
    """Return what `count` workers bring in a minute: 8,000 frames after 2,000 to settle.

    Four workers stand about the depot, the others below it; each is sent to the next nearest field, and, where there
    are more workers than fields, from the nearest on again.

    Args:
        worker: a name of `WORKERS`.
        count: number of workers.
    """
    name = WORKERS[worker]
    field = Field(scenario=field_scenario(GameMap.flat("mining", MAP_TILES, MAP_TILES)))
    depot_x, depot_y = DEPOT
    fields = {
        (x, y): field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, depot_x + x, depot_y + y) for x, y in FIELDS
    }
    field.place("Resource_Vespene_Geyser", NEUTRAL_PLAYER, depot_x + GEYSER[0], depot_y + GEYSER[1])
    depot = field.place(DEPOTS[name], 0, *DEPOT)
    if worker == "drone":
        _add_zerg_start(field, int(depot[0]) % UNIT_ID_SLOTS)
    first = [field.place(name, 0, *DEPOT) for _ in range(min(count, START_WORKERS))]
    more_x, more_y = depot_x + MORE_WORKERS_AT[0], depot_y + MORE_WORKERS_AT[1]
    more = [field.place(name, 0, more_x, more_y) for _ in range(count - len(first))]
    for unit in more:  # placed right before the command: they have not looked about yet
        field.games.units["status"][0, int(unit[0]) % UNIT_ID_SLOTS] |= MAY_OVERLAP
    nearest = sorted(FIELDS, key=lambda place: (float(np.hypot(*place)), -FIELDS.index(place)))
    for number, unit in enumerate([*reversed(first), *more]):
        field.command(UnitCommandType.GATHER, unit, target_ids=fields[nearest[number % len(nearest)]])
    field.advance(WARM_UP_FRAMES)
    before = int(field.games.games["minerals"][0, 0])
    field.advance(FRAMES)
    return (int(field.games.games["minerals"][0, 0]) - before) / (FRAMES * FRAME_S) * 60
