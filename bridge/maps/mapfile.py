"""Melee maps: from a `.scm`/`.scx` file or the generator to a value, and to a small file that needs neither.

The file is numpy's own archive (`.npz`): arrays, and a text of JSON that says where the map came from and which part
of its ground is a guess. It holds facts about the ground only, nothing of Blizzard's.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.maps.archive import read_chk
from bridge.maps.chk import START_LOCATION, ChkMap, ChkUnit, parse_chk
from bridge.maps.terrain import Ground, UnknownGround, ground_of
from engine.core.gamemap import BUILD_TILE_PX, NEUTRAL_UNIT_DTYPE, START_DTYPE, WALK_TILES_PER_BUILD_TILE, GameMap

FORMAT: Final = 1
"""Version of the file's layout."""

SUFFIX: Final = ".npz"

MAX_PLAYERS: Final = 8

NEUTRAL_SLOT: Final = 11

MINERAL_FIELDS: Final = (176, 177, 178)
VESPENE_GEYSER: Final = 188
"""BWAPI UnitType ids."""

DEFAULT_MINERALS: Final = 1500
DEFAULT_GAS: Final = 5000
"""What a field or geyser holds where the map says nothing (MECHANICS 9)."""

RESOURCES_VALID: Final = 1 << 4
"""Bit of a placed unit's valid properties: the map sets its resources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeleeMap:
    """A map on which players start with a depot and workers.

    Attributes:
        ground: the terrain and how much of it is a guess.
        tileset: a name of `TILESETS`, or "generated".
        source: where it came from: file name and SHA-256, or the generator's parameters.
        starts: (players,) START_DTYPE, in the order of the players' slots.
        units: (n,) NEUTRAL_UNIT_DTYPE: mineral fields, geysers, critters, neutral buildings, in the map's order.
    """

    ground: Ground
    tileset: str
    source: str
    starts: NDArray[np.void]
    units: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, NEUTRAL_UNIT_DTYPE))

    @property
    def map(self) -> GameMap:
        """The terrain."""
        return self.ground.map

    @property
    def is_mineral(self) -> NDArray[np.bool_]:
        """(n,) bool: which of `units` are mineral fields."""
        return np.isin(self.units["type"], MINERAL_FIELDS)

    @property
    def is_geyser(self) -> NDArray[np.bool_]:
        """(n,) bool: which of `units` are geysers."""
        return cast("NDArray[np.bool_]", self.units["type"] == VESPENE_GEYSER)


def is_melee(chk: ChkMap) -> bool:
    """Say whether a map leaves what happens to the melee rules: starts for two or more, no units of the players'."""
    starts = sum(unit.type == START_LOCATION for unit in chk.units)
    owned = any(unit.type != START_LOCATION and unit.player < MAX_PLAYERS for unit in chk.units)
    return starts >= 2 and not owned


def melee_map(chk: ChkMap, source: str, unknown_as: UnknownGround = "unwalkable") -> MeleeMap:
    """Return the melee map that a scenario.chk describes.

    Args:
        chk: the map.
        source: what `MeleeMap.source` shall say.
        unknown_as: what tiles are taken for that the table does not know.

    Raises:
        ConfigError: fewer than two start locations, or a tile set whose ground is not known.
    """
    starts = sorted(
        (unit for unit in chk.units if unit.type == START_LOCATION and unit.player < MAX_PLAYERS),
        key=lambda unit: unit.player,
    )
    if len(starts) < 2:
        raise ConfigError(f"{len(starts)} start locations; allowed: 2 to {MAX_PLAYERS}")
    units = [unit for unit in chk.units if unit.type != START_LOCATION and unit.player >= MAX_PLAYERS]
    name = "".join(character for character in chk.name if character.isprintable()).strip()
    return MeleeMap(
        ground=ground_of(chk, name or source, unknown_as),
        tileset=chk.tileset,
        source=source,
        starts=np.array([(unit.x, unit.y) for unit in starts], START_DTYPE),
        units=np.array([(unit.type, unit.x, unit.y, _resources(unit)) for unit in units], NEUTRAL_UNIT_DTYPE),
    )


