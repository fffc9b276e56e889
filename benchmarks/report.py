"""What every benchmark with a result file does alike: fresh interpreters, targets, tables, the file itself."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from benchmarks.measure import ROOT

Limit = Literal["at least", "at most"]


def repeat_in_fresh_interpreters(
    module: str, part: Mapping[str, Any], repeats: int, console: Console, timeout_s: float
) -> list[dict[str, dict[str, float]]]:
    """Run a module's `run_part` once per repeat, each time in a fresh interpreter; return what each returned.

    The interpreter has no main module that a spawned worker would have to import again.

    Args:
        module: with a function `run_part(text) -> str`, JSON to one line of JSON.
        part: what it is told, beside the number of the repeat as `repeat`.
        repeats: how often.
        console: for progress.
        timeout_s: for one repeat.

    Raises:
        RuntimeError: a repeat failed; its last lines are in the message.
    """
    code = f"import sys; from {module} import run_part; print(run_part(sys.argv[1]))"
    rates: list[dict[str, dict[str, float]]] = []
    for number in range(repeats):
        console.print(f"repeat {number + 1} of {repeats}", highlight=False)
        result = subprocess.run(
            [sys.executable, "-c", code, json.dumps({**part, "repeat": number})],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"repeat {number} ended with {result.returncode}:\n{result.stderr[-4000:]}")
        rates.append(json.loads(result.stdout.splitlines()[-1]))
    return rates


def target(name: str, wanted: float, median: float, limit: Limit = "at least") -> dict[str, Any]:
    """Return what was to be reached, and whether it was, as the result file says it.

    Args:
        name: of the quantity.
        wanted: its goal.
        median: what was measured.
        limit: which side of `wanted` is good.
    """
    is_reached = median >= wanted if limit == "at least" else median <= wanted
    return {
        "name": name,
        "limit": limit,
        "wanted": wanted,
        "median": float(f"{median:.4g}"),
        "is_reached": is_reached,
    }


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Return a result file's content as tables.

    Args:
        result: as written.
    """
    rates = Table("group", "contestant", "median", "quartiles", title="rates per second")
    for group, names in result["groups"].items():
        for name, values in names.items():
            rates.add_row(group, name, number_text(values["median"]), _spread(values))
        rates.add_section()
    claims = Table("ratio", "median", "quartiles", title="ratios, each within one repeat")
    for name, values in result["ratios"].items():
        claims.add_row(name, number_text(values["median"]), _spread(values))
    targets = Table("target", "wanted", "median", "reached", title="targets on 2 cores")
    for row in result["targets"]:
        wanted = f"{row.get('limit', 'at least')} {number_text(row['wanted'])}"
        targets.add_row(row["name"], wanted, number_text(row["median"]), "yes" if row["is_reached"] else "no")
    return [rates, claims, targets]


def number_text(value: float) -> str:
    """Return a number with three significant digits, or all before the point.

    Args:
        value: any.
    """
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{min(digits, 6)}f}"


def write(result: Mapping[str, Any], path: Path) -> None:
    """Write a result file, whole or not at all.

    Args:
        result: JSON values.
        path: its folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def command_of(module: str, arguments: Sequence[str]) -> str:
    """Return the command that a reader types to get such a file.

    Args:
        module: of the benchmark.
        arguments: its arguments.
    """
    return " ".join([f"python -m {module}", *arguments])


def _spread(values: Mapping[str, float]) -> str:
    return f"{number_text(values['lower_quartile'])} to {number_text(values['upper_quartile'])}"
