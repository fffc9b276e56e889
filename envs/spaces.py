"""Gymnasium spaces of a task, built from the same declarations as its arrays."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict

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


def copy_row(spec: ObservationSpec, arrays: Arrays, row: int, prefix: str = "") -> Any:
    """Return a fresh copy of one row's observation, in the form of its space.

    Args:
        spec: the format.
        arrays: the step's arrays.
        row: which row.
        prefix: `final_` for the last observation of an episode that ended in this step.
    """
    if spec.form != "dict":
        return arrays[f"{prefix}observation"][row].copy()
    return {block.name: np.array(arrays[f"{prefix}observation/{block.name}"][row]) for block in spec.blocks}


def copy_rows(spec: ObservationSpec, arrays: Arrays) -> Any:
    """Return fresh copies of all rows' observations, in the form of the batched space."""
    if spec.form != "dict":
        return arrays["observation"].copy()
    return {block.name: arrays[f"observation/{block.name}"].copy() for block in spec.blocks}
