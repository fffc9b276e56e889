"""The page about spaces is what the declarations say."""

from __future__ import annotations

from pathlib import Path

import envs
from envs.specs.docs import spaces_page
from envs.specs.docs_tables import table

PAGE = Path(envs.__file__).parents[1] / "docs" / "spaces.md"


def test_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == spaces_page(), "run: python -m envs.specs.docs > docs/spaces.md"


def test_page_names_every_scenario_and_every_column() -> None:
    page = spaces_page()

    assert all(f"`{env_id}`" in page for env_id in envs.env_ids())
    assert all(f"`{name}`" in page for name in ("nearest_distance", "own_targets", "enemy_dx", "survivors"))


def test_table_has_one_line_per_row() -> None:
    assert table(("a", "b"), [(1, 2)]) == "| a | b |\n|---|---|\n| 1 | 2 |\n"
