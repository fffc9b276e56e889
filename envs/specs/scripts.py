"""Rows that a scripted player commands: who plays a seat may change from battle to battle, without a new process.

`action/script` says for each row who commands its units: 0 the choices in `action`, k the scripted player
`SCRIPTS[k - 1]`, which then runs inside the game process on what that seat sees.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from bridge.layout import ArraySpec
from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from engine.core.rules import BROODWAR, PLAYER_NAMES, rules_of

SCRIPT: Final = "action/script"
"""Name of the array."""

NO_SCRIPT: Final = 0
"""The row's commands come from `action`."""

SCRIPTS: Final[tuple[str, ...]] = PLAYER_NAMES

SCRIPT_SPECS: Final[Mapping[str, ArraySpec]] = MappingProxyType({SCRIPT: ArraySpec(shape=(), dtype=np.dtype(np.int8))})


def script_number(name: str) -> int:
    """Return what `action/script` holds for a scripted player.

    >>> [script_number(name) for name in SCRIPTS]
    [1, 2, 3, 4, 5]

    Raises:
        ValueError: there is no such player.
    """
    return SCRIPTS.index(name) + 1


def let_scripts_command(frame: Frame, arrays: Arrays, commands: Commands, game: str = BROODWAR) -> None:
    """Replace the commands of the rows that belong to scripted players by theirs.

    Args:
        frame: what the rows see.
        arrays: `action/script` is read; `info/invalid_actions` of those rows becomes 0.
        commands: as decoded from `action`.
        game: whose players.
    """
    script = arrays[SCRIPT]
    if not np.count_nonzero(script):  # the usual case; `any` takes several times as long
        return
    players = rules_of(game).players
    is_scripted = script != NO_SCRIPT
    commands.count[is_scripted] = 0
    arrays["info/invalid_actions"][is_scripted] = 0
    for number in np.unique(script[is_scripted]).tolist():
        # A player commands every unit that it is shown, so the other rows show it none.
        num_units = np.where(script == number, frame.num_units, 0).astype(np.int32)
        players[SCRIPTS[number - 1]](dataclasses.replace(frame, num_units=num_units), commands)
