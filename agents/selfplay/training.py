"""What a run does with its opponents: takes snapshots, loads them when they play, logs and saves the win rates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from agents.actors import Actor, PolicyActor
from agents.checkpoints import Model, load_policy, save_checkpoint
from agents.config import EnvConfig, RunConfig
from agents.environments import check_env_config, check_player, env_arguments, processes_for
from agents.runs import RunFolder, seeds_of
from agents.sb3 import StarCraftVecEnv
from agents.selfplay.pool import Kind, Opponent, OpponentPool, Outcome
from agents.selfplay.vec_env import SEATS, Opponents, SelfPlayVecEnv
from bridge.errors import ConfigError
from envs import StarCraftVectorEnv

OPPONENTS_FILE: Final = "opponents.json"


def check_selfplay(config: RunConfig) -> None:
    """Check that a run's self-play can be played.

    Raises:
        ConfigError: unknown scripted player, or a scenario whose two armies differ.
    """
    if config.selfplay is None:
        return
    for name in config.selfplay.players:
        check_player(name, "selfplay.players")
    check_even_armies(config.env)


def check_even_armies(config: EnvConfig) -> None:
    """Check that one policy can play both sides of a scenario.

    Raises:
        ConfigError: its armies differ.
    """
    scenario, _ = check_env_config(config)
    own, enemy = (dict(army) for army in scenario.armies)
    if own != enemy:
        raise ConfigError(f"one policy cannot play both sides of {scenario.name}: its armies are {own} and {enemy}")


def make_selfplay_env(config: EnvConfig, opponents: Opponents, *, num_games: int | None = None) -> SelfPlayVecEnv:
    """Start games in which both seats are played from here.

    Args:
        config: what to play; its `opponent` has no say.
        opponents: who plays the seats that do not learn.
        num_games: games at once; the config's `num_envs` if None.

    Raises:
        ConfigError: something in the config does not exist, or the armies differ.
        GameFailedError: the games do not start.
    """
    check_even_armies(config)
    count = config.num_envs if num_games is None else num_games
    games = StarCraftVectorEnv(
        num_envs=SEATS * count,
        num_processes=processes_for(config, count),
        channel=config.channel,
        autoreset_mode="same_step",
        seats=SEATS,
        **env_arguments(config.model_copy(update={"opponent": None})),
    )
    return SelfPlayVecEnv(StarCraftVecEnv(games), opponents)


class RunOpponents:
    """The opponents of one run: the pool, its snapshots on disk, and their networks in memory.

    Attributes:
        pool: who may play, and the score.
    """

    def __init__(self, config: RunConfig) -> None:
        """Begin without snapshots.

        Args:
            config: of a run with a `selfplay` section.
        """
        assert config.selfplay is not None, "a run of self-play"
        self.pool = OpponentPool(config.selfplay, seeds_of(config, 0)["opponents"])
        self._config = config
        self._loaded: dict[str, Actor] = {}
        self._model: Model | None = None
        self._folder: RunFolder | None = None

    def begin(self, model: Model, folder: RunFolder, part: int) -> None:
        """Play for this learner from now on, with the snapshots that the run already has.

        Args:
            model: the learner; as an opponent it plays as it is at every step.
            folder: where snapshots and scores lie.
            part: counts resumptions, so that a resumed run draws anew.

        Raises:
            ConfigError: `opponents.json` cannot be read.
        """
        self._model, self._folder = model, folder
        folder.snapshots.mkdir(exist_ok=True)
        self.pool.seed(seeds_of(self._config, part)["opponents"])
        path = folder.path / OPPONENTS_FILE
        if not path.is_file():
            return
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be read: {error}") from error
        names = [file.stem for file in folder.snapshots.glob("*.zip")]
        self.pool.restore(saved, names, model.num_timesteps, str(path))

    def draw(self) -> tuple[Opponent, Actor | None]:
        """Return the opponent of the next battle and who chooses its actions; a snapshot is loaded when first drawn.

        Raises:
            ConfigError: a snapshot's file cannot be read.
        """
        opponent = self.pool.draw()
        if opponent.kind is Kind.SCRIPT:
            return opponent, None
        actor = self._loaded.get(opponent.name)
        if actor is None:
            actor = self._loaded[opponent.name] = self._load(opponent)
        return opponent, actor

    def note(self, opponent: Opponent, outcome: Outcome) -> None:
        """Take the result of a battle."""
        self.pool.note(opponent, outcome)

    def take_snapshot(self) -> None:
        """Freeze the learner as it is now into a checkpoint of its own and take it into the pool."""
        model, folder = self._bound()
        steps = model.num_timesteps
        name = f"step-{steps:012}"
        save_checkpoint(model, self._config, folder.snapshot(name))
        for left in self.pool.add_snapshot(name, steps):
            self._loaded.pop(left.name, None)
            folder.snapshot(left.name).unlink(missing_ok=True)
        self.save()

    def save(self) -> None:
        """Write `opponents.json`."""
        _, folder = self._bound()
        folder.write_json(OPPONENTS_FILE, self.pool.to_json())

    def _bound(self) -> tuple[Model, RunFolder]:
        assert self._model is not None, "begin() comes first"
        assert self._folder is not None, "begin() comes first"
        return self._model, self._folder

    def _load(self, opponent: Opponent) -> Actor:
        model, folder = self._bound()
        policy = model.policy
        if opponent.kind is Kind.SNAPSHOT:
            env: VecEnv | None = model.get_env()
            assert env is not None, "a learner that trains"
            policy, _ = load_policy(folder.snapshot(opponent.name), env, device=str(model.device))
        return PolicyActor(
            policy,  # type: ignore[arg-type]  # SB3 knows it as its base class only
            is_masked=isinstance(model, MaskablePPO),
            deterministic=not self.pool.settings.stochastic,
            name=opponent.name,
        )


class SelfPlayCallback(BaseCallback):
    """Takes snapshots when they are due and logs the win rates.

    Args:
        opponents: of the run.
        show: is given one line for the display, such as `latest 48 %, 5 snapshots 71 %, scripts 90 %`.
    """

    def __init__(self, opponents: RunOpponents, show: Callable[[str], None]) -> None:
        super().__init__()
        self._opponents = opponents
        self._show = show
        self._snapshot_at = 0

    def _on_training_start(self) -> None:
        self._snapshot_at = self._next_after(self.model.num_timesteps)

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        steps = self.model.num_timesteps
        if steps >= self._snapshot_at:
            self._snapshot_at = self._next_after(steps)
            self._opponents.take_snapshot()
        self._opponents.pool.choose_in_play()

    def _on_rollout_end(self) -> None:
        pool = self._opponents.pool
        for name in pool.played:
            if name in pool.records:
                self.logger.record(f"selfplay/win_rate/{name}", pool.records[name].win_rate)
        self.logger.record("selfplay/snapshots", len(pool.snapshots))
        pool.forget_played()
        self._show(standing(pool))

    def _next_after(self, steps: int) -> int:
        every = self._opponents.pool.settings.snapshot_every
        return (steps // every + 1) * every


def standing(pool: OpponentPool) -> str:
    """Return the win rates by kind of opponent in one line, of those that have been met."""
    texts: list[str] = []
    for kind in Kind:
        records = [pool.records[opponent.name] for opponent in pool.opponents if opponent.kind is kind]
        battles = sum(record.recent_battles for record in records)
        if battles:
            label = {Kind.LATEST: "latest", Kind.SNAPSHOT: f"{len(records)} snapshots", Kind.SCRIPT: "scripts"}[kind]
            texts.append(f"{label} {sum(record.recent_wins for record in records) / battles:.0%}")
    return ", ".join(texts)
