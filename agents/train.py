"""`python train.py --config configs/m5v5_c_far.yaml [key=value ...]`: train a policy, from start to final table."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from rich.console import Console, RenderableType
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import KVWriter, Logger, TensorBoardOutputFormat
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from agents.actors import ModelActor
from agents.callbacks import ProgressWriter, TrainingCallback
from agents.checkpoints import ALGORITHMS, Model, load_checkpoint, restore_rng, save_checkpoint
from agents.cloning import CloningEpoch, clone, figures_of, find_replays, load_pairs, show_progress, split_files
from agents.config import RunConfig, config_keys, load_config
from agents.curves import draw_run
from agents.display import Display, Progress
from agents.entities import EntityUnitPolicy, columns_of
from agents.environments import as_learner_sees, check_env_config, make_vec_env
from agents.evaluation import EvaluationResult, StoppedError, evaluate
from agents.general import SpaceExtractor, general_policy, layer_facts
from agents.interrupt import EXIT_INTERRUPTED, Interrupt
from agents.lost_samples import DropLostSamples
from agents.policies import POLICIES
from agents.report import as_text, full_report, make_console
from agents.runs import RunFolder, find_checkpoint, newest_checkpoint, seeds_of
from agents.sb3 import StarCraftVecEnv
from agents.selfplay.matches import play_pool
from agents.selfplay.training import RunOpponents, SelfPlayCallback, check_selfplay, make_selfplay_env
from agents.unit_rows import UnitRowsVecEnv
from bridge.errors import BridgeError, ConfigError
from bridge.userfiles import write_atomically

EXIT_FAILED = 1
EXIT_USAGE = 2
INTERRUPT_MESSAGE = "stopping: finishing the step and saving a checkpoint (Ctrl-C again leaves at once)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.

    Returns:
        0 done; 1 the games failed; 2 the user's mistake (one line on stderr says which); 130 stopped by Ctrl-C or
        SIGTERM after saving a checkpoint.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(arguments)
    try:
        return run(options, ["train.py", *arguments])
    except ConfigError as error:
        sys.stderr.write(f"train.py: {error}\n")
        return EXIT_USAGE
    except BridgeError as error:
        sys.stderr.write(f"train.py: {error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("train.py: left at once; the checkpoints saved before remain\n")
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    keys = "\n".join(f"  {key:32} {text}" for key, text in config_keys().items())
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Train a policy, evaluate it, and write everything into a run folder.",
        epilog=f"keys:\n{keys}\n\nThe last part of a key is enough where it is unambiguous: total_steps=100000.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--config", metavar="FILE", help="YAML file of the run")
    source.add_argument("--resume", metavar="RUN", help="run folder to go on with, from its newest checkpoint")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="overrides of the config")
    return parser


def run(options: argparse.Namespace, command: list[str]) -> int:
    """Train as the parsed options say; return the exit code.

    Raises:
        ConfigError: the user's mistake.
        BridgeError: the games failed.
    """
    started_s = time.monotonic()
    if options.resume is None:
        config = load_config(options.config, options.overrides)
        checkpoint = None
    else:
        folder, config = RunFolder.open(Path(options.resume), options.overrides)
        checkpoint, steps = newest_checkpoint(folder)
        if steps >= config.training.total_steps:
            raise ConfigError(
                f"{options.resume}: already at {steps:,} of {config.training.total_steps:,} steps; "
                f"say total_steps={2 * steps} to go on"
            )
    check_env_config(config.env)
    check_selfplay(config)
    replays = [] if config.pretraining is None or checkpoint is not None else find_replays(config.pretraining.replays)
    device = check_device(config.training.device)
    th.set_num_threads(config.training.torch_threads)
    console = make_console()
    with contextlib.ExitStack() as stack:
        opponents = None if config.selfplay is None else RunOpponents(config)
        env = make_vec_env(config.env) if opponents is None else make_selfplay_env(config.env, opponents)
        stack.callback(env.close)
        evaluation_env = make_vec_env(config.env, num_envs=config.evaluation.num_envs)
        stack.callback(evaluation_env.close)
        interrupt = stack.enter_context(Interrupt(INTERRUPT_MESSAGE))
        if checkpoint is None:
            model = make_model(config, as_learner_sees(config.env, config.policy, env), device)
            folder, part = RunFolder.create(config, command), 0
        else:
            model = resume_model(config, as_learner_sees(config.env, config.policy, env), checkpoint, device)
            part = folder.note_resumption(config, command, model.num_timesteps)
            env.seed(seeds_of(config, part)["training"])
        if opponents is not None:
            opponents.begin(model, folder, part)
        stack.enter_context(log_to(folder.path / "train.log"))
        console.print(f"run folder: {folder.path}", highlight=False, soft_wrap=True)
        if replays and not pretrain(model, config, replays, folder, interrupt, console):
            console.print("stopped while cloning; nothing was saved", highlight=False)
            return EXIT_INTERRUPTED
        try:
            stopped_by = learn(model, config, folder, evaluation_env, part, interrupt, console, opponents)
        except BridgeError:  # too many lost games: what was learnt until then is kept
            save_checkpoint(model, config, folder.last)
            raise
        save_checkpoint(model, config, folder.last)
        if stopped_by == "interrupt":
            console.print(f"saved; go on with: python train.py --resume {folder.path}", highlight=False, soft_wrap=True)
            return EXIT_INTERRUPTED
        try:
            finish(config, folder, evaluation_env, part, interrupt, console)
        except StoppedError:
            console.print("stopped during the final evaluation; the trained model is saved", highlight=False)
            return EXIT_INTERRUPTED
    console.print(f"took {time.monotonic() - started_s:.0f} s in all; everything is in {folder.path}", highlight=False)
    return 0


@contextlib.contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Send all log messages to a file instead of through the live display."""
    handler = logging.FileHandler(path, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def check_device(name: str) -> str:
    """Return a torch device that works here.

    Raises:
        ConfigError: no such device.
    """
    if name == "auto":
        return "cuda" if th.cuda.is_available() else "cpu"
    try:
        th.empty(1, device=name)
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"training.device: {name!r} is no device of this machine: {reason}") from error
    return name


