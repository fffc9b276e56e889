"""A player's numbers in the API's terms: stock, supply, the score's details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bridge.sc2 import view_kernels as of

SCORE: Final = (
    ("total_value_units", of.VALUE_UNITS),
    ("total_value_structures", of.VALUE_STRUCTURES),
    ("collected_minerals", of.MINED_MINERALS),
    ("collected_vespene", of.MINED_GAS),
    ("spent_minerals", of.SPENT_MINERALS),
    ("spent_vespene", of.SPENT_GAS),
    ("used_minerals.army", of.ARMY_MINERALS),
    ("used_vespene.army", of.ARMY_GAS),
    ("used_minerals.economy", of.ECONOMY_MINERALS),
    ("used_vespene.economy", of.ECONOMY_GAS),
    ("lost_minerals.army", of.LOST_MINERALS),
    ("lost_vespene.army", of.LOST_GAS),
    ("killed_minerals.army", of.KILLED_MINERALS),
    ("killed_vespene.army", of.KILLED_GAS),
    ("killed_value_units", of.KILLED_UNITS),
    ("killed_value_structures", of.KILLED_STRUCTURES),
)
"""ScoreDetails by what is counted."""


def player_numbers(counts: Sequence[int]) -> dict[str, Any]:
    """Return the fields of `bridge.sc2.world.View` that count things.

    Args:
        counts: of the player's units (`bridge.sc2.view_kernels.describe`).
    """
    minerals, gas = counts[of.STOCK_MINERALS], counts[of.STOCK_GAS]
    return {
        "minerals": minerals,
        "vespene": gas,
        "food_army": counts[of.FOOD_ARMY] // 2,
        "food_workers": counts[of.FOOD_WORKERS] // 2,
        "idle_workers": counts[of.IDLE_WORKERS],
        "army_count": counts[of.ARMY_COUNT],
        "warp_gates": counts[of.WARP_GATES],
        "larvae": counts[of.LARVAE],
        "score": {name: float(counts[place]) for name, place in SCORE},
        "score_total": counts[of.VALUE_UNITS] + counts[of.VALUE_STRUCTURES] + minerals + gas,
    }
