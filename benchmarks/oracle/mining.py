"""Recorded mining played again: a depot, nine fields and a geyser on open ground, workers sent to fields at frame 0."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field, field_scenario
from benchmarks.oracle.traces import Mining
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.state import MAY_OVERLAP, STATE_CHECK_ILLEGAL
from engine.core.frame import UnitCommandType
from engine.core.gamemap import GameMap

MAP_TILES: Final = 128
DEPOT: Final = (3808, 272)
DEPOTS: Final = {
    "Terran_SCV": "Terran_Command_Center",
    "Protoss_Probe": "Protoss_Nexus",
    "Zerg_Drone": "Zerg_Hatchery",
}
FIELDS: Final = ((192, 96), (192, 128), (160, 160), (224, 64), (224, 0), (192, -32), (192, -96), (192, 32), (224, -64))
GEYSER: Final = (0, -176)
"""Offsets from the depot, pixels: Fighting Spirit's upper right base (measured_mining.json), in the order of the
recordings' unit numbers, which count down: who of two neighbours is bumped into first depends on it."""


def replay_mining(trace: Mining) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Play a mining recording.

    Args:
        trace: the recording.

    Returns:
        (frames, workers, 2) x and y after each frame, workers in the order of the recording, and (frames,) the
        player's minerals.
    """
    field = Field(scenario=field_scenario(GameMap.flat("mining", MAP_TILES, MAP_TILES)))
    name = UNIT_TYPE_NAMES[trace.worker_type]
    fields = {}
    for x, y in FIELDS:
        place = DEPOT[0] + x, DEPOT[1] + y
        fields[place] = field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, *place)
    field.place("Resource_Vespene_Geyser", NEUTRAL_PLAYER, DEPOT[0] + GEYSER[0], DEPOT[1] + GEYSER[1])
    field.place(DEPOTS[name], 0, *DEPOT)
    workers: list[NDArray[np.int32]] = []
    for worker in reversed(range(len(trace.start))):  # the newest comes first in a recording
        x, y, heading, state = trace.start[worker].tolist()
        unit = field.place(name, 0, x, y, heading)
        if state == STATE_CHECK_ILLEGAL:  # placed right before the command: it has not looked about yet
            field.games.units["status"][0, int(unit[0]) % UNIT_ID_SLOTS] |= MAY_OVERLAP
        workers.insert(0, unit)
    for unit, goal in zip(reversed(workers), reversed(trace.goals.tolist()), strict=True):
        field.command(UnitCommandType.GATHER, unit, target_ids=fields[tuple(goal)])
    slots = np.array([int(unit[0]) % UNIT_ID_SLOTS for unit in workers])
    places = np.zeros((trace.frames, len(workers), 2), np.int32)
    minerals = np.zeros(trace.frames, np.int32)
    for frame in range(trace.frames):
        field.advance(1)
        units = field.games.units[0]
        places[frame] = np.stack([units["x"][slots], units["y"][slots]], axis=1)
        minerals[frame] = field.games.games["minerals"][0, 0]
    return places, minerals
