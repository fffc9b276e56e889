"""Kernels that check and count what comes by the thousand: units, orders, differences, from any producer's bytes.

A message is walked twice: first it is checked and counted (here), then copied into one array of words whose size and
division are known by then (`codec_fill`). How its bytes are followed: `codec_cursor`.
"""

from __future__ import annotations

from bridge.torchcraft.codec_cursor import (
    ACTIONS,
    BATTLE_FRAME_COUNT,
    BEYOND,
    BULLETS,
    COMMANDS,
    CREEP,
    DATA,
    DATA_KIND,
    DEATHS,
    ERROR,
    FEW_CONTAINERS,
    FEW_ORDER_IDS,
    FEW_VAR_IDS,
    FRAME_FROM_BWAPI,
    GAME_WON,
    HEIGHT,
    IMG_DATA,
    IMG_MODE,
    IMG_W,
    IS_TERMINAL,
    K_COMMANDS,
    K_END_GAME,
    K_FRAME,
    K_FRAME_DIFF,
    K_STATE_UPDATE,
    KIND,
    LAST_KIND,
    MESSAGE,
    NO_KIND,
    NUM_ARGS,
    NUM_ORDERS,
    NUM_UNITS,
    NUM_VARS,
    NUM_WORDS,
    ORDERS_SLOT,
    PIDS,
    RESOURCES,
    RESOURCES_WORDS,
    REWARD,
    SCREEN_X,
    STATUS,
    T_COMMAND,
    T_COMMANDS,
    T_CONTAINER,
    T_DIFF,
    T_END,
    T_FRAME,
    T_MESSAGE,
    T_PLAYER_UNITS,
    T_STATE,
    T_UNIT,
    T_UNIT_DIFF,
    TABLE,
    UID,
    UNIT_DIFF_WORDS,
    UNIT_WORDS,
    UNITS,
    VISIBILITY,
    VISIBILITY_W,
    W_ACTION_PLAYERS,
    W_BULLETS,
    W_COUNTS,
    W_CREEP,
    W_DEATHS,
    W_ORDER_IDS,
    W_ORDERS,
    W_PLAYERS,
    W_RESOURCES,
    W_UNITS,
    W_VAR_DIFFS,
    W_VAR_IDS,
    WIDTH,
    begin_walk,
    byte_at,
    child_at,
    fail,
    item_at,
    led_to,
    length_at,
    note_pair,
    note_text,
    note_vector,
    number_at,
    open_table,
    vector_at,
)
from bridge.torchcraft.codec_fill import fill
from bridge.torchcraft.codec_words import Longs, Words
from engine.core.jit import inline, kernel


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
    begin_walk(data, head)
    head[TABLE] = T_MESSAGE
    if data.size == 0:
        fail(head, BEYOND, 0, -1)
        return
    root = led_to(data, head, 0, -1)
    vtable = open_table(data, head, root, T_MESSAGE)
    kind = byte_at(data, head, root, vtable, 0)
    at = child_at(data, head, root, vtable, 1)
    note_text(data, head, UID, root, vtable, 2)
    head[KIND], head[MESSAGE] = kind, at
    if kind > LAST_KIND:
        fail(head, NO_KIND, root, 0)
    if head[ERROR] or at == 0:
        return
    if kind == K_COMMANDS:
        _scan_commands(data, head, at)
    elif kind == K_STATE_UPDATE:
        _scan_state(data, head, at)
    elif kind == K_END_GAME:
        vtable = open_table(data, head, at, T_END)
        head[DATA_KIND] = byte_at(data, head, at, vtable, 0)
        head[DATA] = child_at(data, head, at, vtable, 1)
        head[GAME_WON] = byte_at(data, head, at, vtable, 2)
        _scan_data(data, head)
    _divide(head)


@inline
def _scan_record(data: Words, kind: int, head: Longs) -> None:
    begin_walk(data, head)
    head[TABLE] = T_FRAME if kind == K_FRAME else T_DIFF
    if data.size == 0:
        fail(head, BEYOND, 0, -1)
        return
    head[DATA_KIND], head[DATA] = kind, led_to(data, head, 0, -1)
    _scan_data(data, head)
    _divide(head)


@inline
def _scan_state(data: Words, head: Longs, at: int) -> None:
    vtable = open_table(data, head, at, T_STATE)
    head[DATA_KIND] = byte_at(data, head, at, vtable, 0)
    head[DATA] = child_at(data, head, at, vtable, 1)
    note_vector(data, head, DEATHS, vector_at(data, head, at, vtable, 2, 4))
    head[FRAME_FROM_BWAPI] = number_at(data, head, at, vtable, 3)
    head[BATTLE_FRAME_COUNT] = number_at(data, head, at, vtable, 4)
    note_vector(data, head, STATUS, vector_at(data, head, at, vtable, 5, 1))
    note_text(data, head, IMG_MODE, at, vtable, 6)
    note_pair(data, head, SCREEN_X, at, vtable, 7)
    note_vector(data, head, VISIBILITY, vector_at(data, head, at, vtable, 8, 1))
    note_pair(data, head, VISIBILITY_W, at, vtable, 9)
    note_vector(data, head, IMG_DATA, vector_at(data, head, at, vtable, 10, 1))
    note_pair(data, head, IMG_W, at, vtable, 11)
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
        fail(head, NO_KIND, head[DATA], 0)


