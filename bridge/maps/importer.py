"""Turn a map file into a scenario file, or say in one line which part of the map has no equivalent yet.

A scenario has two players (0 and 1), a flat open map, units, and the triggers that the engine runs.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from bridge.errors import ConfigError
from bridge.maps.archive import read_chk
from bridge.maps.chk import MAP_REVEALER, START_LOCATION, ChkMap, ChkUnit, parse_chk
from bridge.maps.triggers import SCENARIO_PLAYERS, convert_triggers, unit_name
from bridge.scenario_text import scenario_to_yaml
from bridge.scenarios import ScenarioFile, TriggerFile, UnitsFile, armies
from bridge.userfiles import parse
from engine.core.gamemap import BUILD_TILE_PX

DEFAULT_FRAME_SKIP: Final = 9
"""TorchCraft's own scripts for its maps decide every 9 frames (examples/lua/baseline_heuristics.lua)."""

DEFAULT_MAX_FRAMES: Final = 1440
"""One minute of game at 24 frames a second, the limit of TorchCraftAI's micro scenarios; the maps have none."""

DEFAULT_LATENCY_FRAMES: Final = 2
"""BWAPI's latency of a single-player game."""

DEFAULT_OPPONENTS: Final = ("noop", "attack_move", "closest", "weakest_closest")
"""First the map's own triggers."""

PLAYING: Final = ("human", "human_open", "computer")

REVEALER_SIGHT_PX: Final = 320
"""Special_Map_Revealer's sight range (units.dat)."""

FULL_VIEW_SHARE: Final = 0.9
"""Share of the map seen that counts as all: the micro maps' revealers stand 16 tiles apart and see 10, so that the
corners between four of them stay dark."""

HEADER: Final = """\
# Written by `nydus maps import {file}`; the map's own amounts, places and order.
# A trigger of the map that runs for several players is written out once per player; elapsed_seconds are the map's
# (16 frames each). Frame skip, frame limit, latency and opponents are no part of a map: the importer's options.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a map does not say.

    Attributes:
        name: the scenario's name; "" takes the file's.
        frame_skip: frames per env step.
        max_frames: length of an episode.
        latency_frames: frames between a command and its execution.
    """

    name: str = ""
    frame_skip: int = DEFAULT_FRAME_SKIP
    max_frames: int = DEFAULT_MAX_FRAMES
    latency_frames: int = DEFAULT_LATENCY_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedScenario:
    """A scenario file's name and text, already checked."""

    name: str
    text: str


def import_map(path: Path, options: ImportOptions | None = None) -> ImportedScenario:
    """Return the scenario file for a map file.

    Raises:
        ConfigError: the file is no readable map, or uses something that scenarios do not have; one line.
    """
    content = read_chk(path)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return convert(parse_chk(content), path.name, digest, options or ImportOptions())
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def convert(chk: ChkMap, file_name: str, digest: str, options: ImportOptions) -> ImportedScenario:
    """Return the scenario file for a map that was read from `file_name` with this SHA-256.

    Raises:
        ConfigError: the map uses something that scenarios do not have.
    """
    playing = tuple(player for player, owner in enumerate(chk.owners) if owner in PLAYING)
    if playing != SCENARIO_PLAYERS:
        raise ConfigError(f"slots {list(playing)} play; allowed: exactly slots {list(SCENARIO_PLAYERS)}")
    name = options.name or re.sub(r"[^A-Za-z0-9_.+-]+", "_", Path(file_name).stem).strip("_.+-")
    height = _flat_height(chk)
    units, triggers = tuple(_units(chk)), convert_triggers(chk)
    data: dict[str, Any] = {
        "name": name,
        "version": 1,
        "title": _title(units, triggers),
        "source": f"{file_name}, sha256 {digest}",
        "game": "broodwar",
        "map": {"name": chk.name or name, "width": chk.width, "height": chk.height, "ground_height": height},
        "full_vision": _full_vision(chk),
        "frame_skip": options.frame_skip,
        "max_frames": options.max_frames,
        "latency_frames": options.latency_frames,
        "opponents": DEFAULT_OPPONENTS,
        "units": units,
        "triggers": triggers,
    }
    file = parse(ScenarioFile, data, "as a scenario")
    return ImportedScenario(name=name, text=scenario_to_yaml(file, HEADER.format(file=file_name)))


