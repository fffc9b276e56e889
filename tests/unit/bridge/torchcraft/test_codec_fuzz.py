"""Damaged messages: whatever comes, a message or a `WireError`, in bounded time and memory."""

import contextlib
import random
import struct
import time
import tracemalloc

import numpy as np
import pytest
from torchcraft_golden import SEQUENCES, client_messages, messages
from wire_frames import random_frame

from bridge.torchcraft.codec import WireError, decode_client, decode_server, encode
from bridge.torchcraft.diff import diff, undiff
from bridge.torchcraft.messages import (
    ClientMessage,
    EndGame,
    HandshakeServer,
    ServerMessage,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)

INTERESTING = (0, 1, -1, 2, 4, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x7FFFFFFF, -0x80000000, 1000, 1 << 20)

MEMORY_FACTOR = 64
"""A message unfolds to at most so many times its length: a table of 8 bytes may become a unit of 192, within limits
that count shared bytes four times."""

SLOWEST_S = 30.0
"""Far above what any message takes, even on a busy machine, and far below for ever."""


def corpus():
    """Return real messages of both sides, small ones more often, and our own."""
    server = [data for sequence in SEQUENCES for data in messages(sequence)]
    ours = [
        encode(StateUpdate(data=random_frame(1), deaths=np.array([3, 4], np.int32), img_mode="raw")),
        encode(StateUpdate(data=diff(random_frame(1), random_frame(2)))),
    ]
    client = [data for _, data in client_messages()]
    return [*sorted(server, key=len)[:40], *server[::5], *ours * 5, *client]


def mutated(data, rng):
    """Return bytes that were once a message."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not out:
            break
        at = rng.randrange(len(out))
        what = rng.randrange(8)
        if what == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            out[at] = rng.randrange(256)
        elif what in (2, 3, 4):
            word = at & ~3
            if word + 4 <= len(out):
                value = rng.choice(INTERESTING) if what != 4 else rng.randrange(len(out))
                struct.pack_into("<I", out, word, value & 0xFFFFFFFF)
        elif what == 5:
            del out[at:]
        elif what == 6:
            size = rng.randrange(1, 32)
            other = rng.randrange(len(out))
            out[at : at + size] = out[other : other + size]
        else:
            half = at & ~1
            if half + 2 <= len(out):
                struct.pack_into("<H", out, half, rng.choice(INTERESTING) & 0xFFFF)
    return bytes(out)


def storm(count, seed):
    """Put so many damaged messages to both readers; return how many were refused, and how many a server's were not."""
    rng, seeds = random.Random(seed), corpus()
    refused, read, texts = 0, 0, set()
    old = random_frame(1)
    for _ in range(count):
        data = mutated(rng.choice(seeds), rng)
        began = time.monotonic()
        try:
            message = decode_server(data)
            assert isinstance(message, ServerMessage)
            read += 1
            use(message, old)
        except WireError as error:
            texts.add(str(error)[:20])
            refused += 1
        try:
            said, uid = decode_client(data)
            assert isinstance(said, ClientMessage)
            assert uid is None or isinstance(uid, str)
        except WireError:
            refused += 1
        assert time.monotonic() - began < SLOWEST_S
    assert len(texts) > 10  # each says what is wrong where
    return refused, read


def use(message, old):
    """Do with a message what a client does: apply it and say it again."""
    if isinstance(message, StateUpdate | EndGame) and isinstance(message.data, WireFrameDiff):
        message = StateUpdate(data=undiff(old, message.data))
    if not isinstance(message, HandshakeServer) or message.map_size == (0, 0):
        decode_server(encode(message))


def test_damaged_messages_are_refused_or_read():
    refused, read = storm(2_000, seed=1)

    assert refused > 2_000
    assert read > 200


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(10))
def test_many_damaged_messages_are_refused_or_read(seed):
    refused, read = storm(10_000, seed=100 + seed)

    assert refused > 10_000
    assert read > 1_000


def test_damaged_messages_use_memory_by_their_length():
    rng, seeds = random.Random(7), corpus()
    for seed in seeds:  # what is made once, on the first message of a kind, is not counted
        for data in (seed, mutated(seed, rng)):
            with contextlib.suppress(WireError):
                decode_server(data)
    tracemalloc.start()
    try:
        for _ in range(300):
            data = mutated(rng.choice(seeds), rng)
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            with contextlib.suppress(WireError):
                decode_server(data)
            _, peak = tracemalloc.get_traced_memory()
            assert peak - before < MEMORY_FACTOR * len(data) + 100_000
    finally:
        tracemalloc.stop()


def test_noise_is_refused():
    rng = random.Random(3)

    for _ in range(500):
        data = rng.randbytes(rng.randrange(200))
        for decode in (decode_server, decode_client):
            with pytest.raises(WireError):
                decode(data)


def test_damaged_differences_leave_the_old_frame_alone():
    old, change = random_frame(1), diff(random_frame(2), random_frame(1))
    before = encode(StateUpdate(data=old))
    rng = random.Random(5)
    data = encode(StateUpdate(data=change))

    for _ in range(300):
        try:
            message = decode_server(mutated(data, rng))
            if isinstance(getattr(message, "data", None), WireFrameDiff):
                assert isinstance(undiff(old, message.data), WireFrame)
        except WireError:
            continue

    assert encode(StateUpdate(data=old)) == before
