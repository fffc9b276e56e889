"""Gymnasium spaces of a task, built from the same declarations as its arrays."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.spaces import Box, Dict
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.seams import Arrays
from envs.specs.acting import ActionSpec
from envs.specs.observations import ObservationSpec


def observation_space(spec: ObservationSpec) -> gym.Space[Any]:
    """Return the space of one row's observation: a Dict of arrays, or a Box where it is one array."""
    if spec.form != "dict":
        low, high = spec.bounds()
        return Box(low=low, high=high, dtype=low.dtype.type)
    return Dict({block.name: block.space() for block in spec.blocks})


def has_masks(spec: ActionSpec) -> bool:
    """Say whether the action has masks."""
    return "action_mask" in spec.specs


def require_masks(spec: ActionSpec) -> None:
    """Refuse to give masks that there are not.

    Raises:
        ConfigError: the action has none.
    """
    if not has_masks(spec):
        raise ConfigError(f"action_masks() with action {spec.name!r}: it has no masks; allowed: an action with choices")


Observed = list[tuple[str, NDArray[Any]]]
"""The arrays of an observation by their names; of one that is a single array, that one under no name."""


def observed(spec: ObservationSpec, arrays: Arrays, prefix: str = "") -> Observed:
    """Return the arrays that hold the rows' observations, not copied.

    Args:
        spec: the format.
        arrays: the step's arrays.
        prefix: `final_` for the last observations of episodes that ended in this step.
    """
    if spec.form != "dict":
        return [("", arrays[f"{prefix}observation"])]
    return [(block.name, arrays[f"{prefix}observation/{block.name}"]) for block in spec.blocks]


def of_row(arrays: Observed, row: int) -> Observed:
    """Return one row of each array, not copied."""
    return [(name, array[row, ...]) for name, array in arrays]


def joined(arrays: Observed) -> Any:
    """Return these very arrays in the form of the observation's space: a dict, or the one that there is."""
    return dict(arrays) if arrays[0][0] else arrays[0][1]


def copied(arrays: Observed) -> Any:
    """Return fresh copies in the form of the observation's space."""
    return {name: array.copy() for name, array in arrays} if arrays[0][0] else arrays[0][1].copy()