def _flat_height(chk: ChkMap) -> int:
    """Return the ground height of a map whose every tile is open ground of one height."""
    known = _flat_tiles()
    groups, counts = np.unique(chk.tiles >> 4, return_counts=True)
    tiles = {int(group): int(count) for group, count in zip(groups, counts, strict=True)}
    unknown = sum(count for group, count in tiles.items() if (chk.tileset, group) not in known)
    if unknown:
        raise ConfigError(
            f"{unknown} of {chk.tiles.size} tiles are not known to be open ground; only flat maps can be imported "
            "(a map file does not say where one can walk)"
        )
    heights = sorted({known[chk.tileset, group] for group in tiles})
    if len(heights) > 1:
        raise ConfigError(f"ground at the heights {heights}; only flat maps can be imported")
    return heights[0]


def _full_vision(chk: ChkMap) -> bool:
    """Say whether map revealers show the human players the whole map."""
    humans = [player for player in SCENARIO_PLAYERS if chk.owners[player] != "computer"]
    y, x = np.mgrid[0 : chk.height, 0 : chk.width] * BUILD_TILE_PX + BUILD_TILE_PX // 2
    shares: list[float] = []
    for player in humans:
        seen = np.zeros((chk.height, chk.width), np.bool_)
        for unit in chk.units:
            if unit.type == MAP_REVEALER and unit.player == player:
                seen |= (x - unit.x) ** 2 + (y - unit.y) ** 2 <= REVEALER_SIGHT_PX**2
        shares.append(float(seen.mean()))
    if any(0 < share < FULL_VIEW_SHARE for share in shares) or len({share > 0 for share in shares}) > 1:
        text = ", ".join(f"player {player} {share:.0%}" for player, share in zip(humans, shares, strict=True))
        raise ConfigError(f"map revealers show part of the map ({text}); supported: all of it to everybody, or none")
    return bool(shares) and all(shares)


def _units(chk: ChkMap) -> Iterator[UnitsFile]:
    for unit in chk.units:
        if unit.type in (START_LOCATION, MAP_REVEALER):
            continue
        if unit.player not in SCENARIO_PLAYERS:
            raise ConfigError(f"a {unit_name(unit.type)} of slot {unit.player}; supported: units of slots 0 and 1")
        if _has_changed_properties(unit):
            raise ConfigError(f"a {unit_name(unit.type)} at ({unit.x}, {unit.y}) with changed properties; supported: "
                              "full hit points and shields, no state")  # fmt: skip
        yield UnitsFile(type=unit_name(unit.type), player=unit.player, x=unit.x, y=unit.y)


def _has_changed_properties(unit: ChkUnit) -> bool:
    """Say whether a unit does not start whole; bit 1 of the valid properties is hit points, bit 2 shields."""
    hp_changed = unit.valid_properties >> 1 & 1 and unit.hp_percent != 100
    shield_changed = unit.valid_properties >> 2 & 1 and unit.shield_percent != 100
    return bool(hp_changed or shield_changed or unit.state_flags)


def _title(units: tuple[UnitsFile, ...], triggers: tuple[TriggerFile, ...]) -> str:
    sides = []
    for army in armies(units, triggers):
        sides.append(" and ".join(f"{count} {_plain_name(name, count)}" for name, count in army) or "nobody")
    return " against ".join(sides)


def _plain_name(name: str, count: int) -> str:
    plain = name.split("_", 1)[-1].replace("_", " ").lower()
    return plain if count == 1 else f"{plain}s"


@cache
def _flat_tiles() -> dict[tuple[str, int], int]:
    with Path(__file__).with_name("flat_tiles.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {(row["tileset"], int(row["tile_group"])): int(row["ground_height"]) for row in rows}
