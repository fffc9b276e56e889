"""Measurements of what upgrades and tables say: speeds, prices, and the hatchery's clock."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from benchmarks.oracle.play import Field
from engine.broodwar import rules_table as rules
from engine.broodwar.state import ORDER_DIE
from engine.core.frame import UnitCommandType

UPGRADED_MOVERS: Final = {
    "O013": ("Terran_Vulture", "Ion_Thrusters"),
    "O015": ("Zerg_Zergling", "Metabolic_Boost"),
    "O018": ("Protoss_Zealot", "Leg_Enhancements"),
}
"""Rows of units that run with their upgrade."""

LARVA: Final = rules.unit_type_id("Zerg_Larva")
LARVA_TICKS: Final = 38
TICK_FRAMES: Final = 9
LARVA_FRAMES: Final = 6000
SETTLE_FRAMES: Final = 20
HALF: Final = 2
FRAME_S: Final = 0.042
FRAMES_PER_S: Final = 24


def first_speeds(frames: int) -> list[float]:
    """Return the speed of an SCV from rest in each of its first frames, pixels per frame."""
    field = Field()
    worker = field.place("Terran_SCV", 0, 500, 500, 64)
    field.advance(SETTLE_FRAMES)
    field.command(UnitCommandType.MOVE, worker, x=1500, y=500)
    found = []
    for _ in range(frames):
        field.advance(1)
        found.append(round(int(field.values(worker, "speed_256")[0]) / 256, 4))
    return found


def larva_gaps(before: int) -> list[int]:
    """Return the frames between the larvae of a hatchery that never keeps one.

    Args:
        before: units that stand before the hatchery in the update list.
    """
    field = Field()
    for number in range(before):
        field.place("Terran_Supply_Depot", 1, 200 + 150 * number, 200)
    field.place("Zerg_Hatchery", 0, 992, 1008)
    units = field.games.units[0]
    found = []
    for frame in range(LARVA_FRAMES):
        field.advance(1)
        larvae = (units["slot_state"] != 0) & (units["type"] == LARVA) & (units["order"] != ORDER_DIE)
        if larvae.any():
            found.append(frame)
            units["order"][larvae] = ORDER_DIE
    return np.diff(found)[1:].tolist()


def prices(names: list[str]) -> dict[str, dict[str, Any]]:
    """Return time, price and supply of unit types, as the oracle's row writes them."""
    found = {}
    for name in names:
        row = rules.UNIT_TYPES[rules.unit_type_id(name)]
        frames = int(row["build_time_frames"])
        found[name] = {
            "frames": frames,
            "seconds_fastest": round(frames * FRAME_S, 2),
            "seconds_24fps": round(frames / FRAMES_PER_S, 2),
            "minerals": int(row["mineral_price"]),
            "gas": int(row["gas_price"]),
            "supply": int(row["supply_required_half"]) / HALF,
        }
    return found
