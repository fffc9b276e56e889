"""Replay files: those that TorchCraft's replayer saved, our own, and what is none."""

import io
import struct

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from torchcraft_golden import expectation, replays
from wire_frames import plain, random_frame, same

from benchmarks import flatbuffers_wire as official
from bridge.errors import ConfigError
from bridge.torchcraft.diff import diff, undiff
from bridge.torchcraft.messages import WireFrame
from bridge.torchcraft.replay import ReplayMap, count_units, read_tcr, write_tcr

FILES, EXPECTED = replays()

MAP = ReplayMap(
    walkability=np.tile(np.array([0, 1], np.uint8), (4, 3)),
    buildability=np.ones((4, 6), np.uint8),
    ground_height=np.arange(24, dtype=np.uint8).reshape(4, 6) % 6,
    start_locations=((5, 0), (2, 3)),
)


@pytest.fixture
def golden(tmp_path):
    """Return the path of a replay file that TorchCraft saved."""

    def path(name):
        (tmp_path / name).write_bytes(FILES[name])
        return tmp_path / name

    return path


def some_frames(count, seed=0):
    """Return frames as they come off the wire: all but the first are made of differences."""
    frames = [random_frame(seed)]
    for i in range(1, count):
        frames.append(undiff(frames[-1], diff(random_frame(seed + i), frames[-1])))
    return frames


@pytest.mark.parametrize("entry", EXPECTED["files"], ids=lambda entry: entry["file"])
def test_golden_replay_holds_what_the_original_saved(entry, golden):
    replay = read_tcr(golden(entry["file"]))

    assert replay.keyframe == entry["stored_keyframe"]
    assert replay.is_compressed == entry["compressed"]
    assert {str(player): count for player, count in replay.num_units.items()} == (entry["num_units"] or {})
    assert len(replay.frames) == EXPECTED["frames"]
    for i, frame in enumerate(replay.frames):
        assert as_set(plain(frame)) == as_set(expectation("A_macro")["messages"][i + 1]["state"]["frame"])
    for name in ("walkability", "buildability", "ground_height"):
        assert getattr(replay.map, name).tobytes().hex() == EXPECTED["map"][name]["hex"]
    assert [list(place) for place in replay.map.start_locations] == EXPECTED["map"]["start_locations"]


def as_set(frame):
    """Return a plain frame without the order of its units: saving keeps it, differences sort."""
    units = {player: sorted(rows) for player, rows in frame["units"].items() if rows}
    return {**frame, "units": units}


@pytest.mark.parametrize("entry", EXPECTED["files"], ids=lambda entry: entry["file"])
def test_golden_replay_written_again_is_equal(entry, golden, tmp_path):
    replay = read_tcr(golden(entry["file"]))
    copy = tmp_path / "copy.tcr"

    write_tcr(copy, replay.frames, replay.map, entry["setKeyFrame"], entry["compressed"], replay.num_units)

    again = read_tcr(copy)
    assert [same(a, b) for a, b in zip(again.frames, replay.frames, strict=True)] == [[]] * len(replay.frames)
    assert (again.keyframe, again.is_compressed) == (replay.keyframe, replay.is_compressed)
    assert again.num_units == replay.num_units
    assert again.map.start_locations == replay.map.start_locations
    if not entry["compressed"]:
        assert header(copy.read_bytes()) == header(FILES[entry["file"]])


def header(data):
    """Return all before the first record."""
    return data[: data.index(b"18 ", 12_000) + 3]


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(0, 7),
    keyframe=st.sampled_from([-1, 0, 1, 2, 3, 50]),
    compressed=st.booleans(),
    order=st.permutations(range(7)),
)
def test_written_replay_is_read_back_in_any_order(tmp_path_factory, count, keyframe, compressed, order):
    frames = some_frames(count, seed=count) if count else []
    path = tmp_path_factory.mktemp("replay") / "x.tcr"

    write_tcr(path, frames, MAP, keyframe, compressed, count_units(frames))
    replay = read_tcr(path)

    assert [same(a, b) for a, b in zip(replay.frames, sized(frames, keyframe), strict=True)] == [[]] * count
    for i in order:
        if i < count:
            assert same(replay.frames[i], sized(frames, keyframe)[i]) == []
    assert replay.num_units == count_units(frames)
    assert replay.map.start_locations == ((5, 0), (2, 3))
    assert np.array_equal(replay.map.ground_height, MAP.ground_height)


def sized(frames, keyframe):
    """Return frames as a file gives them: width and height are those of the last frame that was stored whole."""
    import dataclasses

    found = []
    for i, frame in enumerate(frames):
        is_whole = i == 0 or keyframe == 0 or (keyframe > 0 and i % keyframe == 0)
        size = frame if is_whole else found[-1]
        found.append(dataclasses.replace(frame, width=size.width, height=size.height))
    return found


def test_records_are_frames_and_differences_for_the_official_package(tmp_path):
    frames = some_frames(5)
    write_tcr(tmp_path / "x.tcr", frames, MAP, keyframe=2, compressed=False)
    data = (tmp_path / "x.tcr").read_bytes()
    at = data.index(b"5 ", 30) + 2

    kinds = []
    for i in range(5):
        (size,) = struct.unpack_from("<Q", data, at)
        record = official.read_record(data[at + 8 : at + 8 + size], is_diff=i % 2 == 1)
        kinds.append("pids" in record)
        at += 8 + size

    assert kinds == [False, True, False, True, False]
    assert data[at:] == b"0 "


