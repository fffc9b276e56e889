"""Gymnasium environments for StarCraft; importing this package registers their ids.

>>> import gymnasium, envs
>>> env = gymnasium.make("BroodWar-v0")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envs.registration import env_ids, register

if TYPE_CHECKING:
    from envs.asynchronous import AsyncStarCraftEnv
    from envs.env import StarCraftEnv
    from envs.parallel import StarCraftParallelEnv
    from envs.vector import StarCraftVectorEnv

__all__ = [
    "AsyncStarCraftEnv",
    "StarCraftEnv",
    "StarCraftParallelEnv",
    "StarCraftVectorEnv",
    "env_ids",
    "register",
]

register()


def __getattr__(name: str) -> Any:
    """Import the env classes when they are first asked for: registering needs neither numba nor the engine."""
    if name == "AsyncStarCraftEnv":
        from envs.asynchronous import AsyncStarCraftEnv

        return AsyncStarCraftEnv
    if name == "StarCraftEnv":
        from envs.env import StarCraftEnv

        return StarCraftEnv
    if name == "StarCraftParallelEnv":
        from envs.parallel import StarCraftParallelEnv

        return StarCraftParallelEnv
    if name == "StarCraftVectorEnv":
        from envs.vector import StarCraftVectorEnv

        return StarCraftVectorEnv
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
