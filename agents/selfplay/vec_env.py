"""`SelfPlayVecEnv`: games with two seats, of which Stable-Baselines3 sees one, the learner's.

    rows of the games      0    1    2    3    4    5   ...
    game                   0    0    1    1    2    2
    learner                *              *    *            sides change with every battle of a game
    opponent                    o    o              o       newest policy | snapshot | scripted player

The other seat's actions are made here, in one pass per distinct policy and step; a scripted player runs inside the
game process (`action/script`). An opponent changes only when a battle ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from agents.actors import Actor
from agents.sb3 import StarCraftVecEnv
from agents.selfplay.pool import Opponent, Outcome
from envs.specs.scripts import NO_SCRIPT, SCRIPT, script_number

SEATS = 2


class Opponents(Protocol):
    """Says who plays the other seat."""

    def draw(self) -> tuple[Opponent, Actor | None]:
        """Return the opponent of the next battle and who chooses its actions: None for a scripted player."""
        ...

    def note(self, opponent: Opponent, outcome: Outcome) -> None:
        """Take the result of a battle, as the learner sees it."""
        ...


class SelfPlayVecEnv(VecEnv):
    """One row per game: the learner's seat, player 0 in one battle of a game and player 1 in the next.

    Half of the games begin with the learner as player 0, the others with the learner as player 1. Observations,
    actions, rewards, masks and infos are those of `StarCraftVecEnv` for that seat. The info of a battle that ended
    also has `opponent` (its name), `side` (the learner's player number) and, unless the game was lost, `outcome`.

    Args:
        env: games with two seats; owned, closed with this one.
        opponents: who plays the other seats; asked in the order of the games.

    Raises:
        ValueError: the games have one seat only.
    """

    def __init__(self, env: StarCraftVecEnv, opponents: Opponents) -> None:
        seats = env.env.seats
        if seats != SEATS:
            raise ValueError(f"SelfPlayVecEnv needs games with 2 seats, got {seats}")
        self.env = env
        self.opponents = opponents
        num_games = env.num_envs // SEATS
        super().__init__(num_games, env.observation_space, env.action_space)
        self._first_row = SEATS * np.arange(num_games)
        self._first_side = np.arange(num_games) % SEATS
        self._learner = self._first_row + self._first_side
        self._playing: list[tuple[Opponent, Actor | None]] = []
        self._groups: list[tuple[Actor, NDArray[np.int64]]] | None = None
        self._script = np.zeros(env.num_envs, np.int8)
        self._actions = np.zeros((env.num_envs, *(env.action_space.shape or ())), np.int64)
        self._last: VecEnvObs = {}

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Give game g the seed `seed + g` at the next reset; return each game's."""
        return list(self.env.seed(seed))[::SEATS]

    def reset(self) -> VecEnvObs:
        """Start new battles in all games, each against a newly drawn opponent; return (num_envs, ...) observations."""
        self._last = self.env.reset()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._learner = self._first_row + self._first_side
        self._playing = [self.opponents.draw() for _ in range(self.num_envs)]
        self._seat(range(self.num_envs))
        return _rows(self._last, self._learner)

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Keep the learner's actions for `step_wait`."""
        self._actions[self._learner] = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Let the opponents choose, play one step of all games, and draw new opponents where battles ended.

        Returns:
            Observations, rewards (num_envs,) float32, dones (num_envs,) bool, infos.
        """
        if self._groups is None:
            self._groups = self._grouped()
        if self._groups:
            masks = self.env.action_masks()
            for actor, rows in self._groups:
                self._actions[rows] = actor.act(_rows(self._last, rows), masks[rows])
        self.env.env.arrays[SCRIPT][:] = self._script
        self._last, rewards, dones, infos = self.env.step(self._actions)
        learner = self._learner
        rewards, dones = rewards[learner], dones[learner]
        ended = np.flatnonzero(dones).tolist()
        for game in ended:
            self._finish(game, infos)
        learner_infos = [infos[row] for row in learner.tolist()]
        if ended:
            self._learner = learner.copy()
            self._learner[ended] ^= 1
            for game in ended:
                self._playing[game] = self.opponents.draw()
            self._seat(ended)
        return _rows(self._last, self._learner), rewards, dones, learner_infos

    def close(self) -> None:
        """Stop the games; idempotent."""
        self.env.close()

    @property
    def has_masks(self) -> bool:
        """Whether the action has masks."""
        return self.env.has_masks

    def action_masks(self) -> NDArray[np.bool_]:
        """Return (num_envs, sum(nvec)) bool of the learner's seats: what is possible now; a fresh copy."""
        masks: NDArray[np.bool_] = self.env.action_masks()[self._learner]
        return masks

    def sides(self) -> NDArray[np.int64]:
        """Return (num_envs,) the learner's player number in each game."""
        return self._learner - self._first_row

    def playing(self) -> list[Opponent]:
        """Return each game's present opponent."""
        return [opponent for opponent, _ in self._playing]

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return the attribute of the vector env once per game; see `StarCraftVecEnv`."""
        value = self.action_masks if attr_name == "action_masks" else self.env.get_attr(attr_name, 0)[0]
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of the vector env; all games share it; see `StarCraftVecEnv`.

        Raises:
            ValueError: only some games are named.
        """
        if len(set(self._get_indices(indices))) != self.num_envs:
            raise ValueError(f"set_attr({attr_name!r}): the games share one env; set it on all of them")
        self.env.set_attr(attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Answer `action_masks` per game; call anything else once and hand the result to every game."""
        games = list(self._get_indices(indices))
        if method_name == "action_masks":
            masks = self.action_masks()
            return [masks[game] for game in games]
        value = self.env.env_method(method_name, *args, indices=0, **kwargs)[0]
        return [value for _ in games]

    def env_is_wrapped(self, wrapper_class: type[Any], indices: VecEnvIndices = None) -> list[bool]:
        """Say for every game what its rows say; see `StarCraftVecEnv`."""
        return [self.env.env_is_wrapped(wrapper_class, 0)[0] for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return each game's picture from the learner's seat where the env can draw, else None."""
        pictures = list(self.env.get_images())
        return [pictures[row] for row in self._learner.tolist()]

    def _finish(self, game: int, infos: list[dict[str, Any]]) -> None:
        row = int(self._learner[game])
        info, opponent = infos[row], self._playing[game][0]
        info["opponent"] = opponent.name
        info["side"] = row - int(self._first_row[game])
        if "failure" in info:
            return
        theirs = infos[row ^ 1]
        outcome = Outcome.WON if info["battle_won"] else Outcome.LOST if theirs["battle_won"] else Outcome.DRAWN
        info["outcome"] = str(outcome)
        self.opponents.note(opponent, outcome)

    def _seat(self, games: Sequence[int]) -> None:
        """Put the opponents of these games into the seats that the learner leaves to them."""
        for game in games:
            row = int(self._learner[game])
            opponent, actor = self._playing[game]
            self._script[row] = NO_SCRIPT
            self._script[row ^ 1] = script_number(opponent.name) if actor is None else NO_SCRIPT
            self._actions[row ^ 1] = 0  # a scripted player's row has no choices of its own
        self._groups = None

    def _grouped(self) -> list[tuple[Actor, NDArray[np.int64]]]:
        """Return each distinct policy among the opponents with its rows."""
        rows: dict[Actor, list[int]] = {}
        for (_, actor), row in zip(self._playing, (self._learner ^ 1).tolist(), strict=True):
            if actor is not None:
                rows.setdefault(actor, []).append(row)
        return [(actor, np.array(its, np.int64)) for actor, its in rows.items()]


def _rows(observation: VecEnvObs, rows: NDArray[np.int64]) -> VecEnvObs:
    """Return these rows of a batched observation, copied."""
    if isinstance(observation, dict):
        return {name: part[rows] for name, part in observation.items()}
    assert isinstance(observation, np.ndarray), "observations are arrays, or dicts of them"
    return observation[rows]
