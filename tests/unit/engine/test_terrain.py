"""What each walk tile knows about the free ground around it, against counting."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.broodwar.terrain import (
    AT_COLUMNS,
    AT_FLAGS,
    AT_ROWS,
    RUN_SHIFT,
    SQUARE_MASK,
    SQUARE_SHIFT,
    terrain_of,
)
from engine.core.gamemap import GameMap


@pytest.mark.parametrize("blocked", [0.0, 0.002, 0.05, 0.5])
def test_tile_knows_its_largest_free_square_and_its_free_run(blocked):
    open_map = GameMap.flat("field", 16, 12)
    generator = np.random.default_rng(7)
    game_map = dataclasses.replace(open_map, walkable=generator.random(open_map.walkable.shape) >= blocked)

    terrain = terrain_of(game_map)

    rows, columns = int(terrain[AT_ROWS]), int(terrain[AT_COLUMNS])
    flags = terrain[terrain[AT_FLAGS] :][: rows * columns].reshape(rows, columns)
    free = (flags & 1).astype(bool)
    squares = flags >> SQUARE_SHIFT & SQUARE_MASK
    for row in range(rows):
        for column in range(columns):
            run = 0
            while column + run < columns and free[row, column + run]:
                run += 1
            side = 0
            while side < SQUARE_MASK and row + side < rows and column + side < columns:
                if not free[row : row + side + 1, column : column + side + 1].all():
                    break
                side += 1
            assert flags[row, column] >> RUN_SHIFT == run
            assert squares[row, column] == side
