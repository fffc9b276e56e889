"""TorchCraft's replay files (`.tcr`): a map, and one record per frame, whole or as the difference from the one before.

    [ "0 " keyframe " " ]            only if the keyframe is not 0
    height " " width " "             walk tiles
    height * width bytes             bit 0 walkable, 1 buildable, 2-4 ground height, 5 a start location
    number of records " "
    records                          size (8 bytes), then a FlatBuffers buffer: a Frame or a FrameDiff
    number of counts " "             then per player: id " " most units " "

The whole may be one zstandard frame; its first bytes say so. Keyframe 0 means that every record is a whole frame; K > 0
that every K-th is, beginning with the first.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.torchcraft.codec import decode_record, encode_record
from bridge.torchcraft.diff import diff, undiff
from bridge.torchcraft.flatbuffer import WireError
from bridge.torchcraft.messages import WireFrame, WireFrameDiff
from bridge.userfiles import write_atomically

ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
ZSTD_LEVEL: Final = 5
"""What TorchCraft writes with."""

MAX_BYTES: Final = 4 << 30
"""A longer file is no replay: an hour of a full game takes some hundred megabytes."""

CHUNK_BYTES: Final = 4096
"""Unfolded at a time: with zstandard, some thousand times as much may come of it."""

MAX_SIDE: Final = 10_000
"""TorchCraft's own limit of a map's sides, walk tiles."""

MAX_DIGITS: Final = 20
"""Digits of a number in the file's text parts; more are garbage."""


