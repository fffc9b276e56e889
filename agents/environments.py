"""From an `EnvConfig` to running games."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from agents.config import EnvConfig, PolicyConfig, nearest
from agents.sb3 import StarCraftVecEnv
from agents.unit_rows import UnitRowsVecEnv
from bridge.errors import ConfigError
from bridge.melee import changed_name
from bridge.platform import usable_cores
from bridge.scenarios import load_scenario
from bridge.spec import EMBEDDED
from engine.core.rules import PLAYER_NAMES, rules_of
from engine.core.scenario import Scenario
from envs import StarCraftEnv, StarCraftVectorEnv
from envs.registration import TASKS
from envs.spaces import has_masks

MAX_PROCESSES: Final = 4
"""Of a trainer's games, where the config leaves it open: more save little of its time and cost memory each."""


def check_env_config(config: EnvConfig) -> tuple[Scenario, str]:
    """Return the scenario and the name of the enemy's scripted player that a config means, or of the server.

    Raises:
        ConfigError: unknown scenario or opponent.
    """
    arguments = env_arguments(config)
    scenario = load_scenario(arguments["scenario"])
    if config.server is not None:
        if config.opponent is not None:
            raise ConfigError(f"opponent {config.opponent!r} with server {config.server!r}: the server says who plays")
        return scenario, f"server {config.server}"
    opponent = arguments.get("opponent", scenario.opponents[0])
    if scenario.melee is None:
        check_player(opponent, "opponent", scenario.game)
    else:
        changed_name(arguments["scenario"], players=(None, opponent))  # refuses who does not exist
    return scenario, opponent


def check_player(name: str, what: str, game: str | None = None) -> None:
    """Check that a scripted player exists.

    Args:
        name: the user's.
        what: what it is the name of, for the message.
        game: whose player it has to be; None for any game's.

    Raises:
        ConfigError: it does not; names the nearest one.
    """
    known = PLAYER_NAMES if game is None else tuple(rules_of(game).players)
    if name not in known:
        raise ConfigError(f"unknown {what} {name!r}{nearest(name, known)}")


def env_arguments(config: EnvConfig) -> dict[str, Any]:
    """Return the config as keyword arguments that `StarCraftEnv` and `StarCraftVectorEnv` share.

    A task's name stands for all of its arguments; what the config says beside it counts. Options belong to one
    observation or action: another one does not take them over.
    """
    arguments: dict[str, Any] = {"scenario": config.scenario, **TASKS.get(config.scenario, {})}
    for what in ("observation", "action"):
        if getattr(config, what) not in (None, arguments.get(what)):
            arguments.pop(f"{what}_options", None)
    names = (
        "observation",
        "observation_options",
        "action",
        "action_options",
        "opponent",
        "reward",
        "shaping",
        "frame_skip",
        "latency_frames",
        "max_frames",
        "move_distance_px",
        "server",
    )
    given = {name: getattr(config, name) for name in names if getattr(config, name) is not None}
    return {**arguments, "backend": config.backend, **given}


def masks_of(env: StarCraftEnv) -> NDArray[np.bool_] | None:
    """Return a single env's masks, (1, sum(nvec)) bool, as actors take them; None where the action has none."""
    return env.action_masks()[np.newaxis] if has_masks(env.setup.task.action) else None


def backend_of(player: str) -> str:
    """Return the `backend` that puts a scripted player into the own seat (`agents.scripted_seat`)."""
    return f"agents.scripted_seat:{player}"


def as_learner_sees(config: EnvConfig, policy: PolicyConfig, env: VecEnv) -> VecEnv:
    """Return the rows that a learner has: those of the env, or one for each unit (`control: unit`).

    Raises:
        ConfigError: units cannot decide for themselves with this observation and action.
    """
    if config.control != "unit" or not isinstance(env, StarCraftVecEnv):
        return env
    return UnitRowsVecEnv(env, shows_team=policy.critic == "team")


def processes_for(config: EnvConfig, num_games: int) -> int:
    """Return how many processes share so many games: what the config says where that divides them, else one.

    Args:
        config: None in `num_processes` takes a divisor of the games, as many as there are cores, up to `MAX_PROCESSES`.
        num_games: at once.
    """
    if config.num_processes is not None:
        return config.num_processes if num_games % config.num_processes == 0 else 1
    most = min(usable_cores(), MAX_PROCESSES, num_games)
    return max(count for count in range(1, most + 1) if num_games % count == 0)


def make_vec_env(config: EnvConfig, *, num_envs: int | None = None, player: str | None = None) -> StarCraftVecEnv:
    """Start the games of a config.

    Args:
        config: what to play.
        num_envs: games at once; the config's if None.
        player: a scripted player that drives the own units in the learner's place, if any.

    Raises:
        ConfigError: something in the config does not exist.
        GameFailedError: the games do not start.
    """
    check_env_config(config)
    count = config.num_envs if num_envs is None else num_envs
    arguments = env_arguments(config)
    if player is not None:
        check_player(player, "player")
        if config.backend != EMBEDDED:
            raise ConfigError(f"backend {config.backend!r} with player {player!r}: allowed: {EMBEDDED!r}")
        # Only plain games have their kernels compiled ahead, with a line that says so; ours would do it in a step.
        StarCraftVectorEnv(num_envs=1, channel=config.channel, **arguments).close()
        arguments["backend"] = backend_of(player)
    return StarCraftVecEnv(
        StarCraftVectorEnv(
            num_envs=count,
            num_processes=processes_for(config, count),
            channel=config.channel,
            autoreset_mode="same_step",
            **arguments,
        )
    )
