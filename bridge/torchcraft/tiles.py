"""Build tiles that a player's units see, and creep as the wire has it: a bit per tile."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import kernel, records

_SIGHT_PX: Final = np.ascontiguousarray(UNIT_TYPES["sight_px"], np.int32)

TILES_PER_BYTE: Final = 8


@kernel
def mark_seen(
    units: NDArray[np.void], num_units: int, player: int, sight_px: NDArray[np.int32], out: NDArray[np.uint8]
) -> None:
    """Mark the build tiles whose middle one of a player's units sees.

    Args:
        units: (capacity,) UNIT_DTYPE of the engine's Frame.
        num_units: how many are valid.
        player: whose eyes.
        sight_px: int32 by unit type.
        out: (rows, columns) uint8; marked tiles become 1, the others stay.
    """
    half = BUILD_TILE_PX // 2
    for i in range(num_units):
        u = units[i]
        if u.player != player:
            continue
        reach = sight_px[u.type]
        first_row = max(whole(u.y - reach) // BUILD_TILE_PX, 0)
        last_row = min(whole(u.y + reach) // BUILD_TILE_PX, out.shape[0] - 1)
        first_column = max(whole(u.x - reach) // BUILD_TILE_PX, 0)
        last_column = min(whole(u.x + reach) // BUILD_TILE_PX, out.shape[1] - 1)
        for row in range(first_row, last_row + 1):
            dy = BUILD_TILE_PX * row + half - u.y
            for column in range(first_column, last_column + 1):
                dx = BUILD_TILE_PX * column + half - u.x
                if dx * dx + dy * dy <= reach * reach:
                    out[row, column] = 1


def seen_tiles(frame: Frame, player: int) -> NDArray[np.uint8]:
    """Return (rows, columns) uint8: 1 for the build tiles that a player sees now.

    Args:
        frame: one row, the engine's view of the player.
        player: whose eyes.
    """
    seen = np.zeros((frame.map.height, frame.map.width), np.uint8)
    mark_seen(records(frame.units[0]), int(frame.num_units[0]), player, _SIGHT_PX, seen)
    return seen


def pack_tiles(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a bit per tile, row by row, lowest bit first; tiles that fill no byte are left out.

    Args:
        tiles: (rows, columns) uint8 of 0 and 1.
    """
    return np.packbits(tiles.reshape(-1)[: tiles.size // TILES_PER_BYTE * TILES_PER_BYTE], bitorder="little")
