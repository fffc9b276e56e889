"""Tables as plain text, for commands whose output may be piped."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns, the first row as their heads."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(set_cell_size(cell, n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"
