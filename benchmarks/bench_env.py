"""`python -m benchmarks.bench_env`: how fast engine, channels and envs are, beside what a user would take otherwise.

Writes benchmarks/results/bench_env.json and docs/figures/bench_env.png and prints the same as a table. `--quick` only
shows that everything runs; it writes where it is told to.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks import engine_frames, env_steps, round_trips
from benchmarks.figure import draw
from benchmarks.measure import (
    QUICK,
    ROOT,
    Contestant,
    Settings,
    Summary,
    games_text,
    provenance,
    rates_of,
    ratio,
    summaries_of,
)

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_env.json"
FIGURE_FILE: Final = ROOT / "docs" / "figures" / "bench_env.png"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 900.0
"""One repeat takes one to two minutes; compiling all kernels for the first one about as long."""

WANTED_STEPS_PER_S: Final = 40_000.0
"""Env steps/s of 64 games on a machine with 2 cores."""

WANTED_SHM_OVER_QUEUE: Final = 10.0

TASK: Final = {
    "scenario": env_steps.SCENARIO,
    "frame_skip": env_steps.FRAME_SKIP,
    "actions": "random among the possible ones, drawn outside the timed part",
    "num_processes": "the vector env's default: one per core; local plays in the own process",
    "subproc_start_method": env_steps.START_METHOD,
    "engine": "no commands; the map's triggers send the enemy",
}
"""What the groups do, for readers of the result file."""

_PART: Final = "--part"
"""Internal: run one repeat and print its rates as JSON."""


def all_contestants(settings: Settings) -> list[Contestant]:
    """Return everything that is measured, group by group.

    Args:
        settings: sizes.
    """
    return [
        *engine_frames.contestants(settings.engine_games),
        *round_trips.contestants(),
        *env_steps.contestants(settings.env_games),
    ]


def measure(settings: Settings, console: Console) -> dict[str, dict[str, Summary]]:
    """Measure everything, each repeat in a fresh interpreter.

    Args:
        settings: how long and how often.
        console: for progress.

    Raises:
        RuntimeError: a repeat failed; its last lines are in the message.
    """
    repeats: list[dict[str, dict[str, float]]] = []
    for number in range(settings.repeats):
        console.print(f"repeat {number + 1} of {settings.repeats}", highlight=False)
        part = json.dumps({"repeat": number, "settings": dataclasses.asdict(settings)})
        result = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_env", _PART, part],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=REPEAT_TIMEOUT_S,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"repeat {number} ended with {result.returncode}:\n{result.stderr[-4000:]}")
        repeats.append(json.loads(result.stdout.splitlines()[-1]))
    return summaries_of(repeats)


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    values = part["settings"]
    sizes = {name: tuple(values[name]) for name in ("engine_games", "env_games")}
    settings = Settings(**{**values, **sizes})
    return json.dumps(rates_of(all_contestants(settings), settings, part["repeat"]))


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]], settings: Settings) -> dict[str, Summary]:
    """Return the claims: how many times faster one way is than another.

    Args:
        summaries: by group and name.
        settings: sizes.
    """
    found = {
        f"{round_trips.SHM} / {other}": ratio(summaries, round_trips.GROUP, round_trips.SHM, other)
        for other in (round_trips.QUEUE, round_trips.PLAIN_QUEUES, round_trips.PLAIN_PIPE)
    }
    for games in settings.env_games:
        group = env_steps.env_group(games)
        for name in (env_steps.VECTOR, env_steps.ADAPTER):
            found[f"{name} / {env_steps.SUBPROC}, {games_text(games)}"] = ratio(
                summaries, group, name, env_steps.SUBPROC
            )
    return found


def targets_of(
    summaries: Mapping[str, Mapping[str, Summary]], ratios: Mapping[str, Summary], settings: Settings
) -> list[dict[str, Any]]:
    """Return what was to be reached, by the median, and whether it was.

    Args:
        summaries: by group and name.
        ratios: by name.
        settings: sizes.
    """
    trips = f"{round_trips.SHM} / {round_trips.QUEUE}"
    found = [_target(trips, WANTED_SHM_OVER_QUEUE, ratios[trips].median)]
    for games in settings.env_games:
        if games == 64:
            group = env_steps.env_group(games)
            best = max((env_steps.VECTOR, env_steps.VECTOR_LOCAL), key=lambda name: summaries[group][name].median)
            found.append(_target(f"{group}: {best}", WANTED_STEPS_PER_S, summaries[group][best].median))
    return found


def _target(name: str, wanted: float, median: float) -> dict[str, Any]:
    return {"name": name, "wanted": wanted, "median": float(f"{median:.4g}"), "is_reached": median >= wanted}


def report(result: Mapping[str, Any]) -> list[Table]:
    """Return the result file's content as tables.

    Args:
        result: as written.
    """
    rates = Table("group", "contestant", "median", "quartiles", title="rates per second")
    for group, names in result["groups"].items():
        for name, values in names.items():
            rates.add_row(group, name, _number(values["median"]), _spread(values))
        rates.add_section()
    claims = Table("ratio", "median", "quartiles", title="ratios, each within one repeat")
    for name, values in result["ratios"].items():
        claims.add_row(name, _number(values["median"]), _spread(values))
    targets = Table("target", "wanted", "median", "reached", title="targets on 2 cores")
    for target in result["targets"]:
        is_reached = "yes" if target["is_reached"] else "no"
        targets.add_row(target["name"], _number(target["wanted"]), _number(target["median"]), is_reached)
    return [rates, claims, targets]


def _spread(values: Mapping[str, float]) -> str:
    return f"{_number(values['lower_quartile'])} to {_number(values['upper_quartile'])}"


def _number(value: float) -> str:
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{digits}f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show.

    Args:
        argv: arguments; `sys.argv` if None.

    Returns:
        0; a target that was missed is said, it is not an error.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == [_PART]:
        sys.stdout.write(run_part(arguments[1]) + "\n")
        return 0
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_env", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    parser.add_argument("--repeats", type=int, help=f"fresh interpreters (default {Settings().repeats})")
    parser.add_argument("--out", type=Path, help="result file; with --quick none is written by default")
    parser.add_argument("--figure", type=Path, help="PNG file; likewise")
    options = parser.parse_args(arguments)
    settings = QUICK if options.quick else Settings()
    if options.repeats is not None:
        settings = dataclasses.replace(settings, repeats=max(1, options.repeats))
    console = Console()
    about = provenance()
    summaries = measure(settings, console)
    ratios = ratios_of(summaries, settings)
    result = {
        "format": FORMAT,
        "command": " ".join(["python -m benchmarks.bench_env", *arguments]),
        **about,
        "settings": dataclasses.asdict(settings),
        "task": TASK,
        "groups": {
            group: {name: summary.to_json() for name, summary in names.items()} for group, names in summaries.items()
        },
        "ratios": {name: summary.to_json() for name, summary in ratios.items()},
        "targets": targets_of(summaries, ratios, settings),
    }
    for table in report(result):
        console.print(table)
    out = options.out or (None if options.quick else RESULT_FILE)
    figure = options.figure or (None if options.quick else FIGURE_FILE)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        console.print(f"wrote {out}", highlight=False, soft_wrap=True)
    if figure is not None:
        figure.parent.mkdir(parents=True, exist_ok=True)
        is_drawn = draw(result, figure)
        text = f"wrote {figure}" if is_drawn else "no picture: it needs matplotlib (pip install 'nydus-gym[plot]')"
        console.print(text, highlight=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
