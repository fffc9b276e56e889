"""What calling a function means in each game: who moves and rallies, what a geyser is, which commands are sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.command_types import LARVA, NEVER_COMMANDED
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UNIT_TYPES
from engine.core.frame import UnitCommandType
from engine.core.rules import BROODWAR
from envs.specs.costs import COSTS
from envs.specs.makeable import serving_types
from envs.specs.roster import NUM_TYPES

GATHER_ORDER, RETURN_ORDER, MOVE_ORDER, RALLY_ORDER, RALLY_UNIT_ORDER = range(5)
"""Rows of `CallingRules.orders`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingRules:
    """One game's, never written.

    Attributes:
        moves: (types,) bool by type id: who can be sent somewhere.
        rallies: (types,) bool: whose workers can be.
        geysers: (types,) bool: what a refinery is built on.
        serving: (n, 2) int32: better forms, and what each still serves as.
        orders: (5, 2) int64: UnitCommandType and `extra` of each kind of command that makes nothing.
        is_halted_at_work: a worker at work on a structure, and who turns into something, takes no order before it is
            told to halt, as in StarCraft II.
    """

    moves: NDArray[np.bool_]
    rallies: NDArray[np.bool_]
    geysers: NDArray[np.bool_]
    serving: NDArray[np.int32]
    orders: NDArray[np.int64]
    is_halted_at_work: bool


@cache
def calling_rules_of(game: str) -> CallingRules:
    """Return what calls mean in a game."""
    if game != BROODWAR:
        from envs.specs import sc2_functions  # it loads that game's tables

        return sc2_functions.calling_rules()
    moves = np.zeros(NUM_TYPES, np.bool_)
    moves[: len(UNIT_TYPES)] = (UNIT_TYPES["can_move"] == 1) & (UNIT_TYPES["building"] == 0) & ~NEVER_COMMANDED
    moves[LARVA] = False
    geysers = np.zeros(NUM_TYPES, np.bool_)
    geysers[UNIT_TYPE_NAMES.index("Resource_Vespene_Geyser")] = True
    kinds = (
        UnitCommandType.GATHER,
        UnitCommandType.RETURN_CARGO,
        UnitCommandType.MOVE,
        UnitCommandType.SET_RALLY_POSITION,
        UnitCommandType.SET_RALLY_UNIT,
    )
    return CallingRules(
        moves=moves,
        rallies=COSTS["is_depot"] != 0,
        geysers=geysers,
        serving=serving_types(),
        orders=np.array([(int(kind), 0) for kind in kinds], np.int64),
        is_halted_at_work=False,
    )
