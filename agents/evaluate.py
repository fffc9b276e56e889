"""`python evaluate.py RUN_OR_CHECKPOINT --episodes 200`: how often does it win?

The first argument may also name a scripted player (`closest`, `weakest_closest`, `attack_move`, `noop`) or `random`:
they are evaluated the same way, a scripted player inside the game in the learner's place. The opponents, any number of
them, are scripted players, checkpoints, or the snapshots of a run of self-play (`--opponent pool`).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.vec_env import VecEnv

from agents.actors import Actor, IdleActor, ModelActor, RandomActor
from agents.checkpoints import load_checkpoint, read_meta
from agents.config import EnvConfig, nearest
from agents.environments import as_learner_sees, check_env_config
from agents.evaluation import EvaluationResult, StoppedError
from agents.interrupt import EXIT_INTERRUPTED, Interrupt
from agents.report import full_report, make_console
from agents.runs import find_checkpoint, provenance
from agents.saved_replays import OPTION, check_replay_path, save_replays
from agents.seeds import stream_seed
from agents.selfplay.matches import (
    EarlySnapshots,
    Rival,
    against,
    early_snapshots,
    play_rivals,
    play_scripts,
    rival_of,
    snapshots_of,
)
from agents.video import check_video_path, record_video
from agents.viewer.page import check_page_path
from agents.viewer.play import check_can_record, write_battles
from bridge.errors import BridgeError, ConfigError
from bridge.scenarios import game_of
from bridge.spec import BACKENDS, TORCHCRAFT
from bridge.userfiles import write_atomically
from engine.core.rules import PLAYER_NAMES, rules_of

EXIT_FAILED = 1
EXIT_USAGE = 2
RANDOM = "random"
SCRIPTS = "scripts"
POOL = "pool"
DEFAULT_SCENARIO = "m5v5_c_far"
DEFAULT_NUM_ENVS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who is evaluated, and where.

    Attributes:
        name: of the player, or the checkpoint's path as given.
        checkpoint: its file, None for scripted players and chance.
        player: the scripted player that drives the own units, None for checkpoints and chance.
        env: what is played.
    """

    name: str
    checkpoint: Path | None
    player: str | None
    env: EnvConfig


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.

    Returns:
        0 done; 1 a game was lost; 2 the user's mistake (one line on stderr says which); 130 stopped by Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(arguments)
    logging.getLogger().addHandler(logging.NullHandler())  # a lost game is an error here: one line says it all
    try:
        return run(options, ["evaluate.py", *arguments])
    except ConfigError as error:
        sys.stderr.write(f"evaluate.py: {error}\n")
        return EXIT_USAGE
    except BridgeError as error:
        sys.stderr.write(f"evaluate.py: {error}\n")
        return EXIT_FAILED
    except (KeyboardInterrupt, StoppedError):
        sys.stderr.write("evaluate.py: stopped; no result\n")
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evaluate.py", description="Play battles and report the win rate.")
    parser.add_argument(
        "subject", metavar="RUN_OR_CHECKPOINT", help=f"or a player: {', '.join([*PLAYER_NAMES, RANDOM])}"
    )
    parser.add_argument("--episodes", type=_positive, default=200, help="battles against each opponent (default: 200)")
    parser.add_argument(
        "--opponent",
        action="append",
        help=f"scripted player ({', '.join(PLAYER_NAMES)}; {SCRIPTS}: all), run folder or checkpoint, or {POOL}: all "
        "snapshots of the run; may be given several times (default: the checkpoint's, the scenario's)",
    )
    parser.add_argument("--scenario", help=f"default: the checkpoint's, {DEFAULT_SCENARIO} for players")
    parser.add_argument("--backend", choices=BACKENDS, help="what plays the games (default: the checkpoint's)")
    parser.add_argument("--server", metavar="HOST:PORT", help="a running TorchCraft server (implies that backend)")
    parser.add_argument("--seed", type=_natural, default=0, help="which battles (default: 0)")
    parser.add_argument("--num-envs", type=_positive, default=DEFAULT_NUM_ENVS, help="games at once (default: 50)")
    parser.add_argument("--stochastic", action="store_true", help="draw actions instead of taking the most probable")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument("--json", metavar="FILE", help="where the JSON goes (default: beside the checkpoint)")
    parser.add_argument("--video", metavar="FILE", help="also record some battles, .mp4 or .gif")
    parser.add_argument("--video-episodes", type=_positive, default=3, help="battles on the video (default: 3)")
    parser.add_argument("--html", metavar="FILE", help="also write some battles as pages to be played in a browser")
    parser.add_argument("--html-episodes", type=_positive, default=1, help="pages; several are numbered (default: 1)")
    parser.add_argument(
        OPTION, metavar="PATH", help="also write TorchCraft replays: of the first battle (.tcr) or of all (a folder)"
    )
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


