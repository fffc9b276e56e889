"""What the viewer draws as graphs: numbers of each player over time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.viewer.recording import RESOURCES, UNKNOWN, Recording
from engine.broodwar.rules_table import UNIT_TYPES
from engine.core.rules import BROODWAR, rules_of
from envs.specs.costs import costs_of

FRAMES_PER_MINUTE: Final = 60_000 / 42
"""At speed "fastest", a frame every 42 ms."""

INCOME_WINDOW_MINUTES: Final = 0.5
"""Income is what came in over so long: shorter windows show single trips, longer ones hide a raid."""

MAX_TYPE: Final = len(UNIT_TYPES) - 1

LABELS: Final = {
    "army_value": "Army value (minerals + gas)",
    "army_points": "Army hit points and shields",
    "army_units": "Army units",
    "workers": "Workers",
    "units": "All units and buildings",
    "supply_used": "Supply used",
    "minerals": "Minerals in stock",
    "gas": "Gas in stock",
    "mineral_income": "Minerals coming in per minute",
    "gas_income": "Gas coming in per minute",
}
"""What is drawn, in this order; "coming in" counts rises of the stock, so refunds count too."""


def series_of(recording: Recording) -> dict[str, NDArray[np.int32]]:
    """Return (players, T) int32 by name of `LABELS`; those that are zero or unknown throughout are left out."""
    units = recording.units
    count = len(recording.players)
    owned = (units["player"] >= 0) & (units["player"] < count)
    units = units[owned]
    place = recording.sample_of_unit[owned] * count + units["player"]
    is_army, is_worker, price = _kinds(units["type"], recording.game)

    def total(weights: NDArray[np.generic]) -> NDArray[np.int32]:
        sums = np.bincount(place, weights.astype(np.float64), len(recording.frames) * count)
        return np.round(sums).astype(np.int32).reshape(-1, count).T

    series = {
        "army_value": total(is_army * price),
        "army_points": total(is_army * (units["hp"] + units["shield"])),
        "army_units": total(is_army),
        "workers": total(is_worker),
        "units": total(np.ones(len(units))),
    }
    for name, income in (("minerals", "mineral_income"), ("gas", "gas_income")):
        stock = recording.resources[:, :, RESOURCES.index(name)].T
        series[name] = stock
        series[income] = _income(stock, recording.frames, frames_per_minute(recording.game))
    used = recording.resources[:, :, RESOURCES.index("supply_used")].T
    series["supply_used"] = np.where(used == UNKNOWN, UNKNOWN, (used + 1) // 2)
    return {name: series[name].astype(np.int32) for name in LABELS if (series[name] > 0).any()}


def frames_per_minute(game: str) -> float:
    """Return the frames of a minute at the speed that people play a game at."""
    return FRAMES_PER_MINUTE if game == BROODWAR else 60 * rules_of(game).frames_per_second


def _kinds(types: NDArray[np.int16], game: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return by unit whether it fights, whether it works, and what it cost."""
    if game == BROODWAR:
        kind = UNIT_TYPES[np.clip(types, 0, MAX_TYPE)]
        is_army = (kind["building"] == 0) & (kind["worker"] == 0) & (kind["can_attack"] + kind["spellcaster"] > 0)
        return is_army, kind["worker"], kind["mineral_price"] + kind["gas_price"]
    costs = costs_of(game)
    cost = costs[np.clip(types, 0, len(costs) - 1)]
    return cost["is_army"], cost["is_worker"], cost["value"]


def _income(stock: NDArray[np.int32], frames: NDArray[np.int32], per_minute: float) -> NDArray[np.int32]:
    """Return what came in per minute over the last half minute, (players, T); unknown where the stock is."""
    if not len(frames):
        return stock
    came = np.cumsum(np.maximum(0, np.diff(stock, axis=1, prepend=stock[:, :1])), axis=1)
    window = round(INCOME_WINDOW_MINUTES * per_minute)
    since = np.searchsorted(frames, frames - window)
    minutes = np.maximum(frames - frames[since], 1) / per_minute
    rate = (came - came[:, since]) / minutes
    result: NDArray[np.int32] = np.where(stock == UNKNOWN, UNKNOWN, np.round(rate)).astype(np.int32)
    return result