@inline
def _scan_shared(data: Words, head: Longs, at: int, vtable: int, first_slot: int, creep_size: int) -> None:
    """Note what Frame and FrameDiff have in common: actions, resources, bullets, creep, in neighbouring slots."""
    note_vector(data, head, ACTIONS, vector_at(data, head, at, vtable, first_slot, 4))
    note_vector(data, head, RESOURCES, vector_at(data, head, at, vtable, first_slot + 1, 4))
    note_vector(data, head, BULLETS, vector_at(data, head, at, vtable, first_slot + 2, 12))
    note_vector(data, head, CREEP, vector_at(data, head, at, vtable, first_slot + 3, creep_size))


@inline
def _scan_frame(data: Words, head: Longs, at: int) -> None:
    vtable = open_table(data, head, at, T_FRAME)
    note_vector(data, head, UNITS, vector_at(data, head, at, vtable, 0, 4))
    _scan_shared(data, head, at, vtable, 1, 1)
    head[WIDTH] = number_at(data, head, at, vtable, 5) & 0xFFFFFFFF
    head[HEIGHT] = number_at(data, head, at, vtable, 6) & 0xFFFFFFFF
    head[REWARD] = number_at(data, head, at, vtable, 7)
    head[IS_TERMINAL] = byte_at(data, head, at, vtable, 8)
    for i in range(head[UNITS + 1]):
        table = item_at(data, head, head[UNITS], i, T_FRAME, 0)
        vtable = open_table(data, head, table, T_PLAYER_UNITS)
        units = vector_at(data, head, table, vtable, 1, 4)
        count = length_at(data, units)
        head[NUM_UNITS] += count
        for j in range(count):
            unit = item_at(data, head, units + 4, j, T_PLAYER_UNITS, 1)
            vtable = open_table(data, head, unit, T_UNIT)
            head[NUM_ORDERS] += length_at(data, vector_at(data, head, unit, vtable, ORDERS_SLOT, 20))
            if head[ERROR]:
                return


@inline
def _scan_diff(data: Words, head: Longs, at: int) -> None:
    vtable = open_table(data, head, at, T_DIFF)
    note_vector(data, head, PIDS, vector_at(data, head, at, vtable, 0, 4))
    note_vector(data, head, UNITS, vector_at(data, head, at, vtable, 1, 4))
    _scan_shared(data, head, at, vtable, 2, 8)
    head[REWARD] = number_at(data, head, at, vtable, 6)
    head[IS_TERMINAL] = number_at(data, head, at, vtable, 7)
    if head[UNITS + 1] < head[PIDS + 1]:
        fail(head, FEW_CONTAINERS, at, 1)
        return
    for i in range(head[PIDS + 1]):
        table = item_at(data, head, head[UNITS], i, T_DIFF, 1)
        vtable = open_table(data, head, table, T_CONTAINER)
        units = vector_at(data, head, table, vtable, 0, 4)
        count = length_at(data, units)
        head[NUM_UNITS] += count
        for j in range(count):
            unit = item_at(data, head, units + 4, j, T_CONTAINER, 0)
            vtable = open_table(data, head, unit, T_UNIT_DIFF)
            var_ids = length_at(data, vector_at(data, head, unit, vtable, 1, 4))
            var_diffs = length_at(data, vector_at(data, head, unit, vtable, 2, 4))
            order_ids = length_at(data, vector_at(data, head, unit, vtable, 3, 4))
            order_diffs = length_at(data, vector_at(data, head, unit, vtable, 4, 4))
            if var_ids < var_diffs:
                fail(head, FEW_VAR_IDS, unit, 1)
            if order_ids < order_diffs:
                fail(head, FEW_ORDER_IDS, unit, 3)
            head[NUM_VARS] += var_diffs
            head[NUM_ORDERS] += order_diffs
            if head[ERROR]:
                return


@inline
def _scan_commands(data: Words, head: Longs, at: int) -> None:
    vtable = open_table(data, head, at, T_COMMANDS)
    commands = vector_at(data, head, at, vtable, 0, 4)
    note_vector(data, head, COMMANDS, commands)
    for i in range(head[COMMANDS + 1]):
        command = item_at(data, head, head[COMMANDS], i, T_COMMANDS, 0)
        vtable = open_table(data, head, command, T_COMMAND)
        head[NUM_ARGS] += length_at(data, vector_at(data, head, command, vtable, 1, 4))
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
