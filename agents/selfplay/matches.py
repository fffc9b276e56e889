"""A policy against other policies: both seats are played from here, sides swapped with every battle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from agents.actors import Actor, PolicyActor
from agents.checkpoints import load_policy, read_meta
from agents.config import EnvConfig, RunConfig
from agents.environments import check_env_config, make_vec_env
from agents.evaluation import EvaluationResult, evaluate
from agents.runs import RunFolder, find_checkpoint
from agents.selfplay.pool import Kind, Opponent, Outcome
from agents.selfplay.training import make_selfplay_env
from agents.statistics import wilson_interval
from bridge.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A checkpoint as an opponent.

    Attributes:
        name: for tables and files.
        path: the checkpoint.
        steps: env steps that it was trained for.
    """

    name: str
    path: Path
    steps: int


class OneRival:
    """The same policy in every battle, until another one is set."""

    def __init__(self) -> None:
        self._rival: tuple[Opponent, Actor] | None = None

    def set(self, rival: Rival, actor: Actor) -> None:
        """Let this one play from the next reset on."""
        self._rival = Opponent(name=rival.name, kind=Kind.SNAPSHOT, steps=rival.steps), actor

    def draw(self) -> tuple[Opponent, Actor | None]:
        """Return it."""
        assert self._rival is not None, "set() comes first"
        return self._rival

    def note(self, opponent: Opponent, outcome: Outcome) -> None:
        """Leave the counting to the evaluation."""


def run_of(checkpoint: Path) -> RunFolder:
    """Return the run folder that a checkpoint or snapshot lies in."""
    return RunFolder(checkpoint.resolve().parents[1])


def snapshots_of(path: Path) -> list[Rival]:
    """Return the snapshots of a run of self-play, oldest first.

    Args:
        path: a checkpoint of it.

    Raises:
        ConfigError: it has none.
    """
    folder = run_of(path)
    rivals = [rival_of(file) for file in sorted(folder.snapshots.glob("*.zip"))]
    if not rivals:
        raise ConfigError(f"{path}: no snapshots in {folder.snapshots}: not a run of self-play, or too short a one")
    return rivals


def rival_of(path: Path) -> Rival:
    """Return a checkpoint, or the best (else the newest) one of a run folder, as an opponent.

    Raises:
        ConfigError: it cannot be read.
    """
    file = find_checkpoint(path)
    return Rival(name=path.resolve().name.removesuffix(".zip"), path=file, steps=read_meta(file).steps)


