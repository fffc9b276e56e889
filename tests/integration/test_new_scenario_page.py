"""The examples of docs/new-scenario.md run as they stand, one after another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gymnasium as gym

PAGE = Path(__file__).resolve().parents[2] / "docs" / "new-scenario.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_examples_run_in_their_order() -> None:
    scope: dict[str, Any] = {"__name__": "__main__"}

    for number, example in enumerate(EXAMPLES):
        exec(compile(example, f"{PAGE.name}, example {number}", "exec"), scope)

    assert len(EXAMPLES) == 5
    del gym.registry["Mine/3mr_6zg-v0"]
