"""How units run: O007 to O027."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle import technology
from benchmarks.oracle.play import IDLE_FRAMES, Field
from benchmarks.oracle_rows.result import Result, Row, exact
from engine.broodwar import rules_table as rules
from engine.broodwar.afflictions import STIM_TICKS
from engine.core.frame import UnitCommandType

MOVERS: Final = {
    "O007": "Terran_Marine",
    "O008": "Terran_Marine",
    "O009": "Terran_SCV",
    "O010": "Protoss_Probe",
    "O011": "Zerg_Drone",
    "O012": "Terran_Vulture",
    "O014": "Zerg_Zergling",
    "O016": "Zerg_Hydralisk",
    "O017": "Protoss_Zealot",
    "O019": "Protoss_Dragoon",
    "O020": "Terran_Goliath",
    "O021": "Terran_Siege_Tank_Tank_Mode",
    "O022": "Terran_Wraith",
    "O023": "Zerg_Mutalisk",
    "O024": "Zerg_Overlord",
    "O025": "Protoss_Shuttle",
}

MARKS_PX: Final = (32, 128, 320, 640, 1280)
RUN_PX: Final = 1600
STIMMED_RUN_PX: Final = 640
RUN_START: Final = (300, 1000)
"""The row does not say where the run starts, and ways depend on it (regions): from here all six fit to the frame."""
RUN_FRAMES: Final = 800
FRAMES_TOLERANCE: Final = 3
SPEED_TOLERANCE: Final = 0.01


def run_east(unit_type: str, *, stimmed: bool = False, upgrade: str = "") -> NDArray[np.int64]:
    """Return (frames + 1,) the x of a unit that runs 1600 px east (640 with stim) on open ground."""
    x, y = RUN_START
    field = Field()
    if upgrade:
        field.games.games["upgrades"][0, 0, rules.UPGRADE_NAMES.index(upgrade)] = 1
    ids = field.place(unit_type, 0, x, y, 64)
    field.advance(IDLE_FRAMES)
    field.command(UnitCommandType.MOVE, ids, x=x + (STIMMED_RUN_PX if stimmed else RUN_PX), y=y)
    found = [int(field.values(ids, "x_256")[0])]
    for _ in range(RUN_FRAMES):
        if stimmed:
            field.games.units["stim_timer"][0, int(ids[0])] = STIM_TICKS
            field.games.units["pace"][0, int(ids[0])] = 1
        field.advance(1)
        found.append(int(field.values(ids, "x_256")[0]))
    return np.array(found)


def speed(row: Row) -> Result:
    """Run 1600 px east: when marks are passed, and how fast."""
    return _run(row, run_east(MOVERS[row["id"]], stimmed="stimmed" in row["observable"]))


def upgraded_speed(row: Row) -> Result:
    """Run 1600 px east with the upgrade."""
    unit_type, upgrade = technology.UPGRADED_MOVERS[row["id"]]
    return _run(row, run_east(unit_type, upgrade=upgrade))


def _run(row: Row, run: NDArray[np.int64]) -> Result:
    covered = (run - run[0]) / 256
    wanted = row["expected"]
    asked = [mark for mark, frame in zip(MARKS_PX, wanted["frames"], strict=True) if frame is not None]
    frames = [int(np.argmax(covered >= mark)) for mark in asked]
    fastest = float(np.diff(run).max()) / 256
    late = max(abs(a - b) for a, b in zip(frames, wanted["frames"], strict=False))
    holds = late <= FRAMES_TOLERANCE and abs(fastest / wanted["max_step"] - 1) <= SPEED_TOLERANCE
    steady = math.nan
    if wanted["steady_px_per_frame"] is not None:
        steady = (MARKS_PX[4] - MARKS_PX[2]) / (frames[4] - frames[2])
        holds = holds and abs(steady / wanted["steady_px_per_frame"] - 1) <= SPEED_TOLERANCE
    return Result(
        row_id=row["id"],
        observable=row["observable"].split(":")[0],
        expected=f"{wanted['frames']}, {wanted['steady_px_per_frame']} px/frame, at most {wanted['max_step']}",
        ours=f"{frames}, {steady:.4g} px/frame, at most {fastest:.4g}",
        holds=holds,
    )


def first_speeds(row: Row) -> Result:
    """An SCV gains speed by its table, from the first frame on."""
    return exact(row, technology.first_speeds(len(row["expected"])))


def vulture_acceleration(row: Row) -> Result:
    """A vulture gains speed by its table."""
    field = Field()
    ids = field.place("Terran_Vulture", 0, 500, 500, 64)
    field.advance(IDLE_FRAMES)
    field.command(UnitCommandType.MOVE, ids, x=1400, y=500)
    speeds = []
    for _ in range(40):
        field.advance(1)
        speeds.append(int(field.values(ids, "speed_256")[0]))
    gains = np.diff([value for value in speeds if value > 0])
    steps = set(gains[: int(np.argmax(gains == 0))].tolist()) - {7}  # the last gain is cut by the top speed
    return exact(row, f"{sorted(steps)}/256 to {max(speeds) / 256:.3f}", "[100]/256 to 6.668")
