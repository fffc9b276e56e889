"""`python -m benchmarks.bench_bridge`: what the bridge costs, and what a user would take instead.

Writes benchmarks/results/bench_bridge.json and docs/figures/bench_bridge.png, and prints the same as tables. `--parts`,
`--sizes` and `--processes` choose what is measured; `--quick` only shows that everything runs and writes where it is
told to.

Parts: `trips` round trips of every contestant; `many` the same channel with many games in each process; `busy` round
trips while other programs want every core; `waiting` the CPU time of a process that waits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import report, round_trips, waiting
from benchmarks.measure import ROOT, Contestant, Settings, Summary, rates_of, ratio
from benchmarks.round_trips import PIPE, QUEUES, RAW_PIPE, SHM, trips_group
from bridge.platform import usable_cores

MODULE: Final = "benchmarks.bench_bridge"

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_bridge.json"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 1800.0
"""One repeat takes about five minutes, most of it for starting the peers' processes."""

PARTS: Final = ("trips", "many", "busy", "waiting")

CLAIMED_BYTES: Final = 256
"""Size of the observations that the targets speak of."""

WANTED_OVER: Final[Mapping[str, float]] = {QUEUES: 20.0, PIPE: 10.0, RAW_PIPE: 10.0}
"""How many times faster one process behind the shm channel should be."""

WANTED_TRIPS_PER_S: Final = 300_000.0
"""Of 4 to 16 processes together, at its best."""

CROWD: Final = range(4, 17)

MAX_BUSY_PROCESSES: Final = 4
"""More than these beside the burners would measure the scheduler."""

WANTED_WAITING_PERCENT: Final = 2.0

TASK: Final = {
    "game": "bridge/noop.py: writes its observation, nothing else; actions of 8 int32",
    "order": "every process is asked before the first answer is awaited",
    "round trip": "one process asked and answered, whatever number of games it plays; processes are summed",
    "peers": "children that answer at once with arrays of the same sizes; envs in which nothing happens",
    "busy": "as many programs as cores that do nothing but burn, at the same priority",
    "waiting": f"{waiting.NUM_PROCESSES} game processes; mean of the games, or the trainer",
}
"""What the groups are, for readers of the result file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured, how long and how often.

    Attributes:
        repeats: fresh interpreters, at least 5 in a result that is published.
        warm_up_s: each contestant's, before it is measured.
        measure_s: each contestant's.
        waiting_s: instead of `measure_s` in the part `waiting`.
        parts: of `PARTS`.
        sizes: bytes of one observation.
        processes: numbers of processes.
    """

    repeats: int = 5
    warm_up_s: float = 0.2
    measure_s: float = 0.5
    waiting_s: float = 3.0
    parts: tuple[str, ...] = PARTS
    sizes: tuple[int, ...] = (256, 4096, 65536)
    processes: tuple[int, ...] = (1, 4, 16)


QUICK: Final = Plan(repeats=1, warm_up_s=0.01, measure_s=0.02, waiting_s=0.1, sizes=(256,), processes=(2,))
"""Shows that everything runs; its numbers mean nothing."""


def contestants(plan: Plan) -> list[Contestant]:
    """Return everything but the waiting ones.

    Args:
        plan: what is measured.
    """
    found: list[Contestant] = []
    if "trips" in plan.parts:
        everybody = [name for name in round_trips.WAYS if name != round_trips.SHM_MANY]
        found += round_trips.contestants(plan.sizes, plan.processes, everybody)
    if "many" in plan.parts:
        found += round_trips.contestants(plan.sizes[:1], plan.processes, [round_trips.SHM_MANY])
    if "busy" in plan.parts:
        counts = [count for count in plan.processes if count <= MAX_BUSY_PROCESSES]
        found += round_trips.busy_contestants(plan.sizes[0], counts, usable_cores())
    return found


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the plan.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    plan = report.settings_from(part["settings"], Plan)
    rates: dict[str, dict[str, float]] = {}
    found = contestants(plan)
    if found:
        settings = Settings(warm_up_s=plan.warm_up_s, measure_s=plan.measure_s)
        rates |= rates_of(found, settings, part["repeat"])
    if "waiting" in plan.parts:
        settings = Settings(warm_up_s=plan.measure_s, measure_s=plan.waiting_s)
        rates |= rates_of(waiting.contestants(), settings, part["repeat"])
    return json.dumps(rates)


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]]) -> dict[str, Summary]:
    """Return how many times faster the shm channel is than each of the others, group by group.

    Args:
        summaries: by group and name.
    """
    return {
        f"{SHM} / {name}: {group}": ratio(summaries, group, SHM, name)
        for group, names in summaries.items()
        if SHM in names
        for name in names
        if name not in (SHM, round_trips.SHM_MANY)
    }


def targets_of(
    summaries: Mapping[str, Mapping[str, Summary]], ratios: Mapping[str, Summary], plan: Plan
) -> list[dict[str, Any]]:
    """Return what was to be reached, by the median, and whether it was; what was not measured is left out.

    Args:
        summaries: by group and name.
        ratios: by name.
        plan: what was measured.
    """
    wanted: list[tuple[str, float]] = []
    alone = trips_group(CLAIMED_BYTES, 1)
    wanted += [(f"{SHM} / {name}: {alone}", factor) for name, factor in WANTED_OVER.items()]
    for count in plan.processes:
        busy = trips_group(CLAIMED_BYTES, count, is_busy=True)
        wanted += [(f"{SHM} / {name}: {busy}", 1.0) for name in (PIPE, RAW_PIPE)]
    found = [report.target(name, factor, ratios[name].median) for name, factor in wanted if name in ratios]
    for name in (SHM, round_trips.SHM_MANY):
        rates = {
            count: summaries[trips_group(CLAIMED_BYTES, count)][name].median
            for count in plan.processes
            if count in CROWD and name in summaries.get(trips_group(CLAIMED_BYTES, count), {})
        }
        if rates:
            best = max(rates, key=lambda count: rates[count])
            found.append(report.target(f"{name}: {trips_group(CLAIMED_BYTES, best)}", WANTED_TRIPS_PER_S, rates[best]))
    for name, summary in summaries.get(waiting.GROUP, {}).items():
        found.append(report.target(f"CPU %: {name}", WANTED_WAITING_PERCENT, summary.median, "at most"))
    return found


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that the arguments describe.

    Args:
        options: as parsed.
    """
    return report.settings_of(options, Plan(), QUICK)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = BENCHMARK.parser(__doc__)
    found.add_argument("--parts", nargs="+", choices=PARTS, help="what to measure (default: all)")
    found.add_argument("--sizes", nargs="+", type=report.positive, help="bytes of one observation")
    found.add_argument("--processes", nargs="+", type=report.positive, help="numbers of processes")
    return found


def judged(measured: report.Measured, settings: Plan) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    ratios = ratios_of(measured.summaries)
    return measured.result(TASK, ratios, targets_of(measured.summaries, ratios, settings))


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=Plan(),
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
    has_figure=True,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    return BENCHMARK.run(parser(), argv)


if __name__ == "__main__":
    raise SystemExit(main())
