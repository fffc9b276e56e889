"""`nydus replay ...`: say what is in TorchCraft's replay files, cut them, store them another way, show them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from agents.texts import text_table
from bridge.errors import BridgeError, ConfigError

if TYPE_CHECKING:
    from bridge.torchcraft.messages import WireFrame
    from bridge.torchcraft.replay import Replay

SUFFIX: Final = ".tcr"
SHOWN_TYPES: Final = 6
"""Unit types of a player that are listed, the most frequent first."""


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `replay` with its own commands to the `nydus` command's."""
    replay = commands.add_parser(
        "replay", help="replay files: TorchCraft's (.tcr), and what is in real games' (.rep)"
    ).add_subparsers(metavar="COMMAND", required=True)
    teller = replay.add_parser("info", help="say what is in a replay; reads every frame")
    teller.add_argument("file", metavar="FILE", type=Path, help=".tcr file, or a real game's .rep file")
    teller.add_argument("--commands", action="store_true", help="list every command too (.rep files)")
    teller.set_defaults(run=_info)
    cutter = replay.add_parser("cut", help="write some of a replay's frames to another file")
    cutter.add_argument("file", metavar="FILE", type=Path, help=".tcr file")
    cutter.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="first frame (default: 0)")
    cutter.add_argument("--to", dest="end", type=int, metavar="N", help="frame to stop before (default: the end)")
    cutter.add_argument("--every", type=int, default=1, metavar="N", help="keep every N-th of them (default: 1)")
    _add_storage(cutter, "<file>_cut.tcr here")
    cutter.set_defaults(run=_cut)
    converter = replay.add_parser("convert", help="store a replay another way: keyframes, compression")
    converter.add_argument("file", metavar="FILE", type=Path, help=".tcr file")
    _add_storage(converter, "<file>_converted.tcr here")
    converter.set_defaults(run=_convert)
    viewer = replay.add_parser("view", help="write a replay as a page that plays in any browser")
    viewer.add_argument("file", metavar="FILE", type=Path, help=".tcr file")
    viewer.add_argument("--every", type=int, metavar="N", help="show every N-th frame (default: 1, 8 for long games)")
    viewer.add_argument("-o", "--output", metavar="OUT", type=Path, help="page to write (default: <file>.html here)")
    viewer.add_argument("--force", action="store_true", help="replace the file if it exists")
    viewer.set_defaults(run=_view)


def _add_storage(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--keyframe",
        type=int,
        metavar="K",
        help="store every K-th frame whole and the others as differences; 0: all whole; -1: only the first whole "
        "(default: as it is)",
    )
    parser.add_argument(
        "--compressed",
        action=argparse.BooleanOptionalAction,
        help="compress with zstandard (default: as it is)",
    )
    parser.add_argument("-o", "--output", metavar="OUT", help=f"file or folder to write to (default: {default})")
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def _info(options: argparse.Namespace) -> str:
    from agents.rep_info import SUFFIX as REP_SUFFIX
    from agents.rep_info import rep_info

    if options.file.suffix.lower() == REP_SUFFIX:
        return rep_info(options.file, commands=options.commands)
    if options.commands:
        raise ConfigError(f"--commands: {options.file} is no {REP_SUFFIX} file; only those hold commands")
    from bridge.torchcraft.replay import read_tcr

    replay = read_tcr(options.file)
    height, width = replay.map.walkability.shape
    starts = ", ".join(f"({x}, {y})" for x, y in replay.map.start_locations) or "none"
    whole = sum(replay.frames.is_whole(i) for i in range(len(replay.frames)))
    rows = [
        ("file", f"{options.file} ({options.file.stat().st_size:,} bytes{_compressed(replay.is_compressed)})"),
        ("map", f"{width} x {height} walk tiles, {replay.map.walkability.mean():.0%} walkable"),
        ("starts", f"{starts} in walk tiles"),
        ("frames", f"{len(replay.frames)}, {whole} of them whole (keyframe {replay.keyframe})"),
    ]
    text = "".join(f"{label:<8}{value}\n" for label, value in rows)
    return text + (f"\n{_players(replay)}" if len(replay.frames) else "")


