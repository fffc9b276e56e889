"""Results that others published on our scenarios, to stand beside ours with their labels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """One published win rate.

    Attributes:
        paper: who and when.
        scenario: what they call it.
        method: what played.
        value: share of battles won.
        ci95: half width of the 95 % interval that they give, None if they give none.
        battles: how many, as they say it.
        opponent: who played the enemy, None if they do not say.
        game: which game or engine.
        control_and_view: one mind or many, and what it saw.
        source: where the number stands.
        verified: `primary` (read at its source), `full text`, or `secondary` (quoted by someone else).
    """

    paper: str
    scenario: str
    method: str
    value: float
    ci95: float | None
    battles: int | str | None
    opponent: str | None
    game: str
    control_and_view: str
    source: str
    verified: str


def published_results(scenario: str) -> tuple[PublishedResult, ...]:
    """Return what was published on a scenario of ours or its nearest relative; empty if nothing was.

    Args:
        scenario: our name, `m5v5_c_far`.
    """
    text = resources.files("agents").joinpath("data/published.json").read_text(encoding="utf-8")
    return tuple(PublishedResult(**row) for row in json.loads(text)["scenarios"].get(scenario, ()))
