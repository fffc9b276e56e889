"""The ids of the environments: one general, and one per shipped scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import gymnasium as gym

import engine

ENTRY_POINT: Final = "envs.env:StarCraftEnv"
VECTOR_ENTRY_POINT: Final = "envs.vector:StarCraftVectorEnv"

GENERAL_ID: Final = "BroodWar-v0"
NAMESPACE: Final = "BroodWar"


def scenario_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, sorted; what `bridge.scenarios` says too, at 1 % of its cost."""
    return tuple(sorted(path.stem for path in (Path(engine.__file__).parent / "broodwar" / "scenarios").glob("*.yaml")))


def env_ids() -> tuple[str, ...]:
    """Return all ids: `BroodWar-v0`, and `BroodWar/<scenario>-v0` for each shipped scenario."""
    return (GENERAL_ID, *(f"{NAMESPACE}/{name}-v0" for name in scenario_names()))


def register() -> None:
    """Register all ids with Gymnasium; a second call changes nothing."""
    if GENERAL_ID not in gym.registry:
        _register(GENERAL_ID, {})
    for name in scenario_names():
        env_id = f"{NAMESPACE}/{name}-v0"
        if env_id not in gym.registry:
            _register(env_id, {"scenario": name})


def _register(env_id: str, kwargs: dict[str, str]) -> None:
    gym.register(
        id=env_id,
        entry_point=ENTRY_POINT,
        vector_entry_point=VECTOR_ENTRY_POINT,
        kwargs=kwargs,
        # `max_frames` truncates; the checker's wrapper would cost as much as a step, the tests run it on every id.
        max_episode_steps=None,
        disable_env_checker=True,
    )
