"""`python -m benchmarks.train_costs`: what a step of MaskablePPO costs the trainer itself, with games and without.

Processor time of the trainer's thread per step of 64 games, part by part, on an env that costs nothing and on the real
one (`benchmarks.bench_train`). On a machine that is busy elsewhere the real env's side is an upper bound: whoever else
takes turns on the trainer's core leaves its caches cold, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from agents.config import RunConfig
from agents.train import make_model
from benchmarks.bench_train import NUM_GAMES, FreeVecEnv, config_of, opened

REPEATS: Final = 8
"""Updates of each trainer; the medians are shown."""

WARM_UP: Final = 4

US_PER_S: Final = 1e6

WHOLE, UPDATE = "all of it", "update"
STEP_BEGUN, STEP_TAKEN = "step begun", "step taken"
MASKS, CHOICE, KEPT = "masks", "actions chosen", "kept in the buffer"


class Costs:
    """Processor time of this thread by part."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = {}

    def watch(self, owner: Any, method: str, part: str) -> None:
        """Count what a method of an object uses from now on.

        Args:
            owner: whose.
            method: its name.
            part: what it counts as.
        """
        call: Callable[..., Any] = getattr(owner, method)

        def counted(*arguments: Any, **named: Any) -> Any:
            began_s = time.thread_time()
            try:
                return call(*arguments, **named)
            finally:
                self.spent_s[part] = self.spent_s.get(part, 0.0) + time.thread_time() - began_s

        setattr(owner, method, counted)


def measure(config: RunConfig, env: VecEnv) -> dict[str, float]:
    """Return the median processor time of each part of learning, microseconds per step of all games.

    Args:
        config: what is learned.
        env: on what.
    """
    model = make_model(config, env, "cpu")
    costs = Costs()
    costs.watch(env, "step_async", STEP_BEGUN)
    costs.watch(env, "step_wait", STEP_TAKEN)
    costs.watch(env, "env_method", MASKS)
    costs.watch(model.policy, "forward", CHOICE)
    costs.watch(model.rollout_buffer, "add", KEPT)
    costs.watch(model, "train", UPDATE)
    costs.watch(model, "learn", WHOLE)
    steps = config.algorithm.n_steps
    found: list[dict[str, float]] = []
    for _ in range(WARM_UP + REPEATS):
        costs.spent_s = {}
        model.learn(steps * config.env.num_envs, reset_num_timesteps=False)
        found.append(costs.spent_s)
    parts = found[0]
    return {part: float(np.median([one[part] for one in found[WARM_UP:]])) / steps * US_PER_S for part in parts}


def main() -> int:
    """Measure and show."""
    config = config_of(NUM_GAMES)
    with opened(config) as env:
        free_env = FreeVecEnv(env.reset(), env.action_masks(), env)
    free = measure(config, free_env)
    with opened(config) as env:
        real = measure(config, env)
    print(f"microseconds of the trainer's processor time for a step of {NUM_GAMES} games, free env and real env:")
    for part, cost in real.items():
        print(f"{part:20s} {free[part]:8.0f} {cost:8.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
