"""What happens beside learning: display, log, evaluations, checkpoints, time limit, Ctrl-C, lost games."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter

from agents.actors import ModelActor
from agents.checkpoints import Model, save_checkpoint
from agents.config import RunConfig
from agents.display import Display, Progress
from agents.evaluation import EvaluationResult, LostGameError, StoppedError, evaluate
from agents.failures import FailureBudget
from agents.runs import RunFolder
from agents.sb3 import StarCraftVecEnv
from bridge.errors import GameFailedError

log = logging.getLogger(__name__)

EVALUATION_TRIES: Final = 3
"""An evaluation that loses a game is played again so often; training does not depend on it."""

BATTLES_SHOWN: Final = 400
"""The displayed win rate is that of the latest so many training battles."""

LOSSES: Final = {
    "train/policy_gradient_loss": "policy loss",
    "train/value_loss": "value loss",
    "train/entropy_loss": "entropy loss",
    "train/approx_kl": "KL",
    "train/explained_variance": "explained variance",
}


class ProgressWriter(KVWriter):
    """Appends everything that SB3 logs to `progress.jsonl` and keeps the losses for the display.

    Args:
        folder: the run's.
        progress: receives the losses.
        seconds: returns the run's training time so far.
    """

    def __init__(self, folder: RunFolder, progress: Progress, seconds: Callable[[], float]) -> None:
        self._folder = folder
        self._progress = progress
        self._seconds = seconds

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, tuple[str, ...]],
        step: int = 0,
    ) -> None:
        """Take one dump of SB3's logger."""
        numbers = {key: float(value) for key, value in key_values.items() if isinstance(value, int | float | np.number)}
        self._progress.losses = {name: numbers[key] for key, name in LOSSES.items() if key in numbers}
        self._folder.append_line("progress.jsonl", {"steps": step, "seconds": round(self._seconds(), 3), **numbers})

    def close(self) -> None:
        """Nothing stays open."""


