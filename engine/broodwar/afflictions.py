"""What spells leave on a unit: timers that tick once per status cycle, and what they do until they run out.

Source: MECHANICS.md 7.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.damage import deal_damage
from engine.broodwar.finder import first_at_least, in_window, x_edges
from engine.broodwar.order_queue import stop_moving
from engine.broodwar.rules_table import WEAPON_TYPE_NAMES
from engine.broodwar.speed import refresh_speed
from engine.broodwar.state import DISABLED, MAX_SPORES, NO_SLOT
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import length, whole
from engine.core.jit import inline

Unit = Any  # a UNIT_DTYPE record
Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

STIM_TICKS: Final = 37
LOCKDOWN_TICKS: Final = 131
STASIS_TICKS: Final = 131
MAELSTROM_TICKS: Final = 22
ENSNARE_TICKS: Final = 75
PLAGUE_TICKS: Final = 75
IRRADIATE_TICKS: Final = 75
MATRIX_TICKS: Final = 168
SPORE_TICKS: Final = 150
MATRIX_256: Final = 250 << 8

PLAGUE_256: Final = (300 << 8) // 76
"""Damage of plague per tick; it never kills."""

IRRADIATE_256: Final = (250 << 8) // 75
IRRADIATE_PX: Final = 32
"""Damage per tick to everything organic so near, the bearer too."""

IRRADIATE: Final = WEAPON_TYPE_NAMES.index("Irradiate")


@inline
def clear_afflictions(u: Unit) -> None:
    """Free `u` of every spell."""
    u.is_afflicted = 0
    u.stim_timer = 0
    u.lockdown_timer = 0
    u.stasis_timer = 0
    u.maelstrom_timer = 0
    u.ensnare_timer = 0
    u.plague_timer = 0
    u.irradiate_timer = 0
    u.irradiated_by = NO_SLOT
    u.matrix_timer = 0
    u.matrix_256 = 0
    u.storm_timer = 0
    u.num_spores = 0
    for k in range(MAX_SPORES):
        u.spore_timers[k] = 0
    u.is_blind = 0
    u.parasites = 0
    u.status &= ~DISABLED


@inline
def is_exposed(u: Unit) -> bool:
    """Say whether a spell on `u` gives it away to everybody, cloaked or not."""
    shows = u.plague_timer + u.ensnare_timer + u.irradiate_timer + u.matrix_timer + u.lockdown_timer
    return bool(shows + u.stasis_timer + u.maelstrom_timer + u.num_spores > 0)


@inline
def disable(u: Unit, game: Game) -> None:
    """Make `u` do nothing from now on."""
    stop_moving(u, game)
    u.next_speed_256 = 0
    u.speed_256 = 0
    u.velocity_x_256 = 0
    u.velocity_y_256 = 0
    u.status |= DISABLED
    u.is_afflicted = 1


@inline
def add_spore(u: Unit) -> None:
    """Let one more acid spore stick to `u`; with nine of them, the oldest begins anew."""
    at = 0
    for k in range(MAX_SPORES):
        if u.spore_timers[k] < u.spore_timers[at]:
            at = k
    if u.spore_timers[at] == 0:
        u.num_spores += 1
    u.spore_timers[at] = SPORE_TICKS
    u.is_afflicted = 1


@inline
def _irradiate(units: Units, game: Game, index: Index, i: int) -> None:
    """Hurt what is organic about unit `i`, which is irradiated."""
    u = units[i]
    n = game.capacity
    count = game.num_edges
    base = x_edges(n)
    x0 = u.x - IRRADIATE_PX
    y0 = u.y - IRRADIATE_PX
    begin = first_at_least(index, base, count, x0)
    at = begin
    while at < count and index[base + at] <= u.x + IRRADIATE_PX:
        j = in_window(units, index, n, at, begin, x0, y0, u.x + IRRADIATE_PX + 1, u.y + IRRADIATE_PX + 1)
        at += 1
        if j < 0 or units[j].hp_256 == 0:
            continue
        t = UNIT_TYPES[units[j].type]
        if t.organic and not t.building and length(units[j].x - u.x, units[j].y - u.y) <= IRRADIATE_PX:
            deal_damage(units, game, index, j, IRRADIATE, IRRADIATE_256, 1, whole(u.irradiated_by))


@inline
def tick(units: Units, game: Game, index: Index, i: int) -> None:
    """Count the timers of unit `i` down by one status cycle.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        i: the unit.
    """
    u = units[i]
    u.storm_timer = 0
    if u.stasis_timer > 0:
        u.stasis_timer -= 1
    else:
        if u.plague_timer > 0:
            u.plague_timer -= 1
            if u.hp_256 > PLAGUE_256:
                u.hp_256 -= PLAGUE_256
        if u.irradiate_timer > 0:
            u.irradiate_timer -= 1
            _irradiate(units, game, index, i)
    u.lockdown_timer = max(u.lockdown_timer - 1, 0)
    u.maelstrom_timer = max(u.maelstrom_timer - 1, 0)
    if u.ensnare_timer > 0:
        u.ensnare_timer -= 1
        if u.ensnare_timer == 0:
            refresh_speed(u)
    if u.matrix_timer > 0:
        u.matrix_timer -= 1
        if u.matrix_timer == 0:
            u.matrix_256 = 0
    for k in range(MAX_SPORES):
        if u.spore_timers[k] > 0:
            u.spore_timers[k] -= 1
            if u.spore_timers[k] == 0:
                u.num_spores -= 1
    if u.lockdown_timer + u.stasis_timer + u.maelstrom_timer == 0:
        u.status &= ~DISABLED
    u.is_afflicted = 1 if is_exposed(u) else 0
