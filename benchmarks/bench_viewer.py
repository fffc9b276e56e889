"""`python -m benchmarks.bench_viewer`: a 20-minute game's page: how large, how fast it opens, how smoothly it plays.

Two games in headless Chromium, without a graphics processor: a made one of two armies of 200, and a melee game of two
scripted players with everything that they build, see and order. Each repeat opens the page in a fresh browser;
"smoothly" is how many pictures the page draws per second of play at speed 4, everything on screen, fog and orders
included. Writes the result file, its figure and their part of docs/viewer.md; `--quick` only shows that it runs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console

from agents.viewer.matches import MatchRecorder
from agents.viewer.page import page
from agents.viewer.recording import Recording
from agents.viewer.series import FRAMES_PER_MINUTE
from benchmarks import report
from benchmarks.browser import Browser, find_browser
from benchmarks.made_game import made_game
from benchmarks.measure import ROOT, Summary, provenance
from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from bridge.userfiles import write_atomically
from engine.broodwar.melee_players import MeleeMatch

MODULE: Final = "benchmarks.bench_viewer"
RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_viewer.json"
PAGE: Final = ROOT / "docs" / "viewer.md"
BEGIN: Final = "<!-- written by benchmarks.bench_viewer -->\n"
END: Final = "<!-- end -->\n"
"""What stands between these two lines of the page comes from the result file."""

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

MAX_PAGE_MB: Final = 15.0
MAX_OPEN_S: Final = 2.0
MIN_PICTURES_PER_S: Final = 1000 / 42
"""As many as the game has frames at speed "fastest"."""

PLAY_S: Final = 2.0
PLAYERS: Final = ("terran:standard", "protoss:standard")
SEEDS_TRIED: Final = 8
READY: Final = "Boolean(window.nydus && nydus.viewer && nydus.viewer.framesDrawn)"
COUNT: Final = """new Promise((done) => {
  const v = nydus.viewer, first = v.framesDrawn, started = performance.now();
  const tick = (now) => {
    if (now - started < %d) requestAnimationFrame(tick);
    else done({drawn: v.framesDrawn - first, ms: now - started});
  };
  v.setSpeed(4); v.seek(v.first + (v.last - v.first) / 2); v.setViewer(0); v.play(); requestAnimationFrame(tick);
})"""

MADE: Final = "two armies of 200"
MELEE: Final = f"{' against '.join(PLAYERS)}"

OPEN: Final = "from navigation to the first picture, s"
UNFOLD: Final = "of that, to unfold the data, s"
SMOOTH: Final = "pictures per second of play at speed 4"
SIZE: Final = "page, MB"

TASK: Final = {
    MADE: "a made game, with 100 mineral fields, a sample every 8 frames",
    MELEE: "a melee game of two scripted players, a sample every 72 frames, with all commands and deaths",
    SMOOTH: f"counted for {PLAY_S:g} s from the middle of the game, everything on screen, seen by player 0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is measured.

    Attributes:
        repeats: fresh browsers for each game.
        minutes: of game.
    """

    repeats: int = 5
    minutes: float = 20.0


