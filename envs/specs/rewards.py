"""Rewards as weighted sums of named terms, each computed from two successive views and normalised by the armies.

Points are hit points plus shield points. The damage terms are differences of what the armies have left, so that they
sum to at most 1 over an episode and cannot be farmed: what shields regenerate is taken back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
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

POINTS: Final = 2.0**31
UNITS: Final = 1700.0
"""More hit points and units than a game can hold."""

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
    Field(name="damage_dealt_points", low=-POINTS, high=POINTS, unit="points", doc="`damage_dealt` in points."),
    Field(name="damage_taken_points", low=-POINTS, high=POINTS, unit="points", doc="`damage_taken` in points."),
    Field(name="kill_count", high=UNITS, unit="units", doc="Enemy units that died."),
    Field(name="loss_count", high=UNITS, unit="units", doc="Own units that died."),
    Field(name="survivor_points", high=POINTS, unit="points", doc="In the step that wins: own points left."),
    Field(name="survivor_units", unit="own army", doc="In the step that ends the battle: own units left."),
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
        # Foerster et al. 2018 (COMA, arXiv 1705.08926): damage dealt minus half the damage taken, 10 per kill, and
        # for a win the team's remaining health plus 200.
        "coma": MappingProxyType(
            {
                "damage_dealt_points": 1.0,
                "damage_taken_points": -0.5,
                "kill_count": 10.0,
                "win": 200.0,
                "survivor_points": 1.0,
            }
        ),
        # Samvelyan et al. 2019 (SMAC, arXiv 1902.04043): the absolute value of damage plus 10 per kill, 200 for a
        # win; `reward_spec` scales it so that a perfect battle is worth 20.
        "smac": MappingProxyType({"damage_dealt_points": 1.0, "kill_count": 10.0, "win": 200.0}),
        # TorchCraftAI tutorials/micro: a half for the win, a quarter for the kills, an eighth for the own survivors,
        # a sixteenth for the points taken from the enemy; there paid at the end, here as they come.
        "torchcraftai": MappingProxyType({"win": 0.5, "kills": 0.25, "survivor_units": 0.125, "damage_dealt": 0.0625}),
        # Usunier et al. 2016 (arXiv 1609.02993): damage inflicted minus damage incurred, normalised; here each by the
        # army that takes it, as of the start. The paper's own scale was not at hand.
        "usunier": MappingProxyType({"damage_dealt": 1.0, "damage_taken": -1.0}),
    }
)
"""Weights by name: what `reward=` takes besides a mapping of one's own."""

SMAC: Final = "smac"
SMAC_SCALE: Final = 20.0
"""What a perfect battle is worth in SMAC."""

(
    DAMAGE_DEALT,
    DAMAGE_TAKEN,
    KILLS,
    LOSSES,
    WIN,
    DEFEAT,
    SURVIVORS,
    TIME,
    DAMAGE_DEALT_POINTS,
    DAMAGE_TAKEN_POINTS,
    KILL_COUNT,
    LOSS_COUNT,
    SURVIVOR_POINTS,
    SURVIVOR_UNITS,
) = range(len(REWARD_TERMS))

POTENTIALS: Final = (
    Field(name="own_points", doc="Own hit points and shield points, of those at the start."),
    Field(name="enemy_points", doc="Enemy points as last seen, of those at the start."),
    Field(name="own_units", doc="Own units alive, of those at the start."),
    Field(name="enemy_units", doc="Enemy units alive, of those at the start."),
)
"""What `shaping=` weighs in a battle."""

GAMMA: Final = "gamma"
DEFAULT_GAMMA: Final = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSpec:
    """How rows are paid.

    Attributes:
        name: preset's name, `custom` for weights of one's own.
        weights: (terms,) float64 in the order of the terms' declarations.
        is_absolute: the sum's absolute value is paid (SMAC: shields that regenerate pay, too).
        potentials: (potentials,) float64, weights of the potential that shapes the reward.
        gamma: discount of the learner that is shaped for.
    """

    name: str
    weights: NDArray[np.float64]
    is_absolute: bool = False
    potentials: NDArray[np.float64]
    gamma: float = DEFAULT_GAMMA


def reward_spec(
    reward: str | Mapping[str, float], shaping: Mapping[str, float] | None = None, enemy: tuple[int, int] = (0, 0)
) -> RewardSpec:
    """Return the spec of a preset or of weights by term name.

    Args:
        reward: the user's.
        shaping: weights of the potential by name, and `gamma`; None for no shaping.
        enemy: points and units of the enemy's army, which SMAC scales by.

    Raises:
        ConfigError: unknown preset, term or potential (with the nearest name), or a weight that is no finite number.
    """
    potentials, gamma = shaping_of(shaping, tuple(field.name for field in POTENTIALS))
    spec = spec_of(reward, REWARD_PRESETS, REWARD_NAMES)
    if spec.name == SMAC:
        best = enemy[0] + spec.weights[KILL_COUNT] * enemy[1] + spec.weights[WIN]
        spec = dataclasses.replace(spec, weights=spec.weights * (SMAC_SCALE / best), is_absolute=True)
    return dataclasses.replace(spec, potentials=potentials, gamma=gamma)


