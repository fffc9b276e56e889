"""`nydus watch CHECKPOINT`: a trained policy plays, to be watched in a browser or as a video."""

from __future__ import annotations

import argparse
import tempfile
import webbrowser
from pathlib import Path
from typing import Final

from agents.actors import ModelActor
from agents.checkpoints import load_checkpoint, read_meta
from agents.environments import as_learner_sees, check_env_config, make_vec_env
from agents.runs import find_checkpoint
from agents.seeds import stream_seed
from agents.video import SUFFIXES, check_video_path, record_video
from agents.viewer.page import check_page_path
from agents.viewer.play import check_can_record, write_battles
from bridge.errors import ConfigError

PAGE: Final = ".html"


def watch(options: argparse.Namespace) -> str:
    """Play battles, write them, open the first page; return where they are.

    Args:
        options: as `agents.view_commands` parses them.

    Raises:
        ConfigError: no such checkpoint or opponent, a number out of range, or a file that cannot be written.
        LostGameError: a game was lost.
    """
    if options.episodes < 1 or options.seed < 0:
        raise ConfigError(f"--episodes {options.episodes} --seed {options.seed}: allowed: 1 or more, 0 or more")
    if not Path(options.checkpoint).exists():
        raise ConfigError(f"{options.checkpoint}: no such run folder or checkpoint")
    checkpoint = find_checkpoint(Path(options.checkpoint))
    trained = read_meta(checkpoint).config
    config = trained.env
    if options.opponent is not None:
        config = config.model_copy(update={"opponent": options.opponent})
    check_env_config(config)
    is_video = options.out is not None and options.out.suffix in SUFFIXES
    if is_video:
        check_video_path(options.out, "--out")
    else:
        check_can_record(config, "nydus watch")
        if options.out is not None:
            check_page_path(options.out, "--out")
    env = make_vec_env(config, num_envs=1)
    try:
        model, _ = load_checkpoint(checkpoint, as_learner_sees(config, trained.policy, env))
    finally:
        env.close()
    actor = ModelActor(model, deterministic=not options.stochastic, name=checkpoint.stem)
    seed = stream_seed(options.seed, "final")
    if is_video:
        record_video(actor, config, options.out, options.episodes, seed)
        return f"{options.out}\n"
    path = options.out
    if path is None:  # a browser reads the page after we have left
        path = Path(tempfile.mkdtemp(prefix="nydus-watch-")) / f"battle{PAGE}"
    pages = write_battles(actor, config, path, options.episodes, seed)
    if not options.no_browser and not webbrowser.open(pages[0].resolve().as_uri()):
        return f"no browser found; open {pages[0]}\n"
    return "".join(f"{page}\n" for page in pages)
