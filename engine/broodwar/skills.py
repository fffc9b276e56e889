"""Which orders are special skills, and who runs each: in every frame, or by the nine-frame clock.

Source: MECHANICS.md 1.2.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.cargo import run_cargo
from engine.broodwar.casting import run_cast
from engine.broodwar.hangars import run_hangar
from engine.broodwar.infesting import run_infesting
from engine.broodwar.medics import run_medic
from engine.broodwar.mending import run_mending
from engine.broodwar.merging import run_merging
from engine.broodwar.nuking import run_nuking
from engine.broodwar.order_queue import order_done
from engine.broodwar.spell_table import NO_SPELL, ORDER_TECHS
from engine.broodwar.state import (
    HALLUCINATION,
    NOT_INTERRUPTIBLE,
    ORDER_ARCHON_WARP,
    ORDER_BURROWING,
    ORDER_CARRIER,
    ORDER_CARRIER_ATTACK,
    ORDER_CARRIER_HOLD_POSITION,
    ORDER_CARRIER_STOP,
    ORDER_CAST_INFESTATION,
    ORDER_CLOAK_NEARBY_UNITS,
    ORDER_COMPLETING_ARCHON_SUMMON,
    ORDER_DARK_ARCHON_MELD,
    ORDER_ENTER_TRANSPORT,
    ORDER_HEAL_MOVE,
    ORDER_INFESTED_COMMAND_CENTER,
    ORDER_INFESTING_COMMAND_CENTER,
    ORDER_INITIALIZE_ARBITER,
    ORDER_INTERCEPTOR_ATTACK,
    ORDER_INTERCEPTOR_RETURN,
    ORDER_MEDIC,
    ORDER_MEDIC_HEAL,
    ORDER_MEDIC_HOLD_POSITION,
    ORDER_MOVE_TO_REPAIR,
    ORDER_MOVE_UNLOAD,
    ORDER_NUKE_PAINT,
    ORDER_PICKUP_BUNKER,
    ORDER_PICKUP_TRANSPORT,
    ORDER_PLACE_MINE,
    ORDER_REAVER,
    ORDER_REAVER_ATTACK,
    ORDER_REAVER_HOLD_POSITION,
    ORDER_REAVER_STOP,
    ORDER_RECHARGE_SHIELDS_UNIT,
    ORDER_REPAIR,
    ORDER_SCARAB_ATTACK,
    ORDER_SIEGING,
    ORDER_SUICIDE_LOCATION,
    ORDER_SUICIDE_UNIT,
    ORDER_UNBURROWING,
    ORDER_UNLOAD,
    ORDER_UNSIEGING,
    ORDER_VULTURE_MINE,
)
from engine.broodwar.suicides import run_suicide
from engine.broodwar.tables import ORDER_TYPES
from engine.broodwar.transforming import run_transforming
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

# Who runs an order.
NOBODY: Final = 0
CAST: Final = 1
TRANSFORM: Final = 2
MEDIC: Final = 3
SUICIDE: Final = 4
HANGAR: Final = 5
CARGO: Final = 6
MEND: Final = 7
FIELD: Final = 8
MERGE: Final = 9
NUKE: Final = 10
INFEST: Final = 11

WITHOUT_CLOCK: Final = 16
"""Added to the number of who runs an order in every frame."""


def _skills() -> NDArray[np.int64]:
    """Return (189,) who runs each order."""
    skills = np.zeros(len(ORDER_TYPES), np.int64)
    skills[ORDER_TECHS != NO_SPELL] = CAST
    skills[[ORDER_SIEGING, ORDER_UNSIEGING, ORDER_BURROWING, ORDER_UNBURROWING]] = TRANSFORM | WITHOUT_CLOCK
    skills[[ORDER_MEDIC, ORDER_MEDIC_HEAL, ORDER_HEAL_MOVE, ORDER_MEDIC_HOLD_POSITION]] = MEDIC | WITHOUT_CLOCK
    skills[[ORDER_VULTURE_MINE, ORDER_SCARAB_ATTACK]] = SUICIDE | WITHOUT_CLOCK
    skills[[ORDER_PLACE_MINE, ORDER_SUICIDE_UNIT, ORDER_SUICIDE_LOCATION]] = SUICIDE
    skills[[ORDER_CARRIER, ORDER_CARRIER_ATTACK, ORDER_CARRIER_STOP, ORDER_CARRIER_HOLD_POSITION]] = HANGAR
    skills[[ORDER_REAVER, ORDER_REAVER_ATTACK, ORDER_REAVER_STOP, ORDER_REAVER_HOLD_POSITION]] = HANGAR
    skills[[ORDER_INTERCEPTOR_ATTACK, ORDER_INTERCEPTOR_RETURN]] = HANGAR | WITHOUT_CLOCK
    skills[[ORDER_ENTER_TRANSPORT, ORDER_PICKUP_TRANSPORT, ORDER_PICKUP_BUNKER, ORDER_UNLOAD, ORDER_MOVE_UNLOAD]] = (
        CARGO
    )
    skills[[ORDER_REPAIR, ORDER_MOVE_TO_REPAIR, ORDER_RECHARGE_SHIELDS_UNIT]] = MEND | WITHOUT_CLOCK
    skills[ORDER_INITIALIZE_ARBITER] = FIELD
    skills[[ORDER_ARCHON_WARP, ORDER_DARK_ARCHON_MELD, ORDER_COMPLETING_ARCHON_SUMMON]] = MERGE | WITHOUT_CLOCK
    skills[ORDER_NUKE_PAINT] = NUKE | WITHOUT_CLOCK
    skills[[ORDER_CAST_INFESTATION, ORDER_INFESTING_COMMAND_CENTER, ORDER_INFESTED_COMMAND_CENTER]] = INFEST
    return skills


SKILLS: Final = _skills()


@inline
def run_skill(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run the order of unit `i`, which is a special skill.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    who = SKILLS[units[i].order] & ~WITHOUT_CLOCK
    if who == CAST:
        run_cast(units, bullets, game, index, terrain, i)
    elif who == TRANSFORM:
        run_transforming(units, game, index, i)
    elif who == MEDIC:
        run_medic(units, game, index, i)
    elif who == SUICIDE:
        run_suicide(units, bullets, game, index, terrain, i)
    elif who == HANGAR:
        run_hangar(units, bullets, game, index, terrain, i)
    elif who == CARGO:
        run_cargo(units, game, index, terrain, i)
    elif who == MEND:
        run_mending(units, game, i)
    elif who == MERGE:
        run_merging(units, game, index, i)
    elif who == NUKE:
        run_nuking(units, bullets, game, index, i)
    elif who == INFEST:
        run_infesting(units, game, index, i)
    elif who == FIELD:
        if not units[i].status & HALLUCINATION:
            units[i].secondary_order = ORDER_CLOAK_NEARBY_UNITS
        units[i].status &= ~NOT_INTERRUPTIBLE
        order_done(units, game, i)
