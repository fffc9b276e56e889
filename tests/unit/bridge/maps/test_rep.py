"""Replay files: made ones read back, real ones are read to the last byte, damaged ones are named."""

from __future__ import annotations

import binascii
import ctypes
import random
import struct
from pathlib import Path

import pytest
from made_map import MadeMap

from bridge.errors import ConfigError
from bridge.maps import read_rep
from bridge.maps.archive import _library_path
from bridge.maps.rep import BLOCK_BYTES, COMMANDS, HEADER_BYTES, parse_commands, parse_rep


def implode(data: bytes) -> bytes:
    storm = ctypes.CDLL(str(_library_path()))
    buffer = ctypes.create_string_buffer(2 * len(data) + 64)
    size, binary, dictionary = ctypes.c_int(len(buffer)), ctypes.c_int(0), ctypes.c_int(4096)
    storm.SCompImplode(buffer, ctypes.byref(size), data, len(data), ctypes.byref(binary), dictionary)
    return buffer.raw[: size.value]


def packed(content: bytes) -> bytes:
    blocks = [content[at : at + BLOCK_BYTES] for at in range(0, len(content), BLOCK_BYTES)]
    parts = []
    for block in blocks:
        small = implode(block)
        stored = small if len(small) < len(block) else block
        parts.append(struct.pack("<I", len(stored)) + stored)
    checksum = binascii.crc32(content) ^ 0xFFFFFFFF
    return struct.pack("<II", checksum, len(blocks)) + b"".join(parts)


def header() -> bytes:
    raw = bytearray(HEADER_BYTES)
    struct.pack_into("<BI", raw, 0, 1, 4321)
    struct.pack_into("<I", raw, 8, 77)
    raw[0x18:0x1E] = b"my own"
    struct.pack_into("<HH", raw, 0x34, 64, 64)
    struct.pack_into("<H", raw, 0x3C, 2)
    raw[0x61:0x64] = b"map"
    for index, (kind, race, name) in enumerate([(2, 1, b"Terra"), (1, 0, b"Machine"), (0, 0, b"nobody")]):
        struct.pack_into("<IIBBB25s", raw, 0xA1 + 36 * index, index, index, kind, race, 1, name)
    return bytes(raw)


STREAM = (
    struct.pack("<IB", 5, 9) + bytes([0, 0x09, 2]) + struct.pack("<HH", 3000, 3001) + bytes([1, 0x36])
    + struct.pack("<IB", 900, 12) + bytes([0, 0x15]) + struct.pack("<HHHHBB", 640, 480, 0, 228, 14, 1)
)  # fmt: skip


def made_rep(stream: bytes = STREAM) -> bytes:
    chk = MadeMap().chk()
    sections = [b"reRS", header(), struct.pack("<I", len(stream)), stream, struct.pack("<I", len(chk)), chk]
    return b"".join(packed(section) for section in sections if section)


def test_a_made_replay_reads_back() -> None:
    rep = parse_rep(made_rep())

    assert (rep.frames, rep.seed, rep.title, rep.map_name, rep.game_type) == (4321, 77, "my own", "map", 2)
    assert (rep.map_width, rep.map_height, rep.chk.width) == (64, 64, 64)
    assert [(player.slot, player.type, player.race, player.name) for player in rep.players] == [
        (0, "human", "Terran", "Terra"),
        (1, "computer", "Zerg", "Machine"),
    ]
    select, stim, order = rep.commands
    assert (select.frame, select.player_id, select.name, select.units) == (5, 0, "select", (3000, 3001))
    assert (stim.player_id, stim.name, stim.values) == (1, "stim", {})
    assert order.frame == 900
    assert order.values == {"x": 640, "y": 480, "target": 0, "unit_type": 228, "order": 14, "queued": 1}


@pytest.mark.parametrize(
    ("name", "frames", "commands", "races"),
    [
        ("cherrypi_vs_UAlbertaBot_1", 1025, 615, {"Terran", "Zerg"}),
        ("cherrypi_vs_skynet_1", 25670, 225195, {"Protoss", "Zerg"}),
        ("cherrypi_vs_skynet_2", 15564, 68026, {"Protoss", "Zerg"}),
        ("cherryvisdumper_t", 6016, 22672, {"Zerg"}),
    ],
)
def test_real_replays_are_read_to_the_last_byte(
    name: str, frames: int, commands: int, races: set[str], facts: Path
) -> None:
    rep = read_rep(facts / "broodwar" / "recorded" / "replays" / "files" / f"{name}.rep")

    assert (rep.frames, len(rep.commands)) == (frames, commands)
    assert {player.race for player in rep.players} == races
    assert all(
        0 <= one.frame <= other.frame <= frames for one, other in zip(rep.commands, rep.commands[1:], strict=False)
    )
    assert "Fighting Spirit" in rep.chk.name
    assert {command.player_id for command in rep.commands} <= {player.id for player in rep.players}


def test_replays_of_people_are_read(facts: Path) -> None:
    rep = read_rep(facts / "broodwar" / "maps" / "files" / "bwrep_gwhxe.rep")

    assert {command.name for command in rep.commands} >= {"hotkey", "select_add", "chat", "siege", "research"}


def test_every_command_ends_where_its_fields_do() -> None:
    for kind, (name, fields) in COMMANDS.items():
        size = 1 if fields == "units" else sum(
            int(code) if label == "skip" else struct.calcsize(f"<{code}")
            for label, _, code in (entry.partition(":") for entry in fields.split())
        )  # fmt: skip
        body = bytes([3, kind]) + bytes(size)
        parsed = list(parse_commands(struct.pack("<IB", 1, 2 * len(body)) + 2 * body))
        assert [(command.name, command.player_id) for command in parsed] == [(name, 3)] * 2
        if size:
            with pytest.raises(ConfigError, match="cut off"):
                list(parse_commands(struct.pack("<IB", 1, len(body) - 1) + body[:-1]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file ends at byte 0"),
        (packed(b"reRX"), "not a replay of Brood War 1.16"),
        (packed(b"reRS") + packed(header())[:-9], "the file ends at byte"),
        (made_rep(struct.pack("<IB", 7, 2) + bytes([0, 0xEE])), "frame 7: unknown command 0xee at byte 6"),
        (made_rep(struct.pack("<IB", 7, 200)), "ends inside a block of frame 7"),
    ],
)
def test_what_is_no_replay_is_named(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.rep"
    path.write_bytes(data)

    with pytest.raises(ConfigError, match=message) as caught:
        read_rep(path)
    assert str(caught.value).startswith(str(path))


def test_damaged_bytes_never_raise_anything_else() -> None:
    whole = made_rep()
    dice = random.Random(1)
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            parse_rep(bytes(data[: dice.randint(1, len(data))]))
        except ConfigError:
            refused += 1
    assert refused > 300
