"""Steps of a walk through any producer's bytes that never leave the message, and the head that they share.

Nothing is followed unchecked. A failure is *sticky*: it is noted once in the head, what was to be read counts as 0, and
the walk ends soon after; the caller then raises and gives nothing away.

The *head* is the kernels' only memory, an array of whole numbers; its places are named below.
"""

from __future__ import annotations

from typing import Final

from bridge.torchcraft.codec_words import Longs, Words
from engine.core.jit import inline

# What went wrong, where, in which slot of which table; then what is left of the limits.
ERROR, AT, TABLE, SLOT, TABLES_LEFT, BYTES_LEFT = range(6)
# The message: kind, its table, its sender (a string), kind and table of the frame in it.
KIND, MESSAGE, DATA_KIND, DATA = range(6, 10)
# StateUpdate and EndGame: numbers, and vectors as (first byte, count); a vector at 0 is absent.
FRAME_FROM_BWAPI, BATTLE_FRAME_COUNT, SCREEN_X, SCREEN_Y, VISIBILITY_W, VISIBILITY_H, IMG_W, IMG_H, GAME_WON = range(
    10, 19
)
UID, DEATHS, STATUS, IMG_MODE, VISIBILITY, IMG_DATA = range(20, 32, 2)
# Frame and FrameDiff: vectors, then numbers, then how many of each there are.
UNITS, ACTIONS, RESOURCES, BULLETS, CREEP, PIDS, COMMANDS = range(32, 46, 2)
WIDTH, HEIGHT, REWARD, IS_TERMINAL = range(46, 50)
NUM_UNITS, NUM_ORDERS, NUM_VARS, NUM_ARGS = range(50, 54)
# Where in the array of words each part begins, and how long it is in all.
W_UNITS, W_RESOURCES, W_PLAYERS, W_COUNTS, W_VAR_IDS, W_VAR_DIFFS, W_ORDER_IDS, W_ORDERS = range(54, 62)
W_BULLETS, W_CREEP, W_ACTION_PLAYERS, W_DEATHS, NUM_WORDS = range(62, 67)
HEAD_SIZE: Final = 68

BEYOND, MISALIGNED, TO_ITSELF, NO_VTABLE, MANY_TABLES, SHARED, NO_ZERO, NO_KIND = range(1, 9)
FEW_CONTAINERS, FEW_VAR_IDS, FEW_ORDER_IDS = range(9, 12)
ERRORS: Final = {
    BEYOND: "reaches beyond the message",
    MISALIGNED: "does not lie at a multiple of 4",
    TO_ITSELF: "leads to itself",
    NO_VTABLE: "has no proper vtable",
    MANY_TABLES: "too many tables",
    SHARED: "shows the same bytes over and over",
    NO_ZERO: "has no zero byte behind its text",
    NO_KIND: "is of no known kind",
    FEW_CONTAINERS: "fewer than there are player ids",
    FEW_VAR_IDS: "fewer than there are var_diffs",
    FEW_ORDER_IDS: "fewer than there are order_diffs",
}

