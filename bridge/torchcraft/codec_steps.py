"""The two messages of every step, written with a fixed shape: commands and state updates.

They could be written like all others (`codec_encode.py` does, where the shape does not fit); this costs a third of it.
Every table has its fields at the same place, so that the distances are known beforehand.
"""

from __future__ import annotations

import functools
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft import flatbuffer as fb
from bridge.torchcraft.codec_words import COMMANDS, INT32, STATE_UPDATE, words_of
from bridge.torchcraft.messages import CommandsMessage, StateUpdate

_COUNT: Final = struct.Struct("<I")
_NO_TEXT: Final = bytes(8)
_NO_ITEMS: Final = bytes(4)

# Distance to the root; vtables of Message (12 bytes), Commands (8) and Command (12); the Message at byte 36.
_COMMANDS_HEAD: Final = struct.pack("<I5H2x3H2x5H2x", 36, 10, 16, 12, 4, 8, 6, 8, 4, 10, 16, 4, 8, 12)
_COMMANDS_MESSAGE: Final = struct.Struct("<iIIB3x")
_COMMAND_VTABLE: Final = 24

# Distance to the root, vtable of Message (8 bytes), then the StateUpdate's (28), which says what is absent.
_STATE_ROOT: Final = struct.pack("<I4H", 40, 8, 12, 8, 4)
_STATE_OFFSETS: Final = (60, 4, 8, 12, 16, 20, 24, 28, 36, 40, 48, 52)
_STATE_TABLES: Final = struct.Struct("<iIB3xiIIiiIIiiIiiIiiB3x")
_STATE_AT: Final = 52
_STATE_END: Final = 116


@functools.cache
def _command(num_args: int) -> struct.Struct:
    """Return the form of a Command with its args."""
    return struct.Struct(f"<iiIII{num_args}i")


def _text(text: str, where: str) -> bytes:
    if not text:
        return _NO_TEXT
    vector = fb.text(text, where)
    return _filled(_COUNT.pack(vector.count) + vector.data)


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _byte_items(array: NDArray[np.uint8] | NDArray[np.int8]) -> bytes:
    return _filled(_COUNT.pack(array.size) + array.tobytes())


@functools.lru_cache(maxsize=16)
def _sender(uid: str) -> bytes:
    """Return a client's id: the same in each of its messages."""
    return _text(uid, "Message.uid")


def commands_bytes(message: CommandsMessage, uid: str) -> bytes:
    """Return a Commands message.

    Raises:
        struct.error: a number does not fit.
        WireError: a text cannot be written.
    """
    sender = _sender(uid)
    commands_at = 52 + len(sender)
    head = _COMMANDS_MESSAGE.pack(32, commands_at - 40, 8, COMMANDS)
    num_commands = len(message.commands)
    list_at = commands_at + 12
    table = list_at + 4 * num_commands
    places, parts = [], []
    for i, command in enumerate(message.commands):
        args, num_args = command.args, len(command.args)
        text = _text(command.str, "Command.str")
        distance = 8 + 4 * num_args
        parts.append(_command(num_args).pack(table - _COMMAND_VTABLE, command.code, 8, distance, num_args, *args))
        parts.append(text)
        places.append(table - list_at - 4 * i)
        table += 20 + 4 * num_args + len(text)
    commands = struct.pack(f"<iII{num_commands}I", commands_at - 16, 4, num_commands, *places)
    return b"".join((_COMMANDS_HEAD, head, sender, commands, *parts))


@functools.cache
def _state_vtable(has_data: bool, has_deaths: bool) -> bytes:
    offsets = list(_STATE_OFFSETS)
    if not has_data:
        offsets[0] = offsets[1] = 0
    if not has_deaths:
        offsets[2] = 0
    return _STATE_ROOT + struct.pack("<14H", 28, 64, *offsets)


def state_bytes(message: StateUpdate, data_kind: int, blob: fb.Blob | None) -> bytes:
    """Return a StateUpdate message without a sender.

    Args:
        message: what to write.
        data_kind: of its data; 0 for none.
        blob: its data as bytes, None for none.

    Raises:
        struct.error: a number does not fit.
        WireError: an array has another dtype, or a text cannot be written.
    """
    has_deaths = message.deaths is not None
    deaths = status = visibility = img_data = _NO_ITEMS
    if message.deaths is not None and message.deaths.size:
        deaths = _COUNT.pack(message.deaths.size) + words_of(message.deaths, INT32, "StateUpdate.deaths").tobytes()
    if message.commands_status.size:
        status = _byte_items(message.commands_status)
    if message.visibility.size:
        visibility = _byte_items(message.visibility)
    if message.img_data.size:
        img_data = _byte_items(message.img_data)
    img_mode = _text(message.img_mode, "StateUpdate.img_mode")
    status_at = _STATE_END + len(deaths)
    mode_at = status_at + len(status)
    visibility_at = mode_at + len(img_mode)
    img_at = visibility_at + len(visibility)
    end = img_at + len(img_data)
    filling = -end % 8
    data_at = end + filling + (blob.table if blob else 0)
    tables = _STATE_TABLES.pack(
        36,
        8,
        STATE_UPDATE,
        40,
        data_at - (_STATE_AT + 4),
        _STATE_END - (_STATE_AT + 8),
        message.frame_from_bwapi,
        message.battle_frame_count,
        status_at - (_STATE_AT + 20),
        mode_at - (_STATE_AT + 24),
        *message.screen_position,
        visibility_at - (_STATE_AT + 36),
        *message.visibility_size,
        img_at - (_STATE_AT + 48),
        *message.img_size,
        data_kind,
    )
    head = _state_vtable(blob is not None, has_deaths)
    parts = (head, tables, deaths, status, img_mode, visibility, img_data)
    return b"".join((*parts, bytes(filling), blob.data) if blob else parts)
