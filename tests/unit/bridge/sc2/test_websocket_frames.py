"""Frames that are read and written without the package's protocol are what the package says they are."""

from __future__ import annotations

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from bridge.sc2.websocket import head_of, whole_message

SIZES = (0, 1, 125, 126, 65_535, 65_536)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [Opcode.TEXT, Opcode.BINARY])
def test_whole_frame_of_a_client_is_read_up_to_64_kib(size: int, kind: Opcode) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    sent = Frame(kind, data[:size]).serialize(mask=True)

    assert whole_message(sent) == (data[:size] if size < 1 << 16 else None)
    assert whole_message(sent[:-1]) is None
    assert whole_message(sent + b"\x82") is None


@given(st.binary(max_size=16))
@example(b"\x82")
@example(b"\x82\x81")
@example(b"\x82\xfe\x00")
@example(b"\x82\x81abcda")
@example(b"\x02\x81abcda")
@example(b"\xc2\x81abcda")
@example(b"\x89\x81abcda")
@example(b"\x82\x05abcda")
def test_what_is_taken_for_a_whole_frame_is_one(data: bytes) -> None:
    protocol = Protocol(Side.SERVER)
    protocol.receive_data(data)
    events = [event for event in protocol.events_received() if isinstance(event, Frame)]
    is_whole = len(events) == 1 and events[0].opcode in (Opcode.TEXT, Opcode.BINARY) and events[0].fin
    is_all = is_whole and not protocol.data_to_send() and len(events[0].data) + 6 == len(data)

    assert whole_message(data) == (events[0].data if is_all else None)


@pytest.mark.parametrize("size", SIZES)
def test_head_of_an_answer_is_the_package_s(size: int) -> None:
    assert head_of(size) + bytes(size) == Frame(Opcode.BINARY, bytes(size)).serialize(mask=False)
