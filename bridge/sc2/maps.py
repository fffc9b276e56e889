"""StarCraft II maps: from what the API says about one (ResponseGameInfo and the first Observation) to a map file.

The file is that of `bridge.maps.mapfile` with the playable area added. A cell is a build tile: 32 px, 4 x 4 walk tiles;
row 0 of a file's arrays is the top of the map, as everywhere in Nydus, row 0 of an `Sc2Map` the bottom, as in the API.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.maps.mapfile import FORMAT, load_map
from bridge.sc2.extra import SERVER_NEEDS, require
from engine.core.gamemap import BUILD_TILE_PX, NEUTRAL_UNIT_DTYPE, START_DTYPE, WALK_TILES_PER_BUILD_TILE, GameMap

if TYPE_CHECKING:
    from s2clientprotocol.common_pb2 import ImageData
    from s2clientprotocol.sc2api_pb2 import ResponseGameInfo, ResponseObservation

TILESET: Final = "starcraft2"

NEUTRAL_OWNER: Final = 16

PLACED_DTYPE: Final = np.dtype([("type", np.int32), ("x", np.float32), ("y", np.float32), ("contents", np.int32)])
"""What stands on the map and belongs to nobody: cells, y up; minerals or vespene, 0 for others."""

FIELD_MINERALS: Final = 1800
HALF_FIELD_MINERALS: Final = 900
GEYSER_VESPENE: Final = 2250
"""What stands where nobody looks yet holds so much (MECHANICS 3: 4 large and 4 small fields per base)."""

HEIGHT_STEP: Final = 32 / 255
HEIGHT_BASE: Final = -16.0
"""z = -16 + 32 * h / 255: python-sc2's rule, which fits recorded z to 0.04."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sc2Map:
    """A map in the API's terms. Grids are (height, width), row 0 at the bottom.

    Attributes:
        name: as players know it.
        pathing: bool: ground where units may walk if nothing stands there.
        placement: bool: ground where buildings may stand.
        height: uint8: see `z_of`.
        playable: x0, y0, x1, y1 in cells; the first two are inside, the last two are not.
        starts: (players, 2) float32: centre of each player's first town hall.
        neutrals: (n,) PLACED_DTYPE.
        source: where the facts come from.
    """

    name: str
    pathing: NDArray[np.bool_]
    placement: NDArray[np.bool_]
    height: NDArray[np.uint8]
    playable: tuple[int, int, int, int]
    starts: NDArray[np.float32]
    neutrals: NDArray[np.void]
    source: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in cells."""
        rows, columns = self.height.shape
        return columns, rows

    @property
    def z_of(self) -> NDArray[np.float32]:
        """(height, width) float32: the ground's height in cells."""
        z: NDArray[np.float32] = (HEIGHT_BASE + HEIGHT_STEP * self.height).astype(np.float32)
        return z

    def game_map(self) -> GameMap:
        """Return the map as the engine knows maps: y down, pixels."""
        rows = self.height.shape[0]
        scale = WALK_TILES_PER_BUILD_TILE
        starts = np.zeros(len(self.starts), START_DTYPE)
        starts["x"] = np.rint(self.starts[:, 0] * BUILD_TILE_PX)
        starts["y"] = np.rint((rows - self.starts[:, 1]) * BUILD_TILE_PX)
        neutrals = np.zeros(len(self.neutrals), NEUTRAL_UNIT_DTYPE)
        neutrals["type"] = self.neutrals["type"]
        neutrals["x"] = np.rint(self.neutrals["x"] * BUILD_TILE_PX)
        neutrals["y"] = np.rint((rows - self.neutrals["y"]) * BUILD_TILE_PX)
        neutrals["resources"] = self.neutrals["contents"]
        return GameMap(
            name=self.name,
            width=self.height.shape[1],
            height=rows,
            walkable=np.ascontiguousarray(self.pathing[::-1]).repeat(scale, 0).repeat(scale, 1),
            buildable=np.ascontiguousarray(self.placement[::-1]),
            ground_height=np.ascontiguousarray(self.height[::-1]),
            starts=starts,
            neutrals=neutrals,
        )


def from_game_map(game_map: GameMap, playable: tuple[int, int, int, int] | None = None, source: str = "") -> Sc2Map:
    """Return an engine's map in the API's terms.

    Args:
        game_map: y down, pixels.
        playable: x0, y0, x1, y1 in cells, y up; None for the whole map.
        source: what `Sc2Map.source` shall say.
    """
    rows, columns = game_map.height, game_map.width
    scale = WALK_TILES_PER_BUILD_TILE
    cells: NDArray[np.bool_] = np.logical_and.reduce(game_map.walkable.reshape(rows, scale, columns, scale), (1, 3))
    neutrals = np.zeros(len(game_map.neutrals), PLACED_DTYPE)
    neutrals["type"] = game_map.neutrals["type"]
    neutrals["x"] = game_map.neutrals["x"] / BUILD_TILE_PX
    neutrals["y"] = rows - game_map.neutrals["y"] / BUILD_TILE_PX
    neutrals["contents"] = game_map.neutrals["resources"]
    starts = np.empty((len(game_map.starts), 2), np.float32)
    starts[:, 0] = game_map.starts["x"] / BUILD_TILE_PX
    starts[:, 1] = rows - game_map.starts["y"] / BUILD_TILE_PX
    return Sc2Map(
        name=game_map.name,
        pathing=np.ascontiguousarray(cells[::-1]),
        placement=np.ascontiguousarray(game_map.buildable[::-1]).astype(np.bool_),
        height=np.ascontiguousarray(game_map.ground_height[::-1]),
        playable=playable or (0, 0, columns, rows),
        starts=starts,
        neutrals=neutrals,
        source=source,
    )