def make_model(config: RunConfig, env: VecEnv, device: str) -> Model:
    """Return an untrained learner.

    Raises:
        ConfigError: the policy does not fit the spaces.
    """
    algorithm = config.algorithm
    check_action(config, env)
    policy_class, arguments = policy_of(config, env)
    training_seed = seeds_of(config, 0)["training"]
    with quiet_sb3():
        return ALGORITHMS[algorithm.name](
            policy_class,  # type: ignore[arg-type]  # PPO asks for nothing that these classes lack
            env,
            learning_rate=schedule(config),
            **algorithm.model_dump(exclude={"name", "learning_rate", "learning_rate_end"}),  # SB3 calls them the same
            policy_kwargs=arguments,
            seed=training_seed,
            device=device,
        )


def check_action(config: RunConfig, env: VecEnv) -> None:
    """Check that the algorithm can choose such actions.

    Raises:
        ConfigError: MaskablePPO without masks, or whole numbers without choices: ids of units cannot be drawn from a
            distribution.
    """
    space = env.action_space
    if isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.integer):
        raise ConfigError(f"env.action {config.env.action!r} names units by their ids; no policy of ours can choose it")
    if isinstance(space, spaces.Box) and config.algorithm.name == "maskable_ppo":
        raise ConfigError(
            f"algorithm.name 'maskable_ppo' with env.action {config.env.action!r}: it has no masks; allowed: ppo"
        )