class TrainingCallback(BaseCallback):
    """Watches over one call of `learn`.

    Args:
        config: the run's.
        folder: the run's.
        progress: written for the display.
        display: refreshed.
        evaluation_env: games of the evaluations' own.
        evaluation_seed: of their row 0; the same games every time, so that evaluations compare.
        names: (scenario, opponent), for results.
        should_stop: says whether Ctrl-C was pressed.
    """

    def __init__(
        self,
        config: RunConfig,
        folder: RunFolder,
        progress: Progress,
        display: Display,
        evaluation_env: StarCraftVecEnv,
        evaluation_seed: int,
        names: tuple[str, str],
        should_stop: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._config = config
        self._folder = folder
        self._progress = progress
        self._display = display
        self._evaluation_env = evaluation_env
        self._evaluation_seed = evaluation_seed
        self._names = names
        self._should_stop = should_stop
        self._battles: deque[tuple[bool, float, int]] = deque(maxlen=BATTLES_SHOWN)
        self._best: tuple[float, float] | None = None
        self._evaluate_at = 0
        self._checkpoint_at = 0
        self._started_s = time.monotonic()
        self._budget = FailureBudget(0, 1.0, [])
        self.stopped_by = ""

    def _on_training_start(self) -> None:
        self._started_s = time.monotonic()
        settings = self._config.env
        logs = [*self.training_env.get_attr("failure_log"), *self._evaluation_env.get_attr("failure_log")]
        self._budget = FailureBudget(settings.max_failures, settings.failure_window_s, logs)
        for line in self._folder.lines("evaluations.jsonl"):
            score = (float(line["win_rate"]), float(line["mean_return"]))
            self._best = score if self._best is None else max(self._best, score)
        steps = self.model.num_timesteps
        every, keep = self._config.evaluation.every, self._config.training.checkpoint_every
        self._evaluate_at = (steps // every + 1) * every
        if steps == 0 and self._config.pretraining is not None:
            self._evaluate_at = 0  # what was cloned is the curve's first point
        self._checkpoint_at = (steps // keep + 1) * keep

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if dones.any():
            self._take_battles(np.flatnonzero(dones))
            self._budget.check()
        if self._should_stop():
            self.stopped_by = "interrupt"
            return False
        limit = self._config.training.max_minutes
        if limit is not None and time.monotonic() - self._started_s > 60.0 * limit:
            self.stopped_by = "time limit"
            return False
        return True

    def _take_battles(self, rows: np.ndarray[Any, Any]) -> None:
        infos = self.locals["infos"]
        for row in rows.tolist():
            info = infos[row]
            if "episode" in info:  # neither a lost game, nor the other units of one that has been counted
                self._battles.append((info["battle_won"], info["episode"]["r"], info["episode"]["l"]))

    def _on_rollout_start(self) -> None:
        """Here the newest update is done and no rollout has begun: the place to look and to save."""
        steps = self.model.num_timesteps
        self._show(steps)
        if steps >= self._evaluate_at:
            self._evaluate_at = (steps // self._config.evaluation.every + 1) * self._config.evaluation.every
            self.evaluate_now()
        if steps >= self._checkpoint_at:
            keep = self._config.training.checkpoint_every
            self._checkpoint_at = (steps // keep + 1) * keep
            self._save_periodic(steps)

    def _on_rollout_end(self) -> None:
        if self._battles:
            won, returns, lengths = (np.array(column) for column in zip(*self._battles, strict=True))
            self.logger.record("rollout/win_rate", float(won.mean()))
            self.logger.record("rollout/return", float(returns.mean()))
            self.logger.record("rollout/length", float(lengths.mean()))
        self.logger.record("games/failures", self._budget.failures)
        self.logger.record("games/restarts", self._budget.restarts)
        self._show(self.model.num_timesteps)

    def _show(self, steps: int) -> None:
        self._progress.steps = steps
        self._progress.failures = self._budget.failures
        self._progress.restarts = self._budget.restarts
        if self._battles:
            self._progress.win_rate = float(np.mean([won for won, _, _ in self._battles]))
            self._progress.mean_return = float(np.mean([total for _, total, _ in self._battles]))
            self._progress.mean_length = float(np.mean([length for _, _, length in self._battles]))
        self._display.refresh()

    def _save_periodic(self, steps: int) -> None:
        model = self._model()
        save_checkpoint(model, self._config, self._folder.checkpoints / f"step-{steps:012}.zip")
        save_checkpoint(model, self._config, self._folder.last)
        for old in self._folder.periodic()[: -self._config.training.keep_checkpoints]:
            old.unlink(missing_ok=True)

    def evaluate_now(self) -> EvaluationResult | None:
        """Evaluate, log, and save the model as `best.zip` if it did better than ever.

        A lost game makes the evaluation begin again; after `EVALUATION_TRIES` the training goes on without it.

        Returns:
            None if Ctrl-C came between, or games were lost every time.

        Raises:
            TooManyFailuresError: the failure budget is spent.
        """
        settings = self._config.evaluation
        for _ in range(EVALUATION_TRIES):
            try:
                result = evaluate(
                    ModelActor(self._model(), deterministic=settings.deterministic),
                    self._evaluation_env,
                    settings.episodes,
                    self._evaluation_seed,
                    scenario=self._names[0],
                    opponent=self._names[1],
                    should_stop=self._should_stop,
                )
                break
            except StoppedError:
                return None
            except (LostGameError, GameFailedError):  # the pool has logged why
                self._budget.check()
        else:
            log.error("no evaluation at %d steps: games were lost %d times", self.model.num_timesteps, EVALUATION_TRIES)
            return None
        steps = self.model.num_timesteps
        self._folder.append_line("evaluations.jsonl", {"steps": steps, **result.to_json()})
        self.logger.record("evaluation/win_rate", result.win_rate)
        self.logger.record("evaluation/return", result.mean_return)
        self.logger.record("evaluation/length", result.mean_steps)
        text = f"{result.win_rate:.1%} of {result.episodes} at {steps:,} steps"
        self._progress.evaluation = text
        score = (result.win_rate, result.mean_return)
        is_best = self._best is None or score > self._best or not self._folder.best.is_file()
        if is_best and self._config.selfplay is None:  # there, who does best against one player proves little
            self._best = score
            self._progress.best = text
            save_checkpoint(self._model(), self._config, self._folder.best)
        self._display.refresh()
        return result

    def _model(self) -> Model:
        model: Any = self.model
        return model  # type: ignore[no-any-return]  # SB3 types it as BaseAlgorithm
