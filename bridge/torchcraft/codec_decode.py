"""Bytes to messages."""

from __future__ import annotations

import struct
from typing import Final, NoReturn, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft import codec_cursor as cursor
from bridge.torchcraft import codec_fill as filling
from bridge.torchcraft import codec_read as read
from bridge.torchcraft import flatbuffer as fb
from bridge.torchcraft.codec_warmup import prepare
from bridge.torchcraft.codec_words import (
    COMMANDS,
    END_GAME,
    ERROR,
    FRAME,
    FRAME_DIFF,
    HANDSHAKE_CLIENT,
    HANDSHAKE_SERVER,
    INT32,
    KINDS,
    PLAYER_LEFT,
    STATE_UPDATE,
    Frames,
    Longs,
    Words,
)
from bridge.torchcraft.flatbuffer import WireError
from bridge.torchcraft.messages import (
    BULLET_DTYPE,
    CREEP_DIFF_DTYPE,
    ORDER_DTYPE,
    RESOURCES_DTYPE,
    UNIT_DIFF_DTYPE,
    WIRE_UNIT_DTYPE,
    Action,
    ClientMessage,
    Command,
    CommandsMessage,
    EndGame,
    Error,
    HandshakeClient,
    HandshakeServer,
    Player,
    PlayerLeft,
    ServerMessage,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)

_RECORDS: Final = (WIRE_UNIT_DTYPE, UNIT_DIFF_DTYPE, ORDER_DTYPE, BULLET_DTYPE, RESOURCES_DTYPE, CREEP_DIFF_DTYPE)
_NOTHING: Final = {dtype: np.zeros(0, dtype) for dtype in _RECORDS}
GUESS: Final = 2
"""Words that a word of a message is expected to unfold to: a unit of 48 words has at least 24 in a usual message."""
GUESS_MORE: Final = 64
_NO_BYTES: Final = np.zeros(0, np.uint8)
_NO_STATUS: Final = np.zeros(0, np.int8)
_NO_INTS: Final = np.zeros(0, np.int32)
_from: Final = np.frombuffer
_new: Final = object.__new__
"""For messages of every step, filled in field by field: an `__init__` of 14 keywords takes three times as long."""

# Neighbours in the kernels' head, which are read in one go.
_STATE_NUMBERS: Final = slice(cursor.FRAME_FROM_BWAPI, cursor.IMG_H + 1)
_STATE_VECTORS: Final = slice(cursor.DEATHS, cursor.IMG_DATA + 2)
_COUNTS: Final = slice(cursor.ACTIONS + 1, cursor.CREEP + 2, 2)
_PLACES: Final = slice(cursor.WIDTH, cursor.W_ACTION_PLAYERS + 1)

Byte = TypeVar("Byte", np.uint8, np.int8)


def decode_server(data: bytes) -> ServerMessage:
    """Return what a server said.

    Raises:
        WireError: the bytes are no message, or one that only clients send.
    """
    walk = _read(data)
    data, _, _, values, _ = walk
    kind = values[cursor.KIND]
    if kind == STATE_UPDATE:
        return _read_state(walk)
    if kind == END_GAME:
        return EndGame(data=_read_data(walk), game_won=bool(values[cursor.GAME_WON]))
    if kind not in (HANDSHAKE_SERVER, PLAYER_LEFT, ERROR):
        raise WireError(f"is {KINDS[kind]}, which no server sends", "Message.msg_type", 0)
    table = _message_table(data, kind)
    if kind == HANDSHAKE_SERVER:
        return _read_handshake_server(data, table)
    if kind == PLAYER_LEFT:
        return PlayerLeft(player_left=table.text(0, "player_left") or "")
    return Error(message=table.text(0, "message"))


def decode_client(data: bytes) -> tuple[ClientMessage, str | None]:
    """Return what a client said, and its id; None where it gave none.

    Raises:
        WireError: the bytes are no message, or one that only servers send.
    """
    walk = _read(data)
    data, _, _, values, _ = walk
    kind = values[cursor.KIND]
    uid = _text(data, values[cursor.UID], values[cursor.UID + 1]) if values[cursor.UID] else None
    if kind == COMMANDS:
        return _read_commands(walk), uid
    if kind != HANDSHAKE_CLIENT:
        raise WireError(f"is {KINDS[kind]}, which no client sends", "Message.msg_type", 0)
    table = _message_table(data, kind)
    message = HandshakeClient(
        protocol=table.number(0, "protocol"),
        map=table.text(1, "map"),
        window_size=table.pair(2, "window_size"),
        window_pos=table.pair(3, "window_pos"),
        micro_mode=bool(table.number(4, "micro_mode", "B")),
    )
    return message, uid


def decode_record(data: bytes, *, is_diff: bool) -> Frames:
    """Return the frame or difference that a buffer of a replay file holds.

    Raises:
        WireError: the bytes are none.
    """
    frame = _read_data(_read(data, FRAME_DIFF if is_diff else FRAME))
    assert frame is not None
    return frame


