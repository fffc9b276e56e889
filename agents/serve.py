"""`nydus serve`: the TorchCraft server, and what its clients play and draw as a video."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from agents.video import check_video_path
from bridge.errors import ConfigError
from bridge.torchcraft.host import Host
from bridge.torchcraft.match import Match
from bridge.torchcraft.serve import EXIT_USAGE, make_parser, serve
from envs.render.battle import BattleRenderer
from envs.tasks import make_task

if TYPE_CHECKING:
    from bridge.torchcraft.execution import Drawing

GAME_FRAMES_PER_SECOND: Final = 24
"""At the game's speed "fastest": 42 ms a frame."""

DEFAULT_EVERY: Final = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.

    Returns:
        0 asked to leave; 2 the user's mistake (one line on stderr says which); 130 stopped by Ctrl-C.
    """
    parser = make_parser("nydus serve")
    parser.add_argument("--video", type=Path, help="also write what is played and drawn, .mp4 or .gif")
    parser.add_argument(
        "--video-every", type=int, default=DEFAULT_EVERY, metavar="N", help=f"game frames per picture ({DEFAULT_EVERY})"
    )
    options = parser.parse_args(argv)
    if options.video is None:
        return serve(options)
    try:
        _check(options)
    except ConfigError as error:
        sys.stderr.write(f"nydus serve: {error}\n")
        return EXIT_USAGE
    with ServedVideo(options.video, options.video_every) as video:
        return serve(options, video)


def _check(options: argparse.Namespace) -> None:
    check_video_path(options.video)
    if options.video_every < 1:
        raise ConfigError(f"--video-every {options.video_every}: allowed: 1 or more")
    if options.games != 1:
        raise ConfigError(f"--video with --games {options.games}: allowed: 1")


class ServedVideo:
    """Writes one host's game as its first client sees it, with all clients' drawings; call it after every game frame.

    Use as a context: leaving it finishes the file, which the first frame begins.
    """

    def __init__(self, path: Path, every: int) -> None:
        """Check the path.

        Args:
            path: `.mp4` or `.gif`.
            every: game frames per picture, at least 1.

        Raises:
            ConfigError: see `check_video_path`.
        """
        check_video_path(path)
        self._path = path
        self._writer: Any = None
        self._every = every
        self._show = Show()
        self._frames = 0

    def __call__(self, host: Host) -> None:
        """Take in one game frame."""
        if self._writer is None:
            self._writer = self._open()
        if self._frames % self._every == 0:
            self._writer.append_data(self._show.picture(host))
        self._frames += 1

    def __enter__(self) -> ServedVideo:
        return self

    def __exit__(self, *error: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def _open(self) -> Any:
        import imageio.v2 as imageio  # optional, and slow to import

        fps = max(1, round(GAME_FRAMES_PER_SECOND / self._every))
        options: dict[str, Any] = {"duration": 1000 // fps, "loop": 0} if self._path.suffix == ".gif" else {"fps": fps}
        return imageio.get_writer(self._path, **options)


class Show:
    """Pictures of a host's matches, one after the other."""

    def __init__(self) -> None:
        """Begin with nothing to show."""
        self._match: Match | None = None
        self._renderer: BattleRenderer | None = None
        self._battles = 0
        self._first_frame = self._last_frame = 0
        self._is_fought = False

    def picture(self, host: Host) -> Any:
        """Return (480, 640, 3) uint8: what the first client's player sees, and what all clients draw.

        Args:
            host: its game frame has just been played.
        """
        match = host.match
        renderer = self._renderer_of(match, host.players[0])
        frame = match.sight.frame_of(host.players[0])
        own = frame.units[0, : int(frame.num_units[0])]["player"] == host.players[0]
        is_fought = bool(own.any() and not own.all())
        if match.frame < self._last_frame or (is_fought and not self._is_fought):
            self._battles += 1
            self._first_frame = match.frame
        self._is_fought, self._last_frame = is_fought, match.frame
        exported = ("player", "frame", "num_units", "units", "num_deaths", "deaths")
        arrays = {
            **{f"frame/{name}": getattr(frame, name) for name in exported},
            "episode/number": np.array([self._battles]),
            "info/episode_frames": np.array([match.frame - self._first_frame]),
        }
        if renderer.has_begun:
            renderer.follow(arrays, 0)
        else:
            renderer.begin(arrays, 0)
        drawings: list[Drawing] = [drawing for settings in host.settings for drawing in settings.drawings]
        return renderer.picture(drawings)

    def _renderer_of(self, match: Match, player: int) -> BattleRenderer:
        if self._renderer is None or match is not self._match:
            task = make_task(scenario=match.scenario, players=(player,))
            self._renderer = BattleRenderer(task, match.players[1 - player] or "client")
            self._match = match
        return self._renderer


if __name__ == "__main__":
    raise SystemExit(main())