QUICK: Final = Settings(repeats=1, minutes=1.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write result, figure and the page's part, and say what came out.

    Args:
        argv: arguments; `sys.argv` if None.

    Returns:
        0; a target that was missed is said, it is not an error. 2 without a browser.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = report.make_parser(MODULE, __doc__, Settings().repeats)
    parser.add_argument("--minutes", type=float, help=f"of game (default {Settings().minutes:g})")
    options = parser.parse_args(arguments)
    settings = report.settings_of(options, Settings(), QUICK)
    console = Console()
    if find_browser() is None:
        console.print("bench_viewer: no Chromium in the PATH")
        return 2
    result = measure(settings, arguments, console)
    out = report.out_of(options, settings, Settings(), RESULT_FILE)
    is_published = out == RESULT_FILE
    report.publish(result, out, console, report.figure_of(RESULT_FILE) if is_published else None)
    if is_published:
        write_atomically(PAGE, with_part(PAGE.read_text(encoding="utf-8"), part_of(result)))
    return 0


def measure(settings: Settings, arguments: Sequence[str], console: Console) -> dict[str, Any]:
    """Open both games as often as the settings say; return the content of a result file.

    Args:
        settings: repeats and minutes.
        arguments: of the command line, for the file.
        console: for progress.
    """
    head = {
        "format": FORMAT,
        "command": report.command_of(MODULE, arguments),
        **provenance(),  # before the games: it says how busy the machine was without us
        "settings": {"repeats": settings.repeats, "minutes": settings.minutes},
    }
    games = {MADE: (made_game(minutes=settings.minutes), settings.minutes), MELEE: played_game(settings.minutes)}
    groups: dict[str, dict[str, Summary]] = {OPEN: {}, UNFOLD: {}, SMOOTH: {}, SIZE: {}}
    about: dict[str, Any] = {}
    for name, (recording, minutes) in games.items():
        text = page(recording)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "game.html"
            path.write_text(text, encoding="utf-8")
            runs = [_open(path) for _ in range(settings.repeats)]
        console.print(f"{name}: {settings.repeats} browsers", highlight=False)
        for group in (OPEN, UNFOLD, SMOOTH):
            groups[group][name] = Summary(values=tuple(run[group] for run in runs))
        groups[SIZE][name] = Summary(values=(len(text.encode()) / 1e6,) * settings.repeats)
        about[name] = {
            "minutes": round(minutes, 2),
            "most_units": int(np.diff(recording.ends, prepend=0).max()),
            "commands": len(recording.commands),
        }
    targets = [
        report.target(f"{name}: {group}", wanted, groups[group][name].median, limit)
        for name in games
        for group, wanted, limit in (
            (SIZE, MAX_PAGE_MB, "at most"),
            (OPEN, MAX_OPEN_S, "at most"),
            (SMOOTH, MIN_PICTURES_PER_S, "at least"),
        )
    ]
    return {**report.Measured(head=head, summaries=groups).result(TASK, {}, targets), "games": about}


def part_of(result: Mapping[str, Any]) -> str:
    """Return what the page says of a result: a table, and whether the goals are reached.

    Args:
        result: content of a result file.
    """
    games, groups = result["games"], result["groups"]
    lines = [
        f"| 20-minute game | minutes | most units | {SIZE} | {OPEN} | {SMOOTH} |",
        "|---|---|---|---|---|---|",
    ]
    for name, about in games.items():
        cells = [f"{about['minutes']:g}", str(about["most_units"]), f"{groups[SIZE][name]['median']:.1f}"]
        for group in (OPEN, SMOOTH):
            values = groups[group][name]
            low, median, high = (values[key] for key in ("lower_quartile", "median", "upper_quartile"))
            cells.append(f"{median:.3g} ({low:.3g} – {high:.3g})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    missed = [row["name"] for row in result["targets"] if not row["is_reached"]]
    machine = result["machine"]
    verdict = f"Not reached: {'; '.join(missed)}." if missed else "All goals are reached."
    lines += [
        "",
        f"Medians and quartiles of {result['settings']['repeats']} fresh browsers on {machine['usable_cores']} cores "
        f"of {machine['cpu']}, load {machine['load_before'][0]:g} before ([the numbers](../benchmarks/results/"
        f"{RESULT_FILE.name})). {verdict}",
        "",
        f"![opening and playing](figures/{RESULT_FILE.stem}.png)",
    ]
    return "\n".join(lines) + "\n"


def with_part(text: str, part: str) -> str:
    """Return a page with this part between its two marks.

    Args:
        text: the page; without marks the part goes to the end of it.
        part: from `part_of`.
    """
    before, mark, rest = text.partition(BEGIN)
    if not mark:
        return f"{text}\n{BEGIN}{part}{END}"
    return before + BEGIN + part + END + rest.partition(END)[2]


def played_game(minutes: float) -> tuple[Recording, float]:
    """Return a melee game of two scripted players that goes on for so long, and its length in minutes.

    Args:
        minutes: when it is broken off; the first seed whose game is not decided before is taken, else the longest.
    """
    scenario = load_scenario(melee_name("crossing", "terran:protoss"))
    most = round(minutes * FRAMES_PER_MINUTE)
    best: tuple[Recording, float] | None = None
    for seed in range(1, 1 + SEEDS_TRIED):
        match = MeleeMatch(scenario, ("standard", "standard"), seed, max_frames=most)
        recorder = MatchRecorder(match)
        while recorder.play_on():
            pass
        if best is None or match.frame / FRAMES_PER_MINUTE > best[1]:
            recording = recorder.recording(scenario, PLAYERS, {"game seed": str(seed)})
            best = recording, match.frame / FRAMES_PER_MINUTE
        if match.frame >= most:
            break
    assert best is not None
    return best


def _open(path: Path) -> dict[str, float]:
    """Open a page in a fresh browser and play it; return what each group is told."""
    with Browser() as browser:
        started_s = time.monotonic()
        browser.open(path)
        browser.wait_for(READY)
        open_s = time.monotonic() - started_s
        unfold_ms = browser.evaluate("nydus.loadMs")
        played = browser.evaluate(COUNT % round(1000 * PLAY_S))
        assert not browser.errors, browser.errors
    return {OPEN: open_s, UNFOLD: unfold_ms / 1000, SMOOTH: 1000 * played["drawn"] / played["ms"]}


if __name__ == "__main__":
    raise SystemExit(main())
