"""Games as pages: what a recording keeps, what its bytes hold, and the page that carries them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torchcraft_golden import replays

from agents.cli import main
from agents.viewer import Recorder, Recording, page, write_page
from agents.viewer.encoding import decode, decode_column, encode, encode_column, tracks_of
from agents.viewer.page import check_page_path
from agents.viewer.recorder import PlayerView, joined
from agents.viewer.recording import SEEN_UNIT_DTYPE
from agents.viewer.series import series_of
from agents.viewer.wire import recording_of_tcr
from benchmarks.made_game import made_game
from bridge.errors import ConfigError
from bridge.torchcraft.replay import read_tcr
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import COMMAND_DTYPE, UNIT_DTYPE
from engine.core.rules import STARCRAFT2, rules_of

MAX_PAGE_BYTES = 15_000_000
WIDTHS = ("u1", "i1", "u2", "i2", "u4", "i4")
MARINE = unit_type_id("Terran_Marine")
SCV = unit_type_id("Terran_SCV")


def units(*rows):
    """Return units of (id, type, player, x, hp)."""
    made = np.zeros(len(rows), UNIT_DTYPE)
    for row, (unit_id, kind, player, x, hp) in enumerate(rows):
        made[["id", "type", "player", "x", "y", "hp", "target_id"]][row] = (unit_id, kind, player, x, 7, hp, -1)
    return made


def view(player, *rows, deaths=(), minerals=0):
    return PlayerView(
        player=player, units=units(*rows), deaths=np.array(deaths, np.int32), resources=(minerals, 0, 2, 20)
    )


def small():
    """Three samples: a marine walks and dies, an enemy scv is seen by both players, then by its owner only."""
    recorder = Recorder()
    own, enemy = (1, MARINE, 0, 100, 40), (2, SCV, 1, 300, 60)
    recorder.add_views(10, [view(0, own, enemy, minerals=50), view(1, own, enemy)])
    recorder.add_commands(10, 0, np.array([(1, 10, -1, 400, 7, 0)], COMMAND_DTYPE))
    recorder.add_views(18, [view(0, (1, MARINE, 0, 132, 12), minerals=58), view(1, enemy)])
    recorder.add_views(26, [view(0, deaths=[1], minerals=58), view(1, (2, SCV, 1, 290, 60), deaths=[1])])
    return recorder.recording("a <game>", ("me", "you"), np.ones((8, 12), np.uint8), notes={"seed": "3"})


@given(data=st.data(), kind=st.sampled_from(WIDTHS))
def test_column_comes_back_as_it_was(data, kind):
    limits = np.iinfo(kind)
    values = np.array(data.draw(st.lists(st.integers(int(limits.min), int(limits.max)))), kind)

    back = decode_column(encode_column(values), np.dtype(kind))

    assert back.dtype == values.dtype
    assert back.tolist() == values.tolist()


def test_steady_column_is_almost_all_zeros():
    planes = np.frombuffer(encode_column(np.arange(500, 1500, dtype=np.int32)), np.uint8).reshape(4, -1)

    assert not planes[1:, 1:].any()
    assert set(planes[0, 1:].tolist()) == {2}


def test_unit_that_both_see_is_kept_once_as_its_owner_sees_it():
    both = joined([view(0, (5, MARINE, 1, 0, 11)), view(1, (4, MARINE, 1, 0, 40), (5, MARINE, 1, 0, 12))])

    assert both["id"].tolist() == [4, 5]
    assert both["hp"].tolist() == [40, 12]
    assert both["seen_by"].tolist() == [0b10, 0b11]


def test_recorder_notes_each_death_once():
    recording = small()

    assert recording.deaths.tolist() == [(26, 1)]
    assert recording.viewers == (0, 1)
    assert recording.resources[:, 0, 0].tolist() == [50, 58, 58]


def test_recording_comes_back_from_its_file(tmp_path):
    recording = small()
    recording.save(tmp_path / "game.npz")

    back = Recording.load(tmp_path / "game.npz")

    assert encode(back) == encode(recording)
    assert (back.players, back.viewers, back.notes) == (recording.players, recording.viewers, recording.notes)


def test_encoded_game_holds_every_unit_of_every_sample():
    header, columns = decode(encode(small()))

    rows = {}
    start = 0
    for track, length in enumerate(columns["track_length"].tolist()):
        for k in range(length):
            sample = int(columns["track_first"][track]) + k
            at = start + k
            rows[int(columns["track_id"][track]), sample] = tuple(
                int(columns[f"unit_{name}"][at]) for name in ("x", "y", "hp", "seen_by", "target_id")
            )
        start += length
    assert rows == {
        (1, 0): (100, 7, 40, 3, -1),
        (1, 1): (132, 7, 12, 1, -1),
        (2, 0): (300, 7, 60, 3, -1),
        (2, 1): (300, 7, 60, 2, -1),
        (2, 2): (290, 7, 60, 2, -1),
    }
    assert columns["frames"].tolist() == [10, 18, 26]
    assert columns["death_sample"].tolist() == [2]
    assert columns["track_id"][columns["death_track"]].tolist() == [1]
    assert (columns["command_frame"].tolist(), columns["command_x"].tolist()) == ([10], [400])
    assert header["types"][str(MARINE)]["name"] == "Terran_Marine"


def test_track_ends_where_a_unit_is_away_or_becomes_another():
    recorder = Recorder()
    for frame, rows in ((0, [(1, SCV, 0, 0, 1)]), (1, []), (2, [(1, SCV, 0, 0, 1)]), (3, [(1, MARINE, 0, 0, 1)])):
        recorder.add_views(frame, [view(0, *rows)])

    tracks = tracks_of(recorder.recording("", ("me",), np.ones((4, 4), np.uint8)))

    assert list(zip(tracks.first.tolist(), tracks.length.tolist(), strict=True)) == [(0, 1), (2, 1), (3, 1)]


def test_series_count_armies_workers_and_income():
    series = series_of(small())

    assert series["army_value"].tolist() == [[50, 50, 0], [0, 0, 0]]
    assert series["army_points"].tolist() == [[40, 12, 0], [0, 0, 0]]
    assert series["workers"].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert series["minerals"][0].tolist() == [50, 58, 58]
    minutes = 42 * 8 / 60_000
    assert series["mineral_income"][0].tolist() == [0, round(8 / minutes), round(8 / (2 * minutes))]
    assert "gas" not in series


def test_page_is_one_file_that_asks_for_nothing():
    text = page(small())

    assert "<title>a &lt;game&gt;</title>" in text
    assert "default-src 'none'" in text
    assert "<!-- " not in text
    assert not any(word in text for word in ("http://", "https://", "src=", "@import", "url(", "fetch("))


def test_page_of_twenty_minutes_with_four_hundred_units_stays_small():
    recording = made_game(minutes=20.0, stride=64)
    assert len(recording.units) > 440 * 500

    assert 8 * len(page(recording)) < MAX_PAGE_BYTES  # eight times as many samples are at most eight times the bytes


@pytest.mark.full
def test_page_of_twenty_minutes_at_every_eighth_frame_is_within_its_limit():
    assert len(page(made_game())) < MAX_PAGE_BYTES


def test_same_game_gives_the_same_bytes():
    assert encode(small()) == encode(small())


def test_replay_command_writes_a_page(tmp_path, capsys):
    files, _ = replays()
    source, out = tmp_path / "game.tcr", tmp_path / "game.html"
    source.write_bytes(files["kf5_zstd.tcr"])

    assert main(["replay", "view", str(source), "-o", str(out)]) == 0

    assert "18 samples" in capsys.readouterr().out
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert main(["replay", "view", str(source), "-o", str(out)]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["replay", "view", str(source), "-o", str(out), "--force", "--every", "0"]) == 2
    assert "--every 0 is not allowed" in capsys.readouterr().err


def test_replay_shows_what_the_file_says(tmp_path):
    files, _ = replays()
    source = tmp_path / "game.tcr"
    source.write_bytes(files["kf5_zstd.tcr"])
    frames = read_tcr(source).frames

    recording = recording_of_tcr(source, every=3)

    assert recording.frames.tolist() == [0, 3, 6, 9, 12, 15]
    starts = np.concatenate([[0], recording.ends[:-1]])
    for sample, frame in enumerate(recording.frames.tolist()):
        shown = recording.units[starts[sample] : recording.ends[sample]]
        wire = {int(one["id"]): one for one in frames[frame].units}
        assert len(shown)
        for one in shown:
            told = wire[int(one["id"])]
            assert (one["x"], one["y"], one["hp"], one["type"]) == (
                told["pixel_x"],
                told["pixel_y"],
                told["health"],
                told["type"],
            )
    # A command is told once: when a unit has it and had not in the frame before.
    told = {(int(one["unit_id"]), int(one["frame"])) for one in recording.commands}
    assert len(told) == len(recording.commands)
    assert recording.commands["frame"].min() > 0


@pytest.mark.parametrize(
    ("name", "text"), [("game.txt", "expected a file ending in .html"), ("nowhere/game.html", "no such folder")]
)
def test_page_path_is_checked_before_a_long_evaluation(tmp_path, name, text):
    with pytest.raises(ConfigError, match=text):
        check_page_path(tmp_path / name, "--html")


def test_page_cannot_be_written_into_a_missing_folder(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_page(tmp_path / "nowhere" / "game.html", small())


def test_about_of_a_recording_is_plain_json():
    header, _ = decode(encode(small()))

    assert json.loads(json.dumps(header)) == header


def test_types_of_starcraft2_have_their_own_names_sizes_and_speed() -> None:
    marine, hatchery = (rules_of(STARCRAFT2).unit_type_id(name) for name in ("Marine", "Hatchery"))
    units = np.zeros(3, SEEN_UNIT_DTYPE)
    units["id"], units["type"], units["player"] = (1, 2, 3), (marine, hatchery, 341), (0, 1, 15)
    recorder = Recorder()
    recorder.add_units(5, units, {0: (50, 0, 24, 30)})
    recording = recorder.recording("x", ("me", "you"), np.ones((8, 12), np.uint8), game=STARCRAFT2)

    header, columns = decode(encode(recording))

    types = header["types"]
    assert [types[str(number)]["name"] for number in (marine, hatchery, 341)] == ["Marine", "Hatchery", "MineralField"]
    assert [types[str(number)]["race"] for number in (marine, hatchery, 341)] == ["Terran", "Zerg", "None"]
    assert types[str(marine)]["max_hp"] == 45
    assert types[str(hatchery)]["building"]
    assert types[str(hatchery)]["box"][0] > 2 * types[str(marine)]["box"][0]
    assert header["ms_per_frame"] == pytest.approx(1000 / 22.4)
    assert columns["series_army_value"].tolist() == [50, 0]
