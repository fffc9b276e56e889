"""Kernels that read what comes by the thousand: units, orders, differences and commands, from any producer's bytes.

A message is walked twice: first it is checked and counted, then copied into one array of words whose size and division
are known by then. Nothing is followed unchecked. A failure is *sticky*: it is noted once in the head,
what was to be read counts as 0, and the walk ends soon after; the caller then raises and gives nothing away.

The *head* is the kernels' only memory, an array of whole numbers; its places are named below.
"""

from __future__ import annotations

from typing import Final

from bridge.torchcraft.codec_words import Longs, Words
from engine.core.jit import inline, kernel, scratch

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
def _u8(data: Words, at: int) -> int:
    return (int(data[at >> 2]) >> (8 * (at & 3))) & 0xFF


@inline
def _u16(data: Words, at: int) -> int:
    return (int(data[at >> 2]) >> (8 * (at & 2))) & 0xFFFF


@inline
def _i32(data: Words, at: int) -> int:
    return int(data[at >> 2])


@inline
def _u32(data: Words, at: int) -> int:
    return int(data[at >> 2]) & 0xFFFFFFFF


@inline
def _size(data: Words) -> int:
    """Return the message's length in bytes."""
    return 4 * int(data.size)


@inline
def _fail(head: Longs, error: int, at: int, slot: int) -> int:
    """Note the first failure, and give 0 for what could not be read."""
    if head[ERROR] == 0:
        head[ERROR], head[AT], head[SLOT] = error, at, slot
    return 0


@inline
def _open(data: Words, head: Longs, at: int, table: int) -> int:
    """Return where the vtable of the table at `at` lies, -1 where there is none."""
    if head[ERROR] == 0:
        head[TABLE] = table
    if at == 0:  # absent, or a failure before
        return -1
    head[TABLES_LEFT] -= 1
    if head[TABLES_LEFT] < 0:
        return _fail(head, MANY_TABLES, at, -1) - 1
    vtable = at - _i32(data, at)
    if vtable < 0 or vtable & 1 or vtable + 4 > _size(data):
        return _fail(head, NO_VTABLE, at, -1) - 1
    size = _u16(data, vtable)
    if size < 4 or size & 1 or vtable + size > _size(data):
        return _fail(head, NO_VTABLE, at, -1) - 1
    return vtable


@inline
def _place(data: Words, head: Longs, at: int, vtable: int, slot: int, size: int) -> int:
    """Return where a field of `size` bytes lies, 0 where it is absent."""
    entry = 4 + 2 * slot
    if vtable < 0 or entry + 2 > _u16(data, vtable):
        return 0
    offset = _u16(data, vtable + entry)
    if offset == 0:
        return 0
    if at + offset + size > _size(data):
        return _fail(head, BEYOND, at, slot)
    if offset & 3 and size > 1:
        return _fail(head, MISALIGNED, at, slot)
    return at + offset


@inline
def _number(data: Words, head: Longs, at: int, vtable: int, slot: int) -> int:
    place = _place(data, head, at, vtable, slot, 4)
    return _i32(data, place) if place else 0


@inline
def _byte(data: Words, head: Longs, at: int, vtable: int, slot: int) -> int:
    place = _place(data, head, at, vtable, slot, 1)
    return _u8(data, place) if place else 0


@inline
def _led_to(data: Words, head: Longs, place: int, slot: int) -> int:
    """Return where the distance at `place` leads, with an aligned word to be read there, or 0."""
    distance = _u32(data, place)
    if distance == 0:
        return _fail(head, TO_ITSELF, place, slot)
    if place + distance + 4 > _size(data):
        return _fail(head, BEYOND, place, slot)
    if distance & 3:
        return _fail(head, MISALIGNED, place, slot)
    return place + distance


@inline
def _child(data: Words, head: Longs, at: int, vtable: int, slot: int) -> int:
    """Return where what a field refers to lies, 0 where it is absent."""
    place = _place(data, head, at, vtable, slot, 4)
    return _led_to(data, head, place, slot) if place else 0


@inline
def _item(data: Words, head: Longs, vector: int, i: int, table: int, slot: int) -> int:
    """Return where the i-th item of a vector of tables lies, or 0; `table` and `slot` are the vector's."""
    if head[ERROR] == 0:
        head[TABLE] = table
    return _led_to(data, head, vector + 4 * i, slot)


