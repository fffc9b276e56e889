"""`evaluate.py --html`: the battle on the page is the battle that is played without it, seen by both players."""

import base64
import re

import numpy as np
import pytest

import agents.evaluate
from agents.actors import IdleActor
from agents.config import EnvConfig
from agents.viewer.encoding import decode
from agents.viewer.play import write_battles
from bridge.errors import ConfigError
from envs import StarCraftEnv

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCENARIO = "dragoons_zealots"
OPPONENT = "weakest_closest"
SEED = 5


def data_of(path):
    """Return header and columns of a page."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r'id="data">([^<]+)</script>', text)
    assert found
    return decode(base64.b64decode(found[1]))


def rows_at(columns, sample):
    """Return {unit id: (x, y, hp, shield)} of one sample."""
    start = np.concatenate([[0], np.cumsum(columns["track_length"])])
    rows = {}
    for track, first in enumerate(columns["track_first"].tolist()):
        if first <= sample < first + columns["track_length"][track]:
            at = start[track] + sample - first
            rows[int(columns["track_id"][track])] = tuple(
                int(columns[f"unit_{name}"][at]) for name in ("x", "y", "hp", "shield")
            )
    return rows


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the pages of two battles of one scripted player against another."""
    config = EnvConfig.model_validate({"scenario": SCENARIO, "opponent": OPPONENT})
    path = tmp_path_factory.mktemp("pages") / "battle.html"
    return write_battles(IdleActor("closest", 5), config, path, 2, SEED, player="closest")


def test_each_battle_has_its_page(pages):
    assert [page.name for page in pages] == ["battle-1.html", "battle-2.html"]
    headers = [data_of(page)[0] for page in pages]
    assert headers[0]["notes"]["game seed"] != headers[1]["notes"]["game seed"]
    assert {header["notes"]["outcome"] for header in headers} <= {"won", "not won"}
    assert headers[0]["players"] == ["closest", OPPONENT]
    assert headers[0]["viewers"] == [0, 1]


def test_page_shows_the_battle_that_is_played_without_it(pages):
    _, columns = data_of(pages[0])
    env = StarCraftEnv(
        scenario=SCENARIO,
        opponent=OPPONENT,
        backend="agents.scripted_seat:closest",
        channel="local",
        render_mode="ansi",
    )
    try:
        env.reset(seed=SEED)
        arrays = env._pool.arrays
        seen = []
        is_over = False
        while not is_over:
            units = arrays["frame/units"][0, : arrays["frame/num_units"][0]]
            rows = {int(u["id"]): tuple(int(u[name]) for name in ("x", "y", "hp", "shield")) for u in units}
            seen.append((int(arrays["frame/frame"][0]), rows))
            *_, terminated, truncated, _ = env.step(np.zeros(env.action_space.shape, np.int64))
            is_over = terminated or truncated
    finally:
        env.close()

    assert columns["frames"].tolist()[: len(seen)] == [frame for frame, _ in seen]
    for sample, (_, rows) in enumerate(seen):
        assert rows_at(columns, sample) == rows


def test_page_has_the_commands_of_both_players(pages):
    _, columns = data_of(pages[0])

    owner = dict(zip(columns["track_id"].tolist(), columns["track_player"].tolist(), strict=True))
    given = zip(columns["command_player"].tolist(), columns["command_unit_id"].tolist(), strict=True)
    assert set(columns["command_player"].tolist()) == {0, 1}
    assert all(owner[unit] == player for player, unit in given)


def test_page_has_each_death_once(pages):
    _, columns = data_of(pages[0])

    last = rows_at(columns, len(columns["frames"]) - 1)
    dead = columns["track_id"][columns["death_track"]].tolist()
    assert len(dead) == len(set(dead))
    assert set(dead) == set(columns["track_id"].tolist()) - set(last)


def test_unknown_backend_params_are_refused():
    with pytest.raises(ConfigError, match="allowed with one of your own"):
        StarCraftEnv(backend="embedded", backend_params={"folder": "x"})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--html", "battle.txt"], "expected a file ending in .html"),
        (["--html", "nowhere/battle.html"], "no such folder nowhere"),
        (["--html", "battle.html", "--server", "localhost:1"], "--html with backend 'torchcraft'"),
    ],
)
def test_mistake_is_one_line_before_anything_is_played(options, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert agents.evaluate.main(["random", *options]) == 2

    errors = capsys.readouterr().err
    assert text in errors
    assert errors.count("\n") == 1
