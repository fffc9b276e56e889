"""Rewards of the economy: weighted sums of named terms, differences of the books between two views.

Sums over an episode therefore are what was gathered, trained or built in all, however it is cut into steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Outcome
from engine.core.jit import kernel
from envs.specs.field import Field
from envs.specs.ledger import Ledger
from envs.specs.rewards import Payer, RewardSpec, shaping_of, spec_of

HUNDRED: Final = 100

INCOME_TERMS: Final = (
    Field(name="collected_minerals", high=100.0, unit="100 minerals", doc="Minerals that workers brought home."),
    Field(name="collected_gas", high=100.0, unit="100 gas", doc="Gas that workers brought home."),
    Field(name="workers", low=-200.0, high=200.0, unit="workers", doc="Complete workers more than before."),
    Field(name="trained", high=200.0, unit="fighters", doc="Fighters above the most that there were at one time."),
    Field(name="supply", low=-200.0, high=200.0, unit="supply", doc="Supply in use, more than before."),
    Field(
        name="score",
        low=-500.0,
        high=500.0,
        unit="100 resources",
        doc="Minerals and gas that all own units and buildings cost, more than before; what is lost is taken back.",
    ),
    Field(name="idle_workers", high=200.0, unit="worker seconds", doc="Step time of workers idle at its end."),
    Field(name="win", unit="flag", doc="1 in the step that wins the game."),
    Field(name="defeat", unit="flag", doc="1 in the step that loses it."),
    Field(name="time", unit="limit", doc="Frames of the step, of the episode's limit."),
    Field(
        name="milestones",
        high=16.0,
        unit="milestones",
        doc="Milestones of the race's opening that were reached, each times the share of the episode that was left.",
    ),
    Field(name="walled", unit="limit", doc="In the step that shuts zerglings out: the share of the episode left."),
)
"""All terms, in the order in which their values are summed."""

INCOME_NAMES: Final[tuple[str, ...]] = tuple(term.name for term in INCOME_TERMS)

INCOME_PRESETS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "default": MappingProxyType({"win": 1.0, "defeat": -1.0}),
        "win": MappingProxyType({"win": 1.0}),
        "income": MappingProxyType({"collected_minerals": 1.0, "collected_gas": 1.0}),
        "trained": MappingProxyType({"trained": 1.0}),
        "score": MappingProxyType({"score": 1.0}),
        "opening": MappingProxyType({"milestones": 1.0}),
        "wall": MappingProxyType({"walled": 1.0}),
    }
)
"""Weights by name: what `reward=` takes in a melee game besides a mapping of one's own."""

FRAMES_PER_SECOND: Final = 24

(
    COLLECTED_MINERALS,
    COLLECTED_GAS,
    NEW_WORKERS,
    TRAINED,
    SUPPLY,
    SCORE,
    IDLE_WORKERS,
    WIN,
    DEFEAT,
    TIME,
    MILESTONES,
    WALLED,
) = range(len(INCOME_TERMS))

WON: Final = int(Outcome.WON)
IN_PLAY: Final = int(Outcome.IN_PLAY)


INCOME_POTENTIALS: Final = (
    Field(name="workers", high=200.0, unit="workers", doc="Complete workers."),
    Field(name="trained", high=200.0, unit="fighters", doc="Most fighters at one time."),
    Field(name="supply", high=200.0, unit="supply", doc="Supply in use."),
    Field(name="score", high=500.0, unit="100 resources", doc="What all own units and buildings cost."),
    Field(name="gatherers", high=200.0, unit="workers", doc="Workers that gather minerals or gas."),
)
"""What `shaping=` weighs in a melee game."""


def income_spec(reward: str | Mapping[str, float], shaping: Mapping[str, float] | None = None) -> RewardSpec:
    """Return the spec of a preset or of weights by term name.

    Args:
        reward: the user's.
        shaping: weights of the potential by name, and `gamma`; None for no shaping.

    Raises:
        ConfigError: unknown preset, term or potential (with the nearest name), or a weight that is no finite number.
    """
    potentials, gamma = shaping_of(shaping, tuple(field.name for field in INCOME_POTENTIALS))
    spec = spec_of(reward, INCOME_PRESETS, INCOME_NAMES)
    return dataclasses.replace(spec, potentials=potentials, gamma=gamma)