T_MESSAGE, T_STATE, T_END, T_FRAME, T_DIFF, T_PLAYER_UNITS, T_UNIT, T_CONTAINER, T_UNIT_DIFF = range(9)
T_PLAYER_RESOURCES, T_RESOURCES, T_PLAYER_ACTIONS, T_COMMANDS, T_COMMAND = range(9, 14)
TABLES: Final[dict[int, tuple[str, str]]] = {
    T_MESSAGE: ("Message", "msg_type msg uid"),
    T_STATE: (
        "StateUpdate",
        "data_type data deaths frame_from_bwapi battle_frame_count commands_status img_mode screen_position visibility "
        "visibility_size img_data img_size",
    ),
    T_END: ("EndGame", "data_type data game_won"),
    T_FRAME: ("Frame", "units actions resources bullets creep_map width height reward is_terminal"),
    T_DIFF: ("FrameDiff", "pids unitDiffContainers actions resources bullets creep_map reward is_terminal"),
    T_PLAYER_UNITS: ("UnitsOfPlayer", "playerId units"),
    T_UNIT: (
        "Unit",
        "id x y health max_health shield max_shield energy maxCD groundCD airCD flags visible type armor shieldArmor "
        "size pixel_x pixel_y pixel_size_x pixel_size_y groundATK airATK groundDmgType airDmgType groundRange airRange "
        "orders command velocityX velocityY playerId resources buildTechUpgradeType remainingBuildTrainTime "
        "remainingUpgradeResearchTime spellCD associatedUnit associatedCount",
    ),
    T_CONTAINER: ("UnitDiffContainer", "units"),
    T_UNIT_DIFF: (
        "UnitDiff",
        "id var_ids var_diffs order_ids order_diffs order_size velocityX velocityY flags",
    ),
    T_PLAYER_RESOURCES: ("ResourcesOfPlayer", "playerId resources"),
    T_RESOURCES: ("Resources", "ore gas used_psi total_psi upgrades upgrades_level techs"),
    T_PLAYER_ACTIONS: ("ActionsOfPlayer", "playerId actions"),
    T_COMMANDS: ("Commands", "commands"),
    T_COMMAND: ("Command", "code args str"),
}
"""Name and fields of each table, slot by slot (TorchCraft 1.4.0, protocol 30)."""

K_COMMANDS, K_STATE_UPDATE, K_END_GAME, LAST_KIND = 2, 4, 6, 7
K_FRAME, K_FRAME_DIFF = 1, 2

FLAGS_SLOT, ORDERS_SLOT, COMMAND_SLOT, VELOCITY_X_SLOT, VELOCITY_Y_SLOT, NUM_UNIT_SLOTS = 11, 27, 28, 29, 30, 39

UNIT_WORDS: Final = 48
"""Words of 4 bytes of WIRE_UNIT_DTYPE; below, of the others."""
UNIT_DIFF_WORDS: Final = 12
RESOURCES_WORDS: Final = 12
COMMAND_WORDS: Final = 4
"""Code, number of args, first byte and length of the text of a command."""


@inline
def u8(data: Words, at: int) -> int:
    """Return the byte at a place."""
    return (int(data[at >> 2]) >> (8 * (at & 3))) & 0xFF


@inline
def u16(data: Words, at: int) -> int:
    """Return the unsigned number of 2 bytes at an even place."""
    return (int(data[at >> 2]) >> (8 * (at & 2))) & 0xFFFF


@inline
def i32(data: Words, at: int) -> int:
    """Return the number of 4 bytes at a place that is a multiple of 4."""
    return int(data[at >> 2])


@inline
def u32(data: Words, at: int) -> int:
    """Return the unsigned number of 4 bytes at a place that is a multiple of 4."""
    return int(data[at >> 2]) & 0xFFFFFFFF


@inline
def size_of(data: Words) -> int:
    """Return the message's length in bytes."""
    return 4 * int(data.size)


@inline
def fail(head: Longs, error: int, at: int, slot: int) -> int:
    """Note the first failure, and give 0 for what could not be read."""
    if head[ERROR] == 0:
        head[ERROR], head[AT], head[SLOT] = error, at, slot
    return 0


@inline
def open_table(data: Words, head: Longs, at: int, table: int) -> int:
    """Return where the vtable of the table at `at` lies, -1 where there is none."""
    if head[ERROR] == 0:
        head[TABLE] = table
    if at == 0:  # absent, or a failure before
        return -1
    head[TABLES_LEFT] -= 1
    if head[TABLES_LEFT] < 0:
        return fail(head, MANY_TABLES, at, -1) - 1
    vtable = at - i32(data, at)
    if vtable < 0 or vtable & 1 or vtable + 4 > size_of(data):
        return fail(head, NO_VTABLE, at, -1) - 1
    size = u16(data, vtable)
    if size < 4 or size & 1 or vtable + size > size_of(data):
        return fail(head, NO_VTABLE, at, -1) - 1
    return vtable


