"""`nydus play`: a whole melee game of two scripted players, shown as a video or as a page, with a progress bar."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from agents.video import check_video_path
from agents.viewer.matches import MatchRecorder
from agents.viewer.page import write_page
from bridge.errors import ConfigError
from bridge.melee import melee_name, parse_players
from bridge.scenarios import load_scenario
from engine.broodwar.melee_players import LOOK_FRAMES, MeleeMatch
from engine.core.frame import Outcome
from envs.render.match import FRAMES_PER_SECOND, MatchPicture

VIDEO_FPS: Final = 30
HOLD_PICTURES: Final = 60
"""How long the last picture stands: two seconds."""


def play(options: argparse.Namespace) -> str:
    """Play the game and return what to tell of it.

    Args:
        options: as `agents.play_commands` parses them.

    Raises:
        ConfigError: an option that is not allowed, or a file that cannot be written.
    """
    _check(options)
    races, strengths = parse_players(options.players)
    scenario = load_scenario(melee_name(options.map, races, options.starts))
    match = MeleeMatch(scenario, strengths, options.seed, max_frames=options.max_frames)
    recorder = MatchRecorder(match) if options.html is not None else None
    started = time.perf_counter()
    with _writer(options.render) as writer, _progress(match.max_frames) as show:
        picture = MatchPicture(scenario.map, options.players)
        looks = 0
        while True:
            if writer is not None and looks % max(options.every // LOOK_FRAMES, 1) == 0:
                writer.append_data(picture.picture(match.frames))
            if not (match if recorder is None else recorder).play_on():
                break
            looks += 1
            show(match.frame)
        if writer is not None:
            for _ in range(HOLD_PICTURES):
                writer.append_data(picture.picture(match.frames))
    wall_s = time.perf_counter() - started
    if recorder is not None:
        notes = {"game seed": str(options.seed), "outcome": _outcome(match, options.players)}
        write_page(options.html, recorder.recording(scenario, tuple(options.players), notes))
    return _report(match, options, wall_s)


def _check(options: argparse.Namespace) -> None:
    if options.every < LOOK_FRAMES or options.every % LOOK_FRAMES:
        raise ConfigError(f"--every {options.every}: allowed: a multiple of {LOOK_FRAMES}")
    if options.max_frames is not None and options.max_frames < 1:
        raise ConfigError(f"--max-frames {options.max_frames}: allowed: 1 or more")
    if options.seed < 0:
        raise ConfigError(f"--seed {options.seed}: allowed: 0 or more")
    if options.render is not None:
        check_video_path(options.render, "--render")
    for path in (options.render, options.html):
        if path is not None and path.exists() and not options.force:
            raise ConfigError(f"{path}: exists already; --force replaces it")


@contextlib.contextmanager
def _writer(path: Path | None) -> Iterator[Any]:
    """Give a video writer, None without a path."""
    if path is None:
        yield None
        return
    import imageio.v2 as imageio  # optional, and slow to import

    options: dict[str, Any] = (
        {"duration": 1000 // VIDEO_FPS, "loop": 0} if path.suffix == ".gif" else {"fps": VIDEO_FPS}
    )
    try:
        with imageio.get_writer(path, **options) as writer:
            yield writer
    except OSError as error:
        raise ConfigError(f"--render {path}: cannot be written: {error}") from error


@contextlib.contextmanager
def _progress(max_frames: int) -> Iterator[Any]:
    """Give a function that shows the frame number; a bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.fields[clock]}"),
        BarColumn(),
        TextColumn("frame {task.completed}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=max_frames, clock="00:00")

        def show(frame: int) -> None:
            progress.update(task, completed=frame, clock=_clock(frame))

        yield show


def _clock(frame: int) -> str:
    seconds = int(frame / FRAMES_PER_SECOND)
    return f"{seconds // 60:02}:{seconds % 60:02}"


def _outcome(match: MeleeMatch, names: list[str]) -> str:
    first = match.outcomes[0]
    if first == Outcome.WON:
        return f"{names[0]} won"
    if first == Outcome.LOST:
        return f"{names[1]} won"
    return "a draw" if first == Outcome.DRAWN else "undecided"


def _report(match: MeleeMatch, options: argparse.Namespace, wall_s: float) -> str:
    lines = [
        f"{_outcome(match, options.players)} after {match.frame} frames ({_clock(match.frame)} of game, {wall_s:.1f} s)"
    ]
    lines += [str(path) for path in (options.render, options.html) if path is not None]
    return "\n".join(lines) + "\n"