@inline
def _vector(data: Words, head: Longs, at: int, vtable: int, slot: int, item_size: int) -> int:
    """Return where a vector's length lies, with all its items in the message, or 0."""
    place = _child(data, head, at, vtable, slot)
    if place == 0:
        return 0
    num_bytes = _u32(data, place) * item_size
    if place + 4 + num_bytes > _size(data):
        return _fail(head, BEYOND, place, slot)
    head[BYTES_LEFT] -= num_bytes
    if head[BYTES_LEFT] < 0:
        return _fail(head, SHARED, place, slot)
    return place


@inline
def _length(data: Words, place: int) -> int:
    return _u32(data, place) if place else 0


@inline
def _note_vector(data: Words, head: Longs, field: int, place: int) -> None:
    """Write first byte and count of a vector into the head."""
    head[field] = place + 4 if place else 0
    head[field + 1] = _length(data, place)


@inline
def _note_text(data: Words, head: Longs, field: int, at: int, vtable: int, slot: int) -> None:
    place = _vector(data, head, at, vtable, slot, 1)
    end = place + 4 + _length(data, place)
    if place and (end >= _size(data) or _u8(data, end) != 0):
        place = _fail(head, NO_ZERO, place, slot)
    _note_vector(data, head, field, place)


@inline
def _note_pair(data: Words, head: Longs, field: int, at: int, vtable: int, slot: int) -> None:
    place = _place(data, head, at, vtable, slot, 8)
    head[field] = _i32(data, place) if place else 0
    head[field + 1] = _i32(data, place + 4) if place else 0


