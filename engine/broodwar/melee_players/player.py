"""Scripted melee players: pure functions of what a seat sees, for every race, in several strengths.

They keep no memory: a worker on its way to build says so in its order, money that it will need is set aside, and where
the enemy may still be follows from when each tile was seen last. So the same Frame always gives the same commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np

from engine.broodwar.melee_players.army import fight
from engine.broodwar.melee_players.economy import DECISION_FRAMES, finish_buildings, free_stuck_builders, mine, spend
from engine.broodwar.melee_players.plans import STRENGTHS, Strength, wishes_of
from engine.broodwar.melee_players.view import View
from engine.broodwar.rules_table import RACES, UNIT_TYPES
from engine.core.frame import Commands, Frame, Outcome

_RACE_NAMES: Final = tuple(name.lower() for name in RACES)


def play(frame: Frame, commands: Commands, *, strength: Strength) -> None:
    """Append what a scripted player of a strength commands, for every row of the Frame.

    Args:
        frame: with layers; each row belongs to a player of any race.
        commands: appended to.
        strength: of all rows.
    """
    for row in range(len(frame.player)):
        if frame.outcome[row] == Outcome.IN_PLAY and frame.num_units[row]:
            _play_row(frame, row, commands, strength)


def _play_row(frame: Frame, row: int, commands: Commands, strength: Strength) -> None:
    units = frame.units[row, : frame.num_units[row]]
    own = units["type"][units["player"] == frame.player[row]]
    if not len(own):
        return
    race = _RACE_NAMES[int(np.bincount(UNIT_TYPES["race"][own]).argmax())]
    wishes = wishes_of(race, strength)
    if frame.frame[row] // DECISION_FRAMES % wishes.plan.every:
        return
    view = View(frame, row, commands)
    fight(view, wishes)
    free_stuck_builders(view)
    finish_buildings(view)
    spend(view, wishes)
    mine(view)


MELEE_PLAYERS: Final[Mapping[str, Callable[[Frame, Commands], None]]] = MappingProxyType(
    {strength: partial(play, strength=strength) for strength in STRENGTHS}
)
"""Scripted melee players by strength; they play the race that they are given."""
