"""`nydus rules ...`: the game's numbers, row by row."""

from __future__ import annotations

import argparse
from typing import Any

from bridge.errors import ConfigError
from bridge.userfiles import nearest


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `rules` with its own commands to the `nydus` command's."""
    rules = commands.add_parser("rules", help="the game's numbers").add_subparsers(metavar="COMMAND", required=True)
    shower = rules.add_parser("show", help="show a unit type, weapon, technology, upgrade or order, and its source")
    shower.add_argument("name", metavar="NAME", help="BWAPI name: Terran_Marine, Stim_Packs, AttackUnit")
    shower.set_defaults(run=_show)
    lister = rules.add_parser("list", help="list the names of a table")
    lister.add_argument("table", metavar="TABLE", help="units, weapons, techs, upgrades or orders")
    lister.set_defaults(run=_list)


def _show(options: argparse.Namespace) -> str:
    from bridge.rules_view import render

    try:
        text = render(options.name)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return text if text.endswith("\n") else f"{text}\n"


def _list(options: argparse.Namespace) -> str:
    from bridge.rules_view import TABLES, render_names

    if options.table not in TABLES:
        raise ConfigError(f"the rules have no table {options.table!r}{nearest(options.table, TABLES)}")
    return render_names(options.table)
