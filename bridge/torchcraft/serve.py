"""`python -m bridge.torchcraft.serve --scenario m5v5_c_far --port 11111`: the embedded engine as a TorchCraft server.

Any TorchCraft client can play on it; see `docs/torchcraft.md`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from bridge.melee import melee_name, parse_player
from bridge.scenarios import MELEE, load_scenario
from bridge.stopsignals import STOP_SIGNALS, StopSignals
from bridge.torchcraft.host import Host, HostConfig
from bridge.torchcraft.map_folder import MapFolder
from bridge.torchcraft.server import LOCALHOST, Server
from bridge.torchcraft.warmup import prepare
from bridge.userfiles import nearest
from engine.broodwar.players import PLAYERS
from engine.core.scenario import Scenario

EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130

CLIENT: Final = "client"
"""The opponent that is another client."""

DEFAULT_PORT: Final = 11111

MELEE_OPTIONS: Final = {"map": "game_map", "races": "races", "starts": "starts"}
"""What `bridge.melee.melee_name` calls these options."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C, SIGTERM, or the owner's end.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.

    Returns:
        0 asked to leave; 2 the user's mistake (one line on stderr says which); 130 stopped by Ctrl-C.
    """
    return serve(make_parser("python -m bridge.torchcraft.serve").parse_args(argv))


def serve(options: argparse.Namespace, watch: Callable[[Host], None] | None = None) -> int:
    """Serve as the parsed options say, until Ctrl-C, SIGTERM, or the owner's end.

    Args:
        options: from `make_parser`.
        watch: called with the host after every game frame.

    Returns:
        As `main`.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    for number in STOP_SIGNALS:
        # Until there is somebody to serve: at once, also within the compiler, where an exception can be lost; and
        # also where a shell's background job was made to ignore Ctrl-C.
        signal.signal(number, signal.SIG_DFL)
    try:
        return run(options, watch)
    except ConfigError as error:
        sys.stderr.write(f"serve: {error}\n")
        return EXIT_USAGE


def run(options: argparse.Namespace, watch: Callable[[Host], None] | None = None) -> int:
    """Serve as the parsed options say; see `serve`.

    Raises:
        ConfigError: the user's mistake.
    """
    scenario = load_scenario(_scenario_name(options))
    prepare()
    players = _players(options, scenario)
    find_scenario = MapFolder(options.maps)
    hosts = [
        Host(
            HostConfig(
                scenario=scenario,
                players=players,
                seed=options.seed + game,
                latency_frames=options.latency,
                opponent_frames=options.opponent_frames,
                frame_ms=options.speed,
            ),
            find_scenario,
            watch,
        )
        for game in range(options.games)
    ]
    with StopSignals() as signals, Server(hosts, address=options.host, port=options.port) as server:
        if options.report_fd is None:
            _announce(scenario, hosts, server, options.host)
        else:
            with os.fdopen(options.report_fd, "w", encoding="utf-8") as owner:
                owner.write(json.dumps({"ports": server.ports}) + "\n")
        server.serve([] if options.owner_fd is None else [options.owner_fd], signals)
        return EXIT_INTERRUPTED if signals.first() == signal.SIGINT else 0


def make_parser(program: str) -> argparse.ArgumentParser:
    """Return a parser of the server's options.

    Args:
        program: what the command line is called.
    """
    parser = argparse.ArgumentParser(prog=program, description="Let TorchCraft clients play on the embedded engine.")
    parser.add_argument("--scenario", default="m5v5_c_far", help="name or file, or melee (default: m5v5_c_far)")
    parser.add_argument("--map", help="melee: name of a shipped map, or a map file (default: crossing)")
    parser.add_argument("--races", help="melee: of both players, random too (default: terran:zerg)")
    parser.add_argument("--starts", help="melee: numbers of both start locations, 0:1 (default: by the seed)")
    parser.add_argument("--host", default=LOCALHOST, help="interface to listen on, * for all (default: localhost)")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes any free one (default: 11111)")
    parser.add_argument("--games", type=_positive, default=1, help="games, each on the next free ports (default: 1)")
    parser.add_argument(
        "--opponent", help=f"scripted player, or {CLIENT!r}: on the next port (default: the scenario's)"
    )
    parser.add_argument("--player", type=int, choices=(0, 1), default=0, help="number of the client's (default: 0)")
    parser.add_argument("--opponent-frames", type=_positive, help="frames between its decisions (default: frame skip)")
    parser.add_argument("--seed", type=_natural, default=0, help="which games (default: 0)")
    parser.add_argument("--latency", type=_natural, help="frames from command to execution (default: the scenario's)")
    parser.add_argument("--speed", type=_natural, default=0, help="ms per frame until a client says (default: 0)")
    parser.add_argument("--maps", type=Path, help="folder of map and scenario files that clients may choose")
    parser.add_argument("--owner-fd", type=int, help=argparse.SUPPRESS)  # a pipe whose end means: leave
    parser.add_argument("--report-fd", type=int, help=argparse.SUPPRESS)  # a pipe for the ports, as JSON
    return parser


def _scenario_name(options: argparse.Namespace) -> str:
    """Return the scenario's name, with the options that make one of `melee`."""
    given = {name: getattr(options, name) for name in MELEE_OPTIONS if getattr(options, name) is not None}
    if given and options.scenario != MELEE:
        raise ConfigError(f"--{next(iter(given))}: only with --scenario {MELEE}; got --scenario {options.scenario}")
    return melee_name(**{MELEE_OPTIONS[name]: value for name, value in given.items()}) if given else options.scenario


def _players(options: argparse.Namespace, scenario: Scenario) -> tuple[str | None, ...]:
    name = options.opponent or scenario.opponents[0]
    if name != CLIENT and scenario.melee is not None:
        parse_player(name)
    known = (*PLAYERS, CLIENT)
    if scenario.melee is None and name not in known:
        raise ConfigError(f"--opponent {name!r}: allowed: {', '.join(known)}{nearest(name, known)}")
    opponent = None if name == CLIENT else name
    return (None, opponent) if options.player == 0 else (opponent, None)


def _announce(scenario: Scenario, hosts: Sequence[Host], server: Server, address: str) -> None:
    sys.stdout.write(f"{scenario.name}: {scenario.title}\n")
    for host, ports in zip(hosts, server.ports, strict=True):
        names = ", ".join(name or CLIENT for name in host.match.players)
        for player, port in zip(host.players, ports, strict=True):
            sys.stdout.write(f"listening on tcp://{address}:{port} for player {player} (players: {names})\n")
    sys.stdout.write("waiting for a client; Ctrl-C ends it\n")
    sys.stdout.flush()


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


def _natural(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is negative")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 1 << 16:
        raise argparse.ArgumentTypeError(f"{value} is no port; allowed: 0 to 65535")
    return value


if __name__ == "__main__":
    sys.exit(main())
