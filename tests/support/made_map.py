"""Makes scenario.chk bytes and map archives by hand, so that the map tests need no file of anybody's."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bridge.maps.archive import CHK_NAME, _library_path

MARINE, ZEALOT, DRAGOON, REVEALER, START, COMMAND_CENTER, MINERALS = 0, 65, 66, 101, 214, 106, 176
ALL_PLAYERS, CURRENT_PLAYER, ANYWHERE = 17, 13, 64
AT_LEAST, AT_MOST, EXACTLY = 0, 1, 10
SPACE_PLATFORM = 1
PLATFORM_TILE = 4 << 4 | 3
HUMAN, COMPUTER = 6, 5
LEFT, RIGHT = 1, 2


def section(name: bytes, content: bytes, length: int | None = None) -> bytes:
    return name + struct.pack("<i", len(content) if length is None else length) + content


def placed(kind: int, player: int, x: int, y: int, *, valid: int = 0, hp: int = 100, state: int = 0) -> bytes:
    return struct.pack("<IHHHHHHBBBBIHHII", 0, x, y, kind, 0, 0, valid, player, hp, 100, 100, 0, 0, state, 0, 0)


def location(left: int, top: int, right: int, bottom: int, name: int = 0) -> bytes:
    return struct.pack("<IIIIHH", left, top, right, bottom, name, 0)


def condition(
    kind: int, *, player: int = 0, amount: int = 0, unit: int = 0, comparison: int = 0, flags: int = 0
) -> bytes:
    return struct.pack("<IIIHBBBBH", 0, player, amount, unit, comparison, kind, 0, flags, 0)


def action(
    kind: int, *, where: int = 0, player: int = 0, number: int = 0, unit: int = 0, modifier: int = 0, flags: int = 0
) -> bytes:
    return struct.pack("<IIIIIIHBBBxxx", where, 0, 0, 0, player, number, unit, kind, modifier, flags)


def trigger(players: tuple[int, ...], conditions: list[bytes], actions: list[bytes]) -> bytes:
    groups = bytearray(28)
    for player in players:
        groups[player] = 1
    return b"".join(conditions).ljust(320, b"\0") + b"".join(actions).ljust(2048, b"\0") + bytes(4) + bytes(groups)


def strings(*texts: bytes) -> bytes:
    offsets, blob = [], b""
    for text in texts:
        offsets.append(2 + 2 * len(texts) + len(blob))
        blob += text + b"\0"
    return struct.pack(f"<{1 + len(texts)}H", len(texts), *offsets) + blob


def always() -> bytes:
    return condition(22)


def command(player: int, comparison: int, amount: int, unit: int) -> bytes:
    return condition(2, player=player, comparison=comparison, amount=amount, unit=unit, flags=16)


def elapsed(comparison: int, amount: int) -> bytes:
    return condition(12, comparison=comparison, amount=amount)


def create(player: int, where: int, count: int, unit: int = MARINE) -> bytes:
    return action(44, where=where, player=player, modifier=count, unit=unit)


def kill(player: int, unit: int = MARINE) -> bytes:
    return action(22, player=player, unit=unit)


def preserve() -> bytes:
    return action(3)


def five_against_five() -> list[bytes]:
    """What the triggers of TorchCraft's m5v5_c_far do."""
    again = [kill(ALL_PLAYERS), create(0, LEFT, 5), create(1, RIGHT, 5), preserve()]
    march = action(46, where=ANYWHERE, player=1, number=LEFT, modifier=2)
    return [
        trigger((), [], []),
        trigger((0,), [elapsed(EXACTLY, 0)], [create(0, LEFT, 5), create(1, RIGHT, 5)]),
        trigger((ALL_PLAYERS,), [command(CURRENT_PLAYER, AT_MOST, 0, MARINE), elapsed(AT_LEAST, 2)], again),
        trigger((1,), [command(1, AT_LEAST, 5, MARINE)], [march, preserve()]),
    ]


def revealers(player: int = 0) -> list[bytes]:
    return [placed(REVEALER, player, 256 + 512 * i, 256 + 512 * j) for j in range(4) for i in range(4)]


@dataclass
class MadeMap:
    """A map like m5v5_c_far; change a field, then take `chk()`."""

    version: int = 59
    width: int = 64
    height: int = 64
    tileset: int = SPACE_PLATFORM
    owners: list[int] = field(default_factory=lambda: [HUMAN, COMPUTER] + [0] * 10)
    units: list[bytes] = field(default_factory=lambda: [placed(START, 0, 712, 1098), *revealers()])
    triggers: list[bytes] = field(default_factory=five_against_five)
    locations: list[bytes] = field(
        default_factory=lambda: (
            [location(608, 1088, 672, 1120, 3), location(928, 1088, 992, 1120, 4)]
            + [location(0, 0, 0, 0)] * 61
            + [location(0, 0, 2048, 2048, 5)]
        )
    )
    forces: bytes = bytes([0, 1, 0, 0, 0, 0, 0, 0]) + struct.pack("<4H", 6, 0, 0, 0) + bytes([15] * 4)
    texts: tuple[bytes, ...] = (b"marines_1v1", b"micro-management", b"left", b"right", b"Anywhere", b"Force 1")
    tiles: list[int] = field(default_factory=list)

    def sections(self) -> dict[bytes, bytes]:
        tiles = self.tiles or [PLATFORM_TILE] * (self.width * self.height)
        return {
            b"VER ": struct.pack("<H", self.version),
            b"OWNR": bytes(self.owners),
            b"ERA ": struct.pack("<H", self.tileset),
            b"DIM ": struct.pack("<HH", self.width, self.height),
            b"SIDE": bytes([1, 1] + [7] * 10),
            b"MTXM": struct.pack(f"<{len(tiles)}H", *tiles),
            b"UNIT": b"".join(self.units),
            b"THG2": struct.pack("<HHHBBH", 200, 64, 96, 11, 0, 0x1000),
            b"STR ": strings(*self.texts),
            b"MRGN": b"".join(self.locations),
            b"SPRP": struct.pack("<HH", 1, 2),
            b"FORC": self.forces,
            b"TRIG": b"".join(self.triggers),
        }

    def chk(self) -> bytes:
        return b"".join(section(name, content) for name, content in self.sections().items())


def write_archive(path: Path, chk: bytes, name: bytes = CHK_NAME) -> Path:
    """Write an MPQ archive with one file, with the same StormLib that reads it."""
    storm = ctypes.CDLL(str(_library_path()))
    archive, file = ctypes.c_void_p(), ctypes.c_void_p()
    native = ctypes.c_wchar_p(str(path)) if os.name == "nt" else ctypes.c_char_p(os.fsencode(path))
    storm.SFileCreateArchive.argtypes = (type(native), ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p)
    storm.SFileCreateFile.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32,
        ctypes.c_void_p,
    )  # fmt: skip
    storm.SFileWriteFile.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_uint32)
    compress_file, zlib = 0x200, 0x02
    steps: tuple[Callable[[], object], ...] = (
        lambda: storm.SFileCreateArchive(native, 0, 16, ctypes.byref(archive)),
        lambda: storm.SFileCreateFile(archive, name, 0, len(chk), 0, compress_file, ctypes.byref(file)),
        lambda: not chk or storm.SFileWriteFile(file, chk, len(chk), zlib),
        lambda: storm.SFileFinishFile(file),
        lambda: storm.SFileCloseArchive(archive),
    )
    storm.SFileFinishFile.argtypes = storm.SFileCloseArchive.argtypes = (ctypes.c_void_p,)
    for number, step in enumerate(steps):
        assert step(), f"StormLib: step {number} failed"
    return path
