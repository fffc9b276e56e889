"""What a task may ask for beyond the books: the milestones of an opening, a wall. Kept only where it is paid for."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from engine.core.frame import Frame
from engine.core.rules import BROODWAR
from engine.core.scenario import Scenario
from envs.specs.income import MILESTONES, WALLED
from envs.specs.opening import Opening
from envs.specs.rewards import RewardSpec
from envs.specs.walling import Walling


class Goal(Protocol):
    """Writes into the books how far a batch of rows has come."""

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Begin an episode on the marked rows."""
        ...

    def follow(self, frame: Frame, books: NDArray[np.void]) -> None:
        """Bring the books, (rows,) LEDGER_DTYPE, up to a Frame; a second call with the same one changes nothing."""
        ...


def goals_of(reward: RewardSpec, scenario: Scenario, race: str, max_frames: int) -> list[Goal]:
    """Return the goals that a reward pays for.

    Args:
        reward: weights of `INCOME_TERMS`.
        scenario: what is played.
        race: of the seat.
        max_frames: limit of an episode.

    Raises:
        ConfigError: an opening of a race that is not known, or of another game.
    """
    goals: list[Goal] = []
    for term, name in ((MILESTONES, "milestones"), (WALLED, "walled")):
        if reward.weights[term] and scenario.game != BROODWAR:
            raise ConfigError(f"reward term {name!r} in a melee game of {scenario.game}: allowed with {BROODWAR}")
    if reward.weights[MILESTONES]:
        goals.append(Opening(race, max_frames))
    if reward.weights[WALLED]:
        goals.append(Walling(scenario.map, max_frames))
    return goals
