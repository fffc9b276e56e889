"""Bytes to messages and back: what a TorchCraft client and server say to each other.

`encode` writes either side's messages; `decode_server` and `decode_client` read those of the side they are named after.
Any producer's bytes are read, with fields in any place; absent fields count as 0 and empty, as the protocol has it.
Bytes that are no message raise `WireError`, and nothing of them is given away.

The kernels behind it are compiled once, at the first use on a machine (`bridge.torchcraft.codec_warmup`).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft import codec_read as read
from bridge.torchcraft import codec_write
from bridge.torchcraft import flatbuffer as fb
from bridge.torchcraft.codec_warmup import prepare
from bridge.torchcraft.codec_words import Words, check_counts, check_ranges, words_of
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
    Message,
    Player,
    PlayerLeft,
    ServerMessage,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)

__all__ = ["WireError", "decode_client", "decode_record", "decode_server", "encode", "encode_record"]

HANDSHAKE_CLIENT, COMMANDS, HANDSHAKE_SERVER, STATE_UPDATE, PLAYER_LEFT, END_GAME, ERROR = range(1, 8)
KINDS: Final = (
    "NONE",
    "HandshakeClient",
    "Commands",
    "HandshakeServer",
    "StateUpdate",
    "PlayerLeft",
    "EndGame",
    "Error",
)
FRAME, FRAME_DIFF = 1, 2

Frames: TypeAlias = WireFrame | WireFrameDiff

if sys.byteorder != "little":
    raise ImportError("the wire is little endian, and so must the machine be that copies records to and from it")

_INT32: Final = np.dtype(np.int32)
_NOTHING: Final = {
    dtype: np.zeros(0, dtype)
    for dtype in (
        WIRE_UNIT_DTYPE,
        UNIT_DIFF_DTYPE,
        ORDER_DTYPE,
        BULLET_DTYPE,
        RESOURCES_DTYPE,
        CREEP_DIFF_DTYPE,
    )
}
_NO_BYTES: Final = np.zeros(0, np.uint8)
_NO_STATUS: Final = np.zeros(0, np.int8)

# ------------------------------------------------------------------------------------------------------------ encode


def encode(message: Message, uid: str = "") -> bytes:
    """Return the bytes of a message of either side.

    Vectors are written even if they are empty where the real client and server do so: readers count on them.

    Args:
        message: what to say.
        uid: the sender's id. Client messages always carry one; the server's only if it is not empty.

    Raises:
        WireError: a number does not fit, an array has another dtype, or records refer to what is not there.
    """
    kind, child = _ENCODERS[type(message)](message)
    fields: dict[int, fb.Field] = {0: fb.byte(kind), 1: child}
    if uid or kind in (HANDSHAKE_CLIENT, COMMANDS):
        fields[2] = fb.text(uid, "Message.uid")
    return fb.write(fb.Record(fields))


def encode_record(frame: Frames) -> bytes:
    """Return a buffer whose outermost table is the frame or difference: a record of a replay file.

    Raises:
        WireError: as of `encode`.
    """
    blob = _frame_blob(frame) if isinstance(frame, WireFrame) else _diff_blob(frame)
    return struct.pack("<II", 8 + blob.table, 0) + blob.data


def _handshake_client(message: HandshakeClient) -> tuple[int, fb.Record]:
    fields: dict[int, fb.Field] = {0: fb.int32(message.protocol, "HandshakeClient.protocol")}
    if message.map is not None:
        fields[1] = fb.text(message.map, "HandshakeClient.map")
    if message.window_size is not None:
        fields[2] = fb.pair(message.window_size, "HandshakeClient.window_size")
    if message.window_pos is not None:
        fields[3] = fb.pair(message.window_pos, "HandshakeClient.window_pos")
    fields[4] = fb.byte(message.micro_mode)
    return HANDSHAKE_CLIENT, fb.Record(fields)


def _commands(message: CommandsMessage) -> tuple[int, fb.Record]:
    records = [
        fb.Record(
            {
                0: fb.int32(command.code, "Command.code"),
                1: _int_vector(command.args, "Command.args"),
                2: fb.text(command.str, "Command.str"),
            }
        )
        for command in message.commands
    ]
    return COMMANDS, fb.Record({0: records})


def _int_vector(numbers: tuple[int, ...], where: str) -> fb.Vector:
    try:
        return fb.Vector(struct.pack(f"<{len(numbers)}i", *numbers), len(numbers))
    except struct.error as error:
        raise WireError(f"{numbers!r} are not all whole numbers of 32 bits ({error})", where) from None


def _byte_vector(array: NDArray[np.uint8] | NDArray[np.int8], dtype: type[np.generic], where: str) -> fb.Vector:
    if array.dtype != dtype or array.ndim != 1:
        raise WireError(f"is {array.ndim}-dimensional {array.dtype}, not one-dimensional {np.dtype(dtype)}", where)
    return fb.Vector(array.tobytes(), array.size)


def _handshake_server(message: HandshakeServer) -> tuple[int, fb.Record]:
    name = "HandshakeServer"
    fields: dict[int, fb.Field] = {
        0: fb.int32(message.lag_frames, f"{name}.lag_frames"),
        1: fb.pair(message.map_size, f"{name}.map_size"),
        5: fb.byte(message.is_replay),
        6: fb.int32(message.player_id, f"{name}.player_id"),
        7: fb.int32(message.neutral_id, f"{name}.neutral_id"),
        8: fb.int32(message.battle_frame_count, f"{name}.battle_frame_count"),
    }
    maps = ((2, "ground_height_data"), (3, "walkable_data"), (9, "buildable_data"))
    for slot, field in maps:
        array: NDArray[np.uint8] = getattr(message, field)
        if array.size:  # the real server writes no empty vectors and texts here
            fields[slot] = _byte_vector(array, np.uint8, f"{name}.{field}")
    if message.map_name:
        fields[4] = fb.text(message.map_name, f"{name}.map_name")
    if message.start_locations:
        data = b"".join(fb.pair(place, f"{name}.start_locations").data for place in message.start_locations)
        fields[10] = fb.Vector(data, len(message.start_locations))
    if message.players:
        fields[11] = [_player(player) for player in message.players]
    if message.frame_from_bwapi is not None:
        fields[12] = fb.int32(message.frame_from_bwapi, f"{name}.frame_from_bwapi")
    if message.map_title is not None:
        fields[13] = fb.text(message.map_title, f"{name}.map_title")
    return HANDSHAKE_SERVER, fb.Record(fields)


def _player(player: Player) -> fb.Record:
    fields: dict[int, fb.Field] = {
        0: fb.int32(player.id, "Player.id"),
        1: fb.int32(player.race, "Player.race"),
        3: fb.byte(player.is_enemy),
    }
    if player.name:
        fields[2] = fb.text(player.name, "Player.name")
    return fb.Record(fields)


def _state_update(message: StateUpdate) -> tuple[int, fb.Record]:
    name = "StateUpdate"
    fields = _data_fields(message.data)
    if message.deaths is not None:
        deaths = words_of(message.deaths, _INT32, f"{name}.deaths")
        fields[2] = fb.Vector(deaths.tobytes(), deaths.size)
    fields[3] = fb.int32(message.frame_from_bwapi, f"{name}.frame_from_bwapi")
    fields[4] = fb.int32(message.battle_frame_count, f"{name}.battle_frame_count")
    fields[5] = _byte_vector(message.commands_status, np.int8, f"{name}.commands_status")
    fields[6] = fb.text(message.img_mode, f"{name}.img_mode")
    fields[7] = fb.pair(message.screen_position, f"{name}.screen_position")
    fields[8] = _byte_vector(message.visibility, np.uint8, f"{name}.visibility")
    fields[9] = fb.pair(message.visibility_size, f"{name}.visibility_size")
    fields[10] = _byte_vector(message.img_data, np.uint8, f"{name}.img_data")
    fields[11] = fb.pair(message.img_size, f"{name}.img_size")
    return STATE_UPDATE, fb.Record(fields)


def _player_left(message: PlayerLeft) -> tuple[int, fb.Record]:
    return PLAYER_LEFT, fb.Record({0: fb.text(message.player_left, "PlayerLeft.player_left")})


def _end_game(message: EndGame) -> tuple[int, fb.Record]:
    return END_GAME, fb.Record({**_data_fields(message.data), 2: fb.byte(message.game_won)})


def _error(message: Error) -> tuple[int, fb.Record]:
    return ERROR, fb.Record({} if message.message is None else {0: fb.text(message.message, "Error.message")})


_ENCODERS: Final = cast(
    "dict[type[Message], Callable[[Message], tuple[int, fb.Record]]]",
    {
        HandshakeClient: _handshake_client,
        CommandsMessage: _commands,
        HandshakeServer: _handshake_server,
        StateUpdate: _state_update,
        PlayerLeft: _player_left,
        EndGame: _end_game,
        Error: _error,
    },
)


def _data_fields(data: Frames | None) -> dict[int, fb.Field]:
    if data is None:
        return {}
    if isinstance(data, WireFrame):
        return {0: fb.byte(FRAME), 1: _frame_blob(data)}
    return {0: fb.byte(FRAME_DIFF), 1: _diff_blob(data)}


_FRAME_PREFIX: Final = np.frombuffer(codec_write.FRAME_PREFIX, np.int32)
_DIFF_PREFIX: Final = np.frombuffer(codec_write.DIFF_PREFIX, np.int32)


def _frame_blob(frame: WireFrame) -> fb.Blob:
    prepare()
    players, counts = (
        words_of(frame.player_ids, _INT32, "Frame.player_ids"),
        words_of(frame.num_units, _INT32, "Frame.num_units"),
    )
    units = words_of(frame.units, WIRE_UNIT_DTYPE, "Frame.units")
    orders = words_of(frame.orders, ORDER_DTYPE, "Frame.orders")
    resources = words_of(frame.resources, RESOURCES_DTYPE, "Frame.resources")
    bullets = words_of(frame.bullets, BULLET_DTYPE, "Frame.bullets")
    num_units = units.size // codec_write.UNIT_WORDS
    check_counts(counts, players, num_units, "Frame")
    num_orders = check_ranges(units, codec_write.UNIT_WORDS, 40, orders.size // 5, "Frame.orders")
    limit = codec_write.frame_words(players.size, num_units, num_orders, len(frame.resources), len(frame.bullets))
    words = np.empty(limit, np.int32)
    words[: codec_write.FRAME_AT] = _FRAME_PREFIX
    numbers = _numbers((frame.width, frame.height, frame.reward, frame.is_terminal), "Frame")
    end = codec_write.write_frame(words, players, counts, units, orders, resources, bullets, numbers)
    creep = _byte_vector(frame.creep_map, np.uint8, "Frame.creep_map")
    words[end - 1] = creep.count
    data = words[:end].tobytes() + creep.data
    return fb.Blob(_with_actions(data, codec_write.FRAME_AT + 2, frame), 4 * codec_write.FRAME_AT)


def _diff_blob(diff: WireFrameDiff) -> fb.Blob:
    prepare()
    name = "FrameDiff"
    players, counts = (
        words_of(diff.player_ids, _INT32, f"{name}.pids"),
        words_of(diff.num_units, _INT32, f"{name}.num_units"),
    )
    units = words_of(diff.units, UNIT_DIFF_DTYPE, f"{name}.units")
    var_ids, var_diffs, order_ids, order_diffs = (
        words_of(getattr(diff, field), _INT32, f"{name}.{field}")
        for field in ("var_ids", "var_diffs", "order_ids", "order_diffs")
    )
    resources = words_of(diff.resources, RESOURCES_DTYPE, f"{name}.resources")
    bullets = words_of(diff.bullets, BULLET_DTYPE, f"{name}.bullets")
    creep = words_of(diff.creep_map, CREEP_DIFF_DTYPE, f"{name}.creep_map")
    stride = codec_write.UNIT_DIFF_WORDS
    num_units = units.size // stride
    check_counts(counts, players, num_units, name)
    num_vars = check_ranges(units, stride, 1, min(var_ids.size, var_diffs.size), f"{name}.var_ids")
    num_orders = check_ranges(units, stride, 3, min(order_ids.size, order_diffs.size), f"{name}.order_ids")
    limit = codec_write.diff_words(
        players.size, num_units, num_vars, num_orders, len(diff.resources), len(diff.bullets)
    )
    words = np.empty(limit + creep.size, np.int32)
    words[: codec_write.DIFF_AT] = _DIFF_PREFIX
    end = codec_write.write_diff(
        words,
        players,
        counts,
        units,
        var_ids,
        var_diffs,
        order_ids,
        order_diffs,
        resources,
        bullets,
        creep,
        _numbers((diff.reward, diff.is_terminal), name),
    )
    return fb.Blob(_with_actions(words[:end].tobytes(), codec_write.DIFF_AT + 3, diff), 4 * codec_write.DIFF_AT)


def _numbers(values: tuple[int, ...], where: str) -> NDArray[np.int64]:
    for value in values:
        if not -(1 << 31) <= value < 1 << 32:
            raise WireError(f"{value} is no whole number of 32 bits", where)
    return np.array([(value + (1 << 31)) % (1 << 32) - (1 << 31) for value in values], np.int64)


def _with_actions(data: bytes, place: int, frame: Frames) -> bytes:
    """Put a frame's actions behind its blob and point the field at word `place` to them; there are hardly ever any."""
    if not frame.action_players.size and not frame.actions:
        return data
    records = [
        fb.Record(
            {
                0: fb.int32(player, "ActionsOfPlayer.playerId"),
                1: [_action(action) for action in frame.actions if action.player_id == player],
            }
        )
        for player in frame.action_players.tolist()
    ]
    blob = fb.write_vector(records)
    out = bytearray(data + bytes(-len(data) % 4))
    struct.pack_into("<I", out, 4 * place, len(out) + blob.table - 4 * place)
    return bytes(out + blob.data)


