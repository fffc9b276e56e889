"""Replay files of Brood War 1.16 (`.rep`): header, players, the map, and every command that a player gave.

A replay is a chain of sections; each is a checksum, a number of blocks, and the blocks, imploded unless that would not
have made them smaller. What a command's bytes mean follows from its id alone (`COMMANDS`). Layout: the file format as
documented by the replay tools of the community, checked against real files: every byte of their command streams is
accounted for.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from bridge.maps.archive import explode
from bridge.maps.chk import ChkMap, parse_chk

MAGIC: Final = b"reRS"
HEADER_BYTES: Final = 633
BLOCK_BYTES: Final = 8192
MAX_REPLAY_BYTES: Final = 32 << 20
"""Largest file that is opened; a day of play by eight people stays below."""

MAX_SECTION_BYTES: Final = 64 << 20

ALL_BITS: Final = 0xFFFFFFFF
"""The checksum is a CRC-32 without the usual final inversion."""

NUM_SLOTS: Final = 12
RACES: Final = ("Zerg", "Terran", "Protoss")
PLAYER_TYPES: Final = ("inactive", "computer", "human", "rescue", "unused", "computer", "human", "neutral", "closed")

COMMANDS: Final[dict[int, tuple[str, str]]] = {
    0x05: ("keep_alive", ""),
    0x08: ("restart", ""),
    0x09: ("select", "units"),
    0x0A: ("select_add", "units"),
    0x0B: ("select_remove", "units"),
    0x0C: ("build", "order:B tile_x:H tile_y:H unit_type:H"),
    0x0D: ("vision", "mask:H"),
    0x0E: ("alliance", "mask:I"),
    0x0F: ("game_speed", "speed:B"),
    0x10: ("pause", ""),
    0x11: ("resume", ""),
    0x12: ("cheat", "mask:I"),
    0x13: ("hotkey", "action:B group:B"),
    0x14: ("right_click", "x:H y:H target:H unit_type:H queued:B"),
    0x15: ("order", "x:H y:H target:H unit_type:H order:B queued:B"),
    0x18: ("cancel_construction", ""),
    0x19: ("cancel_morph", ""),
    0x1A: ("stop", "queued:B"),
    0x1B: ("carrier_stop", ""),
    0x1C: ("reaver_stop", ""),
    0x1D: ("order_nothing", ""),
    0x1E: ("return_cargo", "queued:B"),
    0x1F: ("train", "unit_type:H"),
    0x20: ("cancel_train", "slot:H"),
    0x21: ("cloak", "queued:B"),
    0x22: ("decloak", "queued:B"),
    0x23: ("morph_unit", "unit_type:H"),
    0x25: ("unsiege", "queued:B"),
    0x26: ("siege", "queued:B"),
    0x27: ("train_fighter", ""),
    0x28: ("unload_all", "queued:B"),
    0x29: ("unload", "target:H"),
    0x2A: ("merge_archon", ""),
    0x2B: ("hold_position", "queued:B"),
    0x2C: ("burrow", "queued:B"),
    0x2D: ("unburrow", "queued:B"),
    0x2E: ("cancel_nuke", ""),
    0x2F: ("lift", "x:H y:H"),
    0x30: ("research", "tech:B"),
    0x31: ("cancel_research", ""),
    0x32: ("upgrade", "upgrade:B"),
    0x33: ("cancel_upgrade", ""),
    0x34: ("cancel_addon", ""),
    0x35: ("morph_building", "unit_type:H"),
    0x36: ("stim", ""),
    0x37: ("sync", "skip:6"),
    0x38: ("voice_on", ""),
    0x39: ("voice_off", ""),
    0x3A: ("voice_squelch", "player:B"),
    0x3B: ("voice_unsquelch", "player:B"),
    0x3C: ("start_game", ""),
    0x3D: ("download", "percent:B"),
    0x3E: ("change_slot", "skip:5"),
    0x3F: ("new_player", "skip:7"),
    0x40: ("joined_game", "skip:17"),
    0x41: ("change_race", "skip:2"),
    0x42: ("team", "skip:1"),
    0x43: ("map_team", "skip:1"),
    0x44: ("melee_team", "skip:2"),
    0x45: ("swap_players", "skip:2"),
    0x48: ("saved_data", "skip:12"),
    0x54: ("briefing_start", ""),
    0x55: ("latency", "latency:B"),
    0x56: ("replay_speed", "skip:9"),
    0x57: ("leave_game", "reason:B"),
    0x58: ("minimap_ping", "x:H y:H"),
    0x5A: ("merge_dark_archon", ""),
    0x5B: ("make_public", ""),
    0x5C: ("chat", "skip:81"),
}
"""Id -> (name, fields as `name:struct code`, in order, little endian, without gaps; `units`: a count byte and so many
16-bit unit tags; `skip:n`: n bytes that say nothing about the game)."""

_PLAYER: Final = struct.Struct("<IIBBB25s")
_PLAYERS_AT: Final = 0xA1


@dataclass(frozen=True, slots=True, kw_only=True)
class RepPlayer:
    """A slot of the game.

    Attributes:
        slot: 0 to 11: the owner number of the player's units.
        id: number that the commands carry; 255 for a slot that gives none.
        type: a name of `PLAYER_TYPES`.
        race: a name of `RACES`, or `race_<n>`.
        team: force.
        name: as shown.
    """

    slot: int
    id: int
    type: str
    race: str
    team: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepCommand:
    """One command.

    Attributes:
        frame: it is carried out before this frame is played.
        player_id: `RepPlayer.id` of who gave it.
        name: second column of `COMMANDS`.
        values: its fields by name, or unit tags for selections.
        units: unit tags of a selection: index in the low 11 bits, generation above.
    """

    frame: int
    player_id: int
    name: str
    values: dict[str, int]
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A replay.

    Attributes:
        frames: length of the game.
        seed: of the random numbers: the game's start, seconds since 1970.
        title: of the game.
        map_name: as in the game's header.
        map_width: build tiles.
        map_height: build tiles.
        game_type: 2 melee, 3 free for all, 4 one on one, 10 use map settings, ...
        players: the slots that somebody filled.
        commands: in the file's order, which is the order of execution.
        chk: the map that was played.
    """

    frames: int
    seed: int
    title: str
    map_name: str
    map_width: int
    map_height: int
    game_type: int
    players: tuple[RepPlayer, ...]
    commands: tuple[RepCommand, ...]
    chk: ChkMap


