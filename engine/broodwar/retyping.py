"""Units that become another type where they are: eggs, morphs, refineries on geysers. Source: MECHANICS.md 10."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import clear_unit
from engine.broodwar.finder import insert_box, remove_box
from engine.broodwar.repulsion import enter_cell, leave_cell
from engine.broodwar.scripts import INIT, play
from engine.broodwar.speed import apply_speed_upgrade
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def change_type(units: Units, game: Game, index: Index, i: int, kind: int) -> None:
    """Make unit `i`, which is on the map, one of another type: unfinished, with its share of hit points.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
        kind: unit type id.
    """
    u = units[i]
    home = u.home
    share = ((u.hp_256 >> 8) * UNIT_TYPES[kind].max_hp) // max(whole(UNIT_TYPES[u.type].max_hp), 1)
    leave_cell(units, game, index, i)
    remove_box(units, game, index, i)
    order = u.order
    state = u.order_state
    x = u.order_x
    y = u.order_y
    clear_unit(u, kind, whole(u.player), whole(u.x), whole(u.y))
    apply_speed_upgrade(u, game)
    t = UNIT_TYPES[kind]
    u.order = order
    u.order_state = state
    u.order_x = x
    u.order_y = y
    u.home = home
    u.is_hidden = 0
    u.hp_256 = max(share, 1) << 8
    insert_box(units, game, index, i, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
    enter_cell(units, game, index, i)


@inline
def begin_refinery(units: Units, game: Game, index: Index, j: int, kind: int, player: int, order: int) -> None:
    """Make a geyser a refinery that must be built yet; it keeps its gas.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        j: the geyser.
        kind: unit type id of the refinery.
        player: owner.
        order: that it has until it is complete.
    """
    u = units[j]
    t = UNIT_TYPES[kind]
    remove_box(units, game, index, j)
    u.type = kind
    u.player = player
    u.is_complete = 0
    u.build_frames = t.build_time_frames
    u.hp_256 = (t.max_hp << 8) // 10
    u.shield_256 = (t.max_shield << 8) // 10
    u.queue_count = 0
    u.order = order
    u.order_state = 0
    play(u, game, INIT)
    insert_box(units, game, index, j, u.x - t.left, u.y - t.up, u.x + t.right, u.y + t.down)
