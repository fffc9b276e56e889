"""Mining, gas, production, construction, larvae and openings: O066 to O107."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.oracle import bases, economy, openings, technology
from benchmarks.oracle_rows.result import Result, Row, exact


def mining_time(row: Row) -> Result:
    """A worker is at a field for 75 frames, as the nine-frame clock sees them."""
    found = economy.mining_frames()
    low, high = (int(part) for part in row["tolerance"].split(".."))
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=f"{min(found)} to {max(found)}",
        holds=low <= min(found) and max(found) <= high,
    )


def time_in_refinery(row: Row) -> Result:
    """A worker is off the map for 37 frames."""
    return exact(row, sorted(economy.frames_hidden()), [int(row["expected"])])


def trip_loads(row: Row) -> Result:
    """What one trip brings: minerals, gas, gas of an empty geyser."""
    return exact(row, " / ".join(str(*amounts) for amounts in economy.loads()))


def training(row: Row) -> Result:
    """When the units of a queue of three are complete."""
    name = row["observable"].split(" ", 1)[0]
    wanted = row["expected"]["completed_at"]
    found = economy.trained_at(name, len(wanted), wanted[-1] + 60)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(wanted),
        ours=str(found),
        holds=len(found) == len(wanted) and all(abs(a - b) <= 1 for a, b in zip(found, wanted, strict=True)),
    )


def hatching(row: Row) -> Result:
    """When a larva is an egg, and when what comes out of it can be used."""
    name = row["observable"].split(" ", 1)[0]
    wanted = row["expected"]
    egg, _, complete = economy.hatched_at(name, wanted["completed_at"] + 100)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"egg {wanted['egg_at']}, complete {wanted['completed_at']}",
        ours=f"egg {egg}, complete {complete}",
        holds=abs(egg - wanted["egg_at"]) <= 1 and abs(complete - wanted["completed_at"]) <= 1,
    )


EGGS: Final = ("Zerg_Drone", "Zerg_Zergling", "Zerg_Hydralisk", "Zerg_Overlord")
SAMPLED_FRAMES: Final = 3
"""The recorded games were looked at every third frame."""


LARVA_MEANS: Final = {0: 356, 1: 335}
"""By how many units stand before the hatchery in the update list."""


def larva_intervals(row: Row) -> Result:
    """Larvae come every 38 ticks of nine frames, more often where the clocks' reset favours their hatchery."""
    means = {before: float(np.mean(technology.larva_gaps(before))) for before in LARVA_MEANS}
    ticks = technology.LARVA_TICKS * technology.TICK_FRAMES
    ours = f"{ticks}; {means[1]:.1f} or {means[0]:.1f} mean by slot"
    holds = ticks == int(row["expected"].split(";")[0])
    holds = holds and all(
        round(means[before] - 0.5) <= wanted <= round(means[before] + 0.5) for before, wanted in LARVA_MEANS.items()
    )
    return Result(row_id=row["id"], observable=row["observable"], expected=str(row["expected"]), ours=ours, holds=holds)


def prices(row: Row) -> Result:
    """Every basic unit and building costs and takes what the table says."""
    wanted = row["expected"]
    ours = technology.prices(list(wanted))
    differing = [name for name in wanted if ours[name] != wanted[name]]
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{len(wanted)} types",
        ours=f"{len(wanted) - len(differing)} the same" + (f", not {', '.join(differing)}" if differing else ""),
        holds=not differing,
    )


def egg_phase(row: Row) -> Result:
    """For how long an egg is an egg."""
    wanted = [int(part) for part in row["expected"].removesuffix(" frames").split(" / ")]
    found = []
    for name in EGGS:
        egg, out, _ = economy.hatched_at(name, 800)
        found.append(out - egg)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=" / ".join(map(str, found)),
        holds=all(abs(a - b) <= SAMPLED_FRAMES for a, b in zip(found, wanted, strict=True)),
    )


GAS_TOLERANCE: Final = 0.04


def gas(row: Row) -> Result:
    """Gas a minute, by race and number of workers."""
    races = {"T": "Terran", "P": "Protoss", "Z": "Zerg"}
    found = {}
    for label in row["expected"]:
        race, workers = label.split(" x")
        found[label] = round(economy.gas_per_minute(races[race], int(workers)), 1)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(row["expected"]),
        ours=str(found),
        holds=all(abs(found[label] / wanted - 1) <= GAS_TOLERANCE for label, wanted in row["expected"].items()),
    )


