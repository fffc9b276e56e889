"""Behaviour cloning: a policy learns to choose what replays show, before reinforcement learning goes on with it."""

from __future__ import annotations

import glob
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch as th
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch.utils.data import DataLoader

from agents.checkpoints import Model
from agents.config import EnvConfig, PretrainingConfig
from agents.datasets import ReplayDataset, Sample
from agents.environments import check_env_config
from agents.policies import UnitActorCriticPolicy
from bridge.errors import ConfigError
from envs.tasks import MicroTask

MEASURING_BATCH: Final = 2048
"""Samples per pass without gradients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloningEpoch:
    """One pass over the replays, and how the policy chooses after it.

    A *decision* is one own unit in one sample that has more than one possible choice.

    Attributes:
        epoch: from 1.
        loss: cross-entropy per decision during the pass, nats.
        accuracy: share of decisions in which the most probable choice is the replay's; of held-out files where there
            are any, else of those cloned.
        chance: the same for drawing evenly among the possible choices.
        samples: cloned.
        held_out: samples that only measure.
    """

    epoch: int
    loss: float
    accuracy: float
    chance: float
    samples: int
    held_out: int

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def find_replays(patterns: Sequence[str]) -> list[str]:
    """Return the files that names mean, each once, sorted.

    Args:
        patterns: file names; `*`, `?` and `**` as in a shell.

    Raises:
        ConfigError: one of them means no file.
    """
    found: set[str] = set()
    for pattern in patterns:
        files = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute patterns
        if not files:
            raise ConfigError(
                f"pretraining.replays: {pattern}: no such file; make some: "
                "python evaluate.py PLAYER --save-replay FOLDER, then name FOLDER/*.tcr"
            )
        found.update(files)
    return sorted(found)


def split_files(files: Sequence[str], held_out: float) -> tuple[list[str], list[str]]:
    """Return the files to learn from and those to measure on, evenly spread over the list.

    Args:
        files: in any order that is always the same.
        held_out: share of the second; at least one file of two or more is held out unless the share is 0.
    """
    if held_out == 0 or len(files) < 2:
        return list(files), []
    count = min(len(files) - 1, max(1, round(held_out * len(files))))
    chosen = {index * len(files) // count for index in range(count)}
    return (
        [file for index, file in enumerate(files) if index not in chosen],
        [file for index, file in enumerate(files) if index in chosen],
    )


def load_pairs(env: EnvConfig, settings: PretrainingConfig, files: Sequence[str]) -> ReplayDataset:
    """Return the pairs in some files in the form of an env's observations and actions.

    Raises:
        ConfigError: a file cannot be read, or steps and records do not fit.
    """
    scenario, _ = check_env_config(env)
    frame_skip = scenario.frame_skip if env.frame_skip is None else env.frame_skip
    record_frames = frame_skip if settings.record_frames is None else settings.record_frames
    if frame_skip % record_frames:
        raise ConfigError(
            f"pretraining.record_frames: {record_frames} must divide the env's frame skip, {frame_skip} frames"
        )
    names = ("latency_frames", "max_frames", "move_distance_px")
    return ReplayDataset(
        files,
        scenario=env.scenario,
        observation=env.observation or "units",
        player=settings.player,
        stride=frame_skip // record_frames,
        record_frames=record_frames,
        attacks_go_on=True,
        **{name: getattr(env, name) for name in names},
    )


def clone(
    model: Model,
    pairs: ReplayDataset,
    held_out: ReplayDataset | None,
    settings: PretrainingConfig,
    seed: int,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_epoch: Callable[[CloningEpoch], None] = lambda epoch: None,
) -> list[CloningEpoch]:
    """Train a learner's policy to choose what the pairs show: masked cross-entropy, with an optimiser of its own.

    The same seed, pairs and weights give the same weights. Only the actor learns; what it shares with the critic
    changes under the critic. The global random states are left alone.

    Args:
        model: its policy is trained in place, on its device.
        pairs: what is learnt.
        held_out: what is measured on; None for the pairs themselves.
        settings: epochs, batch size, learning rate.
        seed: of the order of the samples.
        should_stop: asked before every gradient step; whoever says so gets what was learnt until then.
        on_epoch: called after each pass.

    Returns:
        One entry per finished pass.

    Raises:
        ConfigError: the pairs are of other spaces than the policy.
    """
    policy = model.policy
    assert isinstance(policy, UnitActorCriticPolicy)
    check_spaces(policy, pairs.task)
    optimizer = th.optim.Adam(policy.parameters(), lr=settings.learning_rate)
    loader = DataLoader(pairs, batch_size=settings.batch_size, shuffle=True, generator=th.Generator().manual_seed(seed))
    epochs: list[CloningEpoch] = []
    for number in range(1, settings.epochs + 1):
        policy.set_training_mode(True)
        total, decisions = 0.0, 0
        for batch in loader:
            if should_stop():
                return epochs
            observation, actions, masks = _on_device(batch, policy.device)
            _, log_prob, _ = policy.evaluate_actions(observation, actions, masks)
            count = int(_is_decision(masks, policy).sum())
            loss = -log_prob.sum() / max(1, count)  # who has no choice has log probability 0
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            th.nn.utils.clip_grad_norm_(policy.parameters(), settings.max_grad_norm)
            optimizer.step()
            total, decisions = total + float(loss.detach()) * count, decisions + count
        accuracy, chance = measure(policy, pairs if held_out is None else held_out)
        epochs.append(
            CloningEpoch(
                epoch=number,
                loss=total / max(1, decisions),
                accuracy=accuracy,
                chance=chance,
                samples=len(pairs),
                held_out=0 if held_out is None else len(held_out),
            )
        )
        on_epoch(epochs[-1])
    return epochs


def measure(policy: UnitActorCriticPolicy, pairs: ReplayDataset) -> tuple[float, float]:
    """Return accuracy and chance of a policy on pairs, as in `CloningEpoch`; NaN where nobody has a choice."""
    policy.set_training_mode(False)
    right, even, decisions = 0, 0.0, 0
    with th.no_grad():
        # A loader without a generator of its own draws from the global one, even to go straight on.
        for batch in DataLoader(pairs, batch_size=MEASURING_BATCH, generator=th.Generator()):
            observation, actions, masks = _on_device(batch, policy.device)
            chosen = policy.get_distribution(observation, masks).mode()
            is_decision = _is_decision(masks, policy)
            possible = masks.reshape(len(masks), policy.num_units, -1).sum(-1)
            right += int((chosen == actions)[is_decision].sum())
            even += float((1.0 / possible[is_decision]).sum())
            decisions += int(is_decision.sum())
    return (right / decisions, even / decisions) if decisions else (math.nan, math.nan)


def check_spaces(policy: UnitActorCriticPolicy, task: MicroTask) -> None:
    """Check that a task's observations and actions are those of a policy.

    Raises:
        ConfigError: they are not.
    """
    ours = (policy.num_units, policy.num_choices)
    theirs = (task.micro.num_own, task.micro.num_choices)
    if ours != theirs:
        raise ConfigError(
            f"pretraining: the replays' player has {theirs[0]} units x {theirs[1]} choices, "
            f"the policy {ours[0]} x {ours[1]}"
        )


def show_progress(console: Console, settings: PretrainingConfig) -> tuple[Progress, Callable[[CloningEpoch], None]]:
    """Return a progress bar, to be used as a context, and what moves it."""
    bar = Progress(
        TextColumn("cloning"),
        BarColumn(),
        TextColumn("epoch {task.completed}/{task.total} · {task.fields[figures]}"),
        TimeRemainingColumn(),
        console=console,
    )
    task = bar.add_task("cloning", total=settings.epochs, figures="")

    def show(epoch: CloningEpoch) -> None:
        bar.update(task, completed=epoch.epoch, figures=figures_of(epoch))

    return bar, show


def figures_of(epoch: CloningEpoch) -> str:
    """Return a pass in words."""
    of = "held-out decisions" if epoch.held_out else "decisions"
    return f"loss {epoch.loss:.3f} · {epoch.accuracy:.1%} of {of} as in the replays (chance {epoch.chance:.1%})"


def _on_device(batch: Sample, device: th.device) -> tuple[Any, th.Tensor, th.Tensor]:
    observation = batch["observation"]
    if isinstance(observation, dict):
        observation = {name: part.to(device) for name, part in observation.items()}
    else:
        observation = observation.to(device)
    return observation, batch["action"].to(device), batch["action_mask"].to(device)


def _is_decision(masks: th.Tensor, policy: UnitActorCriticPolicy) -> th.Tensor:
    """Return (batch, units) bool: the unit has more than one possible choice."""
    return masks.reshape(len(masks), policy.num_units, -1).sum(-1) > 1
