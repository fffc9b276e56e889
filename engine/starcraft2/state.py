"""The state of a batch of StarCraft II games as flat arrays: one row of every array is one game.

* `games` (G,) GAME_DTYPE: frame number (game loop), random state, counters.
* `units` (G, N) UNIT_DTYPE: slot = index; a unit's id is slot + SLOTS_PER_GENERATION * generation.
* `index` (G, N) int32: slots of all living units in the order in which they came; the first `num_units` are valid.
* `pending` (G, P) PENDING_DTYPE: commands that wait for their latency.
* `effects` (G, MAX_EFFECTS) EFFECT_DTYPE: what lies on the map besides units; the first `num_effects` are valid.
* `grids` (G, NUM_GRIDS, rows, columns) uint8: creep, power and sight by cell; of one cell in battles, which have none.

Positions are 1/4096 cell, y downwards; points 1/4096; weapon times 1/4096 loop; headings 1/65536 turn, 0 north, then
clockwise. References to other units are unit ids, so a dead unit's is simply nobody's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.batch import SLOT_ALIVE as SLOT_ALIVE
from engine.core.batch import SLOTS_PER_GENERATION as SLOTS_PER_GENERATION
from engine.core.jit import records

NOBODY: Final = -1
"""A unit id that no unit has."""

NUM_PLAYERS: Final = 2
NEUTRAL_PLAYER: Final = 15
"""Owner of minerals and geysers; the real game's interface calls it 16, and the players 1 and 2."""

MAX_ORDERS: Final = 8
QUEUE_LENGTH: Final = 8
"""Of a structure with a reactor; others have PLAIN_QUEUE."""

PLAIN_QUEUE: Final = 5
MAX_PASSENGERS: Final = 8
MAX_EFFECTS: Final = 64

NUM_BUFFS: Final = 20
BUFF_STIM, BUFF_SLOWED, BUFF_BOOSTED, BUFF_SUPPLY_DROP, BUFF_LOCKED, BUFF_FAST = range(6)
"""Positions in `unit.buffs`: stimpack, concussive shells, chrono boost, extra supplies, lock-on, afterburners."""

BUFF_GUARDED, BUFF_FUNGAL, BUFF_STORM, BUFF_TRANSFUSED, BUFF_ALIGNED = range(6, 11)
BUFF_CHARGING, BUFF_DECLOAKED, BUFF_OVERCHARGED, BUFF_CASTING, BUFF_BLINDED = range(11, 16)
BUFF_BOMBED, BUFF_BOMB_HIT, BUFF_SEIZED, BUFF_CONTAMINATED = range(16, 20)
"""Likewise: guardian shield, fungal growth, psionic storm, transfusion, prismatic alignment, charge, EMP, battery
overcharge, a spell on its way, blinding cloud; a parasitic bomb on it, hurt by one, neural parasite, contaminate."""

NUM_GRIDS: Final = 8
GRID_CREEP: Final = 0
GRID_CREEP_CLOCK: Final = 1
GRID_POWER: Final = 2  # and 3: of players 0 and 1
GRID_SIGHT: Final = 4  # and 5: 0 never seen, 1 seen before, 2 in sight
GRID_KNOWN_CREEP: Final = 6  # and 7: creep as players 0 and 1 saw it last
NEVER_SEEN, SEEN_BEFORE, IN_SIGHT = range(3)

UPGRADE_WORDS: Final = 10
"""32 upgrade ids each."""

NUM_CLASSES: Final = 20
"""Kinds of weapons and armor that upgrades raise, at most (`tables.UPGRADE_CLASSES`)."""

# game.result
PLAYING, WON, LOST, DREW = range(4)

MOVE: Final = 16
ATTACK: Final = 23
GATHER: Final = 3666
RETURN_CARGO: Final = 3667
"""Abilities that more than orders know: workers who gather pass through other units, new units move to a rally."""