def import_map(info: ResponseGameInfo, observation: ResponseObservation, source: str) -> Sc2Map:
    """Return the map that a game was recorded on.

    Args:
        info: at loop 0.
        observation: at loop 0: the own town hall and what belongs to nobody.
        source: what `Sc2Map.source` shall say.

    Raises:
        ConfigError: no town hall of the own, or grids that are none.
    """
    start = info.start_raw
    pathing, placement = bits_of(start.pathing_grid), bits_of(start.placement_grid)
    height = np.frombuffer(start.terrain_height.data, np.uint8)
    shape = (start.map_size.y, start.map_size.x)
    if pathing.shape != shape or placement.shape != shape or height.size != shape[0] * shape[1]:
        raise ConfigError(f"{source}: grids of another size than the map's {shape[1]} x {shape[0]} cells")
    units = observation.observation.raw_data.units
    own = [unit for unit in units if unit.alliance == 1 and unit.radius >= TOWN_HALL_RADIUS]
    if not own:
        raise ConfigError(f"{source}: no town hall of the player's own; a recording of loop 0 is wanted")
    area = start.playable_area
    others = [(point.x, point.y) for point in start.start_locations]
    placed = [unit for unit in units if unit.owner == NEUTRAL_OWNER]
    kinds = _contents()
    return Sc2Map(
        name=info.map_name,
        # Where buildings may stand, one may walk: units, buildings and resources are no part of the ground.
        pathing=pathing | placement,
        placement=placement,
        height=height.reshape(shape).copy(),
        playable=(area.p0.x, area.p0.y, area.p1.x, area.p1.y),
        starts=np.array([(own[0].pos.x, own[0].pos.y), *others], np.float32),
        neutrals=np.array(
            [
                (
                    unit.unit_type,
                    unit.pos.x,
                    unit.pos.y,
                    unit.mineral_contents or unit.vespene_contents or kinds.get(unit.unit_type, 0),
                )
                for unit in placed
            ],
            PLACED_DTYPE,
        ),
        source=source,
    )


TOWN_HALL_RADIUS: Final = 2.5
"""No worker and no overlord is as large."""


def _contents() -> dict[int, int]:
    """Return what each type of resource holds in the beginning, by its name and data."""
    from bridge.sc2.data import resource_names

    found = {}
    for number, (name, is_geyser) in resource_names().items():
        if is_geyser:
            found[number] = GEYSER_VESPENE
        else:
            found[number] = HALF_FIELD_MINERALS if name.endswith("750") else FIELD_MINERALS
    return found


def read_recording(info: Path, observation: Path) -> Sc2Map:
    """Read a map from files with the bytes of a ResponseGameInfo and of the first ResponseObservation.

    Raises:
        ConfigError: missing, no such messages, or the extra `sc2` is not installed.
    """
    require(*SERVER_NEEDS[:1], what="nydus sc2 import")
    from google.protobuf.message import DecodeError
    from s2clientprotocol import sc2api_pb2

    messages: list[Any] = []
    for path, kind in ((info, sc2api_pb2.ResponseGameInfo), (observation, sc2api_pb2.ResponseObservation)):
        try:
            messages.append(kind.FromString(path.read_bytes()))
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from error
        except DecodeError as error:
            raise ConfigError(f"{path}: no {kind.__name__}") from error
    digest = hashlib.sha256(info.read_bytes()).hexdigest()
    return import_map(messages[0], messages[1], f"{info.name}, sha256 {digest}")


def dump_sc2_map(sc2_map: Sc2Map) -> bytes:
    """Return the bytes of a map file; `load_sc2_map` reads them back to an equal map."""
    game_map = sc2_map.game_map()
    about = {
        "format": FORMAT,
        "name": sc2_map.name,
        "tileset": TILESET,
        "source": sc2_map.source,
        "unknown_as": "unwalkable",
        "unknown_share": 0.0,
        "contradictory_share": 0.0,
        "unknown_tiles": [],
        "playable": list(sc2_map.playable),
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        walkable=np.packbits(game_map.walkable, axis=1),
        buildable=np.packbits(game_map.buildable, axis=1),
        ground_height=game_map.ground_height,
        starts=game_map.starts,
        units=game_map.neutrals,
    )
    return buffer.getvalue()


def load_sc2_map(path: Path) -> Sc2Map:
    """Read a map file that `dump_sc2_map` wrote.

    Raises:
        ConfigError: missing, no map file, or one of the other game.
    """
    melee = load_map(path)
    if melee.tileset != TILESET:
        raise ConfigError(f"{path}: a map of tile set {melee.tileset!r}; allowed: {TILESET!r}")
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
    left, bottom, right, top = (int(value) for value in about["playable"])
    ground = melee.map
    whole = GameMap(
        name=ground.name,
        width=ground.width,
        height=ground.height,
        walkable=ground.walkable,
        buildable=ground.buildable,
        ground_height=ground.ground_height,
        starts=melee.starts,
        neutrals=melee.units,
    )
    return from_game_map(whole, (left, bottom, right, top), melee.source)


def bits_of(image: ImageData) -> NDArray[np.bool_]:
    """Return a one-bit image as (height, width) bool.

    Raises:
        ConfigError: another depth or length.
    """
    count = image.size.x * image.size.y
    if image.bits_per_pixel != 1 or len(image.data) * 8 != count:
        raise ConfigError(f"an image of {image.bits_per_pixel} bits and {len(image.data)} bytes; wanted: 1 bit")
    bits = np.unpackbits(np.frombuffer(image.data, np.uint8)).astype(np.bool_)
    shaped: NDArray[np.bool_] = bits.reshape(image.size.y, image.size.x)
    return shaped
