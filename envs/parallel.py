"""`StarCraftParallelEnv`: one battle as PettingZoo's `ParallelEnv`, an agent for each own unit or squad.

Needs `pip install 'nydus-gym[pettingzoo]'`. The same tasks, games and numbers as `StarCraftEnv`, taken apart by agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from bridge.errors import ConfigError, InvalidActionError
from envs.env import StarCraftEnv
from envs.spaces import has_masks
from envs.specs.squad import SquadSpec

try:
    from pettingzoo import ParallelEnv
except ImportError as error:  # pragma: no cover - the tests' environment has it
    raise ConfigError("the parallel env needs PettingZoo: pip install 'nydus-gym[pettingzoo]'") from error

UNIT: Final = "unit"
SQUAD: Final = "squad"

Step = tuple[
    dict[str, Any],
    dict[str, float],
    dict[str, bool],
    dict[str, bool],
    dict[str, dict[str, Any]],
]
"""What `step` returns, by agent: observations, rewards, terminations, truncations, infos."""


class StarCraftParallelEnv(ParallelEnv[str, Any, Any]):  # type: ignore[misc]  # PettingZoo has no types
    """One battle with many agents; the game runs in a process of its own.

    Agents: `unit_0`, `unit_1`, ..., one for each own slot (observation `local`, action `micro` or `continuous`); or
    `squad_0`, ... with action `squad` and observation `units`. An agent that has died, or whose squad has, leaves.
    Observation: of a unit, its own line of `local`: what it sees itself. Of a squad, all of `units`.
    Action: Discrete, the choices of one factor of the action; with `continuous`, one line of its box.
    Reward: the team's, the same for every agent: what `StarCraftEnv` pays.
    Termination: of an agent, its death; of all, a side has no units.
    Truncation: of all, `max_frames` frames of play, or a lost game (`failure` in every info).
    Reset options: taken and ignored, as PettingZoo's tests ask for; there are none.
    Info: the env's numbers, the same for every agent, and the agent's `action_mask`, int8, as `action_space.sample`
    takes it.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - PettingZoo's own
        "name": "nydus_v0",
        "render_modes": StarCraftEnv.metadata["render_modes"],
        "is_parallelizable": True,
    }

    def __init__(self, **kwargs: Any) -> None:
        """Check the arguments and start the game.

        Args:
            **kwargs: as `StarCraftEnv`; `observation` is `local` unless the action is `squad`.

        Raises:
            ConfigError: a wrong argument, a melee game, or an observation and an action that no agents go with.
            GameFailedError: the game did not start.
        """
        is_squad = kwargs.get("action") == SQUAD
        wanted = "units" if is_squad else "local"
        if kwargs.get("observation", wanted) != wanted:
            raise ConfigError(
                f"observation {kwargs['observation']!r} with many agents: allowed: 'local', or 'units' with action "
                "'squad'"
            )
        self.env = StarCraftEnv(**{**kwargs, "observation": wanted})
        spec = self.env.setup.task.action
        self._squad_of: NDArray[np.int64] | None = spec.squad_of if isinstance(spec, SquadSpec) else None
        space = self.env.action_space
        count = space.shape[0] if space.shape else 0
        self.possible_agents = [f"{SQUAD if is_squad else UNIT}_{at}" for at in range(count)]
        self.agents: list[str] = []
        self.render_mode = self.env.render_mode
        self._has_masks = has_masks(spec)
        self._action_spaces = dict(zip(self.possible_agents, _parts(space), strict=True))
        whole = self.env.observation_space
        parts = [whole] * count if is_squad else _parts(whole)
        self._observation_spaces = dict(zip(self.possible_agents, parts, strict=True))

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """Return an agent's observation space, always the same object."""
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """Return an agent's action space, always the same object."""
        return self._action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Start the next battle; with a seed, the sequence of battles starts anew from it.

        Args:
            seed: decides this battle and, by their number, those after it.
            options: ignored.

        Raises:
            BlockedLoopError: an event loop runs in this thread.
            GameFailedError: the game failed; the next `reset()` starts a fresh process.
        """
        seen, info = self.env.reset(seed=seed)
        alive = self._alive(seen)
        self.agents = [agent for agent, is_alive in zip(self.possible_agents, alive, strict=True) if is_alive]
        return self._observations(seen), self._infos(info)

    def step(self, actions: Mapping[str, Any]) -> Step:
        """Give the living agents' orders and play `frame_skip` frames.

        Args:
            actions: by agent; of every living one.

        Returns:
            Of every agent that was alive before the step: observations, rewards, terminations, truncations, infos.

        Raises:
            InvalidActionError: a living agent has no action, or somebody else has one, or it is not in its space.
            ResetNeeded: before the first `reset()`, or after the episode ended.
        """
        joint = np.zeros(self.env.action_space.shape or (), self.env.action_space.dtype)
        for agent in self.agents:
            if agent not in actions:
                raise InvalidActionError(f"no action for {agent}; wanted: one for each of {', '.join(self.agents)}")
        for agent, action in actions.items():
            if agent not in self.agents:
                living = ", ".join(self.agents) or "nobody"
                raise InvalidActionError(f"action for {agent!r}, who is not there; alive: {living}")
            if not self._action_spaces[agent].contains(action):
                raise InvalidActionError(f"{agent}: {action!r} is not in {self._action_spaces[agent]}")
            joint[self.possible_agents.index(agent)] = action
        seen, reward, terminated, truncated, info = self.env.step(joint)
        observations, infos = self._observations(seen), self._infos(info)
        rewards = dict.fromkeys(self.agents, reward)
        truncations = dict.fromkeys(self.agents, truncated)
        alive = dict(zip(self.possible_agents, self._alive(seen), strict=True))
        has_failed = "failure" in info
        terminations = {agent: terminated or not (alive[agent] or has_failed) for agent in self.agents}
        self.agents = [agent for agent in self.agents if not (terminations[agent] or truncated)]
        return observations, rewards, terminations, truncations, infos

    def render(self) -> NDArray[np.uint8] | str | None:
        """Return the battle as it stands: an RGB array, a text, or None without a render mode."""
        return self.env.render()

    def close(self) -> None:
        """Stop the game; idempotent, bounded."""
        self.agents = []
        env = getattr(self, "env", None)  # a constructor that raised has none
        if env is not None:
            env.close()

    def _alive(self, seen: Any) -> list[bool]:
        """Return by agent whether it is there; a squad is while one of its units is."""
        if self._squad_of is None:
            return [bool(line[0]) for line in seen]
        is_there = np.zeros(len(self.possible_agents), np.bool_)
        np.logical_or.at(is_there, self._squad_of, seen["own_mask"].astype(np.bool_))
        return [bool(one) for one in is_there]

    def _observations(self, seen: Any) -> dict[str, Any]:
        if self._squad_of is not None:
            return {agent: {name: array.copy() for name, array in seen.items()} for agent in self.agents}
        return {agent: seen[self.possible_agents.index(agent)] for agent in self.agents}

    def _infos(self, info: dict[str, Any]) -> dict[str, dict[str, Any]]:
        shared = {name: value for name, value in info.items() if name != "action_mask"}
        if not self._has_masks:
            return {agent: dict(shared) for agent in self.agents}
        masks = info["action_mask"]
        return {agent: {**shared, "action_mask": masks[self.possible_agents.index(agent)]} for agent in self.agents}


def _parts(space: gym.Space[Any]) -> list[gym.Space[Any]]:
    """Return the spaces of the lines of a space: one for each factor, or each line of a box."""
    if isinstance(space, gym.spaces.MultiDiscrete):
        return [Discrete(int(choices)) for choices in space.nvec]
    assert isinstance(space, Box)
    kind: Any = space.dtype
    return [Box(low=low, high=high, dtype=kind) for low, high in zip(space.low, space.high, strict=True)]