@inline
def place_of(data: Words, head: Longs, at: int, vtable: int, slot: int, size: int) -> int:
    """Return where a field of `size` bytes lies, 0 where it is absent."""
    entry = 4 + 2 * slot
    if vtable < 0 or entry + 2 > u16(data, vtable):
        return 0
    offset = u16(data, vtable + entry)
    if offset == 0:
        return 0
    if at + offset + size > size_of(data):
        return fail(head, BEYOND, at, slot)
    if offset & 3 and size > 1:
        return fail(head, MISALIGNED, at, slot)
    return at + offset


@inline
def number_at(data: Words, head: Longs, at: int, vtable: int, slot: int) -> int:
    """Return a field's number of 4 bytes, 0 where it is absent."""
    place = place_of(data, head, at, vtable, slot, 4)
    return i32(data, place) if place else 0


@inline
def byte_at(data: Words, head: Longs, at: int, vtable: int, slot: int) -> int:
    """Return a field's byte, 0 where it is absent."""
    place = place_of(data, head, at, vtable, slot, 1)
    return u8(data, place) if place else 0


@inline
def led_to(data: Words, head: Longs, place: int, slot: int) -> int:
    """Return where the distance at `place` leads, with an aligned word to be read there, or 0."""
    distance = u32(data, place)
    if distance == 0:
        return fail(head, TO_ITSELF, place, slot)
    if place + distance + 4 > size_of(data):
        return fail(head, BEYOND, place, slot)
    if distance & 3:
        return fail(head, MISALIGNED, place, slot)
    return place + distance


@inline
def child_at(data: Words, head: Longs, at: int, vtable: int, slot: int) -> int:
    """Return where what a field refers to lies, 0 where it is absent."""
    place = place_of(data, head, at, vtable, slot, 4)
    return led_to(data, head, place, slot) if place else 0


@inline
def item_at(data: Words, head: Longs, vector: int, i: int, table: int, slot: int) -> int:
    """Return where the i-th item of a vector of tables lies, or 0; `table` and `slot` are the vector's."""
    if head[ERROR] == 0:
        head[TABLE] = table
    return led_to(data, head, vector + 4 * i, slot)


@inline
def vector_at(data: Words, head: Longs, at: int, vtable: int, slot: int, item_size: int) -> int:
    """Return where a vector's length lies, with all its items in the message, or 0."""
    place = child_at(data, head, at, vtable, slot)
    if place == 0:
        return 0
    num_bytes = u32(data, place) * item_size
    if place + 4 + num_bytes > size_of(data):
        return fail(head, BEYOND, place, slot)
    head[BYTES_LEFT] -= num_bytes
    if head[BYTES_LEFT] < 0:
        return fail(head, SHARED, place, slot)
    return place


@inline
def length_at(data: Words, place: int) -> int:
    """Return the length of the vector at `place`, 0 where there is none."""
    return u32(data, place) if place else 0


@inline
def note_vector(data: Words, head: Longs, field: int, place: int) -> None:
    """Write first byte and count of a vector into the head."""
    head[field] = place + 4 if place else 0
    head[field + 1] = length_at(data, place)


@inline
def note_text(data: Words, head: Longs, field: int, at: int, vtable: int, slot: int) -> None:
    """Write first byte and length of a string into the head."""
    place = vector_at(data, head, at, vtable, slot, 1)
    end = place + 4 + length_at(data, place)
    if place and (end >= size_of(data) or u8(data, end) != 0):
        place = fail(head, NO_ZERO, place, slot)
    note_vector(data, head, field, place)


@inline
def note_pair(data: Words, head: Longs, field: int, at: int, vtable: int, slot: int) -> None:
    """Write the two numbers of a field of 8 bytes into the head."""
    place = place_of(data, head, at, vtable, slot, 8)
    head[field] = i32(data, place) if place else 0
    head[field + 1] = i32(data, place + 4) if place else 0


@inline
def begin_walk(data: Words, head: Longs) -> None:
    """Set the limits of a walk: no message has more tables, or shows more bytes, than these."""
    head[TABLES_LEFT] = min(1_000_000, size_of(data) // 8 + 1)
    head[BYTES_LEFT] = 4 * size_of(data)