_Walk: TypeAlias = tuple[bytes, Words, Longs, list[int], Words]
"""A message that the kernels have read: its bytes, these as words; what was noted, the same as a list; what was copied.
A class with names for these would take a twentieth of the time of reading ten units."""


def _read(data: bytes, record_kind: int = 0) -> _Walk:
    """Let the kernels read a message, or a record of a replay of the kind that is given."""
    prepare()
    if not data:
        raise WireError("is empty", "Message", 0)
    data = bytes(data)  # what can be written to would be another type to the kernels
    size = len(data)
    bits = _from(data if size % 4 == 0 else data + bytes(-size % 4), INT32)
    head, words = np.zeros(cursor.HEAD_SIZE, np.int64), np.empty(GUESS * (size >> 2) + GUESS_MORE, INT32)
    if record_kind:
        read.read_record(bits, record_kind, head, words)
    else:
        read.read_message(bits, head, words)
    values: list[int] = head.tolist()
    if values[cursor.NUM_WORDS] > words.size and not values[cursor.ERROR]:
        words = np.empty(values[cursor.NUM_WORDS], np.int32)
        filling.fill(bits, head, words)
        values[cursor.ERROR] = int(head[cursor.ERROR])
    if values[cursor.ERROR]:
        _raise(head)
    if not record_kind and values[cursor.KIND] and not values[cursor.MESSAGE]:
        raise WireError(f"a {KINDS[values[cursor.KIND]]} is announced, but absent", "Message.msg", 0)
    return data, bits, head, values, words


def _raise(head: Longs) -> NoReturn:
    error, at, table, slot = head[: cursor.SLOT + 1].tolist()
    name, fields = cursor.TABLES[table]
    where = name if slot < 0 else f"{name}.{fields.split()[slot]}"
    raise WireError(cursor.ERRORS[error], where, at)


def _message_table(data: bytes, kind: int) -> fb.Table:
    table = fb.Buffer(data).root("Message").table(1, "msg", KINDS[kind])
    assert table is not None  # the kernels have seen it
    return table


def _text(data: bytes, start: int, size: int) -> str:
    return data[start : start + size].decode("utf-8", fb.TEXT_ERRORS)


def _read_state(walk: _Walk) -> StateUpdate:
    data, _, _, values, words = walk
    game_frame, battle_frame, screen_x, screen_y, seen_w, seen_h, img_w, img_h = values[_STATE_NUMBERS]
    has_deaths, num_deaths, status_at, num_status, mode_at, mode_size, *rest = values[_STATE_VECTORS]
    visibility_at, num_visibility, img_at, num_img = rest
    deaths = None
    if has_deaths:
        deaths_at = values[cursor.W_DEATHS]
        deaths = words[deaths_at : deaths_at + num_deaths] if num_deaths else _NO_INTS
    update = _new(StateUpdate)
    update.data = _read_data(walk)
    update.deaths = deaths
    update.frame_from_bwapi = game_frame
    update.battle_frame_count = battle_frame
    update.commands_status = _part(data, status_at, num_status, np.int8) if num_status else _NO_STATUS
    update.img_mode = _text(data, mode_at, mode_size) if mode_size else ""
    update.screen_position = (screen_x, screen_y)
    update.visibility = _part(data, visibility_at, num_visibility, np.uint8) if num_visibility else _NO_BYTES
    update.visibility_size = (seen_w, seen_h)
    update.img_data = _part(data, img_at, num_img, np.uint8) if num_img else _NO_BYTES
    update.img_size = (img_w, img_h)
    return update


def _part(data: bytes, start: int, count: int, dtype: type[Byte]) -> NDArray[Byte]:
    """Return a vector of bytes: a view of the message, read-only."""
    if start + count > len(data):  # inside the zero bytes that fill the last word up
        raise WireError("ends behind the end of the message", "StateUpdate", start)
    return np.frombuffer(data, dtype, count, start)


