"""Melee games of StarCraft II: which maps there are, and the scenario of a game on one.

Shipped maps are made from their seeds (`engine.starcraft2.map_generator`), any other seed's is `generated_SEED`; maps
of recorded games are files of the user's (`nydus sc2 import`).
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.errors import ConfigError
from bridge.sc2.maps import load_sc2_map
from bridge.userfiles import nearest
from engine.core.gamemap import GameMap
from engine.core.scenario import Melee, Scenario
from engine.starcraft2.map_generator import EDGE, generate_map
from engine.starcraft2.melee import MELEE_RULES

SHIPPED: Final = MappingProxyType({"basalt": 1, "tideline": 2, "switchback": 7, "terraces": 5})
"""Names of the shipped maps, and the seeds that they are made from."""

DEFAULT_MAP: Final = "basalt"

GENERATED: Final = "generated_"

SUFFIX: Final = ".npz"

FRAME_SKIP: Final = 22
"""One decision a second of game time at speed "faster", to the nearest loop."""

LATENCY_LOOPS: Final = 0
"""An action of the interface is executed in the first loop after the observation, as in SMAC's battles."""

MAX_LOOPS: Final = 80_640
"""An hour at 22.4 loops a second."""

OPPONENTS: Final = ("standard", "weak", "strong", "noop")

KEPT_MAPS: Final = 8

Playable = tuple[int, int, int, int]


def map_names() -> tuple[str, ...]:
    """Return the names of the shipped melee maps, sorted."""
    return tuple(sorted(SHIPPED))


def is_map(name: str) -> bool:
    """Say whether a name is that of a map without a file: a shipped one, or `generated_SEED`."""
    return name in SHIPPED or (name.startswith(GENERATED) and name[len(GENERATED) :].isdecimal())


def find_map(name_or_path: str | Path) -> tuple[GameMap, Playable, str]:
    """Return a map, its playable area (x0, y0, x1, y1, cells, y up), and where it comes from.

    Args:
        name_or_path: a shipped map's name, `generated_SEED`, or the path of a map file.

    Raises:
        ConfigError: unknown name (with the nearest), missing file, or no map of StarCraft II.
    """
    text = str(name_or_path)
    if is_map(text):
        return _generated(text)
    path = Path(text)
    if not (path.suffix == SUFFIX or isinstance(name_or_path, Path) or "/" in text or "\\" in text):
        raise ConfigError(
            f"unknown map {text!r}{nearest(text, map_names())}, or {GENERATED}SEED, or the path of a file"
        )
    if not path.is_file():
        raise ConfigError(f"map {text!r}: no such file")
    return _from_file(path.resolve(), path.stat().st_mtime_ns)


@lru_cache(maxsize=KEPT_MAPS)
def _generated(name: str) -> tuple[GameMap, Playable, str]:
    seed = SHIPPED[name] if name in SHIPPED else int(name[len(GENERATED) :])
    found = dataclasses.replace(generate_map(seed), name=name)
    area = EDGE, EDGE, found.width - EDGE, found.height - EDGE
    return found, area, f"generated from seed {seed}"


@lru_cache(maxsize=KEPT_MAPS)
def _from_file(path: Path, _modified_ns: int) -> tuple[GameMap, Playable, str]:
    """Return a file's map; the same object every time: what the engine works out about a map is kept with it."""
    found = load_sc2_map(path)
    return found.game_map(), found.playable, found.source


def melee_on(map_name: str | Path, melee: Melee) -> Scenario:
    """Return the scenario of a melee game.

    Args:
        map_name: as `find_map` takes it.
        melee: races and starts.

    Raises:
        ConfigError: no such map, or not these starts.
    """
    game_map, _, source = find_map(map_name)
    try:
        return MELEE_RULES.scenario(
            game_map,
            melee,
            title=f"melee on {game_map.name}: {melee.races[0]} against {melee.races[1]}",
            source=source,
            max_frames=MAX_LOOPS,
            frame_skip=FRAME_SKIP,
            latency_frames=LATENCY_LOOPS,
            opponents=OPPONENTS,
        )
    except ValueError as error:
        raise ConfigError(f"map {str(map_name)!r}: {error}") from error
