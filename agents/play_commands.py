"""The options of `nydus play`; the game itself is in `agents.play`, which is loaded when it is played."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

DEFAULT_MAP: Final = "crossing"
DEFAULT_PLAYERS: Final = ("terran:standard", "zerg:standard")
DEFAULT_EVERY: Final = 24
"""Frames between two looks of the players: a second of game time."""


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `play` to the `nydus` command's."""
    player = commands.add_parser("play", help="play a melee game of two scripted players, as a video or a page")
    player.add_argument(
        "--map", default=DEFAULT_MAP, metavar="MAP", help=f"shipped map, or .scx, .scm or .npz file ({DEFAULT_MAP})"
    )
    player.add_argument(
        "--players",
        nargs=2,
        default=list(DEFAULT_PLAYERS),
        metavar="RACE:STRENGTH",
        help=f"terran, protoss, zerg or random; weak, standard, strong or rush ({' '.join(DEFAULT_PLAYERS)})",
    )
    player.add_argument("--starts", default="random", help="random (default), or the start locations: 0:1")
    player.add_argument("--seed", type=int, default=1, help="of the game (default: 1)")
    player.add_argument("--max-frames", type=int, help="stop after so many frames (default: an hour of game)")
    player.add_argument("--render", type=Path, metavar="FILE", help="write a video, .mp4 or .gif")
    player.add_argument(
        "--every", type=int, default=DEFAULT_EVERY, metavar="N", help=f"game frames per picture ({DEFAULT_EVERY})"
    )
    player.add_argument("--html", type=Path, metavar="FILE", help="write a page that plays in any browser")
    player.add_argument("--force", action="store_true", help="replace files that exist")
    player.set_defaults(run=_play)


def _play(options: argparse.Namespace) -> str:
    from agents.play import play

    return play(options)
