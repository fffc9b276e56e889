"""`python -m benchmarks.bench_env`: how fast engine and envs are, beside what a user would take otherwise.

Writes benchmarks/results/bench_env.json and docs/figures/bench_env.png and prints the same as a table. `--quick` only
shows that everything runs; it writes where it is told to.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

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


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show.

    Args:
        argv: arguments; `sys.argv` if None.

    Returns:
        0; a target that was missed is said, it is not an error.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = report.make_parser(MODULE, __doc__, Settings().repeats)
    parser.add_argument("--figure", type=Path, help="PNG file (default: the published one, as the result file)")
    options = parser.parse_args(arguments)
    settings = report.settings_of(options, Settings(), QUICK)
    console = Console()
    measured = report.measure(MODULE, FORMAT, arguments, settings, console, REPEAT_TIMEOUT_S)
    ratios = ratios_of(measured.summaries, settings)
    result = measured.result(TASK, ratios, targets_of(measured.summaries, settings))
    out = report.out_of(options, settings, Settings(), RESULT_FILE)
    published = report.figure_of(RESULT_FILE) if out == RESULT_FILE else None
    report.publish(result, out, console, options.figure or published)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
