"""The state of a batch of Brood War games as flat arrays: one row of every array is one game.

Layout, all with a leading game axis:

* `games`  (G,) GAME_DTYPE: frame number, random state, counters.
* `units`  (G, N) UNIT_DTYPE: slot = index; a unit's id is slot + SLOTS_PER_GENERATION * generation.
* `bullets` (G, B) BULLET_DTYPE, kept in the game's list order.
* `index`  (G, ...) int32: the list of units in order of update, the box edges sorted by x and by y, and the count of
  flyers per repulsion cell (see `index_size` and the OFFSET functions).
* `pending` (G, P) PENDING_DTYPE: commands that wait for their latency.

Positions are pixels; `_256` fields are 1/256 pixel, 1/256 point or 1/256 pixel per frame. Directions are 0-255.
References to other units are slots; a unit's death clears every reference to it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.batch import SLOT_ALIVE as SLOT_ALIVE
from engine.core.batch import SLOTS_PER_GENERATION as SLOTS_PER_GENERATION
from engine.core.frame import NUM_TECHS, NUM_UPGRADES

NO_SLOT: Final = -1
QUEUE_LENGTH: Final = 8
TRAIN_QUEUE_LENGTH: Final = 5
PATH_LENGTH: Final = 50
ROUTE_LENGTH: Final = 50
NUM_PLAYERS: Final = 12
MAX_STRUCK: Final = 16
MAX_SPORES: Final = 9
REPULSION_CELL_PX: Final = 48

# What a slot holds, if not SLOT_ALIVE.
SLOT_FREE: Final = 0
SLOT_TURRET: Final = 2  # part of another unit: in no list, known to its base only

# unit.movement_flags
TURNING: Final = 1
MOVING: Final = 2
STOPPING: Final = 4
ATTACKING: Final = 8
HAS_WAYPOINTS: Final = 0x10
KEEP_SPEED: Final = 0x20
NEAR_WAYPOINT: Final = 0x40

# unit.status
NOT_INTERRUPTIBLE: Final = 1
NO_BREAK: Final = 2
IMMOVABLE: Final = 8
READY_TO_ATTACK: Final = 16
PROVOKED: Final = 32  # took its target because it was shot at
HOLDS_POSITION: Final = 64
GATHERING: Final = 128  # passes through other units
PASSES_ALL: Final = 512  # a builder inside its building: nobody stands in its way, nor it in anybody's
BURROWED: Final = 1024
CLOAKED: Final = 2048  # sees to it that only detectors show it
HALLUCINATION: Final = 4096
HAS_TURRET: Final = 65536
FADES: Final = 131072  # its lifetime runs
INTANGIBLE: Final = 32768  # a cloud, web or scan: nobody can attack it, nobody bumps into it
CLOAKS_ITSELF: Final = 16384  # and pays for it with energy
DISABLED: Final = 8192  # locked down, in stasis or in a maelstrom: does nothing at all
MAY_OVERLAP: Final = 256  # must look whether it stands on somebody

# unit.user_flags
ORDER_WAITING: Final = 1
START_DELAY: Final = 2

# unit.path_flags
PATH_TARGET_CHANGED: Final = 1
PATH_GIVEN_UP: Final = 2  # stopped on its way out of somebody

# How a unit moves (flingy.dat's movement type).
BY_THRUST: Final = 0
AT_CONSTANT_SPEED: Final = 1
BY_SCRIPT: Final = 2

# unit.movement_state; numbers as in the recorded games.
STATE_INIT: Final = 0
STATE_INIT_SEQUENCE: Final = 1
STATE_FIXED: Final = 2
STATE_FIXED_TURNING: Final = 5
STATE_FLYER: Final = 7
STATE_AT_REST: Final = 9
STATE_DORMANT: Final = 10
STATE_AT_MOVE_TARGET: Final = 11
STATE_CHECK_ILLEGAL: Final = 12
STATE_MOVE_TO_LEGAL: Final = 13
STATE_FAILED_PATH: Final = 15
STATE_RETRY_PATH: Final = 16
STATE_START_PATH: Final = 17
STATE_ORDER_DELAY: Final = 18
STATE_TURN_AND_START: Final = 19
STATE_FACE_TARGET: Final = 20
STATE_NEW_MOVE_TARGET: Final = 21
STATE_ANOTHER_PATH: Final = 22
STATE_REPATH: Final = 23
STATE_REPATH_MOVERS: Final = 24
STATE_FOLLOW_PATH: Final = 25
STATE_SCOUT_PATH: Final = 26
STATE_FIX_COLLISION: Final = 28
STATE_WAIT_FREE: Final = 29
STATE_GET_FREE: Final = 30
STATE_SLIDE_PREPARE: Final = 31
STATE_SLIDE_FREE: Final = 32
STATE_FORCE_MOVE_FREE: Final = 33
STATE_FIX_TERRAIN: Final = 34
STATE_TERRAIN_SLIDE: Final = 35

# unit.order: BWAPI Order ids.
ORDER_DIE: Final = 0
ORDER_STOP: Final = 1
ORDER_GUARD: Final = 2
ORDER_PLAYER_GUARD: Final = 3
ORDER_TURRET_GUARD: Final = 4
ORDER_BUNKER_GUARD: Final = 5
ORDER_MOVE: Final = 6
ORDER_REAVER_STOP: Final = 7
ORDER_ATTACK_UNIT: Final = 10
ORDER_ATTACK_FIXED_RANGE: Final = 11
ORDER_ATTACK_MOVE: Final = 14
ORDER_INFESTED_COMMAND_CENTER: Final = 15
ORDER_TOWER_GUARD: Final = 18
ORDER_TOWER_ATTACK: Final = 19
ORDER_VULTURE_MINE: Final = 20
ORDER_STAY_IN_RANGE: Final = 21
ORDER_TURRET_ATTACK: Final = 22
ORDER_NOTHING: Final = 23
ORDER_DRONE_START_BUILD: Final = 25
ORDER_DRONE_BUILD: Final = 26
ORDER_CAST_INFESTATION: Final = 27
ORDER_INFESTING_COMMAND_CENTER: Final = 29
ORDER_PLACE_BUILDING: Final = 30
ORDER_PLACE_PROTOSS_BUILDING: Final = 31
ORDER_CONSTRUCTING_BUILDING: Final = 33
ORDER_REPAIR: Final = 34
ORDER_MOVE_TO_REPAIR: Final = 35
ORDER_PLACE_ADDON: Final = 36
ORDER_BUILD_ADDON: Final = 37
ORDER_TRAIN: Final = 38
ORDER_ZERG_BIRTH: Final = 41
ORDER_ZERG_UNIT_MORPH: Final = 42
ORDER_ZERG_BUILDING_MORPH: Final = 43
ORDER_INCOMPLETE_BUILDING: Final = 44
ORDER_INCOMPLETE_MORPHING: Final = 45
ORDER_BUILD_NYDUS_EXIT: Final = 46
ORDER_ENTER_NYDUS_CANAL: Final = 47
ORDER_INCOMPLETE_WARPING: Final = 48
ORDER_FOLLOW: Final = 49
ORDER_CARRIER: Final = 50
ORDER_CARRIER_STOP: Final = 52
ORDER_CARRIER_ATTACK: Final = 53
ORDER_CARRIER_HOLD_POSITION: Final = 57
ORDER_REAVER: Final = 58
ORDER_REAVER_ATTACK: Final = 59
ORDER_REAVER_HOLD_POSITION: Final = 62
ORDER_INTERCEPTOR_ATTACK: Final = 64
ORDER_SCARAB_ATTACK: Final = 65
ORDER_RECHARGE_SHIELDS_UNIT: Final = 66
ORDER_INTERCEPTOR_RETURN: Final = 69
ORDER_DRONE_LAND: Final = 70
ORDER_TRAIN_FIGHTER: Final = 63
ORDER_BUILDING_LAND: Final = 71
ORDER_BUILDING_LIFT_OFF: Final = 72
ORDER_LIFTING_OFF: Final = 74
ORDER_RESEARCH_TECH: Final = 75
ORDER_UPGRADE: Final = 76
ORDER_LARVA: Final = 77
ORDER_SPAWNING_LARVA: Final = 78
ORDER_MOVE_TO_GAS: Final = 81
ORDER_WAIT_FOR_GAS: Final = 82
ORDER_HARVEST_GAS: Final = 83
ORDER_RETURN_GAS: Final = 84
ORDER_MOVE_TO_MINERALS: Final = 85
ORDER_WAIT_FOR_MINERALS: Final = 86
ORDER_MINING_MINERALS: Final = 87
ORDER_GATHERING_INTERRUPTED: Final = 88  # BWAPI: Harvest3
ORDER_WAITING_INTERRUPTED: Final = 89  # BWAPI: Harvest4
ORDER_RETURN_MINERALS: Final = 90
ORDER_ENTER_TRANSPORT: Final = 92
ORDER_PICKUP_IDLE: Final = 93
ORDER_PICKUP_TRANSPORT: Final = 94
ORDER_PICKUP_BUNKER: Final = 95
ORDER_SIEGING: Final = 98
ORDER_UNSIEGING: Final = 99
ORDER_WATCH_TARGET: Final = 100
ORDER_INIT_CREEP_GROWTH: Final = 101
ORDER_SPREAD_CREEP: Final = 102
ORDER_ARCHON_WARP: Final = 105
ORDER_COMPLETING_ARCHON_SUMMON: Final = 106
ORDER_HOLD_POSITION: Final = 107
ORDER_UNLOAD: Final = 111
ORDER_MOVE_UNLOAD: Final = 112
ORDER_BURROWING: Final = 116
ORDER_BURROWED: Final = 117
ORDER_UNBURROWING: Final = 118
ORDER_NUKE_PAINT: Final = 126
ORDER_INITIALIZE_ARBITER: Final = 130
ORDER_CLOAK_NEARBY_UNITS: Final = 131
ORDER_PLACE_MINE: Final = 132
ORDER_SUICIDE_UNIT: Final = 134
ORDER_SUICIDE_LOCATION: Final = 135
ORDER_RESET_COLLISION: Final = 150
ORDER_RESET_HARVEST_COLLISION: Final = 151
ORDER_PATROL: Final = 152
ORDER_MEDIC: Final = 175
ORDER_MEDIC_HEAL: Final = 176
ORDER_HEAL_MOVE: Final = 177
ORDER_MEDIC_HOLD_POSITION: Final = 178
ORDER_DARK_ARCHON_MELD: Final = 183

# unit.carries
CARRIES_GAS: Final = 1
CARRIES_MINERALS: Final = 2

# bullet.state
BULLET_INIT: Final = 0
BULLET_FLYING: Final = 1
BULLET_FOLLOWING: Final = 2
BULLET_DYING: Final = 3
BULLET_PERSISTING: Final = 4

_FLINGY_FIELDS: Final = [
    ("x", np.int32),
    ("y", np.int32),
    ("x_256", np.int32),
    ("y_256", np.int32),
    ("velocity_x_256", np.int32),
    ("velocity_y_256", np.int32),
    ("move_x", np.int32),  # where it wants to be in the end
    ("move_y", np.int32),
    ("way_x", np.int32),  # where it goes next
    ("way_y", np.int32),
    ("look_x", np.int32),  # what it faces when it does not move
    ("look_y", np.int32),
    ("heading", np.int32),  # drawn and aimed direction
    ("turn_goal", np.int32),  # direction wanted
    ("course", np.int32),  # direction of motion of the last finished step
    ("new_course", np.int32),  # direction of motion of the step at hand
    ("speed_256", np.int32),  # of the step at hand
    ("next_speed_256", np.int32),  # that the next step starts from
    ("top_speed_256", np.int32),
    ("acceleration_256", np.int32),
    ("halt_256", np.int32),  # halt distance at unmodified top speed
    ("base_top_256", np.int32),
    ("base_acceleration_256", np.int32),
    ("turn_rate", np.int32),
    ("turn_growth", np.int32),  # missiles turn ever faster
    ("mover", np.int32),
    ("movement_flags", np.int32),
    ("next_x", np.int32),  # the step at hand: where it would end
    ("next_y", np.int32),
    ("next_x_256", np.int32),
    ("next_y_256", np.int32),
    ("step_256", np.int32),
    ("flags_after", np.int32),
    ("starts", np.int32),
    ("stops", np.int32),
]

CACHE_LINE: Final = 64


def _in_whole_lines(fields: list[Any]) -> np.dtype[np.void]:
    """Return an aligned record type whose size is a multiple of a cache line."""
    packed = np.dtype(fields, align=True)
    assert packed.names is not None
    assert packed.fields is not None
    return np.dtype(
        {
            "names": list(packed.names),
            "formats": [packed.fields[name][0] for name in packed.names],
            "offsets": [packed.fields[name][1] for name in packed.names],
            "itemsize": -(-packed.itemsize // CACHE_LINE) * CACHE_LINE,
        },
        align=True,
    )


UNIT_DTYPE: Final = _in_whole_lines(
    [
        # What every unit is asked in every frame, then what a unit that stands is: a cache line each.
        ("status", np.int32),
        ("movement_state", np.int32),
        ("turret", np.int32),  # slot of what turns on it
        ("type", np.int32),
        ("main_timer", np.int32),
        ("ground_cooldown", np.int32),
        ("air_cooldown", np.int32),
        ("shield_256", np.int32),
        ("is_complete", np.int32),
        ("cycle", np.int32),  # 8-frame clock of the status timers
        ("stim_timer", np.int32),
        ("is_afflicted", np.int32),  # any of what follows is on it; timers count in status cycles of 8 frames
        ("hp_256", np.int32),
        ("energy_256", np.int32),
        ("move_target_timer", np.int32),
        ("order", np.int32),
        ("order_timer", np.int32),  # 9-frame order clock
        ("secondary_order", np.int32),
        ("script_wait", np.int32),
        ("script_at", np.int32),  # next operation
        ("is_unpowered", np.int32),  # a Protoss building outside all pylons' fields
        ("order_state", np.int32),
        ("x", np.int32),
        ("y", np.int32),
        ("move_x", np.int32),  # where it wants to be in the end
        ("move_y", np.int32),
        ("look_x", np.int32),  # what it faces when it does not move
        ("look_y", np.int32),
        ("movement_flags", np.int32),
        ("flies", np.int32),
        ("auto_target", np.int32),
        ("order_target", np.int32),
        # Where it is, and its step at hand.
        ("player", np.int32),
        ("left", np.int32),  # box, pixels, inclusive; -1 when not on the map
        ("top", np.int32),
        ("right", np.int32),
        ("bottom", np.int32),
        ("next_x", np.int32),  # the step at hand: where it would end
        ("next_y", np.int32),
        ("way_x", np.int32),  # where it goes next
        ("way_y", np.int32),
        ("x_256", np.int32),
        ("y_256", np.int32),
        ("velocity_x_256", np.int32),
        ("velocity_y_256", np.int32),
        ("blocked_count", np.int32),
        ("slot_state", np.int32),
        ("generation", np.int32),
        # How it turns and how fast it goes.
        ("heading", np.int32),  # drawn and aimed direction
        ("turn_goal", np.int32),  # direction wanted
        ("course", np.int32),  # direction of motion of the last finished step
        ("new_course", np.int32),  # direction of motion of the step at hand
        ("speed_256", np.int32),  # of the step at hand
        ("next_speed_256", np.int32),  # that the next step starts from
        ("top_speed_256", np.int32),
        ("acceleration_256", np.int32),
        ("halt_256", np.int32),  # halt distance at unmodified top speed
        ("base_top_256", np.int32),
        ("base_acceleration_256", np.int32),
        ("turn_rate", np.int32),
        ("turn_growth", np.int32),  # missiles turn ever faster
        ("mover", np.int32),
        ("next_x_256", np.int32),
        ("next_y_256", np.int32),
        # Whether it goes at all.
        ("step_256", np.int32),
        ("flags_after", np.int32),
        ("starts", np.int32),
        ("stops", np.int32),
        ("has_path", np.int32),
        ("path_flags", np.int32),
        ("path_delay", np.int32),
        ("path_next_x", np.int32),
        ("path_next_y", np.int32),
        ("queue_count", np.int32),
        ("user_flags", np.int32),
        ("is_hidden", np.int32),  # not on the map: in production
        ("is_gathered", np.int32),  # somebody is at work on this field
        ("container", np.int32),  # bunker, transport or carrier that it is in
        ("animation", np.int32),
        ("pace", np.int32),  # 1: faster than its type, -1: slower; set by `speed.refresh_speed`
        # The rest.
        ("order_x", np.int32),
        ("order_y", np.int32),
        ("mount", np.int32),  # of a turret: slot of what it turns on
        ("detected", np.int32),  # of a cloaked or burrowed unit: bit per player who sees it all the same
        ("detection_timer", np.int32),
        ("field_timer", np.int32),  # frames for which an arbiter's field still hides it
        ("lifetime", np.int32),  # frames until it is gone; 0 for those who live on
        ("lockdown_timer", np.int32),
        ("stasis_timer", np.int32),
        ("maelstrom_timer", np.int32),
        ("ensnare_timer", np.int32),
        ("plague_timer", np.int32),
        ("irradiate_timer", np.int32),
        ("irradiated_by", np.int32),  # slot
        ("matrix_timer", np.int32),
        ("matrix_256", np.int32),  # damage that the matrix still takes
        ("storm_timer", np.int32),  # a storm has hit it in this cycle
        ("num_spores", np.int32),  # of acid
        ("spore_timers", np.int32, (MAX_SPORES,)),
        ("is_blind", np.int32),
        ("parasites", np.int32),  # bit per player who sees what it sees
        ("healed_frame", np.int32),  # the last in which a medic was at work on it
        ("spider_mines", np.int32),
        ("broods_for", np.int32),  # player whose broodlings come out when it dies; -1 for none
        ("queue_order", np.int32, (QUEUE_LENGTH,)),
        ("queue_target", np.int32, (QUEUE_LENGTH,)),
        ("queue_x", np.int32, (QUEUE_LENGTH,)),
        ("queue_y", np.int32, (QUEUE_LENGTH,)),
        ("started_attack", np.int32),  # frame of the last attack start
        ("hit_frame", np.int32),  # frame of the last damage taken
        ("move_target", np.int32),  # unit that it moves to
        ("repulsion_direction", np.int32),
        ("repulsion_flags", np.int32),
        ("repulsion_cell", np.int32),
        ("path_frame", np.int32),  # frame it was made
        ("path_goal_x", np.int32),
        ("path_goal_y", np.int32),
        ("path_blocker", np.int32),  # id of the unit last bumped into
        ("path_speed_256", np.int32),  # speed before the bump
        ("path_slide", np.int32),
        ("path_count", np.int32),
        ("path_at", np.int32),
        ("path_x", np.int16, (PATH_LENGTH,)),
        ("path_y", np.int16, (PATH_LENGTH,)),
        ("route_count", np.int32),  # regions still to cross
        ("route_total", np.int32),
        ("route_at", np.int32),
        ("route", np.int16, (ROUTE_LENGTH,)),
        ("resources", np.int32),  # minerals or gas in a field or geyser
        ("carries", np.int32),
        ("cargo", np.int32),  # how much it carries
        ("gather_target", np.int32),  # field that it works on or waits for
        ("gathers", np.int32),  # works on it; else it waits
        ("gather_ticket", np.int32),  # who waits longest has the lowest
        ("patch", np.int32),  # field to come back to
        ("patch_x", np.int32),  # where that was; -1 for nowhere
        ("patch_y", np.int32),
        ("build_frames", np.int32),  # until it is complete
        ("build_type", np.int32),  # what it is about to build
        ("builder", np.int32),  # who builds it
        ("home", np.int32),  # hatchery of a larva or egg
        ("larva_timer", np.int32),
        ("creep_timer", np.int32),
        ("larva_sides", np.int32, (4,)),  # how much each side is used: left, top, right, bottom
        ("secondary_state", np.int32),
        ("product", np.int32),  # unit that it makes
        ("train_count", np.int32),
        ("train_types", np.int32, (TRAIN_QUEUE_LENGTH,)),
        ("rally_unit", np.int32),
        ("rally_x", np.int32),  # where its products go; -1 for nowhere
        ("rally_y", np.int32),
        ("addon", np.int32),  # a building's add-on, an add-on's building, a nydus canal's other end
        ("tech", np.int32),  # that it researches
        ("upgrade", np.int32),  # that it works on
        ("research_frames", np.int32),  # until that is done
        ("is_faster", np.int32),  # its speed upgrade is done, or it never needed one
        ("former_hp_256", np.int32),  # of the drone that a building was
        ("num_fighters", np.int32),  # interceptors of a carrier, scarabs of a reaver, guns in a bunker
        ("num_flown", np.int32),  # of a carrier's interceptors: those that are units by now, out or aboard
    ]
)
"""One unit slot: what is asked together lies together, most often asked first."""


def empty_units(num_games: int, capacity: int) -> NDArray[np.void]:
    """Return (num_games, capacity) UNIT_DTYPE of zeros in which every unit begins at a cache line."""
    size = num_games * capacity * UNIT_DTYPE.itemsize
    data = np.zeros(size + CACHE_LINE, np.uint8)
    first = -data.ctypes.data % CACHE_LINE
    return data[first : first + size].view(UNIT_DTYPE).reshape(num_games, capacity)


BULLET_DTYPE: Final = np.dtype(
    [
        *_FLINGY_FIELDS,
        ("weapon", np.int32),
        ("player", np.int32),
        ("source", np.int32),
        ("target", np.int32),
        ("state", np.int32),
        ("missed", np.int32),
        ("harmless", np.int32),  # a hallucination shot it
        ("lifetime", np.int32),
        ("strikes_in", np.int32),  # frames from the end of its flight to its damage
        ("bounces", np.int32),
        ("previous", np.int32),  # victim before the present target
        ("num_struck", np.int32),
        ("struck", np.int16, (MAX_STRUCK,)),  # slots that a line of spines has hit
        ("script_at", np.int32),
        ("script_wait", np.int32),
        ("has_sprite", np.int32),
    ],
    align=True,
)
"""One bullet."""

GAME_DTYPE: Final = np.dtype(
    [
        ("rng", np.uint32),
        ("frame", np.int32),
        ("order_clock", np.int32),
        ("trigger_timer", np.int32),
        ("num_units", np.int32),  # in the update list
        ("num_hidden", np.int32),  # at the far end of the update list: units that are not on the map
        ("num_edges", np.int32),
        ("num_bullets", np.int32),
        ("num_pending", np.int32),
        ("num_deaths", np.int32, (NUM_PLAYERS,)),  # since the player's last observation
        ("width_px", np.int32),
        ("height_px", np.int32),
        ("capacity", np.int32),
        ("full_vision", np.int32),
        ("minerals", np.int32, (NUM_PLAYERS,)),
        ("gas", np.int32, (NUM_PLAYERS,)),
        ("num_swarms", np.int32),  # dark swarms on the map
        ("num_webs", np.int32),  # disruption webs
        ("num_receding", np.int32),  # build tiles whose creep recedes
        ("recede_timer", np.int32),
        ("tickets", np.int32),  # given to workers that wait for a field
        ("upgrades", np.uint8, (NUM_PLAYERS, NUM_UPGRADES)),  # level reached
        ("techs", np.uint8, (NUM_PLAYERS, NUM_TECHS)),  # 1: known
        ("upgrading", np.uint8, (NUM_PLAYERS, NUM_UPGRADES)),  # 1: under way in one of the player's buildings
        ("researching", np.uint8, (NUM_PLAYERS, NUM_TECHS)),
        ("num_refused", np.int32, (NUM_PLAYERS,)),  # commands of the player that were not allowed
        ("psi_is_stale", np.int32),  # a pylon or a building that needs one has come or gone
        ("last_refusal", np.int32, (NUM_PLAYERS,)),  # why the last of these was not: `engine.broodwar.errors`
    ],
    align=True,
)
"""Scalars of one game."""

PENDING_DTYPE: Final = np.dtype(
    [
        ("frame", np.int32),  # executed just before this frame is computed
        ("player", np.int32),
        ("unit_id", np.int32),
        ("type", np.int32),
        ("target_id", np.int32),
        ("x", np.int32),
        ("y", np.int32),
        ("extra", np.int32),
    ],
    align=True,
)
"""A command under way."""


def repulsion_columns(width_px: int) -> int:
    """Return the number of repulsion cells in a row of a map."""
    return (width_px + REPULSION_CELL_PX - 1) // REPULSION_CELL_PX


def index_size(capacity: int, width_px: int, height_px: int) -> int:
    """Return the length of one game's row of `index`: 9 ints per unit slot, then the repulsion cells."""
    return 9 * capacity + repulsion_columns(width_px) * repulsion_columns(height_px)