def _natural(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is negative")
    return value


def run(options: argparse.Namespace, command: list[str]) -> int:
    """Evaluate as the parsed options say; return the exit code.

    Raises:
        ConfigError: the user's mistake.
        BridgeError: a game was lost.
        StoppedError: Ctrl-C.
    """
    from agents.train import check_device

    subject = find_subject(options.subject, options.scenario)
    subject = replace(subject, env=_with_backend(subject.env, options))
    scripts, rivals = find_opponents(options.opponent, subject)
    scenario, _ = check_env_config(subject.env)
    device = check_device(options.device)
    if options.video is not None:
        check_video_path(Path(options.video))
        if not scripts:
            raise ConfigError("--video shows battles against scripted players; none is among the opponents")
    if options.html is not None:
        check_page_path(Path(options.html), "--html")
        check_can_record(subject.env)
        if not scripts:
            raise ConfigError("--html shows battles against scripted players; none is among the opponents")
    if options.save_replay is not None:
        check_replay_path(Path(options.save_replay), subject.env)
        if not scripts:
            raise ConfigError(f"{OPTION} takes battles against scripted players; none is among the opponents")
    th.set_num_threads(1)
    console = make_console()
    seed = stream_seed(options.seed, "final")
    is_sure = not options.stochastic
    made: list[Actor] = []

    def make(env: VecEnv) -> Actor:
        if not made:
            made.append(make_actor(subject, env, seed, deterministic=is_sure, device=device))
        return made[0]

    with Interrupt("stopping (Ctrl-C again leaves at once)") as interrupt:
        results = play_scripts(
            make,
            subject.env,
            scripts,
            options.episodes,
            seed,
            num_envs=options.num_envs,
            scenario=scenario.name,
            player=subject.player,
            should_stop=interrupt,
        )
        results += play_rivals(
            make,
            subject.env,
            rivals,
            options.episodes,
            seed,
            num_envs=options.num_envs,
            scenario=scenario.name,
            deterministic=is_sure,
            device=device,
            should_stop=interrupt,
        )
        early = None if subject.checkpoint is None else early_snapshots(subject.checkpoint, rivals, results)
        console.print(full_report(results, *([] if early is None else [early.text()])))
        path = write_result(options.json, subject, results, early, command)
        console.print(f"written to {path}", highlight=False, soft_wrap=True)
        if options.video is not None:
            config = against(subject.env, scripts[0])
            record_video(made[0], config, Path(options.video), options.video_episodes, seed, player=subject.player)
            console.print(f"video in {options.video}", highlight=False, soft_wrap=True)
        if options.html is not None:
            config = against(subject.env, scripts[0])
            where = Path(options.html)
            for page in write_battles(made[0], config, where, options.html_episodes, seed, player=subject.player):
                console.print(f"battle in {page}", highlight=False, soft_wrap=True)
        if options.save_replay is not None:
            files = save_replays(
                made[0],
                against(subject.env, scripts[0]),
                Path(options.save_replay),
                options.episodes,
                seed,
                num_envs=options.num_envs,
                player=subject.player,
            )
            console.print(f"{len(files)} replays in {options.save_replay}", highlight=False, soft_wrap=True)
    return 0


def _with_backend(env: EnvConfig, options: argparse.Namespace) -> EnvConfig:
    """Return the config with what the command line says about who plays the games."""
    if options.server is not None:
        if options.backend not in (None, TORCHCRAFT):
            raise ConfigError(f"--server {options.server} with --backend {options.backend}: allowed: {TORCHCRAFT}")
        if options.opponent:
            raise ConfigError(f"--server {options.server} with --opponent: the server says who plays")
        return env.model_copy(update={"backend": TORCHCRAFT, "server": options.server, "opponent": None})
    if options.backend is not None:
        return env.model_copy(update={"backend": options.backend, "server": None})
    return env


def find_subject(name: str, scenario: str | None) -> Subject:
    """Return what the command line's words mean.

    Args:
        name: a player's name, a run folder or a checkpoint file.
        scenario: override, if any.

    Raises:
        ConfigError: there is no such thing.
    """
    if name == RANDOM or name in PLAYER_NAMES:
        env = EnvConfig.model_validate({"scenario": scenario or DEFAULT_SCENARIO})
        return Subject(name=name, checkpoint=None, player=None if name == RANDOM else name, env=env)
    if not Path(name).exists():
        raise ConfigError(f"{name}: no such run folder, checkpoint or player{nearest(name, [*PLAYER_NAMES, RANDOM])}")
    checkpoint = find_checkpoint(Path(name))
    env = read_meta(checkpoint).config.env
    changes: dict[str, Any] = {}
    if scenario is not None:
        # frame skip, limit, latency and opponent belong to the scenario, so another one brings its own
        changes |= {"scenario": scenario, "opponent": None, "frame_skip": None, "latency_frames": None}
        changes |= {"max_frames": None, "move_distance_px": None}
    return Subject(name=name, checkpoint=checkpoint, player=None, env=env.model_copy(update=changes))


def find_opponents(words: Sequence[str] | None, subject: Subject) -> tuple[list[str], list[Rival]]:
    """Return the scripted players and the checkpoints that the words mean.

    Args:
        words: as given; None means the scripted player of the subject's config, or of its scenario.
        subject: who is evaluated.

    Raises:
        ConfigError: there is no such thing, or the subject cannot play it.
    """
    if words is None:
        return [check_env_config(subject.env)[1]], []
    scripts: list[str] = []
    rivals: list[Rival] = []
    for word in words:
        if word == SCRIPTS:
            scripts += rules_of(game_of(subject.env.scenario)).players
        elif word in PLAYER_NAMES:
            scripts.append(word)
        elif word == POOL:
            if subject.checkpoint is None:
                raise ConfigError(f"--opponent {POOL}: {subject.name} has none; allowed: a run of self-play")
            rivals += snapshots_of(subject.checkpoint)
        elif Path(word).exists():
            rivals.append(rival_of(Path(word)))
        else:
            known = nearest(word, [*PLAYER_NAMES, SCRIPTS, POOL])
            raise ConfigError(f"--opponent {word}: no such scripted player, run folder or checkpoint{known}")
    if rivals and subject.player is not None:
        raise ConfigError(
            f"{subject.name}: scripted players are evaluated against scripted players only; evaluate "
            f"{rivals[0].path} --opponent {subject.player} instead"
        )
    return list(dict.fromkeys(scripts)), list(dict.fromkeys(rivals))


def make_actor(subject: Subject, env: VecEnv, seed: int, *, deterministic: bool, device: str) -> Actor:
    """Return whoever chooses the actions.

    Raises:
        ConfigError: broken checkpoint, or one made for other spaces.
    """
    if subject.checkpoint is not None:
        policy = read_meta(subject.checkpoint).config.policy
        model, _ = load_checkpoint(subject.checkpoint, as_learner_sees(subject.env, policy, env), device=device)
        return ModelActor(model, deterministic=deterministic)
    if subject.player is not None:
        return IdleActor(subject.player, len(env.action_space.nvec))  # type: ignore[attr-defined]  # MultiDiscrete
    return RandomActor(env.action_space, seed)


def write_result(
    where: str | None,
    subject: Subject,
    results: Sequence[EvaluationResult],
    early: EarlySnapshots | None,
    command: list[str],
) -> Path:
    """Write the results as JSON and return the file: `where`, or beside the checkpoint, or the working folder.

    One result's fields stand at the top level; several are a list, `results`.

    Raises:
        ConfigError: the file cannot be written.
    """
    first = results[0]
    rivals = first.opponent if len(results) == 1 else f"{len(results)}-opponents"
    name = f"evaluation-{first.player}-{first.scenario}-{rivals}.json"
    if where is not None:
        path = Path(where)
    elif subject.checkpoint is not None:
        path = subject.checkpoint.with_name(f"{subject.checkpoint.stem}-{name}")
    else:
        path = Path(name)
    about = {**provenance(command), "subject": subject.name, "env": subject.env.model_dump()}
    if len(results) == 1:
        about |= first.to_json()
    else:
        about["results"] = [result.to_json() for result in results]
    if early is not None:
        about["first_third"] = early.to_json()
    write_atomically(path, json.dumps(about, indent=1) + "\n")
    return path
