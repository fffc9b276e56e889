"""Mineral fields, most units of a melee game: between two steps of their scripts, if they have one, only clocks run.

So they sleep until the next one, and their clocks are set when they wake: at the end of a call at the latest, so that
nobody outside sees them asleep.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.counters import NEEDS, STATUS_CYCLE_FRAMES
from engine.broodwar.orders import ORDER_CLOCK
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.state import (
    BURROWED,
    CLOAKED,
    DISABLED,
    FADES,
    HAS_TURRET,
    ORDER_NOTHING,
    STATE_FIXED,
)
from engine.broodwar.towers import SCAN_FRAMES
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]
Naps = NDArray[np.int64]

SINCE: Final = 0
"""Row of a nap: the last frame that the unit was awake in."""

UNTIL: Final = 1
"""Row: the last that it sleeps through, AWAKE if it does not sleep."""

NAP_SIZE: Final = 2
AWAKE: Final = -1
LONGEST_NAP_FRAMES: Final = 1 << 24
"""Of who has no script: more than calls have; whoever wakes with nothing to do falls asleep again."""

SHORTEST_CALL_FRAMES: Final = 8
"""In shorter calls nobody falls asleep: to look after naps takes longer than they save."""

MAY_SLEEP: Final = (PRODUCTION["is_mineral_field"] == 1) & (NEEDS == 0)
"""(unit types,) of which units may sleep."""


@inline
def fall_asleep(u: Any, game: Game, naps: Naps, i: int) -> None:
    """Let unit `i`, which has just counted down and waits for its script, sleep until then, if nothing else runs on it.

    Args:
        u: its record.
        game: GAME_DTYPE record.
        naps: (NAP_SIZE, N) int64.
        i: the unit.
    """
    watches = u.status & (DISABLED | HAS_TURRET | CLOAKED | BURROWED | FADES) or u.movement_state != STATE_FIXED
    ticks = u.ground_cooldown | u.air_cooldown | u.stim_timer | u.is_afflicted | u.move_target_timer | u.is_unpowered
    clocks = 1 <= u.main_timer <= SCAN_FRAMES and 0 <= u.order_timer <= ORDER_CLOCK
    if watches or ticks or not clocks or u.order != ORDER_NOTHING or u.queue_count > 0:
        return
    frames = LONGEST_NAP_FRAMES if u.script_at < 0 else whole(u.script_wait)
    if frames > 0:
        naps[SINCE, i] = game.frame
        naps[UNTIL, i] = game.frame + frames


@inline
def wake(units: Units, naps: Naps, i: int, frame: int) -> None:
    """Set the clocks of unit `i` as they are after `frame`; no effect on who is awake."""
    if naps[UNTIL, i] == AWAKE:
        return
    u = units[i]
    slept = whole(frame - naps[SINCE, i])
    naps[UNTIL, i] = AWAKE
    u.main_timer = (u.main_timer - 1 - slept) % SCAN_FRAMES + 1
    u.cycle = (u.cycle + slept) % STATUS_CYCLE_FRAMES
    if u.order == ORDER_NOTHING:  # what it was told in its sleep began with a clock of its own
        u.order_timer = (u.order_timer - slept) % (ORDER_CLOCK + 1)
    if u.script_at >= 0:
        u.script_wait -= slept


@inline
def wake_all(units: Units, game: Game, index: Index, naps: Naps, frame: int) -> None:
    """Set the clocks of all units on the map as they are after `frame`."""
    for k in range(game.num_units):
        wake(units, naps, whole(index[k]), frame)
