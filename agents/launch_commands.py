"""`nydus launch` and `nydus doctor`: start a real game for `--server host:port`, and say what is missing for it."""

from __future__ import annotations

import argparse
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agents.texts import text_table
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.launch import Check, Plan

KINDS: Final = ("wine", "openbw")

KIND_TEXTS: Final = {
    "wine": "StarCraft 1.16.1 under Wine, hosted by bwheadless; Chaoslauncher opens a second one for a person",
    "openbw": "OpenBW's BWAPILauncher",
}

TIMEOUT_S: Final = 120.0

WATCH_S: Final = 0.2
"""How often a launched game is looked at."""


class MissingError(BridgeError):
    """Something that was asked about is not there; the table above says what."""


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `launch` and `doctor` to the `nydus` command's commands."""
    launch = commands.add_parser("launch", help="start a real game with TorchCraft in it, until Ctrl-C")
    kinds = launch.add_subparsers(metavar="KIND", required=True, dest="kind")
    for kind in KINDS:
        parser = kinds.add_parser(kind, help=KIND_TEXTS[kind])
        _add_game(parser, (kind,))
        parser.add_argument(
            "--timeout",
            type=float,
            default=TIMEOUT_S,
            metavar="SECONDS",
            help=f"for the game to answer ({TIMEOUT_S:g})",
        )
        parser.add_argument("--log-folder", type=Path, help="keep the programs' output there")
        parser.add_argument("--dry-run", action="store_true", help="only show what would be started")
        parser.add_argument("--json", action="store_true", help="with --dry-run: as JSON")
        parser.set_defaults(run=_launch)
    doctor = commands.add_parser("doctor", help="say what is there, what is missing and what to do about it")
    doctor.add_argument(
        "kind", metavar="KIND", nargs="?", choices=KINDS, help="wine or openbw: status 1 if it cannot be launched"
    )
    _add_game(doctor, KINDS)
    doctor.set_defaults(run=_doctor)


def _add_game(parser: argparse.ArgumentParser, kinds: Sequence[str]) -> None:
    from bridge.launch import plan

    parser.add_argument("-p", "--path", default=plan.DEFAULT_PATH, help=f"the game's folder ({plan.DEFAULT_PATH})")
    parser.add_argument(
        "-r", "--race", default=plan.DEFAULT_RACE, help=f"{', '.join(plan.RACES)} ({plan.DEFAULT_RACE})"
    )
    parser.add_argument(
        "-m", "--map", default=plan.DEFAULT_MAP, help=f"file in {plan.MAP_FOLDER}, or a path ({plan.DEFAULT_MAP})"
    )
    parser.add_argument("--port", type=int, default=plan.DEFAULT_PORT, help=f"TorchCraft's port ({plan.DEFAULT_PORT})")
    parser.add_argument("--headful", action="store_true", help="show the game's window")
    if "openbw" in kinds:
        types = ", ".join(plan.GAME_TYPES)
        parser.add_argument("--game-type", default=plan.DEFAULT_GAME_TYPE, help=f"{types} ({plan.DEFAULT_GAME_TYPE})")
    if "wine" in kinds:
        parser.add_argument(
            "-b", "--bot", default=plan.DEFAULT_BOT, help=f"name of player and game ({plan.DEFAULT_BOT})"
        )
        parser.add_argument("--prefix", type=Path, help=f"a Wine folder of this game's own ({plan.default_prefix()})")
        parser.add_argument("--arch", choices=("win32", "win64"), default="win32", help="of a new folder (win32)")
        parser.add_argument("--no-chaoslauncher", action="store_true", help="no second StarCraft for a person")


def _plan(kind: str, options: argparse.Namespace) -> Plan:
    from bridge.launch import openbw_plan, wine_plan

    game: dict[str, Any] = {
        "path": options.path,
        "race": options.race,
        "map_name": options.map,
        "port": options.port,
        "is_headful": options.headful,
    }
    if kind == "openbw":
        return openbw_plan(**game, game_type=options.game_type)
    return wine_plan(
        **game,
        bot=options.bot,
        prefix=options.prefix,
        arch=options.arch,
        with_chaoslauncher=not options.no_chaoslauncher,
    )


def _launch(options: argparse.Namespace) -> str:
    from bridge.deadline import Deadline
    from bridge.launch import LaunchedGame, TorchCraftPing
    from bridge.stopsignals import StopSignals

    plan = _plan(options.kind, options)
    if options.dry_run:
        return f"{plan.to_json()}\n" if options.json else plan.text()
    with TorchCraftPing(plan.host, plan.port) as ping, LaunchedGame(plan, log_folder=options.log_folder) as game:
        sys.stderr.write(f"nydus: waiting for TorchCraft on {plan.host}:{plan.port}\n")
        game.wait_ready(ping, Deadline.after(options.timeout))
        sys.stdout.write(f"TorchCraft answers on {plan.host}:{plan.port}; Ctrl-C ends the game\n")
        sys.stdout.flush()
        with StopSignals() as stop:
            while (number := stop.first()) is None:
                game.check()
                select.select([stop.descriptor], [], [], WATCH_S)
    if number is signal.SIGINT:
        raise KeyboardInterrupt
    return "stopped\n"


def _doctor(options: argparse.Namespace) -> str:
    from bridge.launch import extra_checks, plan_checks

    kinds = KINDS if options.kind is None else (options.kind,)
    checks = {} if options.kind else {"installation": extra_checks()}
    checks |= {kind: plan_checks(_plan(kind, options)) for kind in kinds}
    text = "".join(f"{title}\n{_table(found)}\n" for title, found in checks.items())
    absent = [check.name for found in checks.values() for check in found if not check.is_ok]
    if options.kind is None or not absent:
        return text
    sys.stdout.write(text)
    sys.stdout.flush()
    raise MissingError(f"{options.kind} cannot be launched: {len(absent)} missing ({', '.join(absent)})")


def _table(checks: list[Check]) -> str:
    rows = [("", "what", "found", "what to do")]
    rows += [("ok" if check.is_ok else "--", check.name, check.found, check.remedy) for check in checks]
    return text_table(rows)
