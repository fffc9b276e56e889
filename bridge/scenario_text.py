"""Write a scenario file: the other direction of `bridge.scenarios`."""

from __future__ import annotations

import json
import re

import yaml
from pydantic import BaseModel

from bridge.scenarios import ScenarioFile


def scenario_to_yaml(file: ScenarioFile, header: str = "") -> str:
    """Return the text of a scenario file: entries of lists on one line each, defaults left out.

    Args:
        file: what it says.
        header: comment lines that it starts with.
    """
    lines: list[str] = []
    for key, value in file.model_dump(exclude_defaults=True, exclude={"units", "triggers"}).items():
        lines.append(
            f"{key}: {_flow(value) if isinstance(value, dict | list | tuple) else _scalar(value, in_flow=False)}"
        )
    if file.units:
        lines.append("units:")
        lines += [f"  - {_entry(unit)}" for unit in file.units]
    if file.triggers:
        lines.append("triggers:")
    for trigger in file.triggers:
        lines += ["  - conditions:", *(f"      - {_entry(condition)}" for condition in trigger.conditions)]
        lines += ["    actions:", *(f"      - {_entry(action)}" for action in trigger.actions)]
    return header + "\n".join(lines) + "\n"


def _entry(model: BaseModel) -> str:
    return _flow(model.model_dump(exclude_defaults=True))


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value, in_flow=True)


def _scalar(value: object, *, in_flow: bool) -> str:
    """Return a number, a truth value or a text as YAML; a text stays bare where it reads back as itself."""
    if isinstance(value, bool | int):
        return json.dumps(value)
    text = str(value)
    looks_plain = re.fullmatch(r"[A-Za-z0-9(][A-Za-z0-9_ .()+-]*" if in_flow else r"[A-Za-z0-9(][\w ,.()+-]*", text)
    # A JSON string is a YAML double-quoted one.
    return text if looks_plain and yaml.safe_load(text) == text else json.dumps(text)
