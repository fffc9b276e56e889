"""`python -m benchmarks.bench_wire`: how fast TorchCraft's messages are read and written, and full steps over TCP.

Writes benchmarks/results/bench_wire.json and docs/figures/bench_wire.png, and prints the same as tables. `--quick` only
shows that everything runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks import report, wire_codec, wire_steps
from benchmarks.measure import ROOT, Settings, Summary, rates_of, ratio

MODULE: Final = "benchmarks.bench_wire"
RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_wire.json"
FORMAT: Final = 2
"""Raised whenever the result file's meaning changes."""

SIZES: Final = (10, 50, 200)
"""Units of a frame: five against five, a skirmish, late in a game."""

REPEAT_TIMEOUT_S: Final = 600.0
"""One repeat takes half a minute; compiling all kernels for the first one somewhat longer."""

WANTED_RATIO: Final = 50.0
"""How many times faster than the official flatbuffers package."""

FULL: Final = Settings(repeats=7, warm_up_s=0.1, measure_s=0.4)
QUICK: Final = Settings(repeats=1, warm_up_s=0.001, measure_s=0.001)

TASK: Final = {
    "messages": (wire_codec.__doc__ or "").partition("\n\n")[2].strip(),
    "flatbuffers package": "benchmarks/flatbuffers_wire.py, by hand against its Table and Builder",
    "torchcraft": "its Python module offers no reading or writing of messages without a socket: measured in steps only",
    "steps": (wire_steps.__doc__ or "").strip(),
}
"""What the groups do, for readers of the result file."""


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    settings = report.settings_from(part["settings"], Settings)
    contestants = [*wire_codec.contestants(SIZES), *wire_steps.contestants()]
    return json.dumps(rates_of(contestants, settings, part["repeat"]))


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]]) -> dict[str, Summary]:
    """Return the claims: how many times faster we are than the flatbuffers package, and how near to a bare echo.

    Args:
        summaries: by group and name.
    """
    found = {
        f"{wire_codec.OURS} / {wire_codec.PACKAGE}: {group}": ratio(
            summaries, group, wire_codec.OURS, wire_codec.PACKAGE
        )
        for group, names in summaries.items()
        if wire_codec.PACKAGE in names
    }
    steps = summaries[wire_steps.GROUP]
    for name in steps:
        if name != wire_steps.ECHO:
            found[f"{name} / {wire_steps.ECHO}"] = ratio(summaries, wire_steps.GROUP, name, wire_steps.ECHO)
    return found


def targets_of(summaries: Mapping[str, Mapping[str, Summary]]) -> list[dict[str, Any]]:
    """Return what the project has set out to reach, and whether it was.

    Args:
        summaries: by group and name.
    """
    steps = summaries[wire_steps.GROUP][wire_steps.OURS].median
    return [
        *(
            report.target(name, WANTED_RATIO, summary.median)
            for name, summary in ratios_of(summaries).items()
            if wire_codec.PACKAGE in name
        ),
        report.target(wire_steps.GROUP, wire_steps.WANTED_STEPS, steps),
    ]


def judged(measured: report.Measured, _: Settings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    return measured.result(TASK, ratios_of(measured.summaries), targets_of(measured.summaries))


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=FULL,
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
    has_figure=True,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    return BENCHMARK.run(BENCHMARK.parser(__doc__), argv)


if __name__ == "__main__":
    raise SystemExit(main())