def _action(action: Action) -> fb.Record:
    return fb.Record(
        {
            0: _int_vector(action.action, "Action.action"),
            1: fb.int32(action.uid, "Action.uid"),
            2: fb.int32(action.aid, "Action.aid"),
        }
    )


# ------------------------------------------------------------------------------------------------------------ decode


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
    table = fb.Buffer(data).root("Message").table(1, "msg")
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
    table = fb.Buffer(data).root("Message").table(1, "msg")
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


def _scan(data: bytes) -> tuple[int, Words, NDArray[np.int64]]:
    prepare()
    bits, head = _bits(data), np.zeros(read.HEAD_SIZE, np.int64)
    read.scan(bits, head)
    _raise_if_bad(head)
    kind = int(head[read.KIND])
    if kind and not head[read.MESSAGE]:
        raise WireError(f"a {KINDS[kind]} is announced, but absent", "Message.msg", 0)
    return kind, bits, head


def _raise_if_bad(head: NDArray[np.int64]) -> None:
    if not head[read.ERROR]:
        return
    error, at, table, slot = head[: read.SLOT + 1].tolist()
    name, fields = read.TABLES[table]
    where = name if slot < 0 else f"{name}.{fields.split()[slot]}"
    raise WireError(read.ERRORS[error], where, at)


def _text(data: bytes, start: int, size: int) -> str:
    return data[start : start + size].decode("utf-8", fb.TEXT_ERRORS)


def _read_state(data: bytes, bits: Words, head: NDArray[np.int64]) -> StateUpdate:
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


def _read_data(data: bytes, bits: Words, head: NDArray[np.int64], values: list[int]) -> tuple[Frames | None, Words]:
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
    for entry in table.tables(2 if is_diff else 1, "actions"):
        player = entry.number(0, "playerId")
        for action in entry.tables(1, "actions"):
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


def _read_commands(data: bytes, bits: Words, head: NDArray[np.int64]) -> CommandsMessage:
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
            for player in table.tables(11, "players")
        ),
        frame_from_bwapi=table.number(12, "frame_from_bwapi") if table.has(12, "frame_from_bwapi") else None,
        map_title=table.text(13, "map_title"),
    )
