"""`nydus replay ...`: what it says of replay files, what it writes, and mistakes in one line."""

import pytest
from torchcraft_golden import replays
from wire_frames import same

from agents.cli import main
from bridge.torchcraft.replay import read_tcr

FILES, _ = replays()


@pytest.fixture
def golden(tmp_path):
    """Return the path of a replay that TorchCraft saved, with a folder of its own."""
    path = tmp_path / "kf5_zstd.tcr"
    path.write_bytes(FILES[path.name])
    return path


def test_info_says_what_is_in_a_replay(golden, capsys):
    assert main(["replay", "info", str(golden)]) == 0

    said = capsys.readouterr().out
    assert "(31,459 bytes, compressed)" in said
    assert "128 x 96 walk tiles" in said
    assert "(12, 12), (108, 76) in walk tiles" in said
    assert "18, 4 of them whole (keyframe 5)" in said
    rows = {line.split()[0]: line.split()[1:4] for line in said.splitlines() if line[:2].strip().lstrip("-").isdigit()}
    assert rows == {"-1": ["8", "8", "8"], "0": ["6", "51", "51"], "1": ["10", "39", "39"]}
    assert "10 Terran_Ghost" in said


def test_cut_writes_the_frames_that_are_asked_for(golden, tmp_path, capsys):
    out = tmp_path / "part.tcr"

    assert main(["replay", "cut", str(golden), "--from", "3", "--to", "12", "--every", "4", "-o", str(out)]) == 0

    whole, part = read_tcr(golden), read_tcr(out)
    # Frame 3 is a difference, so its units are in order of their ids already.
    assert [same(a, whole.frames[i]) for a, i in zip(part.frames, (3, 7, 11), strict=True)] == [[]] * 3
    assert (part.keyframe, part.is_compressed) == (5, True)
    assert part.map.start_locations == whole.map.start_locations
    assert part.num_units[0] < whole.num_units[0]
    assert f"{out}: 3 frames" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "keyframe", "is_compressed"),
    [
        ([], 5, True),
        (["--keyframe", "0"], 0, True),
        (["--keyframe", "-1", "--no-compressed"], 19, False),
        (["--keyframe", "2", "--compressed"], 2, True),
    ],
)
def test_convert_keeps_every_frame(golden, tmp_path, options, keyframe, is_compressed):
    folder = tmp_path / "out"
    folder.mkdir()

    assert main(["replay", "convert", str(golden), "-o", str(folder), *options]) == 0

    old, new = read_tcr(golden), read_tcr(folder / "kf5_zstd_converted.tcr")
    assert (new.keyframe, new.is_compressed, new.num_units) == (keyframe, is_compressed, old.num_units)
    for a, b in zip(new.frames, old.frames, strict=True):
        assert set(same(a, b)) <= {"units", "orders"}  # sorted by id, where a whole frame became a difference
        assert sorted(a.units["id"].tolist()) == sorted(b.units["id"].tolist())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["info", "none.tcr"], "nydus: none.tcr: no such file\n"),
        (["cut", "{golden}", "--from", "18"], "--from 18 --to 18 is not allowed; {golden} has frames 0 to 18"),
        (["cut", "{golden}", "--from", "-1"], "--from -1 --to 18 is not allowed"),
        (["cut", "{golden}", "--to", "19"], "--from 0 --to 19 is not allowed"),
        (["cut", "{golden}", "--every", "0"], "--every 0 is not allowed; allowed: 1 or more"),
        (["convert", "{golden}", "--keyframe", "-2"], "keyframe = -2 is not allowed; allowed: -1, 0 or more"),
        (["convert", "{golden}", "-o", "{golden}"], "exists already; --force replaces it"),
        (["convert", "{golden}", "-o", "no/where.tcr"], "no/where.tcr: cannot be written"),
    ],
)
def test_mistake_is_one_line_and_exit_code_2(golden, tmp_path, monkeypatch, capsys, arguments, text):
    monkeypatch.chdir(tmp_path)

    code = main(["replay", *(argument.format(golden=golden) for argument in arguments)])

    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert text.format(golden=golden) in captured.err
    assert captured.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [golden.name]
