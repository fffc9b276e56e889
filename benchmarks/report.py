"""What all benchmarks with a result file do alike: arguments, fresh interpreters, targets, tables, the file itself."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks.figure import draw
from benchmarks.measure import ROOT, Summary, provenance, summaries_of
from bridge.userfiles import write_atomically

Limit = Literal["at least", "at most"]


class Repeated(Protocol):
    """Settings of a benchmark: a frozen dataclass of numbers and tuples of them."""

    @property
    def repeats(self) -> int:
        """Fresh interpreters."""


Plan = TypeVar("Plan", bound=Repeated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the repeats of a benchmark gave.

    Attributes:
        head: the first part of the result file: how, on what and with which settings it was measured.
        summaries: by group and name.
    """

    head: Mapping[str, Any]
    summaries: Mapping[str, Mapping[str, Summary]]

    def result(
        self, task: Mapping[str, Any], ratios: Mapping[str, Summary], targets: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return what the result file says.

        Args:
            task: what the groups do.
            ratios: the claims, by name.
            targets: from `target`.
        """
        return {
            **self.head,
            "task": task,
            "groups": {
                group: {name: summary.to_json() for name, summary in names.items()}
                for group, names in self.summaries.items()
            },
            "ratios": {name: summary.to_json() for name, summary in ratios.items()},
            "targets": targets,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark(Generic[Plan]):
    """A benchmark of several repeats with one result file.

    Attributes:
        module: see `measure`.
        file_format: likewise.
        full: the settings that are published.
        quick: those of `--quick`.
        timeout_s: for one repeat.
        result_file: the published one.
        judge: returns what the result file says of what was measured with these settings.
        has_figure: whether there is a picture of it, and `--figure`.
    """

    module: str
    file_format: int
    full: Plan
    quick: Plan
    timeout_s: float
    result_file: Path
    judge: Callable[[Measured, Plan], Mapping[str, Any]]
    has_figure: bool = False

    def parser(self, description: str | None) -> argparse.ArgumentParser:
        """Return a parser of the arguments that `run` knows.

        Args:
            description: the module's docstring.
        """
        parser = make_parser(self.module, description, self.full.repeats)
        if self.has_figure:
            parser.add_argument("--figure", type=Path, help="PNG file (default: the published one, as the result file)")
        return parser

    def run(self, parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
        """Measure, write and show.

        Args:
            parser: `parser()`, perhaps with more arguments: see `settings_of`.
            argv: arguments; `sys.argv` if None.

        Returns:
            0; a target that was missed is said, it is not an error.
        """
        arguments = list(sys.argv[1:] if argv is None else argv)
        options = parser.parse_args(arguments)
        settings = settings_of(options, self.full, self.quick)
        console = Console()
        measured = measure(self.module, self.file_format, arguments, settings, console, self.timeout_s)
        out = out_of(options, settings, self.full, self.result_file)
        figure = None
        if self.has_figure:
            figure = options.figure or (figure_of(self.result_file) if out == self.result_file else None)
        publish(self.judge(measured, settings), out, console, figure)
        return 0


def make_parser(module: str, description: str | None, repeats: int) -> argparse.ArgumentParser:
    """Return a parser of the arguments that all benchmarks know: `--quick`, `--repeats`, `--out`.

    Args:
        module: of the benchmark.
        description: the module's docstring.
        repeats: the default, for the help.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    parser.add_argument("--repeats", type=positive, help=f"fresh interpreters (default {repeats})")
    parser.add_argument("--out", type=Path, help="result file (default: the published one, if everything is measured)")
    return parser


def positive(text: str) -> int:
    """Return a whole number from 1, for parsers.

    Raises:
        argparse.ArgumentTypeError: it is smaller.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"got {text}; allowed: whole numbers from 1")
    return number


def settings_of(options: argparse.Namespace, full: Plan, quick: Plan) -> Plan:
    """Return the settings that the arguments describe.

    Args:
        options: as parsed; those that are called like a field of the settings replace it where they were given.
        full: what is published.
        quick: for `--quick`.
    """
    settings: Any = quick if options.quick else full
    changes = {
        field.name: tuple(value) if isinstance(value, list) else value
        for field in dataclasses.fields(settings)
        if (value := getattr(options, field.name, None)) is not None
    }
    changed: Plan = dataclasses.replace(settings, **changes)
    return changed


def settings_from(values: Mapping[str, Any], kind: type[Plan]) -> Plan:
    """Return settings that came as JSON, which has no tuples.

    Args:
        values: by field.
        kind: of the settings.
    """
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def measure(
    module: str, file_format: int, arguments: Sequence[str], settings: Repeated, console: Console, timeout_s: float
) -> Measured:
    """Measure as often as the settings say, each time in a fresh interpreter.

    Args:
        module: with `run_part(text) -> str`: from JSON of `settings` and `repeat` to rates by group and name.
        file_format: number of the result file's format.
        arguments: of the command line.
        settings: handed to each repeat.
        console: for progress.
        timeout_s: for one repeat.

    Raises:
        RuntimeError: a repeat failed; its last lines are in the message.
    """
    values = dataclasses.asdict(settings)  # type: ignore[call-overload]  # a dataclass: see `Repeated`
    head = {
        "format": file_format,
        "command": command_of(module, arguments),
        **provenance(),  # before the repeats: it says how busy the machine was without us
        "settings": values,
    }
    rates = repeat_in_fresh_interpreters(module, {"settings": values}, settings.repeats, console, timeout_s)
    return Measured(head=head, summaries=summaries_of(rates))


def publish(result: Mapping[str, Any], out: Path | None, console: Console, figure: Path | None = None) -> None:
    """Show a result, and write and draw it if it has files.

    Args:
        result: from `Measured.result`.
        out: the file; None for none.
        console: where it is shown.
        figure: PNG file; None for none.
    """
    for table in tables(result):
        console.print(table)
    if out is not None:
        write(result, out)
        console.print(f"wrote {out}", highlight=False, soft_wrap=True)
    if figure is not None:
        figure.parent.mkdir(parents=True, exist_ok=True)
        text = f"wrote {figure}" if draw(result, figure) else "no picture: it needs matplotlib (nydus-gym[plot])"
        console.print(text, highlight=False, soft_wrap=True)


def out_of(options: argparse.Namespace, settings: Repeated, full: Repeated, published: Path) -> Path | None:
    """Return where the result goes: where the arguments say, else to the published file if everything was measured.

    Args:
        options: as parsed.
        settings: that were measured with.
        full: what is published, in however many repeats.
        published: the file of that.
    """
    measured: Any = settings
    is_whole = dataclasses.replace(measured, repeats=full.repeats) == full
    chosen: Path | None = options.out
    return chosen or (published if is_whole else None)


def figure_of(result_file: Path) -> Path:
    """Return the published picture of a published result.

    Args:
        result_file: of the benchmark.
    """
    return ROOT / "docs" / "figures" / f"{result_file.stem}.png"


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
    write_atomically(path, json.dumps(result, indent=1) + "\n")


def command_of(module: str, arguments: Sequence[str]) -> str:
    """Return the command that a reader types to get such a file.

    Args:
        module: of the benchmark.
        arguments: its arguments.
    """
    return " ".join([f"python -m {module}", *arguments])


def _spread(values: Mapping[str, float]) -> str:
    return f"{number_text(values['lower_quartile'])} to {number_text(values['upper_quartile'])}"