def read_rep(path: Path) -> Rep:
    """Read a replay file.

    Raises:
        ConfigError: missing, too large, no replay of this format, damaged, or the extra `maps` is not installed.
    """
    try:
        size = path.stat().st_size
        if size > MAX_REPLAY_BYTES:
            raise ConfigError(f"{path}: {size} bytes; allowed: at most {MAX_REPLAY_BYTES}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
    try:
        return parse_rep(data)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_rep(data: bytes) -> Rep:
    """Return the replay in these bytes.

    Raises:
        ConfigError: no replay of Brood War 1.16, or damaged.
    """
    sections = _Sections(data)
    magic = sections.next(len(MAGIC))
    if magic != MAGIC:
        raise ConfigError(f"not a replay of Brood War 1.16 (it begins with {magic!r}; allowed: {MAGIC!r})")
    header = sections.next(HEADER_BYTES)
    stream = sections.next(_size(sections))
    chk = sections.next(_size(sections))
    frames, seed = struct.unpack_from("<I", header, 1)[0], struct.unpack_from("<I", header, 8)[0]
    width, height = struct.unpack_from("<HH", header, 0x34)
    return Rep(
        frames=frames,
        seed=seed,
        title=_text(header[0x18:0x34]),
        map_name=_text(header[0x61:0x7B]),
        map_width=width,
        map_height=height,
        game_type=struct.unpack_from("<H", header, 0x3C)[0],
        players=tuple(_players(header)),
        commands=tuple(parse_commands(stream)),
        chk=parse_chk(chk),
    )


def parse_commands(stream: bytes) -> Iterator[RepCommand]:
    """Yield the commands of a stream: blocks of (frame, number of bytes, commands).

    Raises:
        ConfigError: an id that no command has, or a command that does not end where its block does.
    """
    at = 0
    while at < len(stream):
        if at + 5 > len(stream):
            raise ConfigError(f"the command stream ends inside the head of a block at byte {at}")
        frame, length = struct.unpack_from("<IB", stream, at)
        at += 5
        end = at + length
        if end > len(stream):
            raise ConfigError(f"the command stream ends inside a block of frame {frame}")
        while at < end:
            command, at = _command(stream, at, end, frame)
            yield command


def _command(stream: bytes, at: int, end: int, frame: int) -> tuple[RepCommand, int]:
    if at + 2 > end:
        raise ConfigError(f"frame {frame}: a command is cut off at byte {at}")
    player, kind = stream[at], stream[at + 1]
    if kind not in COMMANDS:
        raise ConfigError(f"frame {frame}: unknown command 0x{kind:02x} at byte {at + 1}")
    name, fields = COMMANDS[kind]
    at += 2
    values: dict[str, int] = {}
    units: tuple[int, ...] = ()
    if fields == "units":
        count = stream[at] if at < end else 0
        last = at + 1 + 2 * count
        if last > end:
            raise ConfigError(f"frame {frame}: {name} of {count} units is cut off at byte {at}")
        units = struct.unpack_from(f"<{count}H", stream, at + 1)
        at = last
    else:
        for entry in fields.split():
            label, _, code = entry.partition(":")
            size = int(code) if label == "skip" else struct.calcsize(f"<{code}")
            if at + size > end:
                raise ConfigError(f"frame {frame}: {name} is cut off at byte {at}")
            if label != "skip":
                values[label] = struct.unpack_from(f"<{code}", stream, at)[0]
            at += size
    return RepCommand(frame=frame, player_id=player, name=name, values=values, units=units), at


class _Sections:
    """The chain of sections, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next(self, size: int) -> bytes:
        """Return the next section, which has `size` bytes when unpacked."""
        if size > MAX_SECTION_BYTES:
            raise ConfigError(f"damaged: a section of {size} bytes; allowed: at most {MAX_SECTION_BYTES}")
        if size == 0:
            return b""
        checksum, blocks = struct.unpack("<II", self._take(8))
        if blocks != -(-size // BLOCK_BYTES):
            raise ConfigError(f"damaged: {blocks} blocks for a section of {size} bytes at byte {self._at - 4}")
        parts: list[bytes] = []
        left = size
        for _ in range(blocks):
            packed = self._take(struct.unpack("<I", self._take(4))[0])
            wanted = min(left, BLOCK_BYTES)
            part = packed if len(packed) == wanted else explode(packed, wanted)
            if len(part) != wanted:
                raise ConfigError(f"damaged: a block has {len(part)} bytes instead of {wanted}")
            parts.append(part)
            left -= wanted
        content = b"".join(parts)
        if binascii.crc32(content) ^ ALL_BITS != checksum:
            raise ConfigError(f"damaged: wrong checksum of the section of {size} bytes")
        return content

    def _take(self, count: int) -> bytes:
        start = self._at
        self._at += count
        if self._at > len(self._data):
            raise ConfigError(f"damaged: the file ends at byte {len(self._data)}, {count} bytes are due from {start}")
        return self._data[start : self._at]


def _size(sections: _Sections) -> int:
    return int(struct.unpack("<I", sections.next(4))[0])


def _players(header: bytes) -> Iterator[RepPlayer]:
    for index in range(NUM_SLOTS):
        slot, number, kind, race, team, name = _PLAYER.unpack_from(header, _PLAYERS_AT + index * _PLAYER.size)
        if kind < len(PLAYER_TYPES) and PLAYER_TYPES[kind] in ("computer", "human"):
            yield RepPlayer(
                slot=slot,
                id=number & 0xFF,
                type=PLAYER_TYPES[kind],
                race=RACES[race] if race < len(RACES) else f"race_{race}",
                team=team,
                name=_text(name),
            )


def _text(raw: bytes) -> str:
    raw = raw.split(b"\0", 1)[0]
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
