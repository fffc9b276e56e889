import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.game.messages import (
    MAX_MESSAGE_BYTES,
    MessageError,
    MessageReader,
    pack,
    specs_from_json,
    specs_to_json,
)
from bridge.layout import ArraySpec, Layout
from engine.core.frame import UNIT_DTYPE


def read_all(data, piece=None):
    reader = MessageReader()
    if piece is None:
        return list(reader.feed(data))
    return [message for at in range(0, len(data), piece) for message in reader.feed(data[at : at + piece])]


@pytest.mark.parametrize("piece", [None, 1, 3, 7])
def test_messages_arrive_whole_whatever_pieces_they_come_in(piece):
    failure = {"error": "ValueError", "text": "bœm", "traceback": "…", "log": "", "frame": 12}

    messages = read_all(pack("ready") + pack("failure", **failure), piece)

    assert messages == [{"type": "ready"}, {"type": "failure", **failure}]


def framed(body):
    return struct.pack("!I", len(body)) + body


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xff\xff\xff\xff", f"a message of 4294967295 bytes; allowed: at most {MAX_MESSAGE_BYTES}"),
        (framed(b""), "no JSON"),
        (framed(b"\xff\xfe"), "no JSON"),
        (framed(b"{"), "no JSON"),
        (framed(b"[1]"), "allowed: an object of type"),
        (framed(b'{"type": "boo"}'), "allowed: an object of type"),
        (framed(b'{"type": {}}'), "allowed: an object of type"),
        (framed(b'{"type": "failure", "error": 3}'), "failure.error: got 3"),
        (framed(b'{"type": "attach", "first_row": 0, "total_rows": null}'), "attach.total_rows: got None"),
    ],
)
def test_bytes_that_are_no_message_are_refused(data, text):
    with pytest.raises(MessageError, match=text):
        read_all(data)


@given(st.binary(max_size=60), st.integers(1, 9))
def test_any_bytes_give_messages_or_message_error(data, piece):
    for size in (None, piece):
        try:
            messages = read_all(data, size)
        except MessageError:
            continue
        assert all("type" in message for message in messages)


def test_array_specs_survive_the_way_through_json():
    import json

    specs = {
        "action": ArraySpec(shape=(3,), dtype=np.dtype(np.int32)),
        "reward": ArraySpec(shape=(), dtype=np.dtype(np.float32)),
        "frame/units": ArraySpec(shape=(7,), dtype=UNIT_DTYPE),
    }

    again = specs_from_json(json.loads(json.dumps(specs_to_json(specs))))

    assert list(again) == list(specs)
    assert again["frame/units"].dtype.fields == UNIT_DTYPE.fields
    assert again["frame/units"].dtype.itemsize == UNIT_DTYPE.itemsize
    assert Layout(rows=2, arrays=again).digest() == Layout(rows=2, arrays=specs).digest()


@pytest.mark.parametrize(
    "values", [[1], [["a", [1]]], [["a", [1], "no_dtype"]], [["a", [-1], "<f4"]], [["a", [1], "|O"]], [[3, [1], "<f4"]]]
)
def test_other_json_is_no_array_spec(values):
    with pytest.raises(MessageError):
        specs_from_json(values)
