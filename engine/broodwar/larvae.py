"""Hatcheries and their larvae: when one appears, where, and how it crawls about. Source: MECHANICS.md 10."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import begin_unit, finish_unit
from engine.broodwar.creep import SPREAD_FRAMES, has_creep, spread
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, clamped_x, clamped_y, go_to, kill
from engine.broodwar.presence import move_to_place
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.broodwar.scripts import draw
from engine.broodwar.state import GATHERING, MAY_OVERLAP, ORDER_DIE
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import box_distance
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Terrain = NDArray[np.int32]
Creep = NDArray[np.uint8]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

LARVA: Final = UNIT_TYPE_NAMES.index("Zerg_Larva")
FIRST_FRAME: Final = 1
MAX_LARVAE: Final = 3
LARVA_TICKS: Final = 37
NO_ROOM_TICKS: Final = 3
HOME_PX: Final = 256
STRAY_PX: Final = 10
STEP_PX: Final = 10
BESIDE_PX: Final = 10
FREE_PX: Final = 22
"""So far beyond a new larva the ground must be free."""

MOST_USED: Final = 100
DELIVERY_USE: Final = 25

# Sides of a hatchery, as in `larva_sides` and a larva's order_state.
LEFT: Final = 0
TOP: Final = 1
RIGHT: Final = 2
BOTTOM: Final = 3


@inline
def _larvae_of(units: Units, game: Game, index: Index, i: int) -> int:
    u = units[i]
    count = 0
    for k in range(game.num_units):
        v = units[index[k]]
        near = abs(v.x - u.x) <= HOME_PX and abs(v.y - u.y) <= HOME_PX
        if v.type == LARVA and v.home == i and near and v.order != ORDER_DIE:
            count += 1
    return count


@inline
def _is_free(units: Units, game: Game, index: Index, creep: Creep, x: int, y: int, dx: int, dy: int) -> bool:
    """Say whether a larva may appear at (x, y), with room at (x + dx, y + dy)."""
    fx = x + dx
    fy = y + dy
    if clamped_x(LARVA, x, game) != x or clamped_y(LARVA, y, game, 0) != y or not has_creep(creep, x, y):
        return False
    if clamped_x(LARVA, fx, game) != fx or clamped_y(LARVA, fy, game, 0) != fy:
        return False
    for k in range(game.num_units):
        v = units[index[k]]
        if UNIT_TYPES[v.type].building and not v.flies and v.left <= fx <= v.right and v.top <= fy <= v.bottom:
            return False
    return True


@inline
def _side_place(units: Units, i: int, side: int) -> tuple[int, int, int, int]:
    """Return where a larva appears on a side of hatchery `i`, and the step farther out."""
    u = units[i]
    if side == LEFT:
        return u.left - BESIDE_PX, whole(u.y), -FREE_PX, 0
    if side == TOP:
        return whole(u.x), u.top - BESIDE_PX, 0, -FREE_PX
    if side == RIGHT:
        return u.right + BESIDE_PX, whole(u.y), FREE_PX, 0
    return whole(u.x), u.bottom + BESIDE_PX, 0, FREE_PX


@inline
def spawn_larva(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> bool:
    """Let a larva appear on the least used side of hatchery `i`; return whether there was room."""
    u = units[i]
    best = MOST_USED + 1
    chosen = -1
    for number in range(4):
        side = BOTTOM if number == 0 else LEFT if number == 1 else RIGHT if number == 2 else TOP
        if u.larva_sides[side] >= best:
            continue
        x, y, dx, dy = _side_place(units, i, side)
        if _is_free(units, game, index, creep, x, y, dx, dy):
            best = u.larva_sides[side]
            chosen = side
    if chosen < 0:
        return False
    x, y, _, _ = _side_place(units, i, chosen)
    larva = begin_unit(units, game, LARVA, whole(u.player), x, y)
    if larva < 0:
        return False
    if not finish_unit(units, game, index, terrain, larva, -1):
        return False
    move_to_place(units, game, index, larva, x, y)
    units[larva].home = i
    units[larva].order_state = chosen
    units[larva].status |= GATHERING  # it minds buildings only
    if game.frame > FIRST_FRAME:
        units[larva].status |= MAY_OVERLAP  # recorded: it sets out a frame later than those of a game's beginning
    return True


@inline
def run_hatchery(units: Units, game: Game, index: Index, terrain: Terrain, creep: Creep, i: int) -> None:
    """Run the secondary order of a building that spreads creep: its creep, and larvae if it has any. Every frame."""
    u = units[i]
    if not u.is_complete:
        return
    if PRODUCTION[u.type].produces_larva and u.order_timer == 0 and _larvae_of(units, game, index, i) < MAX_LARVAE:
        if u.larva_timer > 0:
            u.larva_timer -= 1
        elif spawn_larva(units, game, index, terrain, creep, i):
            u.larva_timer = LARVA_TICKS
        else:
            u.larva_timer = NO_ROOM_TICKS
    if u.creep_timer > 0:
        u.creep_timer -= 1
    elif u.creep_timer == 0:
        u.creep_timer = SPREAD_FRAMES
        spread(units, game, index, terrain, creep, whole(u.x), whole(u.y))


@inline
def note_delivery(units: Units, i: int, j: int) -> None:
    """Remember from which side worker `i` came to hatchery `j`: larvae appear where less goes on."""
    u = units[i]
    v = units[j]
    for side in range(4):
        if v.larva_sides[side] > 0:
            v.larva_sides[side] -= 1
    side = RIGHT
    if u.y < v.top:
        side = TOP
    elif u.y > v.bottom:
        side = BOTTOM
    elif u.x < v.left:
        side = LEFT
    if v.larva_sides[side] < MOST_USED:
        v.larva_sides[side] += DELIVERY_USE


@inline
def _is_on_side(units: Units, j: int, side: int, x: int, y: int) -> bool:
    v = units[j]
    if side == LEFT:
        return bool(x <= v.left)
    if side == TOP:
        return bool(y <= v.top)
    if side == RIGHT:
        return bool(x >= v.right)
    return bool(y >= v.bottom)


@inline
def crawl(units: Units, game: Game, creep: Creep, i: int) -> None:
    """Run the order Larva: stay near home, on its side, on creep; die where there is neither."""
    u = units[i]
    home = whole(u.home)
    if home >= 0 and box_distance(units, i, home) > STRAY_PX:
        approach(units, i, home)
        u.look_x = units[home].x
        u.look_y = units[home].y
    if not is_at_goal(u):
        return
    strays = home < 0 or u.move_target != home
    if strays and not has_creep(creep, whole(u.x), whole(u.y)):
        kill(units, game, i)
        return
    roll = draw(game)
    x = whole(u.x + STEP_PX if roll & 8 else u.x - STEP_PX)
    y = whole(u.y + STEP_PX if roll & 0x80 else u.y - STEP_PX)
    inside = 0 <= x < game.width_px and 0 <= y < game.height_px
    if not inside or not has_creep(creep, x, y):
        return
    side = whole(u.order_state)
    if home >= 0 and not _is_on_side(units, home, side, x, y):
        if _is_on_side(units, home, side, whole(u.x), whole(u.y)):
            return
        x, y, _, _ = _side_place(units, home, side)
    go_to(u, game, x, y)
    u.look_x = x
    u.look_y = y