def shaping_of(shaping: Mapping[str, float] | None, names: Sequence[str]) -> tuple[NDArray[np.float64], float]:
    """Return (weights of the potentials, gamma) of the user's shaping.

    Raises:
        ConfigError: an unknown name (with the nearest), a weight that is no finite number, or a gamma not in (0, 1].
    """
    if shaping is None:
        return np.zeros(len(names)), DEFAULT_GAMMA
    if not isinstance(shaping, Mapping):
        raise ConfigError(f"shaping: expected weights by potential, got {shaping!r}")
    for name, weight in shaping.items():
        if name not in names and name != GAMMA:
            raise ConfigError(f"unknown shaping potential {name!r}{nearest(str(name), (*names, GAMMA))}")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not np.isfinite(weight):
            raise ConfigError(f"shaping {name!r}: weight {weight!r} is not a finite number")
    gamma = float(shaping.get(GAMMA, DEFAULT_GAMMA))
    if not 0.0 < gamma <= 1.0:
        raise ConfigError(f"shaping 'gamma': got {gamma}; allowed: above 0, at most 1")
    return _weights(shaping, names), gamma


def spec_of(
    reward: str | Mapping[str, float], presets: Mapping[str, Mapping[str, float]], names: Sequence[str]
) -> RewardSpec:
    """Return the spec of a preset or of weights by term name.

    Args:
        reward: the user's.
        presets: weights by name.
        names: the terms, in the order in which they are summed.

    Raises:
        ConfigError: unknown preset or term (with the nearest name), or a weight that is no finite number.
    """
    if isinstance(reward, str):
        if reward not in presets:
            raise ConfigError(f"unknown reward {reward!r}{nearest(reward, presets)}")
        return RewardSpec(name=reward, weights=_weights(presets[reward], names), potentials=np.zeros(0))
    if not isinstance(reward, Mapping):
        raise ConfigError(f"reward: expected a preset's name or weights by term, got {reward!r}")
    for name, weight in reward.items():
        if name not in names:
            raise ConfigError(f"unknown reward term {name!r}{nearest(str(name), names)}")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not np.isfinite(weight):
            raise ConfigError(f"reward term {name!r}: weight {weight!r} is not a finite number")
    return RewardSpec(name="custom", weights=_weights(reward, names), potentials=np.zeros(0))


def _weights(by_name: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([by_name.get(name, 0.0) for name in names], np.float64)


@dataclass(frozen=True, slots=True)
class Payer:
    """What pays a batch of rows and says which episodes ended.

    Attributes:
        spec: the weights.
        max_frames: an episode is truncated after so many frames.
    """

    spec: RewardSpec
    max_frames: int


class Scorer(Payer):
    """Pays the rows of battles."""

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
        spec = self.spec
        score_rows(
            battle.rows,
            spec.weights,
            spec.is_absolute,
            spec.potentials,
            spec.gamma,
            self.max_frames,
            reward,
            terminated,
            truncated,
        )


@kernel
def score_rows(
    rows: NDArray[np.void],
    weights: NDArray[np.float64],
    is_absolute: bool,
    potentials: NDArray[np.float64],
    gamma: float,
    max_frames: int,
    reward: NDArray[np.float32],
    terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
) -> None:
    """Pay each row for the change since its last payment.

    Args:
        rows: (rows,) BATTLE_DTYPE; `paid_*` updated.
        weights: (terms,) float64.
        is_absolute: whether the sum's absolute value is paid.
        potentials: (potentials,) float64, weights of the potential.
        gamma: the next state's potential is discounted by this.
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
        terms[DAMAGE_DEALT_POINTS] = battle["paid_enemy_points"] - battle["enemy_points"]
        terms[DAMAGE_TAKEN_POINTS] = battle["paid_own_points"] - battle["own_points"]
        terms[KILL_COUNT] = battle["paid_enemy_units"] - battle["enemy_units"]
        terms[LOSS_COUNT] = battle["paid_own_units"] - battle["own_units"]
        terms[SURVIVOR_POINTS] = battle["own_points"] if is_new and battle["is_won"] else 0.0
        terms[SURVIVOR_UNITS] = battle["own_units"] / own_units if is_new else 0.0
        total = 0.0
        for t in range(weights.shape[0]):
            total += weights[t] * terms[t]
        if is_absolute:
            total = abs(total)
        if battle["tracked_frame"] != battle["paid_frame"]:
            before = 0.0
            after = 0.0
            if not battle["paid_is_decided"]:
                before += potentials[0] * battle["paid_own_points"] / own_points
                before += potentials[1] * battle["paid_enemy_points"] / enemy_points
                before += potentials[2] * battle["paid_own_units"] / own_units
                before += potentials[3] * battle["paid_enemy_units"] / enemy_units
            if not battle["is_decided"]:  # what comes after the end is worth nothing, or shaping would change the task
                after += potentials[0] * battle["own_points"] / own_points
                after += potentials[1] * battle["enemy_points"] / enemy_points
                after += potentials[2] * battle["own_units"] / own_units
                after += potentials[3] * battle["enemy_units"] / enemy_units
            total += gamma * after - before
        reward[r] = total
        battle["paid_frame"] = battle["tracked_frame"]
        battle["paid_is_decided"] = battle["is_decided"]
        battle["paid_own_units"] = battle["own_units"]
        battle["paid_enemy_units"] = battle["enemy_units"]
        battle["paid_own_points"] = battle["own_points"]
        battle["paid_enemy_points"] = battle["enemy_points"]
        terminated[r] = battle["is_decided"] != 0
        truncated[r] = not battle["is_decided"] and battle["tracked_frame"] - battle["start_frame"] >= max_frames
