"""`python -m benchmarks.bench_env`: how fast engine and envs are, beside what a user would take otherwise.

Writes benchmarks/results/bench_env.json and docs/figures/bench_env.png and prints the same as a table. `--quick` only
shows that everything runs; it writes where it is told to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks import engine_frames, env_steps, report
from benchmarks.measure import QUICK, ROOT, Contestant, Settings, Summary, games_text, rates_of, ratio

MODULE: Final = "benchmarks.bench_env"

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_env.json"
FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 900.0
"""One repeat takes one to two minutes; compiling all kernels for the first one about as long."""

WANTED_STEPS_PER_S: Final = 40_000.0
"""Env steps/s of 64 games on a machine with 2 cores."""

TASK: Final = {
    "scenario": env_steps.SCENARIO,
    "frame_skip": env_steps.FRAME_SKIP,
    "actions": "random among the possible ones, drawn outside the timed part",
    "num_processes": "the vector env's default: one per core; local plays in the own process",
    "subproc_start_method": env_steps.START_METHOD,
    "engine": "no commands; the map's triggers send the enemy",
}
"""What the groups do, for readers of the result file."""


def all_contestants(settings: Settings) -> list[Contestant]:
    """Return everything that is measured, group by group.

    Args:
        settings: sizes.
    """
    return [
        *engine_frames.contestants(settings.engine_games),
        *env_steps.contestants(settings.env_games),
    ]


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    settings = report.settings_from(part["settings"], Settings)
    return json.dumps(rates_of(all_contestants(settings), settings, part["repeat"]))


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]], settings: Settings) -> dict[str, Summary]:
    """Return the claims: how many times faster one way is than another.

    Args:
        summaries: by group and name.
        settings: sizes.
    """
    found: dict[str, Summary] = {}
    for games in settings.env_games:
        group = env_steps.env_group(games)
        for name in (env_steps.VECTOR, env_steps.ADAPTER):
            found[f"{name} / {env_steps.SUBPROC}, {games_text(games)}"] = ratio(
                summaries, group, name, env_steps.SUBPROC
            )
    return found


def targets_of(summaries: Mapping[str, Mapping[str, Summary]], settings: Settings) -> list[dict[str, Any]]:
    """Return what was to be reached, by the median, and whether it was.

    Args:
        summaries: by group and name.
        settings: sizes.
    """
    found = []
    for games in settings.env_games:
        if games == 64:
            group = env_steps.env_group(games)
            best = max((env_steps.VECTOR, env_steps.VECTOR_LOCAL), key=lambda name: summaries[group][name].median)
            found.append(report.target(f"{group}: {best}", WANTED_STEPS_PER_S, summaries[group][best].median))
    return found


def judged(measured: report.Measured, settings: Settings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    ratios = ratios_of(measured.summaries, settings)
    return measured.result(TASK, ratios, targets_of(measured.summaries, settings))


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=Settings(),
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
