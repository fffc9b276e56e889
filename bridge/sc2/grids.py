"""ResponseGameInfo: the map's grids, who plays, and the ground that is free just now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from s2clientprotocol import common_pb2, sc2api_pb2

from bridge.sc2.maps import Sc2Map
from bridge.sc2.wire import nested
from bridge.sc2.world import Player

_START_RAW: Final = sc2api_pb2.ResponseGameInfo.START_RAW_FIELD_NUMBER
_PATHING: Final = 2
"""Field of StartRaw."""

PARTICIPANT: Final = 1
COMPUTER: Final = 2

RANDOM: Final = 4


class KeptBytes:
    """What a player was told last in a game: bytes of what seldom changes are made anew only when it has.

    Attributes:
        camera: where its camera stands, None before it had a unit.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.camera: tuple[float, float, float] | None = None
        self._kept: dict[str, tuple[Any, bytes]] = {}

    def image(self, name: str, grid: NDArray[Any], encode: Callable[[NDArray[Any]], bytes]) -> bytes:
        """Return a grid's bytes; the same array as last time has the same.

        Args:
            name: whose last bytes may do.
            grid: never written to once it was given.
            encode: makes the bytes.
        """
        kept = self._kept.get(name)
        if kept is None or kept[0] is not grid:
            kept = self._kept[name] = (grid, encode(grid))
        return kept[1]

    def part(self, name: str, facts: tuple[Any, ...], encode: Callable[[], bytes]) -> bytes:
        """Return a part's bytes; the same facts as last time have the same.

        Args:
            name: whose last bytes may do.
            facts: all that the bytes depend on.
            encode: makes the bytes.
        """
        kept = self._kept.get(name)
        if kept is None or kept[0] != facts:
            kept = self._kept[name] = (facts, encode())
        return kept[1]


def bit_image(grid: NDArray[np.bool_]) -> bytes:
    """Return an ImageData of one bit a cell, most significant bit first; row 0 of the grid comes first."""
    return _image(1, grid.shape, np.packbits(grid).tobytes())


def byte_image(grid: NDArray[np.uint8]) -> bytes:
    """Return an ImageData of one byte a cell; row 0 of the grid comes first."""
    return _image(8, grid.shape, grid.tobytes())


def _image(depth: int, shape: tuple[int, ...], data: bytes) -> bytes:
    size = common_pb2.Size2DI(x=shape[1], y=shape[0])
    return common_pb2.ImageData(bits_per_pixel=depth, size=size, data=data).SerializeToString()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a ResponseGameInfo says about a player's game.

    Attributes:
        file_name: of the map, as the client gave it.
        players: both.
        races: which they really have.
        player: who asks.
        options: as the client gave them in JoinGame.
    """

    file_name: str
    players: Sequence[Player]
    races: Sequence[int]
    player: int
    options: sc2api_pb2.InterfaceOptions


def fixed_part(sc2_map: Sc2Map, setting: Setting) -> bytes:
    """Return all of a ResponseGameInfo but the pathing grid, which changes while the game goes on."""
    info = sc2api_pb2.ResponseGameInfo(map_name=sc2_map.name, local_map_path=setting.file_name, options=setting.options)
    for number, player in enumerate(setting.players, start=1):
        about = info.player_info.add(player_id=number, race_requested=common_pb2.Race.ValueType(player.race))
        about.type = sc2api_pb2.PlayerType.ValueType(PARTICIPANT if player.difficulty is None else COMPUTER)
        if player.difficulty is not None:
            about.difficulty = sc2api_pb2.Difficulty.ValueType(player.difficulty)
            about.ai_build = sc2api_pb2.AIBuild.ValueType(player.build)
        if player.name:
            about.player_name = player.name
        if number == setting.player:  # what the others really are has to be found out
            about.race_actual = common_pb2.Race.ValueType(setting.races[number - 1])
    start = info.start_raw
    start.map_size.x, start.map_size.y = sc2_map.size
    area = start.playable_area
    area.p0.x, area.p0.y, area.p1.x, area.p1.y = sc2_map.playable
    start.placement_grid.ParseFromString(bit_image(sc2_map.placement))
    start.terrain_height.ParseFromString(byte_image(sc2_map.height))
    for number, (x, y) in enumerate(sc2_map.starts.tolist(), start=1):
        if number != setting.player:  # only the enemies' are told
            start.start_locations.add(x=x, y=y)
    return info.SerializeToString()


def pathing_part(pathing: NDArray[np.bool_]) -> bytes:
    """Return the rest of a ResponseGameInfo."""
    return nested(_START_RAW, nested(_PATHING, bit_image(pathing)))
