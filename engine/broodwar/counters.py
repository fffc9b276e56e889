"""Timers and regeneration of a unit, every frame before its order runs. Source: MECHANICS.md 1.2 and 7."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import tick
from engine.broodwar.cloaking import keep_hidden
from engine.broodwar.order_queue import kill
from engine.broodwar.rules_table import RACES, UNIT_TYPE_NAMES
from engine.broodwar.speed import refresh_speed
from engine.broodwar.state import BURROWED, CLOAKED, CLOAKS_ITSELF, FADES, HALLUCINATION
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.upgraded import energy_max_256
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SHIELD_REGENERATION_256: Final = 7
HP_REGENERATION_256: Final = 4
ENERGY_REGENERATION_256: Final = 8
BURN_256: Final = 20
BURNS_BELOW_PERCENT: Final = 33
STATUS_CYCLE_FRAMES: Final = 8
TERRAN: Final = RACES.index("Terran")
ZERGLING: Final = UNIT_TYPE_NAMES.index("Zerg_Zergling")

# What a type's units may need in every frame.
SHIELD: Final = 1
ENERGY: Final = 2
HP: Final = 4
BURNS: Final = 8
FAST_CLOCK: Final = 16


def _needs() -> NDArray[np.int64]:
    """Return (unit types,) bits of the above; 0 for those whose timers alone run, as mineral fields."""
    needs = np.where(UNIT_TYPES["max_shield"] > 0, SHIELD, 0)
    needs |= np.where(UNIT_TYPES["max_energy"] > 0, ENERGY, 0)
    needs |= np.where(UNIT_TYPES["regenerates_hp"] != 0, HP, 0)
    needs |= np.where((UNIT_TYPES["building"] != 0) & (UNIT_TYPES["race"] == TERRAN), BURNS, 0)
    needs[ZERGLING] |= FAST_CLOCK
    return needs.astype(np.int64)


NEEDS: Final = _needs()


@inline
def _regenerate(units: Units, game: Game, i: int) -> None:
    u = units[i]
    t = UNIT_TYPES[u.type]
    needs = NEEDS[u.type]
    if needs & ENERGY and not u.status & (CLOAKS_ITSELF | HALLUCINATION):
        u.energy_256 = min(u.energy_256 + ENERGY_REGENERATION_256, energy_max_256(u, game))
    if needs & HP and 0 < u.hp_256 < t.max_hp << 8:
        u.hp_256 = min(u.hp_256 + HP_REGENERATION_256, t.max_hp << 8)
    if needs & BURNS and u.hp_256 > 0:
        percent = ((u.hp_256 + 255) >> 8) * 100 // t.max_hp
        if percent <= BURNS_BELOW_PERCENT:
            u.hp_256 = max(u.hp_256 - BURN_256, 0)
            if u.hp_256 == 0:
                kill(units, game, i)


@inline
def count_down(units: Units, game: Game, index: Index, i: int) -> None:
    """Run the timers of unit `i` by one frame.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
    """
    u = units[i]
    if u.main_timer > 0:
        u.main_timer -= 1
    if u.ground_cooldown > 0:
        u.ground_cooldown -= 1
    if u.air_cooldown > 0:
        u.air_cooldown -= 1
    needs = NEEDS[u.type]
    if needs & (SHIELD | FAST_CLOCK):
        full = UNIT_TYPES[u.type].max_shield << 8
        if u.shield_256 < full:
            u.shield_256 = min(u.shield_256 + SHIELD_REGENERATION_256, full)
        if needs & FAST_CLOCK and u.ground_cooldown == 0:
            u.order_timer = 0
    u.cycle += 1
    if u.cycle >= STATUS_CYCLE_FRAMES:
        u.cycle = 0
        if u.stim_timer > 0:
            u.stim_timer -= 1
            if u.stim_timer == 0:
                refresh_speed(u)
        if u.is_afflicted:
            tick(units, game, index, i)
    if u.status & (CLOAKED | BURROWED | FADES):
        if u.status & FADES:
            u.lifetime -= 1
            if u.lifetime <= 0:
                kill(units, game, i)
        if u.status & (CLOAKED | BURROWED):
            keep_hidden(units, game, index, i)
    if needs & (ENERGY | HP | BURNS) and u.is_complete:
        _regenerate(units, game, i)
    if u.move_target_timer > 0:
        u.move_target_timer -= 1
