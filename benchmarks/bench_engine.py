"""`python -m benchmarks.bench_engine`: frames/s of one game of the embedded engine on one core.

Idle, in a battle, and in a whole melee game of two scripted players; writes benchmarks/results/bench_engine.json and
prints the same as a table. `--quick` only shows that everything runs; it writes where it is told to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks import melee_frames, report
from benchmarks.measure import QUICK, ROOT, Settings, Summary, rates_of, ratio

MODULE: Final = "benchmarks.bench_engine"

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_engine.json"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 900.0

WANTED: Final = {
    melee_frames.IDLE_GROUP: (700_000.0, 1_000_000.0),
    melee_frames.BATTLE_GROUP: (15_000.0, 60_000.0),
    melee_frames.MELEE_GROUP: (12_000.0, 15_000.0),
}
"""Frames/s of the rules alone on one core: what the fastest known C++ engine reaches, and what is aimed at."""

LONG_GAME_S: Final = 5.0
GAME_BYTES: Final = 2 << 20
WARM_START_S: Final = 1.5

TASK: Final = {
    "idle": f"{melee_frames.IDLE_FRAMES} frames from the start of a melee game, nobody commands",
    "battle": f"{melee_frames.BATTLE}, {melee_frames.BATTLE_CALLS} calls of {melee_frames.BATTLE_FRAMES} frames",
    "melee": f"{melee_frames.RACES} on the map crossing, players {' and '.join(melee_frames.PLAYERS)}, "
    f"at most {melee_frames.MELEE_FRAMES} frames, a look every {melee_frames.LOOK_FRAMES}",
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
    return json.dumps(rates_of(melee_frames.contestants(), settings, part["repeat"]))


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]]) -> dict[str, Summary]:
    """Return how much of a melee game's time the rules take, the rest being views and players."""
    group = melee_frames.MELEE_GROUP
    return {"melee: whole / rules alone": ratio(summaries, group, melee_frames.WHOLE, melee_frames.RULES)}


def targets_of(summaries: Mapping[str, Mapping[str, Summary]]) -> list[dict[str, Any]]:
    """Return what was to be reached, by the median, and whether it was; the last three are measured here."""
    frames, long_s = melee_frames.long_game()
    return [
        *(
            report.target(f"{group}, {what}", wanted, summaries[group][melee_frames.RULES].median)
            for group, limits in WANTED.items()
            for what, wanted in zip(("as the C++ engine", "aim"), limits, strict=True)
        ),
        report.target(f"seconds of a whole game of {frames} frames", LONG_GAME_S, long_s, "at most"),
        report.target("bytes of a melee game", GAME_BYTES, melee_frames.memory_of_a_game(), "at most"),
        report.target("seconds to a warm process's first Frame", WARM_START_S, melee_frames.warm_start_s(), "at most"),
    ]


def judged(measured: report.Measured, _: Settings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    task = {**TASK, "bytes of a melee game": melee_frames.memory_of_a_game()}
    return measured.result(task, ratios_of(measured.summaries), targets_of(measured.summaries))


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=Settings(),
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    return BENCHMARK.run(BENCHMARK.parser(__doc__), argv)


if __name__ == "__main__":
    raise SystemExit(main())
