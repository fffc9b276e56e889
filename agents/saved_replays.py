"""`evaluate.py --save-replay`: the evaluated battles as TorchCraft replays, as the own seat is shown them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from agents.actors import Actor
from agents.config import EnvConfig
from agents.viewer.play import check_can_record, play_recorded
from agents.viewer.session import REPLAY
from bridge.errors import ConfigError

OPTION: Final = "--save-replay"
SUFFIX: Final = ".tcr"


def check_replay_path(path: Path, config: EnvConfig) -> None:
    """Check, before a long evaluation, that replays can be written there.

    Args:
        path: a `.tcr` file for one battle, a folder for all of them.
        config: what is played.

    Raises:
        ConfigError: another suffix, no such folder, replays there already, or games that are played elsewhere.
    """
    check_can_record(config, OPTION)
    if path.is_dir():
        if any(path.glob(f"*{SUFFIX}")):
            raise ConfigError(f"{OPTION} {path}: this folder holds replays already; name another one")
    elif path.suffix not in (SUFFIX, ""):
        raise ConfigError(f"{OPTION} {path}: expected a file ending in {SUFFIX} (one battle) or a folder (all battles)")
    if path.suffix == SUFFIX and not path.parent.is_dir():
        raise ConfigError(f"{OPTION} {path}: no such folder {path.parent}")


def save_replays(
    actor: Actor,
    config: EnvConfig,
    path: Path,
    episodes: int,
    seed: int,
    *,
    num_envs: int,
    player: str | None = None,
    on_episode: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Play an evaluation's battles again, one after the other, and write each as a replay, a record per step.

    Args:
        actor: chooses the actions.
        config: what is played.
        path: of the file of the first battle, or of a folder for all: `battle-001.tcr`, ... (made if there is none).
        episodes: battles of the evaluation.
        seed: the evaluation's.
        num_envs: games at once of the evaluation; with the two before it fixes the games (`agents.evaluation`).
        player: scripted player of the own units, if any.
        on_episode: called after each battle.

    Returns:
        The files.

    Raises:
        ConfigError: as `check_replay_path`, or a file cannot be written.
        LostGameError: a game was lost.
    """
    check_replay_path(path, config)
    is_one = path.suffix == SUFFIX
    seeds = [seed] if is_one else list(seeds_of_battles(episodes, seed, num_envs))
    with tempfile.TemporaryDirectory(prefix="nydus-") as folder:
        play_recorded(actor, config, folder, seeds, player=player, form=REPLAY, on_episode=on_episode)
        made = sorted(Path(folder).iterdir(), key=lambda file: int(file.stem))
        files = [path] if is_one else [path / f"battle-{number:03}{SUFFIX}" for number in range(1, len(made) + 1)]
        try:
            files[0].parent.mkdir(parents=True, exist_ok=True)
            for source, target in zip(made, files, strict=True):
                beside = target.with_name(f".{target.name}.part")
                shutil.copyfile(source, beside)
                beside.replace(target)
        except OSError as error:
            raise ConfigError(f"{OPTION} {path}: cannot be written: {error.strerror or error}") from error
    return files


def seeds_of_battles(episodes: int, seed: int, num_envs: int) -> Iterator[int | None]:
    """Yield, row by row, what each battle of an evaluation is reset with; None goes on with the row.

    Args:
        episodes: battles in all.
        seed: of row 0.
        num_envs: rows.
    """
    rows = min(num_envs, episodes)
    for row in range(rows):
        yield seed + row
        for _ in range(1, episodes // rows + (row < episodes % rows)):
            yield None