# What a slot holds, if not SLOT_ALIVE.
SLOT_FREE: Final = 0
SLOT_DEAD: Final = 2  # until the loop's end
SLOT_INSIDE: Final = 3  # of another unit, which has its slot among its passengers

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
        ("clocks", np.int32),  # whether buffs, waits or a timed life run: else nobody looks at them
        ("queue", np.int32, (QUEUE_LENGTH,)),  # rows of tables.MADE
        ("queue_loops", np.int32, (QUEUE_LENGTH,)),  # left of each; 0 of what has not begun
        ("made_by", np.int32),  # row of tables.MADE by which it is being or was built, NOBODY
        ("builder", np.int32),  # id of the worker who is to build it
        ("builds", np.int32),  # id of the structure that a worker is at work on
        ("paid_minerals", np.int32),  # by a worker, for structures that it has not begun
        ("paid_gas", np.int32),
        ("addon", np.int32),  # id of a structure's add-on
        ("parent", np.int32),  # id of whom it belongs to: an add-on's structure, a larva's hatchery
        ("larva_wait", np.int32),  # loops until a hatchery has its next larva
        ("num_injects", np.int32),
        ("inject_wait", np.int32),  # loops until the first inject hatches
        ("warp_wait", np.int32),  # loops until a warp gate may warp in again
        ("has_power", np.int32),
        ("is_cloaked", np.int32),
        ("detected_by", np.int32),  # bits of players
        ("seen_by", np.int32),  # likewise, in melee games: who has the place it is on in sight
        ("top_speed", np.int32),  # 1/4096 cell per loop just now, 0 for that of its type
        ("is_hallucination", np.int32),
        ("autocast", np.int32),  # bits; what they mean depends on the type
        ("buffs", np.int32, (NUM_BUFFS,)),  # loops left
        ("ability_wait", np.int32, (2,)),  # loops until an ability may be used again
        ("life_left", np.int32),  # loops, 0 of what lives on
        ("carrier", np.int32),  # id of whom it is inside
        ("num_passengers", np.int32),
        ("passengers", np.int32, (MAX_PASSENGERS,)),  # slots
        ("has_rally", np.int32, (2,)),  # of what it makes, and of workers
        ("rally_x", np.int32, (2,)),
        ("rally_y", np.int32, (2,)),
        ("rally_target", np.int32, (2,)),  # unit id, NOBODY
        ("has_nuke", np.int32),  # of a Ghost Academy
        ("parasite", np.int32),  # id of the Infestor that controls it, NOBODY
        ("came_from", np.int32),  # player whose it is again without its parasite
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
        ("is_melee", np.int32),  # sight, creep, power and victory count
        ("num_effects", np.int32),
        ("races", np.int32, (NUM_PLAYERS,)),  # positions in tables.RACES
        ("result", np.int32, (NUM_PLAYERS,)),
        ("upgrades", np.uint32, (NUM_PLAYERS, UPGRADE_WORDS)),  # bits of upgrade ids
        ("levels", np.int32, (NUM_PLAYERS, NUM_CLASSES)),  # of weapons and armor
        ("mined_minerals", np.int32, (NUM_PLAYERS,)),
        ("mined_gas", np.int32, (NUM_PLAYERS,)),
        ("spent_minerals", np.int32, (NUM_PLAYERS,)),
        ("spent_gas", np.int32, (NUM_PLAYERS,)),
        ("lost_minerals", np.int32, (NUM_PLAYERS,)),
        ("lost_gas", np.int32, (NUM_PLAYERS,)),
        ("lost_value", np.int32, (NUM_PLAYERS, 2)),  # minerals and gas: of units, of structures
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

EFFECT_DTYPE: Final = np.dtype(
    [
        ("kind", np.int32),  # effect id of the real game
        ("player", np.int32),
        ("x", np.int32),  # 1/4096 cell
        ("y", np.int32),
        ("loops", np.int32),  # left
        ("wait", np.int32),  # loops until it does what it does
        ("unit", np.int32),  # id of whom it belongs to, NOBODY
        ("amount", np.int32),
    ],
    align=True,
)
"""One effect."""


def _blank() -> NDArray[np.void]:
    """Return (1,) UNIT_DTYPE: a living unit that does nothing and belongs to nobody."""
    blank = np.zeros(1, UNIT_DTYPE)
    blank["slot_state"] = SLOT_ALIVE
    references = ("aim", "target", "order_target", "digs_at", "digger", "made_by", "builder", "builds", "addon")
    for name in (*references, "parent", "carrier", "parasite", "rally_target", "hit_frame", "fired_frame", "is_healed"):
        blank[name] = NOBODY
    blank["is_complete"] = 1
    blank["has_power"] = 1
    blank.setflags(write=False)
    return blank


BLANK: Final = records(_blank())
"""(1,) UNIT_DTYPE: what a slot becomes when somebody moves in."""
