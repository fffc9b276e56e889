"""Gymnasium spaces of a task, built from the same declarations as its arrays."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict, MultiDiscrete
from numpy.typing import NDArray

from bridge.errors import InvalidActionError
from bridge.seams import Arrays
from envs.specs.actions import ActionSpec
from envs.specs.observations import ObservationSpec


def observation_space(spec: ObservationSpec) -> gym.Space[Any]:
    """Return the space of one row's observation: a Dict of arrays for `units`, a Box for `flat`."""
    if spec.name == "flat":
        low, high = spec.bounds()
        return Box(low=low, high=high, dtype=np.float32)
    return Dict({block.name: block.space() for block in spec.blocks})


def action_space(spec: ActionSpec) -> MultiDiscrete:
    """Return the space of one row's action."""
    return MultiDiscrete(spec.nvec)


def copy_row(spec: ObservationSpec, arrays: Arrays, row: int, prefix: str = "") -> Any:
    """Return a fresh copy of one row's observation, in the form of its space.

    Args:
        spec: the format.
        arrays: the step's arrays.
        row: which row.
        prefix: `final_` for the last observation of an episode that ended in this step.
    """
    if spec.name == "flat":
        return arrays[f"{prefix}observation"][row].copy()
    return {block.name: np.array(arrays[f"{prefix}observation/{block.name}"][row]) for block in spec.blocks}


def copy_rows(spec: ObservationSpec, arrays: Arrays) -> Any:
    """Return fresh copies of all rows' observations, in the form of the batched space."""
    if spec.name == "flat":
        return arrays["observation"].copy()
    return {block.name: arrays[f"observation/{block.name}"].copy() for block in spec.blocks}


def checked_actions(spec: ActionSpec, actions: object, leading: tuple[int, ...] = ()) -> NDArray[np.int64]:
    """Return the actions as int64 after checking that they lie in the space.

    Args:
        spec: slots and choices.
        actions: anything that numpy turns into integers of shape (*leading, num_own).
        leading: (num_envs,) for a batch.

    Raises:
        InvalidActionError: names the slot, the value and what is allowed.
    """
    given = np.asarray(actions)
    shape = (*leading, spec.num_own)
    if given.shape != shape:
        raise InvalidActionError(f"action of shape {given.shape}; allowed: {shape}, one choice per own slot")
    if given.dtype.kind not in "iu":
        raise InvalidActionError(f"action of dtype {given.dtype}; allowed: integers")
    values: NDArray[np.int64] = given.astype(np.int64, copy=False)
    if values.view(np.uint64).max() >= spec.num_choices:  # negative numbers are the largest without a sign
        outside = (values < 0) | (values >= spec.num_choices)
        where = tuple(int(index[0]) for index in np.nonzero(outside))
        env = f"env {where[0]}, " if leading else ""
        raise InvalidActionError(
            f"action for {env}own slot {where[-1]} is {int(values[where])}; allowed: 0 to {spec.num_choices - 1}"
        )
    return values