def construction(row: Row) -> Result:
    """How long a building takes, from its foundation on."""
    name = row["observable"].split(" ", 1)[0]
    wanted = int(row["expected"]["start_to_complete"])
    found = economy.build_frames(name, wanted + 300)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(wanted),
        ours=str(found),
        holds=abs(found - wanted) <= 1,
    )


RATE_TOLERANCE: Final = 0.04


def mining_rates(row: Row) -> Result:
    """What each of n workers brings in a minute."""
    worker = row["observable"].split(",")[0]
    wanted = row["expected"]
    found = {count: round(bases.minerals_per_minute(worker, int(count)) / int(count), 2) for count in wanted}
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(wanted),
        ours=str(found),
        holds=all(abs(found[count] / wanted[count] - 1) <= RATE_TOLERANCE for count in wanted),
    )


PUBLISHED_TOLERANCE: Final = 0.08


def rate_per_worker(row: Row) -> Result:
    """What a worker brings in a minute where each has a field of its own."""
    wanted = {name: float(rate) for name, rate in (part.split(" ") for part in row["expected"].split(", "))}
    found = {name: round(bases.minerals_per_minute(name, bases.NUM_FIELDS) / bases.NUM_FIELDS, 1) for name in wanted}
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=", ".join(f"{name} {rate}" for name, rate in found.items()),
        holds=all(abs(found[name] / rate - 1) <= PUBLISHED_TOLERANCE for name, rate in wanted.items()),
    )


def rates_of_a_base(row: Row) -> Result:
    """What a base with n SCVs brings in a minute."""
    wanted = {int(count): int(rate) for count, rate in (part.split(":") for part in row["expected"].split(" "))}
    found = {count: round(bases.minerals_per_minute("SCV", count)) for count in wanted}
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=" ".join(f"{count}:{rate}" for count, rate in found.items()),
        holds=all(abs(found[count] / rate - 1) <= PUBLISHED_TOLERANCE for count, rate in wanted.items()),
    )


def first_larvae(row: Row) -> Result:
    """How many larvae a melee game begins with, and where they appear."""
    created, ticked, places = openings.first_larvae()
    below = set(places) == {(0, 42)}
    place = "depot (x, y+42)" if below else str(sorted(set(places)))
    return exact(row, f"{created} larvae at creation + {ticked} on first tick (3 at frame 2) at {place}")


def fourth_larva(row: Row) -> Result:
    """Where the fourth larva of a melee game appears, when one of the first three has become an egg."""
    x, y = openings.fourth_larva()
    return exact(row, f"(x{x:+}, y)" if y == 0 else f"(x{x:+}, y{y:+})")


MINED_TOLERANCE: Final = 0.01
LOAD: Final = 8
"""A sample at one frame differs by a worker's load where a delivery comes a frame sooner or later."""
MILESTONE_FRAMES: Final = 30


def opening(row: Row) -> Result:
    """When the buildings, units and workers of a scripted opening stand, and how much has been mined when."""
    name = row["observable"].split(":")[0]
    wanted = row["expected"]
    found = openings.play(name)
    milestones = [tuple(entry) for entry in wanted["milestones"]]
    events = {entry[1:] for entry in milestones}
    ours = [entry for entry in found.milestones if entry[1:] in events and entry[0] > 0]
    late = [a[0] - b[0] if a[1:] == b[1:] else 9999 for a, b in zip(ours, milestones, strict=False)]
    late += [a - b for a, b in zip(found.workers_done, wanted["workers_done"], strict=False)]
    complete = len(ours) >= len(milestones) and len(found.workers_done) >= len(wanted["workers_done"])
    mined = {entry[0]: entry[3] for entry in found.curve}
    theirs = {entry[0]: entry[3] for entry in wanted["curve"]}
    close = all(abs(mined[frame] - total) <= max(MINED_TOLERANCE * total, LOAD) for frame, total in theirs.items())
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{len(milestones)} milestones, {len(wanted['workers_done'])} workers; mined (1 % or one load) "
        + ", ".join(f"{frame}: {total}" for frame, total in theirs.items()),
        ours=f"{'all' if complete else 'not all'}, {min(late):+} to {max(late):+} frames; mined "
        + ", ".join(f"{frame}: {mined[frame]}" for frame in theirs),
        holds=complete and close and max(map(abs, late)) <= MILESTONE_FRAMES,
    )
