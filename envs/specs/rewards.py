"""Rewards as weighted sums of named terms, each computed from two successive views and normalised by the armies.

Points are hit points plus shield points. The damage terms are differences of what the armies have left, so that they
sum to at most 1 over an episode and cannot be farmed: what shields regenerate is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.userfiles import nearest
from engine.core.jit import kernel
from envs.specs.field import Field
from envs.specs.slots import Battle

REWARD_TERMS: Final = (
    Field(
        name="damage_dealt",
        low=-1.0,
        unit="enemy army",
        doc="Points that the enemy has fewer than before, of those that it started with.",
    ),
    Field(
        name="damage_taken",
        low=-1.0,
        unit="own army",
        doc="Points that the own army has fewer than before, of those that it started with.",
    ),
    Field(name="kills", unit="enemy army", doc="Enemy units that died, of those at the start."),
    Field(name="losses", unit="own army", doc="Own units that died, of those at the start."),
    Field(name="win", unit="flag", doc="1 in the step that wins the battle."),
    Field(name="defeat", unit="flag", doc="1 in the step that ends the battle without winning it."),
    Field(name="survivors", unit="own army", doc="In the step that wins: own points left, of those at the start."),
    Field(name="time", unit="limit", doc="Frames of the step, of the episode's limit."),
)
"""All terms, in the order in which their values are summed."""

REWARD_NAMES: Final[tuple[str, ...]] = tuple(term.name for term in REWARD_TERMS)

REWARD_PRESETS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "default": MappingProxyType(
            {"damage_dealt": 1.0, "damage_taken": -0.5, "kills": 0.5, "losses": -0.25, "win": 1.0}
        ),
        "win": MappingProxyType({"win": 1.0}),
        "zero_sum": MappingProxyType(
            {
                "damage_dealt": 0.5,
                "damage_taken": -0.5,
                "kills": 0.5,
                "losses": -0.5,
                "win": 1.0,
                "defeat": -1.0,
            }
        ),
    }
)
"""Weights by name: what `reward=` takes besides a mapping of one's own."""

DAMAGE_DEALT, DAMAGE_TAKEN, KILLS, LOSSES, WIN, DEFEAT, SURVIVORS, TIME = range(len(REWARD_TERMS))


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSpec:
    """How rows are paid.

    Attributes:
        name: preset's name, `custom` for weights of one's own.
        weights: (terms,) float64 in the order of `REWARD_TERMS`.
    """

    name: str
    weights: NDArray[np.float64]


def reward_spec(reward: str | Mapping[str, float]) -> RewardSpec:
    """Return the spec of a preset or of weights by term name.

    Raises:
        ConfigError: unknown preset or term (with the nearest name), or a weight that is no finite number.
    """
    if isinstance(reward, str):
        if reward not in REWARD_PRESETS:
            raise ConfigError(f"unknown reward {reward!r}{nearest(reward, REWARD_PRESETS)}")
        return RewardSpec(name=reward, weights=_weights(REWARD_PRESETS[reward]))
    if not isinstance(reward, Mapping):
        raise ConfigError(f"reward: expected a preset's name or weights by term, got {reward!r}")
    for name, weight in reward.items():
        if name not in REWARD_NAMES:
            raise ConfigError(f"unknown reward term {name!r}{nearest(str(name), REWARD_NAMES)}")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not np.isfinite(weight):
            raise ConfigError(f"reward term {name!r}: weight {weight!r} is not a finite number")
    return RewardSpec(name="custom", weights=_weights(reward))


def _weights(by_name: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([by_name.get(name, 0.0) for name in REWARD_NAMES], np.float64)


class Scorer:
    """Pays a batch of rows and says which episodes ended."""

    def __init__(self, spec: RewardSpec, max_frames: int) -> None:
        """Prepare.

        Args:
            spec: the weights.
            max_frames: an episode is truncated after so many frames.
        """
        self._spec = spec
        self._max_frames = max_frames

    def score(
        self,
        battle: Battle,
        reward: NDArray[np.float32],
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
    ) -> None:
        """Write what the step that ended here is worth; a second call without a new Frame pays nothing.

        Args:
            battle: slots that follow the Frame.
            reward: (rows,) float32, overwritten.
            terminated: (rows,) bool, overwritten: a side has no units.
            truncated: (rows,) bool, overwritten: the frame limit is reached.
        """
        score_rows(battle.rows, self._spec.weights, self._max_frames, reward, terminated, truncated)


@kernel
def score_rows(
    rows: NDArray[np.void],
    weights: NDArray[np.float64],
    max_frames: int,
    reward: NDArray[np.float32],
    terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
) -> None:
    """Pay each row for the change since its last payment.

    Args:
        rows: (rows,) BATTLE_DTYPE; `paid_*` updated.
        weights: (terms,) float64.
        max_frames: frame limit of an episode.
        reward: (rows,) float32, overwritten.
        terminated: (rows,) bool, overwritten.
        truncated: (rows,) bool, overwritten.
    """
    terms = np.zeros(weights.shape[0])
    for r in range(rows.shape[0]):
        battle = rows[r]
        own_points = max(1, battle["own_start_points"])
        enemy_points = max(1, battle["enemy_start_points"])
        own_units = max(1, battle["own_start_units"])
        enemy_units = max(1, battle["enemy_start_units"])
        terms[DAMAGE_DEALT] = (battle["paid_enemy_points"] - battle["enemy_points"]) / enemy_points
        terms[DAMAGE_TAKEN] = (battle["paid_own_points"] - battle["own_points"]) / own_points
        terms[KILLS] = (battle["paid_enemy_units"] - battle["enemy_units"]) / enemy_units
        terms[LOSSES] = (battle["paid_own_units"] - battle["own_units"]) / own_units
        is_new = battle["is_decided"] and not battle["paid_is_decided"]
        terms[WIN] = 1.0 if is_new and battle["is_won"] else 0.0
        terms[DEFEAT] = 1.0 if is_new and not battle["is_won"] else 0.0
        terms[SURVIVORS] = battle["own_points"] / own_points if is_new and battle["is_won"] else 0.0
        terms[TIME] = (battle["tracked_frame"] - battle["paid_frame"]) / max_frames
        total = 0.0
        for t in range(weights.shape[0]):
            total += weights[t] * terms[t]
        reward[r] = total
        battle["paid_frame"] = battle["tracked_frame"]
        battle["paid_is_decided"] = battle["is_decided"]
        battle["paid_own_units"] = battle["own_units"]
        battle["paid_enemy_units"] = battle["enemy_units"]
        battle["paid_own_points"] = battle["own_points"]
        battle["paid_enemy_points"] = battle["enemy_points"]
        terminated[r] = battle["is_decided"] != 0
        truncated[r] = not battle["is_decided"] and battle["tracked_frame"] - battle["start_frame"] >= max_frames
