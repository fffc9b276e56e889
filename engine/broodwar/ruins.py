"""What becomes of the work of a building that dies: its queue, its research, its add-on, its gas. MECHANICS.md 10."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.addons import abandon_addon, drop_addon
from engine.broodwar.armies import begin_building
from engine.broodwar.nydus import NYDUS_CANAL, close_canal
from engine.broodwar.production_table import NEUTRAL_PLAYER, PRODUCTION, VESPENE_GEYSER
from engine.broodwar.research import OF_A_DEAD_BUILDING, drop_research
from engine.broodwar.state import NO_SLOT, ORDER_NOTHING
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.training import drop_training
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]


@inline
def leave_work_behind(units: Units, game: Game, index: Index, i: int) -> None:
    """End what dying unit `i` was making; a refinery leaves its geyser.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit, still on the map.
    """
    u = units[i]
    if u.train_count > 0:
        drop_training(units, game, index, i)
    if not UNIT_TYPES[u.type].building:
        return
    if u.type == NYDUS_CANAL:
        close_canal(units, game, i)
    drop_addon(units, game, i)
    abandon_addon(units, game, index, i)
    drop_research(units, game, i, OF_A_DEAD_BUILDING)
    if PRODUCTION[u.type].is_refinery:
        resources = whole(u.resources)
        geyser = begin_building(
            units, game, index, VESPENE_GEYSER, NEUTRAL_PLAYER, whole(u.x), whole(u.y), ORDER_NOTHING
        )
        if geyser != NO_SLOT:
            v = units[geyser]
            v.resources = resources
            v.is_complete = 1
            v.build_frames = 0
            v.hp_256 = UNIT_TYPES[VESPENE_GEYSER].max_hp << 8
