"""Whoever chooses actions in an evaluation: a learned model, chance, or a scripted player inside the game."""

from __future__ import annotations

import math
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
import torch as th
from numpy.typing import NDArray
from sb3_contrib import MaskablePPO
from stable_baselines3.common.utils import obs_as_tensor

from agents.checkpoints import Model
from agents.policies import UnitActorCriticPolicy
from agents.unit_rows import rows_of


class Actor(Protocol):
    """Chooses one action per row."""

    name: str

    def act(self, observation: Any, masks: NDArray[np.bool_] | None) -> NDArray[Any]:
        """Return (rows, ...) actions in the action space.

        Args:
            observation: batched, as the env's space.
            masks: (rows, sum(nvec)) bool; None where the action has none.
        """
        ...


class ModelActor:
    """A trained model.

    Args:
        model: MaskablePPO is given the masks, PPO is not.
        deterministic: take the most probable action instead of drawing one.
        name: for tables.
    """

    def __init__(self, model: Model, *, deterministic: bool, name: str = "policy") -> None:
        self.name = name
        self._model = model
        self._deterministic = deterministic
        shape = model.observation_space.shape or ()
        self._axes, self._size = len(shape), math.prod(shape)

    def act(self, observation: Any, masks: NDArray[np.bool_] | None) -> NDArray[Any]:
        """See `Actor`."""
        if isinstance(observation, np.ndarray) and observation.ndim == 2 + self._axes:
            # a model of single units: each decides by its own line
            shows_team = self._size != observation.shape[2]
            lines = rows_of(observation, shows_team)
            own_masks = None if masks is None else masks.reshape(len(lines), -1)
            return self.act(lines, own_masks).reshape(observation.shape[:2])
        if isinstance(self._model, MaskablePPO):
            actions, _ = self._model.predict(observation, deterministic=self._deterministic, action_masks=masks)
        else:
            actions, _ = self._model.predict(observation, deterministic=self._deterministic)
        return actions


class PolicyActor:
    """A network without its learner: a frozen snapshot, or the one that is being trained, as it is at every step.

    Args:
        policy: chooses.
        is_masked: whether its algorithm is given the masks, as MaskablePPO is.
        deterministic: take the most probable action instead of drawing one.
        name: for tables.
    """

    def __init__(self, policy: UnitActorCriticPolicy, *, is_masked: bool, deterministic: bool, name: str) -> None:
        self.name = name
        self._policy = policy
        self._is_masked = is_masked
        self._deterministic = deterministic

    def act(self, observation: Any, masks: NDArray[np.bool_] | None) -> NDArray[Any]:
        """See `Actor`.

        Not by the policy's `predict`, which copies the observation and walks through all modules at every call.
        """
        seen = obs_as_tensor(observation, self._policy.device)
        with th.no_grad():
            distribution = self._policy.get_distribution(seen, masks if self._is_masked else None)
            actions = distribution.get_actions(deterministic=self._deterministic)
        return np.asarray(actions.cpu().numpy(), np.int64)


class RandomActor:
    """Draws uniformly: among the possible choices of each factor, or from a box.

    Args:
        action_space: MultiDiscrete or Box.
        seed: of the draws.
    """

    def __init__(self, action_space: gym.spaces.Space[Any], seed: int) -> None:
        self.name = "random"
        self._generator = np.random.default_rng(seed)
        self._space = action_space
        self._space.seed(seed)
        nvec = action_space.nvec if isinstance(action_space, gym.spaces.MultiDiscrete) else np.zeros(0, np.int64)
        self._edges = np.concatenate([[0], np.cumsum(nvec)])

    def act(self, observation: Any, masks: NDArray[np.bool_] | None) -> NDArray[Any]:
        """See `Actor`: the largest of uniform keys among the possible choices is a uniform draw."""
        if masks is None:
            first = next(iter(observation.values())) if isinstance(observation, dict) else observation
            return np.stack([self._space.sample() for _ in range(len(first))])
        keys = np.where(masks, self._generator.random(masks.shape), -1.0)
        columns = [keys[:, low:high].argmax(axis=1) for low, high in zip(self._edges, self._edges[1:], strict=False)]
        return np.stack(columns, axis=1).astype(np.int64)


class IdleActor:
    """Changes nothing: a scripted player drives the own units inside the game.

    Args:
        name: of that player.
        num_factors: factors of the action space.
    """

    def __init__(self, name: str, num_factors: int) -> None:
        self.name = name
        self._num_factors = num_factors

    def act(self, observation: Any, masks: NDArray[np.bool_] | None) -> NDArray[Any]:
        """See `Actor`: all zeros, *no change*."""
        assert masks is not None, "scripted players take the place of choices"
        return np.zeros((len(masks), self._num_factors), np.int64)
