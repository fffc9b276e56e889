"""The options of `nydus view` and `nydus watch`; what they do is in `agents.view` and `agents.watch`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

DEFAULT_SCENARIO: Final = "melee?races=terran:zerg"
ARRAYS: Final = ("planes", "minimap", "screen")
DEFAULT_FRAME: Final = 2400


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `view` and `watch` to the `nydus` command's."""
    viewer = commands.add_parser("view", help="show a layer of an observation, in the terminal or as a picture")
    viewer.add_argument(
        "--layer", required=True, metavar="NAME", help="visibility, creep, unit_type, ... (docs/spaces.md)"
    )
    viewer.add_argument(
        "--scenario", default=DEFAULT_SCENARIO, metavar="NAME", help=f"battle or melee game ({DEFAULT_SCENARIO})"
    )
    viewer.add_argument(
        "--array", choices=ARRAYS, default=ARRAYS[0], help="planes: the whole map (default); minimap or screen of pysc2"
    )
    viewer.add_argument("--frame", type=int, default=DEFAULT_FRAME, help=f"when to look ({DEFAULT_FRAME})")
    viewer.add_argument("--seed", type=int, default=1, help="of the game (default: 1)")
    viewer.add_argument("--resolution", type=int, default=64, help="cells along each side (default: 64)")
    viewer.add_argument("--out", type=Path, metavar="FILE", help="write a picture (.png) instead")
    viewer.set_defaults(run=_view)
    watcher = commands.add_parser("watch", help="watch a checkpoint play, in a browser or a video")
    watcher.add_argument("checkpoint", metavar="RUN_OR_CHECKPOINT", help="run folder or checkpoint file")
    watcher.add_argument("--episodes", type=int, default=1, help="battles (default: 1)")
    watcher.add_argument("--opponent", help="scripted player (default: the checkpoint's)")
    watcher.add_argument("--seed", type=int, default=0, help="which battles (default: 0)")
    watcher.add_argument("--stochastic", action="store_true", help="draw actions instead of taking the most probable")
    watcher.add_argument(
        "--out", type=Path, metavar="FILE", help="keep the page (.html), or write a video (.mp4, .gif)"
    )
    watcher.add_argument("--no-browser", action="store_true", help="say where the page is, open nothing")
    watcher.set_defaults(run=_watch)


def _view(options: argparse.Namespace) -> str:
    from agents.view import view

    return view(options)


def _watch(options: argparse.Namespace) -> str:
    from agents.watch import watch

    return watch(options)
