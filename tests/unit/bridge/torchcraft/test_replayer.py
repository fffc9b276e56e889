"""The module `replayer` as scripts use it: push, save, load, compare."""

import numpy as np
import pytest
from torchcraft_golden import messages

from bridge import torchcraft as tc
from bridge.torchcraft import codec, replayer
from bridge.torchcraft.frames import Frame
from bridge.torchcraft.replayer import Replayer, ReplayError, frame_diff, frame_undiff, load
from bridge.torchcraft.state import Position, State


def recorded(count=12):
    """Play the recorded macro game into a replay; return it with the state at its end."""
    state, made = State(), Replayer()
    for data in messages("A_macro")[: count + 1]:
        state.update(codec.decode_server(data))
        if state.frame.width:
            made.push(state.frame)
    made.setMapFromState(state)
    return made, state


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("keyframe", [0, 1, 5, -1])
def test_replay_comes_back_from_its_file(tmp_path, keyframe, compressed):
    made, state = recorded()
    made.setKeyFrame(keyframe)
    made.setNumUnits()

    made.save(tmp_path / "a.tcr", compressed)
    back = load(tmp_path / "a.tcr")

    assert len(back) == len(made) == 12
    assert all(made.getFrame(i).deepEq(back.getFrame(i), debug=True) for i in range(12))
    assert back.getKeyFrame() == made.getKeyFrame() == (keyframe if keyframe >= 0 else 13)
    assert [back.getNumUnits(player) for player in (-1, 0, 1, 9)] == [made.getNumUnits(p) for p in (-1, 0, 1, 9)]
    assert back.getNumUnits(9) == -1
    shape = (state.map_size[1], state.map_size[0])
    for name, data in (
        ("walkability", state.walkable_data),
        ("buildability", state.buildable_data),
        ("ground_height", state.ground_height_data),
    ):
        assert np.array_equal(back.getMap()[name], np.array(data).reshape(shape))
    assert set(back.getMap()["start_locations"]) == {(place.x, place.y) for place in state.start_locations}


def test_pushed_frames_are_copies_and_stay_the_same_objects():
    made, state = recorded(3)
    before = made.getFrame(0).units[0][0].x

    state.frame.units[0][0].x = 999

    assert made.getFrame(0).units[0][0].x == before
    assert made.getFrame(0) is made.getFrame(0)
    assert made.getFrame(3) is None
    assert made.getFrame(-1) is None


def test_loaded_frames_can_be_changed_and_saved_again(tmp_path):
    made, _ = recorded(4)
    made.save(tmp_path / "a.tcr")
    back = load(tmp_path / "a.tcr")
    back.getFrame(2).units[0][0].health = 77
    back.push(back.getFrame(0))

    back.save(tmp_path / "b.tcr", compressed=False)
    again = load(tmp_path / "b.tcr")

    assert len(again) == 5
    assert again.getFrame(2).units[0][0].health == 77
    assert again.getFrame(4).deepEq(again.getFrame(0))


def test_map_is_taken_as_it_is_given_and_cut_to_its_bits(tmp_path):
    ones = np.ones((8, 16), np.int64)
    made = Replayer()
    made.setMap(
        {
            "walkability": ones * 3,
            "buildability": ones * 2,
            "ground_height": ones * 13,
            "start_locations": [(9, 4), (1, 4), (2, 1)],
        }
    )
    made.save(tmp_path / "m.tcr")

    for shown in (made.getMap(), load(tmp_path / "m.tcr").getMap()):
        assert (shown["walkability"] == 1).all()
        assert (shown["buildability"] == 0).all()
        assert (shown["ground_height"] == 5).all()
        assert shown["start_locations"] == [(2, 1), (1, 4), (9, 4)]
        shown["walkability"][:] = 0
    assert made.getMap()["walkability"].all()


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda made: None, "sides of 1 to 10000"),
        (lambda made: made.setMap({**layers(8, 8), "ground_height": np.zeros((8, 4))}), "differ in shape"),
        (lambda made: made.setMap({**layers(8, 8), "start_locations": [(8, 0)]}), "outside the map"),
    ],
)
def test_replay_without_a_proper_map_is_not_saved(tmp_path, spoil, text):
    made = Replayer()
    spoil(made)

    with pytest.raises(ReplayError, match=text):
        made.save(tmp_path / "x.tcr")
    assert list(tmp_path.iterdir()) == []


def layers(height, width):
    nothing = np.zeros((height, width), np.uint8)
    return {"walkability": nothing, "buildability": nothing, "ground_height": nothing, "start_locations": []}


def test_files_that_are_no_replays_raise_as_torchcraft_does(tmp_path):
    (tmp_path / "junk.tcr").write_bytes(b"junk")
    for name in ("junk.tcr", "missing.tcr"):
        with pytest.raises(RuntimeError, match=name):
            load(tmp_path / name)


def test_differences_make_the_next_frame():
    made, _ = recorded(6)
    for i in range(1, 6):
        old, new = made.getFrame(i - 1), made.getFrame(i)

        again = frame_undiff(frame_diff(new, old), old)

        assert again.deepEq(new, debug=True)
    assert isinstance(again, Frame)


def test_module_is_found_where_scripts_look_for_it():
    assert tc.replayer is replayer
    assert tc.State.Position is Position
    assert repr(recorded(2)[0]) == "Replayer(2 frames, 128 x 96 walk tiles)"
