"""Play battles with one actor and say how they went."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnvObs, VecEnvStepReturn

from agents.actors import Actor
from agents.statistics import Interval, wilson_interval
from bridge.errors import BridgeError


class Battles(Protocol):
    """What an evaluation needs of an env: `StarCraftVecEnv` and `SelfPlayVecEnv` have it."""

    num_envs: int

    @property
    def has_masks(self) -> bool:
        """Whether the action has masks."""
        ...

    def seed(self, seed: int | None = None) -> Any:
        """Give every row its seed for the next reset."""
        ...

    def reset(self) -> VecEnvObs:
        """Start new battles on all rows."""
        ...

    def step(self, actions: NDArray[Any]) -> VecEnvStepReturn:
        """Play one step."""
        ...

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what is possible now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """The outcome of an evaluation.

    Attributes:
        player: who played.
        scenario: name.
        opponent: name of the enemy's player.
        episodes: battles played.
        wins: battles won.
        timeouts: battles that reached the time limit; they count as not won.
        mean_own_units: own units alive at the end, over all battles; None in melee games.
        mean_enemy_units: enemy units alive at the end, likewise.
        mean_steps: env steps of a battle.
        mean_frames: game frames of a battle.
        mean_return: sum of rewards of a battle.
        mean_invalid_actions: choices per battle that were impossible.
        seed: of row 0.
        num_envs: rows; with the seed it fixes the games that were played.
        seconds: wall clock.
        by_side: wins and battles by the player number that was played, where both sides were.
        mean_infos: the other numbers of the env's info at a battle's end (`collected_minerals`).
    """

    player: str
    scenario: str
    opponent: str
    episodes: int
    wins: int
    timeouts: int
    mean_own_units: float | None
    mean_enemy_units: float | None
    mean_steps: float
    mean_frames: float
    mean_return: float
    mean_invalid_actions: float
    seed: int
    num_envs: int
    seconds: float
    by_side: dict[str, list[int]] = field(default_factory=dict)
    mean_infos: dict[str, float] = field(default_factory=dict)

    @property
    def win_rate(self) -> float:
        """Wins per battle."""
        return self.wins / self.episodes

    @property
    def interval(self) -> Interval:
        """95 % Wilson interval of the win rate."""
        return wilson_interval(self.wins, self.episodes)

    def to_json(self) -> dict[str, Any]:
        """Return all fields, the win rate and its interval."""
        interval = self.interval
        return {**asdict(self), "win_rate": self.win_rate, "win_rate_ci95": [interval.low, interval.high]}


class LostGameError(BridgeError):
    """A game was lost: an evaluation with holes is none."""


class StoppedError(Exception):
    """The evaluation was asked to stop before its last battle."""


NAMED: Final = ("own_units", "enemy_units", "episode_frames", "episode_invalid_actions", "steps", "return")
"""Means that have a field of their own in a result."""


def evaluate(
    actor: Actor,
    env: Battles,
    episodes: int,
    seed: int,
    *,
    scenario: str,
    opponent: str,
    should_stop: Callable[[], bool] = lambda: False,
    on_episode: Callable[[int, int], None] = lambda done, wins: None,
) -> EvaluationResult:
    """Play `episodes` battles and count.

    Each row plays its share, `episodes / num_envs`, however long its battles last: taking whichever battles end
    first would favour short ones. Row r plays from seed `seed + r`, so (seed, num_envs, episodes) fixes the games.

    Args:
        actor: chooses the actions.
        env: rows to play on.
        episodes: battles in all.
        seed: of row 0.
        scenario: for the result.
        opponent: for the result.
        should_stop: asked after every step.
        on_episode: called with (battles done, wins) after every battle that counts.

    Raises:
        LostGameError: a game was lost.
        GameFailedError: a game did not start.
        StoppedError: `should_stop` said so.
    """
    started_s = time.monotonic()
    share = np.full(env.num_envs, episodes // env.num_envs)
    share[: episodes % env.num_envs] += 1
    rows: list[dict[str, float]] = []
    by_side: dict[str, list[int]] = {}
    timeouts = wins = 0
    env.seed(seed)
    observation = env.reset()
    while len(rows) < episodes:
        if should_stop():
            raise StoppedError
        masks = env.action_masks() if env.has_masks else None
        observation, _, dones, infos = env.step(actor.act(observation, masks))
        for row in np.flatnonzero(dones).tolist():
            info = infos[row]
            if "failure" in info:
                raise LostGameError(f"a game was lost during the evaluation: {info['failure']}")
            if share[row] == 0:
                continue
            share[row] -= 1
            rows.append(_count(info))
            wins += bool(info["battle_won"])
            timeouts += bool(info["TimeLimit.truncated"])
            if "side" in info:
                side = by_side.setdefault(str(info["side"]), [0, 0])
                side[0] += bool(info["battle_won"])
                side[1] += 1
            on_episode(len(rows), wins)
    means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return EvaluationResult(
        player=actor.name,
        scenario=scenario,
        opponent=opponent,
        episodes=episodes,
        wins=wins,
        timeouts=timeouts,
        mean_own_units=means.get("own_units"),
        mean_enemy_units=means.get("enemy_units"),
        mean_steps=means["steps"],
        mean_frames=means["episode_frames"],
        mean_return=means["return"],
        mean_invalid_actions=means["episode_invalid_actions"],
        seed=seed,
        num_envs=env.num_envs,
        seconds=time.monotonic() - started_s,
        by_side=by_side,
        mean_infos={key: mean for key, mean in means.items() if key not in NAMED},
    )


def _count(info: dict[str, Any]) -> dict[str, float]:
    counted = {key: float(value) for key, value in info.items() if type(value) is int}
    return {**counted, "steps": float(info["episode"]["l"]), "return": float(info["episode"]["r"])}
