"""Bytes to messages."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
_NO_BYTES: Final = np.zeros(0, np.uint8)
_NO_STATUS: Final = np.zeros(0, np.int8)


def decode_server(data: bytes) -> ServerMessage:
    """Return what a server said.

    Raises:
        WireError: the bytes are no message, or one that only clients send.
    """
    kind, bits, head = _scan(data)
    if kind == STATE_UPDATE:
        return _read_state(data, bits, head)
    if kind == END_GAME:
        values = head.tolist()
        return EndGame(data=_read_data(data, bits, head, values)[0], game_won=bool(values[read.GAME_WON]))
    if kind not in (HANDSHAKE_SERVER, PLAYER_LEFT, ERROR):
        raise WireError(f"is {KINDS[kind]}, which no server sends", "Message.msg_type", 0)
    table = fb.Buffer(data).root("Message").table(1, "msg", KINDS[kind])
    if table is None:
        raise WireError(f"a {KINDS[kind]} is announced, but absent", "Message.msg", 0)
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
    kind, bits, head = _scan(data)
    uid = _text(data, int(head[read.UID]), int(head[read.UID + 1])) if head[read.UID] else None
    if kind == COMMANDS:
        return _read_commands(data, bits, head), uid
    if kind != HANDSHAKE_CLIENT:
        raise WireError(f"is {KINDS[kind]}, which no client sends", "Message.msg_type", 0)
    table = fb.Buffer(data).root("Message").table(1, "msg", "HandshakeClient")
    if table is None:
        raise WireError("a HandshakeClient is announced, but absent", "Message.msg", 0)
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
    prepare()
    bits, head = _bits(data), np.zeros(read.HEAD_SIZE, np.int64)
    read.scan_record(bits, FRAME_DIFF if is_diff else FRAME, head)
    _raise_if_bad(head)
    frame = _read_data(data, bits, head, head.tolist())[0]
    assert frame is not None
    return frame


def _bits(data: bytes) -> Words:
    """Return a message as words, filled up with zero bytes where its length is odd; read-only."""
    if not data:
        raise WireError("is empty", "Message", 0)
    return np.frombuffer(data if len(data) % 4 == 0 else data + bytes(-len(data) % 4), np.int32)


def _scan(data: bytes) -> tuple[int, Words, Longs]:
    prepare()
    bits, head = _bits(data), np.zeros(read.HEAD_SIZE, np.int64)
    read.scan(bits, head)
    _raise_if_bad(head)
    kind = int(head[read.KIND])
    if kind and not head[read.MESSAGE]:
        raise WireError(f"a {KINDS[kind]} is announced, but absent", "Message.msg", 0)
    return kind, bits, head


def _raise_if_bad(head: Longs) -> None:
    if not head[read.ERROR]:
        return
    error, at, table, slot = head[: read.SLOT + 1].tolist()
    name, fields = read.TABLES[table]
    where = name if slot < 0 else f"{name}.{fields.split()[slot]}"
    raise WireError(read.ERRORS[error], where, at)


def _text(data: bytes, start: int, size: int) -> str:
    return data[start : start + size].decode("utf-8", fb.TEXT_ERRORS)


def _read_state(data: bytes, bits: Words, head: Longs) -> StateUpdate:
    values = head.tolist()
    frame, words = _read_data(data, bits, head, values)
    deaths = values[read.W_DEATHS]
    return StateUpdate(
        data=frame,
        deaths=words[deaths : deaths + values[read.DEATHS + 1]] if values[read.DEATHS] else None,
        frame_from_bwapi=values[read.FRAME_FROM_BWAPI],
        battle_frame_count=values[read.BATTLE_FRAME_COUNT],
        commands_status=_part(data, values, read.STATUS).view(np.int8) if values[read.STATUS + 1] else _NO_STATUS,
        img_mode=_text(data, values[read.IMG_MODE], values[read.IMG_MODE + 1]),
        screen_position=(values[read.SCREEN_X], values[read.SCREEN_Y]),
        visibility=_part(data, values, read.VISIBILITY),
        visibility_size=(values[read.VISIBILITY_W], values[read.VISIBILITY_H]),
        img_data=_part(data, values, read.IMG_DATA),
        img_size=(values[read.IMG_W], values[read.IMG_H]),
    )


def _part(data: bytes, values: list[int], field: int) -> NDArray[np.uint8]:
    """Return a vector of bytes: a view of the message, read-only."""
    start, count = values[field], values[field + 1]
    return np.frombuffer(data, np.uint8, count, start) if count else _NO_BYTES


def _read_data(data: bytes, bits: Words, head: Longs, values: list[int]) -> tuple[Frames | None, Words]:
    """Return the frame or difference that was scanned, None where there is none, and the words that hold it."""
    words = np.empty(values[read.NUM_WORDS], np.int32)
    read.fill(bits, head, words)
    _raise_if_bad(head)
    if not values[read.DATA] or not values[read.DATA_KIND]:
        return None, words
    is_diff = values[read.DATA_KIND] == FRAME_DIFF
    num_players = values[read.PIDS + 1] if is_diff else values[read.UNITS + 1]
    num_units, num_orders, num_vars = values[read.NUM_UNITS], values[read.NUM_ORDERS], values[read.NUM_VARS]

    def ints(field: int, count: int) -> Words:
        at = values[field]
        return words[at : at + count]

    def records(field: int, count: int, dtype: np.dtype[np.void]) -> NDArray[np.void]:
        if not count:
            return _NOTHING[dtype]
        at = values[field]
        return words[at : at + count * (dtype.itemsize // 4)].view(dtype)

    players, counts = ints(read.W_PLAYERS, num_players), ints(read.W_COUNTS, num_players)
    action_players = ints(read.W_ACTION_PLAYERS, values[read.ACTIONS + 1])
    actions = _read_actions(data, values) if values[read.ACTIONS + 1] else ()
    resources = records(read.W_RESOURCES, values[read.RESOURCES + 1], RESOURCES_DTYPE)
    bullets = records(read.W_BULLETS, values[read.BULLETS + 1], BULLET_DTYPE)
    if is_diff:
        diff = WireFrameDiff(
            player_ids=players,
            num_units=counts,
            units=records(read.W_UNITS, num_units, UNIT_DIFF_DTYPE),
            var_ids=ints(read.W_VAR_IDS, num_vars),
            var_diffs=ints(read.W_VAR_DIFFS, num_vars),
            order_ids=ints(read.W_ORDER_IDS, num_orders),
            order_diffs=ints(read.W_ORDERS, num_orders),
            actions=actions,
            action_players=action_players,
            resources=resources,
            bullets=bullets,
            creep_map=records(read.W_CREEP, values[read.CREEP + 1], CREEP_DIFF_DTYPE),
            reward=values[read.REWARD],
            is_terminal=values[read.IS_TERMINAL],
        )
        return diff, words
    creep_at = 4 * values[read.W_CREEP]
    frame = WireFrame(
        player_ids=players,
        num_units=counts,
        units=records(read.W_UNITS, num_units, WIRE_UNIT_DTYPE),
        orders=records(read.W_ORDERS, num_orders, ORDER_DTYPE),
        actions=actions,
        action_players=action_players,
        resources=resources,
        bullets=bullets,
        creep_map=words.view(np.uint8)[creep_at : creep_at + values[read.CREEP + 1]],
        width=values[read.WIDTH],
        height=values[read.HEIGHT],
        reward=values[read.REWARD],
        is_terminal=values[read.IS_TERMINAL],
    )
    return frame, words


def _read_actions(data: bytes, values: list[int]) -> tuple[Action, ...]:
    """Return the actions of all players; the real server never sends any, so this need not be fast."""
    buffer = fb.Buffer(data)
    is_diff = values[read.DATA_KIND] == FRAME_DIFF
    table = fb.Table(buffer, values[read.DATA], "FrameDiff" if is_diff else "Frame")
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


def _read_commands(data: bytes, bits: Words, head: Longs) -> CommandsMessage:
    num_commands, num_args = int(head[read.COMMANDS + 1]), int(head[read.NUM_ARGS])
    rows, args = np.empty((num_commands, read.COMMAND_WORDS), np.int64), np.empty(num_args, np.int64)
    read.fill_commands(bits, head, rows, args)
    _raise_if_bad(head)
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