def _compressed(is_compressed: bool) -> str:
    return ", compressed" if is_compressed else ", not compressed"


def _players(replay: Replay) -> str:
    """Return a table of the players: units at the beginning, at most and at the end, and of which types."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    most: dict[int, int] = {}
    types: dict[int, dict[int, int]] = {}
    for i, frame in enumerate(replay.frames):
        last = {}
        for player, units in _units_of(frame).items():
            last[player] = len(units)
            most[player] = max(len(units), most.get(player, 0))
            if i == 0:
                first[player] = len(units)
            seen = types.setdefault(player, {})
            for kind, count in zip(*np.unique(units["type"], return_counts=True), strict=True):
                seen[int(kind)] = max(int(count), seen.get(int(kind), 0))
    rows: list[tuple[str, ...]] = [("player", "units at first", "at most", "at last", "types, at most")]
    for player in sorted(most):
        numbers = (first.get(player, 0), most[player], last.get(player, 0))
        rows.append((str(player), *(str(number) for number in numbers), _types_text(types[player])))
    return text_table(rows)


def _units_of(frame: WireFrame) -> dict[int, Any]:
    ends = np.cumsum(frame.num_units)
    parts = np.split(frame.units, ends[:-1]) if ends.size else []
    return dict(zip(frame.player_ids.tolist(), parts, strict=True))


def _types_text(types: dict[int, int]) -> str:
    from bridge.torchcraft.constants import NAMES

    ranked = sorted(types.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [f"{count} {NAMES['unittypes'].get(kind, f'type {kind}')}" for kind, count in ranked[:SHOWN_TYPES]]
    more = len(ranked) - len(shown)
    return ", ".join(shown) + (f" and {more} more types" if more else "")


def _cut(options: argparse.Namespace) -> str:
    from bridge.torchcraft.replay import read_tcr

    replay = read_tcr(options.file)
    total = len(replay.frames)
    end = total if options.end is None else options.end
    if not 0 <= options.first < end <= total:
        raise ConfigError(f"--from {options.first} --to {end} is not allowed; {options.file} has frames 0 to {total}")
    if options.every < 1:
        raise ConfigError(f"--every {options.every} is not allowed; allowed: 1 or more")
    frames = (replay.frames[i] for i in range(options.first, end, options.every))
    return _store(options, replay, frames, f"{options.file.stem}_cut{SUFFIX}")


def _convert(options: argparse.Namespace) -> str:
    from bridge.torchcraft.replay import read_tcr

    replay = read_tcr(options.file)
    return _store(options, replay, iter(replay.frames), f"{options.file.stem}_converted{SUFFIX}")


def _view(options: argparse.Namespace) -> str:
    from agents.viewer.page import check_page_path, write_page
    from agents.viewer.wire import recording_of_tcr

    path = options.output or Path(f"{options.file.stem}.html")
    check_page_path(path, "--output")
    if path.exists() and not options.force:
        raise ConfigError(f"{path}: exists already; --force replaces it")
    if options.every is not None and options.every < 1:
        raise ConfigError(f"--every {options.every} is not allowed; allowed: 1 or more")
    recording = recording_of_tcr(options.file, options.every)
    write_page(path, recording)
    return f"{path}: {len(recording.frames)} samples, {path.stat().st_size:,} bytes\n"


def _store(options: argparse.Namespace, replay: Replay, frames: Any, name: str) -> str:
    from bridge.torchcraft.replay import count_units, write_tcr

    target = Path(options.output) if options.output else Path()
    path = target / name if target.is_dir() else target
    if path.exists() and not options.force:
        raise ConfigError(f"{path}: exists already; --force replaces it")
    kept = list(frames)
    keyframe = replay.keyframe if options.keyframe is None else options.keyframe
    compressed = replay.is_compressed if options.compressed is None else options.compressed
    counts = count_units(kept) if replay.num_units else None
    try:
        write_tcr(path, kept, replay.map, keyframe, compressed, counts)
    except BridgeError as error:
        raise ConfigError(f"{path}: cannot be written ({error})") from error
    return f"{path}: {len(kept)} frames, {path.stat().st_size:,} bytes{_compressed(compressed)}\n"
