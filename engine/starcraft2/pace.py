"""How fast a unit is just now: upgrades (`data/paces.csv`), creep and buffs on top of its type's speed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import is_boosted
from engine.starcraft2.creep import has_creep
from engine.starcraft2.geometry import Game
from engine.starcraft2.making import has_upgrade
from engine.starcraft2.spell_table import CHARGE, SPELLS
from engine.starcraft2.state import (
    BUFF_ALIGNED,
    BUFF_CHARGING,
    BUFF_FAST,
    BUFF_FUNGAL,
    BUFF_SLOWED,
    BUFF_STIM,
    GRID_CREEP,
)
from engine.starcraft2.tables import (
    KIND_NAMES,
    KINDS,
    LOOPS_PER_SECOND,
    ONE,
    UPGRADE_IDS,
    fixed,
    number_of,
    read_rows,
)
from engine.starcraft2.terrain import Grids

FILE: Final = "paces.csv"

FUNGAL_PACE: Final = ONE // 4
STIM_PACE: Final = ONE * 3 // 2
"""MECHANICS.md section 7."""

SLOWED_PACE: Final = ONE // 2
FAST_PACE: Final = ONE * 17 // 10
RAISED_FAST_PACE: Final = ONE * 14406 // 10000
"""Hit by concussive shells, and with ignited afterburners (game knowledge, not verified); those of a Medivac that an
upgrade makes faster anyway add less (SC2GameData)."""

ALIGNED_PACE: Final = ONE * 3 // 4
"""Speed under a fungal growth and during prismatic alignment (SC2GameData)."""


def _read() -> NDArray[np.int32]:
    table = np.zeros((len(KIND_NAMES), 2), np.int32)
    for row in read_rows(FILE):
        kind = KIND_NAMES.index(row["unit"])
        table[kind] = UPGRADE_IDS[row["upgrade"]], fixed(number_of(FILE, row, "speed_per_s"), ONE / LOOPS_PER_SECOND)
    table.setflags(write=False)
    return table


PACES: Final = _read()
"""(kinds, 2) int32: upgrade id that makes a type faster, 0 for none, and its speed then, 1/4096 cell per loop."""

_CHARGE_PACE: Final = int(SPELLS["amount"][np.flatnonzero(SPELLS["form"] == CHARGE)[0]])


@inline
def own_speed(u: Any, game: Game) -> int:
    """Return a unit's speed with its player's upgrades, 1/4096 cell per loop."""
    if PACES[u.kind, 0] != 0 and has_upgrade(game, u.player, PACES[u.kind, 0]):
        return whole(PACES[u.kind, 1])
    return whole(KINDS[u.kind].speed)


@inline
def set_pace(u: Any, game: Game, grids: Grids) -> None:
    """Note how fast a unit is in this loop.

    Args:
        u: the unit; `top_speed` is written.
        game: the game.
        grids: creep, power and sight.
    """
    speed = own_speed(u, game)
    kind = KINDS[u.kind]
    if game.is_melee and kind.creep_factor != ONE and not kind.is_flyer and has_creep(grids[GRID_CREEP], u.x, u.y):
        speed = speed * kind.creep_factor // ONE
    if u.clocks:
        if u.buffs[BUFF_FUNGAL] > 0:
            speed = speed * FUNGAL_PACE // ONE
        if u.buffs[BUFF_STIM] > 0:
            speed = speed * STIM_PACE // ONE
        if u.buffs[BUFF_SLOWED] > 0:
            speed = speed * SLOWED_PACE // ONE
        if u.buffs[BUFF_FAST] > 0:
            is_raised = is_boosted(game, u.player, u.kind)
            speed = speed * (RAISED_FAST_PACE if is_raised else FAST_PACE) // ONE
        if u.buffs[BUFF_ALIGNED] > 0:
            speed = speed * ALIGNED_PACE // ONE
        if u.buffs[BUFF_CHARGING] > 0:
            speed = speed * _CHARGE_PACE // ONE
    u.top_speed = speed
