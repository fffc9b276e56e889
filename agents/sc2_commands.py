"""`nydus sc2 ...`: StarCraft II's API on the embedded engine, a folder that stands in for the game, recorded maps."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bridge.userfiles import write_atomically

SC2: Final = "sc2"
SERVE: Final = "serve"


def is_serve(arguments: Sequence[str]) -> bool:
    """Say whether the command line is `sc2 serve ...`, which is handed over whole."""
    return list(arguments[:2]) == [SC2, SERVE]


def serve(arguments: Sequence[str]) -> int:
    """Run `nydus sc2 serve`."""
    from bridge.sc2.serve import main

    return main(arguments)


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `sc2` with its own commands to the `nydus` command's."""
    sc2 = commands.add_parser(SC2, help="StarCraft II's API, for python-sc2, PySC2 and SMAC").add_subparsers(
        metavar="COMMAND", required=True
    )
    sc2.add_parser(SERVE, help=f"a server (all options: nydus {SC2} {SERVE} --help)", add_help=False)
    maker = sc2.add_parser("path", help="make a folder that stands in for the game: set SC2PATH to it")
    maker.add_argument("folder", metavar="DIR", type=Path, help="new folder")
    maker.set_defaults(run=_path)
    importer = sc2.add_parser("import", help="turn a recorded game's first messages into a map file")
    importer.add_argument("info", metavar="GAME_INFO", type=Path, help="bytes of a ResponseGameInfo")
    importer.add_argument("observation", metavar="OBSERVATION", type=Path, help="of the ResponseObservation of loop 0")
    importer.add_argument("-o", "--output", type=Path, help="map file (default: <map>.npz here)")
    importer.set_defaults(run=_import)


def _path(options: argparse.Namespace) -> str:
    from bridge.sc2.installation import make_installation
    from bridge.sc2.serve import ENGINE_WORLDS, make_worlds

    folder = make_installation(options.folder, make_worlds(ENGINE_WORLDS).names())
    return f"{folder} stands in for StarCraft II. For programs that are to play on it:\n\n  export SC2PATH={folder}\n"


def _import(options: argparse.Namespace) -> str:
    from bridge.sc2.maps import dump_sc2_map, read_recording

    found = read_recording(options.info, options.observation)
    output = options.output or Path(f"{options.info.name.partition('.')[0]}.npz")
    write_atomically(output, dump_sc2_map(found))
    width, height = found.size
    return f"{output}: {found.name}, {width} x {height} cells, {len(found.starts)} starts\n"
