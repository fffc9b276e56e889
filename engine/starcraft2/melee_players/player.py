"""Scripted melee players: pure functions of what a seat sees, for every race, in three strengths.

They keep no memory: a worker on its way to build says so. So the same Frame always gives the same commands. All that
they give are the game's own abilities, and all that they know is in the Frame and on the map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np

from engine.core.frame import Commands, Frame, Outcome
from engine.starcraft2.melee_players.army import fight
from engine.starcraft2.melee_players.economy import mine, spend
from engine.starcraft2.melee_players.facts import NUM_TYPES
from engine.starcraft2.melee_players.plans import PLANS, STRENGTHS, Strength
from engine.starcraft2.melee_players.view import View
from engine.starcraft2.tables import KIND_OF, KINDS, RACES

DECISION_LOOPS: Final = 16
"""A player with `every` n decides in one of n spans of so many loops."""


def play(frame: Frame, commands: Commands, *, strength: Strength) -> None:
    """Append what a scripted player of a strength commands, for every row of the Frame.

    Args:
        frame: each row belongs to a player of any race.
        commands: appended to.
        strength: of all rows.
    """
    for row in range(len(frame.player)):
        if frame.outcome[row] == Outcome.IN_PLAY and frame.num_units[row]:
            _play_row(frame, row, commands, strength)


def _play_row(frame: Frame, row: int, commands: Commands, strength: Strength) -> None:
    units = frame.units[row, : frame.num_units[row]]
    own = units["type"][(units["player"] == frame.player[row]) & (units["type"] < NUM_TYPES)]
    if not len(own):
        return
    race = RACES[int(np.bincount(KINDS["race"][KIND_OF[own]]).argmax())]
    plan = PLANS[race, strength]
    if frame.frame[row] // DECISION_LOOPS % plan.every:
        return
    view = View(frame, row, commands)
    fight(view, plan)
    spend(view, race, plan)
    mine(view)


MELEE_PLAYERS: Final[Mapping[str, Callable[[Frame, Commands], None]]] = MappingProxyType(
    {strength: partial(play, strength=strength) for strength in STRENGTHS}
)
"""Scripted melee players by strength; they play the race that they are given."""
