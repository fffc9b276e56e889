"""Names of unit types by id, read without the rest of the tables: who only checks a name needs no kernels."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "data"


def _unit_type_names() -> tuple[str, ...]:
    with (FOLDER / "units.csv").open(encoding="utf-8", newline="") as file:
        names = {int(row["id"]): row["name"] for row in csv.DictReader(file)}
    return tuple(names.get(number, "") for number in range(max(names) + 1))


UNIT_TYPE_NAMES: Final = _unit_type_names()
"""Names by unit type id; "" where there is no type."""