def _no_map() -> NDArray[np.uint8]:
    return np.zeros((0, 0), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMap:
    """The map of a replay; arrays are (height, width) uint8, in walk tiles.

    Attributes:
        walkability: 0 or 1.
        buildability: 0 or 1.
        ground_height: 0 to 5.
        start_locations: (x, y) in walk tiles; a file keeps them row by row, whatever their order was.
    """

    walkability: NDArray[np.uint8] = field(default_factory=_no_map)
    buildability: NDArray[np.uint8] = field(default_factory=_no_map)
    ground_height: NDArray[np.uint8] = field(default_factory=_no_map)
    start_locations: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay file that was read; its frames are decoded when they are asked for.

    Attributes:
        map: the map.
        keyframe: every how many frames one is stored whole; 0 means all are.
        frames: the frames in their order.
        num_units: player id -> the largest number of units in a frame; empty where the file does not say.
        is_compressed: whether the file is.
    """

    map: ReplayMap
    keyframe: int
    frames: ReplayFrames
    num_units: Mapping[int, int]
    is_compressed: bool


class ReplayFrames(Sequence[WireFrame]):
    """The frames of a replay, decoded on demand; in their order, each is decoded once.

    Raises:
        ConfigError: when a frame is asked for whose record is damaged; it names file and record.
    """

    def __init__(self, source: str, data: bytes, records: Sequence[tuple[int, int]], keyframe: int) -> None:
        self._source, self._data, self._records, self._keyframe = source, data, records, keyframe
        self._last: tuple[int, WireFrame] = (-1, WireFrame())

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> WireFrame: ...

    @overload
    def __getitem__(self, index: slice) -> list[WireFrame]: ...

    def __getitem__(self, index: int | slice) -> WireFrame | list[WireFrame]:
        """Return one frame, or a list of some."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        wanted = range(len(self))[index]  # raises IndexError
        at, frame = self._last
        if at == wanted:
            return frame
        whole = wanted - wanted % self._keyframe if self._keyframe else wanted
        if not whole <= at < wanted:
            at, frame = whole, self._whole(whole)
        for i in range(at + 1, wanted + 1):
            frame = self._next(i, frame)
        self._last = (wanted, frame)
        return frame

    def __iter__(self) -> Iterator[WireFrame]:
        for i in range(len(self)):
            yield self[i]

    def is_whole(self, index: int) -> bool:
        """Return whether a frame is stored whole."""
        return index % self._keyframe == 0 if self._keyframe else True

    def difference(self, index: int) -> WireFrameDiff:
        """Return a stored difference, for frames that are not whole."""
        assert not self.is_whole(index)
        record = self._decode(index, is_diff=True)
        assert isinstance(record, WireFrameDiff)
        return record

    def _whole(self, index: int) -> WireFrame:
        record = self._decode(index, is_diff=False)
        assert isinstance(record, WireFrame)
        return record

    def _next(self, index: int, before: WireFrame) -> WireFrame:
        try:
            return undiff(before, self.difference(index))
        except WireError as error:
            raise ConfigError(f"{self._source}: frame {index}: {error}") from error

    def _decode(self, index: int, *, is_diff: bool) -> WireFrame | WireFrameDiff:
        start, size = self._records[index]
        try:
            return decode_record(self._data[start : start + size], is_diff=is_diff)
        except WireError as error:
            raise ConfigError(f"{self._source}: frame {index}: {error}") from error


def read_tcr(path: str | os.PathLike[str]) -> Replay:
    """Return the replay in a file, compressed or not.

    Args:
        path: a file that TorchCraft since November 2017, or `write_tcr`, wrote.

    Raises:
        ConfigError: the file is missing, no replay, damaged, or of an older TorchCraft.
    """
    source = str(path)
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{source}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{source}: cannot be read ({error.strerror or error})") from error
    is_compressed = raw.startswith(ZSTD_MAGIC)
    text = _Reader(source, _decompressed(source, raw) if is_compressed else raw)
    keyframe, height = 0, text.number("keyframe or height")
    if height == 0:
        keyframe, height = text.number("keyframe"), text.number("height")
    width = text.number("width")
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise ConfigError(f"{source}: no replay (a map of {width} x {height} walk tiles; allowed: 1 to {MAX_SIDE})")
    if keyframe < 0:
        raise ConfigError(f"{source}: no replay (keyframe {keyframe})")
    packed = np.frombuffer(text.take(height * width, "map"), np.uint8).reshape(height, width)
    records = _read_records(text, text.number("number of frames"))
    counts = {}
    for _ in range(text.number("number of counts")):
        player = text.number("player id")
        counts[player] = text.number("number of units")
    return Replay(
        map=_unpacked(packed),
        keyframe=keyframe,
        frames=ReplayFrames(source, text.data, records, keyframe),
        num_units=counts,
        is_compressed=is_compressed,
    )


def write_tcr(
    path: str | os.PathLike[str],
    frames: Iterable[WireFrame],
    map: ReplayMap,  # noqa: A002 - the domain's word
    keyframe: int = 0,
    compressed: bool = True,
    num_units: Mapping[int, int] | None = None,
) -> None:
    """Write a replay that TorchCraft's own loader reads, too.

    Args:
        path: where to; readers see the old file or the whole new one.
        frames: the frames in their order.
        map: the map of all of them.
        keyframe: 0 to store every frame whole, K > 0 for every K-th; -1 for only the first.
        compressed: whether to write one zstandard frame.
        num_units: player id -> the largest number of units in a frame; None writes none.

    Raises:
        ConfigError: the folder is missing, the map does not fit, or a number is not allowed.
        WireError: a frame's parts do not fit together.
    """
    if keyframe < -1:
        raise ConfigError(f"keyframe = {keyframe} is not allowed; allowed: -1, 0 or more")
    records: list[bytes] = []
    before: WireFrame | None = None
    for i, frame in enumerate(frames):
        is_whole = before is None or keyframe == 0 or (keyframe > 0 and i % keyframe == 0)
        record = encode_record(frame if is_whole or before is None else diff(frame, before))
        records.append(struct.pack("<Q", len(record)) + record)
        before = frame
    stored_keyframe = keyframe if keyframe >= 0 else len(records) + 1
    counts = "".join(f"{player} {count} " for player, count in sorted((num_units or {}).items()))
    out = io.BytesIO()
    out.write(f"0 {stored_keyframe} ".encode() if stored_keyframe else b"")
    height, width = map.walkability.shape
    out.write(f"{height} {width} ".encode())
    out.write(_packed(map).tobytes())
    out.write(f"{len(records)} ".encode())
    out.writelines(records)
    out.write(f"{len(num_units or {})} {counts}".encode())
    data = out.getvalue()
    write_atomically(Path(path), _compressed(data) if compressed else data)


def count_units(frames: Iterable[WireFrame]) -> dict[int, int]:
    """Return the largest number of units that each player has in a frame."""
    counts: dict[int, int] = {}
    for frame in frames:
        for player, count in zip(frame.player_ids.tolist(), frame.num_units.tolist(), strict=True):
            counts[player] = max(count, counts.get(player, 0))
    return counts


class _Reader:
    """Numbers and bytes, one behind the other."""

    def __init__(self, source: str, data: bytes) -> None:
        self.source, self.data, self.at = source, data, 0

    def number(self, what: str) -> int:
        """Return a decimal number, which one space ends."""
        end = self.data.find(b" ", self.at, self.at + MAX_DIGITS)
        digits = self.data[self.at : end] if end >= 0 else b""
        if not digits.removeprefix(b"-").isdigit():
            shown = self.data[self.at : self.at + 12]
            raise ConfigError(f"{self.source}: no replay ({what}: a number was expected at byte {self.at}: {shown!r})")
        self.at = end + 1
        return int(digits)

    def take(self, size: int, what: str) -> bytes:
        """Return the next bytes."""
        if self.left() < size:
            raise ConfigError(f"{self.source}: ends in the midst of its {what} (byte {len(self.data)})")
        self.at += size
        return self.data[self.at - size : self.at]

    def left(self) -> int:
        """Return how many bytes there are still."""
        return len(self.data) - self.at


def _read_records(text: _Reader, count: int) -> list[tuple[int, int]]:
    """Return where each record lies, and pass over all of them."""
    if count < 0 or count > text.left():
        raise ConfigError(f"{text.source}: no replay ({count} frames in {text.left()} bytes)")
    is_text = count > 0 and all(byte in b"0123456789- " for byte in text.data[text.at : text.at + 8])
    if is_text:
        raise ConfigError(
            f"{text.source}: written as text, by a TorchCraft older than November 2017 (1.3 or before); "
            "only the binary form of 1.4 can be read"
        )
    # Sizes are 8 bytes long, 4 where a 32-bit TorchCraft wrote; a wrong guess gives a size that is absurd.
    begin = text.at
    for form in ("<Q", "<I"):
        text.at = begin
        records = _sized_records(text, count, struct.Struct(form))
        if records is not None:
            return records
    raise ConfigError(f"{text.source}: ends in the midst of its {count} frames, or is damaged")


def _sized_records(text: _Reader, count: int, form: struct.Struct) -> list[tuple[int, int]] | None:
    records = []
    for _ in range(count):
        if text.left() < form.size:
            return None
        (size,) = form.unpack_from(text.data, text.at)
        start = text.at + form.size
        if size > len(text.data) - start:
            return None
        records.append((start, size))
        text.at = start + size
    return records


def _packed(map_: ReplayMap) -> NDArray[np.uint8]:
    height, width = map_.walkability.shape
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise ConfigError(f"a replay's map must have sides of 1 to {MAX_SIDE} walk tiles; got {width} x {height}")
    shapes = {map_.walkability.shape, map_.buildability.shape, map_.ground_height.shape}
    if len(shapes) != 1:
        raise ConfigError(f"a replay's map layers differ in shape: {sorted(shapes)}")
    packed: NDArray[np.uint8] = np.array(map_.walkability & 1, np.uint8)
    packed |= np.array((map_.buildability & 1) << 1, np.uint8)
    packed |= np.array((map_.ground_height & 7) << 2, np.uint8)
    for x, y in map_.start_locations:
        if not (0 <= x < width and 0 <= y < height):
            raise ConfigError(f"start location ({x}, {y}) lies outside the map of {width} x {height} walk tiles")
        packed[y, x] |= 1 << 5
    return packed


def _unpacked(packed: NDArray[np.uint8]) -> ReplayMap:
    starts = np.argwhere(packed & (1 << 5))
    return ReplayMap(
        walkability=np.array(packed & 1, np.uint8),
        buildability=np.array(packed >> 1 & 1, np.uint8),
        ground_height=np.array(packed >> 2 & 7, np.uint8),
        start_locations=tuple((int(x), int(y)) for y, x in starts),
    )


def _compressed(data: bytes) -> bytes:
    zstandard = _zstandard("write")
    writer = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_content_size=False).compressobj()
    return bytes(writer.compress(data) + writer.flush())


def _decompressed(source: str, raw: bytes) -> bytes:
    zstandard = _zstandard("read")
    reader, out = zstandard.ZstdDecompressor().decompressobj(), bytearray()
    try:
        for start in range(0, len(raw), CHUNK_BYTES):
            if reader.eof:
                break
            out += reader.decompress(raw[start : start + CHUNK_BYTES])
            if len(out) > MAX_BYTES:
                raise ConfigError(f"{source}: unfolds to more than {MAX_BYTES} bytes; no replay of ours")
    except zstandard.ZstdError as error:
        raise ConfigError(f"{source}: damaged ({error})") from error
    if not reader.eof:
        raise ConfigError(f"{source}: damaged (its compressed part ends too early)")
    return bytes(out)


def _zstandard(purpose: str) -> ModuleType:
    try:
        import zstandard
    except ImportError as error:
        raise ConfigError(
            f"to {purpose} compressed replays, the package zstandard is needed: pip install nydus-gym[torchcraft]"
        ) from error
    return zstandard
