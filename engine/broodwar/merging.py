"""Two templars become one archon: they walk up to each other, one vanishes, the other is done after its build time.

Source: MECHANICS.md 1.2; the archon is there from the start with what it will have, and does nothing until it is done.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, kill, order_done, stop_moving
from engine.broodwar.rules_table import NO_TYPE, UNIT_TYPE_NAMES
from engine.broodwar.state import (
    CLOAKED,
    CLOAKS_ITSELF,
    HALLUCINATION,
    IMMOVABLE,
    NO_SLOT,
    NOT_INTERRUPTIBLE,
    ORDER_COMPLETING_ARCHON_SUMMON,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import box_distance
from engine.broodwar.transforming import become
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

MERGE_PX: Final = 12
"""How near the two must be; not measured."""

MELD_ENERGY_MAX_256: Final = 50 << 8
HIGH_TEMPLAR: Final = UNIT_TYPE_NAMES.index("Protoss_High_Templar")
DARK_TEMPLAR: Final = UNIT_TYPE_NAMES.index("Protoss_Dark_Templar")
ARCHON: Final = UNIT_TYPE_NAMES.index("Protoss_Archon")
DARK_ARCHON: Final = UNIT_TYPE_NAMES.index("Protoss_Dark_Archon")


@inline
def merged_type(kind: int) -> int:
    """Return what two units of a type become together, NO_TYPE if nothing."""
    if kind == HIGH_TEMPLAR:
        return ARCHON
    return DARK_ARCHON if kind == DARK_TEMPLAR else NO_TYPE


@inline
def may_merge(units: Units, i: int, j: int) -> bool:
    """Say whether units `i` and `j` could become one."""
    if j < 0 or i == j or units[i].player != units[j].player or units[i].type != units[j].type:
        return False
    if (units[i].status | units[j].status) & HALLUCINATION or units[j].hp_256 == 0:
        return False
    return merged_type(whole(units[i].type)) != NO_TYPE and not units[j].is_hidden


@inline
def run_merging(units: Units, game: Game, index: Index, i: int) -> None:
    """Run ArchonWarp, DarkArchonMeld or CompletingArchonSummon of unit `i`, in every frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the templar.
    """
    u = units[i]
    if u.order == ORDER_COMPLETING_ARCHON_SUMMON:
        if u.build_frames > 0:
            u.build_frames -= 1
            return
        u.is_complete = 1
        u.status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)
        return
    j = whole(u.order_target)
    if not may_merge(units, i, j) or units[j].order_target != i:
        stop_moving(u, game)
        order_done(units, game, i)
    elif box_distance(units, i, j) <= MERGE_PX:
        energy = whole(u.energy_256)
        kind = merged_type(whole(u.type))
        stop_moving(u, game)
        kill(units, game, j)
        become(units, game, index, i, kind)
        t = UNIT_TYPES[kind]
        u.hp_256 = t.max_hp << 8
        u.shield_256 = t.max_shield << 8
        u.energy_256 = min(energy, MELD_ENERGY_MAX_256)
        u.status &= ~(CLOAKED | CLOAKS_ITSELF)
        u.is_complete = 0
        u.build_frames = t.build_time_frames
        u.queue_count = 0
        u.order = ORDER_COMPLETING_ARCHON_SUMMON
        u.order_target = NO_SLOT
        u.status |= NOT_INTERRUPTIBLE
    elif is_at_goal(u) and u.status & IMMOVABLE and u.order_state == 1:
        order_done(units, game, i)
    elif u.order_state == 0 or u.move_target_timer == 0:
        approach(units, i, j)
        u.order_state = 1