def _read_data(walk: _Walk) -> Frames | None:
    """Return the frame or difference that was read, None where there is none."""
    data, _, _, values, words = walk
    if not values[cursor.DATA] or not values[cursor.DATA_KIND]:
        return None
    num_actions, num_resources, num_bullets, num_creep = values[_COUNTS]
    width, height, reward, is_terminal, num_units, num_orders, _, _, units_at, resources_at, *ends = values[_PLACES]
    players_at, counts_at, var_ids_at, var_diffs_at, order_ids_at, orders_at, bullets_at, creep_at, actions_at = ends
    # `frombuffer` takes a third of the time of a slice and a view, and nothing at all is quicker still.
    resources = (
        _from(words, RESOURCES_DTYPE, num_resources, 4 * resources_at) if num_resources else _NOTHING[RESOURCES_DTYPE]
    )
    bullets = _from(words, BULLET_DTYPE, num_bullets, 4 * bullets_at) if num_bullets else _NOTHING[BULLET_DTYPE]
    actions = _read_actions(data, values) if num_actions else ()
    action_players = words[actions_at : actions_at + num_actions] if num_actions else _NO_INTS
    if values[cursor.DATA_KIND] == FRAME_DIFF:
        diff = _new(WireFrameDiff)
        diff.player_ids = words[players_at:counts_at]
        diff.num_units = words[counts_at:var_ids_at]
        diff.units = _from(words, UNIT_DIFF_DTYPE, num_units, 4 * units_at) if num_units else _NOTHING[UNIT_DIFF_DTYPE]
        diff.var_ids = words[var_ids_at:var_diffs_at]
        diff.var_diffs = words[var_diffs_at:order_ids_at]
        diff.order_ids = words[order_ids_at:orders_at]
        diff.order_diffs = words[orders_at:bullets_at]
        diff.actions = actions
        diff.action_players = action_players
        diff.resources = resources
        diff.bullets = bullets
        diff.creep_map = _NOTHING[CREEP_DIFF_DTYPE]
        if num_creep:
            diff.creep_map = _from(words, CREEP_DIFF_DTYPE, num_creep, 4 * creep_at)
        diff.reward = reward
        diff.is_terminal = is_terminal
        return diff
    return WireFrame(
        player_ids=words[players_at:counts_at],
        num_units=words[counts_at:var_ids_at],
        units=_from(words, WIRE_UNIT_DTYPE, num_units, 4 * units_at) if num_units else _NOTHING[WIRE_UNIT_DTYPE],
        orders=_from(words, ORDER_DTYPE, num_orders, 4 * orders_at) if num_orders else _NOTHING[ORDER_DTYPE],
        actions=actions,
        action_players=action_players,
        resources=resources,
        bullets=bullets,
        creep_map=_from(words, np.uint8, num_creep, 4 * creep_at) if num_creep else _NO_BYTES,
        width=width,
        height=height,
        reward=reward,
        is_terminal=is_terminal,
    )


def _read_actions(data: bytes, values: list[int]) -> tuple[Action, ...]:
    """Return the actions of all players; the real server never sends any, so this need not be fast."""
    buffer = fb.Buffer(data)
    is_diff = values[cursor.DATA_KIND] == FRAME_DIFF
    table = fb.Table(buffer, values[cursor.DATA], "FrameDiff" if is_diff else "Frame")
    actions: list[Action] = []
    for entry in table.tables(2 if is_diff else 1, "actions", "ActionsOfPlayer"):
        player = entry.number(0, "playerId")
        for action in entry.tables(1, "actions", "Action"):
            numbers = action.vector(0, "action", 4)
            actions.append(
                Action(
                    player_id=player,
                    uid=action.number(1, "uid"),
                    aid=action.number(2, "aid"),
                    action=struct.unpack_from(f"<{numbers.count}i", data, numbers.start),
                )
            )
    return tuple(actions)


def _read_commands(walk: _Walk) -> CommandsMessage:
    data, bits, head, values, _ = walk
    num_commands, num_args = values[cursor.COMMANDS + 1], values[cursor.NUM_ARGS]
    rows, args = np.empty((num_commands, cursor.COMMAND_WORDS), np.int64), np.empty(num_args, np.int64)
    filling.fill_commands(bits, head, rows, args)
    if head[cursor.ERROR]:
        _raise(head)
    numbers, commands, first = args.tolist(), [], 0
    for code, count, start, size in rows.tolist():
        text = _text(data, start, size) if size else ""
        commands.append(Command(code=code, args=tuple(numbers[first : first + count]), str=text))
        first += count
    return CommandsMessage(commands=tuple(commands))


def _read_handshake_server(data: bytes, table: fb.Table) -> HandshakeServer:
    def map_bytes(slot: int, name: str) -> NDArray[np.uint8]:
        span = table.vector(slot, name, 1)
        return np.frombuffer(data, np.uint8, span.count, span.start) if span.count else _NO_BYTES

    starts = table.vector(10, "start_locations", 8)
    places = struct.iter_unpack("<ii", data[starts.start : starts.start + 8 * starts.count])
    return HandshakeServer(
        lag_frames=table.number(0, "lag_frames"),
        map_size=table.pair(1, "map_size") or (0, 0),
        ground_height_data=map_bytes(2, "ground_height_data"),
        walkable_data=map_bytes(3, "walkable_data"),
        buildable_data=map_bytes(9, "buildable_data"),
        map_name=table.text(4, "map_name") or "",
        is_replay=bool(table.number(5, "is_replay", "B")),
        player_id=table.number(6, "player_id"),
        neutral_id=table.number(7, "neutral_id"),
        battle_frame_count=table.number(8, "battle_frame_count"),
        start_locations=tuple((x, y) for x, y in places),
        players=tuple(
            Player(
                id=player.number(0, "id"),
                race=player.number(1, "race"),
                name=player.text(2, "name") or "",
                is_enemy=bool(player.number(3, "is_enemy", "B")),
            )
            for player in table.tables(11, "players", "Player")
        ),
        frame_from_bwapi=table.number(12, "frame_from_bwapi") if table.has(12, "frame_from_bwapi") else None,
        map_title=table.text(13, "map_title"),
    )
