"""Which of BWAPI's flags spells, cloaks and shapes set on a unit, as one player sees it."""

from __future__ import annotations

from typing import Any, Final

from engine.broodwar.cloaking import is_hidden_from
from engine.broodwar.state import BURROWED, CLOAKED, HALLUCINATION, ORDER_MOVE_TO_REPAIR, ORDER_REPAIR
from engine.broodwar.transforming import SIEGED_TANK
from engine.core.fixed import whole
from engine.core.jit import inline

Unit = Any  # a UNIT_DTYPE record
Game = Any  # a GAME_DTYPE record

# Bits of engine.core.frame.UnitFlag, as plain numbers for the kernels.
FLAG_BEING_HEALED: Final = 1 << 5
FLAG_BLIND: Final = 1 << 6
FLAG_BURROWED: Final = 1 << 8
FLAG_CLOAKED: Final = 1 << 11
FLAG_DEFENSE_MATRIXED: Final = 1 << 14
FLAG_DETECTED: Final = 1 << 15
FLAG_ENSNARED: Final = 1 << 16
FLAG_HALLUCINATION: Final = 1 << 21
FLAG_IRRADIATED: Final = 1 << 26
FLAG_LOCKED_DOWN: Final = 1 << 29
FLAG_MAELSTROMMED: Final = 1 << 30
FLAG_PARASITED: Final = 1 << 33
FLAG_PLAGUED: Final = 1 << 35
FLAG_REPAIRING: Final = 1 << 37
FLAG_SIEGED: Final = 1 << 40
FLAG_STASISED: Final = 1 << 42
FLAG_UNDER_STORM: Final = 1 << 50


@inline
def _spell_flags(u: Unit) -> int:
    flags = 0
    if u.matrix_timer > 0:
        flags |= FLAG_DEFENSE_MATRIXED
    if u.ensnare_timer > 0:
        flags |= FLAG_ENSNARED
    if u.irradiate_timer > 0:
        flags |= FLAG_IRRADIATED
    if u.lockdown_timer > 0:
        flags |= FLAG_LOCKED_DOWN
    if u.maelstrom_timer > 0:
        flags |= FLAG_MAELSTROMMED
    if u.plague_timer > 0:
        flags |= FLAG_PLAGUED
    if u.stasis_timer > 0:
        flags |= FLAG_STASISED
    if u.storm_timer > 0:
        flags |= FLAG_UNDER_STORM
    return flags


@inline
def skill_flags(u: Unit, game: Game, player: int) -> int:
    """Return the flags that skills set on `u` for a player.

    Args:
        u: UNIT_DTYPE record.
        game: GAME_DTYPE record.
        player: who looks; only the owner is told which of its units are hallucinations or have a parasite.
    """
    flags = whole(0 if is_hidden_from(u, player) else FLAG_DETECTED)
    if u.is_afflicted:
        flags |= _spell_flags(u)
    if u.status & BURROWED:
        flags |= FLAG_BURROWED
    if u.status & CLOAKED:
        flags |= FLAG_CLOAKED
    if u.is_blind:
        flags |= FLAG_BLIND
    if u.type == SIEGED_TANK:
        flags |= FLAG_SIEGED
    if u.healed_frame >= 0 and u.healed_frame >= game.frame - 1:
        flags |= FLAG_BEING_HEALED
    if u.order in (ORDER_REPAIR, ORDER_MOVE_TO_REPAIR):
        flags |= FLAG_REPAIRING
    if u.player == player:
        if u.status & HALLUCINATION:
            flags |= FLAG_HALLUCINATION
        if u.parasites:
            flags |= FLAG_PARASITED
    return flags
