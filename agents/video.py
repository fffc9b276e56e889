"""Record battles as a video file."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.actors import Actor
from agents.config import EnvConfig
from agents.environments import backend_of, env_arguments, masks_of
from bridge.errors import ConfigError
from envs import StarCraftEnv

FRAMES_PER_SECOND: Final = 10
"""One picture per env step: near the game's speed at a frame skip of 2 to 3, half of it at 8."""

SUFFIXES: Final = (".mp4", ".gif")

HOLD_FRAMES: Final = 10
"""How long a battle's last picture stands: a second."""


def check_video_path(path: Path, option: str = "--video") -> None:
    """Check, before a long evaluation, that a video can be written.

    Args:
        path: of the file.
        option: the command line's word for it.

    Raises:
        ConfigError: a suffix that we cannot write, no such folder, or imageio is missing.
    """
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{option} {path}: expected a file ending in {' or '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise ConfigError(f"{option} {path}: no such folder {path.parent}")
    if importlib.util.find_spec("imageio") is None:
        raise ConfigError(f"{option} needs imageio: pip install 'nydus-gym[video]'")


def record_video(
    actor: Actor, config: EnvConfig, path: Path, episodes: int, seed: int, *, player: str | None = None
) -> None:
    """Play battles on one game and write what `render()` shows.

    Args:
        actor: chooses the actions.
        config: what is played.
        path: `.mp4` or `.gif`.
        episodes: battles.
        seed: of the first battle; the others follow from it.
        player: scripted player of the own units, if any.

    Raises:
        ConfigError: another suffix, imageio is missing, or the file cannot be written.
    """
    check_video_path(path)
    import imageio.v2 as imageio  # optional, and slow to import

    arguments: dict[str, Any] = env_arguments(config) | ({} if player is None else {"backend": backend_of(player)})
    options: dict[str, Any] = {"fps": FRAMES_PER_SECOND}
    if path.suffix == ".gif":
        options = {"duration": 1000 // FRAMES_PER_SECOND, "loop": 0}
    try:
        with imageio.get_writer(path, **options) as writer:
            env = StarCraftEnv(render_mode="rgb_array", **arguments)
            try:
                for episode in range(episodes):
                    _play(env, actor, writer, seed if episode == 0 else None)
            finally:
                env.close()
    except OSError as error:
        raise ConfigError(f"--video {path}: cannot be written: {error}") from error


def _play(env: StarCraftEnv, actor: Actor, writer: Any, seed: int | None) -> None:
    observation, _ = env.reset(seed=seed)
    is_over = False
    while not is_over:
        writer.append_data(_even(env.render()))
        action = actor.act(_batched(observation), masks_of(env))[0]
        observation, _, terminated, truncated, _ = env.step(action)
        is_over = bool(terminated or truncated)
    for _ in range(HOLD_FRAMES):
        writer.append_data(_even(env.render()))


def _batched(observation: Any) -> Any:
    if isinstance(observation, dict):
        return {name: value[np.newaxis] for name, value in observation.items()}
    return observation[np.newaxis]


def _even(picture: Any) -> Any:
    """Crop to even sides: the mp4 codec halves its colour planes."""
    return picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