def test_sizes_of_a_32_bit_writer_are_read(golden, tmp_path):
    data = FILES["kf0.tcr"]
    at = data.index(b"18 ", 12_000) + 3
    out = io.BytesIO()
    out.write(data[:at])
    for _ in range(18):
        (size,) = struct.unpack_from("<Q", data, at)
        out.write(struct.pack("<I", size) + data[at + 8 : at + 8 + size])
        at += 8 + size
    path = tmp_path / "narrow.tcr"
    path.write_bytes(out.getvalue() + data[at:])

    narrow, wide = read_tcr(path), read_tcr(golden("kf0.tcr"))

    assert [same(a, b) for a, b in zip(narrow.frames, wide.frames, strict=True)] == [[]] * 18


def test_slices_and_bounds_of_frames_are_those_of_a_list(golden):
    frames = read_tcr(golden("kf5_zstd.tcr")).frames

    assert [same(a, b) for a, b in zip(frames[3:9:2], (frames[3], frames[5], frames[7]), strict=True)] == [[]] * 3
    assert same(frames[-1], frames[17]) == []
    with pytest.raises(IndexError):
        frames[18]
    assert [i for i in range(18) if frames.is_whole(i)] == [0, 5, 10, 15]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "no replay (keyframe or height: a number was expected at byte 0: b'')"),
        (b"hello world", "no replay (keyframe or height: a number was expected at byte 0: b'hello world')"),
        (b"0 5 ", "no replay (height: a number was expected at byte 4"),
        (b"0 0 8 8 ", "ends in the midst of its map"),
        (b"10001 8 ", "no replay (a map of 8 x 10001 walk tiles; allowed: 1 to 10000)"),
        (b"-3 8 ", "no replay (a map of 8 x -3 walk tiles"),
        (b"0 -2 1 1 x", "no replay (keyframe -2)"),
        (b"1 1 x1 ", "no replay (1 frames in 0 bytes)"),
        (b"1 1 x1 \0\0\0\0\0\0\0\0", "a number was expected"),
        (b"1 1 x2 12345678", "written as text, by a TorchCraft older than November 2017"),
        (b"1 1 x1 \x09\0\0\0\0\0\0\0abc", "ends in the midst of its 1 frames"),
        (b"1 1 x0 1 ", "player id: a number was expected"),
        (b"\x28\xb5\x2f\xfd\0\0\0", "damaged"),
    ],
)
def test_file_that_is_no_replay_is_refused_in_one_line(tmp_path, content, text):
    path = tmp_path / "bad.tcr"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        read_tcr(path)

    assert text in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.tcr: no such file"):
        read_tcr(tmp_path / "none.tcr")
    with pytest.raises(ConfigError, match="cannot be"):
        read_tcr(tmp_path)
    with pytest.raises(ConfigError, match="cannot be written"):
        write_tcr(tmp_path / "no" / "x.tcr", [], MAP)


@pytest.mark.parametrize("name", ["kf0.tcr", "kf5.tcr", "kf5_zstd.tcr"])
def test_damaged_record_is_named_when_it_is_read(name, tmp_path):
    data = bytearray(FILES[name])
    if name.endswith("_zstd.tcr"):
        data = bytearray(zstandard.ZstdDecompressor().decompressobj().decompress(bytes(data)))
    at = data.index(b"18 ", 12_000) + 3
    (size,) = struct.unpack_from("<Q", data, at)
    at += 8 + size + 8
    data[at : at + 4] = b"\xff\xff\xff\x7f"
    path = tmp_path / "damaged.tcr"
    path.write_bytes(bytes(data))
    frames = read_tcr(path).frames

    assert isinstance(frames[0], WireFrame)
    with pytest.raises(ConfigError, match=r"damaged\.tcr: frame 1: Frame(Diff)?: reaches beyond the message"):
        frames[1]


def test_truncated_replays_are_refused(tmp_path):
    data = FILES["kf5_zstd.tcr"]
    path = tmp_path / "cut.tcr"

    for length in range(4, len(data), 997):
        path.write_bytes(data[:length])
        with pytest.raises(ConfigError):
            read_tcr(path)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"keyframe": -2}, "keyframe = -2 is not allowed; allowed: -1, 0 or more"),
        ({"map": ReplayMap()}, "must have sides of 1 to 10000 walk tiles; got 0 x 0"),
        (
            {"map": ReplayMap(walkability=np.zeros((2, 2), np.uint8), start_locations=((2, 0),))},
            "layers differ in shape",
        ),
    ],
)
def test_replay_that_cannot_be_written_is_refused_and_leaves_no_file(changes, text, tmp_path):
    with pytest.raises(ConfigError, match=text):
        write_tcr(tmp_path / "x.tcr", **{"frames": [], "map": MAP, **changes})

    assert list(tmp_path.iterdir()) == []


def test_start_location_outside_the_map_is_refused(tmp_path):
    layers = {name: np.zeros((2, 2), np.uint8) for name in ("walkability", "buildability", "ground_height")}

    with pytest.raises(ConfigError, match=r"start location \(2, 0\) lies outside the map of 2 x 2"):
        write_tcr(tmp_path / "x.tcr", [], ReplayMap(**layers, start_locations=((2, 0),)))
