"""Tables of evaluations for terminal and file."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table

from agents.evaluation import EvaluationResult
from agents.published import PublishedResult, published_results

TEXT_WIDTH = 140


def result_table(results: Sequence[EvaluationResult]) -> Table:
    """Return a table with one line per evaluation."""
    scenarios = sorted({result.scenario for result in results})
    table = Table(title=f"Evaluation on {', '.join(scenarios)}")
    for name in ("player", "opponent", "battles", "win rate", "95 % interval", "own left", "enemy left", "frames",
                 "return"):  # fmt: skip
        table.add_column(name, justify="left" if name in {"player", "opponent"} else "right")
    for result in results:
        interval = result.interval
        table.add_row(
            result.player,
            result.opponent,
            str(result.episodes),
            f"{result.win_rate:.1%}",
            f"{interval.low:.1%} - {interval.high:.1%}",
            number(result.mean_own_units),
            number(result.mean_enemy_units),
            f"{result.mean_frames:.0f}",
            number(result.mean_return),
        )
    return table


def number(value: float | None) -> str:
    """Return a mean as text, a dash for what there is none of."""
    return "-" if value is None else f"{value:.2f}"


def published_table(scenario: str) -> Table | None:
    """Return a table of what was published on the scenario, None if nothing was."""
    rows = published_results(scenario)
    if not rows:
        return None
    table = Table(title=f"Published beside it: mind what controlled, what it saw and against whom ({scenario})")
    for name in ("paper", "scenario", "method", "opponent", "win rate", "control and view", "read"):
        table.add_column(name, justify="right" if name == "win rate" else "left")
    for row in rows:
        table.add_row(
            row.paper, row.scenario, row.method, row.opponent or "-", rate(row), row.control_and_view, row.verified
        )
    return table


def rate(row: PublishedResult) -> str:
    """Return a published win rate as text, with its interval where it has one."""
    return f"{row.value:.0%}" + (f" ± {row.ci95:.0%}" if row.ci95 is not None else "")


def full_report(results: Sequence[EvaluationResult], *remarks: RenderableType) -> Group:
    """Return our table and, below it, remarks and the published figures of the same scenarios."""
    tables: list[RenderableType] = [result_table(results), *remarks]
    for scenario in sorted({result.scenario for result in results}):
        published = published_table(scenario)
        if published is not None:
            tables.append(published)
    return Group(*tables)


def as_text(report: Group) -> str:
    """Return a report as plain text."""
    buffer = io.StringIO()
    Console(file=buffer, width=TEXT_WIDTH, color_system=None).print(report)
    return buffer.getvalue()


def make_console() -> Console:
    """Return a console on stdout, wide enough for our tables where stdout is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=TEXT_WIDTH)