class IncomeScorer(Payer):
    """Pays the rows of melee games."""

    def score(
        self,
        ledger: Ledger,
        reward: NDArray[np.float32],
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
    ) -> None:
        """Write what the step that ended here is worth; a second call without a new Frame pays nothing."""
        spec = self.spec
        pay_rows(ledger.rows, spec.weights, spec.potentials, spec.gamma, self.max_frames, reward, terminated, truncated)


@kernel
def pay_rows(
    books: NDArray[np.void],
    weights: NDArray[np.float64],
    potentials: NDArray[np.float64],
    gamma: float,
    max_frames: int,
    reward: NDArray[np.float32],
    terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
) -> None:
    """Pay each row for the change since its last payment.

    Args:
        books: (rows,) LEDGER_DTYPE; `paid_*` updated.
        weights: (terms,) float64.
        potentials: (potentials,) float64, weights of the potential.
        gamma: the next state's potential is discounted by this.
        max_frames: frame limit of an episode.
        reward: (rows,) float32, overwritten.
        terminated: (rows,) bool, overwritten: the game is decided, or what the task asked for is there.
        truncated: (rows,) bool, overwritten: the frame limit is reached.
    """
    terms = np.zeros(weights.shape[0])
    for r in range(books.shape[0]):
        book = books[r]
        gatherers = book["mineral_workers"] + book["gas_workers"]
        is_decided = book["outcome"] != IN_PLAY
        is_over = is_decided or book["is_done"] != 0
        is_new = is_decided and book["paid_outcome"] == IN_PLAY
        terms[COLLECTED_MINERALS] = (book["collected_minerals"] - book["paid_minerals"]) / HUNDRED
        terms[COLLECTED_GAS] = (book["collected_gas"] - book["paid_gas"]) / HUNDRED
        terms[NEW_WORKERS] = book["workers"] - book["paid_workers"]
        terms[TRAINED] = book["trained"] - book["paid_trained"]
        terms[SUPPLY] = (book["supply_used"] - book["paid_supply"]) / 2
        terms[SCORE] = (book["value"] - book["paid_value"]) / HUNDRED
        terms[IDLE_WORKERS] = (book["idle_worker_frames"] - book["paid_idle_frames"]) / FRAMES_PER_SECOND
        terms[WIN] = 1.0 if is_new and book["outcome"] == WON else 0.0
        terms[DEFEAT] = 1.0 if is_new and book["outcome"] != WON else 0.0
        terms[TIME] = (book["tracked_frame"] - book["paid_frame"]) / max_frames
        terms[MILESTONES] = (book["milestone_frames"] - book["paid_milestone_frames"]) / max_frames
        terms[WALLED] = (book["walled_frames"] - book["paid_walled_frames"]) / max_frames
        total = 0.0
        for t in range(weights.shape[0]):
            total += weights[t] * terms[t]
        if book["tracked_frame"] != book["paid_frame"]:
            before = 0.0
            after = 0.0
            if book["paid_outcome"] == IN_PLAY:
                before += potentials[0] * book["paid_workers"] + potentials[1] * book["paid_trained"]
                before += potentials[2] * book["paid_supply"] / 2 + potentials[3] * book["paid_value"] / HUNDRED
                before += potentials[4] * book["paid_gatherers"]
            if not is_over:
                after += potentials[0] * book["workers"] + potentials[1] * book["trained"]
                after += potentials[2] * book["supply_used"] / 2 + potentials[3] * book["value"] / HUNDRED
                after += potentials[4] * gatherers
            total += gamma * after - before
        reward[r] = total
        book["paid_frame"] = book["tracked_frame"]
        book["paid_minerals"] = book["collected_minerals"]
        book["paid_gas"] = book["collected_gas"]
        book["paid_workers"] = book["workers"]
        book["paid_trained"] = book["trained"]
        book["paid_supply"] = book["supply_used"]
        book["paid_value"] = book["value"]
        book["paid_idle_frames"] = book["idle_worker_frames"]
        book["paid_outcome"] = book["outcome"]
        book["paid_gatherers"] = gatherers
        book["paid_milestone_frames"] = book["milestone_frames"]
        book["paid_walled_frames"] = book["walled_frames"]
        terminated[r] = is_over
        truncated[r] = not is_over and book["tracked_frame"] - book["start_frame"] >= max_frames
