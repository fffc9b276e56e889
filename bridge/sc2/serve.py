"""`nydus sc2 serve`: StarCraft II's API at a websocket; also the executable that python-sc2 and PySC2 launch."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bridge.errors import ConfigError
from bridge.sc2.extra import SERVER_NEEDS, require
from bridge.sc2.params import DIFFICULTIES, RACES

if TYPE_CHECKING:
    from bridge.sc2.world import Worlds

T = TypeVar("T")

DEFAULT_PORT: Final = 5000
"""As in the examples of the API's documentation."""

EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130

LOOK_S: Final = 0.25
"""How often the executable looks whether the client that launched it is still there."""

ENGINE_WORLDS: Final = "bridge.sc2.engine_worlds:EngineWorlds"


def make_parser(program: str) -> argparse.ArgumentParser:
    """Return a parser of the server's options.

    Args:
        program: what the command line is called.
    """
    parser = argparse.ArgumentParser(prog=program, description="StarCraft II's API on the embedded engine.")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"0 takes any free one (default: {DEFAULT_PORT})"
    )
    parser.add_argument("--map", default="", help="what a client plays that joins without having created a game")
    parser.add_argument(
        "--opponent", default="random:2", help="who plays against it: race:difficulty 1 to 10 (default: random:2)"
    )
    parser.add_argument("--maps", default="", help="a folder with map files of `nydus sc2 import`")
    parser.add_argument("--realtime", action="store_true", help="that game goes on by itself")
    parser.add_argument("--seed", type=int, default=0, help="of the first such game; the next have the next")
    parser.add_argument("--worlds", default=ENGINE_WORLDS, help=argparse.SUPPRESS)  # module:function, for other games
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.

    Returns:
        0 asked to leave; 2 the user's mistake (one line on stderr says which); 130 stopped by Ctrl-C.
    """
    options = make_parser("nydus sc2 serve").parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        require(*SERVER_NEEDS, what="nydus sc2 serve")
        return run(_serve(options, _stays))
    except ConfigError as error:
        sys.stderr.write(f"nydus sc2 serve: {error}\n")
        return EXIT_USAGE


def executable(argv: Sequence[str] | None = None) -> int:
    """Be the game's executable: `-listen HOST -port PORT` and more that is of no interest here.

    It leaves when a client says Quit, on SIGTERM, or when the client that launched it is gone.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.
    """
    parser = argparse.ArgumentParser(prog="SC2", allow_abbrev=False)
    parser.add_argument("-listen", default="127.0.0.1")
    parser.add_argument("-port", type=int, default=DEFAULT_PORT)
    parser.add_argument("-dataDir", default="")
    known, _ = parser.parse_known_args(argv)
    options = make_parser("SC2").parse_args(["--host", known.listen, "--port", str(known.port)])
    options.worlds = os.environ.get("NYDUS_SC2_WORLDS", ENGINE_WORLDS)
    maps = Path(known.dataDir) / "Maps"
    if known.dataDir and maps.is_dir() and options.worlds == ENGINE_WORLDS:
        options.maps = str(maps)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        require(*SERVER_NEEDS, what="SC2")
        return run(_serve(options, _goes_with(os.getppid())))
    except ConfigError as error:
        sys.stderr.write(f"SC2: {error}\n")
        return EXIT_USAGE


def make_worlds(path: str, maps: str = "") -> Worlds:
    """Return what `module:function` makes.

    Args:
        path: of the function.
        maps: folder with map files, which the function is called with; "" for none.

    Raises:
        ConfigError: there is none.
    """
    module, _, name = path.partition(":")
    try:
        factory: Callable[..., Worlds] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"worlds {path!r}: {error}") from error
    folder = Path(maps).expanduser() if maps else None
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--maps {maps!r}: no such folder")
    return factory() if folder is None else factory(folder)


def parse_opponent(text: str) -> tuple[int, int]:
    """Return race and difficulty of `race:difficulty`.

    Raises:
        ConfigError: another form.

    Example:
        >>> parse_opponent("zerg:7")
        (2, 7)
    """
    race, _, level = text.partition(":")
    if race not in RACES or not level.isdecimal() or not 1 <= int(level) <= len(DIFFICULTIES):
        raise ConfigError(f"--opponent {text!r}: allowed: {', '.join(RACES)}, then : and 1 to {len(DIFFICULTIES)}")
    return RACES.index(race) + 1, int(level)


def run(served: Coroutine[Any, Any, T]) -> T:
    """Return what a server's coroutine returns, run on the event loop that costs least.

    That is uvloop's where it is installed (Linux and macOS have it by the extra): asyncio's own takes twice as long for
    a small message.

    Args:
        served: the coroutine.
    """
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(served)


def _take_signal(number: int, stopped: list[int], leaving: asyncio.Event) -> None:
    stopped.append(number)
    leaving.set()


async def _stays(has_quit: asyncio.Event) -> None:
    """Serve on when a client quits: the next one may come."""
    await asyncio.Event().wait()


def _goes_with(parent: int) -> Callable[[asyncio.Event], Coroutine[None, None, None]]:
    """Leave when a client quits or the parent is gone."""

    async def wait(has_quit: asyncio.Event) -> None:
        while not has_quit.is_set() and os.getppid() == parent:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await has_quit.wait()

    return wait


async def _serve(
    options: argparse.Namespace, leave_when: Callable[[asyncio.Event], Coroutine[None, None, None]]
) -> int:
    from bridge.sc2.lobby import Lobby
    from bridge.sc2.server import PATH, ApiServer

    opponent = parse_opponent(options.opponent)
    worlds = make_worlds(options.worlds, options.maps)
    if options.map:
        worlds.check(options.map)
    worlds.prepare()
    lobby = Lobby(
        worlds=worlds,
        default_map=options.map,
        default_opponent=opponent,
        is_realtime=options.realtime,
        seed=options.seed,
    )
    stopped: list[int] = []
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _take_signal, number, stopped, leaving)
    server = ApiServer(lobby)
    try:
        port = await server.start(options.host, options.port)
    except OSError as error:
        await server.close()
        raise ConfigError(f"port {options.port}: {error.strerror or error}") from error
    sys.stdout.write(f"listening on ws://{options.host}:{port}{PATH}\n")
    sys.stdout.flush()
    try:
        waits = [asyncio.create_task(leaving.wait()), asyncio.create_task(leave_when(server.has_quit))]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
    finally:
        await server.close()
    return EXIT_INTERRUPTED if signal.SIGINT in stopped else 0
