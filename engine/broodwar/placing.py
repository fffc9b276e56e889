"""Where a unit finds room: the search for the free place nearest to a point, in the game's own order.

Source: MECHANICS.md 3.5 and 12.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.collision import first_inside
from engine.broodwar.order_queue import BOTTOM_MARGIN_PX, clamped_x, clamped_y
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import box_blocked
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SEARCH_BEFORE_PX: Final = 128
SEARCH_BEHIND_PX: Final = 127
SEARCH_STEP_PX: Final = 8
RING_STEP_PX: Final = 16


@inline
def _stands_free(units: Units, game: Game, index: Index, terrain: Terrain, kind: int, x: int, y: int) -> bool:
    """Say whether the map allows a unit of type `kind` at (x, y); other units do not matter."""
    t = UNIT_TYPES[kind]
    if y + t.down >= game.height_px - BOTTOM_MARGIN_PX:
        return False
    return t.flyer or not box_blocked(terrain, x - t.left, y - t.up, x + t.right, y + t.down)


@inline
def _blocker_at(units: Units, game: Game, index: Index, kind: int, x: int, y: int) -> int:
    t = UNIT_TYPES[kind]
    return first_inside(units, game, index, x - t.left, y - t.up, x + t.right, y + t.down, t.flyer)


@inline
def _round_down(value: int) -> int:
    return value // SEARCH_STEP_PX * SEARCH_STEP_PX


@inline
def _search_side(
    units: Units, game: Game, index: Index, terrain: Terrain, kind: int, x: int, y: int, end: int, dx: int, dy: int
) -> tuple[bool, int, int]:
    """Walk one side of the search ring from (x, y) until coordinate `end`; return the first free place."""
    while True:
        at = x * dx * dx + y * dy * dy
        if (at - end) * (dx + dy) > 0:
            return False, 0, 0
        t = UNIT_TYPES[kind]
        inside = x - t.left >= 0 and y - t.up >= 0 and x + t.right < game.width_px
        if inside and y + t.down < game.height_px - BOTTOM_MARGIN_PX:
            j = _blocker_at(units, game, index, kind, x, y)
            if j < 0:
                if _stands_free(units, game, index, terrain, kind, x, y):
                    return True, x, y
            else:  # skip past the blocker, on to the grid of eight
                s = UNIT_TYPES[units[j].type]
                if dx > 0:
                    x += units[j].x + s.right + 1 - (x - t.left)
                    x += -x & 7
                elif dx < 0:
                    x -= x + t.right - (units[j].x - s.left - 1)
                    x -= -x & 7
                elif dy > 0:
                    y += units[j].y + s.down + 1 - (y - t.up)
                    y += -y & 7
                else:
                    y -= y + t.down - (units[j].y - s.up - 1)
                    y -= -y & 7
                continue
        x += SEARCH_STEP_PX * dx
        y += SEARCH_STEP_PX * dy


@inline
def find_place(
    units: Units, game: Game, index: Index, terrain: Terrain, kind: int, x: int, y: int
) -> tuple[bool, int, int]:
    """Return the free place nearest to (x, y) in the game's order of search: outward, ring by ring.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        kind: unit type id.
        x: pixels.
        y: pixels.

    Returns:
        (found, x, y).
    """
    t = UNIT_TYPES[kind]
    low_x = max(x - SEARCH_BEFORE_PX, 0)
    low_y = max(y - SEARCH_BEFORE_PX, 0)
    high_x = min(x + SEARCH_BEHIND_PX, game.width_px - 1)
    high_y = min(y + SEARCH_BEHIND_PX, game.height_px - BOTTOM_MARGIN_PX - 1)
    blocker = _blocker_at(units, game, index, kind, x, y)
    if blocker < 0 and _stands_free(units, game, index, terrain, kind, x, y):
        return True, x, y
    width = SEARCH_STEP_PX
    height = SEARCH_STEP_PX
    if blocker >= 0:
        s = UNIT_TYPES[units[blocker].type]
        width = max(width, t.left + s.right + 2)
        height = max(height, t.up + s.down + 2)
    while not (x - width < low_x and y - height < low_y and x + width > high_x and y + height > high_y):
        left = max(_round_down(max(x - width, 0)), low_x)
        top = max(_round_down(max(y - height, 0)), low_y)
        right = min(_round_down(x + width + 7), high_x)
        bottom = min(_round_down(y + height + 7), high_y)
        inset = 0
        if width * 2 > (t.left + t.right + 1) * 2:
            inset = _round_down(t.left + t.right + 1 + 7)
        found, fx, fy = _search_side(units, game, index, terrain, kind, left + inset, bottom, right, 1, 0)
        if not found:
            found, fx, fy = _search_side(units, game, index, terrain, kind, right, bottom, top, 0, -1)
        if not found:
            found, fx, fy = _search_side(units, game, index, terrain, kind, right, top, left, -1, 0)
        if not found:
            found, fx, fy = _search_side(units, game, index, terrain, kind, left, top, bottom, 0, 1)
        if found:
            return True, fx, fy
        width += RING_STEP_PX
        height += RING_STEP_PX
    return False, 0, 0


@inline
def set_place(u: Any, x: int, y: int) -> None:
    """Let `u`, which is not on the map, be at (x, y), with nowhere to go."""
    u.x = x
    u.y = y
    u.x_256 = x << 8
    u.y_256 = y << 8
    u.move_x = x
    u.move_y = y
    u.way_x = x
    u.way_y = y
    u.look_x = x
    u.look_y = y


@inline
def take_place(units: Units, game: Game, index: Index, terrain: Terrain, i: int, x: int, y: int) -> bool:
    """Give unit `i`, which is not on the map, the free place nearest to (x, y); return whether there is one."""
    kind = whole(units[i].type)
    found, fx, fy = find_place(units, game, index, terrain, kind, x, y)
    if found:
        set_place(units[i], clamped_x(kind, fx, game), clamped_y(kind, fy, game, BOTTOM_MARGIN_PX))
    return found
