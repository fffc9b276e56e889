"""The state of a batch of StarCraft II games as flat arrays: one row of every array is one game.

* `games` (G,) GAME_DTYPE: frame number (game loop), random state, counters.
* `units` (G, N) UNIT_DTYPE: slot = index; a unit's id is slot + SLOTS_PER_GENERATION * generation.
* `index` (G, N) int32: slots of all living units in the order in which they came; the first `num_units` are valid.
* `pending` (G, P) PENDING_DTYPE: commands that wait for their latency.

Positions are 1/4096 cell, y downwards; points 1/4096; weapon times 1/4096 loop; headings 1/65536 turn, 0 north, then
clockwise. References to other units are unit ids, so a dead unit's is simply nobody's.
"""

from __future__ import annotations

from typing import Final

import numpy as np

SLOTS_PER_GENERATION: Final = 4096
NOBODY: Final = -1
"""A unit id that no unit has."""

NUM_PLAYERS: Final = 2
NEUTRAL_PLAYER: Final = 15
"""Owner of minerals and geysers; the real game's interface calls it 16, and the players 1 and 2."""

MAX_ORDERS: Final = 8
QUEUE_LENGTH: Final = 5

GATHER: Final = 3666
RETURN_CARGO: Final = 3667
"""Abilities of workers who pass through other units."""

# What a slot holds.
SLOT_FREE: Final = 0
SLOT_ALIVE: Final = 1
SLOT_DEAD: Final = 2  # until the loop's end

# unit.phase: of an attack
NOT_ATTACKING: Final = 0
WINDING_UP: Final = 1
SWINGING_BACK: Final = 2

UNIT_DTYPE: Final = np.dtype(
    [
        ("slot_state", np.int32),
        ("generation", np.int32),
        ("kind", np.int32),  # row of tables.KINDS
        ("player", np.int32),
        ("x", np.int32),
        ("y", np.int32),
        ("moved_x", np.int32),  # in the last loop
        ("moved_y", np.int32),
        ("speed", np.int32),  # 1/4096 cell per loop
        ("heading", np.int32),
        ("hp", np.int32),
        ("shield", np.int32),
        ("energy", np.int32),
        ("shield_wait", np.int32),  # loops until shields regenerate
        ("cooldown", np.int32),  # until the weapon may begin its next attack
        ("phase", np.int32),
        ("phase_timer", np.int32),
        ("aim", np.int32),  # id of the unit that the attack under way is aimed at
        ("target", np.int32),  # id of the unit that it found to attack, NOBODY
        ("help_wait", np.int32),  # loops until it may call for help again
        ("num_orders", np.int32),
        ("order_ability", np.int32, (MAX_ORDERS,)),
        ("order_target", np.int32, (MAX_ORDERS,)),  # unit id, NOBODY for a place
        ("order_x", np.int32, (MAX_ORDERS,)),
        ("order_y", np.int32, (MAX_ORDERS,)),
        ("goal_x", np.int32),  # what the waypoint leads to
        ("goal_y", np.int32),
        ("waypoint_x", np.int32),
        ("waypoint_y", np.int32),
        ("waypoint_wait", np.int32),  # loops until the way is looked for again
        ("stuck", np.int32),  # loops without getting nearer
        ("side", np.int32),  # on which it goes round others: 1 or -1
        ("hit_frame", np.int32),  # last loop in which it was hurt
        ("fired_frame", np.int32),  # last loop in which its weapon fired
        ("is_healed", np.int32),  # last loop in which it was healed
        ("is_passive", np.int32),  # never looks for targets itself
        ("is_complete", np.int32),
        ("build_loops", np.int32),  # left until it is complete
        ("resources", np.int32),
        ("cargo", np.int32),  # minerals or gas that a worker carries
        ("cargo_is_gas", np.int32),
        ("digs_at", np.int32),  # id of the field or refinery that a worker is at work in, NOBODY
        ("dig_timer", np.int32),  # 1/4096 loop
        ("digger", np.int32),  # of a field or refinery: id of the worker at work in it
        ("num_in_queue", np.int32),
        ("queue", np.int32, (QUEUE_LENGTH,)),  # rows of tables.MADE
        ("queue_loops", np.int32),  # left for the first
    ],
    align=True,
)
"""One unit."""

GAME_DTYPE: Final = np.dtype(
    [
        ("rng", np.int64),  # first, so that there are no gaps between fields, whose bytes would be nobody's promise
        ("frame", np.int32),
        ("capacity", np.int32),
        ("num_units", np.int32),
        ("num_pending", np.int32),
        ("num_deaths", np.int32, (NUM_PLAYERS,)),
        ("minerals", np.int32, (NUM_PLAYERS,)),
        ("gas", np.int32, (NUM_PLAYERS,)),
        ("num_refused", np.int32, (NUM_PLAYERS,)),
        ("last_result", np.int32, (NUM_PLAYERS,)),
        ("full_vision", np.int32),
        ("has_died", np.int32),  # somebody did in this loop
    ],
    align=True,
)
"""One game."""

PENDING_DTYPE: Final = np.dtype(
    [
        ("frame", np.int32),  # executed before this loop
        ("player", np.int32),
        ("unit_id", np.int32),
        ("ability", np.int32),
        ("target_id", np.int32),
        ("x", np.int32),  # 1/4096 cell
        ("y", np.int32),
        ("queued", np.int32),
    ],
    align=True,
)
"""One command on its way."""
