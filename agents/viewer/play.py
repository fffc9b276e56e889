"""Play battles and write each as a page: what `evaluate.py --html` does."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.actors import Actor
from agents.config import EnvConfig
from agents.environments import env_arguments, masks_of
from agents.evaluation import LostGameError
from agents.viewer.page import write_page
from agents.viewer.recording import Recording
from agents.viewer.session import RECORDING
from bridge.errors import ConfigError
from bridge.spec import EMBEDDED
from envs import StarCraftEnv

SESSION: Final = "agents.viewer.session:recorded"


def check_can_record(config: EnvConfig, option: str = "--html") -> None:
    """Check that the games of a config can be recorded.

    Args:
        config: what is played.
        option: the command line's word for it.

    Raises:
        ConfigError: they are played elsewhere.
    """
    if config.backend != EMBEDDED:
        raise ConfigError(f"{option} with backend {config.backend!r}: allowed: {EMBEDDED!r}")


def write_battles(
    actor: Actor, config: EnvConfig, path: Path, episodes: int, seed: int, *, player: str | None = None
) -> list[Path]:
    """Play battles on one game and write a page for each.

    Args:
        actor: chooses the actions.
        config: what is played.
        path: of the page; with several battles they are numbered, `battle-1.html`, ...
        episodes: battles.
        seed: of the first battle; the others follow from it.
        player: scripted player of the own units, if any.

    Returns:
        The pages.

    Raises:
        ConfigError: the games cannot be recorded, or a page cannot be written.
        LostGameError: a game was lost.
    """
    check_can_record(config)
    with tempfile.TemporaryDirectory(prefix="nydus-") as folder:
        seeds = [seed, *[None] * (episodes - 1)]
        outcomes = play_recorded(actor, config, folder, seeds, player=player, form=RECORDING)
        pages = []
        files = sorted(Path(folder).glob("*.npz"))
        for number, (file, outcome) in enumerate(zip(files, outcomes, strict=True)):
            recording = _named(Recording.load(file), actor.name)
            recording.notes.update(outcome)
            name = path if episodes == 1 else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")
            write_page(name, recording)
            pages.append(name)
    return pages


def play_recorded(
    actor: Actor,
    config: EnvConfig,
    folder: str,
    seeds: Iterable[int | None],
    *,
    player: str | None,
    form: str,
    on_episode: Callable[[], None] = lambda: None,
) -> list[dict[str, str]]:
    """Play battles on one game, each written into a folder (`agents.viewer.session`).

    Args:
        actor: chooses the actions.
        config: what is played.
        folder: existing.
        seeds: one for each battle; None goes on with the seed before.
        player: scripted player of the own units, if any.
        form: what is written, one of `agents.viewer.session.FORMS`.
        on_episode: called after each battle.

    Returns:
        Each battle's outcome as notes.

    Raises:
        LostGameError: a game was lost.
    """
    arguments: dict[str, Any] = env_arguments(config)
    arguments |= {"backend": SESSION, "backend_params": {"folder": folder, "player": player, "form": form}}
    arguments |= {"channel": "local"}  # `close` returns when the last game is written down, however long that takes
    outcomes = []
    env = StarCraftEnv(**arguments)
    try:
        for seed in seeds:
            observation, info = env.reset(seed=seed)
            is_over = False
            total = 0.0
            while not is_over:
                action = actor.act(_batched(observation), masks_of(env))[0]
                observation, reward, terminated, truncated, info = env.step(action)
                total += float(reward)
                is_over = bool(terminated or truncated)
            if "failure" in info:
                raise LostGameError(f"a recorded game was lost: {info['failure']}")
            outcome = "won" if info["battle_won"] else "not won"
            outcomes.append({"player": actor.name, "outcome": outcome, "return": f"{total:.2f}"})
            on_episode()
    finally:
        env.close()  # the last game is written down here
    return outcomes


def _named(recording: Recording, name: str) -> Recording:
    """Return the recording with the own player's name: the game process knows only scripted players."""
    players = (name, *recording.players[1:])
    battle = recording.title.partition(" · ")[0]
    return dataclasses.replace(recording, players=players, title=f"{battle} · {' vs '.join(players)}")


def _batched(observation: Any) -> Any:
    if isinstance(observation, dict):
        return {name: value[np.newaxis] for name, value in observation.items()}
    return observation[np.newaxis]
