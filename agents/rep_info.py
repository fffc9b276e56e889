"""What is in a real game's replay file (.rep), as text: header, players, map, what was commanded; or every command."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agents.texts import text_table
from bridge.maps.chk import START_LOCATION
from bridge.maps.rep import Rep, read_rep
from bridge.maps.terrain import ground_of

SUFFIX: Final = ".rep"

FRAMES_PER_SECOND: Final = 1000 / 42
"""At speed "fastest" (MECHANICS.md)."""

GAME_TYPES: Final = {2: "melee", 3: "free for all", 4: "one on one", 10: "use map settings"}
SHOWN_COMMANDS: Final = 6
"""Kinds of commands of a player that are listed, the most frequent first."""


def rep_info(path: Path, *, commands: bool) -> str:
    """Return what is in a .rep file.

    Args:
        path: the file.
        commands: also list the whole stream, one command a line.

    Raises:
        ConfigError: no such file, or no replay of Brood War 1.16.
    """
    rep = read_rep(path)
    seconds = int(rep.frames / FRAMES_PER_SECOND)
    starts = ", ".join(f"({unit.x}, {unit.y})" for unit in rep.chk.units if unit.type == START_LOCATION)
    rows = [
        ("file", f"{path} ({path.stat().st_size:,} bytes), Brood War 1.16"),
        ("game", f"{rep.title!r}, {GAME_TYPES.get(rep.game_type, f'type {rep.game_type}')}"),
        (
            "begun",
            f"{datetime.fromtimestamp(rep.seed, UTC):%Y-%m-%d %H:%M:%S} UTC, which is the random seed {rep.seed}",
        ),
        ("length", f"{rep.frames} frames ({seconds // 60:02}:{seconds % 60:02})"),
        ("map", f"{rep.map_name!r}, {rep.map_width} x {rep.map_height} tiles, {rep.chk.tileset}"),
        ("ground", f"{ground_of(rep.chk, str(path)).map.walkable.mean():.0%} walkable"),
        ("starts", f"{starts or 'none'} px"),
        ("stream", f"{len(rep.commands)} commands"),
    ]
    text = "".join(f"{label:<8}{value}\n" for label, value in rows) + f"\n{_players(rep)}"
    return text + (f"\n{_stream(rep)}" if commands else "")


def _players(rep: Rep) -> str:
    given: dict[int, Counter[str]] = {}
    for command in rep.commands:
        given.setdefault(command.player_id, Counter())[command.name] += 1
    rows: list[tuple[str, ...]] = [("slot", "id", "name", "race", "type", "commands", "most of them")]
    for player in rep.players:
        counts = given.get(player.id, Counter())
        most = ", ".join(f"{name} {count}" for name, count in counts.most_common(SHOWN_COMMANDS))
        rows.append(
            (str(player.slot), str(player.id), player.name, player.race, player.type, str(counts.total()), most)
        )
    return text_table(rows)


def _stream(rep: Rep) -> str:
    rows: list[tuple[str, ...]] = [("frame", "player", "command", "what")]
    for command in rep.commands:
        what = " ".join(f"{name}={value}" for name, value in command.values.items())
        units = f"units={','.join(str(unit) for unit in command.units)}" if command.units else ""
        rows.append((str(command.frame), str(command.player_id), command.name, f"{what} {units}".strip()))
    return text_table(rows)
