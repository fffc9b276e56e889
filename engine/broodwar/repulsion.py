"""Flyers that share a place drift apart.

The map is divided into cells of 48 px with a count of flyers; in a cell with two or more, each is pushed by half a
unit vector per frame in a direction of its own. Source: MECHANICS.md 3.6.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.finder import repulsion_cells
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.scripts import draw
from engine.broodwar.state import NO_BREAK, NOT_INTERRUPTIBLE, REPULSION_CELL_PX
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import DIRECTION_TABLE, direction_to, truncated, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

CELL_MAX: Final = 255
REDRAW_FRAMES: Final = 7
MAP_EDGE_PX: Final = 32
JITTER_256: Final = 5

# Each of the sixteen kinds of flyer adds its own small bias to the push: (x, y) signs.
JITTER_SIGNS: Final = np.array(
    [
        (-1, -1), (-1, 1), (1, -1), (1, 1), (1, -1), (1, 1), (-1, -1), (-1, 1),
        (-1, 1), (1, -1), (-1, -1), (1, 1), (-1, 1), (1, -1), (1, 1), (-1, -1),
    ],
    np.int32,
)  # fmt: skip


@inline
def cell_of(game: Game, x: int, y: int) -> int:
    """Return the number of the cell of a pixel."""
    columns = (game.width_px + REPULSION_CELL_PX - 1) // REPULSION_CELL_PX
    return whole(y // REPULSION_CELL_PX * columns + x // REPULSION_CELL_PX)


@inline
def _drifts(u: Any) -> bool:
    t = UNIT_TYPES[u.type]
    return u.flies and t.can_move and not t.building


@inline
def enter_cell(units: Units, game: Game, index: Index, i: int) -> None:
    """Count unit `i` in its cell; the first time, draw its direction and kind."""
    u = units[i]
    if not _drifts(u):
        return
    if u.repulsion_flags & 0xF0 == 0:
        value = draw(game)
        u.repulsion_direction = value & 255
        kind = value >> 8 & 0xF0
        u.repulsion_flags = kind if kind != 0 else 0xF0
    u.repulsion_flags &= ~7
    u.repulsion_cell = cell_of(game, u.x, u.y)
    at = repulsion_cells(game.capacity) + u.repulsion_cell
    index[at] = min(index[at] + 1, CELL_MAX)


@inline
def leave_cell(units: Units, game: Game, index: Index, i: int) -> None:
    """Count unit `i` out of its cell."""
    u = units[i]
    if not _drifts(u):
        return
    at = repulsion_cells(game.capacity) + u.repulsion_cell
    index[at] = max(index[at] - 1, 0)


@inline
def change_cell(units: Units, game: Game, index: Index, i: int) -> None:
    """Recount unit `i` if it crossed into another cell."""
    u = units[i]
    if _drifts(u) and cell_of(game, u.x, u.y) != u.repulsion_cell:
        leave_cell(units, game, index, i)
        enter_cell(units, game, index, i)


@inline
def _signed(direction: int) -> int:
    return ((direction + 128) & 255) - 128


@inline
def _choose_direction(u: Any, game: Game) -> None:
    """Relate the push to the course, and keep it off the map's edges."""
    push = u.repulsion_direction
    if not is_at_goal(u):
        course = direction_to(u.move_x - u.x, u.move_y - u.y)
        offset = (push - course) & 255
        push = (course + offset % 32 + (32 if offset < 128 else -64)) & 255
    t = UNIT_TYPES[u.type]
    if u.x - t.left < MAP_EDGE_PX:
        if _signed(push) < 0:
            push = -push & 255
        u.repulsion_flags &= 0xF
    elif u.x + t.right + 1 > game.width_px - MAP_EDGE_PX:
        if _signed(push) > 0:
            push = -push & 255
        u.repulsion_flags &= 0xF
    if u.y - t.up < MAP_EDGE_PX:
        if _signed(push + 64) >= 0:
            push = (-push - 128) & 255
        u.repulsion_flags &= 0xF
    elif u.y + t.down + 1 > game.height_px - MAP_EDGE_PX:
        if _signed(push + 64) < 0:
            push = (-push - 128) & 255
        u.repulsion_flags &= 0xF
    u.repulsion_direction = push


@inline
def _biased(push: int, bias: int) -> int:
    """Add a flyer's bias to one component of its push, so that it never changes the component's sign."""
    if push > bias * 4:
        return push - bias
    if push > 0:
        return push + bias
    if push < -bias * 4:
        return push + bias
    if push < 0:
        return push - bias
    return push


@inline
def push_away(units: Units, game: Game, index: Index, i: int) -> bool:
    """Shift the planned step of flyer `i` if its cell is crowded; return whether it was."""
    u = units[i]
    if not _drifts(u) or u.status & (NOT_INTERRUPTIBLE | NO_BREAK):
        return False
    crowd = index[repulsion_cells(game.capacity) + u.repulsion_cell]
    if crowd <= 1:
        u.repulsion_flags &= ~7
        return False
    if u.repulsion_flags & 7:
        u.repulsion_flags -= 1
    else:
        u.repulsion_flags |= REDRAW_FRAMES
        _choose_direction(u, game)
    x = truncated(DIRECTION_TABLE[u.repulsion_direction, 0], 2)
    y = truncated(DIRECTION_TABLE[u.repulsion_direction, 1], 2)
    if is_at_goal(u):
        x = truncated(x * (crowd // 4 + 1), 2)
        y = truncated(y * (crowd // 4 + 1), 2)
    kind = u.repulsion_flags >> 4
    u.next_x_256 += _biased(x, JITTER_256 * JITTER_SIGNS[kind, 0])
    u.next_y_256 += _biased(y, JITTER_256 * JITTER_SIGNS[kind, 1])
    u.next_x = u.next_x_256 >> 8
    u.next_y = u.next_y_256 >> 8
    return True