def _resources(unit: ChkUnit) -> int:
    default = DEFAULT_MINERALS if unit.type in MINERAL_FIELDS else DEFAULT_GAS if unit.type == VESPENE_GEYSER else 0
    return unit.resources if default and unit.valid_properties & RESOURCES_VALID else default


def read_melee_map(path: Path, unknown_as: UnknownGround = "unwalkable") -> MeleeMap:
    """Read a `.scm`, `.scx` or `.npz` file.

    Args:
        path: the file.
        unknown_as: what tiles are taken for that the table does not know; a `.npz` has been asked already.

    Raises:
        ConfigError: missing, damaged, no melee map; one line that names the file.
    """
    if path.suffix.lower() == SUFFIX:
        return load_map(path)
    chk = parse_chk(read_chk(path))
    try:
        source = f"{path.name}, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
        return melee_map(chk, source, unknown_as)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def dump_map(melee: MeleeMap) -> bytes:
    """Return the bytes of a map file; `load_map` reads them back to an equal map."""
    ground = melee.ground
    about = {
        "format": FORMAT,
        "name": melee.map.name,
        "tileset": melee.tileset,
        "source": melee.source,
        "unknown_as": ground.unknown_as,
        "unknown_share": ground.unknown_share,
        "contradictory_share": ground.contradictory_share,
        "unknown_tiles": ground.unknown_tiles,
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        walkable=np.packbits(melee.map.walkable, axis=1),
        buildable=np.packbits(melee.map.buildable, axis=1),
        ground_height=melee.map.ground_height,
        starts=melee.starts,
        units=melee.units,
    )
    return buffer.getvalue()


def load_map(path: Path) -> MeleeMap:
    """Read a map file that `dump_map` wrote.

    Raises:
        ConfigError: missing, no map file, another format, or arrays that do not fit each other.
    """
    try:
        # from memory: numpy leaves a file open that turns out to be no archive
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes())
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: no map file of ours ({error})") from error
    if about.get("format") != FORMAT:
        raise ConfigError(f"{path}: map file of format {about.get('format')!r}; allowed: {FORMAT}")
    try:
        return _from_arrays(about, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: damaged map file ({error})") from error


def _from_arrays(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> MeleeMap:
    ground_height = arrays["ground_height"].astype(np.uint8)
    height, width = ground_height.shape
    scale = WALK_TILES_PER_BUILD_TILE
    walkable = np.unpackbits(arrays["walkable"], axis=1, count=width * scale).astype(np.bool_)
    buildable = np.unpackbits(arrays["buildable"], axis=1, count=width).astype(np.bool_)
    if walkable.shape != (height * scale, width * scale) or buildable.shape != (height, width):
        raise ValueError("arrays of different sizes")
    starts, units = arrays["starts"].astype(START_DTYPE), arrays["units"].astype(NEUTRAL_UNIT_DTYPE)
    for placed in (starts, units):
        inside = (placed["x"] >= 0) & (placed["x"] < width * BUILD_TILE_PX)
        if not (inside & (placed["y"] >= 0) & (placed["y"] < height * BUILD_TILE_PX)).all():
            raise ValueError("something stands outside the map")
    for array in (walkable, buildable, ground_height):
        array.setflags(write=False)
    return MeleeMap(
        ground=Ground(
            map=GameMap(
                name=str(about["name"]),
                width=width,
                height=height,
                walkable=walkable,
                buildable=buildable,
                ground_height=ground_height,
            ),
            unknown_tiles=tuple((int(tile), int(count)) for tile, count in about["unknown_tiles"]),
            unknown_share=float(about["unknown_share"]),
            contradictory_share=float(about["contradictory_share"]),
            unknown_as=about["unknown_as"],
        ),
        tileset=str(about["tileset"]),
        source=str(about["source"]),
        starts=starts,
        units=units,
    )
