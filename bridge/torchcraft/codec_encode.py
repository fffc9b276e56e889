"""Messages to bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft import flatbuffer as fb
from bridge.torchcraft.codec_frames import byte_vector, diff_blob, difference_blob, frame_blob, int_vector
from bridge.torchcraft.codec_steps import commands_bytes, state_bytes
from bridge.torchcraft.codec_words import (
    COMMANDS,
    END_GAME,
    ERROR,
    FRAME,
    FRAME_DIFF,
    HANDSHAKE_CLIENT,
    HANDSHAKE_SERVER,
    INT32,
    PLAYER_LEFT,
    STATE_UPDATE,
    Frames,
    words_of,
)
from bridge.torchcraft.messages import (
    CommandsMessage,
    EndGame,
    Error,
    HandshakeClient,
    HandshakeServer,
    Message,
    Player,
    PlayerLeft,
    StateUpdate,
    WireFrame,
)

_INT8: Final = np.dtype(np.int8)
_UINT8: Final = np.dtype(np.uint8)


def encode(message: Message, uid: str = "") -> bytes:
    """Return the bytes of a message of either side.

    Vectors are written even if they are empty where the real client and server do so: readers count on them.

    Args:
        message: what to say.
        uid: the sender's id. Client messages always carry one; the server's only if it is not empty.

    Raises:
        WireError: a number does not fit, an array has another dtype, or records refer to what is not there.
    """
    fast = _in_fixed_shape(message, uid)
    return fast if fast is not None else _in_any_shape(message, uid)


def encode_difference(update: StateUpdate, new: WireFrame, old: WireFrame) -> bytes:
    """Return the bytes of a server's usual message: an update whose data is the difference of two frames.

    Args:
        update: the rest of the message; its own data is not looked at.
        new: the frame to be sent.
        old: the frame sent before.

    Raises:
        WireError: as of `encode` and `diff`.
    """
    return state_bytes(update, FRAME_DIFF, difference_blob(new, old))


def _in_fixed_shape(message: Message, uid: str) -> bytes | None:
    """Return the bytes of the messages of every step; None for all others, and where something is wrong."""
    try:
        if isinstance(message, StateUpdate) and not uid and _are_bytes(message):
            data = message.data
            if data is None:
                return state_bytes(message, 0, None)
            if isinstance(data, WireFrame):
                return state_bytes(message, FRAME, frame_blob(data))
            return state_bytes(message, FRAME_DIFF, diff_blob(data))
        if isinstance(message, CommandsMessage):
            return commands_bytes(message, uid)
    except struct.error:  # the slow way says which field it is
        return None
    return None


def _are_bytes(message: StateUpdate) -> bool:
    """Return whether the vectors of bytes are what they should be; if not, the slow way says which is not."""
    return (
        message.commands_status.dtype == _INT8
        and message.visibility.dtype == _UINT8
        and message.img_data.dtype == _UINT8
    )


def _in_any_shape(message: Message, uid: str) -> bytes:
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
    blob = frame_blob(frame) if isinstance(frame, WireFrame) else diff_blob(frame)
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
                1: int_vector(command.args, "Command.args"),
                2: fb.text(command.str, "Command.str"),
            }
        )
        for command in message.commands
    ]
    return COMMANDS, fb.Record({0: records})


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
            fields[slot] = byte_vector(array, np.uint8, f"{name}.{field}")
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
        deaths = words_of(message.deaths, INT32, f"{name}.deaths")
        fields[2] = fb.Vector(deaths.tobytes(), deaths.size)
    fields[3] = fb.int32(message.frame_from_bwapi, f"{name}.frame_from_bwapi")
    fields[4] = fb.int32(message.battle_frame_count, f"{name}.battle_frame_count")
    fields[5] = byte_vector(message.commands_status, np.int8, f"{name}.commands_status")
    fields[6] = fb.text(message.img_mode, f"{name}.img_mode")
    fields[7] = fb.pair(message.screen_position, f"{name}.screen_position")
    fields[8] = byte_vector(message.visibility, np.uint8, f"{name}.visibility")
    fields[9] = fb.pair(message.visibility_size, f"{name}.visibility_size")
    fields[10] = byte_vector(message.img_data, np.uint8, f"{name}.img_data")
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
        return {0: fb.byte(FRAME), 1: frame_blob(data)}
    return {0: fb.byte(FRAME_DIFF), 1: diff_blob(data)}