def policy_of(config: RunConfig, env: VecEnv) -> tuple[type[BasePolicy], dict[str, Any]]:
    """Return the policy's class and its arguments.

    Raises:
        ConfigError: more layers of pictures than cells.
    """
    policy = config.policy
    if policy.name == "general":
        facts = layer_facts(env.get_attr("setup")[0].task.observation)
        return general_policy(config.algorithm.name == "maskable_ppo", env.observation_space), {
            "net_arch": {"pi": policy.hidden, "vf": policy.hidden},
            "features_extractor_class": SpaceExtractor,
            "features_extractor_kwargs": facts,
            "normalize_images": False,
        }
    network: dict[str, object] = {"hidden": policy.hidden}
    if policy.critic == "team" and isinstance(env, UnitRowsVecEnv):
        network["own_columns"] = env.own_columns
    if policy.name == "entities":
        block = env.get_attr("setup")[0].task.observation.blocks[0]
        return EntityUnitPolicy, {"network": {**network, "width": policy.width, "columns": columns_of(block)}}
    if policy.name == "attention":
        network = {"width": policy.width, "heads": policy.heads, "layers": policy.layers}
    return POLICIES[policy.name], {"network": network, "mirror": policy.mirror}


def schedule(config: RunConfig) -> LinearSchedule:
    """Return the learning rate over the run's progress."""
    return LinearSchedule(config.algorithm.learning_rate, config.algorithm.learning_rate_end, 1.0)


def resume_model(config: RunConfig, env: VecEnv, checkpoint: Path, device: str) -> Model:
    """Return a learner that goes on from a checkpoint: its weights, optimiser, step count and random states.

    Everything else follows the config, so that overrides count.

    Raises:
        ConfigError: broken checkpoint, other spaces, or a config that asks for another algorithm or network.
    """
    loaded, meta = load_checkpoint(checkpoint, env, device=device)
    if config.algorithm.name != meta.config.algorithm.name:
        raise ConfigError(
            f"algorithm.name: the checkpoint is one of {meta.config.algorithm.name!r}, got {config.algorithm.name!r}"
        )
    if config.policy != meta.config.policy:
        raise ConfigError(f"policy: the checkpoint holds {meta.config.policy!r}, got {config.policy!r}")
    model = make_model(config, env, device)
    model.set_parameters(loaded.get_parameters(), device=device)  # type: ignore[arg-type]  # SB3 forgot the nesting
    model.num_timesteps = loaded.num_timesteps
    model._n_updates = loaded._n_updates
    restore_rng(checkpoint)
    return model


