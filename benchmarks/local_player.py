"""A scripted player under the rules of decentralised policies: what a learned one must beat to have learnt anything.

COMA's table has such a row, "heuristic, local view". Here each unit attacks the weakest enemy that its own line of
`local` shows it and that its mask lets it attack; where there is none it goes ahead, to the right, where the enemy
begins.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.config import RunConfig
from agents.entities import columns_of
from agents.environments import check_env_config, make_vec_env
from agents.evaluation import evaluate
from agents.runs import provenance, seeds_of
from bridge.userfiles import write_atomically
from envs.specs.field import Block
from envs.specs.micro import FIRST_ATTACK, FIRST_MOVE, MOVE_NAMES

WEAKEST_IN_SIGHT: Final = "weakest_in_sight"
AHEAD: Final = FIRST_MOVE + MOVE_NAMES.index("E")


class WeakestInSight:
    """See the module; an `agents.actors.Actor`.

    Args:
        block: declaration of `local`.
    """

    name = WEAKEST_IN_SIGHT

    def __init__(self, block: Block) -> None:
        names = [name for name, _ in block.columns()]
        enemies = columns_of(block)["enemies"]
        self._hp = [next(column for column in line if names[column].startswith("enemy_hp")) for line in enemies]

    def act(self, observation: Any, masks: NDArray[np.bool_] | None) -> NDArray[Any]:
        """Return each unit's choice; the first slot of several that are equally weak."""
        assert masks is not None, "micro has masks"
        allowed = masks.reshape(*observation.shape[:2], -1)
        can_attack = allowed[:, :, FIRST_ATTACK:]
        hp = np.where(can_attack, observation[:, :, self._hp], np.inf)
        chosen: NDArray[Any] = np.where(can_attack.any(axis=-1), FIRST_ATTACK + hp.argmin(axis=-1), AHEAD)
        is_possible = np.take_along_axis(allowed, chosen[:, :, np.newaxis], axis=-1)[:, :, 0]
        return np.where(is_possible, chosen, 0)


def evaluate_local_player(config: RunConfig, episodes: int, path: Path, command: list[str]) -> None:
    """Let it play a config's battles by that config's rules; write what `evaluate.py` writes of a scripted player.

    Args:
        config: with `env.control: unit`.
        episodes: battles, on the seeds that a run's final evaluation has.
        path: JSON file.
        command: for the file.
    """
    scenario, opponent = check_env_config(config.env)
    env = make_vec_env(config.env, num_envs=config.evaluation.num_envs)
    try:
        (block,) = env.env.setup.task.observation.blocks
        seed = seeds_of(config, 0)["final"]
        result = evaluate(WeakestInSight(block), env, episodes, seed, scenario=scenario.name, opponent=opponent)
    finally:
        env.close()
    about = {**provenance(command), "env": config.env.model_dump(), **result.to_json()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(about, indent=1) + "\n")
