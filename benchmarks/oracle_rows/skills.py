"""Regeneration, medics, stim, siege, burrowing, cloaks: O060 to O065."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.play import IDLE_FRAMES, Field
from benchmarks.oracle_rows.result import Result, Row, exact
from bridge.rules_view import FRAME_MS
from engine.broodwar import rules_table as rules
from engine.broodwar.state import BURROWED, CLOAKED, ORDER_SIEGING
from engine.core.frame import UnitCommandType

FEW_FRAMES: Final = 10
STIM_FRAMES: Final = (289, 296)
"""37 cycles of eight frames; the first may have begun before."""


def regeneration(row: Row) -> Result:
    """Change per frame of shields, hit points and energy, in 1/256."""
    field = Field()
    changes = {}
    for name, unit, player, x, points, share in (
        ("shield_regen", "Protoss_Zealot", 0, 400, "shield_256", 0.5),
        ("zerg_hp_regen", "Zerg_Zergling", 0, 600, "hp_256", 0.5),
        ("terran_building_burn_at_32pct", "Terran_Command_Center", 0, 900, "hp_256", 0.32),
        ("energy_regen", "Protoss_High_Templar", 0, 1200, "energy_256", 0.0),
    ):
        ids = field.place(unit, player, x, 500)
        slot = int(ids[0])
        kind = rules.UNIT_TYPES[rules.unit_type_id(unit)]
        if name == "energy_regen":
            start_energy = int(field.games.units[points][0, slot]) / 256
        elif points == "hp_256":
            field.games.units[points][0, slot] = int(int(kind["max_hp"]) * 256 * share)
        else:
            field.games.units[points][0, slot] = int(int(kind["max_shield"]) * 256 * share)
        changes[name] = (slot, points, int(field.games.units[points][0, slot]))
    frames = 64
    field.advance(frames)
    found = {
        name: (int(field.games.units[points][0, slot]) - before) / frames
        for name, (slot, points, before) in changes.items()
    }
    return exact(row, found | {"initial_energy_HT": start_energy}, row["expected"])


def _skilled(seed: int) -> Field:
    """Return a field where player 0 knows all technologies."""
    field = Field(seed=seed)
    field.games.games["techs"][:, 0] = 1
    return field


def _wait(field: Field, reached: Callable[[], bool], limit: int = 2000) -> int:
    """Advance until something is reached; return how many frames that takes, -1 if more than the limit."""
    for frame in range(1, limit + 1):
        field.advance(1)
        if reached():
            return frame
    return -1


def _is_over(field: Field, ids: NDArray[np.int32], timer: str) -> bool:
    return bool(field.values(ids, timer)[0] == 0)


def medic(row: Row) -> Result:
    """What a medic gives and pays per frame, and how long 30 points take."""
    field = _skilled(61)
    healer = field.place("Terran_Medic", 0, 500, 500)
    marine = field.place("Terran_Marine", 0, 525, 500)
    field.advance(1)
    hurt = 10 << 8
    field.games.units["hp_256"][0, int(marine[0])] = hurt
    _wait(field, lambda: bool(field.values(marine, "hp_256")[0] > hurt))
    before = int(field.values(marine, "hp_256")[0]), int(field.values(healer, "energy_256")[0])
    field.advance(FEW_FRAMES)
    gain = (int(field.values(marine, "hp_256")[0]) - before[0]) // FEW_FRAMES
    energy = (int(field.values(healer, "energy_256")[0]) - before[1]) // FEW_FRAMES
    rest = _wait(field, lambda: bool(field.values(marine, "hp_256")[0] == 40 << 8))
    found = {
        "hp_per_frame_256": gain,
        "frames_for_30hp": 1 + FEW_FRAMES + rest,
        "energy_per_frame_256": energy,
        "hp_per_second": gain / 256 * 1000 / FRAME_MS,
    }
    return exact(row, found, row["expected"])


def stim(row: Row) -> Result:
    """How long stim lasts and what it costs."""
    field = _skilled(62)
    found = []
    for at in range(10):
        marine = field.place("Terran_Marine", 0, 200 + 100 * at, 500)
        field.advance(1 + at % 3)
        field.command(UnitCommandType.USE_TECH, marine, extra=rules.TECH_NAMES.index("Stim_Packs"))
        field.advance(1)
        cost = 40 - int(field.values(marine, "hp_256")[0]) / 256
        found.append(1 + _wait(field, partial(_is_over, field, marine, "stim_timer")))
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{row['expected']}; {row['tolerance']}",
        ours=f"{found} frames, {cost:g} points",
        holds=cost == row["expected"]["hp_cost"]
        and all(STIM_FRAMES[0] <= frames <= STIM_FRAMES[1] for frames in found),
    )


def siege(row: Row) -> Result:
    """How long a tank takes to dig in and to get out, by its heading."""
    found = []
    sieged = rules.unit_type_id("Terran_Siege_Tank_Siege_Mode")
    holds = True
    for wanted in row["expected"]:
        field = _skilled(63)
        tank = field.place("Terran_Siege_Tank_Tank_Mode", 0, 500, 500, wanted["start_heading"])
        field.advance(IDLE_FRAMES)
        field.command(UnitCommandType.SIEGE, tank)
        ours = [
            _wait(field, lambda: bool(field.values(tank, "type")[0] == sieged)),  # noqa: B023
            _wait(field, lambda: bool(field.values(tank, "order")[0] != ORDER_SIEGING)),  # noqa: B023
        ]
        field.command(UnitCommandType.UNSIEGE, tank)
        ours.append(_wait(field, lambda: bool(field.values(tank, "type")[0] != sieged)))  # noqa: B023
        theirs = [
            wanted[name] for name in ("frames_until_type_change", "further_frames_until_usable", "unsiege_frames")
        ]
        holds = holds and all(abs(a - b) <= 1 for a, b in zip(ours, theirs, strict=True))
        found.append((wanted["start_heading"], *ours))
    theirs_text = [tuple(wanted.values()) for wanted in row["expected"]]
    return Result(
        row_id=row["id"],
        observable=f"{row['observable']}: heading, frames until the type changes, until usable, until unsieged",
        expected=str(theirs_text),
        ours=str(found),
        holds=holds,
    )


def burrow(row: Row) -> Result:
    """How long a zergling takes to go under ground and to come up."""
    field = _skilled(64)
    zergling = field.place("Zerg_Zergling", 0, 500, 500)
    field.advance(IDLE_FRAMES)
    down, up = [], []
    for _ in range(12):
        field.command(UnitCommandType.BURROW, zergling)
        down.append(_wait(field, lambda: bool(field.values(zergling, "status")[0] & BURROWED)))
        field.advance(IDLE_FRAMES)
        field.command(UnitCommandType.UNBURROW, zergling)
        up.append(_wait(field, lambda: not field.values(zergling, "status")[0] & BURROWED))
        field.advance(IDLE_FRAMES)
    wanted = row["expected"]["zergling_burrow_frames"]
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{wanted}; {row['tolerance']}",
        ours=f"{sorted(set(down))}; {sorted(set(up))}",
        holds=set(down) == {wanted} and set(up) <= set(range(6, 11)),
    )


def cloak_drain(row: Row) -> Result:
    """What a cloak costs per frame, and for how long 50 points of energy last."""
    spent = []
    for name in ("Terran_Ghost", "Terran_Wraith"):
        field = _skilled(65)
        hidden = field.place(name, 0, 500, 500)
        field.advance(1)
        field.games.units["energy_256"][0, int(hidden[0])] = (50 + 25) << 8  # 25 to begin with
        field.command(UnitCommandType.CLOAK, hidden)
        field.advance(1)
        first = int(field.values(hidden, "energy_256")[0])
        field.advance(1)
        spent.append(first - int(field.values(hidden, "energy_256")[0]))
    lasts = 2 + _wait(field, lambda: not field.values(hidden, "status")[0] & CLOAKED)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"10, 13; {row['expected']}",
        ours=f"{spent[0]}, {spent[1]}; {lasts} frames",
        holds=spent == [10, 13] and abs(lasts - 984) <= 2,
    )