@contextlib.contextmanager
def quiet_sb3() -> Iterator[None]:
    """Silence SB3's remark that a factored batch size need not divide the samples: the last batch is just smaller."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="You have specified a mini-batch size", category=UserWarning)
        yield


def pretrain(
    model: Model, config: RunConfig, files: Sequence[str], folder: RunFolder, interrupt: Interrupt, console: Console
) -> bool:
    """Clone replays, save what came of it as `cloned.zip` and `cloning.jsonl`; say whether it came to its end.

    Raises:
        ConfigError: the replays cannot be read, or are of other games.
    """
    settings = config.pretraining
    assert settings is not None
    learnt, measured = split_files(files, settings.held_out)
    pairs = load_pairs(config.env, settings, learnt)
    held_out = load_pairs(config.env, settings, measured) if measured else None
    text = f"{len(learnt)} replays, {len(pairs):,} samples; {len(measured)} replays held out"
    console.print(text, highlight=False, soft_wrap=True)
    bar, show = show_progress(console, settings)

    def note(epoch: CloningEpoch) -> None:
        show(epoch)
        folder.append_line("cloning.jsonl", epoch.to_json())

    seed = seeds_of(config, 0)["training"]
    with bar:
        epochs = clone(model, pairs, held_out, settings, seed, should_stop=interrupt, on_epoch=note)
    if len(epochs) < settings.epochs:
        return False
    console.print(f"cloned: {figures_of(epochs[-1])}", highlight=False, soft_wrap=True)
    save_checkpoint(model, config, folder.checkpoints / "cloned.zip")
    return True


def learn(
    model: Model,
    config: RunConfig,
    folder: RunFolder,
    evaluation_env: StarCraftVecEnv,
    part: int,
    interrupt: Interrupt,
    console: Console,
    opponents: RunOpponents | None = None,
) -> str:
    """Train until the steps are done, the time is up or Ctrl-C; return what stopped it, "" for the steps."""
    scenario, opponent = check_env_config(config.env)
    training = config.training
    earlier_s = max((line["seconds"] for line in folder.lines("progress.jsonl")), default=0.0)
    started_s = time.monotonic()
    progress = Progress(total_steps=training.total_steps, steps=model.num_timesteps)
    limit_s = None if training.max_minutes is None else 60.0 * training.max_minutes
    rival = opponent if opponents is None else "its opponent pool"
    display = Display(f"{config.name} against {rival}", progress, limit_s, console)
    writer = ProgressWriter(folder, progress, lambda: earlier_s + time.monotonic() - started_s)
    outputs: list[KVWriter] = [writer, TensorBoardOutputFormat(str(folder.path / "tensorboard"))]
    model.set_logger(Logger(folder=str(folder.path), output_formats=outputs))
    callback = TrainingCallback(
        config,
        folder,
        progress,
        display,
        evaluation_env,
        seeds_of(config, 0)["evaluation"],
        (scenario.name, opponent),
        interrupt,
    )
    callbacks: list[BaseCallback] = [DropLostSamples(), callback]
    if opponents is not None:
        callbacks.append(SelfPlayCallback(opponents, lambda text: setattr(progress, "opponents", text)))
    with display:
        try:
            model.learn(
                training.total_steps - model.num_timesteps,
                callback=CallbackList(callbacks),
                log_interval=1,
                reset_num_timesteps=False,
            )
            if callback.stopped_by != "interrupt":
                callback.evaluate_now()
        finally:
            model.logger.close()
            if opponents is not None:
                opponents.save()
    return "interrupt" if interrupt.is_set else callback.stopped_by


def finish(
    config: RunConfig,
    folder: RunFolder,
    env: StarCraftVecEnv,
    part: int,
    interrupt: Interrupt,
    console: Console,
) -> list[EvaluationResult]:
    """Evaluate the best checkpoint on seeds that nothing has seen, write table, JSON and curve; none if not wanted.

    A run of self-play has its newest policy evaluated, against the scripted players of its pool and against its own
    snapshots of the first third.

    Raises:
        StoppedError: Ctrl-C.
    """
    results: list[EvaluationResult] = []
    if config.evaluation.final_episodes:
        path = find_checkpoint(folder.path)
        device = check_device(config.training.device)
        model, meta = load_checkpoint(path, as_learner_sees(config.env, config.policy, env), device=device)
        actor = ModelActor(model, deterministic=config.evaluation.deterministic)
        seed = seeds_of(config, part)["final"]
        about: dict[str, Any] = {"checkpoint": path.name, "checkpoint_steps": meta.steps}
        lines: list[RenderableType] = []
        if config.selfplay is None:
            scenario, opponent = check_env_config(config.env)
            episodes = config.evaluation.final_episodes
            results = [
                evaluate(actor, env, episodes, seed, scenario=scenario.name, opponent=opponent, should_stop=interrupt)
            ]
        else:
            results, early = play_pool(actor, config, path, seed, device, interrupt)
            if early is not None:
                about["first_third"] = early.to_json()
                lines = [early.text()]
        report = full_report(results, *lines)
        console.print(report)
        write_atomically(folder.path / "evaluation.txt", as_text(report))
        folder.write_json("evaluation.json", {**about, "results": [result.to_json() for result in results]})
    try:
        draw_run(folder, f"{config.name}, seed {config.seed}")
    except ConfigError as error:
        console.print(f"no learning curve: {error}", highlight=False)
    return results