def first_third(rivals: Sequence[Rival], steps: int) -> list[Rival]:
    """Return those that were taken in the first third of a run.

    Args:
        rivals: snapshots.
        steps: of the whole run.
    """
    return [rival for rival in rivals if 3 * rival.steps <= steps]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlySnapshots:
    """A run against its own snapshots of its first third.

    Attributes:
        snapshots: how many.
        battles: against all of them.
        wins: of these.
    """

    snapshots: int
    battles: int
    wins: int

    def text(self) -> str:
        """Return one line for people."""
        interval = wilson_interval(self.wins, self.battles)
        return (
            f"against the {self.snapshots} snapshots of the run's first third: {self.wins / self.battles:.1%} of "
            f"{self.battles:,} battles, 95 % interval {interval.low:.1%} - {interval.high:.1%}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return all fields, the win rate and its interval."""
        interval = wilson_interval(self.wins, self.battles)
        rate = {"win_rate": self.wins / self.battles, "win_rate_ci95": [interval.low, interval.high]}
        return {"snapshots": self.snapshots, "battles": self.battles, "wins": self.wins, **rate}


def early_snapshots(
    checkpoint: Path, rivals: Sequence[Rival], results: Sequence[EvaluationResult]
) -> EarlySnapshots | None:
    """Return the sum over a run's own snapshots of its first third, None if none was played.

    Args:
        checkpoint: of the run, the one that was evaluated: its steps are the run's.
        rivals: whom it was evaluated against.
        results: of all opponents.
    """
    folder = run_of(checkpoint).snapshots
    own = [rival for rival in rivals if rival.path.resolve().parent == folder]
    names = {rival.name for rival in first_third(own, read_meta(checkpoint).steps)}
    counted = [result for result in results if result.opponent in names]
    if not counted:
        return None
    return EarlySnapshots(
        snapshots=len(counted),
        battles=sum(result.episodes for result in counted),
        wins=sum(result.wins for result in counted),
    )


def against(config: EnvConfig, script: str) -> EnvConfig:
    """Return the config with this scripted player as the enemy, unless a server says who that is."""
    return config if config.server is not None else config.model_copy(update={"opponent": script})


def play_scripts(
    make_actor: Callable[[VecEnv], Actor],
    config: EnvConfig,
    scripts: Sequence[str],
    episodes: int,
    seed: int,
    *,
    num_envs: int,
    scenario: str,
    player: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[EvaluationResult]:
    """Play `episodes` battles as player 0 against each scripted player, who plays inside the game process.

    Args:
        make_actor: is given the env and returns who is evaluated.
        config: what is played; its `opponent` has no say.
        scripts: names of scripted players.
        episodes: battles against each.
        seed: of game 0; the games are the same against every opponent.
        num_envs: games at once.
        scenario: for the results.
        player: scripted player in the own seat, if one is evaluated.
        should_stop: asked after every step.

    Returns:
        One result for each scripted player.

    Raises:
        ConfigError: a name that does not exist, or a checkpoint of other spaces.
        BridgeError: a game was lost.
        StoppedError: `should_stop` said so.
    """
    results: list[EvaluationResult] = []
    for script in scripts:
        env = make_vec_env(against(config, script), num_envs=min(num_envs, episodes), player=player)
        try:
            actor = make_actor(env)
            results.append(
                evaluate(actor, env, episodes, seed, scenario=scenario, opponent=script, should_stop=should_stop)
            )
        finally:
            env.close()
    return results


def play_rivals(
    make_actor: Callable[[VecEnv], Actor],
    config: EnvConfig,
    rivals: Sequence[Rival],
    episodes: int,
    seed: int,
    *,
    num_envs: int,
    scenario: str,
    deterministic: bool,
    device: str,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[EvaluationResult]:
    """Play `episodes` battles against each rival, half of them on either side.

    Args:
        make_actor: is given the env and returns who is evaluated.
        config: what is played.
        rivals: who is played against.
        episodes: battles against each.
        seed: of game 0; the games are the same against every rival.
        num_envs: games at once.
        scenario: for the results.
        deterministic: whether the rivals take their most probable action instead of drawing one.
        device: torch device.
        should_stop: asked after every step.

    Returns:
        One result for each rival.

    Raises:
        ConfigError: a checkpoint of other spaces, or a scenario with different armies.
        BridgeError: a game was lost.
        StoppedError: `should_stop` said so.
    """
    if not rivals:
        return []
    opponents = OneRival()
    env = make_selfplay_env(config, opponents, num_games=min(num_envs, episodes))
    try:
        actor = make_actor(env)
        results: list[EvaluationResult] = []
        for rival in rivals:
            policy, meta = load_policy(rival.path, env, device=device)
            is_masked = meta.config.algorithm.name == "maskable_ppo"
            opponents.set(rival, PolicyActor(policy, is_masked=is_masked, deterministic=deterministic, name=rival.name))
            results.append(
                evaluate(actor, env, episodes, seed, scenario=scenario, opponent=rival.name, should_stop=should_stop)
            )
        return results
    finally:
        env.close()


def play_pool(
    actor: Actor, config: RunConfig, checkpoint: Path, seed: int, device: str, should_stop: Callable[[], bool]
) -> tuple[list[EvaluationResult], EarlySnapshots | None]:
    """Play what shows whether a run of self-play has got anywhere: its scripted players, its own first third.

    `evaluation.final_episodes` battles against each scripted player, and as many in all against the snapshots, an even
    number against each.

    Args:
        actor: the run's policy.
        config: the run's.
        checkpoint: that the policy is from.
        seed: of game 0.
        device: torch device.
        should_stop: asked after every step.

    Returns:
        One result for each opponent, and the sum over the snapshots, None if there is none as early.

    Raises:
        BridgeError: a game was lost.
        StoppedError: `should_stop` said so.
    """
    assert config.selfplay is not None, "a run of self-play"
    settings = config.evaluation
    scenario = check_env_config(config.env)[0].name
    results = play_scripts(
        lambda env: actor,
        config.env,
        config.selfplay.players,
        settings.final_episodes,
        seed,
        num_envs=settings.num_envs,
        scenario=scenario,
        should_stop=should_stop,
    )
    files = sorted(run_of(checkpoint).snapshots.glob("*.zip"))
    early = first_third([rival_of(file) for file in files], read_meta(checkpoint).steps)
    if early:
        results += play_rivals(
            lambda env: actor,
            config.env,
            early,
            2 * -(-settings.final_episodes // (2 * len(early))),
            seed,
            num_envs=settings.num_envs,
            scenario=scenario,
            deterministic=settings.deterministic,
            device=device,
            should_stop=should_stop,
        )
    return results, early_snapshots(checkpoint, early, results)
