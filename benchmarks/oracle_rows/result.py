"""An oracle row, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.oracle import statistics

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one oracle row came to.

    Attributes:
        row_id: `O028`.
        observable: what was looked at.
        expected: what the reference shows.
        ours: what this engine shows.
        holds: whether they agree within the row's tolerance.
        p_values: of the two-sample tests behind `holds`; empty for exact rows.
    """

    row_id: str
    observable: str
    expected: str
    ours: str
    holds: bool
    p_values: tuple[float, ...] = ()


def exact(row: Row, ours: object, expected: object | None = None) -> Result:
    """Return the result of a row that holds where both are equal.

    Args:
        row: of `rows`.
        ours: what this engine shows.
        expected: what it is compared with; None takes the row's.
    """
    wanted = row["expected"] if expected is None else expected
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(row["expected"]),
        ours=str(ours),
        holds=ours == wanted,
    )


def tested(row: Row, expected: str, ours: str, p_values: list[float], *also: bool) -> Result:
    """Return the result of a row that holds where no test rejects and all else is true.

    Args:
        row: of `rows`.
        expected: what the reference shows, in words.
        ours: what this engine shows, in words.
        p_values: of the two-sample tests.
        *also: what must be true besides.
    """
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=expected,
        ours=ours,
        holds=all(p >= statistics.LEVEL for p in p_values) and all(also),
        p_values=tuple(p_values),
    )
