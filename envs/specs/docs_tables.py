"""Markdown tables of declarations, for the generated page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from envs.specs.field import Block, Field

HUGE: Final = np.iinfo(np.int32).max / 2


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table.

    Args:
        head: column titles.
        rows: one sequence of cells per line.
    """
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def field_range(field: Field) -> str:
    """Return the range of a field in words."""
    if field.high > HUGE and field.low < -HUGE:
        return "any"
    if field.high > HUGE:
        return f"{field.low:g} and up"
    if field.unit == "flag":
        return "0 or 1"
    return f"{field.low:g} to {field.high:g}"


def fields_table(fields: Sequence[Field], with_column: bool = True) -> str:
    """Return a Markdown table of fields."""
    if with_column:
        rows = [(at, f"`{one.name}`", field_range(one), one.unit, one.doc) for at, one in enumerate(fields)]
        return table(("column", "name", "range", "unit", "meaning"), rows)
    return table(
        ("name", "range", "unit", "meaning"),
        [(f"`{one.name}`", field_range(one), one.unit, one.doc) for one in fields],
    )


def block_line(block: Block) -> tuple[str, str, str, str]:
    """Return an array's line of a table: name, shape, dtype, meaning."""
    return (f"`{block.name}`", str(block.shape).replace(",)", ")"), str(block.dtype), block.doc)
