"""`nydus maps ...`: import, list, generate and draw map files."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agents.texts import text_table
from bridge.errors import ConfigError
from bridge.userfiles import write_atomically

if TYPE_CHECKING:
    from bridge.maps import MeleeMap

MAP_SUFFIXES: Final = (".scm", ".scx")

SHOWN_TILES: Final = 5
"""Unknown tiles that are listed by number."""


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `maps` with its own commands to the `nydus` command's."""
    maps = commands.add_parser("maps", help="read, make and draw map files").add_subparsers(
        metavar="COMMAND", required=True
    )
    _add_import(maps)
    lister = maps.add_parser("list", help="say what is in map files")
    lister.add_argument("paths", metavar="PATH", nargs="*", type=Path, default=[Path()], help="files or folders")
    lister.set_defaults(run=_list)
    maker = maps.add_parser("generate", help="make a symmetric melee map from a seed")
    maker.add_argument("--players", type=int, default=2, help="2 or 4 (default: 2)")
    maker.add_argument("--seed", type=int, default=0, help="another seed, another map (default: 0)")
    maker.add_argument("--size", type=int, default=128, help="build tiles each way: 96, 128, 160 or 192 (default: 128)")
    _add_output(maker, "<players>p_<seed>.npz here")
    maker.set_defaults(run=_generate)
    drawer = maps.add_parser("draw", help="draw a melee map as a picture, a pixel per walk tile")
    drawer.add_argument("file", metavar="FILE", type=Path, help="map file: .scm, .scx or .npz")
    _add_output(drawer, "<file>.png here")
    drawer.set_defaults(run=_draw)


def _add_import(maps: argparse._SubParsersAction[Any]) -> None:
    importer = maps.add_parser(
        "import", help="turn a map into a scenario file, or a melee map into a map file that needs no Blizzard data"
    )
    importer.add_argument("file", metavar="FILE", type=Path, help="map file")
    _add_output(importer, "<name>.yaml or <name>.npz here", screen=", - for the screen (scenarios only)")
    importer.add_argument("--name", default="", help="name of the scenario (default: the file's)")
    importer.add_argument("--frame-skip", type=int, help="frames per env step (scenarios only)")
    importer.add_argument("--max-frames", type=int, help="frames after which an episode is truncated (scenarios only)")
    importer.add_argument("--latency-frames", type=int, help="frames from a command to its execution (scenarios only)")
    importer.add_argument(
        "--unknown-tiles",
        default="unwalkable",
        metavar="AS",
        help="what tiles of unknown ground are taken for: unwalkable (default) or open (melee maps only)",
    )
    importer.set_defaults(run=_import)


def _add_output(parser: argparse.ArgumentParser, default: str, screen: str = "") -> None:
    parser.add_argument(
        "-o", "--output", metavar="OUT", help=f"file or folder to write to{screen} (default: {default})"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def _import(options: argparse.Namespace) -> str:
    from bridge.maps import ImportOptions, dump_map, import_map, is_melee, parse_chk, read_chk, read_melee_map

    if is_melee(parse_chk(read_chk(options.file))):
        melee = read_melee_map(options.file, options.unknown_tiles)
        path = _output(options, f"{options.file.stem}.npz")
        write_atomically(path, dump_map(melee))
        return f"{path}: {_described(melee)}\n"
    given = {name: getattr(options, name) for name in ("frame_skip", "max_frames", "latency_frames")}
    imported = import_map(
        options.file, ImportOptions(name=options.name, **{key: n for key, n in given.items() if n is not None})
    )
    if options.output == "-":
        return imported.text
    path = _output(options, f"{imported.name}.yaml")
    write_atomically(path, imported.text)
    return f"{path}: scenario {imported.name!r} written; play it with scenario={path}\n"


def _described(melee: MeleeMap) -> str:
    text = (
        f"melee map {melee.map.name!r}, {melee.map.width} x {melee.map.height} tiles, {len(melee.starts)} starts, "
        f"{melee.is_mineral.sum()} mineral fields, {melee.is_geyser.sum()} geysers"
    )
    ground = melee.ground
    if ground.unknown_tiles:
        shown = ", ".join(f"{tile} ({count}x)" for tile, count in ground.unknown_tiles[:SHOWN_TILES])
        more = len(ground.unknown_tiles) - SHOWN_TILES
        rest = f" and {more} more" if more > 0 else ""
        text += (
            f"\n{ground.unknown_share:.2%} of its tiles are of unknown ground, taken as {ground.unknown_as}: "
            f"tiles {shown}{rest} of {melee.tileset}"
        )
    if ground.contradictory_share:
        share = f"{ground.contradictory_share:.2%}"
        text += f"\n{share} of its tiles were seen with two kinds of ground; the usual one is taken"
    return text


def _list(options: argparse.Namespace) -> str:
    from bridge.maps import parse_chk, read_chk

    files: list[Path] = []
    for path in options.paths:
        if not path.exists():
            raise ConfigError(f"{path}: no such file or folder")
        if path.is_dir():
            files += sorted(file for file in path.iterdir() if file.suffix.lower() in MAP_SUFFIXES)
        else:
            files.append(path)
    if not files:
        raise ConfigError(f"{', '.join(map(str, options.paths))}: no map files ({', '.join(MAP_SUFFIXES)})")
    rows = [("file", "name", "tiles", "tileset", "players", "units", "triggers")]
    for file in files:
        try:
            chk = parse_chk(read_chk(file))
        except ConfigError as error:
            reason = str(error).removeprefix(f"{file}: ")
            rows.append((file.name, f"({reason})", "", "", "", "", ""))
            continue
        players = sum(owner in ("human", "human_open", "computer") for owner in chk.owners)
        triggers = sum(bool(trigger.players) for trigger in chk.triggers)
        rows.append(
            (
                file.name,
                "".join(character for character in chk.name if character.isprintable()),
                f"{chk.width} x {chk.height}",
                chk.tileset,
                str(players),
                str(len(chk.units)),
                str(triggers),
            )
        )
    return text_table(rows)


def _generate(options: argparse.Namespace) -> str:
    from bridge.maps import dump_map
    from bridge.maps.generator import generate_map

    melee = generate_map(options.players, options.seed, options.size)
    path = _output(options, f"{options.players}p_{options.seed}.npz")
    write_atomically(path, dump_map(melee))
    return f"{path}: {_described(melee)}\n"


def _draw(options: argparse.Namespace) -> str:
    if importlib.util.find_spec("imageio") is None:
        raise ConfigError("nydus maps draw needs imageio: pip install 'nydus-gym[video]'")
    from imageio import v3 as imageio

    from bridge.maps import read_melee_map
    from envs.render.maps import map_picture

    melee = read_melee_map(options.file)
    path = _output(options, f"{options.file.stem}.png")
    write_atomically(path, imageio.imwrite("<bytes>", map_picture(melee), extension=".png"))
    return f"{path}: {_described(melee)}\n"


def _output(options: argparse.Namespace, name: str) -> Path:
    path = Path(options.output or ".")
    if path.is_dir():
        path = path / name
    if path.exists() and not options.force:
        raise ConfigError(f"{path}: exists already; --force replaces it")
    return path