@inline
def _begin(data: Words, head: Longs) -> None:
    head[TABLES_LEFT] = min(1_000_000, _size(data) // 8 + 1)
    head[BYTES_LEFT] = 4 * _size(data)


@kernel
def read_message(data: Words, head: Longs, words: Words) -> None:
    """Check a message, count what is in it, and copy its frame or difference and its deaths.

    Args:
        data: (n,) int32, read-only: any bytes, filled up to whole words.
        head: (HEAD_SIZE,) int64, zeros; written as named above. `head[ERROR]` is 0 if all is well.
        words: (m,) int32, overwritten where m >= head[NUM_WORDS]; else the caller must call `fill` with more.
    """
    _scan(data, head)
    if head[ERROR] == 0 and 0 < head[NUM_WORDS] <= words.size:
        fill(data, head, words)


@kernel
def read_record(data: Words, kind: int, head: Longs, words: Words) -> None:
    """Do as `read_message` with a buffer whose outermost table is a Frame (kind 1) or a FrameDiff (2), as in replays.

    Args:
        data: as of `read_message`.
        kind: which of the two.
        head: as of `read_message`.
        words: likewise.
    """
    _scan_record(data, kind, head)
    if head[ERROR] == 0 and 0 < head[NUM_WORDS] <= words.size:
        fill(data, head, words)


@inline
def _scan(data: Words, head: Longs) -> None:
    _begin(data, head)
    head[TABLE] = T_MESSAGE
    if data.size == 0:
        _fail(head, BEYOND, 0, -1)
        return
    root = _led_to(data, head, 0, -1)
    vtable = _open(data, head, root, T_MESSAGE)
    kind = _byte(data, head, root, vtable, 0)
    at = _child(data, head, root, vtable, 1)
    _note_text(data, head, UID, root, vtable, 2)
    head[KIND], head[MESSAGE] = kind, at
    if kind > LAST_KIND:
        _fail(head, NO_KIND, root, 0)
    if head[ERROR] or at == 0:
        return
    if kind == K_COMMANDS:
        _scan_commands(data, head, at)
    elif kind == K_STATE_UPDATE:
        _scan_state(data, head, at)
    elif kind == K_END_GAME:
        vtable = _open(data, head, at, T_END)
        head[DATA_KIND] = _byte(data, head, at, vtable, 0)
        head[DATA] = _child(data, head, at, vtable, 1)
        head[GAME_WON] = _byte(data, head, at, vtable, 2)
        _scan_data(data, head)
    _divide(head)


@inline
def _scan_record(data: Words, kind: int, head: Longs) -> None:
    _begin(data, head)
    head[TABLE] = T_FRAME if kind == K_FRAME else T_DIFF
    if data.size == 0:
        _fail(head, BEYOND, 0, -1)
        return
    head[DATA_KIND], head[DATA] = kind, _led_to(data, head, 0, -1)
    _scan_data(data, head)
    _divide(head)


@inline
def _scan_state(data: Words, head: Longs, at: int) -> None:
    vtable = _open(data, head, at, T_STATE)
    head[DATA_KIND] = _byte(data, head, at, vtable, 0)
    head[DATA] = _child(data, head, at, vtable, 1)
    _note_vector(data, head, DEATHS, _vector(data, head, at, vtable, 2, 4))
    head[FRAME_FROM_BWAPI] = _number(data, head, at, vtable, 3)
    head[BATTLE_FRAME_COUNT] = _number(data, head, at, vtable, 4)
    _note_vector(data, head, STATUS, _vector(data, head, at, vtable, 5, 1))
    _note_text(data, head, IMG_MODE, at, vtable, 6)
    _note_pair(data, head, SCREEN_X, at, vtable, 7)
    _note_vector(data, head, VISIBILITY, _vector(data, head, at, vtable, 8, 1))
    _note_pair(data, head, VISIBILITY_W, at, vtable, 9)
    _note_vector(data, head, IMG_DATA, _vector(data, head, at, vtable, 10, 1))
    _note_pair(data, head, IMG_W, at, vtable, 11)
    _scan_data(data, head)


@inline
def _scan_data(data: Words, head: Longs) -> None:
    if head[DATA] == 0 or head[ERROR]:
        return
    if head[DATA_KIND] == K_FRAME:
        _scan_frame(data, head, head[DATA])
    elif head[DATA_KIND] == K_FRAME_DIFF:
        _scan_diff(data, head, head[DATA])
    elif head[DATA_KIND]:
        _fail(head, NO_KIND, head[DATA], 0)


@inline
def _scan_shared(data: Words, head: Longs, at: int, vtable: int, first_slot: int, creep_size: int) -> None:
    """Note what Frame and FrameDiff have in common: actions, resources, bullets, creep, in neighbouring slots."""
    _note_vector(data, head, ACTIONS, _vector(data, head, at, vtable, first_slot, 4))
    _note_vector(data, head, RESOURCES, _vector(data, head, at, vtable, first_slot + 1, 4))
    _note_vector(data, head, BULLETS, _vector(data, head, at, vtable, first_slot + 2, 12))
    _note_vector(data, head, CREEP, _vector(data, head, at, vtable, first_slot + 3, creep_size))


@inline
def _scan_frame(data: Words, head: Longs, at: int) -> None:
    vtable = _open(data, head, at, T_FRAME)
    _note_vector(data, head, UNITS, _vector(data, head, at, vtable, 0, 4))
    _scan_shared(data, head, at, vtable, 1, 1)
    head[WIDTH] = _number(data, head, at, vtable, 5) & 0xFFFFFFFF
    head[HEIGHT] = _number(data, head, at, vtable, 6) & 0xFFFFFFFF
    head[REWARD] = _number(data, head, at, vtable, 7)
    head[IS_TERMINAL] = _byte(data, head, at, vtable, 8)
    for i in range(head[UNITS + 1]):
        table = _item(data, head, head[UNITS], i, T_FRAME, 0)
        vtable = _open(data, head, table, T_PLAYER_UNITS)
        units = _vector(data, head, table, vtable, 1, 4)
        count = _length(data, units)
        head[NUM_UNITS] += count
        for j in range(count):
            unit = _item(data, head, units + 4, j, T_PLAYER_UNITS, 1)
            vtable = _open(data, head, unit, T_UNIT)
            head[NUM_ORDERS] += _length(data, _vector(data, head, unit, vtable, ORDERS_SLOT, 20))
            if head[ERROR]:
                return


@inline
def _scan_diff(data: Words, head: Longs, at: int) -> None:
    vtable = _open(data, head, at, T_DIFF)
    _note_vector(data, head, PIDS, _vector(data, head, at, vtable, 0, 4))
    _note_vector(data, head, UNITS, _vector(data, head, at, vtable, 1, 4))
    _scan_shared(data, head, at, vtable, 2, 8)
    head[REWARD] = _number(data, head, at, vtable, 6)
    head[IS_TERMINAL] = _number(data, head, at, vtable, 7)
    if head[UNITS + 1] < head[PIDS + 1]:
        _fail(head, FEW_CONTAINERS, at, 1)
        return
    for i in range(head[PIDS + 1]):
        table = _item(data, head, head[UNITS], i, T_DIFF, 1)
        vtable = _open(data, head, table, T_CONTAINER)
        units = _vector(data, head, table, vtable, 0, 4)
        count = _length(data, units)
        head[NUM_UNITS] += count
        for j in range(count):
            unit = _item(data, head, units + 4, j, T_CONTAINER, 0)
            vtable = _open(data, head, unit, T_UNIT_DIFF)
            var_ids = _length(data, _vector(data, head, unit, vtable, 1, 4))
            var_diffs = _length(data, _vector(data, head, unit, vtable, 2, 4))
            order_ids = _length(data, _vector(data, head, unit, vtable, 3, 4))
            order_diffs = _length(data, _vector(data, head, unit, vtable, 4, 4))
            if var_ids < var_diffs:
                _fail(head, FEW_VAR_IDS, unit, 1)
            if order_ids < order_diffs:
                _fail(head, FEW_ORDER_IDS, unit, 3)
            head[NUM_VARS] += var_diffs
            head[NUM_ORDERS] += order_diffs
            if head[ERROR]:
                return


@inline
def _scan_commands(data: Words, head: Longs, at: int) -> None:
    vtable = _open(data, head, at, T_COMMANDS)
    commands = _vector(data, head, at, vtable, 0, 4)
    _note_vector(data, head, COMMANDS, commands)
    for i in range(head[COMMANDS + 1]):
        command = _item(data, head, head[COMMANDS], i, T_COMMANDS, 0)
        vtable = _open(data, head, command, T_COMMAND)
        head[NUM_ARGS] += _length(data, _vector(data, head, command, vtable, 1, 4))
        if head[ERROR]:
            return


@inline
def _divide(head: Longs) -> None:
    """Say where in the array of words each part goes; parts with numbers of 8 bytes come first."""
    is_diff = head[DATA_KIND] == K_FRAME_DIFF
    players = head[PIDS + 1] if is_diff else head[UNITS + 1]
    at = 0
    head[W_UNITS] = at
    at += head[NUM_UNITS] * (UNIT_DIFF_WORDS if is_diff else UNIT_WORDS)
    head[W_RESOURCES] = at
    at += head[RESOURCES + 1] * RESOURCES_WORDS
    head[W_PLAYERS] = at
    at += players
    head[W_COUNTS] = at
    at += players
    head[W_VAR_IDS] = at
    at += head[NUM_VARS]
    head[W_VAR_DIFFS] = at
    at += head[NUM_VARS]
    head[W_ORDER_IDS] = at
    at += head[NUM_ORDERS] if is_diff else 0
    head[W_ORDERS] = at
    at += head[NUM_ORDERS] * (1 if is_diff else 5)
    head[W_BULLETS] = at
    at += head[BULLETS + 1] * 3
    head[W_CREEP] = at
    at += head[CREEP + 1] * 2 if is_diff else (head[CREEP + 1] + 3) // 4
    head[W_ACTION_PLAYERS] = at
    at += head[ACTIONS + 1]
    head[W_DEATHS] = at
    at += head[DEATHS + 1]
    head[NUM_WORDS] = at


@kernel
def fill(data: Words, head: Longs, words: Words) -> None:
    """Copy the frame or difference that was scanned, and the deaths.

    Args:
        data: the message that was scanned.
        head: what `read_message` wrote; the walk goes the same way once more, with the same checks.
        words: (head[NUM_WORDS],) int32, overwritten.
    """
    _begin(data, head)
    _copy_words(data, head[DEATHS], words, head[W_DEATHS], head[DEATHS + 1])
    if head[DATA] == 0 or head[DATA_KIND] == 0:
        return
    is_diff = 1 if head[DATA_KIND] == K_FRAME_DIFF else 0
    _fill_resources(data, head, words, is_diff)
    for i in range(head[ACTIONS + 1]):
        table = _item(data, head, head[ACTIONS], i, T_FRAME + is_diff, 1 + is_diff)
        vtable = _open(data, head, table, T_PLAYER_ACTIONS)
        words[head[W_ACTION_PLAYERS] + i] = _number(data, head, table, vtable, 0)
    _copy_words(data, head[BULLETS], words, head[W_BULLETS], head[BULLETS + 1] * 3)
    if is_diff:
        _copy_words(data, head[CREEP], words, head[W_CREEP], head[CREEP + 1] * 2)
        _fill_unit_diffs(data, head, words)
    else:
        _copy_words(data, head[CREEP], words, head[W_CREEP], (head[CREEP + 1] + 3) // 4)
        _fill_units(data, head, words)


@inline
def _copy_words(data: Words, at: int, words: Words, to: int, count: int) -> None:
    first = at >> 2
    for i in range(count):
        words[to + i] = data[first + i]


@inline
def _copy_long(data: Words, head: Longs, at: int, vtable: int, slot: int, words: Words, to: int) -> None:
    """Copy a number of 8 bytes, whatever it means."""
    place = _place(data, head, at, vtable, slot, 8)
    words[to] = _i32(data, place) if place else 0
    words[to + 1] = _i32(data, place + 4) if place else 0


@inline
def _fill_resources(data: Words, head: Longs, words: Words, is_diff: int) -> None:
    for i in range(head[RESOURCES + 1]):
        table = _item(data, head, head[RESOURCES], i, T_FRAME + is_diff, 2 + is_diff)
        vtable = _open(data, head, table, T_PLAYER_RESOURCES)
        to = head[W_RESOURCES] + i * RESOURCES_WORDS
        words[to] = _number(data, head, table, vtable, 0)
        words[to + 5] = 0
        table = _child(data, head, table, vtable, 1)
        vtable = _open(data, head, table, T_RESOURCES)
        for slot in range(4):
            words[to + 1 + slot] = _number(data, head, table, vtable, slot)
        for slot in range(3):
            _copy_long(data, head, table, vtable, 4 + slot, words, to + 6 + 2 * slot)


@inline
def _fill_units(data: Words, head: Longs, words: Words) -> None:
    to, order_to, num_orders = head[W_UNITS], head[W_ORDERS], 0
    offsets, known, extent = scratch(1, NUM_UNIT_SLOTS)[0], -1, 0
    for i in range(head[UNITS + 1]):
        table = _item(data, head, head[UNITS], i, T_FRAME, 0)
        vtable = _open(data, head, table, T_PLAYER_UNITS)
        units = _vector(data, head, table, vtable, 1, 4)
        count = _length(data, units)
        words[head[W_PLAYERS] + i] = _number(data, head, table, vtable, 0)
        words[head[W_COUNTS] + i] = count
        for j in range(count):
            unit = _item(data, head, units + 4, j, T_PLAYER_UNITS, 1)
            vtable = _open(data, head, unit, T_UNIT)
            if vtable != known:  # neighbours often share theirs
                extent, known = _unit_offsets(data, head, unit, vtable, offsets), vtable
            if unit + extent > _size(data):
                _fail(head, BEYOND, unit, -1)
            orders = _vector(data, head, unit, vtable, ORDERS_SLOT, 20)
            size = _length(data, orders)
            if head[ERROR]:
                return
            _fill_unit(data, unit >> 2, offsets, words, to)
            words[to + 40] = num_orders
            words[to + 41] = size
            _copy_words(data, orders + 4, words, order_to, 5 * size)
            num_orders += size
            order_to += 5 * size
            to += UNIT_WORDS


@inline
def _unit_offsets(data: Words, head: Longs, unit: int, vtable: int, offsets: Longs) -> int:
    """Write the offset of each slot of a Unit in words, 0 where absent, and return how far in bytes they reach."""
    size, extent = _u16(data, vtable) if vtable >= 0 else 0, 0
    for slot in range(NUM_UNIT_SLOTS):
        entry = 4 + 2 * slot
        offset = _u16(data, vtable + entry) if entry + 2 <= size else 0
        if offset & 3:
            _fail(head, MISALIGNED, unit, slot)
        offsets[slot] = offset >> 2
        if offset:
            is_long = slot in (FLAGS_SLOT, VELOCITY_X_SLOT, VELOCITY_Y_SLOT)
            extent = max(extent, offset + (24 if slot == COMMAND_SLOT else 8 if is_long else 4))
    return extent


@inline
def _fill_unit(data: Words, unit: int, offsets: Longs, words: Words, to: int) -> None:
    """Copy one unit's numbers: the slots in their order, but flags, orders, command and velocities behind the rest."""
    for slot in range(FLAGS_SLOT):
        words[to + slot] = data[unit + offsets[slot]] if offsets[slot] else 0
    for slot in range(FLAGS_SLOT + 1, ORDERS_SLOT):
        words[to + slot - 1] = data[unit + offsets[slot]] if offsets[slot] else 0
    for slot in range(VELOCITY_Y_SLOT + 1, NUM_UNIT_SLOTS):
        words[to + slot - 5] = data[unit + offsets[slot]] if offsets[slot] else 0
    offset = offsets[COMMAND_SLOT]
    for k in range(6):
        words[to + 34 + k] = data[unit + offset + k] if offset else 0
    to += 42
    for slot in (FLAGS_SLOT, VELOCITY_X_SLOT, VELOCITY_Y_SLOT):
        offset = offsets[slot]
        words[to] = data[unit + offset] if offset else 0
        words[to + 1] = data[unit + offset + 1] if offset else 0
        to += 2


@inline
def _fill_unit_diffs(data: Words, head: Longs, words: Words) -> None:
    _copy_words(data, head[PIDS], words, head[W_PLAYERS], head[PIDS + 1])
    to, num_vars, num_orders = head[W_UNITS], 0, 0
    for i in range(head[PIDS + 1]):
        table = _item(data, head, head[UNITS], i, T_DIFF, 1)
        vtable = _open(data, head, table, T_CONTAINER)
        units = _vector(data, head, table, vtable, 0, 4)
        count = _length(data, units)
        words[head[W_COUNTS] + i] = count
        for j in range(count):
            unit = _item(data, head, units + 4, j, T_CONTAINER, 0)
            vtable = _open(data, head, unit, T_UNIT_DIFF)
            var_ids = _vector(data, head, unit, vtable, 1, 4)
            var_diffs = _vector(data, head, unit, vtable, 2, 4)
            order_ids = _vector(data, head, unit, vtable, 3, 4)
            order_diffs = _vector(data, head, unit, vtable, 4, 4)
            vars_here, orders_here = _length(data, var_diffs), _length(data, order_diffs)
            _copy_words(data, var_ids + 4, words, head[W_VAR_IDS] + num_vars, vars_here)
            _copy_words(data, var_diffs + 4, words, head[W_VAR_DIFFS] + num_vars, vars_here)
            _copy_words(data, order_ids + 4, words, head[W_ORDER_IDS] + num_orders, orders_here)
            _copy_words(data, order_diffs + 4, words, head[W_ORDERS] + num_orders, orders_here)
            words[to] = _number(data, head, unit, vtable, 0)
            words[to + 1] = num_vars
            words[to + 2] = vars_here
            words[to + 3] = num_orders
            words[to + 4] = orders_here
            words[to + 5] = _number(data, head, unit, vtable, 5)
            _copy_long(data, head, unit, vtable, 8, words, to + 6)
            _copy_long(data, head, unit, vtable, 6, words, to + 8)
            _copy_long(data, head, unit, vtable, 7, words, to + 10)
            num_vars += vars_here
            num_orders += orders_here
            to += UNIT_DIFF_WORDS
            if head[ERROR]:
                return


@kernel
def fill_commands(data: Words, head: Longs, rows: Longs, args: Longs) -> None:
    """Copy the commands that were scanned.

    Args:
        data: the message that was scanned.
        head: what `read_message` wrote.
        rows: (n, COMMAND_WORDS) int64, overwritten: code, number of args, first byte and length of the text (0 and 0
            where there is none).
        args: (head[NUM_ARGS],) int64, overwritten, command by command.
    """
    _begin(data, head)
    num_args = 0
    for i in range(head[COMMANDS + 1]):
        command = _item(data, head, head[COMMANDS], i, T_COMMANDS, 0)
        vtable = _open(data, head, command, T_COMMAND)
        place = _vector(data, head, command, vtable, 1, 4)
        count = _length(data, place)
        rows[i, 0] = _number(data, head, command, vtable, 0)
        rows[i, 1] = count
        for j in range(count):
            args[num_args + j] = _i32(data, place + 4 + 4 * j)
        num_args += count
        _note_text(data, head, UID, command, vtable, 2)
        rows[i, 2], rows[i, 3] = head[UID], head[UID + 1]
        if head[ERROR]:
            return
