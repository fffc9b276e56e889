"""How far it is on the ground."""

from __future__ import annotations

import heapq
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

DIAGONAL: Final = math.sqrt(2)


def distances(free: NDArray[np.bool_], column: int, row: int) -> NDArray[np.float32]:
    """Return how far every cell is from one on the ground, in eight directions, never between two closed cells.

    Args:
        free: (height, width) bool.
        column: of the cell to begin at; it may be closed itself.
        row: likewise.

    Returns:
        (height, width) float32, cells; infinity where no way leads.
    """
    height, width = free.shape
    out = np.full(free.shape, np.inf, np.float32)
    is_free = free.tolist()
    far = [[math.inf] * width for _ in range(height)]
    far[row][column] = 0.0
    heap = [(0.0, row, column)]
    while heap:
        length, r, c = heapq.heappop(heap)
        if length > far[r][c]:
            continue
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                nr, nc = r + dr, c + dc
                if not (0 <= nr < height and 0 <= nc < width and is_free[nr][nc]):
                    continue
                if dr and dc and not (is_free[r][nc] and is_free[nr][c]):
                    continue
                reach = length + (DIAGONAL if dr and dc else 1.0)
                if reach < far[nr][nc]:
                    far[nr][nc] = reach
                    heapq.heappush(heap, (reach, nr, nc))
    out[:] = far
    return out


def nearest_free(free: NDArray[np.bool_], column: int, row: int) -> tuple[int, int]:
    """Return the free cell nearest to one, itself if it is free: clients ask for ways from their town hall's centre.

    Args:
        free: (height, width) bool.
        column: of the cell.
        row: likewise.

    Returns:
        Column and row; the cell itself where none is free.
    """
    if free[row, column]:
        return column, row
    rows, columns = np.nonzero(free)
    if not len(rows):
        return column, row
    best = int(((rows - row) ** 2 + (columns - column) ** 2).argmin())
    return int(columns[best]), int(rows[best])
