import dataclasses
import json

import pytest

from bridge.errors import ConfigError
from bridge.spec import GameSpec, make_session, make_task


def test_spec_survives_the_way_through_json():
    spec = GameSpec(
        scenario="dragoons_zealots",
        backend="some.module:factory",
        backend_params={"a": [1, 2.5, None], "b": {"c": "d"}},
        players=(None, None),
        num_games=3,
        frame_skip=4,
        latency_frames=0,
        autoreset="disabled",
        task_factory="other.module:make",
        task_params={"observation": "units", "weights": {"kill": 1.5}},
        export_frame=True,
    )

    again = GameSpec.from_json(spec.to_json())

    assert again == spec
    assert again.players == (None, None)
    assert again.num_seats == 2
    assert again.rows == 6


def test_spec_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GameSpec().num_games = 2


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"scenario": ""}, "scenario: got ''; allowed: a name or a path"),
        ({"backend": "openbw"}, "backend: got 'openbw'; allowed: 'embedded', 'torchcraft', 'sc2' or module:function"),
        ({"task_factory": "make_task"}, "task_factory: got 'make_task'; allowed: module:function"),
        ({"num_games": 0}, "num_games: got 0; allowed: an integer >= 1"),
        ({"num_games": True}, "num_games: got True"),
        ({"num_games": 1.0}, "num_games: got 1.0"),
        ({"frame_skip": 0}, "frame_skip: got 0; allowed: an integer >= 1, or nothing"),
        ({"latency_frames": -1}, "latency_frames: got -1; allowed: an integer >= 0, or nothing"),
        ({"autoreset": "always"}, "autoreset: got 'always'; allowed: 'next_step', 'same_step', 'disabled'"),
        ({"players": ()}, "players: got .*at least one player"),
        ({"players": ("noop", "noop")}, "at least one None: a seat of the trainer's"),
        ({"players": (None, 3)}, "players: got 3"),
        ({"task_params": {"policy": object()}}, "must be JSON values"),
    ],
)
def test_wrong_value_names_field_value_and_what_is_allowed(changes, text):
    with pytest.raises(ConfigError, match=text):
        GameSpec(**changes)


def test_replace_checks_like_a_new_spec():
    with pytest.raises(ConfigError, match="num_games"):
        GameSpec().replace(num_games=-1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "got list; allowed: a JSON object"),
        (json.dumps({"num_game": 2}), "unknown field 'num_game'; did you mean 'num_games'"),
        (json.dumps({"zzz": 2}), "unknown field 'zzz'; known fields: scenario, "),
    ],
)
def test_foreign_json_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        GameSpec.from_json(text)


def test_factories_are_found_by_name():
    spec = GameSpec(
        backend="bridge.noop:make_session",
        task_factory="bridge.noop:make_task",
        task_params={"observation_bytes": 17},
        num_games=3,
    )

    assert make_session(spec).rows == 3
    assert make_task(spec).specs["observation/bytes"].shape == (17,)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("no_such_module:make", "task_factory: no module 'no_such_module'"),
        ("bridge.no_such:make", "task_factory: no module 'bridge.no_such'"),
        ("bridge.noop:make_tusk", "module 'bridge.noop' has no function 'make_tusk'"),
    ],
)
def test_missing_factory_is_named(path, text):
    with pytest.raises(ConfigError, match=text):
        make_task(GameSpec(task_factory=path))


def test_module_that_lacks_something_itself_reports_that(tmp_path, monkeypatch):
    (tmp_path / "needs_more.py").write_text("import surely_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="surely_not_there"):
        make_task(GameSpec(task_factory="needs_more:make"))


def test_torchcraft_is_a_backend_by_name():
    from bridge.torchcraft.session import TorchCraftSession

    session = make_session(GameSpec(backend="torchcraft", players=(None, "noop")))

    assert isinstance(session, TorchCraftSession)
    assert session.needs_loop
    assert session.server_pid == 0  # launched by the first `start`, not before
