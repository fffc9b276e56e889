"""Melee games by name."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from bridge.embedded import EmbeddedSession
from bridge.errors import ConfigError
from bridge.maps.generator import generate_map
from bridge.maps.mapfile import dump_map
from bridge.melee import changed_name, find_map, map_names, melee_name, parse_players, scripted_player
from bridge.scenarios import load_scenario
from bridge.spec import GameSpec


def test_a_name_says_everything_and_defaults_stay_out_of_it() -> None:
    name = melee_name("four_corners", "zerg:random", "0:3")

    scenario = load_scenario(name)

    assert melee_name() == "melee"
    assert name == "melee?map=four_corners&races=zerg:random&starts=0:3"
    assert scenario.name == name
    assert scenario.melee is not None
    assert (scenario.melee.races, scenario.melee.starts) == (("zerg", "random"), (0, 3))
    assert len(scenario.map.starts) == 4


@pytest.mark.parametrize("name", map_names())
def test_every_shipped_map_is_the_generators(name: str) -> None:
    shipped = find_map(name)
    numbers = dict(part.split("=") for part in shipped.source.removeprefix("generated: ").split())

    made = generate_map(int(numbers["players"]), int(numbers["seed"]), int(numbers["size"]))

    assert (made.map.walkable == shipped.map.walkable).all()
    assert (made.map.buildable == shipped.map.buildable).all()
    assert (made.starts == shipped.starts).all()
    assert (made.units == shipped.units).all()


def test_a_map_file_is_named_by_its_path(tmp_path) -> None:
    path = tmp_path / "my map (2).npz"
    path.write_bytes(dump_map(generate_map(2, 7, 96)))

    scenario = load_scenario(melee_name(path))

    assert (scenario.map.width, scenario.map.name) == (96, "generated 2 players, seed 7")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("melee?map=crosing", "unknown map 'crosing'; did you mean 'crossing'"),
        ("melee?map=no/such.scx", "map 'no/such.scx': no such file"),
        ("melee?races=terran", "allowed: two of terran, protoss, zerg, random"),
        ("melee?races=terran:zerk", "unknown race 'zerk'; did you mean 'zerg'"),
        ("melee?starts=left", "starts 'left': allowed: 'random', or two numbers"),
        ("melee?starts=1:1", "two different numbers from 0 to 1"),
        ("melee?mapp=x", "unknown option 'mapp'; did you mean 'map'"),
        ("mele", "unknown scenario 'mele'; did you mean 'melee'"),
    ],
)
def test_mistakes_are_told_in_one_line(name: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_scenario(name)

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_session_plays_a_melee_game_by_its_spec() -> None:
    session = EmbeddedSession.from_spec(GameSpec(scenario=melee_name(races="protoss:zerg"), players=(None, None)))

    frame = asyncio.run(session.start(np.ones(2, np.bool_), np.array([3, 3], np.uint64)))

    assert frame.minerals.tolist() == [50, 50]
    assert frame.supply_used.tolist() == [8, 8]
    assert frame.outcome.tolist() == [0, 0]


def test_a_players_name_says_its_race() -> None:
    name = changed_name("melee?map=four_corners&starts=0:1", races="random:zerg", players=(None, "protoss:strong"))

    assert name == "melee?map=four_corners&races=random:protoss&starts=0:1"
    assert changed_name("melee") == "melee"
    assert parse_players(["zerg:rush", "weak"]) == ("zerg:random", ("rush", "weak"))
    assert scripted_player("terran:weak") is scripted_player("weak")
    with pytest.raises(ConfigError, match="unknown player 'standart'; did you mean 'standard'"):
        changed_name("melee", players=(None, "terran:standart"))


def test_a_session_gives_a_scripted_player_the_race_that_its_name_says() -> None:
    spec = GameSpec(scenario="melee?races=terran:terran&starts=0:1", players=(None, "zerg:weak"))
    session = EmbeddedSession.from_spec(spec)

    asyncio.run(session.start(np.ones(1, np.bool_), np.array([3], np.uint64)))

    (seat,) = session.scripted_seats
    assert seat.frame.supply_total[0] == 18, "a hatchery and an overlord"
