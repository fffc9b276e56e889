"""The `nydus` command: train, evaluate, watch, play, view, serve, maps, replay, scenarios, rules.

A mistake of the user's gives one line on stderr and exit code 2, never a traceback. Commands import what they need
when they run, so that `nydus scenarios list` starts without torch.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from agents import (
    launch_commands,
    map_commands,
    play_commands,
    replay_commands,
    rules_commands,
    sc2_commands,
    view_commands,
)
from agents.interrupt import EXIT_INTERRUPTED
from agents.texts import text_table
from bridge.errors import BridgeError, ConfigError

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
DISTRIBUTION: Final = "nydus-gym"
TRAINING_COMMANDS: Final = ("train", "evaluate")
"""Handed over whole, `--help` included, to the programs of the same name."""

SERVE: Final = "serve"
"""Handed over whole to `agents.serve`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; `sys.argv` if None.

    Returns:
        0 done; 1 a game failed; 2 the user's mistake (one line on stderr says which); 130 stopped by Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments and arguments[0] in TRAINING_COMMANDS:
            return _run_training(arguments[0], arguments[1:])
        if arguments and arguments[0] == SERVE:
            from agents.serve import main as serve

            return serve(arguments[1:])
        if sc2_commands.is_serve(arguments):
            return sc2_commands.serve(arguments[2:])
        options = _parser().parse_args(arguments)
        run: Callable[[argparse.Namespace], str] = options.run
        _print(run(options))
    except ConfigError as error:
        sys.stderr.write(f"nydus: {error}\n")
        return EXIT_USAGE
    except BridgeError as error:
        sys.stderr.write(f"nydus: {error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("nydus: stopped\n")
        return EXIT_INTERRUPTED
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nydus", description="Train, evaluate and study policies for StarCraft.")
    parser.add_argument("--version", action="version", version=f"nydus {version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, text in (("train", "train a policy"), ("evaluate", "play battles and report the win rate")):
        commands.add_parser(name, help=f"{text} (all options: nydus {name} --help)", add_help=False)
    commands.add_parser(SERVE, help=f"a TorchCraft server (all options: nydus {SERVE} --help)", add_help=False)
    map_commands.add_commands(commands)
    replay_commands.add_commands(commands)
    launch_commands.add_commands(commands)
    play_commands.add_commands(commands)
    view_commands.add_commands(commands)
    _add_scenarios(commands)
    rules_commands.add_commands(commands)
    sc2_commands.add_commands(commands)
    return parser


def _add_scenarios(commands: argparse._SubParsersAction[_Parser]) -> None:
    scenarios = commands.add_parser("scenarios", help="the battles on offer").add_subparsers(
        metavar="COMMAND", required=True
    )
    lister = scenarios.add_parser("list", help="list the shipped scenarios")
    lister.set_defaults(run=_list_scenarios)
    shower = scenarios.add_parser("show", help="show one scenario, shipped or in a file")
    shower.add_argument("scenario", metavar="NAME_OR_FILE", help="name or .yaml file")
    shower.set_defaults(run=_show_scenario)


def version() -> str:
    """Return the installed distribution's version."""
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _run_training(name: str, arguments: list[str]) -> int:
    for module in ("torch", "stable_baselines3", "sb3_contrib"):
        if importlib.util.find_spec(module) is None:
            raise ConfigError(f"nydus {name} needs {module}: pip install '{DISTRIBUTION}[train]'")
    if name == "train":
        from agents.train import main as program
    else:
        from agents.evaluate import main as program
    return program(arguments)


def _list_scenarios(options: argparse.Namespace) -> str:
    from bridge.scenarios import load_scenario, scenario_names

    rows = [("name", "battle", "frame skip", "max frames", "opponents (default first)")]
    for name in scenario_names():
        scenario = load_scenario(name)
        rows.append(
            (name, scenario.title, str(scenario.frame_skip), str(scenario.max_frames), ", ".join(scenario.opponents))
        )
    return text_table(rows)


def _show_scenario(options: argparse.Namespace) -> str:
    from bridge.scenarios import load_scenario

    scenario = load_scenario(options.scenario)
    game_map = scenario.map
    rows = [
        ("name", f"{scenario.name} (version {scenario.version})"),
        ("battle", scenario.title),
        ("source", scenario.source),
        ("map", f"{game_map.name}: {game_map.width} x {game_map.height} build tiles"),
        ("vision", "both players see everything" if scenario.full_vision else "fog of war"),
        ("frame skip", f"{scenario.frame_skip} frames per step"),
        ("max frames", f"{scenario.max_frames} frames per episode"),
        ("latency", f"{scenario.latency_frames} frames from command to execution"),
        ("opponents", ", ".join(scenario.opponents)),
    ]
    for player, army in enumerate(scenario.armies):
        rows.append((f"player {player}", ", ".join(f"{count} {name}" for name, count in army)))
    for unit in scenario.units:
        scatter = f", scattered by {unit.spread_px} px" if unit.spread_px else ""
        rows.append(("placed", f"player {unit.player} {unit.type} at ({unit.x}, {unit.y}) px{scatter}"))
    for trigger in scenario.triggers:
        conditions = " and ".join(
            "always"
            if condition.kind == "always"
            else f"frame {condition.comparison.replace('_', ' ')} {condition.amount}"
            if condition.kind == "elapsed_frames"
            else f"player {condition.player} has {condition.comparison.replace('_', ' ')} {condition.amount} "
            f"{condition.unit}"
            for condition in trigger.conditions
        )
        rows.append(("trigger", f"when {conditions}:"))
        for action in trigger.actions:
            rows.append(("", _action_text(action.kind, action.player, action.unit, action.amount, action.x, action.y)))
    return "".join(f"{label:<12}{text}\n" for label, text in rows)


def _action_text(kind: str, player: int, unit: str, amount: int, x: int, y: int) -> str:
    texts = {
        "create_unit": f"create {amount} {unit} for player {player} at ({x}, {y})",
        "kill_unit": f"kill player {player}'s {unit}",
        "remove_unit": f"remove player {player}'s {unit}",
        "order": f"order player {player}'s {unit} to attack-move to ({x}, {y})",
        "preserve_trigger": "keep the trigger",
    }
    return f"  {texts[kind]}"


def _print(text: str) -> None:
    """Write to stdout what its encoding can say; a reader that has gone (`nydus ... | head`) is no mistake."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer would raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    raise SystemExit(main())
