"""What a loop gives and takes by itself: weapons cool down, shields and life regenerate, energy grows, fires burn."""

from __future__ import annotations

from typing import Any, Final

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.geometry import Game
from engine.starcraft2.state import SLOT_DEAD
from engine.starcraft2.tables import KINDS, ONE

BURNS: Final = 3
"""Terran structures with less than a third of their life burn (MECHANICS.md section 5)."""

BURN_PER_LOOP: Final = 3 * ONE // 16


@inline
def count_down(u: Any, game: Game) -> None:
    """Let one loop pass for a unit: weapon, shields, energy, what regenerates and what burns."""
    kind = KINDS[u.kind]
    u.cooldown = max(0, whole(u.cooldown) - ONE)
    if u.help_wait > 0:
        u.help_wait -= 1
    if u.shield_wait > 0:
        u.shield_wait -= 1
    elif u.shield < kind.max_shield:
        u.shield = min(whole(u.shield) + kind.shield_regen, whole(kind.max_shield))
    if u.energy < kind.max_energy:
        u.energy = min(whole(u.energy) + kind.energy_regen, whole(kind.max_energy))
    if kind.hp_regen > 0 and u.hp < max_hp_of(game, u):
        u.hp = min(whole(u.hp) + kind.hp_regen, max_hp_of(game, u))


@inline
def burn(u: Any, game: Game) -> None:
    """Take what a burning Terran structure loses in a loop."""
    kind = KINDS[u.kind]
    if kind.is_structure and kind.race == 0 and u.is_complete and whole(u.hp) * BURNS < max_hp_of(game, u):
        u.hp -= BURN_PER_LOOP
        if u.hp <= 0:
            u.hp = 0
            u.slot_state = SLOT_DEAD
            game.has_died = 1
